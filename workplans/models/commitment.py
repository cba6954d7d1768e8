"""Commitments: who puts what into an activity, and how sure that is (R14, domain 1.14)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Award,
    Currency,
    Money,
    Organisation,
    Originated,
    Period,
    Role,
    Standing,
    User,
    serves_in,
)

from .activity import Activity, sees_activity
from .plan import JointWorkPlan

# Those whose focal point answers for their money: the accounting officers' side (domain 1.14).
COUNTY_TYPES = (
    Organisation.Type.COUNTY_GOVERNMENT,
    Organisation.Type.COUNTY_DEPARTMENT,
    Organisation.Type.PROVINCIAL_GOVERNMENT,
    Organisation.Type.PROVINCIAL_DEPARTMENT,
    Organisation.Type.DISTRICT_ADMINISTRATION,
    Organisation.Type.LOCAL_GOVERNMENT,
)


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def visible_to(self, user: User | AnonymousUser) -> CommitmentQuerySet:
        """Those of visible activities for who serves in the mechanism; a donor sees own awards'."""
        donors = Standing.of(user).donors
        inside = Q(activity__plan__mechanism__in=serves_in(user))
        return self.filter(sees_activity(user, "activity")).filter(
            inside | Q(award__donor__in=donors) | Q(organisation__in=donors)
        )

    def of_plan(self, plan: JointWorkPlan) -> CommitmentQuerySet:
        return self.filter(activity__plan=plan)

    def waiting(self) -> CommitmentQuerySet:
        """Those of which a part is not confirmed yet."""
        return self.exclude(state__in=Commitment.OVER).filter(confirmed_minor__lt=F("amount_minor"))

    def confirmed_by_office_of(self, user: User) -> CommitmentQuerySet:
        """Those that the user may confirm: as signatory, or for the county's own money (R14)."""
        standing = Standing.of(user)
        signs_for = {office.organisation for office in standing.holding(Role.PARTNER_SIGNATORY)}
        mine = Q(organisation__in=signs_for)
        for office in standing.focal_point_offices:
            county = Q(organisation__type__in=COUNTY_TYPES)
            county &= Q(organisation__place__path=office.place_path)
            if office.mechanism is not None:
                county &= Q(activity__plan__mechanism=office.mechanism)
            mine |= county
        return self.filter(mine).exclude(activity__plan__mechanism__in=standing.secretariat_of)

    def in_full(self) -> CommitmentQuerySet:
        return self.select_related("activity__plan__mechanism", "organisation__place", "award")


