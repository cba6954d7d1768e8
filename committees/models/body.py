"""Bodies of a mechanism: committees, working groups, county structures, liaison teams."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Originated,
    Place,
    PlaceLevel,
    Sector,
    Visitor,
    add_months,
    sees_mechanism,
)


class StakeholderGroup(models.TextChoices):
    """Whose side a seat represents; a quorum may ask for some of each (R18)."""

    GOVERNMENT = "government", _("Government")
    ASSEMBLY = "assembly", _("Elected representatives")
    DONOR = "donor", _("Donors")
    PARTNER = "partner", _("Implementing partners")
    CIVIL_SOCIETY = "civil_society", _("Civil society")
    COMMUNITY = "community", _("Communities")
    PRIVATE_SECTOR = "private_sector", _("Private sector")
    LABOUR = "labour", _("Trade unions")
    RESEARCH = "research", _("Academia and research")
    MEDIA = "media", _("Media")


class BodyQuerySet(models.QuerySet["Body"]):
    def visible_to(self, user: Visitor) -> BodyQuerySet:
        """Bodies of the mechanisms that the user sees."""
        return self.filter(sees_mechanism(user, "mechanism"))

    def promising(self) -> BodyQuerySet:
        """Those that owe meetings at an interval (R17)."""
        return self.filter(state__in=Body.PROMISING, interval__isnull=False)

    def in_order(self) -> BodyQuerySet:
        return self.order_by("position", "name", "pk")


class Body(Originated):
    """A committee, working group or county structure; notified is not the same as meeting (R17)."""

    class Kind(models.TextChoices):
        STEERING = "steering", _("Steering committee")
        DIALOGUE = "dialogue", _("Policy dialogue committee")
        SECTOR = "sector", _("Sector coordination committee")
        WORKING_GROUP = "working_group", _("Working group")
        OPERATIONAL = "operational", _("Operational steering committee")
        DISTRICT = "district", _("District coordination committee")
        REVIEW = "review", _("Review committee")
        CORE = "core", _("Core committee")
        COUNTY = "county", _("County structure")
        LIAISON = "liaison", _("Liaison team")
        THEMATIC = "thematic", _("Thematic group")
        JOINT = "joint", _("Joint committee")
        FORUM = "forum", _("Forum")
        PLENARY = "plenary", _("Plenary of the mechanism")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        DRAFTED = "drafted", _("Terms of reference drafted")
        TABLED = "tabled", _("Terms of reference tabled")
        NOTIFIED = "notified", _("Notified")
        CONFIGURED = "configured", _("Configured")
        MEETING = "meeting", _("Meeting")
        SUSPENDED = "suspended", _("Suspended")
        DISSOLVED = "dissolved", _("Dissolved")

    class Unit(models.TextChoices):
        WEEK = "week", _("weeks")
        MONTH = "month", _("months")

    PROMISING = (State.NOTIFIED, State.CONFIGURED, State.MEETING)
    CONFIGURED = (State.CONFIGURED, State.MEETING)
    NOT_YET = (State.PROPOSED, State.DRAFTED, State.TABLED)
    # Which states each may be moved to (domain 1.2); who moves it stands in permissions.
    NEXT_STATES = {
        State.PROPOSED: (State.DRAFTED, State.DISSOLVED),
        State.DRAFTED: (State.TABLED, State.DISSOLVED),
        State.TABLED: (State.NOTIFIED, State.DRAFTED, State.DISSOLVED),
        State.NOTIFIED: (State.CONFIGURED, State.SUSPENDED, State.DISSOLVED),
        State.CONFIGURED: (State.MEETING, State.SUSPENDED, State.DISSOLVED),
        State.MEETING: (State.SUSPENDED, State.DISSOLVED),
        State.SUSPENDED: (State.NOTIFIED, State.CONFIGURED, State.MEETING, State.DISSOLVED),
        State.DISSOLVED: (),
    }

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="bodies")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True,
        verbose_name=_("under"),
    )  # fmt: skip
    reports_to = models.ForeignKey(
        "self", models.PROTECT, related_name="reported_by", null=True, blank=True,
        verbose_name=_("reports to"),
        help_text=_("Where its issues are escalated to. Empty: the body that it stands under."),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices, blank=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40)
    slug = models.SlugField(_("address part"), max_length=60)
    place = models.ForeignKey(Place, models.PROTECT, related_name="bodies", null=True, blank=True)
    sectors = models.ManyToManyField(
        Sector, related_name="bodies", blank=True, verbose_name=_("sectors")
    )
    purpose = models.TextField(_("purpose"), blank=True)
    duties = models.TextField(_("duties"), blank=True, help_text=_("One on a line."))
    chair_post = models.CharField(_("chair"), max_length=160, blank=True)
    composition = models.TextField(_("composition"), blank=True)
    is_standing = models.BooleanField(
        _("standing"), default=True, help_text=_("Not set up for one task alone.")
    )
    established_on = models.DateField(_("established on"), null=True, blank=True)
    frequency = models.CharField(_("meets"), max_length=60, blank=True)
    interval = models.PositiveSmallIntegerField(
        _("interval between meetings"), null=True, blank=True,
        help_text=_("What the frequency promises: 3 months for a body that meets every quarter."),
    )  # fmt: skip
    interval_unit = models.CharField(
        _("unit of the interval"), max_length=5, choices=Unit.choices, default=Unit.MONTH
    )
    quorum_seats = models.PositiveSmallIntegerField(
        _("seats needed for a quorum"), null=True, blank=True
    )
    quorum_percent = models.PositiveSmallIntegerField(
        _("per cent of the seats needed for a quorum"), null=True, blank=True
    )
    quorum_of_voting = models.BooleanField(
        _("only voting seats count for the quorum"), default=False
    )
    # Whose performance it reviews and to whom it gives grants (C10): most bodies to nobody.
    reviews_level = models.ForeignKey(
        PlaceLevel, models.PROTECT, related_name="bodies", null=True, blank=True,
        verbose_name=_("reviews, and gives grants to"),
        help_text=_("Such as communes. Empty: it reviews no places and gives no grants."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    notified_by = models.CharField(_("notified by"), max_length=160, blank=True)
    notified_on = models.DateField(_("notified on"), null=True, blank=True)
    # That it was configured is told for ever, whatever has become of it since (R17).
    configured_on = models.DateField(_("configured on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Rises with every edit: the second of two editors is shown both versions (R27).
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BodyQuerySet.as_manager()

    class Meta:
        verbose_name = _("body")
        verbose_name_plural = _("bodies")
        constraints = [
            models.UniqueConstraint("mechanism", "slug", name="one_body_per_address"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")), name="body_is_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=~Q(reports_to=models.F("id")), name="body_does_not_report_to_itself"
            ),
            models.CheckConstraint(
                condition=~Q(state="suspended") | ~Q(state_reason=""),
                name="body_suspended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(quorum_percent=None) | Q(quorum_percent__range=(1, 100)),
                name="body_quorum_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("body-detail", args=[self.mechanism.slug, self.slug])

    def clean(self) -> None:
        """No body stands under itself, however far up, and all of a line are of one mechanism."""
        for field in ("parent", "reports_to", "escalates_to"):
            above = getattr(self, field)
            at = "reports_to" if field == "escalates_to" else field
            if above and above.mechanism_id != self.mechanism_id:
                raise ValidationError({at: _("This body belongs to another mechanism.")})
            while above is not None:
                if above.pk is not None and above.pk == self.pk:
                    raise ValidationError({at: _("A body cannot stand under itself.")})
                above = getattr(above, field)

    @property
    def next_states(self) -> tuple[Body.State, ...]:
        """The states that it can be moved to from the one that it is in."""
        return self.NEXT_STATES[self.State(self.state)]

    @property
    def is_configured(self) -> bool:
        """Whether its seats were filled once, which says nothing of meetings (R17)."""
        return self.configured_on is not None or self.state in self.CONFIGURED

    @property
    def is_in_place(self) -> bool:
        """Whether an authority has notified it."""
        return self.state not in self.NOT_YET

    @property
    def escalates_to(self) -> Body | None:
        """The body that its issues go up to: the declared line, else the body above."""
        return self.reports_to or self.parent

    @property
    def there_since(self) -> dt.date | None:
        """Its notification; of a body that nobody notifies, the day on which it was set up."""
        return self.notified_on or self.established_on

    def next_due_on(self, last: dt.date | None) -> dt.date | None:
        """The day by which the body promised to meet again after ``last``; None without a promise.

        A body that never met counts from the day on which it was there (R17).
        """
        begun = last or self.there_since
        if begun is None or self.state not in self.PROMISING:
            return None
        return self.due_after(begun)

    def due_after(self, begun: dt.date) -> dt.date | None:
        """The end of its interval, counted from the day, whatever its state; None without one."""
        if self.interval is None:
            return None
        if self.interval_unit == self.Unit.WEEK:
            return begun + dt.timedelta(weeks=self.interval)
        month = add_months(begun, self.interval)
        next_month = add_months(month, 1)
        return min(month + dt.timedelta(days=begun.day - 1), next_month - dt.timedelta(days=1))


class QuorumGroup(models.Model):
    """How many of one stakeholder group a body's quorum asks for (R18)."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="quorum_groups")
    group = models.CharField(_("group"), max_length=14, choices=StakeholderGroup.choices)
    minimum = models.PositiveSmallIntegerField(_("at least"), default=1)

    class Meta:
        verbose_name = _("quorum of a group")
        verbose_name_plural = _("quorum of groups")
        constraints = [
            models.UniqueConstraint("body", "group", name="one_quorum_per_body_and_group")
        ]

    def __str__(self) -> str:
        return f"{self.get_group_display()}: {self.minimum}"


class BodyAlias(models.Model):
    """A name and address that a body bore before: its links go on working."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="aliases")
    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="body_aliases")
    # Empty where only the name was another.
    slug = models.SlugField(_("address part"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("former name of a body")
        verbose_name_plural = _("former names of bodies")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "slug", condition=~Q(slug=""), name="one_alias_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.name
