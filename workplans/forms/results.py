"""What is typed of one result: restatement, reasons, verdicts, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm
from coordination.forms.files import UploadField
from workplans.models import Result, ResultDecision, ResultEvidence
from workplans.services.checks import entry_of

from .entries import TEXT_LENGTH, EntryForm, initial_of

FIGURES_OF_A_KEY = 18


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


class ReasonForm(SeenForm):
    """Why something is returned or withdrawn."""

    reason = forms.CharField(
        label=_("Reason"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class VerificationForm(SeenForm):
    """How a value was checked (domain 1.20)."""

    method = forms.ChoiceField(label=_("Checked by"), choices=ResultDecision.Method.choices)
    sample = forms.CharField(
        label=_("Sample"),
        required=False,
        max_length=ResultDecision._meta.get_field("sample").max_length,
        help_text=_("Such as “12 of 58 attendance registers”. It is printed with the figures."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What you noticed. It stays among those who take part."),
    )


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
        self.fields["results"].queryset = waiting  # type: ignore[attr-defined]  # a field of models


class EvidenceForm(forms.Form):
    """A document or photograph, with its caption."""

    file = UploadField(label=_("File"))
    caption = forms.CharField(
        label=_("Caption"),
        max_length=ResultEvidence._meta.get_field("caption").max_length,
        help_text=_("What it shows: “Attendance lists, Mwingi Central, 12 Feb 2021”."),
    )
