"""A memo is sent for comment, and each comment answered."""

import pytest

from committees.services.memo_circulations import (
    CommentAnswered,
    NothingToAnswer,
    answer_comment,
    circulate_memo,
    comment_memo,
)
from coordination.models import Mail


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


def test_a_comment_is_asked_for_made_and_answered(memo, partner_officer, peer, organisations):
    for _click in range(2):
        circulate_memo(memo, by=partner_officer, organisations=[organisations.kiwash])
    sent = memo.circulations.get()
    assert letters("memo-circulated") == [peer.email]
    with pytest.raises(NothingToAnswer):
        answer_comment(sent, by=partner_officer, is_accepted=True, answer="Yes.")

    comment_memo(sent, by=peer, comment="Name the fees.")
    answer_comment(sent, by=partner_officer, is_accepted=True, answer="Named in 2.")

    assert letters("memo-commented") == [partner_officer.email]
    assert letters("memo-comment-answered") == [peer.email]
    with pytest.raises(CommentAnswered):
        comment_memo(sent, by=peer, comment="More.")
