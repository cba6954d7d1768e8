"""Which activities may do the same: the one rule of possible overlaps (R13, domain 1.15).

Same sector, also by the mapping of two schemes, same type, dates that intersect (inclusive),
different lead, and places of which one holds the other: a ward of both, or the sub-county or county
where one of them names no ward. Cancelled and merged activities are left out. One activity is
compared with what the database finds for it, a whole plan in memory; both by ``meet``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from coordination.models import Mechanism, Place, Sector, within_path
from workplans.models import Activity, JointWorkPlan, Overlap
from workplans.models.activity import ActivityQuerySet

Confidence = Overlap.Confidence

# How many parts the path of a place has: "ke/kitui/kitui-central/miambani" is a ward.
COUNTY, SUB_COUNTY, WARD = 2, 3, 4
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Sketch:
    """What of an activity is compared; it need not be saved yet. Its last day is in it."""

    mechanism: int
    pk: int | None
    sector: int | None
    activity_type: str
    lead: int
    starts_on: dt.date
    ends_on: dt.date
    paths: frozenset[str]

    @property
    def is_comparable(self) -> bool:
        return self.sector is not None and bool(self.activity_type) and bool(self.paths)


@dataclass(frozen=True)
class Match:
    """Another activity that may overlap, and the place in which both work."""

    other: int
    path: str

    @property
    def confidence(self) -> str:
        depth = depth_of(self.path)
        if depth >= WARD:
            return Confidence.WARD
        return Confidence.SUB_COUNTY if depth == SUB_COUNTY else Confidence.COUNTY


def sketch_of(activity: Activity) -> Sketch:
    """A saved activity as it is compared."""
    paths = activity.places.values_list("path", flat=True)
    return _sketch(
        activity.plan,
        {name: getattr(activity, name) for name in ("starts_on", "ends_on", "activity_type")},
        pk=activity.pk, sector=activity.sector_id, lead=activity.lead_id, paths=paths,
    )  # fmt: skip


def sketch_from(
    plan: JointWorkPlan, content: Mapping[str, Any], activity: Activity | None = None
) -> Sketch:
    """An activity as it was typed: ``content`` is what the services of activities take."""
    sector = content["sector"]
    return _sketch(
        plan,
        content,
        pk=activity.pk if activity else None,
        sector=sector.pk if sector else None,
        lead=content["lead"].pk,
        paths=[place.path for place in content["places"]],
    )


def sketch_of_keys(
    plan: JointWorkPlan,
    values: Mapping[str, Any],
    *,
    pk: int | None,
    paths: Iterable[str | None],
) -> Sketch:
    """A row of an import, which names its sector and lead by their keys."""
    known = [path for path in paths if path]
    return _sketch(plan, values, pk=pk, sector=values["sector"], lead=values["lead"], paths=known)


def possible_overlaps(sketch: Sketch) -> list[Match]:
    """The activities that may overlap with it, the surest first; two queries."""
    if not sketch.is_comparable:
        return []
    paths: defaultdict[int, set[str]] = defaultdict(set)
    through = Activity.places.through.objects.filter(activity__in=candidates(sketch).values("pk"))
    for pk, path in through.values_list("activity", "place__path"):
        paths[pk].add(path)
    met = {pk: meet(sketch.paths, found) for pk, found in paths.items()}
    return in_order(Match(pk, path) for pk, path in met.items() if path is not None)


def candidates(sketch: Sketch) -> ActivityQuerySet:
    """Activities that agree with it in everything, and whose places lie in or around its own."""
    near = Q(pk__in=[])
    for path in sketch.paths:
        around = at_and_around(path)
        if around:
            near |= Q(path__in=around) | within_path(path)
    there = Activity.places.through.objects.filter(place__in=Place.objects.filter(near))
    return (
        live_in(sketch.mechanism)
        .filter(sector__in=same_work(sketch.sector), activity_type=sketch.activity_type)
        .filter(
            Q(starts_on__lte=sketch.ends_on)
            | Q(starts_on=None, plan__starts_on__lte=sketch.ends_on)
        )
        .filter(
            Q(ends_on__gte=sketch.starts_on)
            | Q(ends_on=None, plan__ends_before__gt=sketch.starts_on)
        )
        .exclude(lead=sketch.lead)
        .exclude(pk=sketch.pk or 0)
        .filter(pk__in=there.values("activity"))
    )


def same_work(sector: int | None) -> models.QuerySet[Sector]:
    """The sector, and those of other schemes that it maps to or that map to it (domain 1.12)."""
    return Sector.objects.filter(
        Q(pk=sector) | Q(maps_to=sector) | Q(mapped_from=sector)
    ).distinct()


def live_in(mechanism: Mechanism | int) -> ActivityQuerySet:
    """The activities of the mechanism that are neither cancelled nor merged."""
    found = Activity.objects.filter(plan__mechanism=mechanism)
    return found.exclude(status__in=Activity.LEFT_OUT)


def meet(one: Iterable[str], other: Iterable[str]) -> str | None:
    """The smallest place in which both work: of two that hold one another the larger one."""
    others = list(other)
    met = (
        min(path, each, key=len)
        for path in one
        for each in others
        if path == each or path.startswith(f"{each}/") or each.startswith(f"{path}/")
    )
    return max((path for path in met if depth_of(path) >= COUNTY), key=_fineness, default=None)


def depth_of(path: str) -> int:
    """How many parts it has; the country's has one."""
    return path.count("/") + 1


