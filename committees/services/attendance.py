"""Who was there: by seat and organisation, guests too, and who was missing that mattered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Body, Meeting, Participant, Seat
from committees.notifications.meetings import tell_of_withdrawal
from coordination.models import Organisation, User
from coordination.services.events import record
from coordination.services.refusals import EditedMeanwhile, Refusal

Attendance = Participant.Attendance


class MeetingCalledOff(Refusal):
    message = _("This meeting was called off: there is nobody to count.")


class MeetingNotBegun(Refusal):
    message = _("Attendance is noted from the day of the meeting on.")


class AttendanceClosed(Refusal):
    message = _("The minutes of this meeting are confirmed: its attendance is fixed.")


@dataclass(frozen=True)
class Line:
    """A line of the attendance: a seat or a guest, whether or not anything was noted of it yet."""

    key: str
    seat: Seat | None
    participant: Participant | None
    holder: Appointment | None
    alternates: tuple[Appointment, ...]

    @property
    def organisation(self) -> Organisation | None:
        if self.participant and self.participant.organisation_id:
            return self.participant.organisation
        if self.holder and self.holder.organisation_id:
            return self.holder.organisation
        return self.seat.organisation if self.seat else None

    @property
    def is_vacant(self) -> bool:
        """Whether nobody holds the seat, nor stands in; one ex officio is never vacant."""
        if self.seat is None or self.seat.is_ex_officio:
            return False
        return self.holder is None and not self.alternates

    @property
    def group(self) -> str:
        """Whose side it is on."""
        own = self.participant.group if self.participant else ""
        return own or (self.seat.group if self.seat else "")

    @property
    def noted(self) -> Noted:
        """What stands of it now."""
        row = self.participant
        return Noted(row.attendance, row.via, row.is_by_alternate) if row else Noted()

    @property
    def title(self) -> str:
        """The post of the seat, or what the guest is called among officials."""
        if self.seat:
            return self.seat.title
        row = self.participant
        return row.post or str(row.organisation or row.get_group_display() or "") if row else ""


@dataclass(frozen=True)
class Noted:
    """What is noted of one line."""

    attendance: str = Attendance.UNKNOWN
    via: str = ""
    is_by_alternate: bool = False


class Guests(TypedDict):
    """People without a seat: one by post, or several of an organisation as a number."""

    organisation: Organisation | None
    post: str
    name: str
    email: str
    group: str
    expertise: str
    headcount: int


def lines_of(meeting: Meeting) -> list[Line]:
    """The seats of the meeting's bodies on its day, in order, then guests; fixed queries."""
    day = meeting.day or timezone.localdate(timezone=meeting.zone)
    known = list(meeting.participants.select_related("organisation", "seat__organisation"))
    of_seat = {row.seat_id: row for row in known}
    seats = Seat.objects.standing_on(day).filter(body__in=bodies_of(meeting))
    rows = {seat.pk: seat for seat in seats.select_related("organisation", "body").in_order()}
    # A seat that was asked and has since been given up was there all the same (R16).
    rows |= {row.seat.pk: row.seat for row in known if row.seat and row.seat_id not in rows}
    holders = _holders(rows, on=day)
    lines = [
        Line(
            f"seat-{key}",
            seat,
            of_seat.get(key),
            next((each for each in holders[key] if not each.is_alternate), None),
            tuple(each for each in holders[key] if each.is_alternate),
        )
        for key, seat in rows.items()
    ]
    guests = sorted((row for row in known if not row.seat_id), key=_by_organisation)
    return lines + [Line(f"guest-{row.pk}", None, row, None, ()) for row in guests]


def bodies_of(meeting: Meeting) -> list[Body]:
    """The body that holds the meeting, then those that hold it jointly."""
    return [meeting.body, *meeting.joint_with.order_by("position", "name", "pk")]


