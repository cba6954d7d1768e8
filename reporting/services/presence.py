"""Who does what where: the activities of a place by sector and organisation (domain 5.11).

It shows presence, not need: where nothing is listed there may be a gap, or nothing to do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from coordination.models import Organisation, Place, Sector, SectorLead
from workplans.models import Activity, ActivityPartner
from workplans.models.plan import ActivityQuerySet


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

    @property
    def idle_places(self) -> list[Place]:
        """Places next below in which no activity is listed."""
        return [place for place, count in self.places if not count]


@dataclass(frozen=True)
class Line:
    """One activity in one of its places."""

    activity: int
    sector: int | None
    lead: int
    status: str
    path: str


def presence_in(place: Place, activities: ActivityQuerySet) -> Presence:
    """Who does what where in the place, among ``activities``; takes six queries."""
    lines = lines_in(place, activities)
    children = list(place.children.order_by("name"))
    leads = SectorLead.objects.filter(place__path__in=place.path_and_above)
    leads = leads.select_related("sector", "department").order_by(
        "sector__position", "sector__name"
    )
    live = [line for line in lines if line.status != Activity.Status.CANCELLED]
    rows = rows_of(place, live, children)
    busy = {row.sector.pk for row in rows if row.sector}
    return Presence(
        rows,
        Counter(dict({line.activity: line.status for line in lines}.items()).values()),
        [(child, count_in(child, live)) for child in children],
        [lead for lead in leads if lead.sector_id not in busy],
    )


def lines_in(place: Place, activities: ActivityQuerySet) -> list[Line]:
    """A line for each activity and each of its places that lies in ``place``."""
    rows = activities.within(place).values_list("pk", "sector", "lead", "status", "places__path")
    inside = f"{place.path}/"
    return [Line(*row) for row in rows if row[-1] == place.path or row[-1].startswith(inside)]


def count_in(place: Place, lines: Iterable[Line]) -> int:
    """How many activities there are in the place or below."""
    inside = f"{place.path}/"
    return len(
        {line.activity for line in lines if line.path == place.path or line.path.startswith(inside)}
    )


def rows_of(place: Place, lines: list[Line], children: list[Place]) -> list[PresenceRow]:
    """The lines by sector and lead; the sectors in their order, none last."""
    groups: dict[tuple[int | None, int], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.sector, line.lead].append(line)
    sectors = Sector.objects.in_bulk({line.sector for line in lines if line.sector})
    partners = partners_of({line.activity for line in lines})
    organisations = Organisation.objects.in_bulk(
        {line.lead for line in lines} | {each for found in partners.values() for each in found}
    )
    rows = []
    for (sector, lead), members in groups.items():
        activities = {line.activity for line in members}
        joined = {each for activity in activities for each in partners[activity]} - {lead}
        rows.append(
            PresenceRow(
                sectors.get(sector or 0),
                organisations[lead],
                sorted((organisations[each] for each in joined), key=str),
                [child for child in children if count_in(child, members)],
                any(line.path == place.path for line in members),
                len(activities),
            )
        )
    return sorted(rows, key=_in_order)


def partners_of(activities: Iterable[int]) -> dict[int, set[int]]:
    """The co-implementers of each activity."""
    found: dict[int, set[int]] = defaultdict(set)
    pairs = ActivityPartner.objects.filter(activity__in=activities)
    for activity, organisation in pairs.values_list("activity", "organisation"):
        found[activity].add(organisation)
    return found


def _in_order(row: PresenceRow) -> tuple[bool, int, str, str]:
    sector = row.sector
    head = (False, sector.position, sector.name) if sector else (True, 0, "")
    return (*head, str(row.organisation))
