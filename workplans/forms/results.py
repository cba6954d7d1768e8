"""What is typed of results: the rows of the entry grid, restatements, withdrawals, evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.files import UploadField
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.models import (
    Category,
    Disaggregation,
    IndicatorVersion,
    Result,
    ResultDecision,
    ResultEvidence,
)
from workplans.services.checks import Entry, Fault, Part, entry_of
from workplans.services.deviations import needs_narrative
from workplans.services.grid import Row
from workplans.services.results import Draft, RowFault
from workplans.services.rounding import display

from .quantities import quantity_field

TEXT_LENGTH = 2000
FIGURES_OF_A_KEY = 18
NUMBERS = ("numerator", "denominator")


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

    def __init__(self, version: IndicatorVersion, where: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.indicator_version, self.where = version, where
        self._add_numbers()
        for disaggregation in version.disaggregations.all():
            for category in categories_of(disaggregation):
                self._add_part(category)
        self._add_text("deviation", _("Reason of the deviation"))
        self._add_text("note", _("Note"))
        self._name_groups()

    def _add_numbers(self) -> None:
        version = self.indicator_version
        if version.is_quotient:
            self._add_number("numerator", version.numerator_definition or _("Numerator"))
            self._add_number("denominator", version.denominator_definition or _("Denominator"))
        else:
            self._add_number("numerator", gettext("Value (%(unit)s)") % {"unit": version.unit})

    def _add_part(self, category: Category) -> None:
        name = f"{category.disaggregation.name}: {category.name}"
        self._add_number(part_name(category, "numerator"), name)
        if self.indicator_version.is_quotient:
            label = gettext("%(name)s, denominator") % {"name": name}
            self._add_number(part_name(category, "denominator"), label)

    def _add_number(self, name: str, label: Any) -> None:
        field = quantity_field(self.indicator_version, required=False, label=label)
        field.widget.attrs["aria-label"] = f"{label}, {self.where}"
        self.fields[name] = field

    def _add_text(self, name: str, label: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "aria-label": f"{label}, {self.where}"})
        self.fields[name] = forms.CharField(
            required=False, label=label, max_length=TEXT_LENGTH, widget=widget
        )

    def _name_groups(self) -> None:
        """Tell the script of the grid which cells add up to which number."""
        totals = {name: [self.add_prefix(name)] for name in NUMBERS if name in self.fields}
        for breakdown in self.breakdowns:
            for name, groups in totals.items():
                group = f"{self.add_prefix(name)}-{breakdown.disaggregation.pk}"
                groups.append(group)
                for cell in breakdown.cells:
                    field = self.fields[part_name(cell.category, name)]
                    field.widget.attrs["data-part-of"] = group
        for name, groups in totals.items():
            self.fields[name].widget.attrs["data-total"] = " ".join(groups)

    @property
    def breakdowns(self) -> list[Breakdown]:
        return [
            Breakdown(
                disaggregation,
                [self._cell(category) for category in categories_of(disaggregation)],
                [
                    f"{self.add_prefix(name)}-{disaggregation.pk}"
                    for name in NUMBERS
                    if name in self.fields
                ],
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
        """Say a fault at the field where it is; that of a breakdown at its first part."""
        for breakdown in self.breakdowns:
            if breakdown.disaggregation == fault.disaggregation:
                self.add_error(breakdown.cells[0].numerator.name, str(fault.message))
                return
        self.add_error(fault.field if fault.field in self.fields else None, str(fault.message))

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


class RowForm(EntryForm):
    """One row of the entry grid."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(
        self, row: Row, data: Mapping[str, Any] | None = None, *, can_edit: bool = True
    ) -> None:
        self.row = row
        self.is_open = can_edit and row.is_editable
        self.is_conflict = False
        self.refusal = ""
        initial = initial_of(entry_of(row.result)) if row.result else {}
        super().__init__(
            row.version,
            row.name,
            data if self.is_open else None,
            prefix=f"s{row.stream.pk}",
            initial={**initial, "version": row.result.version if row.result else None},
        )
        # The summary of errors names the row; beside the field, the row is in sight.
        self.short_labels = {name: str(field.label) for name, field in self.fields.items()}
        for name, field in self.fields.items():
            field.label = f"{row.name}, {self.short_labels[name]}"

    @property
    def shown(self) -> str | None:
        """The value that stands there, as it is read; None when it is missing."""
        result = self.row.result
        if result is None or result.value is None:
            return None
        return display(result.value, self.row.version)

    @property
    def says_why(self) -> bool:
        """Whether the texts are to be open: something stands there, is due, or is wrong."""
        row, result = self.row, self.row.result
        texts = [self["deviation"], self["note"]]
        if any(text.errors or text.value() for text in texts):
            return True
        return (
            result is not None
            and result.numerator is not None
            and needs_narrative(row.version, row.due, result.numerator, result.denominator)
        )

    def draft(self) -> Draft:
        return Draft(self.row.stream, self.entry(), self.cleaned_data["version"])

    def settle(self, refusal: Refusal) -> None:
        """Say why what was typed could not be saved."""
        if isinstance(refusal, EditedMeanwhile):
            self.is_conflict = True
        else:
            self.refusal = str(refusal)

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Field by field, what was typed here and what someone else has saved meanwhile."""
        return [
            (self.short_labels[bound.name], str(mine or ""), str(theirs or ""))
            for bound in self.visible_fields()
            if (mine := bound.value()) != (theirs := bound.field.prepare_value(bound.initial))
            and (mine or theirs)
        ]


class ReportForm:
    """All rows of a report; ``forms`` is what the summary of errors reads."""

    def __init__(
        self,
        rows: Iterable[Row],
        data: Mapping[str, Any] | None = None,
        *,
        can_edit: bool = True,
    ) -> None:
        self.forms = [RowForm(row, data, can_edit=can_edit) for row in rows]

    @classmethod
    def as_saved(cls, rows: Iterable[Row]) -> ReportForm:
        """The report as if what is stored had just been sent, so that its faults can be said."""
        rows = list(rows)
        stored = {bound.html_name: bound.value() for form in cls(rows).forms for bound in form}
        form = cls(rows, {name: value for name, value in stored.items() if value is not None})
        form.is_valid()
        return form

    def of_stream(self, pk: int) -> RowForm | None:
        return next((form for form in self.forms if form.row.stream.pk == pk), None)

    @property
    def open_forms(self) -> list[RowForm]:
        return [form for form in self.forms if form.is_bound]

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in self.open_forms]  # each one, so that all say theirs
        return all(valid)

    def drafts(self) -> list[Draft]:
        return [form.draft() for form in self.open_forms]

    def point_out(self, faults: Iterable[RowFault]) -> None:
        for row_fault in faults:
            form = self.of_stream(row_fault.stream.pk)
            if form is not None:
                form.point_out(row_fault.fault)

    def sound_drafts(self) -> list[Draft]:
        """Those without an error."""
        return [form.draft() for form in self.open_forms if not form.errors]

    def rows_at_fault(self) -> list[Row]:
        return [form.row for form in self.open_forms if form.errors]

    def versions_after(self, rows: Iterable[Row], refusals: Collection[int]) -> dict[str, str]:
        """The value of each row's hidden version once the others were kept, by its name."""
        versions = {row.stream.pk: row.result.version if row.result else "" for row in rows}
        return {
            form.add_prefix("version"): str(versions[form.row.stream.pk])
            for form in self.open_forms
            if form.row.stream.pk in versions and form.row.stream.pk not in refusals
        }

    def refuse(self, refusals: Mapping[int, Refusal]) -> None:
        """Say at each row why it could not be saved."""
        self.is_valid()
        for pk, refusal in refusals.items():
            form = self.of_stream(pk)
            if form is not None:
                form.settle(refusal)

    def non_form_errors(self) -> list[str]:
        return []

    @property
    def errors(self) -> list[Any]:
        return [form.errors for form in self.forms if form.errors]


