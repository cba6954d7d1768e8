"""Figures: the one answer to "which indicator, where, when, whose" (R2, R3, R4, R12).

Page, paper, workbook and data file all ask here, so that the same question has the same answer.
Indicators that are sums are read from the running totals, the others folded from their streams.
Any number of versions and scopes takes the same number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from coordination.models import Period, every_period
from reporting.models import Basis
from workplans.models import IndicatorVersion, quotient

from .answers import Answer, KeptTotals, RawValues, ended_by
from .expectations import Expectations, Expected
from .scopes import Scope


class Absence(TextChoices):
    """Why there is no figure. A reported zero is a figure (R4)."""

    MISSING = "missing", _("not reported")
    UNVERIFIED = "unverified", _("not yet verified")
    NOT_DUE = "not_due", _("not due")
    EXEMPT = "exempt", _("exempt")
    NOT_AGGREGABLE = "not_aggregable", _("not aggregable")
    DIVIDED_BY_ZERO = "divided_by_zero", _("denominator is 0")


class Figure(NamedTuple):
    """A figure, unrounded, or the reason why there is none.

    ``value`` is in the indicator's unit, a percentage in percent. ``provisional_value`` stands
    beside it where what was submitted makes a difference. Of a stock, ``carried`` counts the
    values of an earlier period; ``as_of`` is that period when nothing was reported in the last.
    """

    version: IndicatorVersion
    scope: Scope
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    provisional_value: Decimal | None = None
    absence: Absence | None = None
    as_of: Period | None = None
    values: int = 0
    carried: int = 0


Figures = dict[tuple[int, Scope], Figure]


def figures_for(
    versions: Iterable[IndicatorVersion],
    scopes: Iterable[Scope],
    *,
    on: dt.date,
    expectations: Expectations | None = None,
) -> Figures:
    """The figure of every version in every scope, by (the version's key, scope).

    Versions come with their indicator. A quarter that is not over ``on`` the day, which is that of
    their mechanism, is not due. Takes thirteen queries at most, whatever the number of versions and
    scopes; six of them are saved where no figure is missing, or the ``expectations`` for all
    quarters are at hand.
    """
    versions, scopes = list(versions), list(dict.fromkeys(scopes))
    if not versions or not scopes:
        return {}
    reader = _Reader.read(versions, scopes, on, expectations)
    return {
        (version.pk, scope): reader.figure(version, scope)
        for version in versions
        for scope in scopes
    }


@dataclass(frozen=True)
class _Reader:
    """Everything that was read for some versions and scopes."""

    versions: Sequence[IndicatorVersion]
    totals: KeptTotals
    values: RawValues
    periods: Sequence[Period]
    on: dt.date
    at_hand: Expectations | None

    @classmethod
    def read(
        cls,
        versions: Sequence[IndicatorVersion],
        scopes: Sequence[Scope],
        on: dt.date,
        at_hand: Expectations | None,
    ) -> _Reader:
        every = every_period()
        return cls(
            versions,
            KeptTotals.read([each for each in versions if each.is_additive], scopes, every),
            RawValues.read([each for each in versions if not each.is_additive], scopes),
            ended_by(max(scope.ends_before for scope in scopes), every),
            on,
            at_hand,
        )

    @cached_property
    def expectations(self) -> Expectations:
        """Who was expected to report: only asked where there is no figure."""
        return self.at_hand or Expectations.of(self.versions, self.periods)

    def figure(self, version: IndicatorVersion, scope: Scope) -> Figure:
        source = self.totals if version.is_additive else self.values
        answer = source.answer(version, scope, scope.basis)
        reported = source.answer(version, scope, Basis.REPORTED)
        value, provisional = value_of(version, answer), value_of(version, reported)
        return Figure(
            version,
            scope,
            answer.numerator,
            answer.denominator,
            value,
            provisional if provisional != value else None,
            self.absence(version, scope, answer, reported),
            self.as_of(scope, answer),
            answer.values,
            answer.carried,
        )

    def absence(
        self, version: IndicatorVersion, scope: Scope, answer: Answer, reported: Answer
    ) -> Absence | None:
        if not answer.is_aggregable:
            return Absence.NOT_AGGREGABLE
        if answer.values:
            return Absence.DIVIDED_BY_ZERO if value_of(version, answer) is None else None
        if reported.values:
            return Absence.UNVERIFIED
        return self.why_nothing(version, scope)

    def why_nothing(self, version: IndicatorVersion, scope: Scope) -> Absence:
        """Missing if anything was due; else exempt if anything was excused; else not due."""
        streams = self.expectations.streams_in(version, scope.place, scope.organisation)
        ended = [
            period
            for period in self.periods
            if scope.covers(period.starts_on) and period.ends_before <= self.on
        ]
        absence = Absence.NOT_DUE
        for stream in streams:
            for period in ended:
                expected = self.expectations.expected(stream, period)
                if expected == Expected.DUE:
                    return Absence.MISSING
                if expected == Expected.EXEMPT:
                    absence = Absence.EXEMPT
        return absence

    def as_of(self, scope: Scope, answer: Answer) -> Period | None:
        """The period of a stock's value when all of it is carried from an earlier one."""
        if not answer.values or answer.carried < answer.values:
            return None
        return next(
            (period for period in self.periods if period.starts_on == answer.last_reported), None
        )


def value_of(version: IndicatorVersion, answer: Answer) -> Decimal | None:
    """The answer in the indicator's unit."""
    return quotient(version, answer.numerator, answer.denominator)
