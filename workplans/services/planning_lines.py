"""Lines of planning documents: typed one by one, or brought in from a spreadsheet by code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Currency, Money, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import Table
from workplans.models import Activity, PlanningDocument, PlanningLine, walk_lines

from . import rows as reading
from .imports import CellFault
from .planning_documents import lock_open_document
from .rows import NAMED, Column, Row, RowChange, Sheet

TARGET = "target:"
TARGET_LENGTH = 80


class LineCodeTaken(Refusal):
    message = gettext_lazy("Another line of this document has this code.")


class LineWithinItself(Refusal):
    message = gettext_lazy("A line cannot be part of itself.")


class LineIsCited(Refusal):
    message = gettext_lazy("Activities cite this line, or it has lines below: it stays.")


class LineContent(TypedDict):
    """What a line says."""

    code: str
    parent: PlanningLine | None
    level: str
    title: str
    output: str
    kpi: str
    baseline: str
    targets: dict[str, str]
    budget_minor: int | None
    currency: str
    funds: str
    in_estimates_on: dt.date | None


@dataclass
class LinesRead:
    """All that a file says of a document's lines: what it changes, or the faults that forbid it."""

    changes: list[RowChange] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    unnamed: int = 0


@transaction.atomic
def save_line(
    document: PlanningDocument,
    *,
    by: User,
    seen_version: int,
    line: PlanningLine | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[LineContent],
) -> PlanningLine:
    """A new line, or ``line`` with its new content.

    Raises DocumentIsReplaced, LineCodeTaken, LineWithinItself, or EditedMeanwhile when the document
    is no longer what ``by`` saw.
    """
    document = lock_open_document(document)
    lines = {each.pk: each for each in document.lines.all()}
    own = line.pk if line else None
    for each in lines.values():
        if each.pk != own and each.code.casefold() == content["code"].casefold():
            same = own is None and each.title == content["title"]
            if same and document.edition == seen_version + 1:
                return each
            raise LineCodeTaken
    if document.edition != seen_version:
        raise EditedMeanwhile
    above = content["parent"]
    while above is not None:
        if above.pk == own:
            raise LineWithinItself
        above = lines.get(above.parent_id) if above.parent_id else None
    before = line_in_words(lines[own]) if own else {}
    changed = lines[own] if own else PlanningLine(document=document, position=len(lines))
    for name, value in content.items():
        setattr(changed, name, value)
    changed.full_clean()
    changed.save()
    _count_up(document)
    changes = changes_between(before, line_in_words(changed))
    record("workplans.line_saved", document, by=by, changes=changes, note=str(changed), at=at)
    return changed


@transaction.atomic
def drop_line(line: PlanningLine, *, by: User, at: dt.datetime | None = None) -> None:
    """Take a line off that nothing hangs on; raises DocumentIsReplaced or LineIsCited."""
    document = lock_open_document(line.document)
    cited = Activity.objects.filter(Q(adp_line=line) | Q(cidp_line=line)).exists()
    if cited or line.children.exists():
        raise LineIsCited
    changes = {"code": [line.code, None]}
    said = str(line)
    PlanningLine.objects.filter(pk=line.pk).delete()
    _count_up(document)
    record("workplans.line_dropped", document, by=by, changes=changes, note=said, at=at)


def line_in_words(line: PlanningLine) -> dict[str, Any]:
    """The line as people read it, for the record and for a preview."""
    targets = [f"{key[:4]}: {value}" for key, value in sorted(line.targets.items())]
    return {
        "code": line.code,
        "parent": line.parent.code if line.parent else "",
        "level": str(line.get_level_display()),
        "title": line.title,
        "output": line.output,
        "kpi": line.kpi,
        "baseline": line.baseline,
        "targets": "; ".join(targets),
        "budget": str(line.budget or ""),
        "funds": line.funds,
        "in_estimates_on": line.in_estimates_on,
    }


# --- As a spreadsheet ---


