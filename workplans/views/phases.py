"""The phases of a plan: their list, one phase, and what is done to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.models import Meeting
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, User
from coordination.permissions import can_see_people, require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.phases import PhaseBeginForm, PhaseForm
from workplans.models import JointWorkPlan, Phase, PhaseSession
from workplans.permissions.plans import (
    can_decide_on_gate,
    can_keep_phases,
    can_work_on_phase,
    gate_sides_of,
)
from workplans.permissions.standing import can_see_work
from workplans.services.gates import missing_at_gate
from workplans.services.phase_work import (
    Required,
    Turnout,
    leadership_by_year,
    required_of,
    turnout_at,
)
from workplans.services.phases import (
    add_phase,
    begin_phase,
    edit_phase,
    lay_out_phases,
    next_position,
    remove_phase,
)
from workplans.services.planning_calendars import misalignments, occurrences_of

from .plans import find_plan

EVENTS_SHOWN = 30


@require_safe
def phase_list(request: HttpRequest, slug: str, plan: str) -> HttpResponse:
    """The phases of a plan, how far each is, and whether leaders come, year by year."""
    found = find_plan(request, slug, plan)
    phases = list(
        found.phases.in_order().with_points().prefetch_related("items__blocked_by", "sessions")
    )
    for phase in phases:
        phase.plan = found
    years = JointWorkPlan.objects.visible_to(request.user).filter(
        mechanism=found.mechanism, place=found.place
    )
    leadership = leadership_by_year(years.select_related("mechanism", "calendar"))
    context = {
        "plan": found,
        "mechanism": found.mechanism,
        "phases": phases,
        "alerts": misalignments(occurrences_of(found), phases),
        "leadership": [year for year in leadership if year.sessions],
        "is_inside": can_see_work(request.user, found.mechanism),
        "can_keep": can_keep_phases(request.user, found) and not found.is_over,
    }
    return render(request, "workplans/phase_list.html", context)


@require_safe
def phase_detail(request: HttpRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """One phase: what it is for, its points, who is required and who came, and its gate."""
    phase = find_phase(request, slug, plan, pk)
    is_closed = phase.plan.is_over
    context = frame(phase) | {
        "page": PhasePage(phase, request.user),
        "can_keep": not is_closed and can_keep_phases(request.user, phase.plan),
        "can_work": not is_closed and can_work_on_phase(request.user, phase.plan),
        "can_decide": not is_closed and can_decide_on_gate(request.user, phase.plan),
    }
    return render(request, "workplans/phase_detail.html", context)


@login_required
@require_POST
def phases_lay_out(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """Give a plan the six phases to begin with."""
    found = find_plan(request, slug, plan)
    require(can_keep_phases(request.user, found))
    try:
        lay_out_phases(found, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Laid out. Give each phase its days."))
    return redirect("phase-list", slug, plan)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phase_create(request: SignedInRequest, slug: str, plan: str) -> HttpResponse:
    """One more phase."""
    found = find_plan(request, slug, plan)
    require(can_keep_phases(request.user, found))
    form = PhaseForm(request.POST or None, plan=found, position=next_position(found))
    if request.method == "POST" and form.is_valid():
        try:
            phase = add_phase(found, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            warn_of_misalignments(request, phase)
            return redirect("phase-detail", slug, plan, phase.pk)
    context = {"form": form, "plan": found, "mechanism": found.mechanism}
    return render(request, "workplans/phase_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phase_edit(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """The content of a phase; the second of two editors is shown both versions."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    form, conflict = PhaseForm(request.POST or None, plan=phase.plan, phase=phase), None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            phase = edit_phase(phase, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = phase_conflict(request, form, phase)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(phase)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            warn_of_misalignments(request, phase)
            return redirect(phase)
    context = frame(phase) | {"form": form, "conflict": conflict}
    return render(request, "workplans/phase_form.html", context)


