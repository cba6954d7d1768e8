"""19: deeds that another site's page, or another session's, sends in somebody's name."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.security.conftest import checksums
from tests.test_rights import KEYS_OF_ACCOUNTS, account_patterns, admin_addresses

pytestmark = pytest.mark.one_database


@pytest.fixture
def doors() -> list[str]:
    """Every address of accounts, of the administration, and the choice of a language."""
    accounts = [
        reverse(pattern.name, kwargs=KEYS_OF_ACCOUNTS.get(pattern.name))
        for pattern in account_patterns()
        if pattern.name
    ]
    return [*accounts, *admin_addresses(), reverse("admin:login"), reverse("set_language")]


@pytest.fixture
def at_a_form(cast):
    """A browser that has just been shown a form: ``at_a_form("secretary")`` has its own token."""

    def make(role: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        if role != "public":
            client.force_login(cast[role])
        client.get(reverse("account_login" if role == "public" else "account_email"))
        assert client.cookies["csrftoken"].value
        return client

    return make


def forged(client: Client, kind: str, stranger: Client) -> dict[str, str]:
    """The headers of a request that is not the form's own."""
    return {
        "no token": {},
        "another session's token": {"HTTP_X_CSRFTOKEN": stranger.cookies["csrftoken"].value},
        "from elsewhere": {
            "HTTP_X_CSRFTOKEN": client.cookies["csrftoken"].value,
            "HTTP_ORIGIN": "https://evil.test",
        },
    }[kind]


def sent(client: Client, url: str, headers: dict[str, str]) -> list[int]:
    """What a forged deed is answered, alone and as a part of a page."""
    return [
        client.post(url, {"reason": "x"}, **headers, **htmx).status_code
        for htmx in ({}, {"HTTP_HX_REQUEST": "true"})
    ]


def test_the_token_of_its_own_session_lets_a_form_through(at_a_form):
    client = at_a_form("public")
    own = {"HTTP_X_CSRFTOKEN": client.cookies["csrftoken"].value}

    assert client.post(reverse("set_language"), {"language": "en"}, **own).status_code == 302


@pytest.mark.parametrize("kind", ["no token", "another session's token", "from elsewhere"])
def test_no_deed_at_a_door_is_done_from_elsewhere(kind, doors, at_a_form, figure):
    """Before anything else is looked at: whether it is there, who asks, whether it takes a deed."""
    clients, stranger = [at_a_form("public"), at_a_form("administrator")], at_a_form("secretary")
    before = checksums()
    answered = {
        (url, number): sent(client, url, forged(client, kind, stranger))
        for url in doors
        for number, client in enumerate(clients)
    }
    done = {door: codes for door, codes in answered.items() if codes != [403, 403]}
    figure(
        f"19 CSRF at accounts, administration and language, {kind}",
        f"{2 * (len(answered) - len(done))} of {2 * len(answered)} refused",
    )
    assert (done, len(doors) > 100) == ({}, True)
    assert checksums() == before


def test_no_deed_is_done_by_another_sessions_token(addresses, at_a_form, figure):
    taking = [(address, role) for address in addresses if (role := address.role("POST"))]
    clients = {role: at_a_form(role) for _address, role in taking}
    stranger, tried, done = at_a_form("public"), 0, []
    for address, role in taking:
        headers = forged(clients[role], "another session's token", stranger)
        codes = sent(clients[role], address.url, headers)
        tried += len(codes)
        done += [(address.name, code) for code in codes if code != 403]
    figure("19 CSRF, another session's token", f"{tried - len(done)} of {tried} refused")
    assert (done, tried > 20) == ([], True)
