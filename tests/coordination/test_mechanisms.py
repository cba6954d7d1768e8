"""A mechanism's life, as its secretariat puts it on record (domain 1.1)."""

import datetime as dt

import pytest

from coordination.models import Event, Mechanism
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.mechanisms import (
    BeforeLaunch,
    DayToCome,
    MechanismNotMovable,
    MinutesMissing,
    move_mechanism,
)

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
MINUTES = "Minutes of the inception meeting, no. 4"
MOVE = "/mechanisms/sek/state/"

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


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]
