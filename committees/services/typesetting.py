"""Pages of minutes and guides, drawn from a snapshot alone: the same one gives the same HTML."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from committees.models import Minutes
from coordination.services.snapshots import Snapshot
from coordination.services.typesetting import breakable, data_address, faces_for

TEMPLATES = {
    "baraza/minutes/1": "committees/pdf/minutes.html",
    "baraza/committee-guide/1": "committees/pdf/guide.html",
}
# Behind the text of every page of what is not confirmed.
MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600" viewBox="0 0 600 600">'
    '<text x="300" y="330" text-anchor="middle" font-family="sans-serif" font-weight="700"'
    ' font-size="130" fill="#f7ece5" transform="rotate(-40 300 300)">{word}</text></svg>'
)


def draw_printout(snapshot: Snapshot) -> str:
    """The paper as one HTML page without outside parts, ready to be printed."""
    contents = breakable(snapshot.contents)
    with translation.override(contents["language"]):
        status = contents.get("status")
        is_draft = bool(status) and status["state"] != Minutes.State.CONFIRMED
        word = _("DRAFT")
        context = {
            "contents": contents,
            "snapshot_sha256": snapshot.sha256,
            "direction": "rtl" if get_language_info(contents["language"])["bidi"] else "ltr",
            "faces": faces_for(snapshot.text),
            "words": {"page": _("Page"), "of": _("of"), "draft": word if is_draft else ""},
            "mark": data_address("image/svg+xml", MARK.format(word=word).encode())
            if is_draft
            else "",
        }
        return render_to_string(TEMPLATES[contents["schema"]], context)
