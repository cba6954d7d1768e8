"""How the events of `committees` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.event_sentences import register_entries
from coordination.services.events import register_sentences

SENTENCES = {
    # bodies
    "committees.body_proposed": _("%(who)s proposed a body: %(what)s"),
    "committees.body_edited": _("%(who)s edited what is told of %(what)s"),
    "committees.body_moved": _("%(who)s recorded the new state of %(what)s"),
}

# What an administrator enters in the administration.
ENTERED = ("body", "meeting")


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
    register_entries("committees", ENTERED)
