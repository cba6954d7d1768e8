"""Bottlenecks of a plan, with the activities that they delay."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, differences, lead_there, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.bottlenecks import BottleneckForm
from workplans.models import Activity, Bottleneck, JointWorkPlan
from workplans.permissions.learning import can_edit_bottleneck, can_raise_bottleneck
from workplans.services.bottlenecks import (
    BottleneckIsThere,
    edit_bottleneck,
    raise_bottleneck,
)

from .plans import find_plan

EDITS = ("workplans.bottleneck_edited", "workplans.bottleneck_resolved")


@require_safe
def bottleneck_list(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """What holds the plan up; what stands first."""
    found = find_plan(request, slug, plan)
    seen = Activity.objects.visible_to(request.user).order_by("code")
    rows = (
        Bottleneck.objects.visible_to(request.user)
        .filter(plan=found)
        .select_related("raised_by")
        .prefetch_related(Prefetch("activities", seen, to_attr="delayed"))
        .in_order()
    )
    for row in rows:
        row.plan = found
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "rows": [(row, can_edit_bottleneck(request.user, row)) for row in rows],
        "can_raise": can_raise_bottleneck(request.user, found),
    }
    return render(request, "workplans/bottleneck_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_raise(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """A new bottleneck."""
    found = find_plan(request, slug, plan)
    require(can_raise_bottleneck(request.user, found))
    form = BottleneckForm(request.POST or None, plan=found, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            bottleneck = raise_bottleneck(found, by=request.user, seen=seen, **form.content())
        except BottleneckIsThere as refusal:
            lead_there(form, refusal, _("Follow it up there."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(bottleneck)
    context = {"form": form, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/bottleneck_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_edit(request: SignedInRequest, slug: str, plan: str, pk: int) -> HttpResponse:
    """Follow a bottleneck up, or say that it is resolved."""
    found = find_plan(request, slug, plan)
    bottleneck = find_bottleneck(request, found, pk)
    require(can_edit_bottleneck(request.user, bottleneck))
    form = BottleneckForm(
        request.POST or None, plan=found, user=request.user, bottleneck=bottleneck
    )
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_bottleneck(bottleneck, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            current = find_bottleneck(request, found, pk)
            theirs = BottleneckForm(plan=found, user=request.user, bottleneck=current)
            saved = Event.objects.about(current).filter(verb__in=EDITS).first()
            conflict = Conflict.since(saved, differences(form, theirs))
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(current)
            form.data = merged(form, theirs, current.version)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(bottleneck)
    context = {
        "form": form,
        "conflict": conflict,
        "bottleneck": bottleneck,
        "plan": found,
        "mechanism": found.mechanism,
        "events": Event.objects.about(bottleneck).select_related("by"),
    }
    return render(request, "workplans/bottleneck_form.html", context)


def find_bottleneck(request: HttpRequest, plan: JointWorkPlan, pk: int) -> Bottleneck:
    """The bottleneck of the plan as far as the visitor may see it, else 404."""
    seen = Bottleneck.objects.visible_to(request.user).filter(plan=plan)
    bottleneck = get_object_or_404(seen.select_related("raised_by"), pk=pk)
    bottleneck.plan = plan
    return bottleneck
