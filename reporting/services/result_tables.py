"""The table of results of a mechanism: every indicator with its figures, in one reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, Max, OuterRef
from django.utils import timezone

from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place, every_period
from reporting.models import Basis
from workplans.models import (
    IndicatorVersion,
    IntendedResult,
    Obligation,
    Result,
    Stream,
    Target,
    walk,
)

from .breakdowns import Breakdown, breakdowns_for, next_below
from .completeness import Completeness, completeness_of_indicators
from .expectations import Expectations
from .figures import Figure, Figures, figures_for
from .progress import Progress, progress_for
from .scopes import Scope

TREND_QUARTERS = 8


@dataclass(frozen=True)
class Question:
    """What someone asks of a mechanism's results: the filters of the page."""

    mechanism: Mechanism
    period: Period
    place: Place
    calendar: FiscalCalendar
    organisation: Organisation | None = None
    basis: str = Basis.VERIFIED

    @property
    def quarter(self) -> Scope:
        return self._asked(Scope.quarter(self.place, self.period))

    @property
    def to_date(self) -> Scope:
        return self._asked(Scope.year_to_date(self.place, self.period, self.calendar))

    @property
    def since_ever(self) -> Scope:
        return self._asked(Scope.to_date(self.place, self.period))

    @property
    def year_label(self) -> str:
        return self.calendar.label_year(self.period.starts_on)

    @property
    def is_everywhere(self) -> bool:
        """Whether all places of the mechanism are meant: its country."""
        return self.place == self.mechanism.country

    def _asked(self, scope: Scope) -> Scope:
        return scope.by(self.organisation).on_basis(self.basis)


@dataclass(frozen=True)
class ResultRow:
    """One indicator with everything that the table says of it."""

    version: IndicatorVersion
    quarter: Figure
    to_date: Figure
    progress: Progress
    completeness: Completeness
    trend: list[tuple[Period, Figure]]
    places: list[tuple[Place, Figure]]
    breakdowns: list[Breakdown]


@dataclass(frozen=True)
class ResultGroup:
    """The indicators of one intended result; of none for those that hang on nothing."""

    intended_result: IntendedResult | None
    rows: list[ResultRow]


@dataclass(frozen=True)
class Quarters:
    """The quarters of a mechanism in which there is something to see, the newest first."""

    periods: Sequence[Period]
    received: Collection[int]  # the keys of those on which a report came

    @property
    def latest(self) -> Period | None:
        """The last on which a report was received; without any, the last of all."""
        received = (period for period in self.periods if period.pk in self.received)
        return next(received, None) or next(iter(self.periods), None)


def quarters_of(mechanism: Mechanism, *, on: dt.date) -> Quarters:
    """The quarters that are over, or have reports already, with something to see in them.

    That is a report owed, a target, or a value that counts. Takes three queries, a fourth where
    there are quarters with neither a report owed nor a target.
    """
    owed = dict(
        Obligation.objects.of_members()
        .filter(mechanism=mechanism)
        .values_list("period")
        .annotate(received=Count("first_submitted_at"))
    )
    received = {period for period, number in owed.items() if number}
    targets = Target.objects.filter(version__indicator__mechanism=mechanism)
    aimed = list(targets.values_list("starts_on", "ends_before").distinct())
    periods = [
        period
        for period in reversed(every_period())
        if period.ends_before <= on or period.pk in received
    ]
    known = set(owed) | {
        period.pk
        for period in periods
        if any(first < period.ends_before and end > period.starts_on for first, end in aimed)
    }
    known |= told_in(mechanism, [period for period in periods if period.pk not in known])
    return Quarters([period for period in periods if period.pk in known], received)


def told_in(mechanism: Mechanism, periods: Collection[Period]) -> set[int]:
    """The keys of those periods for which the mechanism has a value that counts."""
    counted = Result.objects.filter(period__in=periods, state__in=Result.COUNTED_STATES)
    return set(counted.of_mechanism(mechanism).values_list("period", flat=True).distinct())


def latest_period(mechanism: Mechanism, *, at: dt.datetime) -> Period | None:
    """The last quarter on which a report was received; without any, the last that is over."""
    return latest_periods([mechanism], at=at).get(mechanism.pk)


def latest_periods(mechanisms: Collection[Mechanism], *, at: dt.datetime) -> dict[int, Period]:
    """The same of several mechanisms, by their keys; those without any quarter are left out.

    A quarter is over when it is so in the mechanism's own zone.
    """
    received = Obligation.objects.filter(mechanism__in=mechanisms).exclude(first_submitted_at=None)
    newest = dict(received.values_list("mechanism").annotate(Max("period__starts_on")))
    periods = {period.starts_on: period for period in every_period()}
    found = {
        mechanism.pk: periods[newest[mechanism.pk]]
        if mechanism.pk in newest
        else quarters_of(mechanism, on=mechanism.today(at)).latest
        for mechanism in mechanisms
    }
    return {key: period for key, period in found.items() if period}


def versions_in(question: Question) -> list[IndicatorVersion]:
    """The versions that the table shows, by the result that they measure."""
    return in_full(version_keys_in(question), question.mechanism)


def version_keys_in(question: Question) -> list[int]:
    """The keys of versions in use, and of earlier ones that have a part in the quarter.

    That is a value in the year, or someone who still reports. In the order of their results.
    """
    mechanism = question.mechanism
    return version_keys_of([mechanism], question.period, question.calendar)[mechanism.pk]


