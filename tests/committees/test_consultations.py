"""Regular dialogue: consultations by group and quarter, and the groups that got none (P40)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from committees.models import Body, Consultation, Dialogue, StakeholderGroup
from committees.permissions import can_withdraw_consultation
from committees.services.consultations import (
    dialogue_of,
    groups_in_dialogue,
    record_consultation,
    set_dialogue,
    withdraw_consultation,
)
from coordination.models import Event, Mechanism
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import DayToCome
from coordination.services.withdrawals import AlreadyWithdrawn
from tests.factories.committees import MeetingFactory, SeatFactory
from tests.factories.coordination import PeriodFactory

TODAY = dt.date(2021, 5, 10)
NOW = dt.datetime(2021, 5, 10, 9, tzinfo=dt.UTC)
PRIVATE, ASSEMBLY = StakeholderGroup.PRIVATE_SECTOR, StakeholderGroup.ASSEMBLY


@pytest.fixture
def quarters(db):
    """Q4 of 2020, Q1 of 2021, and the quarter that runs."""
    return [PeriodFactory(year=year, quarter=n) for year, n in [(2020, 4), (2021, 1), (2021, 2)]]


@pytest.fixture
def owing(review_body, quarters):
    """The body owes two groups its dialogue from November 2020 on."""
    for group in (PRIVATE, ASSEMBLY):
        Dialogue.objects.create(body=review_body, group=group, starts_on=dt.date(2020, 11, 2))
    return review_body


def content(**changed):
    return {
        "group": PRIVATE, "held_on": dt.date(2021, 2, 9), "mode": "virtual",
        "with_whom": "Chamber of commerce, chair", "subject": "Licences of livestock markets",
        "heard": "Three levies on one animal.", "answer": "", **changed,
    }  # fmt: skip


def states(body, on=TODAY):
    return {
        str(row.group): [cell.state for cell in row.cells] for row in dialogue_of(body, on=on).rows
    }


def test_none_not_yet_and_not_owed_are_three_things(owing, secretary):
    record_consultation(owing, by=secretary, at=NOW, **content())

    assert states(owing) == {
        # Promised within the first quarter, it is owed from the next one on.
        "assembly": ["not_owed", "none", "not_yet"],
        "private_sector": ["not_owed", "held", "not_yet"],
    }
    [(period, groups)] = dialogue_of(owing, on=TODAY).without
    assert (period.code, groups) == ("2021-q1", [ASSEMBLY])


def test_the_last_day_of_a_quarter_is_not_over(owing):
    assert states(owing, dt.date(2021, 3, 31))["assembly"][-1] == "not_yet"
    assert states(owing, dt.date(2021, 4, 1))["assembly"][1] == "none"


def test_a_meeting_counts_by_who_was_there(owing, organisations):
    meeting = MeetingFactory(body=owing, held_on=dt.date(2021, 3, 31))
    seat = SeatFactory(body=owing, group=ASSEMBLY)
    meeting.participants.create(seat=seat, attendance="present")
    meeting.participants.create(post="Speaker", group=ASSEMBLY, attendance="present")
    meeting.participants.create(post="Trader", group=PRIVATE, attendance="apologies")

    rows = {row.group: row.cells[1] for row in dialogue_of(owing, on=TODAY).rows}

    assert (rows[ASSEMBLY].meetings, rows[ASSEMBLY].consultations) == (1, 0)
    assert rows[PRIVATE].state == "none"


def test_nothing_is_owed_where_nothing_can_be_held(owing):
    Mechanism.objects.filter(pk=owing.mechanism_id).update(state="dormant")
    body = Body.objects.select_related("mechanism").get(pk=owing.pk)

    assert states(body)["assembly"] == ["not_owed"] * 3


def test_a_group_is_promised_and_let_go_on_record(review_body, secretary, quarters):
    set_dialogue(review_body, by=secretary, groups=[PRIVATE, ASSEMBLY], at=NOW)
    set_dialogue(review_body, by=secretary, groups=[ASSEMBLY], at=NOW + dt.timedelta(days=200))

    assert groups_in_dialogue(review_body) == ["assembly"]
    ended = Dialogue.objects.get(group=PRIVATE)
    assert (ended.starts_on, ended.ends_on) == (TODAY, dt.date(2021, 11, 26))
    event = Event.objects.about(review_body).first()
    assert (event.verb, event.changes) == (
        "committees.dialogue_set",
        {"groups": ["Elected representatives, Private sector", "Elected representatives"]},
    )


def test_the_second_of_two_who_choose_groups_is_told(review_body, secretary):
    seen = newest_event()
    set_dialogue(review_body, by=secretary, groups=[PRIVATE], seen=seen, at=NOW)

    # The same again is one deed; another choice is made in sight of the first.
    set_dialogue(review_body, by=secretary, groups=[PRIVATE], seen=seen, at=NOW)
    with pytest.raises(DoneMeanwhile):
        set_dialogue(review_body, by=secretary, groups=[ASSEMBLY], seen=seen, at=NOW)


def test_a_consultation_is_recorded_once_and_not_before_it_was(review_body, secretary):
    first = record_consultation(review_body, by=secretary, at=NOW, **content())

    assert record_consultation(review_body, by=secretary, at=NOW, **content()) == first
    with pytest.raises(DayToCome):
        record_consultation(
            review_body, by=secretary, at=NOW, **content(held_on=dt.date(2021, 5, 11))
        )
    assert Consultation.objects.count() == 1


def test_one_that_is_withdrawn_no_longer_counts_and_stays(owing, secretary):
    consultation = record_consultation(owing, by=secretary, at=NOW, **content())

    withdraw_consultation(consultation, by=secretary, reason="Another body’s.", at=NOW)

    assert states(owing)["private_sector"][1] == "none"
    with pytest.raises(AlreadyWithdrawn):
        withdraw_consultation(consultation, by=secretary, reason="Twice.", at=NOW)
    assert Consultation.objects.get().heard == "Three levies on one animal."


def test_who_sits_there_records_and_withdraws_the_own(review_body, member, chair, secretary):
    consultation = record_consultation(review_body, by=member, at=NOW, **content())

    assert can_withdraw_consultation(member, consultation)
    assert can_withdraw_consultation(secretary, consultation)
    assert not can_withdraw_consultation(chair, consultation)


def test_the_log_is_for_who_takes_part(client, owing, member, peer, outsider):
    record_consultation(owing, by=member, at=NOW, **content(subject="Canary of the market"))
    address = reverse("body-dialogue", args=["sek", owing.slug])

    assert client.get(address).status_code == 302
    client.force_login(outsider)
    assert client.get(address).status_code == 404
    client.force_login(peer)
    page = client.get(address).content.decode()
    assert "Canary of the market" in page
    assert reverse("consultation-record", args=["sek", owing.slug]) not in page


def test_the_forms_record_choose_and_withdraw(client, review_body, secretary, quarters):
    client.force_login(secretary)
    back = reverse("body-dialogue", args=["sek", review_body.slug])
    new = reverse("consultation-record", args=["sek", review_body.slug])
    groups = reverse("dialogue-set", args=["sek", review_body.slug])

    assert client.post(new, content(held_on="2021-02-30")).status_code == 200
    assert client.post(new, content()).headers["Location"] == back
    assert client.post(groups, {"groups": ["labour"]}).headers["Location"] == back
    pk = Consultation.objects.get().pk
    withdraw = reverse("consultation-withdraw", args=["sek", review_body.slug, pk])
    assert client.post(withdraw, {"reason": "Twice."}).headers["Location"] == back

    assert groups_in_dialogue(review_body) == ["labour"]
    assert "Twice." in client.get(back).content.decode()


def test_the_page_asks_as_much_of_many_as_of_few(
    client, owing, member, peer, django_assert_num_queries
):
    client.force_login(peer)
    address = reverse("body-dialogue", args=["sek", owing.slug])

    record_consultation(owing, by=member, at=NOW, **content())
    client.get(address)  # what is looked up once a process
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(3):
        record_consultation(owing, by=member, at=NOW, **content(subject=f"Subject {number}"))
    with django_assert_num_queries(len(one)):
        client.get(address)
