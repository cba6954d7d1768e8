"""Calling a meeting: who is asked, by which letter, and what they answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Meeting, Participant
from committees.notifications.meetings import (
    recipients_of,
    tell_of_invitation,
    tell_of_withdrawal,
)
from coordination.models import Mail, User, hash_token
from coordination.services.events import record
from coordination.services.mail import Enclosure, register_enclosure, register_secret
from coordination.services.refusals import Refusal

from .attendance import Line, lines_of
from .calendars import invitation_for, withdrawal_for
from .meetings import MeetingNotPlanned, lock_meeting

State = Meeting.State
SMS_LENGTH = 160
# One character that is not plain halves the room of a message.
IN_A_MESSAGE = str.maketrans("–\u00a0", "- ")


class MeetingIsPast(Refusal):
    message = _("This meeting is past.")


class NobodyToInvite(Refusal):
    message = _("Nobody is left to be asked: set up seats, or add guests with an address.")


class ReplyTooLate(Refusal):
    message = _("This meeting is over: it takes no more answers.")


class ReplyCalledOff(Refusal):
    message = _("This meeting does not take place: there is nothing to answer.")


class ReplyForAnother(Refusal):
    message = _(
        "This link was for an earlier holder of the seat. Whoever holds it now has a new one."
    )


@dataclass(frozen=True)
class Calling:
    """How many lines were asked, and which of them no letter reaches."""

    asked: int
    without_address: tuple[str, ...]


@transaction.atomic
def call_meeting(meeting: Meeting, *, by: User, at: dt.datetime | None = None) -> Calling:
    """Ask every seat and every guest that was not asked yet, each by a letter of its own.

    Called again, it asks new guests and those who hold a seat since. Raises MeetingNotPlanned,
    MeetingIsPast or NobodyToInvite.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if meeting.state not in {State.SCHEDULED, State.CALLED}:
        raise MeetingNotPlanned
    if meeting.ends_at is None or meeting.ends_at <= now:
        raise MeetingIsPast
    unasked = [line for line in lines_of(meeting) if is_unasked(line)]
    if not unasked:
        raise NobodyToInvite
    rows = [_ask(meeting, line, at=now) for line in unasked]
    unreached = [str(row) for row in rows if not tell_of_invitation(row, at=now)]
    meeting.state = State.CALLED
    meeting.full_clean()
    meeting.save(update_fields=["state"])
    note = "; ".join(str(row) for row in rows)
    record("committees.meeting_called", meeting, by=by, note=note, at=now)
    return Calling(len(rows), tuple(unreached))


def is_unasked(line: Line) -> bool:
    """Whether nobody was written to for the line, or somebody else holds the seat since."""
    row = line.participant
    if row is None or not row.token_hash:
        return True
    return line.seat is not None and row.appointment_id != (line.holder.pk if line.holder else None)


