"""Search over what bodies keep, each kind by who may read it (R24).

On PostgreSQL by its full-text search: words in their forms, ranked, with an excerpt. On SQLite a
plain one: every word must occur as it is typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import (
    ActionItem,
    AgendaItem,
    Body,
    Decision,
    Document,
    Escalation,
    Memo,
    Minutes,
    Notification,
    Terms,
    bodies_read_by,
    held_by,
)
from committees.models.search import CONFIGURATION, SearchText
from coordination.models import Visitor

# Of each kind the best; who looks for more adds a word.
MOST = 10
WORD = re.compile(r"\w+")
# Words of an excerpt; letters around a word on SQLite.
EXCERPT, AROUND = 30, 90
# Around a word that was found: signs that no text holds, turned into marks by the template.
BEGIN, END = "\x02", "\x03"


@dataclass(frozen=True)
class Piece:
    """Some words of an excerpt, marked where they were looked for."""

    text: str
    is_found: bool


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    url: str
    note: str
    excerpt: list[Piece]


@dataclass(frozen=True)
class HitList:
    """What was found of one kind, the best first; ``has_more`` when not all are shown."""

    key: str
    heading: Any
    hits: list[Hit]
    has_more: bool


@dataclass(frozen=True)
class Source:
    """One kind of thing: who reads which, the fields that are searched, how a hit is told."""

    key: str
    heading: Any
    rows: Callable[[Visitor], QuerySet[Any]]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    tell: Callable[[Any], tuple[str, str, str]]


def minutes_read_by(user: Visitor) -> QuerySet[AgendaItem]:
    """Items whose minutes the user reads; restricted ones for who reads the body's papers alone."""
    open_to = Q(is_restricted=False) | held_by(bodies_read_by(user), meeting="meeting")
    items = AgendaItem.objects.filter(meeting__minutes__in=Minutes.objects.visible_to(user))
    return items.filter(open_to).select_related("meeting__body__mechanism")


SOURCES = (
    Source(
        "documents", _("Documents"),
        lambda user: Document.objects.visible_to(user).select_related("mechanism", "body"),
        ("title",), ("summary",),
        lambda row: (row.title, row.get_absolute_url(), str(row.body or row.mechanism)),
    ),
    Source(
        "decisions", _("Decisions"),
        lambda user: Decision.objects.visible_to(user).select_related("body__mechanism"),
        (), ("text",),
        lambda row: (row.reference, row.get_absolute_url(), str(row.body.mechanism)),
    ),
    Source(
        "minutes", _("Minutes"), minutes_read_by, ("title",), ("minutes_text",),
        lambda row: (row.title, reverse("minutes-detail", args=[row.meeting_id]), str(row.meeting)),
    ),
    Source(
        "memos", _("Action memos"),
        lambda user: Memo.objects.visible_to(user).select_related("mechanism"),
        ("title", "topic"), ("findings", "legal_reference"),
        lambda row: (str(row), row.get_absolute_url(), str(row.mechanism)),
    ),
    Source(
        "actions", _("Action items"),
        lambda user: ActionItem.objects.visible_to(user).select_related("body__mechanism"),
        (), ("text",),
        lambda row: (str(row), row.get_absolute_url(), str(row.body.mechanism)),
    ),
    Source(
        "escalations", _("Escalations"),
        lambda user: Escalation.objects.visible_to(user).select_related("mechanism"),
        ("title",), ("text", "answer"),
        lambda row: (row.title, row.get_absolute_url(), str(row.mechanism)),
    ),
    Source(
        "bodies", _("Committees and other bodies"),
        lambda user: Body.objects.visible_to(user).select_related("mechanism"),
        ("name", "short_name"), ("purpose", "duties"),
        lambda row: (row.name, row.get_absolute_url(), str(row.mechanism)),
    ),
    Source(
        "terms", _("Terms of reference"),
        lambda user: Terms.objects.visible_to(user).in_full(),
        (), ("purpose", "functions", "composition"),
        lambda row: (str(row), row.get_absolute_url(), str(row.mechanism)),
    ),
    Source(
        "notifications", _("Notifications"),
        lambda user: Notification.objects.visible_to(user).select_related("mechanism"),
        ("subject", "number"), ("copies_to", "gazette"),
        lambda row: (row.subject, row.get_absolute_url(), str(row.mechanism)),
    ),
)  # fmt: skip


