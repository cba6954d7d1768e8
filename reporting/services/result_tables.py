"""The table of results of a mechanism: every indicator with its figures, in one reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place
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

from .breakdowns import Breakdown, breakdowns_for, places_below
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


def periods_of(mechanism: Mechanism, *, on: dt.date) -> QuerySet[Period]:
    """The quarters that are over, or have reports already, and in which there is something to see.

    That is a report owed, a value that counts, or a target.
    """
    owed = Obligation.objects.of_members().filter(mechanism=mechanism)
    received = owed.exclude(first_submitted_at=None)
    told = Result.objects.of_mechanism(mechanism).filter(state__in=Result.COUNTED_STATES)
    aimed = Target.objects.filter(
        version__indicator__mechanism=mechanism,
        starts_on__lt=OuterRef("ends_before"),
        ends_before__gt=OuterRef("starts_on"),
    )
    return Period.objects.filter(
        Q(ends_before__lte=on) | Q(pk__in=received.values("period")),
        Q(pk__in=owed.values("period")) | Q(pk__in=told.values("period")) | Exists(aimed),
    )


def latest_period(mechanism: Mechanism, *, on: dt.date) -> Period | None:
    """The last quarter on which a report was received; without any, the last that is over."""
    received = mechanism.obligations.exclude(first_submitted_at=None)
    newest_first = periods_of(mechanism, on=on).order_by("-starts_on")
    return newest_first.filter(pk__in=received.values("period")).first() or newest_first.first()


def versions_in(question: Question) -> list[IndicatorVersion]:
    """Versions in use, and earlier ones with values in the year or still owed for the quarter.

    They stand by the result that they measure.
    """
    told = Result.objects.filter(
        stream__version=OuterRef("pk"),
        state__in=Result.COUNTED_STATES,
        period__starts_on__gte=question.calendar.year_start(question.period.starts_on),
        period__ends_before__lte=question.period.ends_before,
    )
    state = IndicatorVersion.State
    running = Stream.objects.running_for(question.period).filter(version=OuterRef("pk"))
    ended = Q(state__in=[state.REVISED, state.RETIRED])
    earlier = ended & (Exists(told) | Exists(running))
    versions = IndicatorVersion.objects.filter(
        Q(state=state.IN_USE) | earlier, indicator__mechanism=question.mechanism
    ).select_related("indicator__intended_result", "indicator__mechanism")
    ranks = ranks_in_frameworks(question.mechanism)
    last = len(ranks)
    return sorted(
        versions.order_by("indicator__position", "indicator__code", "number"),
        key=lambda version: ranks.get(version.indicator.intended_result_id or 0, last),
    )


def ranks_in_frameworks(mechanism: Mechanism) -> dict[int, int]:
    """The intended results of the mechanism's frameworks, from the goal down."""
    nodes = IntendedResult.objects.filter(framework__mechanism=mechanism).order_by("framework")
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
    parts = [] if question.organisation else places_below(versions, question.place)
    quarters = [question.quarter.over(period) for period in trend]
    by_place = [question.to_date.at(place) for place in parts]
    scopes = [question.quarter, question.to_date, *quarters, *by_place]
    expectations = Expectations.of(versions, periods)
    figures = figures_for(versions, scopes, on=timezone.localdate(at), expectations=expectations)
    to_date = [figures[version.pk, question.to_date] for version in versions]
    progress = progress_for(to_date, question.period, question.calendar)
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
    return list(Period.objects.filter(starts_on__lte=period.starts_on).order_by("starts_on"))


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
