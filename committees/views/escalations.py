"""Escalations: the list, one of them with its levels, and the way of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.forms.actions import ReasonForm
from committees.forms.escalations import (
    AnswerForm,
    EscalationFilter,
    EscalationForm,
    EscalationNoteForm,
    LevelForm,
    PassUpForm,
)
from committees.models import Escalation, EscalationNote, EscalationStep
from committees.permissions import (
    can_answer_escalation,
    can_close_escalation,
    can_handle_escalation,
    can_raise_escalation,
    levels_read_by,
)
from committees.services.escalations import (
    acknowledge_escalation,
    answer_escalation,
    body_above,
    close_escalation,
    current_step,
    note_escalation,
    pass_up_escalation,
    raise_escalation,
    reopen_escalation,
    take_in_hand,
    with_since,
)
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import Refusal
from coordination.views.signed_in import SignedInRequest

from .deeds import DeedPage, show_deed

LINES_A_PAGE = 50


@dataclass(frozen=True)
class Level:
    """A level that the issue has reached, with as much of it as the reader may read."""

    step: EscalationStep
    is_readable: bool
    notes: list[EscalationNote]


@login_required
@require_safe
def escalation_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """What was raised in the mechanism, as far as one may see it: what waits first."""
    mechanism = find_mechanism(request, slug)
    today = mechanism.today()
    seen = Escalation.objects.visible_to(request.user).filter(mechanism=mechanism)
    narrowed = EscalationFilter(request.GET, seen, user=request.user, on=today)
    rows = narrowed.qs.with_levels().in_order()
    context = {
        "mechanism": mechanism,
        "filter": narrowed,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
        "today": today,
        "can_raise": can_raise_escalation(request.user, mechanism),
    }
    return render(request, "committees/escalation_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_raise(request: SignedInRequest, slug: str) -> HttpResponse:
    """Raise an issue to a body: one short form."""
    mechanism = find_mechanism(request, slug)
    require(can_raise_escalation(request.user, mechanism))
    form = EscalationForm(request.POST or None, mechanism=mechanism, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            escalation = raise_escalation(mechanism, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("Raised to the %(body)s. You are told when it answers.")
            messages.success(request, said % {"body": form.cleaned_data["body"]})
            return redirect(escalation)
    context = {"form": form, "mechanism": mechanism}
    return render(request, "committees/escalation_form.html", context)


@login_required
@require_safe
def escalation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The issue, where it is since when, its answer, and what one's own level says of it."""
    escalation = find_escalation(request, pk)
    mechanism = escalation.mechanism
    step = current_step(escalation) if escalation.is_unanswered else None
    today = mechanism.today()
    may_close = can_close_escalation(request.user, escalation)
    is_answered = escalation.state == Escalation.State.ANSWERED
    context = {
        "escalation": escalation,
        "mechanism": mechanism,
        "levels": levels_of(escalation, request),
        "step": step,
        "with_since": with_since(step) if step else None,
        "above": body_above(step) if step else None,
        "is_overdue": escalation.is_overdue(on=today),
        "days": (today - timezone.localdate(escalation.raised_at, mechanism.zone)).days,
        "can_handle": can_handle_escalation(request.user, step),
        "can_answer": can_answer_escalation(request.user, step),
        "can_close": may_close and is_answered,
        "events": Event.objects.about(escalation).select_related("by"),
    }
    return render(request, "committees/escalation_detail.html", context)


@login_required
@require_POST
def escalation_acknowledge(request: SignedInRequest, pk: int) -> HttpResponse:
    said = _("Acknowledged; whoever raised it is told.")
    return handle_at_once(request, pk, acknowledge_escalation, said)


@login_required
@require_POST
def escalation_take(request: SignedInRequest, pk: int) -> HttpResponse:
    return handle_at_once(request, pk, take_in_hand, _("In hand; whoever raised it is told."))


