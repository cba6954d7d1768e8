"""Quarterly reviews of a joint work plan, and the packs that are made of them (domain 4.3, P24)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Body
from committees.models.seat import bodies_read_by
from coordination.models import (
    MadeFile,
    Making,
    MakingQuerySet,
    Originated,
    Period,
    Standing,
    Visitor,
    within_offices,
)
from workplans.models import JointWorkPlan, sees_plan


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: Visitor) -> ReviewQuerySet:
        """Published ones with their plan; the others for who works on them (R24)."""
        reviews = self.model.objects
        published = Q(pk__in=reviews.published().values("pk")) & sees_plan(user, "plan")
        return self.filter(published | Q(pk__in=reviews.working_for(user).values("pk")))

    def working_for(self, user: Visitor) -> ReviewQuerySet:
        """Those of the secretariat, of officials of the plan's place, and of the committee."""
        standing = Standing.of(user)
        of_place = within_offices(standing.county_offices, "plan__place", "plan__mechanism")
        reviews = self.model.objects
        return self.filter(
            Q(plan__mechanism__in=standing.secretariat_of)
            | Q(pk__in=reviews.filter(of_place).values("pk"))
            | Q(body__in=bodies_read_by(user))
        )

    def consented_by(self, user: Visitor) -> ReviewQuerySet:
        """Those whose publication is for the user to consent to, as focal point of the place."""
        standing = Standing.of(user)
        offices = standing.focal_point_offices
        of_place = within_offices(offices, "plan__place", "plan__mechanism")
        covered = self.model.objects.filter(of_place).values("pk")
        return self.filter(pk__in=covered).exclude(plan__mechanism__in=standing.secretariat_of)

    def published(self) -> ReviewQuerySet:
        return self.filter(pk__in=self.model.objects.filter(packs__state="published").values("pk"))

    def in_full(self) -> ReviewQuerySet:
        return self.select_related(
            "plan__mechanism__calendar",
            "plan__place",
            "plan__calendar",
            "period",
            "body__mechanism",
        )


