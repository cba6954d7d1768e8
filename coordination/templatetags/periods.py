"""Periods and days in templates, under the label of a fiscal calendar (R9)."""

import datetime as dt
from functools import lru_cache

from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language

from coordination.models import FiscalCalendar, Period

register = template.Library()

DAYS_REMEMBERED = 4096


@register.filter
def day(day: dt.date) -> str:
    """Such as "31 Mar 2021". The rows of a list share few days: each is written once."""
    return _day(day, get_language())


@lru_cache(DAYS_REMEMBERED)
def _day(day: dt.date, _language: str | None) -> str:
    return date_format(day, "j M Y")


@register.filter
def by_calendar(period: Period, calendar: FiscalCalendar) -> str:
    """The quarter as the calendar calls it: "FY 2020/21 Q3"."""
    return calendar.label(period)
