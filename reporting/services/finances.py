"""Money of awards in a report: what the secretariat enters, and what is frozen (R4, R10, R21)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Award, Money, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.rounding import NONE
from reporting.models import AwardFinance, Report
from reporting.services.editions import refuse_published
from workplans.services.rounding import display_money

# The amounts in minor units, by their names; None for what is not known.
Amounts = Mapping[str, int | None]


class CurrencyMissing(Refusal):
    message = _("Say in which currency the amounts are.")


class QuarterAboveAll(Refusal):
    message = _("What was spent in the quarter is more than what was spent to date.")


class FinanceEditedMeanwhile(EditedMeanwhile):
    """Carries the amounts as they are now, so that both can be shown (R27)."""

    def __init__(self, stored: AwardFinance) -> None:
        super().__init__()
        self.stored = stored


@dataclass(frozen=True)
class AwardLine:
    """An award at work in the report's mechanism, and what is told of its money."""

    award: Award
    stored: AwardFinance | None

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else 0

    @property
    def amounts(self) -> dict[str, Money | None]:
        """Each amount by its name; None for what is not known."""
        return self.stored.amounts if self.stored else dict.fromkeys(AwardFinance.Amount.values)


def finances_of(report: Report) -> list[AwardLine]:
    """A line for each award of the report's mechanism, in two queries."""
    stored = {row.award_id: row for row in report.finances.select_related("edited_by")}
    awards = report.mechanism.awards.order_by("title", "pk")
    return [AwardLine(award, stored.get(award.pk)) for award in awards]


@transaction.atomic
def edit_finance(
    report: Report,
    award: Award,
    *,
    by: User,
    seen: int,
    amounts: Amounts,
    currency: str = "",
    at: dt.datetime | None = None,
) -> AwardFinance:
    """Save what the report tells of the award's money, in the award's own currency.

    ``currency`` is asked of an award on which none is on record. ``seen`` is the version that the
    person had before them, 0 for none. Raises ReportIsPublished, CurrencyMissing, QuarterAboveAll
    and FinanceEditedMeanwhile.
    """
    at = at or timezone.now()
    report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
    refuse_published(report)
    currency = award.currency or currency
    if not currency:
        raise CurrencyMissing
    spent, to_date = amounts["spent"], amounts["spent_to_date"]
    if spent is not None and to_date is not None and spent > to_date:
        raise QuarterAboveAll
    stored = report.finances.filter(award=award).first()
    after = {name: _money(minor, currency) for name, minor in amounts.items()}
    changes = changes_between(_in_words(stored.amounts if stored else {}), _in_words(after))
    if stored and not changes:
        return stored
    if stored and stored.version != seen:
        raise FinanceEditedMeanwhile(stored)
    finance = stored or AwardFinance(report=report, award=award, version=0)
    finance.currency = currency
    for name in AwardFinance.Amount.values:
        setattr(finance, f"{name}_minor", amounts[name])
    finance.edited_by, finance.edited_at = by, at
    finance.version += 1
    finance.full_clean()
    finance.save()
    record("reporting.finance_edited", report, by=by, note=str(award), changes=changes, at=at)
    return finance


def finance_rows(report: Report) -> list[dict[str, Any]]:
    """Every award with its amounts in its own currency; they are never added (R10)."""
    return [
        {
            "number": line.award.number,
            "title": line.award.title,
            "currency": line.stored.currency if line.stored else line.award.currency,
            **{name: _cell(amount) for name, amount in line.amounts.items()},
        }
        for line in finances_of(report)
    ]


def _cell(amount: Money | None) -> dict[str, Any]:
    """An amount in whole minor units, and as it is displayed: "–" where none was given (R4)."""
    return {
        "minor": amount.minor if amount else None,
        "text": display_money(amount) if amount else NONE,
    }


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _in_words(amounts: Mapping[str, Money | None]) -> dict[str, str]:
    """The amounts for the record; "" for what is not known."""
    found = {name: amounts.get(name) for name in AwardFinance.Amount.values}
    return {name: display_money(amount) if amount else "" for name, amount in found.items()}
