"""Whom the deeds of `committees` are told, and of what; posts and offices, never a list (R24)."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    ActionItem,
    Alert,
    AlertUpdate,
    Appointment,
    Body,
    CadenceAlarm,
    Correction,
    Escalation,
    EscalationStep,
    Meeting,
    Memo,
    MemoAddressee,
    MemoCirculation,
    Minutes,
    Participant,
    Printout,
    Seat,
)
from coordination.models import (
    COUNTY_ROLES,
    Mechanism,
    Office,
    Organisation,
    Role,
    User,
    takes_part_in,
)
from coordination.models.office import OfficeQuerySet
from coordination.services.mail import SECRET_MARK, post

EMAILS = "committees/emails"
# The seats that answer for a body.
LEADING = (Seat.Function.CHAIR, Seat.Function.CO_CHAIR, Seat.Function.SECRETARY)


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
    return list(_people_in(held.held(on=timezone.localdate(at)).filter(organisation=organisation)))


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


# --- Meetings ---


def recipients_of(row: Participant, *, at: dt.datetime) -> list[User | str]:
    """Who is written to for a line: holder and alternates, else the address of office or guest."""
    if row.seat_id is None:
        return [row.email] if row.email else []
    held = Appointment.objects.in_office(on=timezone.localdate(at)).filter(seat=row.seat_id)
    people: list[User | str] = list(
        User.objects.filter(appointments__in=held, is_active=True).distinct().order_by("pk")
    )
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


def tell_of_change(meeting: Meeting, reason: str, *, at: dt.datetime) -> None:
    """Tell those who are invited of the new time or place, with a link for the answer."""
    for row in _invited(meeting):
        post(
            f"meeting-changed:{row.pk}:{meeting.sequence}",
            recipients_of(row, at=at),
            subject=_("Changed: %(meeting)s, %(when)s") % _names(meeting),
            template=f"{EMAILS}/meeting_changed.txt",
            context={**_seen(row), "reason": reason},
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
    return {"row": row, "meeting": meeting, "items": list(items), "token": SECRET_MARK}


def _names(meeting: Meeting) -> dict[str, object]:
    return {"meeting": meeting, "when": meeting.when}


# --- Escalations ---


def people_of_body(body: Body, *, at: dt.datetime) -> list[User | str]:
    """Chair and secretary; else whoever sits there; else the mechanism's secretariat."""
    seats = Seat.objects.standing_on(timezone.localdate(at)).filter(body=body).in_order()
    leading = seats.filter(function__in=LEADING)
    for some in (leading, seats):
        found = dict.fromkeys(one for seat in some for one in holders_of(seat, at=at))
        if found:
            return list(found)
    return list(secretariat_of(body.mechanism, at=at))


def secretariat_of(mechanism: Mechanism, *, at: dt.datetime) -> list[User]:
    held = Office.objects.held(on=timezone.localdate(at)).of(Role.SECRETARIAT)
    return _people_in(held.filter(mechanism=mechanism))


def raisers_of(escalation: Escalation, *, at: dt.datetime) -> list[User | str]:
    """Who raised it, as long as one takes part; else the people of the organisation (R26)."""
    today = timezone.localdate(at)
    rights = Office.objects.giving_rights_in(escalation.mechanism, on=today).held(on=today)
    if rights.filter(holder=escalation.raised_by).exists():
        return [escalation.raised_by]
    if escalation.raised_for:
        return people_of(escalation.raised_for, escalation.mechanism, at=at)
    return []


