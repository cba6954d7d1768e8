"""Possible overlaps: of activities, and of what bodies are for; decided on and followed (R13)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import Body
from coordination.models import (
    Mechanism,
    Originated,
    Place,
    Standing,
    User,
    takes_part_in,
    within_offices,
)

from .activity import Activity
from .plan import JointWorkPlan


class Settling(models.Model):
    """What is decided of something that may be an overlap, and what became of it."""

    class State(models.TextChoices):
        DETECTED = "detected", _("To be decided")
        ACCEPTED = "accepted", _("Being settled")
        RESOLVED = "resolved", _("Settled")
        DISMISSED = "dismissed", _("Kept: no overlap, or one that helps")

    class Choice(models.TextChoices):
        MERGE = "merge", _("Merge them")
        DIVIDE = "divide", _("Divide places or tasks")
        SEQUENCE = "sequence", _("One after the other")
        KEEP = "keep", _("Keep both as they are")

    OPEN = (State.DETECTED, State.ACCEPTED)

    state = models.CharField(
        _("state"), max_length=9, choices=State.choices, default=State.DETECTED
    )
    decision = models.CharField(_("decision"), max_length=8, choices=Choice.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    outcome = models.CharField(_("what became of it"), max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def look(self) -> str:
        """The status code by which pages show the state."""
        return "being_settled" if self.state == self.State.ACCEPTED else self.state

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


def decided_wholly(name: str) -> models.CheckConstraint:
    """Decision, reason, who and when are all set or all empty."""
    return models.CheckConstraint(
        condition=Q(decision="", reason="", decided_by=None, decided_at=None)
        | (~Q(decision="") & ~Q(reason="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
        name=name,
    )


class OverlapQuerySet(models.QuerySet["Overlap"]):
    def visible_to(self, user: User | AnonymousUser) -> OverlapQuerySet:
        """Those of the mechanisms that one takes part in: what is only possible is not public."""
        return self.filter(first__plan__mechanism__in=takes_part_in(user))

    def decided_by_office_of(self, user: User) -> OverlapQuerySet:
        """Those where the user is focal point, but for own activities (R25)."""
        standing = Standing.of(user)
        there = within_offices(standing.focal_point_offices, "place", "first__plan__mechanism")
        own = Q(first__lead__in=standing.organisations) | Q(second__lead__in=standing.organisations)
        return self.filter(there).exclude(own)

    def of_plan(self, plan: JointWorkPlan) -> OverlapQuerySet:
        return self.filter(Q(first__plan=plan) | Q(second__plan=plan))

    def about(self, activity: Activity) -> OverlapQuerySet:
        return self.filter(Q(first=activity) | Q(second=activity))

    def in_full(self) -> OverlapQuerySet:
        parts = [f"{side}__{part}" for side in ("first", "second") for part in
                 ("plan__mechanism", "plan__place", "lead", "sector")]  # fmt: skip
        return self.select_related(*parts, "place__level", "decided_by")

    def in_order(self) -> OverlapQuerySet:
        """What is to be decided first, then the surest."""
        ranks = [models.When(state=state, then=n) for n, state in enumerate(Overlap.State.values)]
        sure = [models.When(confidence=c, then=n) for n, c in enumerate(Overlap.Confidence.values)]
        return self.order_by(models.Case(*ranks), models.Case(*sure), "first__code", "second__code")


class Overlap(Settling, Originated):
    """Two activities of different leads that may do the same (domain 1.15); always "possible"."""

    class Confidence(models.TextChoices):
        """How near their places are: a ward of both, or a larger one where a ward is missing."""

        WARD = "ward", _("Exact ward")
        SUB_COUNTY = "sub_county", _("Same sub-county")
        COUNTY = "county", _("County-wide")

    # The one that was entered first, by its key.
    first = models.ForeignKey(Activity, models.PROTECT, related_name="overlaps_as_first")
    second = models.ForeignKey(Activity, models.PROTECT, related_name="overlaps_as_second")
    # The place in which both work: of the two that meet the larger one.
    place = models.ForeignKey(Place, models.PROTECT, related_name="overlaps")
    confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence.choices)
    # Whether they still meet; when they no longer do, an open one is settled by that.
    is_met = models.BooleanField(_("they still meet"), default=True)
    detected_at = models.DateTimeField(_("noticed at"))

    objects = OverlapQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible overlap")
        verbose_name_plural = _("possible overlaps")
        constraints = [
            models.UniqueConstraint("first", "second", name="one_overlap_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="overlap_in_order"),
            decided_wholly("overlap_decided_wholly"),
        ]

    def __str__(self) -> str:
        return f"{self.first.code} – {self.second.code}, {self.place}"

    def get_absolute_url(self) -> str:
        return reverse("overlap-detail", args=[self.pk])

    @property
    def mechanism(self) -> Mechanism:
        return self.first.plan.mechanism


class RoleOverlapQuerySet(models.QuerySet["RoleOverlap"]):
    def visible_to(self, user: User | AnonymousUser) -> RoleOverlapQuerySet:
        return self.filter(mechanism__in=takes_part_in(user))

    def in_full(self) -> RoleOverlapQuerySet:
        return self.select_related("mechanism", "first", "second", "raised_by", "decided_by")


class RoleOverlap(Settling, Originated):
    """Two bodies that may be for the same, or whose terms of reference contradict each other."""

    class Kind(models.TextChoices):
        ROLE = "role", _("Both are to do the same")
        TERMS = "terms", _("Their terms of reference contradict each other")

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="role_overlaps")
    first = models.ForeignKey(
        Body, models.PROTECT, related_name="role_overlaps_as_first", verbose_name=_("one body")
    )
    second = models.ForeignKey(
        Body, models.PROTECT, related_name="role_overlaps_as_second",
        verbose_name=_("the other body"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    matter = models.CharField(_("in what"), max_length=500)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(_("raised at"))

    objects = RoleOverlapQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible overlap of bodies")
        verbose_name_plural = _("possible overlaps of bodies")
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="role_overlap_of_two"),
            decided_wholly("role_overlap_decided_wholly"),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"

    def get_absolute_url(self) -> str:
        return reverse("role-overlap-detail", args=[self.pk])
