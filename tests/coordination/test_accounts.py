"""The door: in by invitation, through by office, and with a second factor where one is needed."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail as outbox
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from coordination.adapters import InvitationOnlySocialAdapter, OfficeBackend
from coordination.models import Role, User
from coordination.services.invitations import (
    hold_invitation,
    invite_person,
    token_of,
    withdraw_invitation,
)
from coordination.services.offices import Appointment, end_office
from tests.factories.coordination import UserFactory
from tests.test_rights import MATRIX

PASSWORD = "kumi-na-mbili-maneno"
SIGN_UP = "/accounts/signup/"
YESTERDAY = timezone.localdate() - dt.timedelta(days=1)


@pytest.fixture
def invitation(organisations, mechanism, secretary):
    charge = Appointment(
        role=Role.PARTNER_OFFICER,
        starts_on=YESTERDAY,
        organisation=organisations.kcdms,
        mechanism=mechanism,
    )
    return invite_person("Data officer, KCDMS", "new@example.org", charge, by=secretary)


@pytest.fixture
def link(invitation):
    return reverse("invitation-accept", args=[token_of(invitation)])


def sign_up(client, **typed):
    content = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(SIGN_UP, content | typed)


# --- Signing up ---


def test_without_an_invitation_the_door_is_shut(client, db):
    client.get(SIGN_UP)

    response = sign_up(client)

    assert response.status_code == 200
    assert not User.objects.exists()


def test_an_invitation_leads_through_sign_up_into_office(client, invitation, link):
    response = client.get(link)
    assert response.headers["Location"] == reverse("invitation-pending")
    assert client.get(response.headers["Location"]).status_code == 200
    assert client.get(SIGN_UP).status_code == 200

    response = sign_up(client)

    assert (response.status_code, response.headers["Location"]) == (302, "/desk/")
    user = User.objects.get(email="new@example.org")
    assert user.name == "Data officer, KCDMS"
    assert [str(office) for office in user.offices.all()] == ["Partner data officer, KCDMS"]
    assert EmailAddress.objects.get(user=user).verified
    assert client.session["_auth_user_id"] == str(user.pk)
    invitation.refresh_from_db()
    assert invitation.accepted_by == user


def test_the_address_is_that_of_the_invitation_whatever_is_typed(client, link):
    client.get(link)

    sign_up(client, email="spy@example.org")

    assert [user.email for user in User.objects.filter(offices__role=Role.PARTNER_OFFICER)] == [
        "new@example.org"
    ]
    assert not User.objects.filter(email="spy@example.org").exists()


def test_a_weak_password_is_refused_at_its_field(client, link):
    client.get(link)

    response = sign_up(client, password1="short", password2="short")

    assert (response.status_code, list(response.context["form"].errors)) == (200, ["password1"])
    assert not User.objects.filter(email="new@example.org").exists()


def test_the_secret_is_not_in_the_address_of_the_page_that_follows(client, invitation, link):
    response = client.get(link, follow=True)

    assert token_of(invitation) not in response.request["PATH_INFO"]
    assert token_of(invitation) not in response.content.decode()


def test_an_invitation_withdrawn_meanwhile_shuts_the_door_again(
    client, invitation, link, secretary
):
    client.get(link)
    withdraw_invitation(invitation, by=secretary)

    sign_up(client)

    assert not User.objects.filter(email="new@example.org").exists()


def test_an_invitation_that_is_over_says_why(client, invitation, link, secretary):
    withdraw_invitation(invitation, by=secretary)

    response = client.get(link)

    assert response.status_code == 200
    assert response.context["reason"] == "This invitation has been withdrawn."


def test_an_invented_link_is_not_found(client, db):
    assert client.get(f"/invitation/{'0' * 64}/").status_code == 404


def test_without_a_link_the_pending_page_says_so(client, db):
    response = client.get("/invitation/")

    assert response.context["reason"].startswith("You hold no open invitation here.")


# --- With an account already ---


def test_who_has_an_account_is_sent_to_sign_in_and_accepts(client, invitation, link):
    user = UserFactory(email="new@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client.get(link)
    page = client.get("/invitation/")
    assert page.context["has_account"]
    client.post("/accounts/login/?next=/invitation/", {"login": user.email, "password": PASSWORD})
    assert client.get("/invitation/").context["is_for_me"]

    response = client.post("/invitation/")

    assert response.headers["Location"] == "/desk/"
    assert user.offices.get().role == Role.PARTNER_OFFICER


def test_opening_the_link_changes_nothing_by_itself(client, invitation, link):
    user = UserFactory(email="new@example.org")
    client.force_login(user)

    client.get(link, follow=True)

    assert not user.offices.exists()


def test_someone_else_cannot_accept(client, invitation, link, peer):
    client.force_login(peer)
    client.get(link)

    response = client.post("/invitation/")

    assert (response.status_code, response.context["is_for_me"]) == (200, False)
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_a_refusal_on_accepting_is_said(client, invitation, link, organisations, mechanism):
    user = UserFactory(email="new@example.org")
    client.force_login(user)
    client.get(link)
    user.offices.create(
        role=Role.PARTNER_OFFICER,
        organisation=organisations.kcdms,
        mechanism=mechanism,
        starts_on=YESTERDAY,
    )

    response = client.post("/invitation/")

    assert [str(message) for message in response.context["messages"]] == [
        "This person holds this office already."
    ]


# --- Over an identity provider ---


def social_login(email: str) -> SocialLogin:
    login = SocialLogin(
        user=User(email=email),
        account=SocialAccount(provider="sso", uid="1"),
        email_addresses=[EmailAddress(email=email, verified=True)],
    )
    login.state = {}
    return login


@pytest.mark.parametrize(
    ("email", "opens"), [("New@example.org", True), ("other@example.org", False)]
)
def test_an_identity_provider_signs_up_only_who_is_invited(client, invitation, email, opens):
    request = RequestFactory().get("/")
    request.session = client.session
    hold_invitation(request.session, invitation)

    adapter = InvitationOnlySocialAdapter(request)

    assert adapter.is_open_for_signup(request, social_login(email)) is opens


def test_an_identity_provider_signs_up_nobody_without_an_invitation(client, db):
    request = RequestFactory().get("/")
    request.session = client.session

    adapter = InvitationOnlySocialAdapter(request)

    assert not adapter.is_open_for_signup(request, social_login("new@example.org"))


# --- The second factor ---


@pytest.fixture
def demanding(settings):
    settings.MFA_REQUIRED = True
    return settings


# By these something is signed, verified, confirmed or made public, or somebody is given rights.
DECIDING = (
    "signature-give", "signature-record", "version-freeze", "commitment-confirm", "plan-advance",
    "plan-publish", "gate-pass", "activity-confirm", "result-verify",
    "edition-consent", "edition-publish", "pack-consent", "pack-publish", "minutes-confirm",
    "minutes-as-signed", "action-confirm", "grant-decide", "terms-move", "terms-adopt",
    "appointment-confirm", "roster-confirm", "invitation-create", "office-end",
)  # fmt: skip


def sent_to_set_one_up(client, cast) -> set[str]:
    """The names of those who are led from any page to where a second factor is set up."""
    found = set()
    for name in cast.keys() - {"public"}:
        client.force_login(cast[name])
        response = client.get("/mechanisms/")
        if response.status_code == 302:
            assert response.headers["Location"] == reverse("mfa_index")
            found.add(name)
    return found


def test_who_verifies_signs_or_administers_must_set_up_a_second_factor(client, cast, demanding):
    assert sent_to_set_one_up(client, cast) == {
        "partner_signatory", "focal_point", "neighbour", "donor_officer", "secretary", "chair",
        "body_secretary", "administrator",
    }  # fmt: skip


def test_nobody_signs_or_decides_with_a_password_alone(client, cast, demanding):
    sent_away = sent_to_set_one_up(client, cast)
    allowed = {who for name in DECIDING for who in MATRIX[name]["POST"]["ok"]}
    assert allowed - sent_away == set()


def test_without_a_second_factor_nothing_can_be_posted_either(client, administrator, demanding):
    client.force_login(administrator)

    response = client.post("/invitations/1/withdraw/")

    assert response.headers["Location"] == reverse("mfa_index")


def test_the_accounts_own_pages_stay_open(client, focal_point, demanding):
    client.force_login(focal_point)

    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.post(reverse("account_logout")).headers["Location"] == "/"


def test_with_a_second_factor_the_portal_opens(client, focal_point, demanding):
    Authenticator.objects.create(
        user=focal_point, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    client.force_login(focal_point)

    assert client.get("/mechanisms/").status_code == 200


def test_a_second_factor_is_not_asked_where_it_is_not_required(client, focal_point, settings):
    settings.MFA_REQUIRED = False
    client.force_login(focal_point)

    assert client.get("/mechanisms/").status_code == 200


def test_a_visitor_is_not_asked_for_a_second_factor(client, db, demanding):
    assert client.get("/mechanisms/").status_code == 200


# --- The administration ---


def test_only_an_administrator_in_office_opens_the_administration(client, cast):
    opened = set()
    for name, user in cast.items():
        client.logout()
        if name != "public":
            client.force_login(user)
        if client.get("/admin/").status_code == 200:
            opened.add(name)
    assert opened == {"administrator"}


def test_the_administration_shuts_with_the_office(client, administrator, holding):
    holding("Second administrator", Role.ADMINISTRATOR)
    client.force_login(administrator)
    assert client.get("/admin/coordination/place/").status_code == 200

    end_office(administrator.offices.get(), by=None)

    assert client.get("/admin/coordination/place/").status_code == 302
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_flag_without_an_office_opens_nothing(client, db):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)

    assert client.get("/admin/coordination/place/", follow=True).status_code == 403


def test_the_right_to_administer_is_asked_once_a_request(administrator, django_assert_num_queries):
    backend = OfficeBackend()

    with django_assert_num_queries(1):
        answers = [backend.has_perm(administrator, "coordination.add_place") for _ in range(5)]

    assert answers == [True] * 5


def test_signing_up_sends_no_letter_with_a_code(client, link):
    client.get(link)
    outbox.outbox.clear()

    sign_up(client)

    assert outbox.outbox == []
