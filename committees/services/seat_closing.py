"""A seat is given up: whoever holds it then, holds it until then (R16)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Seat
from coordination.models import User
from coordination.services.events import guard_seen, record

from .appointments import end_appointment
from .nominations import withdraw_nomination
from .seats import SeatEndsTooEarly, SeatIsClosed, lock_seat


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
