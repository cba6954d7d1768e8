"""When minutes can be written, and the locks under which they are (R19)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Meeting, Minutes
from coordination.services.refusals import Refusal


class MeetingNotOpen(Refusal):
    message = _("Open the meeting first: minutes are written from then on.")


class MinutesConfirmed(Refusal):
    message = _("These minutes are confirmed and do not change.")


def is_confirmed(meeting: Meeting) -> bool:
    """Whether the minutes of the meeting are confirmed, and so nothing that they say changes."""
    return Minutes.objects.filter(meeting=meeting, state=Minutes.State.CONFIRMED).exists()


def guard_unconfirmed(meeting: Meeting) -> None:
    """Raise MinutesConfirmed once the minutes of the meeting are confirmed (R19)."""
    if is_confirmed(meeting):
        raise MinutesConfirmed


def guard_open(meeting: Meeting) -> None:
    """Raise MeetingNotOpen or MinutesConfirmed unless the minutes of it can be written."""
    guard_unconfirmed(meeting)
    if not meeting.has_begun:
        raise MeetingNotOpen


def lock_meeting(meeting: Meeting) -> Meeting:
    """The meeting as it is now, locked."""
    locked = Meeting.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("body__mechanism").get(pk=meeting.pk)


def lock_minutes(minutes: Minutes) -> tuple[Minutes, Meeting]:
    """The minutes and their meeting, both locked. Raises MinutesConfirmed."""
    meeting = lock_meeting(minutes.meeting)
    minutes = Minutes.objects.select_for_update(of=("self",), no_key=True).get(pk=minutes.pk)
    if minutes.state == Minutes.State.CONFIRMED:
        raise MinutesConfirmed
    minutes.meeting = meeting
    return minutes, meeting


def meeting_of(item: AgendaItem) -> Meeting:
    """The meeting whose agenda the item stands on. Raises MeetingNotOpen for a parked one."""
    if item.meeting is None:
        raise MeetingNotOpen
    return item.meeting


def minutes_of(meeting: Meeting) -> Minutes:
    """The minutes of the meeting, begun when there are none."""
    return Minutes.objects.get_or_create(meeting=meeting)[0]
