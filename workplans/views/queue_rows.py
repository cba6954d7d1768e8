"""The rows of the verification queue, report by report: each value with what it is judged by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _

from coordination.models import FiscalCalendar, Mechanism, Organisation, Period
from workplans.models import Result, ResultDecision
from workplans.services.checks import entry_of, stock_fell
from workplans.services.deviations import Due, actual_by_now, dues_of, needs_narrative
from workplans.services.results import last_results, name_cells
from workplans.services.rounding import cells_in_words, display

from .results import parts_of


class Report(NamedTuple):
    """What the rows of the queue stand under."""

    organisation: Organisation
    period: Period
    mechanism: Mechanism


@dataclass(frozen=True)
class QueueRow:
    """A value that waits, with what it is judged by."""

    result: Result
    last: Result | None
    due: Due | None

    @property
    def key(self) -> str:
        return str(self.result.pk)

    @property
    def report(self) -> Report:
        stream = self.result.stream
        return Report(stream.organisation, self.result.period, stream.version.indicator.mechanism)

    @property
    def returns(self) -> list[ResultDecision]:
        """Why it was sent back before, the last first: what the reporter answers with it."""
        kind = ResultDecision.Kind.RETURNED
        returned = [each for each in self.result.decisions.all() if each.kind == kind]
        return sorted(returned, key=lambda each: each.at, reverse=True)

    @property
    def reached(self) -> Decimal | None:
        """What the reporter has reached with this value: a flow the year so far."""
        result, numerator = self.result, self.result.numerator
        if self.due is None or numerator is None:
            return None
        return actual_by_now(result.stream.version, self.due, numerator, result.denominator)

    @property
    def reached_of_due(self) -> str:
        """The same in words, beside what is due by now: "120 of 400"."""
        version, due = self.result.stream.version, self.due.value if self.due else None
        words = {"reached": display(self.reached, version), "due": display(due, version)}
        return _("%(reached)s of %(due)s") % words

    @property
    def departs(self) -> bool:
        """Whether the value is so far from what is due that it had to be explained."""
        result, numerator = self.result, self.result.numerator
        return numerator is not None and needs_narrative(
            result.stream.version, self.due, numerator, result.denominator
        )

    @cached_property
    def breakdowns(self) -> list[tuple[str, str]]:
        """The cells of each breakdown in words: "Women 12; Men 10"."""
        return [(name, cells_in_words(cells)) for name, cells in parts_of(self.result)]

    @property
    def doubts(self) -> list[str]:
        """What about the value itself a verifier should look at twice."""
        result, numerator, found = self.result, self.result.numerator, []
        if result.value is None:
            found.append(_("nothing to divide by"))
        if numerator is not None and numerator < 0:
            found.append(_("below zero"))
        if self.last and stock_fell(result.stream.version, entry_of(result), self.last):
            found.append(_("lower than before"))
        return found


class ReportSection(NamedTuple):
    """The rows of one report, which a phone folds."""

    organisation: Organisation
    period: Period
    mechanism: Mechanism
    rows: list[QueueRow]
    is_unfolded: bool


def reports_of(keys: Collection[int], chosen: set[str]) -> list[ReportSection]:
    """The results report by report; a phone opens the first, and those with a chosen value."""
    sections: list[ReportSection] = []
    for report, group in groupby(rows_of(keys), key=lambda row: row.report):
        rows = list(group)
        is_unfolded = not sections or any(row.key in chosen for row in rows)
        sections.append(
            ReportSection(report.organisation, report.period, report.mechanism, rows, is_unfolded)
        )
    return sections


def rows_of(keys: Collection[int]) -> list[QueueRow]:
    """The results with these keys, which the visitor may see, with what they are judged by.

    In the order of the keys. The number of queries grows with the quarters that wait, not with the
    values.
    """
    # Mechanisms are few, and corrections rare: joined to each row, they double what the database
    # takes to make its plan.
    shown = Result.objects.select_related(
        "period", "stream__version__indicator", "stream__organisation", "stream__place"
    ).prefetch_related(
        "stream__version__indicator__mechanism", "restates", "cells", "evidence__file", "decisions"
    )
    by_key = shown.in_bulk(keys)
    found = [by_key[key] for key in keys if key in by_key]
    name_cells(found)
    calendars = FiscalCalendar.objects.in_bulk()
    by_quarter: defaultdict[tuple[int, int], list[Result]] = defaultdict(list)
    for result in found:
        mechanism = result.stream.version.indicator.mechanism
        by_quarter[mechanism.calendar_id, result.period_id].append(result)
    lasts, dues = {}, {}
    for (calendar_pk, _period), group in by_quarter.items():
        period, streams = group[0].period, [result.stream for result in group]
        calendar = calendars[calendar_pk]
        for stream_pk, last in last_results(streams, period).items():
            lasts[stream_pk, period.pk] = last
        for stream_pk, due in dues_of(streams, period, calendar).items():
            dues[stream_pk, period.pk] = due
    return [
        QueueRow(
            result,
            lasts.get((result.stream_id, result.period_id)),
            dues.get((result.stream_id, result.period_id)),
        )
        for result in found
    ]
