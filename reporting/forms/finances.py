"""The form of an award's money in a report: amounts as people type them, kept exactly (R10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coordination.forms.conflicts import RemembersItsBeginning
from coordination.models import Award, Currency, parse_quantity
from coordination.models.money import MINOR_DIGITS
from reporting.models import AwardFinance

Amount = AwardFinance.Amount
LENGTH = 24


class MoneyField(forms.CharField):
    """Its cleaned value is a whole number of minor units, or None when nothing was typed (R4)."""

    def __init__(self, *, may_be_negative: bool = False, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=LENGTH, **kwargs)
        self.may_be_negative = may_be_negative

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        is_whole = value == value.to_integral_value()
        return f"{value:,.{0 if is_whole else MINOR_DIGITS}f}"

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        minor = parse_quantity(text).scaleb(MINOR_DIGITS)
        if minor != minor.to_integral_value():
            raise ValidationError(_("Enter an amount with at most two decimals."))
        if minor < 0 and not self.may_be_negative:
            raise ValidationError(_("This cannot be less than 0."))
        return int(minor)


class FinanceForm(RemembersItsBeginning, forms.Form):
    """The amounts of one award; ``seen`` is the version that the person had before them.

    The currency is asked only where none is on record for the award.
    """

    currency = forms.ChoiceField(
        label=_("Currency"), choices=[("", "---------"), *Currency.choices]
    )
    obligated = MoneyField(label=Amount.OBLIGATED.label)
    spent = MoneyField(
        label=Amount.SPENT.label,
        may_be_negative=True,
        help_text=_("Less than 0 where more was paid back than spent."),
    )
    spent_to_date = MoneyField(label=Amount.SPENT_TO_DATE.label)
    accrued = MoneyField(
        label=Amount.ACCRUED.label,
        may_be_negative=True,
        help_text=_("Work done and goods received by the quarter’s end that are not yet paid."),
    )
    projected = MoneyField(label=Amount.PROJECTED.label)
    cost_share = MoneyField(label=Amount.COST_SHARE.label)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, award: Award, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if award.currency:
            del self.fields["currency"]

    @property
    def amounts(self) -> dict[str, int | None]:
        return {name: self.cleaned_data[name] for name in Amount.values}
