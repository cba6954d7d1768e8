"""Reviews of communes' performance: recorded, corrected, and summed up by one rule (C10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.models import (
    Body,
    CriteriaSet,
    Criterion,
    CriterionScore,
    Meeting,
    PerformanceReview,
)
from coordination.models import Place, User, within_any, written
from coordination.models.place import PlaceQuerySet
from coordination.services.events import changes_between, record
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from coordination.services.rounding import decimals_of, half_up
from coordination.services.versions import save_next

from .criteria import criteria_on, lock_reviewing

# How a review is summed up; said wherever the sum is shown (R2, R12).
RULE = gettext_lazy(
    "Points above the lowest of each scale, of all the points that could be had there. What was "
    "not scored counts on neither side: missing is not zero."
)
ALL = 100


class PlaceNotReviewed(Refusal):
    message = gettext_lazy("This place is not one of those that the body reviews.")


class ReviewOnRecord(Refusal):
    message = gettext_lazy("A review on this day is on record already. Correct that one.")


class OtherCriteriaInForce(Refusal):
    """Says which criteria were in force on the day."""

    def __init__(self, criteria: CriteriaSet | None) -> None:
        if criteria is None:
            super().__init__(_("No criteria were in force on this day."))
            return
        said = _("On this day version %(number)d of the criteria was in force, from %(day)s on.")
        words = {"number": criteria.number, "day": date_format(criteria.applies_from)}
        super().__init__(said % words)


class NothingScored(Refusal):
    message = gettext_lazy("Score at least one criterion.")


class ScoreOffScale(Refusal):
    """Names the criterion."""

    def __init__(self, criterion: Criterion) -> None:
        said = _("“%(criterion)s” is scored from %(lowest)s to %(highest)s.")
        words = {
            "criterion": criterion.name,
            "lowest": written(criterion.lowest),
            "highest": written(criterion.highest),
        }
        super().__init__(said % words)


class ReviewAtAnotherMeeting(Refusal):
    message = gettext_lazy("Name a meeting that the body has held, by itself or jointly.")


class ReviewContent(TypedDict):
    """What a body found; ``scores`` of those that were scored alone (R4)."""

    reviewed_on: dt.date
    covers_from: dt.date | None
    covers_to: dt.date | None
    meeting: Meeting | None
    scores: Mapping[Criterion, Decimal]
    note: str


COLUMNS = ("reviewed_on", "covers_from", "covers_to", "meeting", "note")


@dataclass(frozen=True)
class Sum:
    """A review summed up: in per cent, None where nothing was scored; of how many criteria."""

    percent: Decimal | None
    scored: int
    criteria: int

    @property
    def is_whole(self) -> bool:
        """Whether every criterion was scored."""
        return self.scored == self.criteria


@dataclass(frozen=True)
class Trend:
    """A review against the one before it: percentage points, or why they are not compared."""

    points: Decimal | None
    reason: str = ""


@transaction.atomic
def record_review(
    body: Body,
    place: Place,
    *,
    by: User,
    criteria: CriteriaSet,
    at: dt.datetime | None = None,
    **content: Unpack[ReviewContent],
) -> PerformanceReview:
    """A review of the place, by the criteria that were in force on its day; twice it is one.

    Raises BodyReviewsNobody, PlaceNotReviewed, ReviewOnRecord, or what `_guard` raises.
    """
    now = at or timezone.now()
    body = lock_reviewing(body)
    if not places_reviewed(body).filter(pk=place.pk).exists():
        raise PlaceNotReviewed
    known = body.performance_reviews.filter(place=place, reviewed_on=content["reviewed_on"])
    wanted = _in_words(content)
    if there := known.in_full().first():
        if review_in_words(there) == wanted:
            return there
        raise ReviewOnRecord
    _guard(body, criteria, content, at=now)
    columns = {name: content[name] for name in COLUMNS}  # type: ignore[literal-required]  # its own
    review = PerformanceReview(
        body=body, place=place, criteria_set=criteria, recorded_by=by, recorded_at=now, **columns
    )
    review.full_clean()
    review.save()
    _set_scores(review, content["scores"])
    changes = changes_between({}, wanted)
    record("committees.performance_reviewed", review, by=by, changes=changes, at=now)
    return review


@transaction.atomic
def correct_review(
    review: PerformanceReview,
    *,
    by: User,
    seen_version: int,
    reason: str,
    at: dt.datetime | None = None,
    **content: Unpack[ReviewContent],
) -> PerformanceReview:
    """The review as it is right; what it said before stays on record, with why.

    Raises EditedMeanwhile, ReviewOnRecord, or what `_guard` raises.
    """
    now = at or timezone.now()
    body = lock_reviewing(review.body)
    locked = PerformanceReview.objects.select_for_update(of=("self",), no_key=True)
    review = locked.in_full().get(pk=review.pk)
    before, wanted = review_in_words(review), _in_words(content)
    if before == wanted:
        return review
    if review.version != seen_version:
        raise EditedMeanwhile
    others = body.performance_reviews.filter(place=review.place).exclude(pk=review.pk)
    if others.filter(reviewed_on=content["reviewed_on"]).exists():
        raise ReviewOnRecord
    _guard(body, review.criteria_set, content, at=now)
    for name in COLUMNS:
        setattr(review, name, content[name])  # type: ignore[literal-required]  # its own names
    review.full_clean()
    save_next(review, *COLUMNS)
    _set_scores(review, content["scores"])
    changes = changes_between(before, wanted)
    record("committees.performance_corrected", review, by=by, changes=changes, note=reason, at=now)
    return review


def places_reviewed(body: Body) -> PlaceQuerySet:
    """The places whose performance it reviews: of its level, in its place or its mechanism's."""
    roots = [body.place] if body.place else list(body.mechanism.places.all())
    within = within_any(root.path for root in roots or [body.mechanism.country])
    return Place.objects.filter(within, level=body.reviews_level).order_by("path")


