"""Levels: targets and baselines of a scope, as they were set or put together from parts (R8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, partial
from typing import NamedTuple

from django.db.models import QuerySet

from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Period,
    Place,
    add_months,
    path_and_above,
    within_any,
    within_path,
)
from workplans.models import Baseline, IndicatorVersion, Stream, Target, quotient
from workplans.models.stream import frequencies_due_in
from workplans.services.deviations import QUARTER, YEAR, due_by_now

from .expectations import Expectations
from .scopes import Scope

Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Level:
    """A target or baseline in the indicator's unit; a sum when it was put together from parts."""

    value: Decimal
    is_sum: bool = False


class SetLevel(NamedTuple):
    """A target or baseline as it was set, for the place of the path, for one or for everybody."""

    path: str
    organisation: int | None
    numerator: Decimal
    denominator: Decimal | None


class Reporting(NamedTuple):
    """Where somebody reports, and who."""

    path: str
    organisation: int


AS_SET = ("place__path", "organisation", "numerator", "denominator")
Targets = dict[int, dict[Span, list[SetLevel]]]  # by version


@dataclass(frozen=True)
class Plan:
    """What was planned for some versions and places in a year, and where each began."""

    versions: Collection[IndicatorVersion]
    places: Collection[Place]
    targets: Targets
    baselines: Mapping[int, list[SetLevel]]
    period: Period
    year: Span
    elapsed: int
    at_hand: Expectations | None = None

    @classmethod
    def of(
        cls,
        versions: Collection[IndicatorVersion],
        places: Collection[Place],
        period: Period,
        calendar: FiscalCalendar,
        *,
        at_hand: Expectations | None = None,
    ) -> Plan:
        """The plan for the calendar's year that the period lies in; read in two queries.

        Of the ``places`` and what lies below them: no scope elsewhere may be asked for.
        """
        first, end = calendar.year_start(period.starts_on), calendar.year_end(period.starts_on)
        there = within_any((each.path for each in places), "place")
        targets = Target.objects.filter(
            there, version__in=versions, starts_on__gte=first, ends_before__lte=end
        )
        baselines: dict[int, list[SetLevel]] = defaultdict(list)
        rows = Baseline.objects.filter(there, version__in=versions)
        for version, *level in rows.values_list("version", *AS_SET):
            baselines[version].append(SetLevel(*level))
        return cls(
            versions,
            places,
            by_span(targets),
            baselines,
            period,
            (first, end),
            calendar.quarter_number(period),
            at_hand,
        )

    @cached_property
    def streams(self) -> Mapping[int, list[Reporting]]:
        """Who reports in the period: only asked where a level is put together from parts."""
        if self.at_hand is None:
            return streams_of(self.versions, self.places, self.period)
        return {
            version.pk: [
                Reporting(stream.place.path, stream.organisation_id)
                for stream in self.at_hand.running_for(version, self.period)
            ]
            for version in self.versions
        }

    @cached_property
    def frequencies(self) -> dict[int, list[str]]:
        """By mechanism, the frequencies that ask for a value at the period's end."""
        if self.at_hand is None:
            mechanisms = Mechanism.objects.select_related("calendar").in_bulk(
                {version.indicator.mechanism_id for version in self.versions}
            )
        else:
            mechanisms = self.at_hand.mechanisms
        return {
            key: frequencies_due_in(self.period, each.calendar) for key, each in mechanisms.items()
        }

    def asks_for(self, version: IndicatorVersion) -> bool:
        """Whether a value of the indicator is due at the period's end at all."""
        return version.frequency in self.frequencies[version.indicator.mechanism_id]

    def baseline(self, version: IndicatorVersion, scope: Scope) -> Decimal | None:
        """Where the indicator began in the scope."""
        rows = self.baselines.get(version.pk, [])
        level = level_of(version, scope, rows, self.streams_of(version))
        return level.value if level else None

    def target(self, version: IndicatorVersion, scope: Scope) -> Level | None:
        """The year's target; where none is set, what its quarters' add up or lead to."""
        level = self._spanning(version, scope, self.year)
        if level:
            return level
        quarters = self._quarters(version, scope)
        if not adds_up(version):
            return quarters.get(add_months(self.year[0], YEAR - QUARTER))
        if len(quarters) < YEAR // QUARTER:
            return None
        return Level(sum((each.value for each in quarters.values()), Decimal(0)), is_sum=True)

    def due(
        self, version: IndicatorVersion, scope: Scope, *, target: Decimal, baseline: Decimal | None
    ) -> Decimal | None:
        """What is due by the end of the period: as its quarters say, else a share of the year's."""
        quarters = self._quarters(version, scope)
        now = self.period.starts_on
        if now not in quarters:
            return due_by_now(version, target=target, baseline=baseline, elapsed=self.elapsed)
        if not adds_up(version):
            return quarters[now].value
        return sum((level.value for day, level in quarters.items() if day <= now), Decimal(0))

    def _quarters(self, version: IndicatorVersion, scope: Scope) -> dict[dt.date, Level]:
        """The targets of the year's quarters, where they are set, by their first day."""
        levels = {span[0]: self._spanning(version, scope, span) for span in self._quarter_spans}
        return {day: level for day, level in levels.items() if level}

    @cached_property
    def _quarter_spans(self) -> list[Span]:
        days = [add_months(self.year[0], months) for months in range(0, YEAR, QUARTER)]
        return [(day, add_months(day, QUARTER)) for day in days]

    def _spanning(self, version: IndicatorVersion, scope: Scope, span: Span) -> Level | None:
        rows = self.targets.get(version.pk, {}).get(span)
        return level_of(version, scope, rows, self.streams_of(version)) if rows else None

    def streams_of(self, version: IndicatorVersion) -> Callable[[], list[Reporting]]:
        return lambda: self.streams.get(version.pk, [])


