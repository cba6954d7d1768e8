"""Days, moments, periods and measures in the words of a report (R8, R9)."""

from __future__ import annotations

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import FiscalCalendar, Mechanism, Period
from coordination.services.days import day_in_words, months_in_words, span_in_words


def day_text(day: dt.date | None) -> str:
    """Such as "31 Mar 2021"; nothing for no day."""
    return day_in_words(day) if day else ""


def moment_text(moment: dt.datetime, mechanism: Mechanism) -> str:
    """Such as "5 May 2021, 09:40 EAT": in the mechanism's own zone, which is named."""
    return date_format(moment.astimezone(mechanism.zone), "DATETIME_FORMAT")


def span_text(first: dt.date | None, last: dt.date | None) -> str:
    """Such as "1 Jan 2021 – 30 Jun 2021", "24 Nov 2020", "from 1 Jan 2021"; nothing for no day."""
    return span_in_words(first, last) if first or last else ""


def period_text(period: Period) -> str:
    """Such as "January to March 2021"."""
    return _("%(first)s to %(last)s") % {
        "first": date_format(period.starts_on, "F"),
        "last": date_format(period.ends_on, "F Y"),
    }


def short_period_text(starts_on: dt.date, ends_on: dt.date) -> str:
    """Such as "Jan–Mar 2021"."""
    return months_in_words(starts_on, ends_on)


def period_labels(mechanism: Mechanism, period: Period) -> list[dict[str, str]]:
    """The period in every fiscal calendar in use, the leading one first (R23)."""
    others = mechanism.other_calendars.exclude(pk=mechanism.calendar_id).order_by("pk")
    calendars: list[FiscalCalendar] = [mechanism.calendar, *others]
    return [{"calendar": each.name, "text": each.label(period)} for each in calendars]


def percent_of(*, is_way: bool) -> str:
    """Of what a percentage says how far an indicator has come (R8)."""
    return _("Percent of the way from the baseline") if is_way else _("Percent of target")
