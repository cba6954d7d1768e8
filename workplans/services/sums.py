"""Sums of money in several currencies, and money that is passed on counted once (R10, R12).

Each amount keeps its currency. A sum in one currency adds exact fractions and is rounded at the
end; where a rate is not known there is no figure, and the pair is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from coordination.models import Money
from workplans.models import Commitment

from .rates import Pair, Rates

AmountOf = Callable[[Commitment], int]


def rounded_money(minor: Fraction, currency: str) -> Money:
    """Rounded half up to the minor unit, at display alone (R1)."""
    exact = Decimal(minor.numerator) / Decimal(minor.denominator)
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency)


@dataclass(frozen=True)
class InOne:
    """A sum in one currency; None while ``missing`` names pairs that have no rate."""

    exact: Fraction | None
    currency: str
    missing: tuple[Pair, ...] = ()

    @property
    def money(self) -> Money | None:
        return None if self.exact is None else rounded_money(self.exact, self.currency)

    @property
    def lacking(self) -> str:
        """The pairs without a rate: "KES–USD"."""
        return ", ".join(f"{base}–{quote}" for base, quote in self.missing)


@dataclass
class Total:
    """Amounts of several currencies, none added to one of another."""

    minor: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, amounts: Iterable[Money]) -> Total:
        total = cls()
        for money in amounts:
            total.add(money)
        return total

    def add(self, money: Money) -> None:
        if money.minor:
            self.minor[money.currency] = self.minor.get(money.currency, 0) + money.minor

    @property
    def amounts(self) -> list[Money]:
        """One for each currency, in their order; nothing where nothing was added."""
        return [Money(self.minor[currency], currency) for currency in sorted(self.minor)]

    def in_one(self, currency: str, rates: Rates) -> InOne:
        found = {money.currency: rates.convert(money, currency) for money in self.amounts}
        missing = tuple((known, currency) for known, minor in found.items() if minor is None)
        if missing:
            return InOne(None, currency, missing)
        known = (minor for minor in found.values() if minor is not None)
        return InOne(sum(known, Fraction()), currency)

    def __bool__(self) -> bool:
        return bool(self.minor)


def counted_once(commitments: Iterable[Commitment], amount_of: AmountOf) -> dict[int, int]:
    """What each commitment adds, by its key, when money that is passed on counts once (R10).

    A chain counts the larger of what its head gives and what those below it pass on; whatever the
    head covers is the head's.
    """
    found = sorted(commitments, key=lambda each: each.pk)
    if not any(each.passes_on_id for each in found):
        return {each.pk: amount_of(each) for each in found}
    below: defaultdict[int | None, list[Commitment]] = defaultdict(list)
    known = {each.pk for each in found}
    for each in found:
        below[each.passes_on_id if each.passes_on_id in known else None].append(each)

    def chain(head: Commitment) -> list[tuple[int, int]]:
        cover = amount_of(head)
        shares = [(head.pk, cover)]
        for child in below[head.pk]:
            for key, amount in chain(child):
                covered = min(cover, amount)
                cover -= covered
                shares.append((key, amount - covered))
        return shares

    return dict(share for head in below[None] for share in chain(head))


def unconfirmed_once(commitments: Iterable[Commitment]) -> dict[int, int]:
    """What each has promised beyond what is confirmed, by its key; a chain counts once.

    Where money that is passed on is surer than its source, the source promises that much less.
    """
    found = sorted(commitments, key=lambda each: each.pk)
    sure, whole = counted_once(found, counted_minor), counted_once(found, pledged_minor)
    heads: dict[int, int] = {}
    for each in found:
        heads[each.pk] = heads.get(each.passes_on_id or 0, each.pk)
    rest = {key: whole[key] - sure[key] for key in whole}
    surer: defaultdict[int, int] = defaultdict(int)
    for key, minor in rest.items():
        surer[heads[key]] += max(-minor, 0)
    for each in found:
        left = max(rest[each.pk], 0)
        taken = min(surer[heads[each.pk]], left)
        surer[heads[each.pk]] -= taken
        rest[each.pk] = left - taken
    return rest


def counted_minor(commitment: Commitment) -> int:
    return commitment.counted_minor


def pledged_minor(commitment: Commitment) -> int:
    return commitment.pledged_minor


def released_minor(commitment: Commitment) -> int:
    return commitment.released_minor


def spent_minor(commitment: Commitment) -> int:
    return commitment.spent_minor
