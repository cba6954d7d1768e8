"""Every address that links lead to, followed by one visitor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.drills.visitor import Answer, Visitor

LINK = re.compile(r'(?:href|src|hx-get|action)="(/[^"#]*)')
# Where a visit does something, or leads in circles.
LEFT_OUT = ("/static/", "/accounts/logout/", "/i18n/", "/admin/", "/accounts/")


def crawl(visitor: Visitor, *beginnings: str, at_most: int = 400) -> Iterator[tuple[str, Answer]]:
    """Each address within the portal, files too, with what it answers."""
    waiting, seen = list(beginnings), set(beginnings)
    while waiting and len(seen) <= at_most + len(waiting):
        address = waiting.pop(0)
        answer = visitor.get(address)
        yield address, answer
        if not answer.get("Content-Type").startswith("text/html"):
            continue
        for link in LINK.findall(answer.text):
            plain = link.replace("&amp;", "&")
            if plain not in seen and not plain.startswith(LEFT_OUT):
                seen.add(plain)
                waiting.append(plain)
