"""What the pages of a report need: its texts in blocks, its photographs by their hash."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from coordination.services.typesetting import Block, blocks_of
from coordination.templatetags.interface import look_of
from reporting.models import Edition

register = template.Library()

WORD_JOINER = "\u2060"


@register.filter
def blocks(text: str) -> list[Block]:
    """The text in paragraphs, headings and lists."""
    return blocks_of(text)


@register.filter
def number(exact: str | None) -> Decimal | None:
    """An exact value of a snapshot as a number, to draw it."""
    return None if exact is None else Decimal(exact)


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
def by_status(plans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many activities of the plans stand in each status, the most frequent first."""
    standing = [row["status"] for plan in plans for row in plan["rows"]]
    counts = Counter((status["code"], status["text"]) for status in standing)
    return [
        {"label": text, "count": count, "tone": look_of(code).tone}
        for (code, text), count in counts.most_common()
    ]
