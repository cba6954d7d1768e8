"""Risks of a plan: what may happen, who carries it, and who shares it (P34)."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Place, Visitor, takes_part_in

from .activity import Activity
from .bottleneck import Bottleneck
from .plan import JointWorkPlan


class RiskQuerySet(models.QuerySet["Risk"]):
    def visible_to(self, user: Visitor) -> RiskQuerySet:
        """Public ones of visible plans; internal ones for who takes part."""
        return self.filter(plan__in=JointWorkPlan.objects.visible_to(user)).filter(
            Q(is_public=True) | Q(plan__mechanism__in=takes_part_in(user))
        )

    def open(self) -> RiskQuerySet:
        return self.filter(state=Risk.State.OPEN)

    def to_review(self, *, on: dt.date) -> RiskQuerySet:
        """Open ones whose review was due before the day, in plans that are not over."""
        over = JointWorkPlan.OVER
        return self.open().filter(review_on__lt=on).exclude(plan__state__in=over)

    def in_order(self) -> RiskQuerySet:
        """Open ones first, then those that occurred; the gravest of each at the top."""
        return self.alias(
            standing=models.Case(
                models.When(state=Risk.State.OPEN, then=0),
                models.When(state=Risk.State.OCCURRED, then=1),
                default=2,
            )
        ).order_by("standing", -(F("likelihood") * F("impact")), "-impact", "review_on", "pk")


class Risk(Originated):
    """Something that may happen to a plan. One organisation carries it; others may share it."""

    class Likelihood(models.IntegerChoices):
        UNLIKELY = 1, _("Unlikely")
        POSSIBLE = 2, _("Possible")
        LIKELY = 3, _("Likely")

    class Impact(models.IntegerChoices):
        MINOR = 1, _("Minor")
        SERIOUS = 2, _("Serious")
        SEVERE = 3, _("Severe")

    class Response(models.TextChoices):
        AVOID = "avoid", _("Avoid it")
        REDUCE = "reduce", _("Reduce it")
        SHARE = "share", _("Share it")
        ACCEPT = "accept", _("Accept it")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        OCCURRED = "occurred", _("Occurred")
        CLOSED = "closed", _("Closed")

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="risks")
    what = models.CharField(_("what may happen"), max_length=300)
    cause = models.CharField(_("cause"), max_length=300, blank=True)
    touches = models.CharField(_("whom it would touch"), max_length=300, blank=True)
    places = models.ManyToManyField(
        Place, related_name="risks", blank=True, verbose_name=_("places"),
    )  # fmt: skip
    likelihood = models.PositiveSmallIntegerField(_("likelihood"), choices=Likelihood.choices)
    impact = models.PositiveSmallIntegerField(_("impact"), choices=Impact.choices)
    activities = models.ManyToManyField(
        Activity, related_name="risks", blank=True, verbose_name=_("activities it threatens"),
    )  # fmt: skip
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="risks_carried", verbose_name=_("carried by")
    )
    response = models.CharField(_("response"), max_length=6, choices=Response.choices)
    measures = models.TextField(_("what is done about it"), max_length=2000, blank=True)
    review_on = models.DateField(_("to be reviewed by"))
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.OPEN, editable=False
    )
    # What it became when it occurred.
    bottleneck = models.ForeignKey(
        Bottleneck, models.PROTECT, related_name="risks", null=True, blank=True, editable=False,
        verbose_name=_("bottleneck"),
    )  # fmt: skip
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    closed_because = models.CharField(
        _("closed because"), max_length=300, blank=True, editable=False
    )
    is_public = models.BooleanField(_("public"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = RiskQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="closed", closed_on__isnull=False) & ~Q(closed_because=""))
                | (~Q(state="closed") & Q(closed_on=None, closed_because="")),
                name="risk_closed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(state="occurred", bottleneck__isnull=False))
                | Q(state="closed")
                | Q(state="open", bottleneck=None),
                name="risk_that_occurred_is_a_bottleneck",
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def get_absolute_url(self) -> str:
        return reverse("risk-detail", args=[self.plan.mechanism.slug, self.plan.slug, self.pk])

    def is_overdue(self, *, on: dt.date) -> bool:
        """Whether it is open and its review was due before the day, within the plan's year."""
        is_running = not self.plan.is_over and on < self.plan.ends_before
        return self.state == self.State.OPEN and self.review_on < on and is_running


class RiskShare(models.Model):
    """An organisation that shares a risk, and what of it it takes on."""

    risk = models.ForeignKey(Risk, models.CASCADE, related_name="shares")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="risks_shared", verbose_name=_("shared by")
    )
    takes_on = models.CharField(_("what it takes on"), max_length=200)

    class Meta:
        verbose_name = _("share of a risk")
        verbose_name_plural = _("shares of risks")
        constraints = [
            models.UniqueConstraint("risk", "organisation", name="one_share_per_organisation")
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.takes_on}"
