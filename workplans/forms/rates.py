"""What is typed about rates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DAY
from coordination.models import Currency, parse_quantity

PAIR = [("", "---------"), *Currency.choices]


class PairForm(forms.Form):
    """One unit of a currency in another, with where that is from."""

    base = forms.ChoiceField(label=_("One unit of"), choices=PAIR)
    rate = forms.CharField(
        label=_("is"), max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    quote = forms.ChoiceField(label=_("of"), choices=PAIR)
    source = forms.CharField(
        label=_("Source"), max_length=160, help_text=_("Such as: Central Bank of Kenya, mean rate.")
    )

    def clean_rate(self) -> Decimal:
        rate = parse_quantity(self.cleaned_data["rate"])
        if rate <= 0:
            raise forms.ValidationError(_("A rate is above 0."))
        return rate

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("base") and cleaned.get("base") == cleaned.get("quote"):
            self.add_error("quote", _("Choose another currency than the first."))
        return cleaned


class PlanRateForm(PairForm):
    """A rate of the plan."""

    fixed_on = forms.DateField(label=_("Fixed on"), widget=DAY)

    field_order = ("base", "rate", "quote", "fixed_on", "source")


class MonthlyRateForm(PairForm):
    """The rate of one month of the plan's year."""

    month = forms.ChoiceField(label=_("Month"))

    field_order = ("month", "base", "rate", "quote", "source")

    def __init__(self, data: Any = None, *, months: list[tuple[str, str]]) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["month"]).choices = months

    def clean_month(self) -> dt.date:
        return dt.date.fromisoformat(self.cleaned_data["month"])
