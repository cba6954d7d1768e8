"""Several people, or several processes, at the same moment: each deed is done once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail as outbox
from django.db import connection
from django.utils import timezone

from coordination.models import Event, Invitation, Mail, Office, Role
from coordination.services import files
from coordination.services.files import FileRefused, VettedFile, store_file
from coordination.services.invitations import AlreadyInvited, accept_invitation, invite_person
from coordination.services.mail import send_waiting_mail
from coordination.services.offices import Appointment, LastAdministrator, end_office
from coordination.services.refusals import Refusal
from tests.factories.coordination import OfficeFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()


def at_once(*deeds) -> list:
    """What each deed returned, or the refusal that it met."""

    def run(deed):
        try:
            return deed()
        except Refusal as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.fixture
def charge(organisations, mechanism):
    return Appointment(
        Role.PARTNER_OFFICER, TODAY, organisation=organisations.kcdms, mechanism=mechanism
    )


def test_six_senders_send_twelve_letters_once():
    for number in range(12):
        Mail.objects.create(
            key=f"a:{number}", recipient="x@example.org", subject=str(number), body="B",
            created_at=timezone.now(),
        )  # fmt: skip

    counts = at_once(*[send_waiting_mail] * 6)

    assert sum(counts) == 12
    assert sorted(int(message.subject) for message in outbox.outbox) == list(range(12))


def test_eight_uploads_at_once_stay_within_what_one_person_may_in_a_day(monkeypatch):
    """Of 7 bytes each, 10 may come in: one does."""
    monkeypatch.setattr(files, "DAILY_BYTES", 10)
    officer = UserFactory()
    vetted = [VettedFile("list.csv", "text/csv", b"%d,b,c,d" % number) for number in range(8)]

    stored = at_once(*[lambda file=file: store_file(file, by=officer).size for file in vetted])

    assert sorted(stored, key=str) == [7, *[FileRefused] * 7]


def test_a_double_click_invites_once(charge, secretary):
    def invite():
        return invite_person("Data officer", "new@example.org", charge, by=secretary)

    outcomes = at_once(*[invite] * 4)

    assert outcomes.count(AlreadyInvited) == 3
    assert (Invitation.objects.count(), Mail.objects.count(), Event.objects.count()) == (1, 1, 1)


def test_a_double_click_invites_one_administrator(administrator):
    """An administrator serves no mechanism in which the invitations could take turns."""
    of_the_portal = Appointment(Role.ADMINISTRATOR, TODAY)

    def invite():
        return invite_person("Second", "new@example.org", of_the_portal, by=administrator)

    outcomes = at_once(*[invite] * 4)

    assert outcomes.count(AlreadyInvited) == 3
    assert (Invitation.objects.count(), Mail.objects.count(), Event.objects.count()) == (1, 1, 1)


def test_a_double_click_accepts_once(charge, secretary):
    invitation = invite_person("Data officer", "new@example.org", charge, by=secretary)
    newcomer = UserFactory(email="new@example.org")

    outcomes = at_once(*[lambda: accept_invitation(invitation, by=newcomer)] * 4)

    assert sum(isinstance(outcome, Office) for outcome in outcomes) == 1
    assert newcomer.offices.count() == 1


def test_two_administrators_cannot_end_each_other(db):
    first, second = (
        OfficeFactory(role=Role.ADMINISTRATOR, starts_on=TODAY - dt.timedelta(days=1))
        for _ in range(2)
    )

    outcomes = at_once(
        lambda: end_office(first, by=second.holder), lambda: end_office(second, by=first.holder)
    )

    assert outcomes.count(LastAdministrator) == 1
    assert Office.objects.of(Role.ADMINISTRATOR).held(on=TODAY).count() == 1
