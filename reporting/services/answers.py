"""What the stored values say about scopes: from running totals, or from the raw values.

Each reader is filled in a fixed number of queries and then asked as often as needed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Aggregate, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from coordination.models import Period, within_any
from reporting.models import Basis, Total
from workplans.models import IndicatorVersion, Result

from .folding import NotAggregable, Reported, fold
from .scopes import Scope
from .totals import ALL, COLUMNS, NOTHING, Both, Sums, totals_of

Versions = Collection[IndicatorVersion]


class Answer(NamedTuple):
    """What one basis says. Without ``values`` there is nothing; 0 is something (R4)."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    values: int = 0
    carried: int = 0  # of a stock: how many of the values are of an earlier period
    last_reported: dt.date | None = None  # of a stock: the first day of its latest period
    is_aggregable: bool = True


def mechanisms_of(versions: Versions) -> set[int]:
    """The keys of the mechanisms whose indicators these are; they come with their indicators."""
    return {version.indicator.mechanism_id for version in versions}


def is_stock(version: IndicatorVersion) -> bool:
    """Whether its value is the latest one, as at the end of a period."""
    return version.over_periods == IndicatorVersion.OverPeriods.LATEST


# --- From running totals ---


WHOSE = Coalesce("organisation", Value(ALL))
TotalKey = tuple[int, int, int]  # version, place, organisation or ALL


class Whole(NamedTuple):
    """What comes together until the end of a scope, or before the quarters read one by one."""

    sums: Sums
    last_reported: dt.date | None = None
    now: int = 0  # how many have a value in the last quarter of the scope

    @classmethod
    def of(cls, numerator: Decimal, denominator: Decimal, streams: int, *dated: Any) -> Whole:
        """As it comes from the database, with what is ``dated`` where that was asked for."""
        return cls(Sums(numerator, denominator, streams), *dated)


Wholes = dict[TotalKey, dict[str, Whole]]  # by basis


