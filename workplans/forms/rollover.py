"""What shall become of each line of a plan in the next year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from workplans.models import Activity, validate_code
from workplans.services.rollover import DropWithoutReason, LineChoice


class LineForm(forms.Form):
    """One line: later, carried under a code, or dropped for a reason."""

    activity = forms.IntegerField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[("", _("Decide later")), ("carry", _("Carry over")), ("drop", _("Drop"))],
        required=False,
    )
    code = forms.CharField(
        label=_("New code"), max_length=40, validators=[validate_code], required=False
    )
    reason = forms.CharField(label=_("Why it is dropped"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("choice") == "drop" and not cleaned.get("reason"):
            self.add_error("reason", str(DropWithoutReason.message))
        return cleaned


class BaseLineFormSet(forms.BaseFormSet):
    """All lines that the writer may decide about."""

    def __init__(self, data: Any = None, *, lines: Sequence[Activity]) -> None:
        self.lines = {line.pk: line for line in lines}
        initial = [{"activity": line.pk, "code": line.code} for line in lines]
        super().__init__(data, prefix="lines", initial=initial)

    def clean(self) -> None:
        if any(self.errors):
            return
        # As it was sent: what another decided meanwhile, or this very click, was chosen too.
        if not any(row.cleaned_data.get("choice") for row in self.forms):
            raise forms.ValidationError(_("Choose of one line at least what becomes of it."))
        codes = [choice.code.casefold() for choice in self.choices() if choice.is_carried]
        if len(codes) != len(set(codes)):
            raise forms.ValidationError(_("Two lines would have the same code."))

    def choices(self) -> list[LineChoice]:
        """What was decided, of the lines that are still to be decided."""
        chosen = [row.cleaned_data for row in self.forms if row.cleaned_data.get("choice")]
        return [
            LineChoice(
                activity=self.lines[row["activity"]],
                is_carried=row["choice"] == "carry",
                code=row["code"],
                reason=row["reason"],
            )
            for row in chosen
            if row["activity"] in self.lines
        ]


LineFormSet = cast(
    type[BaseLineFormSet],
    forms.formset_factory(
        LineForm, formset=BaseLineFormSet, extra=0, max_num=2000, absolute_max=2000
    ),
)
