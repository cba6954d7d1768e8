"""What a plan costs, who pays how surely, and what is lacking: computed here alone (R10, R12).

Page, public summary and workbook are drawn from what is computed here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from coordination.models import Money, Organisation, Period
from workplans.models import Activity, Commitment, JointWorkPlan, Spending
from workplans.models.activity import ActivityQuerySet
from workplans.models.commitment import COUNTY_TYPES

from .rates import Rates, period_rates, plan_rates
from .sums import (
    AmountOf,
    InOne,
    Total,
    counted_minor,
    counted_once,
    pledged_minor,
    released_minor,
    rounded_money,
    spent_minor,
    unconfirmed_once,
)

WHOLE = 100


@dataclass(frozen=True)
class ActivityMoney:
    """What one activity costs and what is put into it."""

    activity: Activity
    commitments: list[Commitment]
    rates: Rates

    def _total(self, amount_of: AmountOf, *, only: Callable[[Commitment], bool]) -> Total:
        counted = counted_once(self.commitments, amount_of)
        return Total.of(
            Money(counted[each.pk], each.currency) for each in self.commitments if only(each)
        )

    @cached_property
    def confirmed(self) -> Total:
        return self._total(counted_minor, only=_any)

    @cached_property
    def pledged(self) -> Total:
        """Everything promised, confirmed or not."""
        return self._total(pledged_minor, only=_any)

    @cached_property
    def indicative(self) -> Total:
        """What is promised beyond what is confirmed."""
        rest = {
            currency: minor - self.confirmed.minor.get(currency, 0)
            for currency, minor in self.pledged.minor.items()
        }
        return Total.of(Money(minor, currency) for currency, minor in rest.items())

    @cached_property
    def released(self) -> Total:
        return self._total(released_minor, only=_any)

    @cached_property
    def spent(self) -> Total:
        return self._total(spent_minor, only=_any)

    @cached_property
    def in_kind(self) -> Total:
        """Of what is confirmed: all that is not cash, logistics by projects too (P28)."""
        return self._total(counted_minor, only=lambda each: each.kind != Commitment.Kind.CASH)

    @cached_property
    def leveraged(self) -> Total:
        """Of what is confirmed: all that others than the lead organisation bring (P15)."""
        lead = self.activity.lead_id
        return self._total(counted_minor, only=lambda each: each.organisation_id != lead)

    @cached_property
    def of_county(self) -> Total:
        """Of what is confirmed: the governments' own share (S29)."""
        return self._total(counted_minor, only=lambda each: each.organisation.type in COUNTY_TYPES)

    @cached_property
    def _balance(self) -> InOne:
        """Budget less confirmed, in the activity's currency; unknown where a rate is missing."""
        budget, currency = self.activity.budget, self.activity.currency
        if budget is None:
            return InOne(None, currency)
        have = self.confirmed.in_one(currency, self.rates)
        if have.exact is not None:
            return InOne(budget.minor - have.exact, currency)
        # What is known may cover the budget already: then there is no gap whatever the rate.
        sure = [self.rates.convert(money, currency) for money in self.confirmed.amounts]
        if sum((each for each in sure if each is not None), Fraction()) >= budget.minor:
            return InOne(Fraction(), currency)
        return InOne(None, currency, have.missing)

    @property
    def gap(self) -> InOne:
        """max(0, budget − confirmed): a surplus is no negative gap (R10)."""
        balance = self._balance
        exact = None if balance.exact is None else max(balance.exact, Fraction())
        return InOne(exact, balance.currency, balance.missing)

    @property
    def surplus(self) -> Money | None:
        """What is confirmed beyond the budget; None where there is none, or it is not known."""
        exact = self._balance.exact
        if exact is None or exact >= 0:
            return None
        return rounded_money(-exact, self.activity.currency)

    @property
    def has_gap(self) -> bool:
        return bool(self.gap.exact)


def _any(_commitment: Commitment) -> bool:
    return True


@dataclass
class Score:
    """What one organisation has promised in a plan, and what of it waits (P22)."""

    organisation: Organisation
    confirmed: Total = field(default_factory=Total)
    indicative: Total = field(default_factory=Total)
    released: Total = field(default_factory=Total)
    spent: Total = field(default_factory=Total)
    in_kind: Total = field(default_factory=Total)
    passed_on: Total = field(default_factory=Total)
    waiting: list[Commitment] = field(default_factory=list)

    def longest_wait(self, on: dt.date) -> int:
        return max((each.days_waiting(on=on) or 0 for each in self.waiting), default=0)

    @property
    def awaits(self) -> list[str]:
        """Whose leave is waited for: "head office"."""
        approvers = {Commitment.Approver(each.approver) for each in self.waiting}
        return sorted(str(approver.label) for approver in approvers)


