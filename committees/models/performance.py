"""How communes perform, as a body reviews it: by criteria of its own, in versions (C10)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.models import Originated, Place, QuantityField, Visitor

from .access import readable_by
from .body import Body
from .meeting import Meeting, held_by
from .seat import bodies_read_by


class CriteriaSet(models.Model):
    """The criteria by which a body scores from a day on; an earlier review keeps its own."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="criteria_sets")
    number = models.PositiveSmallIntegerField(_("version"))
    applies_from = models.DateField(_("in force from"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="criteria_set", null=True, blank=True
    )
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("criteria of reviews")
        verbose_name_plural = _("criteria of reviews")
        constraints = [
            models.UniqueConstraint("body", "number", name="one_criteria_set_per_number"),
            models.UniqueConstraint("body", "applies_from", name="one_criteria_set_per_day"),
        ]

    def __str__(self) -> str:
        return gettext("%(body)s, criteria version %(number)d") % {
            "body": self.body, "number": self.number,
        }  # fmt: skip

    def get_absolute_url(self) -> str:
        """With its body and mechanism loaded."""
        return reverse("performance-list", args=[self.body.mechanism.slug, self.body.slug])


class Criterion(models.Model):
    """One thing that is scored, on a scale of its own."""

    criteria_set = models.ForeignKey(CriteriaSet, models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("criterion"), max_length=160)
    lowest = QuantityField(_("lowest score"), default=0)
    highest = QuantityField(_("highest score"))

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint("criteria_set", "name", name="one_criterion_per_name"),
            models.CheckConstraint(
                condition=Q(highest__gt=F("lowest")), name="criterion_has_a_scale"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PerformanceReviewQuerySet(models.QuerySet["PerformanceReview"]):
    def visible_to(self, user: Visitor) -> PerformanceReviewQuerySet:
        """The body's own; anyone else reads one with the minutes of its meeting, once confirmed.

        A review that names no meeting stands in no minutes: the body alone reads it (R24).
        """
        own = bodies_read_by(user)
        access = readable_by(
            user, mechanism="body__mechanism", body="body", access="meeting__access"
        )
        published = Q(meeting__minutes__state="confirmed") & access
        seen = Q(body__in=Body.objects.visible_to(user))
        return self.filter(Q(body__in=own) | held_by(own, meeting="meeting") | (seen & published))

    def in_full(self) -> PerformanceReviewQuerySet:
        """With its scores and the criteria that they are by, in fixed queries."""
        related = ("body__mechanism", "place", "criteria_set", "meeting__body")
        return self.select_related(*related).prefetch_related("scores", "criteria_set__criteria")

    def newest_first(self) -> PerformanceReviewQuerySet:
        return self.order_by("-reviewed_on", "-pk")


class PerformanceReview(Originated):
    """What a body found of one commune's performance on a day. A missing score is not 0 (R4)."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="performance_reviews")
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="performance_reviews", verbose_name=_("place")
    )
    criteria_set = models.ForeignKey(
        CriteriaSet, models.PROTECT, related_name="reviews", verbose_name=_("criteria")
    )
    reviewed_on = models.DateField(_("reviewed on"))
    # What time the review is about, where it is about one; both days are in it.
    covers_from = models.DateField(_("performance from"), null=True, blank=True)
    covers_to = models.DateField(_("performance until"), null=True, blank=True)
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="performance_reviews", null=True, blank=True,
        verbose_name=_("at the meeting"),
    )  # fmt: skip
    # What those who sit on the body told each other: it leaves by no public page.
    note = models.TextField(_("note"), blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="performance_reviews",
        null=True,
        blank=True,
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PerformanceReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of performance")
        verbose_name_plural = _("reviews of performance")
        constraints = [
            models.UniqueConstraint(
                "body", "place", "reviewed_on", name="one_review_per_place_and_day"
            ),
            models.CheckConstraint(
                condition=Q(covers_from=None, covers_to=None)
                | Q(
                    covers_from__isnull=False,
                    covers_to__isnull=False,
                    covers_to__gte=F("covers_from"),
                ),
                name="review_covers_from_to",
            ),
        ]

    def __str__(self) -> str:
        return gettext("review of %(place)s") % {"place": self.place}

    def get_absolute_url(self) -> str:
        """On the page of its commune; with its body and mechanism loaded."""
        args = [self.body.mechanism.slug, self.body.slug, self.place_id]
        return reverse("performance-detail", args=args) + f"#review-{self.pk}"


class CriterionScore(models.Model):
    """What one criterion was scored; there is no row for one that was not scored."""

    review = models.ForeignKey(PerformanceReview, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    score = QuantityField(_("score"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint("review", "criterion", name="one_score_per_criterion")
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.score}"
