"""Reports: what the secretariat edits. What is compiled from it is an edition."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    Held,
    Mechanism,
    Originated,
    Period,
    Place,
    Standing,
    Visitor,
    sees_mechanism,
    within_offices,
)


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: Visitor) -> ReportQuerySet:
        """Published reports for who sees the mechanism; others for who works on them (R24)."""
        reports = self.model.objects
        published = Q(pk__in=reports.published().values("pk")) & sees_mechanism(user, "mechanism")
        return self.filter(published | Q(pk__in=reports.working_for(user).values("pk")))

    def working_for(self, user: Visitor) -> ReportQuerySet:
        """Reports that the user edits or reviews: as secretariat, or as a county it covers."""
        standing = Standing.of(user)
        edited = self.model.objects.filter(mechanism__in=standing.secretariat_of)
        reviewed = self.model.objects.covering(standing.county_offices)
        return self.filter(Q(pk__in=edited.values("pk")) | Q(pk__in=reviewed.values("pk")))

    def consented_by(self, user: Visitor) -> ReportQuerySet:
        """Reports whose publication is for the user to consent to: as focal point of a place.

        Leads of a county are employed by partners, and the secretariat never approves (R25).
        """
        standing = Standing.of(user)
        covering = self.model.objects.covering(standing.focal_point_offices)
        return self.filter(pk__in=covering.values("pk")).exclude(
            mechanism__in=standing.secretariat_of
        )

    def covering(self, offices: Iterable[Held]) -> ReportQuerySet:
        """Reports in which one of the offices counts, once for each place of it."""
        offices = tuple(offices)
        of_place = within_offices(offices, "place", "mechanism")
        of_all = within_offices(offices, "mechanism__places", "mechanism")
        return self.filter(of_place | (Q(place=None) & of_all))

    def published(self) -> ReportQuerySet:
        return self.filter(
            pk__in=self.model.objects.filter(editions__state="published").values("pk")
        )

    def funded_by(self, donors: Iterable[int]) -> ReportQuerySet:
        """Reports of mechanisms in which an award of one of the donors works."""
        funded = Mechanism.objects.filter(awards__donor__in=donors)
        return self.filter(mechanism__in=funded.values("pk"))


class Report(Originated):
    """The quarterly progress report of a mechanism, or of one place in it, for a period."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="reports")
    period = models.ForeignKey(Period, models.PROTECT, related_name="reports")
    place = models.ForeignKey(
        Place, models.PROTECT, related_name="reports", null=True, blank=True,
        help_text=_("Empty for the whole mechanism."),
    )  # fmt: skip
    slug = models.SlugField(_("address"), max_length=120, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "period", condition=Q(place=None), name="one_report_of_a_mechanism"
            ),
            models.UniqueConstraint("mechanism", "period", "place", name="one_report_of_a_place"),
        ]

    def __str__(self) -> str:
        return _("%(mechanism)s quarterly progress report, %(period)s") % {
            "mechanism": self.place or self.mechanism,
            "period": self.period,
        }

    def get_absolute_url(self) -> str:
        return reverse("report-detail", args=[self.slug])


class ReportSection(models.Model):
    """The secretariat's text of one section, begun from the reporters' narratives."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="sections")
    code = models.CharField(_("section"), max_length=20)
    text = models.TextField(_("text"), blank=True, max_length=20000)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    edited_at = models.DateTimeField(_("edited at"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [models.UniqueConstraint("report", "code", name="one_section_per_code")]

    def __str__(self) -> str:
        return f"{self.code}: {self.report}"
