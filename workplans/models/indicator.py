"""Indicators with their reference sheet, in versions that are never added together (R2)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.models import (
    FiscalCalendar,
    GoalMeasure,
    Mechanism,
    Organisation,
    Originated,
    Period,
    Place,
    QuantityField,
    User,
    add_months,
    sees_mechanism,
    takes_part_in,
)
from coordination.models.period import MONTHS_IN_QUARTER

from .code import validate_code
from .framework import IntendedResult


class Disaggregation(models.Model):
    """A way to break a value down, such as by sex; one of its categories is *not stated* (R6)."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("disaggregation")
        verbose_name_plural = _("disaggregations")

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    disaggregation = models.ForeignKey(Disaggregation, models.PROTECT, related_name="categories")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_not_stated = models.BooleanField(_("not stated"), default=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint("disaggregation", "key", name="one_category_per_key"),
            models.UniqueConstraint(
                "disaggregation", condition=Q(is_not_stated=True), name="one_not_stated_category"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, user: User | AnonymousUser) -> IndicatorQuerySet:
        """Indicators of the mechanisms that the user sees.

        Drafts, and those that are not public, are for who takes part (P33).
        """
        known = IndicatorVersion.objects.exclude(state=IndicatorVersion.State.DRAFT)
        return self.filter(sees_mechanism(user, "mechanism")).filter(
            Q(pk__in=known.values("indicator"), is_public=True)
            | Q(mechanism__in=takes_part_in(user))
        )


class Indicator(Originated):
    """What is measured. How it is counted stands in the version in force."""

    mechanism = models.ForeignKey(Mechanism, models.PROTECT, related_name="indicators")
    intended_result = models.ForeignKey(
        IntendedResult, models.PROTECT, related_name="indicators", null=True, blank=True
    )
    code = models.CharField(_("code"), max_length=30, validators=[validate_code])
    name = models.CharField(_("name"), max_length=240)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Not public: it and its figures are for who takes part, and enter no paper for everyone.
    is_public = models.BooleanField(_("public"), default=True)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            models.UniqueConstraint(
                "mechanism", "code", name="one_indicator_per_code_and_mechanism"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("indicator-detail", args=[self.mechanism.slug, self.code])


class VersionQuerySet(models.QuerySet["IndicatorVersion"]):
    def visible_to(self, user: User | AnonymousUser) -> VersionQuerySet:
        """Versions of the indicators that the user sees; drafts for who takes part."""
        seen = self.filter(indicator__in=Indicator.objects.visible_to(user))
        return seen.filter(
            ~Q(state=IndicatorVersion.State.DRAFT) | Q(indicator__mechanism__in=takes_part_in(user))
        )

    def in_use(self) -> VersionQuerySet:
        return self.filter(state=IndicatorVersion.State.IN_USE)


class IndicatorVersion(models.Model):
    """The reference sheet (domain 1.17). Its rules are locked once it was reported under."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_USE = "in_use", _("In use")
        REVISED = "revised", _("Replaced by a new version")
        RETIRED = "retired", _("Retired")

    class DataType(models.TextChoices):
        NUMBER = "number", _("Whole number")
        DECIMAL = "decimal", _("Decimal")
        PERCENTAGE = "percentage", _("Percentage")
        RATIO = "ratio", _("Ratio")
        AVERAGE = "average", _("Average")
        SCORE = "score", _("Score")
        MILESTONE = "milestone", _("Yes or no")

    class OverPeriods(models.TextChoices):
        SUM = "sum", _("New in each period: added")
        LATEST = "latest", _("As at the period’s end: the latest value")
        MAXIMUM = "maximum", _("The highest of the periods")
        NONE = "none", _("Not aggregable over periods")

    class OverStreams(models.TextChoices):
        SUM = "sum", _("Added")
        MAXIMUM = "maximum", _("The highest")
        MEAN = "mean", _("The mean, each value counting once")
        NONE = "none", _("Not aggregable")

    class Frequency(models.TextChoices):
        QUARTERLY = "quarterly", _("Every quarter")
        SEMI_ANNUAL = "semi_annual", _("Every half-year")
        ANNUAL = "annual", _("Every year")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    definition = models.TextField(_("precise definition"))
    unit = models.CharField(_("unit"), max_length=60)
    data_type = models.CharField(_("data type"), max_length=10, choices=DataType.choices)
    numerator_definition = models.CharField(_("numerator"), max_length=200, blank=True)
    denominator_definition = models.CharField(_("denominator"), max_length=200, blank=True)
    over_periods = models.CharField(_("over periods"), max_length=8, choices=OverPeriods.choices)
    over_places = models.CharField(_("over places"), max_length=8, choices=OverStreams.choices)
    over_organisations = models.CharField(
        _("over organisations"), max_length=8, choices=OverStreams.choices
    )
    double_count_note = models.CharField(_("note on double counting"), max_length=300, blank=True)
    direction = models.CharField(
        _("direction"), max_length=8, choices=GoalMeasure.Direction.choices
    )
    counts_from_baseline = models.BooleanField(
        _("progress is the way from baseline to target"), default=False
    )
    tolerance = models.PositiveSmallIntegerField(
        _("tolerance in percent"), default=10, validators=[MaxValueValidator(100)]
    )
    frequency = models.CharField(
        _("frequency"), max_length=11, choices=Frequency.choices, default=Frequency.QUARTERLY
    )
    disaggregations = models.ManyToManyField(Disaggregation, related_name="versions", blank=True)
    rationale = models.TextField(_("rationale"), blank=True)
    data_source = models.CharField(_("data source"), max_length=300, blank=True)
    collection_method = models.TextField(_("method of collection"), blank=True)
    responsible_post = models.CharField(_("responsible post"), max_length=160, blank=True)
    known_limitations = models.TextField(_("known limitations"), blank=True)
    target_rationale = models.TextField(_("rationale for the targets"), blank=True)
    codes_elsewhere = models.CharField(_("codes elsewhere"), max_length=200, blank=True)
    quality_assessed_on = models.DateField(_("data quality assessed on"), null=True, blank=True)
    quality_assessed_by = models.CharField(_("assessed by"), max_length=160, blank=True)
    quality_findings = models.TextField(_("findings on data quality"), blank=True)
    change_note = models.TextField(_("what changed in this version"), blank=True)
    ends_before = models.DateField(_("reported until before"), null=True, blank=True)
    retirement_reason = models.CharField(_("reason of retirement"), max_length=300, blank=True)
    # Rises with every saving: the second of two editors is shown both texts (R27).
    lock_version = models.PositiveIntegerField(default=1, editable=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator version")
        verbose_name_plural = _("indicator versions")
        constraints = [
            models.UniqueConstraint("indicator", "number", name="one_indicator_version_per_number"),
            models.UniqueConstraint(
                "indicator", condition=Q(state="in_use"), name="one_indicator_version_in_use"
            ),
            models.CheckConstraint(
                condition=(Q(state="retired", ends_before__isnull=False) & ~Q(retirement_reason=""))
                | (~Q(state="retired") & Q(ends_before=None, retirement_reason="")),
                name="retired_version_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator.code} v{self.number}"

    @property
    def ends_on(self) -> dt.date | None:
        """The last day for which a retired version is reported, as people say it."""
        return self.ends_before - dt.timedelta(days=1) if self.ends_before else None

    @property
    def is_quotient(self) -> bool:
        """Whether values are numerator ÷ denominator, rolled up as Σ ÷ Σ (R2)."""
        return self.data_type in {
            self.DataType.PERCENTAGE,
            self.DataType.RATIO,
            self.DataType.AVERAGE,
        }

    @property
    def is_proportion(self) -> bool:
        """Whether the numerator is part of the denominator (R7)."""
        return self.data_type == self.DataType.PERCENTAGE

    @property
    def is_additive(self) -> bool:
        """Whether sums alone carry the roll-up, so that running totals can be kept."""
        periods = {self.OverPeriods.SUM, self.OverPeriods.LATEST}
        return self.over_periods in periods and (
            self.over_places == self.over_organisations == self.OverStreams.SUM
        )


class DatedQuantity(models.Model):
    """A number for one place and, where it is set so, one organisation; empty means all of them."""

    # The indexes of their constraints begin with it.
    version = models.ForeignKey(
        IndicatorVersion, models.PROTECT, related_name="%(class)ss", db_index=False
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="%(class)ss")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="%(class)ss", null=True, blank=True
    )
    numerator = QuantityField(_("value or numerator"))
    denominator = QuantityField(_("denominator"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def value(self) -> Decimal | None:
        """The number as reported in the indicator's unit; a percentage in percent."""
        return quotient(self.version, self.numerator, self.denominator)


class Baseline(DatedQuantity, Originated):
    measured_on = models.DateField(_("measured on"), null=True, blank=True)

    class Meta:
        verbose_name = _("baseline")
        verbose_name_plural = _("baselines")
        constraints = [
            models.UniqueConstraint(
                "version", "place", "organisation", name="one_baseline_for_an_organisation"
            ),
            models.UniqueConstraint(
                "version", "place", condition=Q(organisation=None), name="one_baseline_for_a_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.place}: {self.numerator}"


class Target(DatedQuantity, Originated):
    """A target for a quarter, a fiscal year or the life of an award, half-open as periods are."""

    starts_on = models.DateField(_("starts on"))
    ends_before = models.DateField(_("ends before"))
    revision_reason = models.CharField(_("reason of revision"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_before__gt=models.F("starts_on")), name="target_ends_after_start"
            ),
            models.UniqueConstraint(
                "version", "place", "organisation", "starts_on", "ends_before",
                name="one_target_for_an_organisation",
            ),
            models.UniqueConstraint(
                "version", "place", "starts_on", "ends_before",
                condition=Q(organisation=None), name="one_target_for_a_place",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.version} {self.place} {self.starts_on}: {self.numerator}"

    def span_in_words(self, calendar: FiscalCalendar) -> str:
        """Its time as the calendar calls it: a year, a quarter, or from month to month."""
        if (calendar.year_start(self.starts_on), calendar.year_end(self.starts_on)) == (
            self.starts_on,
            self.ends_before,
        ):
            return calendar.label_year(self.starts_on)
        period = Period(starts_on=self.starts_on, ends_before=self.ends_before)
        if add_months(self.starts_on, MONTHS_IN_QUARTER) == self.ends_before:
            return f"{period} ({calendar.label(period)})"
        return f"{date_format(self.starts_on)}–{date_format(period.ends_on)}"


def quotient(
    version: IndicatorVersion, numerator: Decimal | None, denominator: Decimal | None
) -> Decimal | None:
    """The value in the indicator's unit, unrounded; None when missing or divided by 0 (R7)."""
    if numerator is None or not version.is_quotient:
        return numerator
    if not denominator:
        return None
    return numerator / denominator * (100 if version.is_proportion else 1)
