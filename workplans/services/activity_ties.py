"""Tying activities to each other; a sequence never comes back to where it began."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Activity, ActivityTie, JointWorkPlan
from workplans.models.activity_tie import ActivityTieQuerySet

from .activities import PlanIsClosed

Kind = ActivityTie.Kind


class TiedToItself(Refusal):
    message = _("An activity is tied to another one.")


class TiedAcrossMechanisms(Refusal):
    message = _("This activity belongs to another mechanism.")


class SequenceGoesRound(Refusal):
    message = _("The sequence would come back to where it began: each would wait for the other.")


@dataclass(frozen=True)
class TieShown:
    """A tie as one of its two activities has it."""

    tie: ActivityTie
    other: Activity
    # "before" and "after" of a sequence; else empty.
    place: str
    # The one that comes after begins before the one that comes first has ended.
    is_too_early: bool
    # Of what comes after and has no first day of its own: the last day of what comes first (B28).
    ends_first_on: dt.date | None = None


@transaction.atomic
def tie_activities(
    first: Activity,
    second: Activity,
    *,
    by: User,
    kind: str,
    note: str = "",
    at: dt.datetime | None = None,
) -> ActivityTie:
    """Tie the two; in a sequence ``first`` comes first. Tied twice in a kind they are tied once.

    Raises TiedToItself, TiedAcrossMechanisms, PlanIsClosed or SequenceGoesRound.
    """
    Mechanism.objects.select_for_update(no_key=True).get(pk=first.plan.mechanism_id)
    if first.pk == second.pk:
        raise TiedToItself
    if first.plan.mechanism_id != second.plan.mechanism_id:
        raise TiedAcrossMechanisms
    _guard_open(first, second)
    if kind != Kind.SEQUENCING and first.pk > second.pk:
        first, second = second, first
    there = ActivityTie.objects.filter(kind=kind, first=first, second=second).first()
    if there is not None:
        return there
    if kind == Kind.SEQUENCING and _leads_to(second, first):
        raise SequenceGoesRound
    tie = ActivityTie(kind=kind, first=first, second=second, note=note.strip())
    tie.full_clean()
    tie.save()
    for activity, other in ((first, second), (second, first)):
        said = f"{tie.get_kind_display()}: {other.code}"
        record("workplans.activity_tied", activity, by=by, note=said, at=at)
    return tie


@transaction.atomic
def untie_activities(tie: ActivityTie, *, by: User, at: dt.datetime | None = None) -> None:
    """Take the tie off; taken off twice it is one deed. Raises PlanIsClosed."""
    _guard_open(tie.first, tie.second)
    said = {tie.first: tie.second, tie.second: tie.first}
    gone, _rows = ActivityTie.objects.filter(pk=tie.pk).delete()
    if not gone:
        return
    for activity, other in said.items():
        note = f"{tie.get_kind_display()}: {other.code}"
        record("workplans.activity_untied", activity, by=by, note=note, at=at)


def _guard_open(first: Activity, second: Activity) -> None:
    """Of two plans one may be closed: what follows in the next year is tied to what was."""
    plans = JointWorkPlan.objects.filter(pk__in=(first.plan_id, second.plan_id))
    if not plans.exclude(state__in=JointWorkPlan.OVER).exists():
        raise PlanIsClosed


def ties_shown(activity: Activity, ties: ActivityTieQuerySet) -> list[TieShown]:
    """The activity's ties among ``ties``, as it has them."""
    rows = ties.of(activity).select_related(
        "first__plan__mechanism", "second__plan__mechanism", "first__lead", "second__lead"
    )
    return [_as_it_has(activity, tie) for tie in rows.order_by("kind", "pk")]


def _as_it_has(activity: Activity, tie: ActivityTie) -> TieShown:
    comes_first = tie.first_id == activity.pk
    other = tie.second if comes_first else tie.first
    if tie.kind != Kind.SEQUENCING:
        return TieShown(tie, other, "", is_too_early=False)
    begins, ends = tie.second.starts_on, tie.first.ends_on
    is_too_early = begins is not None and ends is not None and begins <= ends
    if comes_first:
        return TieShown(tie, other, "after", is_too_early)
    return TieShown(tie, other, "before", is_too_early, None if begins else ends)


def _leads_to(start: Activity, goal: Activity) -> bool:
    """Whether a sequence leads from the one to the other."""
    onwards: defaultdict[int, list[int]] = defaultdict(list)
    steps = ActivityTie.objects.filter(
        kind=Kind.SEQUENCING, first__plan__mechanism=start.plan.mechanism_id
    )
    for first, second in steps.values_list("first", "second"):
        onwards[first].append(second)
    waiting, seen = [start.pk], {start.pk}
    while waiting:
        at = waiting.pop()
        if at == goal.pk:
            return True
        for each in onwards[at]:
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return False
