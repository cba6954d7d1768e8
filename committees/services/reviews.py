"""What higher apps show under an item that reviews an organisation's plan (B30).

Committees do not know of work plans: whoever does registers an asker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from committees.models import AgendaItem, Meeting
from coordination.models import Organisation, Visitor


@dataclass(frozen=True)
class ReviewLine:
    """One thing that was planned, and how it stands."""

    title: str
    url: str
    planned: str
    status: str
    label: str
    is_late: bool


@dataclass(frozen=True)
class PlanReview:
    """An organisation's part of one plan: in a sentence, and line by line."""

    heading: str
    sentence: str
    lines: Sequence[ReviewLine]


Reviews = Mapping[int, Sequence[PlanReview]]
Asker = Callable[[Visitor, Meeting, Collection[Organisation]], Reviews]

_askers: list[Asker] = []


def register_review(asker: Asker) -> Asker:
    """Ask ``asker(user, meeting, organisations)`` too for their plans, by key."""
    _askers.append(asker)
    return asker


def with_reviews(
    user: Visitor, meeting: Meeting, items: Collection[AgendaItem]
) -> list[tuple[AgendaItem, list[PlanReview]]]:
    """Each item with the plans that it reviews, as far as the user may see them."""
    reviewed = [item for item in items if item.kind == AgendaItem.Kind.REVIEW and item.presented_by]
    organisations = {item.presented_by for item in reviewed if item.presented_by}
    found: defaultdict[int, list[PlanReview]] = defaultdict(list)
    for ask in _askers if organisations else ():
        for organisation, reviews in ask(user, meeting, organisations).items():
            found[organisation] += reviews
    keys = {item.pk: item.presented_by_id or 0 for item in reviewed}
    return [(item, found[keys[item.pk]] if item.pk in keys else []) for item in items]
