"""The money of a plan as a workbook, with what it is and by which rates (R23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import Money
from coordination.services.spreadsheets import Table, to_workbook
from workplans.models import Commitment

from .money import ActivityMoney, PlanMoney
from .plans import span_in_words
from .sums import InOne, Total

# What the sums of a plan are called, on its page and in its file.
SUMS: dict[str, str | Promise] = {
    "budget": gettext_lazy("Budget"),
    "confirmed": gettext_lazy("Confirmed"),
    "indicative": gettext_lazy("Indicative"),
    "released": gettext_lazy("Released"),
    "spent": gettext_lazy("Spent"),
    "in_kind": gettext_lazy("Confirmed, not in cash"),
    "leveraged": gettext_lazy("Leveraged: confirmed by others than the lead"),
}


def money_workbook(money: PlanMoney, *, at: dt.datetime | None = None) -> bytes:
    """Sums, activities, commitments, organisations, spending and rates, and what the file is."""
    now = at or timezone.now()
    sheets = [
        _sums(money),
        _activities(money),
        _commitments(money, money.plan.mechanism.today(now)),
        _scores(money, money.plan.mechanism.today(now)),
        _spending(money),
        Table(_("About this file"), (_("What"), _("Value")), list(about(money, at=now))),
    ]
    return to_workbook(_("Money of the plan"), sheets, made_at=now)


def about(money: PlanMoney, *, at: dt.datetime) -> Iterator[tuple[str, str]]:
    """Mechanism, plan, year in every calendar, moment, rates, and what has no figure."""
    plan = money.plan
    yield _("Mechanism"), plan.mechanism.name
    yield _("Plan"), plan.title
    yield _("Place"), str(plan.place)
    for name, span in span_in_words(plan):
        yield _("Time, %(calendar)s") % {"calendar": name}, span
    yield _("State"), str(plan.get_state_display())
    yield _("Published"), _("yes") if plan.is_published else _("no")
    moment = timezone.localtime(at, plan.mechanism.zone)
    yield _("As at"), date_format(moment, "DATETIME_FORMAT")
    yield _("Activities in this file"), str(len(money.lines))
    yield _("Cancelled and merged activities"), _("left out")
    for row in money.rates.rows:
        words = {"day": date_format(row.fixed_on), "source": row.source}
        yield str(row), _("fixed on %(day)s, %(source)s") % words
    yield _("Expenditure"), _("by the mean of each period’s monthly rates")
    without = ", ".join(activity.code for activity in money.unbudgeted)
    yield _("Without a budget, so without a gap"), without or _("none")
    unknown = ", ".join(line.activity.code for line in money.unknown_gaps)
    yield _("Gap not known for want of a rate"), unknown or _("none")
    if any(line.activity.is_illustrative for line in money.lines) or plan.is_illustrative:
        yield _("Origin"), _("Some of it is illustrative.")


def _sums(money: PlanMoney) -> Table:
    currencies = sorted({currency for _name, total, _one in money.rows for currency in total.minor})
    rows = [
        [SUMS[name], *(_major(total, currency) for currency in currencies), _one(one)]
        for name, total, one in money.rows
    ]
    gaps = {gap.currency: gap.money for gap in money.gap_total}
    lacking = [gaps[currency].major if currency in gaps else None for currency in currencies]  # type: ignore[union-attr]  # a sum of gaps is known
    rows.append([_("Gap, activity by activity"), *lacking, _one(money.gap_in_one)])
    heads = [_("Sum"), *currencies, _("In %(currency)s") % {"currency": money.currency}]
    return Table(_("Sums"), heads, rows)


def _activities(money: PlanMoney) -> Table:
    heads = [
        _("Code"), _("Activity"), _("Lead organisation"), _("Sector"), _("Budget"),
        _("Currency"), _("Confirmed"), _("Indicative"), _("Leveraged"), _("Gap"), _("Surplus"),
        _("No figure because"), _("Origin"),
    ]  # fmt: skip
    return Table(_("Activities"), heads, [_activity_row(line) for line in money.lines])


def _activity_row(line: ActivityMoney) -> list[object]:
    activity = line.activity
    why = _("no rate %(pair)s") % {"pair": line.gap.lacking} if line.gap.missing else ""
    return [
        activity.code,
        activity.title,
        str(activity.lead),
        str(activity.sector or ""),
        activity.budget.major if activity.budget else None,
        activity.currency,
        _words(line.confirmed),
        _words(line.indicative),
        _words(line.leveraged),
        _one(line.gap),
        line.surplus.major if line.surplus else None,
        why if activity.budget else _("no budget"),
        activity.get_origin_display(),
    ]


def _commitments(money: PlanMoney, on: dt.date) -> Table:
    heads = [
        _("Activity"), _("Organisation"), _("Kind"), _("Amount"), _("Currency"), _("State"),
        _("Confirmed"), _("Released"), _("Spent"), _("Awaits"), _("Days waiting"),
        _("Decision expected on"), _("Budget line"), _("Award"), _("Passes on"), _("Conditions"),
        _("Reason of the withdrawal"), _("Origin"),
    ]  # fmt: skip
    rows = [_commitment_row(each, on) for line in money.lines for each in line.commitments]
    return Table(_("Commitments"), heads, rows)


def _commitment_row(each: Commitment, on: dt.date) -> list[object]:
    return [
        each.activity.code,
        str(each.organisation),
        each.get_kind_display(),
        each.amount.major,
        each.currency,
        each.get_state_display(),
        each.confirmed.major,
        each.released.major,
        each.spent.major,
        each.get_approver_display() if each.is_waiting else "",
        each.days_waiting(on=on),
        each.expected_on,
        each.budget_line,
        str(each.award or ""),
        str(each.passes_on or ""),
        each.conditions,
        each.withdrawal_reason,
        each.get_origin_display(),
    ]


def _scores(money: PlanMoney, on: dt.date) -> Table:
    heads = [
        _("Organisation"), _("Confirmed"), _("Indicative"), _("Released"), _("Spent"),
        _("Confirmed, not in cash"), _("Passed on, counted at its source"), _("Waiting"),
        _("Longest wait in days"), _("Awaits"),
    ]  # fmt: skip
    rows = [
        [
            str(score.organisation),
            _words(score.confirmed),
            _words(score.indicative),
            _words(score.released),
            _words(score.spent),
            _words(score.in_kind),
            _words(score.passed_on),
            len(score.waiting),
            score.longest_wait(on) if score.waiting else None,
            ", ".join(score.awaits),
        ]
        for score in money.scores
    ]
    return Table(_("Organisations"), heads, rows)


def _spending(money: PlanMoney) -> Table:
    heads = [_("Period"), _("Spent"), _("In %(currency)s") % {"currency": money.currency}]
    rows = [[str(row.period), _words(row.spent), _one(row.in_one)] for row in money.spending]
    return Table(_("Expenditure"), heads, rows)


def _major(total: Total, currency: str) -> object:
    return Money(total.minor[currency], currency).major if currency in total.minor else None


def _one(one: InOne) -> object:
    if one.missing:
        return _("no rate %(pair)s") % {"pair": one.lacking}
    return one.money.major if one.money else None


def _words(total: Total) -> str:
    return "; ".join(str(money) for money in total.amounts)
