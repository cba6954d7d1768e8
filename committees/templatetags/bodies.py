"""The chart of a mechanism's bodies as SVG: plain geometry here, drawn by committees/_chart_*.html.

Two drawings of one tree: side by side for wide screens and paper, indented for phones. Text is
text; what it says stands in the tree of the page as well, which is what screen readers read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import template
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from committees.models import Body
from committees.services.bodies import BodyRecord
from coordination.templatetags.charts import INK, INK_SOFT, PAPER, TONES, WASHES
from coordination.templatetags.looks import look_of

register = template.Library()

BOX_HEIGHT, ROW = 50, 62
# Of a column and of the way to the next one; how far a body is set in on a phone; all in pixels.
BOX_WIDTH, STEP, INDENT, NARROW = 228, 260, 14, 300
MOST_ABREAST = 4
# The room that a letter takes: bold of the name, plain of the line below it.
BOLD, PLAIN = 8.6, 6.3
PADDING = 10


@dataclass(frozen=True)
class Box:
    """One body: its name and, below, how it stands. Dashed until an authority has notified it."""

    x: float
    y: float
    width: float
    name: str
    state: str
    stroke: str
    fill: str
    dashes: str
    text_x: float

    @property
    def name_y(self) -> float:
        return self.y + 20

    @property
    def state_y(self) -> float:
        return self.y + 38


@dataclass
class Chart:
    """The boxes, and the lines from each body to those under it, or that report to it alone."""

    title: str
    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    dotted: list[str] = field(default_factory=list)

    @property
    def view_box(self) -> str:
        """What is drawn, with room for the half of an edge that lies outside its box."""
        return f"-1 -1 {self.width + 2:g} {self.height + 2:g}"


@register.inclusion_tag("committees/_chart.html")
def body_chart(title: str, *, records: Sequence[BodyRecord]) -> dict[str, Any]:
    """The bodies of ``records`` and those under them, each with its state and meetings held."""
    wide = wide_chart(title, records)
    return {
        "title": title,
        "wide": wide,
        "narrow": narrow_chart(title, records),
        "has_dashed": any(not each.body.is_in_place for each, _depth in lines_of(records)),
        "has_dotted": bool(wide.dotted),
        "ink": INK,
        "soft": INK_SOFT,
    }


@register.simple_tag
def body_tree(record: BodyRecord) -> list[BodyRecord]:
    """The record as the one tree of a chart."""
    return [record]


def wide_chart(title: str, records: Sequence[BodyRecord]) -> Chart:
    """Each level a column; a body stands beside the first of those under it."""
    chart, rtl = Chart(title), get_language_bidi()
    records, reporting = arranged(records)
    depth = max((depth for _record, depth in lines_of(records, reporting)), default=0)
    columns = max(depth + 1, min(MOST_ABREAST, len(records)))
    chart.width = (columns - 1) * STEP + BOX_WIDTH

    def place(record: BodyRecord, level: int, row: int) -> int:
        """Draw it and what is under it from the row on; return the first row that is free."""
        left = level * STEP
        x = chart.width - left - BOX_WIDTH if rtl else left
        chart.boxes.append(box_of(record, x, row * ROW, BOX_WIDTH))
        middle, free = row * ROW + BOX_HEIGHT / 2, row
        start = left + BOX_WIDTH
        loose = reporting.get(record.body.pk, ())
        for child in (*record.children, *loose):
            there, bend = free * ROW + BOX_HEIGHT / 2, start + (STEP - BOX_WIDTH) / 2
            points = [(start, middle), (bend, middle), (bend, there), (left + STEP, there)]
            lines = chart.dotted if child in loose else chart.lines
            lines.append(path_of(points, chart.width if rtl else None))
            free = place(child, level + 1, free)
        return max(free, row + 1)

    row = 0
    above = [each for each in records if each.children or each.body.pk in reporting]
    for record in above:
        row = place(record, 0, row)
    # Bodies that stand alone stand beside each other.
    alone = [record for record in records if record not in above]
    for number, record in enumerate(alone):
        left = number % columns * STEP
        x = chart.width - left - BOX_WIDTH if rtl else left
        chart.boxes.append(box_of(record, x, (row + number // columns) * ROW, BOX_WIDTH))
    row += -(-len(alone) // columns)
    chart.height = max(row * ROW - (ROW - BOX_HEIGHT), 0)
    return chart


def narrow_chart(title: str, records: Sequence[BodyRecord]) -> Chart:
    """One body a row, set in under the one above it."""
    chart, rtl = Chart(title, width=NARROW), get_language_bidi()
    parents: list[int] = []
    records, reporting = arranged(records)
    loose = [each for rows in reporting.values() for each in rows]
    for row, (record, depth) in enumerate(lines_of(records, reporting)):
        left = min(depth, 6) * INDENT
        width = NARROW - left
        chart.boxes.append(box_of(record, 0 if rtl else left, row * ROW, width))
        parents[depth:] = [row]
        if depth:
            foot = parents[depth - 1] * ROW + BOX_HEIGHT
            x, middle = left - INDENT / 2, row * ROW + BOX_HEIGHT / 2
            points = [(x, foot), (x, middle), (left, middle)]
            lines = chart.dotted if record in loose else chart.lines
            lines.append(path_of(points, NARROW if rtl else None))
    chart.height = max(len(chart.boxes) * ROW - (ROW - BOX_HEIGHT), 0)
    return chart


def arranged(
    records: Sequence[BodyRecord],
) -> tuple[list[BodyRecord], dict[int, list[BodyRecord]]]:
    """The trees that stand by themselves, and by body (key) those that only report to it.

    A district's committee stands under no other body and still reports to one.
    """
    top_of = {
        each.body.pk: record.body.pk for record in records for each, _depth in lines_of([record])
    }
    tops: list[BodyRecord] = []
    reporting: dict[int, list[BodyRecord]] = {}
    for record in records:
        own, above = record.body.pk, record.body.reports_to_id
        if above is None or top_of.get(above, own) == own:
            tops.append(record)
            continue
        reporting.setdefault(above, []).append(record)
        top_of = {key: top_of[above] if top == own else top for key, top in top_of.items()}
    return tops, reporting


def lines_of(
    records: Sequence[BodyRecord],
    reporting: Mapping[int, Sequence[BodyRecord]] | None = None,
    depth: int = 0,
) -> Iterator[tuple[BodyRecord, int]]:
    """Each body of the trees with how deep it stands, in the order of reading."""
    for record in records:
        yield record, depth
        loose = reporting.get(record.body.pk, ()) if reporting else ()
        yield from lines_of((*record.children, *loose), reporting, depth + 1)


def box_of(record: BodyRecord, x: float, y: float, width: float) -> Box:
    """The box of one body in the colours of its state."""
    body, look = record.body, look_of(record.body.state)
    room = width - 2 * PADDING
    return Box(
        x, y, width,
        name=shortened(body.short_name, room / BOLD),
        state=shortened(state_in_words(body, record.count), room / PLAIN),
        stroke=TONES[look.tone],
        fill=WASHES[look.tone] if body.is_in_place else PAPER,
        dashes="" if body.is_in_place else "5 4",
        text_x=x + width - PADDING if get_language_bidi() else x + PADDING,
    )  # fmt: skip


def state_in_words(body: Body, count: int) -> str:
    """Such as "Suspended · 0 meetings"; of a body that is not notified yet, its state alone."""
    if not body.is_in_place:
        return str(look_of(body.state).word)
    held = ngettext("%(count)d meeting", "%(count)d meetings", count) % {"count": count}
    return _("%(state)s · %(meetings)s") % {"state": look_of(body.state).word, "meetings": held}


def shortened(words: str, most: float) -> str:
    """The words, cut with an ellipsis where they do not fit."""
    return words if len(words) <= most else f"{words[: int(most) - 1].rstrip()}…"


def path_of(points: Sequence[tuple[float, float]], mirrored_in: float | None) -> str:
    """The points of a polyline, turned round where writing runs from the right."""
    turned = [(mirrored_in - x if mirrored_in is not None else x, y) for x, y in points]
    return " ".join(f"{x:g},{y:g}" for x, y in turned)
