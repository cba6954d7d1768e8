"""Quorum: counted from seats, by group where the rule says so (R18)."""

import pytest
from django.urls import reverse

from committees.models import Participant, QuorumGroup, Seat
from committees.services.attendance import MeetingNotBegun, Noted, lines_of, note_attendance
from committees.services.quorum import quorum_of, rule_in_words
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import (
    BodyFactory,
    MeetingFactory,
    ParticipantFactory,
    PlannedMeetingFactory,
    SeatFactory,
)

HERE = Noted(attendance="present")
BY_ALTERNATE = Noted(attendance="present", is_by_alternate=True)


@pytest.fixture
def meeting(review_body):
    return MeetingFactory(body=review_body)


@pytest.fixture
def seats(review_body):
    return [SeatFactory(body=review_body) for _number in range(5)]


@pytest.fixture
def come(secretary):
    """``come(meeting, seat, …)``: they are noted as present."""

    def note(meeting, *seats, noted=HERE):
        before = {line.key: line.noted for line in lines_of(meeting)}
        notes = {f"seat-{seat.pk}": (before[f"seat-{seat.pk}"], noted) for seat in seats}
        return note_attendance(meeting, notes, by=secretary)

    return note


def set_rule(body, **rule):
    for name, value in rule.items():
        setattr(body, name, value)
    body.save()


def test_a_number_of_seats_is_counted_live(review_body, meeting, seats, come):
    set_rule(review_body, quorum_seats=3)
    come(meeting, *seats[:2])
    assert not quorum_of(meeting).is_met
    assert quorum_of(meeting).sentence == "REVIEW has no quorum: 2 of 5 there, 3 needed."

    come(meeting, seats[2])

    assert quorum_of(meeting).is_met
    assert quorum_of(meeting).sentence == "REVIEW has its quorum: 3 of 5 there, 3 needed."


def test_half_of_five_seats_are_three(review_body, meeting, seats, come):
    set_rule(review_body, quorum_percent=50)
    come(meeting, *seats[:2])

    assert quorum_of(meeting).needed == 3
    assert not quorum_of(meeting).is_met


def test_only_voting_seats_count_where_the_rule_says_so(review_body, meeting, seats, come):
    set_rule(review_body, quorum_percent=50, quorum_of_voting=True)
    Seat.objects.filter(pk__in=[seat.pk for seat in seats[3:]]).update(is_voting=False)
    come(meeting, seats[0], seats[3], seats[4])

    quorum = quorum_of(meeting)

    assert (quorum.present, quorum.seats, quorum.needed) == (1, 3, 2)


def test_observers_and_guests_never_count(review_body, meeting, seats, come, organisations):
    set_rule(review_body, quorum_seats=1)
    Seat.objects.filter(pk=seats[0].pk).update(function=Seat.Function.OBSERVER)
    come(meeting, seats[0])
    Participant.objects.create(
        meeting=meeting, organisation=organisations.kcdms, headcount=9, attendance="present"
    )

    assert quorum_of(meeting).present == 0


def test_holder_and_alternate_count_once_and_a_barred_alternate_not_at_all(
    review_body, meeting, seats, come
):
    set_rule(review_body, quorum_seats=2)
    Seat.objects.filter(pk=seats[1].pk).update(alternate_rule=Seat.AlternateRule.NOBODY)
    come(meeting, seats[0], seats[1], noted=BY_ALTERNATE)

    assert quorum_of(meeting).present == 1


def test_a_rule_by_groups_names_the_group_that_is_short(review_body, meeting, seats, come):
    set_rule(review_body, quorum_seats=2)
    QuorumGroup.objects.create(body=review_body, group="government", minimum=1)
    come(meeting, *seats[:3])

    assert not quorum_of(meeting).is_met
    assert quorum_of(meeting).sentence == (
        "REVIEW has no quorum: 3 of 5 there, 2 needed. Government: 0 present, 1 needed."
    )

    Seat.objects.filter(pk=seats[0].pk).update(group="government")

    assert quorum_of(meeting).is_met


