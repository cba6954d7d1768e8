"""A filled-in workbook read back: what it would change, or what is wrong in which cell."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from xlsxwriter.utility import xl_rowcol_to_cell

from coordination.models import Period, User, parse_quantity, written
from coordination.services import confinement
from coordination.services.refusals import Refusal
from workplans.models import Category, Obligation

from .checks import Entry, Part, any_number, number_faults_of, sum_faults_of, tidy
from .drafts import Draft
from .grid import Row
from .refusals import RowNoLongerAsked, refusal_for
from .workbooks import FIRST_ROW, STAMP, Column, digest, entry_in, lines_of, stamp_of

SCRIPT = Path(__file__).with_name("workbook_script.py")
ROWS, COLUMNS = 5000, 60
CPU_SECONDS, WALL_SECONDS, MEMORY_BYTES = 10, 20, 512 * 1024 * 1024
TEXT_LENGTH = 2000
SALT = "workplans.imports"
KEPT_FOR = dt.timedelta(hours=2)
# A formula's result carries the noise of binary fractions: 0.1 + 0.2 is 0.30000000000000004.
DECIMALS_OF_A_FLOAT = 9
COLUMNS_OF = {"numerator": Column.NUMERATOR, "denominator": Column.DENOMINATOR}

# Days, and cells of kinds that no column asks for.
NOT_NUMBERS = {"d", "x"}

Cell = list[str] | None


class WorkbookUnreadable(Refusal):
    message = _(
        "This file cannot be read as a workbook. "
        "Save it as XLSX in your spreadsheet programme, and upload it again."
    )


class WorkbookTooLarge(Refusal):
    message = _("The first sheet has more rows or columns than a template.")


class WorkbookNotATemplate(Refusal):
    message = _("This is not a template of the portal. Download it from this report first.")


class WorkbookOfAnotherReport(Refusal):
    """Names the report that the file belongs to."""

    def __init__(self, mechanism: str, period: str, organisation: str) -> None:
        super().__init__(
            _("This file is the report of %(organisation)s to %(mechanism)s on %(period)s.")
            % {"organisation": organisation, "mechanism": mechanism, "period": period}
        )


@dataclass(frozen=True)
class CellFault:
    """What is wrong, and where a person finds it: "I7", and what stands in that line."""

    cell: str
    message: str
    line: str = ""


@dataclass(frozen=True)
class Change:
    """What one line of the sheet would change."""

    row: Row
    name: str
    before: str
    after: str


@dataclass
class Import:
    """All that a workbook says: rows to save and what they change, or the faults that forbid it."""

    drafts: list[Draft] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


@dataclass
class _Lines:
    """The lines of the sheet that belong to one row of the grid, and what they say."""

    number: int
    version: int
    mark: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    cells: dict[Category, Part] = field(default_factory=dict)
    # In which line each category stands: rows may have been sorted otherwise.
    parts_at: dict[Category, int] = field(default_factory=dict)
    deviation: str = ""
    note: str = ""
    is_sound: bool = True

    @property
    def entry(self) -> Entry:
        return Entry(self.numerator, self.denominator, self.cells, self.deviation, self.note)


def read_workbook(content: bytes, obligation: Obligation, rows: Sequence[Row]) -> Import:
    """What the workbook would change in the report whose ``rows`` stand now; changes nothing.

    Every cell that cannot stand is named, as on the grid (R6, R7); that a reason is missing, is
    said when the report is submitted.
    A line that was not touched since it was written changes nothing either, whatever has happened
    on the portal meanwhile. Raises a refusal when the file is not this report's template.
    """
    sheet = cells_of(content)
    _check_stamp(sheet, obligation)
    reading = _Reading({row.stream.pk: row for row in rows})
    for number, line in enumerate(sheet[FIRST_ROW:], start=FIRST_ROW):
        reading.read_line(number, [*line, *[None] * (len(Column) - len(line))])
    return reading.conclude()


def pack(drafts: Sequence[Draft], obligation: Obligation, *, by: User) -> str:
    """The drafts as signed text, which the page that shows them carries until they are saved."""
    rows = [
        [
            draft.stream.pk,
            draft.seen_version,
            _plain(Part(draft.entry.numerator, draft.entry.denominator)),
            {str(key.pk): _plain(part) for key, part in draft.entry.filled_cells.items()},
            draft.entry.deviation,
            draft.entry.note,
        ]
        for draft in drafts
    ]
    return signing.dumps([obligation.pk, by.pk, rows], salt=SALT, compress=True)


def unpack(packed: str, obligation: Obligation, rows: Sequence[Row], *, by: User) -> list[Draft]:
    """The drafts that were packed.

    Raises BadSignature for another report's, person's or day's, and RowNoLongerAsked.
    """
    report, person, said = signing.loads(packed, salt=SALT, max_age=KEPT_FOR)
    if (report, person) != (obligation.pk, by.pk):
        raise signing.BadSignature
    known = {row.stream.pk: row for row in rows}
    if any(stream not in known for stream, *_rest in said):
        raise RowNoLongerAsked
    return [
        Draft(
            known[stream].stream,
            Entry(*_part(value), _parts(known[stream], cells), deviation, note),
            version,
        )
        for stream, version, value, cells, deviation, note in said
    ]


def _plain(part: Part) -> list[str | None]:
    return [None if number is None else str(number) for number in part]


def _part(plain: list[str | None]) -> Part:
    numerator, denominator = (None if number is None else Decimal(number) for number in plain)
    return Part(numerator, denominator)


def _parts(row: Row, cells: dict[str, list[str | None]]) -> dict[Category, Part]:
    categories = (one for each in row.breakdowns for one in each.categories.all())
    return {one: _part(cells[str(one.pk)]) for one in categories if str(one.pk) in cells}


class _Reading:
    """Goes through the sheet line by line and gathers what it says, and its faults."""

    def __init__(self, rows: dict[int, Row]) -> None:
        self.rows = rows
        self.known = {line.key.partition(":")[0]: line for line in lines_of(list(rows.values()))}
        self.found: dict[int, _Lines] = {}
        self.seen: set[str] = set()
        # What stands in each line of the sheet, in words.
        self.names: dict[int, str] = {}
        self.faults: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.result = Import()

    def read_line(self, number: int, line: list[Cell]) -> None:
        key = _text(line[Column.KEY])
        name, _colon, rest = key.partition(":")
        if name not in self.known:
            if any(line[column] for column in Column if column >= Column.NUMERATOR):
                self._fault(number, Column.NUMERATOR, _("This row is not part of the template."))
            return
        if name in self.seen:
            self._fault(number, Column.NUMERATOR, _("This row stands in the file twice."))
            return
        self.seen.add(name)
        known = self.known[name]
        self.names[number] = known.name
        stream = known.row.stream.pk
        if known.category is None:
            version, _colon, mark = rest.partition(":")
            self.found[stream] = _Lines(number, int(version) if version.isdecimal() else 0, mark)
            self._read_total(self.found[stream], line)
        elif stream in self.found:
            self._read_part(self.found[stream], known.category, number, line)
        else:
            self._fault(number, Column.NUMERATOR, _("The row of the total above this is missing."))

    def conclude(self) -> Import:
        for stream, lines in self.found.items():
            row, entry = self.rows[stream], lines.entry
            if lines.is_sound and digest(entry) in {lines.mark, digest(entry_in(row))}:
                continue
            if self._check(row, lines):
                seen = row.result.version if row.result else None
                self.result.drafts.append(Draft(row.stream, entry, seen))
                self.result.changes += _changes(row, entry)
        self.result.faults = [
            CellFault(xl_rowcol_to_cell(*cell), message, self.names.get(cell[0], ""))
            for cell in sorted(self.faults)
            for message in self.faults[cell]
        ]
        return self.result

    def _check(self, row: Row, lines: _Lines) -> bool:
        """Whether what was typed can be saved; names each cell that cannot stand.

        Of lines with a cell that is no number, the others are checked for themselves.
        """
        refusal, entry = _refusal(row, lines, lines.entry), lines.entry
        if refusal:
            self._fault(lines.number, Column.NUMERATOR, refusal)
        found = list(number_faults_of(row.version, entry))
        if lines.is_sound:
            found += sum_faults_of(row.version, entry)
        unread = set(self.faults)
        for fault in found:
            number = lines.parts_at[fault.category] if fault.category else lines.number
            column = COLUMNS_OF[fault.field]
            if (number, column) not in unread:
                self._fault(number, column, fault)
        return lines.is_sound and not refusal and not found

    def _read_total(self, lines: _Lines, line: list[Cell]) -> None:
        lines.numerator = self._number(lines, lines.number, Column.NUMERATOR, line)
        lines.denominator = self._number(lines, lines.number, Column.DENOMINATOR, line)
        lines.deviation = self._words(lines, Column.DEVIATION, line)
        lines.note = self._words(lines, Column.NOTE, line)

    def _read_part(self, lines: _Lines, category: Category, number: int, line: list[Cell]) -> None:
        part = Part(
            self._number(lines, number, Column.NUMERATOR, line),
            self._number(lines, number, Column.DENOMINATOR, line),
        )
        lines.parts_at[category] = number
        if any_number(part):
            lines.cells[category] = part

    def _number(
        self, lines: _Lines, number: int, column: Column, line: list[Cell]
    ) -> Decimal | None:
        try:
            return _quantity(line[column])
        except ValidationError as error:
            self._fault(number, column, error.messages[0])
            lines.is_sound = False
            return None

    def _words(self, lines: _Lines, column: Column, line: list[Cell]) -> str:
        words = tidy(_text(line[column]))
        if len(words) > TEXT_LENGTH:
            self._fault(lines.number, column, _("This text has more than 2,000 characters."))
            lines.is_sound = False
        return words

    def _fault(self, number: int, column: Column, message: object) -> None:
        self.faults[number, column].append(str(message))


def _refusal(row: Row, lines: _Lines, entry: Entry) -> str:
    """Why a line that was touched cannot be saved, or nothing."""
    if not row.is_editable and row.result is not None:
        return str(refusal_for(row.result))
    if (row.result.version if row.result else 0) != lines.version:
        return _(
            "Changed on the portal since this file was written: there %(there)s, here %(here)s. "
            "Download the template again."
        ) % {"there": _in_words(entry_in(row)), "here": _in_words(entry)}
    return ""


def _changes(row: Row, entry: Entry) -> Iterator[Change]:
    """What the entry changes of the row, value by value and text by text."""
    before = entry_in(row)
    if (before.numerator, before.denominator) != (entry.numerator, entry.denominator):
        yield Change(row, str(_("Value")), _in_words(before), _in_words(entry))
    for disaggregation in row.breakdowns:
        for category in disaggregation.categories.all():
            old, new = (one.cells.get(category, Part(None)) for one in (before, entry))
            if old != new:
                name = f"{disaggregation.name}: {category.name}"
                yield Change(row, name, _in_words(old), _in_words(new))
    if before.deviation != entry.deviation:
        yield Change(row, str(_("Reason of the deviation")), before.deviation, entry.deviation)
    if before.note != entry.note:
        yield Change(row, str(_("Note")), before.note, entry.note)


def _in_words(said: Entry | Part) -> str:
    """A value as it was typed, a quotient by its two numbers; "–" when it is missing."""
    numbers = [said.numerator] if said.denominator is None else [said.numerator, said.denominator]
    return " ÷ ".join("–" if number is None else written(number) for number in numbers)


def cells_of(content: bytes) -> list[list[Cell]]:
    """The first sheet, read in a process of its own (M17: 4 KB can ask for 2 GB)."""
    try:
        said = confinement.run(
            SCRIPT,
            content,
            arguments=[str(ROWS), str(COLUMNS)],
            cpu_seconds=CPU_SECONDS,
            wall_seconds=WALL_SECONDS,
            memory_bytes=MEMORY_BYTES,
        )
    except confinement.InputRefused as refused:
        raise WorkbookTooLarge from refused
    except confinement.ConfinedFailure as failure:
        raise WorkbookUnreadable from failure
    sheet: list[list[Cell]] = json.loads(said)
    return sheet


def _check_stamp(sheet: list[list[Cell]], obligation: Obligation) -> None:
    stamp = _text(sheet[0][0]) if sheet and sheet[0] else ""
    if stamp == stamp_of(obligation):
        return
    parts = stamp.split("|")
    if parts[0] != STAMP or len(parts) != len(stamp_of(obligation).split("|")):
        raise WorkbookNotATemplate
    _stamp, mechanism, code, organisation = parts
    period = Period.objects.filter(code=code).first()
    raise WorkbookOfAnotherReport(mechanism.upper(), str(period or code), organisation.upper())


def _quantity(cell: Cell) -> Decimal | None:
    """The number in a cell, None for an empty one; raises ValidationError."""
    if cell is None:
        return None
    kind, said = cell
    if kind in NOT_NUMBERS:
        raise ValidationError(_("Enter a number; this is a date or another kind of value."))
    if kind == "t":
        return parse_quantity(said) if said.strip() else None
    number = Decimal(said)
    if not number.is_finite():
        raise ValidationError(_("Enter a number."))
    return parse_quantity(f"{round(number, DECIMALS_OF_A_FLOAT):f}")


def _text(cell: Cell) -> str:
    """The words in a cell; a number that was typed into a text cell is its digits."""
    return "" if cell is None or cell[0] in NOT_NUMBERS else cell[1].replace("\0", "").strip()
