"""Whom the deeds on meetings are told, with a link for the answer."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Appointment, Meeting, Participant
from coordination.models import User
from coordination.services.mail import SECRET_MARK, post

from .audience import EMAILS, holding


def recipients_of(row: Participant, *, at: dt.datetime) -> list[User | str]:
    """Who is written to for a line: holder and alternates, else the address of office or guest."""
    if row.seat_id is None:
        return [row.email] if row.email else []
    held = Appointment.objects.in_office(on=timezone.localdate(at)).filter(seat=row.seat_id)
    people: list[User | str] = [user for user in holding(held) if user.is_active]
    addresses = [row.email, row.seat.contact if row.seat else ""]
    offices: list[User | str] = [address for address in addresses if address]
    return people or offices[:1]


def tell_of_invitation(row: Participant, *, at: dt.datetime) -> int:
    """Ask them to the meeting, with a link for the answer; return how many are written to."""
    meeting = row.meeting
    recipients = recipients_of(row, at=at)
    post(
        f"meeting-called:{row.pk}:{row.appointment_id or 0}:{meeting.sequence}",
        recipients,
        subject=_("Invitation: %(meeting)s, %(when)s") % _names(meeting),
        template=f"{EMAILS}/meeting_called.txt",
        context=_seen(row),
        at=at,
    )
    return len(recipients)


def tell_of_withdrawal(row: Participant, people: list[User | str], *, at: dt.datetime) -> None:
    """Tell those who were asked that they are no more, so that their calendars know it too."""
    meeting = row.meeting
    post(
        f"meeting-withdrawn:{meeting.pk}:{row.pk}:{row.appointment_id or 0}:{meeting.sequence}",
        people,
        subject=_("No longer for you: %(meeting)s, %(when)s") % _names(meeting),
        template=f"{EMAILS}/meeting_withdrawn.txt",
        context={"row": row, "meeting": meeting},
        at=at,
    )


def tell_of_change(meeting: Meeting, reason: str, *, was: str = "", at: dt.datetime) -> None:
    """Tell those who are invited of the new time or place, with a link for the answer.

    ``was`` is the time at which it was to be, "" where it is the same.
    """
    for row in _invited(meeting):
        post(
            f"meeting-changed:{row.pk}:{meeting.sequence}",
            recipients_of(row, at=at),
            subject=_("Changed: %(meeting)s, %(when)s") % _names(meeting),
            template=f"{EMAILS}/meeting_changed.txt",
            context={**_seen(row), "was": was, "reason": reason},
            at=at,
        )


def tell_of_calling_off(meeting: Meeting, *, at: dt.datetime) -> None:
    """Tell those who are invited that it does not take place, and why."""
    for row in _invited(meeting):
        post(
            f"meeting-off:{row.pk}:{meeting.sequence}",
            recipients_of(row, at=at),
            subject=_("%(state)s: %(meeting)s, %(when)s")
            % {**_names(meeting), "state": meeting.get_state_display()},
            template=f"{EMAILS}/meeting_off.txt",
            context={**_seen(row), "reason": meeting.state_reason},
            at=at,
        )


def tell_of_meeting_near(row: Participant, days: int, *, at: dt.datetime) -> None:
    """Remind them once, so many days before; a new date is a new occasion."""
    post(
        f"meeting-reminder:{row.pk}:{days}:{row.meeting.sequence}",
        recipients_of(row, at=at),
        subject=_("Reminder: %(meeting)s, %(when)s") % _names(row.meeting),
        template=f"{EMAILS}/meeting_reminder.txt",
        context=_seen(row),
        at=at,
    )


def _invited(meeting: Meeting) -> list[Participant]:
    rows = meeting.participants.exclude(token_hash="").select_related("seat", "meeting__body")
    # As it stands after the deed, for words and calendar alike.
    for row in rows:
        row.meeting = meeting
    return list(rows)


def _seen(row: Participant) -> dict[str, object]:
    meeting = row.meeting
    items = meeting.items.filter(is_restricted=False).in_order()
    return {
        "row": row,
        "meeting": meeting,
        "joint_with": [body.name for body in meeting.joint_with.in_order()],
        "items": list(items),
        "token": SECRET_MARK,
    }


def _names(meeting: Meeting) -> dict[str, object]:
    return {"meeting": meeting, "when": meeting.when}
