"""Planning documents of governments and partners, with their lines, which activities cite."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Currency,
    Mechanism,
    Money,
    Organisation,
    Originated,
    Place,
    StoredFile,
    User,
    add_months,
    sees_mechanism,
    takes_part_in,
)

from .code import code_order


class PlanningDocumentQuerySet(models.QuerySet["PlanningDocument"]):
    def visible_to(self, user: User | AnonymousUser) -> PlanningDocumentQuerySet:
        """Tabled and published ones of public mechanisms for everyone; all for who takes part."""
        public = Q(state__in=PlanningDocument.PUBLIC_STATES) & sees_mechanism(user, "mechanism")
        return self.filter(public | Q(mechanism__in=takes_part_in(user)))

    def current(self) -> PlanningDocumentQuerySet:
        return self.exclude(state=PlanningDocument.State.SUPERSEDED)

    def during(self, starts_on: dt.date, ends_before: dt.date) -> PlanningDocumentQuerySet:
        """Those whose time meets the given one."""
        return self.filter(starts_on__lt=ends_before, ends_before__gt=starts_on)

    def for_place(self, place: Place) -> PlanningDocumentQuerySet:
        """Those of the place, and of the larger ones that it lies in."""
        return self.filter(place__path__in=place.path_and_above)

    def in_order(self) -> PlanningDocumentQuerySet:
        """By place, the newest time first, versions from the newest to the oldest."""
        return self.order_by("place__path", "-starts_on", "kind", "title", "-number", "pk")


class PlanningDocument(Originated):
    """A CIDP, an ADP, a budget … in one version: whose, where, for which time, how far it has come.

    Domain 1.8. The dates of its steps are those of the county's own process, as it states them.
    """

    class Kind(models.TextChoices):
        CIDP = "cidp", _("County Integrated Development Plan (CIDP)")
        ADP = "adp", _("Annual Development Plan (ADP)")
        SECTOR_PLAN = "sector_plan", _("Sector plan")
        CBROP = "cbrop", _("County Budget Review and Outlook Paper (CBROP)")
        CFSP = "cfsp", _("County Fiscal Strategy Paper (CFSP)")
        BUDGET = "budget", _("Programme-based budget (estimates)")
        WORK_PLAN = "work_plan", _("Annual work plan")
        SECTOR_REPORT = "sector_report", _("County MTEF sector report")
        PROGRESS_REPORT = "progress_report", _("County annual progress report (C-APR)")
        JOINT_PLAN = "joint_plan", _("Joint work plan")
        DONOR_PLAN = "donor_plan", _("Work plan of a donor or partner")
        STRATEGY = "strategy", _("Country or cooperation strategy")
        PROVINCIAL_SECTOR_PLAN = "provincial_plan", _("Provincial sector plan")
        PROVINCIAL_ADP = "psdp", _("Provincial annual development plan (PSDP)")
        DISTRICT_PLAN = "district_plan", _("District development plan")
        ALLIANCE_PLAN = "alliance_plan", _("Action plan of an alliance")
        EXIT_STRATEGY = "exit_strategy", _("Exit strategy")
        COMMUNICATION = "communication", _("Communication and visibility strategy")
        GENDER = "gender", _("Gender mainstreaming strategy")
        COMMUNE_PLAN = "commune_plan", _("Commune development plan")
        INVESTMENT = "investment", _("Commune investment programme")
        JAAP = "jaap", _("Joint accountability action plan (JAAP)")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        EXECUTIVE = "executive", _("Approved by the executive")
        TABLED = "tabled", _("Tabled")
        ASSEMBLY = "assembly", _("Approved by the assembly")
        PUBLISHED = "published", _("Published")
        SUPERSEDED = "superseded", _("Replaced")

    PUBLIC_STATES = (State.TABLED, State.ASSEMBLY, State.PUBLISHED, State.SUPERSEDED)
    # In which column the day of each step stands.
    DATE_OF = {
        State.SUBMITTED: "submitted_on",
        State.EXECUTIVE: "executive_on",
        State.TABLED: "tabled_on",
        State.ASSEMBLY: "assembly_on",
        State.PUBLISHED: "published_on",
    }
    # Those that say what is done in a year; the others hold for several, or for none.
    ANNUAL = (
        Kind.ADP, Kind.BUDGET, Kind.WORK_PLAN, Kind.PROVINCIAL_ADP, Kind.INVESTMENT,
    )  # fmt: skip
    FRAMING = (
        Kind.CIDP, Kind.SECTOR_PLAN, Kind.STRATEGY, Kind.PROVINCIAL_SECTOR_PLAN,
        Kind.DISTRICT_PLAN, Kind.ALLIANCE_PLAN, Kind.COMMUNE_PLAN,
    )  # fmt: skip

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="planning_documents")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="planning_documents", null=True, blank=True,
        verbose_name=_("owner"),
    )  # fmt: skip
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="planning_documents", verbose_name=_("place")
    )
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("ends before"))
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, blank=True,
        verbose_name=_("replaces"),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    due_on = models.DateField(_("to be tabled by"), null=True, blank=True)
    estimates_due_on = models.DateField(_("estimates are due on"), null=True, blank=True)
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)
    executive_on = models.DateField(_("approved by the executive on"), null=True, blank=True)
    tabled_on = models.DateField(_("tabled on"), null=True, blank=True)
    assembly_on = models.DateField(_("approved by the assembly on"), null=True, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="planning_documents", null=True, blank=True,
        verbose_name=_("file"),
    )  # fmt: skip
    public_link = models.URLField(_("public link"), blank=True)
    edition = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanningDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("planning document")
        verbose_name_plural = _("planning documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__gt=models.F("starts_on")),
                name="planning_document_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(number=1, replaces=None) | Q(number__gt=1, replaces__isnull=False),
                name="planning_document_version_replaces_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title if self.number == 1 else f"{self.title}, v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("planning-document-detail", args=[self.mechanism.slug, self.pk])

    @property
    def ends_on(self) -> dt.date:
        """The last day, as people say it."""
        return self.ends_before - dt.timedelta(days=1)

    @property
    def next_states(self) -> list[str]:
        """Those that may come next: each step may be passed over, none is taken back."""
        states = list(self.State)
        later = states[states.index(self.State(self.state)) + 1 :]
        return [state for state in later if state != self.State.SUPERSEDED]

    @property
    def days_late(self) -> int | None:
        """By how many days it was tabled after it was due; None while either is not known."""
        if self.due_on is None or self.tabled_on is None:
            return None
        return max(0, (self.tabled_on - self.due_on).days)

    @property
    def years(self) -> list[tuple[str, str]]:
        """Its years from its own first day: the key under which lines keep targets, and the label.

        Such as ("2020-07-01", "2020/21"), or ("2018-01-01", "2018") for a calendar year.
        """
        found, day = [], self.starts_on
        while day < self.ends_before:
            following = add_months(day, 12)
            last = following - dt.timedelta(days=1)
            is_one = day.year == last.year
            label = str(day.year) if is_one else f"{day.year}/{last.year % 100:02d}"
            found.append((day.isoformat(), label))
            day = following
        return found


class PlanningLineQuerySet(models.QuerySet["PlanningLine"]):
    def visible_to(self, user: User | AnonymousUser) -> PlanningLineQuerySet:
        return self.filter(document__in=PlanningDocument.objects.visible_to(user))

    def citable_in(
        self, mechanism: Mechanism | int, place: Place, kinds: Iterable[str]
    ) -> PlanningLineQuerySet:
        """Lines of current documents of these kinds, of the place or of what it lies in."""
        documents = PlanningDocument.objects.current().for_place(place)
        return self.filter(document__in=documents.filter(mechanism=mechanism, kind__in=kinds))


class PlanningLine(models.Model):
    """A line of a planning document: a sector, programme, sub-programme, project or activity."""

    class Level(models.TextChoices):
        SECTOR = "sector", _("Sector")
        PROGRAMME = "programme", _("Programme")
        SUB_PROGRAMME = "sub_programme", _("Sub-programme")
        PROJECT = "project", _("Project")
        ACTIVITY = "activity", _("Activity line")

    document = models.ForeignKey(PlanningDocument, models.CASCADE, related_name="lines")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True,
        verbose_name=_("part of"),
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    level = models.CharField(_("level"), max_length=13, choices=Level.choices)
    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=240)
    output = models.CharField(_("output"), max_length=300, blank=True)
    kpi = models.CharField(_("key performance indicator"), max_length=300, blank=True)
    baseline = models.CharField(_("baseline"), max_length=80, blank=True)
    # By the first day of the year, "2020-07-01"; as the document words them: "40 km", "12".
    targets = models.JSONField(_("targets by year"), default=dict, blank=True)
    budget_minor = models.BigIntegerField(_("budget"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)
    funds = models.CharField(_("source of funds"), max_length=120, blank=True)
    in_estimates_on = models.DateField(_("entered the estimates on"), null=True, blank=True)

    objects = PlanningLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a planning document")
        verbose_name_plural = _("lines of planning documents")
        constraints = [
            models.UniqueConstraint("document", "code", name="one_line_per_code"),
            models.CheckConstraint(
                condition=Q(budget_minor=None, currency="")
                | (Q(budget_minor__gte=0) & ~Q(currency="")),
                name="line_budget_with_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def budget(self) -> Money | None:
        return None if self.budget_minor is None else Money(self.budget_minor, self.currency)


def line_order(line: PlanningLine) -> tuple[int, tuple[str | int, ...]]:
    return line.position, code_order(line.code)


def walk_lines(lines: Iterable[PlanningLine]) -> Iterator[tuple[int, PlanningLine]]:
    """Each line after the one that it is part of, with its depth; a lost parent counts as none."""
    known = list(lines)
    keys = {line.pk for line in known}
    below: defaultdict[int | None, list[PlanningLine]] = defaultdict(list)
    for line in sorted(known, key=line_order):
        below[line.parent_id if line.parent_id in keys else None].append(line)
    waiting = [(0, line) for line in reversed(below[None])]
    while waiting:
        depth, line = waiting.pop()
        yield depth, line
        waiting += [(depth + 1, child) for child in reversed(below[line.pk])]


def programme_of(line: PlanningLine, known: dict[int, PlanningLine]) -> PlanningLine:
    """The programme that the line is or is part of; where none is named, the topmost line."""
    while line.level != PlanningLine.Level.PROGRAMME and line.parent_id in known:
        line = known[line.parent_id]
    return line
