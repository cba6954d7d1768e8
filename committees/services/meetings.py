"""Meetings: planned alone or in series, moved, called off, and entered once they are past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Meeting, Participant, Rescheduling, Series
from committees.notifications.meetings import tell_of_calling_off, tell_of_change
from coordination.models import Organisation, User, add_months
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal

from .cadence import follow_after
from .formation import begin_after, lock_bodies

State = Meeting.State


class BodyMeetsNoMore(Refusal):
    message = _("This body is suspended or dissolved. A meeting of it can only be an informal one.")


class MeetingNotPlanned(Refusal):
    message = _("This meeting has begun, was held or was called off: it can no longer be changed.")


class MeetingCancelledAlready(Refusal):
    message = _("This meeting was cancelled.")


class SameTime(Refusal):
    message = _("This is the time at which it is planned already.")


class PeopleAreInvited(Refusal):
    message = _("People are invited for that time. Postpone the meeting, and say why.")


class NumberTaken(Refusal):
    message = _("Another meeting of this body has this number.")


class UncountedHasNoNumber(Refusal):
    message = _("An informal meeting or a workshop is not counted: it has no number.")


class NotPast(Refusal):
    message = _("This day is still to come. Schedule the meeting instead.")


class MeetingContent(TypedDict):
    """What its secretary says of a meeting to come."""

    kind: str
    mode: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str
    venue: str
    link: str
    chaired_by: str
    facilitator: str
    access: str
    note: str
    joint_with: Iterable[Body]


class PastContent(TypedDict):
    """What is known of a meeting that was held."""

    kind: str
    mode: str
    title: str
    number: int | None
    held_on: dt.date
    is_day_known: bool
    venue: str
    chaired_by: str
    access: str
    note: str
    missing_note: str
    gap_reason: str
    is_quorate: bool | None
    quorum_note: str
    joint_with: Iterable[Body]


@dataclass(frozen=True)
class Headcount:
    """How many of an organisation or a group were there."""

    organisation: Organisation | None
    group: str
    headcount: int


@dataclass(frozen=True)
class Rhythm:
    """Every so many weeks or months."""

    every: int
    unit: str


@transaction.atomic
def schedule_meeting(
    body: Body, *, by: User, at: dt.datetime | None = None, **content: Unpack[MeetingContent]
) -> Meeting:
    """A meeting of the body to come. A form that was sent twice gives the same meeting again.

    Raises BodyMeetsNoMore.
    """
    now = at or timezone.now()
    # One at a time, so that a double click is one meeting.
    body = Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
    _guard_body(body, content["kind"])
    return _schedule(body, content, by=by, at=now)


@transaction.atomic
def schedule_series(
    body: Body,
    *,
    by: User,
    rhythm: Rhythm,
    days: Sequence[dt.date],
    at: dt.datetime | None = None,
    **content: Unpack[MeetingContent],
) -> list[Meeting]:
    """A meeting on each of the days, at the local time that ``content`` gives for the first.

    Raises BodyMeetsNoMore. The same series twice is one.
    """
    now = at or timezone.now()
    body = Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
    _guard_body(body, content["kind"])
    first, last = content["starts_at"], content["ends_at"]
    length = last - first
    starts = [first.replace(year=day.year, month=day.month, day=day.day) for day in sorted(days)]
    series = _same_series(body, starts, by) or Series(
        body=body, title=content["title"], every=rhythm.every, unit=rhythm.unit,
        created_by=by, created_at=now,
    )  # fmt: skip
    series.full_clean()
    series.save()
    return [
        _schedule(
            body,
            {**content, "starts_at": start, "ends_at": start + length},
            by=by,
            at=now,
            series=series,
        )
        for start in starts
    ]


def days_of_series(first: dt.date, rhythm: Rhythm, count: int) -> list[dt.date]:
    """The days of a series: of months that are too short, the last one."""
    if rhythm.unit == Body.Unit.WEEK:
        return [first + dt.timedelta(weeks=rhythm.every * number) for number in range(count)]
    days = []
    for number in range(count):
        month = add_months(first, rhythm.every * number)
        end = add_months(month, 1) - dt.timedelta(days=1)
        days.append(min(month + dt.timedelta(days=first.day - 1), end))
    return days


@transaction.atomic
def edit_meeting(
    meeting: Meeting,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[MeetingContent],
) -> Meeting:
    """The planned meeting with other content; those who are invited are told of another place.

    Raises MeetingNotPlanned, PeopleAreInvited (for another time), or EditedMeanwhile.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if meeting.state not in {State.SCHEDULED, State.CALLED}:
        raise MeetingNotPlanned
    if meeting.version != seen_version:
        raise EditedMeanwhile
    moved = (content["starts_at"], content["ends_at"]) != (meeting.starts_at, meeting.ends_at)
    if moved and meeting.state == State.CALLED:
        raise PeopleAreInvited
    before = meeting_in_words(meeting)
    columns = {name: value for name, value in content.items() if name != "joint_with"}
    for name, value in columns.items():
        setattr(meeting, name, value)
    meeting.joint_with.set(_others(meeting.body, content["joint_with"]))
    changes = changes_between(before, meeting_in_words(meeting))
    # The calendar's number rises when time or place change, and with nothing else (R20).
    is_elsewhere = bool(changes.keys() & {"when", "venue", "link", "mode"})
    _save(meeting, *columns, in_calendar=is_elsewhere)
    record("committees.meeting_edited", meeting, by=by, changes=changes, at=now)
    if is_elsewhere and meeting.state == State.CALLED:
        tell_of_change(meeting, "", at=now)
    return meeting


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
    _save(meeting, "state", "state_reason", in_calendar=True)
    record("committees.meeting_cancelled", meeting, by=by, note=reason, at=now)
    tell_of_calling_off(meeting, at=now)
    return meeting


