"""Figures as a snapshot keeps them: the exact value as text, and how it is displayed (R1, R21)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from coordination.models import Period
from coordination.services.rounding import NONE, display_percent
from reporting.services.figures import Figure
from reporting.services.words import day_text
from workplans.models import IndicatorVersion
from workplans.services.rounding import display

Cell = dict[str, Any]


def exact(value: Decimal | None) -> str | None:
    """The value to its last digit, without exponent; None stays None."""
    return None if value is None else format(value.normalize(), "f")


def value_cell(value: Decimal | None, version: IndicatorVersion) -> Cell:
    """A target, a baseline or a part: a value in the indicator's unit."""
    return {"exact": exact(value), "text": display(value, version)}


def percent_cell(value: Decimal | None) -> Cell:
    return {"exact": exact(value), "text": display_percent(value)}


def figure_cell(figure: Figure) -> Cell:
    """A figure with what it is made of, or why there is none; of verified values (decision 17).

    Of a stock, ``carried`` of its ``values`` are of earlier quarters; where all of them are, it
    bears the date of the last (R4).
    """
    version = figure.version
    return {
        **value_cell(figure.value, version),
        "numerator": exact(figure.numerator),
        "denominator": exact(figure.denominator),
        "absence": figure.absence.value if figure.absence else None,
        "reason": str(figure.absence.label) if figure.absence else "",
        "as_of": last_day_of(figure.as_of) if figure.as_of else None,
        "values": figure.values,
        "carried": figure.carried,
    }


def later_cell(reason: str) -> Cell:
    """A quarter after the one that is reported on."""
    return {"exact": None, "text": NONE, "absence": "later", "reason": reason}


def last_day_of(period: Period) -> dict[str, str]:
    """Of which quarter a carried stock is, in words and by its code (R4)."""
    return {"code": period.code, "text": day_text(period.ends_on)}
