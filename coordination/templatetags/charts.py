"""Charts as SVG for page and PDF alike: their geometry; templates/components/charts/ frames them.

Lengths along the page are percentages, so that a chart fits a phone and a sheet of paper and its
text keeps its size. Words stand in HTML around the drawing and only digits inside: the PDF renderer
sets SVG text letter by letter, which takes Arabic and Khmer apart, and HTML never lets two labels
collide. In right-to-left languages charts run from the right. Figures come in twice, as a number
that is drawn and as the text that is shown: rounding (R1) is done elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from .drawings import INK, Digits, Dot, Drawing, Line, Rect, Shape

register = template.Library()

Number = int | float | Decimal

# The tones of static/css/tokens.css: a PDF renderer does not read custom properties inside SVG.
INK_SOFT = "#555a6e"
LINE = "#ddd5c7"
SAND = "#f3efe7"
CLAY = "#a3441b"
TONES = {
    "good": "#1d6442",
    "warn": "#7b4a00",
    "bad": "#9b2620",
    "busy": "#323c8c",
    "quiet": "#4c5064",
}
WASHES = {
    "good": "#e3f1e8",
    "warn": "#fcf0d6",
    "bad": "#fbe7e4",
    "busy": "#ebedf8",
    "quiet": "#f0ede6",
}
PAPER = "#ffffff"

# The narrowest chart (px) that labels must fit, and the room that one digit takes.
NARROWEST = 300
DIGIT = 7.0


def share(value: Number | None, top: float) -> float:
    """How far along the scale from 0 to `top` the value lies, in percent, never off the scale."""
    return round(min(max(float(value or 0) / top, 0), 1) * 100, 2)


def top_of(values: Iterable[Number | None]) -> float:
    """The end of a scale that holds every value; 1 when there is nothing above zero."""
    return max((float(value) for value in values if value is not None), default=0) or 1


# --- Bullet: actual against target ---


def bullet_drawing(
    title: str,
    desc: str,
    *,
    actual: Number | None,
    target: Number | None,
    due: Number | None = None,
    reported: Number | None = None,
    tone: str = "busy",
) -> Drawing:
    """A bar of what is verified, hatched where only reported, with ticks at target and due."""
    top = top_of([actual, target, due, reported])
    done, claimed = share(actual, top), share(reported, top)
    shapes: list[Shape] = [Rect(0, 5, 100, 12, SAND, stroke=LINE)]
    if claimed > done:
        shapes.append(Rect(done, 5, claimed - done, 12, TONES[tone], hatched=True))
    if actual is not None:
        shapes.append(Rect(0, 5, done, 12, TONES[tone]))
    if due is not None:
        shapes.append(Line(share(due, top), 2, share(due, top), 20, CLAY, 2, "2 2"))
    if target is not None:
        shapes.append(Line(share(target, top), 0, share(target, top), 22, INK, 3))
    return Drawing(title, desc, 22, shapes)


@register.inclusion_tag("components/charts/bullet.html")
def bullet(
    title: str,
    *,
    actual: Number | None,
    target: Number | None = None,
    due: Number | None = None,
    reported: Number | None = None,
    actual_text: str = "",
    target_text: str = "",
    due_text: str = "",
    reported_text: str = "",
    absence: str = "",
    tone: str = "busy",
    compact: bool = False,
) -> dict[str, Any]:
    """Actual against target, with a tick at what is due by now; hatched, what is not yet verified.

    `absence` says why there is no actual. `compact` leaves out title and legend, for a cell.
    """
    legend = [
        (mark, word, text)
        for mark, word, text in [
            ("actual", _("Verified"), actual_text or f"– {absence}".rstrip()),
            ("reported", _("With provisional"), reported_text),
            ("due", _("Due by now"), due_text),
            ("target", _("Target"), target_text),
        ]
        if text
    ]
    desc = "; ".join(f"{word}: {text}" for _mark, word, text in legend)
    drawing = bullet_drawing(
        title, desc, actual=actual, target=target, due=due, reported=reported, tone=tone
    )
    return {
        "drawing": drawing.facing(rtl=get_language_bidi()),
        "legend": legend,
        "tone": TONES[tone],
        "compact": compact,
    }


# --- Quarters: a trend with its target ---


@dataclass(frozen=True)
class Quarter:
    """One period of a trend; `absence` says why there is no value."""

    label: str
    value: Number | None = None
    text: str = ""
    target: Number | None = None
    target_text: str = ""
    absence: str = ""
    provisional: bool = False

    @property
    def label_lines(self) -> list[str]:
        """The label over two lines, the year below: "Jan–Mar", "2021"."""
        return str(self.label).rsplit(" ", 1)


PLOT_TOP, PLOT_FOOT = 18, 128


def quarters_drawing(title: str, quarters: Sequence[Quarter], tone: str = "busy") -> Drawing:
    """A column for each quarter, its target as a dashed line, nothing where nothing came in."""
    top = top_of(value for quarter in quarters for value in (quarter.value, quarter.target))
    slot = 100 / max(len(quarters), 1)
    labelled = labelled_columns(quarters)
    shapes: list[Shape] = [Line(0, PLOT_FOOT, 100, PLOT_FOOT, INK_SOFT)]
    for index, quarter in enumerate(quarters):
        place = Place(index * slot, slot, top)
        shapes += column(quarter, place, TONES[tone], labelled=index in labelled)
    desc = "; ".join(quarter_in_words(quarter) for quarter in quarters)
    return Drawing(title, desc, PLOT_FOOT + 1, shapes)


class Place(NamedTuple):
    """Where a column stands: from `left`, `width` wide (percent), on a scale up to `top`."""

    left: float
    width: float
    top: float


def column(quarter: Quarter, place: Place, colour: str, *, labelled: bool) -> Iterator[Shape]:
    """The shapes of one quarter."""
    left, width, top = place
    middle = round(left + width / 2, 2)
    aim = height_of(quarter.target, top)
    head = height_of(quarter.value, top)
    if head is None:
        yield Digits(middle, PLOT_FOOT - 6, "–", INK_SOFT)
    else:
        yield Rect(
            round(left + width * 0.19, 2),
            head,
            round(width * 0.62, 2),
            round(PLOT_FOOT - head, 2),
            colour,
            stroke=colour,
            hatched=quarter.provisional,
        )
    if head is not None and labelled:
        yield Digits(middle, label_height(head, aim), quarter.text)
    if aim is not None:
        yield Line(round(left, 2), aim, round(left + width, 2), aim, INK, 1.5, "4 3")


def height_of(value: Number | None, top: float) -> float | None:
    """How far below the upper edge (px) a value lies; None where there is none."""
    if value is None:
        return None
    return round(PLOT_FOOT - share(value, top) / 100 * (PLOT_FOOT - PLOT_TOP), 2)


def label_height(head: float, aim: float | None) -> float:
    """The base line of a column's figure: above its head, above a target that crosses it."""
    crossed = aim is not None and head - 16 < aim < head + 1
    return round((aim if crossed and aim is not None else head) - 4, 2)


