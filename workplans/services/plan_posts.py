"""The posts behind a plan: champions, liaison officers, and the experts of its sector groups.

They are seats of the bodies that the mechanism has in the plan's place, so that a successor
inherits them and a right ends with the office (R16, R26).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from committees.models import Appointment, Body, Participant, Seat
from committees.models.seat import SeatQuerySet
from committees.services.seats import SeatHolding, holdings_of
from coordination.models import Organisation, Sector, User, lead_departments
from workplans.models import JointWorkPlan, PhaseSession


@dataclass(frozen=True)
class SectorGroup:
    """One sector of a plan: who leads it, the bodies where it meets, and its experts (P10)."""

    sector: Sector
    departments: list[Organisation]
    bodies: list[Body]
    experts: list[SeatHolding]

    @property
    def economists(self) -> list[SeatHolding]:
        return [one for one in self.experts if one.seat.expertise == Seat.Expertise.ECONOMIST]

    @property
    def others(self) -> list[SeatHolding]:
        return [one for one in self.experts if one.seat.expertise != Seat.Expertise.ECONOMIST]

    @property
    def has_economist(self) -> bool:
        """Whether somebody is assigned: a seat that nobody holds is no economist."""
        return any(not one.is_vacant for one in self.economists)


@dataclass(frozen=True)
class PlanPosts:
    """Who stands behind a plan on a day."""

    champions: list[SeatHolding]
    liaisons: list[SeatHolding]
    groups: list[SectorGroup]

    @property
    def without_economist(self) -> list[Sector]:
        return [group.sector for group in self.groups if not group.has_economist]


@dataclass(frozen=True)
class SessionExpertise:
    """A session of the process that was held, and the expertise that was there."""

    session: PhaseSession
    # None: nobody noted who was there, which is not the same as nobody (R4).
    expertise: list[str] | None


def leading_posts(
    plan: JointWorkPlan, *, on: dt.date
) -> tuple[list[SeatHolding], list[SeatHolding]]:
    """The plan's champions, and its liaison officers; two queries."""
    functions = (Seat.Function.CHAMPION, Seat.Function.LIAISON)
    seats = _seats(plan, on=on).filter(function__in=functions)
    held = holdings_of(seats, on)
    champions = [one for one in held if one.seat.function == Seat.Function.CHAMPION]
    return champions, [one for one in held if one.seat.function == Seat.Function.LIAISON]


def posts_of(plan: JointWorkPlan, *, on: dt.date) -> PlanPosts:
    """Champions, liaison officers, and the experts of every sector of the plan; fixed queries."""
    champions, liaisons = leading_posts(plan, on=on)
    experts = holdings_of(_seats(plan, on=on).exclude(expertise=""), on)
    return PlanPosts(champions, liaisons, _groups(plan, experts))


def champions_seat(user: User, plan: JointWorkPlan, *, on: dt.date) -> Seat | None:
    """The champion's seat that the user holds for the plan, as its holder or standing in."""
    held = Appointment.objects.championing(plan.place, plan.mechanism_id, on=on)
    mine = held.filter(holder=user).select_related("seat")
    found = mine.order_by("is_alternate", "pk").first()
    return found.seat if found else None


def expertise_at_sessions(plan: JointWorkPlan) -> list[SessionExpertise]:
    """What expertise was at each session of the plan's phases that was held; three queries."""
    sessions = list(
        PhaseSession.objects.filter(
            phase__plan=plan, phase__is_taken_out=False, meeting__state="held"
        )
        .select_related("phase", "meeting__body__mechanism")
        .order_by("meeting__held_on", "pk")
    )
    noted: dict[int, set[str]] = {}
    rows = Participant.objects.filter(
        meeting__in=[each.meeting_id for each in sessions],
        attendance=Participant.Attendance.PRESENT,
    )
    for row in rows.select_related("seat"):
        here = noted.setdefault(row.meeting_id, set())
        found = row.expertise or (row.seat.get_expertise_display() if row.seat else "")
        if found:
            here.add(str(found))
    return [
        SessionExpertise(each, sorted(noted[each.meeting_id]) if each.meeting_id in noted else None)
        for each in sessions
    ]


def _seats(plan: JointWorkPlan, *, on: dt.date) -> SeatQuerySet:
    seats = Seat.objects.around(plan.place, plan.mechanism_id).standing_on(on)
    return seats.in_full().in_order()


def _groups(plan: JointWorkPlan, experts: Iterable[SeatHolding]) -> list[SectorGroup]:
    """One for each sector of the plan's activities; before there are any, of the mechanism."""
    used = plan.activities.standing().exclude(sector=None).order_by().values("sector")
    sectors = list(Sector.objects.filter(pk__in=used).order_by("scheme", "position", "name"))
    if not sectors:
        sectors = list(plan.mechanism.sectors.order_by("scheme", "position", "name"))
    leading = lead_departments((sector.pk for sector in sectors), plan.place)
    bodies = list(
        Body.objects.filter(mechanism=plan.mechanism_id, place=plan.place_id, sectors__in=sectors)
        .exclude(state=Body.State.DISSOLVED)
        .select_related("mechanism")
        .prefetch_related("sectors")
        .distinct()
        .in_order()
    )
    meeting = {
        sector.pk: [body for body in bodies if sector in body.sectors.all()] for sector in sectors
    }
    return [
        SectorGroup(
            sector,
            leading.get(sector.pk, []),
            meeting[sector.pk],
            [one for one in experts if _serves(one.seat, sector, meeting[sector.pk])],
        )
        for sector in sectors
    ]


def _serves(seat: Seat, sector: Sector, bodies: list[Body]) -> bool:
    """A seat is of the sector that it names; one that names none, of those of its body."""
    if seat.sector_id is not None:
        return seat.sector_id == sector.pk
    return seat.body_id in {body.pk for body in bodies}
