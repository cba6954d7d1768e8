"""Copying, counting and replacing a database of PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection
from psycopg2 import errors, sql

from .manifest import BackupRefused, Table, Tables

FILE = "database.dump"

# Rows are compared by their text, which must not depend on settings of one database. No limit on
# time: what is idle here waits for pg_dump.
SESSION = (
    "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex"
    " -c extra_float_digits=1 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
)


def copy_database(directory: Path) -> Tables:
    """Copy the database into the directory, and count its tables as at that very moment.

    One snapshot serves both, so that what others write meanwhile is in neither.
    """
    with closing(_connect(_database())) as source:
        source.set_session(isolation_level="REPEATABLE READ", readonly=True)
        [(snapshot,)] = _rows(source, "SELECT pg_export_snapshot()")
        _run(
            *("pg_dump", "--format=custom", "--no-owner", "--no-privileges"),
            *(f"--snapshot={snapshot}", f"--file={directory / FILE}", f"--dbname={_database()}"),
        )
        return _count(source)


@dataclass
class Copy:
    """A backup's database, loaded beside the portal's."""

    name: str

    def count(self) -> Tables:
        """Return what is in it."""
        with closing(_connect(self.name)) as copy:
            return _count(copy)

    def pairs(self, table: str, first: str, second: str) -> list[tuple[str, str]]:
        """Return two columns of a table."""
        query = sql.SQL("SELECT {}, {} FROM {}").format(
            *map(sql.Identifier, (first, second, table))
        )
        with closing(_connect(self.name)) as copy:
            return _rows(copy, query)

    def put_in_place(self) -> None:
        """Make it the portal's database; what was there is kept beside it as `…_replaced`."""
        connection.close()
        replaced = f"{_database()}_replaced"
        with closing(_connect_as_owner()) as server:
            _execute(server, "DROP DATABASE IF EXISTS {}", replaced)
            server.autocommit = False
            try:
                _execute(server, "ALTER DATABASE {} RENAME TO {}", _database(), replaced)
                _execute(server, "ALTER DATABASE {} RENAME TO {}", self.name, _database())
            except errors.ObjectInUse:
                raise BackupRefused(
                    "The database is in use: stop web, worker and scheduler first."
                ) from None
            server.commit()


@contextmanager
def loaded(directory: Path) -> Iterator[Copy]:
    """Load the backup's database beside the portal's; it is gone afterwards unless put in place."""
    name = f"{_database()}_restoring"
    with closing(_connect_as_owner()) as server:
        try:
            _execute(server, "DROP DATABASE IF EXISTS {}", name)
            _create_like(server, _database(), name)
        except errors.InsufficientPrivilege:
            user = connection.settings_dict["USER"]
            raise BackupRefused(
                f"A backup is restored at once to prove it, and {user} may not make a database for "
                f"that: ALTER ROLE {user} CREATEDB;"
            ) from None
        except errors.ObjectInUse:
            raise BackupRefused("Another backup or restore is under way.") from None
        try:
            _run(
                *("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--jobs=2"),
                *(f"--dbname={name}", str(directory / FILE)),
            )
            _analyze(name)
            yield Copy(name)
        finally:
            _execute(server, "DROP DATABASE IF EXISTS {}", name)


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _connect(name: str) -> Any:
    return psycopg2.connect(
        **(connection.get_connection_params() | {"dbname": name, "options": SESSION})
    )


def _connect_as_owner() -> Any:
    """Connect beside all databases, as one cannot be made or renamed from inside."""
    server = _connect("postgres")
    server.autocommit = True
    return server


def _create_like(server: Any, model: str, name: str) -> None:
    """Make an empty database that sorts and encodes as the model does."""
    found = _rows(
        server,
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
        " WHERE datname = %s",
        model,
    )
    if not found:
        user = connection.settings_dict["USER"]
        raise BackupRefused(f"Make the database first: CREATE DATABASE {model} OWNER {user};")
    [(encoding, collate, ctype)] = found
    with server.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}"
            ).format(sql.Identifier(name), *map(sql.Literal, (encoding, collate, ctype)))
        )


def _analyze(name: str) -> None:
    """Let the planner know the new database; a dump holds no statistics."""
    with closing(_connect(name)) as database:
        database.autocommit = True
        _execute(database, "ANALYZE")


def _count(database: Any) -> Tables:
    names = _rows(
        database, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    )
    return {name: _count_table(database, name) for (name,) in names}


def _count_table(database: Any, name: str) -> Table:
    """Count a table by a sum that does not depend on the order of its rows."""
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(('x' || encode(substr("
        "sha256(convert_to(counted_row::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric"
        "), 0) FROM {} AS counted_row"
    )
    [(rows, total)] = _rows(database, query.format(sql.Identifier(name)))
    return Table(rows, f"{int(total) % 2**64:016x}")


def _rows(database: Any, query: Any, *values: str) -> list[Any]:
    with database.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _execute(database: Any, statement: str, *names: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _run(tool: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL, the password not on its command line."""
    said = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
    }
    environment = {names[key]: str(value) for key, value in said.items() if key in names and value}
    try:
        subprocess.run(  # noqa: S603 - our own command line
            [tool, *arguments],
            env=os.environ | environment,
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise BackupRefused(f"{tool} is not installed (Debian: postgresql-client).") from None
    except subprocess.CalledProcessError as error:
        raise BackupRefused(f"{tool} failed: {error.stderr.strip()[-500:]}") from error
