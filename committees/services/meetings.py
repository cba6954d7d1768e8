"""Meetings: planned alone or in series, and edited until they begin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Meeting, Series
from committees.notifications.meetings import tell_of_change
from coordination.models import User, add_months
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next

State = Meeting.State


class BodyMeetsNoMore(Refusal):
    message = _("This body is suspended or dissolved. A meeting of it can only be an informal one.")


class MeetingNotPlanned(Refusal):
    message = _("This meeting has begun, was held or was called off: it can no longer be changed.")


class PeopleAreInvited(Refusal):
    message = _("People are invited for that time. Move the meeting, and say why.")


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
    meeting.joint_with.set(others(meeting.body, content["joint_with"]))
    changes = changes_between(before, meeting_in_words(meeting))
    # The calendar's number rises when time or place change, and with nothing else (R20).
    is_elsewhere = bool(changes.keys() & {"when", "venue", "link", "mode"})
    save_meeting(meeting, *columns, in_calendar=is_elsewhere)
    record("committees.meeting_edited", meeting, by=by, changes=changes, at=now)
    if is_elsewhere and meeting.state == State.CALLED:
        tell_of_change(meeting, "", at=now)
    return meeting


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
    meeting.joint_with.set(others(body, content["joint_with"]))
    record("committees.meeting_scheduled", meeting, by=by, at=at)
    return meeting


def _same_series(body: Body, starts: Sequence[dt.datetime], by: User) -> Series | None:
    """The series that the same person has just made by the same form."""
    first = Meeting.objects.filter(
        body=body, starts_at=starts[0] if starts else None, series__created_by=by, version=1
    ).select_related("series")
    found = first.first()
    return found.series if found else None


def others(body: Body, bodies: Iterable[Body]) -> list[Body]:
    """The bodies that meet jointly with the body that holds the meeting."""
    return [other for other in bodies if other.pk != body.pk]


def _guard_body(body: Body, kind: str) -> None:
    ended = {Body.State.SUSPENDED, Body.State.DISSOLVED}
    if body.state in ended and kind not in Meeting.UNCOUNTED:
        raise BodyMeetsNoMore


def save_meeting(meeting: Meeting, *columns: str, in_calendar: bool) -> None:
    """Save the columns as the next version; where calendars show it, as their next one (R20)."""
    meeting.full_clean()
    if in_calendar:
        # Every deed holds the meeting locked, so that none is counted twice.
        meeting.sequence += 1
    save_next(meeting, *columns, "sequence")
