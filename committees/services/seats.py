"""Seats of a body: setting one up, correcting it, and who sat where on any day (R16)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Body, Seat, StakeholderGroup
from coordination.models import Mechanism, Organisation, Sector, User
from coordination.services.events import changes_between, is_second_click, record
from coordination.services.refusals import EditedMeanwhile, Refusal

# What a seat is stays as it was once somebody has sat on it: it says who spoke for whom (R16).
FIXED_ONCE_HELD = ("organisation", "function", "group", "is_voting", "starts_on")


class BodyIsDissolved(Refusal):
    message = _("This body is dissolved: it takes no new seats.")


class SeatHasHistory(Refusal):
    message = _(
        "Somebody has sat here: whom the seat speaks for, its function, its vote and its first day "
        "stay as they were. Close it and set up another one."
    )


class SeatIsClosed(Refusal):
    message = _("This seat is closed.")


class SeatEndsTooEarly(Refusal):
    message = _("Somebody took this seat after that day. Choose a later one.")


class SeatContent(TypedDict):
    """What a body's secretary says of a seat."""

    title: str
    organisation: Organisation | None
    function: str
    group: str
    sector: Sector | None
    expertise: str
    is_mandatory: bool
    is_voting: bool
    is_ex_officio: bool
    nominated_by: str
    alternate_rule: str
    contact: str
    starts_on: dt.date | None
    position: int


@dataclass(frozen=True)
class SeatHolding:
    """A seat as it was held on a day: by whom, with which alternates, and who is nominated."""

    seat: Seat
    principal: Appointment | None
    alternates: list[Appointment] = field(default_factory=list)
    nominated: list[Appointment] = field(default_factory=list)

    @property
    def is_vacant(self) -> bool:
        """Nobody holds it; whoever holds an ex officio post sits here without being named."""
        return self.principal is None and not self.seat.is_ex_officio

    @property
    def state(self) -> str:
        """held, ex_officio, nominated or vacant (domain 1.5)."""
        if self.principal:
            return "held"
        if self.seat.is_ex_officio:
            return "ex_officio"
        return "nominated" if any(not one.is_alternate for one in self.nominated) else "vacant"


@dataclass(frozen=True)
class GroupBalance:
    """How many seats speak for one stakeholder group, how many of them vote, and are held."""

    group: str
    label: str
    seats: int
    voting: int
    held: int


def holders_on(body: Body, day: dt.date) -> list[SeatHolding]:
    """Who sat where on the day, whenever that was: every seat that the body had, in its order.

    Three queries, however many seats there are.
    """
    seats = body.seats.standing_on(day).in_order().select_related("organisation", "sector")
    return holdings_of(seats, day)


def holdings_of(seats: Any, day: dt.date) -> list[SeatHolding]:
    """The same of any seats (a QuerySet): each with whoever holds it on the day."""
    appointments = Appointment.objects.in_full().order_by("starts_on", "pk")
    known = appointments.filter(withdrawn_at=None)
    return [_holding(seat, day) for seat in seats.prefetch_related(Prefetch("appointments", known))]


def balance_of(holdings: list[SeatHolding]) -> list[GroupBalance]:
    """Seats by stakeholder group, in the order of the groups; groups without a seat are named too.

    A body whose seats state no group has no balance to show: an empty list.
    """
    labels = dict(StakeholderGroup.choices)
    stated = {row.seat.group for row in holdings}
    if not stated & set(labels):
        return []
    groups = [*labels, ""] if "" in stated else list(labels)
    return [_balance(group, str(labels.get(group, "")), holdings) for group in groups]


def seats_by_organisation(
    mechanism: Mechanism, day: dt.date
) -> list[tuple[Organisation, list[Seat]]]:
    """Which organisation sits on which bodies of the mechanism, those on the most first (S11)."""
    seats = Seat.objects.standing_on(day).filter(
        organisation__isnull=False, body__in=mechanism.bodies.exclude(state=Body.State.DISSOLVED)
    )
    found: dict[Organisation, list[Seat]] = {}
    for seat in seats.in_full().order_by("body__position", "body__name", "position", "pk"):
        if seat.organisation:
            found.setdefault(seat.organisation, []).append(seat)

    def rank(row: tuple[Organisation, list[Seat]]) -> tuple[int, str]:
        return (-len({seat.body_id for seat in row[1]}), row[0].name)

    return sorted(found.items(), key=rank)


