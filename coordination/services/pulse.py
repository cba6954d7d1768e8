"""Keeping the pulse: whatever changes something that a page may show leaves a row of it.

Every statement that Django sends is looked at, whether a service, the administration, an import or
a command sends it. (Who writes with other programs ends the web processes first.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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
# What is parted, so that who tells of one part need not ask again when others change: a page of
# figures reads thousands of totals, and each verified value of any mechanism changes some.
PARTED = {"reporting_total"}
# The rows that stay when the oldest are swept away, and how many may gather above them.
KEPT, GATHERED = 200, 2000

# The databases that are known to have the table.
_known: set[str] = set()
# The table, and the parts of it, that are written or read just now; None where nobody says.
_parts: ContextVar[tuple[str, frozenset[str]] | None] = ContextVar("parts", default=None)


@contextmanager
def parts_of(table: str, parts: Iterable[object]) -> Iterator[None]:
    """Within it only these parts of a parted table are written, or read.

    Who reads a part hangs on it, and on what was written without saying of which part it is.
    """
    names = frozenset(f"{table}_of_{part}" for part in parts)
    token = _parts.set((table, names) if names else None)
    try:
        yield
    finally:
        _parts.reset(token)


def names_in(sql: str) -> frozenset[str]:
    """The tables of ours that the statement names; of a parted one, the parts that are read."""
    names = frozenset(NAMED.findall(sql))
    parted = _parts.get()
    if parted is None or parted[0] not in names:
        return names
    table, parts = parted
    return names - {table} | parts | {f"{table}_of_any"}


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
    written = tables_written(sql)
    if not written:
        return execute(sql, params, many, context)
    for table in written & PARTED:
        written |= _parts_written(table)
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


def _parts_written(table: str) -> frozenset[str]:
    parted = _parts.get()
    is_said = parted is not None and parted[0] == table
    return parted[1] if parted and is_said else frozenset({f"{table}_of_any"})


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


def watched_by(wrapper: Callable[..., Any]) -> Callable[..., None]:
    """A receiver of ``connection_created`` that shows the wrapper every statement from then on."""

    def watch(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    return watch


watch = watched_by(_note)


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
