"""Who does what, where and when in a plan, and where nothing is or no money is sure (domain 1.15).

It shows presence, not need: an empty cell is a possible gap. The wards that are least served come
first, so that nobody is left behind (P34).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from coordination.models import Organisation, Period, Place, Sector, within_path
from workplans.models import Activity, JointWorkPlan
from workplans.models.activity import ActivityQuerySet


@dataclass(frozen=True)
class Line:
    """One activity with what a matrix asks of it."""

    pk: int
    sector: int | None
    lead: int
    paths: frozenset[str]


@dataclass
class MatrixRow:
    """What one organisation leads in one sector: how many activities in each column."""

    sector: Sector | None
    organisation: Organisation
    counts: list[int]
    total: int


@dataclass(frozen=True)
class Matrix:
    """Rows of who and what; columns of where: the parts of a place, and all of it."""

    columns: list[Place]
    rows: list[MatrixRow]

    @property
    def totals(self) -> list[int]:
        return [sum(counts) for counts in zip(*(row.counts for row in self.rows), strict=True)]

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)


@dataclass
class Served:
    """A ward, the activities that reach it, and the sectors in which nothing does."""

    place: Place
    within: str
    here: set[int] = field(default_factory=set)
    around: set[int] = field(default_factory=set)
    funded: set[int] = field(default_factory=set)
    idle: list[Sector] = field(default_factory=list)
    unfunded: list[Sector] = field(default_factory=list)

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """The least served first: by sure money, then by what is here, then around it."""
        return len(self.funded), len(self.here), len(self.around), self.place.path


def lines_of(activities: ActivityQuerySet) -> list[Line]:
    """The activities, cancelled and merged ones apart; two queries."""
    live = activities.exclude(status__in=Activity.LEFT_OUT)
    paths: defaultdict[int, set[str]] = defaultdict(set)
    through = Activity.places.through.objects.filter(activity__in=live.values("pk"))
    for pk, path in through.values_list("activity", "place__path"):
        paths[pk].add(path)
    rows = live.order_by("pk").values_list("pk", "sector", "lead")
    return [Line(pk, sector, lead, frozenset(paths[pk])) for pk, sector, lead in rows]


def during(activities: ActivityQuerySet, period: Period) -> ActivityQuerySet:
    """Those that go on for some day of the period; where a day is not known, the plan's holds."""
    begun = Q(starts_on__lt=period.ends_before) | Q(
        starts_on=None, plan__starts_on__lt=period.ends_before
    )
    going_on = Q(ends_on__gte=period.starts_on) | Q(
        ends_on=None, plan__ends_before__gt=period.starts_on
    )
    return activities.filter(begun, going_on)


def matrix_in(place: Place, lines: Sequence[Line]) -> Matrix:
    """Who does what in each part of the place; the first column is all of it."""
    columns = [place, *place.children.order_by("name")]
    groups: defaultdict[tuple[int | None, int], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.sector, line.lead].append(line)
    sectors = Sector.objects.in_bulk({sector for sector, _lead in groups if sector})
    leads = Organisation.objects.in_bulk({lead for _sector, lead in groups})
    rows = [
        MatrixRow(
            sectors.get(sector or 0),
            leads[lead],
            [sum(_is_in(line, column, place) for line in found) for column in columns],
            len(found),
        )
        for (sector, lead), found in groups.items()
    ]
    return Matrix(
        columns, sorted(rows, key=lambda row: in_sector_order(row.sector, row.organisation))
    )


def wards_in(place: Place, covered: Iterable[Place]) -> list[Place]:
    """The smallest places that are known in it, as far as the mechanism covers them."""
    lies = Q(pk__in=[])
    for each in covered:
        lies |= within_path(each.path)
        if each.contains(place):
            lies |= Q(pk__isnull=False)
    inside = Place.objects.within(place).filter(lies)
    smallest = inside.filter(children=None).exclude(pk=place.pk)
    return list(smallest.select_related("parent").order_by("path"))


def service_in(
    plan: JointWorkPlan, lines: Sequence[Line], *, funded: Iterable[int]
) -> list[Served]:
    """Each ward of the plan, the least served first.

    ``funded`` are the keys of the activities with confirmed money. The sectors are those of the
    plan: one in which nobody works anywhere is no gap of a ward.
    """
    sure = set(funded)
    sectors = Sector.objects.filter(pk__in={line.sector for line in lines if line.sector})
    known = list(sectors.order_by("position", "name"))
    wards = wards_in(plan.place, plan.mechanism.places.all())
    reaching: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for path in line.paths:
            reaching[path].append(line)
    rows = [_served(ward, reaching, known, sure) for ward in wards]
    return sorted(rows, key=lambda row: row.rank)


def periods_of(plan: JointWorkPlan) -> list[Period]:
    """The quarters of the plan's year."""
    return list(Period.objects.between(plan.starts_on, plan.ends_before).order_by("starts_on"))


def _served(
    ward: Place, reaching: dict[str, list[Line]], sectors: list[Sector], sure: set[int]
) -> Served:
    row = Served(ward, ward.parent.name if ward.parent else "")
    found: list[Line] = []
    for path in ward.path_and_above:
        lines = reaching.get(path, [])
        found += lines
        (row.here if path == ward.path else row.around).update(line.pk for line in lines)
    row.around -= row.here
    row.funded = {line.pk for line in found} & sure
    busy = {line.sector for line in found}
    paid = {line.sector for line in found if line.pk in sure}
    row.idle = [sector for sector in sectors if sector.pk not in busy]
    row.unfunded = [sector for sector in sectors if sector.pk in busy - paid]
    return row


def _is_in(line: Line, column: Place, whole: Place) -> bool:
    """In a part or below it; the first column is for those that name the whole, or more."""
    if column == whole:
        return any(path in whole.path_and_above for path in line.paths)
    return any(column.has_at(path) for path in line.paths)


def in_sector_order(
    sector: Sector | None, organisation: Organisation
) -> tuple[bool, int, str, str]:
    """The key of rows by sector, those without one last, then by organisation."""
    head = (False, sector.position, sector.name) if sector else (True, 0, "")
    return (*head, str(organisation))
