"""What a champion adds to a nudge."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NudgeForm(forms.Form):
    """The champion's own words, beside what waits."""

    text = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text=_("Stands in the letter under what waits, and on record."),
    )
