"""Money: whole numbers of minor units with their currency (R10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

MINOR_DIGITS = 2  # Every currency in use has hundredths (ISO 4217).


class Currency(models.TextChoices):
    KES = "KES", _("Kenya shilling")
    USD = "USD", _("US dollar")
    EUR = "EUR", _("Euro")
    PKR = "PKR", _("Pakistan rupee")
    KHR = "KHR", _("Cambodian riel")


@dataclass(frozen=True)
class Money:
    """An amount in minor units of one currency; amounts of two currencies are never added."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise TypeError(f"{self.currency} and {other.currency} are not added.")
        return Money(self.minor + other.minor, self.currency)

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-MINOR_DIGITS)

    def __str__(self) -> str:
        """Written with the marks of the language in force, as every number is (R1)."""
        places = MINOR_DIGITS if self.minor % 10**MINOR_DIGITS else 0
        number = number_format(self.major, places, use_l10n=True, force_grouping=True)
        return f"{self.currency} {number}"
