"""The figures of one place: running ones for who takes part, published ones for everyone (R24)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Period,
    Place,
    Visitor,
    within_path,
)
from reporting.models import Edition
from reporting.models.edition import EditionQuerySet
from workplans.models import IndicatorVersion, Stream

from .completeness import Completeness, completeness_of_each
from .expectations import Expectations
from .figures import Figure, figures_for
from .progress import Progress, progress_for
from .result_tables import Question, in_full, latest_periods, periods_until, version_keys_of
from .scopes import Scope

MOST = 12


@dataclass(frozen=True)
class PlaceRow:
    """One indicator in the place."""

    version: IndicatorVersion
    quarter: Figure
    to_date: Figure
    progress: Progress


@dataclass(frozen=True)
class PlaceFigures:
    """What a mechanism reports of the place in its latest quarter."""

    question: Question
    rows: list[PlaceRow]
    more: int
    completeness: Completeness

    @property
    def is_illustrative(self) -> bool:
        """Whether every indicator is; then it is said once."""
        return all(row.version.indicator.is_illustrative for row in self.rows)


def mechanisms_of(place: Place, visitor: Visitor) -> list[Mechanism]:
    """The mechanisms that cover the place, or a part of it, as far as the visitor sees them."""
    covering = Q(places__path__in=place.path_and_above) | within_path(place.path, "places")
    seen = Mechanism.objects.visible_to(visitor)
    found = seen.filter(pk__in=Mechanism.objects.filter(covering).values("pk"))
    return list(found.select_related("country", "calendar").order_by("name"))


def figures_in(
    place: Place, mechanisms: Sequence[Mechanism], *, at: dt.datetime | None = None
) -> list[PlaceFigures]:
    """The running figures of each mechanism's first indicators there; of those that have any.

    Mechanisms of the same quarter, calendar and day are read together: a place that many cover
    takes no more queries than one that few do.
    """
    at = at or timezone.now()
    periods = latest_periods(mechanisms, at=at)
    alike: dict[tuple[Period, FiscalCalendar, dt.date], list[Mechanism]] = defaultdict(list)
    for mechanism in mechanisms:
        if mechanism.pk in periods:
            # On two sides of midnight one and the same quarter may be over, or not yet.
            key = periods[mechanism.pk], mechanism.calendar, mechanism.today(at)
            alike[key].append(mechanism)
    found = {
        figures.question.mechanism.pk: figures
        for (period, calendar, today), members in alike.items()
        for figures in read_together(
            place, members, period=period, calendar=calendar, on=today, at=at
        )
    }
    return [found[mechanism.pk] for mechanism in mechanisms if mechanism.pk in found]


def read_together(
    place: Place,
    mechanisms: Sequence[Mechanism],
    *,
    period: Period,
    calendar: FiscalCalendar,
    on: dt.date,
    at: dt.datetime,
) -> Iterator[PlaceFigures]:
    """The figures of the mechanisms in one quarter, by one calendar, on one day."""
    streams = Stream.objects.filter(version__indicator__mechanism__in=mechanisms).within(place)
    reported = set(streams.values_list("version", flat=True))
    keys = {
        mechanism: [key for key in known if key in reported]
        for mechanism, known in version_keys_of(mechanisms, period, calendar).items()
    }
    shown = in_full((key for known in keys.values() for key in known[:MOST]), *mechanisms)
    if not shown:
        return
    quarter = Scope.quarter(place, period)
    to_date = Scope.year_to_date(place, period, calendar)
    known = {mechanism.pk: mechanism for mechanism in mechanisms}
    expectations = Expectations.of(shown, periods_until(period), known)
    figures = figures_for(shown, [quarter, to_date], on=on, expectations=expectations)
    progress = progress_for(
        [figures[version.pk, to_date] for version in shown],
        period,
        calendar,
        expectations=expectations,
    )
    told = [mechanism for mechanism in mechanisms if keys[mechanism.pk]]
    completeness = completeness_of_each(told, period, place=place, at=at)
    for mechanism in mechanisms:
        rows = [
            PlaceRow(
                version,
                figures[version.pk, quarter],
                figures[version.pk, to_date],
                progress[version.pk, to_date],
            )
            for version in shown
            if version.indicator.mechanism_id == mechanism.pk
        ]
        if rows:
            question = Question(mechanism, period, place, calendar)
            more = len(keys[mechanism.pk]) - len(rows)
            yield PlaceFigures(question, rows, more, completeness[mechanism.pk])


@dataclass(frozen=True)
class PublishedFigures:
    """What the newest published report says of the place; rows as its snapshot keeps them."""

    edition: Edition
    rows: list[dict[str, Any]]

    @property
    def is_illustrative(self) -> bool:
        """Whether every indicator is; then it is said once."""
        return all(row["indicator"].get("illustrative") for row in self.rows)


def published_figures_in(
    place: Place, mechanisms: Iterable[Mechanism], visitor: Visitor
) -> list[PublishedFigures]:
    """For each mechanism with a published report on the place, the newest one's figures."""
    found: dict[int, PublishedFigures] = {}
    for edition in newest_editions(place, mechanisms, visitor).defer("snapshot"):
        mechanism = edition.report.mechanism_id
        if mechanism in found:
            continue
        rows = rows_about(place, edition)
        if rows:
            found[mechanism] = PublishedFigures(edition, rows)
    return list(found.values())


def newest_editions(
    place: Place, mechanisms: Iterable[Mechanism], visitor: Visitor
) -> EditionQuerySet:
    """Published reports on the place or on a whole mechanism, of each mechanism the newest first.

    Of one quarter the report on the place itself comes first.
    """
    return (
        Edition.objects.visible_to(visitor)
        .published()
        .filter(Q(report__place=place) | Q(report__place=None), report__mechanism__in=mechanisms)
        .select_related("report__mechanism", "report__period", "report__place")
        .order_by(
            "report__mechanism__name",
            "-report__period__starts_on",
            F("report__place").asc(nulls_last=True),
        )
    )


def rows_about(place: Place, edition: Edition) -> list[dict[str, Any]]:
    """The rows of a snapshot that are about the place, each with its indicator."""
    tables = edition.contents.get("tables", {})
    if edition.report.place_id == place.pk:
        return [{"indicator": row, **row} for row in tables.get("indicators", [])]
    return [
        {"indicator": group["indicator"], **row}
        for group in tables.get("places", [])
        for row in group["rows"]
        if row["key"] == place.path
    ]