def columns_of(document: PlanningDocument) -> list[Column]:
    """The columns of the document's template, a target for each of its years."""
    lazy = gettext_lazy
    years = [
        Column(f"{TARGET}{key}", f"{_('Target')} {label}", reading.text(TARGET_LENGTH))
        for key, label in document.years
    ]
    return [
        Column("code", lazy("Code"), reading.text(40), is_needed=True),
        Column("parent", lazy("Part of (code)"), reading.text(40)),
        Column("level", lazy("Level"), reading.one_of(PlanningLine.Level.choices)),
        Column("title", lazy("Title"), reading.text(240), is_needed=True),
        Column("output", lazy("Output"), reading.text(300)),
        Column("kpi", lazy("Key performance indicator"), reading.text(300)),
        Column("baseline", lazy("Baseline"), reading.text(80)),
        *years,
        Column("budget_minor", lazy("Budget"), reading.amount),
        Column("currency", lazy("Currency"), reading.one_of(Currency.choices, in_codes=True)),
        Column("funds", lazy("Source of funds"), reading.text(120)),
        Column("in_estimates_on", lazy("Entered the estimates on"), reading.day),
    ]


def lines_table(document: PlanningDocument) -> Table:
    """The lines as the template to fill in: of a document without lines the heads alone."""
    columns = columns_of(document)
    known = list(document.lines.select_related("parent"))
    return Table(
        name=_("Lines"),
        columns=[str(column.head) for column in columns],
        rows=[
            [_cell(line, column.name) for column in columns] for _depth, line in walk_lines(known)
        ],
        about=[
            (_("Document"), str(document)),
            (_("Place"), str(document.place)),
            (_("State"), str(document.get_state_display())),
            (
                _("How to fill it in"),
                _(
                    "One line a row. “Part of” names the code of the line above it. The level is "
                    "one of: %(levels)s. Lines that are not in the file stay as they are."
                )
                % {"levels": ", ".join(str(label) for label in PlanningLine.Level.labels)},
            ),
        ],
    )


def read_lines(content: bytes, document: PlanningDocument) -> LinesRead:
    """What the file would change of the document's lines; changes nothing.

    Rows are known again by their codes. Raises a refusal when it is no such file.
    """
    columns = columns_of(document)
    sheet = Sheet(content, columns)
    known = {line.code.casefold(): line for line in document.lines.select_related("parent")}
    found = sheet.by_code()
    merged = {code: _merged(row, known.get(code), sheet) for code, row in found.items()}
    for code, row in found.items():
        _check(row, merged[code], sheet, known.keys() | found.keys())
    _check_nesting(sheet, found, merged, known)
    result = LinesRead(faults=sheet.faults_by_cell(), unnamed=len(known.keys() - found.keys()))
    labels = {column.name: str(column.head) for column in columns}
    for code, values in merged.items():
        line = known.get(code)
        before = _values(line) if line else {}
        changed = [
            name for name in labels if (before.get(name) or None) != (values.get(name) or None)
        ]
        if line is None or changed:
            result.rows.append(values)
            fields = [
                (labels[name], _words(name, before), _words(name, values))
                for name in changed
                if line is not None or name not in NAMED
            ]
            result.changes.append(RowChange(values["code"], values["title"], line is None, fields))
    return result


@transaction.atomic
def save_lines(
    document: PlanningDocument,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
) -> int:
    """Save all rows that were shown, or none, and return how many.

    Raises DocumentIsReplaced, or EditedMeanwhile when the document is no longer what was shown.
    """
    now, document = at or timezone.now(), lock_open_document(document)
    if document.edition != seen_version:
        raise EditedMeanwhile
    known = {line.code.casefold(): line for line in document.lines.all()}
    before = len(known)
    new: list[PlanningLine] = []
    old: list[PlanningLine] = []
    for row in rows:
        line = known.get(row["code"].casefold())
        if line is None:
            line = PlanningLine(document=document, position=before + len(new))
            known[row["code"].casefold()] = line
            new.append(line)
        else:
            old.append(line)
        _write(line, row)
        line.clean_fields(exclude=["document", "parent"])
    PlanningLine.objects.bulk_create(new, batch_size=200)
    # Only now has each line a key that those below it can name.
    parents = {row["code"].casefold(): row["parent"].casefold() for row in rows}
    for code, parent in parents.items():
        known[code].parent = known[parent] if parent else None
    columns = [
        "code", "parent", "level", "title", "output", "kpi", "baseline", "targets",
        "budget_minor", "currency", "funds", "in_estimates_on",
    ]  # fmt: skip
    PlanningLine.objects.bulk_update([*old, *new], columns, batch_size=50)
    _count_up(document)
    changes = {"lines": [before, before + len(new)]}
    note = _("%(new)d new, %(changed)d changed") % {"new": len(new), "changed": len(old)}
    record("workplans.lines_imported", document, by=by, changes=changes, note=note, at=now)
    return len(rows)


