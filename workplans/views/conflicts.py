"""Two people changed one thing: what the second of them is shown (R27)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from coordination.models import Event, User
from coordination.templatetags.interface import words_of


@dataclass(frozen=True)
class Conflict:
    """Who saved first, when, and the fields that differ: label, mine, theirs."""

    who: User | None
    at: dt.datetime | None
    fields: Sequence[tuple[str, str, str]]

    @classmethod
    def since(cls, event: Event | None, fields: Sequence[tuple[str, str, str]]) -> Conflict:
        """The conflict with what ``event`` recorded."""
        return cls(event.by, event.at, fields) if event else cls(None, None, fields)


def differences(mine: forms.BaseForm, theirs: forms.BaseForm) -> list[tuple[str, str, str]]:
    """The visible fields that the two forms of one thing fill differently, in words."""
    pairs = [
        (str(field.label), words_of(field), words_of(theirs[field.name]))
        for field in mine.visible_fields()
        if field.name in theirs.fields
    ]
    return [(label, ours, others) for label, ours, others in pairs if ours != others]


def having_seen(data: QueryDict, version: int) -> dict[str, Any] | QueryDict:
    """What was typed, now in sight of ``version``: saving again replaces that."""
    copy = data.copy()
    copy["seen_version"] = str(version)
    return copy
