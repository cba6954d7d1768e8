"""Boundaries from GeoJSON: checked, simplified, and kept with their source and licence."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Boundary, Place, User
from coordination.models.boundary import PARTS_OF_DEGREE
from coordination.services import confinement
from coordination.services.events import record

from .outlines import CORNERS, Point, Polygon, enclosed, simplified
from .refusals import Refusal

SCRIPT = Path(__file__).with_name("boundaries_script.py")
CPU_SECONDS, WALL_SECONDS, MEMORY_BYTES = 10, 20, 512 * 1024 * 1024
MAX_BYTES = 5 * 1024 * 1024
MAX_FEATURES = 500
MAX_POINTS = 200_000
# All places of a country together: a page that a phone can load.
KEPT_POINTS = 12_000
# The least detail that is kept, as a part of the whole map's width.
DETAIL = 1 / 1500
# A ring closes: its first point is its last.
RING = CORNERS + 1
LIMITS = (180, 90)
# As much of a name that nobody knows as a sentence has room for.
NAME_LENGTH = 40
CODE_KEYS = ("code", "iso", "iso_3166_2", "shapeiso", "adm1_pcode", "hasc_1")
NAME_KEYS = ("name", "shapename", "county", "county_nam", "adm1_en", "name_1")
REASONS = {
    "unreadable": _("This is no GeoJSON: it cannot be read."),
    "collection": _("Give a GeoJSON file that is a FeatureCollection."),
    "features": _("The file holds no feature, or more than %(most)d."),
    "points": _("The outlines have too many points. Simplify them first."),
}


class BoundariesRefused(Refusal):
    """Carries a sentence that says what is wrong with the file."""


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
    features = read(content)
    return _import(country, features, by=by, source=source, licence=licence, at=at)


@transaction.atomic
def _import(
    country: Place,
    features: list[dict[str, Any]],
    *,
    by: User,
    source: str,
    licence: str,
    at: dt.datetime | None,
) -> list[Boundary]:
    now = at or timezone.now()
    country = Place.objects.select_for_update().get(pk=country.pk)
    found = dict(outlines_of(features, country))
    outlines = simplified(found, most=KEPT_POINTS, detail=DETAIL)
    Boundary.objects.filter(place__in=outlines).delete()
    rows = [
        Boundary(
            place=place,
            polygons=[[[_whole(point) for point in ring] for ring in poly] for poly in polygons],
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


@transaction.atomic
def drop_boundaries(country: Place, *, by: User, reason: str, at: dt.datetime | None = None) -> int:
    """Take out the boundaries of all parts of the country; returns how many.

    Raises BoundariesRefused if none is in.
    """
    country = Place.objects.select_for_update().get(pk=country.pk)
    gone, _rows = Boundary.objects.of_parts_of(country).delete()
    if not gone:
        raise BoundariesRefused(_("No boundary is in any more."))
    changes = {"boundaries": [gone, ""]}
    record("coordination.boundaries_dropped", country, by=by, changes=changes, note=reason, at=at)
    return gone


def read(content: bytes) -> list[dict[str, Any]]:
    """The features of the file, of the size that the portal works on. Raises BoundariesRefused.

    Takes a moment, so it is called outside a transaction.
    """
    if len(content) > MAX_BYTES:
        raise BoundariesRefused(_("The file is larger than 5 MB. Simplify it first."))
    try:
        answer = confinement.run(
            SCRIPT,
            content,
            arguments=[str(MAX_FEATURES), str(MAX_POINTS)],
            cpu_seconds=CPU_SECONDS,
            wall_seconds=WALL_SECONDS,
            memory_bytes=MEMORY_BYTES,
        )
    except confinement.ConfinedFailure as failure:
        word = failure.complaint.rpartition("\n")[2]
        sentence = REASONS.get(word, REASONS["unreadable"])
        raise BoundariesRefused(sentence % {"most": MAX_FEATURES}) from failure
    features: list[dict[str, Any]] = json.loads(answer)
    return features


def outlines_of(
    features: Iterable[dict[str, Any]], country: Place
) -> Iterator[tuple[Place, list[Polygon]]]:
    """Each place next below the country with its polygons. Raises BoundariesRefused."""
    children = list(country.children.select_related("level"))
    by_code = {place.code.casefold(): place for place in children if place.code}
    by_name = {plain(word): place for place in children for word in (place.slug, place.name)}
    levels = {plain(place.level.name) for place in children}
    seen: set[int] = set()
    unknown, points = [], 0
    for number, feature in enumerate(features, start=1):
        said = _properties(feature)
        place = _coded(said, by_code) or _named(said, by_name, levels)
        if place is None:
            unknown.append(next((said[key] for key in NAME_KEYS if said.get(key)), f"#{number}"))
            continue
        if place.pk in seen:
            raise BoundariesRefused(_("%(place)s is in the file twice.") % {"place": place})
        seen.add(place.pk)
        polygons = _polygons(feature.get("geometry"), place)
        points += sum(len(ring) for polygon in polygons for ring in polygon)
        if points > MAX_POINTS:
            raise BoundariesRefused(REASONS["points"])
        yield place, polygons
    if unknown:
        words = {"country": country, "names": ", ".join(unknown[:5])}
        raise BoundariesRefused(
            _("Not known as a part of %(country)s, by code or name: %(names)s.") % words
        )


def _polygons(geometry: Any, place: Place) -> list[Polygon]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    parts: Any = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind), [])
    try:
        found = [[[_point(p) for p in ring] for ring in part] for part in parts]
    except (ArithmeticError, LookupError, TypeError, ValueError):
        found = []
    is_whole = all(
        part and all(len(ring) >= RING and ring[0] == ring[-1] for ring in part) for part in found
    )
    # A sliver that encloses nothing is left out; a place of nothing else has no outline.
    found = [part for part in found if is_whole and enclosed(part[0])]
    if not found:
        raise BoundariesRefused(
            _("The outline of %(place)s is no polygon of closed rings in degrees.")
            % {"place": place}
        )
    return found


def _point(value: Any) -> Point:
    """East and north in degrees; raises one of Python's own errors for anything else."""
    east, north = value[0], value[1]
    if isinstance(east, bool) or isinstance(north, bool) or isinstance(value, str):
        raise TypeError
    point = float(east), float(north)
    if not all(abs(part) <= limit for part, limit in zip(point, LIMITS, strict=True)):
        raise ValueError
    return point


