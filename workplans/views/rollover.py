"""Years: the plans of one place side by side, and lines that go over into the next."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.rollover import BaseLineFormSet, LineForm, LineFormSet
from workplans.models import Activity, JointWorkPlan
from workplans.models.activity import ActivityQuerySet
from workplans.permissions.plans import can_create_plan, can_decide_lines, can_edit_plan
from workplans.services.rollover import (
    LinesRefused,
    check_later,
    compare_years,
    lines_to_decide,
    roll_over,
    years_around,
)

from .plans import find_plan


@require_safe
def plan_years(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The plans of the same place in other years."""
    found = find_plan(request, slug, plan)
    others = years_around(found, JointWorkPlan.objects.visible_to(request.user))
    rows = []
    for other in others:
        earlier, later = in_order(found, other)
        may_carry = can_decide_lines(request.user, earlier) and is_open(earlier, later)
        rows.append((other, earlier, later, may_carry))
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "rows": rows,
        "can_create": can_create_plan(request.user, found.mechanism),
    }
    return render(request, "workplans/plan_years.html", context)


@require_safe
def plan_compare(request: HttpRequest, slug: str, plan: str, *, other: str) -> HttpResponse:
    """Two years: what was carried with its changes, what is new, what was dropped."""
    pair = [find_plan(request, slug, plan), find_plan(request, slug, other)]
    earlier, later = in_order(*pair)
    if earlier == later or earlier.place_id != later.place_id:
        raise Http404
    seen = Activity.objects.visible_to(request.user)
    context = {
        "plan": pair[0],
        "mechanism": later.mechanism,
        "earlier": earlier,
        "later": later,
        "comparison": compare_years(earlier, later, seen=seen),
    }
    return render(request, "workplans/plan_compare.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_roll_over(request: SignedInRequest, slug: str, plan: str, *, into: str) -> HttpResponse:
    """Choose for each line whether it goes over into the later plan."""
    found, later = find_plan(request, slug, plan), find_plan(request, slug, into)
    require(can_decide_lines(request.user, found))
    try:
        check_later(found, later)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("plan-years", slug, plan)
    lines = lines_to_decide(found, later, seen=decided_by(request, found))
    formset = LineFormSet(request.POST or None, lines=lines)
    if request.method == "POST" and formset.is_valid():
        try:
            done = roll_over(found, later, by=request.user, choices=formset.choices())
        except LinesRefused as refused:
            show_refusals(formset, refused)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            said = ngettext("%(count)d line is decided.", "%(count)d lines are decided.", len(done))
            messages.success(request, said % {"count": len(done)})
            return redirect("plan-compare", slug, later.slug, found.slug)
    context = {
        "formset": formset,
        "rows": rows_of(formset),
        "plan": found,
        "later": later,
        "mechanism": found.mechanism,
    }
    return render(request, "workplans/plan_roll_over.html", context)


def in_order(*pair: JointWorkPlan) -> list[JointWorkPlan]:
    """The earlier of two plans, then the later."""
    return sorted(pair, key=lambda each: (each.starts_on, each.pk))


def is_open(plan: JointWorkPlan, later: JointWorkPlan) -> bool:
    """Whether lines can go over now."""
    try:
        check_later(plan, later)
    except Refusal:
        return False
    return True


def decided_by(request: SignedInRequest, plan: JointWorkPlan) -> ActivityQuerySet:
    """The lines that the visitor decides about: the secretariat all, an organisation its own."""
    seen = Activity.objects.visible_to(request.user)
    return seen if can_edit_plan(request.user, plan) else seen.led_by(request.user)


def rows_of(formset: BaseLineFormSet) -> list[tuple[Activity, LineForm]]:
    """Each row with its line; a line that another has decided meanwhile is left out."""
    keys = [(str(form["activity"].value()), form) for form in formset]
    lines = {str(key): line for key, line in formset.lines.items()}
    return [(lines[key], form) for key, form in keys if key in lines]


def show_refusals(formset: BaseLineFormSet, refused: LinesRefused) -> None:
    """Say each refusal at its line."""
    for form in formset:
        refusal = refused.refusals.get(form.cleaned_data["activity"])
        if refusal is not None:
            form.add_error("code", str(refusal))
