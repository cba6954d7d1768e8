"""The official steps of a plan's year: their days, computed, and what misses them (R15)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.models import FiscalCalendar, add_months
from workplans.models import (
    EventMove,
    JointWorkPlan,
    Phase,
    PlanningCalendar,
    PlanningEvent,
    Step,
    day_in,
)

MONTHS_IN_YEAR = 12
# How many months from the first day of the year that a step is for to that of the year it falls in.
FALLS = {
    PlanningEvent.Serves.NEXT: -MONTHS_IN_YEAR,
    PlanningEvent.Serves.SAME: 0,
    PlanningEvent.Serves.LAST: MONTHS_IN_YEAR,
}
NAMESPACE = uuid.UUID("6f1b8a52-3d0c-4a5e-9a53-6f0f6f6d1a10")


@dataclass(frozen=True)
class Occurrence:
    """A step in one year: the day by its calendar, and the day on which the place holds it."""

    event: PlanningEvent
    for_year: dt.date
    begins_on: dt.date | None
    by_calendar: dt.date
    due_on: dt.date
    move: EventMove | None = None
    sequence: int = 0

    @property
    def is_moved(self) -> bool:
        return self.due_on != self.by_calendar

    @property
    def is_for_later(self) -> bool:
        """Whether it plans a year to come."""
        return self.event.serves == PlanningEvent.Serves.NEXT

    @property
    def year(self) -> str:
        """The year that it is for, by its calendar."""
        return self.event.calendar.year.label_year(self.for_year)

    @property
    def key(self) -> str:
        """How an address names it: "12/2021-07-01"."""
        return f"{self.event.pk}/{self.for_year.isoformat()}"

    def uid_in(self, plan: JointWorkPlan) -> uuid.UUID:
        """The calendar's name of it for its whole life, whatever its day becomes (R20)."""
        return uuid.uuid5(NAMESPACE, f"{plan.pk}/{self.key}")


def occurrences_of(plan: JointWorkPlan, *, in_use: bool = True) -> list[Occurrence]:
    """Every step of every calendar that runs where the plan is made, in the order of their days.

    Those for the plan's year and, of calendars with another year, for each year that shares days
    with it. Without ``in_use`` also those that are out of use. Three queries, and nothing is kept.
    """
    calendars = PlanningCalendar.objects.for_plan(plan).select_related("year")
    steps = PlanningEvent.objects.filter(calendar__in=calendars.values("pk"))
    if in_use:
        steps = steps.filter(is_in_use=True)
    steps = steps.select_related("calendar__year", "calendar__place").order_by(
        "calendar__position", "calendar__pk", "position", "pk"
    )
    moves = {
        (move.event_id, move.for_year): move
        for move in EventMove.objects.filter(event__in=steps.values("pk"), place=plan.place)
    }
    events = list(steps)
    by_key = {event.pk: event for event in events}
    found = [
        _occurrence(event, year, by_key, moves)
        for event in events
        for year in years_shared(event.calendar.year, plan)
        if event.follows_id is None or event.follows_id in by_key
    ]
    return sorted(found, key=lambda each: each.due_on)


def years_shared(calendar: FiscalCalendar, plan: JointWorkPlan) -> Iterator[dt.date]:
    """The first day of each year of the calendar that shares days with the plan's."""
    year = calendar.year_start(plan.starts_on)
    while year < plan.ends_before:
        yield year
        year = add_months(year, MONTHS_IN_YEAR)


@dataclass(frozen=True)
class Misalignment:
    """A phase that is over only after an official step is due (R15)."""

    occurrence: Occurrence
    phase: Phase
    days: int

    def __str__(self) -> str:
        """Such as "JWP priorities are ready 12 days after the ADP is due, 1 Sep 2020"."""
        words = {
            "hook": self.occurrence.event.hook or _("“%(phase)s” ends") % {"phase": self.phase},
            "days": self.days,
            "step": self.occurrence.event.short_name,
            "day": date_format(self.occurrence.due_on),
        }
        said = ngettext(
            "%(hook)s %(days)d day after the %(step)s is due, %(day)s.",
            "%(hook)s %(days)d days after the %(step)s is due, %(day)s.",
            self.days,
        )
        return said % words


def phase_before(occurrence: Occurrence, phases: Iterable[Phase]) -> Phase | None:
    """The plan's phase that is to be over when the step is due."""
    step = occurrence.event.hook_step
    return next((phase for phase in phases if step and phase.step == step), None)


def days_late(occurrence: Occurrence, phase: Phase | None) -> int | None:
    """By how many days the phase misses the step; 0 or less is in time, None cannot be told."""
    if phase is None or phase.ends is None:
        return None
    return (phase.ends - occurrence.due_on).days


def misalignments(occurrences: Iterable[Occurrence], phases: Iterable[Phase]) -> list[Misalignment]:
    """What misses the official calendar, in the order of its days."""
    known = list(phases)
    found = []
    for occurrence in occurrences:
        phase = phase_before(occurrence, known)
        days = days_late(occurrence, phase)
        if phase is not None and days is not None and days > 0:
            found.append(Misalignment(occurrence, phase, days))
    return found


def step_due(plan: JointWorkPlan, event: int, year: dt.date) -> Occurrence | None:
    """The occurrence of the step for the year, None where the plan has none."""
    for occurrence in occurrences_of(plan):
        if (occurrence.event.pk, occurrence.for_year) == (event, year):
            return occurrence
    return None


def step_of(occurrence: Occurrence) -> str:
    """The phase that it waits for, as the cycle calls it."""
    step = occurrence.event.hook_step
    return str(Step(step).label) if step else ""


Moves = dict[tuple[int, dt.date], EventMove]


def _occurrence(
    event: PlanningEvent, year: dt.date, events: dict[int, PlanningEvent], moves: Moves
) -> Occurrence:
    move = moves.get((event.pk, year))
    if event.follows_id is not None:
        before = _occurrence(events[event.follows_id], year, events, moves)
        after = dt.timedelta(days=event.days_after or 0)
        by_calendar, due_on, raised = before.by_calendar, before.due_on, before.sequence
        by_calendar, due_on = by_calendar + after, due_on + after
    else:
        by_calendar = due_on = _day(event, year)
        raised = 0
    moved_to = move.due_on if move else None
    return Occurrence(
        event=event,
        for_year=year,
        begins_on=_beginning(event, by_calendar),
        by_calendar=by_calendar,
        due_on=moved_to or due_on,
        move=move,
        sequence=raised + event.version - 1 + (move.version if move else 0),
    )


def _day(event: PlanningEvent, year: dt.date) -> dt.date:
    """The day that the rule names, in the year in which the step falls."""
    starts = add_months(year, FALLS[PlanningEvent.Serves(event.serves)])
    month, day = event.month or 1, event.day or 1
    return day_in(starts.year + (month < starts.month), month, day)


def _beginning(event: PlanningEvent, due_on: dt.date) -> dt.date | None:
    """The last day before it is due on which the rule lets it begin."""
    if event.begins_month is None or event.begins_day is None:
        return None
    day = day_in(due_on.year, event.begins_month, event.begins_day)
    return day if day <= due_on else day_in(due_on.year - 1, event.begins_month, event.begins_day)
