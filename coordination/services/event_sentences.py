"""How the events of `coordination` read."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from coordination.services.event_changes import register_labels
from coordination.services.events import register_sentences

SENTENCES = {
    "coordination.file_uploaded": _("%(who)s uploaded %(what)s"),
    "coordination.boundaries_imported": _("%(who)s imported boundaries of parts of %(what)s"),
    "coordination.boundaries_dropped": _("%(who)s took out boundaries of parts of %(what)s"),
    "coordination.support_recorded": _("%(who)s wrote down what the backbone did: %(what)s"),
    "coordination.support_withdrawn": _("%(who)s withdrew an entry of the backbone: %(what)s"),
    "coordination.invitation_sent": _("%(who)s sent an invitation: %(what)s"),
    "coordination.invitation_accepted": _("%(who)s accepted the invitation: %(what)s"),
    "coordination.invitation_withdrawn": _("%(who)s withdrew the invitation: %(what)s"),
    "coordination.office_given": _("%(who)s gave the office: %(what)s"),
    "coordination.office_ended": _("%(who)s ended the office: %(what)s"),
    "coordination.second_factor_removed": _("%(who)s removed the second factor of %(what)s"),
    "coordination.person_anonymised": _("%(who)s anonymised %(what)s"),
    "coordination.mechanism_moved": _("%(who)s recorded the new state of %(what)s"),
    "coordination.backbone_handed_over": _("%(who)s recorded the new backbone of %(what)s"),
    "coordination.member_admitted": _("%(who)s admitted a member: %(what)s"),
    "coordination.membership_ended": _("%(who)s ended the membership: %(what)s"),
}

# What an administrator enters in the administration.
ENTERED = (
    "award", "contribution", "fiscalcalendar", "goalmeasure", "mechanism", "membership",
    "objective", "organisation", "period", "place", "placelevel", "sector", "sectorlead",
    "sectorscheme", "statement", "user",
)  # fmt: skip
# What no model calls by its name, or only by one that cannot be translated.
LABELS = {
    "awards": _("awards"),
    "backbone": _("backbone"),
    "boundaries": _("boundaries"),
    "calendar": _("calendar"),
    "conveners": _("conveners"),
    "country": _("country"),
    "department": _("department"),
    "donor": _("donor"),
    "file": _("file"),
    "holder": _("holder"),
    "level": _("level"),
    "mechanism": _("mechanism"),
    "on": _("day"),
    "organisation": _("organisation"),
    "other_calendars": _("other calendars"),
    "parent": _("part of"),
    "place": _("place"),
    "prime": _("prime"),
    "scheme": _("scheme"),
    "sector": _("sector"),
    "version": _("version"),
}
DEEDS = {
    "added": _("%(who)s added %(what)s"),
    "changed": _("%(who)s changed %(what)s"),
    "deleted": _("%(who)s deleted %(what)s"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
    register_entries("coordination", ENTERED)
    register_labels(LABELS)


def register_entries(app: str, nouns: Iterable[str]) -> None:
    """Say how it reads when one of an app's things is entered, changed or deleted by hand.

    ``nouns`` are the names of their models in the administration.
    """
    register_sentences(
        {f"{app}.{noun}_{deed}": words for noun in nouns for deed, words in DEEDS.items()}
    )
