"""One policy on per diem and travel for all, and what deviates from it is said (P27)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Money, PlaceLevel, User
from coordination.services.events import record
from coordination.services.refusals import Refusal
from workplans.models import Activity, DeclaredRate, TravelPolicy, TravelRate

from .money import rounded_money
from .rates import Rates, plan_rates


class PolicyOfDayExists(Refusal):
    message = _("Another version of the policy holds from that day.")


class PolicyWithoutRates(Refusal):
    message = _("Enter at least one rate.")


class DeviationWithoutReason(Refusal):
    message = _("This is not what the policy pays. Give the reason, or enter the agreed rate.")


class RateContent(TypedDict):
    """An item, to whom it is paid, where, and how much."""

    item: str
    role: str
    level: PlaceLevel | None
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Compared:
    """A declared rate beside the agreed one; ``difference`` is None where it cannot be said."""

    declared: DeclaredRate
    agreed: TravelRate | None
    difference: Money | None

    @property
    def is_deviating(self) -> bool:
        return self.difference is not None and self.difference.minor != 0

    @property
    def is_above(self) -> bool:
        return self.difference is not None and self.difference.minor > 0

    @property
    def size(self) -> Money | None:
        """How much more or less it is, without a sign."""
        if self.difference is None:
            return None
        return Money(abs(self.difference.minor), self.difference.currency)


@transaction.atomic
def begin_policy(
    mechanism: Mechanism,
    *,
    by: User,
    title: str,
    starts_on: dt.date,
    agreed: str,
    conditions: str,
    rates: Iterable[RateContent],
    at: dt.datetime | None = None,
) -> TravelPolicy:
    """The next version of the mechanism's policy, with its rates.

    A form that was sent twice begins it once. Raises PolicyWithoutRates or PolicyOfDayExists.
    """
    found = list(rates)
    if not found:
        raise PolicyWithoutRates
    mechanism = Mechanism.objects.select_for_update().get(pk=mechanism.pk)
    same = mechanism.travel_policies.filter(starts_on=starts_on).first()
    if same is not None:
        if (same.title, same.agreed) == (title, agreed):
            return same
        raise PolicyOfDayExists
    policy = TravelPolicy(
        mechanism=mechanism, title=title, starts_on=starts_on, agreed=agreed, conditions=conditions
    )
    policy.full_clean()
    policy.save()
    for content in found:
        rate = TravelRate(policy=policy, **content)
        rate.full_clean()
        rate.save()
    changes = {"travel_rates": [[], [str(rate) for rate in policy.rates.order_by("pk")]]}
    record("workplans.travel_policy_begun", policy, by=by, changes=changes, note=agreed, at=at)
    return policy


@transaction.atomic
def declare_rate(
    activity: Activity,
    *,
    by: User,
    reason: str = "",
    at: dt.datetime | None = None,
    **content: Unpack[RateContent],
) -> DeclaredRate:
    """What the activity pays for an item; declared again, it takes the place of the first.

    Sent twice it is one deed. Raises DeviationWithoutReason where the policy pays otherwise.
    """
    now = at or timezone.now()
    activity = Activity.objects.select_for_update(of=("self",)).select_related(
        "plan__mechanism"
    ).get(pk=activity.pk)  # fmt: skip
    key = {"item": content["item"], "role": content["role"], "level": content["level"]}
    row = activity.travel_rates.filter(**key).first()
    before = str(row) if row else ""
    said = (content["amount_minor"], content["currency"], reason)
    if row is not None and (row.amount_minor, row.currency, row.reason) == said:
        return row
    row = row or DeclaredRate(activity=activity, **key)
    row.amount_minor, row.currency, row.reason = said
    row.declared_by, row.declared_at = by, now
    [compared] = Yardstick(activity.plan.mechanism).compare(activity, [row])
    if not reason and compared.is_deviating:
        raise DeviationWithoutReason
    row.full_clean()
    row.save()
    changes = {"travel_rate": [before, str(row)]}
    record("workplans.travel_rate_declared", activity, by=by, changes=changes, note=reason, at=now)
    return row


@transaction.atomic
def drop_rate(rate: DeclaredRate, *, by: User, at: dt.datetime | None = None) -> None:
    """The activity declares it no longer; dropped twice it is one deed."""
    if DeclaredRate.objects.select_for_update().filter(pk=rate.pk).first() is None:
        return
    changes = {"travel_rate": [str(rate), ""]}
    activity = rate.activity
    rate.delete()
    record("workplans.travel_rate_dropped", activity, by=by, changes=changes, at=at)


class Yardstick:
    """What a mechanism has agreed on, read once and held against many activities."""

    def __init__(self, mechanism: Mechanism) -> None:
        policies = TravelPolicy.objects.filter(mechanism=mechanism).prefetch_related("rates")
        self.policies = list(policies.order_by("-starts_on"))
        self.rates: dict[int, Rates] = {}

    def policy_on(self, day: dt.date) -> TravelPolicy | None:
        """The version that held on the day."""
        return next((policy for policy in self.policies if policy.starts_on <= day), None)

    def compare(self, activity: Activity, declared: Iterable[DeclaredRate]) -> list[Compared]:
        """Each declared rate beside that of the policy in force when the activity begins.

        Of a level of its own where the policy has one, else the rate for every level.
        """
        policy = self.policy_on(activity.starts_on or activity.plan.starts_on)
        agreed = {_key(rate): rate for rate in policy.rates.all()} if policy else {}
        rows = []
        for row in declared:
            item, role, _level = key = _key(row)
            found = agreed.get(key) or agreed.get((item, role, None))
            rows.append(Compared(row, found, self._difference(activity, row, found)))
        return rows

    def _difference(
        self, activity: Activity, row: DeclaredRate, agreed: TravelRate | None
    ) -> Money | None:
        if agreed is None:
            return None
        if row.currency != agreed.currency and activity.plan_id not in self.rates:
            self.rates[activity.plan_id] = plan_rates(activity.plan)
        rates = self.rates.get(activity.plan_id, Rates())
        minor = rates.convert(row.amount, agreed.currency)
        if minor is None:
            return None
        return rounded_money(minor - agreed.amount_minor, agreed.currency)


def _key(rate: DeclaredRate | TravelRate) -> tuple[str, str, int | None]:
    return rate.item, rate.role, rate.level_id