class RestatementForm(EntryForm):
    """A correction of a verified value."""

    reason = forms.CharField(
        label=_("Reason of the restatement"),
        help_text=_("It is printed beside the old and the new value in later reports."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, result: Result, data: Mapping[str, Any] | None = None) -> None:
        stream = result.stream
        super().__init__(
            stream.version,
            f"{stream.version.indicator.code}, {stream.place}",
            data,
            initial=initial_of(entry_of(result)),
        )
        self.fields["numerator"].required = True
        self.order_fields([name for name in self.fields if name != "reason"])


class ReasonForm(forms.Form):
    """Why something is returned or withdrawn."""

    reason = forms.CharField(
        label=_("Reason"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class VerificationForm(forms.Form):
    """How a value was checked."""

    method = forms.ChoiceField(label=_("Checked by"), choices=ResultDecision.Method.choices)


class ResultsField(forms.ModelMultipleChoiceField):
    """Several results; SQLite has no room for a key of more than eighteen figures."""

    def clean(self, value: Any) -> Any:
        if any(len(str(key)) > FIGURES_OF_A_KEY for key in value or []):
            raise ValidationError(
                _("Choose from the values that are shown."), code="invalid_choice"
            )
        return super().clean(value)


class BulkVerificationForm(VerificationForm):
    """Several values that were checked in the same way."""

    results = ResultsField(
        Result.objects.none(),
        label=_("Values"),
        error_messages={"required": _("Choose at least one value.")},
    )

    def __init__(self, waiting: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["results"].queryset = waiting  # type: ignore[attr-defined]


class EvidenceForm(forms.Form):
    """A document or photograph, with its caption."""

    file = UploadField(label=_("File"))
    caption = forms.CharField(
        label=_("Caption"),
        max_length=ResultEvidence._meta.get_field("caption").max_length,
        help_text=_("What it shows: “Attendance lists, Mwingi Central, 12 Feb 2021”."),
    )
