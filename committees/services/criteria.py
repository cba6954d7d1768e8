"""By what a body scores those whose performance it reviews: criteria in versions (C10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import Body, CriteriaSet, Criterion
from coordination.models import User, written
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import Refusal


class BodyReviewsNobody(Refusal):
    message = _("This body reviews no places and gives no grants: its page says so.")


class CriteriaMissing(Refusal):
    message = _("Name at least one criterion.")


class CriterionTwice(Refusal):
    message = _("Two criteria have the same name.")


class CriteriaTooEarly(Refusal):
    """Names the day after which new criteria begin."""

    def __init__(self, day: dt.date) -> None:
        said = _("What was scored by %(day)s stands as it was: new criteria begin after that day.")
        super().__init__(said % {"day": date_format(day)})


@dataclass(frozen=True)
class Scale:
    """A criterion as it is typed: its name, the lowest and the highest score."""

    name: str
    lowest: Decimal
    highest: Decimal

    def __str__(self) -> str:
        return f"{self.name}: {written(self.lowest)}–{written(self.highest)}"


@transaction.atomic
def set_criteria(
    body: Body,
    *,
    by: User,
    applies_from: dt.date,
    scales: Sequence[Scale],
    note: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> CriteriaSet:
    """The body's criteria from the day on: its next version, or the newest while nothing uses it.

    The same twice is one deed. Raises BodyReviewsNobody, CriteriaMissing, CriterionTwice,
    CriteriaTooEarly or DoneMeanwhile.
    """
    now = at or timezone.now()
    body = lock_reviewing(body)
    if not scales:
        raise CriteriaMissing
    if len({scale.name.casefold() for scale in scales}) != len(scales):
        raise CriterionTwice
    newest = body.criteria_sets.order_by("-number").first()
    before = criteria_in_words(newest) if newest else {}
    wanted = _in_words(applies_from, scales, note)
    if newest is not None and before == wanted:
        return newest
    guard_seen(*body.criteria_sets.all(), seen=seen)
    changed = newest if newest is not None and not newest.reviews.exists() else None
    _guard_day(body, applies_from, beside=changed)
    number = changed.number if changed else (newest.number if newest else 0) + 1
    criteria = changed or CriteriaSet(body=body, number=number)
    criteria.applies_from, criteria.note = applies_from, note
    criteria.set_by, criteria.set_at = by, now
    criteria.full_clean()
    criteria.save()
    criteria.criteria.all().delete()
    for position, scale in enumerate(scales):
        row = Criterion(
            criteria_set=criteria, position=position, name=scale.name, lowest=scale.lowest,
            highest=scale.highest,
        )  # fmt: skip
        row.full_clean()
        row.save()
    changes = changes_between(before, wanted)
    record("committees.criteria_set", criteria, by=by, changes=changes, at=now)
    return criteria


def lock_reviewing(body: Body) -> Body:
    """The body, locked, if it reviews places. Raises BodyReviewsNobody."""
    locked = Body.objects.select_for_update(of=("self",), no_key=True)
    body = locked.select_related("mechanism", "reviews_level").get(pk=body.pk)
    if body.reviews_level is None:
        raise BodyReviewsNobody
    return body


def criteria_on(body: Body, day: dt.date) -> CriteriaSet | None:
    """The criteria that were in force on the day; None before the first."""
    begun = body.criteria_sets.filter(applies_from__lte=day)
    return begun.order_by("-applies_from").first()


def criteria_in_words(criteria: CriteriaSet) -> dict[str, Any]:
    """What they say as people read it, for the record."""
    return _in_words(criteria.applies_from, scales_of(criteria), criteria.note)


def scales_of(criteria: CriteriaSet) -> list[Scale]:
    """Its criteria in their order."""
    rows = criteria.criteria.order_by("position", "pk")
    return [Scale(row.name, row.lowest, row.highest) for row in rows]


def _in_words(applies_from: dt.date, scales: Sequence[Scale], note: str) -> dict[str, Any]:
    return {
        "applies_from": applies_from.isoformat(),
        "criteria": [str(scale) for scale in scales],
        "note": note,
    }


def _guard_day(body: Body, applies_from: dt.date, *, beside: CriteriaSet | None) -> None:
    others = body.criteria_sets.exclude(pk=beside.pk) if beside else body.criteria_sets.all()
    days = [criteria.applies_from for criteria in others]
    days += body.performance_reviews.values_list("reviewed_on", flat=True)
    if days and applies_from <= max(days):
        raise CriteriaTooEarly(max(days))
