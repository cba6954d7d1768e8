"""Pages drawn from a snapshot alone (R21): the same snapshot gives the same HTML, to the letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from coordination.services.snapshots import Snapshot
from coordination.services.storage import ContentLost, intact_content
from coordination.services.typesetting import breakable, code_of, data_address, faces_for

TEMPLATE = "reporting/pdf/quarterly.html"


def draw_pages(snapshot: Snapshot, pictures: Mapping[str, str]) -> str:
    """The report as one HTML page without outside parts, ready to be printed.

    ``pictures`` gives a ``data:`` address for the SHA-256 of each photograph in the snapshot.
    """
    contents = breakable(snapshot.contents)
    context = {
        **contents,
        "snapshot_sha256": snapshot.sha256,
        "direction": "rtl" if get_language_info(contents["language"])["bidi"] else "ltr",
        "report_code": code_of(contents["report"]["address"]),
        "words": {"page": _("Page"), "of": _("of")},
        "chapters": [_with_tables(chapter, contents["tables"]) for chapter in contents["chapters"]],
        "current": [each["is_current"] for each in contents["year"]["quarters"]].index(True),
        "pictures": pictures,
        "faces": faces_for(snapshot.text),
    }
    with translation.override(contents["language"]):
        return render_to_string(TEMPLATE, context)


def pictures_of(snapshot: Snapshot) -> dict[str, str]:
    """The snapshot's photographs as ``data:`` addresses, by their SHA-256.

    Raises ContentLost, and StorageAway.
    """
    return {
        picture["sha256"]: data_address(picture["media_type"], _intact(picture))
        for picture in snapshot.contents["tables"]["photographs"]
    }


def _with_tables(chapter: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    """The chapter with its tables; a text that reporters do not feed is left out when empty."""
    parts = [
        part
        if part["kind"] == "text"
        else {
            **part,
            "template": f"reporting/pdf/{part['code']}.html",
            "table": tables.get(part["code"]),
        }
        for part in chapter["parts"]
        if part["kind"] == "table" or part["text"] or part["is_reported"]
    ]
    return {**chapter, "parts": parts}


def _intact(picture: Mapping[str, str]) -> bytes:
    content = intact_content(picture["path"], picture["sha256"])
    if content is None:
        raise ContentLost(picture["path"])
    return content
