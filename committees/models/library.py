"""The library: documents of a mechanism, a body or a county, in versions (S19)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import Mechanism, Originated, Place, StoredFile, Visitor

from .access import Access, readable_by
from .body import Body
from .search import SearchIndex, SearchText


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: Visitor) -> DocumentQuerySet:
        """By the access of each: public ones of the mechanisms that the user sees, and so on."""
        return self.filter(readable_by(user, mechanism="mechanism", body="body"))


class Document(Originated):
    """A document in the library; its file is that of its newest version."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Terms of reference")
        NOTIFICATION = "notification", _("Notification")
        MINUTES = "minutes", _("Minutes")
        PAPER = "paper", _("Paper for a meeting")
        PLAN = "plan", _("Plan")
        BUDGET = "budget", _("Budget or review document")
        AGREEMENT = "agreement", _("Agreement or letter")
        REPORT = "report", _("Report")
        GUIDE = "guide", _("Guide")
        OTHER = "other", _("Other")

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="documents")
    body = models.ForeignKey(
        Body, models.PROTECT, related_name="documents", null=True, blank=True,
        verbose_name=_("body"),
    )  # fmt: skip
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="documents", null=True, blank=True,
        verbose_name=_("place"),
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    access = models.CharField(
        _("read by"), max_length=7, choices=Access.choices, default=Access.MEMBERS
    )
    dated_on = models.DateField(_("date of the document"), null=True, blank=True)
    # The first day of the year by the mechanism's calendar (P36).
    for_year = models.DateField(_("year that it is for"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [SearchIndex(SearchText("title", "summary"), name="document_search")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(access="body") | Q(body__isnull=False),
                name="document_of_a_body_names_it",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def year_label(self) -> str:
        """The year that it is for by the mechanism's calendar, or ""; with the two loaded."""
        return self.mechanism.calendar.label_year(self.for_year) if self.for_year else ""

    def get_absolute_url(self) -> str:
        return reverse("document-detail", args=[self.pk])


class DocumentVersion(models.Model):
    """One revision of a document: never changed, never deleted; papers pin one (R19)."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="document_versions")
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="documents_added", null=True
    )
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("version of a document")
        verbose_name_plural = _("versions of documents")
        constraints = [
            models.UniqueConstraint("document", "number", name="one_document_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.number}"