def tell_of_escalation(step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell the body that an issue has come to it, and by when its answer is due."""
    escalation = step.escalation
    post(
        f"escalation:{step.pk}:{step.received_at.isoformat()}",
        people_of_body(step.body, at=at),
        subject=_("Raised to the %(body)s: %(issue)s")
        % {"body": step.body, "issue": escalation.title},
        template=f"{EMAILS}/escalation_raised.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_raiser_of_state(escalation: Escalation, step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell whoever raised it that it was received, is in hand, or has gone up a level."""
    post(
        f"escalation-state:{escalation.pk}:{escalation.version}",
        raisers_of(escalation, at=at),
        subject=_("%(state)s: %(issue)s")
        % {"state": escalation.get_state_display(), "issue": escalation.title},
        template=f"{EMAILS}/escalation_state.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_of_answer_from_above(
    step: EscalationStep, below: EscalationStep, *, at: dt.datetime
) -> None:
    """Tell the body below what the body above answers, for it to pass on."""
    post(
        f"escalation-sent-down:{step.pk}:{at.isoformat()}",
        people_of_body(below.body, at=at),
        subject=_("The %(body)s answers: %(issue)s")
        % {"body": step.body, "issue": step.escalation.title},
        template=f"{EMAILS}/escalation_sent_down.txt",
        context={"escalation": step.escalation, "step": step, "below": below},
        at=at,
    )


def tell_of_answer(escalation: Escalation, step: EscalationStep, *, at: dt.datetime) -> None:
    """Tell whoever raised it the answer."""
    post(
        f"escalation-answered:{escalation.pk}:{escalation.version}",
        raisers_of(escalation, at=at),
        subject=_("Answered: %(issue)s") % {"issue": escalation.title},
        template=f"{EMAILS}/escalation_answered.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


def tell_of_overdue_escalation(
    escalation: Escalation, step: EscalationStep, *, at: dt.datetime
) -> None:
    """Tell both ends that the day of the answer has passed; once for each day that was set."""
    post(
        f"escalation-overdue:{escalation.pk}:{escalation.due_on}",
        [*people_of_body(step.body, at=at), *raisers_of(escalation, at=at)],
        subject=_("Answer overdue: %(issue)s") % {"issue": escalation.title},
        template=f"{EMAILS}/escalation_overdue.txt",
        context={"escalation": escalation, "step": step},
        at=at,
    )


# --- Alerts ---


def told_of_alert(alert: Alert, *, at: dt.datetime) -> list[User]:
    """The donor's officers, the secretariat, and the officials and leads of its places."""
    today = timezone.localdate(at)
    rights = Office.objects.giving_rights_in(alert.mechanism, on=today).held(on=today)
    offices = rights.of(Role.DONOR_OFFICER, Role.SECRETARIAT)
    for place in alert.places.all():
        offices |= rights.of(*COUNTY_ROLES).at(place)
    return _people_in(offices)


def tell_of_alert(alert: Alert, *, at: dt.datetime) -> None:
    """Tell them at once; whoever raised it knows."""
    told = [user for user in told_of_alert(alert, at=at) if user != alert.raised_by]
    post(
        f"alert:{alert.pk}",
        told,
        subject=_("Alert, %(kind)s: %(title)s")
        % {"kind": alert.get_kind_display(), "title": alert.title},
        template=f"{EMAILS}/alert_raised.txt",
        context={"alert": alert, "places": _place_names(alert)},
        at=at,
    )


def tell_of_alert_update(update: AlertUpdate, *, at: dt.datetime) -> None:
    """Tell them, and whoever raised it, what became of it."""
    alert = update.alert
    told = told_of_alert(alert, at=at)
    if alert.raised_by and alert.mechanism_id in takes_part_in(alert.raised_by):
        told = list(dict.fromkeys([*told, alert.raised_by]))
    post(
        f"alert-update:{update.pk}",
        [user for user in told if user != update.written_by],
        subject=_("%(state)s: %(title)s")
        % {"state": update.get_state_display(), "title": alert.title},
        template=f"{EMAILS}/alert_update.txt",
        context={"alert": alert, "update": update, "places": _place_names(alert)},
        at=at,
    )


# --- Memos ---


def preparers_of(memo: Memo, *, at: dt.datetime) -> list[User | str]:
    """The people of the organisation that prepares it; else the secretariat."""
    people = people_of(memo.prepared_by, memo.mechanism, at=at)
    return people or list(secretariat_of(memo.mechanism, at=at))


def tell_of_memo_circulation(circulation: MemoCirculation, *, at: dt.datetime) -> None:
    """Ask the organisation for its comment."""
    memo = circulation.memo
    post(
        f"memo-circulated:{circulation.pk}",
        people_of(circulation.organisation, memo.mechanism, at=at),
        subject=_("For your comment: %(memo)s") % {"memo": memo.title},
        template=f"{EMAILS}/memo_circulated.txt",
        context={"memo": memo},
        at=at,
    )


def tell_of_comment(circulation: MemoCirculation, *, at: dt.datetime) -> None:
    """Tell who prepares the memo what the organisation says of it."""
    memo = circulation.memo
    post(
        f"memo-commented:{circulation.pk}:{at.isoformat()}",
        preparers_of(memo, at=at),
        subject=_("%(organisation)s comments on: %(memo)s")
        % {"organisation": circulation.organisation, "memo": memo.title},
        template=f"{EMAILS}/memo_commented.txt",
        context={"memo": memo, "circulation": circulation},
        at=at,
    )


def tell_of_comment_answer(circulation: MemoCirculation, *, at: dt.datetime) -> None:
    """Tell the organisation whether its comment is accepted, and why."""
    memo = circulation.memo
    post(
        f"memo-comment-answered:{circulation.pk}:{at.isoformat()}",
        people_of(circulation.organisation, memo.mechanism, at=at),
        subject=_("Your comment is answered: %(memo)s") % {"memo": memo.title},
        template=f"{EMAILS}/memo_comment_answered.txt",
        context={"memo": memo, "circulation": circulation},
        at=at,
    )


def tell_of_outcomes(memo: Memo, addressee: MemoAddressee, *, at: dt.datetime) -> None:
    """Tell who prepares it what a body resolved."""
    post(
        f"memo-resolved:{addressee.pk}:{at.isoformat()}",
        preparers_of(memo, at=at),
        subject=_("The %(body)s has resolved on: %(memo)s")
        % {"body": addressee.body, "memo": memo.title},
        template=f"{EMAILS}/memo_resolved.txt",
        context={"memo": memo, "body": addressee.body},
        at=at,
    )


def _place_names(alert: Alert) -> str:
    return ", ".join(str(place) for place in alert.places.order_by("path"))


def _people_in(offices: OfficeQuerySet) -> list[User]:
    return list(User.objects.filter(offices__in=offices).distinct().order_by("pk"))


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
