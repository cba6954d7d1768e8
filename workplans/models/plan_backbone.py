"""Which organisation of its own served a plan as its backbone, from when to when (P26)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation

from .plan import JointWorkPlan


class PlanBackboneTermQuerySet(models.QuerySet["PlanBackboneTerm"]):
    def newest_first(self) -> PlanBackboneTermQuerySet:
        return self.select_related("organisation").order_by("-pk")


class PlanBackboneTerm(models.Model):
    """A stretch in which the plan had another backbone than its mechanism.

    Without a first day it began before this was kept.
    """

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="backbone_terms")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plan_backbone_terms"
    )
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # The minutes in which it was decided that it takes over.
    minutes = models.CharField(_("minutes or reason"), max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="plan_backbone_terms_entered"
    )
    entered_at = models.DateTimeField(_("entered at"))

    objects = PlanBackboneTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of a plan’s backbone")
        verbose_name_plural = _("terms of plans’ backbones")
        constraints = [
            models.UniqueConstraint(
                "plan", condition=Q(ends_on=None), name="one_plan_backbone_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None)
                | Q(starts_on=None)
                | Q(ends_on__gte=models.F("starts_on")),
                name="plan_backbone_term_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.plan}"
