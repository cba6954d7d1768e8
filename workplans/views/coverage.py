"""Who does what, where and when in a plan, with the least served wards first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.models import Period
from coordination.services.spreadsheets import Table, to_workbook
from workplans.forms.plans import LIVE
from workplans.models import Activity, JointWorkPlan
from workplans.models.activity import ActivityQuerySet
from workplans.permissions.money import can_see_commitments
from workplans.services.coverage import (
    Matrix,
    MatrixRow,
    Served,
    during,
    lines_of,
    matrix_in,
    periods_of,
    service_in,
)
from workplans.services.money import money_of

from .plans import XLSX, find_plan


@require_safe
def plan_coverage(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The matrix of who, what and where, of the year or one quarter, and the possible gaps."""
    found = find_plan(request, slug, plan)
    periods = periods_of(found)
    period = asked_period(request, periods)
    activities = activities_of(request, found, period)
    lines = lines_of(activities)
    matrix = matrix_in(found.place, lines)
    is_inside = can_see_commitments(request.user, found.mechanism)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "periods": [(each, found.calendar.label(each)) for each in periods],
        "period": period,
        "matrix": matrix,
        "rows": [(row, *cells_of(found, row, matrix, period)) for row in matrix.rows],
        "totals": cells_of(found, None, matrix, period) if matrix.rows else None,
        "served": service_of(found, activities, is_inside=is_inside),
        "is_inside": is_inside,
        "query": f"?period={period.code}" if period else "",
    }
    return render(request, "workplans/plan_coverage.html", context)


@require_safe
def plan_coverage_export(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The same as a workbook (R23)."""
    found = find_plan(request, slug, plan)
    period = asked_period(request, periods_of(found))
    activities = activities_of(request, found, period)
    matrix = matrix_in(found.place, lines_of(activities))
    is_inside = can_see_commitments(request.user, found.mechanism)
    served = service_of(found, activities, is_inside=is_inside)
    about = (
        (_("Mechanism"), found.mechanism.name),
        (_("Plan"), found.title),
        (_("Place"), str(found.place)),
        (_("Period"), str(period) if period else found.year_label),
        (_("What it shows"), _("Presence, not need: an empty place is a possible gap.")),
        (_("Cancelled and merged activities"), _("left out")),
    )
    tables = [
        Table(_("Who does what where"), heads_of(matrix), [row_of(row) for row in matrix.rows]),
        Table(_("Wards"), ward_heads(is_inside), [ward_row(row, is_inside) for row in served]),
        Table(_("About this file"), (_("What"), _("Value")), about),
    ]
    response = HttpResponse(to_workbook(_("Coverage"), tables), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{slug}-{plan}-coverage.xlsx"'
    return response


def activities_of(
    request: HttpRequest, plan: JointWorkPlan, period: Period | None
) -> ActivityQuerySet:
    """The activities of the plan that the visitor sees, of the whole year or of a quarter."""
    seen = Activity.objects.visible_to(request.user).filter(plan=plan)
    return during(seen, period) if period else seen


def asked_period(request: HttpRequest, periods: list[Period]) -> Period | None:
    """The quarter in the address; None for the whole year."""
    asked = request.GET.get("period", "")
    return next((period for period in periods if period.code == asked), None)


def service_of(
    plan: JointWorkPlan, activities: ActivityQuerySet, *, is_inside: bool
) -> list[Served]:
    """How each ward is served; which money is sure is told to who serves in the mechanism."""
    funded: list[int] = []
    if is_inside:
        money = money_of(plan, activities)
        funded = [line.activity.pk for line in money.lines if line.confirmed]
    return service_in(plan, lines_of(activities), funded=funded)


def cells_of(
    plan: JointWorkPlan, row: MatrixRow | None, matrix: Matrix, period: Period | None
) -> tuple[list[tuple[int, str]], str]:
    """Each column's count, and that of the row, with the address of what is behind it (R12).

    Without a row, those of the totals. The first column is for what names the whole place, which
    no filter of the plan asks for: it has no address of its own.
    """
    counts = row.counts if row else matrix.totals
    asked = {"status": LIVE}
    if period:
        asked["period"] = period.code
    if row:
        asked["lead"] = row.organisation.slug
    if row and row.sector:
        asked["sector"] = row.sector.code
    address = reverse("plan-detail", args=[plan.mechanism.slug, plan.slug])
    parts = matrix.columns[1:]
    urls = ["", *(f"{address}?{urlencode({**asked, 'place': part.path})}" for part in parts)]
    return list(zip(counts, urls, strict=True)), f"{address}?{urlencode(asked)}"


def heads_of(matrix: Matrix) -> list[str]:
    whole, *parts = matrix.columns
    names = [_("%(place)s, all of it") % {"place": whole.name}, *(part.name for part in parts)]
    return [_("Sector"), _("Lead organisation"), *names, _("Activities")]


def row_of(row: MatrixRow) -> list[Any]:
    return [row.sector.name if row.sector else None, str(row.organisation), *row.counts, row.total]


def ward_heads(is_inside: bool) -> list[str]:  # noqa: FBT001 - reads as a sentence
    heads = [_("Ward"), _("In"), _("Activities here"), _("Around it"), _("Nothing in")]
    return [*heads, _("With confirmed money"), _("No confirmed money in")] if is_inside else heads


def ward_row(row: Served, is_inside: bool) -> list[Any]:  # noqa: FBT001 - reads as a sentence
    idle = ", ".join(sector.name for sector in row.idle)
    cells = [row.place.name, row.within, len(row.here), len(row.around), idle]
    unfunded = ", ".join(sector.name for sector in row.unfunded)
    return [*cells, len(row.funded), unfunded] if is_inside else cells
