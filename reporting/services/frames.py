"""Where and when a report asks for its figures: its place and parts, its year and quarters."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from coordination.models import Organisation, Period, Place, add_months
from reporting.models import Report
from reporting.services.breakdowns import organisations_in, places_below
from reporting.services.expectations import Expectations
from reporting.services.result_tables import periods_until
from reporting.services.scopes import Scope
from reporting.services.words import short_period_text
from workplans.models import IndicatorVersion, Result, Stream
from workplans.services.deviations import QUARTER

QUARTERS_IN_YEAR = 4


@dataclass(frozen=True)
class Split:
    """The part of a place or an organisation; made once, for its scopes are asked for often."""

    name: str
    key: str
    quarter: Scope
    to_date: Scope


@dataclass(frozen=True)
class Frame:
    """Where and when a report asks for its figures."""

    report: Report
    versions: list[IndicatorVersion]
    place: Place
    places: list[Place]
    organisations: list[Organisation]

    @classmethod
    def of(cls, report: Report, *, internal: bool = False) -> Frame:
        """Of a mechanism as a whole it is the country, split into the places covered.

        Only what may be published enters, unless it is ``internal`` (R24).
        """
        versions = versions_of(report, internal=internal)
        place = report.place or report.mechanism.country
        places = (
            places_below(versions, place)
            if report.place
            else list(report.mechanism.places.order_by("name"))
        )
        return cls(report, versions, place, places, organisations_in(versions, place))

    @property
    def period(self) -> Period:
        return self.report.period

    @cached_property
    def year_start(self) -> dt.date:
        return self.report.mechanism.calendar.year_start(self.period.starts_on)

    @cached_property
    def quarter(self) -> Scope:
        return Scope.quarter(self.place, self.period)

    @cached_property
    def to_date(self) -> Scope:
        return Scope.year_to_date(self.place, self.period, self.report.mechanism.calendar)

    @cached_property
    def life(self) -> Scope:
        return Scope.to_date(self.place, self.period)

    @cached_property
    def quarters(self) -> list[Scope]:
        """The four quarters of the year, those after the report's period too."""
        days = [add_months(self.year_start, QUARTER * n) for n in range(QUARTERS_IN_YEAR)]
        return [Scope(self.place, day, add_months(day, QUARTER)) for day in days]

    @cached_property
    def expectations(self) -> Expectations:
        """Who owes which value until the end of the period; read once for all tables."""
        mechanism = self.report.mechanism
        return Expectations.of(self.versions, periods_until(self.period), {mechanism.pk: mechanism})

    def is_later(self, quarter: Scope) -> bool:
        return quarter.ends_before > self.period.ends_before

    @cached_property
    def by_place(self) -> list[Split]:
        """The part of each place."""
        return [
            Split(str(place), place.path, self.quarter.at(place), self.to_date.at(place))
            for place in self.places
        ]

    @cached_property
    def by_organisation(self) -> list[Split]:
        """The part of each organisation."""
        return [
            Split(str(each), each.slug, self.quarter.by(each), self.to_date.by(each))
            for each in self.organisations
        ]

    @property
    def parts(self) -> list[Split]:
        """The parts of the places, then those of the organisations."""
        return [*self.by_place, *self.by_organisation]

    def scopes(self) -> list[Scope]:
        """Everything that the tables ask for."""
        told = [each for each in self.quarters if not self.is_later(each)]
        parts = [scope for part in self.parts for scope in (part.quarter, part.to_date)]
        return [*told, self.quarter, self.to_date, self.life, *parts]


def versions_of(report: Report, *, internal: bool = False) -> list[IndicatorVersion]:
    """Versions in use, and earlier ones with values in the year or still owed for the quarter.

    Those of indicators that are not public only where it is ``internal``. Versions are never
    added together (R2).
    """
    year_start = report.mechanism.calendar.year_start(report.period.starts_on)
    told = Result.objects.of_mechanism(report.mechanism).filter(
        state__in=Result.COUNTED_STATES,
        period__starts_on__gte=year_start,
        period__ends_before__lte=report.period.ends_before,
    )
    running = Stream.objects.of_mechanism(report.mechanism).running_for(report.period)
    in_use = Q(state=IndicatorVersion.State.IN_USE)
    versions = IndicatorVersion.objects.filter(indicator__mechanism=report.mechanism)
    if not internal:
        versions = versions.filter(indicator__is_public=True)
    return list(
        versions.filter(
            in_use | Q(pk__in=told.values("stream__version")) | Q(pk__in=running.values("version"))
        )
        .select_related("indicator__intended_result", "indicator__mechanism")
        .order_by("indicator__position", "indicator__code", "number")
    )


def quarter_heads(frame: Frame) -> list[dict[str, Any]]:
    """The quarters of the year, as the heads of columns."""
    calendar = frame.report.mechanism.calendar
    heads = []
    for number, scope in enumerate(frame.quarters, start=1):
        starts_on = scope.last_quarter
        heads.append({
            "label": f"Q{number}",
            "code": f"{starts_on.year}-q{(starts_on.month - 1) // QUARTER + 1}",
            "text": short_period_text(starts_on, scope.ends_before - dt.timedelta(days=1)),
            "full": f"{calendar.label_year(starts_on)} Q{number}",
            "starts_on": starts_on.isoformat(),
            "ends_before": scope.ends_before.isoformat(),
            "is_current": starts_on == frame.period.starts_on,
            "is_later": frame.is_later(scope),
        })  # fmt: skip
    return heads
