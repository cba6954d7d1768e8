"""What is asked of an engine, and the module that knows the one of the portal's database."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, cast

from django.db import connection

from . import postgresql, sqlite
from .manifest import Tables


class Copy(Protocol):
    """A backup's database, loaded beside the portal's."""

    def count(self) -> Tables:
        """Return what is in it."""

    def pairs(self, table: str, first: str, second: str) -> list[tuple[str, str]]:
        """Return two columns of a table."""

    def put_in_place(self) -> None:
        """Make it the portal's database, and keep what was there beside it."""


class Engine(Protocol):
    """How the databases of one kind are copied and loaded. FILE is a copy's name in a backup."""

    FILE: str

    def copy_database(self, directory: Path) -> Tables:
        """Copy the database into the directory, and count its tables as at that very moment."""

    def loaded(self, directory: Path) -> AbstractContextManager[Copy]:
        """Load the backup's database beside the portal's, for as long as the context lasts."""


def engine() -> Engine:
    """Return the engine of the portal's database."""
    return cast("Engine", sqlite if connection.vendor == "sqlite" else postgresql)
