"""Guiding principles of a mechanism, and how its organisations see themselves keep them (P32)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism, Organisation, Statement
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.self_assessments import AssessmentForm, RoundExtendForm, RoundForm
from workplans.models import AssessmentRound, PrincipleScore, SelfAssessment
from workplans.permissions.learning import can_open_assessment, organisations_assessing
from workplans.permissions.standing import can_see_work
from workplans.services.self_assessments import (
    FEWEST,
    asked_in,
    assess_itself,
    extend_round,
    open_round,
    scores_of,
    standing_of,
)

from .audits import find_mechanism

EVENTS_SHOWN = 30
# The one that runs and the one before; others by their year in the address.
ROUNDS_SHOWN = 2


@login_required
@require_safe
def principle_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """The principles, and each year's self-assessment: who answered, and the scores by side."""
    mechanism = find_inside(request, slug)
    today = mechanism.today()
    rounds = AssessmentRound.objects.visible_to(request.user).filter(mechanism=mechanism)
    every = list(rounds.newest_first())
    asked = [each for each in every if str(each.year) == request.GET.get("year")]
    shown = asked or every[:ROUNDS_SHOWN]
    mine = organisations_assessing(request.user, mechanism)
    context = {
        "mechanism": mechanism,
        "principles": mechanism.statements.filter(kind=Statement.Kind.PRINCIPLE).order_by("number"),
        "rounds": [
            (standing_of(each, on=today), list(asked_in(each, on=today).filter(pk__in=mine)))
            for each in shown
        ],
        "other_years": [each.year for each in every if each not in shown],
        "scale": PrincipleScore.Score.choices,
        "fewest": FEWEST,
        "can_open": can_open_assessment(request.user, mechanism),
        "events": Event.objects.about_any(rounds)[:EVENTS_SHOWN],
    }
    return render(request, "workplans/principle_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_open(request: SignedInRequest, slug: str) -> HttpResponse:
    """Begin a year's self-assessment."""
    mechanism = find_inside(request, slug)
    require(can_open_assessment(request.user, mechanism))
    today = mechanism.today()
    form = RoundForm(request.POST or None, initial={"year": today.year})
    if request.method == "POST" and form.is_valid():
        try:
            open_round(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect("principle-list", slug)
    return _show(request, mechanism, form, heading=_("Open a self-assessment"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_extend(request: SignedInRequest, slug: str, year: int) -> HttpResponse:
    """Give more time to answer."""
    mechanism = find_inside(request, slug)
    opened = find_round(request, mechanism, year)
    require(can_open_assessment(request.user, mechanism))
    form = RoundExtendForm(request.POST or None, initial={"closes_on": opened.closes_on})
    if request.method == "POST" and form.is_valid():
        try:
            extend_round(opened, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded."))
            return redirect("principle-list", slug)
    return _show(request, mechanism, form, heading=_("Give more time"), lead=str(opened))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def principles_assess(
    request: SignedInRequest, slug: str, *, year: int, organisation: str
) -> HttpResponse:
    """One organisation's answer, for its own people alone."""
    mechanism = find_inside(request, slug)
    opened = find_round(request, mechanism, year)
    mine = organisations_assessing(request.user, mechanism)
    answering = get_object_or_404(mine, slug=organisation)
    frame: dict[str, Any] = {"principles": list(opened.principles.order_by("number"))}
    form = AssessmentForm(request.POST or None, **frame, **answered(opened, answering))
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            assess_itself(
                opened, answering, by=request.user, scores=form.scores(), seen_version=seen
            )
        except EditedMeanwhile:
            current = answered(opened, answering)
            theirs = AssessmentForm(**frame, **current)
            conflict = Conflict.since(None, differences(form, theirs))
            form.data = merged(form, theirs, current["version"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. It can be changed until the last day."))
            return redirect("principle-list", slug)
    lead = _("For %(organisation)s. Only its own people read these scores.") % {
        "organisation": answering.name
    }
    return _show(request, mechanism, form, heading=str(opened), lead=lead, conflict=conflict)


def answered(opened: AssessmentRound, organisation: Organisation) -> dict[str, Any]:
    """What the form of the organisation begins with."""
    answer = SelfAssessment.objects.filter(round=opened, organisation=organisation).first()
    if answer is None:
        return {"answers": {}, "version": 0}
    return {"answers": scores_of(answer), "version": answer.version}


def find_inside(request: SignedInRequest, slug: str) -> Mechanism:
    """The mechanism for whoever takes part in it, else 404."""
    mechanism = find_mechanism(request, slug)
    if not can_see_work(request.user, mechanism):
        raise Http404
    return mechanism


def find_round(request: SignedInRequest, mechanism: Mechanism, year: int) -> AssessmentRound:
    """The self-assessment of the year, else 404."""
    rounds = AssessmentRound.objects.visible_to(request.user).select_related("mechanism")
    return get_object_or_404(rounds, mechanism=mechanism, year=year)


def _show(
    request: SignedInRequest, mechanism: Mechanism, form: Any, **context: Any
) -> HttpResponse:
    return render(
        request,
        "workplans/principle_form.html",
        {"form": form, "mechanism": mechanism, **context},
    )
