"""Meetings that were held before they were known here, with who came as numbers (B26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Meeting, Participant
from coordination.models import Organisation, User
from coordination.services.events import record
from coordination.services.refusals import Refusal

from .cadence import follow_after
from .formation import begin_after, lock_bodies
from .meetings import others

State = Meeting.State


class NumberTaken(Refusal):
    message = _("Another meeting of this body has this number.")


class UncountedHasNoNumber(Refusal):
    message = _("An informal meeting or a workshop is not counted: it has no number.")


class NotPast(Refusal):
    message = _("This day is still to come. Schedule the meeting instead.")


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
    meeting = Meeting(
        body=body, state=State.HELD, closed_at=now, entered_by=by, entered_at=now, **columns
    )
    meeting.full_clean()
    meeting.save()
    meeting.joint_with.set(others(body, content["joint_with"]))
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


def _guard_past(body: Body, content: PastContent, *, at: dt.datetime) -> None:
    if content["held_on"] > body.mechanism.today(at):
        raise NotPast
    if content["kind"] in Meeting.UNCOUNTED and content["number"] is not None:
        raise UncountedHasNoNumber