def labelled_columns(quarters: Sequence[Quarter]) -> set[int]:
    """The columns whose figure is written: all where all fit, else first, highest and last."""
    reported = [index for index, quarter in enumerate(quarters) if quarter.value is not None]
    room = NARROWEST / max(len(quarters), 1)
    if not reported or max(len(quarters[index].text) for index in reported) * DIGIT <= room:
        return set(reported)
    highest = max(reported, key=lambda index: float(quarters[index].value or 0))
    chosen = [reported[-1]]
    for index in (highest, reported[0]):
        if all(abs(index - other) > 1 for other in chosen):
            chosen.append(index)
    return set(chosen)


def quarter_in_words(quarter: Quarter) -> str:
    """One quarter for those who listen."""
    value = quarter.text or f"– {quarter.absence}".rstrip()
    aim = f" ({_('target')} {quarter.target_text})" if quarter.target_text else ""
    provisional = f" {_('provisional')}" if quarter.provisional else ""
    return f"{quarter.label}: {value}{provisional}{aim}"


@register.inclusion_tag("components/charts/quarters.html")
def quarters(
    title: str, *, rows: Iterable[Mapping[str, Any]], tone: str = "busy"
) -> dict[str, Any]:
    """A strip of quarters. `rows` hold the fields of Quarter, the oldest first."""
    strip = [Quarter(**row) for row in rows]
    aims = {quarter.target_text for quarter in strip if quarter.target is not None}
    return {
        "drawing": quarters_drawing(title, strip, tone).facing(rtl=get_language_bidi()),
        "quarters": strip,
        "tone": TONES[tone],
        "has_target": bool(aims),
        "one_target": aims.pop() if len(aims) == 1 else "",
        "has_provisional": any(quarter.provisional for quarter in strip),
    }


# --- Status bar: how many stand where ---


@dataclass(frozen=True)
class Part:
    """The things of one status: their number, and the word and tone of the status."""

    label: str
    count: int
    tone: str


