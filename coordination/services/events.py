"""Writing the event record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from coordination.models import Event, User


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
