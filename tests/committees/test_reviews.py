"""Items that review what partners did of their work plans (B30)."""

import pytest
from django.urls import reverse

from committees.models import AgendaItem, Seat
from committees.services.agenda import take_off
from committees.services.agenda_templates import use_template
from tests.factories.committees import BodyFactory, PlannedMeetingFactory, SeatFactory


@pytest.fixture
def committee(mechanism, organisations):
    """An operational steering committee, chaired by the donor, with two partners."""
    body = BodyFactory(mechanism=mechanism, slug="osc", kind="operational")
    SeatFactory(
        body=body, organisation=organisations.usaid, group="donor", function=Seat.Function.CHAIR
    )
    for partner in (organisations.kiwash, organisations.kcdms, organisations.kcdms):
        SeatFactory(body=body, organisation=partner, group="partner")
    return body


@pytest.fixture
def meeting(committee):
    return PlannedMeetingFactory(body=committee)


def reviewed(meeting):
    items = meeting.items.filter(kind=AgendaItem.Kind.REVIEW).in_order()
    return [str(item.presented_by) for item in items]


def test_each_partner_has_an_item_before_what_else_there_is(meeting, secretary):
    assert use_template(meeting, by=secretary) == 6

    kinds = list(meeting.items.in_order().values_list("kind", flat=True))
    assert kinds == ["opening", "minutes", "matters", "review", "review", "other"]
    assert reviewed(meeting) == ["KCDMS", "KIWASH"]


def test_an_item_that_was_taken_off_comes_back_alone(meeting, secretary):
    use_template(meeting, by=secretary)
    take_off(meeting.items.filter(kind="review").in_order().first(), by=secretary)

    assert use_template(meeting, by=secretary) == 1
    assert sorted(reviewed(meeting)) == ["KCDMS", "KIWASH"]


def test_other_bodies_review_no_plans(meeting, committee, secretary):
    committee.kind = "working_group"
    committee.save()

    assert use_template(meeting, by=secretary) == 4
    assert reviewed(meeting) == []


def test_the_agenda_shows_them_to_who_reads_it(client, meeting, secretary):
    use_template(meeting, by=secretary)
    client.force_login(secretary)

    page = client.get(reverse("meeting-detail", args=[meeting.pk])).content.decode()

    assert "KCDMS: what was done of its plan, and the plan to come" in page
