"""A passkey, from a phone that the browser plays: added, used to sign in, and removed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import DESK, sign_in

PHONE_WITH_A_FINGERPRINT = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SIGNATORY = "kcdms-signatory"


@pytest.fixture
def open_with_keys(browser, portal):
    """A page of a browser that has a platform authenticator, at this host of the portal."""
    contexts = []

    def open_page(host):
        address = portal.replace("127.0.0.1", host)
        context = browser.new_context(base_url=address, viewport=DESK, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {"options": PHONE_WITH_A_FINGERPRINT}
        page.authenticator = devtools.send("WebAuthn.addVirtualAuthenticator", options)
        page.devtools = devtools
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_passkey_is_added_signs_in_alone_and_is_removed(open_with_keys, look):
    page = open_with_keys("localhost")
    sign_in(page, SIGNATORY)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill("demo-signed-paper")
    page.get_by_role("button", name="Confirm").click()
    look(page)
    page.get_by_label("Name").fill("Phone")
    expect(page.get_by_label("Sign in with this key alone")).to_be_checked()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/desk/")

    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_role("row", name=re.compile("Phone.*Passkey"))).to_be_visible()
    page.get_by_role("link", name="Remove Phone").click()
    # What changes the way in asks again who it is; the key itself answers that, too.
    page.get_by_role("link", name="Use a security key").click()
    look(page)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No keys yet")).to_be_visible()


def test_a_browser_that_gives_no_key_says_why(open_with_keys, look):
    at_a_number = open_with_keys("127.0.0.1")
    at_a_number.goto("/accounts/login/")
    at_a_number.get_by_role("button", name="Sign in with a passkey").click()
    expect(at_a_number.get_by_role("alert")).to_contain_text("Open the demonstration at localhost")
    look(at_a_number)

    without_a_key = open_with_keys("localhost")
    without_a_key.devtools.send(
        "WebAuthn.setUserVerified", without_a_key.authenticator | {"isUserVerified": False}
    )
    without_a_key.goto("/accounts/login/")
    without_a_key.get_by_role("button", name="Sign in with a passkey").click()
    expect(without_a_key.get_by_role("alert")).to_contain_text("No key was given")
