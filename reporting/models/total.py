"""Running totals: sums of what counts, kept as it changes, never recounted on a page."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Period, Place, QuantityField
from workplans.models import Category, IndicatorVersion


class Basis(models.TextChoices):
    VERIFIED = "verified", _("Verified")
    REPORTED = "reported", _("Verified and submitted")


class Total(models.Model):
    """The sums that streams at or below a place add in one period, one on each basis.

    The two stand side by side, as they are nearly always the same and asked for together.
    A flow adds its value. A stock adds its *change* against the stream's earlier value, so that
    the stock at a period's end is the sum of all changes until then (R2). ``organisation`` is
    empty for all organisations together, ``category`` for the undivided value. ``…_streams`` is
    how many of them count – of a stock, how many began –, ``…_now`` how many have a value of this
    very period.

    The keys have no indexes of their own: every read begins with the version and the place, as
    the constraint does, and each further index would be written with every verified value. One
    pays: most pages ask for undivided totals of all organisations, a thirtieth of the rows, and
    find them in it side by side.
    """

    version = models.ForeignKey(IndicatorVersion, models.CASCADE, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.CASCADE, related_name="+", db_index=False)
    period = models.ForeignKey(Period, models.CASCADE, related_name="+", db_index=False)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="+", null=True, db_index=False
    )
    category = models.ForeignKey(
        Category, models.CASCADE, related_name="+", null=True, db_index=False
    )
    verified_numerator = QuantityField(_("value or numerator"), default=0)
    verified_denominator = QuantityField(_("denominator"), default=0)
    verified_streams = models.IntegerField(_("streams"), default=0)
    verified_now = models.IntegerField(_("with a value now"), default=0)
    reported_numerator = QuantityField(_("value or numerator"), default=0)
    reported_denominator = QuantityField(_("denominator"), default=0)
    reported_streams = models.IntegerField(_("streams"), default=0)
    reported_now = models.IntegerField(_("with a value now"), default=0)

    class Meta:
        verbose_name = _("running total")
        verbose_name_plural = _("running totals")
        constraints = [
            # Empty keys are one key each, so that a change finds its row with ON CONFLICT.
            models.UniqueConstraint(
                "version",
                "place",
                "period",
                Coalesce("organisation", Value(0)),
                Coalesce("category", Value(0)),
                name="one_total",
            )
        ]
        indexes = [
            models.Index(
                fields=["version", "place", "period"],
                condition=models.Q(organisation=None, category=None),
                name="undivided_total",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.place} {self.period}: {self.verified_numerator}"
