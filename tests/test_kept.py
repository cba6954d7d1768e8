"""What was typed stays when its form cannot be taken (R27, R28)."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

ADDRESS = "/mechanisms/sek/plans/new/"
TYPED = {"title": "Kitui <joint> plan", "note": "First line\r\nsecond line", "place": ["a", "b"]}
OURS = {"Origin": "http://testserver"}


def kept_in(response) -> list[str]:
    return re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())


@pytest.fixture
def strict(outsider):
    """A browser of someone who is signed in, whose forms need their token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(outsider)
    return client


def test_a_form_sent_after_the_session_ended_is_kept_in_the_page(client, db):
    files = {"file": SimpleUploadedFile("list.csv", b"a,b")}
    response = client.post(ADDRESS, TYPED | files)

    assert response.status_code == 401
    assert response["Cache-Control"] == "private, no-store"
    assert [pair for pair in kept_in(response) if pair[0] != "csrfmiddlewaretoken"] == [
        ("title", "Kitui &lt;joint&gt; plan"),
        ("note", "First line\r\nsecond line"),
        ("place", "a"),
        ("place", "b"),
    ]
    assert f'action="{ADDRESS}"' in response.content.decode()
    assert "Choose them again afterwards: list.csv." in response.content.decode()


def test_a_deed_without_anything_typed_leads_to_the_door(client, db):
    assert client.post(ADDRESS)["Location"].startswith("/accounts/login/?next=")


def test_a_script_that_keeps_drafts_is_told_to_sign_in(client, db):
    response = client.post(ADDRESS, TYPED, headers={"Accept": "application/json"})

    assert response.status_code == 302


def test_htmx_is_told_to_send_the_form_the_plain_way(client, db):
    response = client.post(ADDRESS, TYPED, headers={"HX-Request": "true"})

    assert (response.status_code, response.content) == (401, b"")
    assert "HX-Redirect" not in response


def test_a_form_older_than_the_sign_in_is_sent_when_its_reader_says_so(strict):
    refused = strict.post("/mechanisms/sek/state/", TYPED, headers=OURS)

    assert refused.status_code == 403
    kept = dict(kept_in(refused))
    assert kept["note"] == TYPED["note"]
    assert strict.post("/mechanisms/sek/state/", kept, headers=OURS).status_code == 404


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", ""])
def test_what_another_site_sent_is_not_sent_on(strict, origin):
    response = strict.post(ADDRESS, TYPED, headers={"Origin": origin} if origin else {})

    assert response.status_code == 403
    assert "Kitui" not in response.content.decode()


@pytest.mark.parametrize("address", ["/accounts/login/", "/admin/login/"])
def test_a_password_is_never_kept(db, address):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address, {"login": "a@example.org", "password": "s3cret"}, headers=OURS)

    assert response.status_code == 403
    assert "s3cret" not in response.content.decode()