class Review(Originated):
    """The review of a plan's quarter by its review committee."""

    plan = models.ForeignKey(JointWorkPlan, models.PROTECT, related_name="reviews")
    period = models.ForeignKey(Period, models.PROTECT, related_name="reviews")
    # The committee that reviews; empty while there is none.
    body = models.ForeignKey(
        Body, models.PROTECT, related_name="reviews", null=True, blank=True,
        verbose_name=_("review committee"),
    )  # fmt: skip
    slug = models.SlugField(_("address"), max_length=150, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarterly review")
        verbose_name_plural = _("quarterly reviews")
        constraints = [models.UniqueConstraint("plan", "period", name="one_review_of_a_quarter")]

    def __str__(self) -> str:
        return _("Review of %(plan)s, %(period)s") % {"plan": self.plan, "period": self.period}

    def get_absolute_url(self) -> str:
        return reverse("review-detail", args=[self.slug])


class DecisionRequest(models.Model):
    """What a review asks its committee to decide; the answer is a decision on the agenda item."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="requests")
    text = models.CharField(_("decision that is asked for"), max_length=200)
    reason = models.TextField(_("why"), max_length=2000, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    # Set once it stands on the committee's agenda, or waits for one.
    item = models.OneToOneField(
        AgendaItem, models.PROTECT, related_name="decision_request", null=True, blank=True
    )

    class Meta:
        verbose_name = _("decision requested")
        verbose_name_plural = _("decisions requested")
        constraints = [
            models.UniqueConstraint("review", "text", name="one_request_of_a_review_per_text")
        ]

    def __str__(self) -> str:
        return self.text


class ReviewPackQuerySet(MakingQuerySet["ReviewPack"]):
    def visible_to(self, user: Visitor) -> ReviewPackQuerySet:
        """The published pack for who sees the plan, all for who works on the review."""
        published = Q(state=ReviewPack.State.PUBLISHED) & sees_plan(user, "review__plan")
        return self.filter(published | Q(review__in=Review.objects.working_for(user)))

    def published(self) -> ReviewPackQuerySet:
        return self.filter(state=ReviewPack.State.PUBLISHED)

    def ready_and_newest(self) -> ReviewPackQuerySet:
        """Those that are made, and that no later one of their review has overtaken."""
        later = self.model.objects.filter(review=OuterRef("review"), number__gt=OuterRef("number"))
        overtaken = later.exclude(state__in=Making.GIVEN_UP)
        return self.filter(~Exists(overtaken), state=ReviewPack.State.READY)


class ReviewPack(Making):
    """One pack: the snapshot of a quarter, and an internal and a public paper drawn from it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready for review")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        PUBLISHED = "published", _("Published")

    review = models.ForeignKey(Review, models.PROTECT, related_name="packs")
    number = models.PositiveSmallIntegerField(_("pack"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    # Who of the county agreed to publication; the secretariat alone never publishes (R25).
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    consented_at = models.DateTimeField(_("consented at"), null=True, blank=True)
    consent_post = models.CharField(_("as"), max_length=200, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = ReviewPackQuerySet.as_manager()

    class Meta:
        verbose_name = _("review pack")
        verbose_name_plural = _("review packs")
        constraints = [
            models.UniqueConstraint("review", "number", name="one_pack_per_number"),
            models.UniqueConstraint(
                "review",
                condition=Q(state__in=["queued", "running"]),
                name="one_pack_in_the_making",
            ),
            models.UniqueConstraint(
                "review", condition=Q(state="published"), name="one_published_pack"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "published"])
                | (Q(compiled_at__isnull=False) & ~Q(snapshot_sha256="")),
                name="finished_pack_has_its_snapshot",
            ),
            models.CheckConstraint(
                condition=Q(consented_by=None, consented_at=None, consent_post="")
                | Q(consented_by__isnull=False, consented_at__isnull=False),
                name="pack_consented_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(
                    published_by__isnull=False,
                    published_at__isnull=False,
                    consented_by__isnull=False,
                ),
                name="pack_published_with_consent",
            ),
        ]

    def __str__(self) -> str:
        return _("%(review)s, pack %(number)s") % {"review": self.review, "number": self.number}

    def get_absolute_url(self) -> str:
        return self.review.get_absolute_url()


class ReviewFileQuerySet(models.QuerySet["ReviewFile"]):
    def visible_to(self, user: Visitor) -> ReviewFileQuerySet:
        """Public files of what is published; everything for who works on the review (R24)."""
        inside = Q(pack__review__in=Review.objects.working_for(user))
        public = self.model.objects.of_published(user)
        return self.filter(inside | Q(pk__in=public.values("pk")))

    def of_published(self, user: Visitor) -> ReviewFileQuerySet:
        """Public files of the published packs whose plans the user sees."""
        packs = ReviewPack.objects.published().filter(sees_plan(user, "review__plan"))
        return self.filter(kind__in=ReviewFile.PUBLIC, pack__in=packs)


class ReviewFile(MadeFile):
    """One file of a pack."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        CSV = "csv", _("Activities (CSV)")
        JSON = "json", _("Data (JSON)")
        INTERNAL = "internal", _("Internal PDF")

    PUBLIC = (Kind.PDF, Kind.CSV, Kind.JSON)
    SUFFIXES = {Kind.INTERNAL: "pdf"}

    pack = models.ForeignKey(ReviewPack, models.PROTECT, related_name="files")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)

    objects = ReviewFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of a review pack")
        verbose_name_plural = _("files of review packs")
        constraints = [models.UniqueConstraint("pack", "kind", name="one_review_file_per_kind")]

    def get_absolute_url(self) -> str:
        pack = self.pack
        return reverse("review-file", args=[pack.review.slug, pack.number, self.kind])
