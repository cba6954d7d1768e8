"""The papers of a review, drawn from a snapshot alone: the same one gives the same HTML (R21)."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from coordination.services.snapshots import Snapshot
from coordination.services.spreadsheets import Table, to_csv
from coordination.services.typesetting import breakable, data_address, faces_for

TEMPLATE = "reporting/pdf/review.html"
# Behind the text of every page of the internal paper.
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600" viewBox="0 0 600 600">'
    '<text x="300" y="330" text-anchor="middle" font-family="sans-serif" font-weight="700"'
    ' font-size="110" fill="#f7ece5" transform="rotate(-40 300 300)">{word}</text></svg>'
)


def draw_review(snapshot: Snapshot) -> str:
    """The paper as one HTML page without outside parts, ready to be printed."""
    contents = breakable(snapshot.contents)
    with translation.override(contents["language"]):
        is_internal = contents["audience"] == "internal"
        word = _("INTERNAL")
        context = {
            "contents": contents,
            "snapshot_sha256": snapshot.sha256,
            "direction": "rtl" if get_language_info(contents["language"])["bidi"] else "ltr",
            "faces": faces_for(snapshot.text),
            "words": {"page": _("Page"), "of": _("of"), "draft": word if is_internal else ""},
            "mark": data_address("image/svg+xml", MARK.format(word=word).encode())
            if is_internal
            else "",
        }
        return render_to_string(TEMPLATE, context)


def activities_csv(snapshot: Snapshot) -> bytes:
    """One row for each activity; each row says which review it is of (R23)."""
    contents = snapshot.contents
    with translation.override(contents["language"]):
        return to_csv(_table(contents))


def _table(contents: dict[str, Any]) -> Table:
    head = [
        contents["mechanism"]["name"],
        contents["review"]["title"],
        contents["plan"]["place"],
        contents["period"]["text"],
        contents["cut_off"]["text"],
    ]
    return Table(
        name=_("Activities"),
        columns=[
            _("Mechanism"), _("Plan"), _("Place"), _("Quarter"), _("As at"), _("Sector"),
            _("Code"), _("Title"), _("Line of the CIDP or ADP"), _("Lead organisation"),
            _("Co-implementers"), _("Places"),
            _("Planned"), _("In truth"), _("Status"), _("Percent complete"),
            _("Reason of the status"), _("What was done"), _("Planned next step"),
            _("Progress update"),
        ],
        rows=[
            [
                *head, sector["name"], row["code"], row["title"], row["line"]["text"],
                row["lead"],
                "; ".join(row["partners"]), "; ".join(row["places"]), row["planned"], row["real"],
                row["status"]["text"], row["percent"], row["reason"], row["done"],
                row["next_step"], _received(row["update"]),
            ]
            for sector in contents["sectors"]
            for row in sector["rows"]
        ],
    )  # fmt: skip


def _received(update: str) -> str:
    words = {"received": _("received"), "missing": _("missing"), "not_due": _("not due")}
    return words[update]
