"""What a visit asks of the database, and whether it would be answered the same now (decision 43).

A page is composed of nothing but the answers to its questions. While these are the same, so is the
page, whatever has changed in the tables that were asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from coordination.services.pulse import Execute, names_in, tables_written, watched_by

# How a moment reads where the database has no type for it.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")


class Question(NamedTuple):
    """A statement, what it names (the tables, or the parts of them), and what was answered."""

    database: str
    sql: str
    parameters: Any
    names: frozenset[str]
    answer: bytes = b""

    def is_answered_alike(self) -> bool:
        """Ask it once more."""
        with connections[self.database].cursor() as cursor:
            cursor.execute(self.sql, self.parameters)
            told = Telling(cursor)
            told.fetchall()
        return told.answer == self.answer


class Telling:
    """A cursor that remembers, as a digest, the rows that are fetched from it."""

    def __init__(self, cursor: Any) -> None:
        self.cursor, self.digest = cursor, blake2b(digest_size=16)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def fetchone(self) -> Any:
        row = self.cursor.fetchone()
        self._remember(() if row is None else (row,))
        return row

    def fetchmany(self, *size: int) -> Any:
        return self._remember(self.cursor.fetchmany(*size))

    def fetchall(self) -> Any:
        return self._remember(self.cursor.fetchall())

    @property
    def answer(self) -> bytes:
        return self.digest.digest()

    def _remember(self, rows: Collection[Any]) -> Collection[Any]:
        self.digest.update("".join(map(repr, rows)).encode())
        return rows


@dataclass
class Visit:
    """What was asked since a visit began."""

    names: set[str] = field(default_factory=set)
    # Questions whose answers were heard, and the names in all others.
    heard: list[tuple[Question, Telling]] = field(default_factory=list)
    unheard: set[str] = field(default_factory=set)
    # Which answers are worth hearing: of what has changed lately, and so may again.
    lively: Collection[str] = ()
    has_written: bool = False

    def note(self, sql: str, parameters: Any, context: dict[str, Any]) -> None:
        """Remember the statement, which was sent just now, and listen to its answer."""
        names = names_in(sql)
        self.names |= names
        if names.isdisjoint(self.lively) or not is_of_any_moment(parameters):
            self.unheard |= names
            return
        wrapper = context["cursor"]
        wrapper.cursor = telling = Telling(wrapper.cursor)
        question = Question(context["connection"].alias, sql, parameters, names)
        self.heard.append((question, telling))

    def questions(self) -> list[Question]:
        """Those whose answers were heard, with the answers; told once all is read."""
        return [question._replace(answer=told.answer) for question, told in self.heard]


# What is asked for the page that is being composed; None outside of a visit.
_visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def begin_visit(*, environ: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Remember what is asked from now on, if it may be for a page; receives ``request_started``."""
    _visit.set(Visit() if environ and environ["REQUEST_METHOD"] == "GET" else None)


def end_visit(**_kwargs: Any) -> None:
    """Forget what was asked; receives ``request_finished``."""
    _visit.set(None)


def this_visit() -> Visit | None:
    return _visit.get()


@contextmanager
def unheeded() -> Iterator[None]:
    """What is read within it, the page does not hang on: whoever asks can do with what was true."""
    token = _visit.set(None)
    try:
        yield
    finally:
        _visit.reset(token)


def _note(  # noqa: PLR0917 - as Django calls it
    execute: Execute,
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - as Django calls it
    context: dict[str, Any],
) -> Any:
    answer = execute(sql, params, many, context)
    visit = _visit.get()
    if visit is not None:
        visit.has_written |= bool(tables_written(sql))
        visit.note(sql, params, context)
    return answer


watch = watched_by(_note)


def is_of_any_moment(parameters: Any) -> bool:
    """Whether the same question could be asked later: it names days, and no moment of them."""
    if isinstance(parameters, (list, tuple)):
        return all(is_of_any_moment(each) for each in parameters)
    if isinstance(parameters, str):
        return not MOMENT.match(parameters)
    return parameters is None or (
        isinstance(parameters, (int, float, Decimal, dt.date, UUID))
        and not isinstance(parameters, dt.datetime)
    )
