"""Possible overlaps: those of a plan, each with both sides, and the decision on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import lead_there
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activities import ActivityForm
from workplans.forms.overlaps import (
    OverlapDecisionForm,
    OverlapOutcomeForm,
    RoleOverlapDecisionForm,
    RoleOverlapForm,
)
from workplans.models import Activity, JointWorkPlan, Overlap, RoleOverlap
from workplans.permissions.activities import can_create_activity
from workplans.permissions.overlaps import (
    can_decide_overlap,
    can_decide_role_overlap,
    can_raise_role_overlap,
    can_see_overlaps,
)
from workplans.services.activities import ActivityContent
from workplans.services.overlap_search import Match, Sketch, sketch_from
from workplans.services.overlaps import (
    RoleOverlapIsThere,
    announce_overlaps,
    decide_overlap,
    mark_of_matches,
    raise_role_overlap,
    resolve_overlap,
    unrecorded,
)

from .plans import find_plan

# What the form must have understood before anything can be compared.
COMPARED = ("activity_type", "sector", "lead", "places", "starts_on", "ends_on")


@require_safe
@login_required
def overlap_list(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The possible overlaps of a plan's activities, those to be decided first."""
    found = find_plan(request, slug, plan)
    require(can_see_overlaps(request.user, found.mechanism))
    overlaps = Overlap.objects.visible_to(request.user).of_plan(found).in_full().in_order()
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "overlaps": overlaps,
        "role_overlaps": RoleOverlap.objects.visible_to(request.user).filter(
            mechanism=found.mechanism
        ),
    }
    return render(request, "workplans/overlap_list.html", context)


@require_safe
@login_required
def overlap_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Both activities side by side, and what is decided."""
    overlap = find_overlap(request, pk)
    context = {
        "overlap": overlap,
        "sides": [overlap.first, overlap.second],
        "mechanism": overlap.mechanism,
        "plan": overlap.second.plan,
        "can_decide": can_decide_overlap(request.user, overlap),
        "events": Event.objects.about(overlap).select_related("by"),
    }
    return render(request, "workplans/overlap_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overlap_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """The county's or the sector lead's decision."""
    overlap = find_overlap(request, pk)
    require(can_decide_overlap(request.user, overlap))
    return settle(request, overlap, OverlapDecisionForm(request.POST or None), decide_overlap)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def overlap_resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was decided is done."""
    overlap = find_overlap(request, pk)
    require(can_decide_overlap(request.user, overlap))
    return settle(request, overlap, OverlapOutcomeForm(request.POST or None), resolve_overlap)


@require_safe
@login_required
def role_overlap_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Bodies of a mechanism that may be for the same."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_see_overlaps(request.user, mechanism))
    seen = RoleOverlap.objects.visible_to(request.user).filter(mechanism=mechanism)
    context = {
        "mechanism": mechanism,
        "overlaps": seen.in_full().order_by("-raised_at", "-pk"),
        "can_raise": can_raise_role_overlap(request.user, mechanism),
    }
    return render(request, "workplans/role_overlap_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_overlap_raise(request: SignedInRequest, slug: str) -> HttpResponse:
    """Say that two bodies may be for the same."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_raise_role_overlap(request.user, mechanism))
    form = RoleOverlapForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            overlap = raise_role_overlap(mechanism, by=request.user, **form.cleaned_data)
        except RoleOverlapIsThere as refusal:
            lead_there(form, refusal, _("See what became of it."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Raised. A focal point of the mechanism decides."))
            return redirect(overlap)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "workplans/role_overlap_form.html", context)


@require_safe
@login_required
def role_overlap_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Two bodies, in what they may overlap, and what is decided."""
    overlap = find_role_overlap(request, pk)
    context = {
        "overlap": overlap,
        "mechanism": overlap.mechanism,
        "can_decide": can_decide_role_overlap(request.user, overlap),
        "events": Event.objects.about(overlap).select_related("by"),
    }
    return render(request, "workplans/role_overlap_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_overlap_decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """What shall become of the two bodies' tasks."""
    overlap = find_role_overlap(request, pk)
    require(can_decide_role_overlap(request.user, overlap))
    return settle(request, overlap, RoleOverlapDecisionForm(request.POST or None), decide_overlap)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_overlap_resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was decided of them is done."""
    overlap = find_role_overlap(request, pk)
    require(can_decide_role_overlap(request.user, overlap))
    return settle(request, overlap, OverlapOutcomeForm(request.POST or None), resolve_overlap)


@login_required
@require_POST
def overlap_check(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """While an activity is typed: what it would overlap with, as far as it is filled in."""
    found = find_plan(request, slug, plan)
    require(can_create_activity(request.user, found))
    seen = Activity.objects.visible_to(request.user).filter(plan=found)
    known = seen.filter(code=request.POST.get("activity", "")).first()
    form = ActivityForm(request.POST, plan=found, user=request.user, activity=known)
    form.is_valid()
    matches = []
    if all(name in form.cleaned_data for name in COMPARED):
        content = {name: form.cleaned_data[name] for name in COMPARED}
        matches = unrecorded(sketch_from(found, content, known))
    return render(request, "workplans/_overlap_matches.html", {"matches": matches})


def settle(request: SignedInRequest, overlap: Overlap | RoleOverlap, form: Any, do: Any) -> Any:
    """The page on which a deed is filled in, and the deed when it is sent."""
    if request.method == "POST" and form.is_valid():
        try:
            do(overlap, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(overlap)
    context = {
        "form": form,
        "overlap": overlap,
        "mechanism": overlap.mechanism,
        "is_decision": do is decide_overlap,
    }
    return render(request, "workplans/overlap_settle.html", context)


def overlaps_to_see(
    request: SignedInRequest,
    plan: JointWorkPlan,
    content: ActivityContent,
    activity: Activity | None = None,
) -> list[tuple[Activity, Match]]:
    """What has to be seen before the activity is saved; nothing once it was (R13).

    Shown, it is told to those concerned as well.
    """
    sketch: Sketch = sketch_from(plan, content, activity)
    matches = unrecorded(sketch)
    if not matches or request.POST.get("overlaps_seen") == mark_of_matches(matches):
        return []
    code, title = content["code"], content["title"]
    announce_overlaps(sketch, matches, code=code, title=title, by=request.user)
    return matches


def find_overlap(request: HttpRequest, pk: int) -> Overlap:
    """The possible overlap as far as the visitor may see it, else 404."""
    seen = Overlap.objects.visible_to(request.user).in_full()
    places = seen.prefetch_related("first__places", "second__places")
    return get_object_or_404(places, pk=pk)


def find_role_overlap(request: HttpRequest, pk: int) -> RoleOverlap:
    return get_object_or_404(RoleOverlap.objects.visible_to(request.user).in_full(), pk=pk)
