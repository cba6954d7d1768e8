"""Sheets whose rows are things with a code: read back by their heads, with what is wrong by cell.

For lines of planning documents and activities of a plan; the grid of a report has its own way.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from xlsxwriter.utility import xl_rowcol_to_cell

from coordination.models import User, parse_quantity
from coordination.models.money import MINOR_DIGITS
from coordination.services.refusals import Refusal

from .imports import KEPT_FOR, NOT_NUMBERS, Cell, CellFault, cells_of

SALT = "workplans.rows"
# What a preview calls a new thing by, ahead of what else is said of it.
NAMED = {"code", "title"}
# How far down the row of heads may stand, below a title.
HEADS_WITHIN = 10
DECIMALS_OF_A_FLOAT = 9
# As people write days; the first is what a spreadsheet's own day becomes.
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# A day whose cell lost its format is a number: how many days after this one. Only those of a
# lifetime are read so, for a budget in the wrong column is a number too.
SERIAL_ZERO = dt.date(1899, 12, 30)
SERIALS = range(25_569, 65_746)  # 1970 to 2079
WRITTEN_DAYS = ("%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%d/%m/%Y", "%d.%m.%Y")

Reader = Callable[[Cell], Any]


class HeadsMissing(Refusal):
    """Names the columns that are needed and are not there."""

    def __init__(self, heads: Iterable[str]) -> None:
        said = gettext_lazy(
            "The first sheet has no row of heads with these columns: %(heads)s. Take the template "
            "of this page."
        )
        super().__init__(said % {"heads": ", ".join(heads)})


class TooLate(Refusal):
    message = gettext_lazy("This took too long. Choose the file again.")


@dataclass(frozen=True)
class Column:
    """A column: its name, its head as files bear it, and how its cells are read."""

    name: str
    head: Any
    read: Reader
    is_needed: bool = False


@dataclass
class Row:
    """A row of the sheet by the names of its columns; ``number`` counts from 0."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    is_sound: bool = True


@dataclass(frozen=True)
class RowChange:
    """What a file changes of one thing, field by field; a new one has nothing before."""

    code: str
    title: str
    is_new: bool
    fields: list[tuple[str, str, str]]

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """The fields with their days as pages write them."""
        return [(label, _told(before), _told(after)) for label, before, after in self.fields]

    @property
    def filled(self) -> list[tuple[str, str]]:
        """Of a new one, what is said of it beside its code and title."""
        return [(label, after) for label, _before, after in self.told if after]


def _told(words: str) -> str:
    return date_format(dt.date.fromisoformat(words)) if DAY.fullmatch(words) else words


class Sheet:
    """The rows of a file, and the faults found in them so far."""

    def __init__(self, content: bytes, columns: Sequence[Column]) -> None:
        """Read the rows; raises HeadsMissing, WorkbookUnreadable or WorkbookTooLarge."""
        cells = cells_of(content)
        top, self.places = _find_heads(cells, columns)
        self.faults: dict[tuple[int, int], str] = {}
        self.rows: list[Row] = []
        for number, line in enumerate(cells[top + 1 :], start=top + 1):
            if any(cell is not None for cell in line):
                self.rows.append(self._read(number, line, columns))

    def has(self, name: str) -> bool:
        """Whether the file has this column: one that is not there changes nothing."""
        return name in self.places

    def fault(self, row: Row, name: str, message: object) -> None:
        """Name what is wrong in the cell, unless something is already: the row cannot stand."""
        place = (row.number, self.places.get(name, 0))
        row.is_sound = False
        self.faults.setdefault(place, str(message))

    def faults_by_cell(self) -> list[CellFault]:
        return [
            CellFault(xl_rowcol_to_cell(*place), message)
            for place, message in sorted(self.faults.items())
        ]

    def by_code(self) -> dict[str, Row]:
        """The rows by their codes, whatever the case; an empty or repeated code is a fault."""
        found: dict[str, Row] = {}
        for row in self.rows:
            code = row.values.get("code", "")
            if not code:
                self.fault(row, "code", _("Fill in the code: by it a row is known again."))
            elif code.casefold() in found:
                self.fault(row, "code", _("This code stands in the file twice."))
            else:
                found[code.casefold()] = row
        return found

    def _read(self, number: int, line: Sequence[Cell], columns: Sequence[Column]) -> Row:
        row = Row(number)
        for column in columns:
            place = self.places.get(column.name)
            if place is None:
                continue
            try:
                row.values[column.name] = column.read(line[place] if place < len(line) else None)
            except ValidationError as error:
                row.values[column.name] = None
                self.fault(row, column.name, error.messages[0])
        return row


def _find_heads(
    cells: Sequence[Sequence[Cell]], columns: Sequence[Column]
) -> tuple[int, dict[str, int]]:
    """In which row the heads stand, and each column's place; in any language of the portal."""
    known = {head: column.name for column in columns for head in _in_every_language(column.head)}
    needed = {column.name for column in columns if column.is_needed}
    for number, line in enumerate(cells[:HEADS_WITHIN]):
        places: dict[str, int] = {}
        for place, cell in enumerate(line):
            name = known.get(_plain(cell))
            if name is not None:
                places.setdefault(name, place)
        if needed <= places.keys():
            return number, places
    raise HeadsMissing(str(column.head) for column in columns if column.is_needed)


