"""Figures in their parts: by category, and where and by whom they can be split (R6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum, Value, prefetch_related_objects
from django.db.models.functions import Coalesce

from coordination.models import Organisation, Place, every_period
from reporting.models import Total
from workplans.models import Category, Disaggregation, IndicatorVersion, Stream, quotient

from .answers import flows_and_stocks, mechanisms_of
from .figures import Figure
from .scopes import Scope
from .totals import ALL, totals_of


@dataclass(frozen=True)
class Part:
    """One category of a figure; ``share`` is its percentage of what was stated."""

    category: Category
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    share: Decimal | None = None


@dataclass(frozen=True)
class Breakdown:
    """A figure by the categories of one disaggregation, *not stated* apart.

    ``undivided`` is what came without this breakdown: it is in the figure, and never spread over
    the categories.
    """

    disaggregation: Disaggregation
    parts: tuple[Part, ...]
    not_stated: Part | None
    undivided: Decimal | None

    @property
    def all_parts(self) -> list[Part]:
        """The stated categories, then *not stated*."""
        return [*self.parts, *([self.not_stated] if self.not_stated else [])]

    @property
    def is_empty(self) -> bool:
        return all(part.numerator is None for part in self.all_parts)


CategorySums = dict[int, tuple[Decimal, Decimal]]


def breakdowns_for(figures: Collection[Figure]) -> dict[int, list[Breakdown]]:
    """The breakdowns of figures of one scope, by version; those without any value left out.

    Only indicators that are sums have them. Takes four queries.
    """
    figures = [figure for figure in figures if figure.version.is_additive]
    if not figures:
        return {}
    versions = [figure.version for figure in figures]
    prefetch_related_objects(versions, "disaggregations__categories")
    sums = sums_by_category(versions, figures[0].scope)
    found = {
        figure.version.pk: [
            breakdown
            for each in figure.version.disaggregations.all()
            if not (breakdown := break_down(figure, each, sums[figure.version.pk])).is_empty
        ]
        for figure in figures
    }
    return {version: breakdowns for version, breakdowns in found.items() if breakdowns}


def sums_by_category(
    versions: Collection[IndicatorVersion], scope: Scope
) -> dict[int, CategorySums]:
    """Numerator and denominator of every category that has a value, by version."""
    flows, stocks = flows_and_stocks(versions, scope, every_period())
    # At once, as it is one place: each side of the OR is a condition of the constraint's index,
    # whose expressions are named too.
    rows = (
        Total.objects.alias(
            whose=Coalesce("organisation", Value(ALL)), part=Coalesce("category", Value(ALL))
        )
        .filter(
            Q(version__in=flows.versions, period__in=flows.periods)
            | Q(version__in=stocks.versions, period__in=stocks.periods),
            place=scope.place,
            whose=scope.organisation.pk if scope.organisation else ALL,
            part__gt=ALL,
        )
        .values_list("version", "category")
        .annotate(
            Sum(f"{scope.basis}_numerator"),
            Sum(f"{scope.basis}_denominator"),
            Sum(f"{scope.basis}_streams"),
        )
    )
    found: dict[int, CategorySums] = {version.pk: {} for version in versions}
    with totals_of(mechanisms_of(versions)):
        for version, category, numerator, denominator, streams in rows:
            if streams:
                found[version][category] = (numerator, denominator)
    return found


def break_down(figure: Figure, disaggregation: Disaggregation, sums: CategorySums) -> Breakdown:
    """The figure by the categories of one disaggregation."""
    version = figure.version
    categories = sorted(disaggregation.categories.all(), key=lambda each: (each.position, each.pk))
    stated = [sums[each.pk][0] for each in categories if each.pk in sums and not each.is_not_stated]
    whole = None if version.is_quotient else sum(stated, Decimal(0))
    parts = [part_of(version, each, sums.get(each.pk), whole) for each in categories]
    divided = sum((part.numerator or Decimal(0) for part in parts), Decimal(0))
    undivided = (figure.numerator or Decimal(0)) - divided
    return Breakdown(
        disaggregation,
        tuple(part for part in parts if not part.category.is_not_stated),
        next((part for part in parts if part.category.is_not_stated), None),
        None if version.is_quotient or not undivided else undivided,
    )


def part_of(
    version: IndicatorVersion,
    category: Category,
    sums: tuple[Decimal, Decimal] | None,
    whole: Decimal | None,
) -> Part:
    """One category; its share is of ``whole``, and nothing where that is nothing."""
    if sums is None:
        return Part(category, None, None, None)
    numerator, denominator = sums
    share = numerator / whole * 100 if whole and not category.is_not_stated else None
    return Part(
        category,
        numerator,
        denominator if version.is_quotient else None,
        quotient(version, numerator, denominator),
        share,
    )


def places_below(versions: Iterable[IndicatorVersion], place: Place) -> list[Place]:
    """The places next below in which something is reported: those that a figure splits into."""
    streams = Stream.objects.filter(version__in=versions)
    return next_below(place, Place.objects.filter(pk__in=streams.values("place")))


def next_below(place: Place, reporting: Iterable[Place]) -> list[Place]:
    """The places next below ``place`` at or below which one of the ``reporting`` lies, by name.

    Takes a query where one of them does not report itself.
    """
    depth = place.path.count("/") + 2
    known = {each.path: each for each in reporting if place.contains(each) and each != place}
    paths = {"/".join(path.split("/")[:depth]) for path in known}
    found = [known[path] for path in paths if path in known]
    if len(found) < len(paths):
        found += Place.objects.filter(path__in=paths - known.keys())
    return sorted(found, key=str)


def organisations_in(versions: Iterable[IndicatorVersion], place: Place) -> list[Organisation]:
    """The organisations that report at or below the place."""
    streams = Stream.objects.filter(version__in=versions).within(place)
    return list(
        Organisation.objects.filter(pk__in=streams.values("organisation")).order_by("short_name")
    )
