"""Where a place ends, as an administrator imported it; maps are drawn of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from .place import Place

# Coordinates are whole numbers of this part of a degree, some eleven metres.
PARTS_OF_DEGREE = 10_000


class BoundaryQuerySet(models.QuerySet["Boundary"]):
    def of_parts_of(self, place: Place) -> BoundaryQuerySet:
        return self.filter(place__parent=place)

    def lots_of(self, place: Place) -> QuerySet[Boundary, Any]:
        """What was imported at once and is there still: source, licence, moment, and how many."""
        lots = self.of_parts_of(place).values("source", "licence", "imported_at")
        return lots.annotate(n=models.Count("pk")).order_by("-imported_at")


class Boundary(models.Model):
    """The simplified outline of a place, with its source and licence.

    ``polygons`` is a list of polygons, each a list of rings, each a list of ``[east, north]``.
    """

    place = models.OneToOneField(Place, models.CASCADE, related_name="boundary")
    polygons = models.JSONField(_("outline"))
    source = models.CharField(_("source"), max_length=200)
    licence = models.CharField(_("licence"), max_length=120)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="boundaries_imported"
    )
    imported_at = models.DateTimeField(_("imported at"))

    objects = BoundaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")

    def __str__(self) -> str:
        return str(self.place)
