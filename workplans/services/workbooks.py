"""The entry grid as a workbook, written so that it is known again when it comes back."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any

import xlsxwriter
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from coordination.services.spreadsheets import plain
from workplans.models import Category, IndicatorVersion, Obligation

from .checks import Entry, Part, entry_of
from .grid import Row
from .rounding import display

# What the first cell of a template begins with; the number rises when the layout changes.
STAMP = "baraza-report-1"
HEAD_ROW, FIRST_ROW = 4, 5


class Column(IntEnum):
    KEY = 0
    PLACE = 1
    CODE = 2
    INDICATOR = 3
    PART = 4
    UNIT = 5
    LAST = 6
    DUE = 7
    NUMERATOR = 8
    DENOMINATOR = 9
    DEVIATION = 10
    NOTE = 11


WIDTHS = {
    Column.PLACE: 16,
    Column.CODE: 10,
    Column.INDICATOR: 42,
    Column.PART: 20,
    Column.UNIT: 14,
    Column.LAST: 18,
    Column.DUE: 14,
    Column.NUMERATOR: 14,
    Column.DENOMINATOR: 14,
    Column.DEVIATION: 40,
    Column.NOTE: 40,
}


@dataclass(frozen=True)
class Line:
    """One line of the sheet: a row's total, or one of its parts."""

    row: Row
    category: Category | None
    part: Part

    @property
    def key(self) -> str:
        """What the hidden first column says, by which the line is known again."""
        if self.category is not None:
            return f"{self.row.stream.pk}/{self.category.pk}"
        version = self.row.result.version if self.row.result else 0
        return f"{self.row.stream.pk}:{version}:{digest(entry_in(self.row))}"

    @property
    def name(self) -> str:
        """What people call the line: "SEK-1, Kitui", "SEK-1, Kitui, Sex: Female"."""
        if self.category is None:
            return self.row.name
        return f"{self.row.name}, {self.part_name}"

    @property
    def part_name(self) -> str:
        if self.category is None:
            return _("Total")
        return f"{self.category.disaggregation.name}: {self.category.name}"


def stamp_of(obligation: Obligation) -> str:
    """Which report a workbook belongs to."""
    return "|".join([STAMP, *obligation.address])


def entry_in(row: Row) -> Entry:
    return entry_of(row.result) if row.result else Entry()


def digest(entry: Entry) -> str:
    """A short mark of what an entry says, by which an untouched line is known (R27)."""
    numbers = [(entry.numerator, entry.denominator)]
    numbers += [
        (part.numerator, part.denominator)
        for _key, part in sorted((key.pk, part) for key, part in entry.filled_cells.items())
    ]
    cells = sorted(category.pk for category in entry.filled_cells)
    plain = [[None if n is None else f"{n.normalize():f}" for n in pair] for pair in numbers]
    said = json.dumps([cells, plain, entry.deviation, entry.note])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def lines_of(rows: Sequence[Row]) -> Iterator[Line]:
    """Each row's total, and below it each part of each of its breakdowns, *not stated* last."""
    for row in rows:
        entry = entry_in(row)
        yield Line(row, None, Part(entry.numerator, entry.denominator))
        for disaggregation in row.breakdowns:
            categories = sorted(
                disaggregation.categories.all(), key=lambda c: (c.is_not_stated, c.position, c.pk)
            )
            for category in categories:
                yield Line(row, category, entry.cells.get(category, Part(None)))


def write_template(obligation: Obligation, rows: Sequence[Row]) -> bytes:
    """The report's grid as an XLSX file whose white cells are to be filled in."""
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        title = plain(f"{obligation.organisation} · {obligation.mechanism} · {obligation.period}")
        book.set_properties({"title": title})
        _Sheet(book, obligation).write(title, list(lines_of(rows)))
    return stream.getvalue()


