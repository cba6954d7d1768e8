"""Rates: entered with their date and source, and what an amount is in another currency (R10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Money, Period, User, add_months
from coordination.services.events import record
from coordination.services.refusals import DayToCome, Refusal
from workplans.models import JointWorkPlan, MonthlyRate, PlanRate

Pair = tuple[str, str]
MONTHS = 3


class RateTaken(Refusal):
    message = _("Another rate of these two currencies was fixed on that day.")


class RateOfMonthTaken(Refusal):
    message = _("Another rate of these two currencies is entered for that month.")


class RateOfOneCurrency(Refusal):
    message = _("A rate is of two currencies.")


@dataclass(frozen=True)
class Rates:
    """What one unit of a currency is in another, of both directions of each pair."""

    of: Mapping[Pair, Fraction] = field(default_factory=dict)
    # The rows behind it: shown rates carry their date.
    rows: tuple[PlanRate, ...] = ()

    @classmethod
    def by(cls, quoted: Iterable[tuple[str, str, Decimal | Fraction]]) -> Rates:
        """Of ``(base, quote, rate)``; the last one of a pair holds."""
        found: dict[Pair, Fraction] = {}
        for base, quote, rate in quoted:
            found[base, quote] = Fraction(rate)
            found[quote, base] = 1 / Fraction(rate)
        return cls(found)

    def convert(self, money: Money, into: str) -> Fraction | None:
        """Its minor units in the other currency, not rounded; None where no rate is known."""
        if money.currency == into:
            return Fraction(money.minor)
        rate = self.of.get((money.currency, into))
        return None if rate is None else money.minor * rate


def plan_rates(plan: JointWorkPlan) -> Rates:
    """The rates in force of the plan: of each pair the one that was fixed last."""
    newest: dict[frozenset[str], PlanRate] = {}
    for row in plan.rates.order_by("fixed_on", "pk"):
        newest[frozenset((row.base, row.quote))] = row
    rows = tuple(sorted(newest.values(), key=lambda row: (row.base, row.quote)))
    rates = Rates.by((row.base, row.quote, row.rate) for row in rows)
    return Rates(rates.of, rows)


def period_rates(mechanism: Mechanism, periods: Iterable[Period]) -> dict[int, Rates]:
    """For each period the mean of its three monthly rates, by its key.

    A pair of which a month is missing has none: a mean of two would be another figure.
    """
    wanted = list(periods)
    months: dict[Pair, dict[dt.date, Decimal]] = {}
    for row in MonthlyRate.objects.filter(mechanism=mechanism):
        months.setdefault((row.base, row.quote), {})[row.month] = row.rate
    return {
        period.pk: Rates.by(
            (base, quote, mean)
            for (base, quote), known in months.items()
            if (mean := _mean(known, period)) is not None
        )
        for period in wanted
    }


def _mean(known: Mapping[dt.date, Decimal], period: Period) -> Fraction | None:
    found = [known.get(add_months(period.starts_on, number)) for number in range(MONTHS)]
    rates = [Fraction(rate) for rate in found if rate is not None]
    return sum(rates, Fraction()) / MONTHS if len(rates) == MONTHS else None


@transaction.atomic
def set_plan_rate(
    plan: JointWorkPlan,
    *,
    by: User,
    base: str,
    quote: str,
    rate: Decimal,
    fixed_on: dt.date,
    source: str,
    at: dt.datetime | None = None,
) -> PlanRate:
    """A rate of the plan from now on; the earlier ones stay on record.

    Sent twice it is one. Raises RateOfOneCurrency, DayToCome or RateTaken.
    """
    now = at or timezone.now()
    if base == quote:
        raise RateOfOneCurrency
    plan = JointWorkPlan.objects.select_for_update().get(pk=plan.pk)
    if fixed_on > plan.mechanism.today(now):
        raise DayToCome
    row = PlanRate(plan=plan, base=base, quote=quote, rate=rate, fixed_on=fixed_on, source=source)
    same = plan.rates.filter(
        base__in=(base, quote), quote__in=(base, quote), fixed_on=fixed_on
    ).first()
    if same is not None:
        if (same.base, same.rate, same.source) == (base, rate, source):
            return same
        raise RateTaken
    row.full_clean()
    row.save()
    changes = {"rate": ["", f"{row}, {date_format(fixed_on)}"]}
    record("workplans.plan_rate_set", plan, by=by, changes=changes, note=source, at=now)
    return row


@transaction.atomic
def set_monthly_rate(
    mechanism: Mechanism,
    *,
    by: User,
    base: str,
    quote: str,
    month: dt.date,
    rate: Decimal,
    source: str,
    at: dt.datetime | None = None,
) -> MonthlyRate:
    """The rate of a month, that of any of its days.

    Sent twice it is one. Raises RateOfOneCurrency, DayToCome or RateOfMonthTaken.
    """
    now, month = at or timezone.now(), month.replace(day=1)
    if base == quote:
        raise RateOfOneCurrency
    if month > mechanism.today(now):
        raise DayToCome
    mechanism = Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    same = mechanism.monthly_rates.filter(
        base__in=(base, quote), quote__in=(base, quote), month=month
    ).first()
    if same is not None:
        if (same.base, same.rate, same.source) == (base, rate, source):
            return same
        raise RateOfMonthTaken
    row = MonthlyRate(
        mechanism=mechanism, base=base, quote=quote, month=month, rate=rate, source=source
    )
    row.full_clean()
    row.save()
    changes = {"monthly_rate": ["", f"{row}, {date_format(month, 'M Y')}"]}
    record("workplans.monthly_rate_set", mechanism, by=by, changes=changes, note=source, at=now)
    return row
