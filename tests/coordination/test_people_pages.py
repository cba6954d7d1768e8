"""The pages of people and offices: who sees names, who invites, who ends."""

import datetime as dt

import pytest
from django.utils import timezone

from coordination.models import Invitation, Mail, Mechanism, Organisation, Role, User
from coordination.services.invitations import invite_person
from coordination.services.offices import Appointment
from tests.factories.coordination import (
    OfficeFactory,
    OrganisationFactory,
    PlaceFactory,
    UserFactory,
)

# Who sits on the review committee.
SEATED = ["Chair", "Member", "Secretary"]
PEOPLE = "/mechanisms/sek/people/"
INVITE = "/mechanisms/sek/people/invite/"
TODAY = timezone.localdate()


@pytest.fixture
def office(organisations, mechanism):
    return OfficeFactory(
        holder=UserFactory(name="Second officer, KIWASH"),
        role=Role.PARTNER_OFFICER,
        organisation=organisations.kiwash,
        mechanism=mechanism,
    )


@pytest.fixture
def invitation(organisations, mechanism, secretary):
    charge = Appointment(
        role=Role.PARTNER_OFFICER,
        starts_on=TODAY,
        organisation=organisations.kiwash,
        mechanism=mechanism,
    )
    return invite_person("New officer", "new@example.org", charge, by=secretary)


def typed(**changes):
    return {
        "name": "Data officer, KCDMS",
        "email": "new@example.org",
        "role": Role.PARTNER_OFFICER,
        "organisation": Organisation.objects.get(slug="kcdms").pk,
        "place": "",
        "office_starts_on": "2021-04-01",
        "office_ends_on": "",
        "instrument": "",
    } | changes


def statuses(client, cast, url, method="get"):
    found = {}
    for name, user in cast.items():
        client.logout()
        if name != "public":
            client.force_login(user)
        found.setdefault(getattr(client, method)(url).status_code, set()).add(name)
    return found


# --- Who sees what ---


def test_people_are_for_who_takes_part(client, cast):
    assert statuses(client, cast, PEOPLE) == {
        302: {"public"},
        403: {"outsider", "former_officer"},
        200: set(cast) - {"public", "outsider", "former_officer"},
    }


def test_inviting_is_for_the_secretariat_and_administrators(client, cast):
    found = statuses(client, cast, INVITE)

    assert found[200] == {"secretary", "administrator"}
    assert found[302] == {"public"}


def test_people_of_a_hidden_mechanism_are_hidden(client, cast):
    Mechanism.objects.update(is_public=False)

    assert statuses(client, cast, PEOPLE)[404] == {"outsider", "former_officer"}
    assert statuses(client, cast, INVITE)[404] == {"outsider", "former_officer"}


def test_names_and_addresses_are_on_no_public_page(client, cast, office, invitation):
    for user in User.objects.all():
        user.name, user.email = f"CANARY {user.pk}", f"canary{user.pk}@example.org"
        user.save()
    Invitation.objects.update(name="CANARY invited", email="canary@example.org")

    urls = ("/mechanisms/", "/mechanisms/sek/members/", "/organisations/kcdms/")
    pages = "".join(client.get(url).content.decode() for url in urls)

    assert "County lead" in pages
    assert "canary" not in pages.lower()


def test_the_list_tells_who_holds_which_office_and_who_did(
    client, cast, office, secretary, invitation
):
    client.force_login(secretary)

    context = client.get(PEOPLE).context

    held = [str(each.holder) for each, _purpose, _may_end in context["held"]]
    assert held == [
        "Data officer",
        "Peer",
        "Second officer, KIWASH",
        "Chief of party",
        "Focal point",
        "Neighbour",
        "County lead",
        "Secretariat",
        "Donor officer",
        *SEATED,
    ]
    assert [str(each.holder) for each, _purpose in context["ended"]] == ["Former officer"]
    assert context["invitations"] == [(invitation, None)]


