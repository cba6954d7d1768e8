"""Letters about bodies: who is told what. Posts and offices, never a list of people (R24)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    ActionItem,
    Appointment,
    Body,
    CadenceAlarm,
    Correction,
    Minutes,
    Printout,
    Seat,
)
from coordination.models import Mechanism, Office, Organisation, Role, User
from coordination.models.office import OfficeQuerySet
from coordination.services.mail import post

EMAILS = "committees/emails"


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


def holders_of(seat: Seat, *, at: dt.datetime) -> list[User | str]:
    """Who holds the seat; while nobody with an account does, the address of the office."""
    held = Appointment.objects.in_office(on=timezone.localdate(at)).filter(seat=seat)
    holders = User.objects.filter(appointments__in=held).distinct().order_by("pk")
    return list(holders) or ([seat.contact] if seat.contact else [])


def people_of(
    organisation: Organisation, mechanism: Mechanism, *, at: dt.datetime
) -> list[User | str]:
    """Who works for the organisation in an office that counts in the mechanism."""
    held = Office.objects.giving_rights_in(mechanism, on=timezone.localdate(at))
    return list(_of_offices(held.held(on=timezone.localdate(at)).filter(organisation=organisation)))


# --- Action items ---


def owners_of(action: ActionItem, *, at: dt.datetime) -> list[User | str]:
    """The holder of the seat that does it, and the people of the organisations that do."""
    found: dict[User | str, None] = {}
    if action.owner_seat:
        found |= dict.fromkeys(holders_of(action.owner_seat, at=at))
    organisations = [action.owner_organisation] if action.owner_organisation else []
    for organisation in (*organisations, *action.co_owners.all()):
        found |= dict.fromkeys(people_of(organisation, action.body.mechanism, at=at))
    return list(found)


def tell_of_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners what they have to do, and by when; anew when that changes."""
    post(
        f"action-set:{action.pk}:{action.version}",
        owners_of(action, at=at),
        subject=_("For you to do: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_set.txt",
        context={"action": action},
        at=at,
    )


def tell_of_returned_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners that the body does not hold it done, and why."""
    post(
        f"action-returned:{action.pk}:{action.version}",
        owners_of(action, at=at),
        subject=_("Not done yet: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_returned.txt",
        context={"action": action},
        at=at,
    )


def tell_of_overdue_action(action: ActionItem, *, at: dt.datetime) -> None:
    """Tell the owners that its day has passed; once for each day that was set."""
    post(
        f"action-overdue:{action.pk}:{action.due_on}",
        owners_of(action, at=at),
        subject=_("Overdue: %(action)s") % {"action": action},
        template=f"{EMAILS}/action_overdue.txt",
        context={"action": action},
        at=at,
    )


def _of_offices(offices: OfficeQuerySet) -> list[User]:
    return list(User.objects.filter(offices__in=offices).distinct().order_by("pk"))


# --- Minutes ---


def members_of(body: Body, *, at: dt.datetime) -> list[User | str]:
    """Whoever holds a seat of the body; of a seat without an account the address of its office."""
    day = timezone.localdate(at)
    seats = Seat.objects.standing_on(day).filter(body=body)
    held = Appointment.objects.in_office(on=day).filter(seat__in=seats.values("pk"))
    holders = User.objects.filter(appointments__in=held).distinct().order_by("pk")
    vacant = seats.exclude(pk__in=held.values("seat")).exclude(contact="")
    return [*holders, *dict.fromkeys(vacant.order_by("pk").values_list("contact", flat=True))]


def tell_of_circulation(minutes: Minutes, *, at: dt.datetime) -> None:
    """Tell the body that the minutes can be read, and until when they can be corrected."""
    meeting = minutes.meeting
    post(
        f"minutes-circulated:{minutes.pk}:{minutes.revision}",
        members_of(meeting.body, at=at),
        subject=_("Minutes for you to check: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/minutes_circulated.txt",
        context={"minutes": minutes, "meeting": meeting},
        at=at,
    )


def tell_of_correction(correction: Correction, *, at: dt.datetime) -> None:
    """Tell the secretary that a member asks for a correction."""
    meeting = correction.minutes.meeting
    post(
        f"correction-asked:{correction.pk}",
        secretaries_of(meeting.body, on=timezone.localdate(at)),
        subject=_("A correction is asked for: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/correction_asked.txt",
        context={"meeting": meeting},
        at=at,
    )


def tell_of_answered_correction(correction: Correction, *, at: dt.datetime) -> None:
    """Tell who asked what became of the correction."""
    meeting = correction.minutes.meeting
    post(
        f"correction-answered:{correction.pk}",
        [correction.asked_by],
        subject=_("Your correction: %(meeting)s") % {"meeting": meeting},
        template=f"{EMAILS}/correction_answered.txt",
        context={"correction": correction, "meeting": meeting},
        at=at,
    )


def tell_of_printout(printout: Printout, *, at: dt.datetime) -> None:
    """Tell who asked that the PDF is there, or why it is not."""
    post(
        f"printout:{printout.pk}",
        [printout.requested_by],
        subject=_("PDF: %(printout)s") % {"printout": printout},
        template=f"{EMAILS}/printout.txt",
        context={"printout": printout, "is_made": printout.failure == Printout.Failure.NONE},
        at=at,
    )
