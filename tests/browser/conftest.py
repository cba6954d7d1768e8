"""A whole portal for the journeys: its own processes, the demo's data, and a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 400
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a critic finds, without what he finds in order. A table's later rows are made as its first.
FAULTS = """(asked) => axe.run(
    {exclude: ['tbody > tr:nth-child(n+5)']}, {resultTypes: ['violations'], ...asked}
).then(found => found.violations)"""
IN_FULL: dict[str, object] = {}
BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
# What hangs on the width of a page: how large and how near each other things to touch are, and what
# can be scrolled. All that a phone shows is looked at in full by test_looks.py.
BY_WIDTH = {"runOnly": ["target-size", "scrollable-region-focusable"]}
PHONE = {"width": 360, "height": 740}
TABLET = {"width": 800, "height": 900}
DESK = {"width": 1280, "height": 900}
# A4 at 96 dots an inch, and what the margins of 14 mm leave of it.
PAPER, PRINTED = {"width": 794, "height": 1123}, 688


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """Where the portal keeps what it holds: a copy of the demo that was loaded, if one was.

    PORTAL_DATA names that of one that runs already.
    """
    if running := os.environ.get("PORTAL_DATA"):
        return Path(running)
    own = tmp_path_factory.mktemp("portal")
    if loaded := os.environ.get("PORTAL_DEMO"):
        shutil.copytree(loaded, own, dirs_exist_ok=True)
    return own


@pytest.fixture(scope="session")
def portal(data) -> Iterator[str]:
    """The address of a running demo: web, worker and scheduler as `make demo` starts them.

    PORTAL_URL names one that runs already, for who writes a journey.
    """
    if running := os.environ.get("PORTAL_URL"):
        yield running
        return
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    address = f"http://127.0.0.1:{port}"
    environment = inherited | {
        "DEMO": "1",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{data}/baraza.sqlite3",
        "REDIS_URL": "",
        "LANGUAGES": "en,ur",
        "PORT": str(port),
        "PUBLIC_URL": address,
    }
    with (data / "portal.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "portal"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_live(address, process, data / "portal.log")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def wait_until_live(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/livez", timeout=2):  # noqa: S310 - our own
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"The portal did not start:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not Path(executable).exists():
        pytest.skip(f"No browser at {executable}; set CHROMIUM.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield chromium
        chromium.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(portal, browser) -> Iterator[Visit]:
    """Open a page as somebody, in a context of his own: ``visit("/desk/", as_="Secretariat")``.

    A script error or a refused resource on any page fails the test.
    """
    contexts, complaints = [], []

    def open_page(path: str = "/", *, as_: str = "", viewport: dict[str, int] = DESK) -> Page:
        context = browser.new_context(base_url=portal, viewport=viewport, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                complaints.append(f"{page.url}: {message.text}")
                if message.type == "error"
                else None
            ),
        )
        if as_:
            sign_in(page, as_)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Page, post: str) -> None:
    """Sign in as the demo's holder of a post."""
    from config.demo.accounts import ACCOUNTS  # noqa: PLC0415 - needs Django's settings

    account = next(account for account in ACCOUNTS if account.key == post)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture(scope="session")
def look() -> Callable[..., None]:
    """Look at a page as a critic does: no fault for axe, no sideways scroll, room for all on A4."""
    axe = Axe()

    def at_both_widths(page: Page, *, as_phone: bool = False, is_alike: bool = False) -> None:
        """A phone in full where asked.

        Of a page made of what others are made of, neither colours nor paper.
        """
        before = page.viewport_size
        page.evaluate(axe.axe_script)
        for viewport in (PHONE, TABLET, DESK):
            page.set_viewport_size(viewport)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], f"{page.url} scrolls sideways at {viewport}"
            if viewport == PHONE and not is_alike:
                is_in_order(page, IN_FULL if as_phone else BY_WIDTH)
        is_in_order(page, BUT_COLOURS if is_alike else IN_FULL)
        # A sheet for the wall sets its own paper, larger than A4 upright.
        if not is_alike and not page.locator(".wall").count():
            fits_on_paper(page)
        page.set_viewport_size(before)

    return at_both_widths


def is_in_order(page: Page, asked: dict[str, object]) -> None:
    faults = AxeResults({"violations": page.evaluate(FAULTS, asked)})
    assert faults.violations_count == 0, f"{page.url}\n{faults.generate_report()}"


def fits_on_paper(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    # Paper has the rules of a wide screen, and the room between its margins.
    page.evaluate(f"document.documentElement.style.width = '{PRINTED}px'")
    width = page.evaluate("Math.round(document.body.scrollWidth)")
    page.evaluate("document.documentElement.style.width = ''")
    assert width <= PRINTED, f"{page.url} does not fit on A4"
    page.emulate_media(media="screen")