def _fineness(path: str) -> tuple[int, str]:
    return depth_of(path), path


def overlaps_among(sketches: Iterable[Sketch]) -> list[tuple[Sketch, Sketch, str]]:
    """Each pair that may overlap, and the place in which they meet; for a whole plan, one query.

    Only those of one sector and type are compared, and only where one's place is another's or
    holds it: the effort grows with what is found, not with all pairs.
    """
    kinds: defaultdict[tuple[int, int | None, str], list[Sketch]] = defaultdict(list)
    for sketch in sketches:
        if sketch.is_comparable:
            kinds[sketch.mechanism, sketch.sector, sketch.activity_type].append(sketch)
    found = [pair for group in kinds.values() for pair in _pairs(group)]
    through = Sector.maps_to.through.objects.values_list("from_sector", "to_sector")
    # Both ways round is one pair of sectors.
    mapped = {(min(pair), max(pair)) for pair in through if pair[0] != pair[1]}
    for mechanism, sector, kind in list(kinds):
        for one, other in mapped:
            if sector == one and (mechanism, other, kind) in kinds:
                both = [*kinds[mechanism, one, kind], *kinds[mechanism, other, kind]]
                found += [pair for pair in _pairs(both) if pair[0].sector != pair[1].sector]
    return found


def _pairs(group: list[Sketch]) -> Iterator[tuple[Sketch, Sketch, str]]:
    for index, other in sorted(_near(group)):
        one, two = group[index], group[other]
        meet_in_time = one.starts_on <= two.ends_on and two.starts_on <= one.ends_on
        path = meet(one.paths, two.paths) if one.lead != two.lead and meet_in_time else None
        if path is not None:
            yield one, two, path


def _near(group: list[Sketch]) -> set[tuple[int, int]]:
    """Pairs of indexes of which a place of one is, or holds, one of the other's."""
    at: defaultdict[str, list[int]] = defaultdict(list)
    for index, sketch in enumerate(group):
        for path in sketch.paths:
            at[path].append(index)
    return {
        (min(index, other), max(index, other))
        for index, sketch in enumerate(group)
        for path in sketch.paths
        for around in at_and_around(path)
        for other in at.get(around, ())
        if other != index
    }


def at_and_around(path: str) -> list[str]:
    """The place and what it lies in, up to the county; the country holds everybody."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(COUNTY, len(parts) + 1)]


def sketches_in(mechanism: Mechanism | int) -> list[Sketch]:
    """Every live activity of the mechanism as it is compared; two queries."""
    rows = live_in(mechanism).annotate(
        begins=Coalesce("starts_on", F("plan__starts_on")), plan_ends=F("plan__ends_before")
    )
    paths: defaultdict[int, set[str]] = defaultdict(set)
    through = Activity.places.through.objects.filter(activity__in=rows.values("pk"))
    for pk, path in through.values_list("activity", "place__path"):
        paths[pk].add(path)
    same = ("plan__mechanism", "pk", "sector", "activity_type", "lead", "begins")
    known = rows.order_by("pk").values_list(*same, "ends_on", "plan_ends")
    return [
        Sketch(
            of, pk, sector, kind, lead, begins, ends or plan_ends - ONE_DAY, frozenset(paths[pk])
        )
        for of, pk, sector, kind, lead, begins, ends, plan_ends in known
    ]


def in_order(matches: Iterable[Match]) -> list[Match]:
    """The surest first."""
    return sorted(matches, key=lambda match: (-match.path.count("/"), match.other))


def _sketch(
    plan: JointWorkPlan,
    content: Mapping[str, Any],
    *,
    pk: int | None,
    sector: int | None,
    lead: int,
    paths: Iterable[str],
) -> Sketch:
    """With the plan's own span where a day is not known."""
    return Sketch(
        plan.mechanism_id,
        pk,
        sector,
        content["activity_type"],
        lead,
        content["starts_on"] or plan.starts_on,
        content["ends_on"] or plan.ends_before - ONE_DAY,
        frozenset(paths),
    )
