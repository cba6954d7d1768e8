"""The phases of a plan: laid out, edited, begun (domain 1.11)."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, Unpack

import yaml
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Origin, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import JointWorkPlan, Phase, PhaseItem

from .activities import PlanIsClosed, lock_open_plan

PHASES = Path(__file__).parent.parent / "reference" / "phases.yaml"
State = Phase.State


class PhasesAreThere(Refusal):
    message = _("This plan has its phases already.")


class PhaseHasBegun(Refusal):
    message = _("This phase has begun: it stays in the plan.")


class PhaseIsOver(Refusal):
    message = _("This phase is passed: what belongs to it no longer changes.")


class PhaseContent(TypedDict):
    position: int
    step: str
    name: str
    purpose: str
    methods: str
    agenda: str
    participants: str
    facilitator: str
    planned_start: dt.date | None
    planned_end: dt.date | None


@cache
def default_phases() -> list[dict[str, Any]]:
    """The phases that a plan begins with, as data."""
    rows: list[dict[str, Any]] = yaml.safe_load(PHASES.read_text(encoding="utf-8"))
    return rows


def put_default_phases(plan: JointWorkPlan) -> None:
    """Give the plan the default phases with their lists; they are marked as ours."""
    for position, row in enumerate(default_phases(), start=1):
        plain = {name: value for name, value in row.items() if isinstance(value, str)}
        phase = Phase.objects.create(
            plan=plan, position=position, origin=Origin.ILLUSTRATIVE, **plain
        )
        points = [(PhaseItem.Kind.CHECK, text) for text in row["checks"]]
        points += [(PhaseItem.Kind.DELIVERABLE, text) for text in row["deliverables"]]
        PhaseItem.objects.bulk_create(
            PhaseItem(phase=phase, kind=kind, text=text, position=number)
            for number, (kind, text) in enumerate(points)
        )


@transaction.atomic
def lay_out_phases(
    plan: JointWorkPlan, *, by: User, at: dt.datetime | None = None
) -> JointWorkPlan:
    """Give a plan that has none the six default phases. Raises PhasesAreThere or PlanIsClosed."""
    plan = lock_open_plan(plan)
    if plan.phases.in_plan().exists():
        raise PhasesAreThere
    put_default_phases(plan)
    record("workplans.phases_laid_out", plan, by=by, at=at)
    return plan


@transaction.atomic
def add_phase(
    plan: JointWorkPlan, *, by: User, at: dt.datetime | None = None, **content: Unpack[PhaseContent]
) -> Phase:
    """One more phase of the plan. A form that was sent twice gives it again.

    Raises PlanIsClosed.
    """
    plan = lock_open_plan(plan)
    same = (
        plan.phases.in_plan()
        .filter(name=content["name"], position=content["position"], version=1)
        .first()
    )
    if same is not None:
        return same
    phase = Phase(plan=plan, **content)
    phase.full_clean()
    phase.save()
    record("workplans.phase_added", phase, by=by, changes=_all_of(content), at=at)
    return phase


@transaction.atomic
def edit_phase(
    phase: Phase,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[PhaseContent],
) -> Phase:
    """The phase with its new content. Raises PhaseIsOver or EditedMeanwhile."""
    phase = lock_phase(phase)
    if phase.version != seen_version:
        raise EditedMeanwhile
    if phase.state == State.PASSED:
        raise PhaseIsOver
    before = {name: in_record(getattr(phase, name)) for name in content}
    days = phase.days
    for name, value in content.items():
        setattr(phase, name, value)
    if days and not phase.days:
        phase.cleared_first, phase.cleared_last = days
    phase.full_clean()
    phase.version += 1
    phase.sequence += days != phase.days
    cleared = ("cleared_first", "cleared_last")
    phase.save(update_fields=[*content, *cleared, "version", "sequence"])
    after = {name: in_record(value) for name, value in content.items()}
    changes = changes_between(before, after)
    record("workplans.phase_edited", phase, by=by, changes=changes, at=at)
    return phase


@transaction.atomic
def remove_phase(phase: Phase, *, by: User, at: dt.datetime | None = None) -> None:
    """Take a phase that has not begun out of the plan; a second click changes nothing.

    Raises PhaseHasBegun.
    """
    phase = lock_phase(phase)
    if phase.is_taken_out:
        return
    if phase.state != State.NOT_STARTED or phase.sessions.exists() or phase.gates.exists():
        raise PhaseHasBegun
    phase.is_taken_out = True
    phase.sequence += 1
    phase.save(update_fields=["is_taken_out", "sequence"])
    record("workplans.phase_removed", phase.plan, by=by, note=str(phase), at=at)


@transaction.atomic
def begin_phase(phase: Phase, *, by: User, on: dt.date, at: dt.datetime | None = None) -> Phase:
    """Record that the work on it began. Raises PhaseHasBegun or DayToCome."""
    now = at or timezone.now()
    phase = lock_phase(phase)
    if phase.state != State.NOT_STARTED:
        raise PhaseHasBegun
    guard_past(phase, on, now)
    days = phase.days
    phase.state, phase.started_on = State.UNDER_WAY, on
    phase.full_clean()
    phase.sequence += days != phase.days
    phase.save(update_fields=["state", "started_on", "sequence"])
    changes = {"started_on": [None, on.isoformat()]}
    record("workplans.phase_begun", phase, by=by, changes=changes, at=now)
    return phase


def next_position(plan: JointWorkPlan) -> int:
    """Where one more phase stands."""
    return int(plan.phases.aggregate(last=Max("position"))["last"] or 0) + 1


def lock_phase(phase: Phase) -> Phase:
    """The phase as it stands, held until the transaction ends; raises PlanIsClosed."""
    rows = Phase.objects.select_related("plan__mechanism", "plan__place")
    phase = rows.select_for_update(of=("self",), no_key=True).get(pk=phase.pk)
    if phase.plan.is_over:
        raise PlanIsClosed
    return phase


def guard_past(phase: Phase, day: dt.date, now: dt.datetime) -> None:
    """Raise DayToCome for a day that is not there yet where the plan is made."""
    if day > phase.plan.mechanism.today(now):
        raise DayToCome


def in_record(value: Any) -> Any:
    """A value as the record keeps it."""
    return value.isoformat() if isinstance(value, dt.date) else value


def _all_of(content: PhaseContent) -> dict[str, list[Any]]:
    return {name: [None, in_record(value)] for name, value in content.items() if value}
