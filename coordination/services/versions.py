"""Saving a thing that bears a version: the second of two editors is shown both texts (R27)."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import F


class Versioned(Protocol):
    """A model whose ``version`` rises with every edit."""

    version: Any

    def save(self, *, update_fields: list[str]) -> None: ...

    def refresh_from_db(self, *, fields: list[str]) -> None: ...


def save_next(thing: Versioned, *columns: str) -> None:
    """Save the columns as the thing's next version, which it knows afterwards."""
    thing.version = F("version") + 1
    thing.save(update_fields=[*columns, "version"])
    thing.refresh_from_db(fields=["version"])
