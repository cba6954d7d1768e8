"""Periods in templates, under the label of a fiscal calendar (R9)."""

from django import template

from coordination.models import FiscalCalendar, Period

register = template.Library()


@register.filter
def by_calendar(period: Period, calendar: FiscalCalendar) -> str:
    """The quarter as the calendar calls it: "FY 2020/21 Q3"."""
    return calendar.label(period)
