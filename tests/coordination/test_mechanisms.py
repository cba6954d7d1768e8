"""A mechanism's life and its members, as its secretariat puts them on record (domain 1.1, 1.4)."""

import datetime as dt

import pytest
from django.utils import timezone

from coordination.models import Event, Mechanism
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.mechanisms import (
    BeforeLaunch,
    MechanismNotMovable,
    MinutesMissing,
    move_mechanism,
)
from coordination.services.memberships import (
    AlreadyMember,
    ExemptionReasonMissing,
    JoinsWhileMember,
    LeavesBeforeJoining,
    MembershipAlreadyEnded,
    admit_member,
    end_membership,
)
from coordination.services.refusals import DayToCome

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
MINUTES = "Minutes of the inception meeting, no. 4"
MOVE = "/mechanisms/sek/state/"
JOIN = "/mechanisms/sek/members/add/"

State = Mechanism.State


@pytest.fixture
def moved(mechanism, secretary):
    """A mover of SEK from one state to another, by its secretariat."""

    def move(before, to, **said):
        Mechanism.objects.filter(pk=mechanism.pk).update(state=before)
        said = {"on": TODAY, "minutes": MINUTES, "at": NOW} | said
        return move_mechanism(mechanism, by=secretary, to=to, **said)

    return move


# --- States ---


def test_a_launch_sets_its_day_and_leaves_the_minutes_on_record(moved, secretary):
    mechanism = moved("proposed", "launched")

    assert (mechanism.state, mechanism.launched_on) == ("launched", TODAY)
    event = Event.objects.about(mechanism).get()
    assert (event.verb, event.by, event.note, event.changes) == (
        "coordination.mechanism_moved",
        secretary,
        MINUTES,
        {"state": ["proposed", "launched"], "on": [None, "2021-04-06"]},
    )


def test_closing_sets_the_end(moved):
    mechanism = moved("operating", "closed")

    assert (mechanism.state, mechanism.ends_on) == ("closed", TODAY)
    event = Event.objects.about(mechanism).get()
    assert event.changes["ends_on"] == [None, "2021-04-06"]


def test_a_mechanism_goes_from_state_to_state_as_the_field_knows_it(moved):
    ways = {(before, to) for before in State.values for to in State.values}
    found = set()
    for before, to in ways:
        try:
            moved(before, to)
        except MechanismNotMovable:
            continue
        found.add((before, to))

    assert found == {
        ("proposed", "launched"),
        ("proposed", "closed"),
        ("launched", "operating"),
        ("launched", "dormant"),
        ("launched", "closed"),
        ("operating", "dormant"),
        ("operating", "closed"),
        ("dormant", "operating"),
        ("dormant", "closed"),
    }


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"on": TODAY + dt.timedelta(days=1)}, DayToCome),
        ({"on": dt.date(2019, 1, 1)}, BeforeLaunch),
        ({"minutes": "  "}, MinutesMissing),
        ({"seen": 0}, DoneMeanwhile),
    ],
)
def test_what_cannot_have_been_decided_is_refused(moved, mechanism, said, refusal):
    Mechanism.objects.filter(pk=mechanism.pk).update(launched_on=dt.date(2019, 10, 3))
    moved("launched", "operating")

    with pytest.raises(refusal):
        moved("operating", "dormant", **said)

    assert Event.objects.about(mechanism).count() == 1


def test_the_secretariat_records_the_launch_on_the_mechanisms_page(client, mechanism, secretary):
    Mechanism.objects.filter(pk=mechanism.pk).update(state=State.PROPOSED)
    client.force_login(secretary)
    assert MOVE in client.get("/mechanisms/sek/").content.decode()
    typed = {"to": "launched", "on": "2021-04-06", "minutes": MINUTES, "seen": newest_event()}

    response = client.post(MOVE, typed, follow=True)
    again = client.post(MOVE, typed)

    mechanism.refresh_from_db()
    assert (mechanism.state, mechanism.launched_on) == ("launched", TODAY)
    assert said(response) == ["On record: SEK is “Launched”."]
    assert list(again.context["form"].errors) == ["to"]
    assert again.context["form"]["minutes"].value() == MINUTES


def test_a_closed_mechanism_goes_nowhere(client, mechanism, secretary):
    Mechanism.objects.filter(pk=mechanism.pk).update(state=State.CLOSED)
    client.force_login(secretary)

    body = client.get(MOVE).content.decode()

    assert "This mechanism is closed" in body
    assert 'name="to"' not in body


def test_nobody_else_is_offered_to_move_it(client, cast):
    for name, user in cast.items():
        if name in {"public", "secretary"}:
            continue
        client.force_login(user)
        assert MOVE not in client.get("/mechanisms/sek/").content.decode(), name


