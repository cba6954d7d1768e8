"""Explain a number of a report from its snapshot alone: what stood behind it then (R12, R21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reporting.services.cells import Cell

Row = dict[str, Any]

TO_DATE, LIFE = "to-date", "life"


@dataclass(frozen=True)
class Span:
    """A time that a report has figures of: whole quarters, half-open, days as ISO text (R9).

    ``code`` is that of a quarter, `TO_DATE` or `LIFE`; ``starts_on`` is "" for the whole life.
    """

    code: str
    title: str
    starts_on: str
    ends_before: str
    last_quarter: str

    def covers(self, day: str) -> bool:
        return self.starts_on <= day < self.ends_before


@dataclass(frozen=True)
class Part:
    """One place or organisation into which a report splits its figures; by default the whole."""

    kind: str = ""
    key: str = ""

    def holds(self, value: Row) -> bool:
        """Whether a value is of the part: of the organisation, or in the place or below it."""
        if self.kind == "organisation":
            return bool(value["organisation_key"] == self.key)
        return f"{value['place_key']}/".startswith(f"{self.key}/") if self.key else True


@dataclass(frozen=True)
class Line:
    """One value behind a figure; of a stock it may be carried from an earlier quarter (R4)."""

    value: Row
    is_carried: bool


@dataclass(frozen=True)
class FrozenExplanation:
    """A figure of a report with everything that it was made of."""

    indicator: Row
    definition: Row
    group: Row
    spans: list[Span]
    span: Span
    part_name: str
    cell: Cell
    lines: list[Line]
    is_of_report: bool


def explain_frozen(
    contents: Row, code: str, span_code: str = "", part: Part | None = None, *, version: str = ""
) -> FrozenExplanation | None:
    """The figure asked for with its values; None when the report holds no such figure.

    Without a span the report's own quarter is meant, without a version the newest.
    """
    tables, part = contents["tables"], part or Part()
    group = newest(row for row in tables.get("values", []) if is_of(row, code, version))
    if group is None:
        return None
    number = str(group["indicator"]["version"])
    indicator, definition = (
        next(row for row in tables[table] if is_of({"indicator": row}, code, number))
        for table in ("indicators", "definitions")
    )
    part_name, cells = figures_of(contents, indicator, part)
    spans = [span for span in spans_of(contents) if span.code in cells]
    asked = span_code or contents["period"]["code"]
    span = next((span for span in spans if span.code == asked), None)
    if span is None:
        return None
    return FrozenExplanation(
        indicator,
        definition,
        group,
        spans,
        span,
        part_name,
        cells[asked],
        lines_behind(group, span, part),
        is_of_report=asked == contents["period"]["code"] and not part.key,
    )


def is_of(row: Row, code: str, version: str) -> bool:
    """Whether the row is of the indicator, and of the version if one is asked for."""
    indicator = row["indicator"]
    return indicator["code"] == code and version in {"", str(indicator["version"])}


def newest(groups: Iterable[Row]) -> Row | None:
    return max(groups, key=lambda group: group["indicator"]["version"], default=None)


def spans_of(contents: Row) -> list[Span]:
    """The quarters of the year until the report's, the year to date, and the whole life."""
    year, period = contents["year"], contents["period"]
    now, end = period["starts_on"], period["ends_before"]
    quarters = [
        Span(each["code"], each["text"], each["starts_on"], each["ends_before"], each["starts_on"])
        for each in year["quarters"]
        if not each["is_later"]
    ]
    to_date = _("%(year)s to date") % {"year": year["text"]}
    return [
        *quarters,
        Span(TO_DATE, to_date, year["starts_on"], end, now),
        Span(LIFE, _("Since the beginning"), "", end, now),
    ]


def figures_of(contents: Row, indicator: Row, part: Part) -> tuple[str, dict[str, Cell]]:
    """The name of the part, and its figures in the report by the codes of their spans."""
    quarters = contents["year"]["quarters"]
    if not part.key:
        cells = {
            quarter["code"]: cell
            for quarter, cell in zip(quarters, indicator["quarters"], strict=True)
        }
        return "", {**cells, TO_DATE: indicator["to_date"], LIFE: indicator["life_to_date"]}
    known = {"place": "places", "organisation": "organisations"}
    code, number = indicator["code"], str(indicator["version"])
    for group in contents["tables"].get(known.get(part.kind, ""), []):
        for row in group["rows"]:
            if is_of(group, code, number) and row["key"] == part.key:
                cells = {contents["period"]["code"]: row["quarter"], TO_DATE: row["to_date"]}
                return row[part.kind], cells
    return "", {}


def lines_behind(group: Row, span: Span, part: Part) -> list[Line]:
    """The values that enter the figure: of a stock the latest of each reporter and place (R2)."""
    values = [value for value in group["rows"] if part.holds(value)]
    if not group["is_stock"]:
        return [
            Line(value, is_carried=False)
            for value in values
            if span.covers(value["period"]["starts_on"])
        ]
    latest = {
        (value["organisation_key"], value["place_key"]): value
        for value in values
        if value["period"]["starts_on"] < span.ends_before
    }
    return [
        Line(value, is_carried=value["period"]["starts_on"] < span.last_quarter)
        for value in latest.values()
    ]
