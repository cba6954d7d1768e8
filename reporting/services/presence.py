"""Presence: who does what where (3W), and where nobody is known to do anything.

A 3W shows operational presence only; an empty place is a possible gap, not a proven need.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from coordination.models import Organisation, Place, Sector
from workplans.models import Activity
from workplans.models.plan import ActivityQuerySet


@dataclass(frozen=True)
class SubPlace:
    """A part of a place with the number of activities in it; 0 is a possible gap."""

    place: Place
    activities: int


@dataclass(frozen=True)
class Presence:
    """Which organisations lead how many activities in a sector; the most active first."""

    sector: Sector | None
    leads: list[tuple[Organisation, int]]

    @property
    def activities(self) -> int:
        return sum(count for _organisation, count in self.leads)


def presence_by_sector(activities: Iterable[Activity]) -> list[Presence]:
    """The matrix of sectors and lead organisations, as rows; work without a sector comes last."""
    counts: dict[Sector | None, dict[Organisation, int]] = defaultdict(lambda: defaultdict(int))
    for activity in activities:
        counts[activity.sector][activity.lead] += 1
    sectors = sorted(counts, key=lambda sector: (sector is None, str(sector)))
    return [
        Presence(sector, sorted(counts[sector].items(), key=lambda item: (-item[1], str(item[0]))))
        for sector in sectors
    ]


def sub_places(place: Place, activities: ActivityQuerySet) -> list[SubPlace]:
    """The parts of a place, each with its number of activities; an activity counts once a part."""
    parts = list(place.children.order_by("name"))
    rows = activities.values_list("pk", "places__path").distinct()
    found: dict[str, set[int]] = defaultdict(set)
    for activity, path in rows:
        if path and path.startswith(f"{place.path}/"):
            part = path[len(place.path) + 1 :].split("/", 1)[0]
            found[part].add(activity)
    return [SubPlace(part, len(found[part.slug])) for part in parts]
