"""Rates: what a currency was worth in another, by the plan and by the month (R10)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Currency, Mechanism, QuantityField, written

from .plan import JointWorkPlan


class PlanRate(models.Model):
    """One ``base`` is ``rate`` of ``quote`` in the whole plan, as fixed on a day.

    A rate never changes; a later one of the same pair takes its place.
    """

    plan = models.ForeignKey(JointWorkPlan, models.CASCADE, related_name="rates")
    base = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    quote = models.CharField(_("in"), max_length=3, choices=Currency.choices)
    rate = QuantityField(_("rate"))
    fixed_on = models.DateField(_("fixed on"))
    source = models.CharField(_("source"), max_length=160)

    class Meta:
        verbose_name = _("plan rate")
        verbose_name_plural = _("plan rates")
        constraints = [
            models.UniqueConstraint(
                "plan", "base", "quote", "fixed_on", name="one_plan_rate_per_day"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="plan_rate_above_zero"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="plan_rate_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.base} 1 = {self.quote} {written(self.rate)}"


class MonthlyRate(models.Model):
    """One ``base`` was ``rate`` of ``quote`` in the month that begins on ``month``."""

    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="monthly_rates")
    base = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    quote = models.CharField(_("in"), max_length=3, choices=Currency.choices)
    # Its first day, as the service sees to: a constraint on it would need functions of Django in a
    # copy of the database.
    month = models.DateField(_("month"))
    rate = QuantityField(_("rate"))
    source = models.CharField(_("source"), max_length=160)

    class Meta:
        verbose_name = _("monthly rate")
        verbose_name_plural = _("monthly rates")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "base", "quote", "month", name="one_rate_per_month"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="monthly_rate_above_zero"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="monthly_rate_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.base} 1 = {self.quote} {written(self.rate)}"
