"""Value-for-money audits of activities, of plans and of a mechanism (S10)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Organisation,
    Originated,
    Visitor,
    sees_mechanism,
    takes_part_in,
)

from .activity import Activity, sees_activity
from .plan import JointWorkPlan, sees_plan


class AuditQuerySet(models.QuerySet["ValueForMoneyAudit"]):
    def visible_to(self, user: Visitor) -> AuditQuerySet:
        """Public ones of what everyone sees; others for who takes part."""
        return (
            self.filter(sees_mechanism(user, "mechanism"))
            .filter(Q(plan=None) | sees_plan(user, "plan"))
            .filter(Q(activity=None) | sees_activity(user, "activity"))
            .filter(Q(is_public=True) | Q(mechanism__in=takes_part_in(user)))
        )

    def newest_first(self) -> AuditQuerySet:
        return self.order_by("-audited_on", "-pk")


class ValueForMoneyAudit(Originated):
    """What an auditor found, what was recommended, and what came of it."""

    class Kind(models.TextChoices):
        ANNUAL = "annual", _("Annual value-for-money audit")
        SPOT = "spot", _("Spot check")
        FINANCIAL = "financial", _("Financial audit")
        PROCUREMENT = "procurement", _("Procurement audit")
        # By somebody who is no party to the plans (P33).
        EVALUATION = "evaluation", _("Independent evaluation")

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="audits")
    # Empty: the mechanism as a whole.
    plan = models.ForeignKey(
        JointWorkPlan, models.PROTECT, related_name="audits", null=True, blank=True,
        verbose_name=_("work plan"),
    )  # fmt: skip
    activity = models.ForeignKey(
        Activity, models.PROTECT, related_name="audits", null=True, blank=True,
        verbose_name=_("activity"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    auditor_post = models.CharField(_("auditor"), max_length=160)
    audited_on = models.DateField(_("audited on"))
    finding = models.TextField(_("finding"), max_length=4000)
    recommendation = models.TextField(_("recommendation"), max_length=2000, blank=True)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="audits_followed", null=True, blank=True,
        verbose_name=_("who follows it up"),
    )  # fmt: skip
    due_on = models.DateField(_("due on"), null=True, blank=True)
    followed_up_on = models.DateField(_("followed up on"), null=True, blank=True)
    follow_up = models.TextField(_("what was done"), max_length=2000, blank=True)
    is_public = models.BooleanField(_("public"), default=False)
    version = models.PositiveIntegerField(default=1)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("value-for-money audit")
        verbose_name_plural = _("value-for-money audits")
        constraints = [
            models.CheckConstraint(
                condition=Q(activity=None) | Q(plan__isnull=False), name="audited_activity_in_plan"
            ),
            models.CheckConstraint(
                condition=Q(followed_up_on=None)
                | (~Q(follow_up="") & Q(followed_up_on__gte=F("audited_on"))),
                name="audit_followed_up_in_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.activity or self.plan or self.mechanism}"

    def get_absolute_url(self) -> str:
        return f"{reverse('audit-list', args=[self.mechanism.slug])}#audit-{self.pk}"
