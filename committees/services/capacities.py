"""Whether each seat has what its duties ask for, and the support planned where not (C11)."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Capacity, Seat
from coordination.models import Organisation, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal

from .seats import SeatIsClosed, lock_seat


class NothingToSupport(Refusal):
    message = _("No support was planned for this.")


class SupportedAlready(Refusal):
    message = _("It is on record already that this support was given.")


class Assessment(TypedDict):
    """What is said of one duty of a seat."""

    duty: str
    level: str
    assessed_on: dt.date
    support: str
    support_from: Organisation | None
    support_due_on: dt.date | None


def duties_of(body: Body) -> list[str]:
    """The duties of the body, one of its lines each."""
    return [line.strip() for line in body.duties.splitlines() if line.strip()]


def current_capacities(seats: QuerySet[Seat]) -> list[Capacity]:
    """The newest assessment of each duty of the seats; earlier ones stay on record."""
    rows = Capacity.objects.filter(seat__in=seats).select_related(
        "seat", "support_from", "seat__organisation"
    )
    newest = {(row.seat_id, row.duty): row for row in rows.order_by("assessed_on", "pk")}
    return sorted(newest.values(), key=lambda row: (row.seat.title, row.duty))


def gaps_in_capacity(body: Body, *, on: dt.date) -> list[Capacity]:
    """What the body's seats lack for their duties, by the newest assessments."""
    return [row for row in current_capacities(body.seats.standing_on(on)) if row.is_gap]


@transaction.atomic
def assess_capacity(
    seat: Seat,
    *,
    by: User,
    seen: int | None = None,
    at: dt.datetime | None = None,
    **assessment: Unpack[Assessment],
) -> Capacity:
    """What the seat has for one of its duties, and what is planned; a form sent twice is one deed.

    Raises SeatIsClosed or DoneMeanwhile.
    """
    seat = lock_seat(seat)
    if seat.ends_on is not None:
        raise SeatIsClosed
    same = seat.capacities.filter(**assessment).first()
    if same is not None:
        return same
    guard_seen(*seat.capacities.filter(duty=assessment["duty"]), seen=seen)
    capacity = Capacity(seat=seat, **assessment)
    capacity.full_clean()
    capacity.save()
    changes: dict[str, list[Any]] = {"capacity": ["", str(capacity.get_level_display())]}
    if capacity.support:
        changes["support_planned"] = ["", capacity.support]
    record("committees.capacity_assessed", capacity, by=by, changes=changes, at=at)
    return capacity


@transaction.atomic
def record_support(
    capacity: Capacity,
    *,
    by: User,
    supported_on: dt.date,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Capacity:
    """The support that was planned has been given. The capacity itself is then assessed again.

    Raises NothingToSupport, SupportedAlready or DoneMeanwhile.
    """
    capacity = Capacity.objects.select_for_update().get(pk=capacity.pk)
    if not capacity.support:
        raise NothingToSupport
    if capacity.supported_on is not None:
        raise SupportedAlready
    guard_seen(capacity, seen=seen)
    capacity.supported_on = supported_on
    capacity.full_clean()
    capacity.save(update_fields=["supported_on"])
    changes = {"supported_on": ["", supported_on]}
    record(
        "committees.capacity_supported", capacity, by=by, changes=changes, at=at or timezone.now()
    )
    return capacity
