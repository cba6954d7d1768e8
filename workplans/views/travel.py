"""The common per diem and travel policy of a mechanism, and what activities declare."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.models import Mechanism
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.travel import DeclarationForm, PolicyForm, RateFormSet
from workplans.models import Activity, DeclaredRate
from workplans.permissions import (
    can_begin_travel_policy,
    can_declare_travel_rate,
    can_see_work,
)
from workplans.services.travel import (
    Compared,
    DeviationWithoutReason,
    Yardstick,
    begin_policy,
    declare_rate,
    drop_rate,
)

from .activities import declared_in, find_activity


@require_safe
def travel_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """What is paid today, what was before, and which activities deviate."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    today = timezone.localdate(timezone=mechanism.zone)
    policies = mechanism.travel_policies.prefetch_related("rates__level").order_by("-starts_on")
    is_inside = can_see_work(request.user, mechanism)
    context = {
        "mechanism": mechanism,
        "policies": policies,
        "current": Yardstick(mechanism).policy_on(today),
        "deviations": deviations_in(request, mechanism) if is_inside else None,
        "can_begin": can_begin_travel_policy(request.user, mechanism),
    }
    return render(request, "workplans/travel_policy.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def travel_policy_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """The next version of the policy, by the secretariat."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    require(can_begin_travel_policy(request.user, mechanism))
    form = PolicyForm(request.POST or None, mechanism=mechanism)
    rates = RateFormSet(request.POST or None, prefix="rates", form_kwargs={"mechanism": mechanism})
    if request.method == "POST" and form.is_valid() and rates.is_valid():
        try:
            begin_policy(mechanism, by=request.user, rates=rates.rates(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The policy is recorded."))
            return redirect("travel-policy", slug)
    context = {"form": form, "rates": rates, "mechanism": mechanism}
    return render(request, "workplans/travel_policy_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def travel_rate_declare(request: SignedInRequest, slug: str, plan: str, code: str) -> HttpResponse:
    """What the activity pays, beside what was agreed."""
    activity = find_activity(request, slug, plan, code)
    require(can_declare_travel_rate(request.user, activity))
    mechanism = activity.plan.mechanism
    form = DeclarationForm(request.POST or None, mechanism=mechanism)
    if request.method == "POST" and form.is_valid():
        try:
            declare_rate(
                activity, by=request.user, reason=form.cleaned_data["reason"], **form.content()
            )
        except Refusal as refusal:
            field = "reason" if isinstance(refusal, DeviationWithoutReason) else None
            form.add_error(field, str(refusal))
        else:
            messages.success(request, _("Declared."))
            return redirect("travel-rate-declare", slug, plan, code)
    policy = Yardstick(mechanism).policy_on(activity.starts_on or activity.plan.starts_on)
    context = {
        "form": form,
        "activity": activity,
        "plan": activity.plan,
        "mechanism": mechanism,
        "policy": policy,
        "agreed": policy.rates.select_related("level").order_by("item", "role") if policy else [],
        "declared": declared_in(activity),
    }
    return render(request, "workplans/travel_rates.html", context)


@login_required
@require_POST
def travel_rate_drop(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """Takes a declared rate off the activity."""
    activity = find_activity(request, slug, plan, code)
    require(can_declare_travel_rate(request.user, activity))
    drop_rate(get_object_or_404(activity.travel_rates, pk=pk), by=request.user)
    messages.success(request, _("Taken off."))
    return redirect("travel-rate-declare", slug, plan, code)


def deviations_in(
    request: HttpRequest, mechanism: Mechanism
) -> list[tuple[Activity, list[Compared]]]:
    """Activities that the visitor sees whose rates are not those of the policy."""
    seen = Activity.objects.visible_to(request.user).filter(plan__mechanism=mechanism)
    declaring = seen.filter(pk__in=DeclaredRate.objects.values("activity"))
    rows = declaring.select_related("plan__mechanism", "lead").order_by("code")
    yardstick = Yardstick(mechanism)
    found = [
        (activity, yardstick.compare(activity, activity.travel_rates.all()))
        for activity in rows.prefetch_related("travel_rates__level")
    ]
    deviating = [
        (activity, [each for each in all_ if each.is_deviating]) for activity, all_ in found
    ]
    return [(activity, rows) for activity, rows in deviating if rows]
