"""A plan against the county's own annual plans."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workplans.models import Activity, PlanningDocument
from workplans.services.plan_lines import lines_against

from .plans import find_plan


@require_safe
def plan_lines(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Lines without an activity, and activities without a line (S28)."""
    found = find_plan(request, slug, plan)
    seen = Activity.objects.visible_to(request.user).filter(plan=found)
    today = found.mechanism.today()
    documents = PlanningDocument.objects.visible_to(request.user)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "documents": lines_against(found, seen, documents, on=today),
        "without": seen.standing().filter(adp_line=None).select_related("lead").order_by("code"),
        "is_empty": not seen.standing().exists(),
    }
    return render(request, "workplans/plan_lines.html", context)
