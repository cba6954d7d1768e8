"""Days and quarters in words; the rows of a list share few of them, so each is written once."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coordination.models.period import held_together

REMEMBERED = 4096


def day_in_words(day: dt.date) -> str:
    """Such as "31 Mar 2021", in the language of the page."""
    return _day(day, get_language())


def span_in_words(starts_on: dt.date | None, ends_on: dt.date | None) -> str:
    """From when to when, as far as it is known: "31 Mar 2021 – 2 Apr 2021", "from 31 Mar 2021"."""
    if starts_on and ends_on:
        return _span(starts_on, ends_on, get_language())
    if starts_on:
        return _("from %(day)s") % {"day": day_in_words(starts_on)}
    if ends_on:
        return _("until %(day)s") % {"day": day_in_words(ends_on)}
    return "–"


def months_in_words(starts_on: dt.date, ends_on: dt.date) -> str:
    """Such as "Jan–Mar 2021", in the language of the page."""
    return _months(starts_on, ends_on, get_language())


@lru_cache(REMEMBERED)
def _day(day: dt.date, _language: str | None) -> str:
    return date_format(day)


@lru_cache(REMEMBERED)
def _span(starts_on: dt.date, ends_on: dt.date, language: str | None) -> str:
    first, last = _day(starts_on, language), _day(ends_on, language)
    return first if starts_on == ends_on else held_together(f"{first} – {last}")


@lru_cache(REMEMBERED)
def _months(starts_on: dt.date, ends_on: dt.date, _language: str | None) -> str:
    return held_together(f"{date_format(starts_on, 'M')}–{date_format(ends_on, 'M Y')}")
