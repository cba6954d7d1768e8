"""15 to 18: guessing, asking who has an account, old sessions, and links that lead away."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections import Counter
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import encrypt
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config import session_life
from coordination.forms import accounts
from coordination.services.mail import send_waiting_mail

PASSWORD = "a long enough passphrase"
TOKEN = r"\b[A-Za-z0-9]{64}\b"  # as a page bears it against forgery
ELSEWHERE = (
    "//evil.test", "/\\evil.test", "https:evil.test", "https://evil.test", "%2f%2fevil.test",
    "javascript:alert(1)", "http://testserver@evil.test", "/\t/evil.test", "/\r/evil.test",
    "///evil.test", "\\\\evil.test", "http:///evil.test", "https:/\\evil.test", " //evil.test",
    "data:text/html,x",
)  # fmt: skip

# What a browser follows, or htmx for it.
LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


@pytest.fixture
def holder(partner_officer):
    """The officer, with a password."""
    partner_officer.set_password(PASSWORD)
    partner_officer.save()
    partner_officer.emailaddress_set.create(
        email=partner_officer.email, verified=True, primary=True
    )
    return partner_officer


def sign_in(client: Client, email: str, password: str = PASSWORD, **headers: str):
    content = {"login": email, "password": password}
    return client.post(reverse("account_login"), content, headers=headers)


def test_guessing_is_stopped_whatever_address_it_claims_to_come_from(holder, figure):
    failures = 0
    for attempt in range(20):
        claimed = {"X-Forwarded-For": f"203.0.113.{attempt}"}
        # A client of its own each time: no cookie, as from another process.
        answer = sign_in(Client(), holder.email, f"wrong {attempt}", **claimed)
        if "Too many" in answer.content.decode() or answer.status_code == 429:
            break
        failures += 1
    refused = sign_in(Client(), holder.email)
    figure("15 brute force", f"blocked after {failures} of 20, with a new X-Forwarded-For each")
    assert failures <= 5
    assert "_auth_user_id" not in refused.client.session


def test_in_a_burst_of_sign_ins_threads_are_left_for_others(holder, monkeypatch):
    monkeypatch.setattr(accounts, "_at_the_door", threading.BoundedSemaphore(1))
    with accounts._at_the_door:
        full = sign_in(Client(), holder.email)

    assert "Many people are signing in" in full.content.decode()
    assert full.context["form"]["login"].value() == holder.email
    assert sign_in(Client(), holder.email).status_code == 302


def test_nobody_learns_who_has_an_account(holder, figure):
    known, unknown = (
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in (holder.email, "nobody@example.org")
    )
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    wrong = [sign_in(Client(), email, "wrong") for email in (holder.email, "nobody@example.org")]
    said = {str(answer.context["form"].non_field_errors()) for answer in wrong}
    letters = Counter(letter.to[0] for letter in mail.outbox)
    figure(
        "16 enumeration",
        f"{len(said)} answer for known and unknown, letters to each: {sorted(letters.values())}",
    )
    assert len(said) == 1
    assert letters == {holder.email: 1, "nobody@example.org": 1}


def test_nobody_learns_who_has_an_account_by_naming_another_s_address(holder, peer, figure):
    """Adding an address of somebody else's to the own account looks as adding a free one."""
    peer.emailaddress_set.create(email=peer.email, verified=True, primary=True)
    client = Client()
    sign_in(client, holder.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    said = set()
    for email in (peer.email, "nobody@example.org"):
        answer = client.post(reverse("account_email"), {"email": email, "action_add": ""})
        page = client.get(answer.headers["Location"]).content.decode()
        said.add((answer.status_code, re.sub(TOKEN, "", page).replace(email, "")))

    letters = Counter((letter.to[0], letter.subject) for letter in mail.outbox)
    subject = "Please Confirm Your Email Address"
    figure("16 enumeration, change of address", "one answer and one letter for taken and free")
    assert len(said) == 1
    assert letters == {(peer.email, subject): 1, ("nobody@example.org", subject): 1}


def test_a_session_ends_when_its_person_leaves_it(holder, figure):
    client = Client()
    client.get(reverse("account_login"))
    before = client.cookies["csrftoken"].value
    assert sign_in(client, holder.email).status_code == 302
    session, accepted = client.cookies["sessionid"].value, 0
    assert client.cookies["csrftoken"].value != before
    client.post(reverse("account_logout"))
    accepted += opens_the_desk(session)

    client = Client()
    client.force_login(holder)
    holder.set_password("another long passphrase")
    holder.save()
    accepted += client.get(reverse("desk")).status_code == 200
    client.force_login(holder)
    holder.is_active = False
    holder.save()
    accepted += client.get(reverse("desk")).status_code == 200
    figure("17 session life", f"{accepted} of 3 replays accepted after its person left")
    assert accepted == 0


def test_a_session_has_another_number_once_its_person_has_signed_in(holder, figure):
    """Whoever knew or set the number that a visitor came with has nothing of it."""
    secret = "JBSWY3DPEHPK3PXP"
    Authenticator.objects.create(
        user=holder, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)}
    )
    visitor = Client()
    visitor.session.save()  # as of a visitor who holds an invitation
    planted = visitor.session.session_key
    visitor.cookies["sessionid"] = planted
    assert sign_in(visitor, holder.email).headers["Location"] == reverse("mfa_authenticate")
    by_password = visitor.cookies["sessionid"].value
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert visitor.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    by_both = visitor.cookies["sessionid"].value

    accepted = [opens_the_desk(number) for number in (planted, by_password, by_both)]
    figure("17 session numbers", f"{sum(accepted[:2])} of 2 replays of earlier ones accepted")
    assert accepted == [False, False, True]


