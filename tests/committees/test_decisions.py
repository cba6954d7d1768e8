"""Decisions: numbers without holes, quorum and ratification, votes by seat, what replaces what."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from committees.models import Body, Decision, Meeting, Minutes, Participant, Seat
from committees.services.decision_exports import standing_of
from committees.services.decisions import (
    AlreadyReplaced,
    DecisionOfAnotherBody,
    ItemOfAnotherMeeting,
    MeetingNotInSession,
    MeetingTakesNoDecisions,
    MinutesAreConfirmed,
    NothingToRatify,
    QuorumMissing,
    RatifiesByAnotherType,
    VoteNotCarried,
    VoteNotCounted,
    VotesByConsensus,
    VotesMissing,
    take_decision,
    tally_in_words,
)
from coordination.models import Event
from coordination.services.refusals import Refusal
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    MeetingFactory,
    PlannedMeetingFactory,
    SeatFactory,
)

Type, Basis = Decision.Type, Decision.Basis
DAY = dt.datetime(2021, 3, 4, 7, tzinfo=dt.UTC)
AT_ONCE = 20


def in_session(body, *, starts_at=DAY, **fields):
    return PlannedMeetingFactory(
        body=body, starts_at=starts_at, state=Meeting.State.IN_SESSION, **fields
    )


def present(meeting, **seat):
    seat = SeatFactory(body=meeting.body, **seat)
    Participant.objects.create(
        meeting=meeting, seat=seat, attendance=Participant.Attendance.PRESENT
    )
    return seat


@pytest.fixture
def meeting(review_body):
    return in_session(review_body)


@pytest.fixture
def decide(meeting, body_secretary):
    """A maker of decisions of the meeting: ``decide("Adopt the plan.")``."""

    def make(text="Adopt the plan.", *, at_meeting=meeting, **resolution):
        return take_decision(
            at_meeting, by=body_secretary, text=text, **{"type": Type.APPROVE, **resolution}
        )

    return make


def test_decisions_are_numbered_by_body_and_year(decide, review_body):
    later = in_session(review_body, starts_at=DAY.replace(year=2022))
    other = in_session(BodyFactory(mechanism=review_body.mechanism))

    taken = [
        decide("First."),
        decide("Second."),
        decide("Third.", at_meeting=later),
        decide("Fourth.", at_meeting=other),
    ]

    assert [(each.year, each.number) for each in taken] == [
        (2021, 1), (2021, 2), (2022, 1), (2021, 1),
    ]  # fmt: skip
    assert str(taken[1]) == "REVIEW 2021/2"
    assert Event.objects.about(taken[0]).get().verb == "committees.decision_taken"


def test_a_form_sent_twice_is_one_decision(decide):
    assert decide() == decide()
    assert Decision.objects.count() == 1


def test_a_refused_decision_burns_no_number(decide):
    decide("First.")
    with pytest.raises(VotesMissing):
        decide("By vote.", basis=Basis.VOTE)

    assert decide("Second.").number == 2


def test_an_informal_meeting_takes_no_decision(decide, review_body):
    informal = in_session(review_body, kind=Meeting.Kind.INFORMAL)

    with pytest.raises(MeetingTakesNoDecisions):
        decide(at_meeting=informal)


def test_decisions_are_taken_in_session_and_until_the_minutes_are_confirmed(decide, review_body):
    with pytest.raises(MeetingNotInSession):
        decide(at_meeting=PlannedMeetingFactory(body=review_body))
    held = MeetingFactory(body=review_body)
    minutes = Minutes.objects.create(meeting=held)
    assert decide("Forgotten in the room.", at_meeting=held).year == held.held_on.year

    minutes.state, minutes.confirmed_on = Minutes.State.CONFIRMED, dt.date(2021, 3, 4)
    minutes.save()
    with pytest.raises(MinutesAreConfirmed):
        decide("Too late.", at_meeting=held)


def test_a_decision_belongs_to_an_item_of_its_meeting(decide, meeting, review_body):
    item = AgendaItemFactory(meeting=meeting)
    assert decide(item=item).item == item

    with pytest.raises(ItemOfAnotherMeeting):
        decide("Other.", item=AgendaItemFactory(meeting=in_session(review_body)))


# --- Quorum and ratification ----------------------------------------------------------------------


@pytest.fixture
def of_two(review_body):
    Body.objects.filter(pk=review_body.pk).update(quorum_seats=2)


def test_without_a_quorum_a_decision_waits_until_a_later_one_ratifies_it(
    of_two, decide, meeting, review_body
):
    waiting = decide()
    assert waiting.needs_ratification
    assert Decision.objects.awaiting_ratification().get() == waiting

    later = in_session(review_body, starts_at=DAY + dt.timedelta(days=90))
    with pytest.raises(QuorumMissing):
        decide("Ratify.", at_meeting=later, type=Type.RATIFY, ratifies=[waiting])
    present(later)
    present(later)
    with pytest.raises(NothingToRatify):
        decide("Ratify.", at_meeting=later, type=Type.RATIFY)
    ratifying = decide("Ratify.", at_meeting=later, type=Type.RATIFY, ratifies=[waiting])

    waiting.refresh_from_db()
    assert (ratifying.needs_ratification, waiting.ratified_by) == (False, ratifying)
    assert not Decision.objects.awaiting_ratification().exists()
    with pytest.raises(NothingToRatify):
        decide("Again.", at_meeting=later, type=Type.RATIFY, ratifies=[waiting])


def test_what_is_ratified_replaces_from_then_on(of_two, decide, meeting, review_body):
    first = decide("Meet every month.")
    second = decide("Meet every quarter.", supersedes=first)
    told = Event.objects.filter(verb="committees.decision_replaced")
    assert not told.exists()

    later = in_session(review_body, starts_at=DAY + dt.timedelta(days=90))
    present(later)
    present(later)
    decide("Ratify.", at_meeting=later, type=Type.RATIFY, ratifies=[second])

    event = told.get()
    assert (event.subject_id, event.note) == (first.pk, second.reference)


def test_what_is_chosen_to_be_ratified_is_not_left_out_in_silence(
    client, of_two, decide, meeting, review_body, body_secretary
):
    """Two fields that speak of one thing and differ: what was typed comes back (R28)."""
    waiting = decide("Meet every month.")
    later = in_session(review_body, starts_at=DAY + dt.timedelta(days=90))
    client.force_login(body_secretary)
    address = reverse("decision-create", args=[later.pk])

    page = client.get(address).content.decode()
    typed = {"text": "All of it.", "type": Type.APPROVE, "basis": "consensus"}
    refused = client.post(address, typed | {"ratifies": waiting.pk})

    assert page.count(f"{waiting.reference}: Meet every month.") == 1
    assert refused.context["form"].non_field_errors() == [str(RatifiesByAnotherType())]
    assert Decision.objects.get() == waiting


def test_what_another_body_decided_is_not_ratified(of_two, decide, meeting, review_body):
    other = in_session(BodyFactory(mechanism=review_body.mechanism, quorum_seats=2))
    theirs = decide(at_meeting=other)
    present(meeting)
    present(meeting)

    with pytest.raises(NothingToRatify):
        decide("Ratify.", type=Type.RATIFY, ratifies=[theirs])


def test_a_decision_replaces_one_of_its_body_once(decide, review_body):
    first = decide("Meet every month.")
    second = decide("Meet every quarter.", supersedes=first)

    assert second.supersedes == first
    with pytest.raises(AlreadyReplaced):
        decide("Meet every year.", supersedes=first)
    other = in_session(BodyFactory(mechanism=review_body.mechanism))
    with pytest.raises(DecisionOfAnotherBody):
        decide("Meet.", at_meeting=other, supersedes=second)


def test_a_decision_without_a_quorum_replaces_another_once_it_is_ratified(
    client, decide, review_body, body_secretary
):
    first = decide("Meet every month.")
    second = decide("Meet every quarter.", supersedes=first)
    Decision.objects.filter(pk=second.pk).update(needs_ratification=True)
    client.force_login(body_secretary)

    def told():
        page = client.get(first.get_absolute_url()).content.decode()
        standing, _label = standing_of(Decision.objects.in_full().get(pk=first.pk))
        return standing, "once it is ratified" in page, list(Decision.objects.replaced())

    assert told() == ("in_force", True, [])

    Decision.objects.filter(pk=second.pk).update(ratified_by=decide("Ratify it."))
    assert told() == ("superseded", False, [first])


# --- Votes ----------------------------------------------------------------------------------------


def test_a_vote_is_by_seat_and_carries_by_more_for_than_against(decide, meeting):
    one, two, three = present(meeting), present(meeting), present(meeting)

    decision = decide(
        basis=Basis.VOTE, votes={one: "for", two: "for", three: "against"},
        effective_on=dt.date(2021, 4, 1),
    )  # fmt: skip

    votes = {vote.seat: vote.choice for vote in decision.votes.all()}
    assert votes == {one: "for", two: "for", three: "against"}
    assert tally_in_words(decision.votes.all()) == "2 for, 1 against, 0 abstained"
    with pytest.raises(VoteNotCarried, match="1 for, 1 against"):
        decide("No.", basis=Basis.VOTE, votes={one: "for", two: "against"})
    rejected = {"basis": Basis.VOTE, "votes": {one: "for", two: "against"}, "type": Type.REJECT}
    assert decide("The motion is rejected.", **rejected).number == 2


def test_votes_that_were_entered_are_not_left_out_in_silence(decide, meeting):
    seat = present(meeting)

    with pytest.raises(VotesByConsensus):
        decide(basis=Basis.CONSENSUS, votes={seat: "for"})


def test_only_voting_seats_that_are_present_vote(decide, meeting):
    absent = SeatFactory(body=meeting.body)
    observer = present(meeting, function=Seat.Function.OBSERVER, is_voting=False)

    for seat in (absent, observer):
        with pytest.raises(VoteNotCounted):
            decide(basis=Basis.VOTE, votes={seat: "for"})


# --- At once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_adoptions_at_once_are_numbered_without_holes(
    meeting, review_body, body_secretary, figure
):
    seat = present(meeting)

    def adopt(number):
        # Every fourth is refused, after it has waited for the body's lock.
        refused = {"basis": Basis.VOTE, "votes": {seat: "against"}} if number % 4 == 3 else {}
        try:
            return take_decision(
                meeting, by=body_secretary, text=f"Adopt {number}.", type=Type.APPROVE, **refused
            ).number
        except Refusal:
            return None
        finally:
            connection.close()

    wanted = [number for number in range(AT_ONCE * 4 // 3 + 1) if number % 4 != 3][:AT_ONCE]
    tried = range(max(wanted) + 1)
    with ThreadPoolExecutor(AT_ONCE) as people:
        numbers = list(people.map(adopt, tried))

    given = sorted(number for number in numbers if number is not None)
    assert given == list(range(1, AT_ONCE + 1))
    refused = numbers.count(None)
    figure("adoptions at once", f"{AT_ONCE} numbered 1–{AT_ONCE}, {refused} refused burnt none")
