"""Bottlenecks: what holds activities up, since when, and what is done about it (B38)."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Visitor, takes_part_in

from .activity import Activity
from .plan import JointWorkPlan, sees_plan


class BottleneckQuerySet(models.QuerySet["Bottleneck"]):
    def visible_to(self, user: Visitor) -> BottleneckQuerySet:
        """Public ones of visible plans; internal ones for who takes part."""
        return self.filter(sees_plan(user, "plan")).filter(
            Q(is_public=True) | Q(plan__mechanism__in=takes_part_in(user))
        )

    def standing_during(self, starts_on: dt.date, ends_before: dt.date) -> BottleneckQuerySet:
        """Those that stood on some day of the time."""
        return self.filter(since__lt=ends_before).filter(
            Q(resolved_on=None) | Q(resolved_on__gte=starts_on)
        )

    def in_order(self) -> BottleneckQuerySet:
        """Those that stand first, the oldest of them at the top."""
        return self.order_by(F("resolved_on").asc(nulls_first=True), "since", "pk")


class Bottleneck(Originated):
    """Something that holds activities of a plan up."""

    class Category(models.TextChoices):
        MONEY = "money", _("Late or missing money")
        APPROVAL = "approval", _("Approvals and legal basis")
        PEOPLE = "people", _("Staff, visas and vacancies")
        PROCUREMENT = "procurement", _("Procurement and supplies")
        COORDINATION = "coordination", _("Coordination and calendars")
        ACCESS = "access", _("Access and security")
        WEATHER = "weather", _("Weather and disaster")
        HEALTH = "health", _("Disease and lock-down")
        OTHER = "other", _("Other")

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="bottlenecks")
    raised_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="bottlenecks", verbose_name=_("raised by")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    description = models.CharField(_("what holds it up"), max_length=300)
    since = models.DateField(_("since"))
    measures = models.TextField(_("what is done about it"), max_length=2000, blank=True)
    activities = models.ManyToManyField(
        Activity, related_name="bottlenecks", blank=True, verbose_name=_("activities it delays"),
    )  # fmt: skip
    resolved_on = models.DateField(_("resolved on"), null=True, blank=True)
    is_public = models.BooleanField(_("public"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = BottleneckQuerySet.as_manager()

    class Meta:
        verbose_name = _("bottleneck")
        verbose_name_plural = _("bottlenecks")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on=None) | Q(resolved_on__gte=F("since")),
                name="bottleneck_resolved_after_it_began",
            )
        ]

    def __str__(self) -> str:
        return self.description

    def get_absolute_url(self) -> str:
        listing = reverse("bottleneck-list", args=[self.plan.mechanism.slug, self.plan.slug])
        return f"{listing}#bottleneck-{self.pk}"