def test_a_folded_group_says_for_whom_its_offices_are_held_and_how_many(
    client, cast, office, secretary
):
    client.force_login(secretary)

    groups = client.get(PEOPLE).context["groups"]

    assert [(str(heading), len(rows)) for heading, rows in groups] == [
        ("Partners", 4),
        ("Government", 3),
        ("Secretariat", 1),
        ("Donors", 1),
        ("Members of committees", 3),
    ]


def test_the_secretariat_may_end_what_names_its_mechanism_and_administrators_all(
    client, cast, office
):
    endable = {}
    for name in ("secretary", "administrator", "peer"):
        client.force_login(cast[name])
        held = client.get(PEOPLE).context["held"]
        endable[name] = [str(each.holder) for each, _purpose, may_end in held if may_end]

    offices = ["Second officer, KIWASH", "County lead", "Secretariat"]
    assert endable["secretary"] == [*offices, *SEATED]
    assert (len(endable["administrator"]), endable["peer"]) == (12, [])


def test_open_invitations_are_shown_to_who_invites(client, peer, invitation):
    client.force_login(peer)

    response = client.get(PEOPLE)

    assert list(response.context["invitations"]) == []
    assert "new@example.org" not in response.content.decode()


def test_more_people_cost_no_more_queries(
    client, cast, organisations, mechanism, office, invitation, queries_of
):
    client.force_login(cast["secretary"])
    before = queries_of(PEOPLE)
    for number in range(3):
        OfficeFactory(
            role=Role.PARTNER_OFFICER, organisation=organisations.kiwash, mechanism=mechanism
        )
        charge = Appointment(
            Role.PARTNER_OFFICER, TODAY, organisation=organisations.kcdms, mechanism=mechanism
        )
        invite_person("More", f"more{number}@example.org", charge, by=cast["secretary"])

    assert queries_of(PEOPLE) == before


# --- Inviting ---


def test_the_secretariat_invites_a_partners_officer(client, secretary):
    client.force_login(secretary)

    response = client.post(INVITE, typed())

    assert response.headers["Location"] == PEOPLE
    invitation = Invitation.objects.get()
    assert (
        invitation.email,
        invitation.role,
        invitation.mechanism.slug,
        invitation.invited_by,
    ) == (
        "new@example.org",
        Role.PARTNER_OFFICER,
        "sek",
        secretary,
    )
    assert Mail.objects.get().recipient == "new@example.org"


def test_a_county_names_its_focal_point_and_the_secretariat_records_by_what(
    client, secretary, kitui, organisations
):
    client.force_login(secretary)

    client.post(
        INVITE,
        typed(
            role=Role.COUNTY_FOCAL_POINT,
            organisation=organisations.kitui.pk,
            place=kitui.pk,
            instrument="Letter of the County Secretary, 1 April 2021",
        ),
    )

    invitation = Invitation.objects.get()
    assert (invitation.place, invitation.instrument) == (
        kitui,
        "Letter of the County Secretary, 1 April 2021",
    )


