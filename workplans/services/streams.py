"""Reporting streams: the rows that are locked while their results change."""

from __future__ import annotations

from workplans.models import Stream
from workplans.models.stream import StreamQuerySet


def lock_streams(streams: StreamQuerySet) -> list[Stream]:
    """Lock the rows and return them, always in the order of their keys.

    Two deeds on several streams then wait for each other and never both at once.
    """
    return list(streams.order_by("pk").select_for_update(of=("self",), no_key=True))