@transaction.atomic
def create_seat(
    body: Body,
    *,
    by: User,
    seen: int | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[SeatContent],
) -> Seat:
    """A new seat of the body. A form that was sent twice gives the same seat again.

    ``seen`` is the newest event when the form was opened: two seats alike take two forms. Raises
    BodyIsDissolved.
    """
    body = Body.objects.select_for_update(of=("self",)).select_related("mechanism").get(pk=body.pk)
    if body.state == Body.State.DISSOLVED:
        raise BodyIsDissolved
    if (same := _just_created(body, content, by=by, seen=seen)) is not None:
        return same
    seat = Seat(body=body, **content)
    seat.full_clean()
    seat.save()
    changes = {name: ["", value] for name, value in seat_in_words(seat).items() if value}
    record("committees.seat_created", seat, by=by, changes=changes, at=at)
    return seat


@transaction.atomic
def edit_seat(
    seat: Seat,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[SeatContent],
) -> Seat:
    """The seat with its new content.

    Raises EditedMeanwhile, SeatIsClosed, or SeatHasHistory when what would change is the past.
    """
    seat = lock_seat(seat)
    if seat.version != seen_version:
        raise EditedMeanwhile
    if seat.ends_on is not None:
        raise SeatIsClosed
    before = seat_in_words(seat)
    changed = {name for name, value in content.items() if getattr(seat, name) != value}
    if changed & set(FIXED_ONCE_HELD) and seat.appointments.confirmed().exists():
        raise SeatHasHistory
    for name, value in content.items():
        setattr(seat, name, value)
    seat.version += 1
    seat.full_clean()
    seat.save(update_fields=[*content, "version"])
    changes = changes_between(before, seat_in_words(seat))
    record("committees.seat_edited", seat, by=by, changes=changes, at=at)
    return seat


def lock_seat(seat: Seat) -> Seat:
    """The row as it stands now, with its body and mechanism."""
    rows = Seat.objects.select_for_update(of=("self",)).in_full()
    return rows.get(pk=seat.pk)


def seat_in_words(seat: Seat) -> dict[str, Any]:
    """Its content as people read it, for the record."""
    return {
        "title": seat.title,
        "organisation": str(seat.organisation or ""),
        "function": str(seat.get_function_display()),
        "group": str(seat.get_group_display()),
        "sector": str(seat.sector or ""),
        "expertise": str(seat.get_expertise_display()),
        "is_mandatory": seat.is_mandatory,
        "is_voting": seat.is_voting,
        "is_ex_officio": seat.is_ex_officio,
        "nominated_by": seat.nominated_by,
        "alternate_rule": str(seat.get_alternate_rule_display()),
        "contact": seat.contact,
        "starts_on": seat.starts_on,
        "position": seat.position,
    }


def _just_created(body: Body, content: SeatContent, *, by: User, seen: int | None) -> Seat | None:
    """The seat that the same form has made already."""
    for seat in Seat.objects.filter(body=body, **content).order_by("-pk"):
        if is_second_click(seat, "committees.seat_created", by=by, seen=seen):
            return seat
    return None


def _holding(seat: Seat, day: dt.date) -> SeatHolding:
    """From the seat's loaded appointments, without a query."""
    rows = list(seat.appointments.all())
    held = [row for row in rows if row.is_held(on=day)]
    return SeatHolding(
        seat,
        next((row for row in held if not row.is_alternate), None),
        [row for row in held if row.is_alternate],
        [row for row in rows if row.confirmed_at is None],
    )


def _balance(group: str, label: str, holdings: list[SeatHolding]) -> GroupBalance:
    rows = [row for row in holdings if row.seat.group == group]
    voting = [row for row in rows if row.seat.is_voting]
    return GroupBalance(
        group, label, len(rows), len(voting), len([row for row in rows if not row.is_vacant])
    )
