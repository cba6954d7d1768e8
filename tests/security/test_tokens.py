"""20: the secrets of letters work once, for a while, and stand nowhere."""

from __future__ import annotations

import datetime as dt
import logging
import re
from http import HTTPStatus

import pytest
from django.apps import apps
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from committees.services.calling import call_meeting
from committees.services.feeds import open_feed, revoke_feed
from config.logs import JsonFormatter, RequestFilter
from coordination.models import Invitation, Role
from coordination.services.invitations import LIVES_FOR, invite_person
from coordination.services.mail import send_waiting_mail
from coordination.services.offices import Appointment
from tests.factories.committees import PlannedMeetingFactory
from tests.factories.workplans import PlanFactory
from tests.test_rights import MATRIX
from workplans.services.plan_feeds import open_plan_feed, revoke_plan_feed

PASSWORD = "a long enough passphrase"
INVITATION = re.compile(r"/invitation/([0-9a-f]{64})/")
REPLY = re.compile(r"/reply/([0-9a-f]{64})/")
RESET = re.compile(r"/accounts/password/reset/key/(\S+)/")

ADDRESSES_OF_SECRETS = {
    name for name in MATRIX if "token" in get_resolver().reverse_dict.getlist(name)[0][0][0][1]
}


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


@pytest.fixture
def secret_of_reply(review_body, member, secretary):
    call_meeting(PlannedMeetingFactory(body=review_body), by=secretary)
    send_waiting_mail()
    [letter] = [letter for letter in mail.outbox if letter.to == [member.email]]
    return REPLY.search(letter.body)[1]


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui)


@pytest.fixture
def secrets(secret_of_invitation, secret_of_reply, member, plan):
    """A secret of each address that takes one, by the address."""
    return {
        "invitation-accept": secret_of_invitation,
        "reply-by-link": secret_of_reply,
        "calendar-feed": open_feed(member)[1],
        "plan-feed": open_plan_feed(plan, by=member)[1],
    }


def answers(name: str, secret: str) -> bool:
    """Whether the address of this name opens by the secret."""
    return Client().get(reverse(name, args=[secret])).status_code != HTTPStatus.NOT_FOUND


def is_session(secret: str) -> bool:
    visitor = Client()
    visitor.cookies["sessionid"] = secret
    return visitor.get(reverse("desk")).status_code == HTTPStatus.OK


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

    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    expired = opens(secret_of_invitation)
    Invitation.objects.update(expires_at=timezone.now() + LIVES_FOR)
    invited = Client()
    invited.get(reverse("invitation-accept", args=[secret_of_invitation]))
    typed = {"password1": PASSWORD, "password2": PASSWORD}
    assert invited.post(reverse("account_signup"), typed).headers["Location"] == reverse("desk")
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


def test_a_secret_opens_its_own_address_alone(secrets, secret_of_reset, figure):
    """No other address that takes one; no person's session; no account (R20)."""
    assert set(secrets) == ADDRESSES_OF_SECRETS
    uid = secret_of_reset.partition("-")[0]
    opened = {
        name: {address for address in ADDRESSES_OF_SECRETS if answers(address, secret)}
        for name, secret in secrets.items()
    }
    signed_in = [name for name, secret in secrets.items() if is_session(secret)]
    reset = [name for name, secret in secrets.items() if resets(f"{uid}-{secret}")]

    elsewhere = len(secrets) * (len(ADDRESSES_OF_SECRETS) + 1)
    figure("20 secrets elsewhere", f"0 of {elsewhere} tries open anything but the own address")
    assert opened == {name: {name} for name in secrets}
    assert (signed_in, reset) == ([], [])


def test_a_calendar_s_address_is_gone_at_once_when_it_is_taken_back(member, plan, figure):
    """Its person's new one opens, the old one does not."""
    first, old = open_feed(member)
    first_of_plan, old_of_plan = open_plan_feed(plan, by=member)
    assert answers("calendar-feed", old)
    assert answers("plan-feed", old_of_plan)

    revoke_feed(first, by=member)
    revoke_plan_feed(first_of_plan, by=member)
    new, new_of_plan = open_feed(member)[1], open_plan_feed(plan, by=member)[1]

    gone = [answers("calendar-feed", old), answers("plan-feed", old_of_plan)]
    there = [answers("calendar-feed", new), answers("plan-feed", new_of_plan)]
    figure("20 calendars", f"{len(new) * 4} bits; {sum(gone)} of 2 old addresses open")
    assert (gone, there) == ([False, False], [True, True])


def test_no_secret_of_an_address_stands_anywhere(
    secrets, secret_of_reset, caplog, settings, figure
):
    """In no row, and in no line that is written with LOG_LEVEL=DEBUG."""
    for name, rules in settings.LOGGING["loggers"].items():
        caplog.set_level(rules.get("level", "NOTSET"), name)
    caplog.set_level(logging.DEBUG)
    answer = Client().get(reverse("invitation-accept", args=[secrets["invitation-accept"]]))
    for name, secret in secrets.items():
        for address in ADDRESSES_OF_SECRETS:
            answers(address, secret)
        own = Client().get(reverse(name, args=[secret]))
        assert own.headers["Referrer-Policy"] == "same-origin"
    resets(secret_of_reset)

    log = "".join(line_of(record) for record in caplog.records)
    found = [
        place
        for secret in (*secrets.values(), secret_of_reset)
        for place in [*stands_in_database(secret), *(["log"] if secret in log else [])]
    ]
    figure(
        "20 secrets",
        f"{len(found)} in tables and in the log at DEBUG,"
        f" {answer.headers['Location'].count(secrets['invitation-accept'])} in the next address",
    )
    assert found == []
    # Neither the next address nor its Referer bears it.
    assert answer.headers["Location"] == reverse("invitation-pending")


def line_of(record: logging.LogRecord) -> str:
    """What of it the portal writes into its log."""
    RequestFilter().filter(record)
    return JsonFormatter().format(record)
