"""The figures of one place: running ones for who takes part, published ones for everyone (R24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from coordination.models import Mechanism, Place, Visitor, within_path
from reporting.models import Edition
from reporting.models.edition import EditionQuerySet
from workplans.models import IndicatorVersion, Stream

from .completeness import Completeness, completeness_of
from .figures import Figure, figures_for
from .progress import Progress, progress_for
from .result_tables import Question, latest_period, versions_in

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
    place: Place, mechanism: Mechanism, *, at: dt.datetime | None = None
) -> PlaceFigures | None:
    """The running figures of the mechanism's first indicators there; None when it has none."""
    at = at or timezone.now()
    period = latest_period(mechanism, on=timezone.localdate(at))
    if period is None:
        return None
    question = Question(mechanism, period, place, mechanism.calendar)
    reported = set(
        Stream.objects.of_mechanism(mechanism).within(place).values_list("version", flat=True)
    )
    versions = [version for version in versions_in(question) if version.pk in reported]
    if not versions:
        return None
    shown = versions[:MOST]
    figures = figures_for(shown, [question.quarter, question.to_date], on=timezone.localdate(at))
    to_date = [figures[version.pk, question.to_date] for version in shown]
    progress = progress_for(to_date, period, mechanism.calendar)
    rows = [
        PlaceRow(
            version,
            figures[version.pk, question.quarter],
            figures[version.pk, question.to_date],
            progress[version.pk, question.to_date],
        )
        for version in shown
    ]
    completeness = completeness_of(mechanism, period, place=place, at=at)
    return PlaceFigures(question, rows, len(versions) - len(shown), completeness)


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
