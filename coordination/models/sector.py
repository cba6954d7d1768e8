"""Sectors in several schemes, mapped to each other and to a county's lead department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from .organisation import Organisation
from .place import Place


class SectorScheme(models.Model):
    """A way of cutting the world into sectors: county departments, a donor's themes, the SDGs."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("sector scheme")
        verbose_name_plural = _("sector schemes")

    def __str__(self) -> str:
        return self.name


class Sector(models.Model):
    scheme = models.ForeignKey(SectorScheme, models.PROTECT, related_name="sectors")
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    maps_to = models.ManyToManyField(
        "self",
        symmetrical=False,
        related_name="mapped_from",
        blank=True,
        verbose_name=_("maps to"),
        help_text=_("The same work under another scheme."),
    )

    class Meta:
        verbose_name = _("sector")
        verbose_name_plural = _("sectors")
        constraints = [
            models.UniqueConstraint("scheme", "code", name="one_sector_per_scheme_and_code")
        ]

    def __str__(self) -> str:
        return self.name


class SectorLead(models.Model):
    """The county department that leads a sector in a place."""

    sector = models.ForeignKey(Sector, models.CASCADE, related_name="leads")
    place = models.ForeignKey("coordination.Place", models.PROTECT, related_name="sector_leads")
    department = models.ForeignKey(
        "coordination.Organisation", models.PROTECT, related_name="leads_sectors"
    )

    class Meta:
        verbose_name = _("lead department")
        verbose_name_plural = _("lead departments")
        constraints = [
            models.UniqueConstraint("sector", "place", name="one_lead_department_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.sector} · {self.place}: {self.department}"


def lead_departments(sectors: Iterable[int], place: Place) -> dict[int, list[Organisation]]:
    """The departments that lead each of the sectors in the place; there should be one each (P14).

    A sector's own, named for the nearest place at or above; where none is, those of the sectors of
    other schemes that it maps to. Takes two queries; a sector without a department has no entry.
    """
    wanted = set(sectors)
    mapped: defaultdict[int, set[int]] = defaultdict(set)
    through = Sector.maps_to.through.objects.filter(from_sector__in=wanted)
    for sector, other in through.values_list("from_sector", "to_sector"):
        mapped[sector].add(other)
    named = SectorLead.objects.filter(
        sector__in=wanted.union(*mapped.values()), place__path__in=place.path_and_above
    )
    # The nearest place stays.
    nearest = {
        lead.sector_id: lead.department
        for lead in named.select_related("department", "place").order_by("place__path")
    }
    found: dict[int, list[Organisation]] = {}
    for sector in wanted:
        leading = {sector} if sector in nearest else mapped[sector]
        departments = {nearest[each].pk: nearest[each] for each in leading if each in nearest}
        if departments:
            found[sector] = sorted(departments.values(), key=str)
    return found
