"""The posts behind a plan: its champion, liaison officer and experts, and the champion's nudges."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.permissions import can_see_holders
from coordination.models import Organisation
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.nudges import NudgeForm
from workplans.models import Nudge
from workplans.permissions.plans import can_nudge_departments
from workplans.permissions.standing import can_see_work
from workplans.services.nudges import (
    last_nudged,
    nudge_department,
    waiting_for_departments,
)
from workplans.services.plan_posts import expertise_at_sessions, posts_of

from .plans import find_plan

NUDGES_SHOWN = 30


@require_safe
def plan_posts(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Who stands behind the plan; for who takes part, what waits for the departments too."""
    found = find_plan(request, slug, plan)
    today = found.mechanism.today()
    is_inside = can_see_work(request.user, found.mechanism)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "posts": posts_of(found, on=today),
        "sessions": expertise_at_sessions(found),
        "sees_holders": can_see_holders(request.user, found.mechanism),
        "is_inside": is_inside,
        "can_nudge": can_nudge_departments(request.user, found),
        "waiting": [],
        "nudges": [],
    }
    if is_inside:
        asked = last_nudged(found)
        context["waiting"] = [
            (row, asked.get((row.department.pk, row.matter)))
            for row in waiting_for_departments(found, request.user, on=today)
        ]
        nudges = Nudge.objects.visible_to(request.user).filter(plan=found).newest_first()
        context["nudges"] = nudges.select_related("department", "seat")[:NUDGES_SHOWN]
    return render(request, "workplans/plan_posts.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def department_nudge(
    request: SignedInRequest, slug: str, plan: str, *, department: str, matter: str
) -> HttpResponse:
    """Write to a department about one matter that waits for it."""
    found = find_plan(request, slug, plan)
    if matter not in Nudge.Matter.values:
        raise Http404
    asked = get_object_or_404(Organisation, slug=department)
    require(can_nudge_departments(request.user, found))
    today = found.mechanism.today()
    waits = waiting_for_departments(found, request.user, on=today)
    form = NudgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            nudge_department(
                found, asked, by=request.user, matter=Nudge.Matter(matter), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(department)s is asked.") % {"department": asked})
            return redirect("plan-posts", slug, found.slug)
    context = {
        "form": form,
        "plan": found,
        "mechanism": found.mechanism,
        "department": asked,
        "matter": Nudge.Matter(matter).label,
        "waiting": [row for row in waits if (row.department, row.matter) == (asked, matter)],
    }
    return render(request, "workplans/department_nudge.html", context)
