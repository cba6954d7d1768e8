"""What waits for a county's departments under a plan, and the nudges of its champion (P9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, User, Visitor, lead_departments, takes_part_in
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Activity, Commitment, JointWorkPlan, Nudge, PhaseItem, code_order
from workplans.models.commitment import COUNTY_TYPES
from workplans.notifications.audience import officials_of
from workplans.notifications.plans import tell_department

from .plan_posts import champions_seat
from .plans import ended_periods

Matter = Nudge.Matter


class NotAChampion(Refusal):
    message = _(
        "Only whoever holds the champion’s seat nudges a department. Your term may be over."
    )


class NothingWaits(Refusal):
    message = _("Nothing of this waits for the department any more.")


class AlreadyNudged(Refusal):
    message = _("This department was nudged about this today already.")


class NobodyToNudge(Refusal):
    message = _(
        "Nobody of this department, nor of its government, has an account here. Invite somebody."
    )


@dataclass(frozen=True)
class Waiting:
    """One matter that waits for a department: its things, as a reader may see them."""

    department: Organisation
    matter: Nudge.Matter
    things: tuple[str, ...]


def waiting_for_departments(plan: JointWorkPlan, reader: Visitor, *, on: dt.date) -> list[Waiting]:
    """What waits for each department or government of the place, as far as the reader sees it.

    The same to everyone who takes part; of a thing that a reader may not see nothing is said.
    """
    found: dict[tuple[Organisation, Nudge.Matter], list[str]] = {}
    for matter, pairs in (
        (Matter.POINTS, _points(plan, reader)),
        (Matter.CONFIRMATIONS, _confirmations(plan, reader)),
        (Matter.UPDATES, _updates(plan, reader, on=on)),
        (Matter.COMMITMENTS, _commitments(plan, reader)),
    ):
        for department, thing in pairs:
            if department.type in COUNTY_TYPES:
                found.setdefault((department, matter), []).append(thing)
    rows = [
        Waiting(department, matter, tuple(dict.fromkeys(sorted(things, key=code_order))))
        for (department, matter), things in found.items()
    ]
    order = list(Matter)
    return sorted(rows, key=lambda row: (row.department.name, order.index(row.matter)))


@transaction.atomic
def nudge_department(
    plan: JointWorkPlan,
    department: Organisation,
    *,
    by: User,
    matter: Nudge.Matter,
    text: str = "",
    at: dt.datetime | None = None,
) -> Nudge:
    """Write to the department's officials what waits for them, at most once a day a matter.

    A form that was sent twice is one nudge.

    Raises NotAChampion, NothingWaits, AlreadyNudged or NobodyToNudge.
    """
    now = at or timezone.now()
    plan = (
        JointWorkPlan.objects.select_for_update(of=("self",))
        .select_related("mechanism", "place")
        .get(pk=plan.pk)
    )
    today = plan.mechanism.today(now)
    seat = champions_seat(by, plan, on=today)
    if seat is None:
        raise NotAChampion
    if _of(department, matter, waiting_for_departments(plan, by, on=today)) is None:
        raise NothingWaits
    if there := plan.nudges.filter(department=department, matter=matter, on=today).first():
        if (there.by, there.text) == (by, text):
            return there
        raise AlreadyNudged
    asked = [
        (official, waiting.things)
        for official in officials_of(department, plan.mechanism, at=now)
        if official != by
        # Nothing in the letter but what its reader finds in the portal as well (R24).
        and (waiting := _of(department, matter, waiting_for_departments(plan, official, on=today)))
    ]
    if not asked:
        raise NobodyToNudge
    nudge = Nudge(
        plan=plan, department=department, matter=matter, seat=seat, text=text, on=today, by=by
    )
    nudge.full_clean()
    nudge.save()
    record("workplans.department_nudged", plan, by=by, note=f"{nudge}. {text}".strip(), at=now)
    for official, things in asked:
        tell_department(nudge, official, things, at=now)
    return nudge


def last_nudged(plan: JointWorkPlan) -> dict[tuple[int, str], dt.date]:
    """The last day on which each department was nudged about each matter."""
    rows = plan.nudges.order_by("on").values_list("department", "matter", "on")
    return {(department, matter): on for department, matter, on in rows}


def _of(department: Organisation, matter: Nudge.Matter, rows: Iterable[Waiting]) -> Waiting | None:
    return next(
        (row for row in rows if row.department == department and row.matter == matter), None
    )


Pairs = Iterable[tuple[Organisation, str]]


def _points(plan: JointWorkPlan, reader: Visitor) -> Pairs:
    """Points of the process are named with whom they wait for to who takes part alone."""
    if plan.mechanism_id not in takes_part_in(reader):
        return []
    blocked = PhaseItem.objects.filter(
        phase__plan=plan, phase__is_taken_out=False, blocked_by__isnull=False
    )
    rows = blocked.select_related("blocked_by", "phase").order_by("phase__position", "position")
    return [
        (item.blocked_by, f"{item.phase}: {item.blocked_note}") for item in rows if item.blocked_by
    ]


def _confirmations(plan: JointWorkPlan, reader: Visitor) -> Pairs:
    """What leads have said and the department that leads the sector has still to confirm."""
    waiting = Activity.objects.visible_to(reader).filter(plan=plan).awaiting()
    rows = list(waiting.exclude(sector=None).values_list("code", "sector"))
    leading = lead_departments({sector for _code, sector in rows}, plan.place)
    return [(each, code) for code, sector in rows for each in leading.get(sector, [])]


def _updates(plan: JointWorkPlan, reader: Visitor, *, on: dt.date) -> Pairs:
    """Updates that the department owes on its own activities for the quarter that ended last."""
    for period in ended_periods(plan, on=on)[:1]:
        seen = Activity.objects.visible_to(reader).filter(plan=plan)
        rows = seen.owing_update(period).select_related("lead")
        return [(activity.lead, activity.code) for activity in rows]
    return []


def _commitments(plan: JointWorkPlan, reader: Visitor) -> Pairs:
    waiting = Commitment.objects.visible_to(reader).of_plan(plan).waiting()
    rows = waiting.select_related("organisation", "activity")
    return [(commitment.organisation, commitment.activity.code) for commitment in rows]
