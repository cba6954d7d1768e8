"""Copying, counting and replacing a database of SQLite."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from .manifest import BackupRefused, Table, Tables

FILE = "database.sqlite3"


def copy_database(directory: Path) -> Tables:
    """Copy the database into the directory, and count its tables as at that very moment.

    One read transaction serves both, so that what others write meanwhile is in neither.
    """
    with closing(_open(_database())) as source, closing(_open(directory / FILE)) as target:
        source.execute("BEGIN")
        tables = _count(source)
        source.backup(target)
        source.execute("COMMIT")
    return tables


@dataclass
class Copy:
    """A backup's database, loaded beside the portal's."""

    path: Path

    def count(self) -> Tables:
        """Return what is in it. Raise BackupRefused where SQLite finds it damaged."""
        with closing(_open(self.path)) as copy:
            said = copy.execute("PRAGMA integrity_check").fetchall()
            astray = copy.execute("PRAGMA foreign_key_check").fetchall()
            if said != [("ok",)] or astray:
                raise BackupRefused("The copied database is damaged.")
            return _count(copy)

    def pairs(self, table: str, first: str, second: str) -> list[tuple[str, str]]:
        """Return two columns of a table."""
        with closing(_open(self.path)) as copy:
            return copy.execute(f'SELECT "{first}", "{second}" FROM "{table}"').fetchall()  # noqa: S608 - our names

    def put_in_place(self) -> None:
        """Make it the portal's database; what was there is kept beside it as `….replaced`."""
        connection.close()
        database = _database()
        if database.exists():
            _close_for_others(database)
            replaced = database.with_name(database.name + ".replaced")
            replaced.unlink(missing_ok=True)
            os.link(database, replaced)
        database.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(database)


@contextmanager
def loaded(directory: Path) -> Iterator[Copy]:
    """Load the backup's database beside the portal's; it is gone afterwards unless put in place."""
    path = _database().with_name(_database().name + ".restoring")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(directory / FILE, path)
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        yield Copy(path)
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"The copied database is damaged: {error}") from error
    finally:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _database() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=20, isolation_level=None)


def _count(database: sqlite3.Connection) -> Tables:
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {name: _count_table(database, name) for (name,) in sorted(names)}


def _count_table(database: sqlite3.Connection, name: str) -> Table:
    rows = total = 0
    for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - the database's own name
        rows += 1
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8], "big")
    return Table(rows, f"{total % 2**64:016x}")


def _close_for_others(database: Path) -> None:
    """Bring the log of the old database into it, which SQLite does only for who is alone with it.

    The new database must not be read with the log of the old one.
    """
    try:
        with closing(sqlite3.connect(database, timeout=1)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise BackupRefused(
            "The database is in use: stop web, worker and scheduler first."
        ) from error
    except sqlite3.DatabaseError:
        # Not readable any more, which is why it is replaced.
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