def version_keys_of(
    mechanisms: Collection[Mechanism], period: Period, calendar: FiscalCalendar
) -> dict[int, list[int]]:
    """The same of several mechanisms, by their keys, in two queries; in three where some ended."""
    versions = IndicatorVersion.objects.filter(indicator__mechanism__in=mechanisms)
    in_order = versions.exclude(state=IndicatorVersion.State.DRAFT).order_by(
        "indicator__position", "indicator__code", "number"
    )
    rows = list(
        in_order.values_list("pk", "indicator__mechanism", "indicator__intended_result", "state")
    )
    ended = [key for key, _of, _result, state in rows if state != IndicatorVersion.State.IN_USE]
    left_out = set(ended) - with_a_part(ended, period, calendar)
    ranks = ranks_in_frameworks(mechanisms)
    keys: dict[int, list[int]] = {mechanism.pk: [] for mechanism in mechanisms}
    for key, of, _result, _state in sorted(rows, key=lambda row: ranks.get(row[2], len(ranks))):
        if key not in left_out:
            keys[of].append(key)
    return keys


def with_a_part(versions: Collection[int], period: Period, calendar: FiscalCalendar) -> set[int]:
    """The keys of those that have a value in the quarter's year, or somebody who still reports."""
    if not versions:
        return set()
    told = Result.objects.filter(
        stream__version=OuterRef("pk"),
        state__in=Result.COUNTED_STATES,
        period__starts_on__gte=calendar.year_start(period.starts_on),
        period__ends_before__lte=period.ends_before,
    )
    running = Stream.objects.running_for(period).filter(version=OuterRef("pk"))
    having = IndicatorVersion.objects.filter(Exists(told) | Exists(running), pk__in=versions)
    return set(having.values_list("pk", flat=True))


def in_full(keys: Iterable[int], *mechanisms: Mechanism) -> list[IndicatorVersion]:
    """The mechanisms' versions with all that their rows show, in the order of ``keys``."""
    keys = list(keys)
    known = {mechanism.pk: mechanism for mechanism in mechanisms}
    found = IndicatorVersion.objects.select_related("indicator__intended_result").in_bulk(keys)
    for version in found.values():
        version.indicator.mechanism = known[version.indicator.mechanism_id]
    return [found[key] for key in keys]


def ranks_in_frameworks(mechanisms: Collection[Mechanism]) -> dict[int, int]:
    """The intended results of the mechanisms' frameworks, from the goal down."""
    nodes = IntendedResult.objects.filter(framework__mechanism__in=mechanisms)
    nodes = nodes.order_by("framework")
    by_framework = groupby(nodes, key=lambda node: node.framework_id)
    in_order = [node for _framework, rows in by_framework for _depth, node in walk(rows)]
    return {node.pk: rank for rank, node in enumerate(in_order)}


def read_rows(
    question: Question,
    versions: Sequence[IndicatorVersion],
    *,
    at: dt.datetime | None = None,
) -> list[ResultRow]:
    """The rows of the table, in a fixed number of queries."""
    at = at or timezone.now()
    periods = periods_until(question.period)
    trend = periods[-TREND_QUARTERS:]
    mechanisms = {question.mechanism.pk: question.mechanism}
    expectations = Expectations.of(versions, periods, mechanisms)
    parts = [] if question.organisation else next_below(question.place, expectations.places)
    quarters = [question.quarter.over(period) for period in trend]
    by_place = [question.to_date.at(place) for place in parts]
    scopes = [question.quarter, question.to_date, *quarters, *by_place]
    figures = figures_for(
        versions, scopes, on=question.mechanism.today(at), expectations=expectations
    )
    to_date = [figures[version.pk, question.to_date] for version in versions]
    progress = progress_for(to_date, question.period, question.calendar, expectations=expectations)
    breakdowns = breakdowns_for(to_date)
    completeness = completeness_of_indicators(
        versions,
        question.period,
        question.place,
        organisation=question.organisation,
        at=at,
        expectations=expectations,
    )
    return [
        ResultRow(
            version,
            figures[version.pk, question.quarter],
            figures[version.pk, question.to_date],
            progress[version.pk, question.to_date],
            completeness[version.pk],
            list(zip(trend, figures_of(figures, version, quarters), strict=True)),
            concerned(zip(parts, figures_of(figures, version, by_place), strict=True)),
            breakdowns.get(version.pk, []),
        )
        for version in versions
    ]


def periods_until(period: Period) -> list[Period]:
    """Every quarter up to the period, the oldest first."""
    return [each for each in every_period() if each.starts_on <= period.starts_on]


def figures_of(
    figures: Figures, version: IndicatorVersion, scopes: Sequence[Scope]
) -> Iterator[Figure]:
    return (figures[version.pk, scope] for scope in scopes)


def concerned(parts: Iterable[tuple[Place, Figure]]) -> list[tuple[Place, Figure]]:
    """The places in which the indicator is reported, or due."""
    return [(place, figure) for place, figure in parts if figure.absence != "not_due"]


def grouped(rows: Sequence[ResultRow]) -> list[ResultGroup]:
    """The rows under the results that they measure; they come in that order."""
    by_result = groupby(rows, key=lambda row: row.version.indicator.intended_result)
    return [ResultGroup(node, list(members)) for node, members in by_result]