def test_a_department_names_the_focal_point_of_a_place_in_its_county(
    client, secretary, kitui, organisations
):
    department = OrganisationFactory(
        slug="planning", type=Organisation.Type.COUNTY_DEPARTMENT, parent=organisations.kitui
    )
    mwingi = PlaceFactory(parent=kitui, slug="mwingi-north")
    client.force_login(secretary)

    client.post(
        INVITE,
        typed(
            role=Role.COUNTY_FOCAL_POINT,
            organisation=department.pk,
            place=mwingi.pk,
            instrument="Letter",
        ),
    )

    assert Invitation.objects.get().organisation == department


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"email": "nobody"}, "email", "Enter a valid email address."),
        ({"role": ""}, "role", "This field is required."),
        (
            {"role": "king"},
            "role",
            "Select a valid choice. king is not one of the available choices.",
        ),
        (
            {"role": Role.ADMINISTRATOR},
            "role",
            "Select a valid choice. administrator is not one of the available choices.",
        ),
        ({"organisation": ""}, "organisation", "This field is required."),
        (
            {"organisation": "usaid"},
            "organisation",
            "This organisation is not a member of the mechanism.",
        ),
        (
            {"organisation": "elsewhere"},
            "organisation",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
        ({"place": "kitui"}, "place", "This office is not of one place."),
        (
            {"role": Role.COUNTY_LEAD, "instrument": "Letter"},
            "place",
            "Choose the place of this office.",
        ),
        (
            {"role": Role.COUNTY_LEAD, "place": "kitui"},
            "instrument",
            "Give the letter, minute or e-mail.",
        ),
        (
            {"role": Role.COUNTY_FOCAL_POINT, "place": "kitui", "instrument": "Letter"},
            "organisation",
            "A focal point works for the government of the place.",
        ),
        (
            {
                "role": Role.COUNTY_FOCAL_POINT,
                "organisation": "makueni-county",
                "place": "kitui",
                "instrument": "Letter",
            },
            "organisation",
            "This government is not that of the place chosen.",
        ),
        (
            {"role": Role.SECRETARIAT},
            "organisation",
            "The secretariat works for the mechanism’s backbone organisation.",
        ),
        (
            {"role": Role.DONOR_OFFICER},
            "organisation",
            "A donor officer works for a donor of this mechanism.",
        ),
        ({"office_starts_on": "soon"}, "office_starts_on", "Enter a valid date."),
        ({"office_ends_on": "2021-03-31"}, "office_ends_on", "This is before the first day."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    client, secretary, kitui, changes, field, sentence
):
    changes = dict(changes)
    if changes.get("organisation"):
        changes["organisation"] = Organisation.objects.get(slug=changes["organisation"]).pk
    if changes.get("place"):
        changes["place"] = kitui.pk
    client.force_login(secretary)

    response = client.post(INVITE, typed(**changes))

    form = response.context["form"]
    assert (response.status_code, dict(form.errors)) == (200, {field: [sentence]})
    assert form["instrument"].value() == changes.get("instrument", "")
    assert not Invitation.objects.exists()


def test_a_second_click_says_that_the_invitation_is_out(client, secretary):
    client.force_login(secretary)
    client.post(INVITE, typed())

    response = client.post(INVITE, typed())

    assert response.context["form"].non_field_errors() == [
        "This person has an open invitation to this office."
    ]
    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_an_administrator_invites_another_for_the_whole_portal(client, administrator, mechanism):
    client.force_login(administrator)

    client.post(INVITE, typed(role=Role.ADMINISTRATOR, organisation=""))

    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.mechanism, invitation.organisation) == (
        Role.ADMINISTRATOR,
        None,
        None,
    )


def test_an_administrator_is_not_of_one_side(client, administrator, mechanism, organisations):
    client.force_login(administrator)

    response = client.post(INVITE, typed(role=Role.ADMINISTRATOR))

    assert dict(response.context["form"].errors) == {
        "organisation": ["An administrator is not of one side."]
    }


def test_whoever_is_no_administrator_works_for_someone(client, administrator, mechanism):
    client.force_login(administrator)

    response = client.post(INVITE, typed(organisation=""))

    assert dict(response.context["form"].errors) == {"organisation": ["Choose the organisation."]}


def test_choices_are_those_of_the_mechanism(client, secretary, organisations):
    OrganisationFactory(slug="stranger")
    client.force_login(secretary)

    fields = client.get(INVITE).context["form"].fields

    offered = {str(choice) for choice in fields["organisation"].queryset}
    assert offered == {"KCDMS", "KIWASH", "RLA", "USAID", "KITUI-COUNTY", "MAKUENI-COUNTY"}
    assert {place.name for place in fields["place"].queryset} == {"Kitui", "Makueni"}


# --- Withdrawing ---


def test_who_may_withdraw(client, cast, invitation):
    url = f"/invitations/{invitation.pk}/withdraw/"

    found = statuses(client, cast, url, "post")

    assert found[404] == {"outsider", "former_officer"}
    assert found[302] == {"public", "secretary", "administrator"}
    assert found[403] == set(cast) - found[404] - found[302]


