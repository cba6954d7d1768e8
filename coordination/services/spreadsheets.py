"""Tables as files for people who live in Excel: XLSX and CSV in which nothing is a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

# What Excel, LibreOffice and Google Sheets take for the beginning of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_LENGTH = 32_767
NARROW, WIDE = 12, 60
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True)
class Table:
    """A sheet: its name, the heads of its columns, and rows of text, numbers, dates or None."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    # What an export says of itself (R23): mechanism, place, period, cut-off, completeness.
    about: Sequence[tuple[str, str]] = field(default=())


def to_xlsx(table: Table) -> bytes:
    """The table as a workbook: its rows on the first sheet, ``about`` on the second."""
    about = Table(_("About this file"), (_("What"), _("Value")), table.about)
    return to_workbook(table.name, [table, about] if table.about else [table])


def plain(words: Any) -> str:
    """The words with common spaces alone: who searches or filters a sheet types no other."""
    return str(words).replace("\u00a0", " ")


def to_workbook(
    title: str, tables: Iterable[Table], *, made_at: dt.datetime | None = None
) -> bytes:
    """The tables as a workbook, a sheet each; with ``made_at`` the same tables, the same bytes."""
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        moment = (made_at or timezone.now()).astimezone(dt.UTC)
        book.set_properties({"title": title, "created": moment})
        for table in tables:
            _write_sheet(book, table.name, table.columns, table.rows)
    return stream.getvalue()


def to_csv(table: Table) -> bytes:
    """The table as comma-separated UTF-8, with the mark by which Excel knows it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([_harmless(head) for head in table.columns])
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _write_sheet(
    book: Any, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    sheet = book.add_worksheet(_SHEET_NAME.sub(" ", name)[:31])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    date = book.add_format({"num_format": "d mmm yyyy", "valign": "top", "align": "left"})
    if get_language_bidi():
        sheet.right_to_left()
    for column, title in enumerate(columns):
        widest = max((len(str(row[column] or "")) for row in rows), default=0)
        sheet.set_column(column, column, min(max(widest, len(str(title)), NARROW), WIDE) + 1)
        sheet.write_string(0, column, plain(title), head)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            _write_cell(sheet, (number, column), cell, {"text": text, "date": date})
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(_("Page &P of &N"))


def _write_cell(sheet: Any, at: tuple[int, int], cell: Any, formats: dict[str, Any]) -> None:
    if cell is None or cell == "":
        sheet.write_blank(*at, None, formats["text"])
    elif isinstance(cell, dt.date):
        sheet.write_datetime(*at, cell, formats["date"])
    elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        sheet.write_number(*at, cell, formats["text"])
    else:
        sheet.write_string(*at, plain(cell)[:CELL_LENGTH], formats["text"])


def _harmless(cell: Any) -> Any:
    """The cell for a CSV file; text that a spreadsheet would run gets an apostrophe before it."""
    if cell is None:
        return ""
    if isinstance(cell, int | float | Decimal):
        return cell
    text = plain(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
