"""Sectors in several schemes, mapped to each other and to a county's lead department."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
