"""What bodies resolve on a memo, in order, and what becomes of it."""

import datetime as dt

import pytest

from committees.models import Memo, RecommendationOutcome
from committees.services.memo_outcomes import (
    BodyHasResolved,
    DecisionOfAnotherMeeting,
    MeetingBeforeItsTurn,
    MemoNotAdopted,
    MemoNotReady,
    NotTheBodysTurn,
    OutcomeMissing,
    ResolvedElsewhere,
    implement_memo,
    record_outcomes,
)
from committees.services.memos import MemoIsTabled, edit_memo, make_memo_ready
from coordination.models import Mail
from tests.factories.committees import (
    DecisionFactory,
    MeetingFactory,
    PlannedMeetingFactory,
)

State = Memo.State
HELD = dt.date(2020, 2, 1)  # as the factory of meetings has it


def content_of(memo, **changes):
    return {
        "title": memo.title, "topic": "", "prepared_by": memo.prepared_by, "findings": "",
        "legal_reference": "", "pilot_places": [], "access": "members", "waiting_reason": "",
        "bodies": [each.body for each in memo.addressees.order_by("position")],
        "recommendations": ["Recommend 1", "Recommend 2"], **changes,
    }  # fmt: skip


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


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
        record_outcomes(
            ready, by=secretary, body=review_body, meeting=MeetingFactory(body=review_body),
            outcomes={},
        )  # fmt: skip


def test_what_a_body_resolved_bears_the_day_of_its_meeting(ready, resolve, review_body):
    """Also where it is typed in years later, from paper."""
    resolve(ready, review_body, "adopted", "adopted", meeting=MeetingFactory(body=review_body))

    days = RecommendationOutcome.objects.values_list("decided_on", flat=True)
    assert (set(days), ready.addressees.get(body=review_body).dealt_on) == ({HELD}, HELD)


def test_a_body_resolves_at_a_meeting_of_its_own_that_has_begun(
    ready, resolve, review_body, second_body
):
    elsewhere, to_come, informal = (
        MeetingFactory(body=second_body),
        PlannedMeetingFactory(body=review_body),
        MeetingFactory(body=review_body, kind="informal"),
    )
    for meeting in (elsewhere, to_come, informal):
        with pytest.raises(ResolvedElsewhere):
            resolve(ready, review_body, "adopted", "adopted", meeting=meeting)


def test_a_later_body_resolves_at_no_earlier_meeting(ready, resolve, review_body, second_body):
    resolve(ready, review_body, "adopted", "adopted")
    before = MeetingFactory(body=second_body)

    with pytest.raises(MeetingBeforeItsTurn):
        resolve(ready, second_body, "adopted", "adopted", meeting=before)
    # Of one on paper the month alone may be known.
    before.is_day_known = False
    before.save()

    assert resolve(ready, second_body, "adopted", "adopted", meeting=before).state == State.ADOPTED


def test_a_joint_meeting_is_one_of_each_body(ready, resolve, review_body, second_body):
    meeting = MeetingFactory(body=second_body)
    meeting.joint_with.add(review_body)

    memo = resolve(ready, review_body, "adopted", "adopted", meeting=meeting)

    assert memo.state == State.UNDER_REVIEW


def test_the_decision_named_is_one_of_that_meeting(ready, resolve, review_body):
    decision = DecisionFactory(meeting=MeetingFactory(body=review_body))

    with pytest.raises(DecisionOfAnotherMeeting):
        resolve(ready, review_body, "adopted", "adopted", decision=decision)
    resolve(
        ready, review_body, "adopted", "adopted", meeting=decision.meeting, decision=decision
    )  # fmt: skip

    assert set(RecommendationOutcome.objects.values_list("decision", flat=True)) == {decision.pk}


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


def test_only_what_is_adopted_is_implemented(
    ready, resolve, review_body, second_body, partner_officer
):
    with pytest.raises(MemoNotAdopted):
        implement_memo(ready, by=partner_officer)
    resolve(ready, review_body, "adopted", "adopted")
    resolve(ready, second_body, "adopted", "adopted")

    assert implement_memo(ready, by=partner_officer).state == State.IMPLEMENTED
