"""Who does what where: the activities of a place by sector and organisation (domain 5.11).

It shows presence, not need: where nothing is listed there may be a gap, or nothing to do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from coordination.models import Organisation, Place, Sector, SectorLead, within_path
from workplans.models import Activity
from workplans.models.activity import ActivityQuerySet
from workplans.services.coverage import in_sector_order


@dataclass
class PresenceRow:
    """What one organisation leads in one sector, and where in the place."""

    sector: Sector | None
    organisation: Organisation
    partners: list[Organisation]
    places: list[Place]
    is_everywhere: bool
    count: int


@dataclass
class Presence:
    """The activities of a place, cancelled ones apart."""

    rows: list[PresenceRow] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    places: list[tuple[Place, int]] = field(default_factory=list)
    idle_sectors: list[SectorLead] = field(default_factory=list)

    @property
    def organisation_count(self) -> int:
        leads = {row.organisation.pk for row in self.rows}
        return len(leads | {each.pk for row in self.rows for each in row.partners})

    @property
    def activity_count(self) -> int:
        return sum(row.count for row in self.rows)


class Line(NamedTuple):
    """One activity in one of its places."""

    activity: int
    sector: int | None
    lead: int
    status: str
    plan: int
    path: str


class Joined(NamedTuple):
    """An organisation that joins what another leads in a sector, where it stands so."""

    sector: int | None
    lead: int
    status: str
    organisation: int


class Offered(NamedTuple):
    """The keys of what occurs among activities: what a filter of them can offer."""

    sectors: set[int]
    organisations: set[int]
    plans: set[int]


@dataclass(frozen=True)
class Work:
    """The activities of a place, as few of their columns as a page asks for, read once."""

    lines: list[Line]
    joined: list[Joined]

    @property
    def activities(self) -> list[int]:
        """The keys of the activities, those of the newest plans first."""
        return list(dict.fromkeys(line.activity for line in self.lines))

    @property
    def offered(self) -> Offered:
        """What `offered_in` finds of the same activities."""
        return Offered(
            {line.sector for line in self.lines if line.sector},
            {line.lead for line in self.lines} | {each.organisation for each in self.joined},
            {line.plan for line in self.lines},
        )


def work_in(place: Place, activities: ActivityQuerySet) -> Work:
    """What there is of ``activities`` in the place; takes two queries."""
    inside = activities.filter(within_path(place.path, "places"))
    listed = inside.order_by("-plan__starts_on", "plan__title", "code", "pk")
    lines = listed.values_list("pk", "sector", "lead", "status", "plan", "places__path")
    joined = inside.order_by().filter(partners__isnull=False)
    pairs = joined.values_list("sector", "lead", "status", "partners__organisation").distinct()
    return Work([Line(*row) for row in lines], [Joined(*row) for row in pairs])


def offered_in(place: Place, activities: ActivityQuerySet) -> Offered:
    """What occurs among ``activities`` in the place, where they are not read; two queries."""
    inside = activities.filter(within_path(place.path, "places")).order_by()
    rows = list(inside.values_list("sector", "lead", "plan").distinct())
    joined = inside.filter(partners__isnull=False).values_list("partners__organisation", flat=True)
    return Offered(
        {sector for sector, _lead, _plan in rows if sector},
        {lead for _sector, lead, _plan in rows} | set(joined.distinct()),
        {plan for _sector, _lead, plan in rows},
    )


def presence_in(place: Place, work: Work) -> Presence:
    """Who does what where in the place; takes four queries."""
    children = {child.path: child for child in place.children.order_by("name")}
    leads = SectorLead.objects.filter(place__path__in=place.path_and_above)
    leads = leads.select_related("sector", "department").order_by(
        "sector__position", "sector__name"
    )
    live = [line for line in work.lines if line.status not in Activity.LEFT_OUT]
    groups: dict[tuple[int | None, int], Group] = defaultdict(Group)
    busy: dict[str, set[int]] = defaultdict(set)
    depth = place.path.count("/") + 2
    # Thousands of lines share a few paths.
    next_below = {path: "/".join(path.split("/")[:depth]) for path in {line.path for line in live}}
    for line in live:
        child = next_below[line.path]
        groups[line.sector, line.lead].add(line, child)
        busy[child].add(line.activity)
    rows = rows_of(place, groups, children, partners_in(work))
    active = {row.sector.pk for row in rows if row.sector}
    return Presence(
        rows,
        Counter({line.activity: line.status for line in work.lines}.values()),
        [(child, len(busy[path])) for path, child in children.items()],
        [lead for lead in leads if lead.sector_id not in active],
    )


@dataclass
class Group:
    """What one organisation leads in one sector: its activities, and the paths next below."""

    activities: set[int] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    def add(self, line: Line, path: str) -> None:
        self.activities.add(line.activity)
        self.paths.add(path)


def rows_of(
    place: Place,
    groups: dict[tuple[int | None, int], Group],
    children: dict[str, Place],
    partners: dict[tuple[int | None, int], set[int]],
) -> list[PresenceRow]:
    """A row for each sector and lead; the sectors in their order, none last."""
    sectors = Sector.objects.in_bulk({sector for sector, _lead in groups if sector})
    organisations = Organisation.objects.in_bulk(
        {lead for _sector, lead in groups} | {each for found in partners.values() for each in found}
    )
    rows = []
    for (sector, lead), group in groups.items():
        joined = partners[sector, lead] - {lead}
        rows.append(
            PresenceRow(
                sectors.get(sector or 0),
                organisations[lead],
                sorted((organisations[each] for each in joined), key=str),
                [child for path, child in children.items() if path in group.paths],
                place.path in group.paths,
                len(group.activities),
            )
        )
    return sorted(rows, key=lambda row: in_sector_order(row.sector, row.organisation))


def partners_in(work: Work) -> dict[tuple[int | None, int], set[int]]:
    """The co-implementers of the activities that are not cancelled, by sector and lead."""
    found: dict[tuple[int | None, int], set[int]] = defaultdict(set)
    for each in work.joined:
        if each.status not in Activity.LEFT_OUT:
            found[each.sector, each.lead].add(each.organisation)
    return found
