"""What an attacker has: every address, every form on every page, and patience."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.test_rights import MATRIX, fill, world  # noqa: F401 - a fixture

# What one row of a form takes, the next takes as well.
A_LATER_ROW = re.compile(r"-[1-9]\d*-")
# What a visit writes without doing a deed.
VISITED = {"sessions.Session", "usersessions.UserSession", "contenttypes.ContentType"}
# What a form needs besides what was forged, so that nothing else refuses it.
TYPED = {"email": "new@example.org", "code": "KTI-99"}


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes, what it holds, what may be chosen."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)  # what a person writes into


class FormParser(HTMLParser):
    """Reads the forms of a page, controls outside of their form included."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[PageForm] = []
        self.named: dict[str, PageForm] = {}
        self.open: PageForm | None = None
        self.select: tuple[PageForm, str] | None = None
        self.text: tuple[PageForm, str] | None = None

    def handle_starttag(  # noqa: C901 - one branch a kind of control
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.address, given.get("action", ""))
            self.open = PageForm(action, given.get("method", "get").lower())
            self.forms.append(self.open)
            self.named[given.get("id", "")] = self.open
            return
        form = self.named.get(given["form"]) if "form" in given else self.open
        name = given.get("name", "")
        if tag == "option" and self.select:
            owner, name = self.select
            owner.choices[name].append(given.get("value", ""))
            if "selected" in given:
                owner.fields[name] = [given.get("value", "")]
        if form is None or not name:
            return
        if tag == "select":
            form.fields.setdefault(name, [""])
            form.choices.setdefault(name, [])
            self.select = (form, name)
        elif tag == "textarea":
            form.fields[name] = [""]
            form.typed.add(name)
            self.text = (form, name)
        elif tag == "input" and given.get("type") == "file":
            form.files.append(name)
        elif tag == "input" and given.get("type") in {"checkbox", "radio"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input":
            form.fields.setdefault(name, []).append(given.get("value", ""))
            if given.get("type", "text") not in {"hidden", "submit", "password"}:
                form.typed.add(name)

    def handle_data(self, data: str) -> None:
        if self.text:
            form, name = self.text
            form.fields[name] = [form.fields[name][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.text:
            form, name = self.text
            # As a browser does: the line end that a text area begins with is none of its text.
            form.fields[name] = [form.fields[name][0].removeprefix("\n")]
            self.text = None


def forms_on(address: str, response: Any) -> list[PageForm]:
    """The forms of a page that belong to the portal itself."""
    if not response.get("Content-Type", "").startswith("text/html"):
        return []
    parser = FormParser(address)
    parser.feed(response.content.decode())
    return parser.forms


@dataclass(frozen=True)
class Address:
    """One address of the matrix, and one who gets there with each method."""

    name: str
    url: str
    rules: dict[str, Any]

    def role(self, method: str) -> str | None:
        """Somebody who gets through with this method, a person rather than the public."""
        rule = self.rules.get(method)
        if rule is None:
            return None
        roles = [role for role in rule.get("ok", []) if role not in {"public", "others"}]
        return roles[0] if roles else "administrator" if "others" in rule.get("ok", []) else None


@pytest.fixture
def addresses(world) -> list[Address]:  # noqa: F811 - the fixture
    """Every address of the portal's own, filled from the world."""
    return [
        Address(
            name,
            reverse(name, args=[fill(world, one) for one in rules.get("args", [])])
            + rules.get("query", ""),
            rules,
        )
        for name, rules in sorted(MATRIX.items())
    ]


@pytest.fixture
def as_(cast):
    """A client of each role, signed in once: ``as_("secretary")``."""
    clients: dict[str, Client] = {}

    def client_of(role: str) -> Client:
        if role not in clients:
            clients[role] = Client(raise_request_exception=False)
            if role != "public":
                clients[role].force_login(cast[role])
        return clients[role]

    return client_of


@pytest.fixture
def own_forms(addresses, as_):
    """Every form on every page, with a role that is shown it."""
    found: dict[tuple[str, str], tuple[str, PageForm]] = {}
    for address in addresses:
        role = address.role("GET")
        if role is None:
            continue
        for one in forms_on(address.url, as_(role).get(address.url)):
            names = ",".join(sorted({*one.fields, *one.files}))
            found.setdefault((one.action, names), (role, one))
    return list(found.values())


def completed(form: PageForm) -> dict[str, list[str]]:
    """The form's fields, those that are empty filled with what may stand there."""
    filled = {name: list(values) for name, values in form.fields.items()}
    for name, values in filled.items():
        offered = [choice for choice in form.choices.get(name, []) if choice]
        if any(values) or name.startswith(("initial-", "partners-")):
            continue
        date = "2021-02-01" if name.endswith("_on") else "Said."
        filled[name] = offered[:1] or [TYPED.get(name, date)]
    return filled


def undone(send) -> Any:
    """What ``send`` answers; whatever it did is rolled back."""
    with transaction.atomic():
        response = send()
        transaction.set_rollback(True)
    return response


def checksums() -> dict[str, str]:
    """A hash of the rows of each table, the traces of a mere visit left out."""
    return {
        model._meta.label: hashlib.sha256(
            repr(sorted(model._base_manager.values_list(), key=repr)).encode()
        ).hexdigest()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in VISITED
    }
