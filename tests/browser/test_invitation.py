"""Somebody is invited, opens the letter on a phone, and is in office."""

from __future__ import annotations

import email
import email.policy
import re
import time

import pytest
from playwright.sync_api import expect

from .conftest import PHONE

ADDRESS = "second-officer@example.org"
SECONDS_FOR_A_LETTER = 60


@pytest.fixture
def letter_to(data):
    """The words of the letter that goes to an address, once it is sent."""

    def wait(address):
        until = time.monotonic() + SECONDS_FOR_A_LETTER
        while time.monotonic() < until:
            for file in (data / "mail").glob("*"):
                letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                if letter["To"] == address:
                    return letter.get_content()
            time.sleep(0.5)
        pytest.fail(f"No letter to {address} in {data / 'mail'}")

    return wait


def test_who_is_invited_opens_an_account_and_is_in_office(visit, look, letter_to):
    secretariat = visit("/mechanisms/sek/people/", as_="rla-secretariat")
    secretariat.get_by_role("link", name="Invite someone").click()
    secretariat.get_by_label("Post").fill("Second data officer, KIM")
    secretariat.get_by_label("E-mail address").fill(ADDRESS)
    secretariat.get_by_label("Role").select_option(label="Partner data officer")
    organisations = secretariat.get_by_label("Organisation")
    [kim] = [name for name in organisations.locator("option").all_inner_texts() if "KIM" in name]
    organisations.select_option(label=kim)
    secretariat.get_by_role("button", name="Send the invitation").click()
    expect(secretariat.get_by_text(f"Invitation sent to {ADDRESS}.")).to_be_visible()

    link = re.search(r"https?://\S+/invitation/\S+", letter_to(ADDRESS)).group()
    invited = visit(link, viewport=PHONE)
    expect(invited.get_by_text("Partner data officer, KIM")).to_be_visible()
    look(invited)
    invited.get_by_role("link", name="Create your account").click()
    invited.get_by_label("Password", exact=True).fill("nine green lorries")
    invited.get_by_label("Password (again)").fill("nine green lorries")
    invited.get_by_role("button", name="Open the account").click()
    expect(invited.get_by_text("You are in office: Partner data officer, KIM.")).to_be_visible()

    # The letter opens the door once.
    expect(visit(link).get_by_text("This invitation has been accepted already.")).to_be_visible()
