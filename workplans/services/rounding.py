"""How figures are rounded and written: once, at display, everywhere alike (R1).

What does not hang on an indicator stands in `coordination.services.rounding`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from coordination.models import Money
from coordination.services.rounding import (
    NONE,
    PERCENT_PLACES,
    QUOTIENT_PLACES,
    STORED_PLACES,
    decimals_of,
    display_quantity,
    grouped,
    half_up,
)
from workplans.models import IndicatorVersion, ResultCell

DataType = IndicatorVersion.DataType
PLACES: dict[str, int] = {
    DataType.PERCENTAGE: PERCENT_PLACES,
    DataType.SCORE: QUOTIENT_PLACES,
    DataType.RATIO: QUOTIENT_PLACES,
    DataType.AVERAGE: QUOTIENT_PLACES,
}


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


def display(value: Decimal | None, version: IndicatorVersion) -> str:
    """The value as a person reads it, in the indicator's unit: "12,345", "43.8", "Yes" or "–"."""
    if value is None:
        return NONE
    if version.data_type == DataType.MILESTONE and value in {0, 1}:
        return _("Yes") if value else _("No")
    return grouped(rounded(value, version))


def display_change(change: Decimal | None, version: IndicatorVersion) -> str:
    """A change with its sign; between percentages it is in percentage points (R7)."""
    if change is None:
        return NONE
    sign = "+" if change > 0 else ""
    number = sign + grouped(rounded(change, version))
    if version.is_proportion:
        return _("%(number)s percentage points") % {"number": number}
    return number


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
