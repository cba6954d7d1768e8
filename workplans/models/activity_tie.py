"""How activities hang together: sequencing, layering, integration (SLI)."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models import User

from .activity import Activity
from .plan import JointWorkPlan


class ActivityTieQuerySet(models.QuerySet["ActivityTie"]):
    def of(self, activity: Activity) -> ActivityTieQuerySet:
        return self.filter(Q(first=activity) | Q(second=activity))

    def of_plan(self, plan: JointWorkPlan) -> ActivityTieQuerySet:
        """Those of which an activity stands in the plan."""
        return self.filter(Q(first__plan=plan) | Q(second__plan=plan))

    def visible_to(self, user: User | AnonymousUser) -> ActivityTieQuerySet:
        """Those of which both activities are visible."""
        seen = Activity.objects.visible_to(user).values("pk")
        return self.filter(first__in=seen, second__in=seen)


class ActivityTie(models.Model):
    """Two activities of one mechanism that hang together; in a sequence ``first`` comes first."""

    class Kind(models.TextChoices):
        SEQUENCING = "sequencing", _("Sequencing")
        LAYERING = "layering", _("Layering")
        INTEGRATION = "integration", _("Integration")

    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    first = models.ForeignKey(Activity, models.CASCADE, related_name="ties_onwards")
    second = models.ForeignKey(Activity, models.CASCADE, related_name="ties_back")
    note = models.CharField(_("how they hang together"), max_length=240, blank=True)

    objects = ActivityTieQuerySet.as_manager()

    class Meta:
        verbose_name = _("tie of activities")
        verbose_name_plural = _("ties of activities")
        constraints = [
            models.UniqueConstraint("kind", "first", "second", name="one_tie_of_a_kind"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="tie_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.first.code}, {self.second.code}"
