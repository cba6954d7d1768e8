"""The deeds on a phase: points, participants, sessions, and its gate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest
from workplans.forms.phases import (
    GatePassForm,
    GateReasonForm,
    GateRequestForm,
    LeadersForm,
    PointForm,
    PointStateForm,
    RequirementForm,
    SessionForm,
)
from workplans.models import GatePass, Phase
from workplans.permissions.plans import (
    can_decide_on_gate,
    can_keep_phases,
    can_work_on_phase,
    gate_sides_of,
)
from workplans.services.gates import (
    MissingChanged,
    digest_of,
    missing_at_gate,
    pass_gate,
    request_gate,
    send_back_gate,
)
from workplans.services.phase_work import (
    add_item,
    drop_item,
    drop_requirement,
    link_session,
    note_leaders,
    require_participant,
    require_partners,
    settle_item,
    unlink_session,
)

from .phases import Words, find_phase, show_phase_form, today_at


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phase_point_add(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """One more point of the checklist, or deliverable."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    form = PointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_item(phase, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, phase)
    return show_phase_form(request, phase, form, Words(_("Add a point"), _("Add it")))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def phase_point_settle(
    request: SignedInRequest, slug: str, plan: str, *, pk: int, item: int
) -> HttpResponse:
    """Say how a point stands."""
    phase = find_phase(request, slug, plan, pk)
    require(can_work_on_phase(request.user, phase.plan))
    point = get_object_or_404(phase.items.select_related("blocked_by"), pk=item)
    point.phase = phase
    form = PointStateForm(request.POST or None, item=point)
    if request.method == "POST" and form.is_valid():
        try:
            settle_item(point, by=request.user, **form.content())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, phase)
    words = Words(_("How this point stands"), _("Save"), point.text)
    more = {"point": point, "can_keep": can_keep_phases(request.user, phase.plan)}
    return show_phase_form(request, phase, form, words, **more)


@login_required
@require_POST
def phase_point_drop(
    request: SignedInRequest, slug: str, plan: str, *, pk: int, item: int
) -> HttpResponse:
    """Take a point off."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    point = get_object_or_404(phase.items.select_related("phase", "blocked_by"), pk=item)
    return at_once(request, phase, lambda: drop_item(point, by=request.user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def requirement_add(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Name a participant that the phase cannot do without."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    form = RequirementForm(request.POST or None, plan=phase.plan, on=today_at(phase))
    if request.method == "POST" and form.is_valid():
        named = form.cleaned_data
        try:
            if named.pop("every_partner"):
                require_partners(phase, by=request.user, post=named["post"])
            else:
                require_participant(phase, by=request.user, **named)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, phase)
    lead = _("The gate says whether they were there. Nobody passes it without a word to it.")
    words = Words(_("Who is required"), _("Require them"), lead)
    return show_phase_form(request, phase, form, words)


@login_required
@require_POST
def requirement_drop(
    request: SignedInRequest, slug: str, plan: str, *, pk: int, requirement: int
) -> HttpResponse:
    """Require a participant no longer."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    wanted = get_object_or_404(
        phase.requirements.select_related("phase", "seat", "organisation"), pk=requirement
    )
    return at_once(request, phase, lambda: drop_requirement(wanted, by=request.user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_link(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Make a meeting a session of the phase."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    form = SessionForm(request.POST or None, phase=phase, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            link_session(phase, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("meeting", str(refusal))
        else:
            return done(request, phase)
    lead = _("Plan the meeting with its body first; its agenda, invitations and attendance count.")
    return show_phase_form(request, phase, form, Words(_("Add a session"), _("Add it"), lead))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_leaders(
    request: SignedInRequest, slug: str, plan: str, *, pk: int, session: int
) -> HttpResponse:
    """Note whether leaders of the county were at a session."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    held = get_object_or_404(phase.sessions.select_related("phase", "meeting__body"), pk=session)
    form = LeadersForm(request.POST or None, session=held)
    if request.method == "POST" and form.is_valid():
        try:
            note_leaders(held, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, phase)
    words = Words(_("Leaders at the session"), _("Note it"), held.meeting.name)
    return show_phase_form(request, phase, form, words)


@login_required
@require_POST
def session_unlink(
    request: SignedInRequest, slug: str, plan: str, *, pk: int, session: int
) -> HttpResponse:
    """Take a session off the phase; the meeting stays."""
    phase = find_phase(request, slug, plan, pk)
    require(can_keep_phases(request.user, phase.plan))
    held = get_object_or_404(phase.sessions.select_related("phase", "meeting__body"), pk=session)
    return at_once(request, phase, lambda: unlink_session(held, by=request.user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gate_request(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Ask the county's focal point and the secretariat to let the phase pass."""
    phase = find_phase(request, slug, plan, pk)
    require(can_work_on_phase(request.user, phase.plan))
    form = GateRequestForm(request.POST or None, initial={"ended_on": today_at(phase)})
    if request.method == "POST" and form.is_valid():
        try:
            request_gate(phase, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, phase, _("Asked for. Both sides are told."))
    lead = _("The county’s focal point and the secretariat each pass it, or send it back.")
    words = Words(_("Ask for the gate"), _("Ask for it"), lead)
    return show_phase_form(request, phase, form, words, missing=missing_at_gate(phase))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gate_pass(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Let the phase pass for one side, in sight of what is missing."""
    phase = find_phase(request, slug, plan, pk)
    require(can_decide_on_gate(request.user, phase.plan))
    missing = missing_at_gate(phase)
    sides = [(side, GatePass.Side(side).label) for side in gate_sides_of(request.user, phase.plan)]
    form = GatePassForm(request.POST or None, sides=sides, missing=missing)
    if request.method == "POST" and form.is_valid():
        try:
            gate = pass_gate(phase, by=request.user, **form.cleaned_data)
        except MissingChanged as refusal:
            form = GatePassForm(seeing(request, missing), sides=sides, missing=missing)
            form.add_error(None, str(refusal))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            passed = _("Passed by both sides.") if gate.passed_at else _("Passed for your side.")
            return done(request, phase, passed)
    words = Words(_("Let the phase pass"), _("Pass it"))
    return show_phase_form(request, phase, form, words, missing=missing)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gate_send_back(request: SignedInRequest, slug: str, plan: str, *, pk: int) -> HttpResponse:
    """Send the phase back to work, with the reason."""
    phase = find_phase(request, slug, plan, pk)
    require(can_decide_on_gate(request.user, phase.plan))
    form = GateReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_back_gate(phase, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, phase, _("Sent back. Both sides are told."))
    words = Words(_("Send the phase back"), _("Send it back"))
    return show_phase_form(request, phase, form, words, missing=missing_at_gate(phase))


def done(request: SignedInRequest, phase: Phase, said: str = "") -> HttpResponse:
    messages.success(request, said or _("Saved."))
    return redirect(phase)


def at_once(request: SignedInRequest, phase: Phase, deed: Any) -> HttpResponse:
    """A deed without a form, and what is said of it."""
    try:
        deed()
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Taken off."))
    return redirect(phase)


def seeing(request: SignedInRequest, missing: list[str]) -> Any:
    """What was typed, now in sight of what is missing."""
    data = request.POST.copy()
    data["seen_missing"] = digest_of(missing)
    return data
