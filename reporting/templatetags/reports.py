"""What the pages of a report need: its texts in blocks, its photographs by their hash."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from coordination.services.typesetting import Block, blocks_of
from coordination.templatetags.looks import look_of
from reporting.models import Edition
from reporting.templatetags.figures import count_verdicts

register = template.Library()

WORD_JOINER = "\u2060"
# Letters that a phone shows in about six lines: to fold them would hide little and cost a touch.
SHORT = 240


@register.filter
def blocks(text: str) -> list[Block]:
    """The text in paragraphs, headings and lists."""
    return blocks_of(text)


@register.filter
def opened(text: str) -> tuple[list[Block], list[Block]]:
    """The beginning of a text, and the rest of it where that is worth folding on a phone.

    The beginning goes on until a paragraph or a list has been read: a heading alone says nothing.
    """
    every = blocks_of(text)
    first = next((n for n, block in enumerate(every, 1) if block.kind != "heading"), len(every))
    rest = every[first:]
    if sum(len(line) for block in rest for line in block.lines) <= SHORT:
        return every, []
    return every[:first], rest


@register.filter
def number(exact: str | None) -> Decimal | None:
    """An exact value of a snapshot as a number, to draw it."""
    return None if exact is None else Decimal(exact)


@register.simple_tag
def printed(cell: Mapping[str, Any] | None) -> SafeString | str:
    """A figure of a snapshot on paper, where thousands of them stand in tables (R4).

    0 is 0; what is missing is "–" with its reason; a carried stock bears its date, and one that is
    carried in part says how much of it is.
    """
    if not cell:  # an older snapshot may lack it
        return ""
    if absence := cell.get("absence"):
        if absence == "later":
            return mark_safe('<span class="none">·</span>')
        return format_html('<span class="none">–</span> <small>{}</small>', cell["reason"])
    mark, note = cell.get("mark"), carried_note(cell)
    return format_html(
        "{}{}{}",
        cell["text"],
        format_html("<sup>{}</sup>", mark) if mark else "",
        format_html(" <small>{}</small>", note) if note else "",
    )


@register.simple_tag
def verdict_mark(verdict: Mapping[str, str] | None) -> SafeString | str:
    """How something stands, on paper: its shape and its word; nothing where that is not judged.

    The shape is an element, since the renderer works out the style of ``::before`` anew each time.
    """
    if not verdict:
        return ""
    mark = '<span class="verdict verdict-{}"><i></i>{}</span>'
    return format_html(mark, verdict["code"], verdict["text"])


def carried_note(cell: Mapping[str, Any]) -> str:
    """Of which day a carried stock is, or how many of its values are of earlier quarters."""
    if as_of := cell.get("as_of"):
        return _("as at %(day)s") % {"day": as_of["text"]}
    if cell.get("carried"):
        return _("%(carried)s of %(values)s values from earlier quarters") % cell
    return ""


@register.simple_tag
def explained_at(edition: Edition, indicator: Mapping[str, Any], span: str, **part: str) -> str:
    """Where a figure of the edition is explained; ``part`` is ``kind`` and ``key`` of its part."""
    kind, key = part.get("kind", ""), part.get("key", "")
    address = reverse(
        "edition-figure", args=[edition.report.slug, edition.number, indicator["code"]]
    )
    asked = {"span": span, "version": indicator["version"], **({kind: key} if key else {})}
    return f"{address}?{urlencode(asked)}"


@register.filter
def beside(left: Iterable[Any], right: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Two lists of the same length, walked together."""
    return zip(left, right, strict=True)


@register.filter
def entry(mapping: Mapping[str, Any], key: str) -> Any:
    """What stands under the key; "" when nothing does."""
    return mapping.get(key, "")


@register.filter
def unbroken(text: str) -> str:
    """The text with its dashes kept on one line with what they join."""
    return text.replace("–", f"{WORD_JOINER}–{WORD_JOINER}")


@register.filter
def by_result(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The performance data under the results that they measure, with the verdicts on each."""
    areas = groupby(rows, key=lambda row: row.get("result_area", ""))
    grouped = [(area or _("Other indicators"), list(members)) for area, members in areas]
    return [
        {
            "name": name,
            "rows": members,
            "verdicts": count_verdicts(
                (row["verdict"]["code"], row["verdict"]["text"]) for row in members
            ),
        }
        for name, members in grouped
    ]


@register.filter
def by_status(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many activities of the plans stand in each status, the most frequent first."""
    standing = [row["status"] for plan in plans for row in plan["rows"]]
    counts = Counter((status["code"], status["text"]) for status in standing)
    return [
        {"label": text, "count": count, "tone": look_of(code).tone}
        for (code, text), count in counts.most_common()
    ]
