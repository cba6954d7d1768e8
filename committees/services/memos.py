"""Action memos: drafted, circulated, tabled at several bodies in order, adopted one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Body,
    Decision,
    Memo,
    MemoAddressee,
    MemoCirculation,
    Recommendation,
    RecommendationOutcome,
)
from committees.notifications.memos import (
    tell_of_comment,
    tell_of_comment_answer,
    tell_of_memo_circulation,
    tell_of_outcomes,
)
from coordination.models import Mechanism, Organisation, Place, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next

State = Memo.State
Outcome = RecommendationOutcome.Outcome
# While nobody resolves on it, or once it came back.
DRAFTED = (State.DRAFTING, State.READY, State.RETURNED)


class MemoIsTabled(Refusal):
    message = _("A body has begun to resolve on this memo, which no longer changes.")


class MemoIncomplete(Refusal):
    message = _("A memo that is ready names a body and has a recommendation.")


class MemoNotReady(Refusal):
    message = _("This memo is not ready: whoever prepares it says so first.")


class NotTheBodysTurn(Refusal):
    message = _("The bodies before this one have not dealt with the memo yet.")


class OutcomeMissing(Refusal):
    message = _("Say what the body resolved about each recommendation.")


class BodyHasResolved(Refusal):
    message = _("This body has dealt with the memo already.")


class MemoNotAdopted(Refusal):
    message = _("Only what has been adopted is implemented.")


class CommentAnswered(Refusal):
    message = _("This comment is answered and no longer changes.")


class NothingToAnswer(Refusal):
    message = _("This organisation has not commented yet.")


class MemoContent(TypedDict):
    """What a memo says, and to whom."""

    title: str
    topic: str
    prepared_by: Organisation
    findings: str
    legal_reference: str
    pilot_places: Iterable[Place]
    access: str
    waiting_reason: str
    bodies: Sequence[Body]
    recommendations: Sequence[str]


_COLUMNS = (
    "title", "topic", "prepared_by", "findings", "legal_reference", "access", "waiting_reason",
)  # fmt: skip


@transaction.atomic
def create_memo(
    mechanism: Mechanism, *, by: User, at: dt.datetime | None = None, **content: Unpack[MemoContent]
) -> Memo:
    """A draft under the mechanism's next number. A form that was sent twice begins one memo."""
    now = at or timezone.now()
    mechanism = Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    same = mechanism.memos.filter(
        title=content["title"], prepared_by=content["prepared_by"], version=1, state=State.DRAFTING
    )
    if twin := same.first():
        return twin
    taken = set(mechanism.memos.values_list("code", flat=True))
    code = next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
    columns = {name: content[name] for name in _COLUMNS}  # type: ignore[literal-required]  # its own names
    memo = Memo(mechanism=mechanism, code=code, **columns)
    memo.full_clean()
    memo.save()
    _set_parts(memo, content)
    record("committees.memo_drafted", memo, by=by, at=now)
    return memo


@transaction.atomic
def edit_memo(
    memo: Memo,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[MemoContent],
) -> Memo:
    """The memo with other words, as long as no body resolves on it.

    Raises MemoIsTabled or EditedMeanwhile.
    """
    now = at or timezone.now()
    memo = _lock(memo)
    if memo.state not in DRAFTED or _is_tabled(memo):
        raise MemoIsTabled
    if memo.version != seen_version:
        raise EditedMeanwhile
    before = memo_in_words(memo)
    for name in _COLUMNS:
        setattr(memo, name, content[name])  # type: ignore[literal-required]  # its own names
    memo.full_clean()
    _set_parts(memo, content)
    save_next(memo, *_COLUMNS)
    changes = changes_between(before, memo_in_words(memo))
    record("committees.memo_edited", memo, by=by, changes=changes, at=now)
    return memo


@transaction.atomic
def make_memo_ready(
    memo: Memo, *, by: User, waiting_reason: str = "", at: dt.datetime | None = None
) -> Memo:
    """The memo as it waits for a meeting, with why; a returned one starts anew (B16).

    Said twice it is one deed. Raises MemoIncomplete or MemoIsTabled.
    """
    now = at or timezone.now()
    memo = _lock(memo)
    if memo.state == State.READY and memo.waiting_reason == waiting_reason:
        return memo
    if memo.state not in DRAFTED:
        raise MemoIsTabled
    if not memo.addressees.exists() or not memo.recommendations.exists():
        raise MemoIncomplete
    before = str(memo.get_state_display())
    if memo.state != State.READY:
        memo.ready_on = timezone.localdate(now, memo.mechanism.zone)
    memo.state, memo.waiting_reason = State.READY, waiting_reason
    # The body that returned it resolves on everything anew; what it said stays on record.
    resolved = RecommendationOutcome.objects.filter(recommendation__memo=memo)
    again = set(resolved.filter(outcome=Outcome.RETURNED).values_list("body", flat=True))
    memo.addressees.filter(body__in=again).update(dealt_on=None)
    resolved.filter(body__in=again).delete()
    memo.full_clean()
    save_next(memo, "state", "waiting_reason", "ready_on")
    changes = changes_between({"state": before}, {"state": str(memo.get_state_display())})
    record("committees.memo_ready", memo, by=by, changes=changes, note=waiting_reason, at=now)
    return memo


