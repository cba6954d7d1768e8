"""Mechanisms: who coordinates what, where, towards which goal, with which members."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .office import Role, Standing, asked_once
from .organisation import Award, Organisation
from .origin import Originated
from .period import FiscalCalendar, Period
from .place import Place, within_path
from .sector import Sector
from .user import Visitor


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class MechanismQuerySet(models.QuerySet["Mechanism"]):
    def visible_to(self, user: Visitor) -> MechanismQuerySet:
        """Public mechanisms for everyone, the others for who takes part in them."""
        return self.filter(sees_mechanism(user))

    def taking_part(self, user: Visitor) -> MechanismQuerySet:
        """Those in which the user holds an office: there, for a member, a donor, or a county."""
        return self.filter(pk__in=takes_part_in(user))

    def on_record_for(self, user: Visitor) -> MechanismQuerySet:
        """Those whose record, which names people, the user may read: an administrator, all."""
        standing = Standing.of(user)
        return self if standing.is_administrator else self.taking_part(user)

    def with_member_count(self, *, on: dt.date) -> MechanismQuerySet:
        """Adds ``member_count``: the members on the day."""
        current = Membership.objects.current(on=on).filter(mechanism=models.OuterRef("pk"))
        counted = current.values("mechanism").annotate(number=models.Count("pk")).values("number")
        return self.annotate(member_count=Coalesce(models.Subquery(counted), 0))

    def operating(self) -> MechanismQuerySet:
        return self.filter(state__in=[Mechanism.State.LAUNCHED, Mechanism.State.OPERATING])


def sees_mechanism(user: Visitor, mechanism: str = "") -> Q:
    """The condition that a mechanism, to which the field leads, is one that ``user`` sees.

    Public ones everyone, the others who takes part in them; an administrator all.
    """
    if Standing.of(user).is_administrator:
        return ~Q(pk__in=[])
    at = f"{mechanism}__" if mechanism else ""
    return Q(**{f"{at}is_public": True}) | Q(**{f"{at}pk__in": takes_part_in(user)})


def takes_part_in(user: Visitor) -> tuple[int, ...]:
    """The keys of the mechanisms that ``user`` takes part in, read once a page (decision 20).

    As keys, for they are few, and nearly every rule of rights asks for them: as a condition each
    rule would join the same six tables again.
    """
    standing = Standing.of(user)
    return asked_once(standing, lambda: _takes_part_in(standing))


def serves_in(user: Visitor) -> tuple[int, ...]:
    """The keys of the mechanisms in which ``user`` does more than give money (domain 1.33)."""
    standing = Standing.of(user)
    others = tuple(office for office in standing.offices if office.role != Role.DONOR_OFFICER)
    if len(others) == len(standing.offices):
        return takes_part_in(user)
    return _takes_part_in(Standing(standing.on, others))


def _takes_part_in(standing: Standing) -> tuple[int, ...]:
    if not standing.offices:
        return ()
    # By employment alone nobody takes part: a county's office that names another mechanism, say.
    concerned = Q(pk__in=standing.mechanisms)
    if standing.reports_for:
        memberships = Membership.objects.current(on=standing.on)
        member_of = memberships.filter(organisation__in=standing.reports_for)
        concerned |= Q(pk__in=member_of.values("mechanism"))
    if standing.donors:
        funded = Award.objects.filter(donor__in=standing.donors)
        concerned |= Q(conveners__in=standing.donors) | Q(awards__in=funded)
    for office in standing.county_offices:
        # One that names its mechanism is among the first; it opens no other of its county.
        if office.mechanism is None and office.place_path is not None:
            concerned |= within_path(office.place_path, "places")
    keys = Mechanism.objects.filter(concerned).values_list("pk", flat=True)
    return tuple(sorted(set(keys)))


class Mechanism(Originated):
    """A coordination mechanism, network, alliance or programme structure (domain 1.1)."""

    class Kind(models.TextChoices):
        COUNTY = "county", _("County coordination mechanism")
        NETWORK = "network", _("Partnership network")
        ALLIANCE = "alliance", _("Provincial alliance")
        PROGRAMME = "programme", _("Programme with steering structure")
        FORUM = "forum", _("Development partners’ forum")
        PARTNERSHIPS = "partnerships", _("State and civil society partnerships")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        LAUNCHED = "launched", _("Launched")
        OPERATING = "operating", _("Operating")
        DORMANT = "dormant", _("Dormant")
        CLOSED = "closed", _("Closed")

    # Which states each may be moved to, on the word of its chair (domain 1.1).
    NEXT_STATES = {
        State.PROPOSED: (State.LAUNCHED, State.CLOSED),
        State.LAUNCHED: (State.OPERATING, State.DORMANT, State.CLOSED),
        State.OPERATING: (State.DORMANT, State.CLOSED),
        State.DORMANT: (State.OPERATING, State.CLOSED),
        State.CLOSED: (),
    }

    name = models.CharField(_("name"), max_length=200, unique=True)
    short_name = models.CharField(_("short name"), max_length=40)
    slug = models.SlugField(_("address part"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    country = models.ForeignKey(Place, models.PROTECT, related_name="mechanisms_of_country")
    places = models.ManyToManyField(
        Place, related_name="mechanisms", verbose_name=_("places covered")
    )
    conveners = models.ManyToManyField(Organisation, related_name="convenes", blank=True)
    backbone = models.ForeignKey(
        Organisation, models.PROTECT, related_name="backbone_of", null=True, blank=True
    )
    awards = models.ManyToManyField(Award, related_name="mechanisms", blank=True)
    sectors = models.ManyToManyField(
        Sector, related_name="mechanisms", blank=True, verbose_name=_("sectors")
    )
    launched_on = models.DateField(_("launched on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    purpose = models.TextField(_("purpose"), blank=True)
    goal = models.TextField(_("goal"), blank=True)
    membership_rule = models.TextField(_("membership rule"), blank=True)
    source_note = models.TextField(_("source note"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, validators=[validate_time_zone])
    calendar = models.ForeignKey(
        FiscalCalendar,
        models.PROTECT,
        related_name="leading_for",
        help_text=_("The calendar whose year runs in the mechanism's plans and year to date."),
    )
    other_calendars = models.ManyToManyField(FiscalCalendar, related_name="used_by", blank=True)
    report_due_days = models.PositiveSmallIntegerField(
        _("days from the end of a quarter to the due date"), default=30
    )
    is_public = models.BooleanField(_("public page"), default=True)

    objects = MechanismQuerySet.as_manager()

    class Meta:
        verbose_name = _("mechanism")
        verbose_name_plural = _("mechanisms")

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("mechanism-detail", args=[self.slug])

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def today(self, at: dt.datetime | None = None) -> dt.date:
        """The day that it is in the mechanism's own zone, at the moment or now (R5)."""
        return timezone.localdate(at, self.zone)

    @property
    def next_states(self) -> tuple[Mechanism.State, ...]:
        """The states that it can be moved to from the one that it is in."""
        return self.NEXT_STATES[self.State(self.state)]

    def end_of_day(self, day: dt.date) -> dt.datetime:
        """The first moment after ``day`` in the mechanism's own zone (R5)."""
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=self.zone)


