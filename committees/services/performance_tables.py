"""The communes of a body in rows: how they perform, and what they were granted (C10, R23)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from committees.models import Body, Grant, PerformanceReview
from coordination.models import Place, Visitor
from coordination.services.rounding import PERCENT_PLACES, half_up
from coordination.services.spreadsheets import Table

from .grants import Granted, totals_in
from .performance import RULE, Sum, Trend, exact, places_reviewed, sum_up, trend_of


@dataclass(frozen=True)
class ReviewLine:
    """A review summed up, against the one before it."""

    review: PerformanceReview
    sum: Sum
    trend: Trend


@dataclass(frozen=True)
class PlaceLine:
    """One commune: its newest review, None for none to read, and what it was granted."""

    place: Place
    newest: ReviewLine | None
    granted: Sequence[Granted]


def place_lines(user: Visitor, body: Body, places: Iterable[Place]) -> list[PlaceLine]:
    """A line for each of the places, as far as the user reads; fixed queries."""
    places = list(places)
    seen = PerformanceReview.objects.visible_to(user).filter(body=body, place__in=places)
    reviews = _by_place(seen.in_full().newest_first())
    grants = _by_place(Grant.objects.visible_to(user).filter(body=body, place__in=places))
    return [
        PlaceLine(
            place,
            next(iter(review_lines(reviews[place.pk])), None),
            totals_in(grants[place.pk]),
        )
        for place in places
    ]


def review_lines(reviews: Sequence[PerformanceReview]) -> list[ReviewLine]:
    """The reviews of one place, the newest first, each against the one before it."""
    formers: list[PerformanceReview | None] = [*reviews[1:], None]
    return [
        ReviewLine(review, sum_up(review), trend_of(review, former))
        for review, former in zip(reviews, formers, strict=bool(reviews))
    ]


def performance_table(user: Visitor, body: Body, *, at: dt.datetime | None = None) -> Table:
    """Everything that the user reads, one row a value: each criterion scored or not, each grant."""
    reviews = PerformanceReview.objects.visible_to(user).filter(body=body).in_full()
    grants = Grant.objects.visible_to(user).filter(body=body).in_full()
    rows = [
        row for review in reviews.order_by("place__path", "-reviewed_on") for row in _scores(review)
    ]
    rows += [_grant(grant) for grant in grants.order_by("place__path", "proposed_on", "pk")]
    return Table(
        name=_("Reviews and grants"),
        columns=[
            _("Place"), _("Record"), _("Date"), _("Item"), _("Value"), _("Unit"), _("Lowest"),
            _("Highest"), _("State"), _("Criteria version"), _("Meeting"), _("Decision"),
            _("Paid on"), _("Origin"),
        ],
        rows=rows,
        about=_about(body, reviewed=len({row.place_id for row in reviews}), at=at),
    )  # fmt: skip


def _by_place(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.place_id].append(row)
    return found


def _scores(review: PerformanceReview) -> list[list[Any]]:
    """The review in rows: its sum, then each criterion, also one that was not scored (R4)."""
    scores = {row.criterion_id: exact(row.score) for row in review.scores.all()}
    told = [review.criteria_set.number, str(review.meeting or ""), "", None]
    origin = str(review.get_origin_display())
    summed = sum_up(review)
    percent = None if summed.percent is None else half_up(summed.percent, PERCENT_PLACES)
    state = _("%(scored)d of %(criteria)d criteria scored") % {
        "scored": summed.scored, "criteria": summed.criteria,
    }  # fmt: skip
    place, day = str(review.place), review.reviewed_on
    rows = [
        [place, _("Review"), day, _("All criteria"), percent, "%", 0, 100, state, *told, origin]
    ]
    rows += [
        [
            place, _("Score"), day, each.name, scores.get(each.pk), _("points"), exact(each.lowest),
            exact(each.highest), "" if each.pk in scores else _("not scored"), *told, origin,
        ]
        for each in sorted(review.criteria_set.criteria.all(), key=lambda each: each.position)
    ]  # fmt: skip
    return rows


def _grant(grant: Grant) -> list[Any]:
    return [
        str(grant.place), _("Grant"), grant.proposed_on, grant.purpose, grant.amount.major,
        grant.currency, None, None, str(grant.get_state_display()), None, "",
        str(grant.decision or ""), grant.paid_on, str(grant.get_origin_display()),
    ]  # fmt: skip


def _about(body: Body, *, reviewed: int, at: dt.datetime | None) -> list[tuple[str, str]]:
    mechanism = body.mechanism
    now = timezone.localtime(at or timezone.now(), mechanism.zone)
    reviewed_of = _("%(count)d of %(all)d") % {
        "count": reviewed, "all": places_reviewed(body).count(),
    }  # fmt: skip
    return [
        (_("Mechanism"), mechanism.name),
        (_("Body"), body.name),
        (_("As at"), f"{date_format(now)}, {date_format(now, 'H:i')} {mechanism.time_zone}"),
        (_("Reviewed"), reviewed_of),
        (_("How a review is summed up"), str(RULE)),
        (_("Money"), _("Amounts stand in the currency in which they were given.")),
    ]