def part_rect(tone: str, x: float, width: float, height: float) -> Rect:
    """A status as a surface that is told from the others without its colour."""
    if tone in ("good", "busy"):
        return Rect(x, 0, width, height, TONES[tone], stroke=PAPER)
    if tone == "bad":
        return Rect(x, 1, width, height - 2, PAPER, stroke=TONES[tone])
    return Rect(x, 0, width, height, WASHES[tone], stroke=TONES[tone], hatched=tone == "warn")


def status_drawing(title: str, parts: Sequence[Part]) -> Drawing:
    """One bar of parts, each as long as its share, with its number where there is room for it."""
    total = sum(part.count for part in parts) or 1
    shapes: list[Shape] = []
    left = 0.0
    for part in parts:
        width = part.count / total * 100
        shapes.append(part_rect(part.tone, round(left, 2), round(width, 2), 24))
        if width / 100 * NARROWEST > len(str(part.count)) * DIGIT + 8:
            dark = part.tone in ("good", "busy")
            shapes.append(
                Digits(
                    round(left + width / 2, 2),
                    16,
                    str(part.count),
                    PAPER if dark else TONES[part.tone],
                    halo=PAPER if part.tone == "warn" else "",
                )
            )
        left += width
    desc = "; ".join(f"{part.label}: {part.count}" for part in parts)
    return Drawing(title, desc, 24, shapes)


@register.inclusion_tag("components/charts/status_bar.html")
def status_bar(title: str, *, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """How many stand in each status. `rows` hold label, count and tone; empty ones are left out."""
    parts = [Part(**row) for row in rows if row["count"]]
    swatches = [
        (part, Drawing(part.label, "", 12, [part_rect(part.tone, 0, 100, 12)], width="12"))
        for part in parts
    ]
    return {
        "drawing": status_drawing(title, parts).facing(rtl=get_language_bidi()),
        "swatches": swatches,
    }


# --- Bars: places or organisations beside each other ---


@dataclass(frozen=True)
class Bar:
    """One place or organisation; `absence` says why there is no value."""

    label: str
    value: Number | None = None
    text: str = ""
    absence: str = ""
    provisional: bool = False
    url: str = ""


@register.inclusion_tag("components/charts/bars.html")
def bars(
    title: str, *, rows: Iterable[Mapping[str, Any]], note: str = "", tone: str = "busy"
) -> dict[str, Any]:
    """Horizontal bars on one scale. `rows` hold the fields of Bar, in the order to be shown."""
    listed = [Bar(**row) for row in rows]
    top = top_of(bar.value for bar in listed)
    rtl = get_language_bidi()
    return {
        "title": title,
        "note": note,
        "rows": [(bar, bar_drawing(bar, top, tone).facing(rtl=rtl)) for bar in listed],
    }


def bar_drawing(bar: Bar, top: float, tone: str) -> Drawing:
    """The bar alone: its words stand beside it."""
    shapes: list[Shape] = [Rect(0, 0, 100, 8, SAND)]
    if bar.value is not None:
        length = share(bar.value, top)
        shapes.append(Rect(0, 0, length, 8, TONES[tone], hatched=bar.provisional))
    return Drawing(f"{bar.label}: {bar.text or bar.absence or '–'}", "", 8, shapes)


# --- Sparkline: a trend in a cell ---


def sparkline_drawing(title: str, values: Sequence[Number | None]) -> Drawing:
    """A thin line through the values, broken where one is missing, its last point marked."""
    top = top_of(values)
    step = 92 / max(len(values) - 1, 1)
    points = [
        (round(4 + index * step, 2), round(20 - share(value, top) / 100 * 16, 2))
        if value is not None
        else None
        for index, value in enumerate(values)
    ]
    shapes: list[Shape] = []
    for there, run in groupby(points, key=lambda point: point is not None):
        if there:
            shapes += joined([point for point in run if point])
    if points and points[-1]:
        shapes.append(Dot(*points[-1], fill=CLAY))
    return Drawing(title, "", 24, shapes, width="96")


def joined(run: Sequence[tuple[float, float]]) -> Iterator[Shape]:
    """The lines from point to point; a point that stands alone is a dot."""
    if len(run) == 1:
        yield Dot(*run[0], fill=TONES["busy"])
    for (x1, y1), (x2, y2) in pairwise(run):
        yield Line(x1, y1, x2, y2, TONES["busy"], 1.5)


@register.simple_tag
def sparkline(title: str, *, values: Iterable[Number | None]) -> SafeString:
    """A trend without words, for a cell beside its figures; `title` says what it shows."""
    drawing = sparkline_drawing(title, list(values)).facing(rtl=get_language_bidi())
    return format_html('<span class="chart chart-spark">{}</span>', drawing.svg)
