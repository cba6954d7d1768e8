"""Periods are dated calendar quarters; fiscal labels are derived (R9)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext_lazy as _

from .office import asked_once

MONTHS_IN_QUARTER = 3
REMEMBERED = 1024


def add_months(day: dt.date, months: int) -> dt.date:
    """The first of the month ``months`` after the month of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


class PeriodQuerySet(models.QuerySet["Period"]):
    def containing(self, day: dt.date) -> PeriodQuerySet:
        return self.filter(starts_on__lte=day, ends_before__gt=day)

    def ended(self, *, on: dt.date) -> PeriodQuerySet:
        return self.filter(ends_before__lte=on)

    def between(self, starts_on: dt.date, ends_before: dt.date) -> PeriodQuerySet:
        return self.filter(starts_on__gte=starts_on, ends_before__lte=ends_before)


class Period(models.Model):
    """One calendar quarter, half-open: ``ends_before`` is the first day that is not in it."""

    code = models.SlugField(_("code"), max_length=8, unique=True, help_text=_("Such as 2021-q1."))
    starts_on = models.DateField(_("starts on"), unique=True)
    ends_before = models.DateField(_("ends before"))

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_before__gt=models.F("starts_on")),
                name="period_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        """Such as "1 Jan–31 Mar 2021"; a day stays on one line with its month."""
        return days_in_words(self.starts_on, self.ends_before, get_language())

    @property
    def ends_on(self) -> dt.date:
        """The last day in the period, as people say it."""
        return _day_before(self.ends_before)


@lru_cache(REMEMBERED)
def days_in_words(starts_on: dt.date, ends_before: dt.date, _language: str | None) -> str:
    """The days of a period; the rows of a list share few of them, so each is written once."""
    first = date_format(starts_on, "MONTH_DAY_FORMAT")
    last = date_format(_day_before(ends_before))
    return held_together(f"{first}–{last}")


def held_together(days: str) -> str:
    """Days that follow each other from the right, in a line that may run from the left."""
    return f"\u2067{days}\u2069" if get_language_bidi() else days


def _day_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)


def every_period() -> list[Period]:
    """All quarters that there are, the oldest first; read once a page (decision 20)."""
    return asked_once(Period, lambda: list(Period.objects.order_by("starts_on")))


class FiscalCalendar(models.Model):
    """How an institution cuts and names its year; it begins on a calendar quarter's first day."""

    class YearLabel(models.TextChoices):
        BOTH = "both", _("FY 2020/21")
        END = "end", _("FY2021")
        SHORT = "short", _("FY21")
        PLAIN = "plain", _("2021")

    key = models.SlugField(_("key"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=80)
    start_month = models.PositiveSmallIntegerField(_("start month"))
    year_label = models.CharField(_("year label"), max_length=5, choices=YearLabel.choices)

    class Meta:
        verbose_name = _("fiscal calendar")
        verbose_name_plural = _("fiscal calendars")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(start_month__in=(1, 4, 7, 10)),
                name="fiscal_year_starts_a_quarter",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def year_start(self, day: dt.date) -> dt.date:
        """The first day of the fiscal year that ``day`` lies in."""
        year = day.year if day.month >= self.start_month else day.year - 1
        return dt.date(year, self.start_month, 1)

    def year_end(self, day: dt.date) -> dt.date:
        """The first day after the fiscal year that ``day`` lies in."""
        return add_months(self.year_start(day), 12)

    def quarter_number(self, period: Period) -> int:
        """1 to 4: which quarter of this calendar's year the period is."""
        return ((period.starts_on.month - self.start_month) % 12) // MONTHS_IN_QUARTER + 1

    def label_year(self, day: dt.date) -> str:
        """Return such as "FY 2020/21", "FY2021", "FY21" or "2021"."""
        start, last = self.year_start(day), self.year_end(day) - dt.timedelta(days=1)
        if self.year_label == self.YearLabel.BOTH:
            return f"FY {start.year}/{last.year % 100:02d}"
        if self.year_label == self.YearLabel.END:
            return f"FY{last.year}"
        if self.year_label == self.YearLabel.SHORT:
            return f"FY{last.year % 100:02d}"
        return str(start.year)

    def label(self, period: Period) -> str:
        """Return such as "FY 2020/21 Q3", "FY2021 Q2" or "2021 Q1" for one and the same quarter."""
        return f"{self.label_year(period.starts_on)} Q{self.quarter_number(period)}"