class _Sheet:
    """The sheet being written, with its formats."""

    def __init__(self, book: Any, obligation: Obligation) -> None:
        self.obligation = obligation
        self.sheet = book.add_worksheet(_("Report"))
        plain = {"valign": "top", "text_wrap": True}
        fixed = {**plain, "bg_color": "#F3EFE7", "border": 1, "border_color": "#DDD5C7"}
        entry = {**plain, "locked": False, "border": 1, "border_color": "#8A8272"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({**fixed, "bold": True})
        self.fixed = book.add_format(fixed)
        self.quiet = book.add_format({**fixed, "font_color": "#555A6E", "indent": 1})
        self.number = book.add_format({**entry, "num_format": "#,##0.####", "align": "right"})
        self.text = book.add_format(entry)

    def write(self, title: str, lines: list[Line]) -> None:
        self._set_up(title)
        for number, line in enumerate(lines, start=FIRST_ROW):
            self._write_fixed(number, line)
            is_open = line.row.is_editable
            self._write_number(number, Column.NUMERATOR, line.part.numerator, line, is_open=is_open)
            has_denominator = is_open and line.row.version.is_quotient
            self._write_number(
                number, Column.DENOMINATOR, line.part.denominator, line, is_open=has_denominator
            )
            entry = entry_in(line.row) if line.category is None else Entry()
            for column, text in ((Column.DEVIATION, entry.deviation), (Column.NOTE, entry.note)):
                is_text = is_open and line.category is None
                self.sheet.write_string(number, column, text, self.text if is_text else self.fixed)

    def _set_up(self, title: str) -> None:
        sheet = self.sheet
        if get_language_bidi():
            sheet.right_to_left()
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
        sheet.write_string(0, Column.KEY, stamp_of(self.obligation))
        sheet.write_string(0, Column.PLACE, title, self.title)
        due = date_format(self.obligation.last_day)
        sheet.write_string(1, Column.PLACE, _("Due on %(day)s.") % {"day": due})
        sheet.write_string(
            2,
            Column.PLACE,
            _(
                "Fill in the white cells. Leave a value that you do not have empty: an empty cell "
                "is missing, a 0 is a value."
            ),
        )
        for column, head in enumerate(self._heads()):
            sheet.write_string(HEAD_ROW, column, head, self.head)
        for column, width in WIDTHS.items():
            sheet.set_column(column, column, width)
        sheet.set_column(Column.KEY, Column.KEY, None, None, {"hidden": True})
        sheet.freeze_panes(FIRST_ROW, Column.PART)
        sheet.repeat_rows(HEAD_ROW)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _heads(self) -> list[str]:
        return [
            "",
            _("Place"),
            _("Code"),
            _("Indicator"),
            _("Part"),
            _("Unit"),
            _("Last value"),
            _("Due by now"),
            _("Value or numerator"),
            _("Denominator"),
            _("Reason of the deviation"),
            _("Note"),
        ]

    def _write_fixed(self, number: int, line: Line) -> None:
        row, write, whole = line.row, self.sheet.write_string, line.category is None
        look = self.fixed if whole else self.quiet
        last = due = ""
        if whole and row.last is not None:
            last = plain(f"{display(row.last.value, row.version)} ({row.last.period})")
        if whole and row.due is not None:
            due = display(row.due.value, row.version)
        write(number, Column.KEY, line.key)
        write(number, Column.PLACE, row.stream.place.name, look)
        write(number, Column.CODE, row.version.indicator.code, look)
        write(number, Column.INDICATOR, row.version.indicator.name, look)
        write(number, Column.PART, line.part_name, look)
        write(number, Column.UNIT, row.version.unit, look)
        write(number, Column.LAST, last, look)
        write(number, Column.DUE, due, look)

    def _write_number(
        self, number: int, column: Column, value: Decimal | None, line: Line, *, is_open: bool
    ) -> None:
        look = self.number if is_open else self.fixed
        if value is None:
            self.sheet.write_blank(number, column, None, look)
        else:
            self.sheet.write_number(number, column, value, look)
        if is_open:
            self.sheet.data_validation(number, column, number, column, _allowed(line.row.version))


def _allowed(version: IndicatorVersion) -> dict[str, Any]:
    """What a spreadsheet program lets be typed; the portal checks again."""
    kinds = IndicatorVersion.DataType
    rule: dict[str, Any] = {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -999_999_999_999,
        "maximum": 999_999_999_999,
        "error_title": _("Not a number"),
        "error_message": _("Enter a number, or leave the cell empty if the value is missing."),
    }
    if version.data_type == kinds.NUMBER:
        rule |= {"validate": "integer", "minimum": 0}
    if version.data_type == kinds.MILESTONE:
        rule |= {"validate": "integer", "minimum": 0, "maximum": 1}
    return rule
