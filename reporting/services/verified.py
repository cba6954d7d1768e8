"""How many of a quarter's values are verified, and with whom the others lie (R3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from coordination.models import Mechanism, Period, Place
from workplans.models import Result


@dataclass(frozen=True)
class Verified:
    """Values of one quarter by what they wait for.

    ``waiting`` counts by the place whose official verifies them, ``returned`` by the organisation
    that has them back; both by name, in order.
    """

    count: int
    waiting: dict[str, int]
    returned: dict[str, int]

    @property
    def outstanding(self) -> int:
        """Values that were reported and count nowhere yet."""
        return sum(self.waiting.values()) + sum(self.returned.values())

    @property
    def reported(self) -> int:
        return self.count + self.outstanding

    def as_row(self) -> dict[str, Any]:
        """As a snapshot keeps it."""
        return {
            "verified": self.count,
            "reported": self.reported,
            "waiting": listed(self.waiting),
            "returned": listed(self.returned),
        }


def listed(counts: dict[str, int]) -> str:
    """Names with their numbers: "Kitui 12, Makueni 3"."""
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def verified_of(mechanism: Mechanism, period: Period, *, place: Place | None = None) -> Verified:
    """Count the quarter's values, of everyone or for one place. Takes one query."""
    results = Result.objects.of_mechanism(mechanism).filter(period=period)
    if place:
        results = results.within(place)
    state = Result.State
    rows = (
        results.filter(state__in=[state.VERIFIED, state.SUBMITTED, state.RETURNED])
        .values_list("state", "stream__place__name", "stream__organisation__short_name")
        .annotate(number=Count("pk"))
    )
    count, waiting, returned = 0, Counter[str](), Counter[str]()
    for of, where, whose, number in rows:
        if of == state.VERIFIED:
            count += number
        elif of == state.SUBMITTED:
            waiting[where] += number
        else:
            returned[whose] += number
    return Verified(count, dict(sorted(waiting.items())), dict(sorted(returned.items())))
