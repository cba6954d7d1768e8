"""Who may do what in `committees`. Rights derive from offices alone (R26).

A body is *kept* by its secretary and by its mechanism's secretariat, which prepare and record; what
is decided is its chair's and its members' (R25).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from coordination.models import Mechanism, Place, Standing, StoredFile, Visitor, takes_part_in
from coordination.models.office import Held
from coordination.permissions import can_see_people, register_reader

from .models import (
    ActionItem,
    Alert,
    Appointment,
    Body,
    Consultation,
    Document,
    Escalation,
    EscalationStep,
    Meeting,
    Memo,
    MemoCirculation,
    Minutes,
    Notification,
    Seat,
    Terms,
    bodies_begun_by,
    bodies_chaired_by,
    bodies_kept_by,
    bodies_read_by,
    bodies_sat_on,
    held_by,
)


def can_see_committee_work(user: Visitor, mechanism: Mechanism) -> bool:
    """Read what is not for the public: drafts of terms of reference, who did what."""
    return mechanism.pk in takes_part_in(user)


def can_create_body(user: Visitor, mechanism: Mechanism) -> bool:
    """The mechanism's secretariat proposes bodies (domain 1.2)."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_record_notification(user: Visitor, mechanism: Mechanism) -> bool:
    """The secretariat records what an authority has notified; the act is the authority's."""
    return mechanism.pk in Standing.of(user).secretariat_of


def can_keep_body(user: Visitor, body: Body) -> bool:
    """Prepare and record for the body: its secretary, and the mechanism's secretariat (R25)."""
    return body.pk in bodies_kept_by(user)


def can_draft_terms(user: Visitor, mechanism: Mechanism, body: Body | None) -> bool:
    """Whoever keeps the body; of terms for all bodies of a kind, the secretariat (domain 1.2)."""
    if body is not None:
        return can_keep_body(user, body)
    return mechanism.pk in Standing.of(user).secretariat_of


def can_decide_terms(user: Visitor, terms: Terms) -> bool:
    """Approve terms or send them back: a chair of the bodies that decide, and nobody else (R25)."""
    return terms.deciding_bodies().filter(pk__in=bodies_chaired_by(user)).exists()


def can_table_terms(user: Visitor, terms: Terms) -> bool:
    """Lay them before a meeting: a chair of the bodies that decide (domain 1.2).

    Where nobody with an account chairs them, whoever keeps one writes down that it was done.
    """
    if can_decide_terms(user, terms):
        return True
    deciding = terms.deciding_bodies()
    chaired = Appointment.objects.chairing(on=Standing.of(user).on).filter(seat__body__in=deciding)
    return deciding.filter(pk__in=bodies_kept_by(user)).exists() and not chaired.exists()


@register_reader
def can_open_terms_file(user: Visitor, file: StoredFile) -> bool:
    """Terms of reference and notifications are read with their text."""
    return (
        Terms.objects.visible_to(user).filter(file=file).exists()
        or Notification.objects.visible_to(user).filter(file=file).exists()
    )


def can_add_document(user: Visitor, mechanism: Mechanism) -> bool:
    """Add to the library: the secretariat, a body's secretary, and officials of a county (S19)."""
    if mechanism.pk in Standing.of(user).secretariat_of:
        return True
    kept = Body.objects.filter(mechanism=mechanism, pk__in=bodies_kept_by(user))
    return kept.exists() or places_documented_by(user, mechanism).exists()


def can_edit_document(user: Visitor, document: Document) -> bool:
    """Whoever keeps its body; of a county's without a body, the county's officials."""
    if document.mechanism_id in Standing.of(user).secretariat_of:
        return True
    if document.body is not None:
        return can_keep_body(user, document.body)
    places = places_documented_by(user, document.mechanism)
    return document.place is not None and places.filter(pk=document.place.pk).exists()


def places_documented_by(user: Visitor, mechanism: Mechanism) -> QuerySet[Place]:
    """The mechanism's places of which the user is an official or lead."""
    offices = Standing.of(user).county_offices
    paths = [
        place.path
        for place in mechanism.places.all()
        if any(office.counts_at(place, mechanism.pk) for office in offices)
    ]
    return Place.objects.filter(path__in=paths)


@register_reader
def can_open_document_file(user: Visitor, file: StoredFile) -> bool:
    """Every version of a document is open to whoever reads the document."""
    return Document.objects.visible_to(user).filter(versions__file=file).exists()


def can_chair_body(user: Visitor, body: Body) -> bool:
    """Decide for the body what falls to its chair or co-chair."""
    return body.pk in bodies_chaired_by(user)


def can_sit_on_body(user: Visitor, body: Body) -> bool:
    """Take part in the body as the holder of a seat."""
    return body.pk in bodies_sat_on(user)


def can_read_body(user: Visitor, body: Body) -> bool:
    """Read the papers and minutes of the body: where one or one's organisation sits."""
    return body.pk in bodies_read_by(user)


# --- Seats, and whether the body meets ---


def can_see_holders(user: Visitor, mechanism: Mechanism) -> bool:
    """Who holds a seat, by name and address: for whoever takes part (R24, domain 1.33)."""
    return can_see_people(user, mechanism)


