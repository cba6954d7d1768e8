"""The public pages of mechanisms, members, organisations and awards, and the event record."""

import datetime as dt

import pytest
from django.utils import timezone

from coordination.models import Award, Event, Mechanism, Organisation, Role
from coordination.services.events import describe, known_verbs, record
from coordination.templatetags.events import changes
from tests.factories.coordination import (
    AwardFactory,
    MechanismFactory,
    MembershipFactory,
    OfficeFactory,
    OrganisationFactory,
    PlaceFactory,
    PlaceLevelFactory,
)

TODAY = timezone.localdate()


@pytest.fixture
def hidden(organisations):
    """A mechanism that is not public, with a member, a donor and an award of its own."""
    secret = MechanismFactory(slug="secret", name="CANARY mechanism", is_public=False)
    MembershipFactory(
        mechanism=secret, organisation=OrganisationFactory(slug="canary", name="CANARY member")
    )
    secret.awards.add(AwardFactory(slug="canary-award", title="CANARY award"))
    return secret


@pytest.fixture
def pakistan(mechanism):
    level = PlaceLevelFactory(country_code="PK", depth=0)
    country = PlaceFactory(slug="pk", name="Pakistan", level=level)
    return MechanismFactory(
        slug="brace", country=country, kind=Mechanism.Kind.PROGRAMME, state=Mechanism.State.DORMANT
    )


# --- Mechanisms ---


def test_everyone_sees_what_is_coordinated_where(client, mechanism, pakistan, hidden):
    MembershipFactory(mechanism=mechanism, left_on=dt.date(2020, 12, 31))

    response = client.get("/mechanisms/")

    listed = [(each.slug, each.member_count) for each in response.context["mechanisms"]]
    assert listed == [("sek", 2), ("brace", 0)]
    assert "CANARY" not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("country=pk", ["brace"]),
        ("kind=county", ["sek"]),
        ("state=dormant", ["brace"]),
        ("country=ke&kind=programme", []),
    ],
)
def test_mechanisms_are_filtered_in_the_address(client, mechanism, pakistan, query, slugs):
    response = client.get(f"/mechanisms/?{query}")

    assert [each.slug for each in response.context["mechanisms"]] == slugs


@pytest.mark.parametrize("query", ["country=zz", "kind=zz", "state=%00", "country=ke&country=pk"])
def test_a_filter_that_nobody_offers_is_no_error_page(client, mechanism, query):
    assert client.get(f"/mechanisms/?{query}").status_code in {200, 400}


def test_a_portal_without_mechanisms_says_what_belongs_there(client, db):
    assert b"No mechanisms yet" in client.get("/mechanisms/").content


def test_more_mechanisms_cost_no_more_queries(mechanism, kitui, queries_of):
    before = queries_of("/mechanisms/")
    for _ in range(3):
        more = MechanismFactory(places=[kitui])
        MembershipFactory(mechanism=more)

    assert queries_of("/mechanisms/") == before


# --- Members ---


def test_members_are_told_with_what_they_do_not_report_for(client, mechanism, kitui, county_lead):
    exempt = mechanism.memberships.get(organisation__slug="kiwash")
    exempt.exemption_reason = "Works in Makueni alone"
    exempt.save()
    exempt.exempt_places.add(kitui)
    MembershipFactory(mechanism=mechanism, left_on=dt.date(2020, 12, 31))

    response = client.get("/mechanisms/sek/members/")

    context = response.context
    assert [str(each.organisation) for each in context["members"]] == ["KCDMS", "KIWASH"]
    assert len(context["former"]) == 1
    assert b"Works in Makueni alone" in response.content
    assert [(str(each.place), each.role) for each in context["leads"]] == [
        ("Kitui", Role.COUNTY_LEAD)
    ]


def test_a_lead_who_has_left_is_not_shown(client, mechanism, county_lead):
    county_lead.offices.update(ends_on=TODAY - dt.timedelta(days=1))

    assert list(client.get("/mechanisms/sek/members/").context["leads"]) == []


def test_the_balance_of_members_names_sides_without_one(client, mechanism, organisations):
    """P39: business associations, say, have a role and are missing."""
    organisations.kiwash.type = Organisation.Type.CIVIL_SOCIETY
    organisations.kiwash.save()

    balance = client.get("/mechanisms/sek/members/").context["balance"]

    found = {row.side: [str(one) for one in row.organisations] for row in balance}
    assert {side: names for side, names in found.items() if names} == {
        "partners": ["KCDMS"], "society": ["KIWASH"],
    }  # fmt: skip
    assert found["private"] == []
    assert "other" not in found


