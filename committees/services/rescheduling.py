"""Meetings moved to another time, postponed or cancelled; the old date is kept."""

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
TO_COME = (State.SCHEDULED, State.CALLED)
MOVED, POSTPONED = "committees.meeting_moved", "committees.meeting_postponed"


class MeetingCancelledAlready(Refusal):
    message = _("This meeting was cancelled.")


class PostponedAlready(Refusal):
    message = _("This meeting is postponed already. Give it a new day once one is found.")


class SameTime(Refusal):
    message = _("This is the time at which it is planned already.")


@transaction.atomic
def move_meeting(
    meeting: Meeting,
    *,
    by: User,
    reason: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Give the meeting another time, also one that was postponed; the old date is kept.

    Those who are invited are told, and asked again: an answer was to the old date. Moved there
    twice for the same reason it is one deed. Raises MeetingNotPlanned, SameTime or EditedMeanwhile.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    is_there = (meeting.starts_at, meeting.ends_at) == (starts_at, ends_at)
    if is_there and meeting.state in TO_COME:
        if _is_last_deed(MOVED, meeting, reason, by=by):
            return meeting
        raise SameTime
    _guard(meeting, seen_version)
    before, old = meeting_in_words(meeting), meeting.when
    if meeting.state != State.POSTPONED:
        _keep_date(meeting, reason, by=by, at=now)
    invited = meeting.participants.exclude(token_hash="")
    meeting.starts_at, meeting.ends_at, meeting.state_reason = starts_at, ends_at, ""
    meeting.state = State.CALLED if invited.exists() else State.SCHEDULED
    invited.update(reply=Participant.Reply.NONE, replied_at=None, reply_note="")
    save_meeting(meeting, "state", "state_reason", "starts_at", "ends_at", in_calendar=True)
    changes = changes_between(before, meeting_in_words(meeting))
    record(MOVED, meeting, by=by, changes=changes, note=reason, at=now)
    if meeting.state == State.CALLED:
        tell_of_change(meeting, reason, was=old, at=now)
    return meeting


@transaction.atomic
def postpone_meeting(
    meeting: Meeting,
    *,
    by: User,
    reason: str,
    seen_version: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Put the meeting off until a day is found; the date that it had is kept.

    Those who are invited are told. For the same reason twice it is one deed. Raises
    MeetingNotPlanned, PostponedAlready or EditedMeanwhile.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if meeting.state == State.POSTPONED:
        if _is_last_deed(POSTPONED, meeting, reason, by=by):
            return meeting
        raise PostponedAlready
    _guard(meeting, seen_version)
    before = meeting_in_words(meeting)
    _keep_date(meeting, reason, by=by, at=now)
    meeting.state, meeting.state_reason = State.POSTPONED, reason
    save_meeting(meeting, "state", "state_reason", in_calendar=True)
    changes = changes_between(before, meeting_in_words(meeting))
    record(POSTPONED, meeting, by=by, changes=changes, note=reason, at=now)
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
    _guard(meeting, seen_version)
    if meeting.state != State.POSTPONED:
        _keep_date(meeting, reason, by=by, at=now)
    meeting.state, meeting.state_reason = State.CANCELLED, reason
    save_meeting(meeting, "state", "state_reason", in_calendar=True)
    record("committees.meeting_cancelled", meeting, by=by, note=reason, at=now)
    tell_of_calling_off(meeting, at=now)
    return meeting


def _guard(meeting: Meeting, seen_version: int | None) -> None:
    """Raise MeetingNotPlanned or EditedMeanwhile."""
    if meeting.state not in {*TO_COME, State.POSTPONED}:
        raise MeetingNotPlanned
    if seen_version is not None and meeting.version != seen_version:
        raise EditedMeanwhile


def _is_last_deed(verb: str, meeting: Meeting, reason: str, *, by: User) -> bool:
    """Whether this is how its time last changed, by the same person: a form that was sent twice."""
    last = Event.objects.about(meeting).filter(verb__in=[MOVED, POSTPONED]).first()
    return last is not None and (last.verb, last.note, last.by_id) == (verb, reason, by.pk)


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
