"""What pages show of printouts: the newest PDF, and how far the next one is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from committees.models import Minutes, Printout
from committees.permissions import can_read_in_full
from committees.services.printouts import newest_ready
from coordination.views.making import making_context


def printing_of(request: HttpRequest, minutes: Minutes | None) -> dict[str, Any]:
    """What the page of the minutes shows, as they stand and as far as the visitor reads them."""
    if minutes is None:
        return {}
    seen = Printout.objects.visible_to(request.user).filter(minutes=minutes)
    full = is_printed_in_full(request, minutes)
    return printing(seen.filter(minutes_state=minutes.state, is_in_full=full))


def is_printed_in_full(request: HttpRequest, minutes: Minutes) -> bool:
    """Whether the visitor's paper differs from that of everyone else."""
    meeting = minutes.meeting
    restricted = meeting.items.filter(is_restricted=True)
    return can_read_in_full(request.user, meeting) and restricted.exists()


def printing(printouts: Any) -> dict[str, Any]:
    """The newest PDF of these, and how far the making of the next one is."""
    related = ("mechanism", "minutes__meeting__body__mechanism")
    listed = printouts.defer("snapshot")
    newest = listed.newest_first().select_related(*related).first()
    is_shown = newest is not None and newest.state != Printout.State.READY
    return {
        "printout": newest_ready(listed),
        "progress": progress_of(newest) if is_shown else None,
        "is_making": newest is not None and newest.is_in_the_making,
    }


def progress_of(printout: Printout) -> dict[str, Any]:
    """What components/progress.html takes."""
    poll = reverse("printout-progress", args=[printout.pk])
    return making_context(printout, poll=poll)
