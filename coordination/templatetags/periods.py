"""Periods and days in templates, under the label of a fiscal calendar (R9)."""

import datetime as dt

from django import template

from coordination.models import FiscalCalendar, Period
from coordination.services.days import day_in_words

register = template.Library()


@register.filter
def day(day: dt.date) -> str:
    """Such as "31 Mar 2021"."""
    return day_in_words(day)


@register.filter
def by_calendar(period: Period, calendar: FiscalCalendar) -> str:
    """The quarter as the calendar calls it: "FY 2020/21 Q3"."""
    return calendar.label(period)
