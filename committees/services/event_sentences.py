"""How the events of `committees` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.event_changes import register_labels
from coordination.services.event_sentences import register_entries

# What an administrator enters in the administration.
ENTERED = ("body", "meeting")


def register() -> None:
    """Make them known to `events.describe`."""
    register_entries("committees", ENTERED)
    register_labels({"body": _("body")})
