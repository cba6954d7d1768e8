"""How long organisations were members, and where they report nothing (R4, R5), read once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coordination.models import (
    Mechanism,
    Membership,
    Period,
    Place,
    asked_once,
    path_and_above,
)
from workplans.models import Stream
from workplans.models.stream import frequencies_due_in


@dataclass(frozen=True)
class Term:
    """A time of membership in a mechanism, once for each place that it exempts, and why.

    ``path`` is None where the organisation reports for all places.
    """

    membership: int
    path: str | None
    reason: str
    joined_on: dt.date | None
    left_on: dt.date | None

    def holds_in(self, period: Period) -> bool:
        """Whether the membership was held for some time of the period."""
        return (self.joined_on is None or self.joined_on < period.ends_before) and (
            self.left_on is None or self.left_on >= period.starts_on
        )


# By the keys of mechanism and organisation.
Terms = dict[tuple[int, int], list[Term]]


def terms_of(mechanisms: Collection[int]) -> Terms:
    """Memberships, held or ended, with what they exempt, read once a page (decision 20)."""
    keys = frozenset(mechanisms)
    return asked_once(("terms of", keys), lambda: _terms_of(keys))


def _terms_of(mechanisms: Collection[int]) -> Terms:
    rows = Membership.objects.filter(mechanism__in=mechanisms).order_by("pk")
    found: Terms = defaultdict(list)
    for mechanism, organisation, key, path, reason, joined_on, left_on in rows.values_list(
        "mechanism", "organisation", "pk", "exempt_places__path", "exemption_reason", "joined_on",
        "left_on",
    ):  # fmt: skip
        found[mechanism, organisation].append(Term(key, path, reason, joined_on, left_on))
    return dict(found)


def was_member(terms: Collection[Term], period: Period) -> bool:
    """Whether one of the terms holds in the period. Who never was a member reports all the same."""
    return not terms or any(term.holds_in(period) for term in terms)


def exempt_paths(terms: Collection[Term], period: Period) -> set[str]:
    """The places for which, with all below them, nothing is owed on the period."""
    return {term.path for term in terms if term.path is not None and term.holds_in(period)}


def who_owes(
    terms: Terms, mechanisms: Iterable[Mechanism], period: Period, place: Place
) -> set[tuple[int, int]]:
    """Who owes a value in the place, by the keys of mechanism and organisation; one query.

    Those whose streams `StreamQuerySet.owed_to` finds there. The mechanisms come with their
    calendars, the terms are theirs.
    """
    due = {each.pk: frequencies_due_in(period, each.calendar) for each in mechanisms}
    streams = Stream.objects.filter(version__indicator__mechanism__in=due).within(place)
    rows = streams.running_in(period).values_list(
        "version__indicator__mechanism", "organisation", "version__frequency", "place__path"
    )
    found = set()
    for mechanism, organisation, frequency, path in rows.distinct():
        held = terms.get((mechanism, organisation), [])
        if (
            frequency in due[mechanism]
            and was_member(held, period)
            and exempt_paths(held, period).isdisjoint(path_and_above(path))
        ):
            found.add((mechanism, organisation))
    return found
