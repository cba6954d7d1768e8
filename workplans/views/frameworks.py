"""A results framework: its tree, its state, and the secretariat's deeds on it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.events import newest_event
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.frameworks import FrameworkStepForm, IntendedResultForm
from workplans.models import Indicator, IntendedResult, ResultsFramework, walk
from workplans.permissions.indicators import can_edit_framework
from workplans.permissions.standing import can_see_work
from workplans.services.frameworks import (
    FrameworkMovedOn,
    advance_framework,
    edit_intended_result,
)

EVENTS_SHOWN = 50


@require_safe
def framework_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The results from the goal down: who answers for each, on what it rests, what measures it."""
    framework = find_framework(request, slug, pk)
    results = framework.results.select_related("owner")
    indicators = Indicator.objects.visible_to(request.user).filter(intended_result__in=results)
    under: dict[int | None, list[Indicator]] = {}
    for row in indicators.select_related("mechanism").order_by("position", "code"):
        under.setdefault(row.intended_result_id, []).append(row)
    things = ResultsFramework.objects.filter(pk=framework.pk), framework.results.all()
    is_inside = can_see_work(request.user, framework.mechanism)
    return render(
        request,
        "workplans/framework_detail.html",
        {
            "framework": framework,
            "mechanism": framework.mechanism,
            "nodes": [(depth, each, under.get(each.pk, [])) for depth, each in walk(results)],
            "events": Event.objects.about_any(*things)[:EVENTS_SHOWN] if is_inside else None,
            "can_edit": can_edit_framework(request.user, framework)
            and framework.state != ResultsFramework.State.REVISED,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def framework_advance(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Records that the framework has come to its next state, and who decided so."""
    framework = find_framework(request, slug, pk)
    require(can_edit_framework(request.user, framework))
    if framework.next_state is None:
        messages.warning(request, str(FrameworkMovedOn(framework)))
        return redirect(framework)
    form = FrameworkStepForm(request.POST or None, initial={"to": framework.next_state})
    if request.method == "POST" and form.is_valid():
        try:
            advance_framework(framework, by=request.user, **form.cleaned_data)
        except FrameworkMovedOn as refusal:
            messages.warning(request, str(refusal))
            return redirect(framework)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect(framework)
    context = {"form": form, "framework": framework, "mechanism": framework.mechanism}
    return render(request, "workplans/framework_advance.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def intended_result_edit(request: SignedInRequest, slug: str, pk: int, result: int) -> HttpResponse:
    """Who answers for one result, its assumptions and risks; a second editor sees both texts."""
    framework = find_framework(request, slug, pk)
    require(can_edit_framework(request.user, framework))
    found = get_object_or_404(framework.results.select_related("owner"), pk=result)
    found.framework = framework
    form, conflict = IntendedResultForm(request.POST or None, result=found), None
    if request.method == "POST" and form.is_valid():
        try:
            edit_intended_result(found, by=request.user, **form.cleaned_data)
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, found)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(framework)
    context = {
        "form": form,
        "conflict": conflict,
        "result": found,
        "framework": framework,
        "mechanism": framework.mechanism,
    }
    return render(request, "workplans/intended_result_form.html", context)


def find_framework(request: HttpRequest, slug: str, pk: int) -> ResultsFramework:
    """The framework at this address as far as the visitor may see it, else 404."""
    seen = ResultsFramework.objects.visible_to(request.user).select_related("mechanism")
    return get_object_or_404(seen, mechanism__slug=slug, pk=pk)


def edit_conflict(
    request: SignedInRequest, mine: IntendedResultForm, result: IntendedResult
) -> tuple[IntendedResultForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both side by side."""
    current = IntendedResult.objects.select_related("framework", "owner").get(pk=result.pk)
    theirs = IntendedResultForm(result=current)
    data = merged(mine, theirs, newest_event(), "seen")
    saved = Event.objects.about(current).select_related("by").first()
    return IntendedResultForm(data, result=current), Conflict.since(
        saved, differences(mine, theirs)
    )
