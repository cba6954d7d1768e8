"""How numbers are rounded and written: once, at display, everywhere alike (R1)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.utils.formats import get_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NONE = "–"
ONE = Decimal(1)
PERCENT_PLACES = 1
QUOTIENT_PLACES = 2
STORED_PLACES = 4
DIGITS_IN_GROUP = 3


def half_up(value: Decimal, places: int) -> Decimal:
    """The value to so many decimals, halves away from zero; never a negative zero."""
    return value.quantize(ONE.scaleb(-places), ROUND_HALF_UP) + 0


def decimals_of(value: Decimal) -> int:
    """How many decimals the value has, trailing zeros apart."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def display_percent(value: Decimal | None) -> str:
    """A percentage of something, such as an achievement or a share: "87.5%"."""
    if value is None:
        return NONE
    return _("%(number)s%%") % {"number": grouped(half_up(value, PERCENT_PLACES))}


def display_quantity(quantity: Decimal | None) -> str:
    """A numerator or denominator, as it was reported."""
    if quantity is None:
        return NONE
    whole = quantity.to_integral_value()
    if quantity == whole:  # as most are
        return grouped(whole + 0)
    return grouped(half_up(quantity, min(STORED_PLACES, decimals_of(quantity))))


def grouped(number: Decimal) -> str:
    """The number with thousands separators of the language in force."""
    marks = marks_of(get_language())
    if marks is None:
        return number_format(number, use_l10n=True, force_grouping=True)
    return f"{number:,f}".translate(marks)


@cache
def marks_of(language: str | None) -> dict[int, str] | None:
    """What stands for "," and "." in numbers of the language; None if not grouped by thousands.

    A page writes hundreds of numbers: Django looks the marks up and sets them for each anew.
    """
    if get_format("NUMBER_GROUPING", language, use_l10n=True) != DIGITS_IN_GROUP:
        return None
    thousands = get_format("THOUSAND_SEPARATOR", language, use_l10n=True)
    decimal = get_format("DECIMAL_SEPARATOR", language, use_l10n=True)
    return {ord(","): thousands, ord("."): decimal}
