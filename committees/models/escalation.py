"""Escalations: an issue goes up the declared line, and its answer comes back (domain 1.24)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Organisation,
    Originated,
    Place,
    Sector,
    Standing,
    Visitor,
    takes_part_in,
)

from .body import Body
from .search import SearchIndex, SearchText
from .seat import bodies_kept_by, bodies_sat_on


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, user: Visitor) -> EscalationQuerySet:
        """For who raised it, one's organisation, the secretariat, and the bodies it has reached."""
        standing = Standing.of(user)
        bodies = set(bodies_sat_on(user)) | set(bodies_kept_by(user))
        reached = EscalationStep.objects.filter(body__in=bodies).values("escalation")
        inside = Q(mechanism__in=takes_part_in(user))
        raised = Q(raised_by=user.pk) & inside if user.pk else Q(pk__in=[])
        ours = Q(raised_for__in=standing.organisations) & inside
        kept = Q(mechanism__in=standing.secretariat_of)
        return self.filter(raised | ours | kept | Q(from_body__in=bodies) | Q(pk__in=reached))

    def waiting_at(self, bodies: Iterable[int]) -> EscalationQuerySet:
        """Those whose answer is one of the bodies' to give: the highest level that has not."""
        open_steps = EscalationStep.objects.filter(escalation=models.OuterRef("pk"))
        current = open_steps.filter(answered_at=None).order_by("-position").values("body")[:1]
        return self.unanswered().annotate(at=models.Subquery(current)).filter(at__in=bodies)

    def with_levels(self) -> EscalationQuerySet:
        """Loads the levels that each has reached, with their bodies, and who raised it."""
        steps = EscalationStep.objects.select_related("body").order_by("position")
        levels = models.Prefetch("steps", steps)
        return self.select_related("raised_for", "place", "raised_by").prefetch_related(levels)

    def in_order(self) -> EscalationQuerySet:
        """Those that wait for an answer first, by the day on which it is due."""
        waits = models.Case(models.When(state__in=Escalation.UNANSWERED, then=0), default=1)
        return self.order_by(waits, "due_on", "pk")

    def unanswered(self) -> EscalationQuerySet:
        return self.filter(state__in=Escalation.UNANSWERED)

    def overdue(self, *, on: dt.date) -> EscalationQuerySet:
        """Those whose answer was due before the day and has not been given."""
        return self.filter(state__in=Escalation.UNANSWERED, due_on__lt=on)


class Escalation(Originated):
    """An issue, need or gap that is raised to a body, and cannot close without an answer (S23)."""

    class Severity(models.TextChoices):
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    class State(models.TextChoices):
        RAISED = "raised", _("Raised")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        IN_HAND = "in_hand", _("In hand")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")

    UNANSWERED = (State.RAISED, State.ACKNOWLEDGED, State.IN_HAND)

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="escalations")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="escalations_raised"
    )
    raised_for = models.ForeignKey(
        Organisation, models.PROTECT, related_name="escalations", null=True, blank=True,
        verbose_name=_("raised for"),
    )  # fmt: skip
    from_body = models.ForeignKey(
        Body, models.PROTECT, related_name="escalations_raised", null=True, blank=True,
        verbose_name=_("raised by the body"),
    )  # fmt: skip
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="escalations", null=True, blank=True,
        verbose_name=_("place"),
    )  # fmt: skip
    sector = models.ForeignKey(
        Sector, models.PROTECT, related_name="escalations", null=True, blank=True,
        verbose_name=_("sector"),
    )  # fmt: skip
    title = models.CharField(_("issue"), max_length=200)
    text = models.TextField(_("what it is about, and what is asked for"))
    severity = models.CharField(
        _("severity"), max_length=6, choices=Severity.choices, default=Severity.NORMAL
    )
    due_on = models.DateField(_("answer due on"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RAISED)
    raised_at = models.DateTimeField(_("raised at"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        indexes = [SearchIndex(SearchText("title", "text", "answer"), name="escalation_search")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "closed"]) | ~Q(answer=""),
                name="escalation_closes_with_an_answer",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("escalation-detail", args=[self.pk])

    @property
    def is_with(self) -> Body | None:
        """Of one loaded `with_levels`: the body whose answer is to be given; None once it is."""
        waiting = [step for step in self.steps.all() if step.answered_at is None]
        return waiting[-1].body if waiting else None

    @property
    def is_unanswered(self) -> bool:
        return self.state in self.UNANSWERED

    def is_overdue(self, *, on: dt.date) -> bool:
        return self.is_unanswered and self.due_on < on


class EscalationStep(models.Model):
    """One level that the issue has reached: when it came, went up, and was answered."""

    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="steps")
    body = models.ForeignKey(Body, models.PROTECT, related_name="escalations_received")
    position = models.PositiveSmallIntegerField(_("level"))
    received_at = models.DateTimeField(_("received at"))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    passed_up_at = models.DateTimeField(_("passed up at"), null=True, blank=True)
    passed_up_reason = models.CharField(_("why it was passed up"), max_length=300, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.TextField(_("answer to the level below"), blank=True)

    class Meta:
        verbose_name = _("level of an escalation")
        verbose_name_plural = _("levels of escalations")
        constraints = [
            models.UniqueConstraint("escalation", "position", name="one_step_per_level"),
        ]

    def __str__(self) -> str:
        return f"{self.escalation}: {self.body}"


class EscalationNoteQuerySet(models.QuerySet["EscalationNote"]):
    def visible_to(self, user: Visitor) -> EscalationNoteQuerySet:
        """Those of the levels on which the user sits, or whose papers one keeps."""
        return self.filter(step__body__in={*bodies_sat_on(user), *bodies_kept_by(user)})


class EscalationNote(models.Model):
    """What one level says among itself: the level below does not read it."""

    step = models.ForeignKey(EscalationStep, models.PROTECT, related_name="notes")
    text = models.TextField(_("note"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="escalation_notes"
    )
    written_at = models.DateTimeField(_("written at"))

    objects = EscalationNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note on an escalation")
        verbose_name_plural = _("notes on escalations")

    def __str__(self) -> str:
        return f"{self.step}"
