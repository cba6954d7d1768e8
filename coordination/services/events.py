"""Writing the event record, and saying what stands in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.models import Event, User

_sentences: dict[str, Any] = {}


def record(
    verb: str,
    subject: models.Model,
    *,
    by: User | None,
    changes: Mapping[str, list[Any]] | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Write that ``by`` did ``verb`` to ``subject``, within the deed's own transaction (R27).

    ``changes`` maps a field to ``[from, to]``; ``by`` is None for what the portal does by itself.
    """
    return Event.objects.create(
        at=at or timezone.now(),
        by=by,
        verb=verb,
        subject=subject,
        changes=dict(changes or {}),
        note=note,
    )


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs: each field of ``after`` with ``[from, to]``, as ``record`` takes it."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


def register_sentences(sentences: Mapping[str, Any]) -> None:
    """Say how an app's verbs read: ``{"workplans.result_verified": _("%(who)s verified …")}``.

    ``who`` is the person, ``what`` the thing. Called from the app's ``ready()``.
    """
    _sentences.update(sentences)


def known_verbs() -> list[str]:
    """Every verb that has a sentence, in order."""
    return sorted(_sentences)


def describe(event: Event) -> str:
    """The event as a sentence; a verb without one of its own is told in its plain words."""
    who = str(event.by) if event.by else _("The portal")
    what = str(event.subject) if event.subject else _("something that is gone")
    if event.verb in _sentences:
        return str(_sentences[event.verb]) % {"who": who, "what": what}
    words = event.verb.rpartition(".")[2].replace("_", " ")
    return f"{who}: {words} ({what})"
