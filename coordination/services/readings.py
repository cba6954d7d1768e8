"""What is read from the database for a page, and whether it would read the same now (decision 43).

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
            read = DigestingCursor(cursor)
            read.fetchall()
        return read.answer == self.answer


class DigestingCursor:
    """A cursor that keeps a digest of the rows that are fetched from it."""

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
class Reading:
    """What is asked from the moment a request comes in until its page is composed."""

    names: set[str] = field(default_factory=set)
    # Questions that can be asked again, with their answers; and the names in all others.
    repeatable: list[tuple[Question, DigestingCursor]] = field(default_factory=list)
    unrepeatable: set[str] = field(default_factory=set)
    # Which answers are worth a digest: of what has changed lately, and so may again.
    changing: Collection[str] = ()
    has_written: bool = False

    def note(self, sql: str, parameters: Any, context: dict[str, Any]) -> None:
        """Remember the statement, which was sent just now, and digest its answer as it is read."""
        names = names_in(sql)
        self.names |= names
        if names.isdisjoint(self.changing) or not is_of_no_moment(parameters):
            self.unrepeatable |= names
            return
        wrapper = context["cursor"]
        wrapper.cursor = digesting = DigestingCursor(wrapper.cursor)
        question = Question(context["connection"].alias, sql, parameters, names)
        self.repeatable.append((question, digesting))

    def questions(self) -> list[Question]:
        """Those that can be asked again, with their answers, once all is read."""
        return [question._replace(answer=read.answer) for question, read in self.repeatable]


# What is asked for the page that is being composed; None outside of a reading.
_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


def begin_reading(*, environ: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Remember what is asked from now on, if it may be for a page; receives ``request_started``."""
    _reading.set(Reading() if environ and environ["REQUEST_METHOD"] == "GET" else None)


def end_reading(**_kwargs: Any) -> None:
    """Forget what was asked; receives ``request_finished``."""
    _reading.set(None)


def this_reading() -> Reading | None:
    return _reading.get()


@contextmanager
def unheeded() -> Iterator[None]:
    """What is read within it, the page does not hang on: whoever asks can do with what was true."""
    token = _reading.set(None)
    try:
        yield
    finally:
        _reading.reset(token)


def _note(  # noqa: PLR0917 - as Django calls it
    execute: Execute,
    sql: str,
    params: Any,
    many: bool,  # noqa: FBT001 - as Django calls it
    context: dict[str, Any],
) -> Any:
    answer = execute(sql, params, many, context)
    reading = _reading.get()
    if reading is not None:
        reading.has_written |= bool(tables_written(sql))
        reading.note(sql, params, context)
    return answer


watch = watched_by(_note)


def is_of_no_moment(parameters: Any) -> bool:
    """Whether the same question could be asked later: it names days, and no moment of them."""
    if isinstance(parameters, (list, tuple)):
        return all(is_of_no_moment(each) for each in parameters)
    if isinstance(parameters, str):
        return not MOMENT.match(parameters)
    return parameters is None or (
        isinstance(parameters, (int, float, Decimal, dt.date, UUID))
        and not isinstance(parameters, dt.datetime)
    )
