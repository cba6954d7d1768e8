"""Indicators: the list by intended result, the reference sheet, and the secretariat's deeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.models import Document
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism, User
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.indicators import (
    IndicatorForm,
    RevisionForm,
)
from workplans.models import (
    Indicator,
    IndicatorVersion,
    IntendedResult,
    ResultsFramework,
    Target,
    ValueForMoneyAudit,
    walk,
)
from workplans.permissions.indicators import can_create_indicator, can_edit_indicator
from workplans.permissions.learning import can_record_audit
from workplans.permissions.standing import can_see_work
from workplans.services.indicators import (
    create_indicator,
    discard_indicator,
    edit_indicator,
    history_of,
)
from workplans.services.quantities import (
    original_targets,
)
from workplans.services.sheets import IndicatorCodeTaken, is_locked, rule_in_words
from workplans.services.verifying_posts import roles_in, with_verifiers
from workplans.services.versions import PeriodAlreadyReported, put_in_use, revise_indicator

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
    today = indicator.mechanism.today()
    streams = streams.order_by("place__path", "organisation__short_name")
    reporters = with_verifiers(streams, indicator.mechanism, on=today)
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
            "streams": reporters,
            "roles": roles_in(reporters, on=today),
            "evaluations": evaluations_seen(request, indicator),
            "can_evaluate": can_record_audit(request.user, indicator.mechanism),
            "events": history if is_inside else None,
            "can_edit": can_edit,
            "can_set": can_edit and shown == versions[0],
            "can_assign": can_edit
            and shown == versions[0]
            and shown.state != IndicatorVersion.State.RETIRED,
        },
    )


def evaluations_seen(
    request: HttpRequest, indicator: Indicator
) -> list[tuple[ValueForMoneyAudit, bool]]:
    """Independent evaluations of the indicator, each with whether the visitor reads its report."""
    audits = ValueForMoneyAudit.objects.visible_to(request.user).filter(indicator=indicator)
    readable = Document.objects.visible_to(request.user).filter(audits__indicator=indicator)
    keys = set(readable.values_list("pk", flat=True))
    found = audits.select_related("document", "mechanism").newest_first()
    return [(audit, audit.document_id in keys) for audit in found]


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
        said = _("In use.") if version.streams.exists() else _("In use. Say who reports it.")
        messages.success(request, said)
    return redirect(indicator)


@login_required
@require_POST
def indicator_discard(request: SignedInRequest, slug: str, code: str) -> HttpResponse:
    """A draft that was a mistake is gone; the record of the mechanism keeps what stood in it."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    drafts = Indicator.objects.visible_to(request.user).filter(mechanism=mechanism, code=code)
    indicator = drafts.select_related("mechanism").first()
    if indicator is None:
        if was_discarded(mechanism, code, by=request.user):  # the first of two clicks
            return redirect("indicator-list", slug)
        raise Http404
    require(can_edit_indicator(request.user, indicator))
    try:
        discard_indicator(indicator, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect(indicator)
    messages.success(request, _("The draft is discarded. The record keeps what stood in it."))
    return redirect("indicator-list", slug)


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
    data = merged(mine, theirs, current.lock_version)
    again = IndicatorForm(data, mechanism=mechanism, version=current, locked=locked)
    return again, Conflict.since(last_writing(indicator), differences(mine, theirs))


def revision_conflict(
    request: SignedInRequest, mine: RevisionForm, indicator: Indicator
) -> tuple[RevisionForm, Conflict]:
    """The new version as typed, in sight of the text that it would now replace."""
    current = newest_version(indicator)
    theirs = IndicatorForm(mechanism=current.indicator.mechanism, version=current)
    again = RevisionForm(merged(mine, theirs, current.lock_version), version=current)
    return again, Conflict.since(last_writing(indicator), differences(mine, theirs))


def newest_version(indicator: Indicator) -> IndicatorVersion:
    versions = IndicatorVersion.objects.select_related("indicator__mechanism")
    return versions.filter(indicator=indicator).order_by("-number")[0]


def was_discarded(mechanism: Mechanism, code: str, *, by: User) -> bool:
    """Whether the same person has discarded an indicator of this code."""
    discarded = Event.objects.about(mechanism).filter(verb="workplans.indicator_discarded", by=by)
    return discarded.filter(note__startswith=f"{code} ").exists()


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
