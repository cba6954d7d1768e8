"""Joint work plans: what a mechanism will do together in one place and one fiscal year."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Organisation,
    Originated,
    Place,
    Visitor,
    sees_mechanism,
    takes_part_in,
)

from .code import validate_plan_slug


class PlanQuerySet(models.QuerySet["JointWorkPlan"]):
    def visible_to(self, user: Visitor) -> PlanQuerySet:
        """Published plans of public mechanisms for everyone, all others for who takes part."""
        return self.filter(sees_plan(user))


def sees_plan(user: Visitor, plan: str = "") -> Q:
    """The condition that a plan, to which the field leads, is one that ``user`` sees."""
    at = f"{plan}__" if plan else ""
    public = Q(**{f"{at}is_published": True}) & sees_mechanism(user, f"{at}mechanism")
    return public | Q(**{f"{at}mechanism__in": takes_part_in(user)})


class JointWorkPlan(Originated):
    """The plan of one mechanism, one place and one fiscal year (domain 1.10)."""

    class State(models.TextChoices):
        INITIATED = "initiated", _("Initiated")
        DRAFTING = "drafting", _("Being drafted")
        CONSOLIDATED = "consolidated", _("Consolidated")
        VALIDATED = "validated", _("Validated")
        SIGNED = "signed", _("Signed")
        IN_IMPLEMENTATION = "in_implementation", _("In implementation")
        CLOSED = "closed", _("Closed")
        EVALUATED = "evaluated", _("Evaluated")

    # Not agreed yet: nothing is owed under it.
    BEFORE_SIGNING = (State.INITIATED, State.DRAFTING, State.CONSOLIDATED, State.VALIDATED)
    # While its lines are still being gathered.
    DRAFTED = (State.INITIATED, State.DRAFTING)
    # While it is in force, its signed lines are amended by who signed them.
    IN_FORCE = (State.SIGNED, State.IN_IMPLEMENTATION)
    OVER = (State.CLOSED, State.EVALUATED)
    # What the government or the review committee decides; the secretariat records such a decision.
    DECIDED = (State.VALIDATED, State.CLOSED)
    # Sent back to be drafted on from these.
    RETURNABLE = (State.CONSOLIDATED, State.VALIDATED)

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="plans")
    place = models.ForeignKey(Place, models.PROTECT, related_name="plans")
    calendar = models.ForeignKey(FiscalCalendar, models.PROTECT, related_name="plans")
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("ends before"))
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("address part"), max_length=60, validators=[validate_plan_slug])
    lead_department = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plans_led", null=True, blank=True
    )
    # Empty: the backbone of the mechanism. One of its own comes and goes by a handover, with its
    # term (P26); it stays when that of the mechanism changes.
    backbone = models.ForeignKey(
        Organisation, models.PROTECT, related_name="plans_served", null=True, blank=True
    )
    state = models.CharField(
        _("state"), max_length=17, choices=State.choices, default=State.INITIATED
    )
    is_published = models.BooleanField(_("published"), default=False)
    # Rises with every edit: the second of two editors is shown both versions (R27).
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("joint work plan")
        verbose_name_plural = _("joint work plans")
        constraints = [
            models.UniqueConstraint("mechanism", "slug", name="one_plan_per_address"),
            models.CheckConstraint(
                condition=Q(ends_before__gt=models.F("starts_on")), name="plan_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plan-detail", args=[self.mechanism.slug, self.slug])

    @property
    def next_state(self) -> str | None:
        """The state that comes after the one it is in; None after the last."""
        states = list(self.State)
        later = states[states.index(self.State(self.state)) + 1 :]
        return later[0] if later else None

    @property
    def served_by(self) -> Organisation | None:
        """Its backbone: its own, else that of its mechanism; both are best loaded with it."""
        return self.backbone or self.mechanism.backbone

    @property
    def is_over(self) -> bool:
        """Whether it is closed: nothing in it changes any more."""
        return self.state in self.OVER

    @property
    def is_returnable(self) -> bool:
        return self.state in self.RETURNABLE

    def is_past(self, *, on: dt.date) -> bool:
        """Whether its year is over on the day, while it is still open."""
        return not self.is_over and self.ends_before <= on

    @property
    def last_day(self) -> dt.date:
        """The last day of its year."""
        return self.ends_before - dt.timedelta(days=1)

    @property
    def year_label(self) -> str:
        return self.calendar.label_year(self.starts_on)
