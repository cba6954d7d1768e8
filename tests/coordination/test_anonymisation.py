"""A person is anonymised: no name and no address is left, and what was done in office stays."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from committees.models import Appointment as SeatAppointment
from committees.models import Minutes, Participant
from committees.services.attendance import add_guests
from committees.services.nominations import Nominee, nominate_holder
from coordination.models import Event, Invitation, Mail, Role, User
from coordination.services.anonymisation import (
    AlreadyAnonymised,
    OfficesNotEnded,
    OwnAnonymisation,
    anonymise_person,
)
from coordination.services.invitations import accept_invitation, invite_person
from coordination.services.mail import post
from coordination.services.mentions import count_frozen
from coordination.services.offices import Appointment, end_office
from tests.factories.committees import ParticipantFactory, PlannedMeetingFactory, SeatFactory
from tests.factories.coordination import OfficeFactory

NAME, FORMER_NAME = "Canary Mwikali", "Canary Ndunge"
ADDRESS, SECOND_ADDRESS = "canary@example.org", "second-canary@example.org"
CANARIES = (NAME, FORMER_NAME, ADDRESS, SECOND_ADDRESS)
PASSWORD = "kumi-na-mbili-maneno"
REASON = f"{NAME} asked for it by a letter of 3 May."
IN_OFFICE = (
    "This person is in office: Partner data officer, KCDMS. End it and hand over what goes with it."
)


def stands_in_database() -> list[tuple[str, str]]:
    """Each table with each of the canaries that stands in it, in small letters or capitals."""
    return [
        (model._meta.db_table, canary)
        for model in apps.get_models(include_auto_created=True)
        for rows in [repr(list(model._base_manager.values_list())).lower()]
        for canary in CANARIES
        if canary.lower() in rows
    ]


def kept_by_sessions() -> str:
    return repr([session.get_decoded() for session in Session.objects.all()])


def charge(organisations, mechanism) -> Appointment:
    return Appointment(
        role=Role.PARTNER_OFFICER, starts_on=timezone.localdate() - dt.timedelta(days=9),
        organisation=organisations.kcdms, mechanism=mechanism,
    )  # fmt: skip


@pytest.fixture
def canary(organisations, mechanism, secretary, administrator):
    """Somebody who came by invitation, has signed in, was renamed, and whose office has ended."""
    invitation = invite_person(FORMER_NAME, ADDRESS, charge(organisations, mechanism), by=secretary)
    user = User.objects.create_user(ADDRESS, PASSWORD, name=FORMER_NAME)
    for number, address in enumerate((ADDRESS, SECOND_ADDRESS)):
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=not number)
    office = accept_invitation(invitation, by=user)
    client = Client()
    client.force_login(administrator)
    page = f"/admin/coordination/user/{user.pk}/change/"
    assert client.post(page, {"name": NAME, "is_active": "on"}).status_code == 302
    signed_in = {"login": ADDRESS, "password": PASSWORD}
    assert Client().post("/accounts/login/", signed_in).status_code == 302
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    end_office(office, by=secretary)
    user.refresh_from_db()
    return user


@pytest.fixture
def mentions(canary, organisations, mechanism, secretary, review_body):
    """The person in what others wrote, in nominations, among guests and at an office's address."""
    seat = SeatFactory(body=review_body, organisation=organisations.kcdms, contact=ADDRESS)
    nominee = Nominee(starts_on=timezone.localdate(), holder=canary, instrument=f"Letter, {NAME}")
    nominate_holder(seat, nominee, by=secretary)
    add_guests(
        PlannedMeetingFactory(body=review_body), by=secretary, organisation=organisations.kcdms,
        post=f"Adviser ({NAME})", name=FORMER_NAME, email=SECOND_ADDRESS, group="", expertise="",
        headcount=1,
    )  # fmt: skip
    ParticipantFactory(meeting__body=review_body, name=NAME.upper(), reply_note=f"By {ADDRESS}.")
    invite_person("Somebody", SECOND_ADDRESS, charge(organisations, mechanism), by=secretary)
    OfficeFactory(
        holder=secretary, role=Role.ADMINISTRATOR, instrument=f"Note of {NAME}, {ADDRESS.upper()}"
    )
    Event.objects.filter(pk=Event.objects.about(canary).first().pk).update(note=f"Told {NAME}.")
    post(
        "told:1", [secretary, canary], subject=f"Of {NAME}",
        template="coordination/emails/second_factor_removed.txt", context={"by": canary},
    )  # fmt: skip


def test_no_name_and_no_address_of_the_person_is_left(canary, mentions, administrator, figure):
    before = stands_in_database()

    anonymise_person(canary, by=administrator, reason=REASON)

    left = stands_in_database()
    figure("40 anonymised", f"{len(before)} finds in tables before, {len(left)} after")
    assert left == []
    assert len(before) > 15
    assert "canary" not in kept_by_sessions()


def test_the_account_is_kept_and_opens_nothing(canary, administrator):
    anonymise_person(canary, by=administrator, reason=REASON)

    canary.refresh_from_db()
    number = canary.pk
    assert (canary.name, canary.email) == (
        f"Former user {number}",
        f"former-user-{number}@anonymised.invalid",
    )
    assert (canary.is_active, canary.has_usable_password()) == (False, False)
    for kind in (EmailAddress, Authenticator, UserSession):
        assert not kind.objects.filter(user=canary).exists()