def can_confirm_appointment(user: Visitor, body: Body) -> bool:
    """Its chair, and the mechanism's secretariat on the chair's word (domain 1.5).

    Where there is neither, an administrator: somebody has to seat the first.
    """
    if can_chair_body(user, body) or body.mechanism_id in Standing.of(user).secretariat_of:
        return True
    return bodies_begun_by(user).filter(pk=body.pk).exists()


def can_end_appointment(user: Visitor, body: Body) -> bool:
    """Whoever may record a nomination, and the chair."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_give_seats(user: Visitor, mechanism: Mechanism) -> bool:
    """Invite somebody to a seat of the mechanism: its secretariat, and who chairs a body of it."""
    if mechanism.pk in Standing.of(user).secretariat_of:
        return True
    if bodies_begun_by(user).filter(mechanism=mechanism).exists():
        return True
    return Body.objects.filter(pk__in=bodies_chaired_by(user), mechanism=mechanism).exists()


def can_assess_capacity(user: Visitor, body: Body) -> bool:
    """Its chair and its secretary say what a seat needs for its duties (C11)."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_log_duty(user: Visitor, seat: Seat) -> bool:
    """Whoever holds the seat, and who keeps the body for a holder without an account (S13)."""
    held = Appointment.objects.in_office(on=Standing.of(user).on).filter(seat=seat, holder=user.pk)
    return can_keep_body(user, seat.body) or (user.pk is not None and held.exists())


def can_record_consultation(user: Visitor, body: Body) -> bool:
    """Whoever sits on the body, and who keeps it (P40)."""
    return can_keep_body(user, body) or body.pk in bodies_sat_on(user)


def can_withdraw_consultation(user: Visitor, consultation: Consultation) -> bool:
    """Who recorded it and still may record one, and who keeps the body."""
    body = consultation.body
    is_own = consultation.recorded_by_id == user.pk and can_record_consultation(user, body)
    return can_keep_body(user, body) or is_own


def can_explain_gap(user: Visitor, body: Body) -> bool:
    """Its chair and its secretary say why it did not meet (B5)."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_take_minutes(user: Visitor, meeting: Meeting) -> bool:
    """Open and close the meeting, write its minutes, record its decisions: its secretary (R25)."""
    return meeting.body_id in bodies_kept_by(user)


def can_confirm_minutes(user: Visitor, meeting: Meeting) -> bool:
    """The secretary records that the body confirmed them; by circulation the chair does (R25)."""
    return meeting.body_id in {*bodies_kept_by(user), *bodies_chaired_by(user)}


def can_confirm_by_circulation(user: Visitor, meeting: Meeting) -> bool:
    """Without a meeting the chair alone says that the body agrees."""
    return meeting.body_id in bodies_chaired_by(user)


@register_reader
def can_open_signed_minutes(user: Visitor, file: StoredFile) -> bool:
    """The paper with its names and restricted items: the bodies of the meeting alone (R24)."""
    read = Minutes.objects.visible_to(user).filter(signed_file=file)
    return read.filter(held_by(bodies_read_by(user), meeting="meeting")).exists()


def can_read_in_full(user: Visitor, meeting: Meeting) -> bool:
    """Read what only the bodies of the meeting read: its restricted items, in page and paper."""
    return _is_of(meeting, bodies_read_by(user))


def can_ask_for_correction(user: Visitor, meeting: Meeting) -> bool:
    """Whoever sits on a body that held the meeting may ask for its minutes to be corrected."""
    return _is_of(meeting, bodies_sat_on(user))


def _is_of(meeting: Meeting, bodies: Sequence[int]) -> bool:
    """Whether one of the bodies (keys) holds the meeting, by itself or jointly."""
    if meeting.body_id in bodies:
        return True
    return bool(bodies) and meeting.joint_with.filter(pk__in=bodies).exists()


# --- Reviews of performance, and grants ---


def can_record_performance(user: Visitor, body: Body) -> bool:
    """Set its criteria, record and correct reviews: its secretary and its chair (C10)."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_record_grant(user: Visitor, body: Body) -> bool:
    """Write down what is proposed, decided and paid; what gives money is its decision (R25)."""
    return can_keep_body(user, body) or can_chair_body(user, body)


# --- Action items ---


