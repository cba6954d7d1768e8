"""Levels: targets and baselines of a scope, as they were set or put together from parts (R8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, partial
from typing import TypeVar

from coordination.models import FiscalCalendar, Mechanism, Period, Place, add_months
from workplans.models import Baseline, IndicatorVersion, Stream, Target, quotient
from workplans.models.indicator import DatedQuantity
from workplans.models.stream import frequencies_due_in
from workplans.services.deviations import QUARTER, YEAR, due_by_now

from .scopes import Scope

Row = TypeVar("Row", Target, Baseline, Stream)
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Level:
    """A target or baseline in the indicator's unit; a sum when it was put together from parts."""

    value: Decimal
    is_sum: bool = False


@dataclass(frozen=True)
class Plan:
    """What was planned for some versions in a year, and where each began."""

    versions: Collection[IndicatorVersion]
    targets: dict[int, list[Target]]
    baselines: dict[int, list[Baseline]]
    period: Period
    year: Span
    elapsed: int

    @classmethod
    def of(
        cls, versions: Collection[IndicatorVersion], period: Period, calendar: FiscalCalendar
    ) -> Plan:
        """The plan for the calendar's year that the period lies in; read in two queries."""
        first, end = calendar.year_start(period.starts_on), calendar.year_end(period.starts_on)
        targets = Target.objects.filter(
            version__in=versions, starts_on__gte=first, ends_before__lte=end
        )
        baselines = Baseline.objects.filter(version__in=versions)
        return cls(
            versions,
            by_version(targets.select_related("place")),
            by_version(baselines.select_related("place")),
            period,
            (first, end),
            calendar.quarter_number(period),
        )

    @cached_property
    def streams(self) -> dict[int, list[Stream]]:
        """Who reports in the period: only asked where a level is put together from parts."""
        return streams_of(self.versions, self.period)

    @cached_property
    def frequencies(self) -> dict[int, list[str]]:
        """By mechanism, the frequencies that ask for a value at the period's end."""
        mechanisms = Mechanism.objects.select_related("calendar").filter(
            pk__in={version.indicator.mechanism_id for version in self.versions}
        )
        return {each.pk: frequencies_due_in(self.period, each.calendar) for each in mechanisms}

    def asks_for(self, version: IndicatorVersion) -> bool:
        """Whether a value of the indicator is due at the period's end at all."""
        return version.frequency in self.frequencies[version.indicator.mechanism_id]

    def baseline(self, version: IndicatorVersion, scope: Scope) -> Decimal | None:
        """Where the indicator began in the scope."""
        level = level_of(version, scope, self.baselines[version.pk], self.streams_of(version))
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
        rows = [row for row in self.targets[version.pk] if (row.starts_on, row.ends_before) == span]
        return level_of(version, scope, rows, self.streams_of(version)) if rows else None

    def streams_of(self, version: IndicatorVersion) -> Callable[[], list[Stream]]:
        return lambda: self.streams.get(version.pk, [])


def adds_up(version: IndicatorVersion) -> bool:
    """Whether a year's value is the sum of its quarters'."""
    return version.over_periods == IndicatorVersion.OverPeriods.SUM and not version.is_quotient


def life_targets_for(
    versions: Collection[IndicatorVersion], scope: Scope, period: Period
) -> dict[int, Level]:
    """By version, the target for the longest time above a year that the period lies in."""
    rows = by_version(
        Target.objects.filter(
            version__in=versions,
            starts_on__lte=period.starts_on,
            ends_before__gte=period.ends_before,
        ).select_related("place")
    )
    # Only asked where a target is put together from parts.
    streams = cache(partial(streams_of, versions, period))
    found: dict[int, Level] = {}
    for version in versions:
        reporting = partial(_of_version, streams, version.pk)
        spans: dict[Span, list[Target]] = defaultdict(list)
        for row in rows[version.pk]:
            if row.ends_before > add_months(row.starts_on, YEAR):
                spans[row.starts_on, row.ends_before].append(row)
        for span in sorted(spans, key=lambda span: span[1] - span[0]):  # the longest comes last
            level = level_of(version, scope, spans[span], reporting)
            if level:
                found[version.pk] = level
    return found


def _of_version(streams: Callable[[], dict[int, list[Stream]]], version: int) -> list[Stream]:
    return streams().get(version, [])


def level_of(
    version: IndicatorVersion,
    scope: Scope,
    rows: Iterable[DatedQuantity],
    streams: Callable[[], Iterable[Stream]],
) -> Level | None:
    """The level set for exactly this place and organisation, or the sum of those within it.

    A sum is made only of an indicator that is added over places and organisations, only of parts
    that do not overlap, and only if every one of ``streams`` in the scope is in one of them.
    """
    whose = scope.organisation.pk if scope.organisation else None
    within = [row for row in rows if _is_within(row, scope.place, whose)]
    for row in within:
        if row.place_id == scope.place.pk and row.organisation_id == whose:
            return _level(version, [row])
    added = IndicatorVersion.OverStreams.SUM
    if not within or not version.over_places == version.over_organisations == added:
        return None
    parts, held = [], Held()
    for row in sorted(within, key=_widest_first):
        if not held.meets(row.place, row.organisation_id):
            parts.append(row)
            held.add(row.place, row.organisation_id)
    concerned = [
        stream
        for stream in streams()
        if scope.place.contains(stream.place) and whose in {None, stream.organisation_id}
    ]
    everyone = all(held.meets(each.place, each.organisation_id) for each in concerned)
    return _level(version, parts) if everyone else None


class Held:
    """The places of parts, the widest first, and whose each part is: None is everybody's."""

    def __init__(self) -> None:
        self.whose: dict[str, set[int | None]] = defaultdict(set)

    def add(self, place: Place, whose: int | None) -> None:
        self.whose[place.path].add(whose)

    def meets(self, place: Place, whose: int | None) -> bool:
        """Whether a part is there, at the place or above it, that is anybody's of these."""
        found = (self.whose[path] for path in place.path_and_above if path in self.whose)
        return any(whose is None or not there.isdisjoint({None, whose}) for there in found)


def _level(version: IndicatorVersion, parts: list[DatedQuantity]) -> Level | None:
    numerator = sum((part.numerator for part in parts), Decimal(0))
    denominator = sum((part.denominator or Decimal(0) for part in parts), Decimal(0))
    value = quotient(version, numerator, denominator)
    return None if value is None else Level(value, is_sum=len(parts) > 1)


def _widest_first(row: DatedQuantity) -> tuple[int, int]:
    return row.place.path.count("/"), row.organisation_id or 0


def _is_within(row: DatedQuantity, place: Place, whose: int | None) -> bool:
    return place.contains(row.place) and whose in {None, row.organisation_id}


def by_version(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows by their version's key."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.version_id].append(row)
    return found


def streams_of(versions: Collection[IndicatorVersion], period: Period) -> dict[int, list[Stream]]:
    """The streams of the versions from which the period expects something, by version."""
    streams = Stream.objects.filter(version__in=versions).running_for(period)
    return by_version(streams.select_related("place"))