class Commitment(Originated):
    """What one organisation puts into an activity. Amounts are minor units of its currency.

    ``confirmed``, ``released`` and ``spent`` are each a part of the one before.
    """

    class Kind(models.TextChoices):
        CASH = "cash", _("Cash")
        IN_KIND = "in_kind", _("In kind")
        STAFF_TIME = "staff_time", _("Staff time")
        LOGISTICS = "logistics", _("Logistics and per diem")
        DATA = "data", _("Data bundles and incentives")

    class State(models.TextChoices):
        INDICATIVE = "indicative", _("Indicative")
        PARTLY_CONFIRMED = "partly_confirmed", _("Partly confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        PARTLY_RELEASED = "partly_released", _("Partly released")
        RELEASED = "released", _("Released")
        SPENT = "spent", _("Spent")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Approver(models.TextChoices):
        """Whose leave the signatory needs first (P21)."""

        SIGNATORY = "signatory", _("the signatory")
        HEAD_OFFICE = "head_office", _("head office")
        EXECUTIVE = "executive", _("the county executive committee")
        ASSEMBLY = "assembly", _("the county assembly")
        TREASURY = "treasury", _("the treasury")
        DONOR = "donor", _("the donor")

    OVER = (State.CLOSED, State.WITHDRAWN)

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="commitments")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="commitments")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.INDICATIVE
    )
    confirmed_minor = models.BigIntegerField(_("confirmed"), default=0)
    released_minor = models.BigIntegerField(_("released"), default=0)
    # The sum of its spendings, so that a list of commitments needs no second query.
    spent_minor = models.BigIntegerField(_("spent"), default=0)
    # Money that another organisation gave on for this activity; it is counted once (R10).
    passes_on = models.ForeignKey(
        "self", models.PROTECT, related_name="passed_on", null=True, blank=True,
        verbose_name=_("passes on"),
    )  # fmt: skip
    approver = models.CharField(
        _("awaits"), max_length=11, choices=Approver.choices, default=Approver.SIGNATORY
    )
    expected_on = models.DateField(_("decision expected on"), null=True, blank=True)
    award = models.ForeignKey(
        Award, models.PROTECT, related_name="commitments", null=True, blank=True,
        verbose_name=_("award"),
    )  # fmt: skip
    budget_line = models.CharField(_("budget line"), max_length=160, blank=True)
    recipients = models.PositiveIntegerField(_("recipients"), null=True, blank=True)
    conditions = models.CharField(_("conditions"), max_length=500, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="commitments_entered"
    )
    entered_at = models.DateTimeField(_("entered at"))
    # The last deed of the signatory; all empty until there was one.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="commitments_confirmed", null=True,
        blank=True, verbose_name=_("confirmed by"),
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    withdrawal_reason = models.CharField(_("reason of the withdrawal"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="commitment_is_something"),
            models.CheckConstraint(
                condition=Q(confirmed_minor__gte=0, confirmed_minor__lte=F("amount_minor")),
                name="commitment_confirmed_in_part",
            ),
            models.CheckConstraint(
                condition=Q(released_minor__gte=0, released_minor__lte=F("confirmed_minor")),
                name="commitment_released_in_part",
            ),
            models.CheckConstraint(
                condition=Q(spent_minor__gte=0, spent_minor__lte=F("released_minor")),
                name="commitment_spent_in_part",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None, confirmed_minor=0)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="commitment_confirmed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn") ^ Q(withdrawal_reason=""),
                name="commitment_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.amount}, {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("commitment-detail", args=[self.pk])

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def confirmed(self) -> Money:
        return Money(self.confirmed_minor, self.currency)

    @property
    def released(self) -> Money:
        return Money(self.released_minor, self.currency)

    @property
    def spent(self) -> Money:
        return Money(self.spent_minor, self.currency)

    @property
    def unaccounted(self) -> Money:
        """What was released and is not told as spent."""
        return Money(self.released_minor - self.spent_minor, self.currency)

    @property
    def unconfirmed(self) -> Money:
        """What is promised and not confirmed; nothing once it is closed or withdrawn."""
        return Money(self.pledged_minor - self.counted_minor, self.currency)

    @property
    def counted_minor(self) -> int:
        """What counts as confirmed: of a withdrawn one, what had been handed over before."""
        return self.released_minor if self.state == self.State.WITHDRAWN else self.confirmed_minor

    @property
    def pledged_minor(self) -> int:
        """What is promised in all; once it is over, no more than what counts."""
        return self.counted_minor if self.is_over else self.amount_minor

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER

    @property
    def takes_spending(self) -> bool:
        """Whether what was released is still told as spent: also of a withdrawn one (R14)."""
        return bool(self.released_minor) and self.state != self.State.CLOSED

    @property
    def is_waiting(self) -> bool:
        return not self.is_over and self.confirmed_minor < self.amount_minor

    def days_waiting(self, *, on: dt.date) -> int | None:
        """Days since it was entered while a part is not confirmed; else None.

        They are counted to the last day of the plan's year: after it nothing is waited for.
        """
        if not self.is_waiting:
            return None
        plan = self.activity.plan
        entered = self.entered_at.astimezone(plan.mechanism.zone).date()
        return max((min(on, plan.last_day) - entered).days, 0)

    def state_by_amounts(self) -> str:
        """The state that its amounts give; closing and withdrawing are deeds of their own."""
        if not self.confirmed_minor:
            return self.State.INDICATIVE
        if not self.released_minor:
            whole = self.confirmed_minor == self.amount_minor
            return self.State.CONFIRMED if whole else self.State.PARTLY_CONFIRMED
        if self.released_minor < self.confirmed_minor:
            return self.State.PARTLY_RELEASED
        whole = self.spent_minor == self.released_minor
        return self.State.SPENT if whole else self.State.RELEASED


class Spending(models.Model):
    """What was spent of a commitment in one period."""

    commitment = models.ForeignKey(Commitment, models.PROTECT, related_name="spendings")
    period = models.ForeignKey(Period, models.PROTECT, related_name="spendings")
    amount_minor = models.BigIntegerField(_("spent"))

    class Meta:
        verbose_name = _("spending")
        verbose_name_plural = _("spendings")
        constraints = [
            models.UniqueConstraint("commitment", "period", name="one_spending_per_period"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="spending_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.commitment.currency)
