"""Events of an activity: trainings, exposure visits and joint field visits (domain 1.27, 1.28)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Originated, Place, StoredFile, Visitor, takes_part_in

from .activity import Activity, sees_activity


class ActivityEventQuerySet(models.QuerySet["ActivityEvent"]):
    def visible_to(self, user: Visitor) -> ActivityEventQuerySet:
        """Public events of visible activities; internal ones for who takes part."""
        return self.filter(sees_activity(user, "activity")).filter(
            Q(is_public=True) | Q(activity__plan__mechanism__in=takes_part_in(user))
        )

    def during(self, starts_on: dt.date, ends_before: dt.date) -> ActivityEventQuerySet:
        """Those that lie in the time, in whole or in part."""
        return self.filter(starts_on__lt=ends_before).filter(
            Q(ends_on__gte=starts_on) | Q(ends_on=None, starts_on__gte=starts_on)
        )

    def in_order(self) -> ActivityEventQuerySet:
        """By their first day; those without one last."""
        return self.order_by(F("starts_on").asc(nulls_last=True), "pk")


class ActivityEvent(Originated):
    """One occasion. Unique persons and attendances are two numbers (R11)."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("Training")
        EXPOSURE_VISIT = "exposure_visit", _("Exposure visit")
        FIELD_VISIT = "field_visit", _("Joint field visit")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        POSTPONED = "postponed", _("Postponed")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Cancelled")

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    series = models.CharField(_("series"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PLANNED)
    state_reason = models.CharField(_("reason of the state"), max_length=300, blank=True)
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="activity_events", null=True, blank=True,
        verbose_name=_("place"),
    )  # fmt: skip
    venue = models.CharField(_("venue"), max_length=160, blank=True)
    organisations = models.ManyToManyField(
        Organisation, related_name="activity_events", blank=True,
        verbose_name=_("organisations that took part"),
    )  # fmt: skip
    topics = models.TextField(_("topics"), max_length=2000, blank=True)
    # Empty is not known; 0 is nobody (R4).
    persons = models.PositiveIntegerField(_("unique persons"), null=True, blank=True)
    attendances = models.PositiveIntegerField(_("attendances"), null=True, blank=True)
    # Only where this is so for every event can unique persons be added over events (R11).
    persons_are_new = models.BooleanField(
        _("nobody of them took part in another event of the plan"), default=False
    )
    findings = models.TextField(_("findings"), max_length=4000, blank=True)
    lessons = models.TextField(_("lessons"), max_length=4000, blank=True)
    is_public = models.BooleanField(_("public"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = ActivityEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of an activity")
        verbose_name_plural = _("events of activities")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="activity_event_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(persons=None) | Q(attendances=None) | Q(persons__lte=F("attendances")),
                name="activity_event_persons_within_attendances",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["postponed", "cancelled"]) | ~Q(state_reason=""),
                name="activity_event_put_off_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(starts_on__isnull=False),
                name="activity_event_held_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        plan = self.activity.plan
        return reverse(
            "activity-event-detail",
            args=[plan.mechanism.slug, plan.slug, self.activity.code, self.pk],
        )


class EventPostponement(models.Model):
    """One time that an event was put off: both dates, why, and who decided so."""

    event = models.ForeignKey(ActivityEvent, models.PROTECT, related_name="postponements")
    from_starts_on = models.DateField(_("first day before"), null=True, blank=True)
    from_ends_on = models.DateField(_("last day before"), null=True, blank=True)
    starts_on = models.DateField(_("new first day"))
    ends_on = models.DateField(_("new last day"))
    condition = models.CharField(_("on condition that"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.CharField(_("decided by"), max_length=160)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("postponement of an event")
        verbose_name_plural = _("postponements of events")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="event_postponement_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.reason}"


class EventParticipants(models.Model):
    """Unique persons of one category, from one place, women and men apart (R6)."""

    class Category(models.TextChoices):
        GOVERNMENT = "government", _("Government officials")
        ELECTED = "elected", _("Elected members")
        PARTNER = "partner", _("Staff of implementing partners")
        SUPPORT = "support", _("Staff of technical assistance")
        DONOR = "donor", _("Staff of donors")
        COMMUNITY = "community", _("Community members and institutions")
        PRIVATE = "private", _("Private sector")
        OTHER = "other", _("Others")
        NOT_STATED = "not_stated", _("Not stated")

    event = models.ForeignKey(ActivityEvent, models.CASCADE, related_name="participants")
    category = models.CharField(_("category"), max_length=10, choices=Category.choices)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("from"),
    )  # fmt: skip
    women = models.PositiveIntegerField(_("women"), default=0)
    men = models.PositiveIntegerField(_("men"), default=0)
    not_stated = models.PositiveIntegerField(_("sex not stated"), default=0)

    class Meta:
        verbose_name = _("participants of an event")
        verbose_name_plural = _("participants of events")
        constraints = [
            models.UniqueConstraint(
                "event", "category", "place", name="one_row_per_category_and_place"
            ),
            models.UniqueConstraint(
                "event",
                "category",
                condition=Q(place=None),
                name="one_row_per_category_of_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.total}"

    @property
    def total(self) -> int:
        return self.women + self.men + self.not_stated


class EventFollowUpQuerySet(models.QuerySet["EventFollowUp"]):
    def open(self) -> EventFollowUpQuerySet:
        return self.filter(done_on=None)

    def in_order(self) -> EventFollowUpQuerySet:
        return self.order_by(F("due_on").asc(nulls_last=True), "pk")


class EventFollowUp(models.Model):
    """What an event asked for, of whom, by when, and whether it is done."""

    event = models.ForeignKey(ActivityEvent, models.PROTECT, related_name="follow_ups")
    text = models.CharField(_("what is to be done"), max_length=300)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="event_follow_ups", verbose_name=_("owner")
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    outcome = models.CharField(_("what came of it"), max_length=300, blank=True)

    objects = EventFollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up of an event")
        verbose_name_plural = _("follow-ups of events")

    def __str__(self) -> str:
        return self.text


class EventEvidence(models.Model):
    """A photograph, list or report of an event. A list of names is never public (R24)."""

    event = models.ForeignKey(ActivityEvent, models.PROTECT, related_name="evidence")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="event_evidence")
    caption = models.CharField(_("caption"), max_length=240)
    is_public = models.BooleanField(_("public"), default=False)

    class Meta:
        verbose_name = _("evidence of an event")
        verbose_name_plural = _("evidence of events")

    def __str__(self) -> str:
        return self.caption
