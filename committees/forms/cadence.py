"""Why a body did not meet for so long."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm


class GapReasonForm(SeenForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In a sentence that everyone may read: it stands beside the gap for ever."),
    )
