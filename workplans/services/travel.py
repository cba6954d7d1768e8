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
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import ActivityEvent, DeclaredRate, TravelPolicy, TravelRate

from .activities import lock_open_plan
from .rates import Rates, plan_rates
from .sums import rounded_money


class PolicyOfDayExists(Refusal):
    message = _("Another version of the policy holds from that day.")


class PolicyWithoutRates(Refusal):
    message = _("Enter at least one rate.")


class DeviationWithoutReason(Refusal):
    message = _("This is not what the policy pays. Give the reason, or enter the agreed rate.")


class DeclaredContent(TypedDict):
    """An item, to whom it is paid, and how much."""

    item: str
    role: str
    amount_minor: int
    currency: str


class RateContent(DeclaredContent):
    """The same, and on which level of places; None is every level."""

    level: PlaceLevel | None


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
    event: ActivityEvent,
    *,
    by: User,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
    **content: Unpack[DeclaredContent],
) -> DeclaredRate:
    """What the event pays for an item; declared again, it takes the place of the first.

    Sent twice it is one deed. Raises PlanIsClosed, DoneMeanwhile where another took the place of
    what was seen (R27), or DeviationWithoutReason where the policy pays otherwise.
    """
    now = at or timezone.now()
    event = _lock(event)
    key = {"item": content["item"], "role": content["role"]}
    row = event.travel_rates.filter(**key).first()
    before = str(row) if row else ""
    said = (content["amount_minor"], content["currency"], reason)
    if row is not None and (row.amount_minor, row.currency, row.reason) == said:
        return row
    if row is not None:
        guard_seen(event, seen=seen)
    row = row or DeclaredRate(event=event, **key)
    row.amount_minor, row.currency, row.reason = said
    row.declared_by, row.declared_at = by, now
    [compared] = Yardstick(event.activity.plan.mechanism).compare(event, [row])
    if not reason and compared.is_deviating:
        raise DeviationWithoutReason
    row.full_clean()
    row.save()
    changes = {"travel_rate": [before, str(row)]}
    record("workplans.travel_rate_declared", event, by=by, changes=changes, note=reason, at=now)
    return row


@transaction.atomic
def drop_rate(
    rate: DeclaredRate, *, by: User, seen: int | None = None, at: dt.datetime | None = None
) -> None:
    """The event declares it no longer; dropped twice it is one deed.

    Raises PlanIsClosed or DoneMeanwhile.
    """
    event = _lock(rate.event)
    if not event.travel_rates.filter(pk=rate.pk).exists():
        return
    guard_seen(event, seen=seen)
    changes = {"travel_rate": [str(rate), ""]}
    rate.delete()
    record("workplans.travel_rate_dropped", event, by=by, changes=changes, at=at)


class Yardstick:
    """What a mechanism has agreed on, read once and held against many events."""

    def __init__(self, mechanism: Mechanism) -> None:
        policies = TravelPolicy.objects.filter(mechanism=mechanism)
        self.policies = list(policies.prefetch_related("rates__level").order_by("-starts_on"))
        self.rates: dict[int, Rates] = {}

    def policy_on(self, day: dt.date) -> TravelPolicy | None:
        """The version that held on the day."""
        return next((policy for policy in self.policies if policy.starts_on <= day), None)

    def policy_of(self, event: ActivityEvent) -> TravelPolicy | None:
        """The version in force when the event begins, or its activity where it has no day yet."""
        activity = event.activity
        return self.policy_on(event.starts_on or activity.starts_on or activity.plan.starts_on)

    def agreed_for(self, event: ActivityEvent) -> list[TravelRate]:
        """What the policy pays where the event is: the rate of the nearest level, else of every."""
        policy = self.policy_of(event)
        depth = event.place.level.depth if event.place else 0
        nearest: dict[tuple[str, str], TravelRate] = {}
        for rate in sorted(policy.rates.all(), key=_depth) if policy else []:
            if _depth(rate) <= depth:
                nearest[_key(rate)] = rate
        return [nearest[key] for key in sorted(nearest)]

    def compare(self, event: ActivityEvent, declared: Iterable[DeclaredRate]) -> list[Compared]:
        """Each declared rate beside the one that is agreed for where and when the event is."""
        agreed = {_key(rate): rate for rate in self.agreed_for(event)}
        return [
            Compared(row, found, self._difference(event, row, found))
            for row, found in ((row, agreed.get(_key(row))) for row in declared)
        ]

    def _difference(
        self, event: ActivityEvent, row: DeclaredRate, agreed: TravelRate | None
    ) -> Money | None:
        if agreed is None:
            return None
        plan = event.activity.plan
        if row.currency != agreed.currency and plan.pk not in self.rates:
            self.rates[plan.pk] = plan_rates(plan)
        rates = self.rates.get(plan.pk, Rates())
        minor = rates.convert(row.amount, agreed.currency)
        if minor is None:
            return None
        return rounded_money(minor - agreed.amount_minor, agreed.currency)


def _lock(event: ActivityEvent) -> ActivityEvent:
    """The event as it is now, with its plan held open."""
    plan = lock_open_plan(event.activity.plan)
    rows = ActivityEvent.objects.select_related("activity", "place__level")
    event = rows.select_for_update(of=("self",)).get(pk=event.pk)
    event.activity.plan = plan
    return event


def _key(rate: DeclaredRate | TravelRate) -> tuple[str, str]:
    return rate.item, rate.role


def _depth(rate: TravelRate) -> int:
    """How deep the level of the rate lies; 0 for one of every level."""
    return rate.level.depth if rate.level else 0