@login_required
@require_POST
def escalation_close(request: SignedInRequest, pk: int) -> HttpResponse:
    escalation = find_escalation(request, pk)
    require(can_close_escalation(request.user, escalation))
    return do_at_once(request, escalation, close_escalation, _("Closed."))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_note(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the body that has it says among itself."""
    escalation = find_escalation(request, pk)
    form = EscalationNoteForm(request.POST or None, escalation=escalation)
    step = form.level()
    require(can_handle_escalation(request.user, step))
    words = (_("Note for the body"), _("Save the note"), _("Noted."))
    return show_deed(request, form, deed_on(escalation, note_escalation, words, speaker(step)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_pass_up(request: SignedInRequest, pk: int) -> HttpResponse:
    """The body that has it cannot answer it and passes it up the declared line."""
    escalation = find_escalation(request, pk)
    form = PassUpForm(request.POST or None, escalation=escalation)
    step = form.level()
    require(can_answer_escalation(request.user, step))
    words = (_("Pass it up"), _("Pass it up"), _("Passed up; its answer comes back to you."))
    return show_deed(request, form, deed_on(escalation, pass_up_escalation, words, speaker(step)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """The answer goes down one level: to the body below, or to whoever raised it."""
    escalation = find_escalation(request, pk)
    form = AnswerForm(request.POST or None, escalation=escalation)
    step = form.level()
    require(can_answer_escalation(request.user, step))
    words = (_("Answer"), _("Send the answer"), _("Answered; it is on its way down."))
    told = (
        _("The body below reads it and answers whoever raised the issue.")
        if step and step.position
        else _("Whoever raised the issue is told at once.")
    )
    told = f"{speaker(step)} {told}"
    return show_deed(request, form, deed_on(escalation, answer_escalation, words, told))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def escalation_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """The answer does not settle it: whoever raised it asks again."""
    escalation = find_escalation(request, pk)
    require(can_close_escalation(request.user, escalation))
    words = (_("Ask again"), _("Ask again"), _("Asked again; the body is told."))
    form = ReasonForm(request.POST or None)
    return show_deed(request, form, deed_on(escalation, reopen_escalation, words))


def find_mechanism(request: SignedInRequest, slug: str) -> Mechanism:
    """The mechanism at this address if the visitor takes part in it, else 404."""
    return get_object_or_404(Mechanism.objects.taking_part(request.user), slug=slug)


def find_escalation(request: SignedInRequest, pk: int) -> Escalation:
    """The issue at this address as far as the visitor may see it, else 404."""
    seen = Escalation.objects.visible_to(request.user).select_related(
        "mechanism", "raised_by", "raised_for", "from_body", "place", "sector"
    )
    return get_object_or_404(seen, pk=pk)


def levels_of(escalation: Escalation, request: SignedInRequest) -> list[Level]:
    """The levels from the first up; of each only what the reader may read."""
    notes: dict[int, list[EscalationNote]] = {}
    seen = EscalationNote.objects.visible_to(request.user).filter(step__escalation=escalation)
    for note in seen.select_related("written_by").order_by("pk"):
        notes.setdefault(note.step_id, []).append(note)
    steps = list(escalation.steps.select_related("body__mechanism").order_by("position"))
    read = levels_read_by(request.user, steps)
    return [Level(step, step.position in read, notes.get(step.pk, [])) for step in steps]


def handle_at_once(
    request: SignedInRequest, pk: int, service: Callable[..., Any], said: str
) -> HttpResponse:
    """A deed of the level that its button was shown for, and that asks nothing."""
    escalation = find_escalation(request, pk)
    step = LevelForm(request.POST, escalation=escalation).level()
    require(can_handle_escalation(request.user, step))
    return do_at_once(request, escalation, partial(service, step=step), said)


def do_at_once(
    request: SignedInRequest, escalation: Escalation, service: Callable[..., Any], said: str
) -> HttpResponse:
    """A deed that asks nothing."""
    try:
        service(escalation, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(escalation)


def speaker(step: EscalationStep | None) -> str:
    """For which body it is said: who keeps the bodies of a mechanism could speak for any."""
    return _("You speak for the %(body)s.") % {"body": step.body} if step else ""


def deed_on(
    escalation: Escalation,
    service: Callable[..., Any],
    words: tuple[str, str, str],
    told: str = "",
) -> DeedPage:
    """The page of a deed; ``words`` are its heading, its button, and what is said afterwards."""
    return DeedPage(
        escalation,
        escalation.text,
        service,
        *words,
        mechanism=escalation.mechanism,
        room=_("Escalations"),
        room_url=reverse("escalation-list", args=[escalation.mechanism.slug]),
        told=told,
    )
