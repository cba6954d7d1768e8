"""What became of each line of a plan in the next year's: carried over, or dropped (P35)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .activity import Activity
from .plan import JointWorkPlan


class CarriedLine(models.Model):
    """One line of an earlier plan and the line of the later one that goes on with it, if any."""

    earlier = models.ForeignKey(Activity, models.PROTECT, related_name="carried_to")
    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="lines_decided")
    # Empty: dropped, with its reason.
    later = models.OneToOneField(
        Activity, models.PROTECT, related_name="carried_from", null=True, blank=True
    )
    reason = models.CharField(_("why it is dropped"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("line carried over")
        verbose_name_plural = _("lines carried over")
        constraints = [
            models.UniqueConstraint("earlier", "plan", name="one_decision_per_line_and_year"),
            models.CheckConstraint(
                condition=Q(later__isnull=False, reason="") | (Q(later=None) & ~Q(reason="")),
                name="line_carried_or_dropped_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier.code} → {self.later.code if self.later else '–'}"
