"""A plan on paper: for the wall of a workshop, and forms to be filled in by hand (P17)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from workplans.models import Activity, ActivityOutput, ActivityPartner, PlanningLine
from workplans.services.money import ActivityMoney, money_of
from workplans.services.plans import PlanGroup, span_in_words

from .plans import Listing, find_plan

PAPERS = ("a3", "a4")
FORMS = 4


@require_safe
def plan_print(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The activities as filtered and grouped, on A3 or A4 landscape; a cross-listed one once."""
    found = find_plan(request, slug, plan)
    listing = Listing(request, found)
    paper = request.GET.get("paper", "")
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "listing": listing,
        "paper": paper if paper in PAPERS else PAPERS[0],
        "groups": groups_printed(request, listing),
        "is_empty": not Activity.objects.visible_to(request.user).filter(plan=found).exists(),
        "spans": span_in_words(found),
        "now": timezone.now(),
    }
    return render(request, "workplans/plan_print.html", context)


@require_safe
def plan_forms(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Blank forms of an activity, to be filled in by hand and typed in later."""
    found = find_plan(request, slug, plan)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "numbers": range(1, FORMS + 1),
        "types": Activity.Type.labels,
        "roles": ActivityPartner.Role.labels,
    }
    return render(request, "workplans/plan_forms.html", context)


@dataclass(frozen=True)
class Printed:
    """An activity as it stands on paper."""

    activity: Activity
    # The line of the ADP that it cites, as far as the visitor may see it.
    adp_line: PlanningLine | None
    # None where it is cancelled or merged, and counts no more.
    money: ActivityMoney | None


def groups_printed(request: HttpRequest, listing: Listing) -> list[tuple[PlanGroup, list[Printed]]]:
    """Each group with its activities, those that are counted in it, and their outputs."""
    outputs = ActivityOutput.objects.visible_to(request.user).select_related("indicator")
    seen = Prefetch("outputs", outputs.order_by("position", "pk"))
    activities = Activity.objects.in_full().prefetch_related(seen).in_bulk(listing.order)
    lines = PlanningLine.objects.visible_to(request.user).in_bulk(
        {each.adp_line_id for each in activities.values() if each.adp_line_id}
    )
    shown = Activity.objects.filter(pk__in=listing.order)
    money = {line.activity.pk: line for line in money_of(listing.plan, shown).lines}
    return [
        (
            group,
            [
                Printed(each, lines.get(each.adp_line_id or 0), money.get(each.pk))
                for line in group.lines
                if not line.is_cross_listed
                for each in [activities[line.activity]]
            ],
        )
        for group in listing.groups
        if any(not line.is_cross_listed for line in group.lines)
    ]