@login_required
@require_POST
def phase_remove(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Take a phase that has not begun out of the plan; a second click finds it done."""
    found = find_plan(request, slug, plan)
    require(can_keep_phases(request.user, found))
    phase = get_object_or_404(found.phases.all(), pk=pk)
    try:
        remove_phase(phase, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("phase-detail", slug, plan, pk)
    messages.success(request, _("Taken out."))
    return redirect("phase-list", slug, plan)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phase_begin(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Record that the work of the phase began."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    form = PhaseBeginForm(request.POST or None, initial={"on": today_at(phase)})
    if request.method == "POST" and form.is_valid():
        try:
            begin_phase(phase, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("on", str(refusal))
        else:
            messages.success(request, _("Recorded."))
            return redirect(phase)
    words = Words(_("Record the beginning"), _("Record it"))
    return show_phase_form(request, phase, form, words)


@dataclass(frozen=True)
class Words:
    """How the page of a deed on a phase reads."""

    heading: str
    submit: str
    lead: str = ""


def show_phase_form(
    request: HttpRequest, phase: Phase, form: forms.BaseForm, words: Words, **more: Any
) -> HttpResponse:
    """The page of one deed on a phase."""
    context = frame(phase) | {"form": form, "words": words, **more}
    return render(request, "workplans/phase_deed.html", context)


def find_phase(request: HttpRequest, slug: str, plan: str, pk: int) -> Phase:
    """The phase at this address as far as the visitor may see it, else 404."""
    found = find_plan(request, slug, plan)
    phase = get_object_or_404(Phase.objects.visible_to(request.user), plan=found, pk=pk)
    phase.plan = found
    return phase


def warn_of_misalignments(request: HttpRequest, phase: Phase) -> None:
    """Say at once which official step the phase's days miss, and by how many days (R15)."""
    for alert in misalignments(occurrences_of(phase.plan), [phase]):
        messages.warning(request, str(alert))


def frame(phase: Phase) -> dict[str, Any]:
    return {"phase": phase, "plan": phase.plan, "mechanism": phase.plan.mechanism}


def today_at(phase: Phase) -> Any:
    """Today where the plan is made."""
    return phase.plan.mechanism.today()


def phase_conflict(
    request: SignedInRequest, mine: PhaseForm, phase: Phase
) -> tuple[PhaseForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = Phase.objects.visible_to(request.user).get(pk=phase.pk)
    theirs = PhaseForm(plan=phase.plan, phase=current)
    data = merged(mine, theirs, current.version)
    again = PhaseForm(data, plan=phase.plan, phase=current)
    saved = Event.objects.about(current).filter(verb="workplans.phase_edited").first()
    return again, Conflict.since(saved, differences(mine, theirs))


class PhasePage:
    """What the page of a phase shows, read once; who was there only from inside (R24)."""

    def __init__(self, phase: Phase, user: User | Any) -> None:
        self.phase, self.user = phase, user
        self.is_inside = can_see_work(user, phase.plan.mechanism)

    @cached_property
    def points(self) -> list[Any]:
        """Checklist and deliverables, each in its order."""
        items = self.phase.items.select_related("blocked_by").order_by("kind", "position", "pk")
        return list(items)

    @property
    def blocked(self) -> list[Any]:
        """What the phase waits for; why, is for those who take part."""
        return [item for item in self.points if item.is_blocked and self.is_inside]

    @cached_property
    def required(self) -> list[Required]:
        return required_of(self.phase) if self.is_inside else []

    @cached_property
    def sessions(self) -> list[PhaseSession]:
        """Those whose meeting the visitor may know of, the first first."""
        seen = Meeting.objects.visible_to(self.user)
        rows = self.phase.sessions.filter(meeting__in=seen)
        rows = rows.select_related("meeting__body__mechanism")
        return list(rows.order_by("meeting__starts_at", "meeting__held_on", "pk"))

    @cached_property
    def turnout(self) -> list[Turnout]:
        return turnout_at(self.sessions) if self.is_inside and self.sessions else []

    @cached_property
    def gates(self) -> list[Any]:
        """Every request, the newest first, with who passed it."""
        if not self.is_inside:
            return []
        rows = self.phase.gates.select_related("requested_by", "sent_back_by")
        return list(rows.prefetch_related("passes__passed_by").order_by("-pk"))

    @property
    def waits_for_visitor(self) -> bool:
        """Whether the newest gate waits for a side that the visitor decides for."""
        passed = {each.side for each in self.gates[0].passes.all()} if self.gates else set()
        return any(side not in passed for side in gate_sides_of(self.user, self.phase.plan))

    @cached_property
    def missing(self) -> list[str]:
        """What the gate would say now; nothing more once it is passed, or the plan is over."""
        if not self.is_inside or self.phase.state == Phase.State.PASSED or self.phase.is_left_open:
            return []
        return missing_at_gate(self.phase)

    @property
    def events(self) -> Any:
        """The record, for who may see people."""
        if not can_see_people(self.user, self.phase.plan.mechanism):
            return None
        return Event.objects.about(self.phase).select_related("by")[:EVENTS_SHOWN]
