"""Capacity of a body's seats for their duties, and the support that is planned."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.capacities import CapacityForm, SupportForm
from committees.models import Capacity, Seat
from committees.permissions import can_assess_capacity, can_read_body, can_see_committee_work
from committees.services.capacities import assess_capacity, current_capacities, record_support
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body
from .seats import find_seat


@login_required
@require_safe
def body_capacities(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """Gaps and planned support of all seats, for who reads the body's papers."""
    body = find_body(request, slug, body_slug)
    if not can_see_committee_work(request.user, body.mechanism):
        raise Http404
    require(can_read_body(request.user, body))
    today = body.mechanism.today()
    capacities = current_capacities(body.seats.standing_on(today))
    context = {
        "body": body,
        "mechanism": body.mechanism,
        "capacities": capacities,
        "gaps": [row for row in capacities if row.is_gap],
        "unsupported": [row for row in capacities if row.is_gap and not row.support],
        "can_assess": can_assess_capacity(request.user, body),
    }
    return render(request, "committees/body_capacities.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def capacity_assess(request: SignedInRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """Assess what a seat has for one of its duties."""
    seat = find_seat(request, slug, body_slug, pk)
    require(can_assess_capacity(request.user, seat.body))
    form = CapacityForm(request.POST or None, seat=seat)
    if request.method == "POST" and form.is_valid():
        try:
            assess_capacity(
                seat, by=request.user, seen=form.cleaned_data["seen"], **form.assessment()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Assessed: %(seat)s.") % {"seat": seat})
            return redirect(seat)
    context = {"form": form, "seat": seat, "body": seat.body, "mechanism": seat.body.mechanism}
    return render(request, "committees/capacity_assess.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def capacity_support(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record when the planned support was given."""
    seats = Seat.objects.visible_to(request.user)
    found = Capacity.objects.filter(seat__in=seats).select_related("seat__body__mechanism")
    capacity = get_object_or_404(found, pk=pk)
    seat = capacity.seat
    if not can_see_committee_work(request.user, seat.body.mechanism):
        raise Http404
    require(can_assess_capacity(request.user, seat.body))
    today = seat.body.mechanism.today()
    form = SupportForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            record_support(capacity, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The support is on record."))
            return redirect(seat)
    context = {"form": form, "capacity": capacity, "seat": seat, "body": seat.body}
    context["mechanism"] = seat.body.mechanism
    return render(request, "committees/capacity_support.html", context)
