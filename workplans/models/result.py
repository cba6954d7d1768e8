"""Results: what one stream reports for one period, and what was decided about it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Mechanism,
    Originated,
    Period,
    Place,
    QuantityField,
    Standing,
    StoredFile,
    Visitor,
    takes_part_in,
    within_offices,
    within_path,
)

from .indicator import Category, quotient
from .stream import Stream


class ResultQuerySet(models.QuerySet["Result"]):
    def visible_to(self, user: Visitor) -> ResultQuerySet:
        """Own results always; others' of one's mechanisms once submitted (domain 1.33).

        What was returned or withdrawn since is for its place's officials and the secretariat, who
        read it to chase it. Nobody else's draft is ever seen (R25).
        """
        standing = Standing.of(user)
        place = within_offices(standing.county_offices, *Result.WHERE)
        own = Q(stream__organisation__in=standing.reports_for)
        taking_part = takes_part_in(user)
        shared = Q(stream__version__indicator__mechanism__in=taking_part)
        chased = Q(stream__version__indicator__mechanism__in=standing.secretariat_of)
        known = Q(state__in=Result.KNOWN_STATES)
        return self.filter(
            own | (shared & Q(state__in=Result.SHARED_STATES)) | ((place | chased) & known)
        )

    def of_mechanism(self, mechanism: Mechanism) -> ResultQuerySet:
        return self.filter(stream__version__indicator__mechanism=mechanism)

    def within(self, place: Place) -> ResultQuerySet:
        return self.filter(within_path(place.path, "stream__place"))

    def verified(self) -> ResultQuerySet:
        return self.filter(state=Result.State.VERIFIED)

    def counted(self) -> ResultQuerySet:
        """Those that enter a total, official or provisional (R3)."""
        return self.filter(state__in=Result.COUNTED_STATES)

    def newest_before(self, period: Period) -> ResultQuerySet:
        """Of each stream the last counted of these before the period, a pending correction first.

        Whatever else is asked for goes before: it is of what is found that the last is told.
        """
        latest_first = [F("period__starts_on").desc(), F("revision").desc()]
        rank = Window(RowNumber(), partition_by=F("stream"), order_by=latest_first)
        earlier = self.counted().filter(period__starts_on__lt=period.starts_on)
        return earlier.alias(rank=rank).filter(rank=1)

    def judged_by(self, user: Visitor) -> ResultQuerySet:
        """Those where the user verifies, of other organisations than the user's own."""
        standing = Standing.of(user)
        place = within_offices(standing.focal_point_offices, *Result.WHERE)
        return self.filter(place).exclude(stream__organisation__in=standing.organisations)

    def awaiting_verification_by(self, user: Visitor) -> ResultQuerySet:
        return self.judged_by(user).filter(state=Result.State.SUBMITTED)

    def in_full(self) -> ResultQuerySet:
        """With everything that a page shows, in a fixed number of queries."""
        return self.select_related(
            "period",
            "stream__version__indicator__mechanism",
            "stream__organisation",
            "stream__place",
        ).prefetch_related("cells__category__disaggregation", "decisions__by")


class Result(Originated):
    """A value as reported. What was submitted never changes; a correction is the next revision.

    A quantity stands in ``numerator``; a quotient in both. An empty numerator is a missing value
    and never a zero (R4).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        VERIFIED = "verified", _("Verified")
        RESTATED = "restated", _("Replaced by a restatement")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # The ways to the place and the mechanism that a result belongs to.
    WHERE = ("stream__place", "stream__version__indicator__mechanism")
    EDITABLE_STATES = (State.DRAFT, State.RETURNED)
    OPEN_STATES = (State.DRAFT, State.SUBMITTED, State.RETURNED)
    COUNTED_STATES = (State.SUBMITTED, State.VERIFIED)
    SHARED_STATES = (State.SUBMITTED, State.VERIFIED, State.RESTATED)
    KNOWN_STATES = (
        State.SUBMITTED,
        State.RETURNED,
        State.VERIFIED,
        State.RESTATED,
        State.WITHDRAWN,
    )

    # The index of revisions begins with it, and answers for a period besides.
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="results", db_index=False)
    period = models.ForeignKey(Period, models.PROTECT, related_name="results")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    numerator = QuantityField(_("value or numerator"), null=True, blank=True)
    denominator = QuantityField(_("denominator"), null=True, blank=True)
    deviation = models.TextField(_("reason of the deviation"), max_length=2000, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    first_submitted_at = models.DateTimeField(_("first submitted at"), null=True, blank=True)
    restates = models.ForeignKey(
        "self", models.PROTECT, related_name="restatements", null=True, blank=True
    )
    restatement_reason = models.CharField(
        _("reason of the restatement"), max_length=500, blank=True
    )
    version = models.PositiveIntegerField(default=1, help_text=_("Rises with each edit (R27)."))

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        indexes = [
            models.Index(fields=["state", "period"], name="result_by_state_and_period"),
        ]
        constraints = [
            models.UniqueConstraint("stream", "period", "revision", name="one_result_per_revision"),
            models.UniqueConstraint(
                "stream", "period",
                condition=Q(state__in=["draft", "submitted", "returned"]), name="one_open_result",
            ),
            models.UniqueConstraint(
                "stream", "period", condition=Q(state="verified"), name="one_verified_result"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="result_submitted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(numerator__isnull=False),
                name="submitted_result_has_a_value",
            ),
            models.CheckConstraint(
                condition=Q(restates=None) | ~Q(restatement_reason=""),
                name="restatement_has_a_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.stream}, {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("result-detail", args=[self.pk])

    @property
    def value(self) -> Decimal | None:
        """The value in the indicator's unit, unrounded; None when missing."""
        return quotient(self.stream.version, self.numerator, self.denominator)

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE_STATES


class ResultCell(models.Model):
    """One part of a result: its value in one category of a disaggregation (R6)."""

    # Its constraint's index begins with it.
    result = models.ForeignKey(Result, models.CASCADE, related_name="cells", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, related_name="cells")
    numerator = QuantityField(_("value or numerator"))
    denominator = QuantityField(_("denominator"), null=True, blank=True)

    class Meta:
        verbose_name = _("cell")
        verbose_name_plural = _("cells")
        constraints = [models.UniqueConstraint("result", "category", name="one_cell_per_category")]

    def __str__(self) -> str:
        return f"{self.category}: {self.numerator}"


class ResultDecision(models.Model):
    """A verifier's decision; a result that was returned twice shows both reasons (domain 1.20).

    The kind is the finding; a verification says by which method, on which sample, and what was
    noticed. The sample is printed with published figures, the note stays among those who take part.
    """

    class Kind(models.TextChoices):
        VERIFIED = "verified", _("Verified")
        RETURNED = "returned", _("Returned")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Method(models.TextChoices):
        DOCUMENTS = "documents", _("Check of documents")
        FIELD_VISIT = "field_visit", _("Field visit")
        RECOUNT = "recount", _("Recount")
        CALL_BACK = "call_back", _("Call-back")

    result = models.ForeignKey(Result, models.CASCADE, related_name="decisions")
    kind = models.CharField(_("decision"), max_length=9, choices=Kind.choices)
    method = models.CharField(_("method"), max_length=11, choices=Method.choices, blank=True)
    sample = models.CharField(_("sample"), max_length=200, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    reason = models.TextField(_("reason"), max_length=2000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="verified") | ~Q(reason=""), name="refusal_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.result}"


class ResultEvidence(models.Model):
    """A document or photograph that stands behind a result."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="evidence")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="result_evidence")
    caption = models.CharField(_("caption"), max_length=240)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return self.caption
