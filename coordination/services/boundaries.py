"""Boundaries from GeoJSON: checked, simplified, and kept with their source and licence."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Boundary, Place, User
from coordination.models.boundary import PARTS_OF_DEGREE
from coordination.services.events import record

from .refusals import Refusal

MAX_BYTES = 5 * 1024 * 1024
MAX_FEATURES = 500
MAX_POINTS = 200_000
# All places of a country together: a page that a phone can load.
KEPT_POINTS = 12_000
# The least detail that is kept, as a part of the whole map's width.
DETAIL = 1 / 1500
# A ring closes: its first point is its last.
RING = 4
LIMITS = (180, 90)
CODE_KEYS = ("code", "iso", "iso_3166_2", "shapeiso", "adm1_pcode", "hasc_1")
NAME_KEYS = ("name", "shapename", "county", "county_nam", "adm1_en", "name_1")

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]


class BoundariesRefused(Refusal):
    """Carries a sentence that says what is wrong with the file."""


@transaction.atomic
def import_boundaries(
    country: Place,
    content: bytes,
    *,
    by: User,
    source: str,
    licence: str,
    at: dt.datetime | None = None,
) -> list[Boundary]:
    """The boundaries of the file in place of those that were there; all of them or none.

    Raises BoundariesRefused with a sentence.
    """
    now = at or timezone.now()
    country = Place.objects.select_for_update().get(pk=country.pk)
    outlines = simplified(dict(outlines_of(read(content), country)))
    Boundary.objects.filter(place__in=outlines).delete()
    rows = [
        Boundary(
            place=place,
            polygons=polygons,
            source=source,
            licence=licence,
            imported_by=by,
            imported_at=now,
        )
        for place, polygons in outlines.items()
    ]
    for row in rows:
        row.full_clean()
    Boundary.objects.bulk_create(rows)
    changes = {"boundaries": ["", len(rows)]}
    note = f"{source} ({licence})"
    record("coordination.boundaries_imported", country, by=by, changes=changes, note=note, at=now)
    return rows


def read(content: bytes) -> list[dict[str, Any]]:
    """The features of the file. Raises BoundariesRefused."""
    if len(content) > MAX_BYTES:
        raise BoundariesRefused(_("The file is larger than 5 MB. Simplify it first."))
    try:
        data = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BoundariesRefused(_("This is no GeoJSON: it cannot be read.")) from None
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or data.get("type") != "FeatureCollection":
        raise BoundariesRefused(_("Give a GeoJSON file that is a FeatureCollection."))
    if not 0 < len(features) <= MAX_FEATURES or not all(isinstance(f, dict) for f in features):
        words = {"most": MAX_FEATURES}
        raise BoundariesRefused(_("The file holds no feature, or more than %(most)d.") % words)
    return features


def outlines_of(
    features: Iterable[dict[str, Any]], country: Place
) -> Iterator[tuple[Place, list[Polygon]]]:
    """Each place next below the country with its polygons. Raises BoundariesRefused."""
    children = list(country.children.all())
    by_code = {place.code.casefold(): place for place in children if place.code}
    by_name = {place.name.casefold(): place for place in children}
    seen: set[int] = set()
    unknown, points = [], 0
    for number, feature in enumerate(features, start=1):
        said = {
            str(key).casefold(): str(value).strip()
            for key, value in (feature.get("properties") or {}).items()
        }
        place = _named(said, CODE_KEYS, by_code) or _named(said, NAME_KEYS, by_name)
        if place is None:
            unknown.append(next((said[key] for key in NAME_KEYS if key in said), f"#{number}"))
            continue
        if place.pk in seen:
            raise BoundariesRefused(_("%(place)s is in the file twice.") % {"place": place})
        seen.add(place.pk)
        polygons = _polygons(feature.get("geometry"), place)
        points += sum(len(ring) for polygon in polygons for ring in polygon)
        if points > MAX_POINTS:
            raise BoundariesRefused(_("The outlines have too many points. Simplify them first."))
        yield place, polygons
    if unknown:
        words = {"country": country, "names": ", ".join(unknown[:5])}
        raise BoundariesRefused(
            _("Not known as a part of %(country)s, by code or name: %(names)s.") % words
        )


def simplified(outlines: dict[Place, list[Polygon]]) -> dict[Place, list[Any]]:
    """Each outline with as few points as a page needs, in whole parts of a degree."""
    points = [
        p for polygons in outlines.values() for poly in polygons for ring in poly for p in ring
    ]
    width = max(max(x for x, _y in points) - min(x for x, _y in points), 1e-6)
    detail = width * DETAIL
    while True:
        thinned = {place: _thin(polygons, detail) for place, polygons in outlines.items()}
        kept = sum(len(ring) for found in thinned.values() for poly in found for ring in poly)
        if kept <= KEPT_POINTS:
            return {
                place: [[[_whole(point) for point in ring] for ring in poly] for poly in found]
                for place, found in thinned.items()
            }
        detail *= 1.5


def thin_ring(ring: Ring, detail: float) -> Ring:
    """The ring without points that lie nearer than ``detail`` to the line (Douglas and Peucker)."""
    keep = {0, len(ring) - 1}
    # A ring closes: cut at the point farthest from its first, for both ends are one point.
    farthest = max(range(len(ring)), key=lambda n: math.dist(ring[n], ring[0]))
    spans = [(0, farthest), (farthest, len(ring) - 1)]
    keep.add(farthest)
    while spans:
        first, last = spans.pop()
        if last - first < 2:  # noqa: PLR2004 - nothing lies between
            continue
        away = [
            (_distance(ring[number], ring[first], ring[last]), number)
            for number in range(first + 1, last)
        ]
        most, number = max(away)
        if most > detail:
            keep.add(number)
            spans += [(first, number), (number, last)]
    return [ring[number] for number in sorted(keep)]


def _thin(polygons: list[Polygon], detail: float) -> list[Polygon]:
    """Polygons of which something is left; of islands too small for the map, the largest."""
    thinned = [[thin_ring(ring, detail) for ring in polygon] for polygon in polygons]
    whole = [
        [ring for number, ring in enumerate(polygon) if number == 0 or len(ring) >= RING]
        for polygon in thinned
        if len(polygon[0]) >= RING
    ]
    return whole or [[max((polygon[0] for polygon in polygons), key=len)]]


def _polygons(geometry: Any, place: Place) -> list[Polygon]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    parts: Any = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind), [])
    try:
        found = [[[_point(p) for p in ring] for ring in part] for part in parts]
    except (TypeError, ValueError):
        found = []
    is_whole = all(
        part and all(len(ring) >= RING and ring[0] == ring[-1] for ring in part) for part in found
    )
    if not found or not is_whole:
        raise BoundariesRefused(
            _("The outline of %(place)s is no polygon of closed rings in degrees.")
            % {"place": place}
        )
    return found


def _point(value: Any) -> Point:
    """East and north in degrees; raises TypeError or ValueError for anything else."""
    east, north = value[0], value[1]
    if isinstance(east, bool) or isinstance(north, bool) or isinstance(value, str):
        raise TypeError
    point = float(east), float(north)
    if not all(abs(part) <= limit for part, limit in zip(point, LIMITS, strict=True)):
        raise ValueError
    return point


def _whole(point: Point) -> list[int]:
    return [round(part * PARTS_OF_DEGREE) for part in point]


def _distance(point: Point, start: Point, end: Point) -> float:
    """How far the point lies from the line between two others."""
    length = math.dist(start, end)
    if not length:
        return math.dist(point, start)
    area = (end[0] - start[0]) * (start[1] - point[1]) - (start[0] - point[0]) * (end[1] - start[1])
    return abs(area) / length


def _named(said: dict[str, str], keys: Iterable[str], places: dict[str, Place]) -> Place | None:
    for key in keys:
        if found := places.get(said.get(key, "").casefold()):
            return found
    return None


def _no_number(name: str) -> float:
    raise ValueError(name)