@transaction.atomic
def circulate_memo(
    memo: Memo, *, by: User, organisations: Iterable[Organisation], at: dt.datetime | None = None
) -> list[MemoCirculation]:
    """Sends the memo for comment to those that do not have it yet, and returns these (B17)."""
    now = at or timezone.now()
    memo = _lock(memo)
    known = set(memo.circulations.values_list("organisation", flat=True))
    new = [
        MemoCirculation.objects.create(memo=memo, organisation=organisation, sent_at=now)
        for organisation in organisations
        if organisation.pk not in known
    ]
    if new:
        names = ", ".join(str(each.organisation) for each in new)
        record("committees.memo_circulated", memo, by=by, note=names, at=now)
    for each in new:
        tell_of_memo_circulation(each, at=now)
    return new


@transaction.atomic
def comment_memo(
    circulation: MemoCirculation, *, by: User, comment: str, at: dt.datetime | None = None
) -> MemoCirculation:
    """What the organisation says of the memo; it may say it anew until it is answered.

    Raises CommentAnswered.
    """
    now = at or timezone.now()
    circulation = MemoCirculation.objects.select_for_update().get(pk=circulation.pk)
    if circulation.is_accepted is not None:
        raise CommentAnswered
    if circulation.comment == comment:
        return circulation
    circulation.comment, circulation.commented_by, circulation.commented_at = comment, by, now
    circulation.full_clean()
    circulation.save(update_fields=["comment", "commented_by", "commented_at"])
    record("committees.memo_commented", circulation, by=by, at=now)
    tell_of_comment(circulation, at=now)
    return circulation


@transaction.atomic
def answer_comment(
    circulation: MemoCirculation,
    *,
    by: User,
    is_accepted: bool,
    answer: str,
    at: dt.datetime | None = None,
) -> MemoCirculation:
    """The comment as it is accepted or declined, with why. Raises NothingToAnswer."""
    now = at or timezone.now()
    circulation = MemoCirculation.objects.select_for_update().get(pk=circulation.pk)
    if not circulation.comment:
        raise NothingToAnswer
    if (circulation.is_accepted, circulation.answer) == (is_accepted, answer):
        return circulation
    circulation.is_accepted, circulation.answer = is_accepted, answer
    circulation.full_clean()
    circulation.save(update_fields=["is_accepted", "answer"])
    record("committees.memo_comment_answered", circulation, by=by, at=now)
    tell_of_comment_answer(circulation, at=now)
    return circulation


@transaction.atomic
def record_outcomes(
    memo: Memo,
    *,
    by: User,
    body: Body,
    outcomes: Mapping[Recommendation, tuple[str, str]],
    decided_on: dt.date,
    decision: Decision | None = None,
    at: dt.datetime | None = None,
) -> Memo:
    """The memo with what the body resolved about each recommendation: an outcome and a note.

    Raises MemoNotReady, BodyHasResolved, NotTheBodysTurn or OutcomeMissing.
    """
    now = at or timezone.now()
    memo = _lock(memo)
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
    memo = _lock(memo)
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


def memo_in_words(memo: Memo) -> dict[str, object]:
    """What it says as people read it, for the record."""
    return {
        "title": memo.title,
        "topic": memo.topic,
        "prepared_by": str(memo.prepared_by),
        "findings": memo.findings,
        "legal_reference": memo.legal_reference,
        "access": str(memo.get_access_display()),
        "waiting_reason": memo.waiting_reason,
        "pilot_places": sorted(str(place) for place in memo.pilot_places.all()),
        "bodies": [
            str(each.body) for each in memo.addressees.select_related("body").order_by("position")
        ],
        "recommendations": list(
            memo.recommendations.order_by("number").values_list("text", flat=True)
        ),
    }


def _verdict(outcomes: list[str]) -> str:
    if Outcome.REJECTED in outcomes:
        return Outcome.REJECTED
    return Outcome.ADOPTED_IN_PART if Outcome.ADOPTED_IN_PART in outcomes else Outcome.ADOPTED


def _lock(memo: Memo) -> Memo:
    locked = Memo.objects.select_for_update(of=("self",)).select_related("mechanism", "prepared_by")
    return locked.get(pk=memo.pk)


def _is_tabled(memo: Memo) -> bool:
    """Whether some body has resolved on it since it was last ready."""
    return memo.state != State.RETURNED and memo.addressees.exclude(dealt_on=None).exists()


def _set_parts(memo: Memo, content: MemoContent) -> None:
    """Its places, bodies in order and recommendations; what was resolved keeps its number."""
    memo.pilot_places.set(content["pilot_places"])
    wanted = list(dict.fromkeys(content["bodies"]))
    memo.addressees.exclude(body__in=wanted).delete()
    for position, body in enumerate(wanted):
        MemoAddressee.objects.update_or_create(
            memo=memo, body=body, defaults={"position": position}
        )
    texts = [text for text in content["recommendations"] if text]
    memo.recommendations.filter(number__gt=len(texts), outcomes=None).delete()
    for number, text in enumerate(texts, start=1):
        Recommendation.objects.update_or_create(memo=memo, number=number, defaults={"text": text})