def _in_every_language(head: Any) -> Iterator[str]:
    for code, _name in settings.LANGUAGES:
        with override(code):
            yield " ".join(str(head).split()).casefold()


def _words(value: str, label: Any) -> Iterator[str]:
    """All by which a choice is known; the value itself before its labels."""
    yield from _in_every_language(label)
    yield str(value).casefold()


def _plain(cell: Cell) -> str:
    return "" if cell is None else " ".join(cell[1].split()).casefold()


# --- How cells are read ---


def text(length: int) -> Reader:
    """Words of at most so many characters; a number typed there is its digits."""

    def read(cell: Cell) -> str:
        if cell is None:
            return ""
        said = cell[1].replace("\0", "").strip()
        if cell[0] == "n" and said.endswith(".0"):
            said = said[:-2]
        if cell[0] == "x":
            raise ValidationError(_("Enter words; this is another kind of value."))
        if len(said) > length:
            raise ValidationError(
                _("This text has more than %(length)d characters.") % {"length": length}
            )
        return said

    return read


def one_of(
    choices: Iterable[tuple[str, Any]], *, may_be_empty: bool = True, in_codes: bool = False
) -> Reader:
    """One of the choices, by its word in any language of the portal, or by its value.

    Where the file holds the values (``in_codes``) a refusal names them: KES (Kenya shilling).
    """
    pairs = [(value, label) for value, label in choices if value]
    known: dict[str, str] = {}

    def read(cell: Cell) -> str:
        said = _plain(cell)
        if not said and may_be_empty:
            return ""
        if not known:  # once a column: switching languages for each of its cells is slow
            known.update((word, value) for value, label in pairs for word in _words(value, label))
        if said in known:
            return known[said]
        words = ", ".join(
            f"{value} ({label})" if in_codes else str(label) for value, label in pairs
        )
        raise ValidationError(_("Choose one of: %(words)s.") % {"words": words})

    return read


def day(cell: Cell) -> dt.date | None:
    """A day as the spreadsheet keeps it, or as people write it."""
    said = "" if cell is None else cell[1].strip()
    if not said:
        return None
    if cell and cell[0] == "n" and float(said) in SERIALS:
        return SERIAL_ZERO + dt.timedelta(days=int(float(said)))
    for form in WRITTEN_DAYS if cell and cell[0] != "n" else ():
        try:
            return dt.datetime.strptime(said, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValidationError(_("Enter a day, such as 2021-03-31 or 31 Mar 2021."))


def amount(cell: Cell) -> int | None:
    """An amount of money in minor units."""
    if cell is None or not cell[1].strip():
        return None
    if cell[0] in NOT_NUMBERS:
        raise ValidationError(_("Enter an amount; this is a day or another kind of value."))
    said = cell[1]
    if cell[0] == "n":
        # Binary fractions carry noise: 0.1 + 0.2 is 0.30000000000000004.
        said = f"{round(float(said), DECIMALS_OF_A_FLOAT):.{MINOR_DIGITS + 2}f}"
        said = said.rstrip("0").rstrip(".")
    minor = parse_quantity(said).scaleb(MINOR_DIGITS)
    if minor < 0:
        raise ValidationError(_("An amount is 0 or more."))
    if minor != minor.to_integral_value():
        raise ValidationError(_("An amount has at most two decimals."))
    return int(minor)


def yes_or_no(cell: Cell) -> bool | None:
    """Yes or no in any language of the portal; None for an empty cell."""
    said = _plain(cell)
    if not said:
        return None
    for word, value in ((gettext_lazy("yes"), True), (gettext_lazy("no"), False)):
        if said in _in_every_language(word):
            return value
    raise ValidationError(_("Enter yes or no."))


# --- What is carried from the preview to the deed ---


def pack(purpose: str, rows: Sequence[Mapping[str, Any]], *, seen: Any, by: User) -> str:
    """The rows as signed text, which the page that shows them carries until they are saved."""
    said = [{name: _carried(value) for name, value in row.items()} for row in rows]
    return signing.dumps([purpose, by.pk, seen, said], salt=SALT, compress=True)


def unpack(packed: str, purpose: str, *, by: User) -> tuple[list[dict[str, Any]], Any]:
    """The rows that were packed, and what had been seen of the portal.

    Raises TooLate for those of another purpose, person or day.
    """
    try:
        said_of, person, seen, rows = signing.loads(packed, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature as late:
        raise TooLate from late
    if (said_of, person) != (purpose, by.pk):
        raise TooLate
    return [{name: _restored(value) for name, value in row.items()} for row in rows], seen


def _carried(value: Any) -> Any:
    return {"day": value.isoformat()} if isinstance(value, dt.date) else value


def _restored(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"day"}:
        return dt.date.fromisoformat(value["day"])
    return value