@dataclass(frozen=True)
class PeriodSpending:
    """What was spent in a period; in one currency by the mean of its monthly rates."""

    period: Period
    spent: Total
    in_one: InOne


@dataclass(frozen=True)
class PlanMoney:
    """The money of the activities given, in all their currencies and in one."""

    plan: JointWorkPlan
    currency: str
    rates: Rates
    lines: list[ActivityMoney]

    def only(self, keep: Callable[[Activity], bool]) -> PlanMoney:
        """The money of some of the activities, in the currency of most of their budgets."""
        lines = [line for line in self.lines if keep(line.activity)]
        return PlanMoney(self.plan, usual_currency(lines), self.rates, lines)

    def _sum(self, part: Callable[[ActivityMoney], Total]) -> Total:
        return Total.of(money for line in self.lines for money in part(line).amounts)

    @cached_property
    def budget(self) -> Total:
        return Total.of(line.activity.budget for line in self.lines if line.activity.budget)

    @cached_property
    def confirmed(self) -> Total:
        return self._sum(lambda line: line.confirmed)

    @cached_property
    def indicative(self) -> Total:
        return self._sum(lambda line: line.indicative)

    @cached_property
    def released(self) -> Total:
        return self._sum(lambda line: line.released)

    @cached_property
    def spent(self) -> Total:
        return self._sum(lambda line: line.spent)

    @cached_property
    def in_kind(self) -> Total:
        return self._sum(lambda line: line.in_kind)

    @cached_property
    def leveraged(self) -> Total:
        return self._sum(lambda line: line.leveraged)

    @cached_property
    def of_county(self) -> Total:
        return self._sum(lambda line: line.of_county)

    @cached_property
    def gaps(self) -> list[ActivityMoney]:
        """Activities that lack money, the largest gap first as far as they can be compared."""
        lacking = [line for line in self.lines if line.has_gap]
        return sorted(lacking, key=self._size_of_gap, reverse=True)

    def _size_of_gap(self, line: ActivityMoney) -> tuple[bool, Fraction]:
        exact = line.gap.exact or Fraction()
        size = self.rates.convert(rounded_money(exact, line.activity.currency), self.currency)
        return (size is not None, exact if size is None else size)

    @cached_property
    def gap_total(self) -> list[InOne]:
        """The sum of the gaps in each currency; a surplus elsewhere fills none of them (R10)."""
        sums: defaultdict[str, Fraction] = defaultdict(Fraction)
        for line in self.gaps:
            sums[line.activity.currency] += line.gap.exact or 0
        return [InOne(sums[currency], currency) for currency in sorted(sums)]

    @cached_property
    def is_budgeted(self) -> bool:
        """Whether anybody has said what anything costs."""
        return any(line.activity.budget is not None for line in self.lines)

    @cached_property
    def is_promised(self) -> bool:
        """Whether anybody has promised anything."""
        return any(line.commitments for line in self.lines)

    @cached_property
    def gap_in_one(self) -> InOne:
        if not self.is_budgeted:
            return InOne(None, self.currency)
        rates = [(gap, self.rates.of.get((gap.currency, self.currency))) for gap in self.gap_total]
        missing = tuple(
            (gap.currency, self.currency)
            for gap, rate in rates
            if rate is None and gap.currency != self.currency
        )
        if missing:
            return InOne(None, self.currency, missing)
        one = Fraction(1)
        parts = ((gap.exact or Fraction()) * (rate or one) for gap, rate in rates)
        return InOne(sum(parts, Fraction()), self.currency)

    @property
    def unbudgeted(self) -> list[Activity]:
        """Activities without a budget: nobody can say what they lack."""
        return [line.activity for line in self.lines if line.activity.budget is None]

    @property
    def unknown_gaps(self) -> list[ActivityMoney]:
        """Activities whose gap cannot be said for want of a rate."""
        return [line for line in self.lines if line.gap.missing]

    @cached_property
    def county_share(self) -> Decimal | None:
        """The governments' part of what is confirmed, in percent, unrounded (R1).

        None where it is not known.
        """
        whole = self.confirmed.in_one(self.currency, self.rates).exact
        part = self.of_county.in_one(self.currency, self.rates).exact
        if not whole or part is None:
            return None
        share = part / whole * WHOLE
        return Decimal(share.numerator) / Decimal(share.denominator)

    @cached_property
    def rows(self) -> list[tuple[str, Total, InOne]]:
        """Each sum by its name, in its currencies and in one.

        In one it is nothing where nobody has told anything; a true zero stays one (R4).
        """
        named = {
            "budget": self.budget,
            "confirmed": self.confirmed,
            "indicative": self.indicative,
            "released": self.released,
            "spent": self.spent,
            "in_kind": self.in_kind,
            "leveraged": self.leveraged,
        }
        return [(name, total, self._in_one(name, total)) for name, total in named.items()]

    def _in_one(self, name: str, total: Total) -> InOne:
        if not (self.is_budgeted if name == "budget" else self.is_promised):
            return InOne(None, self.currency)
        return self.spent_in_one if name == "spent" else total.in_one(self.currency, self.rates)

    @cached_property
    def spent_in_one(self) -> InOne:
        """What was spent, each period by the mean of its monthly rates, not by the plan's (R10)."""
        parts = [each.in_one for each in self.spending]
        missing = tuple(dict.fromkeys(pair for part in parts for pair in part.missing))
        if missing:
            return InOne(None, self.currency, missing)
        return InOne(sum((part.exact or Fraction() for part in parts), Fraction()), self.currency)

    @cached_property
    def scores(self) -> list[Score]:
        """Each organisation that promised something, by its name."""
        found: dict[int, Score] = {}
        for line in self.lines:
            sure = counted_once(line.commitments, counted_minor)
            rest = unconfirmed_once(line.commitments)
            handed = counted_once(line.commitments, released_minor)
            used = counted_once(line.commitments, spent_minor)
            for each in line.commitments:
                score = found.setdefault(each.organisation_id, Score(each.organisation))
                confirmed = Money(sure[each.pk], each.currency)
                score.confirmed.add(confirmed)
                score.indicative.add(Money(rest[each.pk], each.currency))
                score.released.add(Money(handed[each.pk], each.currency))
                score.spent.add(Money(used[each.pk], each.currency))
                score.passed_on.add(Money(each.counted_minor - sure[each.pk], each.currency))
                if each.kind != Commitment.Kind.CASH:
                    score.in_kind.add(confirmed)
                if each.is_waiting:
                    score.waiting.append(each)
        return sorted(found.values(), key=lambda score: str(score.organisation))

    @cached_property
    def spending(self) -> list[PeriodSpending]:
        """What was spent in each period, the oldest first; money passed on counts once."""
        keys = [each.pk for line in self.lines for each in line.commitments]
        told = Spending.objects.filter(commitment__in=keys).select_related("period", "commitment")
        by_period: defaultdict[Period, dict[int, int]] = defaultdict(dict)
        for each in told.order_by("period__starts_on"):
            by_period[each.period][each.commitment_id] = each.amount_minor
        rates = period_rates(self.plan.mechanism, by_period)
        spent = {period: self._spent_in(amounts) for period, amounts in by_period.items()}
        return [
            PeriodSpending(period, total, total.in_one(self.currency, rates[period.pk]))
            for period, total in spent.items()
        ]

    def _spent_in(self, amounts: dict[int, int]) -> Total:
        total = Total()
        for line in self.lines:
            counted = counted_once(line.commitments, lambda each: amounts.get(each.pk, 0))
            for each in line.commitments:
                total.add(Money(counted[each.pk], each.currency))
        return total


