"""Scopes: where, when, whose, and on which basis a figure is asked for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

from coordination.models import (
    FiscalCalendar,
    Organisation,
    Period,
    Place,
    add_months,
)
from reporting.models import Basis

QUARTER_MONTHS = 3


@dataclass(frozen=True)
class Scope:
    """A place and everything below it, over whole quarters, half-open (R9).

    ``starts_on`` is empty for "since the beginning"; ``organisation`` for all of them. A
    mechanism as a whole is its country: an indicator belongs to one mechanism only.
    """

    place: Place
    starts_on: dt.date | None
    ends_before: dt.date
    organisation: Organisation | None = None
    basis: str = Basis.VERIFIED

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: every figure is looked up by its scope, several times."""
        return hash((self.place, self.starts_on, self.ends_before, self.organisation, self.basis))

    @classmethod
    def quarter(cls, place: Place, period: Period) -> Scope:
        return cls(place, period.starts_on, period.ends_before)

    @classmethod
    def year_to_date(cls, place: Place, period: Period, calendar: FiscalCalendar) -> Scope:
        """From the first day of the calendar's year until the end of the period."""
        return cls(place, calendar.year_start(period.starts_on), period.ends_before)

    @classmethod
    def year(cls, place: Place, period: Period, calendar: FiscalCalendar) -> Scope:
        """The whole year of the calendar that the period lies in."""
        day = period.starts_on
        return cls(place, calendar.year_start(day), calendar.year_end(day))

    @classmethod
    def to_date(cls, place: Place, period: Period) -> Scope:
        """From the very beginning until the end of the period."""
        return cls(place, None, period.ends_before)

    def at(self, place: Place) -> Scope:
        """The same question of another place."""
        return replace(self, place=place)

    def by(self, organisation: Organisation | None) -> Scope:
        """The same question of one organisation, or of all."""
        return replace(self, organisation=organisation)

    def over(self, period: Period) -> Scope:
        """The same question of another quarter."""
        return replace(self, starts_on=period.starts_on, ends_before=period.ends_before)

    def on_basis(self, basis: str) -> Scope:
        return replace(self, basis=basis)

    @cached_property
    def last_quarter(self) -> dt.date:
        """The first day of its last quarter: as of whose end a stock is asked for."""
        return add_months(self.ends_before, -QUARTER_MONTHS)

    def covers(self, starts_on: dt.date) -> bool:
        """Whether the quarter that begins on the day lies in it."""
        return starts_on < self.ends_before and (
            self.starts_on is None or self.starts_on <= starts_on
        )
