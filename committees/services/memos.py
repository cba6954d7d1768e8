"""Action memos: drafted, edited, ready for the bodies that they are addressed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Body, Memo, MemoAddressee, Recommendation, RecommendationOutcome
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
    memo = lock_memo(memo)
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
    memo = lock_memo(memo)
    if memo.state == State.READY and memo.waiting_reason == waiting_reason:
        return memo
    if memo.state not in DRAFTED:
        raise MemoIsTabled
    if not memo.addressees.exists() or not memo.recommendations.exists():
        raise MemoIncomplete
    before = str(memo.get_state_display())
    if memo.state != State.READY:
        memo.ready_on = memo.mechanism.today(now)
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


def lock_memo(memo: Memo) -> Memo:
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
