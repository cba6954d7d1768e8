"""What a map of a country shows of each of its parts: activities, or those without sure money."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from coordination.models import Boundary, Place
from workplans.models import Activity, Commitment
from workplans.models.activity import ActivityQuerySet

from .tile_layouts import TILES

# The least counts of the classes after "none"; a class is a shade, and its count is written in it.
STEPS = (1, 5, 10)


class Show(TextChoices):
    ACTIVITIES = "activities", _("Activities")
    UNFUNDED = "unfunded", _("Activities without confirmed money")


@dataclass(frozen=True)
class MapPlace:
    """A part of the country with its counts, and where it stands on the map of tiles."""

    place: Place
    activities: int
    unfunded: int
    count: int
    tile: tuple[int, int] | None
    boundary: Boundary | None

    @property
    def shade(self) -> int:
        """0 for none, then rising with the count."""
        return sum(self.count >= step for step in STEPS)


@dataclass(frozen=True)
class CountryMap:
    """The parts of a country as a map shows them."""

    country: Place
    show: Show
    places: list[MapPlace]

    @property
    def tiles(self) -> list[MapPlace]:
        """Those that stand on the schematic map."""
        return [each for each in self.places if each.tile is not None]

    @property
    def outlined(self) -> list[MapPlace]:
        """Those with a boundary."""
        return [each for each in self.places if each.boundary is not None]

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Source and licence of the boundaries, each once."""
        found = [each.boundary for each in self.places if each.boundary is not None]
        return list(dict.fromkeys((each.source, each.licence) for each in found))


def map_of(country: Place, activities: ActivityQuerySet, show: Show) -> CountryMap:
    """Counts of ``activities``, cancelled and merged ones apart; takes four queries.

    Money is sure where a part of a commitment is confirmed, or was released before it was
    withdrawn.
    """
    live = activities.exclude(status__in=Activity.LEFT_OUT)
    sure = Commitment.objects.filter(Q(confirmed_minor__gt=0)).exclude(
        Q(state=Commitment.State.WITHDRAWN, released_minor=0)
    )
    funded = set(sure.filter(activity__in=live.values("pk")).values_list("activity", flat=True))
    found: defaultdict[str, set[int]] = defaultdict(set)
    for pk, path in live.values_list("pk", "places__path"):
        if path and "/" in path:
            found["/".join(path.split("/")[:2])].add(pk)
    layout = TILES.get(country.slug, {})
    places = []
    for part in country.children.select_related("boundary").order_by("name"):
        there = found[part.path]
        unfunded = len(there - funded)
        places.append(
            MapPlace(
                part,
                len(there),
                unfunded,
                unfunded if show == Show.UNFUNDED else len(there),
                layout.get(part.code),
                getattr(part, "boundary", None),
            )
        )
    return CountryMap(country, show, places)
