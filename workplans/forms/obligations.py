"""What the secretariat and the reporters type of a report as a whole."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from workplans.models import Narrative, Obligation

from .fields import SpreadsheetField

REASON_LENGTH = 300


class ExtensionForm(SeenForm):
    to = forms.DateField(
        label=_("New last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("It stands in the published report: name posts, never persons."),
    )

    def __init__(self, obligation: Obligation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.obligation = obligation
        last = date_format(obligation.last_day)
        self.fields["to"].help_text = _("The last day is now %(day)s.") % {"day": last}

    def clean_to(self) -> Any:
        day = self.cleaned_data["to"]
        if day <= self.obligation.last_day:
            raise ValidationError(_("Choose a day after the last day that holds now."))
        if day.year > self.obligation.due_on.year + 1:
            raise ValidationError(_("Choose a day within the year after the due day."))
        return day


class ExemptionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("It stands beside the figures wherever the report is named as exempt."),
    )


class LiftingForm(SeenForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("The organisation is told it, with the day by which the report is due."),
    )


class NarrativeForm(RemembersItsBeginning, forms.Form):
    """One section's text; ``version`` is the one that its writer had before them."""

    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=Narrative._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "An empty line begins a new paragraph. The text is printed as it is typed: stars or "
            "underscores make nothing bold."
        ),
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class WorkbookForm(forms.Form):
    """The filled-in template; its cleaned value is a VettedFile."""

    file = SpreadsheetField(label=_("Filled-in template"))
