"""What a map of a place shows of each of its parts: activities, sure money, people trained."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from coordination.models import Boundary, Place
from workplans.models import Activity, ActivityEvent, Commitment, EventParticipants
from workplans.models.activity import ActivityQuerySet
from workplans.models.activity_event import ActivityEventQuerySet

from .tile_layouts import TILES

# The least counts of the classes after the first; a class is a shade, and its count stands in it.
STEPS = (1, 5, 10)
# How many trained persons make a critical mass, where the reader asks for no other number (B22).
CRITICAL_MASS = 20


class Show(TextChoices):
    ACTIVITIES = "activities", _("Activities")
    UNFUNDED = "unfunded", _("Activities without confirmed money")
    TRAINED = "trained", _("Participants of trainings")


@dataclass(frozen=True)
class MapPlace:
    """A part of the place with its counts, and where it stands on the map of tiles."""

    place: Place
    activities: int
    unfunded: int
    count: int
    shade: int
    tile: tuple[int, int] | None
    boundary: Boundary | None


@dataclass(frozen=True)
class CountryMap:
    """The parts of a country, or of a part of it, as a map shows them."""

    country: Place
    show: Show
    steps: tuple[int, ...]
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
    def counted(self) -> list[MapPlace]:
        """Those where there is something, the most first."""
        return sorted((each for each in self.places if each.count), key=lambda one: -one.count)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Source and licence of the boundaries, each once."""
        found = [each.boundary for each in self.places if each.boundary is not None]
        return list(dict.fromkeys((each.source, each.licence) for each in found))


@dataclass(frozen=True)
class Trained:
    """Participants of trainings by the parts that they come from, by their paths.

    ``untold`` took part, and nobody has said where they come from.
    """

    by_part: dict[str, int]
    untold: int


def trained_in(place: Place, events: ActivityEventQuerySet) -> Trained:
    """Who took part in the trainings held among ``events``; at each training anew (R11)."""
    kind, state = ActivityEvent.Kind.TRAINING, ActivityEvent.State.HELD
    held = events.filter(kind=kind, state=state)
    rows = EventParticipants.objects.filter(event__in=held.values("pk"))
    counted = rows.annotate(count=F("women") + F("men") + F("not_stated"))
    by_part: defaultdict[str, int] = defaultdict(int)
    placed: defaultdict[int, int] = defaultdict(int)
    stated: defaultdict[int, int] = defaultdict(int)
    for event, path, count in counted.values_list("event", "place__path", "count"):
        stated[event] += count
        placed[event] += count if path else 0
        if part := _part(place, path):
            by_part[part] += count
    persons = held.values_list("pk", "persons")
    untold = sum(max((told or stated[pk]) - placed[pk], 0) for pk, told in persons)
    return Trained(dict(by_part), untold)


def _part(place: Place, path: str | None) -> str:
    """The path of the part of the place that the path lies in, or nothing."""
    if not path or not path.startswith(f"{place.path}/"):
        return ""
    return "/".join(path.split("/")[: place.path.count("/") + 2])


def map_of(
    country: Place,
    activities: ActivityQuerySet,
    show: Show,
    *,
    trained: Trained | None = None,
    least: int = CRITICAL_MASS,
) -> CountryMap:
    """Counts of ``activities``, cancelled and merged ones apart; takes four queries.

    Participants are shaded from ``least`` on.

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
        if part_path := _part(country, path):
            found[part_path].add(pk)
    people = trained.by_part if trained else {}
    steps = (least, 2 * least, 5 * least) if show == Show.TRAINED else STEPS
    layout = TILES.get(country.slug, {})
    places = []
    for part in country.children.select_related("boundary").order_by("name"):
        there = found[part.path]
        unfunded = len(there - funded)
        counts = {Show.UNFUNDED: unfunded, Show.TRAINED: people.get(part.path, 0)}
        count = counts.get(show, len(there))
        places.append(
            MapPlace(
                part,
                len(there),
                unfunded,
                count,
                sum(count >= step for step in steps),
                layout.get(part.code),
                getattr(part, "boundary", None),
            )
        )
    return CountryMap(country, show, steps, places)
