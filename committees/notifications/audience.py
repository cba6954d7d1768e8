"""Who is told of a body: by seat, by office, by organisation; never a list of people (R24)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from committees.models import Appointment, Body, Meeting, Seat
from committees.models.seat import AppointmentQuerySet
from coordination.models import Mechanism, Office, Organisation, Role, User
from coordination.models.office import OfficeQuerySet

EMAILS = "committees/emails"
# The seats that answer for a body.
LEADING = (Seat.Function.CHAIR, Seat.Function.CO_CHAIR, Seat.Function.SECRETARY)


def chairs_of(body: Body, *, on: dt.date) -> list[User]:
    """Who chairs or co-chairs the body on the day, with an office in force."""
    return _holders(body, *Seat.CHAIRING, on=on)


def secretaries_of(body: Body, *, on: dt.date) -> list[User]:
    """Who keeps the body on the day: its secretary, and the mechanism's secretariat."""
    secretaries = _holders(body, Seat.Function.SECRETARY, on=on)
    return list(dict.fromkeys(secretaries + secretariat_of(body.mechanism, on=on)))


def secretariat_of(mechanism: Mechanism, *, on: dt.date) -> list[User]:
    """Who serves the mechanism in its secretariat on the day."""
    return people_in(Office.objects.held(on=on).of(Role.SECRETARIAT).filter(mechanism=mechanism))


def leaders_of(body: Body, *, on: dt.date) -> list[User]:
    """Who answers for the body on the day: its chairs and those who keep it, each once."""
    return list(dict.fromkeys(chairs_of(body, on=on) + secretaries_of(body, on=on)))


def holders_of(seat: Seat, *, at: dt.datetime) -> list[User | str]:
    """Who holds the seat; while nobody with an account does, the address of the office."""
    held = Appointment.objects.in_office(on=timezone.localdate(at)).filter(seat=seat)
    return [*holding(held)] or ([seat.contact] if seat.contact else [])


def members_of(body: Body, *, at: dt.datetime) -> list[User | str]:
    """Whoever holds a seat of the body; of a seat without an account the address of its office."""
    day = timezone.localdate(at)
    seats = Seat.objects.standing_on(day).filter(body=body)
    held = Appointment.objects.in_office(on=day).filter(seat__in=seats.values("pk"))
    vacant = seats.exclude(pk__in=held.values("seat")).exclude(contact="")
    return [*holding(held), *dict.fromkeys(vacant.order_by("pk").values_list("contact", flat=True))]


def members_at(meeting: Meeting, *, at: dt.datetime) -> list[User | str]:
    """The members of the body that held the meeting, and of those that held it jointly."""
    bodies = [meeting.body, *meeting.joint_with.in_order()]
    return list(dict.fromkeys(one for body in bodies for one in members_of(body, at=at)))


def people_of(
    organisation: Organisation, mechanism: Mechanism, *, at: dt.datetime
) -> list[User | str]:
    """Who works for the organisation in an office that counts in the mechanism."""
    held = Office.objects.giving_rights_in(mechanism, on=timezone.localdate(at))
    return list(people_in(held.held(on=timezone.localdate(at)).filter(organisation=organisation)))


def people_of_body(body: Body, *, at: dt.datetime) -> list[User | str]:
    """Chair and secretary; else whoever sits there; else the mechanism's secretariat."""
    seats = Seat.objects.standing_on(timezone.localdate(at)).filter(body=body).in_order()
    leading = seats.filter(function__in=LEADING)
    for some in (leading, seats):
        found = dict.fromkeys(one for seat in some for one in holders_of(seat, at=at))
        if found:
            return list(found)
    return list(secretariat_of(body.mechanism, on=timezone.localdate(at)))


def _holders(body: Body, *functions: Seat.Function, on: dt.date) -> list[User]:
    in_office = Appointment.objects.in_office(on=on)
    return holding(in_office.filter(seat__body=body, seat__function__in=functions))


def people_in(offices: OfficeQuerySet) -> list[User]:
    """The people who hold the offices, each once."""
    return list(User.objects.filter(offices__in=offices).distinct().order_by("pk"))


def holding(appointments: AppointmentQuerySet) -> list[User]:
    """The people who hold the seats, each once."""
    return list(User.objects.filter(appointments__in=appointments).distinct().order_by("pk"))
