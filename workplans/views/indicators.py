"""Indicators: the list by intended result, the reference sheet, and the secretariat's deeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import Conflict, differences, having_seen
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.indicators import (
    BaselineForm,
    IndicatorForm,
    ReleaseForm,
    ReporterForm,
    RevisionForm,
    TargetForm,
)
from workplans.models import (
    Indicator,
    IndicatorVersion,
    IntendedResult,
    ResultsFramework,
    Target,
    walk,
)
from workplans.permissions import can_create_indicator, can_edit_indicator, can_see_work
from workplans.services.indicators import (
    IndicatorCodeTaken,
    PeriodAlreadyReported,
    ReasonForTargetMissing,
    assign_reporter,
    create_indicator,
    edit_indicator,
    history_of,
    is_locked,
    original_targets,
    put_in_use,
    release_reporter,
    revise_indicator,
    rule_in_words,
    set_baseline,
    set_target,
)

EVENTS_SHOWN = 50


@require_safe
def indicator_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The indicators of a mechanism under the results that they measure."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    versions = IndicatorVersion.objects.visible_to(request.user).order_by("number")
    indicators = (
        Indicator.objects.visible_to(request.user)
        .filter(mechanism=mechanism)
        .select_related("mechanism")
        .prefetch_related(Prefetch("versions", versions, to_attr="seen"))
        .order_by("position", "code")
    )
    frameworks = ResultsFramework.objects.visible_to(request.user).standing()
    frameworks = frameworks.filter(mechanism=mechanism).select_related("mechanism")
    trees = trees_of(frameworks.order_by("name", "version").prefetch_related("results"), indicators)
    shown = {node.result.pk for _framework, nodes in trees for node in nodes}
    return render(
        request,
        "workplans/indicator_list.html",
        {
            "mechanism": mechanism,
            "frameworks": trees,
            "has_indicators": bool(indicators),
            "loose": [row for row in indicators if row.intended_result_id not in shown],
            "can_create": can_create_indicator(request.user, mechanism),
        },
    )


@require_safe
def indicator_detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The reference sheet with its versions, rules in words, baselines, targets and reporters."""
    indicator = find_indicator(request, slug, code)
    versions = list(
        IndicatorVersion.objects.visible_to(request.user)
        .filter(indicator=indicator)
        .prefetch_related("disaggregations__categories")
        .order_by("-number")
    )
    shown = version_shown(versions, request.GET.get("version", ""))
    shown.indicator = indicator
    baselines = shown.baselines.select_related("place", "organisation", "version")
    streams = shown.streams.select_related("place", "organisation")
    is_inside = can_see_work(request.user, indicator.mechanism)
    history = history_of(indicator).select_related("by")[:EVENTS_SHOWN]
    can_edit = can_edit_indicator(request.user, indicator)
    return render(
        request,
        "workplans/indicator_detail.html",
        {
            "indicator": indicator,
            "mechanism": indicator.mechanism,
            "version": shown,
            "versions": versions,
            "rule": rule_in_words(shown),
            "is_locked": is_locked(shown),
            "targets": targets_in_words(shown),
            "baselines": baselines.order_by("place__path", "organisation__short_name"),
            "streams": streams.order_by("place__path", "organisation__short_name"),
            "events": history if is_inside else None,
            "can_edit": can_edit,
            "can_set": can_edit and shown == versions[0],
            "can_assign": can_edit
            and shown == versions[0]
            and shown.state != IndicatorVersion.State.RETIRED,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A new indicator, as a draft."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_create_indicator(request.user, mechanism))
    form = IndicatorForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            indicator = create_indicator(mechanism, by=request.user, **form.content())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved as a draft. Put it in use when it is agreed."))
            return redirect(indicator)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "workplans/indicator_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_edit(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """The newest version's text; its rules too, while nothing was reported under them."""
    indicator, version = newest_for_editing(request, slug, code)
    locked, conflict, mechanism = is_locked(version), None, indicator.mechanism
    form = IndicatorForm(request.POST or None, mechanism=mechanism, version=version, locked=locked)
    if request.method == "POST" and form.is_valid():
        try:
            edit_indicator(
                version,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, indicator, locked=locked)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(indicator)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("indicator-detail", slug, form.cleaned_data["code"])
    context = {
        "form": form,
        "mechanism": mechanism,
        "indicator": indicator,
        "version": version,
        "is_locked": locked,
        "conflict": conflict,
    }
    return render(request, "workplans/indicator_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_revise(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """A new version in place of the one in use; its reporters go on under it."""
    indicator, version = newest_for_editing(request, slug, code)
    form, conflict = RevisionForm(request.POST or None, version=version), None
    if request.method == "POST" and form.is_valid():
        try:
            revised = revise_indicator(
                version,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                counts_from=form.cleaned_data["counts_from"].starts_on,
                change_note=form.cleaned_data["change_note"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = revision_conflict(request, form, indicator)
            if not conflict.fields:
                return redirect(indicator)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = _("Version %(number)d is in use. Set its baselines and targets.")
            messages.success(request, said % {"number": revised.number})
            return redirect("indicator-detail", slug, form.cleaned_data["code"])
    context = {
        "form": form,
        "mechanism": indicator.mechanism,
        "indicator": indicator,
        "version": version,
        "is_revision": True,
        "conflict": conflict,
    }
    return render(request, "workplans/indicator_form.html", context)


@login_required
@require_POST
def indicator_put_in_use(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """The draft, or what was retired, becomes the version by which values are reported."""
    indicator, version = newest_for_editing(request, slug, code)
    try:
        put_in_use(version, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("In use. Say who reports it."))
    return redirect(indicator)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def target_set(
    request: SignedInRequest, slug: str, code: str, pk: int | None = None
) -> HttpResponse:
    """A target of the newest version: a new one, or one that is set and shall be revised."""
    indicator, version = newest_for_editing(request, slug, code)
    targets = version.targets.select_related("place", "organisation")
    target = get_object_or_404(targets, pk=pk) if pk else None
    form = TargetForm(request.POST or None, version=version, target=target)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        starts_on, ends_before = typed["span"]
        try:
            set_target(
                version,
                form.amount(),
                by=request.user,
                place=typed["place"],
                organisation=typed["organisation"],
                starts_on=starts_on,
                ends_before=ends_before,
                reason=typed["reason"],
                seen=typed["seen"],
            )
        except Refusal as refusal:
            form.refuse(refusal, "reason" if isinstance(refusal, ReasonForTargetMissing) else None)
        else:
            messages.success(request, _("The target is set."))
            return redirect(indicator)
    title = _("Revise a target") if target else _("Set a target")
    return indicator_part(request, form, version, title=title)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def baseline_set(
    request: SignedInRequest, slug: str, code: str, pk: int | None = None
) -> HttpResponse:
    """A baseline of the newest version: a new one, or one that is set and shall be corrected."""
    indicator, version = newest_for_editing(request, slug, code)
    baselines = version.baselines.select_related("place", "organisation")
    baseline = get_object_or_404(baselines, pk=pk) if pk else None
    form = BaselineForm(request.POST or None, version=version, baseline=baseline)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            set_baseline(
                version,
                form.amount(),
                by=request.user,
                place=typed["place"],
                organisation=typed["organisation"],
                measured_on=typed["measured_on"],
                seen=typed["seen"],
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The baseline is set."))
            return redirect(indicator)
    title = _("Correct a baseline") if baseline else _("Set a baseline")
    return indicator_part(request, form, version, title=title)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reporter_assign(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """An organisation that reports the newest version in a place."""
    indicator, version = newest_for_editing(request, slug, code)
    form = ReporterForm(request.POST or None, version=version)
    if request.method == "POST" and form.is_valid():
        try:
            assign_reporter(version, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The reporter is named."))
            return redirect(indicator)
    return indicator_part(request, form, version, title=_("Name a reporter"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reporter_release(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """The end of a reporter's duty for an indicator in a place."""
    indicator, version = newest_for_editing(request, slug, code)
    stream = get_object_or_404(version.streams.select_related("organisation", "place"), pk=pk)
    form = ReleaseForm(request.POST or None, stream=stream)
    if request.method == "POST" and form.is_valid():
        try:
            release_reporter(stream, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Nothing more is due here after that period."))
            return redirect(indicator)
    named = {"organisation": stream.organisation, "place": stream.place}
    title = _("%(organisation)s stops reporting for %(place)s") % named
    return indicator_part(request, form, version, title=title)


def find_indicator(request: HttpRequest, slug: str, code: str) -> Indicator:
    """The indicator at this address as far as the visitor may see it, else 404."""
    seen = Indicator.objects.visible_to(request.user).select_related(
        "mechanism__calendar", "intended_result"
    )
    return get_object_or_404(seen, mechanism__slug=slug, code=code)


def newest_for_editing(
    request: SignedInRequest, slug: str, code: str
) -> tuple[Indicator, IndicatorVersion]:
    """The indicator and its newest version, for those who keep it; others get 404 or 403."""
    indicator = find_indicator(request, slug, code)
    require(can_edit_indicator(request.user, indicator))
    version = indicator.versions.order_by("-number")[0]
    version.indicator = indicator
    return indicator, version


def version_shown(versions: list[IndicatorVersion], number: str) -> IndicatorVersion:
    """The version that the address asks for; else the one in use, else the newest."""
    asked = [version for version in versions if str(version.number) == number]
    in_use = [version for version in versions if version.state == IndicatorVersion.State.IN_USE]
    return (asked or in_use or versions)[0]


def targets_in_words(version: IndicatorVersion) -> list[tuple[Target, str, str]]:
    """Each target with its stretch of time, and what it was at first if it was revised."""
    targets = list(
        version.targets.select_related("place", "organisation").order_by(
            "starts_on", "ends_before", "place__path", "organisation__short_name"
        )
    )
    originals, calendar = original_targets(targets), version.indicator.mechanism.calendar
    for target in targets:
        target.version = version
    return [
        (target, target.span_in_words(calendar), originals.get(target.pk, "")) for target in targets
    ]


@dataclass(frozen=True)
class Node:
    """An intended result with its indicators; ``depth`` counts from the goal."""

    depth: int
    result: IntendedResult
    indicators: list[Indicator]


def trees_of(
    frameworks: Iterable[ResultsFramework], indicators: Iterable[Indicator]
) -> list[tuple[ResultsFramework, list[Node]]]:
    """Each framework with its intended results from the goal down."""
    under = defaultdict(list)
    for indicator in indicators:
        under[indicator.intended_result_id].append(indicator)
    trees = [(framework, walk(framework.results.all())) for framework in frameworks]
    return [
        (framework, [Node(depth, result, under[result.pk]) for depth, result in tree])
        for framework, tree in trees
    ]


def edit_conflict(
    request: SignedInRequest, mine: IndicatorForm, indicator: Indicator, *, locked: bool
) -> tuple[IndicatorForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = newest_version(indicator)
    mechanism = current.indicator.mechanism
    theirs = IndicatorForm(mechanism=mechanism, version=current, locked=locked)
    data = having_seen(request.POST, current.lock_version)
    again = IndicatorForm(data, mechanism=mechanism, version=current, locked=locked)
    return again, Conflict.since(last_writing(indicator), differences(mine, theirs))


def revision_conflict(
    request: SignedInRequest, mine: RevisionForm, indicator: Indicator
) -> tuple[RevisionForm, Conflict]:
    """The new version as typed, in sight of the text that it would now replace."""
    current = newest_version(indicator)
    theirs = IndicatorForm(mechanism=current.indicator.mechanism, version=current)
    again = RevisionForm(having_seen(request.POST, current.lock_version), version=current)
    return again, Conflict.since(last_writing(indicator), differences(mine, theirs))


def newest_version(indicator: Indicator) -> IndicatorVersion:
    versions = IndicatorVersion.objects.select_related("indicator__mechanism")
    return versions.filter(indicator=indicator).order_by("-number")[0]


def last_writing(indicator: Indicator) -> Event | None:
    """The last change of a reference sheet."""
    verbs = ["workplans.indicator_edited", "workplans.indicator_revised"]
    return history_of(indicator).filter(verb__in=verbs).first()


def indicator_part(
    request: HttpRequest,
    form: forms.Form,
    version: IndicatorVersion,
    *,
    title: str,
    about: str = "",
    verb: str = "",
) -> HttpResponse:
    """The page of a small form about an indicator; ``verb`` is on its button, if not "Save"."""
    context = {
        "form": form,
        "title": title,
        "about": about,
        "verb": verb or _("Save"),
        "version": version,
        "indicator": version.indicator,
        "mechanism": version.indicator.mechanism,
    }
    return render(request, "workplans/indicator_part.html", context)


def add_refusal(form: IndicatorForm, refusal: Refusal) -> None:
    """Say the refusal at the field that it is about."""
    fields = {IndicatorCodeTaken: "code", PeriodAlreadyReported: "counts_from"}
    form.add_error(fields.get(type(refusal)), str(refusal))
