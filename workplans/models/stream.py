"""Reporting streams and obligations: who reports what, where, and by when."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.db.models.lookups import StartsWith
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    PARTNER_ROLES,
    FiscalCalendar,
    Mechanism,
    Membership,
    Office,
    Organisation,
    Period,
    Place,
    Standing,
    Visitor,
    takes_part_in,
    within_path,
)

from .indicator import IndicatorVersion


class StreamQuerySet(models.QuerySet["Stream"]):
    def of_mechanism(self, mechanism: Mechanism) -> StreamQuerySet:
        return self.filter(version__indicator__mechanism=mechanism)

    def within(self, place: Place) -> StreamQuerySet:
        return self.filter(within_path(place.path, "place"))

    def running_in(self, period: Period) -> StreamQuerySet:
        """Those that report for some time of the period, whatever the indicator's frequency.

        Under the draft of a sheet nothing is reported yet, even where a reporter is named.
        """
        return self.exclude(version__state=IndicatorVersion.State.DRAFT).filter(
            Q(ends_before=None) | Q(ends_before__gt=period.starts_on),
            starts_on__lt=period.ends_before,
        )

    def running_for(self, period: Period) -> StreamQuerySet:
        """Those running whose organisation was a member in the period (R5)."""
        return self.running_in(period).of_members_within(period.starts_on, period.ends_before)

    def due_in(self, period: Period, calendar: FiscalCalendar) -> StreamQuerySet:
        """Those running whose indicator's frequency asks for a value at the end of the period."""
        return self.running_in(period).filter(
            version__frequency__in=frequencies_due_in(period, calendar)
        )

    def not_exempt(self, mechanism: Mechanism, period: Period) -> StreamQuerySet:
        """Without those in, or below, a place that the membership exempts from reporting (R4)."""
        held = Membership.objects.during(period).filter(
            mechanism=mechanism, organisation=OuterRef(OuterRef("organisation"))
        )
        exempt = Place.objects.filter(
            Q(path=OuterRef("place__path"))
            | StartsWith(OuterRef("place__path"), Concat("path", Value("/"))),
            exempt_memberships__in=held,
        )
        return self.exclude(Exists(exempt))

    def of_members_within(self, starts_on: dt.date, ends_before: dt.date) -> StreamQuerySet:
        """Without those of organisations that were members, but at no time of the stretch (R5).

        Streams stay open when a membership ends. Who never was a member reports all the same.
        """
        memberships = Membership.objects.filter(
            mechanism=OuterRef("version__indicator__mechanism"),
            organisation=OuterRef("organisation"),
        )
        held = memberships.held_within(starts_on, ends_before)
        return self.filter(Exists(held) | ~Exists(memberships))

    def owed_to(self, mechanism: Mechanism, period: Period) -> StreamQuerySet:
        """Those that a mechanism's report on the period consists of."""
        return (
            self.of_mechanism(mechanism)
            .due_in(period, mechanism.calendar)
            .of_members_within(period.starts_on, period.ends_before)
            .not_exempt(mechanism, period)
        )

    def in_full(self) -> StreamQuerySet:
        """With what a row of the entry grid shows, in a fixed number of queries."""
        return self.select_related("version__indicator", "organisation", "place").prefetch_related(
            "version__disaggregations__categories"
        )

    def in_order(self) -> StreamQuerySet:
        """As on paper: place by place, and in each the indicators in their own order."""
        return self.order_by(
            "place__path", "version__indicator__position", "version__indicator__code", "pk"
        )


def frequencies_due_in(period: Period, calendar: FiscalCalendar) -> list[str]:
    """The frequencies whose values are due at this quarter's end, in the calendar's own year."""
    frequency = IndicatorVersion.Frequency
    every = {frequency.QUARTERLY: 1, frequency.SEMI_ANNUAL: 2, frequency.ANNUAL: 4}
    quarter = calendar.quarter_number(period)
    return [name.value for name, quarters in every.items() if quarter % quarters == 0]


