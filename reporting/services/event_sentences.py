"""How the events of `reporting` read."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from coordination.services.event_changes import register_labels
from coordination.services.events import register_sentences
from reporting.models import AwardFinance, Report
from reporting.services.sections import SECTIONS

SENTENCES = {
    "reporting.report_created": _("%(who)s began the report: %(what)s"),
    "reporting.section_edited": _("%(who)s edited a section of the report: %(what)s"),
    "reporting.finance_edited": _("%(who)s edited the money of an award in the report: %(what)s"),
    "reporting.edition_requested": _("%(who)s asked for %(what)s"),
    "reporting.edition_made": _("%(who)s made %(what)s"),
    "reporting.edition_failed": _("%(who)s could not make %(what)s"),
    "reporting.edition_cancelled": _("%(who)s cancelled %(what)s"),
    "reporting.edition_retried": _("%(who)s asked again for %(what)s"),
    "reporting.edition_consented": _("%(who)s consented to the publication of %(what)s"),
    "reporting.edition_published": _("%(who)s published %(what)s"),
    "reporting.review_opened": _("%(who)s began: %(what)s"),
    "reporting.decision_requested": _("%(who)s asked for a decision in the %(what)s"),
    "reporting.decision_request_sent": _("%(who)s sent a request to the committee: %(what)s"),
    "reporting.pack_requested": _("%(who)s asked for %(what)s"),
    "reporting.pack_made": _("%(who)s made %(what)s"),
    "reporting.pack_failed": _("%(who)s could not make %(what)s"),
    "reporting.pack_cancelled": _("%(who)s cancelled %(what)s"),
    "reporting.pack_retried": _("%(who)s asked again for %(what)s"),
    "reporting.pack_consented": _("%(who)s consented to the publication of %(what)s"),
    "reporting.pack_published": _("%(who)s published %(what)s"),
}


def register() -> None:
    """Make them known to `events.describe`."""
    register_sentences(SENTENCES)
    register_labels({code: section.title for code, section in SECTIONS.items()}, of=Report)
    register_labels(dict(AwardFinance.Amount.choices), of=Report)
