"""The verified values behind the figures of a report, frozen with it (R12, R21)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cache, partial
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from coordination.models import Office, Origin, Period, Role, every_period
from reporting.services.answers import is_stock
from reporting.services.cells import exact, value_cell
from reporting.services.compiled_figures import head
from reporting.services.completeness import completeness_of_indicators
from reporting.services.expectations import KnownStream
from reporting.services.frames import Frame
from reporting.services.words import day_text, short_period_text
from workplans.models import Result, ResultDecision, quotient
from workplans.services.sheets import rule_in_words

Row = dict[str, Any]


def value_groups(frame: Frame, *, at: dt.datetime) -> list[Row]:
    """Of each indicator: how its values are put together, each of them, and whose are missing.

    Holds everything verified until the end of the report's period, so that every figure of the
    report can be followed to its values: by quarter, to date, and over its whole life.
    """
    counted = counted_in(frame)
    values = values_of(counted, frame)
    verifiers = Verifiers.of(counted)
    shared = Shared(frame.report.mechanism.zone)
    rows = defaultdict(list)
    earlier = restated(values)
    for value in values:
        before = earlier.get(value.restates) if value.restates else None
        rows[value.stream.version.pk].append(value_row(value, verifiers, before, shared))
    received = completeness_of_indicators(
        frame.versions, frame.period, frame.place, at=at, expectations=frame.expectations
    )
    return [
        {
            "indicator": head(version),
            "is_stock": is_stock(version),
            "is_sum": version.is_additive,
            "is_quotient": version.is_quotient,
            "rule": [[str(axis), str(sentence)] for axis, sentence in rule_in_words(version)],
            "rows": rows[version.pk],
            "received": received[version.pk].as_row(),
        }
        for version in frame.versions
    ]


class VerifiedValue(NamedTuple):
    """A value that counts, as far as a report tells it."""

    pk: int
    stream: KnownStream
    period: Period
    numerator: Decimal | None
    denominator: Decimal | None
    first_submitted_at: dt.datetime | None
    origin: str
    restates: int | None
    restatement_reason: str

    @property
    def value(self) -> Decimal | None:
        return quotient(self.stream.version, self.numerator, self.denominator)


def counted_in(frame: Frame) -> QuerySet[Result]:
    """Every verified value of the report's place and indicators, until its period's end."""
    return (
        Result.objects.verified()
        .within(frame.place)
        .filter(
            stream__version__in=frame.versions, period__ends_before__lte=frame.period.ends_before
        )
    )


def values_of(counted: QuerySet[Result], frame: Frame) -> list[VerifiedValue]:
    """The values by place, reporter and period.

    Thousands of them share a few streams and periods, and those are at hand.
    """
    streams = {each.pk: each for found in frame.expectations.streams.values() for each in found}
    periods = {period.pk: period for period in every_period()}
    rows = counted.order_by(
        "stream__place__path", "stream__organisation__short_name", "period__starts_on"
    ).values_list(*VerifiedValue._fields)
    return [
        VerifiedValue(pk, streams[stream], periods[period], *others)
        for pk, stream, period, *others in rows
    ]


def restated(values: Iterable[VerifiedValue]) -> dict[int, Result]:
    """What was told before some of the values, by its key."""
    return Result.objects.in_bulk({value.restates for value in values if value.restates})


class Verification(NamedTuple):
    """When a value was verified, by whom, how, and on which sample."""

    at: dt.datetime
    by: int
    method: str
    sample: str


class Verifiers:
    """In which posts values were verified. A report names posts, never persons (R24)."""

    def __init__(self, last: dict[int, Verification], offices: Iterable[Office]) -> None:
        self.last = last  # the last verification by the value's key
        self.offices: dict[int, list[tuple[Office, str]]] = defaultdict(list)
        for office in offices:
            self.offices[office.holder_id].append((office, str(office)))

    @classmethod
    def of(cls, counted: QuerySet[Result]) -> Verifiers:
        decisions = ResultDecision.objects.filter(
            kind=ResultDecision.Kind.VERIFIED, result__in=counted.values("pk")
        )
        rows = decisions.order_by("at").values_list("result", *Verification._fields)
        last = {result: Verification(*of) for result, *of in rows}
        people = {verification.by for verification in last.values()}
        offices = Office.objects.of(Role.COUNTY_FOCAL_POINT).filter(holder__in=people)
        return cls(last, offices.select_related("place"))

    def post_behind(self, value: VerifiedValue) -> str:
        """The office that the verifier held there on that day; "" when none is on record."""
        verification = self.last.get(value.pk)
        if verification is None:
            return ""
        for office, words in self.offices.get(verification.by, ()):
            place = office.place
            if (
                place
                and place.contains(value.stream.place)
                and office.is_held(on=timezone.localdate(verification.at))
            ):
                return words
        return ""


class Shared:
    """What thousands of values have in common, each told once: reporters, periods, days, checks."""

    def __init__(self, zone: dt.tzinfo) -> None:
        self.day = cache(partial(day_in, zone))  # values come in by the report
        self.checked = cache(checked)
        self.reporters: dict[int, Row] = {}
        self.periods: dict[int, Row] = {}

    def reporter(self, stream: KnownStream) -> Row:
        if stream.pk not in self.reporters:
            self.reporters[stream.pk] = {
                "organisation": str(stream.organisation),
                "organisation_key": stream.organisation.slug,
                "place": str(stream.place),
                "place_key": stream.place.path,
            }
        return self.reporters[stream.pk]

    def period(self, period: Period) -> Row:
        if period.pk not in self.periods:
            self.periods[period.pk] = {
                "code": period.code,
                "text": short_period_text(period.starts_on, period.ends_on),
                "starts_on": period.starts_on.isoformat(),
            }
        return self.periods[period.pk]


def value_row(
    value: VerifiedValue, verifiers: Verifiers, before: Result | None, shared: Shared
) -> Row:
    """One value with its reporter, its verifier's post, and what it replaced."""
    verification = verifiers.last.get(value.pk)
    return {
        **shared.reporter(value.stream),
        "period": shared.period(value.period),
        **value_cell(value.value, value.stream.version),
        "numerator": exact(value.numerator),
        "denominator": exact(value.denominator),
        "submitted": shared.day(value.first_submitted_at),
        "verified": shared.day(verification.at) if verification else "",
        "verified_by": verifiers.post_behind(value),
        "checked": shared.checked(verification.method, verification.sample) if verification else "",
        "replaced": replaced(value, before) if before else None,
        "illustrative": value.origin == Origin.ILLUSTRATIVE,
    }


def checked(method: str, sample: str) -> str:
    """How a value was checked, and on which sample; the verifier's note stays inside (R24)."""
    words = str(ResultDecision.Method(method).label) if method else ""
    return "; ".join(filter(None, [words, sample]))


def day_in(zone: dt.tzinfo, moment: dt.datetime | None) -> str:
    """The day of a moment in the mechanism's own zone, such as "28 Apr 2021"."""
    return day_text(moment.astimezone(zone).date()) if moment else ""


def replaced(value: VerifiedValue, before: Result) -> Row:
    """What a restated value was, and why it changed."""
    version = value.stream.version
    was = quotient(version, before.numerator, before.denominator)
    return {"text": value_cell(was, version)["text"], "reason": value.restatement_reason}
