"""Joint work plans and their activities: what is done where, by whom, and how far it has come."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Organisation,
    Originated,
    Period,
    Place,
    Sector,
    Standing,
    StoredFile,
    User,
    takes_part_in,
)

from .code import validate_code, validate_plan_slug
from .framework import IntendedResult


class PlanQuerySet(models.QuerySet["JointWorkPlan"]):
    def visible_to(self, user: User | AnonymousUser) -> PlanQuerySet:
        """Published plans of public mechanisms for everyone, all others for who takes part."""
        public = Q(is_published=True, mechanism__in=Mechanism.objects.visible_to(user))
        return self.filter(public | Q(mechanism__in=takes_part_in(user)))


class JointWorkPlan(Originated):
    """The plan of one mechanism, one place and one fiscal year (domain 1.10)."""

    class State(models.TextChoices):
        DRAFTING = "drafting", _("Being drafted")
        SIGNED = "signed", _("Signed")
        IN_IMPLEMENTATION = "in_implementation", _("In implementation")
        CLOSED = "closed", _("Closed")

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="plans")
    place = models.ForeignKey(Place, models.PROTECT, related_name="plans")
    calendar = models.ForeignKey(FiscalCalendar, models.PROTECT, related_name="plans")
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("ends before"))
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("address part"), max_length=60, validators=[validate_plan_slug])
    lead_department = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plans_led", null=True, blank=True
    )
    # Empty: the backbone of the mechanism. A plan's own stays with it when that one changes.
    backbone = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plans_served", null=True, blank=True
    )
    state = models.CharField(_("state"), max_length=17, choices=State.choices)
    is_published = models.BooleanField(_("published"), default=False)
    # Rises with every edit: the second of two editors is shown both versions (R27).
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("joint work plan")
        verbose_name_plural = _("joint work plans")
        constraints = [
            models.UniqueConstraint("mechanism", "slug", name="one_plan_per_address"),
            models.CheckConstraint(
                condition=Q(ends_before__gt=models.F("starts_on")), name="plan_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan-detail", args=[self.mechanism.slug, self.slug])

    @property
    def next_state(self) -> str | None:
        """The state that comes after the one it is in; None when it is closed."""
        states = list(self.State)
        later = states[states.index(self.State(self.state)) + 1 :]
        return later[0] if later else None

    @property
    def year_label(self) -> str:
        return self.calendar.label_year(self.starts_on)


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
        While a plan is being drafted, its activities are not agreed and owe none.
        """
        over = [Activity.Status.COMPLETED, Activity.Status.CANCELLED]
        return (
            self.exclude(status__in=over)
            .exclude(plan__state=JointWorkPlan.State.DRAFTING)
            .filter(Q(starts_on=None) | Q(starts_on__lt=period.ends_before))
            .exclude(updates__period=period)
        )

    def in_full(self) -> ActivityQuerySet:
        return self.select_related(
            "plan__mechanism", "sector", "lead", "intended_result"
        ).prefetch_related("places", "partners__organisation")


class Activity(Originated):
    """One line of a joint work plan (domain 1.13). A cross-listed line is still one activity."""

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
    lead = models.ForeignKey(Organisation, models.PROTECT, related_name="activities_led")
    places = models.ManyToManyField(Place, related_name="activities", verbose_name=_("places"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse(
            "activity-detail", args=[self.plan.mechanism.slug, self.plan.slug, self.code]
        )


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


class ActivityUpdate(Originated):
    """How far an activity had come at the end of a period, as its lead organisation tells it."""

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="updates")
    period = models.ForeignKey(Period, models.PROTECT, related_name="activity_updates")
    status = models.CharField(_("status"), max_length=12, choices=Activity.Status.choices)
    status_reason = models.CharField(_("reason of the status"), max_length=300, blank=True)
    percent_complete = models.PositiveSmallIntegerField(
        _("percent complete"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    narrative = models.TextField(_("what was done"), max_length=4000)
    next_step = models.CharField(_("planned next step"), max_length=300, blank=True)
    # The shock or stress that puts it off course, for who takes part to follow.
    alert = models.ForeignKey(
        Alert, models.PROTECT, related_name="activity_updates", null=True, blank=True,
        verbose_name=_("because of the alert"),
    )  # fmt: skip
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("progress update")
        verbose_name_plural = _("progress updates")
        constraints = [
            models.UniqueConstraint("activity", "period", name="one_update_per_period"),
            models.CheckConstraint(
                condition=Q(percent_complete=None) | Q(percent_complete__lte=100),
                name="update_percent_to_100",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=["at_risk", "delayed", "postponed", "suspended", "cancelled"]
                )
                | ~Q(status_reason=""),
                name="update_off_course_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity.code}, {self.period}"


class UpdateEvidence(models.Model):
    """A photograph or document of a progress update; photographs are printed with their caption."""

    update = models.ForeignKey(ActivityUpdate, models.PROTECT, related_name="evidence")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="update_evidence")
    caption = models.CharField(_("caption"), max_length=240)
    taken_on = models.DateField(_("taken on"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence of an update")
        verbose_name_plural = _("evidence of updates")

    def __str__(self) -> str:
        return self.caption
