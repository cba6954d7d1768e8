"""Keeping the pulse: whatever changes something that a page may show leaves a row of it.

Every statement that Django sends is looked at, whether a service, the administration, an import or
a command sends it. (Who writes with other programs ends the web processes first.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from coordination.models import Pulse
from coordination.models.pulse import random_token

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]

OURS = ("coordination_", "committees_", "workplans_", "reporting_")
# What no page that is kept shows: letters on their way, and when a calendar was last fetched.
UNSEEN = {
    "coordination_pulse",
    "coordination_mail",
    "committees_calendarfeed",
    "workplans_planfeed",
}
SIGNED_IN = 'UPDATE "coordination_user" SET "last_login"'
WRITING = re.compile(r"(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
# The rows that stay when the oldest are swept away, and how many may gather above them.
KEPT, GATHERED = 200, 1000

# The databases that are known to have the table.
_known: set[str] = set()


def watch(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Look at every statement of a connection; receives ``connection_created``."""
    if _note_change not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note_change)


def changes_something(sql: str) -> bool:
    """Whether the statement writes into a table of ours that a page may show."""
    if sql.startswith(("SELECT", SIGNED_IN)):
        return False
    written = WRITING.match(sql)
    # Written by hand, a statement may begin with a line of its own or with "WITH".
    tables = [written[1]] if written else WRITING.findall(sql)
    return any(table.startswith(OURS) and table not in UNSEEN for table in tables)


def _note_change(  # noqa: PLR0917 - as Django calls it
    execute: Execute,
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - as Django calls it
    context: dict[str, Any],
) -> Any:
    if not changes_something(sql):
        return execute(sql, params, many, context)
    connection = context["connection"]
    if connection.in_atomic_block:
        _beat_once(connection)
        return execute(sql, params, many, context)
    if connection.vendor == "sqlite" and " RETURNING " in sql:
        # It is committed when its answer was read, and the row with it.
        answer = execute(sql, params, many, context)
        _beat_once(connection)
        return answer
    with transaction.atomic(connection.alias):
        _beat_once(connection)
        return execute(sql, params, many, context)


def _beat_once(connection: BaseDatabaseWrapper) -> None:
    """Write the transaction's row, unless it has one that no savepoint took back.

    Django's list of what is to be called on commit forgets what a rollback undoes, as the database
    does: while ours stands there, so does the row.
    """
    if any(entry[1] is _committed for entry in connection.run_on_commit):
        return
    if not _has_table(connection):
        return  # a migration that comes before it
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Pulse._meta.db_table} (token) VALUES (%s)",  # noqa: S608 - our name
            [random_token()],
        )
    transaction.on_commit(_committed, using=connection.alias)


def _has_table(connection: BaseDatabaseWrapper) -> bool:
    if connection.alias not in _known:
        with connection.cursor() as cursor:
            names = connection.introspection.table_names(cursor)
        _known.update({connection.alias} if Pulse._meta.db_table in names else ())
    return connection.alias in _known


def _committed() -> None:
    """Nothing to do: see `_beat_once`."""


def sweep_pulse() -> None:
    """Take away the oldest rows when many have gathered. Every page is then composed anew once."""
    newest = Pulse.objects.order_by("-pk").values_list("pk", flat=True)
    if len(newest[: KEPT + GATHERED]) == KEPT + GATHERED:
        Pulse.objects.filter(pk__lte=newest[KEPT]).delete()
