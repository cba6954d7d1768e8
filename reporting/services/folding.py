"""Figures of indicators whose rules are not sums, folded from their streams' values (R2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workplans.models import IndicatorVersion, quotient

OverPeriods = IndicatorVersion.OverPeriods
OverStreams = IndicatorVersion.OverStreams


class NotAggregable(Exception):
    """The rules allow no sound statement about these values together."""


@dataclass(frozen=True)
class Reported:
    """A counted value of one stream for one period."""

    place: int
    organisation: int
    starts_on: dt.date
    numerator: Decimal
    denominator: Decimal | None


@dataclass(frozen=True)
class Member:
    """A value on its way up: what it stands at, and how many reported values are in it."""

    numerator: Decimal
    denominator: Decimal | None
    weight: int = 1


def fold(version: IndicatorVersion, values: Iterable[Reported]) -> Member:
    """One value of many: over each stream's periods, then organisations in a place, then places.

    Raises NotAggregable when a rule of NONE meets more than one value.
    """
    streams: dict[tuple[int, int], list[Reported]] = defaultdict(list)
    for value in values:
        streams[value.place, value.organisation].append(value)
    places: dict[int, list[Member]] = defaultdict(list)
    for (place, _organisation), reported in streams.items():
        places[place].append(over_periods(version, reported))
    return join(
        version,
        version.over_places,
        [join(version, version.over_organisations, members) for members in places.values()],
    )


def over_periods(version: IndicatorVersion, values: Sequence[Reported]) -> Member:
    """What one stream's values of several periods come to."""
    if version.over_periods == OverPeriods.LATEST:
        last = max(values, key=lambda value: value.starts_on)
        return Member(last.numerator, last.denominator)
    members = [Member(value.numerator, value.denominator) for value in values]
    return join(version, version.over_periods, members)


def join(version: IndicatorVersion, rule: str, members: Sequence[Member]) -> Member:
    """Several members made one by ``rule``; a single one stays as it is."""
    if len(members) == 1:
        return members[0]
    if rule == OverStreams.NONE:
        raise NotAggregable
    if rule == OverStreams.MAXIMUM:
        return max(members, key=lambda member: _height(version, member))
    if rule == OverStreams.MEAN and not version.is_quotient:
        return _mean(members)
    # Quotients are joined as sum ÷ sum, also where a mean is declared: never a mean of quotients.
    return _sum(members)


def _height(version: IndicatorVersion, member: Member) -> Decimal:
    value = quotient(version, member.numerator, member.denominator)
    return Decimal("-Infinity") if value is None else value


def _mean(members: Sequence[Member]) -> Member:
    """The mean in which each reported value counts once, however they were grouped before."""
    weight = sum(member.weight for member in members)
    total = sum((member.numerator * member.weight for member in members), Decimal(0))
    return Member(total / weight, None, weight)


def _sum(members: Sequence[Member]) -> Member:
    numerator = sum((member.numerator for member in members), Decimal(0))
    denominators = [member.denominator for member in members if member.denominator is not None]
    return Member(numerator, sum(denominators, Decimal(0)) if denominators else None)
