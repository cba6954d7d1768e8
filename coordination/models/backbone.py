"""Which organisation has served as a backbone, from when to when (P26)."""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .mechanism import Mechanism
from .organisation import Organisation

_T = TypeVar("_T", bound="BackboneService")


class BackboneServiceQuerySet(models.QuerySet[_T]):
    def newest_first(self) -> Self:
        return self.select_related("organisation").order_by("-pk")


class BackboneService(models.Model):
    """A stretch of service; without a first day it began before this was kept."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="%(class)ss")
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # The minutes in which it was decided that it takes over.
    minutes = models.CharField(_("minutes or reason"), max_length=500, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)ss_entered"
    )
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="%(class)s_ends_after_start",
            )
        ]


class BackboneTerm(BackboneService):
    """A stretch in which an organisation served a mechanism."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="backbone_terms")

    objects = BackboneServiceQuerySet["BackboneTerm"].as_manager()

    class Meta(BackboneService.Meta):
        verbose_name = _("term of a backbone")
        verbose_name_plural = _("terms of backbones")
        constraints = [
            *BackboneService.Meta.constraints,
            models.UniqueConstraint(
                "mechanism", condition=Q(ends_on=None), name="one_backbone_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {self.mechanism}"
