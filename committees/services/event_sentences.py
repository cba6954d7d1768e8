"""How the events of `committees` read."""

from __future__ import annotations

from coordination.services.event_sentences import register_entries

# What an administrator enters in the administration.
ENTERED = ("body", "meeting")


def register() -> None:
    """Make them known to `events.describe`."""
    register_entries("committees", ENTERED)
