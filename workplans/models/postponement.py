"""Postponements of activities: the dates before and after, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from .activity import Activity


class Postponement(models.Model):
    """One time that an activity was put off; both dates are kept (domain 1.13)."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="postponements")
    began_on = models.DateField(_("first day before"), null=True, blank=True)
    ended_on = models.DateField(_("last day before"), null=True, blank=True)
    starts_on = models.DateField(_("new first day"), null=True, blank=True)
    ends_on = models.DateField(_("new last day"))
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("postponement")
        verbose_name_plural = _("postponements")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="postponement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ends_on__gt=models.F("ended_on")),
                name="postponed_to_a_later_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity.code}: {date_format(self.ends_on)}"
