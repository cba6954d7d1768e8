"""Snapshots: everything that a paper says, frozen at one moment as canonical JSON (R21)."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, transaction


@dataclass(frozen=True)
class Snapshot:
    """Canonical JSON and what it is known by."""

    canonical: bytes

    @property
    def text(self) -> str:
        return self.canonical.decode()

    @cached_property
    def contents(self) -> dict[str, Any]:
        return dict(json.loads(self.canonical))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def cut_off(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.contents["cut_off"]["at"])


def canonical(contents: dict[str, Any]) -> bytes:
    """One way to write it: keys in order, no spaces, UTF-8, fractions only as text."""
    return json.dumps(
        contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction whose reads all see one state of the database."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def without_search_for_garbage() -> Iterator[None]:
    """What a snapshot is made of is in use until it is made: a search finds nothing."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()
