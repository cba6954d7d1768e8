"""Nominations to seats: recorded, withdrawn, waiting for the chair (R16).

A body's secretary or the secretariat records one; it gives no right before it is confirmed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Seat, bodies_begun_by, bodies_chaired_by
from committees.notifications.seats import tell_of_nomination
from coordination.models import Organisation, Standing, User
from coordination.services.events import guard_seen, record
from coordination.services.invitations import is_live, withdraw_invitation
from coordination.services.refusals import Refusal

from .desk_lists import MOST, DeskList, DeskRow
from .seats import SeatIsClosed, lock_seat


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


class NominationSettled(Refusal):
    message = _("This nomination has been decided already.")


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
    guard_nomination(appointment)
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
    appointment = lock_appointment(appointment)
    if appointment.confirmed_at or appointment.withdrawn_at:
        raise NominationSettled
    guard_seen(appointment, seen=seen)
    if appointment.invitation and is_live(appointment.invitation, at=now):
        withdraw_invitation(appointment.invitation, by=by, at=now)
    appointment.withdrawn_at = now
    appointment.save(update_fields=["withdrawn_at"])
    record("committees.nomination_withdrawn", appointment, by=by, note=reason, at=now)
    return appointment


def nominations_to_confirm(user: User, at: dt.datetime) -> DeskList:
    """What waits for the user who confirms it, the oldest first."""
    kept = Q(seat__body__mechanism__in=Standing.of(user).secretariat_of)
    decided = Q(seat__body__in=bodies_chaired_by(user)) | kept
    decided |= Q(seat__body__in=bodies_begun_by(user))
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


def lock_appointment(appointment: Appointment) -> Appointment:
    """The row as it stands now; its seat is locked first, in one order for everyone."""
    seat = lock_seat(appointment.seat)
    rows = Appointment.objects.select_for_update(of=("self",)).in_full()
    found = rows.get(pk=appointment.pk)
    found.seat = seat
    return found


def guard_nomination(appointment: Appointment) -> None:
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
