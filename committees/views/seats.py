"""Seats of a body: who holds them, who held them, and setting them up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.seats import DayForm, SeatCloseForm, SeatForm
from committees.models import ActionItem, Appointment, Seat
from committees.permissions import (
    can_assess_capacity,
    can_confirm_appointment,
    can_end_appointment,
    can_keep_body,
    can_read_body,
    can_see_committee_work,
    can_see_holders,
)
from committees.services.capacities import current_capacities
from committees.services.rosters import roster_state
from committees.services.seat_closing import close_seat
from committees.services.seats import (
    balance_of,
    create_seat,
    edit_seat,
    holders_on,
    holdings_of,
    seats_by_organisation,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .bodies import find_body

EVENTS_SHOWN = 30


@require_safe
def mechanism_seats(request: HttpRequest, slug: str) -> HttpResponse:
    """Which organisation sits on which bodies: what they share, and who is on many (S11)."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    today = mechanism.today()
    context = {"mechanism": mechanism, "rows": seats_by_organisation(mechanism, today)}
    return render(request, "committees/mechanism_seats.html", context)


@require_safe
def seat_list(request: HttpRequest, slug: str, body_slug: str) -> HttpResponse:
    """Who holds which seat today, or on the day in the address."""
    body = find_body(request, slug, body_slug)
    today = body.mechanism.today()
    form, day = _asked_day(request, today)
    holdings = holders_on(body, day)
    balance = balance_of(holdings)
    sees_holders = can_see_holders(request.user, body.mechanism)
    seats = Seat.objects.filter(body=body).select_related("body__mechanism")
    held = Appointment.objects.filter(seat__body=body).select_related("seat", "holder")
    events = Event.objects.about_any(seats, held)[:EVENTS_SHOWN] if sees_holders else None
    context = {
        "body": body,
        "mechanism": body.mechanism,
        "form": form,
        "day": day,
        "is_today": day == today,
        "holdings": holdings,
        "vacant": [row for row in holdings if row.is_vacant],
        "balance": [row for row in balance if row.seats],
        "absent": [row.label for row in balance if not row.seats],
        "roster": roster_state(body, on=today) if sees_holders else None,
        "sees_holders": sees_holders,
        "can_keep": can_keep_body(request.user, body),
        "reads": can_read_body(request.user, body),
        "events": events,
    }
    return render(request, "committees/seat_list.html", context)


@require_safe
def seat_detail(request: HttpRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """A seat: what it is, who held it from when to when, what is open for whoever holds it."""
    seat = find_seat(request, slug, body_slug, pk)
    body = seat.body
    today = body.mechanism.today()
    [holding] = holdings_of(Seat.objects.filter(pk=seat.pk), today)
    history = seat.appointments.in_full().confirmed().order_by("-starts_on", "-pk")
    nominated = seat.appointments.in_full().nominated().order_by("starts_on", "pk")
    sees_holders = can_see_holders(request.user, body.mechanism)
    reads = can_read_body(request.user, body)
    this = Seat.objects.filter(pk=seat.pk)
    of_seat = Appointment.objects.filter(seat=seat).select_related("seat", "holder")
    events = Event.objects.about_any(this, of_seat)[:EVENTS_SHOWN] if sees_holders else None
    actions = ActionItem.objects.visible_to(request.user).outstanding().filter(owner_seat=seat)
    context = {
        "seat": seat,
        "body": body,
        "mechanism": body.mechanism,
        "holding": holding,
        "history": [(row, row.is_held(on=today)) for row in history],
        "nominated": [(row, row.is_invited(at=timezone.now())) for row in nominated],
        "actions": actions.select_related("body").in_order(),
        "capacities": current_capacities(Seat.objects.filter(pk=seat.pk)) if reads else [],
        "reads": reads,
        "sees_holders": sees_holders,
        "sees_work": can_see_committee_work(request.user, body.mechanism),
        "can_keep": can_keep_body(request.user, body),
        "can_confirm": can_confirm_appointment(request.user, body),
        "can_end": can_end_appointment(request.user, body),
        "can_assess": can_assess_capacity(request.user, body),
        "events": events,
    }
    return render(request, "committees/seat_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_create(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """A new seat of the body."""
    body = find_body(request, slug, body_slug)
    require(can_keep_body(request.user, body))
    form = SeatForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            seat = create_seat(
                body, by=request.user, seen=form.cleaned_data["seen"], **form.content()
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The seat is set up: %(seat)s.") % {"seat": seat})
            return redirect(seat)
    context = {"form": form, "body": body, "mechanism": body.mechanism}
    return render(request, "committees/seat_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_edit(request: SignedInRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """Correct a seat; the second of two editors is shown both versions."""
    seat = find_seat(request, slug, body_slug, pk)
    require(can_keep_body(request.user, seat.body))
    form = SeatForm(request.POST or None, body=seat.body, seat=seat)
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            seat = edit_seat(seat, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = _conflict(request, form, seat)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(seat)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(seat)
    context = {"form": form, "seat": seat, "body": seat.body, "mechanism": seat.body.mechanism}
    return render(request, "committees/seat_form.html", {**context, "conflict": conflict})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_close(request: SignedInRequest, slug: str, body_slug: str, pk: int) -> HttpResponse:
    """Ask until when the seat exists, and close it."""
    seat = find_seat(request, slug, body_slug, pk)
    require(can_keep_body(request.user, seat.body))
    today = seat.body.mechanism.today()
    form = SeatCloseForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            seat = close_seat(seat, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The seat is closed: %(seat)s.") % {"seat": seat})
            return redirect(seat)
    context = {"form": form, "seat": seat, "body": seat.body, "mechanism": seat.body.mechanism}
    return render(request, "committees/seat_close.html", context)


def find_seat(request: HttpRequest, slug: str, body_slug: str, pk: int) -> Seat:
    """The seat at this address as far as the visitor may see its body, else 404."""
    seen = Seat.objects.visible_to(request.user).in_full()
    return get_object_or_404(seen, body__mechanism__slug=slug, body__slug=body_slug, pk=pk)


def _asked_day(request: HttpRequest, today: dt.date) -> tuple[DayForm, dt.date]:
    """The day in the address; today where none is given, or none that exists."""
    form = DayForm(request.GET if "on" in request.GET else None, initial={"on": today})
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    return form, day or today


def _conflict(request: SignedInRequest, mine: SeatForm, seat: Seat) -> tuple[SeatForm, Any]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = Seat.objects.in_full().get(pk=seat.pk)
    theirs = SeatForm(body=current.body, seat=current)
    saved = Event.objects.about(current).filter(verb="committees.seat_edited").first()
    data = merged(mine, theirs, current.version)
    again = SeatForm(data, body=current.body, seat=current)
    return again, Conflict.since(saved, differences(mine, theirs))
