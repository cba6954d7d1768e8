"""How figures are rounded and written: once, at display, everywhere alike (R1)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.utils.formats import get_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.models import Money
from workplans.models import IndicatorVersion, ResultCell

NONE = "–"
ONE = Decimal(1)
PERCENT_PLACES = 1
QUOTIENT_PLACES = 2
STORED_PLACES = 4
DIGITS_IN_GROUP = 3

DataType = IndicatorVersion.DataType
PLACES: dict[str, int] = {
    DataType.PERCENTAGE: PERCENT_PLACES,
    DataType.SCORE: QUOTIENT_PLACES,
    DataType.RATIO: QUOTIENT_PLACES,
    DataType.AVERAGE: QUOTIENT_PLACES,
}


def half_up(value: Decimal, places: int) -> Decimal:
    """The value to so many decimals, halves away from zero; never a negative zero."""
    return value.quantize(ONE.scaleb(-places), ROUND_HALF_UP) + 0


def rounded(value: Decimal, version: IndicatorVersion) -> Decimal:
    """The value as it is shown: percentages to one decimal, scores and quotients to two.

    Counts and measures stay as they were reported; one that a mean made is cut to two decimals.
    """
    places = PLACES.get(version.data_type)
    if places is not None:
        return half_up(value, places)
    whole = value.to_integral_value()
    if value == whole:  # as most are
        return whole + 0
    if value == half_up(value, STORED_PLACES):
        return half_up(value, min(STORED_PLACES, decimals_of(value)))
    return half_up(value, QUOTIENT_PLACES)


def decimals_of(value: Decimal) -> int:
    """How many decimals the value has, trailing zeros apart."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def display(value: Decimal | None, version: IndicatorVersion) -> str:
    """The value as a person reads it, in the indicator's unit: "12,345", "43.8", "Yes" or "–"."""
    if value is None:
        return NONE
    if version.data_type == DataType.MILESTONE and value in {0, 1}:
        return _("Yes") if value else _("No")
    return grouped(rounded(value, version))


def display_percent(value: Decimal | None) -> str:
    """A percentage of something, such as an achievement or a share: "87.5%"."""
    if value is None:
        return NONE
    return _("%(number)s%%") % {"number": grouped(half_up(value, PERCENT_PLACES))}


def display_change(change: Decimal | None, version: IndicatorVersion) -> str:
    """A change with its sign; between percentages it is in percentage points (R7)."""
    if change is None:
        return NONE
    sign = "+" if change > 0 else ""
    number = sign + grouped(rounded(change, version))
    if version.is_proportion:
        return _("%(number)s percentage points") % {"number": number}
    return number


def display_quantity(quantity: Decimal | None) -> str:
    """A numerator or denominator, as it was reported."""
    if quantity is None:
        return NONE
    whole = quantity.to_integral_value()
    if quantity == whole:  # as most are
        return grouped(whole + 0)
    return grouped(half_up(quantity, min(STORED_PLACES, decimals_of(quantity))))


def cells_in_words(cells: Iterable[ResultCell]) -> str:
    """The cells of a breakdown as they were reported: "Women 12; Men 10"."""
    return "; ".join(
        f"{cell.category} {display_quantity(cell.numerator)}"
        + ("" if cell.denominator is None else f" ÷ {display_quantity(cell.denominator)}")
        for cell in cells
    )


def display_money(amount: Money) -> str:
    """The amount to its currency's minor unit; whole amounts without decimals."""
    return str(amount)


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