def _whole(point: Point) -> list[int]:
    return [round(part * PARTS_OF_DEGREE) for part in point]


def plain(name: str) -> str:
    """The letters of a name alone: files write Taita-Taveta, TAITA TAVETA and Murang’a."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _properties(feature: dict[str, Any]) -> dict[str, str]:
    """What a feature says of itself, by keys in lower case, in words fit to be shown."""
    said = feature.get("properties")
    pairs = said.items() if isinstance(said, dict) else ()
    words = {str(key).casefold(): _printable(str(value)) for key, value in pairs}
    return {key: value.strip()[:NAME_LENGTH] for key, value in words.items()}


def _printable(words: str) -> str:
    """The words without control signs and halves of a sign, which no page can bear."""
    return "".join(sign for sign in words if unicodedata.category(sign)[0] != "C")


def _coded(said: dict[str, str], places: dict[str, Place]) -> Place | None:
    found = (places.get(said.get(key, "").casefold()) for key in CODE_KEYS)
    return next((place for place in found if place), None)


def _named(said: dict[str, str], places: dict[str, Place], levels: set[str]) -> Place | None:
    """The place of that name, also where the file says its level with it: Kitui County."""
    for key in NAME_KEYS:
        name = plain(said.get(key, ""))
        for level in ("", *levels):
            if found := places.get(name.removesuffix(level)):
                return found
    return None
