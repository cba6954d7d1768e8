"""A memo is sent for comment, and each comment answered."""

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.services.memo_circulations import (
    CommentAnswered,
    NothingToAnswer,
    answer_comment,
    circulate_memo,
    comment_memo,
)
from committees.services.memo_desk import comments_to_answer, memos_to_comment
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


def test_what_was_sent_for_comment_waits_on_the_desks_of_both_sides(
    memo, partner_officer, peer, outsider, secretary, organisations
):
    def waiting(user):
        lists = [ask(user, timezone.now()) for ask in (memos_to_comment, comments_to_answer)]
        return [(each.key, row.url) for each in lists for row in each.rows]

    [sent] = circulate_memo(memo, by=partner_officer, organisations=[organisations.kiwash])
    address = [memo.mechanism.slug, memo.code, sent.pk]
    assert waiting(peer) == [("memos-to-comment", reverse("memo-comment", args=address))]
    assert waiting(partner_officer) == []

    comment_memo(sent, by=peer, comment="Name the fees.")
    said = [("comments-to-answer", reverse("memo-comment-answer", args=address))]
    assert (waiting(peer), waiting(partner_officer), waiting(secretary)) == ([], said, said)
    assert waiting(outsider) == []

    answer_comment(sent, by=partner_officer, is_accepted=True, answer="Named in 2.")
    assert waiting(partner_officer) == []
