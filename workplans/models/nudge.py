"""What a champion asks of a department, at most once a day about each matter (P9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from committees.models import Seat
from coordination.models import Organisation, Visitor, takes_part_in

from .plan import JointWorkPlan


class NudgeQuerySet(models.QuerySet["Nudge"]):
    def visible_to(self, user: Visitor) -> NudgeQuerySet:
        """For whoever takes part in the mechanism of the plan."""
        return self.filter(plan__mechanism__in=takes_part_in(user))

    def newest_first(self) -> NudgeQuerySet:
        return self.order_by("-on", "-pk")


class Nudge(models.Model):
    """One day on which the holder of a champion’s seat wrote to a department about a matter."""

    class Matter(models.TextChoices):
        POINTS = "points", _("Points of the process that wait for it")
        CONFIRMATIONS = "confirmations", _("Activities to confirm for the county")
        UPDATES = "updates", _("Progress updates that are missing")
        COMMITMENTS = "commitments", _("Money that it has promised and not confirmed")

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="nudges")
    department = models.ForeignKey(
        Organisation, models.PROTECT, related_name="nudges", verbose_name=_("department")
    )
    matter = models.CharField(_("matter"), max_length=13, choices=Matter.choices)
    # The champion’s seat: whoever holds it later, the post stays on record (R16).
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="nudges")
    text = models.CharField(_("in the champion’s words"), max_length=500, blank=True)
    on = models.DateField(_("on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = NudgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("nudge")
        verbose_name_plural = _("nudges")
        constraints = [
            models.UniqueConstraint(
                "plan", "department", "matter", "on", name="one_nudge_about_a_matter_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.department}: {self.get_matter_display()}"
