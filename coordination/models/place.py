"""Places: a tree with levels per country, whose address is also its path."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

REMEMBERED = 4096


class PlaceLevel(models.Model):
    """A rung of a country's ladder: country, county, sub-county, ward."""

    country_code = models.CharField(_("country code"), max_length=2)
    depth = models.PositiveSmallIntegerField(_("depth"), help_text=_("0 is the country itself."))
    name = models.CharField(_("name"), max_length=60)
    plural = models.CharField(_("plural"), max_length=60)

    class Meta:
        verbose_name = _("place level")
        verbose_name_plural = _("place levels")
        constraints = [
            models.UniqueConstraint("country_code", "depth", name="one_level_per_country_and_depth")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.country_code})"


class PlaceQuerySet(models.QuerySet["Place"]):
    def within(self, place: Place) -> PlaceQuerySet:
        """The place itself and everything below it."""
        return self.filter(within_path(place.path))

    def above(self, place: Place) -> PlaceQuerySet:
        """The place itself and everything that it lies in, the country first."""
        return self.filter(path__in=place.path_and_above).order_by("path")

    def countries(self) -> PlaceQuerySet:
        return self.filter(parent=None)


class Place(models.Model):
    """A country, county, district, ward … ``path`` ("ke/kitui") is its address and its line."""

    level = models.ForeignKey(PlaceLevel, models.PROTECT, related_name="places")
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address part"), max_length=60)
    path = models.CharField(_("path"), max_length=255, unique=True, editable=False)
    code = models.CharField(_("official code"), max_length=20, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("place-detail", args=[self.path])

    @property
    def path_and_above(self) -> list[str]:
        """Its own path and those of everything that it lies in: ["ke", "ke/kitui"]."""
        return list(path_and_above(self.path))

    def contains(self, other: Place) -> bool:
        return self.has_at(other.path)

    def has_at(self, path: str) -> bool:
        """Whether the place of the path is this one or lies in it."""
        return path == self.path or path.startswith(f"{self.path}/")


@lru_cache(REMEMBERED)
def path_and_above(path: str) -> tuple[str, ...]:
    """A place's path and those of everything that it lies in: ("ke", "ke/kitui").

    A page asks for few places, and for each of them hundreds of times.
    """
    parts = path.split("/")
    return tuple("/".join(parts[: end + 1]) for end in range(len(parts)))


def within_path(path: str, field: str = "") -> models.Q:
    """The condition that a place, reached over ``field``, lies at or below ``path``."""
    prefix = f"{field}__" if field else ""
    return models.Q(**{f"{prefix}path": path}) | models.Q(
        **{f"{prefix}path__startswith": f"{path}/"}
    )


def within_any(paths: Iterable[str], field: str = "") -> models.Q:
    """The condition that a place, reached over ``field``, lies at or below one of the paths.

    What lies below another of them is not said again: a country and its counties are the country.
    """
    distinct = dict.fromkeys(paths)
    condition = models.Q(pk__in=[])
    for path in distinct:
        if distinct.keys().isdisjoint(path_and_above(path)[:-1]):
            condition |= within_path(path, field)
    return condition