def search_for(words: str, user: Visitor) -> list[HitList]:
    """What the user may read of each kind where the words occur; no kind without a hit."""
    words = " ".join(words.split())
    if not words:
        return []
    ask = _ranked if connection.vendor == "postgresql" else _plain
    lists = []
    for source in SOURCES:
        rows = list(ask(source, source.rows(user), words)[: MOST + 1])
        if rows:
            hits = [_hit(source, row, words) for row in rows[:MOST]]
            lists.append(HitList(source.key, source.heading, hits, len(rows) > MOST))
    return lists


def _ranked(source: Source, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """By PostgreSQL: titles weigh more than texts; "or", "-" and quotation marks work.

    So do beginnings of words. The condition is what the models' indexes are over; only what is
    found is weighed.
    """
    query = SearchQuery(words, config=CONFIGURATION, search_type="websearch")
    weighed: Any = SearchText(*source.texts, weight="B")
    if source.titles:
        weighed = SearchText(*source.titles, weight="A") + weighed
    found = Q(searched=query)
    if begun := " & ".join(f"{word}:*" for word in WORD.findall(words)):
        found |= Q(searched=SearchQuery(begun, config=CONFIGURATION, search_type="raw"))
    ranked: QuerySet[Any] = (
        rows.annotate(searched=SearchText(*source.titles, *source.texts))
        .filter(found)
        .annotate(rank=SearchRank(weighed, query))
        .annotate(
            headline=SearchHeadline(
                _joined(source.texts), query, config=CONFIGURATION, start_sel=BEGIN,
                stop_sel=END, max_words=EXCERPT, min_words=EXCERPT // 2,
            )
        )
        .order_by("-rank", "-pk")
    )  # fmt: skip
    return ranked


def _plain(source: Source, rows: QuerySet[Any], words: str) -> QuerySet[Any]:
    """Every word somewhere in its fields; the newest first."""
    return rows.filter(_all_in(source.titles + source.texts, words.split())).order_by("-pk")


def _all_in(fields: tuple[str, ...], words: list[str]) -> Q:
    """The condition that each of the words occurs in one of the fields."""
    if not fields:
        return Q(pk__in=[])
    condition = Q()
    for word in words:
        somewhere = Q()
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": word})
        condition &= somewhere
    return condition


def _joined(fields: tuple[str, ...]) -> Any:
    if len(fields) == 1:
        return F(fields[0])
    parts: list[Any] = [fields[0]]
    for field in fields[1:]:
        parts += [Value(" "), field]
    return Concat(*parts, output_field=TextField())


def _hit(source: Source, row: Any, words: str) -> Hit:
    headline = getattr(row, "headline", None)
    if headline is None:
        text = " ".join(str(getattr(row, field)) for field in source.texts)
        headline = _excerpt(text, words.split())
    return Hit(*source.tell(row), _pieces(" ".join(headline.split())))


def _excerpt(text: str, words: list[str]) -> str:
    """The words around the first that occurs, marked as PostgreSQL marks them."""
    low = text.lower()
    found = [place for word in words if (place := low.find(word.lower())) >= 0]
    begin = max(min(found) - AROUND, 0) if found else 0
    begin = text.find(" ", begin) + 1 if begin else 0
    excerpt = text[begin : begin + 2 * AROUND]
    for word in words:
        place = excerpt.lower().find(word.lower())
        if place >= 0:
            end = place + len(word)
            excerpt = f"{excerpt[:place]}{BEGIN}{excerpt[place:end]}{END}{excerpt[end:]}"
    return ("…" if begin else "") + excerpt + ("…" if begin + 2 * AROUND < len(text) else "")


def _pieces(headline: str) -> list[Piece]:
    first, *marked = headline.split(BEGIN)
    pieces = [Piece(first, is_found=False)]
    for part in marked:
        found, _end, rest = part.partition(END)
        pieces += [Piece(found, is_found=True), Piece(rest, is_found=False)]
    return [piece for piece in pieces if piece.text]
