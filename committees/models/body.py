"""Bodies of a mechanism and the meetings that they have held."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Originated, Place, User, add_months


class BodyQuerySet(models.QuerySet["Body"]):
    def visible_to(self, user: User | AnonymousUser) -> BodyQuerySet:
        """Bodies of the mechanisms that the user sees."""
        return self.filter(mechanism__in=Mechanism.objects.visible_to(user))

    def with_meeting_counts(self) -> BodyQuerySet:
        """Adds ``meeting_count``; a note of an informal meeting is not a meeting of the body."""
        formal = ~models.Q(meetings__kind=Meeting.Kind.INFORMAL)
        return self.annotate(meeting_count=models.Count("meetings", filter=formal))

    def with_meetings(self) -> BodyQuerySet:
        """Loads the meetings of each body, informal ones too, the oldest first."""
        held = Meeting.objects.order_by("held_on", "number")
        return self.prefetch_related(models.Prefetch("meetings", held))


class Body(Originated):
    """A committee, working group or county structure; notified is not the same as meeting (R17)."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        DRAFTED = "drafted", _("Terms of reference drafted")
        TABLED = "tabled", _("Terms of reference tabled")
        NOTIFIED = "notified", _("Notified")
        CONFIGURED = "configured", _("Configured")
        MEETING = "meeting", _("Meeting")
        SUSPENDED = "suspended", _("Suspended")
        DISSOLVED = "dissolved", _("Dissolved")

    PROMISING = (State.NOTIFIED, State.CONFIGURED, State.MEETING)

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="bodies")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40)
    slug = models.SlugField(_("address part"), max_length=60)
    place = models.ForeignKey(Place, models.PROTECT, related_name="bodies", null=True, blank=True)
    chair_post = models.CharField(_("chair"), max_length=160, blank=True)
    composition = models.TextField(_("composition"), blank=True)
    frequency = models.CharField(_("meets"), max_length=60, blank=True)
    interval_months = models.PositiveSmallIntegerField(
        _("months between meetings"), null=True, blank=True,
        help_text=_("What the frequency promises: 3 for a body that meets every quarter."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    notified_by = models.CharField(_("notified by"), max_length=120, blank=True)
    notified_on = models.DateField(_("notified on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        constraints = [
            models.UniqueConstraint("mechanism", "slug", name="one_body_per_address"),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="body_is_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="suspended") | ~models.Q(state_reason=""),
                name="body_suspended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def next_due_on(self, last: dt.date | None) -> dt.date | None:
        """The day by which the body promised to meet again after ``last``; None without a promise.

        A body that never met counts from its notification (R17).
        """
        begun = last or self.notified_on
        if begun is None or self.interval_months is None or self.state not in self.PROMISING:
            return None
        month = add_months(begun, self.interval_months)
        next_month = add_months(month, 1)
        return min(month + dt.timedelta(days=begun.day - 1), next_month - dt.timedelta(days=1))


class Meeting(Originated):
    """A meeting that was held. Some dates are known only to the month."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        VIRTUAL = "virtual", _("Virtual")
        INFORMAL = "informal", _("Informal")

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings")
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ORDINARY)
    held_on = models.DateField(_("held on"))
    is_day_known = models.BooleanField(_("the day is known"), default=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(
                "body",
                "number",
                condition=models.Q(number__isnull=False),
                name="one_meeting_per_number",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="informal") | models.Q(number=None),
                name="informal_meeting_has_no_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.number or self.get_kind_display()}"