@transaction.atomic
def record_past_meeting(
    body: Body,
    *,
    by: User,
    counts: Iterable[Headcount] = (),
    at: dt.datetime | None = None,
    **content: Unpack[PastContent],
) -> Meeting:
    """A meeting that was held before it was known here, with who came as numbers (B26).

    A form that was sent twice gives the same meeting again. Raises NotPast, UncountedHasNoNumber
    or NumberTaken.
    """
    now = at or timezone.now()
    bodies = lock_bodies([body, *content["joint_with"]])
    body = next(each for each in bodies if each.pk == body.pk)
    _guard_past(body, content, at=now)
    columns = {name: value for name, value in content.items() if name != "joint_with"}
    same = Meeting.objects.filter(body=body, state=State.HELD, **columns).first()
    if same:
        return same
    taken = Meeting.objects.filter(body=body, number=content["number"])
    if content["number"] is not None and taken.exists():
        raise NumberTaken
    meeting = Meeting(body=body, state=State.HELD, closed_at=now, **columns)
    meeting.full_clean()
    meeting.save()
    meeting.joint_with.set(_others(body, content["joint_with"]))
    for count in counts:
        row = Participant(
            meeting=meeting, organisation=count.organisation, group=count.group,
            headcount=count.headcount, attendance=Participant.Attendance.PRESENT,
        )  # fmt: skip
        row.full_clean()
        row.save()
    record("committees.meeting_recorded", meeting, by=by, at=now)
    begin_after(meeting, bodies, by=by, at=now)
    follow_after(meeting, at=now)
    return meeting


def next_number(body: Body) -> int:
    """The number that the body's next counted meeting gets."""
    return (body.meetings.aggregate(last=Max("number"))["last"] or 0) + 1


def lock_meeting(meeting: Meeting) -> Meeting:
    """The meeting as it stands, held until the deed is done."""
    locked = Meeting.objects.select_for_update(of=("self",))
    return locked.select_related("body__mechanism").get(pk=meeting.pk)


def meeting_in_words(meeting: Meeting) -> dict[str, Any]:
    """Its content as people read it, for the record and for two versions side by side."""
    return {
        "title": meeting.title,
        "kind": str(meeting.get_kind_display()),
        "mode": str(meeting.get_mode_display()),
        "state": str(meeting.get_state_display()),
        "when": meeting.when,
        "venue": meeting.venue,
        "link": meeting.link,
        "chaired_by": meeting.chaired_by,
        "facilitator": meeting.facilitator,
        "access": str(meeting.get_access_display()),
        "note": meeting.note,
        "joint_with": sorted(str(body) for body in meeting.joint_with.all()),
    }


def _schedule(
    body: Body,
    content: Mapping[str, Any],
    *,
    by: User,
    at: dt.datetime,
    series: Series | None = None,
) -> Meeting:
    columns = {name: value for name, value in content.items() if name != "joint_with"}
    same = Meeting.objects.filter(body=body, version=1, state=State.SCHEDULED, **columns).first()
    if same:
        return same
    meeting = Meeting(body=body, series=series, **columns)
    meeting.full_clean()
    meeting.save()
    meeting.joint_with.set(_others(body, content["joint_with"]))
    record("committees.meeting_scheduled", meeting, by=by, at=at)
    return meeting


def _same_series(body: Body, starts: Sequence[dt.datetime], by: User) -> Series | None:
    """The series that the same person has just made by the same form."""
    first = Meeting.objects.filter(
        body=body, starts_at=starts[0] if starts else None, series__created_by=by, version=1
    ).select_related("series")
    found = first.first()
    return found.series if found else None


def _others(body: Body, bodies: Iterable[Body]) -> list[Body]:
    return [other for other in bodies if other.pk != body.pk]


def _guard_body(body: Body, kind: str) -> None:
    ended = {Body.State.SUSPENDED, Body.State.DISSOLVED}
    if body.state in ended and kind not in Meeting.UNCOUNTED:
        raise BodyMeetsNoMore


def _guard_past(body: Body, content: PastContent, *, at: dt.datetime) -> None:
    if content["held_on"] > timezone.localdate(at, body.mechanism.zone):
        raise NotPast
    if content["kind"] in Meeting.UNCOUNTED and content["number"] is not None:
        raise UncountedHasNoNumber


def _is_moved_already(
    meeting: Meeting,
    starts_at: dt.datetime | None,
    ends_at: dt.datetime | None,
    *,
    reason: str,
    by: User,
) -> bool:
    """Whether the last thing done to it is this very deed, as after a double click."""
    last = meeting.reschedulings.order_by("-pk").first()
    if last is None or (last.reason, last.changed_by) != (reason, by):
        return False
    if starts_at is None:
        return meeting.state == State.POSTPONED
    is_there = (meeting.starts_at, meeting.ends_at) == (starts_at, ends_at)
    return is_there and meeting.state != State.POSTPONED


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
    _save(meeting, "state", "state_reason", "starts_at", "ends_at", in_calendar=True)


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


def _save(meeting: Meeting, *columns: str, in_calendar: bool) -> None:
    meeting.full_clean()
    meeting.version = F("version") + 1
    if in_calendar:
        meeting.sequence = F("sequence") + 1
    meeting.save(update_fields=[*columns, "version", "sequence"])
    meeting.refresh_from_db(fields=["version", "sequence"])
