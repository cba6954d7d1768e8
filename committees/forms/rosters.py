"""Confirming a roster once a year."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import SeenForm


class RosterForm(SeenForm):
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=300,
        help_text=_("Such as how it was checked: with each organisation, or at a meeting."),
    )
