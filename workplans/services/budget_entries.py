"""Whether a line of the county's plan entered its budget estimates, and in time (P30)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from workplans.models import PlanningLine, programme_of


@dataclass(frozen=True)
class BudgetEntry:
    """The programme under which a line stands, and how it stands in the estimates.

    ``state`` is entered (no due day is known), in_time, late, missing (the day has passed),
    not_yet, or unknown (neither entered nor is a due day known).
    """

    programme: PlanningLine
    due_on: dt.date | None
    entered_on: dt.date | None
    state: str


def budget_entry(line: PlanningLine, *, on: dt.date) -> BudgetEntry:
    """How the line stands on the day; one query for the lines that it is part of."""
    return entry_of(line, {each.pk: each for each in line.document.lines.all()}, on=on)


def entry_of(line: PlanningLine, known: dict[int, PlanningLine], *, on: dt.date) -> BudgetEntry:
    """The same where the lines of its document are ``known``; no query."""
    due_on, entered_on = line.document.estimates_due_on, line.in_estimates_on
    return BudgetEntry(
        programme_of(line, known), due_on, entered_on, _state(due_on, entered_on, on)
    )


def _state(due_on: dt.date | None, entered_on: dt.date | None, on: dt.date) -> str:
    if due_on is None:
        return "entered" if entered_on else "unknown"
    if entered_on is not None:
        return "in_time" if entered_on <= due_on else "late"
    return "missing" if due_on < on else "not_yet"
