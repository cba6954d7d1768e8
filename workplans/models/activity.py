"""Activities, the lines of a joint work plan: who does what, where and when, at what cost."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import Decision
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
    Visitor,
    takes_part_in,
)

from .code import validate_code
from .framework import IntendedResult
from .plan import JointWorkPlan, sees_plan
from .planning_document import PlanningLine


class ActivityQuerySet(models.QuerySet["Activity"]):
    def visible_to(self, user: Visitor) -> ActivityQuerySet:
        """Public activities of visible plans; internal ones for who takes part."""
        return self.filter(sees_activity(user))

    def led_by(self, user: User | AnonymousUser) -> ActivityQuerySet:
        return self.filter(lead__in=Standing.of(user).reports_for)

    def within(self, place: Place) -> ActivityQuerySet:
        inside = Place.objects.within(place)
        return self.filter(
            pk__in=self.model.places.through.objects.filter(place__in=inside).values("activity")
        )

    def owing_update(self, period: Period) -> ActivityQuerySet:
        """Those agreed, begun by the period's end and not over, without an update.

        An activity that was completed by its update for the period has one, and is not in here.
        Before a plan is signed, its activities are not agreed and owe none.
        """
        none_due = [*Activity.OVER, *Activity.BEFORE_AGREEMENT]
        return (
            self.exclude(status__in=none_due)
            .exclude(plan__state__in=JointWorkPlan.BEFORE_SIGNING)
            .filter(Q(starts_on=None) | Q(starts_on__lt=period.ends_before))
            .exclude(updates__period=period)
        )

    def standing(self) -> ActivityQuerySet:
        """Those that are still meant to be done or are done: neither cancelled nor merged."""
        return self.exclude(status__in=Activity.LEFT_OUT)

    def awaiting(self) -> ActivityQuerySet:
        """Those of which the county has still to confirm what their lead has said."""
        return self.exclude(awaiting="")

    def in_cells(self) -> ActivityQuerySet:
        """With all that their cells hold."""
        return self.in_full().prefetch_related("outputs")

    def in_full(self) -> ActivityQuerySet:
        related = ("plan__mechanism", "sector", "lead", "intended_result")
        return self.select_related(*related).prefetch_related("places", "partners__organisation")


def sees_activity(user: Visitor, activity: str = "") -> Q:
    """The condition that an activity, to which the field leads, is one that ``user`` sees."""
    at = f"{activity}__" if activity else ""
    inside = Q(**{f"{at}plan__mechanism__in": takes_part_in(user)})
    return inside | (Q(**{f"{at}is_public": True}) & sees_plan(user, f"{at}plan"))


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
        """Its states in the order of a life (domain 1.13), and those that documents say."""

        PROPOSED = "proposed", _("Proposed")
        NEGOTIATING = "negotiating", _("Being negotiated")
        AGREED = "agreed", _("Agreed")
        PLANNED = "planned", _("Planned")
        ON_TRACK = "on_track", _("On track")
        ONGOING = "ongoing", _("Ongoing")
        AT_RISK = "at_risk", _("At risk")
        DELAYED = "delayed", _("Delayed")
        UNDER_REVIEW = "under_review", _("Under review")
        PENDING = "pending", _("Pending presentation")
        COMPLETED = "completed", _("Completed")
        POSTPONED = "postponed", _("Postponed")
        SUSPENDED = "suspended", _("Suspended")
        CANCELLED = "cancelled", _("Cancelled")
        MERGED = "merged", _("Merged into another")

    class Awaiting(models.TextChoices):
        """What the county's sector lead confirms together with the lead organisation."""

        AGREEMENT = "agreement", _("agreement")
        COMPLETION = "completion", _("completion")

    # Not agreed yet: it owes no update, and is cancelled without a decision.
    BEFORE_AGREEMENT = (Status.PROPOSED, Status.NEGOTIATING)
    # What documents say of activities that were not agreed here.
    OF_DOCUMENTS = (Status.PLANNED, Status.ONGOING, Status.UNDER_REVIEW, Status.PENDING)
    UNDER_WAY = (Status.ON_TRACK, Status.ONGOING, Status.AT_RISK, Status.DELAYED)
    OVER = (Status.COMPLETED, Status.CANCELLED, Status.MERGED)
    LEFT_OUT = (Status.CANCELLED, Status.MERGED)
    # What comes about by a deed of its own, with its own conditions, and by no update.
    BY_DEED = (
        Status.PROPOSED,
        Status.NEGOTIATING,
        Status.AGREED,
        Status.POSTPONED,
        Status.CANCELLED,
        Status.MERGED,
    )

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
    # What it cites of the county's own plans (S28): reporting is done against these.
    cidp_line = models.ForeignKey(
        PlanningLine, models.PROTECT, related_name="framed_activities", null=True, blank=True,
        verbose_name=_("CIDP programme"),
    )  # fmt: skip
    adp_line = models.ForeignKey(
        PlanningLine, models.PROTECT, related_name="activities", null=True, blank=True,
        verbose_name=_("ADP line"),
    )  # fmt: skip
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
        _("status"), max_length=12, choices=Status.choices, default=Status.PROPOSED
    )
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    # When it last came into its status by a deed, and not by an update.
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True, editable=False)
    percent_complete = models.PositiveSmallIntegerField(
        _("percent complete"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    next_step = models.CharField(_("planned next step"), max_length=300, blank=True)
    # What its lead has said and the county has still to confirm, since when, and who said it.
    awaiting = models.CharField(
        _("waits for the county to confirm"), max_length=10, choices=Awaiting.choices, blank=True
    )
    awaiting_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    awaiting_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    county_remark = models.CharField(_("why the county sent it back"), max_length=300, blank=True)
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        Decision, models.PROTECT, related_name="activities_cancelled", null=True, blank=True,
        verbose_name=_("cancelled by the decision"),
    )  # fmt: skip
    merged_into = models.ForeignKey(
        "self", models.PROTECT, related_name="merged_here", null=True, blank=True,
        verbose_name=_("merged into"),
    )  # fmt: skip
    is_public = models.BooleanField(_("public"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            # What a possible overlap has in common (R13).
            models.Index(fields=["sector", "activity_type", "starts_on"], name="activity_by_kind")
        ]
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
            models.CheckConstraint(
                condition=Q(awaiting="", awaiting_since=None, awaiting_by=None)
                | (~Q(awaiting="") & Q(awaiting_since__isnull=False, awaiting_by__isnull=False)),
                name="activity_awaits_since_and_by",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into=None)),
                name="activity_merged_into_one",
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

    @property
    def is_left_out(self) -> bool:
        """Whether it counts no more: cancelled, or a part of another."""
        return self.status in self.LEFT_OUT

    @property
    def is_agreed(self) -> bool:
        """Whether county and lead have agreed on it: from then on cancelling takes a decision."""
        if self.agreed_at is not None or self.status in {self.Status.AGREED, *self.UNDER_WAY}:
            return True
        is_signed = self.plan.state not in JointWorkPlan.BEFORE_SIGNING
        return is_signed and self.status not in self.BEFORE_AGREEMENT


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
