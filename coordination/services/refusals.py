"""The family of exceptions by which a service says no in a sentence (R28)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A deed that cannot be done now; ``str()`` is a translated sentence fit to show."""

    message = _("This cannot be done.")

    def __init__(self, message: object = None) -> None:
        super().__init__(message or self.message)

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
