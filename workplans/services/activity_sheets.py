"""The activities of a plan as a spreadsheet, out and in again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Mechanism, Money, User, parse_quantity
from coordination.services.events import record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import Table
from workplans.models import Activity, JointWorkPlan, validate_code
from workplans.permissions.activities import organisations_led_by

from . import rows as reading
from .activities import ActivityCodeTaken, lock_open_plan
from .activity_outputs import QUARTERS
from .activity_values import Rows, changes_of, concerns, write, write_many
from .cells import HEADS, KEYED, MANY, Cells, Values, faults_of, values_of
from .imports import CellFault
from .output_cells import OUTPUTS, settled
from .overlaps import mark_of_overlaps, overlaps_of_rows, refresh_all_overlaps
from .rows import NAMED, Column, Row, RowChange, Sheet

VERSION = "version"
VERSION_HEAD = gettext_lazy("Version")
# What is empty or cannot be read changes nothing of these.
NEVER_EMPTY = {"is_public", "lead", *OUTPUTS}


class OverlapsMeanwhile(Refusal):
    message = gettext_lazy("What the rows may overlap with has changed since it was shown.")


class ActivityOfAnother(Refusal):
    """Names whose it is."""

    def __init__(self, lead: object) -> None:
        said = gettext_lazy("This activity is led by %(lead)s, which alone changes it.")
        super().__init__(said % {"lead": lead})


@dataclass
class ActivitiesRead:
    """All that a file says of a plan's activities: what it changes, or the faults in it."""

    changes: list[RowChange] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    unnamed: int = 0


def columns_of(cells: Cells) -> list[Column]:
    """The columns of the plan's spreadsheet; by its version a row is known to be unchanged."""
    version = Column(VERSION, VERSION_HEAD, reading.text(12))
    return [*cells.columns(HEADS), version]


def workbook_table(plan: JointWorkPlan, activities: Iterable[Activity], *, by: User) -> Table:
    """The activities as a spreadsheet to be changed and brought back."""
    cells = Cells(plan, by=by)
    lines = []
    for activity in activities:
        values = values_of(activity)
        said: list[Any] = [_as_cell(cells, name, values) for name in HEADS]
        lines.append([*said, activity.version])
    return Table(
        name=_("Activities"),
        columns=[str(head) for head in (*HEADS.values(), VERSION_HEAD)],
        rows=lines,
        about=[
            (_("Mechanism"), plan.mechanism.name),
            (_("Plan"), plan.title),
            (_("Year"), plan.year_label),
            (
                _("How to bring it back"),
                _(
                    "Rows are known by their codes: a new code is a new activity, a row that is "
                    "not in the file stays as it is. Several places, co-implementers or outputs "
                    "stand between semicolons, and so do the targets of several outputs. Leave the "
                    "version as it is."
                ),
            ),
        ],
    )


def read_activities(content: bytes, plan: JointWorkPlan, *, by: User) -> ActivitiesRead:
    """What the file would change of the plan's activities; changes nothing.

    Only those of organisations that ``by`` reports for can be changed. Raises a refusal when it is
    no such file.
    """
    cells = Cells(plan, by=by)
    columns = columns_of(cells)
    sheet = Sheet(content, columns)
    seen = Activity.objects.visible_to(by).filter(plan=plan).in_cells()
    known = {activity.code.casefold(): activity for activity in seen}
    led = set(organisations_led_by(by, plan).values_list("pk", flat=True))
    found = sheet.by_code()
    result = ActivitiesRead(unnamed=len(known.keys() - found.keys()))
    for code, row in found.items():
        _read_row(row, known.get(code), sheet=sheet, cells=cells, led=led, into=result)
    result.faults = sheet.faults_by_cell()
    return result


