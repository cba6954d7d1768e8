"""Cells of activities: the columns of the grid, their controls, and the words that they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.forms.utils import flatatt
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from coordination.models import Currency
from workplans.models import Activity
from workplans.services.activity_outputs import QUARTERS
from workplans.services.cell_groups import COLUMN_HEADS
from workplans.services.cells import IN_GRID, TEXT_LENGTHS, Cells, values_of

NUMBERS = ("budget_minor", *QUARTERS)
LOOKS = dict.fromkeys(NUMBERS, "num") | dict.fromkeys(("starts_on", "ends_on"), "cells-day")
# An amount and its currency are sent together: one without the other cannot stand.
TOGETHER = {"budget_minor": "currency", "currency": "budget_minor"}
LISTS = {
    "activity_type": "types-known",
    "sector": "sectors-known",
    "cidp_line": "cidp-lines-known",
    "adp_line": "adp-lines-known",
    "intended_result": "results-known",
    "lead": "organisations-known",
    "places": "places-known",
    "outputs": "indicators-known",
    "currency": "currencies-known",
    "is_public": "yes-and-no",
}
# Where the words of a list come from: from what the plan may name, or they are always the same.
FROM_PLAN = {
    "sector": "sectors",
    "cidp_line": "cidp_lines",
    "adp_line": "adp_lines",
    "intended_result": "results",
    "lead": "organisations",
    "places": "places",
    "outputs": "indicators",
}
FIXED: dict[str, Sequence[Any]] = {
    "activity_type": Activity.Type.labels,
    "currency": Currency.values,
    "is_public": (gettext_lazy("yes"), gettext_lazy("no")),
}
TALL = ("assumptions",)
WIDE = ("title", "places", "outputs", *TALL)


@dataclass(frozen=True)
class GridColumn:
    """A column of the grid. What its cells have in common is made once: there are thousands."""

    name: str

    @cached_property
    def label(self) -> str:
        return str(COLUMN_HEADS[self.name])

    @property
    def is_typed(self) -> bool:
        return self.name in IN_GRID

    @property
    def is_number(self) -> bool:
        return self.name in NUMBERS

    @property
    def is_tall(self) -> bool:
        """Whether a text of several lines stands in it."""
        return self.name in TALL

    @cached_property
    def place(self) -> SafeString:
        """The attributes of a cell of the table."""
        look = LOOKS.get(self.name, "" if self.is_typed else "cells-told")
        return flatatt({"data-label": self.label, **({"class": look} if look else {})})

    @cached_property
    def control(self) -> SafeString:
        """The attributes of a control: its name, and what it takes."""
        said = {
            "name": self.name,
            "list": LISTS.get(self.name),
            "maxlength": TEXT_LENGTHS.get(self.name),
            "data-with": TOGETHER.get(self.name),
            "autocomplete": "off",
        }
        return flatatt({name: value for name, value in said.items() if value is not None})

    @property
    def look(self) -> str:
        return "form-control cells-wide" if self.name in WIDE else "form-control"


@dataclass(frozen=True)
class GridCell:
    """A cell of a row: its column, what stands in it, and what is wrong with it."""

    column: GridColumn
    text: str
    fault: str = ""


def texts_of(activity: Activity, names: Iterable[str], cells: Cells) -> dict[str, str]:
    """What stands in the cells."""
    values = values_of(activity)
    return {name: cells.words(name, values) for name in names}


def words_known(cells: Cells, names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The lists of words that the cells of the columns take, by their ids."""
    found: list[tuple[str, list[str]]] = []
    for name in names:
        if name in FROM_PLAN:
            found.append((LISTS[name], list(getattr(cells, FROM_PLAN[name]).values())))
        elif name in FIXED:
            found.append((LISTS[name], [str(word) for word in FIXED[name]]))
    return found
