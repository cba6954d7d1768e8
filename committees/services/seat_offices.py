"""What happens to an office happens to the seat that it goes with (R26)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from committees.models import Appointment, Seat
from coordination.models import Invitation, Office, User
from coordination.services.offices import Purpose, Purposes

from .appointments import guard_seat_is_free, put_on_seat, write_end
from .nominations import NominationSettled, lock_appointment


def follow_office(sender: Any, *, office: Office, by: User | None, at: Any, **_kwargs: Any) -> None:
    """An office of a seat was ended, wherever that was done: the term on the seat ends with it."""
    appointment = Appointment.objects.select_for_update(of=("self",)).filter(office=office).first()
    if appointment and appointment.ends_on != office.ends_on:
        write_end(appointment, office.ends_on, by=by, note="", at=at)


def take_up_seat(
    sender: Any, *, invitation: Invitation, office: Office, at: Any, **_kwargs: Any
) -> None:
    """Somebody accepted the invitation to a seat: the nomination is confirmed by that.

    Raises NominationSettled or SeatIsHeld, which stops the acceptance.
    """
    appointment = Appointment.objects.filter(invitation=invitation).first()
    if appointment is None:
        return
    appointment = lock_appointment(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    guard_seat_is_free(appointment)
    appointment.holder, appointment.office = office.holder, office
    put_on_seat(appointment, by=invitation.invited_by, at=at)


def seats_behind(
    offices: Collection[Office], invitations: Collection[Invitation], user: User
) -> Purposes:
    """On which body, and as what, those sit whose offices go with a seat."""
    rows = Appointment.objects.filter(
        Q(office__in=offices) | Q(invitation__in=invitations),
        seat__in=Seat.objects.visible_to(user),
    ).select_related("seat__body__mechanism", "office", "invitation")
    told: Purposes = {}
    for row in rows:
        seat = row.seat
        purpose = Purpose(f"{seat.body.name}: {seat.title}", seat.get_absolute_url())
        told |= {thing: purpose for thing in (row.office, row.invitation) if thing}
    return told
