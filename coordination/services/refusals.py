"""The family of exceptions by which a service says no in a sentence (R28)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext_lazy as _

# What was refused while somebody listens, each kind once.
_heard: ContextVar[list[str] | None] = ContextVar("refusals_heard", default=None)


class Refusal(Exception):
    """A deed that cannot be done now; ``str()`` is a translated sentence fit to show."""

    message = _("This cannot be done.")

    def __init__(self, message: object = None) -> None:
        super().__init__(message or self.message)
        heard, name = _heard.get(), type(self).__name__
        if heard is not None and name not in heard:
            heard.append(name)

    def __str__(self) -> str:
        return str(self.args[0])


class EditedMeanwhile(Refusal):
    """Someone else saved the thing after this person opened it (R27)."""

    message = _("Someone else has changed this since you opened it.")


class IsThere(Refusal):
    """Carries the thing that is on record already and says the same."""

    def __init__(self, there: Any) -> None:
        super().__init__()
        self.there = there


class DayToCome(Refusal):
    message = _("This day is still to come. Record it once it has been.")


@contextmanager
def refusals_heard() -> Iterator[list[str]]:
    """Fill the list with the names of the refusals that are raised meanwhile, for the log."""
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)
