"""What a stream should have reached by now, and whether its value departs from that (R8)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from coordination.models import FiscalCalendar, Period, add_months
from workplans.models import Baseline, IndicatorVersion, Result, Stream, Target, quotient

QUARTERS = 4
QUARTER, YEAR = 3, 12  # in months
ZERO = Decimal(0)


@dataclass(frozen=True)
class Due:
    """What is due of a stream at a period's end, in the unit of its indicator."""

    value: Decimal
    target: Decimal
    baseline: Decimal | None = None
    # What the year's earlier quarters bring to a flow; a level stands for itself.
    earlier_numerator: Decimal = ZERO
    earlier_denominator: Decimal = ZERO


def due_by_now(
    version: IndicatorVersion,
    *,
    target: Decimal,
    baseline: Decimal | None,
    elapsed: int,
) -> Decimal | None:
    """What is due of a year's ``target`` after ``elapsed`` of its four quarters (R8).

    A count is due in equal parts, a way from a baseline likewise. A quotient or a score has no
    parts: its target holds all year. A milestone is due with the year's last quarter; until then
    the answer is None.
    """
    if version.counts_from_baseline and baseline is not None:
        return baseline + (target - baseline) * elapsed / QUARTERS
    if version.is_quotient or version.data_type == IndicatorVersion.DataType.SCORE:
        return target
    if version.data_type == IndicatorVersion.DataType.MILESTONE:
        return target if elapsed >= QUARTERS else None
    return target * elapsed / QUARTERS


def departs(
    version: IndicatorVersion, *, actual: Decimal, due: Decimal, baseline: Decimal | None
) -> bool:
    """Whether ``actual`` differs from what is due by the indicator's tolerance or more (R8).

    Where progress is the way from a baseline, the tolerance is a share of that way: a tenth of the
    level itself would forgive that nothing has moved.
    """
    start = baseline if version.counts_from_baseline and baseline is not None else ZERO
    difference = abs(actual - due)
    return difference > 0 and difference * 100 >= version.tolerance * abs(due - start)


def actual_by_now(
    version: IndicatorVersion, due: Due, numerator: Decimal, denominator: Decimal | None
) -> Decimal | None:
    """What a stream has reached with this value: a flow the year so far, a level the value."""
    if version.over_periods != IndicatorVersion.OverPeriods.SUM:
        return quotient(version, numerator, denominator)
    return quotient(
        version, due.earlier_numerator + numerator, due.earlier_denominator + (denominator or ZERO)
    )


def needs_narrative(
    version: IndicatorVersion, due: Due | None, numerator: Decimal, denominator: Decimal | None
) -> bool:
    """Whether the value has to be explained; never without a target (R8)."""
    if due is None:
        return False
    actual = actual_by_now(version, due, numerator, denominator)
    if actual is None:
        return False
    return departs(version, actual=actual, due=due.value, baseline=due.baseline)


def dues_of(
    streams: Collection[Stream], period: Period, calendar: FiscalCalendar
) -> dict[int, Due]:
    """What is due of each stream that has a target, by the stream's key.

    A target that is its place's is the stream's too where nobody else reports there (R8).
    Targets of quarters go before the year's: a flow's are added up to this one, where it is set.
    """
    targets = _targets_of(streams, period, calendar)
    baselines = _baselines_of(streams)
    earlier = _earlier_sums(streams, period, calendar)
    elapsed = calendar.quarter_number(period)
    dues = {}
    for stream in streams:
        version, baseline = stream.version, baselines.get(stream.pk)
        found = _due_of_quarters(version, targets[stream.pk], period) or _due_of_year(
            version, targets[stream.pk], baseline, elapsed
        )
        if found is not None:
            dues[stream.pk] = Due(*found, baseline, *earlier[stream.pk])
    return dues


def _due_of_quarters(
    version: IndicatorVersion, targets: list[Target], period: Period
) -> tuple[Decimal, Decimal] | None:
    """What is due by now and the target that says so, where this quarter has its own."""
    quarters = _values(targets, QUARTER)
    if period.starts_on not in quarters:
        return None
    adds_up = version.over_periods == version.OverPeriods.SUM and not version.is_quotient
    value = sum(quarters.values(), ZERO) if adds_up else quarters[period.starts_on]
    return value, value


