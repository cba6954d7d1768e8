"""Which organisation of its own served a plan as its backbone, from when to when (P26)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import BackboneService, BackboneServiceQuerySet

from .plan import JointWorkPlan


class PlanBackboneTerm(BackboneService):
    """A stretch in which the plan had another backbone than its mechanism."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="backbone_terms")

    objects = BackboneServiceQuerySet["PlanBackboneTerm"].as_manager()

    class Meta(BackboneService.Meta):
        verbose_name = _("term of a plan’s backbone")
        verbose_name_plural = _("terms of plans’ backbones")
        constraints = [
            *BackboneService.Meta.constraints,
            models.UniqueConstraint(
                "plan", condition=Q(ends_on=None), name="one_plan_backbone_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.plan}"
