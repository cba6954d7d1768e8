"""Ending an office."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .rendering import need_in_some_cases


class OfficeEndForm(forms.Form):
    when = forms.ChoiceField(
        label=_("When"),
        choices=[("at_once", _("At once")), ("last_day", _("After a last day in office"))],
        widget=forms.RadioSelect,
        initial="last_day",
    )
    last_day = forms.DateField(
        label=_("Last day in office"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Needed unless it ends at once. Rights last to the end of this day."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        need_in_some_cases(self, "last_day")

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("when") == "last_day" and "last_day" in cleaned and not cleaned["last_day"]:
            self.add_error("last_day", _("Give the last day in office."))
        return cleaned

    def chosen_day(self) -> dt.date | None:
        """The last day in office, or None for at once."""
        return self.cleaned_data["last_day"] if self.cleaned_data["when"] == "last_day" else None