@transaction.atomic
def save_activities(
    plan: JointWorkPlan,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: User,
    overlaps_seen: str | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Save all rows that were shown, or none, and return how many.

    ``overlaps_seen`` is the mark of the possible overlaps that were shown with them (R13); None
    asks nothing. Raises PlanIsClosed, ActivityOfAnother, ActivityCodeTaken, OverlapsMeanwhile, or
    EditedMeanwhile when one of them is no longer what was shown.
    """
    now, plan = at or timezone.now(), lock_open_plan(plan)
    # Held from here on: no other activity of the mechanism comes between looking and saving.
    Mechanism.objects.select_for_update().get(pk=plan.mechanism_id)
    cells = Cells(plan, by=by)
    new, old = _matched(plan, rows, cells=cells, by=by)
    before = {activity.pk: values_of(activity) for activity, _values in old}
    if overlaps_seen not in {None, mark_of_overlaps(overlaps_of_rows(plan, rows))}:
        raise OverlapsMeanwhile
    _save_all(new, old, before)
    for activity, _values in new:
        record("workplans.activity_created", activity, by=by, at=now)
    for activity, values in old:
        changes = changes_of(cells, before[activity.pk], values)
        record("workplans.activity_edited", activity, by=by, changes=changes, at=now)
    refresh_all_overlaps(plan.mechanism, by=by, at=now)
    return len(rows)


def _matched(
    plan: JointWorkPlan, rows: Sequence[Mapping[str, Any]], *, cells: Cells, by: User
) -> tuple[Rows, Rows]:
    """New activities and those that the rows change, each with what its row says, held."""
    led = set(organisations_led_by(by, plan).values_list("pk", flat=True))
    held = Activity.objects.filter(plan=plan).select_for_update(of=("self",)).order_by("pk")
    known = {
        activity.code.casefold(): activity
        for activity in held.prefetch_related("places", "partners", "outputs")
    }
    new: list[tuple[Activity, Values]] = []
    old: list[tuple[Activity, Values]] = []
    for row in rows:
        activity, values = known.get(row["code"].casefold()), dict(row)
        version = values.pop(VERSION)
        leads = {values["lead"], activity.lead_id if activity else values["lead"]}
        if not leads <= led:
            raise ActivityOfAnother(cells.organisations.get((leads - led).pop(), ""))
        if activity is None:
            new.append((Activity(plan=plan), values))
        elif version is None:
            raise ActivityCodeTaken
        elif activity.version != version:
            raise EditedMeanwhile
        else:
            old.append((activity, values))
    return new, old


def _save_all(new: Rows, old: Rows, before: Mapping[int, Values]) -> None:
    """Write new ones together, and of each of the others what changes: one statement a row."""
    for activity, values in (*new, *old):
        write(activity, values, HEADS)
        activity.clean_fields(exclude=["plan", *KEYED])
    Activity.objects.bulk_create([activity for activity, _values in new], batch_size=100)
    write_many(new, MANY)
    for activity, values in old:
        changed = [name for name in HEADS if before[activity.pk][name] != values[name]]
        activity.version += 1
        activity.save(update_fields=[*(set(changed) - set(MANY)), VERSION])
    for names in (["places"], ["partners"], OUTPUTS):
        moved = [
            (activity, values)
            for activity, values in old
            if any(before[activity.pk][name] != values[name] for name in names)
        ]
        write_many(moved, names)


def _read_row(
    row: Row,
    activity: Activity | None,
    *,
    sheet: Sheet,
    cells: Cells,
    led: set[int],
    into: ActivitiesRead,
) -> None:
    """Compare a row with the activity of its code, and note what it changes or what is wrong."""
    before = values_of(activity) if activity else _new_values(led)
    said = {
        name: value
        for name, value in row.values.items()
        if name != VERSION and not (name in NEVER_EMPTY and value is None)
    }
    values = settled(before | said, before, said.keys())
    if activity is not None:
        values["code"] = activity.code
    changed = [name for name in HEADS if activity is None or values[name] != before[name]]
    if not changed:
        return
    if activity is None:
        _check_new(row, sheet)
    else:
        _check_version(row, activity, sheet)
    for name in {values["lead"], before["lead"]} - led - {None}:
        lead = cells.organisations.get(name, "")
        sheet.fault(row, "code", ActivityOfAnother(lead))
    for fault in faults_of(values):
        if activity is None or concerns(fault, changed):
            sheet.fault(row, fault.name if sheet.has(fault.name) else "code", fault.message)
    fields = [
        (str(HEADS[name]), cells.words(name, before) if activity else "", cells.words(name, values))
        for name in changed
        if activity is not None or name not in NAMED
    ]
    into.changes.append(RowChange(values["code"], values["title"] or "", activity is None, fields))
    into.rows.append(values | {VERSION: activity.version if activity else None})


def _check_new(row: Row, sheet: Sheet) -> None:
    try:
        validate_code(row.values["code"])
    except ValidationError as error:
        sheet.fault(row, "code", error.messages[0])


def _check_version(row: Row, activity: Activity, sheet: Sheet) -> None:
    version = row.values.get(VERSION)
    if version and version != str(activity.version):
        sheet.fault(
            row,
            "code",
            _("Changed on the portal since this file was written. Take the spreadsheet again."),
        )


def _new_values(led: set[int]) -> Values:
    """What an activity is before anything is said of it; of one's only organisation, its own."""
    empty: Values = dict.fromkeys(HEADS, "")
    empty |= dict.fromkeys([*KEYED, "starts_on", "ends_on", "budget_minor"])
    empty |= {name: [] for name in MANY} | {"is_public": True}
    if len(led) == 1:
        (empty["lead"],) = led
    return empty


def _as_cell(cells: Cells, name: str, values: Values) -> Any:
    """The value as a spreadsheet keeps it: days as days, amounts as numbers, the rest as words."""
    if name in {"starts_on", "ends_on"}:
        return values[name]
    if name == "budget_minor" and values[name] is not None:
        return Money(values[name], values["currency"]).major
    if name in QUARTERS and len(values[name]) == 1 and values[name][0]:
        return parse_quantity(values[name][0])
    return cells.words(name, values)
