"""The money of a plan: its sums, its gaps, who promised what, and the rates behind them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.models import Currency, add_months
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.rates import MonthlyRateForm, PlanRateForm
from workplans.models import Activity, Commitment, JointWorkPlan
from workplans.permissions.money import can_see_commitments, can_set_rates
from workplans.services.money import PlanMoney, currencies_of, money_of
from workplans.services.money_exports import SUMS, money_workbook
from workplans.services.rates import set_monthly_rate, set_plan_rate

from .plans import XLSX, find_plan


@require_safe
def plan_money(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Sums for everyone who sees the plan; whose money it is for who serves in the mechanism."""
    found = find_plan(request, slug, plan)
    money = money_as_seen(request, found)
    today = found.mechanism.today()
    is_inside = can_see_commitments(request.user, found.mechanism)
    own = Commitment.objects.visible_to(request.user).of_plan(found).in_full()
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "money": money,
        "sums": [(SUMS[name], total, one) for name, total, one in money.rows],
        "currencies": currencies_of(money),
        "is_inside": is_inside,
        "scores": [(score, score.longest_wait(today)) for score in money.scores],
        "own": None if is_inside else own.order_by("activity__code", "pk"),
        "waiting": [
            (each, each.days_waiting(on=today))
            for line in money.lines
            for each in line.commitments
            if is_inside and each.is_waiting
        ],
        "can_set_rates": can_set_rates(request.user, found),
    }
    return render(request, "workplans/plan_money.html", context)


@require_safe
@login_required
def plan_money_export(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The same as a workbook (R23), for who serves in the mechanism."""
    found = find_plan(request, slug, plan)
    require(can_see_commitments(request.user, found.mechanism))
    body = money_workbook(money_as_seen(request, found))
    response = HttpResponse(body, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{slug}-{plan}-money.xlsx"'
    return response


@require_safe
def plan_rates(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """Every rate of the plan, and of the months of its year, with date and source."""
    found = find_plan(request, slug, plan)
    monthly = found.mechanism.monthly_rates.filter(
        month__gte=found.starts_on, month__lt=found.ends_before
    )
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "rates": found.rates.order_by("-fixed_on", "base", "quote"),
        "monthly": monthly.order_by("-month", "base", "quote"),
        "can_set_rates": can_set_rates(request.user, found),
    }
    return render(request, "workplans/plan_rates.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_rate_set(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """A rate of the plan, by the secretariat."""
    found = find_plan(request, slug, plan)
    require(can_set_rates(request.user, found))
    form = PlanRateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_plan_rate(found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The rate holds in the plan from now on."))
            return redirect("plan-rates", slug, plan)
    context = {"form": form, "plan": found, "mechanism": found.mechanism, "is_monthly": False}
    return render(request, "workplans/rate_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def monthly_rate_set(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """The rate of a month of the plan's year, by the secretariat."""
    found = find_plan(request, slug, plan)
    require(can_set_rates(request.user, found))
    form = MonthlyRateForm(request.POST or None, months=months_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            set_monthly_rate(found.mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The rate is entered."))
            return redirect("plan-rates", slug, plan)
    context = {"form": form, "plan": found, "mechanism": found.mechanism, "is_monthly": True}
    return render(request, "workplans/rate_form.html", context)


def money_as_seen(request: HttpRequest, plan: JointWorkPlan) -> PlanMoney:
    """The money of the activities that the visitor sees, in the currency of the address."""
    asked = request.GET.get("in", "")
    seen = Activity.objects.visible_to(request.user).filter(plan=plan)
    return money_of(plan, seen, currency=asked if asked in Currency.values else "")


def months_of(plan: JointWorkPlan) -> list[tuple[str, Any]]:
    """The months of the plan's year that have begun, the newest first."""
    today = plan.mechanism.today()
    last = min(plan.ends_before, add_months(today, 1))
    months, month = [], plan.starts_on.replace(day=1)
    while month < last:
        months.append((month.isoformat(), date_format(month, "M Y")))
        month = add_months(month, 1)
    return months[::-1]