def test_what_was_done_in_office_stays_under_the_other_name(canary, mentions, administrator):
    deeds = Event.objects.filter(by=canary).count()

    anonymise_person(canary, by=administrator, reason=REASON)

    assert Event.objects.filter(by=canary).count() == deeds > 0
    assert [str(office) for office in canary.offices.all()] == ["Partner data officer, KCDMS"]
    given = Event.objects.get(verb="coordination.office_given", subject_id=canary.offices.get().pk)
    assert given.changes["holder"] == [None, f"Former user {canary.pk}"]
    event = Event.objects.about(canary).first()
    assert (event.verb, event.by, event.note) == (
        "coordination.person_anonymised",
        administrator,
        f"Former user {canary.pk} asked for it by a letter of 3 May.",
    )


def test_what_was_open_for_the_person_is_over(canary, mentions, administrator, secretary):
    anonymise_person(canary, by=administrator, reason=REASON)

    assert Invitation.objects.exclude(withdrawn_at=None).count() == 1
    assert SeatAppointment.objects.get(holder=canary).withdrawn_at is not None
    letters = Mail.objects.filter(key="told:1")
    assert [letter.recipient for letter in letters] == [secretary.email]
    guest = Participant.objects.get(post__startswith="Adviser")
    assert (guest.post, guest.name, guest.email, guest.token_hash) == (
        f"Adviser (Former user {canary.pk})", "", "", "",
    )  # fmt: skip


def test_the_name_of_a_post_is_left_where_it_stands_in_texts(canary, secretary, administrator):
    office = OfficeFactory(
        holder=secretary,
        role=Role.ADMINISTRATOR,
        instrument=f"Note of {NAME}, {FORMER_NAME}, {ADDRESS}",
    )

    anonymise_person(canary, by=administrator, reason=REASON, names=[FORMER_NAME])

    office.refresh_from_db()
    former = f"Former user {canary.pk}"
    assert office.instrument == f"Note of {NAME}, {former}, {former}"


def test_a_part_of_another_name_or_address_is_somebody_else(canary, secretary, administrator):
    text = f"{NAME}s, the-{ADDRESS}, {ADDRESS}.ke"
    office = OfficeFactory(holder=secretary, role=Role.ADMINISTRATOR, instrument=text)

    anonymise_person(canary, by=administrator, reason=REASON)

    office.refresh_from_db()
    assert office.instrument == text


def test_who_is_in_office_hands_over_first(partner_officer, administrator):
    with pytest.raises(OfficesNotEnded) as refused:
        anonymise_person(partner_officer, by=administrator, reason=REASON)

    assert str(refused.value) == IN_OFFICE


def test_nobody_is_anonymised_by_himself_or_twice(canary, administrator):
    with pytest.raises(OwnAnonymisation):
        anonymise_person(administrator, by=administrator, reason=REASON)
    anonymise_person(canary, by=administrator, reason=REASON)
    with pytest.raises(AlreadyAnonymised):
        anonymise_person(canary, by=administrator, reason=REASON)


def test_the_other_administrators_know_whom_to_anonymise_after_a_restore(
    canary, administrator, holding
):
    other = holding("Second administrator", Role.ADMINISTRATOR)

    anonymise_person(canary, by=administrator, reason=REASON)

    letter = Mail.objects.get(key__startswith="person-anonymised:")
    assert (letter.recipient, letter.subject) == (
        other.email,
        f"An account was anonymised: Former user {canary.pk}",
    )
    assert f"/people/{canary.pk}/anonymise/" in letter.body


def test_what_is_frozen_stays_and_is_counted(canary, administrator, review_body):
    minutes = Minutes.objects.create(
        meeting=PlannedMeetingFactory(body=review_body), snapshot=f'{{"text": "{NAME} spoke"}}'
    )

    anonymise_person(canary, by=administrator, reason=REASON)

    minutes.refresh_from_db()
    assert minutes.snapshot == f'{{"text": "{NAME} spoke"}}'
    assert count_frozen([NAME, ADDRESS]) == 1


# --- The page ---


def test_an_administrator_anonymises_from_the_administration(client, canary, administrator):
    client.force_login(administrator)
    page = f"/people/{canary.pk}/anonymise/"
    assert page in client.get(f"/admin/coordination/user/{canary.pk}/change/").content.decode()
    shown = client.get(page).content.decode()
    assert "after 14 days where one is made each day and 14 are kept" in shown

    unsure = client.post(page, {"reason": REASON, "names": [NAME, FORMER_NAME]})
    assert (unsure.status_code, stands_in_database() == []) == (200, False)
    done = client.post(page, {"reason": REASON, "names": [NAME, FORMER_NAME], "is_meant": "on"})

    assert (done.status_code, stands_in_database()) == (302, [])
    assert "canary" not in kept_by_sessions()


def test_what_was_typed_is_still_there_where_it_is_refused(client, partner_officer, administrator):
    client.force_login(administrator)

    answer = client.post(
        f"/people/{partner_officer.pk}/anonymise/",
        {"reason": "Asked by letter", "names": ["Data officer"], "is_meant": "on"},
    )

    assert answer.context["form"].non_field_errors() == [IN_OFFICE]
    assert "Asked by letter" in answer.content.decode()
