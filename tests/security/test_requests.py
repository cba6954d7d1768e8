"""14, 19: whatever is sent, nothing breaks; what comes from elsewhere does nothing."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from tests.security.conftest import PageForm, checksums, forms_on, undone
from tests.test_rights import undrawn

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
# Of a filter: so many of its choices, and so many of what is none, in turn.
A_FEW, A_FEW_MORE = 2, 5
MOST_SECONDS = 5
PLAIN = "application/x-www-form-urlencoded"


class Shooter:
    """Sends requests whose deeds are undone, and remembers what broke and how long it took."""

    def __init__(self) -> None:
        self.sent, self.slowest, self.broken = 0, 0.0, []

    def shoot_all(self, client: Client, urls: Iterable[str]) -> None:
        for url in urls:
            self.shoot(client, "GET", url)

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
    """Each part of each address is spoilt; what leads to no view is the same page each time."""
    shooter, nowhere = Shooter(), {}
    for address in addresses:
        # Who sees the page asks the database for most; of a deed without a page, who may do it.
        reader = address.role("GET") or address.role("POST") or "secretary"
        parts = [part for part in address.url.partition("?")[0].split("/") if part]
        for place in range(1, len(parts)):
            for name in ("NUL", "lone surrogate", "2^63", "path"):
                hostile = f"/{'/'.join([*parts[:place], HOSTILE[name], *parts[place + 1 :]])}/"
                if not leads_to_a_view(hostile):
                    nowhere[name] = hostile
                    continue
                with undrawn():
                    shooter.shoot(as_(reader), "GET", hostile)
    for hostile in nowhere.values():
        shooter.shoot(as_("secretary"), "GET", hostile)
    figure(
        "14 hostile addresses",
        f"{len(shooter.broken)} of {shooter.sent} answers ≥ 500, the slowest after"
        f" {shooter.slowest:.1f} s",
    )
    assert (shooter.broken, shooter.slowest < MOST_SECONDS) == ([], True)


def leads_to_a_view(url: str) -> bool:
    try:
        resolve(unquote_to_bytes(url).decode(errors="replace"))
    except Resolver404:
        return False
    return True


FORGERIES = {
    "no token": {},
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


# Who sees most asks the database for most; nine people of the demo see the pages in a browser.
LOOKED_AT_AS = {"sqlite": ("public", "secretary"), "postgresql": ("secretary",)}
# A calendar says when it was last fetched, so that its owner knows whether it is in use.
NOTED_BY_LOOKING = {"committees.CalendarFeed", "workplans.PlanFeed"}


def test_looking_at_every_page_changes_nothing(addresses, as_, cast, figure):
    """Each page as some of the cast, and each list by each of its filters, sensibly or not."""
    for role in cast:
        as_(role)
    before, looked, broken = checksums(), 0, []
    filters: dict[tuple[str, ...], PageForm] = {}
    shooter = Shooter()
    for address in addresses:
        for role in LOOKED_AT_AS[connection.vendor]:
            answer = as_(role).get(address.url)
            if answer.status_code >= 500:
                broken.append((address.url, role))
            looked += 1
            if role == "secretary":
                for form in forms_on(address.url, answer):
                    if form.method == "get":
                        filters.setdefault((form.action, *sorted(form.fields)), form)
    filtered = list(filter_addresses(filters.values()))
    shooter.shoot_all(as_("secretary"), filtered)
    broken += shooter.broken
    changed = {k: v for k, v in checksums().items() if v != before[k]}
    figure(
        "19 safe GET",
        f"{len(changed.keys() - NOTED_BY_LOOKING)} of {len(before)} tables changed after {looked}"
        f" pages and {len(filtered)} filtered lists, the slowest after {shooter.slowest:.1f} s",
    )
    assert shooter.slowest < MOST_SECONDS
    assert (broken, len(filtered) > 100) == ([], True)
    assert set(changed) <= NOTED_BY_LOOKING


def filter_addresses(forms: Iterable[PageForm]) -> Iterator[str]:
    """Each list with each of its filters set: to what is offered, to no such, and twice."""
    hostile = itertools.cycle(HOSTILE.values())
    for form in forms:
        for name in form.fields:
            offered = [choice for choice in form.choices.get(name, []) if choice]
            others = {key: vals for key, vals in form.fields.items() if key != name}
            said = f"{form.action}?{urlencode(others, doseq=True)}&{quote(name)}="
            for value in [*map(quote, offered[:A_FEW]), *itertools.islice(hostile, A_FEW_MORE)]:
                yield said + value
            # Of a key that is sent twice each view takes one, or both; neither breaks it.
            yield f"{said}{HOSTILE['2^63']}&{quote(name)}={quote(offered[0] if offered else 'x')}"
