"""The columns of a plan as cells: how what people type in each is read, kept and written.

The grid in the page and the spreadsheet that goes out and comes back share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Currency, Money, Organisation, User
from workplans.models import Activity, ActivityOutput, ActivityPartner, Indicator, JointWorkPlan

from . import rows as reading
from .activity_outputs import QUARTERS
from .imports import Cell
from .output_cells import (
    BESIDE,
    BETWEEN,
    OUTPUTS,
    faults_of_outputs,
    outputs_as_cells,
    parts_in_words,
    read_outputs,
    read_quantities,
    read_units,
)
from .plan_choices import (
    citable_lines,
    label_place,
    organisations_around,
    places_of,
    results_of,
    sector_labels,
)
from .rows import Column

HEADS: dict[str, Any] = {
    "code": gettext_lazy("Code"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "activity_type": gettext_lazy("Type of activity"),
    "joint_priority": gettext_lazy("Joint priority"),
    "sector": gettext_lazy("Sector"),
    "cidp_line": gettext_lazy("CIDP programme"),
    "adp_line": gettext_lazy("ADP line"),
    "intended_result": gettext_lazy("Intended result"),
    "lead": gettext_lazy("Lead organisation"),
    "responsible_post": gettext_lazy("Responsible post"),
    "partners": gettext_lazy("Co-implementers"),
    "places": gettext_lazy("Places"),
    "target_group": gettext_lazy("Target group"),
    "starts_on": gettext_lazy("Starts on"),
    "ends_on": gettext_lazy("Last day"),
    "outputs": gettext_lazy("Outputs"),
    "unit": gettext_lazy("Unit"),
    "q1": gettext_lazy("Target Q1"),
    "q2": gettext_lazy("Target Q2"),
    "q3": gettext_lazy("Target Q3"),
    "q4": gettext_lazy("Target Q4"),
    "budget_minor": gettext_lazy("Budget"),
    "currency": gettext_lazy("Currency"),
    "assumptions": gettext_lazy("Assumptions and risks"),
    "is_public": gettext_lazy("Public"),
}
# What a cell of the grid takes: the code names the row, and long texts have their own page.
IN_GRID = tuple(name for name in HEADS if name not in {"code", "description"})
MANY = ("places", "partners", *OUTPUTS)

# The keys of the activity's row in each, as ``values_of`` gives them.
Values = dict[str, Any]


class Cells:
    """What the cells of a plan's activities may say; each list is read when it is first asked."""

    def __init__(self, plan: JointWorkPlan, *, by: User) -> None:
        self.plan, self.by = plan, by

    def columns(self, names: Iterable[str]) -> list[Column]:
        """The columns with their heads, and how a cell of each is read."""
        return [
            Column(name, HEADS[name], self._reader(name), is_needed=name in {"code", "title"})
            for name in names
        ]

    def words(self, name: str, values: Mapping[str, Any]) -> str:
        """The value as a cell shows it, and as a file or a hand may give it back."""
        value = values.get(name)
        return "" if value is None or value == "" else self._writer(name)(value)

    @cached_property
    def sectors(self) -> dict[int, str]:
        return sector_labels()

    @cached_property
    def places(self) -> dict[int, str]:
        """By their lines below the plan's place."""
        found = list(places_of(self.plan))
        names, depth = {place.path: place.name for place in found}, self._depth
        return {place.pk: label_place(place, names, depth) for place in found}

    @cached_property
    def cidp_lines(self) -> dict[int, str]:
        return self._lines("cidp_line")

    @cached_property
    def adp_lines(self) -> dict[int, str]:
        return self._lines("adp_line")

    @cached_property
    def results(self) -> dict[int, str]:
        return dict(results_of(self.plan).values_list("pk", "code"))

    @cached_property
    def indicators(self) -> dict[int, str]:
        """Those that the person sees, by their codes, and those that the plan names already."""
        seen = Indicator.objects.visible_to(self.by).filter(mechanism=self.plan.mechanism_id)
        named = ActivityOutput.objects.filter(activity__plan=self.plan).values("indicator")
        known = Indicator.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=named))
        return dict(known.order_by("code").values_list("pk", "code"))

    @cached_property
    def organisations(self) -> dict[int, str]:
        """Those that the plan may name, and those that it names already."""
        known = Q(pk__in=organisations_around(self.plan).values("pk"))
        known |= Q(pk__in=Activity.objects.filter(plan=self.plan).values("lead"))
        joining = ActivityPartner.objects.filter(activity__plan=self.plan)
        known |= Q(pk__in=joining.values("organisation"))
        return dict(Organisation.objects.filter(known).values_list("pk", "short_name"))

    @property
    def _depth(self) -> int:
        return len(self.plan.place.path_and_above)

    def _lines(self, name: str) -> dict[int, str]:
        """The codes of the lines; of two documents with one code both are named by theirs."""
        stored = Activity.objects.filter(plan=self.plan).values_list(name, flat=True)
        found = citable_lines(self.plan, name, list(stored))
        rows = list(found.values_list("pk", "code", "document__title"))
        codes = [code.casefold() for _pk, code, _title in rows]
        return {
            pk: code if codes.count(code.casefold()) == 1 else f"{code} ({title})"
            for pk, code, title in rows
        }

    def _output(self, indicator: int, wording: str) -> str:
        return self.indicators.get(indicator, "") if indicator else wording.replace(BETWEEN, ",")

    def _partner(self, organisation: int, role: str) -> str:
        name = self.organisations.get(organisation, "")
        return f"{name}: {ActivityPartner.Role(role).label}"

    _labels: dict[str, Callable[[Cells], dict[int, str]]] = {
        "sector": lambda cells: cells.sectors,
        "places": lambda cells: cells.places,
        "cidp_line": lambda cells: cells.cidp_lines,
        "adp_line": lambda cells: cells.adp_lines,
        "intended_result": lambda cells: cells.results,
        "lead": lambda cells: cells.organisations,
    }

    def _writer(self, name: str) -> Callable[[Any], str]:
        if name in self._labels:
            return lambda value: self._named(name, value)
        writers: dict[str, Callable[[Any], str]] = {
            "partners": lambda pairs: f"{BETWEEN} ".join(self._partner(*pair) for pair in pairs),
            "outputs": lambda pairs: f"{BETWEEN} ".join(self._output(*pair) for pair in pairs),
            **dict.fromkeys(BESIDE, parts_in_words),
            "budget_minor": lambda minor: f"{Money(minor, '').major:,.2f}".removesuffix(".00"),
            "is_public": lambda value: str(_("yes") if value else _("no")),
            "activity_type": lambda value: str(Activity.Type(value).label),
        }
        return writers.get(name, str)

    def _named(self, name: str, value: int | list[int]) -> str:
        labels = self._labels[name](self)
        keys = value if isinstance(value, list) else [value]
        return f"{BETWEEN} ".join(labels.get(key, "") for key in keys)

    def _reader(self, name: str) -> reading.Reader:
        if name in TEXT_LENGTHS:
            return reading.text(TEXT_LENGTHS[name])
        readers: dict[str, reading.Reader] = {
            "activity_type": reading.one_of(Activity.Type.choices),
            "currency": reading.one_of(Currency.choices, in_codes=True),
            "starts_on": reading.day,
            "ends_on": reading.day,
            "budget_minor": reading.amount,
            "is_public": reading.yes_or_no,
            "places": self._read_places,
            "partners": self._read_partners,
            "outputs": lambda cell: read_outputs(cell, self.indicators),
            "unit": read_units,
            **dict.fromkeys(QUARTERS, read_quantities),
        }
        return readers.get(name) or self._one_thing(name)

    def _one_thing(self, name: str) -> reading.Reader:
        def read(cell: Cell) -> int | None:
            said = "" if cell is None else _digits(cell)
            return _find(said, self._labels[name](self), HEADS[name]) if said else None

        return read

    def _read_places(self, cell: Cell) -> list[int]:
        """Places by their line or, where one alone bears it, by their name."""
        by_name: dict[int, str] = {}
        if cell is not None:
            by_name = {pk: label.rpartition("›")[2].strip() for pk, label in self.places.items()}
        found = []
        for said in _parts(cell):
            key = _key_of(said, self.places)
            if key is None:
                key = _find(said, by_name | {0: self.plan.place.name}, HEADS["places"])
            found.append(key or self.plan.place_id)
        return sorted(set(found))

    def _read_partners(self, cell: Cell) -> list[list[Any]]:
        """Pairs of organisation and role, "KIWASH: Delivers"."""
        role_of, found = reading.one_of(ActivityPartner.Role.choices, may_be_empty=False), []
        for said in _parts(cell):
            name, _colon, role = said.rpartition(":")
            if not name:
                raise ValidationError(
                    _("Write each as its name, a colon and its role: KIWASH: Delivers.")
                )
            organisation = _find(name.strip(), self.organisations, HEADS["partners"])
            found.append([organisation, role_of(["t", role.strip()])])
        return sorted([pair for at, pair in enumerate(found) if pair not in found[:at]])


