"""Appointments to seats: nominated, confirmed, handed over, ended; rights go with them (R16, R26).

A body's secretary or the secretariat records a nomination; its chair, or the secretariat on the
chair's word, confirms it. Nobody appoints himself or herself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Seat, bodies_chaired_by
from committees.notifications.seats import tell_of_appointment, tell_of_nomination
from coordination.models import Invitation, Office, Organisation, Role, Standing, User
from coordination.services.events import guard_seen, record
from coordination.services.invitations import invite_person, is_live, withdraw_invitation
from coordination.services.offices import Appointment as OfficeToGive
from coordination.services.offices import (
    EndsBeforeStart,
    EndsLater,
    Purpose,
    Purposes,
    end_office,
    give_office,
)
from coordination.services.refusals import Refusal

from .desk_lists import MOST, DeskList, DeskRow
from .seats import SeatEndsTooEarly, SeatIsClosed, lock_seat

ONE_DAY = dt.timedelta(days=1)


class NobodyNamed(Refusal):
    message = _("Choose a person, or give the post of one who has no account.")


class OrganisationMissing(Refusal):
    message = _("Say which organisation the holder works for.")


class OutsideOfSeat(Refusal):
    message = _("The seat does not exist on all of these days.")


class NoAlternates(Refusal):
    message = _("This seat takes no alternates: its holder attends in person.")


class AlternateOfAnother(Refusal):
    message = _("An alternate here is of the same organisation as the holder of the seat.")


class AlreadyNominated(Refusal):
    message = _("This nomination is on record already and waits for confirmation.")


class SeatIsHeld(Refusal):
    message = _("Somebody else holds this seat on these days. That term has to end before.")


class OwnAppointment(Refusal):
    message = _("Nobody appoints himself or herself.")


class NominationSettled(Refusal):
    message = _("This nomination has been decided already.")


class InvitationWaits(Refusal):
    message = _("The invitation has been sent already. It waits to be accepted.")


class AppointmentOver(Refusal):
    message = _("This appointment has already ended.")


class NotInOffice(Refusal):
    message = _("This is a nomination. Withdraw it instead.")


@dataclass(frozen=True)
class Nominee:
    """Who shall sit: someone with an account, one to be invited by ``email``, or a post alone."""

    starts_on: dt.date
    holder: User | None = None
    post: str = ""
    email: str = ""
    organisation: Organisation | None = None
    is_alternate: bool = False
    ends_on: dt.date | None = None
    nominated_by: str = ""
    instrument: str = ""


@transaction.atomic
def nominate_holder(
    seat: Seat, nominee: Nominee, *, by: User, at: dt.datetime | None = None
) -> Appointment:
    """Record that somebody is nominated for the seat; it gives no right before it is confirmed.

    A form that was sent twice gives the same nomination again. Raises SeatIsClosed, NobodyNamed,
    OrganisationMissing, OutsideOfSeat, NoAlternates, AlternateOfAnother or AlreadyNominated.
    """
    now = at or timezone.now()
    seat = lock_seat(seat)
    appointment = Appointment(seat=seat, **vars(nominee))
    appointment.email = nominee.email.lower()
    if seat.organisation:
        appointment.organisation = seat.organisation
    _guard_nomination(appointment)
    if (same := _same_nomination(appointment)) is not None:
        return same
    appointment.full_clean()
    appointment.save()
    changes: dict[str, list[Any]] = {
        "holder": ["", appointment.who],
        "first_day": ["", appointment.starts_on],
    }
    record("committees.seat_nominated", appointment, by=by, changes=changes, at=now)
    tell_of_nomination(appointment, by=by, at=now)
    return appointment


@transaction.atomic
def withdraw_nomination(
    appointment: Appointment,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Appointment:
    """The nomination comes to nothing, and an invitation that went out for it is worthless.

    Raises NominationSettled or DoneMeanwhile.
    """
    now = at or timezone.now()
    appointment = _lock(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    guard_seen(appointment, seen=seen)
    if appointment.invitation and is_live(appointment.invitation, at=now):
        withdraw_invitation(appointment.invitation, by=by, at=now)
    appointment.withdrawn_at = now
    appointment.save(update_fields=["withdrawn_at"])
    record("committees.nomination_withdrawn", appointment, by=by, note=reason, at=now)
    return appointment


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
    appointment = _lock(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    guard_seen(appointment, seen=seen)
    if by == appointment.holder or by.email.lower() == appointment.email:
        raise OwnAppointment
    if appointment.invitation and is_live(appointment.invitation, at=now):
        raise InvitationWaits
    _guard_nomination(appointment)
    if ends_predecessor:
        _end_predecessor(appointment, by=by, handover_note=handover_note, at=now)
    _guard_seat_is_free(appointment)
    if appointment.email:
        return _invite(appointment, by=by, at=now)
    if appointment.holder:
        office = give_office(appointment.holder, _office_to_give(appointment), by=by, at=now)
        appointment.office = office
    return _put_on_seat(appointment, by=by, at=now)


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
    appointment = _lock(appointment)
    guard_seen(appointment, seen=seen)
    _guard_end(appointment, last_day, today)
    if appointment.office:
        ends_on = last_day or max(appointment.starts_on, today)
    else:
        ends_on = last_day or max(appointment.starts_on, today - ONE_DAY)
    appointment = _write_end(appointment, ends_on, by=by, note=handover_note.strip(), at=now)
    if appointment.office:
        end_office(appointment.office, by=by, last_day=last_day, at=now)
    return appointment


@transaction.atomic
def close_seat(
    seat: Seat,
    *,
    by: User,
    last_day: dt.date,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Seat:
    """The seat exists until ``last_day``; whoever holds it then, holds it until then.

    Nominations for it come to nothing. Raises SeatIsClosed, SeatEndsTooEarly or DoneMeanwhile.
    """
    now = at or timezone.now()
    seat = lock_seat(seat)
    if seat.ends_on is not None:
        raise SeatIsClosed
    guard_seen(seat, seen=seen)
    appointments = list(seat.appointments.in_full())
    begun = [row.starts_on for row in appointments if row.confirmed_at]
    if any(day > last_day for day in begun) or (seat.starts_on and seat.starts_on > last_day):
        raise SeatEndsTooEarly
    for row in appointments:
        if row.confirmed_at and (row.ends_on is None or row.ends_on > last_day):
            end_appointment(row, by=by, last_day=last_day, at=now)
        elif row.confirmed_at is None and row.withdrawn_at is None:
            withdraw_nomination(row, by=by, reason=str(_("The seat is closed.")), at=now)
    seat.ends_on, seat.version = last_day, seat.version + 1
    seat.full_clean()
    seat.save(update_fields=["ends_on", "version"])
    changes = {"last_day": ["", last_day]}
    record("committees.seat_closed", seat, by=by, changes=changes, note=reason, at=now)
    return seat


def nominations_to_confirm(user: User, at: dt.datetime) -> DeskList:
    """What waits for the user as a chair, or for the mechanism's secretariat, the oldest first."""
    kept = Q(seat__body__mechanism__in=Standing.of(user).secretariat_of)
    decided = Q(seat__body__in=bodies_chaired_by(user)) | kept
    waiting = Appointment.objects.nominated().filter(decided).exclude(holder=user.pk)
    sent = Q(invitation__withdrawn_at=None, invitation__expires_at__gt=at)
    waiting = waiting.exclude(sent & Q(invitation__isnull=False))
    rows = waiting.select_related("seat__body__mechanism", "holder").order_by("pk")[:MOST]
    return DeskList(
        "nominations",
        _("Nominations to confirm"),
        [
            DeskRow(
                title=f"{row.seat.body}: {row.seat}",
                url=reverse("appointment-confirm", args=[row.pk]),
                note=row.who,
                status="nominated",
            )
            for row in rows
        ],
    )


