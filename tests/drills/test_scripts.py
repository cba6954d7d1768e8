"""12: markup in every text of the portal is shown as text, on every page, to everyone."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.apps import apps
from django.db import models
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import QUIET
from tests.drills.conftest import lacking
from tests.drills.crawl import crawl
from tests.drills.portal import Portal

OURS = ("coordination", "committees", "workplans", "reporting")
READERS = ("", "rla-secretariat", "kcdms-officer", "kitui-focal-point", "usaid-officer",
           "administrator")  # fmt: skip
PAGES_OF_A_READER = 100
# Markup, templates, attributes of htmx and links in turns; ``{home}`` is who listens.
PAYLOADS = (
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(2)>",
    "{{7777*3}}${7777*3}",
    "<div hx-get=/desk/ hx-trigger=load>",
    "<a href=javascript:alert(3)>x</a>",
    "</textarea><script>alert(4)</script>",
    "<b hx-on::load=alert(5) data-hx-on:load=alert(6)>",
    "[x](javascript:alert(7))",
    '"><img src={home}/image>',
    "<div data-hx-get={home}/htmx data-hx-trigger=load>",
    "<link rel=stylesheet href={home}/style>",
)
# What nobody types: it is compared with something, leads somewhere, or is read by the portal.
NOT_TEXT = {"path", "slug", "code", "key", "sha256", "small_sha256", "snapshot", "email",
            "snapshot_sha256", "claim_token", "token_hash", "password", "body", "verb", "table",
            "time_zone", "media_type", "country_code", "failure"}  # fmt: skip


def texts() -> list[tuple[str, str, int]]:
    """Table, column and length of each field that somebody writes a text into."""
    return [
        (model._meta.db_table, field.column, field.max_length or 1000)
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.unique
        and field.name not in NOT_TEXT
        and not isinstance(field, models.SlugField | models.EmailField)
    ]


def payload_for(number: int, length: int, home: str) -> str:
    """The markup for a column: another beginning in each, and as much as fills half of it."""
    turn = number % len(PAYLOADS)
    first, *more = [each.replace("{home}", home) for each in PAYLOADS[turn:] + PAYLOADS[:turn]]
    for each in more:
        if len(first) + len(each) <= length / 2:
            first += each
    return first


def fill(portal: Portal, home: str) -> int:
    """Put markup before every text; how many columns took it, whatever they promise."""
    filled = 0
    with portal.connected() as connection:
        cursor = connection.cursor()
        for number, (table, column, length) in enumerate(texts()):
            cursor.execute("SAVEPOINT before")
            try:
                cursor.execute(
                    f'UPDATE "{table}" SET "{column}" = left(%s || "{column}", %s)'  # noqa: S608 - names of our own tables
                    f" WHERE \"{column}\" <> ''",
                    [payload_for(number, length, home), length],
                )
                filled += 1
            except psycopg2.IntegrityError:
                cursor.execute("ROLLBACK TO before")
    return filled


@pytest.fixture
def home() -> Iterator[http.server.ThreadingHTTPServer]:
    """Who listens elsewhere, where nothing of ours may ask; ``heard`` holds what was asked."""
    heard: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the library's name for it

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard = heard
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser():
    executable = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not Path(executable).exists():
        lacking("No Chromium was found (set CHROMIUM=/path/to/it).")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield chromium
        chromium.close()


def test_markup_in_every_text_is_shown_as_text(portal, browser, home, figure):
    columns = fill(portal, f"http://127.0.0.1:{home.server_port}")
    portal.start_web()
    alive: list[str] = []
    broken: list[str] = []
    pages = shown = 0
    for reader in READERS:
        visitor = portal.visitor(reader)
        context = browser.new_context(base_url=portal.address)
        context.add_cookies(
            [{"name": n, "value": v, "url": portal.address} for n, v in visitor.cookies.items()]
        )
        page = context.new_page()
        watch(page, portal, alive)
        beginning = "/desk/" if reader else "/places/"
        for address, answer in crawl(visitor, "/", beginning, at_most=PAGES_OF_A_READER):
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                broken.append(f"{reader or 'anybody'} {address} {answer.status}")
            elif answer.get("Content-Type").startswith("text/html") and answer.status == 200:
                pages += 1
                page.goto(address)
                text = page.inner_text("body")
                shown += any(payload[:12] in text for payload in PAYLOADS)
                if "23331" in text:
                    alive.append(f"{address} calculates")
        context.close()
    figure(
        "12 markup in texts",
        f"{columns} columns filled, {pages} pages as {len(READERS)} readers, {shown} show it as"
        f" text; {len(alive)} signs of life, {len(home.heard)} requests to elsewhere,"
        f" {len(broken)} answers >= 500",
    )
    assert (alive, home.heard, broken) == ([], [], [])
    # Else the readers stood before closed doors.
    assert pages > 300
    assert shown > pages / 2


def watch(page: Page, portal: Portal, alive: list[str]) -> None:
    """Note whatever a payload does that is no text."""
    host = urlsplit(portal.address).netloc
    page.on("dialog", lambda dialog: (alive.append(f"{page.url} dialog"), dialog.dismiss()))
    page.on("pageerror", lambda error: alive.append(f"{page.url} {error}"))
    page.on(
        "console",
        lambda said: alive.append(f"{page.url} {said.text}") if said.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            alive.append(f"{page.url} asks for {request.url}")
            if urlsplit(request.url).netloc not in {host, ""} or request.url.endswith("/x")
            else None
        ),
    )
