"""What a whole programme is to cost, by who pays: each in its own currency, never added (R10)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism
from .money import Currency, Money
from .organisation import Organisation
from .origin import Originated


class Contribution(Originated):
    """An organisation's share in a mechanism as a whole; parts of it may stand in awards too."""

    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="contributions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contributions")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [
            models.UniqueConstraint(
                "mechanism",
                "organisation",
                "currency",
                name="one_contribution_per_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0), name="contribution_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