def test_every_type_of_organisation_is_on_a_side():
    assert set(Organisation.SIDES) == set(Organisation.Type)


def test_members_of_a_hidden_mechanism_are_hidden(client, hidden, administrator):
    assert client.get("/mechanisms/secret/members/").status_code == 404
    client.force_login(administrator)
    assert client.get("/mechanisms/secret/members/").status_code == 200


def test_more_members_cost_no_more_queries(mechanism, kitui, queries_of, organisations):
    def add(number):
        member = MembershipFactory(mechanism=mechanism)
        member.exempt_places.add(kitui)
        OfficeFactory(
            role=Role.COUNTY_LEAD,
            organisation=organisations.kiwash,
            place=kitui,
            mechanism=mechanism,
        )
        mechanism.awards.add(AwardFactory(donor=organisations.usaid))
        mechanism.conveners.add(member.organisation)

    add(1)
    before = queries_of("/mechanisms/sek/members/")
    add(2)
    add(3)

    assert queries_of("/mechanisms/sek/members/") == before


# --- Organisations and awards ---


def test_an_organisation_shows_what_it_belongs_to(client, mechanism, hidden):
    kcdms = mechanism.memberships.get(organisation__slug="kcdms").organisation
    MembershipFactory(mechanism=hidden, organisation=kcdms)
    hidden.awards.add(AwardFactory(title="CANARY second award", prime=kcdms))

    response = client.get("/organisations/kcdms/")

    context = response.context
    assert [str(each.mechanism) for each in context["memberships"]] == ["SEK"]
    assert [each.prime for each in context["awards"]] == [kcdms]
    assert "CANARY" not in response.content.decode()


@pytest.mark.parametrize(
    "slug", ["kcdms", "kiwash", "rla", "usaid", "kitui-county", "makueni-county"]
)
def test_whoever_takes_part_has_a_page(client, mechanism, slug):
    assert client.get(f"/organisations/{slug}/").status_code == 200


@pytest.mark.parametrize("slug", ["canary", "elsewhere", "nobody"])
def test_who_takes_part_in_nothing_public_has_none(client, mechanism, hidden, slug):
    assert client.get(f"/organisations/{slug}/").status_code == 404


def test_a_department_is_known_by_its_county(client, mechanism, organisations):
    department = OrganisationFactory(slug="kitui-water", parent=organisations.kitui)

    page = client.get("/organisations/kitui-water/")

    assert (page.context["organisation"], page.context["parent"]) == (
        department,
        organisations.kitui,
    )
    assert list(client.get("/organisations/kitui-county/").context["children"]) == [department]


def test_a_convener_and_a_backbone_say_of_what(client, mechanism):
    assert list(client.get("/organisations/usaid/").context["convenes"]) == [mechanism]
    assert list(client.get("/organisations/rla/").context["backbone_of"]) == [mechanism]


def test_more_memberships_cost_no_more_queries(mechanism, organisations, kitui, queries_of):
    def add():
        more = MechanismFactory()
        member = MembershipFactory(mechanism=more, organisation=organisations.kcdms)
        member.exempt_places.add(kitui)
        more.awards.add(AwardFactory(prime=organisations.kcdms))

    add()
    before = queries_of("/organisations/kcdms/")
    add()
    add()

    assert queries_of("/organisations/kcdms/") == before


def test_an_award_shows_its_parties_and_what_it_funds(client, mechanism, organisations):
    award = mechanism.awards.get()
    award.subs.add(organisations.kiwash)
    Award.objects.update(total_minor=1_234_500, currency="USD")

    response = client.get(award.get_absolute_url())

    assert list(response.context["subs"]) == [organisations.kiwash]
    assert list(response.context["mechanisms"]) == [mechanism]
    assert b"USD 12,345" in response.content


def test_an_award_says_what_of_its_dates_is_known_and_names_posts(client, mechanism):
    Award.objects.update(
        starts_on=dt.date(2019, 1, 1),
        ends_on=dt.date(2023, 12, 31),
        precision="year",
        component=2,
        instrument="cooperative_agreement",
        representative_post="Agreement Officer’s Representative (AOR)",
        alternate_post="Alternate AOR",
    )

    text = client.get(mechanism.awards.get().get_absolute_url()).content.decode()

    for fact in (
        "<dd>2019</dd>",
        "<dd>2023</dd>",
        "<dd>2</dd>",
        "<dd>Cooperative agreement</dd>",
        "Agreement Officer’s Representative (AOR)",
        "<dd>Alternate AOR</dd>",
    ):
        assert fact in text


