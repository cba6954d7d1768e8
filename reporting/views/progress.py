"""How far the making of an edition is, for the progress bar."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.views.making import making_context
from reporting.models import Edition


def progress_context(edition: Edition) -> dict[str, Any]:
    """What components/progress.html takes."""
    is_made = edition.state in {Edition.State.READY, Edition.State.PUBLISHED}
    poll = reverse("edition-progress", args=[edition.report.slug, edition.number])
    return {
        **making_context(edition, poll=poll),
        "done_url": "" if edition.is_in_the_making else edition.get_absolute_url(),
        "done_link": _("Review it") if is_made else _("See what can be done"),
    }