# --- What happens to an office happens to the seat ---


def follow_office(sender: Any, *, office: Office, by: User | None, at: Any, **_kwargs: Any) -> None:
    """An office of a seat was ended, wherever that was done: the term on the seat ends with it."""
    appointment = Appointment.objects.select_for_update(of=("self",)).filter(office=office).first()
    if appointment and appointment.ends_on != office.ends_on:
        _write_end(appointment, office.ends_on, by=by, note="", at=at)


def take_up_seat(
    sender: Any, *, invitation: Invitation, office: Office, at: Any, **_kwargs: Any
) -> None:
    """Somebody accepted the invitation to a seat: the nomination is confirmed by that.

    Raises NominationSettled or SeatIsHeld, which stops the acceptance.
    """
    appointment = Appointment.objects.filter(invitation=invitation).first()
    if appointment is None:
        return
    appointment = _lock(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    _guard_seat_is_free(appointment)
    appointment.holder, appointment.office = office.holder, office
    _put_on_seat(appointment, by=invitation.invited_by, at=at)


# --- Within ---


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


def _lock(appointment: Appointment) -> Appointment:
    """The row as it stands now; its seat is locked first, in one order for everyone."""
    seat = lock_seat(appointment.seat)
    rows = Appointment.objects.select_for_update(of=("self",)).in_full()
    found = rows.get(pk=appointment.pk)
    found.seat = seat
    return found


def _guard_nomination(appointment: Appointment) -> None:
    seat = appointment.seat
    if seat.ends_on is not None:
        raise SeatIsClosed
    if not (appointment.holder or appointment.post):
        raise NobodyNamed
    if (appointment.holder or appointment.email) and appointment.organisation is None:
        raise OrganisationMissing
    if seat.starts_on and appointment.starts_on < seat.starts_on:
        raise OutsideOfSeat
    if appointment.is_alternate:
        _guard_alternate(appointment)


def _guard_alternate(appointment: Appointment) -> None:
    """The seat's own rule on who may be an alternate (domain 1.5)."""
    seat = appointment.seat
    if seat.alternate_rule == Seat.AlternateRule.NOBODY:
        raise NoAlternates
    if seat.alternate_rule == Seat.AlternateRule.ORGANISATION and seat.organisation is None:
        held = seat.appointments.confirmed().filter(is_alternate=False)
        holder = held.order_by("-starts_on").first()
        if holder and holder.organisation_id != appointment.organisation_id:
            raise AlternateOfAnother


def _same_nomination(appointment: Appointment) -> Appointment | None:
    """The open nomination that says the same. Raises AlreadyNominated when it says it otherwise."""
    same = {
        name: getattr(appointment, name)
        for name in ("seat", "holder", "post", "email", "is_alternate")
    }
    found = Appointment.objects.nominated().filter(**same).first()
    if found is None:
        return None
    content = ("organisation_id", "starts_on", "ends_on", "nominated_by", "instrument")
    if any(getattr(found, name) != getattr(appointment, name) for name in content):
        raise AlreadyNominated
    return found


def _guard_seat_is_free(appointment: Appointment) -> None:
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


def _put_on_seat(
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


def _write_end(
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
