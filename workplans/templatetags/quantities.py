"""Quantities in templates, written as everywhere else (R1)."""

from decimal import Decimal

from django import template

from coordination.services.rounding import display_percent, display_quantity
from workplans.models import IndicatorVersion
from workplans.services.rounding import display

register = template.Library()


@register.filter
def in_unit(value: Decimal | None, version: IndicatorVersion) -> str:
    """The value of an indicator as it is shown: "12,345", "43.8", "Yes" or "–"."""
    return display(value, version)


@register.filter
def percent(value: Decimal | None) -> str:
    """An achievement or a share: "87.5%"."""
    return display_percent(value)


@register.filter
def quantity(number: Decimal | None) -> str:
    """A numerator, denominator or difference as it was reported."""
    return display_quantity(number)
