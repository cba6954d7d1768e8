"""The outputs of an activity as cells: name, unit and the targets of four quarters.

Several outputs stand between semicolons, in one order in each of the cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from coordination.models import parse_quantity, written
from workplans.models import Activity, ActivityOutput

from .activity_outputs import MOST_OUTPUTS, QUARTERS, OutputNamedTwice
from .imports import NOT_NUMBERS, Cell

OUTPUTS = ("outputs", "unit", *QUARTERS)
# Those that say something of each output: as many parts as there are outputs.
BESIDE = OUTPUTS[1:]
BETWEEN = ";"
NONE_SET = "–"
LONGEST_WORDING, LONGEST_UNIT = 240, 60

# Every value is a list with a part for each output: [key of the indicator or 0, words] in
# "outputs", a text in the others, "" where there is none. Thus a page can carry them.
Parts = list[Any]


def outputs_as_cells(outputs: Iterable[ActivityOutput]) -> dict[str, Parts]:
    """The cells of the outputs, which are in their order."""
    rows = list(outputs)
    quarters = {
        name: ["" if (target := getattr(row, name)) is None else written(target) for row in rows]
        for name in QUARTERS
    }
    names = [[row.indicator_id or 0, row.wording] for row in rows]
    return {"outputs": names, "unit": [row.unit for row in rows], **quarters}


def outputs_of_cells(activity: Activity, values: Mapping[str, Any]) -> Iterator[ActivityOutput]:
    """The outputs that the cells say, unsaved."""
    for position, (indicator, wording) in enumerate(values["outputs"]):
        targets = {name: values[name][position] for name in QUARTERS}
        yield ActivityOutput(
            activity=activity,
            position=position,
            indicator_id=indicator or None,
            wording=wording,
            unit=values["unit"][position],
            **{name: parse_quantity(said) if said else None for name, said in targets.items()},
        )


def settled(
    values: dict[str, Any], before: Mapping[str, Any], said: Collection[str]
) -> dict[str, Any]:
    """The values with a part beside each output.

    A cell that nobody filled in keeps what it says of each output that is still there; an empty
    one says nothing of any. ``said`` are the names of the cells that were filled in.
    """
    number = len(values["outputs"])
    for name in BESIDE:
        if name not in said:
            values[name] = _kept(before, name, values["outputs"])
        elif not values[name]:
            values[name] = [""] * number
    return values


def faults_of_outputs(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Which cell cannot stand beside the others, and why."""
    outputs = values["outputs"]
    named = [indicator for indicator, _wording in outputs if indicator]
    if len(named) != len(set(named)):
        yield "outputs", str(OutputNamedTwice.message)
    if len(outputs) > MOST_OUTPUTS:
        yield "outputs", _("An activity has at most %(most)d outputs.") % {"most": MOST_OUTPUTS}
    for name in BESIDE:
        if not outputs and any(values[name]):
            yield name, _("Say first of which output this is.")
        elif outputs and len(values[name]) != len(outputs):
            said = _(
                "There are %(number)d outputs: write a part for each, with semicolons between and "
                "– where there is none."
            )
            one = _("There is one output: write one part, without a semicolon.")
            yield name, one if len(outputs) == 1 else said % {"number": len(outputs)}


def outputs_in_lines(values: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    """Each output with its targets, for the record."""
    lines = []
    for position, (indicator, wording) in enumerate(values["outputs"]):
        unit = values["unit"][position]
        targets = " / ".join(values[name][position] or NONE_SET for name in QUARTERS)
        name = names.get(indicator, "") if indicator else wording
        lines.append(f"{name}{' ' if unit else ''}{unit}: {targets}")
    return lines


def parts_in_words(parts: Parts) -> str:
    """What a cell beside the outputs shows."""
    if not any(parts):
        return ""
    return f"{BETWEEN} ".join(part or NONE_SET for part in parts)


def read_outputs(cell: Cell, indicators: Mapping[int, str]) -> Parts:
    """Indicators by their codes, anything else in words."""
    by_code = {code.casefold(): key for key, code in indicators.items()}
    found = []
    for part in _split(cell):
        if not part:
            continue
        if len(part) > LONGEST_WORDING:
            raise ValidationError(
                _("This text has more than %(length)d characters.") % {"length": LONGEST_WORDING}
            )
        key = by_code.get(part.casefold(), 0)
        found.append([key, "" if key else part])
    return found


def read_units(cell: Cell) -> Parts:
    parts = ["" if part in {NONE_SET, "-"} else part for part in _split(cell)]
    if any(len(part) > LONGEST_UNIT for part in parts):
        raise ValidationError(
            _("This text has more than %(length)d characters.") % {"length": LONGEST_UNIT}
        )
    return parts


def read_quantities(cell: Cell) -> Parts:
    """Numbers, as they are written; an empty part and a dash are a target that is not set (R4)."""
    if cell is not None and cell[0] in NOT_NUMBERS:
        raise ValidationError(_("Enter a number; this is a day or another kind of value."))
    return [
        "" if part in {"", NONE_SET, "-"} else written(parse_quantity(part))
        for part in _split(cell)
    ]


def _split(cell: Cell) -> list[str]:
    """The parts in their places; a number of a spreadsheet is its digits."""
    if cell is None or not cell[1].strip():
        return []
    if cell[0] == "n":
        # Binary fractions carry noise: 0.1 + 0.2 is 0.30000000000000004.
        return [f"{round(float(cell[1]), 4):.4f}".rstrip("0").rstrip(".")]
    return [" ".join(part.split()) for part in cell[1].replace("\0", "").split(BETWEEN)]


def _kept(before: Mapping[str, Any], name: str, outputs: Parts) -> Parts:
    """What the cell said of each output: by its name, and of one that was reworded by its place."""
    left = [(tuple(each), part) for each, part in zip(before["outputs"], before[name], strict=True)]
    found: list[str | None] = []
    for output in outputs:
        said = next((row for row in left if row[0] == tuple(output)), None)
        if said is not None:
            left.remove(said)
        found.append(said[1] if said else None)
    is_reworded = len(outputs) == len(before["outputs"])
    return [part if part is not None else left.pop(0)[1] if is_reworded else "" for part in found]
