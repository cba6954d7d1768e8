"""A value as it is typed: in one number or two, with its parts, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.rendering import need_in_some_cases
from workplans.models import Category, Disaggregation, IndicatorVersion
from workplans.services.checks import Entry, Fault, Part

from .quantities import CellText, quantity_field

TEXT_LENGTH = 2000
NUMBERS = ("numerator", "denominator")


def when_to_say_why(version: IndicatorVersion) -> str:
    """When a value needs a narrative, and from where its distance is measured (R8)."""
    if version.counts_from_baseline:
        words = gettext(
            "Needed when the way from the baseline is %(tolerance)s%% or more away from what is "
            "due by now."
        )
    else:
        words = gettext(
            "Needed when the value is %(tolerance)s%% or more away from what is due by now."
        )
    return words % {"tolerance": version.tolerance}


@dataclass(frozen=True)
class CellFields:
    """The fields of one category; ``denominator`` only for quotients."""

    category: Category
    numerator: BoundField
    denominator: BoundField | None


@dataclass(frozen=True)
class Breakdown:
    """One way in which the row's value is broken down, with the fields of its parts."""

    disaggregation: Disaggregation
    cells: list[CellFields]
    # The names of its sums in the page, for the script that compares them with the totals.
    groups: list[str]

    @property
    def fields(self) -> Iterator[BoundField]:
        for cell in self.cells:
            yield cell.numerator
            if cell.denominator is not None:
                yield cell.denominator


class EntryForm(forms.Form):
    """A value in one number or two, its parts, and what is said about it."""

    # Whether the labels say which value it is, as they must where many stand on one page.
    names_its_value = False

    def __init__(self, version: IndicatorVersion, where: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.indicator_version, self.where = version, where
        self.short_labels: dict[str, str] = {}
        self._add_numbers()
        for disaggregation in version.disaggregations.all():
            for category in categories_of(disaggregation):
                self._add_part(category)
        self._add_text("deviation", _("Reason of the deviation"))
        need_in_some_cases(self, "deviation")
        self.fields["deviation"].help_text = when_to_say_why(version)
        self._add_text("note", _("Note"))

    def _add_numbers(self) -> None:
        version = self.indicator_version
        if version.is_quotient:
            self._add_number("numerator", version.numerator_definition or _("Numerator"))
            self._add_number("denominator", version.denominator_definition or _("Denominator"))
        else:
            self._add_number("numerator", gettext("Value (%(unit)s)") % {"unit": version.unit})

        for name in NUMBERS:
            if name in self.fields:
                self.fields[name].widget.attrs["data-total"] = " ".join(self._groups_of(name))

    def _add_part(self, category: Category) -> None:
        name, disaggregation = category.name, category.disaggregation
        labels = {"numerator": f"{disaggregation.name}: {name}"}
        if self.indicator_version.is_quotient:
            denominator = gettext("%(name)s, denominator")
            labels["denominator"] = denominator % {"name": labels["numerator"]}
        for number, label in labels.items():
            field = self._add_number(part_name(category, number), label)
            field.widget.attrs["data-part-of"] = self._group(number, disaggregation)

    def _add_number(self, name: str, label: Any) -> forms.Field:
        field = quantity_field(
            self.indicator_version, required=False, label=self._label(name, label)
        )
        field.widget.attrs["aria-label"] = f"{label}, {self.where}"
        self.fields[name] = field
        return field

    def _add_text(self, name: str, label: Any) -> None:
        widget = CellText(attrs={"rows": 2, "aria-label": f"{label}, {self.where}"})
        self.fields[name] = forms.CharField(
            required=False,
            label=self._label(name, label),
            max_length=TEXT_LENGTH,
            widget=widget,
        )

    def _label(self, name: str, label: Any) -> Any:
        self.short_labels[name] = str(label)
        return f"{self.where}, {label}" if self.names_its_value else label

    def _group(self, number: str, disaggregation: Disaggregation) -> str:
        """The name in the page of the cells that add up to one number in one way."""
        return f"{self.add_prefix(number)}-{disaggregation.pk}"

    def _groups_of(self, number: str) -> list[str]:
        """Its own name, for the script that divides, and one for each way to break it down."""
        breakdowns = self.indicator_version.disaggregations.all()
        return [self.add_prefix(number), *(self._group(number, one) for one in breakdowns)]

    @cached_property
    def breakdowns(self) -> list[Breakdown]:
        return [
            Breakdown(
                disaggregation,
                [self._cell(category) for category in categories_of(disaggregation)],
                [self._group(name, disaggregation) for name in NUMBERS if name in self.fields],
            )
            for disaggregation in self.indicator_version.disaggregations.all()
        ]

    def clean(self) -> None:
        """A part of a quotient has both its numbers or none."""
        for cell in self._cells():
            if self._has(cell.denominator) and not self._has(cell.numerator):
                self.add_error(cell.numerator.name, _("Enter the numerator."))

    def entry(self) -> Entry:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        parts = {
            cell.category: Part(
                data[cell.numerator.name],
                data[cell.denominator.name] if cell.denominator else None,
            )
            for cell in self._cells()
        }
        return Entry(
            data["numerator"],
            data.get("denominator"),
            parts,
            data["deviation"],
            data["note"],
        )

    def point_out(self, fault: Fault) -> None:
        """Say a fault at the field where it is."""
        name = part_name(fault.category, fault.field) if fault.category else fault.field
        self.add_error(name if name in self.fields else None, str(fault.message))

    def _has(self, field: BoundField | None) -> bool:
        """Whether something was typed there, right or wrong."""
        if field is None:
            return False
        return field.name in self.errors or self.cleaned_data.get(field.name) is not None

    def _cells(self) -> Iterator[CellFields]:
        for breakdown in self.breakdowns:
            yield from breakdown.cells

    def _cell(self, category: Category) -> CellFields:
        denominator = part_name(category, "denominator")
        return CellFields(
            category,
            self[part_name(category, "numerator")],
            self[denominator] if denominator in self.fields else None,
        )


def part_name(category: Category, which: str) -> str:
    return f"c{category.pk}-{which}"


def categories_of(disaggregation: Disaggregation) -> list[Category]:
    """The categories in their order, *not stated* last (R6)."""
    for category in disaggregation.categories.all():
        category.disaggregation = disaggregation
    return sorted(
        disaggregation.categories.all(),
        key=lambda category: (category.is_not_stated, category.position, category.pk),
    )


def initial_of(entry: Entry) -> dict[str, Any]:
    """The entry as the form's initial values."""
    values: dict[str, Any] = {
        "numerator": entry.numerator,
        "denominator": entry.denominator,
        "deviation": entry.deviation,
        "note": entry.note,
    }
    for category, part in entry.cells.items():
        values[part_name(category, "numerator")] = part.numerator
        values[part_name(category, "denominator")] = part.denominator
    return values
