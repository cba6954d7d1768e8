"""20: the secrets of letters work once, for a while, and stand nowhere."""

from __future__ import annotations

import datetime as dt
import logging
import re

import pytest
from django.apps import apps
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.models import Invitation, Role
from coordination.services.invitations import LIVES_FOR, invite_person
from coordination.services.mail import send_waiting_mail
from coordination.services.offices import Appointment

PASSWORD = "a long enough passphrase"
INVITATION = re.compile(r"/invitation/([0-9a-f]{64})/")
RESET = re.compile(r"/accounts/password/reset/key/(\S+)/")


@pytest.fixture
def secret_of_invitation(mechanism, organisations, secretary):
    charge = Appointment(
        role=Role.PARTNER_OFFICER, starts_on=dt.date(2021, 4, 1),
        organisation=organisations.kcdms, mechanism=mechanism,
    )  # fmt: skip
    invite_person("Data officer", "new@example.org", charge, by=secretary)
    send_waiting_mail()
    return INVITATION.search(mail.outbox[-1].body)[1]


@pytest.fixture
def secret_of_reset(partner_officer):
    partner_officer.set_password(PASSWORD)
    partner_officer.save()
    partner_officer.emailaddress_set.create(
        email=partner_officer.email, verified=True, primary=True
    )
    Client().post(reverse("account_reset_password"), {"email": partner_officer.email})
    return RESET.search(mail.outbox[-1].body)[1]


def opens(secret: str) -> bool:
    """Whether a visitor who comes with the secret of an invitation is let go on."""
    return Client().get(reverse("invitation-accept", args=[secret])).status_code == 302


def resets(secret: str, password: str = PASSWORD[::-1]) -> bool:
    """Whether a visitor who comes with the secret of a reset gets to set a password."""
    visitor = Client()
    address = reverse("account_reset_password_from_key", args=secret.split("-", 1))
    form = visitor.get(address, follow=True)
    answer = visitor.post(form.request["PATH_INFO"], {"password1": password, "password2": password})
    return answer.status_code == 302


def stands_in_database(secret: str) -> list[str]:
    """The tables in which the secret stands as it is."""
    return [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if secret in repr(list(model._base_manager.values_list()))
    ]


def test_an_invitation_opens_until_it_is_accepted_or_over(secret_of_invitation, figure):
    assert opens(secret_of_invitation)
    invitation = Invitation.objects.get()

    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    expired = opens(secret_of_invitation)
    Invitation.objects.update(
        expires_at=timezone.now() + LIVES_FOR, accepted_at=timezone.now(),
        accepted_by=invitation.invited_by,
    )  # fmt: skip
    used = opens(secret_of_invitation)

    bits = len(secret_of_invitation) * 4
    figure("20 invitation", f"{bits} bits; {expired + used} of 2 uses accepted after its end")
    assert (expired, used) == (False, False)


def test_a_reset_works_once_and_not_after_a_day(secret_of_reset, monkeypatch, figure):
    tomorrow = timezone.localtime().replace(tzinfo=None) + dt.timedelta(hours=25)
    with monkeypatch.context() as later:
        later.setattr(PasswordResetTokenGenerator, "_now", lambda _generator: tomorrow)
        late = resets(secret_of_reset)
    first, second = resets(secret_of_reset), resets(secret_of_reset, "a third long passphrase")

    figure(
        "20 password reset",
        f"works {first:d} time; {late + second} of 2 uses accepted after its end",
    )
    assert (late, first, second) == (False, True, False)


def test_no_secret_of_a_letter_stands_anywhere(
    secret_of_invitation, secret_of_reset, caplog, figure
):
    caplog.set_level(logging.DEBUG)
    answer = Client().get(reverse("invitation-accept", args=[secret_of_invitation]))
    resets(secret_of_reset)

    found = [
        place
        for secret in (secret_of_invitation, secret_of_reset)
        for place in [*stands_in_database(secret), *(["log"] if secret in caplog.text else [])]
    ]
    figure(
        "20 secrets",
        f"{len(found)} in tables and in the log at DEBUG,"
        f" {answer.headers['Location'].count(secret_of_invitation)} in the next address",
    )
    assert found == []
    # Neither the next address nor its Referer bears it.
    assert answer.headers["Location"] == reverse("invitation-pending")
    assert answer.headers["Referrer-Policy"] == "same-origin"
