"""Letters about bodies: who is told what. Posts and offices, never a list of people (R24)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import ActionItem, Appointment, Body, CadenceAlarm, Seat
from coordination.models import Office, Role, User
from coordination.services.mail import post


def chairs_of(body: Body, *, on: dt.date) -> list[User]:
    """Who chairs or co-chairs the body on the day, with an office in force."""
    return _holders(body, Seat.Function.CHAIR, Seat.Function.CO_CHAIR, on=on)


def secretaries_of(body: Body, *, on: dt.date) -> list[User]:
    """Who keeps the body on the day: its secretary, and the mechanism's secretariat."""
    offices = Office.objects.held(on=on).of(Role.SECRETARIAT).filter(mechanism=body.mechanism_id)
    backbone = [office.holder for office in offices.select_related("holder").order_by("pk")]
    return list(dict.fromkeys(_holders(body, Seat.Function.SECRETARY, on=on) + backbone))


def tell_of_nomination(appointment: Appointment, *, by: User, at: dt.datetime | None) -> None:
    """Who confirms learns that somebody is nominated."""
    body = appointment.seat.body
    today = timezone.localdate(at)
    deciding = dict.fromkeys(chairs_of(body, on=today) + secretaries_of(body, on=today))
    post(
        f"seat-nominated:{appointment.pk}",
        [user for user in deciding if user not in {by, appointment.holder}],
        subject=_("%(body)s: a nomination waits, %(seat)s")
        % {"body": body, "seat": appointment.seat},
        template="committees/emails/seat_nominated.txt",
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
        template="committees/emails/seat_given.txt",
        context={
            "appointment": appointment,
            "seat": seat,
            "body": seat.body,
            "handover_note": handover_note,
            "actions": ActionItem.objects.outstanding().filter(owner_seat=seat).count(),
        },
        at=at,
    )


# --- Whether bodies meet ---


def tell_of_missed_meeting(alarm: CadenceAlarm, *, at: dt.datetime | None) -> None:
    """Its chair and its secretary, once a level."""
    body = alarm.body
    today = timezone.localdate(at)
    concerned = dict.fromkeys(chairs_of(body, on=today) + secretaries_of(body, on=today))
    post(
        f"meeting-missed:{alarm.pk}:{alarm.level}",
        concerned,
        subject=_("%(body)s: a meeting was due by %(day)s")
        % {"body": body, "day": date_format(alarm.due_on, "j M Y")},
        template="committees/emails/meeting_missed.txt",
        context={"alarm": alarm, "body": body},
        at=at,
    )


def _holders(body: Body, *functions: Seat.Function, on: dt.date) -> list[User]:
    seats = Appointment.objects.in_office(on=on).filter(
        seat__body=body, seat__function__in=functions, holder__isnull=False
    )
    return [row.holder for row in seats.select_related("holder").order_by("pk") if row.holder]