@transaction.atomic
def reply_to_meeting(
    row: Participant,
    *,
    reply: str,
    by: User | None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Participant:
    """Whether they come; the last answer counts. ``by`` is None for who came by the letter's link.

    Raises ReplyCalledOff or ReplyTooLate.
    """
    now = at or timezone.now()
    row = Participant.objects.select_for_update(of=("self",)).get(pk=row.pk)
    guard_reply(row, at=now)
    if (row.reply, row.reply_note) == (reply, note):
        return row
    row.reply, row.reply_note, row.replied_at = reply, note, now
    row.full_clean()
    row.save(update_fields=["reply", "reply_note", "replied_at"])
    said = f"{row}: {row.get_reply_display()}"
    record("committees.meeting_answered", row.meeting, by=by, note=said, at=now)
    return row


def guard_reply(row: Participant, *, at: dt.datetime | None = None) -> None:
    """Raise the Refusal that says why no answer is taken."""
    meeting = row.meeting
    if meeting.state in {State.POSTPONED, State.CANCELLED}:
        raise ReplyCalledOff
    ended = meeting.ends_at is None or meeting.ends_at <= (at or timezone.now())
    if ended or meeting.state == State.HELD:
        raise ReplyTooLate


def row_of_token(token: str, *, on: dt.date | None = None) -> Participant | None:
    """The line that a letter's link is for; None for a link that is not known.

    Raises ReplyForAnother once the seat is held by somebody else, or by nobody (R26).
    """
    rows = Participant.objects.filter(token_hash=hash_token(token))
    row = rows.select_related("meeting__body__mechanism", "seat", "appointment").first()
    if row and row.appointment_id:
        held = Appointment.objects.held(on=on or timezone.localdate())
        if not held.filter(pk=row.appointment_id).exists():
            raise ReplyForAnother
    return row


def token_of(row: Participant) -> str:
    """The secret of the link, in 64 hexadecimal digits, derived and never stored.

    Another holder of the seat gets another one.
    """
    value = f"{row.meeting.uid} {row.pk} {row.appointment_id or 0}"
    return salted_hmac("committees.reply", value, algorithm="sha256").hexdigest()


def own_rows(meeting: Meeting, user: User, *, on: dt.date) -> list[Participant]:
    """The lines of the meeting that the user may answer: those of the seats held by the user."""
    held = Appointment.objects.in_office(on=on).filter(holder=user)
    return list(meeting.participants.filter(seat__in=held.values("seat")).select_related("seat"))


def sms_of(meeting: Meeting, address: str) -> str:
    """The meeting in a text message of at most 160 plain characters, to be copied."""
    when = meeting.when.translate(IN_A_MESSAGE)
    head, tail = f"{meeting.body}: {when}", f" {address}"
    room = SMS_LENGTH - len(head) - len(tail) - 2
    where = (meeting.venue or meeting.link)[: max(room, 0)]
    return (f"{head}, {where}{tail}" if where else f"{head}{tail}")[:SMS_LENGTH]


def _ask(meeting: Meeting, line: Line, *, at: dt.datetime) -> Participant:
    row = line.participant or Participant(meeting=meeting, seat=line.seat)
    row.meeting = meeting
    if row.token_hash and line.seat:
        _withdraw(row, at=at)
    if line.seat:
        holder = line.holder
        changed = row.pk is not None and row.appointment_id != (holder.pk if holder else None)
        row.appointment = holder
        row.organisation = (holder.organisation if holder else None) or line.seat.organisation
        row.group = line.seat.group
        row.email = (holder.email if holder else "") or line.seat.contact
        if changed:
            row.reply, row.replied_at, row.reply_note = Participant.Reply.NONE, None, ""
    row.full_clean()
    row.save()
    row.token_hash = hash_token(token_of(row))
    row.save(update_fields=["token_hash"])
    return row


def _withdraw(row: Participant, *, at: dt.datetime) -> None:
    """Tell who held the seat when it was asked, and is not asked for it any more (R26)."""
    if row.appointment is None:
        return
    former = row.appointment.holder or row.email
    if former and former not in recipients_of(row, at=at):
        tell_of_withdrawal(row, [former], at=at)


def _row_of(mail: Mail) -> Participant | None:
    key = mail.key.split(":")[1]
    rows = Participant.objects.select_related("meeting__body__mechanism", "seat")
    return rows.filter(pk=key).first()


def _reveal_token(mail: Mail) -> str:
    row = _row_of(mail)
    return token_of(row) if row else ""


def _enclose_invitation(mail: Mail) -> Enclosure | None:
    row = _row_of(mail)
    if row is None or row.meeting.starts_at is None:
        return None
    items = row.meeting.items.filter(is_restricted=False).in_order()
    return invitation_for(row, mail.recipient, [item.title for item in items])


def _enclose_withdrawal(mail: Mail) -> Enclosure | None:
    found = Meeting.objects.select_related("body__mechanism").filter(pk=mail.key.split(":")[1])
    meeting = found.first()
    if meeting is None or meeting.starts_at is None:
        return None
    return withdrawal_for(meeting, mail.recipient)


register_enclosure("meeting-withdrawn", _enclose_withdrawal)
for _occasion in ("meeting-called", "meeting-changed", "meeting-reminder"):
    register_secret(_occasion, _reveal_token)
for _occasion in ("meeting-called", "meeting-changed", "meeting-off"):
    register_enclosure(_occasion, _enclose_invitation)
