"""Pages on which a target or a baseline is set, revised and withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.indicators import BaselineForm, TargetForm
from workplans.forms.results import ReasonForm
from workplans.models import IndicatorVersion
from workplans.services.quantities import (
    BaselineGone,
    ReasonForTargetMissing,
    TargetGone,
    set_baseline,
    set_target,
    withdraw_baseline,
    withdraw_target,
)

from .indicators import indicator_part, newest_for_editing


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
            done = _("The target is revised.") if target else _("The target is set.")
            messages.success(request, done)
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
            done = _("The baseline is corrected.") if baseline else _("The baseline is set.")
            messages.success(request, done)
            return redirect(indicator)
    title = _("Correct a baseline") if baseline else _("Set a baseline")
    return indicator_part(request, form, version, title=title)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def target_withdraw(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Asks why a target of the newest version should not be there."""
    indicator, version = newest_for_editing(request, slug, code)
    target = version.targets.select_related("place", "organisation").filter(pk=pk).first()
    if target is None:  # the second of two clicks
        messages.warning(request, TargetGone.message)
        return redirect(indicator)
    named = {
        "place": target.place,
        "span": target.span_in_words(indicator.mechanism.calendar),
        "organisation": target.organisation or _("All together"),
    }
    about = _(
        "%(place)s, %(organisation)s, %(span)s. No target is set there from now on; the record "
        "keeps this one, with your reason."
    )
    return ask_why(
        request, version, partial(withdraw_target, target, by=request.user),
        title=_("Withdraw the target"), about=about % named, done=_("The target is withdrawn."),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def baseline_withdraw(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Asks why a baseline of the newest version should not be there."""
    indicator, version = newest_for_editing(request, slug, code)
    baseline = version.baselines.select_related("place", "organisation").filter(pk=pk).first()
    if baseline is None:  # the second of two clicks
        messages.warning(request, BaselineGone.message)
        return redirect(indicator)
    named = {
        "place": baseline.place,
        "organisation": baseline.organisation or _("All together"),
    }
    about = _(
        "%(place)s, %(organisation)s. No baseline is set there from now on; the record keeps this "
        "one, with your reason."
    )
    return ask_why(
        request, version,
        partial(withdraw_baseline, baseline, by=request.user),
        title=_("Withdraw the baseline"), about=about % named,
        done=_("The baseline is withdrawn."),
    )  # fmt: skip


def ask_why(
    request: SignedInRequest,
    version: IndicatorVersion,
    withdraw: Callable[..., object],
    *,
    title: str,
    about: str,
    done: str,
) -> HttpResponse:
    """The page that asks for a reason; with one, the deed, and back to the indicator."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw(**form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect(version.indicator)
    return indicator_part(request, form, version, title=title, about=about, verb=_("Withdraw"))
