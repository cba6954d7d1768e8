"""Action memos sent for comment, and what is answered to each comment (B17)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Memo, MemoCirculation
from committees.notifications.memos import (
    tell_of_comment,
    tell_of_comment_answer,
    tell_of_memo_circulation,
)
from coordination.models import Organisation, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal

from .memos import lock_memo


class CommentAnswered(Refusal):
    message = _("This comment is answered and no longer changes.")


class NothingToAnswer(Refusal):
    message = _("This organisation has not commented yet.")


@transaction.atomic
def circulate_memo(
    memo: Memo, *, by: User, organisations: Iterable[Organisation], at: dt.datetime | None = None
) -> list[MemoCirculation]:
    """Sends the memo for comment to those that do not have it yet, and returns these (B17)."""
    now = at or timezone.now()
    memo = lock_memo(memo)
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
    circulation: MemoCirculation,
    *,
    by: User,
    comment: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> MemoCirculation:
    """What the organisation says of the memo; it may say it anew until it is answered.

    Raises CommentAnswered or DoneMeanwhile.
    """
    now = at or timezone.now()
    circulation = MemoCirculation.objects.select_for_update().get(pk=circulation.pk)
    if circulation.is_accepted is not None:
        raise CommentAnswered
    if circulation.comment == comment:
        return circulation
    guard_seen(circulation, seen=seen)
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
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> MemoCirculation:
    """The comment as it is accepted or declined, with why.

    Raises NothingToAnswer, or DoneMeanwhile where it was said anew or answered otherwise.
    """
    now = at or timezone.now()
    circulation = MemoCirculation.objects.select_for_update().get(pk=circulation.pk)
    if not circulation.comment:
        raise NothingToAnswer
    if (circulation.is_accepted, circulation.answer) == (is_accepted, answer):
        return circulation
    guard_seen(circulation, seen=seen)
    circulation.is_accepted, circulation.answer = is_accepted, answer
    circulation.full_clean()
    circulation.save(update_fields=["is_accepted", "answer"])
    record("committees.memo_comment_answered", circulation, by=by, at=now)
    tell_of_comment_answer(circulation, at=now)
    return circulation
