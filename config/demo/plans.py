"""Results frameworks, joint work plans and their activities."""

from __future__ import annotations

from typing import Any

from coordination.models import Mechanism
from workplans.models import (
    Activity,
    ActivityComment,
    ActivityOutput,
    ActivityPartner,
    ActivityTie,
    IntendedResult,
    JointWorkPlan,
    PlanningDocument,
    PlanningLine,
    ResultsFramework,
)
from workplans.services.plan_choices import citable_lines

from .people import who
from .sources import (
    calendar,
    mechanism,
    mechanism_files,
    moment,
    organisation,
    place,
    places,
    sector,
)

TEXTS = ("code", "level", "statement", "assumptions", "risks")
PLAIN = (
    "code", "title", "description", "activity_type", "joint_priority", "responsible_post",
    "target_group", "starts_on", "ends_on", "budget_minor", "currency", "assumptions",
    "status_reason",
)  # fmt: skip


def load_plans() -> None:
    """The frameworks and plans of every mechanism, as their documents state them."""
    for entry in mechanism_files():
        owner = mechanism(entry["mechanism"]["slug"])
        if "framework" in entry:
            _load_framework(owner, entry["framework"])
        for row in entry.get("planning_documents", []):
            _load_document(owner, row)
        for row in entry.get("plans", []):
            _load_plan(owner, row)


def _load_framework(owner: Mechanism, row: dict[str, Any]) -> None:
    framework = ResultsFramework.objects.create(
        mechanism=owner, name=row["name"], state=row["state"]
    )
    for position, content in enumerate(row["results"]):
        parent = content.get("parent")
        node = IntendedResult(
            framework=framework,
            parent=framework.results.get(code=parent) if parent else None,
            position=position,
            owner=organisation(content["owner"]) if "owner" in content else None,
            **{name: content[name] for name in TEXTS if name in content},
        )
        node.full_clean()
        node.save()


def _load_document(owner: Mechanism, row: dict[str, Any]) -> None:
    """A planning document with its lines, each after the one that it is part of."""
    content = {
        name: value for name, value in row.items() if name not in {"lines", "place", "owner"}
    }
    document = PlanningDocument(
        mechanism=owner,
        place=place(row["place"]),
        owner=organisation(row["owner"]) if "owner" in row else None,
        **content,
    )
    document.full_clean()
    document.save()
    for position, line in enumerate(row["lines"]):
        parent = line.get("parent")
        PlanningLine.objects.create(
            document=document,
            position=position,
            parent=document.lines.get(code=parent) if parent else None,
            **{name: value for name, value in line.items() if name != "parent"},
        )


def _load_plan(owner: Mechanism, row: dict[str, Any]) -> None:
    year = calendar(row["calendar"])
    department = row.get("lead_department")
    plan = JointWorkPlan(
        mechanism=owner,
        place=place(row["place"]),
        calendar=year,
        starts_on=row["starts_on"],
        ends_before=year.year_end(row["starts_on"]),
        title=row["title"],
        slug=row["slug"],
        lead_department=organisation(department) if department else None,
        state=row["state"],
        is_published=row["published"],
        origin=row["origin"],
    )
    plan.full_clean()
    plan.save()
    for content in row.get("activities", []):
        _load_activity(plan, content)
    for tie in row.get("ties", []):
        sides = {side: plan.activities.get(code=tie[side]) for side in ("first", "second")}
        ActivityTie.objects.create(kind=tie["kind"], note=tie.get("note", ""), **sides)


def _load_activity(plan: JointWorkPlan, row: dict[str, Any]) -> None:
    nodes = IntendedResult.objects.filter(framework__mechanism=plan.mechanism)
    home, also = row.get("under"), row.get("also_under", [])
    # What stands in a plan that is carried out was agreed, where its document says nothing else.
    status = row.get("status", Activity.Status.AGREED)
    activity = Activity(
        plan=plan,
        status=status,
        sector=sector(row["sector"]) if "sector" in row else None,
        intended_result=nodes.get(code=home) if home else None,
        **_cited(plan, row),
        lead=organisation(row["lead"]),
        origin=row.get("origin", plan.origin),
        **{name: row[name] for name in PLAIN if name in row},
    )
    activity.full_clean()
    activity.save()
    activity.places.set(places(row["places"]))
    activity.also_under.set(nodes.filter(code__in=also))
    for position, output in enumerate(row.get("outputs", [])):
        ActivityOutput.objects.create(activity=activity, position=position, **output)
    for said in row.get("comments", []):
        _load_comment(activity, said)
    for partner in row.get("partners", []):
        ActivityPartner.objects.create(
            activity=activity,
            organisation=organisation(partner["organisation"]),
            role=partner["role"],
        )


def _load_comment(activity: Activity, row: dict[str, Any]) -> None:
    """What somebody said of the activity; with an answer where its lead has given one."""
    told = activity.plan.mechanism
    comment = ActivityComment(
        activity=activity, text=row["text"], by=who(row["by"]), at=moment(row["at"], told)
    )
    if "answer" in row:
        comment.answer, comment.reason = row["answer"], row["reason"]
        comment.answered_by = who(row["answered_by"])
        comment.answered_at = moment(row["answered_at"], told)
    comment.full_clean()
    comment.save()


def _cited(plan: JointWorkPlan, row: dict[str, Any]) -> dict[str, PlanningLine]:
    """The lines that the activity cites, by the codes that stand in the row."""
    return {
        name: citable_lines(plan, name).get(code=row[name])
        for name in ("cidp_line", "adp_line")
        if name in row
    }
