"""How often a body meets against its promise, and the reasons of its gaps."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.cadence import GapReasonForm
from committees.models import Body, CadenceAlarm, Meeting
from committees.permissions import can_explain_gap
from committees.services.cadence import explain_alarm, explain_gap, gaps_of
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body


@require_safe
def body_cadence(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """Every gap between meetings against what was promised, with its reason."""
    body = find_body(request, slug, body_slug)
    today = body.mechanism.today()
    gaps = gaps_of(body, on=today)
    context = {
        "body": body,
        "mechanism": body.mechanism,
        "gaps": gaps,
        "running": gaps[0] if gaps and gaps[0].meeting is None else None,
        "can_explain": can_explain_gap(request.user, body),
    }
    return render(request, "committees/body_cadence.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alarm_explain(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say why the body has not met so far."""
    found = CadenceAlarm.objects.visible_to(request.user).select_related("body__mechanism")
    alarm = get_object_or_404(found, pk=pk)
    return _explained(
        request,
        alarm.body,
        alarm.reason,
        lambda user, **typed: explain_alarm(alarm, by=user, **typed),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gap_explain(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say why so long had passed before a meeting."""
    found = Meeting.objects.visible_to(request.user).select_related("body__mechanism")
    meeting = get_object_or_404(found, pk=pk)
    return _explained(
        request,
        meeting.body,
        meeting.gap_reason,
        lambda user, **typed: explain_gap(meeting, by=user, **typed),
    )


def _explained(
    request: SignedInRequest, body: Body, reason: str, explain: Callable[..., object]
) -> HttpResponse:
    """The page of a reason, and its deed."""
    require(can_explain_gap(request.user, body))
    form = GapReasonForm(request.POST or None, initial={"reason": reason})
    if request.method == "POST" and form.is_valid():
        try:
            explain(request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The reason stands beside the gap."))
            return redirect("body-cadence", body.mechanism.slug, body.slug)
    context = {"form": form, "body": body, "mechanism": body.mechanism}
    return render(request, "committees/gap_explain.html", context)
