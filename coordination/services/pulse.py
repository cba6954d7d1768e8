"""Keeping the pulse: whatever changes something that a page may show leaves a row of it.

Every statement that Django sends is looked at, whether a service, the administration, an import or
a command sends it. (Who writes with other programs ends the web processes first.) What a visit
reads is noted the same way, so that a page is known by the tables that it tells of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from coordination.models import Pulse
from coordination.models.pulse import random_token

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]

OWN_TABLE = Pulse._meta.db_table
# What no page that is kept shows: who signed in last, how far work is and who holds it how long,
# and a file before something points at it, which then moves the pulse.
UNSEEN = re.compile(
    r'UPDATE "\w+" SET (?:"last_login"|"dispatched_at"|"stage" = %s, "lease_until") = %s WHERE'
    r'|INSERT INTO "coordination_storedfile"'
)
OURS = r"(?:coordination|committees|workplans|reporting)_\w+"
WRITING = re.compile(
    rf"\b(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+\"?({OURS})", re.IGNORECASE
)
# A name of ours that is no table's never has a beat.
NAMED = re.compile(rf"\b{OURS}", re.IGNORECASE)
# What is parted, so that who tells of one part need not hang on the others: what was done, by kinds
# of things; what stands behind values, by whether they wait for a verdict.
PARTED = {"coordination_event", "workplans_resultevidence"}
# The rows that stay when the oldest are swept away, and how many may gather above them.
KEPT, GATHERED = 200, 2000

# The databases that are known to have the table.
_known: set[str] = set()
# What was asked of the databases since the visit began; None outside of one.
_asked: ContextVar[list[str] | None] = ContextVar("asked", default=None)
# The table, and the part of it, that is written or read just now; None where nobody says.
_part: ContextVar[tuple[str, str] | None] = ContextVar("part", default=None)


def watch(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Look at every statement of a connection; receives ``connection_created``."""
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def begin_visit(*, environ: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Remember what is asked from now on, if it may be for a page; receives ``request_started``."""
    _asked.set([] if environ and environ["REQUEST_METHOD"] == "GET" else None)


@contextmanager
def part_of(table: str, part: object) -> Iterator[None]:
    """Within it only this part of a parted table is written, or read.

    Who reads a part hangs on it, and on what was written without saying of which part it is.
    """
    token = _part.set((table, f"{table}_of_{part}"))
    try:
        yield
    finally:
        _part.reset(token)


@contextmanager
def unheeded() -> Iterator[None]:
    """What is read within it, the page does not hang on: whoever asks can do with what was true."""
    token = _asked.set(None)
    try:
        yield
    finally:
        _asked.reset(token)


def tables_read() -> set[str]:
    """The tables of ours that this visit has read, or has named in a question."""
    return set(NAMED.findall("\n".join(_asked.get() or ())))


def tables_written(sql: str) -> set[str]:
    """The tables of ours that the statement writes into, those left out that no page tells of."""
    if sql.startswith("SELECT") or UNSEEN.match(sql):
        return set()
    return {table.lower() for table in WRITING.findall(sql)} - {OWN_TABLE}


def _note(  # noqa: PLR0917 - as Django calls it
    execute: Execute,
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - as Django calls it
    context: dict[str, Any],
) -> Any:
    asked = _asked.get()
    if asked is not None:
        asked.append(_by_parts(sql))
    written = tables_written(sql)
    if not written:
        return execute(sql, params, many, context)
    written |= {_part_written(table) for table in written & PARTED}
    connection = context["connection"]
    if connection.in_atomic_block:
        _beat(connection, written)
        return execute(sql, params, many, context)
    if connection.vendor == "sqlite" and " RETURNING " in sql:
        # It is committed when its answer was read, and the rows with it.
        answer = execute(sql, params, many, context)
        _beat(connection, written)
        return answer
    with transaction.atomic(connection.alias):
        _beat(connection, written)
        return execute(sql, params, many, context)


def _by_parts(sql: str) -> str:
    """The statement, which names the part of a table in the table's place."""
    if (parted := _part.get()) is None:
        return sql
    table, part = parted
    return re.sub(rf"\b{table}\b", f"{part} {table}_of_any", sql)


def _part_written(table: str) -> str:
    parted = _part.get()
    return parted[1] if parted is not None and parted[0] == table else f"{table}_of_any"


@dataclass(frozen=True)
class Beaten:
    """Stands in Django's list of what is to be called on commit, and does nothing there.

    That list forgets what a rollback undoes, as the database does: while it stands there, the
    transaction has its row for the table.
    """

    table: str

    def __call__(self) -> None:
        pass


def _beat(connection: BaseDatabaseWrapper, tables: set[str]) -> None:
    """Write the transaction's rows of the tables, but those that no savepoint took back."""
    there = {entry[1].table for entry in connection.run_on_commit if isinstance(entry[1], Beaten)}
    missing = sorted(tables - there)
    if not missing or not _has_table(connection):
        return  # or it is a migration that comes before it
    with connection.cursor() as cursor:
        for table in missing:
            cursor.execute(
                f'INSERT INTO {OWN_TABLE} ("table", token) VALUES (%s, %s)',  # noqa: S608 - our name
                [table, random_token()],
            )
            transaction.on_commit(Beaten(table), using=connection.alias)


def _has_table(connection: BaseDatabaseWrapper) -> bool:
    if connection.alias not in _known:
        with connection.cursor() as cursor:
            names = connection.introspection.table_names(cursor)
        _known.update({connection.alias} if OWN_TABLE in names else ())
    return connection.alias in _known


def sweep_pulse() -> None:
    """Take away the oldest rows when many have gathered. Every page is then composed anew once.

    For a table may have had no row before a change, and have none again after the sweep.
    """
    newest = Pulse.objects.order_by("-pk").values_list("pk", flat=True)
    if len(newest[: KEPT + GATHERED]) == KEPT + GATHERED:
        with transaction.atomic():
            Pulse.objects.filter(pk__lte=newest[KEPT]).delete()
            Pulse.objects.create(table=OWN_TABLE)
