"""Invitations: one secret link, for one address, once, for fourteen days."""

import datetime as dt
import re

import pytest
from django.core import mail as outbox
from django.core.management import CommandError, call_command
from django.utils import timezone

from coordination.models import Event, Invitation, Mail, Office, Role, Standing, hash_token
from coordination.services.invitations import (
    LIVES_FOR,
    AlreadyInvited,
    InvitationExpired,
    InvitationForAnother,
    InvitationLapsed,
    InvitationUsed,
    InvitationWithdrawn,
    accept_invitation,
    invite_person,
    token_of,
    withdraw_invitation,
)
from coordination.services.mail import SECRET_MARK, send_waiting_mail
from coordination.services.offices import Appointment, OfficeAlreadyHeld, OwnOffice, end_office
from tests.factories.coordination import OfficeFactory, UserFactory

NOW = timezone.now()
LINK = re.compile(r"http://testserver/invitation/([0-9a-f]{64})/")


@pytest.fixture
def charge(organisations, mechanism):
    return Appointment(
        role=Role.PARTNER_OFFICER,
        starts_on=dt.date(2021, 4, 1),
        organisation=organisations.kcdms,
        mechanism=mechanism,
    )


@pytest.fixture
def invitation(charge, secretary):
    return invite_person("Data officer, KCDMS", "New@Example.org", charge, by=secretary, at=NOW)


@pytest.fixture
def newcomer(db):
    return UserFactory(name="Data officer, KCDMS", email="new@example.org")


def test_an_invitation_carries_the_office_and_leaves_an_event(invitation, secretary, charge):
    assert (invitation.email, invitation.role, invitation.organisation, invitation.expires_at) == (
        "new@example.org",
        Role.PARTNER_OFFICER,
        charge.organisation,
        NOW + LIVES_FOR,
    )
    event = Event.objects.about(invitation).get()
    assert (event.verb, event.by) == ("coordination.invitation_sent", secretary)


def test_the_letter_holds_the_link_and_no_row_holds_the_secret(invitation):
    send_waiting_mail()

    token = LINK.search(outbox.outbox[0].body)[1]
    assert invitation.token_hash == hash_token(token)
    assert outbox.outbox[0].to == ["new@example.org"]
    letter = Mail.objects.get()
    assert SECRET_MARK in letter.body
    rows = [str(vars(invitation)), str(vars(letter)), str(list(Event.objects.values()))]
    assert [row for row in rows if token in row] == []


def test_two_invitations_have_two_secrets(invitation, charge, secretary):
    other = invite_person("Another", "other@example.org", charge, by=secretary, at=NOW)

    assert token_of(invitation) != token_of(other)


def test_accepting_gives_the_office_in_the_name_of_who_invited(invitation, newcomer, secretary):
    office = accept_invitation(invitation, by=newcomer, at=NOW)

    assert (office.holder, office.role, office.organisation, office.mechanism) == (
        newcomer,
        invitation.role,
        invitation.organisation,
        invitation.mechanism,
    )
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.accepted_at) == (newcomer, NOW)
    assert Event.objects.about(office).get().by == secretary
    assert Event.objects.about(invitation).first().verb == "coordination.invitation_accepted"
    told = Mail.objects.get(recipient=secretary.email)
    assert told.subject == "Data officer, KCDMS is in office: Partner data officer, KCDMS"


def test_an_invitation_works_once(invitation, newcomer):
    accept_invitation(invitation, by=newcomer, at=NOW)

    with pytest.raises(InvitationUsed):
        accept_invitation(invitation, by=newcomer, at=NOW)

    assert newcomer.offices.count() == 1


def test_an_invitation_is_for_its_own_address(invitation, peer):
    with pytest.raises(InvitationForAnother):
        accept_invitation(invitation, by=peer, at=NOW)


def test_an_invitation_expires_after_fourteen_days(invitation, newcomer):
    with pytest.raises(InvitationExpired):
        accept_invitation(invitation, by=newcomer, at=NOW + LIVES_FOR)


def test_a_withdrawn_invitation_is_worthless(invitation, newcomer, secretary):
    withdraw_invitation(invitation, by=secretary)

    with pytest.raises(InvitationWithdrawn):
        accept_invitation(invitation, by=newcomer)
    with pytest.raises(InvitationWithdrawn):
        withdraw_invitation(invitation, by=secretary)
    assert Event.objects.about(invitation).first().verb == "coordination.invitation_withdrawn"


def test_an_accepted_invitation_cannot_be_withdrawn(invitation, newcomer, secretary):
    accept_invitation(invitation, by=newcomer)

    with pytest.raises(InvitationUsed):
        withdraw_invitation(invitation, by=secretary)


def test_an_invitation_lapses_with_the_office_of_who_sent_it(invitation, newcomer, secretary):
    end_office(secretary.offices.get(), by=None)

    with pytest.raises(InvitationLapsed):
        accept_invitation(invitation, by=newcomer)

    assert not newcomer.offices.exists()


def test_after_a_lapse_the_successor_may_invite_anew(
    invitation, charge, secretary, holding, organisations, mechanism
):
    end_office(secretary.offices.get(), by=None)
    successor = holding(
        "Successor", Role.SECRETARIAT, organisation=organisations.rla, mechanism=mechanism
    )

    invite_person("Data officer", "new@example.org", charge, by=successor)

    assert Invitation.objects.count() == 2


def test_a_double_click_is_one_invitation_and_one_letter(invitation, charge, secretary):
    with pytest.raises(AlreadyInvited):
        invite_person("Data officer", "new@example.org", charge, by=secretary)

    assert (Invitation.objects.count(), Mail.objects.count()) == (1, 1)


def test_nobody_invites_himself(charge, secretary):
    with pytest.raises(OwnOffice):
        invite_person("Data officer", secretary.email.upper(), charge, by=secretary)


def test_who_holds_the_office_is_not_invited_to_it(newcomer, charge, secretary):
    OfficeFactory(holder=newcomer, **vars(charge))

    with pytest.raises(OfficeAlreadyHeld):
        invite_person("Data officer", newcomer.email, charge, by=secretary)


def test_an_office_given_meanwhile_refuses_the_invitation(invitation, newcomer, charge):
    OfficeFactory(holder=newcomer, **vars(charge))

    with pytest.raises(OfficeAlreadyHeld):
        accept_invitation(invitation, by=newcomer)

    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_the_first_administrator_comes_in_by_a_command(db, capsys):
    call_command("invite_administrator", "admin@example.org", "Portal administrator")

    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.invited_by) == (Role.ADMINISTRATOR, None)
    assert (
        capsys.readouterr().out.strip() == f"http://testserver/invitation/{token_of(invitation)}/"
    )
    admin = UserFactory(email="admin@example.org")
    accept_invitation(invitation, by=admin)
    assert Standing.of(admin).is_administrator


@pytest.mark.parametrize("email", ["no address", "admin@example.org"])
def test_the_command_says_what_is_wrong(db, email):
    call_command("invite_administrator", "admin@example.org", "Portal administrator")

    with pytest.raises(CommandError):
        call_command("invite_administrator", email, "Portal administrator")

    assert (Invitation.objects.count(), Office.objects.count()) == (1, 0)
