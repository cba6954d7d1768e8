"""What an activity shall bring about: outputs with a target for each quarter of the plan."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import QuantityField, Visitor

from .activity import Activity, sees_activity
from .indicator import Indicator


class ActivityOutputQuerySet(models.QuerySet["ActivityOutput"]):
    def visible_to(self, user: Visitor) -> ActivityOutputQuerySet:
        """Those of visible activities; one by an indicator with its indicator."""
        known = Q(indicator=None) | Q(indicator__in=Indicator.objects.visible_to(user))
        return self.filter(known, sees_activity(user, "activity"))


class ActivityOutput(models.Model):
    """An indicator of the mechanism, or an output in words, with its targets for Q1 to Q4."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="outputs")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="activity_outputs", null=True, blank=True,
        verbose_name=_("indicator"),
    )  # fmt: skip
    wording = models.CharField(_("output in words"), max_length=240, blank=True)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    q1 = QuantityField(_("target Q1"), null=True, blank=True)
    q2 = QuantityField(_("target Q2"), null=True, blank=True)
    q3 = QuantityField(_("target Q3"), null=True, blank=True)
    q4 = QuantityField(_("target Q4"), null=True, blank=True)

    objects = ActivityOutputQuerySet.as_manager()

    class Meta:
        verbose_name = _("output of an activity")
        verbose_name_plural = _("outputs of activities")
        constraints = [
            models.CheckConstraint(
                condition=(Q(indicator=None) & ~Q(wording=""))
                | Q(indicator__isnull=False, wording=""),
                name="output_by_indicator_or_in_words",
            ),
            models.UniqueConstraint(
                "activity",
                "indicator",
                name="one_output_per_indicator",
                condition=Q(indicator__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.indicator) if self.indicator else self.wording

    @property
    def targets(self) -> list[Decimal | None]:
        """Those of the four quarters; a missing one is None and no 0 (R4)."""
        return [self.q1, self.q2, self.q3, self.q4]
