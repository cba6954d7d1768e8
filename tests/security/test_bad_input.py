"""Bad input on every form: said at its field, what was typed still there, nothing half saved (R28).

Each form of each page is sent with each of its fields spoilt in turn, as somebody who may send it;
of rows that are alike, those of the first.
`FUZZ=all` takes every hostile value for every field; otherwise each field gets one of them.
"""

from __future__ import annotations

import html
import os
import re
import zlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from tests.security.conftest import A_LATER_ROW, PageForm, checksums

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

SPOILT = {
    "empty": "",
    "spaces": "   ",
    "long": "x" * 20_000,
    "not a number": "NaN",
    "infinite": "1e309",
    "too large": "9" * 40,
    "below zero": "-3",
    "a fraction": "12.7",
    "underscore": "1_000",
    "full width": "１２３",
    "no day": "2021-02-30",
    "last day": "9999-12-31",
    "markup": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://x","y")',
    "quotes": "'\";--",
    "right to left": "\u202efdp",
    "emoji": "🌾" * 40,
    "NUL": "a\0b",
    "lone surrogate": "%ED%A0%80",
}
PLAIN = "application/x-www-form-urlencoded"
REFUSED = {200, 409, 422}
# What the browser sends beside a person's own words.
SILENT = {"csrfmiddlewaretoken", "next", "seen", "version"}


@dataclass
class Findings:
    """What went wrong, by kind."""

    sent: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


def values_for(form: PageForm, name: str) -> dict[str, str]:
    """Every spoilt value, or one that differs from field to field and not from run to run."""
    if os.environ.get("FUZZ") == "all":
        return SPOILT
    label = [*SPOILT][zlib.crc32(f"{form.action}{name}".encode()) % len(SPOILT)]
    return {label: SPOILT[label]}


def send(client: Client, form: PageForm, name: str, value: str) -> Any:
    fields = {**form.fields, name: [value]}
    content = urlencode(fields, doseq=True)
    if value == SPOILT["lone surrogate"]:
        content = content.replace("%25", "%")
    return client.generic("POST", form.action, content, content_type=PLAIN)


def is_said(page: str, name: str) -> bool:
    """Whether the page has an error, at the field or in the summary above the form."""
    control = re.search(rf'<(?:input|textarea|select)[^>]*name="{re.escape(name)}"[^>]*>', page)
    at_field = control is not None and 'aria-invalid="true"' in control[0]
    return at_field or "error-summary" in page or "invalid-feedback" in page


def test_what_is_wrong_is_said_and_what_was_typed_stays(own_forms, as_, figure):
    found, before = Findings(), checksums()
    asked: set[frozenset[str]] = set()
    for role, form in own_forms:
        names = frozenset(form.typed - SILENT)
        # A form of many fields is the same one where a thing is made and where it is changed.
        if form.method != "post" or (len(names) > 2 and names in asked):
            continue
        asked.add(names)
        for name in sorted(names):
            if A_LATER_ROW.search(name):
                continue
            for label, value in values_for(form, name).items():
                shoot(found, as_(role), form, name, value, f"{role} {form.action} {name}: {label}")
    after = checksums()
    half_saved = sorted(table for table, sum_of in before.items() if after[table] != sum_of)
    figure(
        "14 every form, every field",
        f"{found.sent} spoilt, {found.refused} refused at the form, {len(found.broken)} ≥ 500,"
        f" {len(found.lost)} lost what was typed, {len(half_saved)} tables half saved",
    )
    assert found.refused > found.sent / 10
    assert [found.broken, half_saved, found.unsaid, found.lost] == [[], [], [], []]


def shoot(
    found: Findings, client: Client, form: PageForm, name: str, value: str, words: str
) -> None:
    """Send it; judge the answer by what a person would see of it."""
    found.sent += 1
    with transaction.atomic():
        answer = send(client, form, name, value)
        # What was refused is left as it lies: nothing of it may be saved.
        transaction.set_rollback(answer.status_code not in REFUSED)
    if answer.status_code >= 500:
        found.broken.append(f"{answer.status_code} {words}")
    if answer.status_code not in REFUSED:
        return
    found.refused += 1
    page = answer.content.decode()
    if not is_said(page, name):
        found.unsaid.append(words)
    typed = value != SPOILT["lone surrogate"] and value.strip()  # which no page can show again
    if typed and html.escape(typed[:200]) not in page:
        found.lost.append(words)
