"""How far a worker is with what it makes, for the progress bar."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from coordination.models import Making

LONG_WAIT = dt.timedelta(minutes=2)

STAGES = (
    Making.Stage.WAITING,
    Making.Stage.COMPILING,
    Making.Stage.DRAWING,
    Making.Stage.RENDERING,
    Making.Stage.STORING,
)
PERCENT = {
    Making.Stage.WAITING: 2,
    Making.Stage.COMPILING: 15,
    Making.Stage.DRAWING: 35,
    Making.Stage.RENDERING: 50,
    Making.Stage.STORING: 90,
    Making.Stage.DONE: 100,
}


def answer_poll(
    request: HttpRequest, making: Making, *, page: str, progress: dict[str, Any]
) -> HttpResponse:
    """The inside of the progress bar; when the making has ended, its ``page`` opens anew."""
    if "HX-Request" not in request.headers:
        return redirect(page)
    if not making.is_in_the_making:
        return HttpResponseClientRefresh()
    return render(request, "components/progress_body.html", progress)


def making_context(making: Making, *, poll: str) -> dict[str, Any]:
    """What components/progress.html takes; ``poll`` is asked while it is in the making."""
    is_made = not (making.is_in_the_making or making.is_given_up)
    return {
        "url": poll if making.is_in_the_making else "",
        "status": making.state,
        "label": str(making),
        "percent": 100 if is_made else PERCENT[Making.Stage(making.stage)],
        "stages": [(str(stage.label), _standing(stage, making, is_made)) for stage in STAGES],
        "text": sentence(making),
    }


def sentence(making: Making) -> str:
    """What there is to know besides the stage."""
    if making.state == Making.State.FAILED:
        return str(making.get_failure_display())
    if making.state == Making.State.CANCELLED:
        return _("The making of it was cancelled.")
    waited = timezone.now() - making.requested_at
    if making.state == Making.State.QUEUED and waited > LONG_WAIT:
        return _("It waits for its turn and begins by itself.")
    if making.is_in_the_making and making.attempts > 1:
        return _("Attempt %(number)s: an earlier one was cut off.") % {"number": making.attempts}
    return ""


def _standing(stage: Making.Stage, making: Making, is_made: bool) -> str:  # noqa: FBT001 - internal
    """Whether the stage is done, now or ahead."""
    if is_made:
        return "done"
    here = STAGES.index(Making.Stage(making.stage))
    number = STAGES.index(stage)
    return "done" if number < here else "now" if number == here else "ahead"
