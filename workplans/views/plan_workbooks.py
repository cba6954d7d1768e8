"""The activities of a plan as a spreadsheet, out and in again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import to_xlsx
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning_documents import SheetForm
from workplans.models import Activity, JointWorkPlan
from workplans.permissions.activities import can_create_activity
from workplans.services.activity_sheets import (
    OverlapsMeanwhile,
    read_activities,
    save_activities,
    workbook_table,
)
from workplans.services.overlaps import mark_of_overlaps, overlaps_of_rows
from workplans.services.rows import pack, unpack

from .planning_lines import CHANGES_SHOWN
from .plans import XLSX, Listing, find_plan


@login_required
@require_safe
def plan_workbook(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The activities as filtered, to be changed in a spreadsheet and brought back."""
    found = find_plan(request, slug, plan)
    require(can_create_activity(request.user, found))
    listing = Listing(request, found)
    activities = Activity.objects.in_cells().in_bulk(listing.order)
    rows = [activities[pk] for pk in listing.order]
    table = workbook_table(found, rows, by=request.user)
    name = f"{slug}-{plan}-to-edit.xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        to_xlsx(table), content_type=XLSX, headers={"Content-Disposition": disposition or ""}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_import(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Bring the spreadsheet back: first what it would change, then all of it or nothing."""
    found = find_plan(request, slug, plan)
    require(can_create_activity(request.user, found))
    if "packed" in request.POST:
        return apply(request, found)
    form = SheetForm(request.POST or None, request.FILES or None)
    read, packed, overlaps = None, "", []
    if request.method == "POST" and form.is_valid():
        try:
            read = read_activities(form.cleaned_data["file"].content, found, by=request.user)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            if read.rows and not read.faults:
                overlaps = overlaps_of_rows(found, read.rows)
                seen = mark_of_overlaps(overlaps)
                packed = pack(purpose(found), read.rows, seen=seen, by=request.user)
    context = {
        "form": form,
        "found": read,
        "packed": packed,
        "shown": read.changes[:CHANGES_SHOWN] if read else [],
        "faults": read.faults[:CHANGES_SHOWN] if read else [],
        "overlaps": overlaps[:CHANGES_SHOWN],
        "overlap_count": len(overlaps),
        "plan": found,
        "mechanism": found.mechanism,
    }
    return render(request, "workplans/plan_import.html", context)


def apply(request: SignedInRequest, plan: JointWorkPlan) -> HttpResponse:
    """Save what was shown; what has changed on the portal since then refuses all of it."""
    try:
        rows, seen = unpack(request.POST["packed"], purpose(plan), by=request.user)
        count = save_activities(plan, rows, by=request.user, overlaps_seen=seen)
    except (EditedMeanwhile, OverlapsMeanwhile) as refusal:
        said = _("Nothing was saved. %(reason)s Choose the file again.") % {"reason": refusal}
        messages.error(request, said)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        saved = ngettext("%(count)d activity saved.", "%(count)d activities saved.", count)
        messages.success(request, saved % {"count": count})
        return redirect(plan)
    return redirect("plan-import", plan.mechanism.slug, plan.slug)


def purpose(plan: JointWorkPlan) -> str:
    return f"activities:{plan.pk}"
