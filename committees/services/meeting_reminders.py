"""Reminding of meetings before they begin (P12)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from committees.models import Meeting, Participant
from committees.notifications.meetings import tell_of_meeting_near
from coordination.models import Event

# So many days before the start; between two of them the earlier one may still be sent late, as
# after a night in which the scheduler slept.
DAYS_BEFORE = (7, 1)
# Whoever was asked less than that ago needs no reminder yet.
FRESH = dt.timedelta(days=2)


def remind_of_meetings(*, at: dt.datetime | None = None) -> int:
    """Remind those who are asked and did not decline; return how many meetings are near.

    Each is told once for each of the days, however often this runs; a new date is told anew.
    """
    now = at or timezone.now()
    until = now + dt.timedelta(days=max(DAYS_BEFORE))
    near = Meeting.objects.filter(
        state=Meeting.State.CALLED, starts_at__gt=now, starts_at__lte=until
    )
    count = 0
    for meeting in near.select_related("body__mechanism"):
        left = (meeting.starts_at or until) - now
        days = min(day for day in DAYS_BEFORE if left <= dt.timedelta(days=day))
        if days > 1 and _was_called_since(meeting, now - FRESH):
            continue
        with transaction.atomic():
            for row in _to_remind(meeting):
                row.meeting = meeting
                tell_of_meeting_near(row, days, at=now)
        count += 1
    return count


def _was_called_since(meeting: Meeting, moment: dt.datetime) -> bool:
    told = ("committees.meeting_called", "committees.meeting_moved")
    return Event.objects.about(meeting).filter(verb__in=told, at__gte=moment).exists()


def _to_remind(meeting: Meeting) -> list[Participant]:
    asked = meeting.participants.exclude(token_hash="")
    return list(asked.exclude(reply=Participant.Reply.NO).select_related("seat"))
