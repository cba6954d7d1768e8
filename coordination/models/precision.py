"""How exactly a day is known: many documents give a month, some a year alone."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class Precision(models.TextChoices):
    """What of a date is known. What is not is stored as the first of the month or the year."""

    DAY = "day", _("The day")
    MONTH = "month", _("The month alone")
    YEAR = "year", _("The year alone")


FORMATS = {Precision.DAY: "DATE_FORMAT", Precision.MONTH: "M Y", Precision.YEAR: "Y"}


def written_day(day: dt.date | None, precision: str) -> str:
    """Such as "3 Oct 2019", "Aug 2020" or "2022"; "" for no day."""
    return date_format(day, FORMATS[Precision(precision)]) if day else ""
