"""Editions: a report compiled into a frozen snapshot and rendered once (R21, R22)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import MadeFile, Making, MakingQuerySet, Visitor, sees_mechanism

from .report import Report


class EditionQuerySet(MakingQuerySet["Edition"]):
    def visible_to(self, user: Visitor) -> EditionQuerySet:
        """The published edition for who sees the mechanism, all for who works on the report."""
        published = Q(state=Edition.State.PUBLISHED) & sees_mechanism(user, "report__mechanism")
        return self.filter(published | Q(report__in=Report.objects.working_for(user)))

    def published(self) -> EditionQuerySet:
        return self.filter(state=Edition.State.PUBLISHED)


class Edition(Making):
    """One compiled edition of a report, with what becomes of it once it is made."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready for review")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        PUBLISHED = "published", _("Published")

    report = models.ForeignKey(Report, models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField(_("edition"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.QUEUED)
    received = models.PositiveSmallIntegerField(
        _("reports received"), null=True, blank=True, help_text=_("By the cut-off (R5).")
    )
    due = models.PositiveSmallIntegerField(_("reports due"), null=True, blank=True)
    is_illustrative = models.BooleanField(
        _("illustrative"), default=False, help_text=_("Holds something that was made up.")
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [
            models.UniqueConstraint("report", "number", name="one_edition_per_number"),
            models.UniqueConstraint(
                "report",
                condition=Q(state__in=["queued", "running"]),
                name="one_edition_in_the_making",
            ),
            models.UniqueConstraint(
                "report", condition=Q(state="published"), name="one_published_edition"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "published"])
                | (Q(compiled_at__isnull=False) & ~Q(snapshot_sha256="")),
                name="finished_edition_has_its_snapshot",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(published_by__isnull=False, published_at__isnull=False),
                name="edition_published_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return _("%(report)s, edition %(number)s") % {"report": self.report, "number": self.number}

    def get_absolute_url(self) -> str:
        return reverse("edition-detail", args=[self.report.slug, self.number])


class EditionFileQuerySet(models.QuerySet["EditionFile"]):
    def of_published(self, user: Visitor) -> EditionFileQuerySet:
        """Files of the published editions that the user sees."""
        return self.filter(edition__in=Edition.objects.published().visible_to(user))


class EditionFile(MadeFile):
    """One file of an edition."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        XLSX = "xlsx", _("Excel workbook")
        JSON = "json", _("Data (JSON)")

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="files")
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)

    objects = EditionFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file of an edition")
        verbose_name_plural = _("files of editions")
        constraints = [models.UniqueConstraint("edition", "kind", name="one_file_per_kind")]

    def get_absolute_url(self) -> str:
        edition = self.edition
        return reverse("edition-file", args=[edition.report.slug, edition.number, self.kind])


class Consent(models.Model):
    """A focal point's consent to publication; the secretariat alone never publishes (R25)."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="consents")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    post = models.CharField(_("as"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.UniqueConstraint("edition", "by", name="one_consent_a_person")]

    def __str__(self) -> str:
        return f"{self.post}: {self.edition}"
