"""Official planning calendars: which step of planning and budgeting is due when (domain 1.9).

A calendar holds rules, never dates: those of a plan's year are computed by one function, and only
what a county itself has moved, and who took part in a step, is kept with its day.
"""

from __future__ import annotations

import calendar
import datetime as dt

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from committees.models import Feed
from coordination.models import FiscalCalendar, Organisation, Originated, Place, Visitor

from .phase import Step
from .plan import JointWorkPlan

LAST_DAY = 31
MONTH = [MinValueValidator(1), MaxValueValidator(12)]
DAY = [MinValueValidator(1), MaxValueValidator(LAST_DAY)]


def day_in(year: int, month: int, day: int) -> dt.date:
    """The day of the month; what the month does not reach is its last day."""
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


class CalendarQuerySet(models.QuerySet["PlanningCalendar"]):
    def for_plan(self, plan: JointWorkPlan) -> CalendarQuerySet:
        """Those that run where the plan is made; a donor's where its year is in use."""
        mechanism = plan.mechanism
        used = [mechanism.calendar_id, *mechanism.other_calendars.values_list("pk", flat=True)]
        return self.filter(place__path__in=plan.place.path_and_above).filter(
            Q(kind=PlanningCalendar.Kind.GOVERNMENT) | Q(year__in=used)
        )


class PlanningCalendar(Originated):
    """The steps of one institution's planning year, in a country or in a place of it."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("Government")
        DONOR = "donor", _("Donor")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="planning_calendars", verbose_name=_("place"),
        help_text=_("It runs here and in every place within."),
    )  # fmt: skip
    year = models.ForeignKey(
        FiscalCalendar, models.PROTECT, related_name="planning_calendars",
        verbose_name=_("fiscal calendar"),
        help_text=_("A donor’s calendar runs in the mechanisms that count in this year."),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("planning calendar")
        verbose_name_plural = _("planning calendars")

    def __str__(self) -> str:
        return self.name


class PlanningEvent(Originated):
    """A step that is due each year: on a day, or some days after another step.

    Day 31 stands for the last day of the month, however long it is.
    """

    class Serves(models.TextChoices):
        """Which year a step is for, seen from the year in which it falls."""

        NEXT = "next", _("The year after: it is planned and budgeted")
        SAME = "same", _("The year itself: it runs")
        LAST = "last", _("The year before: it is reported on")

    calendar = models.ForeignKey(PlanningCalendar, models.PROTECT, related_name="events")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    short_name = models.CharField(
        _("short name"), max_length=60,
        help_text=_("As a sentence says it, “the … is due”: ADP, tabling of the estimates."),
    )  # fmt: skip
    begins_month = models.PositiveSmallIntegerField(
        _("begins in"), choices=MONTHS.items(), null=True, blank=True
    )
    begins_day = models.PositiveSmallIntegerField(
        _("begins on day"), validators=DAY, null=True, blank=True
    )
    month = models.PositiveSmallIntegerField(
        _("due in"), choices=MONTHS.items(), null=True, blank=True
    )
    day = models.PositiveSmallIntegerField(
        _("due on day"), validators=DAY, null=True, blank=True,
        help_text=_("31 is the last day of any month."),
    )  # fmt: skip
    follows = models.ForeignKey(
        "self", models.PROTECT, related_name="followed_by", null=True, blank=True,
        verbose_name=_("follows"),
    )  # fmt: skip
    days_after = models.PositiveSmallIntegerField(_("days after it"), null=True, blank=True)
    serves = models.CharField(
        _("is for"), max_length=4, choices=Serves.choices, default=Serves.NEXT
    )
    responsible_post = models.CharField(_("responsible post"), max_length=160, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=160, blank=True)
    produces = models.CharField(
        _("produces"), max_length=60, blank=True, help_text=_("The kind of planning document.")
    )
    hook = models.CharField(
        _("what joint planning owes it"), max_length=200, blank=True,
        help_text=_("As a sentence begins: “JWP priorities are ready”."),
    )  # fmt: skip
    hook_step = models.CharField(
        _("phase that ends before it"), max_length=10, choices=Step.choices, blank=True
    )
    # Out of use, it stays in calendar feeds as cancelled (R20).
    is_in_use = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("planning step")
        verbose_name_plural = _("planning steps")
        constraints = [
            models.UniqueConstraint("calendar", "key", name="one_planning_step_per_key"),
            models.CheckConstraint(
                condition=Q(month__isnull=False, day__isnull=False, follows=None, days_after=None)
                | Q(month=None, day=None, follows__isnull=False, days_after__isnull=False),
                name="planning_step_has_one_rule",
            ),
            models.CheckConstraint(
                condition=Q(begins_month=None, begins_day=None)
                | Q(begins_month__isnull=False, begins_day__isnull=False),
                name="planning_step_begins_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EventMove(models.Model):
    """A step that a place holds on another day than its calendar says, in one year, and why."""

    event = models.ForeignKey(PlanningEvent, models.PROTECT, related_name="moves")
    place = models.ForeignKey(Place, models.PROTECT, related_name="moved_planning_steps")
    # The first day of the year that the step is for, which names it whatever its rule becomes.
    for_year = models.DateField(_("for the year that begins on"))
    # Empty: it is back on the day of its calendar.
    due_on = models.DateField(_("day in this place"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="planning_steps_moved"
    )
    moved_at = models.DateTimeField(_("moved at"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("moved planning step")
        verbose_name_plural = _("moved planning steps")
        constraints = [
            models.UniqueConstraint("event", "place", "for_year", name="one_move_per_step")
        ]

    def __str__(self) -> str:
        return f"{self.event}, {self.place}"


class Participation(models.Model):
    """Who took part in a step of the official calendar, when, and what they submitted (S9)."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="participations")
    event = models.ForeignKey(PlanningEvent, models.PROTECT, related_name="participations")
    for_year = models.DateField(_("for the year that begins on"))
    organisations = models.ManyToManyField(
        Organisation, related_name="planning_participations", verbose_name=_("who took part")
    )
    posts = models.CharField(_("by which posts"), max_length=200, blank=True)
    took_part_on = models.DateField(_("on"))
    submitted = models.CharField(_("what was submitted"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="participations_recorded"
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("participation in a planning step")
        verbose_name_plural = _("participations in planning steps")

    def __str__(self) -> str:
        return f"{self.event}, {self.took_part_on:%Y-%m-%d}"


class PlanFeedQuerySet(models.QuerySet["PlanFeed"]):
    def in_use_by(self, user: Visitor) -> PlanFeedQuerySet:
        return self.filter(user=user.pk, revoked_at=None)


class PlanFeed(Feed):
    """A secret address that opens one plan's calendar (R20)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="plan_feeds")
    plan = models.ForeignKey(JointWorkPlan, models.CASCADE, related_name="feeds")

    objects = PlanFeedQuerySet.as_manager()

    class Meta(Feed.Meta):
        verbose_name = _("calendar address of a plan")
        verbose_name_plural = _("calendar addresses of plans")

    def __str__(self) -> str:
        return str(self.plan)