def adds_up(version: IndicatorVersion) -> bool:
    """Whether a year's value is the sum of its quarters'."""
    return version.over_periods == IndicatorVersion.OverPeriods.SUM and not version.is_quotient


def life_targets_for(
    versions: Collection[IndicatorVersion], scope: Scope, period: Period
) -> dict[int, Level]:
    """By version, the target for the longest time above a year that the period lies in."""
    rows = by_span(
        Target.objects.filter(
            within_path(scope.place.path, "place"),
            version__in=versions,
            starts_on__lte=period.starts_on,
            ends_before__gte=period.ends_before,
        )
    )
    # Only asked where a target is put together from parts.
    streams = cache(partial(streams_of, versions, [scope.place], period))
    found: dict[int, Level] = {}
    for version in versions:
        reporting = partial(_of_version, streams, version.pk)
        spans = {
            (starts_on, ends_before): targets
            for (starts_on, ends_before), targets in rows.get(version.pk, {}).items()
            if ends_before > add_months(starts_on, YEAR)
        }
        for span in sorted(spans, key=lambda span: span[1] - span[0]):  # the longest comes last
            level = level_of(version, scope, spans[span], reporting)
            if level:
                found[version.pk] = level
    return found


def _of_version(
    streams: Callable[[], Mapping[int, list[Reporting]]], version: int
) -> list[Reporting]:
    return streams().get(version, [])


def level_of(
    version: IndicatorVersion,
    scope: Scope,
    rows: Iterable[SetLevel],
    streams: Callable[[], Iterable[Reporting]],
) -> Level | None:
    """The level set for exactly this place and organisation, or the sum of those within it.

    A sum is made only of an indicator that is added over places and organisations, only of parts
    that do not overlap, and only if every one of ``streams`` in the scope is in one of them.
    """
    whose = scope.organisation.pk if scope.organisation else None
    within = [row for row in rows if _is_within(row, scope.place, whose)]
    for row in within:
        if row.path == scope.place.path and row.organisation == whose:
            return _level(version, [row])
    added = IndicatorVersion.OverStreams.SUM
    if not within or not version.over_places == version.over_organisations == added:
        return None
    parts, held = [], Held()
    for row in sorted(within, key=_widest_first):
        if not held.meets(row.path, row.organisation):
            parts.append(row)
            held.add(row.path, row.organisation)
    everyone = all(
        held.meets(each.path, each.organisation)
        for each in streams()
        if scope.place.has_at(each.path) and whose in {None, each.organisation}
    )
    return _level(version, parts) if everyone else None


class Held:
    """The places of parts, the widest first, and whose each part is: None is everybody's."""

    def __init__(self) -> None:
        self.whose: dict[str, set[int | None]] = defaultdict(set)

    def add(self, path: str, whose: int | None) -> None:
        self.whose[path].add(whose)

    def meets(self, path: str, whose: int | None) -> bool:
        """Whether a part is there, at the place or above it, that is anybody's of these."""
        for above in path_and_above(path):
            there = self.whose.get(above)
            if there and (whose is None or None in there or whose in there):
                return True
        return False


def _level(version: IndicatorVersion, parts: list[SetLevel]) -> Level | None:
    numerator = sum((part.numerator for part in parts), Decimal(0))
    denominator = sum((part.denominator or Decimal(0) for part in parts), Decimal(0))
    value = quotient(version, numerator, denominator)
    return None if value is None else Level(value, is_sum=len(parts) > 1)


def _widest_first(row: SetLevel) -> tuple[int, int]:
    return row.path.count("/"), row.organisation or 0


def _is_within(row: SetLevel, place: Place, whose: int | None) -> bool:
    return place.has_at(row.path) and whose in {None, row.organisation}


def by_span(targets: QuerySet[Target]) -> Targets:
    """The targets by their version's key and the time that they are set for."""
    found: Targets = defaultdict(lambda: defaultdict(list))
    rows = targets.values_list("version", "starts_on", "ends_before", *AS_SET)
    for version, starts_on, ends_before, *level in rows:
        found[version][starts_on, ends_before].append(SetLevel(*level))
    return found


def streams_of(
    versions: Collection[IndicatorVersion], places: Collection[Place], period: Period
) -> dict[int, list[Reporting]]:
    """By version, who reports in the places, as far as the period expects something of them."""
    inside = within_any((each.path for each in places), "place")
    streams = Stream.objects.filter(inside, version__in=versions)
    found: dict[int, list[Reporting]] = defaultdict(list)
    rows = streams.running_for(period).values_list("version", "place__path", "organisation")
    for version, path, organisation in rows:
        found[version].append(Reporting(path, organisation))
    return found
