"""Reference data that every portal begins with: places, calendars, quarters, sectors.

Each row has a key. Loading adds what is not there yet and leaves the rest as it stands, so that it
can run at every upgrade and never undoes what an administrator has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.text import slugify

from coordination.models import (
    FiscalCalendar,
    Period,
    Place,
    PlaceLevel,
    Sector,
    SectorScheme,
    add_months,
    within_path,
)
from coordination.models.period import MONTHS_IN_QUARTER

REFERENCE = Path(__file__).parent.parent / "reference"
COUNTRIES = ("cambodia", "kenya", "pakistan")
FIRST_YEAR, LAST_YEAR = 2017, 2030


@dataclass(frozen=True)
class Added:
    """How many rows were added of each kind."""

    places: int
    calendars: int
    periods: int
    sectors: int
    # Of other apps, by what they call them.
    others: dict[str, int] = field(default_factory=dict)


Loader = Callable[[], int]
_loaders: dict[str, Loader] = {}


def register_reference(name: str) -> Callable[[Loader], Loader]:
    """Load by this function too, after everything here; it says how many ``name`` it added."""

    def register(loader: Loader) -> Loader:
        _loaders[name] = loader
        return loader

    return register


@transaction.atomic
def load_reference() -> Added:
    """Add the reference rows that are missing, and say how many."""
    return Added(
        places=sum(_load_country(_read(name)) for name in COUNTRIES),
        calendars=_load_calendars(_read("calendars")),
        periods=_load_periods(),
        sectors=_load_sectors(_read("sectors")),
        others={name: load() for name, load in _loaders.items()},
    )


def slug_of(name: str) -> str:
    """The address part of a place: "Wote/Nziu" is "wote-nziu", "Murang'a" is "muranga"."""
    return slugify(name.replace("/", "-"))


def _read(name: str) -> Any:
    return yaml.safe_load((REFERENCE / f"{name}.yaml").read_text(encoding="utf-8"))


def _load_country(country: dict[str, Any]) -> int:
    levels = [
        PlaceLevel.objects.get_or_create(
            country_code=country["code"], depth=depth, defaults={"name": name, "plural": plural}
        )[0]
        for depth, (name, plural) in enumerate(country["levels"])
    ]
    country_path = within_path(country["slug"])
    known = {place.path: place for place in Place.objects.filter(country_path)}
    before = len(known)
    for path, entry in _walk(country, ""):
        if path not in known:
            parent, _slash, slug = path.rpartition("/")
            known[path] = Place.objects.create(
                path=path,
                slug=slug,
                name=entry["name"],
                code=entry.get("code", ""),
                level=levels[path.count("/")],
                parent=known.get(parent),
            )
    return len(known) - before


def _walk(entry: Any, above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each place of the tree with its path, parents first; a plain name is a place too."""
    place = entry if isinstance(entry, dict) else {"name": entry}
    path = above + place.get("slug", slug_of(place["name"]))
    yield path, place
    for below in place.get("places", []):
        yield from _walk(below, f"{path}/")


def _load_calendars(rows: list[dict[str, Any]]) -> int:
    return sum(
        FiscalCalendar.objects.get_or_create(key=row["key"], defaults=row)[1] for row in rows
    )


def _load_periods() -> int:
    known = set(Period.objects.values_list("code", flat=True))
    quarters = [
        (f"{year}-q{quarter}", dt.date(year, (quarter - 1) * MONTHS_IN_QUARTER + 1, 1))
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for quarter in (1, 2, 3, 4)
    ]
    missing = [
        Period(code=code, starts_on=first, ends_before=add_months(first, MONTHS_IN_QUARTER))
        for code, first in quarters
        if code not in known
    ]
    return len(Period.objects.bulk_create(missing))


def _load_sectors(schemes: list[dict[str, Any]]) -> int:
    """Add sectors, then the mappings of those that are new: all must be there to be mapped to."""
    new: dict[str, list[str]] = {}
    known: dict[str, Sector] = {}
    for row in schemes:
        scheme, _created = SectorScheme.objects.get_or_create(
            key=row["key"], defaults={"name": row["name"]}
        )
        for position, entry in enumerate(row["sectors"], start=1):
            address = f"{row['key']}/{entry['code']}"
            known[address], created = Sector.objects.get_or_create(
                scheme=scheme,
                code=entry["code"],
                defaults={"name": entry["name"], "position": position},
            )
            if created:
                new[address] = entry.get("maps_to", [])
    for address, others in new.items():
        known[address].maps_to.set([known[other] for other in others])
    return len(new)
