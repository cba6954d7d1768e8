"""Alarms of bodies that did not meet in the interval that they promised (R17)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Visitor

from .body import Body


class CadenceAlarmQuerySet(models.QuerySet["CadenceAlarm"]):
    def visible_to(self, user: Visitor) -> CadenceAlarmQuerySet:
        return self.filter(body__in=Body.objects.visible_to(user))

    def live(self) -> CadenceAlarmQuerySet:
        """Those of bodies that still have not met."""
        return self.filter(over_at=None)


class CadenceAlarm(models.Model):
    """One gap that grew too long: raised once, amber and then red, over when the body has met."""

    class Level(models.TextChoices):
        AMBER = "amber", _("Overdue")
        RED = "red", _("Long overdue")

    body = models.ForeignKey(Body, models.PROTECT, related_name="alarms")
    # The meeting, or the notification, from which the gap runs: there is one alarm a gap.
    counted_from = models.DateField(_("counted from"))
    # The day by which it promised to meet.
    due_on = models.DateField(_("meeting due on"))
    level = models.CharField(_("level"), max_length=5, choices=Level.choices)
    raised_at = models.DateTimeField(_("raised at"))
    reddened_at = models.DateTimeField(_("red since"), null=True, blank=True)
    over_at = models.DateTimeField(_("over since"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    reason_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="gap_reasons",
        null=True, blank=True,
    )  # fmt: skip

    objects = CadenceAlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("alarm of a missed meeting")
        verbose_name_plural = _("alarms of missed meetings")
        constraints = [
            models.UniqueConstraint("body", "counted_from", name="one_alarm_per_gap"),
            models.UniqueConstraint(
                "body", condition=Q(over_at=None), name="one_live_alarm_per_body"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.due_on}"

    @classmethod
    def level_on(cls, day: dt.date, *, counted_from: dt.date, due_on: dt.date) -> str:
        """Amber the day after it was due, red after half an interval more; "" until then."""
        if day <= due_on:
            return ""
        patience = (due_on - counted_from) // 2
        return cls.Level.RED if day > due_on + patience else cls.Level.AMBER
