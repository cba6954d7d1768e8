"""Phases of a joint planning process: sessions, checklists, and gates passed by two (1.11)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import Meeting, Seat
from coordination.models import Organisation, Originated, Visitor

from .plan import JointWorkPlan, sees_plan


class Step(models.TextChoices):
    """What a phase is in the cycle, whatever a plan calls it; official steps hook on to it."""

    PREPARE = "prepare", _("Prepare and convene")
    HARVEST = "harvest", _("Harvest priorities and review evidence")
    NEGOTIATE = "negotiate", _("Co-create and negotiate")
    SIGN = "sign", _("Cost, validate and sign")
    IMPLEMENT = "implement", _("Implement together")
    REVIEW = "review", _("Review, learn and adapt")


class PhaseQuerySet(models.QuerySet["Phase"]):
    def visible_to(self, user: Visitor) -> PhaseQuerySet:
        """Phases are seen with their plan; who was there by name, only from inside (R24)."""
        return self.in_plan().filter(sees_plan(user, "plan"))

    def in_plan(self) -> PhaseQuerySet:
        """Without those that were taken out."""
        return self.filter(is_taken_out=False)

    def in_order(self) -> PhaseQuerySet:
        return self.in_plan().order_by("position", "pk")

    def with_points(self) -> PhaseQuerySet:
        """Adds ``points``, how many there are, and ``points_done``."""
        done = models.Count("items", filter=Q(items__done_on__isnull=False), distinct=True)
        return self.annotate(points=models.Count("items", distinct=True), points_done=done)


class Phase(Originated):
    """One phase of a plan's process. Its gate is passed by the focal point and the secretariat."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        UNDER_WAY = "under_way", _("Under way")
        GATE_REQUESTED = "gate_requested", _("Gate requested")
        SENT_BACK = "sent_back", _("Sent back")
        PASSED = "passed", _("Passed")

    # While it is worked on: its lists are filled and its gate may be asked for.
    OPEN = (State.UNDER_WAY, State.SENT_BACK)

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="phases")
    position = models.PositiveSmallIntegerField(_("order"))
    step = models.CharField(
        _("step of the cycle"), max_length=10, choices=Step.choices, blank=True,
        help_text=_("The official calendar is measured against it, whatever the phase is called."),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    purpose = models.TextField(_("purpose"), blank=True)
    methods = models.TextField(_("methods, tools and expertise"), blank=True)
    agenda = models.TextField(_("agenda"), blank=True)
    participants = models.TextField(_("participants expected"), blank=True)
    facilitator = models.CharField(_("facilitator"), max_length=160, blank=True)
    planned_start = models.DateField(_("planned to begin on"), null=True, blank=True)
    planned_end = models.DateField(_("planned to end on"), null=True, blank=True)
    started_on = models.DateField(_("began on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=14, choices=State.choices, default=State.NOT_STARTED
    )
    # The days that calendars showed before both were cleared: there it is cancelled (R20).
    cleared_first = models.DateField(_("first day, cleared"), null=True, editable=False)
    cleared_last = models.DateField(_("last day, cleared"), null=True, editable=False)
    # Taken out before it began, it stays in calendar feeds as cancelled (R20).
    is_taken_out = models.BooleanField(_("taken out"), default=False, editable=False)
    # The calendar's name of it for its whole life, and how often its days changed (R20).
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PhaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_end=None)
                | Q(planned_start=None)
                | Q(planned_end__gte=models.F("planned_start")),
                name="phase_planned_to_end_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None)
                | Q(started_on=None)
                | Q(ended_on__gte=models.F("started_on")),
                name="phase_ends_after_start",
            ),
            models.UniqueConstraint(
                "plan",
                "step",
                condition=~Q(step="") & Q(is_taken_out=False),
                name="one_phase_per_step",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """With its plan and mechanism loaded."""
        return reverse("phase-detail", args=[self.plan.mechanism.slug, self.plan.slug, self.pk])

    @property
    def starts(self) -> dt.date | None:
        """When it began; before that, when it is to begin."""
        return self.started_on or self.planned_start

    @property
    def ends(self) -> dt.date | None:
        """When it ended; before that, when it is to end."""
        return self.ended_on or self.planned_end

    @property
    def days(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last day on which calendars show it; one that is known stands alone."""
        first, last = self.starts or self.ends, self.ends or self.starts
        return None if first is None or last is None else (first, max(first, last))

    @property
    def cleared_days(self) -> tuple[dt.date, dt.date] | None:
        """Where calendars are told that it is cancelled, as it has no days any more (R20)."""
        if self.days or self.cleared_first is None or self.cleared_last is None:
            return None
        return self.cleared_first, self.cleared_last

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_left_open(self) -> bool:
        """Whether its plan is over and its gate was never passed; with its plan loaded."""
        return self.plan.is_over and self.state != self.State.PASSED

    @property
    def state_label(self) -> str:
        """How it stands, as people read it; with its plan loaded."""
        if self.is_left_open:
            return str(_("Closed without a gate"))
        return str(self.get_state_display())


class PhaseItem(models.Model):
    """A point of a phase's checklist, or a deliverable; done by somebody, or blocked."""

    class Kind(models.TextChoices):
        CHECK = "check", _("Checklist")
        DELIVERABLE = "deliverable", _("Deliverable")

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="items")
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.CHECK)
    text = models.CharField(_("text"), max_length=240)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    done_by = models.CharField(
        _("done by"), max_length=160, blank=True, help_text=_("A post or an organisation.")
    )
    blocked_by = models.ForeignKey(
        Organisation, models.PROTECT, related_name="phases_blocked", null=True, blank=True,
        verbose_name=_("waits for"),
    )  # fmt: skip
    blocked_note = models.CharField(_("what is missing"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("point of a phase")
        verbose_name_plural = _("points of phases")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None, done_by="") | (Q(done_on__isnull=False) & ~Q(done_by="")),
                name="phase_item_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(blocked_by=None, blocked_note="")
                | (Q(blocked_by__isnull=False, done_on=None) & ~Q(blocked_note="")),
                name="phase_item_blocked_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_blocked(self) -> bool:
        return self.blocked_by_id is not None


class Requirement(models.Model):
    """Whom a phase cannot do without: a seat of a body, or an organisation by one of its posts."""

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="requirements")
    seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="phases_requiring", null=True, blank=True,
        verbose_name=_("seat"),
    )  # fmt: skip
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="phases_requiring", null=True, blank=True,
        verbose_name=_("organisation"),
    )  # fmt: skip
    post = models.CharField(
        _("by its post"), max_length=160, blank=True,
        help_text=_("Empty: anybody of the organisation. Such as: Chief of Party."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("required participant")
        verbose_name_plural = _("required participants")
        constraints = [
            models.CheckConstraint(
                condition=Q(seat__isnull=False, organisation=None, post="")
                | Q(seat=None, organisation__isnull=False),
                name="phase_requires_a_seat_or_an_organisation",
            ),
            models.UniqueConstraint("phase", "seat", name="one_requirement_per_seat"),
            models.UniqueConstraint(
                "phase", "organisation", "post", name="one_requirement_per_post"
            ),
        ]

    def __str__(self) -> str:
        if self.seat:
            return str(self.seat)
        return f"{self.post}, {self.organisation}" if self.post else str(self.organisation)


class PhaseSession(models.Model):
    """A meeting of a body that was a session of the phase."""

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="sessions")
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="phase_sessions")
    # None: nobody has noted it, which is not the same as no (R4).
    has_leaders = models.BooleanField(_("CECM present"), null=True, blank=True)

    class Meta:
        verbose_name = _("session of a phase")
        verbose_name_plural = _("sessions of phases")
        constraints = [models.UniqueConstraint("phase", "meeting", name="one_session_per_meeting")]

    def __str__(self) -> str:
        return str(self.meeting)