def _count_up(document: PlanningDocument) -> None:
    document.edition += 1
    document.save(update_fields=["edition"])


def _values(line: PlanningLine) -> dict[str, Any]:
    """The line as a row of the template says it."""
    return {
        "code": line.code,
        "parent": line.parent.code if line.parent else "",
        "level": line.level,
        "title": line.title,
        "output": line.output,
        "kpi": line.kpi,
        "baseline": line.baseline,
        "budget_minor": line.budget_minor,
        "currency": line.currency,
        "funds": line.funds,
        "in_estimates_on": line.in_estimates_on,
        **{f"{TARGET}{key}": value for key, value in line.targets.items()},
    }


def _merged(row: Row, line: PlanningLine | None, sheet: Sheet) -> dict[str, Any]:
    """What the row says, and what stands of the columns that the file does not have."""
    empty: dict[str, Any] = {
        "parent": "", "level": PlanningLine.Level.ACTIVITY.value, "output": "", "kpi": "",
        "baseline": "", "budget_minor": None, "currency": "", "funds": "", "in_estimates_on": None,
    }  # fmt: skip
    values = empty | (_values(line) if line else {}) | row.values
    if not values["level"]:
        values["level"] = line.level if line else PlanningLine.Level.ACTIVITY.value
    if line is not None:
        values["code"] = line.code
    if values["budget_minor"] is None and not sheet.has("currency"):
        values["currency"] = ""
    # An emptied target is none; the keys of years that are not in the file stay.
    return {
        name: value for name, value in values.items() if not (name.startswith(TARGET) and not value)
    }


def _check(row: Row, values: Mapping[str, Any], sheet: Sheet, codes: Iterable[str]) -> None:
    if not values.get("title"):
        sheet.fault(row, "title", _("Fill in the title."))
    parent = (values.get("parent") or "").casefold()
    if parent and parent not in codes:
        sheet.fault(row, "parent", _("No line has this code, neither here nor on the portal."))
    if values.get("budget_minor") is not None and not values.get("currency"):
        sheet.fault(row, "currency", _("Choose the currency of the budget."))
    if values.get("budget_minor") is None and values.get("currency") and row.is_sound:
        sheet.fault(row, "budget_minor", _("A currency stands here without an amount."))


def _check_nesting(
    sheet: Sheet,
    found: Mapping[str, Row],
    merged: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, PlanningLine],
) -> None:
    """Name every row from which one comes back to itself by going up."""
    above = {code: line.parent.code.casefold() for code, line in known.items() if line.parent}
    for code, values in merged.items():
        above[code] = (values.get("parent") or "").casefold()
    for code, row in found.items():
        seen, at = {code}, above.get(code, "")
        while at and at not in seen:
            seen.add(at)
            at = above.get(at, "")
        if at == code:
            sheet.fault(row, "parent", _("A line cannot be part of itself."))


def _write(line: PlanningLine, row: Mapping[str, Any]) -> None:
    for name, value in row.items():
        if name != "parent" and not name.startswith(TARGET):
            setattr(line, name, value)
    line.targets = {
        name.removeprefix(TARGET): value for name, value in row.items() if name.startswith(TARGET)
    }


def _cell(line: PlanningLine, name: str) -> Any:
    value = _values(line).get(name)
    if name == "level":
        return str(line.get_level_display())
    if name == "budget_minor":
        return line.budget.major if line.budget else None
    return value


def _words(name: str, values: Mapping[str, Any]) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if name == "budget_minor":
        return str(Money(value, values.get("currency") or "")).strip()
    if name == "level" and value:
        return str(PlanningLine.Level(value).label)
    return str(value)
