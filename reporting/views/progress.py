"""How far the making of an edition is, for the progress bar."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.views.making import making_context
from reporting.models import Edition

LONG_WAIT = dt.timedelta(minutes=2)


def progress_context(edition: Edition) -> dict[str, Any]:
    """What components/progress.html takes."""
    is_made = edition.state in {Edition.State.READY, Edition.State.PUBLISHED}
    poll = reverse("edition-progress", args=[edition.report.slug, edition.number])
    return {
        **making_context(edition, poll=poll, is_made=is_made, text=sentence(edition)),
        "done_url": "" if edition.is_in_the_making else edition.get_absolute_url(),
        "done_link": _("Review it") if is_made else _("See what can be done"),
    }


def sentence(edition: Edition) -> str:
    """What there is to know besides the stage."""
    if edition.state == Edition.State.FAILED:
        return edition.get_failure_display()
    if edition.state == Edition.State.CANCELLED:
        return _("The making of this edition was cancelled.")
    waited = timezone.now() - edition.requested_at
    if edition.state == Edition.State.QUEUED and waited > LONG_WAIT:
        return _("It waits for its turn and begins by itself.")
    if edition.is_in_the_making and edition.attempts > 1:
        return _("Attempt %(number)s: an earlier one was cut off.") % {"number": edition.attempts}
    return ""