@dataclass
class KeptTotals:
    """The running totals that some scopes need, for versions that are sums.

    A place that is asked for several spans is read quarter by quarter. Many places are asked for
    one and the same span, as the parts of a country are: the database adds up their quarters.
    """

    quarters: dict[TotalKey, list[tuple[dt.date, Both]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    before: Wholes = field(default_factory=dict)
    wholes: Wholes = field(default_factory=dict)
    asked_once: set[int] = field(default_factory=set)  # the places whose wholes were read
    every_key: frozenset[int] = frozenset()  # of the periods that there are

    @classmethod
    def read(
        cls, versions: Versions, scopes: Sequence[Scope], every: Sequence[Period]
    ) -> KeptTotals:
        """Read in six queries at most, of ``every`` period those until the last scope's end."""
        kept = cls(every_key=frozenset(period.pk for period in every))
        if not versions:
            return kept
        periods = ended_by(max(scope.ends_before for scope in scopes), every)
        alike = asked_alike(scopes)
        kept.asked_once = {scope.place.pk for scope in alike}
        others = [scope for scope in scopes if scope.place.pk not in kept.asked_once]
        with totals_of(mechanisms_of(versions)):
            if others:
                kept.read_quarters(versions, others, periods)
            if alike:
                kept.read_wholes(versions, alike, periods)
        return kept

    def read_quarters(
        self, versions: Versions, scopes: Sequence[Scope], periods: Sequence[Period]
    ) -> None:
        """Read the quarters that the scopes speak of one by one, and all before them together.

        Of a flow that is only what a scope without a beginning holds.
        """
        window = min(scope.starts_on or scope.last_quarter for scope in scopes)
        starts = {period.pk: period.starts_on for period in periods}
        now = [pk for pk in starts if starts[pk] >= window]
        earlier = [pk for pk in starts if starts[pk] < window]
        stocks = [version for version in versions if is_stock(version)]
        # Apart: each has an index, and a place that is asked for all is seldom asked for each.
        of_all = [scope for scope in scopes if scope.organisation is None]
        of_each = [scope for scope in scopes if scope.organisation is not None]
        for some in filter(None, (of_all, of_each)):
            self.read_each(undivided_totals(versions, some).filter(self.one_of(now)), starts)
            since_ever = versions if any(scope.starts_on is None for scope in some) else stocks
            if since_ever and earlier:
                totals = undivided_totals(since_ever, some).filter(self.one_of(earlier))
                self.before |= added_up(totals, last_reported)

    def read_each(self, totals: QuerySet[Total], starts: Mapping[int, dt.date]) -> None:
        """Keep the totals with the first days of their quarters."""
        rows = totals.values_list("version", "place", WHOSE, "period", *COLUMNS)
        for version, place, organisation, period, *sums in rows:
            self.quarters[version, place, organisation].append((starts[period], Both.of(sums)))

    def read_wholes(
        self, versions: Versions, scopes: Sequence[Scope], periods: Sequence[Period]
    ) -> None:
        """Read what comes together in the one span of the scopes: of a stock, until its end."""
        scope = scopes[0]
        spans = flows_and_stocks(versions, scope, periods)
        dates = ((), (last_reported, now_in(scope.last_quarter)))
        # One by one: asked of a country's places, an OR of both takes half as long again.
        for span, dated in zip(spans, dates, strict=True):
            if span.versions:
                in_span = self.one_of([period.pk for period in span.periods])
                totals = undivided_totals(span.versions, scopes).filter(in_span)
                self.wholes |= added_up(totals, *dated)

    def one_of(self, periods: Collection[int]) -> Q:
        """The condition that a total's period is one of these keys.

        Keys without another period's between them are said as a stretch: an index reads a stretch
        at once, but begins anew for each member of a list, with each version and each place.
        """
        if not periods:
            return Q(period__in=periods)
        first, last = min(periods), max(periods)
        if len(periods) < sum(first <= key <= last for key in self.every_key):
            return Q(period__in=periods)
        return Q(period__gte=first, period__lte=last)

    def answer(self, version: IndicatorVersion, scope: Scope, basis: str) -> Answer:
        """What the totals say: a flow's sum of the quarters, a stock's sum of all until the end."""
        whose = scope.organisation.pk if scope.organisation else ALL
        key = (version.pk, scope.place.pk, whose)
        stock = is_stock(version)
        whole = (
            self.wholes.get(key, {}).get(basis)
            if scope.place.pk in self.asked_once
            else self.sum(key, scope, basis, since_ever=stock or scope.starts_on is None)
        )
        if whole is None or not whole.sums.streams:
            return Answer()
        return Answer(
            whole.sums.numerator,
            whole.sums.denominator if version.is_quotient else None,
            whole.sums.streams,
            whole.sums.streams - whole.now if stock else 0,
            whole.last_reported,
        )

    def sum(self, key: TotalKey, scope: Scope, basis: str, *, since_ever: bool) -> Whole:
        """Add up the quarters that were read one by one."""
        before = self.before.get(key, {}).get(basis) if since_ever else None
        total, last = (before.sums, before.last_reported) if before else (NOTHING, None)
        now = 0
        for starts_on, on_both in self.quarters.get(key, ()):
            if starts_on >= scope.ends_before or not (since_ever or scope.covers(starts_on)):
                continue
            sums = on_both.on(basis)
            total += sums
            if sums.now and (last is None or last < starts_on):
                last = starts_on
            if starts_on == scope.last_quarter:
                now = sums.now
        return Whole(total, last, now)


class Span(NamedTuple):
    """Versions with the periods of which each one's value in a scope is made."""

    versions: list[IndicatorVersion]
    periods: list[Period]


def flows_and_stocks(
    versions: Versions, scope: Scope, periods: Iterable[Period]
) -> tuple[Span, Span]:
    """Flows with the periods that the scope covers; stocks with all until its end (R4)."""
    until = ended_by(scope.ends_before, periods)
    covered = [period for period in until if scope.covers(period.starts_on)]
    stocks = [version for version in versions if is_stock(version)]
    flows = [version for version in versions if not is_stock(version)]
    return Span(flows, covered), Span(stocks, until)


def ended_by(day: dt.date, periods: Iterable[Period]) -> list[Period]:
    """The periods that are over by the day."""
    return [period for period in periods if period.ends_before <= day]


def asked_alike(scopes: Sequence[Scope]) -> list[Scope]:
    """The scopes of places that are asked for one span only, the span that most of them share."""
    spans: dict[int, set[tuple[dt.date | None, dt.date]]] = defaultdict(set)
    for scope in scopes:
        spans[scope.place.pk].add((scope.starts_on, scope.ends_before))
    only = Counter(span for (span, *others) in spans.values() if not others)
    common = {span for span, _number in only.most_common(1)}
    return [scope for scope in scopes if spans[scope.place.pk] == common]


def undivided_totals(versions: Versions, scopes: Sequence[Scope]) -> QuerySet[Total]:
    """The totals without categories that the scopes ask for.

    The conditions name what one of the two indexes holds, so that it answers them: that of
    undivided totals of all organisations, or that of the constraint.
    """
    totals = Total.objects.filter(
        version__in=versions, place__in={scope.place for scope in scopes}, category=None
    )
    whose = {scope.organisation.pk if scope.organisation else ALL for scope in scopes}
    if whose == {ALL}:
        return totals.filter(organisation=None)
    return totals.alias(whose=WHOSE, part=Coalesce("category", Value(ALL))).filter(
        whose__in=whose, part=ALL
    )


Dated = Callable[[str], Aggregate]  # of a basis


def last_reported(basis: str) -> Aggregate:
    """The first day of the last period in which there was a value."""
    return Max("period__starts_on", filter=Q(**{f"{basis}_now__gt": 0}))


def now_in(quarter: dt.date) -> Dated:
    """How many streams have a value in the quarter that begins on the day."""
    return lambda basis: Sum(f"{basis}_now", filter=Q(period__starts_on=quarter), default=0)


def added_up(totals: QuerySet[Total], *dated: Dated) -> Iterator[tuple[TotalKey, dict[str, Whole]]]:
    """Each key with what it adds up to on each basis, and what is ``dated`` of it.

    A stock keeps the date of its value (R4); of a flow nobody needs to know.
    """
    verified, reported = (sums_on(basis, dated) for basis in (Basis.VERIFIED, Basis.REPORTED))
    rows = totals.values_list("version", "place", WHOSE).annotate(**verified, **reported)
    for version, place, whose, *numbers in rows:
        yield (
            (version, place, whose),
            {
                Basis.VERIFIED: Whole.of(*numbers[: len(verified)]),
                Basis.REPORTED: Whole.of(*numbers[len(verified) :]),
            },
        )


def sums_on(basis: str, dated: Iterable[Dated]) -> dict[str, Aggregate]:
    """What `Whole.of` takes, in its order."""
    columns = [f"{basis}_{number}" for number in ("numerator", "denominator", "streams")]
    return {f"{column}_sum": Sum(column) for column in columns} | {
        f"{basis}_{number}": each(basis) for number, each in enumerate(dated)
    }


# --- From raw values ---


@dataclass
class RawValues:
    """The counted values of versions whose rules are not sums, by version, basis and path."""

    values: dict[tuple[int, str], dict[str, list[Reported]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    @classmethod
    def read(cls, versions: Versions, scopes: Sequence[Scope]) -> RawValues:
        """Read in one query: every counted value in the scopes' places until their end."""
        raw = cls()
        if not versions:
            return raw
        rows = Result.objects.filter(
            within_any((scope.place.path for scope in scopes), "stream__place"),
            stream__version__in=versions,
            state__in=Result.COUNTED_STATES,
            period__ends_before__lte=max(scope.ends_before for scope in scopes),
        ).values_list(
            *("stream__version", "stream__place__path", "state", "stream", "period"),
            *("stream__place", "stream__organisation", "period__starts_on"),
            *("numerator", "denominator"),
        )
        submitted = set()
        verified = []
        for version, path, state, stream, period, *value in rows:
            if state == Result.State.SUBMITTED:
                submitted.add((stream, period))
                raw.values[version, Basis.REPORTED][path].append(Reported(*value))
            else:
                verified.append((version, stream, period, path, Reported(*value)))
        for version, stream, period, path, reported in verified:
            raw.values[version, Basis.VERIFIED][path].append(reported)
            if (stream, period) not in submitted:
                raw.values[version, Basis.REPORTED][path].append(reported)
        return raw

    def answer(self, version: IndicatorVersion, scope: Scope, basis: str) -> Answer:
        """What the version's own rules make of the values in the scope."""
        stock = is_stock(version)
        values = [
            value
            for path, reported in self.values.get((version.pk, basis), {}).items()
            if scope.place.has_at(path)
            for value in reported
            if (scope.organisation is None or value.organisation == scope.organisation.pk)
            and value.starts_on < scope.ends_before
            and (stock or scope.covers(value.starts_on))
        ]
        if not values:
            return Answer()
        counts = latest_of_each_stream(values) if stock else values
        last = max(value.starts_on for value in values)
        carried = sum(value.starts_on < scope.last_quarter for value in counts) if stock else 0
        try:
            whole = fold(version, values)
        except NotAggregable:
            return Answer(None, None, len(counts), carried, last, is_aggregable=False)
        return Answer(whole.numerator, whole.denominator, len(counts), carried, last)


def latest_of_each_stream(values: Iterable[Reported]) -> Sequence[Reported]:
    """The last value of each stream."""
    ordered = sorted(values, key=lambda value: value.starts_on)
    return list({(value.place, value.organisation): value for value in ordered}.values())