class Stream(models.Model):
    """One indicator version reported by one organisation in one place (R2).

    Two data officers of the same organisation, one after the other, are still one stream. Rows of
    a stream are locked before its results change, so that totals change one deed at a time.
    """

    # Its constraint's index begins with it.
    version = models.ForeignKey(
        IndicatorVersion, models.PROTECT, related_name="streams", db_index=False
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="streams")
    place = models.ForeignKey(Place, models.PROTECT, related_name="streams", db_index=False)
    starts_on = models.DateField(_("reports from"))
    ends_before = models.DateField(_("reports until before"), null=True, blank=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        verbose_name = _("reporting stream")
        verbose_name_plural = _("reporting streams")
        constraints = [
            models.UniqueConstraint("version", "organisation", "place", name="one_stream"),
            models.CheckConstraint(
                condition=Q(ends_before=None) | Q(ends_before__gt=models.F("starts_on")),
                name="stream_ends_after_start",
            ),
        ]
        indexes = [
            # Who reports what in a place, and when, without reading the rows.
            models.Index(
                fields=["place", "version", "organisation", "starts_on", "ends_before"],
                name="stream_in_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} · {self.organisation} · {self.place}"

    @property
    def ends_on(self) -> dt.date | None:
        """The last day for which it is reported, as people say it."""
        return self.ends_before - dt.timedelta(days=1) if self.ends_before else None


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: Visitor) -> ObligationQuerySet:
        """One's own organisation's, and those of the mechanisms that one takes part in."""
        standing = Standing.of(user)
        taking_part = takes_part_in(user)
        return self.filter(Q(organisation__in=standing.reports_for) | Q(mechanism__in=taking_part))

    def reported_by(self, user: Visitor) -> ObligationQuerySet:
        """Those that the user fills in."""
        return self.filter(organisation__in=Standing.of(user).reports_for)

    def in_full(self) -> ObligationQuerySet:
        return self.select_related("mechanism__calendar", "organisation", "period")

    def of_members(self) -> ObligationQuerySet:
        """Without what organisations owed for quarters after, or before, their membership (R5).

        A membership may be ended with a day long past, when later quarters are open already. What
        was submitted was received; who never was a member reports all the same.
        """
        memberships = Membership.objects.filter(
            mechanism=OuterRef("mechanism"), organisation=OuterRef("organisation")
        )
        held = memberships.held_within(
            OuterRef("period__starts_on"), OuterRef("period__ends_before")
        )
        # The cheapest first, as the database asks in this order.
        return self.filter(
            Q(first_submitted_at__isnull=False) | Exists(held) | ~Exists(memberships)
        )

    def due(self) -> ObligationQuerySet:
        return self.of_members().filter(exempted_on=None)

    def missing(self) -> ObligationQuerySet:
        return self.due().filter(first_submitted_at=None)

    def ending_by(self, day: dt.date) -> ObligationQuerySet:
        """Those whose last day, the due one or the granted one, is the day or before it."""
        return self.filter(Q(extended_to=None, due_on__lte=day) | Q(extended_to__lte=day))

    def without_reporter(self, *, on: dt.date) -> ObligationQuerySet:
        """Those of organisations for which nobody holds an office that reports."""
        reporting = Office.objects.held(on=on).of(*PARTNER_ROLES)
        return self.exclude(Exists(reporting.filter(organisation=OuterRef("organisation"))))


class Obligation(models.Model):
    """An organisation owes a mechanism its report for a period by a day in the mechanism's zone."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="obligations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="obligations")
    period = models.ForeignKey(Period, models.PROTECT, related_name="obligations")
    due_on = models.DateField(_("due on"))
    extended_to = models.DateField(_("extended to"), null=True, blank=True)
    extension_reason = models.CharField(_("reason of extension"), max_length=300, blank=True)
    exempted_on = models.DateField(_("exempted on"), null=True, blank=True)
    exemption_reason = models.CharField(_("reason of exemption"), max_length=300, blank=True)
    first_submitted_at = models.DateTimeField(_("first submitted at"), null=True, blank=True)
    # The last day in the mechanism's zone on which the secretariat wrote to the reporters.
    reminded_on = models.DateField(_("reminded on"), null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reporting obligation")
        verbose_name_plural = _("reporting obligations")
        constraints = [
            models.UniqueConstraint("mechanism", "organisation", "period", name="one_obligation"),
            models.CheckConstraint(
                condition=Q(extended_to=None)
                | (Q(extended_to__gt=models.F("due_on")) & ~Q(extension_reason="")),
                name="extension_is_later_and_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(exempted_on=None) | ~Q(exemption_reason=""),
                name="exemption_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.mechanism}, {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("obligation-detail", args=self.address)

    @property
    def address(self) -> list[str]:
        """The arguments of its pages' addresses."""
        return [self.mechanism.slug, self.period.code, self.organisation.slug]

    @property
    def is_exempt(self) -> bool:
        return self.exempted_on is not None

    @property
    def is_submitted(self) -> bool:
        return self.first_submitted_at is not None

    @property
    def last_day(self) -> dt.date:
        """The day by whose end the report is on time: the due day, or the granted extension."""
        return self.extended_to or self.due_on

    @property
    def was_on_time(self) -> bool | None:
        """Whether the first submission came in time; None when there was none (R5)."""
        if self.first_submitted_at is None:
            return None
        return self.first_submitted_at < self.mechanism.end_of_day(self.last_day)

    def status(self, *, at: dt.datetime) -> str:
        """How the report stands: exempt, on_time, late, overdue, extended or due."""
        if self.is_exempt:
            return "exempt"
        if self.was_on_time is not None:
            return "on_time" if self.was_on_time else "late"
        if self.is_overdue(at=at):
            return "overdue"
        return "extended" if self.extended_to else "due"

    def is_overdue(self, *, at: dt.datetime) -> bool:
        """Whether it is due, not submitted, and its last day is over in the mechanism's zone."""
        if self.is_exempt or self.first_submitted_at is not None:
            return False
        return at >= self.mechanism.end_of_day(self.last_day)


class Narrative(models.Model):
    """What an organisation says on one section of the quarter's report; only it edits this."""

    class Section(models.TextChoices):
        IMPACT = "impact", _("Impact in the quarter")
        ACHIEVEMENTS = "achievements", _("Key achievements")
        LESSONS = "lessons", _("Lessons learned")
        CONSTRAINTS = "constraints", _("Constraints and opportunities")
        MONITORING = "monitoring", _("Performance monitoring")
        GENDER = "gender", _("Gender, youth and disability")
        ENVIRONMENT = "environment", _("Environmental mitigation")
        LINKS = "links", _("Links to other programmes")
        GOVERNMENT = "government", _("Links with government agencies")
        LOCAL_CAPACITY = "local_capacity", _("Local capacity")
        SUSTAINABILITY = "sustainability", _("Sustainability and exit")
        PRIVATE_SECTOR = "private_sector", _("Private sector and leverage")
        NEXT_QUARTER = "next_quarter", _("Next quarter’s work plan")
        FINANCE = "finance", _("Spending against the budget")
        ADMINISTRATION = "administration", _("Administration")
        STORY = "story", _("Success story")
        DELIVERABLES = "deliverables", _("Deliverables and media")

    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="narratives")
    section = models.CharField(_("section"), max_length=14, choices=Section.choices)
    text = models.TextField(_("text"), max_length=6000)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(_("edited at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("narrative")
        verbose_name_plural = _("narratives")
        constraints = [
            models.UniqueConstraint("obligation", "section", name="one_narrative_a_section")
        ]

    def __str__(self) -> str:
        return f"{self.get_section_display()}: {self.obligation}"