def sum_up(review: PerformanceReview) -> Sum:
    """The review as one figure, by `RULE`: the only place where it is worked out (R2, R12)."""
    criteria = {each.pk: each for each in review.criteria_set.criteria.all()}
    scores = list(review.scores.all())
    had = sum((row.score - criteria[row.criterion_id].lowest for row in scores), Decimal(0))
    whole = sum(
        (criteria[row.criterion_id].highest - criteria[row.criterion_id].lowest for row in scores),
        Decimal(0),
    )
    return Sum(had * ALL / whole if whole else None, len(scores), len(criteria))


def trend_of(review: PerformanceReview, former: PerformanceReview | None) -> Trend:
    """The review against the one before: only like with like, by the same criteria (R2, R7)."""
    if former is None:
        return Trend(None, _("the first review"))
    if former.criteria_set_id != review.criteria_set_id:
        return Trend(None, _("by other criteria than before"))
    scored = [{row.criterion_id for row in each.scores.all()} for each in (review, former)]
    if scored[0] != scored[1]:
        return Trend(None, _("other criteria were scored before"))
    now, then = sum_up(review).percent, sum_up(former).percent
    return Trend(None if now is None or then is None else now - then)


def exact(score: Decimal) -> Decimal:
    """The score to its last digit, without the zeros behind it."""
    return half_up(score, decimals_of(score))


def review_in_words(review: PerformanceReview) -> dict[str, Any]:
    """What it says as people read it, for the record."""
    names = {each.pk: each for each in review.criteria_set.criteria.all()}
    scores = {names[row.criterion_id]: row.score for row in review.scores.all()}
    columns = {name: getattr(review, name) for name in COLUMNS}
    return _in_words({**columns, "scores": scores})  # type: ignore[typeddict-item]  # its own names


def _in_words(content: ReviewContent) -> dict[str, Any]:
    days = {
        name: content[name].isoformat() if content[name] else None  # type: ignore[literal-required]  # its own
        for name in ("reviewed_on", "covers_from", "covers_to")
    }
    scores = sorted(content["scores"].items(), key=lambda row: row[0].position)
    return {
        **days,
        "meeting": str(content["meeting"]) if content["meeting"] else None,
        "scores": [f"{criterion}: {written(score)}" for criterion, score in scores],
        "note": content["note"],
    }


def _guard(body: Body, criteria: CriteriaSet, content: ReviewContent, *, at: dt.datetime) -> None:
    """Raise what is wrong with a review.

    DayToCome, OtherCriteriaInForce, NothingScored, ScoreOffScale or ReviewAtAnotherMeeting.
    """
    day, meeting = content["reviewed_on"], content["meeting"]
    if day > body.mechanism.today(at):
        raise DayToCome
    in_force = criteria_on(body, day)
    if in_force is None or in_force.pk != criteria.pk:
        raise OtherCriteriaInForce(in_force)
    if not content["scores"]:
        raise NothingScored
    for criterion, score in content["scores"].items():
        if criterion.criteria_set_id != criteria.pk:
            raise OtherCriteriaInForce(in_force)
        if not criterion.lowest <= score <= criterion.highest:
            raise ScoreOffScale(criterion)
    if meeting is not None and not meetings_to_review_at(body).filter(pk=meeting.pk).exists():
        raise ReviewAtAnotherMeeting


def meetings_to_review_at(body: Body) -> Any:
    """The meetings of the body that have begun, its joint ones too, the newest first."""
    return Meeting.objects.of(body).begun().newest_first()


def _set_scores(review: PerformanceReview, scores: Mapping[Criterion, Decimal]) -> None:
    review.scores.all().delete()
    for criterion, score in scores.items():
        row = CriterionScore(review=review, criterion=criterion, score=score)
        row.full_clean()
        row.save()