def _due_of_year(
    version: IndicatorVersion, targets: list[Target], baseline: Decimal | None, elapsed: int
) -> tuple[Decimal, Decimal] | None:
    """What is due by now and the year's target that says so, where there is one."""
    for target in _values(targets, YEAR).values():
        due = due_by_now(version, target=target, baseline=baseline, elapsed=elapsed)
        return None if due is None else (due, target)
    return None


def _values(targets: list[Target], months: int) -> dict[dt.date, Decimal]:
    """The targets set for stretches of so many months, by their first day."""
    return {
        target.starts_on: target.value
        for target in targets
        if target.ends_before == add_months(target.starts_on, months) and target.value is not None
    }


def _targets_of(
    streams: Collection[Stream], period: Period, calendar: FiscalCalendar
) -> defaultdict[int, list[Target]]:
    """The streams' targets of the year and of its quarters up to the period.

    Their own go first; a place's count for the only one that reports there.
    """
    rows = Target.objects.filter(
        Q(organisation=None) | Q(organisation__in={stream.organisation_id for stream in streams}),
        version__in={stream.version_id for stream in streams},
        place__in={stream.place_id for stream in streams},
        starts_on__gte=calendar.year_start(period.starts_on),
        starts_on__lte=period.starts_on,
        ends_before__lte=calendar.year_end(period.starts_on),
    )
    versions = {stream.version_id: stream.version for stream in streams}
    found = defaultdict(list)
    for row in rows:
        row.version = versions[row.version_id]
        found[row.version_id, row.organisation_id, row.place_id].append(row)
    own = {
        stream.pk: found[stream.version_id, stream.organisation_id, stream.place_id]
        for stream in streams
    }
    of_places = {
        stream.pk: found[stream.version_id, None, stream.place_id]
        for stream in streams
        if not own[stream.pk] and found[stream.version_id, None, stream.place_id]
    }
    alone = _alone([stream for stream in streams if stream.pk in of_places], period, calendar)
    return defaultdict(list, own | {pk: of_places[pk] for pk in alone})


def _alone(streams: Collection[Stream], period: Period, calendar: FiscalCalendar) -> set[int]:
    """The keys of streams beside which nobody reports their place, or a part of it, in the year."""
    if not streams:
        return set()
    year_start = calendar.year_start(period.starts_on)
    running = Stream.objects.filter(
        Q(ends_before=None) | Q(ends_before__gt=year_start),
        version__in={stream.version_id for stream in streams},
        starts_on__lt=period.ends_before,
    ).of_members_within(year_start, period.ends_before)
    others = defaultdict(list)
    for version, key, path in running.values_list("version", "pk", "place__path"):
        others[version].append((key, path))
    return {
        stream.pk
        for stream in streams
        if not any(
            key != stream.pk and stream.place.has_at(path)
            for key, path in others[stream.version_id]
        )
    }


def _baselines_of(streams: Collection[Stream]) -> dict[int, Decimal]:
    """Where each stream began: its own baseline, or else the one of its place."""
    rows = Baseline.objects.filter(
        version__in={stream.version_id for stream in streams},
        place__in={stream.place_id for stream in streams},
    )
    versions = {stream.version_id: stream.version for stream in streams}
    found = {}
    for row in rows:
        row.version = versions[row.version_id]
        found[row.version_id, row.place_id, row.organisation_id] = row.value
    baselines = {}
    for stream in streams:
        place = (stream.version_id, stream.place_id)
        value = found.get((*place, stream.organisation_id), found.get((*place, None)))
        if value is not None:
            baselines[stream.pk] = value
    return baselines


def _earlier_sums(
    streams: Collection[Stream], period: Period, calendar: FiscalCalendar
) -> defaultdict[int, tuple[Decimal, Decimal]]:
    """Numerators and denominators that the year's earlier quarters count, per stream."""
    rows = (
        Result.objects.counted()
        .filter(
            stream__in=streams,
            period__starts_on__gte=calendar.year_start(period.starts_on),
            period__starts_on__lt=period.starts_on,
        )
        .order_by("revision")
    )
    # A submitted correction goes before the verified value that it is to replace.
    newest = {(row.stream_id, row.period_id): row for row in rows}
    sums: defaultdict[int, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for row in newest.values():
        numerator, denominator = sums[row.stream_id]
        sums[row.stream_id] = (
            numerator + (row.numerator or ZERO),
            denominator + (row.denominator or ZERO),
        )
    return sums
