"""Progress updates: how far an activity has come, with the evidence."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from committees.models import Alert
from coordination.models import Organisation, Originated, Period, StoredFile

from .activity import Activity
from .plan import JointWorkPlan


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
    # When work really began and ended, beside the dates that were planned.
    began_on = models.DateField(_("really began on"), null=True, blank=True)
    finished_on = models.DateField(_("really finished on"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(finished_on=None)
                | Q(began_on=None)
                | Q(finished_on__gte=F("began_on")),
                name="update_finished_after_it_began",
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


class UpdateChase(models.Model):
    """One day on which an organisation was asked for the updates that it owed for a period."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="chases")
    period = models.ForeignKey(Period, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    on = models.DateField(_("on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("reminder of missing updates")
        verbose_name_plural = _("reminders of missing updates")
        constraints = [
            models.UniqueConstraint(
                "plan", "period", "organisation", "on", name="one_chase_of_updates_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.period}"
