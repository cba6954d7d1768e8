"""A plan against the county's own annual plans: what cites what, and what stands alone (S28)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from workplans.models import Activity, JointWorkPlan, PlanningDocument, PlanningLine, walk_lines
from workplans.models.activity import ActivityQuerySet
from workplans.models.planning_document import PlanningDocumentQuerySet

from .budget_entries import BudgetEntry, entry_of


@dataclass(frozen=True)
class DocumentLines:
    """An annual plan with its lines as they nest; each with the activities that cite it."""

    document: PlanningDocument
    lines: list[tuple[int, PlanningLine, list[Activity], BudgetEntry]]
    # Of the lines that nothing stands below.
    without: list[PlanningLine]
    total: int


def lines_against(
    plan: JointWorkPlan,
    activities: ActivityQuerySet,
    documents: PlanningDocumentQuerySet,
    *,
    on: dt.date,
) -> list[DocumentLines]:
    """The annual plans among ``documents`` that the plan's activities should cite; two queries."""
    annual = (
        documents.current()
        .for_place(plan.place)
        .during(plan.starts_on, plan.ends_before)
        .filter(mechanism=plan.mechanism, kind__in=PlanningDocument.ANNUAL)
    )
    citing: defaultdict[int, list[Activity]] = defaultdict(list)
    for activity in activities.standing().exclude(adp_line=None).order_by("code"):
        citing[activity.adp_line_id or 0].append(activity)
    return [
        _against(document, document.lines.all(), citing, on=on)
        for document in annual.select_related("mechanism").prefetch_related("lines").in_order()
    ]


def _against(
    document: PlanningDocument,
    lines: Iterable[PlanningLine],
    citing: dict[int, list[Activity]],
    *,
    on: dt.date,
) -> DocumentLines:
    known = {line.pk: line for line in lines}
    nested = [
        (depth, line, citing.get(line.pk, []), entry_of(line, known, on=on))
        for depth, line in walk_lines(known.values())
    ]
    above = {line.parent_id for _depth, line, _found, _entry in nested}
    last = [(line, found) for _depth, line, found, _entry in nested if line.pk not in above]
    return DocumentLines(document, nested, [line for line, found in last if not found], len(last))
