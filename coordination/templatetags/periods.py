"""Days and periods in templates, these under the label of a fiscal calendar (R9)."""

import datetime as dt
from typing import Protocol

from django import template

from coordination.models import FiscalCalendar, Period
from coordination.services.days import span_in_words

register = template.Library()


class Lasting(Protocol):
    """What has a first and a last day, as far as they are known."""

    starts_on: dt.date | None
    ends_on: dt.date | None


@register.filter
def dates(thing: Lasting) -> str:
    """From when to when: "31 Mar 2021 – 2 Apr 2021", "from 31 Mar 2021"."""
    return span_in_words(thing.starts_on, thing.ends_on)


@register.filter
def by_calendar(period: Period, calendar: FiscalCalendar) -> str:
    """The quarter as the calendar calls it: "FY 2020/21 Q3"."""
    return calendar.label(period)
