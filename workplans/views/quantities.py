"""Pages on which a target or a baseline is withdrawn."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.results import ReasonForm
from workplans.services.quantities import (
    BaselineGone,
    TargetGone,
    withdraw_baseline,
    withdraw_target,
)

from .indicators import indicator_part, newest_for_editing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def target_withdraw(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Asks why a target of the newest version should not be there."""
    indicator, version = newest_for_editing(request, slug, code)
    target = version.targets.select_related("place", "organisation").filter(pk=pk).first()
    if target is None:  # the second of two clicks
        messages.warning(request, TargetGone.message)
        return redirect(indicator)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_target(target, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The target is withdrawn."))
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
    title = _("Withdraw the target")
    return indicator_part(
        request, form, version, title=title, about=about % named, verb=_("Withdraw")
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def baseline_withdraw(request: SignedInRequest, slug: str, code: str, pk: int) -> HttpResponse:
    """Asks why a baseline of the newest version should not be there."""
    indicator, version = newest_for_editing(request, slug, code)
    baseline = version.baselines.select_related("place", "organisation").filter(pk=pk).first()
    if baseline is None:  # the second of two clicks
        messages.warning(request, BaselineGone.message)
        return redirect(indicator)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_baseline(baseline, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The baseline is withdrawn."))
            return redirect(indicator)
    named = {
        "place": baseline.place,
        "organisation": baseline.organisation or _("All together"),
    }
    about = _(
        "%(place)s, %(organisation)s. No baseline is set there from now on; the record keeps this "
        "one, with your reason."
    )
    title = _("Withdraw the baseline")
    return indicator_part(
        request, form, version, title=title, about=about % named, verb=_("Withdraw")
    )