TEXT_LENGTHS = {
    "code": 40,
    "title": 240,
    "description": 4000,
    "joint_priority": 240,
    "responsible_post": 120,
    "target_group": 200,
    "assumptions": 2000,
}


@dataclass(frozen=True)
class CellsFault:
    """What is wrong with one of the values, by the name of its column."""

    name: str
    message: str


def values_of(activity: Activity) -> Values:
    """What the activity's cells hold; reads its places, partners and outputs."""
    values = {name: getattr(activity, name) for name in HEADS if name not in {*MANY, *KEYED}}
    values |= {name: getattr(activity, f"{name}_id") for name in KEYED}
    values["places"] = sorted(place.pk for place in activity.places.all())
    values["partners"] = sorted(
        [partner.organisation_id, partner.role] for partner in activity.partners.all()
    )
    outputs = sorted(activity.outputs.all(), key=lambda output: (output.position, output.pk))
    return values | outputs_as_cells(outputs)


# Columns that hold the key of another thing.
KEYED = ("sector", "cidp_line", "adp_line", "intended_result", "lead")


def faults_of(values: Mapping[str, Any]) -> list[CellsFault]:
    """What cannot stand together in one activity, whichever cell was touched."""
    found = []
    if not values.get("title"):
        found.append(CellsFault("title", _("Fill in the title.")))
    if not values.get("lead"):
        found.append(CellsFault("lead", _("Say which organisation leads it.")))
    if not values.get("places"):
        found.append(
            CellsFault("places", _("Say where: the plan’s own place, where it is all of it."))
        )
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        found.append(CellsFault("ends_on", _("The last day is before the first.")))
    if values.get("budget_minor") is not None and not values.get("currency"):
        found.append(CellsFault("currency", _("Choose the currency of the budget.")))
    if values.get("budget_minor") is None and values.get("currency"):
        found.append(CellsFault("budget_minor", _("A currency stands here without an amount.")))
    return found + [CellsFault(name, message) for name, message in faults_of_outputs(values)]


def _digits(cell: list[str]) -> str:
    """The words in a cell; a code that the spreadsheet took for a number is its digits."""
    said = " ".join(cell[1].split())
    return said[:-2] if cell[0] == "n" and said.endswith(".0") else said


def _parts(cell: Cell) -> list[str]:
    if cell is None:
        return []
    return [part for part in (" ".join(each.split()) for each in cell[1].split(BETWEEN)) if part]


def _key_of(said: str, labels: Mapping[int, str]) -> int | None:
    for key, label in labels.items():
        if label.casefold() == said.casefold():
            return key
    return None


def _find(said: str, labels: Mapping[int, str], head: Any) -> int:
    """The key of what bears the label; raises ValidationError for none, and for more than one."""
    found = [key for key, label in labels.items() if label.casefold() == said.casefold()]
    if len(found) == 1:
        return found[0]
    shown = {"said": said[:80], "head": head}
    if found:
        raise ValidationError(_("“%(said)s” are several: say which, with what it lies in.") % shown)
    raise ValidationError(_("%(head)s: nothing here is called “%(said)s”.") % shown)
