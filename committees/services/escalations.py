"""Escalations: an issue goes up the declared line, and its answer comes back down (domain 1.24)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Body,
    Escalation,
    EscalationNote,
    EscalationStep,
    bodies_chaired_by,
    bodies_kept_by,
)
from committees.notifications.escalations import (
    tell_of_answer,
    tell_of_answer_from_above,
    tell_of_escalation,
    tell_of_overdue_escalation,
    tell_raiser_of_state,
)
from coordination.models import Event, Mechanism, Organisation, Place, Sector, User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from coordination.services.versions import save_next

from .desk_lists import MOST, DeskList, DeskRow, raised_since

State = Escalation.State
# By when an issue is answered, in days after it was raised.
DAYS = {
    Escalation.Severity.URGENT: 3,
    Escalation.Severity.HIGH: 7,
    Escalation.Severity.NORMAL: 14,
}
# How long after its day an answer that has not come is told of by the clock.
TELL_AFTER = dt.timedelta(days=14)


class EscalationAnswered(Refusal):
    message = _("This issue is answered already.")


class EscalationNotAnswered(Refusal):
    message = _("This issue cannot close without an answer to whoever raised it.")


class EscalationClosed(Refusal):
    message = _("This issue is closed. Raise it anew.")


class NowhereToPassUp(Refusal):
    message = _("No body is declared above this one, so the answer is given here.")


class PassedUpAlready(Refusal):
    message = _("The body above has answered this issue: its answer is passed on from here.")


class EscalationMovedOn(Refusal):
    """Says which body has the issue now."""

    def __init__(self, body: Body) -> None:
        said = _(
            "Since you opened this page, this issue has come to the %(body)s. Look at it again "
            "before you say more."
        )
        super().__init__(said % {"body": body})


class BodyNotRaisedTo(Refusal):
    message = _("Issues are raised to a body of the mechanism that has not been dissolved.")


@transaction.atomic
def raise_escalation(
    mechanism: Mechanism,
    *,
    by: User,
    body: Body,
    title: str,
    text: str,
    severity: str = Escalation.Severity.NORMAL,
    place: Place | None = None,
    sector: Sector | None = None,
    raised_for: Organisation | None = None,
    from_body: Body | None = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """An issue with the body, which is told at once and sees by when its answer is due.

    A form that was sent twice raises it once. Raises BodyNotRaisedTo.
    """
    now = at or timezone.now()
    body = Body.objects.select_for_update().get(pk=body.pk)
    if body.mechanism_id != mechanism.pk or body.state == Body.State.DISSOLVED:
        raise BodyNotRaisedTo
    same = Escalation.objects.unanswered().filter(
        mechanism=mechanism, raised_by=by, title=title, text=text, steps__body=body
    )
    if twin := same.first():
        return twin
    today = timezone.localdate(now, mechanism.zone)
    escalation = Escalation(
        mechanism=mechanism, raised_by=by, title=title, text=text, severity=severity, place=place,
        sector=sector, raised_for=raised_for, from_body=from_body, raised_at=now,
        due_on=today + dt.timedelta(days=DAYS[Escalation.Severity(severity)]),
    )  # fmt: skip
    escalation.full_clean()
    escalation.save()
    step = EscalationStep.objects.create(
        escalation=escalation, body=body, position=0, received_at=now
    )
    record("committees.escalation_raised", escalation, by=by, note=str(body), at=now)
    tell_of_escalation(step, at=now)
    return escalation


@transaction.atomic
def acknowledge_escalation(
    escalation: Escalation,
    *,
    by: User,
    step: EscalationStep | None = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """The issue as the body that has it says that it has come; said twice it is one deed.

    ``step`` is the level that says so, None for whichever has it. Raises EscalationAnswered or
    EscalationMovedOn.
    """
    now = at or timezone.now()
    escalation = _lock(escalation)
    step = _level(escalation, step)
    if escalation.state == State.RAISED:
        _acknowledge(step, at=now)
        _move(escalation, State.ACKNOWLEDGED, "committees.escalation_acknowledged", by=by, at=now)
        tell_raiser_of_state(escalation, step, at=now)
    return escalation


@transaction.atomic
def take_in_hand(
    escalation: Escalation,
    *,
    by: User,
    step: EscalationStep | None = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """The issue as the body that has it works on it; said twice it is one deed.

    ``step`` is the level that works on it, None for whichever has it. Raises EscalationAnswered or
    EscalationMovedOn.
    """
    now = at or timezone.now()
    escalation = _lock(escalation)
    step = _level(escalation, step)
    if escalation.state != State.IN_HAND:
        _acknowledge(step, at=now)
        _move(escalation, State.IN_HAND, "committees.escalation_in_hand", by=by, at=now)
        tell_raiser_of_state(escalation, step, at=now)
    return escalation


@transaction.atomic
def note_escalation(
    escalation: Escalation,
    *,
    by: User,
    text: str,
    step: EscalationStep | None = None,
    at: dt.datetime | None = None,
) -> EscalationNote:
    """What the body that has the issue says among itself; its level alone reads it.

    ``step`` is the level that it was written for, None for whichever has the issue. The same note
    sent twice is one (R27). Raises EscalationAnswered or EscalationMovedOn.
    """
    now = at or timezone.now()
    escalation = _lock(escalation)
    shown = step or current_step(escalation)
    last = shown.notes.filter(written_by=by).order_by("-pk").first() if shown else None
    if last is not None and last.text == text:
        return last
    step = _level(escalation, step)
    note = EscalationNote(step=step, text=text, written_by=by, written_at=now)
    note.full_clean()
    note.save()
    # On record with the level, not with the issue, whose record the levels below read.
    record("committees.escalation_noted", step, by=by, at=now)
    return note


@transaction.atomic
def pass_up_escalation(
    escalation: Escalation,
    *,
    by: User,
    reason: str,
    step: EscalationStep | None = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """The issue with the body above, along the declared line; whoever raised it is told.

    ``step`` is the level from which it goes up, None for whichever has it; sent twice it goes up
    once (R27). Once for each time that it is asked: asked again, it may go up again, as a level of
    its own, so that the earlier answer stays. Raises EscalationAnswered, EscalationMovedOn,
    NowhereToPassUp or PassedUpAlready.
    """
    now = at or timezone.now()
    escalation = _lock(escalation)
    if step and _was_passed_up(escalation, step, reason, by=by):
        return escalation
    step = _level(escalation, step)
    above = step.body.escalates_to
    if above is None:
        raise NowhereToPassUp
    if body_above(step) is None:
        raise PassedUpAlready
    _acknowledge(step, at=now)
    step.passed_up_at, step.passed_up_reason = now, reason
    step.full_clean()
    step.save(update_fields=["passed_up_at", "passed_up_reason"])
    last = escalation.steps.aggregate(last=Max("position"))["last"]
    higher = EscalationStep.objects.create(
        escalation=escalation, body=above, position=last + 1, received_at=now
    )
    _save(escalation, State.RAISED)
    record(
        "committees.escalation_passed_up", escalation, by=by, note=reason, at=now,
        changes={"body": [str(step.body), str(above)]},
    )  # fmt: skip
    tell_of_escalation(higher, at=now)
    tell_raiser_of_state(escalation, higher, at=now)
    return escalation


@transaction.atomic
def answer_escalation(
    escalation: Escalation,
    *,
    by: User,
    answer: str,
    step: EscalationStep | None = None,
    at: dt.datetime | None = None,
) -> Escalation:
    """The issue with its answer one level down: with the body below, or with whoever raised it.

    ``step`` is the level that answers, None for whichever has the issue; sent twice it is one
    answer (R27). Raises EscalationAnswered or EscalationMovedOn.
    """
    now = at or timezone.now()
    escalation = _lock(escalation)
    if step and _was_answered(escalation, step, answer, by=by):
        return escalation
    step = _level(escalation, step)
    _acknowledge(step, at=now)
    step.answer, step.answered_at = answer, now
    step.full_clean()
    step.save(update_fields=["answer", "answered_at"])
    if step.position > 0:
        # Not the one before it, which may have answered when the issue was first asked.
        below = current_step(escalation)
        if below is None:
            raise EscalationAnswered
        _save(escalation, State.IN_HAND)
        changes = {"body": [str(step.body), str(below.body)]}
        record("committees.escalation_sent_down", escalation, by=by, changes=changes, at=now)
        tell_of_answer_from_above(step, below, at=now)
        return escalation
    escalation.answer, escalation.answered_at = answer, now
    _move(escalation, State.ANSWERED, "committees.escalation_answered", by=by, at=now, note=answer)
    tell_of_answer(escalation, step, at=now)
    return escalation


@transaction.atomic
def close_escalation(
    escalation: Escalation, *, by: User, at: dt.datetime | None = None
) -> Escalation:
    """The issue as whoever raised it holds it answered (S23); closed twice it is one deed.

    Raises EscalationNotAnswered.
    """
    now = at or timezone.now()
    escalation = Escalation.objects.select_for_update().get(pk=escalation.pk)
    if escalation.state == State.CLOSED:
        return escalation
    if escalation.state != State.ANSWERED:
        raise EscalationNotAnswered
    escalation.closed_at = now
    _move(escalation, State.CLOSED, "committees.escalation_closed", by=by, at=now)
    return escalation


@transaction.atomic
def reopen_escalation(
    escalation: Escalation, *, by: User, reason: str, at: dt.datetime | None = None
) -> Escalation:
    """The issue again with the body that answered it, whose answer did not settle it.

    Its earlier answer stays on record. Raises EscalationNotAnswered or EscalationClosed.
    """
    now = at or timezone.now()
    escalation = Escalation.objects.select_for_update().get(pk=escalation.pk)
    if escalation.state == State.CLOSED:
        raise EscalationClosed
    if escalation.state != State.ANSWERED:
        raise EscalationNotAnswered
    step = escalation.steps.select_related("body").get(position=0)
    step.answered_at, step.acknowledged_at, step.received_at = None, None, now
    step.save(update_fields=["answered_at", "acknowledged_at", "received_at"])
    escalation.answered_at = None
    today = timezone.localdate(now, escalation.mechanism.zone)
    severity = Escalation.Severity(escalation.severity)
    escalation.due_on = today + dt.timedelta(days=DAYS[severity])
    _move(escalation, State.RAISED, "committees.escalation_reopened", by=by, at=now, note=reason)
    tell_of_escalation(step, at=now)
    return escalation


def current_step(escalation: Escalation) -> EscalationStep | None:
    """The level whose answer is to be given; None once all are."""
    steps = escalation.steps.filter(answered_at=None).select_related("body__mechanism")
    return steps.order_by("-position").first()


def with_since(step: EscalationStep) -> dt.datetime:
    """Since when the level that has the issue has it: its own day, or that of the answer to it."""
    higher = EscalationStep.objects.filter(
        escalation=step.escalation_id, position__gt=step.position, answered_at__gt=step.received_at
    )
    answered: dt.datetime | None = higher.aggregate(last=Max("answered_at"))["last"]
    return answered or step.received_at


def body_above(step: EscalationStep) -> Body | None:
    """The body that the issue can be passed up to from here; None where it answered already."""
    above: Body | None = step.body.escalates_to
    asked = EscalationStep.objects.filter(escalation=step.escalation_id)
    if above is None or asked.filter(body=above, received_at__gte=step.received_at).exists():
        return None
    return above


def tell_of_overdue_escalations(*, at: dt.datetime | None = None) -> int:
    """Tell both ends that an answer is overdue, each once a day that was set; return how many."""
    now = at or timezone.now()
    around = (now.date() - TELL_AFTER, now.date())
    rows = Escalation.objects.unanswered().filter(due_on__range=around)
    overdue = [
        row
        for row in rows.select_related("mechanism", "raised_by", "raised_for")
        if row.is_overdue(on=timezone.localdate(now, row.mechanism.zone))
    ]
    for escalation in overdue:
        with transaction.atomic():
            if step := current_step(escalation):
                tell_of_overdue_escalation(escalation, step, at=now)
    return len(overdue)


# --- On the desk ---


def issues_to_answer(user: User, at: dt.datetime) -> DeskList:
    """What waits for the answer of a body that the person keeps or chairs (S18)."""
    bodies = {*bodies_kept_by(user), *bodies_chaired_by(user)}
    rows = Escalation.objects.waiting_at(bodies).exclude(raised_by=user).in_order()[:MOST]
    shown = [_row(row, at=at) for row in rows]
    return DeskList("issues", str(_("Issues that wait for an answer")), shown)


def answers_received(user: User, at: dt.datetime) -> DeskList:
    """Answers to what the person raised: to be closed, or asked again."""
    own = Escalation.objects.visible_to(user).filter(raised_by=user, state=State.ANSWERED)
    shown = [_row(row, at=at) for row in own.in_order()[:MOST]]
    return DeskList("answers", str(_("Answers to your issues")), shown)


def own_issues(user: User, at: dt.datetime) -> DeskList:
    """What the person raised and waits to hear of: nothing to do but to see the clock."""
    own = Escalation.objects.visible_to(user).filter(raised_by=user).unanswered()
    shown = [_row(row, at=at) for row in own.in_order()[:MOST]]
    return DeskList("own-issues", str(_("Issues that you have raised")), shown, is_due=False)


def _row(escalation: Escalation, *, at: dt.datetime) -> DeskRow:
    is_overdue = escalation.is_overdue(on=escalation.mechanism.today(at))
    since = raised_since(escalation.raised_at, at=at)
    due = _("answer due %(day)s") % {"day": date_format(escalation.due_on)}
    return DeskRow(
        title=escalation.title,
        url=escalation.get_absolute_url(),
        note=f"{since}, {due}" if escalation.is_unanswered else since,
        status="overdue" if is_overdue else escalation.state,
        label="" if is_overdue else escalation.get_state_display(),
    )


def _lock(escalation: Escalation) -> Escalation:
    """The issue as it stands, held until the deed is done."""
    locked = Escalation.objects.select_for_update(of=("self",)).select_related("mechanism")
    return locked.get(pk=escalation.pk)


def _level(escalation: Escalation, shown: EscalationStep | None = None) -> EscalationStep:
    """The level that has the locked issue. Raises EscalationAnswered.

    Where it is no longer the one that the page ``shown``, raises EscalationMovedOn: who keeps both
    bodies has said nothing yet for the other.
    """
    step = current_step(escalation)
    if not escalation.is_unanswered or step is None:
        raise EscalationAnswered
    if shown is not None and step != shown:
        raise EscalationMovedOn(step.body)
    return step


def _was_answered(escalation: Escalation, step: EscalationStep, answer: str, *, by: User) -> bool:
    """Whether the level has given this answer, by the same person: a form that was sent twice."""
    step = escalation.steps.get(pk=step.pk)
    if step.answered_at is None or step.answer != answer:
        return False
    verbs = ("committees.escalation_sent_down", "committees.escalation_answered")
    return _has_done(escalation, *verbs, by=by, at=step.answered_at)


def _was_passed_up(escalation: Escalation, step: EscalationStep, reason: str, *, by: User) -> bool:
    """Whether it is above this level for this reason, by the same person: a form sent twice."""
    step = escalation.steps.get(pk=step.pk)
    if step.passed_up_at is None or step.passed_up_reason != reason:
        return False
    if step == current_step(escalation):
        return False
    return _has_done(escalation, "committees.escalation_passed_up", by=by, at=step.passed_up_at)


def _has_done(escalation: Escalation, *verbs: str, by: User, at: dt.datetime) -> bool:
    """Whether one of the deeds is on record, by this person and of this very moment."""
    return Event.objects.about(escalation).filter(verb__in=verbs, by=by, at=at).exists()


def _acknowledge(step: EscalationStep, *, at: dt.datetime) -> None:
    if step.acknowledged_at is None:
        step.acknowledged_at = at
        step.save(update_fields=["acknowledged_at"])


def _move(
    escalation: Escalation, state: str, verb: str, *, by: User, at: dt.datetime, note: str = ""
) -> None:
    before = str(escalation.get_state_display())
    _save(escalation, state)
    changes = {"state": [before, str(escalation.get_state_display())]}
    record(verb, escalation, by=by, changes=changes, note=note, at=at)


def _save(escalation: Escalation, state: str) -> None:
    escalation.state = state
    escalation.full_clean()
    save_next(escalation, "state", "answer", "answered_at", "closed_at", "due_on")
