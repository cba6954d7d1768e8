"""What waits on a desk of memos that were sent for comment (B17)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import Memo, MemoCirculation
from coordination.models import Standing, User, takes_part_in

from .desk_lists import MOST, DeskList, DeskRow

# While bodies have not dealt with it all, a comment still tells them something.
OPEN = (Memo.State.DRAFTING, Memo.State.READY, Memo.State.UNDER_REVIEW, Memo.State.RETURNED)


def memos_to_comment(user: User, at: dt.datetime) -> DeskList:
    """What the person's organisations were asked to comment on, and have not yet."""
    asked = MemoCirculation.objects.filter(
        organisation__in=Standing.of(user).organisations,
        memo__mechanism__in=takes_part_in(user), memo__state__in=OPEN, comment="",
    )  # fmt: skip
    rows = asked.select_related("memo__mechanism").order_by("sent_at", "pk")[:MOST]
    shown = [_row(each, "memo-comment", _since(each)) for each in rows]
    return DeskList("memos-to-comment", _("Memos to comment on"), shown)


def comments_to_answer(user: User, at: dt.datetime) -> DeskList:
    """What was said of the memos that the person's organisations prepare, and is not answered."""
    standing = Standing.of(user)
    prepared = Q(memo__prepared_by__in=standing.organisations) & Q(
        memo__mechanism__in=takes_part_in(user)
    )
    kept = Q(memo__mechanism__in=standing.secretariat_of)
    said = MemoCirculation.objects.filter(prepared | kept, memo__state__in=OPEN, is_accepted=None)
    rows = said.exclude(comment="").select_related("memo__mechanism", "organisation")
    shown = [
        _row(each, "memo-comment-answer", str(each.organisation))
        for each in rows.order_by("commented_at", "pk")[:MOST]
    ]
    return DeskList("comments-to-answer", _("Comments on memos to answer"), shown)


def _since(circulation: MemoCirculation) -> str:
    return _("with you since %(day)s") % {
        "day": date_format(timezone.localdate(circulation.sent_at, circulation.memo.mechanism.zone))
    }


def _row(circulation: MemoCirculation, page: str, note: str) -> DeskRow:
    memo = circulation.memo
    return DeskRow(
        title=str(memo),
        url=reverse(page, args=[memo.mechanism.slug, memo.code, circulation.pk]),
        note=note,
        status=memo.state,
        label=str(memo.get_state_display()),
    )
