"""Many activities at once, in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination.permissions import require
from coordination.views.signed_in import SignedInRequest
from workplans.forms.activity_cells import GridCell, GridColumn, words_known
from workplans.forms.plans import GridFilter
from workplans.models import Activity
from workplans.permissions.activities import can_create_activity
from workplans.services.cell_groups import AT_FIRST, GROUPS, columns_of_groups, texts_to_read
from workplans.services.cells import Cells, values_of

from .plans import Listing, find_plan

ROWS_SHOWN = 500


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
