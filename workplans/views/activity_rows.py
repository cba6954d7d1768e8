"""Many activities at once: the grid, a row of it, and the spreadsheet out and in again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms.utils import flatatt
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.models import Currency, Event, standing_asked_once
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.spreadsheets import to_xlsx
from coordination.views.signed_in import SignedInRequest
from workplans.forms.planning_documents import SheetForm
from workplans.forms.plans import GridFilter
from workplans.models import Activity, JointWorkPlan
from workplans.permissions.activities import can_create_activity, can_edit_activity
from workplans.services.activity_outputs import QUARTERS
from workplans.services.activity_rows import (
    CellsAtFault,
    OverlapsMeanwhile,
    OverlapsToSee,
    edit_cells,
    read_activities,
    save_activities,
    workbook_table,
)
from workplans.services.cell_groups import (
    AT_FIRST,
    COLUMN_HEADS,
    GROUPS,
    columns_of_groups,
    texts_to_read,
)
from workplans.services.cells import IN_GRID, TEXT_LENGTHS, Cells, values_of
from workplans.services.output_cells import OUTPUTS
from workplans.services.overlaps import (
    announce_overlaps,
    mark_of_matches,
    mark_of_overlaps,
    overlaps_of_rows,
)
from workplans.services.rows import pack, unpack

from .planning_lines import CHANGES_SHOWN
from .plans import XLSX, Listing, find_plan

ROWS_SHOWN = 500
NUMBERS = ("budget_minor", *QUARTERS)
LOOKS = dict.fromkeys(NUMBERS, "num") | dict.fromkeys(("starts_on", "ends_on"), "cells-day")
# An amount and its currency are sent together: one without the other cannot stand.
TOGETHER = {"budget_minor": "currency", "currency": "budget_minor"}
LISTS = {
    "activity_type": "types-known",
    "sector": "sectors-known",
    "cidp_line": "cidp-lines-known",
    "adp_line": "adp-lines-known",
    "intended_result": "results-known",
    "lead": "organisations-known",
    "places": "places-known",
    "outputs": "indicators-known",
    "currency": "currencies-known",
    "is_public": "yes-and-no",
}
# Where the words of a list come from: from what the plan may name, or they are always the same.
FROM_PLAN = {
    "sector": "sectors",
    "cidp_line": "cidp_lines",
    "adp_line": "adp_lines",
    "intended_result": "results",
    "lead": "organisations",
    "places": "places",
    "outputs": "indicators",
}
FIXED: dict[str, Sequence[Any]] = {
    "activity_type": Activity.Type.labels,
    "currency": Currency.values,
    "is_public": (gettext_lazy("yes"), gettext_lazy("no")),
}
TALL = ("assumptions",)
WIDE = ("title", "places", "outputs", *TALL)


@dataclass(frozen=True)
class GridColumn:
    """A column of the grid. What its cells have in common is made once: there are thousands."""

    name: str

    @cached_property
    def label(self) -> str:
        return str(COLUMN_HEADS[self.name])

    @property
    def is_typed(self) -> bool:
        return self.name in IN_GRID

    @property
    def is_number(self) -> bool:
        return self.name in NUMBERS

    @property
    def is_tall(self) -> bool:
        """Whether a text of several lines stands in it."""
        return self.name in TALL

    @cached_property
    def place(self) -> SafeString:
        """The attributes of a cell of the table."""
        look = LOOKS.get(self.name, "" if self.is_typed else "cells-told")
        return flatatt({"data-label": self.label, **({"class": look} if look else {})})

    @cached_property
    def control(self) -> SafeString:
        """The attributes of a control: its name, and what it takes."""
        said = {
            "name": self.name,
            "list": LISTS.get(self.name),
            "maxlength": TEXT_LENGTHS.get(self.name),
            "data-with": TOGETHER.get(self.name),
            "autocomplete": "off",
        }
        return flatatt({name: value for name, value in said.items() if value is not None})

    @property
    def look(self) -> str:
        return "form-control cells-wide" if self.name in WIDE else "form-control"


@dataclass(frozen=True)
class GridCell:
    """A cell of a row: its column, what stands in it, and what is wrong with it."""

    column: GridColumn
    text: str
    fault: str = ""


@dataclass(frozen=True)
class GridRow:
    """An activity with its cells; whether the visitor may change them."""

    activity: Activity
    cells: list[GridCell]
    is_open: bool


@login_required
@require_safe
def plan_grid(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The activities as filtered, in cells; one's own can be changed."""
    found = find_plan(request, slug, plan)
    require(can_create_activity(request.user, found))
    listing = Listing(request, found, filter_class=GridFilter)
    chosen = listing.filter.form.cleaned_data.get("columns") or AT_FIRST
    columns = [GridColumn(name) for name in columns_of_groups(chosen)]
    cells = Cells(found, by=request.user)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "filter": listing.filter,
        "columns": columns,
        "groups": [(key, group.label, key in chosen) for key, group in GROUPS.items()],
        "kept": kept_in_address(request),
        "rows": rows_shown(request, listing, cells, columns),
        "count": len(listing.order),
        "query": request.GET.urlencode(),
        "lists": words_known(cells, [column.name for column in columns]),
    }
    return render(request, "workplans/plan_grid.html", context)


def kept_in_address(request: SignedInRequest) -> list[tuple[str, str]]:
    """What the address says beside the columns, for the form that chooses them."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in {"columns", "page"}
    ]


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


def texts_of(activity: Activity, names: Iterable[str], cells: Cells) -> dict[str, str]:
    """What stands in the cells."""
    values = values_of(activity)
    return {name: cells.words(name, values) for name in names}


def rows_shown(
    request: SignedInRequest, listing: Listing, cells: Cells, columns: Sequence[GridColumn]
) -> list[GridRow]:
    """A row for each activity of the page, in its order."""
    keys = listing.order[:ROWS_SHOWN]
    found = Activity.objects.in_cells().in_bulk(keys)
    mine = Activity.objects.led_by(request.user).filter(pk__in=keys)
    own = set(mine.values_list("pk", flat=True))
    is_open = not listing.plan.is_over
    names = [column.name for column in columns]
    told = texts_to_read(listing.plan, list(found.values()), names, reader=request.user)
    rows = []
    for pk in keys:
        values = values_of(found[pk])
        texts = [
            cells.words(name, values) if name in values else told[name].get(pk, "")
            for name in names
        ]
        drawn = [GridCell(*pair) for pair in zip(columns, texts, strict=True)]
        rows.append(GridRow(found[pk], drawn, is_open and pk in own))
    return rows


def words_known(cells: Cells, names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The lists of words that the cells of the columns take, by their ids."""
    found: list[tuple[str, list[str]]] = []
    for name in names:
        if name in FROM_PLAN:
            found.append((LISTS[name], list(getattr(cells, FROM_PLAN[name]).values())))
        elif name in FIXED:
            found.append((LISTS[name], [str(word) for word in FIXED[name]]))
    return found


# --- The spreadsheet ---


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