class Objective(models.Model):
    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="objectives")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.TextField(_("text"))
    approach = models.TextField(_("activities named"), blank=True, help_text=_("One on a line."))

    class Meta:
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        constraints = [
            models.UniqueConstraint("mechanism", "number", name="one_objective_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class GoalMeasure(models.Model):
    """One measure of the goal: what shall change, which way, by how much, until when."""

    class Direction(models.TextChoices):
        INCREASE = "increase", _("Higher is better")
        DECREASE = "decrease", _("Lower is better")
        MAINTAIN = "maintain", _("To be kept")

    mechanism = models.ForeignKey(Mechanism, models.CASCADE, related_name="goal_measures")
    what = models.CharField(_("what"), max_length=200)
    change = models.CharField(_("change"), max_length=60)
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    by_year = models.PositiveSmallIntegerField(_("by year"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("measure of the goal")
        verbose_name_plural = _("measures of the goal")

    def __str__(self) -> str:
        return f"{self.what}: {self.change}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, *, on: dt.date) -> MembershipQuerySet:
        return self.filter(Q(joined_on=None) | Q(joined_on__lte=on)).filter(
            Q(left_on=None) | Q(left_on__gte=on)
        )

    def with_exempt_places(self) -> MembershipQuerySet:
        """Loads the places that each does not report for, in the order of the tree."""
        return self.prefetch_related(
            models.Prefetch("exempt_places", Place.objects.order_by("path"))
        )

    def in_full(self) -> MembershipQuerySet:
        """With both sides."""
        return self.select_related("mechanism", "organisation")

    def during(self, period: Period) -> MembershipQuerySet:
        """Those held for some time of the period, whether they ended since or not."""
        return self.held_within(period.starts_on, period.ends_before)

    def held_within(
        self, starts_on: dt.date | models.OuterRef, ends_before: dt.date | models.OuterRef
    ) -> MembershipQuerySet:
        """Those held for some time of the stretch, whether they ended since or not."""
        return self.filter(
            Q(joined_on=None) | Q(joined_on__lt=ends_before),
            Q(left_on=None) | Q(left_on__gte=starts_on),
        )


class Membership(Originated):
    """An organisation's membership; an empty ``joined_on`` means that the date is not known."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("last day"), null=True, blank=True)
    is_founding = models.BooleanField(_("founding member"), default=False)
    role = models.CharField(_("role"), max_length=120, blank=True)
    exempt_places = models.ManyToManyField(
        Place,
        related_name="exempt_memberships",
        blank=True,
        verbose_name=_("does not report for"),
    )
    exemption_reason = models.CharField(_("reason of exemption"), max_length=200, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                "mechanism",
                "organisation",
                condition=Q(left_on=None),
                name="one_current_membership",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None)
                | Q(joined_on=None)
                | Q(left_on__gte=models.F("joined_on")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} in {self.mechanism}"
