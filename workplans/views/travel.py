"""The common per diem and travel policy of a mechanism, and what events declare to pay."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.forms.conflicts import SeenForm
from coordination.models import Mechanism
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.travel import DeclarationForm, PolicyForm, RateFormSet
from workplans.models import ActivityEvent, DeclaredRate
from workplans.permissions.activities import can_record_event
from workplans.permissions.money import can_begin_travel_policy
from workplans.permissions.standing import can_see_work
from workplans.services.travel import (
    Compared,
    DeviationWithoutReason,
    Yardstick,
    begin_policy,
    declare_rate,
    drop_rate,
)

from .activity_events import find_event, travel_of


@require_safe
def travel_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """What is paid today, what was before, and which events deviate."""
    mechanism = get_object_or_404(Mechanism.objects.visible_to(request.user), slug=slug)
    today = mechanism.today()
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
def travel_rate_declare(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int
) -> HttpResponse:
    """What the event pays, beside what was agreed for where and when it is."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    require(can_record_event(request.user, event.activity))
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = {name: form.cleaned_data[name] for name in ("reason", "seen")}
            declare_rate(event, by=request.user, **given, **form.content())
        except Refusal as refusal:
            form.refuse(refusal, "reason" if isinstance(refusal, DeviationWithoutReason) else None)
        else:
            messages.success(request, _("Declared."))
            return redirect("travel-rate-declare", slug, plan, code, pk)
    context = {
        "form": form,
        "event": event,
        "activity": event.activity,
        "plan": event.activity.plan,
        "mechanism": event.activity.plan.mechanism,
        **travel_of(event),
    }
    return render(request, "workplans/travel_rates.html", context)


@login_required
@require_POST
def travel_rate_drop(
    request: SignedInRequest, slug: str, plan: str, *, code: str, pk: int, rate: int
) -> HttpResponse:
    """Takes a declared rate off the event; what is off already is off."""
    event = find_event(request, slug, plan, code=code, pk=pk)
    require(can_record_event(request.user, event.activity))
    declared = event.travel_rates.filter(pk=rate).first()
    try:
        if declared is not None:
            form = SeenForm(request.POST)
            seen = form.cleaned_data["seen"] if form.is_valid() else 0
            drop_rate(declared, by=request.user, seen=seen)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken off."))
    return redirect("travel-rate-declare", slug, plan, code, pk)


def deviations_in(
    request: HttpRequest, mechanism: Mechanism
) -> list[tuple[ActivityEvent, list[Compared]]]:
    """Events that the visitor sees whose rates are not those of the policy."""
    seen = ActivityEvent.objects.visible_to(request.user)
    declaring = seen.filter(activity__plan__mechanism=mechanism).filter(
        pk__in=DeclaredRate.objects.values("event")
    )
    parts = ("activity__plan__mechanism", "activity__lead", "place__level")
    rows = declaring.select_related(*parts).prefetch_related("travel_rates").in_order()
    yardstick = Yardstick(mechanism)
    found = [(event, yardstick.compare(event, event.travel_rates.all())) for event in rows]
    deviating = [(event, [each for each in all_ if each.is_deviating]) for event, all_ in found]
    return [(event, rows) for event, rows in deviating if rows]
