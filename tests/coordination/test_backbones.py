"""The backbone's role passes to another organisation, and its history stays (P26, R26)."""

import datetime as dt

import pytest

from coordination.models import BackboneTerm, Event, Standing
from coordination.services.backbones import (
    BackboneAlready,
    BeforeItsPredecessor,
    hand_over_backbone,
)
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.mechanisms import MinutesMissing, move_mechanism
from coordination.services.refusals import DayToCome
from tests.factories.workplans import PlanFactory

NOW = dt.datetime(2021, 4, 6, 9, tzinfo=dt.UTC)
TODAY = NOW.date()
MINUTES = "Minutes of the steering committee, no. 7"
PAGE = "/mechanisms/sek/backbone/"


@pytest.fixture
def handed(mechanism, secretary, organisations):
    """A handing over of SEK's backbone to KIWASH, unless it is said otherwise."""

    def hand(**said):
        said = {"to": organisations.kiwash, "on": TODAY, "minutes": MINUTES, "at": NOW} | said
        return hand_over_backbone(mechanism, by=secretary, **said)

    return hand


def test_the_role_passes_with_its_history(handed, mechanism, organisations, secretary):
    handed()

    mechanism.refresh_from_db()
    assert mechanism.backbone == organisations.kiwash
    terms = [
        (term.organisation, term.starts_on, term.ends_on)
        for term in BackboneTerm.objects.order_by("pk")
    ]
    assert terms == [
        (organisations.rla, mechanism.launched_on, dt.date(2021, 4, 5)),
        (organisations.kiwash, TODAY, None),
    ]
    event = Event.objects.about(mechanism).get()
    assert (event.verb, event.by, event.note) == (
        "coordination.backbone_handed_over",
        secretary,
        MINUTES,
    )


def test_the_rights_of_the_old_secretariat_end_with_it(handed, mechanism, secretary):
    assert mechanism.pk in Standing.of(secretary).secretariat_of

    handed(at=None, on=dt.date(2021, 4, 6))

    assert mechanism.pk not in Standing.of(secretary).secretariat_of


def test_a_closed_plan_keeps_the_backbone_that_served_it(
    handed, mechanism, kitui, makueni, organisations
):
    closed = PlanFactory(mechanism=mechanism, place=kitui, state="closed", slug="old")
    running = PlanFactory(mechanism=mechanism, place=makueni, slug="new")

    handed()

    closed.refresh_from_db()
    running.refresh_from_db()
    assert (closed.backbone, running.backbone) == (organisations.rla, None)


def test_what_is_refused(handed, organisations, mechanism, secretary):
    with pytest.raises(BackboneAlready):
        handed(to=organisations.rla)
    with pytest.raises(DayToCome):
        handed(on=dt.date(2021, 5, 1))
    with pytest.raises(MinutesMissing):
        handed(minutes=" ")
    seen = newest_event()
    move_mechanism(mechanism, by=secretary, to="dormant", on=TODAY, minutes=MINUTES, at=NOW)
    with pytest.raises(DoneMeanwhile):
        handed(seen=seen)
    handed()
    with pytest.raises(BeforeItsPredecessor):
        handed(to=organisations.kcdms)


def test_the_members_page_tells_who_served_before(client, mechanism, secretary, organisations):
    client.force_login(secretary)
    seen = client.get(PAGE).context["form"]["seen"].value()
    data = {"to": organisations.kiwash.pk, "on": "2021-04-06", "minutes": MINUTES, "seen": seen}
    assert list(client.post(PAGE, data | {"minutes": ""}).context["form"].errors) == ["minutes"]

    assert client.post(PAGE, data).status_code == 302

    page = client.get("/mechanisms/sek/members/").content.decode()
    assert "since 6\u00a0Apr 2021" in page
    assert f"before that {organisations.rla.name}, until 5\u00a0Apr 2021" in page
    assert client.get(PAGE).status_code == 403  # the right went with the role