# --- Members ---


def test_a_member_is_admitted_with_the_places_that_it_does_not_report_for(
    mechanism, organisations, secretary, makueni
):
    membership = admit_member(
        mechanism, organisations.elsewhere, by=secretary, joined_on=TODAY, is_founding=True,
        role=" Water ", exempt_places=[makueni], exemption_reason="Works in Kitui alone.",
    )  # fmt: skip

    assert (membership.joined_on, membership.is_founding, membership.role) == (TODAY, True, "Water")
    assert list(membership.exempt_places.all()) == [makueni]
    event = Event.objects.about(membership).get()
    assert (event.verb, event.by, event.note, event.changes) == (
        "coordination.member_admitted",
        secretary,
        "Works in Kitui alone.",
        {
            "organisation": ["", "ELSEWHERE"],
            "joined_on": [None, "2021-04-06"],
            "exempt_places": [[], ["Makueni"]],
        },
    )


def test_a_member_is_not_admitted_twice(mechanism, organisations, secretary):
    with pytest.raises(AlreadyMember):
        admit_member(mechanism, organisations.kcdms, by=secretary, joined_on=TODAY)


def test_a_former_member_comes_back_after_it_left(mechanism, organisations, secretary):
    left = mechanism.memberships.get(organisation=organisations.kcdms)
    end_membership(left, by=secretary, last_day=TODAY)

    with pytest.raises(JoinsWhileMember):
        admit_member(mechanism, organisations.kcdms, by=secretary, joined_on=TODAY)
    next_day = TODAY + dt.timedelta(days=1)
    admit_member(mechanism, organisations.kcdms, by=secretary, joined_on=next_day)

    assert mechanism.memberships.filter(organisation=organisations.kcdms).count() == 2


def test_an_exemption_has_a_reason(mechanism, organisations, secretary, makueni):
    with pytest.raises(ExemptionReasonMissing):
        admit_member(
            mechanism, organisations.elsewhere, by=secretary, joined_on=None,
            exempt_places=[makueni], exemption_reason=" ",
        )  # fmt: skip


def test_a_membership_ends_and_its_officers_take_part_no_longer(
    mechanism, organisations, secretary, peer
):
    membership = mechanism.memberships.get(organisation=organisations.kiwash)
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    assert Mechanism.objects.taking_part(peer).exists()

    end_membership(membership, by=secretary, last_day=yesterday, reason="Letter of 1 April")

    assert not Mechanism.objects.taking_part(peer).exists()
    event = Event.objects.about(membership).get()
    assert (event.verb, event.by, event.note, event.changes) == (
        "coordination.membership_ended",
        secretary,
        "Letter of 1 April",
        {"left_on": [None, str(yesterday)]},
    )


def test_a_membership_ends_once_and_not_before_it_began(mechanism, organisations, secretary):
    membership = mechanism.memberships.get(organisation=organisations.kiwash)

    with pytest.raises(LeavesBeforeJoining):
        end_membership(membership, by=secretary, last_day=dt.date(2019, 1, 1))
    end_membership(membership, by=secretary, last_day=TODAY)
    with pytest.raises(MembershipAlreadyEnded):
        end_membership(membership, by=secretary, last_day=TODAY)

    assert Event.objects.about(membership).count() == 1


def test_the_secretariat_keeps_its_members_on_their_page(
    client, mechanism, organisations, secretary, makueni
):
    client.force_login(secretary)
    typed = {"organisation": organisations.elsewhere.pk, "exempt_places": [makueni.pk]}

    refused = client.post(JOIN, typed)
    joined = client.post(JOIN, typed | {"exemption_reason": "Kitui alone."}, follow=True)

    assert dict(refused.context["form"].errors) == {
        "exemption_reason": ["Say why it does not report for these places."]
    }
    assert said(joined) == ["ELSEWHERE is a member."]
    membership = mechanism.memberships.get(organisation=organisations.elsewhere)
    end = f"/memberships/{membership.pk}/end/"
    assert end in joined.content.decode()
    left = client.post(end, {"last_day": "2021-04-06"}, follow=True)
    assert said(left) == ["The membership ends: ELSEWHERE."]
    assert list(client.post(end, {"last_day": "2021-04-06"}).context["form"].errors) == ["__all__"]


def test_who_is_a_member_is_not_offered_again(client, secretary, organisations):
    client.force_login(secretary)

    response = client.post(JOIN, {"organisation": organisations.kcdms.pk})

    assert dict(response.context["form"].errors) == {
        "organisation": ["This organisation is a member already."]
    }


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]
