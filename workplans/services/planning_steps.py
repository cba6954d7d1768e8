"""What is said of official steps: that a place moved one, and who took part in it (P19, S9)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, User
from coordination.services.events import record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import EventMove, JointWorkPlan, Participation

from .planning_calendars import Occurrence
from .refusals import ReasonMissing


class StepIsThere(Refusal):
    message = _("The step is on this day already.")


class ParticipationWithdrawn(Refusal):
    message = _("This note is withdrawn already.")


@transaction.atomic
def move_step(
    plan: JointWorkPlan,
    occurrence: Occurrence,
    *,
    by: User,
    due_on: dt.date | None,
    reason: str,
    seen_version: int,
    at: dt.datetime | None = None,
) -> EventMove:
    """The place holds the step on another day; None puts it back on the day of its calendar.

    Raises ReasonMissing, StepIsThere, or EditedMeanwhile when another has moved it since.
    """
    now, reason = at or timezone.now(), reason.strip()
    plan = JointWorkPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    named = {"event": occurrence.event, "place": plan.place, "for_year": occurrence.for_year}
    move = EventMove.objects.select_for_update(of=("self",)).filter(**named).first()
    if (move.version if move else 0) != seen_version:
        raise EditedMeanwhile
    if not reason:
        raise ReasonMissing
    before = move.due_on if move else None
    if before == due_on or (before is None and due_on == occurrence.by_calendar):
        raise StepIsThere
    move = move or EventMove(**named, version=0)
    move.due_on, move.reason, move.moved_by, move.moved_at = due_on, reason, by, now
    move.version += 1
    move.full_clean()
    move.save()
    changes: dict[str, list[Any]] = {
        "planning_step": [None, f"{occurrence.event} ({occurrence.year})"],
        "due_on": [_iso(before or occurrence.by_calendar), _iso(due_on or occurrence.by_calendar)],
    }
    record("workplans.planning_step_moved", plan, by=by, changes=changes, note=reason, at=now)
    return move


@transaction.atomic
def record_participation(
    plan: JointWorkPlan,
    occurrence: Occurrence,
    *,
    by: User,
    organisations: list[Organisation],
    took_part_on: dt.date,
    posts: str,
    submitted: str,
    note: str,
    at: dt.datetime | None = None,
) -> Participation:
    """Note who took part. A form that was sent twice gives the note again. Raises DayToCome."""
    now = at or timezone.now()
    plan = JointWorkPlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    if took_part_on > plan.mechanism.today(now):
        raise DayToCome
    content: dict[str, Any] = {
        "plan": plan,
        "event": occurrence.event,
        "for_year": occurrence.for_year,
        "took_part_on": took_part_on,
        "posts": posts,
        "submitted": submitted,
        "note": note,
    }
    for same in Participation.objects.filter(recorded_by=by, withdrawn_at=None, **content):
        if {one.pk for one in same.organisations.all()} == {one.pk for one in organisations}:
            return same
    noted = Participation(**content, recorded_by=by, recorded_at=now)
    noted.full_clean()
    noted.save()
    noted.organisations.set(organisations)
    changes: dict[str, list[Any]] = {
        "planning_step": [None, f"{occurrence.event} ({occurrence.year})"],
        "organisations": [None, sorted(str(one) for one in organisations)],
        "took_part_on": [None, _iso(took_part_on)],
    }
    record("workplans.participation_recorded", plan, by=by, changes=changes, at=now)
    return noted


@transaction.atomic
def withdraw_participation(
    note: Participation, *, by: User, at: dt.datetime | None = None
) -> Participation:
    """Take a wrong note back; the record keeps it. Raises ParticipationWithdrawn."""
    now = at or timezone.now()
    note = Participation.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if note.withdrawn_at:
        raise ParticipationWithdrawn
    note.withdrawn_at = now
    note.save(update_fields=["withdrawn_at"])
    changes = {"planning_step": [f"{note.event}, {_iso(note.took_part_on)}", None]}
    record("workplans.participation_withdrawn", note.plan, by=by, changes=changes, at=now)
    return note


def _iso(day: dt.date) -> str:
    return day.isoformat()
