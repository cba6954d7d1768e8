"""Action memos: drafted, ready, edited, on their pages."""

import datetime as dt

import pytest
from django.urls import reverse

from committees.models import Memo, RecommendationOutcome
from committees.services.memos import MemoIncomplete, create_memo, edit_memo, make_memo_ready
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import AgendaItemFactory, MeetingFactory, MemoFactory

State = Memo.State
CANARY = "CANARY in a comment"


def content_of(memo, **changes):
    return {
        "title": memo.title, "topic": "", "prepared_by": memo.prepared_by, "findings": "",
        "legal_reference": "", "pilot_places": [], "access": "members", "waiting_reason": "",
        "bodies": [each.body for each in memo.addressees.order_by("position")],
        "recommendations": ["Recommend 1", "Recommend 2"], **changes,
    }  # fmt: skip


def test_a_form_sent_twice_drafts_one_memo_under_the_next_number(mechanism, memo, partner_officer):
    said = content_of(memo, title="Fees")

    first, again = [create_memo(mechanism, by=partner_officer, **said) for _click in range(2)]

    assert first == again
    assert (first.code, first.state) == ("1", State.DRAFTING)
    assert [each.body.slug for each in first.addressees.order_by("position")] == [
        "review", "second",
    ]  # fmt: skip


def test_a_ready_memo_waits_for_a_meeting_and_says_why(memo, partner_officer):
    assert list(Memo.objects.waiting()) == []

    make_memo_ready(memo, by=partner_officer, waiting_reason="The lock-down.")

    [waiting] = Memo.objects.waiting().with_turns()
    assert (waiting.waiting_reason, waiting.turn.body.slug) == ("The lock-down.", "review")
    assert waiting.days_held(on=waiting.ready_on + dt.timedelta(days=9)) == 9


def test_a_memo_without_a_recommendation_is_not_ready(memo, partner_officer):
    memo.recommendations.all().delete()

    with pytest.raises(MemoIncomplete):
        make_memo_ready(memo, by=partner_officer)


def test_the_second_of_two_editors_sees_that_the_first_has_saved(memo, partner_officer):
    edit_memo(memo, by=partner_officer, seen_version=1, **content_of(memo, title="First"))

    with pytest.raises(EditedMeanwhile):
        edit_memo(memo, by=partner_officer, seen_version=1, **content_of(memo, title="Second"))
    memo.refresh_from_db()
    assert memo.title == "First"


def test_a_partner_drafts_a_memo_to_two_bodies(
    client, mechanism, partner_officer, organisations, review_body, second_body
):
    client.force_login(partner_officer)

    response = client.post(
        reverse("memo-create", args=["sek"]),
        {"title": "Fees", "prepared_by": organisations.kcdms.pk, "access": "members",
         "recommendations": "Lower them\n\nWaive them", "body_0": second_body.pk,
         "body_1": review_body.pk, "seen_version": 0},
    )  # fmt: skip

    memo = Memo.objects.get()
    assert response.headers["Location"] == memo.get_absolute_url()
    assert [each.body for each in memo.addressees.order_by("position")] == [
        second_body, review_body,
    ]  # fmt: skip
    assert [each.text for each in memo.recommendations.order_by("number")] == [
        "Lower them", "Waive them",
    ]  # fmt: skip


def test_a_secretary_records_what_the_body_resolved(client, ready, body_secretary, review_body):
    client.force_login(body_secretary)
    address = reverse("memo-resolve", args=["sek", ready.code, "review"])

    assert "No meeting to resolve at" in client.get(address).content.decode()
    meeting = MeetingFactory(body=review_body)
    MeetingFactory(body=review_body, held_on=dt.date(2020, 6, 1))
    AgendaItemFactory(meeting=meeting, memo=ready)
    # Offered is the one that had it on its agenda.
    assert client.get(address).context["form"]["meeting"].value() == meeting.pk
    refused = client.post(address, {"outcome_1": "adopted", "meeting": meeting.pk})
    client.post(
        address,
        {"outcome_1": "adopted", "outcome_2": "rejected", "note_2": "No money.",
         "meeting": meeting.pk},
    )  # fmt: skip

    assert set(refused.context["form"].errors) == {"outcome_2"}
    assert RecommendationOutcome.objects.count() == 2
    assert "No money." in client.get(ready.get_absolute_url()).content.decode()


def test_two_who_edit_are_shown_both_versions(client, memo, partner_officer, review_body):
    client.force_login(partner_officer)
    address = reverse("memo-edit", args=["sek", memo.code])
    typed = {
        "title": "Mine", "prepared_by": memo.prepared_by_id, "access": "members",
        "recommendations": "Recommend 1\nRecommend 2", "body_0": review_body.pk,
        "seen_version": memo.version,
    }  # fmt: skip
    edit_memo(memo, by=partner_officer, seen_version=1, **content_of(memo, title="Theirs"))

    page = client.post(address, typed)

    labels = {pair.label: (pair.mine, pair.theirs) for pair in page.context["conflict"].fields}
    assert labels["Title"] == ("Mine", "Theirs")


def test_a_draft_and_its_comments_are_for_who_prepares_it(
    client, memo, peer, partner_officer, neighbour, organisations, member
):
    sent = memo.circulations.create(
        organisation=organisations.kiwash, sent_at=dt.datetime.now(dt.UTC), comment=CANARY
    )

    def page(user):
        client.force_login(user)
        return client.get(memo.get_absolute_url())

    assert page(neighbour).status_code == 404
    assert CANARY in page(peer).content.decode()
    assert CANARY in page(partner_officer).content.decode()
    make_memo_ready(memo, by=partner_officer)
    assert CANARY not in page(neighbour).content.decode()
    assert sent.comment == CANARY


def test_the_public_reads_a_public_memo_without_its_record(client, ready):
    assert client.get(ready.get_absolute_url()).status_code == 404

    Memo.objects.update(access="public")

    text = client.get(ready.get_absolute_url()).content.decode()
    assert "Recommend 1" in text
    assert "What was done" not in text


def test_the_list_asks_the_same_number_of_questions(
    client, ready, peer, review_body, django_assert_num_queries, django_assert_max_num_queries
):
    client.force_login(peer)
    address = reverse("memo-list", args=["sek"])
    client.get(address)
    with django_assert_max_num_queries(25) as asked:
        client.get(address)
    for _row in range(2):
        MemoFactory(mechanism=ready.mechanism, bodies=[review_body], state=State.READY)

    with django_assert_num_queries(len(asked)):
        client.get(address)