def opens_the_desk(session: str) -> bool:
    """Whether a browser that has nothing but the number of a session gets in by it."""
    browser = Client()
    browser.cookies["sessionid"] = session
    return browser.get(reverse("desk")).status_code == 200


@pytest.mark.parametrize("remembered", ["", "on"])
def test_a_session_lasts_a_working_day_whatever_happens_in_it(holder, remembered, figure):
    client = Client()
    content = {"login": holder.email, "password": PASSWORD, "remember": remembered}
    client.post(reverse("account_login"), content)
    session = Session.objects.get()
    client.get(reverse("desk"))
    lasts = session.expire_date - timezone.now()

    # Being used does not prolong it.
    assert Session.objects.get().expire_date == session.expire_date
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    after = client.get(reverse("desk"))

    figure("17 session life", f"{lasts / dt.timedelta(hours=1):.0f} h, used or not")
    assert lasts <= dt.timedelta(hours=12)
    assert after.headers["Location"].startswith(reverse("account_login"))


@pytest.fixture
def later(monkeypatch):
    """Moves the clock of sessions forward by so many minutes."""
    beginning, gone = time.time(), {"minutes": 0}
    monkeypatch.setattr(session_life.time, "time", lambda: beginning + 60 * gone["minutes"])

    def go_on(minutes: int) -> None:
        gone["minutes"] += minutes

    return go_on


def test_who_asks_for_nothing_for_two_hours_is_signed_out(holder, later, figure):
    client = Client()
    sign_in(client, holder.email)
    opened = []
    for minutes in (119, 119, 120):
        later(minutes)
        opened.append(client.get(reverse("desk")).status_code)

    figure("17 idle", "signed out after 2 h without a request, not after 1 h 59 min")
    assert opened == [200, 200, 302]
    assert not Session.objects.exists()


def test_who_works_on_is_signed_out_after_a_working_day(holder, later):
    client = Client()
    sign_in(client, holder.email)
    opened = []
    for _hour in range(12):
        later(60)
        opened.append(client.get(reverse("desk")).status_code)

    assert opened == [200] * 11 + [302]


def test_being_seen_is_written_down_every_ten_minutes_at_most(holder, later):
    client = Client()
    sign_in(client, holder.email)

    def written(minutes: int) -> int:
        later(minutes)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("desk"))
        return sum(each["sql"].startswith('UPDATE "django_session"') for each in asked)

    assert [written(minutes) for minutes in (9, 1, 9, 1)] == [0, 1, 0, 1]


def test_what_was_typed_while_one_was_signed_out_is_still_there(holder, later):
    client = Client()
    sign_in(client, holder.email)
    later(121)

    answer = client.post(reverse("feed-list"), {"body": "typed meanwhile"})

    assert answer.status_code == 401
    assert "typed meanwhile" in answer.content.decode()


def host_of(location: str) -> str | None:
    """Where a browser goes, which takes a backslash for a slash and leaves out tabs."""
    plain = location.translate({9: "", 10: "", 13: "", 92: "/"}).strip()
    return urlsplit(urljoin("http://testserver/accounts/logout/", plain)).hostname


def answers_to(target: str, holder, headers: dict[str, str]):
    """What whoever names the target as the next place is answered, wherever one may name it."""
    client, visitor = Client(headers=headers), Client(headers=headers)
    client.force_login(holder)
    yield client.post(reverse("set_language"), {"language": "en", "next": target})
    yield client.post(reverse("account_logout"), {"next": target})
    content = {"login": holder.email, "password": PASSWORD, "next": target}
    yield visitor.post(reverse("account_login"), content)
    yield visitor.get(reverse("account_login"), {"next": target})
    yield Client(headers=headers).get(reverse("account_email"))


def test_no_link_leads_away(holder, figure):
    stayed, met = 0, Counter[str]()
    for target in ELSEWHERE:
        places = []
        for headers in ({}, {"HX-Request": "true", "HX-Current-URL": target}):
            for answer in answers_to(target, holder, headers):
                led = {name: answer.headers[name] for name in LEADING if name in answer.headers}
                met.update(led.keys())
                places += [
                    place
                    for each in led.values()
                    for place in (each, *parse_qs(urlsplit(each).query).get("next", []))
                ]
        stayed += all(host_of(place) == "testserver" for place in places)
    figure(
        "18 redirects",
        f"{stayed} of {len(ELSEWHERE)} forms of next= stay at sign-in and out, language, an ended"
        f" session: {', '.join(f'{met[name]} {name}' for name in LEADING)}",
    )
    assert stayed == len(ELSEWHERE)
    assert (met["Location"] > stayed, met["HX-Redirect"] >= stayed) == (True, True)


def test_no_letter_holds_a_host_that_the_visitor_chose(holder, world, cast, figure):
    address = reverse("account_reset_password")
    plain = Client().post(address, {"email": holder.email}, headers={"Host": "evil.test"})
    forwarded = Client().post(
        address, {"email": holder.email}, headers={"X-Forwarded-Host": "evil.test"}
    )
    secretary = Client(headers={"X-Forwarded-Host": "evil.test"})
    secretary.force_login(cast["secretary"])
    secretary.post(
        reverse("invitation-create", args=[world.mechanism.slug]),
        {
            "name": "Data officer", "email": "newest@example.org", "role": "partner_officer",
            "organisation": world.kcdms.pk, "office_starts_on": "2021-04-01",
        },
    )  # fmt: skip
    send_waiting_mail()
    letters = [letter.body for letter in mail.outbox]
    assert "newest@example.org" in [letter.to[0] for letter in mail.outbox]
    naming = sum("evil.test" in letter for letter in letters)
    figure("18 host poisoning", f"{plain.status_code}, {naming} of {len(letters)} letters name it")
    assert (plain.status_code, forwarded.status_code, naming) == (400, 302, 0)
