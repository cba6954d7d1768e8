"""Meetings moved to another time, put off or called off; the old date is kept."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Meeting, Participant, Rescheduling
from committees.notifications.meetings import tell_of_calling_off, tell_of_change
from coordination.models import Event, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal

from .meetings import MeetingNotPlanned, lock_meeting, meeting_in_words, save_meeting

State = Meeting.State


class MeetingCancelledAlready(Refusal):
    message = _("This meeting was cancelled.")


class SameTime(Refusal):
    message = _("This is the time at which it is planned already.")


@transaction.atomic
def postpone_meeting(
    meeting: Meeting,
    *,
    by: User,
    reason: str,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Move the meeting to another time, or put it off until one is found; the old date is kept.

    Those who are invited are told, and asked again: an answer was to the old date. Also gives a new
    date to one that was put off. Raises MeetingNotPlanned, SameTime or EditedMeanwhile.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if _is_moved_already(meeting, starts_at, ends_at, reason=reason, by=by):
        return meeting
    _guard_move(meeting, starts_at, ends_at)
    if seen_version is not None and meeting.version != seen_version:
        raise EditedMeanwhile
    before = meeting_in_words(meeting)
    if meeting.state != State.POSTPONED:
        _keep_date(meeting, reason, by=by, at=now)
    _move(meeting, starts_at, ends_at, reason)
    changes = changes_between(before, meeting_in_words(meeting))
    record("committees.meeting_postponed", meeting, by=by, changes=changes, note=reason, at=now)
    if meeting.state == State.CALLED:
        tell_of_change(meeting, reason, at=now)
    elif meeting.state == State.POSTPONED:
        tell_of_calling_off(meeting, at=now)
    return meeting


@transaction.atomic
def cancel_meeting(
    meeting: Meeting,
    *,
    by: User,
    reason: str,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Call the meeting off for good; it stays in the calendar as cancelled (R20).

    For the same reason twice it is one deed. Raises MeetingCancelledAlready, MeetingNotPlanned or
    EditedMeanwhile.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if meeting.state == State.CANCELLED:
        if meeting.state_reason == reason:
            return meeting
        raise MeetingCancelledAlready
    if meeting.state not in {State.SCHEDULED, State.CALLED, State.POSTPONED}:
        raise MeetingNotPlanned
    if seen_version is not None and meeting.version != seen_version:
        raise EditedMeanwhile
    if meeting.state != State.POSTPONED:
        _keep_date(meeting, reason, by=by, at=now)
    meeting.state, meeting.state_reason = State.CANCELLED, reason
    save_meeting(meeting, "state", "state_reason", in_calendar=True)
    record("committees.meeting_cancelled", meeting, by=by, note=reason, at=now)
    tell_of_calling_off(meeting, at=now)
    return meeting


def _is_moved_already(
    meeting: Meeting,
    starts_at: dt.datetime | None,
    ends_at: dt.datetime | None,
    *,
    reason: str,
    by: User,
) -> bool:
    """Whether the last thing done to it is this very deed, as after a double click."""
    moves = Event.objects.about(meeting).filter(verb="committees.meeting_postponed")
    last = moves.first()
    if last is None or (last.note, last.by_id) != (reason, by.pk):
        return False
    if starts_at is None:
        return meeting.state == State.POSTPONED
    is_there = (meeting.starts_at, meeting.ends_at) == (starts_at, ends_at)
    return is_there and meeting.state in {State.SCHEDULED, State.CALLED}


def _guard_move(
    meeting: Meeting, starts_at: dt.datetime | None, ends_at: dt.datetime | None
) -> None:
    if meeting.state not in {State.SCHEDULED, State.CALLED, State.POSTPONED}:
        raise MeetingNotPlanned
    is_put_off_already = starts_at is None and meeting.state == State.POSTPONED
    is_same = (starts_at, ends_at) == (meeting.starts_at, meeting.ends_at)
    if is_put_off_already or (is_same and meeting.state != State.POSTPONED):
        raise SameTime


def _move(
    meeting: Meeting, starts_at: dt.datetime | None, ends_at: dt.datetime | None, reason: str
) -> None:
    """Give it the new time, or none; answers were to the old one."""
    if starts_at is None:
        meeting.state, meeting.state_reason = State.POSTPONED, reason
    else:
        invited = meeting.participants.exclude(token_hash="")
        meeting.starts_at, meeting.ends_at, meeting.state_reason = starts_at, ends_at, ""
        meeting.state = State.CALLED if invited.exists() else State.SCHEDULED
        invited.update(reply=Participant.Reply.NONE, replied_at=None, reply_note="")
    save_meeting(meeting, "state", "state_reason", "starts_at", "ends_at", in_calendar=True)


def _keep_date(meeting: Meeting, reason: str, *, by: User, at: dt.datetime) -> None:
    """Keep the date that the meeting had before it was moved or called off."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return
    row = Rescheduling(
        meeting=meeting, starts_at=meeting.starts_at, ends_at=meeting.ends_at,
        venue=meeting.venue, reason=reason, changed_by=by, changed_at=at,
    )  # fmt: skip
    row.full_clean()
    row.save()
