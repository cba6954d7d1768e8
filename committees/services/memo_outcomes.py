"""What bodies resolve on action memos, in order, recommendation by recommendation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Body,
    Decision,
    Meeting,
    Memo,
    Recommendation,
    RecommendationOutcome,
)
from committees.models.meeting import MeetingQuerySet
from committees.notifications.memos import tell_of_outcomes
from coordination.models import User
from coordination.services.events import changes_between, record
from coordination.services.refusals import Refusal
from coordination.services.versions import save_next

from .memos import Outcome, State, lock_memo


class MemoNotReady(Refusal):
    message = _("This memo is not ready: whoever prepares it says so first.")


class NotTheBodysTurn(Refusal):
    message = _("The bodies before this one have not dealt with the memo yet.")


class OutcomeMissing(Refusal):
    message = _("Say what the body resolved about each recommendation.")


class BodyHasResolved(Refusal):
    message = _("This body has dealt with the memo already.")


class ResolvedElsewhere(Refusal):
    message = _("A body resolves on a memo at a meeting of its own that has begun.")


class MeetingBeforeItsTurn(Refusal):
    """Says since when it is the body's turn."""

    def __init__(self, day: dt.date) -> None:
        said = _("The bodies before this one dealt with the memo on %(day)s, after this meeting.")
        super().__init__(said % {"day": date_format(day)})


class DecisionOfAnotherMeeting(Refusal):
    """Names the meeting that took the decision."""

    def __init__(self, decision: Decision) -> None:
        said = _("%(decision)s was taken at another meeting: %(meeting)s.")
        super().__init__(said % {"decision": decision, "meeting": decision.meeting})


class MemoNotAdopted(Refusal):
    message = _("Only what has been adopted is implemented.")


@transaction.atomic
def record_outcomes(
    memo: Memo,
    *,
    by: User,
    body: Body,
    meeting: Meeting,
    outcomes: Mapping[Recommendation, tuple[str, str]],
    decision: Decision | None = None,
    at: dt.datetime | None = None,
) -> Memo:
    """The memo with what the body resolved about each recommendation: an outcome and a note.

    It bears the day of the meeting, whenever it is typed in. Raises MemoNotReady, BodyHasResolved,
    NotTheBodysTurn, OutcomeMissing, ResolvedElsewhere, DecisionOfAnotherMeeting or
    MeetingBeforeItsTurn.
    """
    now = at or timezone.now()
    memo = lock_memo(memo)
    if memo.state not in {State.READY, State.UNDER_REVIEW}:
        raise MemoNotReady
    addressees = list(memo.addressees.order_by("position").select_related("body"))
    turn = next((each for each in addressees if each.dealt_on is None), None)
    mine = next((each for each in addressees if each.body_id == body.pk), None)
    if mine is None or mine.dealt_on is not None:
        raise BodyHasResolved
    if turn != mine:
        raise NotTheBodysTurn
    if {one.pk for one in outcomes} != set(memo.recommendations.values_list("pk", flat=True)):
        raise OutcomeMissing
    decided_on = _guard_meeting(body, meeting, decision)
    days = [each.dealt_on for each in addressees if each.dealt_on]
    if days and decided_on < max(days) and meeting.is_day_known:
        raise MeetingBeforeItsTurn(max(days))
    for recommendation, (outcome, note) in outcomes.items():
        row = RecommendationOutcome(
            recommendation=recommendation, body=body, outcome=outcome, note=note,
            decision=decision, decided_on=decided_on,
        )  # fmt: skip
        row.full_clean()
        row.save()
    mine.dealt_on = decided_on
    mine.save(update_fields=["dealt_on"])
    before = str(memo.get_state_display())
    memo.state = state_of(memo)
    save_next(memo, "state")
    changes = changes_between({"state": before}, {"state": str(memo.get_state_display())})
    told = [f"{one.number}: {Outcome(outcome).label}" for one, (outcome, _n) in outcomes.items()]
    note = f"{body}: {', '.join(told)}"
    record("committees.memo_resolved", memo, by=by, changes=changes, note=note, at=now)
    tell_of_outcomes(memo, mine, at=now)
    return memo


@transaction.atomic
def implement_memo(memo: Memo, *, by: User, at: dt.datetime | None = None) -> Memo:
    """The memo as what was adopted of it is done; said twice it is one deed.

    Raises MemoNotAdopted.
    """
    now = at or timezone.now()
    memo = lock_memo(memo)
    if memo.state == State.IMPLEMENTED:
        return memo
    if memo.state not in {State.ADOPTED, State.ADOPTED_IN_PART}:
        raise MemoNotAdopted
    before = str(memo.get_state_display())
    memo.state = State.IMPLEMENTED
    save_next(memo, "state")
    changes = {"state": [before, str(memo.get_state_display())]}
    record("committees.memo_implemented", memo, by=by, changes=changes, at=now)
    return memo


def state_of(memo: Memo) -> str:
    """The state that follows from what its bodies resolved; ready while none has.

    Returned as soon as one returns something; under review until all have dealt with it; then a
    recommendation is adopted when every body adopts it whole, and rejected when one rejects it.
    """
    found: dict[int, list[str]] = {}
    rows = RecommendationOutcome.objects.filter(recommendation__memo=memo)
    for recommendation, outcome in rows.values_list("recommendation", "outcome"):
        found.setdefault(recommendation, []).append(outcome)
    if not found:
        return State.READY
    if any(Outcome.RETURNED in each for each in found.values()):
        return State.RETURNED
    if memo.addressees.filter(dealt_on=None).exists():
        return State.UNDER_REVIEW
    verdicts = {_verdict(each) for each in found.values()}
    if verdicts == {Outcome.ADOPTED}:
        return State.ADOPTED
    return State.REJECTED if verdicts == {Outcome.REJECTED} else State.ADOPTED_IN_PART


def meetings_to_resolve_at(body: Body) -> MeetingQuerySet:
    """The meetings at which the body can have resolved on a memo (R18), the newest first."""
    meetings = Meeting.objects.of(body).begun().exclude(kind__in=Meeting.UNCOUNTED)
    return meetings.newest_first()


def _guard_meeting(body: Body, meeting: Meeting, decision: Decision | None) -> dt.date:
    """The day on which the meeting of the body resolved."""
    if not meetings_to_resolve_at(body).filter(pk=meeting.pk).exists() or meeting.day is None:
        raise ResolvedElsewhere
    if decision is not None and decision.meeting_id != meeting.pk:
        raise DecisionOfAnotherMeeting(decision)
    return meeting.day


def _verdict(outcomes: list[str]) -> str:
    if Outcome.REJECTED in outcomes:
        return Outcome.REJECTED
    return Outcome.ADOPTED_IN_PART if Outcome.ADOPTED_IN_PART in outcomes else Outcome.ADOPTED
