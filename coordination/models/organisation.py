"""Organisations of every type that takes part in coordination, and the awards between them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .money import Currency, Money
from .origin import Originated
from .place import Place
from .precision import Precision, written_day


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    # How an organisation, or the one that it is part of, comes to take part in a mechanism;
    # higher apps add theirs (`register_way`).
    WAYS: ClassVar = [
        "memberships__mechanism",
        "children__memberships__mechanism",
        "parent__memberships__mechanism",
        "convenes",
        "backbone_of",
        "contributions__mechanism",
        "awards_given__mechanisms",
        "awards_held__mechanisms",
        "subawards_held__mechanisms",
        "place__mechanisms",
        "parent__place__mechanisms",
    ]

    # Those by which a government or an office comes to.
    WAYS_OF_SEATS = (
        "memberships__mechanism",
        "children__memberships__mechanism",
        "parent__memberships__mechanism",
        "place__mechanisms",
        "parent__place__mechanisms",
    )

    def taking_part_in(self, mechanisms: models.QuerySet[Any]) -> OrganisationQuerySet:
        """Members, conveners, backbones, who pays, parties of awards, governments of the places.

        And by the ways that higher apps have registered, such as a seat on a body.
        """
        condition = models.Q(pk__in=[])
        for way in self.WAYS:
            found = self.model.objects.filter(**{f"{way}__in": mechanisms})
            condition |= models.Q(pk__in=found.values("pk"))
        return self.filter(condition)

    def seated_in(self, place: Place, mechanisms: Collection[int]) -> OrganisationQuerySet:
        """Governments of the place and offices in it that take part in one of the mechanisms.

        A part of `taking_part_in` that costs a page of a place next to nothing; the mechanisms
        are named by their keys.
        """
        condition = models.Q()
        for way in self.WAYS_OF_SEATS:
            condition |= models.Q(**{f"{way}__in": mechanisms})
        return self.filter(condition, place=place).distinct()


class Side(models.TextChoices):
    """Whose side an organisation is on, among those that a mechanism brings together (P39)."""

    GOVERNMENT = "government", _("Government")
    ELECTED = "elected", _("Elected local government")
    DONORS = "donors", _("Donors")
    PARTNERS = "partners", _("Implementing partners")
    SOCIETY = "society", _("Communities and civil society")
    PRIVATE = "private", _("Private sector")
    KNOWLEDGE = "knowledge", _("Academia, training and media")
    OTHER = "other", _("Other")


def register_way(way: str) -> None:
    """Let a higher app say how else an organisation comes to take part: a lookup to mechanisms."""
    if way not in OrganisationQuerySet.WAYS:
        OrganisationQuerySet.WAYS.append(way)


class Organisation(Originated):
    class Type(models.TextChoices):
        COUNTY_GOVERNMENT = "county_government", _("County government")
        COUNTY_DEPARTMENT = "county_department", _("County department")
        NATIONAL_GOVERNMENT = "national_government", _("National government body")
        PROVINCIAL_GOVERNMENT = "provincial_government", _("Provincial government")
        PROVINCIAL_DEPARTMENT = "provincial_department", _("Provincial department")
        DISTRICT_ADMINISTRATION = "district_administration", _("District administration")
        LOCAL_GOVERNMENT = "local_government", _("Local government")
        LOCAL_ASSOCIATION = "local_association", _("Local government association")
        ACADEMY = "academy", _("Training academy")
        DONOR = "donor", _("Donor or development partner")
        IMPLEMENTING_PARTNER = "implementing_partner", _("Implementing partner")
        UN_AGENCY = "un_agency", _("UN agency")
        SUPPORT_PROGRAMME = "support_programme", _("Rural support programme")
        COMMUNITY = "community", _("Community institution")
        CIVIL_SOCIETY = "civil_society", _("Civil society organisation")
        PRIVATE_SECTOR = "private_sector", _("Private sector")
        TRADE_UNION = "trade_union", _("Trade union or professional association")
        RESEARCH = "research", _("Academia or research")
        MEDIA = "media", _("Media")
        SERVICE_PROVIDER = "service_provider", _("Service provider")
        OTHER = "other", _("Other")

    SIDES = {
        Type.COUNTY_GOVERNMENT: Side.GOVERNMENT,
        Type.COUNTY_DEPARTMENT: Side.GOVERNMENT,
        Type.NATIONAL_GOVERNMENT: Side.GOVERNMENT,
        Type.PROVINCIAL_GOVERNMENT: Side.GOVERNMENT,
        Type.PROVINCIAL_DEPARTMENT: Side.GOVERNMENT,
        Type.DISTRICT_ADMINISTRATION: Side.GOVERNMENT,
        Type.LOCAL_GOVERNMENT: Side.ELECTED,
        Type.LOCAL_ASSOCIATION: Side.ELECTED,
        Type.DONOR: Side.DONORS,
        Type.IMPLEMENTING_PARTNER: Side.PARTNERS,
        Type.UN_AGENCY: Side.PARTNERS,
        Type.SUPPORT_PROGRAMME: Side.PARTNERS,
        Type.COMMUNITY: Side.SOCIETY,
        Type.CIVIL_SOCIETY: Side.SOCIETY,
        Type.PRIVATE_SECTOR: Side.PRIVATE,
        Type.TRADE_UNION: Side.SOCIETY,
        Type.ACADEMY: Side.KNOWLEDGE,
        Type.RESEARCH: Side.KNOWLEDGE,
        Type.MEDIA: Side.KNOWLEDGE,
        Type.SERVICE_PROVIDER: Side.OTHER,
        Type.OTHER: Side.OTHER,
    }

    name = models.CharField(_("name"), max_length=160, unique=True)
    short_name = models.CharField(_("short name"), max_length=60)
    slug = models.SlugField(_("address part"), max_length=60, unique=True)
    type = models.CharField(_("type"), max_length=24, choices=Type.choices)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="children",
        null=True,
        blank=True,
        verbose_name=_("part of"),
    )
    place = models.ForeignKey(
        "coordination.Place",
        models.PROTECT,
        related_name="organisations",
        null=True,
        blank=True,
        help_text=_("The place that a government body governs or an office stands in."),
    )
    website = models.URLField(_("website"), blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("organisation-detail", args=[self.slug])

    @property
    def side(self) -> Side:
        return self.SIDES[self.Type(self.type)]


class AwardQuerySet(models.QuerySet["Award"]):
    def funding(self, mechanisms: models.QuerySet[Any]) -> AwardQuerySet:
        """Awards that at least one of these mechanisms is linked to."""
        found = self.model.objects.filter(mechanisms__in=mechanisms)
        return self.filter(pk__in=found.values("pk"))


class Award(Originated):
    """A grant, agreement or contract from a donor to a prime, with its sub-awardees.

    The donor's representative is a post (AOR, COR, task manager) and never a person.
    """

    class Instrument(models.TextChoices):
        GRANT = "grant", _("Grant")
        COOPERATIVE_AGREEMENT = "cooperative_agreement", _("Cooperative agreement")
        CONTRACT = "contract", _("Service contract")

    number = models.CharField(_("award number"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(_("address part"), max_length=60, unique=True)
    instrument = models.CharField(
        _("instrument"), max_length=24, choices=Instrument.choices, blank=True
    )
    component = models.PositiveSmallIntegerField(
        _("component"), null=True, blank=True,
        help_text=_("The number of the programme’s component that it pays for."),
    )  # fmt: skip
    donor = models.ForeignKey(Organisation, models.PROTECT, related_name="awards_given")
    prime = models.ForeignKey(Organisation, models.PROTECT, related_name="awards_held")
    subs = models.ManyToManyField(
        Organisation, related_name="subawards_held", blank=True, verbose_name=_("sub-awardees")
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    precision = models.CharField(
        _("known of its dates"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    representative_post = models.CharField(
        _("donor’s representative"), max_length=120, blank=True,
        help_text=_("A post, such as Agreement Officer’s Representative (AOR)."),
    )  # fmt: skip
    alternate_post = models.CharField(_("alternate"), max_length=120, blank=True)
    total_minor = models.BigIntegerField(_("total in minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, blank=True)

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="award_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor=None)
                | (models.Q(total_minor__gte=0) & ~models.Q(currency="")),
                name="award_total_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})" if self.number else self.title

    def get_absolute_url(self) -> str:
        return reverse("award-detail", args=[self.slug])

    @property
    def begins(self) -> str:
        """Its first day as far as it is known: "1 Jul 2017", "2019", or "" for not at all."""
        return written_day(self.starts_on, self.precision)

    @property
    def ends(self) -> str:
        """Its last day as far as it is known."""
        return written_day(self.ends_on, self.precision)

    @property
    def total(self) -> Money | None:
        return None if self.total_minor is None else Money(self.total_minor, self.currency)
