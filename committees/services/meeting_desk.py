"""Meetings on a desk: those to answer, those to come, and those that wait to be called."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import (
    Meeting,
    Participant,
    bodies_chaired_by,
    bodies_kept_by,
    bodies_sat_on,
    held_by,
    seats_held_by,
)
from coordination.models import User

from .desk_lists import MOST, DeskList, DeskRow

# Those who prepare a meeting are told that nobody is invited yet when it is so near.
CALLED_BY = dt.timedelta(days=21)


def meetings_to_answer(user: User, at: dt.datetime) -> DeskList:
    """Invitations to the seats that the person holds, which have no answer yet."""
    rows = Participant.objects.filter(
        seat__in=[held.seat for held in seats_held_by(user)], reply=Participant.Reply.NONE,
        meeting__state=Meeting.State.CALLED, meeting__ends_at__gt=at,
    )  # fmt: skip
    full = rows.exclude(token_hash="").select_related("meeting__body__mechanism", "seat")
    shown = [
        _row(row.meeting, note=str(row.seat))
        for row in full.order_by("meeting__starts_at", "pk")[:MOST]
    ]
    return DeskList("meetings-to-answer", _("Invitations to answer"), shown)


def meetings_to_call(user: User, at: dt.datetime) -> DeskList:
    """Meetings within three weeks of bodies that the person convenes, with nobody invited yet."""
    bodies = {*bodies_kept_by(user), *bodies_chaired_by(user)}
    near = Meeting.objects.filter(
        body__in=bodies, state=Meeting.State.SCHEDULED,
        starts_at__gt=at, starts_at__lte=at + CALLED_BY,
    )  # fmt: skip
    full = near.select_related("body__mechanism").order_by("starts_at", "pk")[:MOST]
    shown = [_row(meeting, note=_days_left(meeting, at)) for meeting in full]
    return DeskList("meetings-to-call", _("Meetings to send invitations for"), shown)


def meetings_to_come(user: User, at: dt.datetime) -> DeskList:
    """The next meetings of the bodies on which the person sits; nothing to be done."""
    meetings = Meeting.objects.filter(held_by(bodies_sat_on(user))).to_come(at=at)
    shown = [_row(meeting) for meeting in meetings.select_related("body__mechanism")[:MOST]]
    return DeskList("meetings-to-come", _("Your next meetings"), shown, is_due=False)


def _row(meeting: Meeting, note: str = "") -> DeskRow:
    return DeskRow(
        title=f"{meeting.body}, {meeting.when}",
        url=meeting.get_absolute_url(),
        note=note or meeting.title or str(meeting.get_kind_display()),
        status=meeting.state,
        label=str(meeting.get_state_display()),
    )


def _days_left(meeting: Meeting, at: dt.datetime) -> str:
    left = ((meeting.starts_at or at) - at).days
    return ngettext("in %(count)d day", "in %(count)d days", left) % {"count": left}
