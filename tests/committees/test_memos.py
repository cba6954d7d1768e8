"""Action memos: several bodies in order adopt their recommendations one by one (B15-B17)."""

import datetime as dt

import pytest
from django.urls import reverse

from committees.models import Memo, RecommendationOutcome
from committees.services.memo_circulations import (
    CommentAnswered,
    NothingToAnswer,
    answer_comment,
    circulate_memo,
    comment_memo,
)
from committees.services.memo_outcomes import (
    BodyHasResolved,
    MemoNotAdopted,
    MemoNotReady,
    NotTheBodysTurn,
    OutcomeMissing,
    implement_memo,
    record_outcomes,
)
from committees.services.memos import (
    MemoIncomplete,
    MemoIsTabled,
    create_memo,
    edit_memo,
    make_memo_ready,
)
from coordination.models import Mail
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import BodyFactory, MemoFactory

State = Memo.State
DAY = dt.date(2021, 2, 1)
CANARY = "CANARY in a comment"


@pytest.fixture
def second_body(mechanism):
    return BodyFactory(mechanism=mechanism, slug="second")


@pytest.fixture
def memo(mechanism, organisations, review_body, second_body):
    return MemoFactory(
        mechanism=mechanism, prepared_by=organisations.kcdms, bodies=[review_body, second_body]
    )


@pytest.fixture
def ready(memo, partner_officer):
    return make_memo_ready(memo, by=partner_officer, waiting_reason="The lock-down.")


@pytest.fixture
def resolve(secretary):
    def make(memo, body, *outcomes):
        found = memo.recommendations.order_by("number")
        pairs = {one: (outcome, "") for one, outcome in zip(found, outcomes, strict=True)}
        return record_outcomes(memo, by=secretary, body=body, outcomes=pairs, decided_on=DAY)

    return make


def content_of(memo, **changes):
    return {
        "title": memo.title, "topic": "", "prepared_by": memo.prepared_by, "findings": "",
        "legal_reference": "", "pilot_places": [], "access": "members", "waiting_reason": "",
        "bodies": [each.body for each in memo.addressees.order_by("position")],
        "recommendations": ["Recommend 1", "Recommend 2"], **changes,
    }  # fmt: skip


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


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


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        (("adopted", "adopted"), ("adopted", "adopted"), State.ADOPTED),
        (("adopted", "rejected"), ("adopted", "adopted"), State.ADOPTED_IN_PART),
        (("adopted", "adopted_in_part"), ("adopted", "adopted"), State.ADOPTED_IN_PART),
        (("rejected", "adopted"), ("adopted", "rejected"), State.REJECTED),
    ],
)
def test_its_state_follows_from_what_its_bodies_resolved(
    ready, resolve, review_body, second_body, first, second, state
):
    assert resolve(ready, review_body, *first).state == State.UNDER_REVIEW
    assert resolve(ready, second_body, *second).state == state


def test_each_body_has_its_turn_and_resolves_once(ready, resolve, review_body, second_body):
    with pytest.raises(NotTheBodysTurn):
        resolve(ready, second_body, "adopted", "adopted")
    resolve(ready, review_body, "adopted", "adopted")
    with pytest.raises(BodyHasResolved):
        resolve(ready, review_body, "rejected", "rejected")


def test_every_recommendation_gets_an_outcome(ready, secretary, review_body):
    with pytest.raises(OutcomeMissing):
        record_outcomes(ready, by=secretary, body=review_body, outcomes={}, decided_on=DAY)


def test_a_draft_is_resolved_by_nobody(memo, resolve, review_body):
    with pytest.raises(MemoNotReady):
        resolve(memo, review_body, "adopted", "adopted")


def test_what_is_returned_is_reworked_and_comes_back_to_the_same_body(
    ready, resolve, review_body, partner_officer
):
    memo = resolve(ready, review_body, "returned", "adopted")
    assert memo.state == State.RETURNED
    assert letters("memo-resolved") == [partner_officer.email]

    edit_memo(memo, by=partner_officer, seen_version=memo.version, **content_of(memo))
    memo = make_memo_ready(memo, by=partner_officer)
    assert Memo.objects.with_turns().get(pk=memo.pk).turn.body == review_body


def test_a_body_that_returned_resolves_on_everything_anew(
    ready, resolve, review_body, second_body, partner_officer
):
    memo = resolve(ready, review_body, "returned", "adopted")
    memo = make_memo_ready(memo, by=partner_officer)

    assert resolve(memo, review_body, "adopted", "adopted").state == State.UNDER_REVIEW
    assert RecommendationOutcome.objects.count() == 2


def test_a_tabled_memo_no_longer_changes(ready, resolve, review_body, partner_officer):
    memo = resolve(ready, review_body, "adopted", "adopted")

    with pytest.raises(MemoIsTabled):
        edit_memo(memo, by=partner_officer, seen_version=memo.version, **content_of(memo))


def test_the_second_of_two_editors_sees_that_the_first_has_saved(memo, partner_officer):
    edit_memo(memo, by=partner_officer, seen_version=1, **content_of(memo, title="First"))

    with pytest.raises(EditedMeanwhile):
        edit_memo(memo, by=partner_officer, seen_version=1, **content_of(memo, title="Second"))
    memo.refresh_from_db()
    assert memo.title == "First"


def test_only_what_is_adopted_is_implemented(
    ready, resolve, review_body, second_body, partner_officer
):
    with pytest.raises(MemoNotAdopted):
        implement_memo(ready, by=partner_officer)
    resolve(ready, review_body, "adopted", "adopted")
    resolve(ready, second_body, "adopted", "adopted")

    assert implement_memo(ready, by=partner_officer).state == State.IMPLEMENTED


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


# --- Pages ---


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

    refused = client.post(address, {"outcome_1": "adopted", "decided_on": "2021-02-01"})
    client.post(
        address,
        {"outcome_1": "adopted", "outcome_2": "rejected", "note_2": "No money.",
         "decided_on": "2021-02-01"},
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
