"""How the events of `coordination` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.events import register_sentences

SENTENCES = {
    "coordination.file_uploaded": _("%(who)s uploaded %(what)s"),
    "coordination.invitation_sent": _("%(who)s sent an invitation: %(what)s"),
    "coordination.invitation_accepted": _("%(who)s accepted the invitation: %(what)s"),
    "coordination.invitation_withdrawn": _("%(who)s withdrew the invitation: %(what)s"),
    "coordination.office_given": _("%(who)s gave the office: %(what)s"),
    "coordination.office_ended": _("%(who)s ended the office: %(what)s"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
