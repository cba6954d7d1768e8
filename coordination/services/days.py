"""Days and quarters in words; the rows of a list share few of them, so each is written once."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language

REMEMBERED = 4096


def day_in_words(day: dt.date) -> str:
    """Such as "31 Mar 2021", in the language of the page."""
    return _day(day, get_language())


def months_in_words(starts_on: dt.date, ends_on: dt.date) -> str:
    """Such as "Jan–Mar 2021", in the language of the page."""
    return _months(starts_on, ends_on, get_language())


@lru_cache(REMEMBERED)
def _day(day: dt.date, _language: str | None) -> str:
    return date_format(day)


@lru_cache(REMEMBERED)
def _months(starts_on: dt.date, ends_on: dt.date, _language: str | None) -> str:
    return f"{date_format(starts_on, 'M')}–{date_format(ends_on, 'M Y')}"
