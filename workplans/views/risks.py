"""The risk register of a plan: the list, one risk, and what is done with it (P34)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, Difference, differences, lead_there, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.risks import (
    BaseRiskShareFormSet,
    RiskCloseForm,
    RiskFilter,
    RiskForm,
    RiskOccurredForm,
    RiskShareFormSet,
)
from workplans.models import Activity, Bottleneck, JointWorkPlan, Risk
from workplans.permissions.learning import can_keep_risk, can_record_risk
from workplans.permissions.standing import can_see_work
from workplans.services.risks import (
    RiskIsThere,
    close_risk,
    edit_risk,
    record_occurrence,
    record_risk,
    shares_in_words,
)

from .plans import find_plan


@require_safe
def risk_list(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The risks of the plan as the address narrows them: open ones first, the gravest on top."""
    found = find_plan(request, slug, plan)
    today = found.mechanism.today()
    seen = Activity.objects.visible_to(request.user).order_by("code")
    risks = Risk.objects.visible_to(request.user).filter(plan=found)
    narrowed = RiskFilter(request.GET, risks)
    rows = list(
        narrowed.qs.select_related("owner")
        .prefetch_related(
            "shares__organisation", Prefetch("activities", seen, to_attr="threatened")
        )
        .in_order()
    )
    for row in rows:
        row.plan = found
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "filter": narrowed,
        "rows": [(row, row.is_overdue(on=today)) for row in rows],
        "is_narrowed": bool(request.GET),
        "can_record": not found.is_over and can_record_risk(request.user, found),
    }
    return render(request, "workplans/risk_list.html", context)