def test_of_a_joint_meeting_each_body_needs_its_own(review_body, meeting, seats, come):
    other = BodyFactory(mechanism=review_body.mechanism, slug="other", quorum_seats=1)
    theirs = SeatFactory(body=other)
    set_rule(review_body, quorum_seats=1)
    meeting.joint_with.add(other)
    come(meeting, seats[0])
    assert [part.is_met for part in quorum_of(meeting).bodies] == [True, False]
    assert not quorum_of(meeting).is_met

    come(meeting, theirs)

    assert quorum_of(meeting).is_met


def test_without_a_rule_nothing_is_missed(meeting, seats):
    assert quorum_of(meeting).is_met
    assert not quorum_of(meeting).has_rule
    assert quorum_of(meeting).sentence == "No quorum is laid down for REVIEW: 0 of 5 present."


def test_a_closed_meeting_keeps_what_was_recorded(review_body, meeting, seats):
    set_rule(review_body, quorum_seats=1)
    meeting.is_quorate = True

    assert quorum_of(meeting).is_met
    assert quorum_of(meeting).sentence == "Quorum met, as recorded."


def test_the_page_counts_what_is_typed_and_saves_nothing(
    client, review_body, meeting, seats, come, secretary
):
    set_rule(review_body, quorum_seats=2)
    Seat.objects.filter(pk=seats[2].pk).update(alternate_rule=Seat.AlternateRule.NOBODY)
    come(meeting, seats[0])
    ParticipantFactory(meeting=meeting, seat=None, post="Guest", headcount=4)
    client.force_login(secretary)
    address = reverse("attendance-count", args=[meeting.pk])

    def counted(**typed):
        given = {f"seat-{seats[n].pk}-{name}": value for (n, name), value in typed.values()}
        answer = client.post(address, given)
        quorum = answer.context["quorum"]
        return answer.context["headcount"], quorum.present, quorum.is_met

    assert counted() == (1, 1, False)
    assert counted(a=((1, "attendance"), "present")) == (2, 2, True)
    # One who has just been taken back, and an alternate where nobody may stand in.
    assert counted(a=((0, "attendance"), "absent")) == (0, 0, False)
    barred = {"a": ((2, "attendance"), "present"), "b": ((2, "is_by_alternate"), "on")}
    assert counted(**barred) == (2, 1, False)
    assert quorum_of(meeting).present == 1


def test_a_rule_reads_as_words(review_body):
    set_rule(review_body, quorum_seats=3, quorum_percent=50, quorum_of_voting=True)
    QuorumGroup.objects.create(body=review_body, group="donor", minimum=2)

    assert rule_in_words(review_body) == "at least 3 seats, 50 % of the voting seats, 2 of Donors"


def test_it_takes_a_fixed_number_of_queries(review_body, meeting, come, django_assert_num_queries):
    for number in (1, 3):
        come(meeting, *[SeatFactory(body=review_body) for _n in range(number)])
        with django_assert_num_queries(4):
            assert quorum_of(meeting).present


def test_two_people_note_different_lines_at_once_but_not_the_same(meeting, seats, secretary):
    nothing, there, excused = Noted(), Noted("present"), Noted("apologies")
    note_attendance(meeting, {f"seat-{seats[0].pk}": (nothing, there)}, by=secretary)
    note_attendance(meeting, {f"seat-{seats[1].pk}": (nothing, there)}, by=secretary)

    with pytest.raises(EditedMeanwhile):
        note_attendance(meeting, {f"seat-{seats[0].pk}": (nothing, excused)}, by=secretary)

    # The same again is the same deed.
    assert not note_attendance(meeting, {f"seat-{seats[0].pk}": (nothing, there)}, by=secretary)
    assert quorum_of(meeting).present == 2


def test_nobody_is_present_before_the_day(review_body, secretary, seats, come):
    with pytest.raises(MeetingNotBegun):
        come(PlannedMeetingFactory(body=review_body), seats[0])
