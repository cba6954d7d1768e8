"""What the pages of a report need: its texts in blocks, its photographs by their hash."""

from collections.abc import Mapping
from typing import Any

from django import template

from reporting.services.drawing import Block, blocks_of

register = template.Library()


@register.filter
def blocks(text: str) -> list[Block]:
    """The text in paragraphs, headings and lists."""
    return blocks_of(text)


@register.filter
def entry(mapping: Mapping[str, Any], key: str) -> Any:
    """What stands under the key; "" when nothing does."""
    return mapping.get(key, "")
