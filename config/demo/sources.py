"""Reading the demo's YAML files, and finding what they name by its address part."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from coordination.models import FiscalCalendar, Mechanism, Organisation, Period, Place, Sector
from workplans.services.quantities import Amount

DATA = Path(__file__).with_name("data")
PICTURES = Path(__file__).with_name("pictures")


@cache
def read(name: str) -> Any:
    """The content of ``data/<name>.yaml``."""
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def mechanism_files() -> list[dict[str, Any]]:
    """One entry a mechanism, with everything that its document says of it."""
    files = [read(name) for name in ("sek", "preg", "brace", "lead", "dfgg")]
    return [entry for file in files for entry in file.get("mechanisms", [file])]


def place(path: str) -> Place:
    return Place.objects.get(path=path)


def places(paths: list[str]) -> list[Place]:
    return [place(path) for path in paths]


def organisation(slug: str) -> Organisation:
    return Organisation.objects.get(slug=slug)


def organisations(slugs: list[str]) -> list[Organisation]:
    return [organisation(slug) for slug in slugs]


def mechanism(slug: str) -> Mechanism:
    return Mechanism.objects.select_related("calendar", "country").get(slug=slug)


def period(code: str) -> Period:
    return Period.objects.get(code=code)


def calendar(key: str) -> FiscalCalendar:
    return FiscalCalendar.objects.get(key=key)


def sector(address: str) -> Sector:
    """The sector of "scheme/code"."""
    scheme, code = address.split("/")
    return Sector.objects.get(scheme__key=scheme, code=code)


def amount(written: object) -> Amount:
    """A value, or the numerator and denominator of "158/512"."""
    numerator, _slash, denominator = str(written).partition("/")
    return Amount(Decimal(numerator), Decimal(denominator) if denominator else None)


def moment(written: str, in_mechanism: Mechanism) -> dt.datetime:
    """The moment of "2021-01-26 09:45" on the clock of the mechanism."""
    return dt.datetime.fromisoformat(written).replace(tzinfo=in_mechanism.zone)
