"""Meetings of bodies: planned, called, held, postponed, cancelled (domain 1.22)."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Originated, Visitor
from coordination.models.mechanism import validate_time_zone

from .access import Access, readable_by
from .body import Body
from .seat import bodies_read_by


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: Visitor) -> MeetingQuerySet:
        """That there is a meeting, and when, is seen with its bodies; what is in it, not."""
        bodies = Body.objects.visible_to(user)
        joint = self.model.joint_with.through.objects.filter(body__in=bodies)
        return self.filter(Q(body__in=bodies) | Q(pk__in=joint.values("meeting")))

    def readable_by(self, user: Visitor) -> MeetingQuerySet:
        """Those whose agenda and papers the user reads; of the minutes see `MinutesQuerySet`."""
        condition = readable_by(user, mechanism="body__mechanism", body="body")
        own = held_by(bodies_read_by(user))
        return self.visible_to(user).filter(condition | own)

    def of(self, body: Body) -> MeetingQuerySet:
        """The body's own meetings and those that it holds jointly with others."""
        return self.filter(Q(body=body) | Q(pk__in=body.joint_meetings.values("pk")))

    def counted(self) -> MeetingQuerySet:
        """Those that a body held in due form: a note of an informal one is no meeting (R18)."""
        return self.filter(state=Meeting.State.HELD).exclude(kind__in=Meeting.UNCOUNTED)

    def begun(self) -> MeetingQuerySet:
        """Those that were opened, or held: not only planned, put off or called off."""
        return self.filter(state__in=Meeting.BEGUN)

    def to_come(self, *, at: dt.datetime) -> MeetingQuerySet:
        """Those that are planned or called and have not ended, the next first."""
        return self.filter(state__in=Meeting.PLANNED, ends_at__gte=at).order_by("starts_at", "pk")

    def newest_first(self) -> MeetingQuerySet:
        """By the day on which each was held or was to be."""
        day = Coalesce("held_on", TruncDate("starts_at"))
        return self.order_by(day.desc(nulls_last=True), "-number", "-pk")