def test_an_award_that_funds_nothing_public_is_hidden(client, hidden):
    assert client.get("/awards/canary-award/").status_code == 404


# --- The event record ---


def test_the_record_is_the_administrators(client, cast):
    found = {}
    for name, user in cast.items():
        client.logout()
        if name != "public":
            client.force_login(user)
        found.setdefault(client.get("/events/").status_code, set()).add(name)

    assert (found[200], found[302]) == ({"administrator"}, {"public"})
    assert found[403] == set(cast) - {"public", "administrator"}


def test_events_read_as_sentences(mechanism, secretary):
    office = secretary.offices.get()

    known = record("coordination.office_ended", office, by=secretary)
    unknown = record("coordination.office_admired", office, by=None)

    assert [describe(known), describe(unknown)] == [
        "Secretariat ended the office: Secretariat, RLA",
        "The portal: office admired (Secretariat, RLA)",
    ]
    assert "coordination.office_ended" in known_verbs()


def test_an_event_outlives_its_thing(mechanism, secretary, holding):
    office = OfficeFactory(organisation=secretary.offices.get().organisation)
    event = record("coordination.office_ended", office, by=secretary)
    office.delete()

    assert describe(Event.objects.get(pk=event.pk)) == (
        "Secretariat ended the office: something that is gone"
    )


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("who=secret", ["coordination.office_ended"]),
        ("what=coordination.office_given", ["coordination.office_given"]),
        ("since=2021-04-02", ["coordination.office_given"]),
        ("until=2021-04-01", ["coordination.office_ended"]),
        ("who=nobody", []),
    ],
)
def test_events_are_found_by_who_what_and_when(client, administrator, secretary, query, verbs):
    office = secretary.offices.get()
    record(
        "coordination.office_ended",
        office,
        by=secretary,
        at=dt.datetime(2021, 4, 1, 9, tzinfo=dt.UTC),
    )
    record(
        "coordination.office_given", office, by=administrator,
        at=dt.datetime(2021, 4, 2, 9, tzinfo=dt.UTC),
    )  # fmt: skip
    client.force_login(administrator)

    page = client.get(f"/events/?{query}").context["page"]

    assert [event.verb for event in page] == verbs


@pytest.mark.parametrize("query", ["since=soon", "what=zz", "page=zz", "page=999", "who=%27"])
def test_a_strange_question_is_no_error_page(client, administrator, query):
    client.force_login(administrator)

    assert client.get(f"/events/?{query}").status_code == 200


def test_more_events_cost_no_more_queries(client, administrator, secretary, queries_of):
    client.force_login(administrator)
    record("coordination.office_ended", secretary.offices.get(), by=secretary)
    before = queries_of("/events/")
    for _ in range(3):
        record("coordination.office_ended", secretary.offices.get(), by=secretary)

    assert queries_of("/events/") == before


def test_a_state_in_the_record_is_called_as_on_its_page(mechanism):
    event = record(
        "coordination.mechanism_moved",
        mechanism,
        by=None,
        changes={"state": ["launched", "dormant"]},
    )

    assert changes(event) == [("State", "Launched", "Dormant")]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, "2021-04-06", ("Ends on", "–", "6\u00a0Apr 2021")),
        ("", ["Kitui", "Makueni"], ("Ends on", "–", "Kitui, Makueni")),
        (False, True, ("Ends on", "no", "yes")),
        (None, "", None),
        (0, "x" * 200, ("Ends on", "0", "x" * 119 + "…")),
    ],
)
def test_a_change_reads_as_words(mechanism, before, after, words):
    event = record(
        "coordination.mechanism_moved", mechanism, by=None, changes={"ends_on": [before, after]}
    )

    assert changes(event) == ([words] if words else [])


@pytest.mark.parametrize(
    ("page", "deed", "whose"),
    [("members", "Add a member", "secretariat"), ("committees", "Propose a body", "secretariat")],
)
def test_an_empty_page_offers_the_first_deed_to_who_may_do_it(
    client, administrator, holding, organisations, page, deed, whose
):
    bare = MechanismFactory(slug="bare")
    office = {"organisation": organisations.kcdms, "mechanism": bare}
    people = {
        "secretariat": holding("Bare secretariat", Role.SECRETARIAT, **office),
        "admin": administrator,
    }
    for key, person in people.items():
        client.force_login(person)
        offered = deed in client.get(f"/mechanisms/bare/{page}/").content.decode()
        assert offered == (key == whose)


def test_an_empty_portal_offers_an_administrator_the_first_mechanism(client, administrator):
    client.force_login(administrator)

    assert "Enter a mechanism" in client.get("/mechanisms/").content.decode()