def can_set_action(user: Visitor, body: Body) -> bool:
    """What a body resolves that someone does, its secretary or chair writes down."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_work_on_action(user: Visitor, action: ActionItem) -> bool:
    """Its owners; and who keeps the body writes down what an owner without account has told."""
    return owns_action(user, action) or can_keep_body(user, action.body)


def can_settle_action(user: Visitor, action: ActionItem) -> bool:
    """Return it to its owner or cancel it, as the body said: its secretary or chair."""
    return can_set_action(user, action.body)


def can_confirm_action(user: Visitor, action: ActionItem) -> bool:
    """Record that the body confirmed it; nobody confirms what one owes oneself (R25)."""
    return can_settle_action(user, action) and not owns_action(user, action)


def owns_action(user: Visitor, action: ActionItem) -> bool:
    return ActionItem.objects.owned_by(user).filter(pk=action.pk).exists()


# --- Meetings ---


def can_convene_body(user: Visitor, body: Body) -> bool:
    """Schedule, move and call its meetings: those who keep it, and those who chair it."""
    return can_keep_body(user, body) or can_chair_body(user, body)


def can_prepare_meeting(user: Visitor, meeting: Meeting) -> bool:
    """Build the agenda, ask people and note who came: as who may convene the body that holds it."""
    return can_convene_body(user, meeting.body)


def can_see_attendance(user: Visitor, meeting: Meeting) -> bool:
    """Read by name who was asked and who came: whoever takes part and reads the meeting (R24)."""
    is_inside = meeting.body.mechanism_id in takes_part_in(user)
    return is_inside and Meeting.objects.readable_by(user).filter(pk=meeting.pk).exists()


# --- Escalations ---


def can_raise_escalation(user: Visitor, mechanism: Mechanism) -> bool:
    """Whoever takes part: a county's lead or official, a partner, a donor's officer (S23)."""
    return mechanism.pk in takes_part_in(user)


def can_handle_escalation(user: Visitor, step: EscalationStep | None) -> bool:
    """Acknowledge it, take it in hand and speak of it: who sits on the body that has it."""
    if step is None:
        return False
    return can_sit_on_body(user, step.body) or can_keep_body(user, step.body)


def can_answer_escalation(user: Visitor, step: EscalationStep | None) -> bool:
    """Answer for the body or pass it up: its secretary or chair, and not whoever raised it."""
    if step is None or step.escalation.raised_by_id == user.pk:
        return False
    return can_keep_body(user, step.body) or can_chair_body(user, step.body)


def can_close_escalation(user: Visitor, escalation: Escalation) -> bool:
    """Whoever raised it says that it is settled; else one's organisation (S23)."""
    if escalation.mechanism_id not in takes_part_in(user):
        return False
    own = Standing.of(user).organisations
    return escalation.raised_by_id == user.pk or escalation.raised_for_id in own


def levels_read_by(user: Visitor, steps: Sequence[EscalationStep]) -> set[int]:
    """The levels whose answer to the one below the user reads: one's own, and the next above.

    ``steps`` from the first; a body that was asked twice stands where it was first asked.
    """
    bodies = {*bodies_sat_on(user), *bodies_kept_by(user)}
    heights = {body: height for height, body in enumerate(dict.fromkeys(s.body_id for s in steps))}
    highest = max((height for body, height in heights.items() if body in bodies), default=-1)
    return {step.position for step in steps if heights[step.body_id] <= max(highest + 1, 0)}


# --- Alerts ---


def can_raise_alert(user: Visitor, mechanism: Mechanism) -> bool:
    """Whoever takes part: to share shocks and stresses is each lead's duty (domain 1.25)."""
    return mechanism.pk in takes_part_in(user)


def can_follow_alert(user: Visitor, alert: Alert) -> bool:
    """Say what became of it: who raised it, its counties, the secretariat, the donor's officers."""
    if alert.mechanism_id not in takes_part_in(user):
        return False
    standing = Standing.of(user)
    return (
        alert.raised_by_id == user.pk
        or alert.mechanism_id in standing.secretariat_of
        or bool(standing.donors)
        or _in_its_counties(alert, standing.county_offices)
    )


def can_verify_alert(user: Visitor, alert: Alert) -> bool:
    """The government of a place of it, and nobody what one raised oneself (R25)."""
    if alert.raised_by_id == user.pk:
        return False
    return _in_its_counties(alert, Standing.of(user).focal_point_offices)


def _in_its_counties(alert: Alert, offices: Iterable[Held]) -> bool:
    places = list(alert.places.all())
    return any(
        office.counts_at(place, alert.mechanism_id) for office in offices for place in places
    )


@register_reader
def can_open_alert_file(user: Visitor, file: StoredFile) -> bool:
    """What came with an alert is open to whoever sees the alert."""
    return Alert.objects.visible_to(user).filter(files__file=file).exists()


# --- Memos ---


def can_draft_memo(user: Visitor, mechanism: Mechanism) -> bool:
    """Whoever takes part in the mechanism, for the own organisation."""
    return mechanism.pk in takes_part_in(user)


def can_edit_memo(user: Visitor, memo: Memo) -> bool:
    """Write it, circulate it, say that it is ready: who prepares it, and the secretariat."""
    if memo.mechanism_id not in takes_part_in(user):
        return False
    standing = Standing.of(user)
    own = memo.prepared_by_id in standing.organisations
    return own or memo.mechanism_id in standing.secretariat_of


def can_comment_memo(user: Visitor, circulation: MemoCirculation) -> bool:
    """Whoever takes part for the organisation that it was sent to (B17)."""
    own = circulation.organisation_id in Standing.of(user).organisations
    return own and circulation.memo.mechanism_id in takes_part_in(user)


def can_resolve_memo(user: Visitor, body: Body) -> bool:
    """Record what the body resolved: its secretary or chair."""
    return can_keep_body(user, body) or can_chair_body(user, body)
