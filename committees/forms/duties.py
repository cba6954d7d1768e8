"""What was done for a duty of a seat, and the month that is shown."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from committees.models import Seat
from committees.services.capacities import duties_of
from coordination.forms.fields import DAY

from .meetings import day_within_reason


class DutyForm(forms.Form):
    """One thing that was done."""

    duty = forms.ChoiceField(label=_("Duty"))
    done_on = forms.DateField(label=_("Done on"), widget=DAY)
    text = forms.CharField(
        label=_("What was done"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, seat: Seat) -> None:
        today = seat.body.mechanism.today()
        super().__init__(data, initial={"done_on": today})
        field = cast("forms.ChoiceField", self.fields["duty"])
        offered = ((duty[:200], duty) for duty in duties_of(seat.body))
        field.choices = [("", _("Choose")), *offered]


class MonthForm(forms.Form):
    """A month in the address, as "2021-03"; without a sound one, the month of today."""

    month = forms.DateField(
        label=_("Month"), required=False, input_formats=["%Y-%m"], validators=[day_within_reason],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )  # fmt: skip

    def chosen(self, today: dt.date) -> dt.date:
        """The first day of the month."""
        found = self.cleaned_data.get("month") if self.is_valid() else None
        return (found or today).replace(day=1)
