"""14, 19: whatever is sent, nothing breaks; what comes from elsewhere does nothing."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from django.test import Client

from tests.security.conftest import checksums, undone

# As they go over the wire.
HOSTILE = {
    "long": "x" * 100_000,
    "NUL": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "invalid UTF-8": "%FF%FE",
    "not a number": "NaN",
    "infinite": "1e309",
    "minus zero": "-0",
    "underscore": "1_000",
    "full width": quote("１２３"),
    "2^63": "9223372036854775808",
    "minus 2^63": "-9223372036854775809",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "no day": "2021-02-30",
    "brackets": "%5B%5D",
    "right to left": "%E2%80%AEfdp",
    "path": "..%2F..%2F",
    "quote": "%27%22%3B--",
    "empty": "",
}
PLAIN = "application/x-www-form-urlencoded"


class Shooter:
    """Sends requests whose deeds are undone, and remembers what broke and how long it took."""

    def __init__(self) -> None:
        self.sent, self.slowest, self.broken = 0, 0.0, []

    def shoot(self, client: Client, method: str, url: str, content: str = "") -> None:
        started = time.monotonic()
        if method == "GET":
            response = undone(lambda: client.get(url))
        else:
            response = undone(
                lambda: client.generic(method, url, content.encode(), content_type=PLAIN)
            )
        self.slowest = max(self.slowest, time.monotonic() - started)
        self.sent += 1
        if response.status_code >= 500:
            self.broken.append(f"{response.status_code} {method} {url[:90]} {content[:120]}")


def test_no_address_breaks_by_its_parts(addresses, as_, figure):
    shooter = Shooter()
    for address in addresses:
        parts = [part for part in address.url.partition("?")[0].split("/") if part]
        for place in range(1, len(parts)):
            for name in ("NUL", "lone surrogate", "2^63", "path"):
                hostile = [*parts[:place], HOSTILE[name], *parts[place + 1 :]]
                shooter.shoot(as_("administrator"), "GET", f"/{'/'.join(hostile)}/")
    figure("14 hostile addresses", f"{len(shooter.broken)} of {shooter.sent} answers ≥ 500")
    assert shooter.broken == []


FORGERIES = {
    "no token": {},
    "another session's token": {"HTTP_X_CSRFTOKEN": "a" * 64},
    "from elsewhere": {"HTTP_ORIGIN": "https://evil.test"},
}


@pytest.mark.one_database
@pytest.mark.parametrize("headers", FORGERIES.values(), ids=list(FORGERIES))
def test_no_deed_is_done_from_another_site(headers, addresses, cast, figure):
    clients = {role: Client(enforce_csrf_checks=True) for role in cast}
    for role, client in clients.items():
        if role != "public":
            client.force_login(cast[role])
    before, wrong, tried = checksums(), [], 0
    for address in addresses:
        role = address.role("POST")
        if role is None:
            continue
        client = clients[role]
        for htmx in ({}, {"HTTP_HX_REQUEST": "true"}):
            tried += 1
            answer = client.post(address.url, {"reason": "x"}, **headers, **htmx)
            if answer.status_code != 403:
                wrong.append((address.name, answer.status_code))
    figure("19 CSRF", f"{tried - len(wrong)} of {tried} forged requests refused, each way")
    assert (wrong, tried > 20) == ([], True)
    assert checksums() == before


# A calendar says when it was last fetched, so that its owner knows whether it is in use.
NOTED_BY_LOOKING = {"committees.CalendarFeed", "workplans.PlanFeed"}


def test_looking_at_every_page_changes_nothing(addresses, as_, cast, figure):
    for role in cast:
        as_(role)
    before, looked, broken = checksums(), 0, []
    for address in addresses:
        for role in ("public", "partner_officer", "secretary", "administrator"):
            answer = as_(role).get(address.url)
            if answer.status_code >= 500:
                broken.append((address.url, role))
            looked += 1
    figure("19 safe GET", f"checksums of all tables the same after {looked} pages")
    changed = {k: v for k, v in checksums().items() if v != before[k]}
    assert broken == []
    assert set(changed) <= NOTED_BY_LOOKING
