"""The entry grid as it is typed: one form a row, and the report as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from coordination.models import User
from coordination.services.refusals import EditedMeanwhile, Refusal
from workplans.services.checks import entry_of, faults_while_typing
from workplans.services.deviations import needs_narrative
from workplans.services.drafts import Draft
from workplans.services.grid import Row
from workplans.services.refusals import RowFault
from workplans.services.rounding import display

from .entries import EntryForm, initial_of


class RowForm(EntryForm):
    """One row of the entry grid."""

    # The summary of errors names the row; beside the field, the row is in sight.
    names_its_value = True
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

    @property
    def is_to_fill(self) -> bool:
        """Whether the reporter can give a value that is not there yet."""
        return self.is_open and not self.row.is_filled

    @property
    def asks_again(self) -> bool:
        """Whether the reporter has something to answer or to mend here."""
        if self.is_conflict or self.refusal or self.errors:
            return True
        return self.is_open and bool(self.row.returns)

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

    def point_out_so_far(self) -> None:
        """Say what is wrong already with what is typed; what cannot be read is said before."""
        if not self.errors:
            row = self.row
            for fault in faults_while_typing(row.version, self.entry(), due=row.due, last=row.last):
                self.point_out(fault)

    def draft(self) -> Draft:
        return Draft(self.row.stream, self.entry(), self.cleaned_data["version"])

    def settle(self, refusal: Refusal) -> None:
        """Say why what was typed could not be saved."""
        if isinstance(refusal, EditedMeanwhile):
            self.is_conflict = True
        else:
            self.refusal = str(refusal)

    @property
    def changed_by(self) -> User | None:
        """Who has saved meanwhile what stands there now."""
        return self.row.result.entered_by if self.row.result else None

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
        # Why nothing of it could be saved, in a sentence; what was typed is still there.
        self.refusal = ""

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

    def faults_so_far(self) -> dict[str, list[str]]:
        """What is wrong with what is being typed, by the name of the field in the page."""
        for form in self.open_forms:
            form.point_out_so_far()
        return {
            form.add_prefix(name): [str(message) for message in messages]
            for form in self.open_forms
            for name, messages in form.errors.items()
            if name != NON_FIELD_ERRORS
        }

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
        return [self.refusal] if self.refusal else []

    @property
    def errors(self) -> list[Any]:
        return [form.errors for form in self.forms if form.errors]