@require_safe
def risk_detail(request: HttpRequest, slug: str, plan: str, pk: int) -> HttpResponse:
    """One risk: what may happen, to whom, who carries and shares it, and what became of it."""
    found = find_plan(request, slug, plan)
    risk = find_risk(request, found, pk)
    today = found.mechanism.today()
    is_inside = can_see_work(request.user, found.mechanism)
    bottlenecks = Bottleneck.objects.visible_to(request.user).filter(risks=risk)
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "risk": risk,
        "places": risk.places.order_by("path"),
        "activities": Activity.objects.visible_to(request.user)
        .filter(risks=risk)
        .select_related("plan__mechanism")
        .order_by("code"),
        "shares": risk.shares.select_related("organisation").order_by("organisation__short_name"),
        "bottleneck": bottlenecks.select_related("plan__mechanism").first(),
        "is_overdue": risk.is_overdue(on=today),
        "can_keep": not found.is_over and can_keep_risk(request.user, risk),
        "events": Event.objects.about(risk).select_related("by") if is_inside else None,
    }
    return render(request, "workplans/risk_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk_record(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """A new risk."""
    found = find_plan(request, slug, plan)
    require(can_record_risk(request.user, found))
    form = RiskForm(request.POST or None, plan=found, user=request.user)
    shares = RiskShareFormSet(request.POST or None, plan=found)
    if request.method == "POST" and form.is_valid() and shares.is_valid():
        try:
            risk = record_risk(
                found,
                by=request.user,
                seen=form.cleaned_data["seen"],
                shares=shares.shares(),
                **form.content(),
            )
        except RiskIsThere as refusal:
            lead_there(form, refusal, _("Review it there."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The risk is on the register."))
            return redirect(risk)
    context = {"form": form, "shares": shares, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/risk_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk_edit(request: SignedInRequest, slug: str, plan: str, pk: int) -> HttpResponse:
    """Review a risk; the second of two editors is shown both versions."""
    found = find_plan(request, slug, plan)
    risk = find_risk(request, found, pk)
    require(can_keep_risk(request.user, risk))
    form, shares = content_forms(request, risk, request.POST or None)
    conflict = None
    if request.method == "POST" and form.is_valid() and shares.is_valid():
        seen, content = form.cleaned_data["seen_version"], form.content()
        try:
            edit_risk(
                risk, by=request.user, seen_version=seen, shares=shares.shares(), **content
            )  # fmt: skip
        except EditedMeanwhile:
            form, shares, conflict = content_conflict(request, form, shares, risk)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(risk)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(risk)
    context = {
        "form": form,
        "shares": shares,
        "conflict": conflict,
        "risk": risk,
        "plan": found,
        "mechanism": found.mechanism,
    }
    return render(request, "workplans/risk_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk_occur(request: SignedInRequest, slug: str, plan: str, pk: int) -> HttpResponse:
    """It occurred: it becomes a bottleneck, or is one that stands already."""
    found = find_plan(request, slug, plan)
    risk = find_risk(request, found, pk)
    require(can_keep_risk(request.user, risk))
    standing = Bottleneck.objects.visible_to(request.user).filter(plan=found, resolved_on=None)
    today = found.mechanism.today()
    form = RiskOccurredForm(
        request.POST or None, bottlenecks=standing.in_order(), initial={"since": today}
    )
    if request.method == "POST" and form.is_valid():
        try:
            record_occurrence(risk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The risk occurred; it is followed as a bottleneck."))
            return redirect(risk)
    return _show_deed(request, risk, form, heading=_("It occurred"), submit=_("Record it"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def risk_close(request: SignedInRequest, slug: str, plan: str, pk: int) -> HttpResponse:
    """It is no risk any more, for a reason."""
    found = find_plan(request, slug, plan)
    risk = find_risk(request, found, pk)
    require(can_keep_risk(request.user, risk))
    form = RiskCloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_risk(risk, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The risk is closed."))
            return redirect(risk)
    return _show_deed(request, risk, form, heading=_("Close the risk"), submit=_("Close it"))


def find_risk(request: HttpRequest, plan: JointWorkPlan, pk: int) -> Risk:
    """The risk of the plan as far as the visitor may see it, else 404."""
    seen = Risk.objects.visible_to(request.user).filter(plan=plan).select_related("owner")
    risk = get_object_or_404(seen, pk=pk)
    risk.plan = plan
    return risk


def content_forms(
    request: SignedInRequest, risk: Risk, data: Any
) -> tuple[RiskForm, BaseRiskShareFormSet]:
    """The form of the risk and that of who shares it."""
    form = RiskForm(data, plan=risk.plan, user=request.user, risk=risk)
    rows = risk.shares.order_by("pk").values("organisation", "takes_on")
    return form, RiskShareFormSet(data, plan=risk.plan, initial=list(rows))


def content_conflict(
    request: SignedInRequest, mine: RiskForm, shares: BaseRiskShareFormSet, risk: Risk
) -> tuple[RiskForm, BaseRiskShareFormSet, Conflict]:
    """The forms as typed, in sight of what another has saved, and both versions side by side."""
    current = find_risk(request, risk.plan, risk.pk)
    theirs, their_shares = content_forms(request, current, None)
    fields = differences(mine, theirs)
    own = sorted(f"{organisation}: {said}" for organisation, said in shares.shares())
    others = shares_in_words(current)
    if own != others:
        beginning = "; ".join(own) if not shares.was_touched() else shares.beginning()
        words = "; ".join(own), "; ".join(others), beginning
        fields.append(Difference(_("Who shares it"), *words))
    saved = Event.objects.about(current).first()
    again, my_shares = content_forms(request, current, merged(mine, theirs, current.version))
    rows = my_shares if shares.was_touched() else their_shares
    return again, rows, Conflict.since(saved, fields)


def _show_deed(request: HttpRequest, risk: Risk, form: forms.Form, **words: str) -> HttpResponse:
    context = {
        "form": form, "risk": risk, "plan": risk.plan, "mechanism": risk.plan.mechanism, **words,
    }  # fmt: skip
    return render(request, "workplans/risk_deed.html", context)
