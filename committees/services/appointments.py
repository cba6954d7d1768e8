"""Appointments to seats: confirmed, handed over, ended; rights go with them (R16, R26).

Its chair, or the secretariat on the chair's word, confirms one. Nobody appoints himself or herself.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment
from committees.notifications.seats import tell_of_appointment
from coordination.models import Role, User
from coordination.services.events import guard_seen, record
from coordination.services.invitations import invite_person, is_live
from coordination.services.offices import Appointment as OfficeToGive
from coordination.services.offices import EndsBeforeStart, EndsLater, end_office, give_office
from coordination.services.refusals import Refusal

from .nominations import NominationSettled, guard_nomination, lock_appointment

ONE_DAY = dt.timedelta(days=1)


class SeatIsHeld(Refusal):
    message = _("Somebody else holds this seat on these days. That term has to end before.")


class OwnAppointment(Refusal):
    message = _("Nobody appoints himself or herself.")


class InvitationWaits(Refusal):
    message = _("The invitation has been sent already. It waits to be accepted.")


class AppointmentOver(Refusal):
    message = _("This appointment has already ended.")


class NotInOffice(Refusal):
    message = _("This is a nomination. Withdraw it instead.")


@transaction.atomic
def confirm_appointment(
    appointment: Appointment,
    *,
    by: User,
    ends_predecessor: bool = False,
    handover_note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Appointment:
    """Put the nominee on the seat: with an account into office at once, else by an invitation.

    A post alone gets no office, for nobody signs in for it. With ``ends_predecessor`` the present
    holder's term ends the day before, and ``handover_note`` goes to the successor. Raises
    NominationSettled, OwnAppointment, InvitationWaits, SeatIsClosed, SeatIsHeld or DoneMeanwhile.
    """
    now = at or timezone.now()
    appointment = lock_appointment(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    guard_seen(appointment, seen=seen)
    if by == appointment.holder or by.email.lower() == appointment.email:
        raise OwnAppointment
    if appointment.invitation and is_live(appointment.invitation, at=now):
        raise InvitationWaits
    guard_nomination(appointment)
    if ends_predecessor:
        _end_predecessor(appointment, by=by, handover_note=handover_note, at=now)
    guard_seat_is_free(appointment)
    if appointment.email:
        return _invite(appointment, by=by, at=now)
    if appointment.holder:
        office = give_office(appointment.holder, _office_to_give(appointment), by=by, at=now)
        appointment.office = office
    return put_on_seat(appointment, by=by, at=now)


@transaction.atomic
def end_appointment(
    appointment: Appointment,
    *,
    by: User,
    last_day: dt.date | None = None,
    handover_note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Appointment:
    """End the term with ``last_day``, or at once when there is none; the office ends with it (R26).

    Open action items stay with the seat, and so pass to whoever holds it next (R16). Raises
    NotInOffice, AppointmentOver, EndsBeforeStart, EndsLater or DoneMeanwhile.
    """
    now = at or timezone.now()
    today = timezone.localdate(now)
    appointment = lock_appointment(appointment)
    guard_seen(appointment, seen=seen)
    _guard_end(appointment, last_day, today)
    if appointment.office:
        ends_on = last_day or max(appointment.starts_on, today)
    else:
        ends_on = last_day or max(appointment.starts_on, today - ONE_DAY)
    appointment = write_end(appointment, ends_on, by=by, note=handover_note.strip(), at=now)
    if appointment.office:
        end_office(appointment.office, by=by, last_day=last_day, at=now)
    return appointment


def guard_seat_is_free(appointment: Appointment) -> None:
    """A seat has one holder on a day; alternates may be several."""
    if appointment.is_alternate:
        return
    others = appointment.seat.appointments.confirmed().filter(is_alternate=False)
    first = appointment.starts_on
    still = (
        Q(ends_on=None) | Q(ends_on__gt=first) | (Q(ends_on=first) & ~Q(office__ended_at_once=True))
    )
    others = others.filter(still)
    if appointment.ends_on:
        others = others.filter(starts_on__lte=appointment.ends_on)
    if others.exists():
        raise SeatIsHeld


def _end_predecessor(
    appointment: Appointment, *, by: User, handover_note: str, at: dt.datetime
) -> None:
    last_day = appointment.starts_on - ONE_DAY
    held = appointment.seat.appointments.in_full().held(on=appointment.starts_on)
    for predecessor in held.filter(is_alternate=appointment.is_alternate):
        end_appointment(predecessor, by=by, last_day=last_day, handover_note=handover_note, at=at)


def _office_to_give(appointment: Appointment) -> OfficeToGive:
    return OfficeToGive(
        role=Role.COMMITTEE_MEMBER,
        starts_on=appointment.starts_on,
        ends_on=appointment.ends_on,
        organisation=appointment.organisation,
        mechanism=appointment.seat.body.mechanism,
        instrument=appointment.instrument,
    )


def _invite(appointment: Appointment, *, by: User, at: dt.datetime) -> Appointment:
    appointment.invitation = invite_person(
        appointment.post, appointment.email, _office_to_give(appointment), by=by, at=at
    )
    appointment.save(update_fields=["invitation"])
    record("committees.seat_offered", appointment, by=by, at=at)
    return appointment


def put_on_seat(
    appointment: Appointment, *, by: User | None, at: dt.datetime | None
) -> Appointment:
    now = at or timezone.now()
    appointment.confirmed_at = now
    appointment.full_clean()
    appointment.save(update_fields=["confirmed_at", "holder", "office"])
    changes: dict[str, list[Any]] = {
        "holder": ["", appointment.who],
        "first_day": ["", appointment.starts_on],
    }
    record("committees.appointment_confirmed", appointment, by=by, changes=changes, at=now)
    tell_of_appointment(appointment, handover_note=_handed_over(appointment), at=now)
    return appointment


def _handed_over(appointment: Appointment) -> str:
    """What the one before left for this holder."""
    before = appointment.seat.appointments.confirmed().filter(
        is_alternate=appointment.is_alternate, ends_on__lte=appointment.starts_on
    )
    last = before.exclude(pk=appointment.pk).order_by("-ends_on", "-pk").first()
    return last.handover_note if last else ""


def _guard_end(appointment: Appointment, last_day: dt.date | None, today: dt.date) -> None:
    if appointment.confirmed_at is None:
        raise NotInOffice
    if appointment.ends_on and not appointment.is_held(on=today) and appointment.starts_on <= today:
        raise AppointmentOver
    if last_day and last_day < appointment.starts_on:
        raise EndsBeforeStart
    if last_day and appointment.ends_on and last_day >= appointment.ends_on:
        raise EndsLater


def write_end(
    appointment: Appointment,
    ends_on: dt.date | None,
    *,
    by: User | None,
    note: str,
    at: dt.datetime | None,
) -> Appointment:
    changes = {"last_day": [appointment.ends_on, ends_on]}
    appointment.ends_on = ends_on
    appointment.handover_note = note or appointment.handover_note
    appointment.full_clean()
    appointment.save(update_fields=["ends_on", "handover_note"])
    record("committees.appointment_ended", appointment, by=by, changes=changes, note=note, at=at)
    return appointment