class Gate(models.Model):
    """One request to pass a phase's gate: passed by both sides, or sent back by either."""

    phase = models.ForeignKey(Phase, models.PROTECT, related_name="gates")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="gates_requested"
    )
    requested_at = models.DateTimeField(_("requested at"))
    # The last day of the phase's work, by whoever asks.
    ended_on = models.DateField(_("work ended on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    passed_at = models.DateTimeField(_("passed at"), null=True, blank=True)
    sent_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="gates_sent_back",
        null=True, blank=True,
    )  # fmt: skip
    sent_back_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("gate of a phase")
        verbose_name_plural = _("gates of phases")
        constraints = [
            models.UniqueConstraint(
                "phase", condition=Q(passed_at=None, sent_back_at=None), name="one_open_gate"
            ),
            models.CheckConstraint(
                condition=Q(sent_back_by=None, sent_back_at=None, reason="")
                | (Q(sent_back_by__isnull=False, sent_back_at__isnull=False) & ~Q(reason="")),
                name="gate_sent_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(passed_at=None) | Q(sent_back_at=None), name="gate_passed_or_sent_back"
            ),
        ]

    def __str__(self) -> str:
        return str(self.phase)


class GatePass(models.Model):
    """One side lets the phase pass, in sight of who was missing and what is not done."""

    class Side(models.TextChoices):
        FOCAL_POINT = "focal_point", _("County focal point")
        SECRETARIAT = "secretariat", _("Secretariat")

    gate = models.ForeignKey(Gate, models.PROTECT, related_name="passes")
    side = models.CharField(_("side"), max_length=11, choices=Side.choices)
    # What was said on the gate when it was passed, a line each, and the answer to it.
    missing = models.TextField(_("missing at the gate"), blank=True)
    acknowledgement = models.CharField(_("said of what was missing"), max_length=500, blank=True)
    passed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="gates_passed"
    )
    passed_at = models.DateTimeField(_("passed at"))

    class Meta:
        verbose_name = _("passing of a gate")
        verbose_name_plural = _("passings of gates")
        constraints = [
            models.UniqueConstraint("gate", "side", name="one_pass_per_side"),
            models.UniqueConstraint("gate", "passed_by", name="one_pass_per_person"),
            models.CheckConstraint(
                condition=Q(missing="") | ~Q(acknowledgement=""),
                name="gate_passed_in_sight_of_what_is_missing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate}: {self.get_side_display()}"
