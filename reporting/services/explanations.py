"""Explain this number: the values, the rule and the reporters behind a figure (R12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from coordination.models import Period, Place
from reporting.models import Basis
from workplans.models import IndicatorVersion, Result
from workplans.services.sheets import rule_in_words

from .answers import is_stock
from .breakdowns import Breakdown, breakdowns_for, places_below
from .completeness import Completeness, completeness_of_indicators
from .expectations import Expectations
from .figures import Figure, figures_for
from .result_tables import TREND_QUARTERS, concerned, figures_of, periods_until
from .scopes import Scope


@dataclass(frozen=True)
class Line:
    """One value that enters a figure; of a stock it may be carried from an earlier period."""

    result: Result
    is_carried: bool


@dataclass(frozen=True)
class Explanation:
    """Everything behind a figure."""

    figure: Figure
    lines: list[Line]
    rule: list[tuple[str, str]]
    breakdowns: list[Breakdown]
    completeness: Completeness
    quarters: list[tuple[Period, Figure]]
    places: list[tuple[Place, Figure]]

    @property
    def is_sum(self) -> bool:
        """Whether the lines add up to the figure's numerator and denominator."""
        return self.figure.version.is_additive


def explain(
    version: IndicatorVersion,
    scope: Scope,
    period: Period,
    *,
    at: dt.datetime | None = None,
) -> Explanation:
    """The explanation of the version's figure; ``period`` is the last quarter of the scope."""
    at = at or timezone.now()
    periods = periods_until(period)
    trend = periods[-TREND_QUARTERS:]
    expectations = Expectations.of([version], periods)
    parts = places_below([version], scope.place)
    quarters, places = [scope.over(each) for each in trend], [scope.at(each) for each in parts]
    figures = figures_for(
        [version],
        [scope, *quarters, *places],
        on=version.indicator.mechanism.today(at),
        expectations=expectations,
    )
    figure = figures[version.pk, scope]
    completeness = completeness_of_indicators(
        [version],
        period,
        scope.place,
        organisation=scope.organisation,
        at=at,
        expectations=expectations,
    )
    return Explanation(
        figure,
        [
            Line(result, is_stock(version) and result.period.starts_on < scope.last_quarter)
            for result in values_behind(version, scope)
        ],
        rule_in_words(version),
        breakdowns_for([figure]).get(version.pk, []),
        completeness[version.pk],
        list(zip(trend, figures_of(figures, version, quarters), strict=True)),
        concerned(zip(parts, figures_of(figures, version, places), strict=True)),
    )


def values_behind(version: IndicatorVersion, scope: Scope) -> list[Result]:
    """The results that enter the figure, place by place and quarter by quarter."""
    rows = (
        Result.objects.filter(
            stream__version=version,
            state__in=Result.COUNTED_STATES,
            period__ends_before__lte=scope.ends_before,
        )
        .within(scope.place)
        .select_related("period", "stream__organisation", "stream__place", "restates")
        .order_by("stream__place__path", "stream__organisation__short_name", "period__starts_on")
    )
    if scope.organisation:
        rows = rows.filter(stream__organisation=scope.organisation)
    chosen = one_a_period(rows, scope.basis)
    for result in chosen:
        result.stream.version = version
        if result.restates:  # of the same stream, and as much a value of the version
            result.restates.stream = result.stream
    if is_stock(version):
        return list({result.stream_id: result for result in chosen}.values())
    return [result for result in chosen if scope.covers(result.period.starts_on)]


def one_a_period(results: Iterable[Result], basis: str) -> list[Result]:
    """The one result of each stream and period that counts on this basis (R3)."""
    chosen: dict[tuple[int, int], Result] = {}
    for result in results:
        key = (result.stream_id, result.period_id)
        if result.state == Result.State.VERIFIED:
            chosen.setdefault(key, result)
        elif basis == Basis.REPORTED:
            chosen[key] = result
    return list(chosen.values())
