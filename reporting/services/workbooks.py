"""The snapshot as a workbook: every table, one row a value; zero and missing apart (R4, R23)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from coordination.models.money import MINOR_DIGITS
from coordination.services.snapshots import Snapshot
from coordination.services.spreadsheets import Table, to_workbook
from reporting.models import AwardFinance
from reporting.services.words import percent_of

Contents = dict[str, Any]
Row = tuple[Any, ...]

EXCEL_DIGITS = 15


def build_workbook(snapshot: Snapshot) -> bytes:
    """Every table of the snapshot on a sheet of its own; the same snapshot, the same bytes."""
    contents = snapshot.contents
    with translation.override(contents["language"]):
        tables = [
            _about(snapshot),
            _values(contents),
            _reported_values(contents),
            _activities(contents),
            _reports_received(contents),
            _restatements(contents),
            _framework(contents),
            _definitions(contents),
            _awards(contents),
            _finances(contents),
            *_support(contents),
            _places(contents),
            _texts(contents),
        ]
        return to_workbook(title_of(contents), tables, made_at=snapshot.cut_off)


def title_of(contents: Contents) -> str:
    """Such as "SEK: Quarterly progress report, January to March 2021"."""
    report = contents["report"]
    return f"{report['title']}: {report['kind']}, {contents['period']['text']}"


def value_rows(contents: Contents) -> Iterator[dict[str, Any]]:
    """Every figure of every table as one flat row, in the order of the report."""
    year, tables = contents["year"], contents["tables"]
    for row in tables["indicators"]:
        head = {"table": _("Performance data"), **_indicator(row)}
        yield {**head, "measure": _("Baseline"), **_cell(row["baseline"])}
        yield {**head, "measure": _("Target"), "period": year["text"], **_cell(row["target"])}
        for quarter, cell in zip(year["quarters"], row["quarters"], strict=True):
            yield {**head, "measure": _("Actual"), "period": quarter["full"], **_cell(cell)}
        yield {**head, "measure": _("Actual"), "period": _to_date(year), **_cell(row["to_date"])}
        yield {
            **head, "measure": percent_of(is_way=row.get("from_baseline", False)),
            "period": _to_date(year), **_cell(row["achievement"]),
        }  # fmt: skip
        yield {**head, "measure": _("Target"), "period": _("Life"), **_cell(row["life_target"])}
        yield {
            **head, "measure": _("Actual"), "period": _("Life to date"),
            **_cell(row["life_to_date"]),
        }  # fmt: skip
    yield from _parts(contents, "places", "place", _("Results by place"))
    yield from _parts(contents, "organisations", "organisation", _("Results by organisation"))
    yield from _groups(contents)


def _parts(contents: Contents, code: str, key: str, title: str) -> Iterator[dict[str, Any]]:
    now, year = _current(contents), contents["year"]
    for group in contents["tables"][code]:
        for row in group["rows"]:
            head = {"table": title, **_indicator(group["indicator"]), key: row[key]}
            yield {**head, "measure": _("Actual"), "period": now, **_cell(row["quarter"])}
            yield {
                **head, "measure": _("Actual"), "period": _to_date(year), **_cell(row["to_date"]),
            }  # fmt: skip
            yield {**head, "measure": _("Target"), "period": year["text"], **_cell(row["target"])}
            yield {
                **head, "measure": percent_of(is_way=row.get("from_baseline", False)),
                "period": _to_date(year), **_cell(row["achievement"]),
            }  # fmt: skip


def _groups(contents: Contents) -> Iterator[dict[str, Any]]:
    now, year = _current(contents), contents["year"]
    for group in contents["tables"]["disaggregates"]:
        for row in group["rows"]:
            head = {
                "table": _("Results by group"), **_indicator(group["indicator"]),
                "group": f"{group['disaggregation']}: {row['category']}",
            }  # fmt: skip
            yield {**head, "measure": _("Actual"), "period": now, **_cell(row["quarter"])}
            yield {**head, "measure": _("Share, %"), "period": now, **_cell(row["share"])}
            yield {
                **head, "measure": _("Actual"), "period": _to_date(year), **_cell(row["to_date"]),
            }  # fmt: skip


def _values(contents: Contents) -> Table:
    columns = {
        "table": _("Table"), "code": _("Code"), "name": _("Indicator"), "version": _("Version"),
        "unit": _("Unit"), "place": _("Place"), "organisation": _("Organisation"),
        "group": _("Group"), "measure": _("Measure"), "period": _("Period"),
        "value": _("Value"), "text": _("As displayed"), "reason": _("Why there is none"),
        "as_of": _("Stock as at"), "values": _("Values counted"),
        "carried": _("Of these from earlier quarters"), "numerator": _("Numerator"),
        "denominator": _("Denominator"), "mark": _("Restated"),
    }  # fmt: skip
    rows = [tuple(row.get(key) for key in columns) for row in value_rows(contents)]
    return Table(_("Values"), list(columns.values()), rows)


def _reported_values(contents: Contents) -> Table:
    """Every verified value behind the figures, one a row (R12)."""
    columns = (
        _("Code"), _("Indicator"), _("Version"), _("Unit"), _("Organisation"), _("Place"),
        _("Period"), _("Value"), _("As displayed"), _("Numerator"), _("Denominator"),
        _("Submitted"), _("Verified"), _("Verified by"), _("Checked by"),
        _("It was"), _("Reason of the restatement"),
    )  # fmt: skip
    rows = [
        (
            group["indicator"]["code"], group["indicator"]["name"], group["indicator"]["version"],
            group["indicator"]["unit"], row["organisation"], row["place"], row["period"]["text"],
            _number(row["exact"]), row["text"], _number(row["numerator"]),
            _number(row["denominator"]), row["submitted"], row["verified"], row["verified_by"],
            row.get("checked", ""), row["replaced"] and row["replaced"]["text"],
            row["replaced"] and row["replaced"]["reason"],
        )
        for group in contents["tables"]["values"]
        for row in group["rows"]
    ]  # fmt: skip
    return Table(_("Reported values"), columns, rows)


def _about(snapshot: Snapshot) -> Table:
    contents = snapshot.contents
    report, completeness = contents["report"], contents["completeness"]
    labels = [f"{label['text']} ({label['calendar']})" for label in contents["period"]["labels"]]
    facts = [
        (_("Report"), title_of(contents)),
        (_("Mechanism"), contents["mechanism"]["name"]),
        (_("Place"), report["place"] or ", ".join(contents["mechanism"]["places"])),
        (_("Period"), contents["period"]["text"]),
        *((_("Fiscal label"), label) for label in labels),
        (_("Cut-off"), f"{contents['cut_off']['text']} ({contents['cut_off']['zone']})"),
        (_("Status"), report["status"]),
        (_("Reports received"), _("%(received)s of %(due)s") % completeness),
        (_("Missing"), ", ".join(completeness["missing"])),
        (_("Late"), ", ".join(completeness["late"])),
        (_("Exempt"), ", ".join(completeness["exempt"])),
        (_("Restated figures"), str(len(contents["tables"]["restatements"]["rows"]))),
        (_("What counts"), _("Verified values only. An empty value is missing and never a zero.")),
        (_("Rules"), contents["rules"]),
        (_("SHA-256 of the snapshot"), snapshot.sha256),
        (_("Check a copy"), report["check_address"]),
    ]
    if contents["illustrative"]:
        facts.append((_("Illustrative"), _("Holds figures made up to show how the portal works.")))
    return Table(_("About"), (_("What"), _("Value")), facts)


def _activities(contents: Contents) -> Table:
    columns = (
        _("Plan"), _("Code"), _("Activity"), _("Sector"), _("Lead"), _("Co-implementers"),
        _("Places"), _("Dates"), _("Status"), _("Status as at"), _("Reason"),
        _("Percent complete"), _("In the quarter"), _("Planned in the quarter before"),
        _("Planned next"),
    )  # fmt: skip
    rows: list[Row] = [
        (
            plan["plan"], row["code"], row["title"], row["sector"], row["lead"],
            "; ".join(f"{each['organisation']} ({each['role']})" for each in row["partners"]),
            ", ".join(row["places"]), row["dates"], row["status"]["text"], row["as_of"],
            row["reason"], row["percent"], row["narrative"], row["planned"], row["next_step"],
        )
        for plan in contents["tables"]["activities"]
        for row in plan["rows"]
    ]  # fmt: skip
    return Table(_("Activities"), columns, rows)


def _reports_received(contents: Contents) -> Table:
    columns = (_("Organisation"), _("Report"), _("Due"), _("First submitted"), _("Note"))
    rows: list[Row] = [
        (row["organisation"], row["status"]["text"], row["due"], row["submitted"], row["note"])
        for row in contents["completeness"]["rows"]
    ]
    return Table(_("Reports received"), columns, rows)


def _restatements(contents: Contents) -> Table:
    columns = (
        _("Mark"), _("Code"), _("Indicator"), _("Unit"), _("Period"), _("As published"), _("Now"),
        _("Why"),
    )  # fmt: skip
    rows: list[Row] = [
        (
            row["mark"], row["code"], row["name"], row["unit"], row["period"],
            _number(row["old"]["exact"]), _number(row["new"]["exact"]), "; ".join(row["reasons"]),
        )
        for row in contents["tables"]["restatements"]["rows"]
    ]  # fmt: skip
    return Table(_("Restated figures"), columns, rows)


def _framework(contents: Contents) -> Table:
    columns = (
        _("Framework"), _("Version"), _("State"), _("Level"), _("Code"), _("Intended result"),
        _("Responsible"), _("Assumptions"), _("Risks"),
    )  # fmt: skip
    rows = [
        (
            framework["name"], framework["version"], framework["state"], row["level"], row["code"],
            row["statement"], row["owner"], row["assumptions"], row["risks"],
        )
        for framework in contents["tables"].get("framework", [])
        for row in framework["rows"]
    ]  # fmt: skip
    return Table(_("Results framework"), columns, rows)


def _definitions(contents: Contents) -> Table:
    columns = (
        _("Code"), _("Indicator"), _("Version"), _("Unit"), _("Definition"), _("Numerator"),
        _("Denominator"), _("How it is added"), _("Source"), _("Limits"), _("Change"),
    )  # fmt: skip
    keys = (
        "code", "name", "version", "unit", "definition", "numerator", "denominator", "rules",
        "source", "limits", "change",
    )  # fmt: skip
    rows = [tuple(row[key] for key in keys) for row in contents["tables"]["definitions"]]
    return Table(_("Definitions"), columns, rows)


def _awards(contents: Contents) -> Table:
    columns = (
        _("Award"), _("Number"), _("Donor"), _("Donor’s representative"), _("Alternate"),
        _("Prime"), _("Sub-awardees"), _("Dates"), _("Total"),
    )  # fmt: skip
    rows: list[Row] = [
        (
            row["title"], row["number"], row["donor"], row["representative"], row["alternate"],
            row["prime"], ", ".join(row["subs"]), row["dates"], row["total"],
        )
        for row in contents["tables"]["awards"]
    ]  # fmt: skip
    return Table(_("Awards"), columns, rows)


def _finances(contents: Contents) -> Table:
    """What was obligated and spent: an amount that was not given is empty, and never a zero."""
    rows: list[Row] = [
        (
            row["title"], row["number"], row["currency"],
            *(_major(row[name]["minor"]) for name in AwardFinance.Amount.values),
        )
        for row in contents["tables"]["award_finances"]
    ]  # fmt: skip
    head = (_("Award"), _("Number"), _("Currency"), *map(str, AwardFinance.Amount.labels))
    return Table(_("Finance"), head, rows)


def _support(contents: Contents) -> Iterator[Table]:
    """What the backbone gave, a row for each function and organisation; no sheet without any."""
    support = contents["tables"].get("support")
    if support:
        rows: list[Row] = [
            (row["function"], each["organisation"], each["times"])
            for row in support["rows"]
            for each in row["organisations"] or [{"organisation": None, "times": None}]
        ]
        yield Table(_("Support"), (_("Function"), _("Organisation"), _("Times")), rows)


def _places(contents: Contents) -> Table:
    columns = (_("Place"), _("Level"), _("Official code"), _("Activities"), _("Organisations"))
    rows: list[Row] = [
        (
            row["name"], row["level"], row["code"], row["activities"],
            ", ".join(row["organisations"]),
        )
        for row in contents["tables"]["coverage"]
    ]  # fmt: skip
    return Table(_("Places"), columns, rows)


def _texts(contents: Contents) -> Table:
    rows: list[Row] = [
        (chapter["number"], chapter["title"], part["title"], part["text"])
        for chapter in contents["chapters"]
        for part in chapter["parts"]
        if part["kind"] == "text"
    ]
    return Table(_("Texts"), (_("Chapter"), _("Title"), _("Section"), _("Text")), rows)


def _indicator(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("code", "name", "version", "unit")}


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A figure's columns: a missing one has no value, and says why in a column of its own."""
    as_of = cell.get("as_of")
    return {
        "value": _number(cell["exact"]),
        "text": cell["text"],
        "reason": cell.get("reason", ""),
        "as_of": as_of["text"] if as_of else None,
        "values": cell.get("values"),
        "carried": cell.get("carried"),
        "numerator": _number(cell.get("numerator")),
        "denominator": _number(cell.get("denominator")),
        "mark": cell.get("mark"),
    }


def _number(exact: str | None) -> Decimal | None:
    """The value as a spreadsheet can hold it: it keeps fifteen digits."""
    if exact is None:
        return None
    number = Decimal(exact)
    return (
        number.quantize(Decimal(1).scaleb(number.adjusted() - EXCEL_DIGITS + 1))
        if (len(number.as_tuple().digits) > EXCEL_DIGITS)
        else number
    )


def _major(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-MINOR_DIGITS)


def _current(contents: Contents) -> str:
    quarters = contents["year"]["quarters"]
    return str(next(quarter["full"] for quarter in quarters if quarter["is_current"]))


def _to_date(year: dict[str, Any]) -> str:
    return _("%(year)s to date") % {"year": year["text"]}
