"""What was obligated and spent under an award in the quarter of a report (domain 4.1, XIV)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Award, Currency, Money

from .report import Report


class AwardFinance(models.Model):
    """An award's money as its report tells it, in minor units of the one currency (R10).

    An amount that was not given is empty, and never a zero (R4). What was spent and accrued may
    be less than zero: a refund, an accrual reversed.
    """

    class Amount(models.TextChoices):
        """The amounts, by the names that services, forms and snapshots call them."""

        OBLIGATED = "obligated", _("Obligated to date")
        SPENT = "spent", _("Spent in the quarter")
        SPENT_TO_DATE = "spent_to_date", _("Spent to date")
        ACCRUED = "accrued", _("Accruals")
        PROJECTED = "projected", _("Projected for the next quarter")
        COST_SHARE = "cost_share", _("Cost share to date")

    report = models.ForeignKey(Report, models.CASCADE, related_name="finances")
    award = models.ForeignKey(Award, models.PROTECT, related_name="finances")
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    obligated_minor = models.BigIntegerField(Amount.OBLIGATED.label, null=True, blank=True)
    spent_minor = models.BigIntegerField(Amount.SPENT.label, null=True, blank=True)
    spent_to_date_minor = models.BigIntegerField(Amount.SPENT_TO_DATE.label, null=True, blank=True)
    accrued_minor = models.BigIntegerField(Amount.ACCRUED.label, null=True, blank=True)
    projected_minor = models.BigIntegerField(Amount.PROJECTED.label, null=True, blank=True)
    cost_share_minor = models.BigIntegerField(Amount.COST_SHARE.label, null=True, blank=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(_("edited at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("finance of an award")
        verbose_name_plural = _("finances of awards")
        constraints = [
            models.UniqueConstraint("report", "award", name="one_finance_an_award"),
            models.CheckConstraint(
                condition=(Q(obligated_minor=None) | Q(obligated_minor__gte=0))
                & (Q(spent_to_date_minor=None) | Q(spent_to_date_minor__gte=0))
                & (Q(projected_minor=None) | Q(projected_minor__gte=0))
                & (Q(cost_share_minor=None) | Q(cost_share_minor__gte=0)),
                name="finance_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(spent_minor=None)
                | Q(spent_to_date_minor=None)
                | Q(spent_minor__lte=F("spent_to_date_minor")),
                name="finance_of_a_quarter_is_part_of_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award}: {self.report}"

    @property
    def amounts(self) -> dict[str, Money | None]:
        """Each amount by its name; None for what was not given."""
        minor = {name: getattr(self, f"{name}_minor") for name in self.Amount.values}
        return {
            name: None if each is None else Money(each, self.currency)
            for name, each in minor.items()
        }
