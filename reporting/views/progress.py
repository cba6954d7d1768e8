"""How far the making of an edition is, for the progress bar."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reporting.models import Edition

STAGES = (
    Edition.Stage.WAITING,
    Edition.Stage.COMPILING,
    Edition.Stage.DRAWING,
    Edition.Stage.RENDERING,
    Edition.Stage.STORING,
)
PERCENT = {
    Edition.Stage.WAITING: 2,
    Edition.Stage.COMPILING: 15,
    Edition.Stage.DRAWING: 35,
    Edition.Stage.RENDERING: 50,
    Edition.Stage.STORING: 90,
    Edition.Stage.DONE: 100,
}
LONG_WAIT = dt.timedelta(minutes=2)


def progress_context(edition: Edition) -> dict[str, Any]:
    """What components/progress.html takes."""
    is_made = edition.state in {Edition.State.READY, Edition.State.PUBLISHED}
    poll = reverse("edition-progress", args=[edition.report.slug, edition.number])
    return {
        "url": poll if edition.is_in_the_making else "",
        "status": edition.state,
        "label": str(edition),
        "percent": 100 if is_made else PERCENT[Edition.Stage(edition.stage)],
        "stages": [(str(stage.label), standing(stage, edition, is_made)) for stage in STAGES],
        "text": sentence(edition),
        "done_url": "" if edition.is_in_the_making else edition.get_absolute_url(),
        "done_link": _("Review it") if is_made else _("See what can be done"),
    }


def standing(stage: Edition.Stage, edition: Edition, is_made: bool) -> str:  # noqa: FBT001 - a fact of the edition, which the call names
    """Whether the stage is done, now or ahead."""
    if is_made:
        return "done"
    here = STAGES.index(Edition.Stage(edition.stage))
    number = STAGES.index(stage)
    return "done" if number < here else "now" if number == here else "ahead"


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