class Series(models.Model):
    """Meetings at a regular interval: each of them is a meeting of its own."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="series")
    title = models.CharField(_("title"), max_length=160, blank=True)
    every = models.PositiveSmallIntegerField(_("every"), default=1)
    unit = models.CharField(
        _("unit"), max_length=5, choices=Body.Unit.choices, default=Body.Unit.MONTH
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="series_created", null=True
    )
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("series of meetings")
        verbose_name_plural = _("series of meetings")

    def __str__(self) -> str:
        return self.title or str(self.body)


class Meeting(Originated):
    """A meeting of a body. Of some in the past only the month is known."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary")
        SPECIAL = "special", _("Special")
        SUBGROUP = "subgroup", _("Sub-group")
        INFORMAL = "informal", _("Informal")
        WORKSHOP = "workshop", _("Workshop")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        VIRTUAL = "virtual", _("Virtual")
        HYBRID = "hybrid", _("Hybrid")

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        CALLED = "called", _("Invitations sent")
        IN_SESSION = "in_session", _("In session")
        HELD = "held", _("Held")
        POSTPONED = "postponed", _("Postponed")
        CANCELLED = "cancelled", _("Cancelled")

    # Neither counts as a meeting of the body, nor takes decisions (R18).
    UNCOUNTED = (Kind.INFORMAL, Kind.WORKSHOP)
    PLANNED = (State.SCHEDULED, State.CALLED, State.IN_SESSION)
    BEGUN = (State.IN_SESSION, State.HELD)

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings")
    joint_with = models.ManyToManyField(
        Body, related_name="joint_meetings", blank=True, verbose_name=_("jointly with")
    )
    series = models.ForeignKey(
        Series, models.PROTECT, related_name="meetings", null=True, blank=True
    )
    # Given when it is held, among the counted meetings of its body.
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ORDINARY)
    mode = models.CharField(_("mode"), max_length=9, choices=Mode.choices, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.SCHEDULED
    )
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    title = models.CharField(_("title"), max_length=160, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=40, blank=True, validators=[validate_time_zone],
        help_text=_("Empty: the mechanism’s own."),
    )  # fmt: skip
    # The day on which it was held, in its own zone.
    held_on = models.DateField(_("held on"), null=True, blank=True)
    is_day_known = models.BooleanField(_("the day is known"), default=True)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    link = models.URLField(_("link"), blank=True)
    chaired_by = models.CharField(_("chaired by"), max_length=160, blank=True)
    facilitator = models.CharField(_("facilitator"), max_length=160, blank=True)
    access = models.CharField(
        _("read by"), max_length=7, choices=Access.choices, default=Access.BODY,
        help_text=_("Who reads the agenda, the papers, the minutes and the decisions."),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=300, blank=True)
    # Who was missing that mattered, beside what the seats say by themselves: "minus the EU".
    missing_note = models.CharField(_("missing"), max_length=300, blank=True)
    gap_reason = models.CharField(_("reason of the gap before it"), max_length=300, blank=True)
    # How it stood when the meeting closed; until then it is counted from the seats (R18).
    is_quorate = models.BooleanField(_("quorum met"), null=True, blank=True)
    quorum_note = models.TextField(_("quorum"), blank=True)
    # Who typed it in and when, of one that was held before it was known here (B26).
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="meetings_entered", null=True,
        blank=True, verbose_name=_("entered afterwards by"),
    )  # fmt: skip
    entered_at = models.DateTimeField(_("entered afterwards at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # The calendar's name of the event for its whole life, and how often it changed (R20).
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        indexes = [models.Index(fields=["body", "held_on"], name="meeting_by_body")]
        constraints = [
            models.UniqueConstraint(
                "body", "number", condition=Q(number__isnull=False), name="one_meeting_per_number"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["informal", "workshop"]) | Q(number=None),
                name="informal_meeting_has_no_number",
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_on__isnull=False),
                name="meeting_held_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["scheduled", "called", "in_session"])
                | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="meeting_to_come_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="meeting_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(entered_at=None, entered_by=None)
                | Q(entered_at__isnull=False, entered_by__isnull=False, opened_at=None),
                name="meeting_entered_afterwards_or_held_here",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["postponed", "cancelled"]) | ~Q(state_reason=""),
                name="meeting_called_off_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def name(self) -> str:
        """What it is called where its title is not read: by its body, with number or kind."""
        if self.number:
            return f"{self.body} {self.number}"
        if self.kind == self.Kind.ORDINARY:
            return gettext("%(body)s, meeting") % {"body": self.body}
        words = {"body": self.body, "kind": self.get_kind_display().lower()}
        return gettext("%(body)s, meeting (%(kind)s)") % words

    def get_absolute_url(self) -> str:
        return reverse("meeting-detail", args=[self.pk])

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Its own time zone, else its mechanism's."""
        return zoneinfo.ZoneInfo(self.time_zone or self.body.mechanism.time_zone)

    @property
    def is_counted(self) -> bool:
        """Whether it is a meeting of the body in due form, which takes decisions (R18)."""
        return self.kind not in self.UNCOUNTED

    @property
    def is_from_before(self) -> bool:
        """Whether it was held before it was known here: it never was in session here."""
        return self.state == self.State.HELD and self.opened_at is None

    @property
    def has_begun(self) -> bool:
        """Whether it was opened, or held: not only planned, put off or called off."""
        return self.state in self.BEGUN

    @property
    def is_planned(self) -> bool:
        return self.state in self.PLANNED

    @property
    def day(self) -> dt.date | None:
        """The day on which it was or will be held, in its own zone; None for none yet."""
        if self.held_on or self.starts_at is None:
            return self.held_on
        return self.starts_at.astimezone(self.zone).date()

    @property
    def day_in_words(self) -> str:
        """Its day, or the month alone where that is all that is known; "" for none yet (R4)."""
        form = "DATE_FORMAT" if self.is_day_known else "M Y"
        return date_format(self.day, form) if self.day else ""

    @property
    def when(self) -> str:
        """In its own zone, “31 Mar 2021, 10:00–12:00 EAT”; of one that is past the day alone."""
        if self.starts_at is None or self.ends_at is None:
            form = "DATE_FORMAT" if self.is_day_known else "M Y"
            return date_format(self.held_on, form) if self.held_on else ""
        return span_in_words(self.starts_at, self.ends_at, self.zone)


def span_in_words(starts_at: dt.datetime, ends_at: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """A time from to, as people of the zone read it."""
    starts_at, ends_at = starts_at.astimezone(zone), ends_at.astimezone(zone)
    begins, ends = (date_format(moment, "H:i") for moment in (starts_at, ends_at))
    if ends_at.date() != starts_at.date():
        ends = f"{date_format(ends_at)}, {ends}"
    return f"{date_format(starts_at)}, {begins}–{ends} {zone_in_words(starts_at)}"


def zone_in_words(moment: dt.datetime) -> str:
    """The zone’s letters, “EAT”, or “UTC+7” where it has none of its own."""
    name = moment.tzname() or ""
    if name and name[0] not in "+-":
        return name
    offset = moment.utcoffset() or dt.timedelta()
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    return f"UTC{hours:+d}" + (f":{minutes:02d}" if minutes else "")


def held_by(bodies: Iterable[int], *, meeting: str = "") -> Q:
    """The condition that one of the bodies (keys) holds a meeting, by itself or jointly.

    ``meeting`` is the field that leads to the meeting, "" for the meeting itself. Whoever sits on a
    body that meets jointly reads and is told what those of the host are.
    """
    keys = tuple(bodies)
    joint = Meeting.joint_with.through.objects.filter(body__in=keys).values("meeting")
    if not meeting:
        return Q(body__in=keys) | Q(pk__in=joint)
    return Q(**{f"{meeting}__body__in": keys}) | Q(**{f"{meeting}__in": joint})


class Rescheduling(models.Model):
    """The date that a meeting had before it was moved or called off, and why."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="reschedulings")
    starts_at = models.DateTimeField(_("was to start at"))
    ends_at = models.DateTimeField(_("was to end at"))
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="meetings_moved", null=True
    )
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("earlier date of a meeting")
        verbose_name_plural = _("earlier dates of meetings")

    def __str__(self) -> str:
        return f"{self.meeting}: {self.starts_at:%Y-%m-%d}"

    @property
    def when(self) -> str:
        """The time that it was to be held at, in the meeting's own zone."""
        return span_in_words(self.starts_at, self.ends_at, self.meeting.zone)
