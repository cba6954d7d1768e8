"""Which organisation has served a mechanism as its backbone, from when to when (P26)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism
from .organisation import Organisation


class BackboneTermQuerySet(models.QuerySet["BackboneTerm"]):
    def newest_first(self) -> BackboneTermQuerySet:
        return self.select_related("organisation").order_by("-pk")


class BackboneTerm(models.Model):
    """A stretch of service; without a first day it began before this was kept."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="backbone_terms")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="backbone_terms")
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # The minutes in which the chair decided that it takes over.
    minutes = models.CharField(_("minutes or reason"), max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="backbone_terms_entered"
    )
    entered_at = models.DateTimeField(_("entered at"))

    objects = BackboneTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of a backbone")
        verbose_name_plural = _("terms of backbones")
        constraints = [
            models.UniqueConstraint(
                "mechanism", condition=Q(ends_on=None), name="one_backbone_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None)
                | Q(starts_on=None)
                | Q(ends_on__gte=models.F("starts_on")),
                name="backbone_term_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.mechanism}"