@transaction.atomic
def note_attendance(
    meeting: Meeting,
    notes: Mapping[str, tuple[Noted, Noted]],
    *,
    by: User,
    at: dt.datetime | None = None,
) -> int:
    """Note who was there, and return how many lines changed.

    ``notes`` give for the key of a line what its writer saw and what shall stand. Two people may
    note different lines at once; of one that another has noted otherwise meanwhile nothing is
    saved. Raises EditedMeanwhile, MeetingCalledOff, MeetingNotBegun or AttendanceClosed.
    """
    now = at or timezone.now()
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    guard_attendance(meeting, at=now)
    lines = {line.key: line for line in lines_of(meeting)}
    wanted = [
        (lines[key], seen, noted)
        for key, (seen, noted) in notes.items()
        if key in lines and noted != lines[key].noted and noted != seen
    ]
    if any(seen != line.noted for line, seen, _noted in wanted):
        raise EditedMeanwhile
    for line, _seen, noted in wanted:
        _note(meeting, line, noted)
    if wanted:
        there = Attendance.PRESENT
        present = [line.title for line, _s, noted in wanted if noted.attendance == there]
        record("committees.attendance_noted", meeting, by=by, note="; ".join(present), at=now)
    return len(wanted)


@transaction.atomic
def add_guests(
    meeting: Meeting,
    *,
    by: User,
    attendance: str = Attendance.UNKNOWN,
    via: str = "",
    at: dt.datetime | None = None,
    **guests: Unpack[Guests],
) -> Participant:
    """A line for people without a seat. The same guests twice are one line.

    Raises MeetingCalledOff, MeetingNotBegun (when they are said to be present), AttendanceClosed.
    """
    now = at or timezone.now()
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if attendance == Attendance.UNKNOWN:
        guard_not_called_off(meeting)
    else:
        guard_attendance(meeting, at=now)
    same = meeting.participants.filter(
        seat=None, organisation=guests["organisation"], post=guests["post"], name=guests["name"],
        email=guests["email"], group=guests["group"],
    )  # fmt: skip
    if known := same.first():
        return known
    row = Participant(meeting=meeting, attendance=attendance, via=via, **guests)
    row.full_clean()
    row.save()
    record("committees.guests_added", meeting, by=by, note=str(row), at=now)
    return row


@transaction.atomic
def remove_guests(row: Participant, *, by: User, at: dt.datetime | None = None) -> Meeting:
    """Take a line of guests away, with what it said; return the meeting.

    Who was asked to a meeting that is to come is told, so that it leaves the calendar (R20).
    Raises AttendanceClosed, or MeetingCalledOff.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=row.meeting_id)
    guard_not_called_off(meeting)
    guard_unconfirmed(meeting)
    gone, _each = meeting.participants.filter(pk=row.pk, seat=None).delete()
    if gone:
        now = at or timezone.now()
        if row.token_hash and row.email and meeting.starts_at and meeting.starts_at > now:
            tell_of_withdrawal(row, [row.email], at=now)
        record("committees.guests_removed", meeting, by=by, note=str(row), at=at)
    return meeting


def guard_attendance(meeting: Meeting, *, at: dt.datetime) -> None:
    """Raise the Refusal that says why attendance cannot be noted now."""
    guard_not_called_off(meeting)
    guard_unconfirmed(meeting)
    day = meeting.day
    if day and day > timezone.localdate(at, meeting.zone):
        raise MeetingNotBegun


def guard_not_called_off(meeting: Meeting) -> None:
    """Raise MeetingCalledOff for one that was postponed or cancelled."""
    if meeting.state in {Meeting.State.POSTPONED, Meeting.State.CANCELLED}:
        raise MeetingCalledOff


def guard_unconfirmed(meeting: Meeting) -> None:
    """Raise AttendanceClosed once the minutes are confirmed (R19)."""
    minutes = getattr(meeting, "minutes", None)
    if minutes is not None and minutes.state == "confirmed":
        raise AttendanceClosed


def _holders(seats: Collection[int], *, on: dt.date) -> defaultdict[int, list[Appointment]]:
    held = Appointment.objects.held(on=on).filter(seat__in=seats)
    held = held.select_related("holder", "organisation", "office").order_by("starts_on", "pk")
    found: defaultdict[int, list[Appointment]] = defaultdict(list)
    for appointment in held:
        found[appointment.seat_id].append(appointment)
    return found


def _by_organisation(row: Participant) -> tuple[str, str, int]:
    return (str(row.organisation or ""), row.post, row.pk)


def _note(meeting: Meeting, line: Line, noted: Noted) -> None:
    row = line.participant or Participant(meeting=meeting, seat=line.seat)
    if line.seat and line.participant is None:
        holder = line.holder
        row.appointment = holder
        row.organisation = (holder.organisation if holder else None) or line.seat.organisation
        row.group = line.seat.group
    row.attendance, row.is_by_alternate = noted.attendance, noted.is_by_alternate
    row.via = noted.via
    row.full_clean()
    row.save()
