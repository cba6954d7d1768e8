"""Whom the deeds on seats are told, and of meetings that were missed."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem, Appointment, CadenceAlarm
from coordination.models import User
from coordination.services.mail import post

from .audience import EMAILS, leaders_of


def tell_of_nomination(appointment: Appointment, *, by: User, at: dt.datetime | None) -> None:
    """Who confirms learns that somebody is nominated."""
    body = appointment.seat.body
    deciding = leaders_of(body, on=timezone.localdate(at))
    post(
        f"seat-nominated:{appointment.pk}",
        [user for user in deciding if user not in {by, appointment.holder}],
        subject=_("%(body)s: a nomination waits, %(seat)s")
        % {"body": body, "seat": appointment.seat},
        template=f"{EMAILS}/seat_nominated.txt",
        context={"appointment": appointment, "seat": appointment.seat, "body": body},
        at=at,
    )


def tell_of_appointment(
    appointment: Appointment, *, handover_note: str = "", at: dt.datetime | None
) -> None:
    """Whoever sits on the seat now, with what the predecessor hands over (R16)."""
    seat = appointment.seat
    recipient = appointment.holder or appointment.email or seat.contact
    if not recipient:
        return
    post(
        f"seat-given:{appointment.pk}",
        [recipient],
        subject=_("You sit on %(body)s: %(seat)s") % {"body": seat.body, "seat": seat},
        template=f"{EMAILS}/seat_given.txt",
        context={
            "appointment": appointment,
            "seat": seat,
            "body": seat.body,
            "handover_note": handover_note,
            "actions": ActionItem.objects.outstanding().filter(owner_seat=seat).count(),
        },
        at=at,
    )


def tell_of_missed_meeting(alarm: CadenceAlarm, *, at: dt.datetime | None) -> None:
    """Its chair and its secretary, once a level."""
    body = alarm.body
    post(
        f"meeting-missed:{alarm.pk}:{alarm.level}",
        leaders_of(body, on=timezone.localdate(at)),
        subject=_("%(body)s: a meeting was due by %(day)s")
        % {"body": body, "day": date_format(alarm.due_on)},
        template=f"{EMAILS}/meeting_missed.txt",
        context={"alarm": alarm, "body": body},
        at=at,
    )
