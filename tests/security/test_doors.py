"""15 to 18: guessing, asking who has an account, old sessions, and links that lead away."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.forms import accounts
from coordination.services.mail import send_waiting_mail

PASSWORD = "a long enough passphrase"
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


def test_a_session_ends_when_its_person_leaves_it(holder, figure):
    client = Client()
    client.get(reverse("account_login"))
    before = client.cookies["csrftoken"].value
    assert sign_in(client, holder.email).status_code == 302
    session, accepted = client.cookies["sessionid"].value, 0
    assert client.cookies["csrftoken"].value != before
    client.post(reverse("account_logout"))
    replay = Client()
    replay.cookies["sessionid"] = session
    accepted += replay.get(reverse("desk")).status_code == 200

    client = Client()
    client.force_login(holder)
    holder.set_password("another long passphrase")
    holder.save()
    accepted += client.get(reverse("desk")).status_code == 200
    client.force_login(holder)
    holder.is_active = False
    holder.save()
    accepted += client.get(reverse("desk")).status_code == 200
    figure("17 session life", f"{accepted} of 3 replays accepted")
    assert accepted == 0


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
