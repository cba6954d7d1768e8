"""The administration: reference data with a record of each change, and no way round a service."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin import site

from coordination.models import (
    MAX_ATTEMPTS,
    Event,
    Mail,
    Mechanism,
    Office,
    Organisation,
    Place,
    Role,
    User,
)
from coordination.services.events import known_verbs
from tests.coordination.test_mail import NOW
from tests.factories.coordination import (
    OrganisationFactory,
    PlaceFactory,
    PlaceLevelFactory,
    UserFactory,
)

# Django puts the questions of its lists together by itself.
pytestmark = pytest.mark.both_databases

ADMIN = "/admin/coordination"


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


def test_every_list_opens_and_every_thing_can_be_looked_at(admin, cast, mechanism):
    failures = []
    for model in site._registry:
        if model._meta.app_label != "coordination":
            continue
        base = f"{ADMIN}/{model._meta.model_name}/"
        urls = [base] + [f"{base}{thing.pk}/change/" for thing in model.objects.all()[:1]]
        failures += [url for url in urls if admin.get(url).status_code != 200]
    assert failures == []


def test_a_change_leaves_what_it_was_and_what_it_is(admin, administrator, organisations):
    organisation = organisations.kcdms
    content = {
        "name": "Kenya Crops and Dairy",
        "short_name": organisation.short_name,
        "slug": organisation.slug,
        "type": organisation.type,
        "origin": organisation.origin,
    }

    admin.post(f"{ADMIN}/organisation/{organisation.pk}/change/", content)

    event = Event.objects.about(organisation).get()
    assert (event.verb, event.by, event.changes) == (
        "coordination.organisation_changed",
        administrator,
        {"name": ["The KCDMS organisation", "Kenya Crops and Dairy"]},
    )


def test_every_verb_of_the_administration_has_its_sentence(admin, kenya, administrator):
    PlaceLevelFactory(depth=1)

    admin.post(f"{ADMIN}/place/add/", {"parent": kenya.pk, "name": "Nakuru", "slug": "nakuru"})

    assert Event.objects.get().verb == "coordination.place_added"
    assert "coordination.place_added" in known_verbs()


def test_a_place_gets_its_path_and_level_from_what_it_lies_in(admin, kitui):
    PlaceLevelFactory(depth=2)

    admin.post(
        f"{ADMIN}/place/add/",
        {"parent": kitui.pk, "name": "Kitui Rural", "slug": "kitui-rural", "code": ""},
    )

    place = Place.objects.get(slug="kitui-rural")
    assert (place.path, place.level.depth) == ("ke/kitui/kitui-rural", 2)


@pytest.mark.parametrize(
    ("slug", "level", "errors"),
    [
        ("makueni", 1, {"slug": ["Another place has this address already."]}),
        ("nakuru", 9, {"parent": ["This country has no level below that place."]}),
    ],
)
def test_a_place_that_cannot_be_is_refused(admin, kenya, makueni, slug, level, errors):
    if level == 9:
        Place.objects.filter(pk=makueni.pk).delete()
        kenya.level.__class__.objects.filter(depth=1).delete()

    response = admin.post(
        f"{ADMIN}/place/add/", {"parent": kenya.pk, "name": "Somewhere", "slug": slug}
    )

    assert response.context["adminform"].form.errors == errors


def test_the_address_of_a_place_stays(admin, kitui):
    admin.post(
        f"{ADMIN}/place/{kitui.pk}/change/", {"name": "Kitui County", "slug": "other", "code": ""}
    )

    kitui.refresh_from_db()
    assert (kitui.name, kitui.slug, kitui.path) == ("Kitui County", "kitui", "ke/kitui")


def test_members_entered_with_their_mechanism_leave_their_own_events(
    admin, mechanism, organisations
):
    content = mechanism_form(mechanism) | {
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-mechanism": mechanism.pk,
        "memberships-0-organisation": organisations.elsewhere.pk,
        "memberships-0-origin": "entered",
    }

    response = admin.post(f"{ADMIN}/mechanism/{mechanism.pk}/change/", content)

    assert response.status_code == 302
    assert Mechanism.objects.get().memberships.filter(organisation__slug="elsewhere").exists()
    assert set(Event.objects.values_list("verb", flat=True)) == {
        "coordination.mechanism_changed",
        "coordination.membership_added",
    }


def test_what_a_document_says_is_entered_and_leaves_its_event(admin, mechanism):
    content = {
        "mechanism": mechanism.pk,
        "kind": "next_step",
        "number": 1,
        "text": "Share the minutes",
        "owner": "Secretariat",
        "precision": "day",
        "origin": "entered",
    }

    response = admin.post(f"{ADMIN}/statement/add/", content)

    assert response.status_code == 302
    assert mechanism.statements.get().owner == "Secretariat"
    assert Event.objects.get().verb == "coordination.statement_added"


def test_what_is_changed_beside_a_mechanism_says_from_what_to_what(
    admin, administrator, mechanism, organisations, kitui, makueni
):
    membership = mechanism.memberships.get(organisation=organisations.kcdms)
    membership.exempt_places.add(makueni)
    content = mechanism_form(mechanism) | {
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": membership.pk,
        "memberships-0-mechanism": mechanism.pk,
        "memberships-0-organisation": organisations.elsewhere.pk,
        "memberships-0-joined_on": "2019-10-03",
        "memberships-0-is_founding": "on",
        "memberships-0-role": "Water",
        "memberships-0-exempt_places": [kitui.pk],
        "memberships-0-exemption_reason": "",
        "memberships-0-origin": membership.origin,
    }

    response = admin.post(f"{ADMIN}/mechanism/{mechanism.pk}/change/", content)

    assert response.status_code == 302
    event = Event.objects.about(membership).get()
    assert (event.verb, event.by, event.note, event.changes) == (
        "coordination.membership_changed",
        administrator,
        "",
        {
            "organisation": ["KCDMS", "ELSEWHERE"],
            "role": ["", "Water"],
            "exempt_places": [["Makueni"], ["Kitui"]],
        },
    )


def test_what_is_entered_and_deleted_beside_a_mechanism_is_told_too(admin, mechanism):
    gone = mechanism.objectives.create(number=1, text="Fewer plans")
    content = mechanism_form(mechanism) | {
        "objectives-TOTAL_FORMS": 2,
        "objectives-INITIAL_FORMS": 1,
        "objectives-0-id": gone.pk,
        "objectives-0-mechanism": mechanism.pk,
        "objectives-0-number": 1,
        "objectives-0-text": "Fewer plans",
        "objectives-0-DELETE": "on",
        "objectives-1-mechanism": mechanism.pk,
        "objectives-1-number": 2,
        "objectives-1-text": "One plan",
    }

    admin.post(f"{ADMIN}/mechanism/{mechanism.pk}/change/", content)

    added, deleted = Event.objects.filter(verb__contains="objective_").order_by("verb")
    assert (added.verb, added.changes) == (
        "coordination.objective_added",
        {"number": [None, 2], "text": [None, "One plan"]},
    )
    assert (deleted.verb, deleted.note) == ("coordination.objective_deleted", "1. Fewer plans")


def mechanism_form(mechanism) -> dict:
    content = {
        "name": mechanism.name,
        "short_name": mechanism.short_name,
        "slug": mechanism.slug,
        "kind": mechanism.kind,
        "state": mechanism.state,
        "country": mechanism.country.pk,
        "places": [place.pk for place in mechanism.places.all()],
        "calendar": mechanism.calendar.pk,
        "time_zone": mechanism.time_zone,
        "report_due_days": 30,
        "is_public": "on",
        "origin": mechanism.origin,
    }
    for inline in ("objectives", "goal_measures", "measures", "memberships", "contributions"):
        content |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    return content


def test_an_administrator_moves_no_mechanism(admin, mechanism):
    admin.post(
        f"{ADMIN}/mechanism/{mechanism.pk}/change/", mechanism_form(mechanism) | {"state": "closed"}
    )

    mechanism.refresh_from_db()
    assert mechanism.state == "operating"


# --- Offices ---


def office_form(**changes) -> dict:
    return {
        "role": Role.PARTNER_OFFICER,
        "organisation": Organisation.objects.get(slug="kcdms").pk,
        "starts_on": "2021-04-01",
    } | changes


def test_an_office_is_given_through_its_service(admin, administrator, organisations):
    holder = UserFactory()

    response = admin.post(f"{ADMIN}/office/add/", office_form(holder=holder.pk))

    assert response.status_code == 302
    office = holder.offices.get()
    assert Event.objects.about(office).get().verb == "coordination.office_given"


@pytest.mark.parametrize(
    ("place", "organisation", "errors"),
    [
        ("kitui", "kitui-county", {}),
        ("turkana", "turkana-county", {"place": ["The mechanism does not cover this place."]}),
        (
            "makueni",
            "kitui-county",
            {"organisation": ["This government is not that of the place chosen."]},
        ),
        (None, "kitui-county", {"place": ["Choose the place of this office."]}),
    ],
)
def test_an_office_of_a_county_is_of_a_place_of_its_mechanism(
    admin, mechanism, kenya, place, organisation, errors
):
    """As when somebody is invited into it."""
    turkana = PlaceFactory(parent=kenya, slug="turkana", name="Turkana")
    OrganisationFactory(slug="turkana-county", type="county_government", place=turkana)
    holder = UserFactory()
    chosen = {
        "holder": holder.pk,
        "role": Role.COUNTY_FOCAL_POINT,
        "organisation": Organisation.objects.get(slug=organisation).pk,
        "place": Place.objects.get(slug=place).pk if place else "",
        "mechanism": mechanism.pk,
        "instrument": "Letter of 1 April 2021",
    }

    response = admin.post(f"{ADMIN}/office/add/", office_form(**chosen))

    found = response.context["adminform"].form.errors if response.context else {}
    assert (found, holder.offices.count()) == (errors, 0 if errors else 1)


def test_an_administrator_does_not_give_himself_an_office(admin, administrator, organisations):
    response = admin.post(f"{ADMIN}/office/add/", office_form(holder=administrator.pk), follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Nobody gives an office to himself or herself."
    ]
    assert administrator.offices.count() == 1


def test_an_office_is_neither_changed_nor_deleted_here(admin, partner_officer):
    office = partner_officer.offices.get()

    changed = admin.post(f"{ADMIN}/office/{office.pk}/change/", office_form(holder=1))
    deleted = admin.post(f"{ADMIN}/office/{office.pk}/delete/", {"post": "yes"})

    assert (changed.status_code, deleted.status_code) == (403, 403)
    assert Office.objects.filter(pk=office.pk, ends_on=None).exists()


def test_the_list_leads_to_the_page_that_ends_an_office(admin, partner_officer):
    office = partner_officer.offices.get()

    assert f"/offices/{office.pk}/end/" in admin.get(f"{ADMIN}/office/").content.decode()


# --- People and records ---


def test_a_person_can_be_shut_out_but_not_oneself(admin, administrator, peer):
    admin.post(f"{ADMIN}/user/{peer.pk}/change/", {"name": "Peer"})
    admin.post(f"{ADMIN}/user/{administrator.pk}/change/", {"name": "Administrator"})

    assert list(User.objects.filter(is_active=False)) == [peer]


@pytest.mark.parametrize("model", ["event", "mail", "invitation", "storedfile"])
def test_records_are_read_only(admin, model):
    assert admin.get(f"{ADMIN}/{model}/").status_code == 200
    assert admin.get(f"{ADMIN}/{model}/add/").status_code == 403


def test_letters_that_were_given_up_are_tried_again(admin):
    letter = Mail.objects.create(
        key="a:1", recipient="x@example.org", subject="S", body="B", created_at=NOW,
        attempts=MAX_ATTEMPTS,
    )  # fmt: skip

    admin.post(f"{ADMIN}/mail/", {"action": "send_again", "_selected_action": [letter.pk]})

    letter.refresh_from_db()
    assert letter.attempts == 0


def test_a_letters_words_are_not_shown(admin):
    letter = Mail.objects.create(
        key="a:1", recipient="x@example.org", subject="S", body="CANARY", created_at=NOW
    )

    assert b"CANARY" not in admin.get(f"{ADMIN}/mail/{letter.pk}/change/").content


# --- Other people's accounts ---


def second_factor_of(user) -> Authenticator:
    return Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})


def test_addresses_and_second_factors_cannot_be_edited(admin):
    assert {model._meta.app_label for model in site._registry} <= {
        "coordination", "committees", "workplans", "reporting",
    }  # fmt: skip


def test_who_has_lost_a_device_is_let_in_again_and_told(admin, administrator, peer):
    second_factor_of(peer)

    remove_second_step(admin, peer)

    assert not Authenticator.objects.filter(user=peer).exists()
    event = Event.objects.about(peer).get()
    assert (event.verb, event.by) == ("coordination.second_factor_removed", administrator)
    letter = Mail.objects.get()
    assert (letter.recipient, letter.subject) == (
        peer.email,
        "Your second step at sign-in was removed",
    )


def test_ones_own_second_factor_is_not_removed_here(admin, administrator):
    second_factor_of(administrator)

    said = remove_second_step(admin, administrator)

    assert said == ["Administrator: Remove your own second factor on the page of your account."]
    assert Authenticator.objects.filter(user=administrator).exists()


def test_where_there_is_none_there_is_nothing_to_remove(admin, peer):
    assert remove_second_step(admin, peer) == ["Peer: There is no second factor to remove."]
    assert not Event.objects.exists()


def remove_second_step(admin, person) -> list[str]:
    response = admin.post(
        f"{ADMIN}/user/",
        {"action": "remove_second_step", "_selected_action": [person.pk]},
        follow=True,
    )
    return [str(message) for message in response.context["messages"]]
