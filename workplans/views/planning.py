"""The frame of a joint work plan: begun, edited, and led from state to state."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import can_hand_over_backbone, require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning import PlanBackboneForm, PlanForm
from workplans.forms.signing import PlanStepForm
from workplans.models import JointWorkPlan
from workplans.permissions.plans import can_advance_plan, can_create_plan, can_edit_plan
from workplans.services.activities import PlanIsClosed
from workplans.services.plan_backbones import hand_over_plan_backbone
from workplans.services.planning import (
    PlanAddressIsPublic,
    PlanAddressTaken,
    PlanForYearExists,
    PlanMovedOn,
    advance_plan,
    create_plan,
    edit_plan,
)

from .plans import find_plan

# What an editor may have to be told of: a page's deed, and the administration's.
EDITS = ("workplans.plan_edited", "workplans.jointworkplan_changed")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A new plan of the mechanism, being drafted and not public."""
    seen = Mechanism.objects.visible_to(request.user).select_related("calendar")
    mechanism = get_object_or_404(seen, slug=slug)
    require(can_create_plan(request.user, mechanism))
    today = mechanism.today()
    form = PlanForm(request.POST or None, mechanism=mechanism, on=today)
    if request.method == "POST" and form.is_valid():
        try:
            backbone = form.cleaned_data["backbone"]
            plan = create_plan(mechanism, by=request.user, backbone=backbone, **form.content())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            said = _("The plan is begun. Its members enter their activities; then publish it.")
            messages.success(request, said)
            return redirect(plan)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "workplans/plan_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The frame of a plan; the second of two editors is shown both versions."""
    found = find_plan(request, slug, plan)
    require(can_edit_plan(request.user, found))
    form, conflict = PlanForm(request.POST or None, **frame_of(found)), None
    if request.method == "POST" and form.is_valid():
        try:
            found = edit_plan(
                found,
                by=request.user,
                seen_version=form.cleaned_data["seen_version"],
                **form.content(),
            )
        except EditedMeanwhile:
            form, conflict = frame_conflict(request, form, found)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect("plan-detail", slug, form["slug"].value())
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(found)
    context = {"form": form, "conflict": conflict, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/plan_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_advance(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Records that the plan has come to its next state, and who decided so."""
    found = find_plan(request, slug, plan)
    require(can_advance_plan(request.user, found))
    form = PlanStepForm(request.POST or None, plan=found, user=request.user)
    if found.next_state is None:
        messages.warning(request, PlanIsClosed.message)
        return redirect(found)
    if found.state == JointWorkPlan.State.VALIDATED:
        return redirect("plan-signing", slug, plan)
    if request.method == "POST" and form.is_valid():
        try:
            advance_plan(found, by=request.user, **form.cleaned_data)
        except PlanMovedOn as refusal:
            messages.warning(request, str(refusal))
            return redirect(found)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(found)
    context = {"form": form, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/plan_advance.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_backbone_hand_over(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Record that another organisation takes over as backbone of the plan."""
    found = find_plan(request, slug, plan)
    require(can_hand_over_backbone(request.user, found.mechanism))
    if found.is_over:
        messages.warning(request, PlanIsClosed.message)
        return redirect(found)
    form = PlanBackboneForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = hand_over_plan_backbone(found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            said = _("On record: %(backbone)s is the backbone of %(plan)s.")
            messages.success(request, said % {"backbone": found.served_by, "plan": found})
            return redirect(found)
    context = {"form": form, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/plan_backbone.html", context)


def frame_of(plan: JointWorkPlan) -> dict[str, Any]:
    """What the form of a plan's frame is made of."""
    mechanism = plan.mechanism
    return {
        "mechanism": mechanism,
        "on": mechanism.today(),
        "plan": plan,
    }


def frame_conflict(
    request: SignedInRequest, mine: PlanForm, plan: JointWorkPlan
) -> tuple[PlanForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    # By its key: the other may have given it another address.
    rows = JointWorkPlan.objects.select_related("mechanism__calendar", "calendar")
    current = rows.get(pk=plan.pk)
    theirs = PlanForm(**frame_of(current))
    again = PlanForm(merged(mine, theirs, current.version), **frame_of(current))
    saved = Event.objects.about(current).filter(verb__in=EDITS).first()
    return again, Conflict.since(saved, differences(mine, theirs))


def add_refusal(form: PlanForm, refusal: Refusal) -> None:
    """Say the refusal at the field that it is about."""
    fields: dict[type[Refusal], str] = {
        PlanAddressTaken: "slug",
        PlanAddressIsPublic: "slug",
        PlanForYearExists: "year",
    }
    form.add_error(fields.get(type(refusal)), str(refusal))
