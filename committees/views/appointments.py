"""Putting somebody on a seat, and ending that."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from committees.forms.appointments import (
    AppointmentEndForm,
    ConfirmationForm,
    NominationForm,
    NominationWithdrawForm,
)
from committees.models import ActionItem, Appointment, Seat
from committees.permissions import (
    can_confirm_appointment,
    can_end_appointment,
    can_keep_body,
    can_see_holders,
)
from committees.services.appointments import confirm_appointment, end_appointment
from committees.services.nominations import nominate_holder, withdraw_nomination
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .seats import find_seat


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appointment_nominate(
    request: SignedInRequest, slug: str, body_slug: str, pk: int
) -> HttpResponse:
    """Record who is nominated for the seat."""
    seat = find_seat(request, slug, body_slug, pk)
    require(can_keep_body(request.user, seat.body))
    form = NominationForm(request.POST or None, seat=seat)
    if request.method == "POST" and form.is_valid():
        try:
            nominate_holder(seat, form.nominee(), by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The nomination is on record and waits to be confirmed."))
            return redirect(seat)
    context = {"form": form, "seat": seat, "body": seat.body, "mechanism": seat.body.mechanism}
    return render(request, "committees/appointment_nominate.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appointment_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the nomination and who sits there now; put the nominee on the seat."""
    appointment = find_appointment(request, pk)
    seat = appointment.seat
    require(can_confirm_appointment(request.user, seat.body))
    held = seat.appointments.in_full().held(on=appointment.starts_on)
    predecessor = held.filter(is_alternate=appointment.is_alternate).first()
    replaces = predecessor is not None and not appointment.is_alternate
    form = ConfirmationForm(
        request.POST if request.method == "POST" else None, has_predecessor=replaces
    )
    if request.method == "POST" and form.is_valid():
        try:
            done = confirm_appointment(appointment, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("In office: %(who)s.") if done.confirmed_at else _("Invited: %(who)s.")
            messages.success(request, said % {"who": done.who})
            return redirect(seat)
    context = _context(appointment, form)
    context["predecessor"] = predecessor if replaces else None
    return render(request, "committees/appointment_confirm.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appointment_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask why a nomination comes to nothing, and withdraw it."""
    appointment = find_appointment(request, pk)
    seat = appointment.seat
    require(can_end_appointment(request.user, seat.body))
    form = NominationWithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_nomination(appointment, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The nomination is withdrawn."))
            return redirect(seat)
    return render(request, "committees/appointment_withdraw.html", _context(appointment, form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appointment_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask when a term ends and what is handed over, and end it."""
    appointment = find_appointment(request, pk)
    seat = appointment.seat
    require(can_end_appointment(request.user, seat.body))
    form = AppointmentEndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            end_appointment(
                appointment,
                by=request.user,
                last_day=form.chosen_day(),
                handover_note=form.cleaned_data["handover_note"],
                seen=form.cleaned_data["seen"],
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The term ends: %(who)s.") % {"who": appointment.who})
            return redirect(seat)
    context = _context(appointment, form)
    context["open_actions"] = ActionItem.objects.outstanding().filter(owner_seat=seat).count()
    return render(request, "committees/appointment_end.html", context)


def find_appointment(request: SignedInRequest, pk: int) -> Appointment:
    """The appointment, for who may know of it; else 404."""
    seats = Seat.objects.visible_to(request.user)
    found = Appointment.objects.filter(seat__in=seats).in_full()
    appointment = get_object_or_404(
        found.select_related(
            "seat__body__mechanism", "seat__organisation", "holder", "organisation", "office"
        ),
        pk=pk,
    )
    if not can_see_holders(request.user, appointment.seat.body.mechanism):
        raise Http404
    return appointment


def _context(appointment: Appointment, form: object) -> dict[str, object]:
    body = appointment.seat.body
    return {
        "appointment": appointment,
        "form": form,
        "seat": appointment.seat,
        "body": body,
        "mechanism": body.mechanism,
        "today": body.mechanism.today(),
    }
