"""Activities, the lines of a joint work plan: who does what, where and when, at what cost."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Currency,
    Money,
    Organisation,
    Originated,
    Period,
    Place,
    Sector,
    Standing,
    User,
    takes_part_in,
)

from .code import validate_code
from .framework import IntendedResult
from .plan import JointWorkPlan


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: User | AnonymousUser) -> ActivityQuerySet:
        """Public activities of visible plans; internal ones for who takes part."""
        plans = JointWorkPlan.objects.visible_to(user)
        taking_part = takes_part_in(user)
        return self.filter(plan__in=plans).filter(
            Q(is_public=True) | Q(plan__mechanism__in=taking_part)
        )

    def led_by(self, user: User | AnonymousUser) -> ActivityQuerySet:
        return self.filter(lead__in=Standing.of(user).reports_for)

    def within(self, place: Place) -> ActivityQuerySet:
        inside = Place.objects.within(place)
        return self.filter(
            pk__in=self.model.places.through.objects.filter(place__in=inside).values("activity")
        )

    def owing_update(self, period: Period) -> ActivityQuerySet:
        """Those begun by the period's end and neither completed nor cancelled, without an update.

        An activity that was completed by its update for the period has one, and is not in here.
        Before a plan is signed, its activities are not agreed and owe none.
        """
        over = [Activity.Status.COMPLETED, Activity.Status.CANCELLED]
        return (
            self.exclude(status__in=over)
            .exclude(plan__state__in=JointWorkPlan.BEFORE_SIGNING)
            .filter(Q(starts_on=None) | Q(starts_on__lt=period.ends_before))
            .exclude(updates__period=period)
        )

    def in_full(self) -> ActivityQuerySet:
        return self.select_related(
            "plan__mechanism", "sector", "lead", "intended_result"
        ).prefetch_related("places", "partners__organisation")


class Activity(Originated):
    """One line of a joint work plan (domain 1.13). A cross-listed line is still one activity."""

    class Type(models.TextChoices):
        """What kind of work it is; two activities overlap only where they are of one type (R13)."""

        TRAINING = "training", _("Training")
        EXPOSURE_VISIT = "exposure_visit", _("Exposure visit")
        FIELD_VISIT = "field_visit", _("Field visit or joint monitoring")
        WORKS = "works", _("Construction and rehabilitation")
        SUPPLIES = "supplies", _("Inputs and equipment")
        SERVICES = "services", _("Service delivery")
        TRANSFER = "transfer", _("Cash and food transfers")
        GRANT = "grant", _("Grants and loans")
        ADVICE = "advice", _("Technical assistance")
        MOBILISATION = "mobilisation", _("Community mobilisation")
        POLICY = "policy", _("Policy and legislation")
        RESEARCH = "research", _("Assessment and research")
        COORDINATION = "coordination", _("Planning and coordination")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ONGOING = "ongoing", _("Ongoing")
        AT_RISK = "at_risk", _("At risk")
        DELAYED = "delayed", _("Delayed")
        UNDER_REVIEW = "under_review", _("Under review")
        PENDING = "pending", _("Pending presentation")
        COMPLETED = "completed", _("Completed")
        POSTPONED = "postponed", _("Postponed")
        SUSPENDED = "suspended", _("Suspended")
        CANCELLED = "cancelled", _("Cancelled")

    NEEDS_REASON = (
        Status.AT_RISK,
        Status.DELAYED,
        Status.POSTPONED,
        Status.SUSPENDED,
        Status.CANCELLED,
    )

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="activities")
    code = models.CharField(_("code"), max_length=40, validators=[validate_code])
    title = models.CharField(_("title"), max_length=240)
    description = models.TextField(_("description"), blank=True)
    sector = models.ForeignKey(
        Sector, models.PROTECT, related_name="activities", null=True, blank=True
    )
    intended_result = models.ForeignKey(
        IntendedResult, models.PROTECT, related_name="activities", null=True, blank=True
    )
    also_under = models.ManyToManyField(
        IntendedResult, related_name="cross_listed_activities", blank=True,
        verbose_name=_("also listed under"),
    )  # fmt: skip
    activity_type = models.CharField(
        _("type of activity"), max_length=14, choices=Type.choices, blank=True
    )
    joint_priority = models.CharField(_("joint priority"), max_length=240, blank=True)
    lead = models.ForeignKey(Organisation, models.PROTECT, related_name="activities_led")
    responsible_post = models.CharField(_("responsible post"), max_length=120, blank=True)
    target_group = models.CharField(_("target group"), max_length=200, blank=True)
    places = models.ManyToManyField(Place, related_name="activities", verbose_name=_("places"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # What it costs as a whole, by whoever pays; empty is not known, 0 is no cost (R10).
    budget_minor = models.BigIntegerField(_("budget"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)
    assumptions = models.TextField(_("assumptions and risks"), max_length=2000, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.PLANNED
    )
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    percent_complete = models.PositiveSmallIntegerField(
        _("percent complete"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    next_step = models.CharField(_("planned next step"), max_length=300, blank=True)
    is_public = models.BooleanField(_("public"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint("plan", "code", name="one_activity_per_code"),
            models.CheckConstraint(
                condition=Q(ends_on=None)
                | Q(starts_on=None)
                | Q(ends_on__gte=models.F("starts_on")),
                name="activity_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(percent_complete=None) | Q(percent_complete__lte=100),
                name="activity_percent_to_100",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=["at_risk", "delayed", "postponed", "suspended", "cancelled"]
                )
                | ~Q(status_reason=""),
                name="activity_off_course_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(budget_minor=None, currency="")
                | (Q(budget_minor__gte=0) & ~Q(currency="")),
                name="activity_budget_with_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse(
            "activity-detail", args=[self.plan.mechanism.slug, self.plan.slug, self.code]
        )

    @property
    def budget(self) -> Money | None:
        return None if self.budget_minor is None else Money(self.budget_minor, self.currency)


class ActivityPartner(models.Model):
    """A co-implementer of an activity, with the role that it plays."""

    class Role(models.TextChoices):
        FUND = "fund", _("Funds")
        DELIVER = "deliver", _("Delivers")
        HOST = "host", _("Hosts")
        TECHNICAL = "technical", _("Gives technical support")
        MONITOR = "monitor", _("Monitors")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="activities_joined")
    role = models.CharField(_("role"), max_length=9, choices=Role.choices)

    class Meta:
        verbose_name = _("co-implementer")
        verbose_name_plural = _("co-implementers")
        constraints = [
            models.UniqueConstraint("activity", "organisation", "role", name="one_role_per_partner")
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_role_display()}"