def test_an_invitation_is_withdrawn(client, secretary, invitation):
    client.force_login(secretary)

    response = client.post(f"/invitations/{invitation.pk}/withdraw/")

    assert response.headers["Location"] == PEOPLE
    invitation.refresh_from_db()
    assert invitation.withdrawn_at is not None


def test_a_second_withdrawal_is_told_so(client, secretary, invitation):
    client.force_login(secretary)
    url = f"/invitations/{invitation.pk}/withdraw/"
    client.post(url)

    response = client.post(url, follow=True)

    assert "This invitation has been withdrawn." in [
        str(message) for message in response.context["messages"]
    ]


def test_a_withdrawal_is_not_made_by_following_a_link(client, secretary, invitation):
    client.force_login(secretary)

    assert client.get(f"/invitations/{invitation.pk}/withdraw/").status_code == 405


# --- Ending ---


def test_who_may_end_an_office(client, cast, office):
    found = statuses(client, cast, f"/offices/{office.pk}/end/")

    assert found == {
        302: {"public"},
        404: {"outsider", "former_officer"},
        200: {"secretary", "administrator"},
        403: {
            "partner_officer", "partner_signatory", "peer", "focal_point", "neighbour",
            "county_lead", "donor_officer", "chair", "body_secretary", "member",
        },
    }  # fmt: skip


def test_an_office_of_the_whole_portal_is_the_administrators(client, cast):
    office = cast["partner_officer"].offices.get()

    found = statuses(client, cast, f"/offices/{office.pk}/end/")

    assert (found[200], found[403]) == ({"administrator"}, {"partner_officer"})


def test_an_office_is_ended_with_a_last_day(client, secretary, office):
    client.force_login(secretary)
    last_day = TODAY + dt.timedelta(days=7)

    response = client.post(
        f"/offices/{office.pk}/end/", {"when": "last_day", "last_day": last_day.isoformat()}
    )

    assert response.headers["Location"] == PEOPLE
    office.refresh_from_db()
    assert (office.ends_on, office.ended_at_once) == (last_day, False)


def test_ending_an_office_leads_back_to_the_people_page_that_it_was_asked_on(
    client, administrator, mechanism, partner_officer
):
    """The office of a member names no mechanism; the page knows from where one came."""
    client.force_login(administrator)
    page = client.get(f"/mechanisms/{mechanism.slug}/people/").content.decode()
    address = f"/offices/{partner_officer.offices.get().pk}/end/?people={mechanism.slug}"
    assert f'href="{address}"' in page

    response = client.post(address, {"when": "at_once", "last_day": ""})

    assert response["Location"] == f"/mechanisms/{mechanism.slug}/people/"


@pytest.mark.parametrize("where", ["", "?people=nowhere"])
def test_ending_an_office_from_elsewhere_leads_to_the_desk(
    client, administrator, partner_officer, where
):
    client.force_login(administrator)

    response = client.post(
        f"/offices/{partner_officer.offices.get().pk}/end/{where}", {"when": "at_once"}
    )

    assert response["Location"] == "/desk/"


def test_an_office_is_ended_at_once(client, secretary, office):
    client.force_login(secretary)

    client.post(f"/offices/{office.pk}/end/", {"when": "at_once", "last_day": ""})

    office.refresh_from_db()
    assert (office.ends_on, office.ended_at_once) == (TODAY, True)


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        ({"when": "last_day"}, {"last_day": ["Give the last day in office."]}),
        ({"when": "last_day", "last_day": "soon"}, {"last_day": ["Enter a valid date."]}),
        (
            {"when": "last_day", "last_day": "1999-01-01"},
            {"__all__": ["The last day is before the first day in office."]},
        ),
        ({}, {"when": ["This field is required."]}),
    ],
)
def test_an_end_that_cannot_be_is_said_at_the_field(client, secretary, office, content, errors):
    client.force_login(secretary)

    response = client.post(f"/offices/{office.pk}/end/", content)

    assert (response.status_code, dict(response.context["form"].errors)) == (200, errors)
    office.refresh_from_db()
    assert office.ends_on is None
