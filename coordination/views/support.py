"""The log of a mechanism's backbone, quarter by quarter (P7)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.support import SupportForm, SupportWithdrawForm
from coordination.models import Event, Mechanism, Period, Support
from coordination.permissions import can_log_support, can_see_support, require
from coordination.services.refusals import Refusal
from coordination.services.support import record_support, support_in, withdraw_support
from coordination.views.signed_in import SignedInRequest

EVENTS_SHOWN = 30


@login_required
@require_safe
def support_log(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the backbone did in the quarter in the address; without one, in the one that runs."""
    mechanism = find_inside(request, slug)
    today = mechanism.today()
    begun = Period.objects.filter(starts_on__lte=today)
    asked = begun.filter(code=request.GET.get("period", "")[:8]).first()
    period = asked or begun.order_by("-starts_on").first()
    if period is None:
        raise Http404
    entries = Support.objects.visible_to(request.user).filter(mechanism=mechanism)
    context = {
        "mechanism": mechanism,
        "period": period,
        "is_over": period.ends_before <= today,
        "before": Period.objects.filter(ends_before=period.starts_on).first(),
        "after": begun.filter(starts_on=period.ends_before).first(),
        "log": support_in(mechanism, period, request.user),
        "can_log": can_log_support(request.user, mechanism),
        "events": Event.objects.about_any(entries)[:EVENTS_SHOWN],
    }
    return render(request, "coordination/support_log.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def support_record(request: SignedInRequest, slug: str) -> HttpResponse:
    """Write down what the backbone did."""
    mechanism = find_inside(request, slug)
    require(can_log_support(request.user, mechanism))
    form = SupportForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            entry = record_support(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It is on record."))
            return redirect(quarter_of(entry))
    heading, submit = _("Write down what was done"), _("Write it down")
    return _show(request, mechanism, form, heading=heading, submit=submit)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def support_withdraw(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Take back an entry that was a mistake."""
    mechanism = find_inside(request, slug)
    entries = Support.objects.visible_to(request.user).select_related("mechanism")
    entry = get_object_or_404(entries, mechanism=mechanism, pk=pk)
    require(can_log_support(request.user, mechanism))
    form = SupportWithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_support(entry, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("It no longer counts; what it said stays on record."))
            return redirect(quarter_of(entry))
    heading, submit = _("Withdraw the entry"), _("Withdraw it")
    return _show(request, mechanism, form, heading=heading, submit=submit, lead=str(entry))


def quarter_of(entry: Support) -> str:
    """The log of the quarter in which it was given."""
    address = reverse("support-log", args=[entry.mechanism.slug])
    for period in Period.objects.containing(entry.given_on):
        return f"{address}?period={period.code}"
    return address


def find_inside(request: SignedInRequest, slug: str) -> Mechanism:
    """The mechanism for whoever takes part in it, else 404."""
    found = Mechanism.objects.visible_to(request.user).select_related("backbone", "calendar")
    mechanism = get_object_or_404(found, slug=slug)
    if not can_see_support(request.user, mechanism):
        raise Http404
    return mechanism


def _show(
    request: SignedInRequest, mechanism: Mechanism, form: forms.Form, **words: str
) -> HttpResponse:
    context = {"form": form, "mechanism": mechanism, **words}
    return render(request, "coordination/support_form.html", context)
