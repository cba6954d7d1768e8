"""What the activities of a plan may name: places, organisations, results and lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from coordination.models import Organisation, Place, Sector, within_any
from workplans.models import (
    IntendedResult,
    JointWorkPlan,
    PlanningDocument,
    PlanningLine,
    ResultsFramework,
)
from workplans.models.planning_document import PlanningLineQuerySet

# Which documents the two lines that an activity cites stand in.
LINES = {"cidp_line": PlanningDocument.FRAMING, "adp_line": PlanningDocument.ANNUAL}


def places_of(plan: JointWorkPlan) -> QuerySet[Place]:
    """The plan's place, and the places below it that the mechanism covers, down to the ward."""
    paths = (place.path for place in plan.mechanism.places.all())
    covered = Q(pk=plan.place_id) | within_any(paths)
    return Place.objects.within(plan.place).filter(covered).order_by("path")


def label_place(place: Place, names: dict[str, str], depth: int) -> str:
    """The place by its line below a plan's, "Mwingi Central › Nguni"; ``names`` are by path."""
    below = place.path_and_above[depth:]
    if not below:
        return _("%(place)s, all of it") % {"place": place.name}
    return " › ".join(names.get(path, path) for path in below)


def organisations_around(plan: JointWorkPlan) -> QuerySet[Organisation]:
    """Whom an activity may name: members, conveners, the backbone, and the governments there."""
    mechanism = plan.mechanism
    around = (
        Organisation.objects.filter(memberships__mechanism=mechanism)
        | Organisation.objects.filter(convenes=mechanism)
        | Organisation.objects.filter(backbone_of=mechanism)
        | Organisation.objects.filter(place__mechanisms=mechanism)
        | Organisation.objects.filter(parent__place__mechanisms=mechanism)
    )
    return Organisation.objects.filter(pk__in=around.values("pk")).order_by("short_name")


def results_of(plan: JointWorkPlan) -> QuerySet[IntendedResult]:
    """The intended results of the mechanism's standing frameworks."""
    results = IntendedResult.objects.filter(framework__mechanism=plan.mechanism_id)
    results = results.filter(framework__in=ResultsFramework.objects.standing())
    return results.order_by("position", "code")


def citable_lines(
    plan: JointWorkPlan, name: str, stored: Iterable[int | None] = ()
) -> PlanningLineQuerySet:
    """The lines of the place's current documents that meet the plan's time; and those stored.

    ``name`` is that of the field, ``cidp_line`` or ``adp_line``.
    """
    kinds = LINES[name]
    lines = PlanningLine.objects.citable_in(plan.mechanism, plan.place, kinds)
    meeting = PlanningDocument.objects.during(plan.starts_on, plan.ends_before)
    known = Q(pk__in=lines.filter(document__in=meeting).values("pk"))
    kept = Q(pk__in=[key for key in stored if key], document__kind__in=kinds)
    return PlanningLine.objects.filter(known | kept)


def sector_labels() -> dict[int, str]:
    """Each sector by its name, and by its scheme where several bear the name."""
    sectors = list(Sector.objects.select_related("scheme").order_by("scheme__name", "position"))
    times = Counter(sector.name.casefold() for sector in sectors)
    return {
        sector.pk: sector.name
        if times[sector.name.casefold()] == 1
        else f"{sector.name} ({sector.scheme.name})"
        for sector in sectors
    }