def money_of(plan: JointWorkPlan, activities: ActivityQuerySet, *, currency: str = "") -> PlanMoney:
    """The money of ``activities`` of the plan, cancelled ones apart; takes three queries.

    In ``currency``; without one, in that of most budgets.
    """
    kept = activities.exclude(status__in=Activity.LEFT_OUT).select_related("lead", "sector")
    found = list(kept.order_by("code"))
    rows = Commitment.objects.filter(activity__in=[each.pk for each in found])
    by_activity: defaultdict[int, list[Commitment]] = defaultdict(list)
    for row in rows.select_related("organisation").order_by("pk"):
        by_activity[row.activity_id].append(row)
    rates = plan_rates(plan)
    lines = [ActivityMoney(each, by_activity[each.pk], rates) for each in found]
    for line in lines:
        # What they say of their plan they say without asking for it again.
        line.activity.plan = plan
        for each in line.commitments:
            each.activity = line.activity
    return PlanMoney(plan, currency or usual_currency(lines), rates, lines)


def money_of_activity(activity: Activity) -> ActivityMoney:
    """The money of one activity by the rates of its plan."""
    rows = Commitment.objects.filter(activity=activity).select_related("organisation", "passes_on")
    found = list(rows.order_by("pk"))
    for each in found:
        each.activity = activity
    return ActivityMoney(activity, found, plan_rates(activity.plan) if found else Rates())


def usual_currency(lines: Iterable[ActivityMoney]) -> str:
    """The currency of most budgets, else of most commitments; among equals the first by name."""
    lines = list(lines)
    votes = [line.activity.currency for line in lines if line.activity.currency] or [
        each.currency for line in lines for each in line.commitments
    ]
    return max(sorted(set(votes)), key=votes.count, default="USD")


def currencies_of(money: PlanMoney) -> list[str]:
    """The currencies that a view of the plan's money can be asked in."""
    used = {money.currency, *money.budget.minor, *money.confirmed.minor, *money.indicative.minor}
    quoted = {currency for row in money.rates.rows for currency in (row.base, row.quote)}
    return sorted(used | quoted)
