"""What the cells of activities hold, written to their rows and told on record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from workplans.models import Activity, ActivityOutput, ActivityPartner

from .cells import HEADS, KEYED, MANY, Cells, CellsFault, Values
from .output_cells import OUTPUTS, outputs_in_lines, outputs_of_cells

Rows = Sequence[tuple[Activity, Values]]


def concerns(fault: CellsFault, touched: Collection[str]) -> bool:
    """Whether what was touched is at fault; an older fault elsewhere does not hinder it."""
    together = {
        **dict.fromkeys(OUTPUTS, frozenset(OUTPUTS)),
        "ends_on": {"starts_on", "ends_on"},
        "currency": {"budget_minor", "currency"},
        "budget_minor": {"budget_minor", "currency"},
    }
    return not together.get(fault.name, {fault.name}).isdisjoint(touched)


def write(activity: Activity, values: Mapping[str, Any], names: Iterable[str]) -> None:
    """Set the columns, unsaved."""
    for name in names:
        if name in KEYED:
            setattr(activity, f"{name}_id", values[name])
        elif name not in MANY:
            setattr(activity, name, values[name])


def write_many(wanted: Rows, names: Iterable[str]) -> None:
    """Set the places and the co-implementers of saved activities, in few statements."""
    keys = [activity.pk for activity, _values in wanted]
    through = Activity.places.through
    if "places" in names:
        through.objects.filter(activity__in=keys).delete()
        through.objects.bulk_create(
            through(activity_id=activity.pk, place_id=place)
            for activity, values in wanted
            for place in values["places"]
        )
    if "partners" in names:
        ActivityPartner.objects.filter(activity__in=keys).delete()
        ActivityPartner.objects.bulk_create(
            ActivityPartner(activity=activity, organisation_id=organisation, role=role)
            for activity, values in wanted
            for organisation, role in values["partners"]
        )
    if not set(OUTPUTS).isdisjoint(names):
        ActivityOutput.objects.filter(activity__in=keys).delete()
        ActivityOutput.objects.bulk_create(
            output for activity, values in wanted for output in outputs_of_cells(activity, values)
        )


def changes_of(cells: Cells, before: Values, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What changed, for the record; outputs with their targets as one."""
    changes: dict[str, list[Any]] = {
        field_of(name): [cells.words(name, before), cells.words(name, values)]
        for name in HEADS
        if name not in OUTPUTS and values[name] != before[name]
    }
    if any(values[name] != before[name] for name in OUTPUTS):
        changes["outputs"] = [outputs_in_lines(each, cells.indicators) for each in (before, values)]
    return changes


def field_of(name: str) -> str:
    """What the record calls the column."""
    return "budget" if name == "budget_minor" else name
