"""The verified values behind the figures of a report, frozen with it (R12, R21)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from functools import cache, partial
from typing import Any, NamedTuple

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
    values = verified_values(frame)
    verifiers = Verifiers.of(values)
    day = cache(partial(day_in, frame.report.mechanism.zone))  # values come in by the report
    rows = defaultdict(list)
    earlier = restated(values)
    for value in values:
        before = earlier.get(value.restates) if value.restates else None
        rows[value.stream.version.pk].append(value_row(value, verifiers, before, day))
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


def verified_values(frame: Frame) -> list[VerifiedValue]:
    """Every verified value of the report's place and indicators, until its period's end.

    Thousands of values share a few streams and periods, and those are at hand.
    """
    streams = {each.pk: each for found in frame.expectations.streams.values() for each in found}
    periods = {period.pk: period for period in every_period()}
    rows = (
        Result.objects.verified()
        .within(frame.place)
        .filter(
            stream__version__in=frame.versions, period__ends_before__lte=frame.period.ends_before
        )
        .order_by("stream__place__path", "stream__organisation__short_name", "period__starts_on")
        .values_list(*VerifiedValue._fields)
    )
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
    def of(cls, values: Collection[VerifiedValue]) -> Verifiers:
        decisions = ResultDecision.objects.filter(
            kind=ResultDecision.Kind.VERIFIED, result__in=[value.pk for value in values]
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
        day = timezone.localdate(verification.at)
        for office, words in self.offices[verification.by]:
            place = office.place
            if place and place.contains(value.stream.place) and office.is_held(on=day):
                return words
        return ""


def value_row(
    value: VerifiedValue,
    verifiers: Verifiers,
    before: Result | None,
    day: Callable[[dt.datetime | None], str],
) -> Row:
    """One value with its reporter, its verifier's post, and what it replaced."""
    stream, period = value.stream, value.period
    verification = verifiers.last.get(value.pk)
    return {
        "organisation": str(stream.organisation),
        "organisation_key": stream.organisation.slug,
        "place": str(stream.place),
        "place_key": stream.place.path,
        "period": {
            "code": period.code,
            "text": short_period_text(period.starts_on, period.ends_on),
            "starts_on": period.starts_on.isoformat(),
        },
        **value_cell(value.value, stream.version),
        "numerator": exact(value.numerator),
        "denominator": exact(value.denominator),
        "submitted": day(value.first_submitted_at),
        "verified": day(verification.at) if verification else "",
        "verified_by": verifiers.post_behind(value),
        "checked": checked(verification) if verification else "",
        "replaced": replaced(value, before) if before else None,
        "illustrative": value.origin == Origin.ILLUSTRATIVE,
    }


def checked(verification: Verification) -> str:
    """How a value was checked, and on which sample; the verifier's note stays inside (R24)."""
    method = ResultDecision.Method(verification.method).label if verification.method else ""
    return "; ".join(filter(None, [str(method), verification.sample]))


def day_in(zone: dt.tzinfo, moment: dt.datetime | None) -> str:
    """The day of a moment in the mechanism's own zone, such as "28 Apr 2021"."""
    return day_text(moment.astimezone(zone).date()) if moment else ""


def replaced(value: VerifiedValue, before: Result) -> Row:
    """What a restated value was, and why it changed."""
    version = value.stream.version
    was = quotient(version, before.numerator, before.denominator)
    return {"text": value_cell(was, version)["text"], "reason": value.restatement_reason}
