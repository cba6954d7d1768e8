"""Whom the deeds on memos are told."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import Memo, MemoAddressee, MemoCirculation
from coordination.models import User
from coordination.services.mail import post

from .audience import EMAILS, people_of, secretariat_of


def preparers_of(memo: Memo, *, at: dt.datetime) -> list[User | str]:
    """The people of the organisation that prepares it; else the secretariat."""
    people = people_of(memo.prepared_by, memo.mechanism, at=at)
    return people or list(secretariat_of(memo.mechanism, on=timezone.localdate(at)))


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
