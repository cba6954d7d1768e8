"""Calendars over each other on one scale of days: lanes of spans and marks (charts.py says how)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from coordination.models import add_months

from .charts import CLAY, INK, INK_SOFT, LINE, TONES, WASHES
from .drawings import Digits, Drawing, Line, Rect, Shape

register = template.Library()

LANE, BAR = 22, 10
QUARTER_MONTHS = (1, 4, 7, 10)


@dataclass(frozen=True)
class Span:
    """From one day to another, both in it; hollow where it is planned and has not happened."""

    first: dt.date
    last: dt.date
    tone: str
    is_plan: bool = False


@dataclass(frozen=True)
class Mark:
    """A day on which something is due or was held; "ink" for what is neither good nor bad."""

    day: dt.date
    tone: str


@dataclass(frozen=True)
class Lane:
    """One calendar or one phase; ``said`` is what it shows, in words."""

    label: str
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Scale:
    """Days from the first to the one before the last, as percentages of the width."""

    starts_on: dt.date
    ends_before: dt.date

    def at(self, day: dt.date) -> float:
        whole = (self.ends_before - self.starts_on).days
        return round(min(max((day - self.starts_on).days / whole, 0), 1) * 100, 2)

    def shows(self, day: dt.date) -> bool:
        return self.starts_on <= day < self.ends_before

    @property
    def quarters(self) -> Iterator[dt.date]:
        """The first day of each quarter in it."""
        day = self.starts_on.replace(day=1)
        while day < self.ends_before:
            if day.month in QUARTER_MONTHS and day >= self.starts_on:
                yield day
            day = add_months(day, 1)


def lane_drawing(lane: Lane, scale: Scale, today: dt.date | None) -> Drawing:
    """The lane alone: its words stand beside it."""
    shapes: list[Shape] = [
        Line(scale.at(day), 0, scale.at(day), LANE, LINE) for day in scale.quarters
    ]
    shapes += [shape for span in lane.spans for shape in span_shapes(span, scale)]
    for mark in lane.marks:
        if scale.shows(mark.day):
            x, tone = scale.at(mark.day), TONES.get(mark.tone, INK)
            shapes.append(Line(x, 2, x, LANE - 2, tone, 5 if mark.tone == "bad" else 3))
    if today and scale.shows(today):
        shapes.append(Line(scale.at(today), 0, scale.at(today), LANE, CLAY, 2, "2 2"))
    title = f"{lane.label}: {lane.said}" if lane.said else lane.label
    return Drawing(title, "", LANE, shapes)


def span_shapes(span: Span, scale: Scale) -> Iterator[Shape]:
    """A bar from the first day to the end of the last."""
    left, right = scale.at(span.first), scale.at(span.last + dt.timedelta(days=1))
    if right <= left:
        return
    top, width = (LANE - BAR) / 2, round(right - left, 2)
    if span.is_plan:
        yield Rect(left, top - 3, width, BAR + 6, WASHES[span.tone], stroke=TONES[span.tone])
    else:
        yield Rect(left, top, width, BAR, TONES[span.tone])


def axis_drawing(scale: Scale) -> Drawing:
    """Months by their number at each quarter's first, the year beneath the first of each."""
    shapes: list[Shape] = []
    years: set[int] = set()
    for day in scale.quarters:
        middle = scale.at(add_months(day, 1).replace(day=15))
        shapes.append(Digits(middle, 12, f"{day.month}–{day.month + 2}", INK_SOFT))
        if day.year not in years:
            shapes.append(Digits(middle, 27, str(day.year), INK))
            years.add(day.year)
    return Drawing(_("Months of the quarters, and years"), "", 30, shapes)


@register.inclusion_tag("components/charts/lanes.html")
def lanes(
    title: str,
    *,
    rows: Iterable[Lane],
    starts_on: dt.date,
    ends_before: dt.date,
    today: dt.date | None = None,
) -> dict[str, Any]:
    """Lanes on one scale from ``starts_on`` to the day before ``ends_before``."""
    scale, rtl = Scale(starts_on, ends_before), get_language_bidi()
    return {
        "title": title,
        "axis": axis_drawing(scale).facing(rtl=rtl),
        "rows": [(lane, lane_drawing(lane, scale, today).facing(rtl=rtl)) for lane in rows],
        "shows_today": bool(today and scale.shows(today)),
        "swatches": [
            (_("Due"), swatch(Mark(starts_on, "busy"))),
            (_("Missed by a phase"), swatch(Mark(starts_on, "bad"))),
            (_("Time to plan"), swatch(Span(starts_on, starts_on, "quiet", is_plan=True))),
            (_("Year that runs"), swatch(Span(starts_on, starts_on, "quiet"))),
            (_("Phase as planned"), swatch(Span(starts_on, starts_on, "busy", is_plan=True))),
            (_("Phase as it went"), swatch(Span(starts_on, starts_on, "good"))),
            (_("Session"), swatch(Mark(starts_on, "ink"))),
        ],
    }


def swatch(what: Span | Mark) -> Drawing:
    """What the legend shows of a mark or a span."""
    shapes: list[Shape]
    if isinstance(what, Mark):
        shapes = [Line(50, 0, 50, 12, TONES.get(what.tone, INK), 5 if what.tone == "bad" else 3)]
    elif what.is_plan:
        shapes = [Rect(0, 0, 100, 12, WASHES[what.tone], stroke=TONES[what.tone])]
    else:
        shapes = [Rect(0, 2, 100, 8, TONES[what.tone])]
    return Drawing("", "", 12, shapes, width="12")
