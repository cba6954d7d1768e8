"""What a sector session opens with: last year's results, and the county's priorities (P4)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from coordination.models import Sector, Visitor
from coordination.services.rounding import NONE
from reporting.services.figures import figures_for
from reporting.services.scopes import Scope
from workplans.models import (
    Activity,
    ActivityOutput,
    IndicatorVersion,
    JointWorkPlan,
    PlanningDocument,
    PlanningLine,
    code_order,
    programme_of,
)
from workplans.models.activity import ActivityQuerySet
from workplans.services.plan_lines import DocumentLines, lines_against
from workplans.services.rounding import display


@dataclass(frozen=True)
class Achieved:
    """An output of last year: what it was to reach, and the lead's verified figure of the year."""

    output: ActivityOutput
    value: str


@dataclass
class LastYear:
    activity: Activity
    outputs: list[Achieved] = field(default_factory=list)


@dataclass(frozen=True)
class Priorities:
    """An annual plan of the county, as far as it concerns the sector.

    Its lines are those of the programmes that the sector's activities cite; of a sector that cites
    none yet, all.
    """

    document: PlanningDocument
    lines: list[tuple[int, PlanningLine, list[Activity]]]
    is_narrowed: bool


@dataclass(frozen=True)
class SessionEvidence:
    last_plan: JointWorkPlan | None
    last_year: list[LastYear]
    priorities: list[Priorities]


def evidence_for(
    plan: JointWorkPlan, sector: Sector, reader: Visitor, *, on: dt.date
) -> SessionEvidence:
    """As far as the reader may see it; a fixed number of queries."""
    last_plan = (
        JointWorkPlan.objects.visible_to(reader)
        .filter(mechanism=plan.mechanism_id, place=plan.place_id, ends_before=plan.starts_on)
        .select_related("mechanism", "place")
        .first()
    )
    seen = Activity.objects.visible_to(reader)
    return SessionEvidence(
        last_plan,
        _last_year(last_plan, seen.filter(sector=sector), on=on) if last_plan else [],
        _priorities(plan, sector, seen.filter(plan=plan), reader, on=on),
    )


def _last_year(plan: JointWorkPlan, seen: ActivityQuerySet, *, on: dt.date) -> list[LastYear]:
    activities = seen.filter(plan=plan).select_related("plan__mechanism", "lead")
    rows = {each.pk: LastYear(each) for each in activities}
    outputs = list(
        ActivityOutput.objects.filter(activity__in=rows)
        .select_related("activity__lead", "indicator")
        .order_by("activity", "position", "pk")
    )
    in_use = IndicatorVersion.objects.filter(
        state=IndicatorVersion.State.IN_USE,
        indicator__in={each.indicator_id for each in outputs if each.indicator_id},
    )
    versions = {each.indicator_id: each for each in in_use.select_related("indicator__mechanism")}
    year = Scope(plan.place, plan.starts_on, plan.ends_before)
    leads = {each.activity.lead for each in outputs}
    figures = figures_for(versions.values(), [year.by(lead) for lead in leads], on=on)
    for output in outputs:
        version = versions.get(output.indicator_id or 0)
        value = NONE
        if version is not None:
            value = display(figures[version.pk, year.by(output.activity.lead)].value, version)
        rows[output.activity_id].outputs.append(Achieved(output, value))
    return sorted(rows.values(), key=lambda row: code_order(row.activity.code))


def _priorities(
    plan: JointWorkPlan,
    sector: Sector,
    activities: ActivityQuerySet,
    reader: Visitor,
    *,
    on: dt.date,
) -> list[Priorities]:
    documents = PlanningDocument.objects.visible_to(reader)
    citing = activities.standing().filter(sector=sector).exclude(adp_line=None)
    cited = set(citing.values_list("adp_line_id", flat=True))
    return [_narrowed(each, cited) for each in lines_against(plan, activities, documents, on=on)]


def _narrowed(against: DocumentLines, cited: set[int]) -> Priorities:
    known = {line.pk: line for _depth, line, _citing, _entry in against.lines}
    below: defaultdict[int, bool] = defaultdict(bool)
    for pk, line in known.items():
        if pk in cited:
            below[programme_of(line, known).pk] = True
    lines = [
        (depth, line, citing)
        for depth, line, citing, _entry in against.lines
        if not below or below[programme_of(line, known).pk]
    ]
    return Priorities(against.document, lines, bool(below))
