"""The record at the end of a page: who did what, for who takes part and never for the public."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coordination.models import Membership
from coordination.services.events import record
from coordination.services.invitations import invite_person
from coordination.services.memberships import end_membership
from coordination.services.offices import Appointment, give_office
from tests.factories.coordination import MembershipFactory, OrganisationFactory, UserFactory
from tests.factories.workplans import PlanFactory

PAGES = {
    "members": "/mechanisms/sek/members/",
    "organisation": "/organisations/kiwash/",
    "award": "/awards/sek-award/",
    "plan": "/mechanisms/sek/plans/kitui/",
}
KNOWS_NOBODY = {"public", "outsider", "former_officer"}


@pytest.fixture
def pages(mechanism, kitui):
    award = mechanism.awards.get()
    award.slug = "sek-award"
    award.save()
    PlanFactory(mechanism=mechanism, place=kitui, slug="kitui")


@pytest.fixture
def on_record(mechanism, organisations):
    """A maker of deeds on what the pages show, one each."""

    def make(by, note=""):
        for thing in (
            mechanism,
            organisations.kiwash,
            mechanism.awards.get(),
            mechanism.plans.get(),
            mechanism.memberships.get(organisation=organisations.kiwash),
        ):
            record("coordination.mechanism_changed", thing, by=by, note=note)

    return make


@pytest.fixture
def appointed(mechanism, organisations, secretary):
    """A maker of data officers of SEK, on record."""

    def make(name):
        charge = Appointment(
            role="partner_officer",
            starts_on=dt.date(2021, 4, 1),
            organisation=organisations.kiwash,
            mechanism=mechanism,
        )
        return give_office(UserFactory(name=name), charge, by=secretary)

    return make


@pytest.mark.parametrize("page", sorted(PAGES))
def test_who_takes_part_or_administers_sees_the_record_and_nobody_else(
    client, pages, cast, secretary, on_record, page
):
    on_record(secretary)
    seen = set()
    for name, user in cast.items():
        client.logout()
        if name != "public":
            client.force_login(user)
        response = client.get(PAGES[page])
        assert response.status_code == 200
        if 'id="record"' in response.content.decode():
            seen.add(name)

    assert seen == set(cast) - KNOWS_NOBODY


@pytest.mark.parametrize("page", sorted(PAGES))
def test_no_public_page_names_who_did_what(client, pages, on_record, page):
    """R24."""
    on_record(UserFactory(name="CANARY"), note="CANARY")

    assert "CANARY" not in client.get(PAGES[page]).content.decode()


def test_the_members_page_tells_of_the_mechanism_its_members_and_its_offices(
    client, mechanism, organisations, secretary, appointed
):
    record("coordination.mechanism_changed", mechanism, by=secretary)
    membership = mechanism.memberships.get(organisation=organisations.kiwash)
    end_membership(membership, by=secretary, last_day=dt.date(2021, 4, 1))
    appointed("New officer")
    record("coordination.organisation_changed", organisations.kcdms, by=secretary)
    client.force_login(secretary)

    response = client.get(PAGES["members"])

    assert [(event.verb, str(event.subject)) for event in response.context["events"]] == [
        ("coordination.office_given", "Partner data officer, KIWASH"),
        ("coordination.membership_ended", "KIWASH in SEK"),
        ("coordination.mechanism_changed", "SEK"),
    ]
    assert "Membership ended</strong> · KIWASH in SEK · Secretariat" in response.content.decode()


def test_the_page_of_people_tells_of_invitations_to_who_sends_them(
    client, mechanism, organisations, secretary, peer, appointed
):
    appointed("New officer")
    charge = Appointment(
        role="partner_signatory",
        starts_on=dt.date(2021, 4, 1),
        organisation=organisations.kiwash,
        mechanism=mechanism,
    )
    invite_person("Signatory, KIWASH", "new@example.org", charge, by=secretary)
    told = {}
    for user in (secretary, peer):
        client.force_login(user)
        events = client.get("/mechanisms/sek/people/").context["events"]
        told[user] = [event.verb.rpartition(".")[2] for event in events]

    assert told == {secretary: ["invitation_sent", "office_given"], peer: ["office_given"]}


def test_an_organisations_record_holds_its_memberships_in_ones_own_mechanisms_alone(
    client, mechanism, organisations, secretary, peer
):
    elsewhere = MembershipFactory(organisation=organisations.kcdms)
    here = mechanism.memberships.get(organisation=organisations.kcdms)
    for thing in (organisations.kcdms, here, elsewhere):
        record("coordination.membership_changed", thing, by=secretary)
    client.force_login(peer)

    events = client.get("/organisations/kcdms/").context["events"]

    assert [event.subject for event in events] == [here, organisations.kcdms]


@pytest.mark.parametrize("page", ["/mechanisms/sek/members/", "/mechanisms/sek/people/"])
def test_a_longer_record_asks_no_more_of_the_database(
    client, mechanism, secretary, appointed, django_assert_num_queries, page
):
    def happen(number):
        appointed(f"Officer {number}")
        organisation = OrganisationFactory(slug=f"joined-{number}")
        joined = Membership.objects.create(mechanism=mechanism, organisation=organisation)
        record("coordination.member_admitted", joined, by=secretary)
        record("coordination.mechanism_changed", mechanism, by=secretary)

    happen(1)
    client.force_login(secretary)
    client.get(page)
    with CaptureQueriesContext(connection) as asked:
        client.get(page)
    happen(2)
    happen(3)

    with django_assert_num_queries(len(asked)):
        client.get(page)
