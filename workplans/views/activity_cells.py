"""The cells of one activity: taken one by one from the grid, or together from their own page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.models import Event, standing_asked_once
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activity_cells import GridCell, GridColumn, texts_of, words_known
from workplans.models import Activity
from workplans.permissions.activities import can_edit_activity
from workplans.services.activity_cells import CellsAtFault, OverlapsToSee, edit_cells
from workplans.services.cells import IN_GRID, Cells
from workplans.services.output_cells import OUTPUTS
from workplans.services.overlaps import announce_overlaps, mark_of_matches


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def activity_cells(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """Take some cells of a row: by the grid's script a cell at once, by the page the whole row."""
    with standing_asked_once():  # each cell asks: what the rights follow from is read once
        activity = find_row(request, slug, plan, code)
        require(can_edit_activity(request.user, activity))
    if request.method != "POST":
        return show_row(request, activity)
    typed = {name: request.POST[name] for name in IN_GRID if name in request.POST}
    typed = {name: words.replace("\r\n", "\n") for name, words in typed.items()}
    seen = request.POST.get("seen_version", "")
    number = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0  # noqa: PLR2004 - what a version can hold
    try:
        saved = edit_cells(
            activity,
            by=request.user,
            seen_version=number,
            typed=typed,
            overlaps_seen=request.POST.get("overlaps_seen", ""),
        )
    except Refusal as refusal:
        return answer_refusal(request, activity, typed, refusal)
    if wants_json(request):
        # Cells of outputs stand beside each other: one that was typed may change the others.
        names = [*typed, *OUTPUTS] if not typed.keys().isdisjoint(OUTPUTS) else typed
        texts = texts_of(saved, names, Cells(saved.plan, by=request.user))
        return JsonResponse({"version": saved.version, "cells": texts})
    messages.success(request, _("%(code)s is saved.") % {"code": saved.code})
    return redirect(f"{grid_address(request, activity)}#row-{activity.code}")


def find_row(request: SignedInRequest, slug: str, plan: str, code: str) -> Activity:
    """The activity at this address as far as the visitor may see it, else 404."""
    seen = Activity.objects.visible_to(request.user).select_related(
        "plan__mechanism", "plan__place"
    )
    return get_object_or_404(seen, plan__mechanism__slug=slug, plan__slug=plan, code=code)


def answer_refusal(
    request: SignedInRequest, activity: Activity, typed: dict[str, str], refusal: Refusal
) -> HttpResponse:
    """Why the cells are not saved, as each reason is shown."""
    if isinstance(refusal, OverlapsToSee):
        return answer_overlaps(request, activity, typed, refusal)
    if isinstance(refusal, EditedMeanwhile):
        return answer_conflict(request, activity, typed)
    if isinstance(refusal, CellsAtFault):
        faults = {fault.name: fault.message for fault in refusal.faults}
        return answer_faults(request, activity, typed, faults)
    return answer_faults(request, activity, typed, {}, said=str(refusal))


def answer_faults(
    request: SignedInRequest,
    activity: Activity,
    typed: dict[str, str],
    faults: dict[str, str],
    *,
    said: str = "",
) -> HttpResponse:
    """What is wrong, at its cells; what was typed is still there."""
    if wants_json(request):
        body = {"faults": faults, "message": said or _("Not saved: look at the marked cells.")}
        return JsonResponse(body, status=422)
    if said:
        messages.error(request, said)
    return show_row(request, activity, typed=typed, faults=faults)


def answer_overlaps(
    request: SignedInRequest, activity: Activity, typed: dict[str, str], refusal: OverlapsToSee
) -> HttpResponse:
    """What it may overlap with, before it is saved; saving again saves it (R13).

    Shown, it is told to those concerned as well.
    """
    announce_overlaps(
        refusal.sketch, refusal.matches, code=activity.code, title=refusal.title, by=request.user
    )
    others = ", ".join(f"{other.code} ({other.lead})" for other, _match in refusal.matches)
    said = _("May overlap with %(others)s, who have been told. Save it again to keep it so.")
    faults = dict.fromkeys(refusal.names, said % {"others": others})
    seen = mark_of_matches(refusal.matches)
    if wants_json(request):
        message = _(
            "Not saved yet: %(code)s may overlap with %(others)s. Enter in the marked cell saves "
            "it as it is."
        ) % {"code": activity.code, "others": others}
        body = {"faults": faults, "overlaps_seen": seen, "message": message}
        return JsonResponse(body, status=409)
    return show_row(request, activity, typed=typed, faults=faults, overlaps_seen=seen)


def answer_conflict(
    request: SignedInRequest, activity: Activity, typed: dict[str, str]
) -> HttpResponse:
    """What another has saved meanwhile; saving again replaces it."""
    current = Activity.objects.visible_to(request.user).in_cells().get(pk=activity.pk)
    theirs = texts_of(current, IN_GRID, Cells(current.plan, by=request.user))
    deed = Event.objects.about(current).filter(verb="workplans.activity_edited").first()
    who = {"who": deed.by if deed and deed.by else _("Someone else")}
    differing = {name: theirs[name] for name in typed if theirs[name] != typed[name].strip()}
    faults = {
        name: _("%(who)s has saved “%(theirs)s” meanwhile. Save yours again to replace it.")
        % (who | {"theirs": text or "–"})
        for name, text in differing.items()
    }
    if wants_json(request):
        body = {"version": current.version, "faults": faults, "theirs": theirs}
        return JsonResponse(body, status=409)
    return show_row(request, current, typed=typed, faults=faults)


def show_row(
    request: SignedInRequest,
    activity: Activity,
    *,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    overlaps_seen: str = "",
) -> HttpResponse:
    """One row by itself, for who has no script, and for what could not be saved."""
    cells = Cells(activity.plan, by=request.user)
    texts = texts_of(activity, IN_GRID, cells) | (typed or {})
    context = {
        "activity": activity,
        "plan": activity.plan,
        "mechanism": activity.plan.mechanism,
        "cells": [
            GridCell(GridColumn(name), texts[name], (faults or {}).get(name, ""))
            for name in IN_GRID
        ],
        "lists": words_known(cells, IN_GRID),
        "back": grid_address(request, activity),
        "query": request.POST.get("query", ""),
        "has_faults": bool(faults),
        "overlaps_seen": overlaps_seen,
    }
    return render(request, "workplans/activity_row.html", context)


def wants_json(request: SignedInRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def grid_address(request: SignedInRequest, activity: Activity) -> str:
    """The grid as it was filtered."""
    address = reverse("plan-grid", args=[activity.plan.mechanism.slug, activity.plan.slug])
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return f"{address}?{query}" if query else address
