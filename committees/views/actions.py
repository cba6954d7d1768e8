"""Action items: the list, one of them, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from committees.forms.actions import (
    ActionFilter,
    ActionForm,
    ConfirmForm,
    DoneForm,
    NoteForm,
    ReasonForm,
)
from committees.models import ActionItem, Body
from committees.permissions import (
    can_confirm_action,
    can_set_action,
    can_settle_action,
    can_work_on_action,
)
from committees.services.actions import (
    cancel_action,
    complete_action,
    confirm_action,
    confirming_meetings,
    create_action,
    edit_action,
    note_progress,
    return_action,
)
from committees.services.linked import linked_to
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event, Mechanism
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .deeds import DeedPage, show_deed

LINES_A_PAGE = 50
# Everything that a line of the list shows.
IN_FULL = ("body__mechanism", "owner_seat", "owner_organisation", "meeting")


@login_required
@require_safe
def action_list(request: SignedInRequest, slug: str, body_slug: str = "") -> HttpResponse:
    """The action items of a mechanism or of one body, narrowed in the address."""
    mechanisms = Mechanism.objects.taking_part(request.user)
    mechanism = get_object_or_404(mechanisms, slug=slug)
    body = find_body(request, slug, body_slug) if body_slug else None
    actions = ActionItem.objects.visible_to(request.user).filter(body__mechanism=mechanism)
    if body:
        actions = actions.filter(body=body)
    today = mechanism.today()
    narrowed = ActionFilter(request.GET, actions, user=request.user, on=today, body=body)
    rows = narrowed.qs.select_related(*IN_FULL).in_order()
    context = {
        "mechanism": mechanism,
        "body": body,
        "filter": narrowed,
        "page": Paginator(rows, LINES_A_PAGE).get_page(request.GET.get("page")),
        "today": today,
        "can_set": body is not None and can_set_action(request.user, body),
    }
    return render(request, "committees/action_list.html", context)


@login_required
@require_safe
def action_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One action item: who does it by when, how far it is, and what was done to it."""
    action = find_action(request, pk)
    can_work = can_work_on_action(request.user, action)
    can_settle = can_settle_action(request.user, action)
    today = action.body.mechanism.today()
    context = {
        "action": action,
        "body": action.body,
        "mechanism": action.body.mechanism,
        "co_owners": action.co_owners.order_by("short_name"),
        "notes": action.notes.select_related("written_by").order_by("-pk"),
        "is_overdue": action.is_overdue(on=today),
        "is_outstanding": action.state in ActionItem.OUTSTANDING,
        "is_done": action.state == ActionItem.State.DONE,
        "can_work": can_work,
        "can_settle": can_settle,
        "can_confirm": can_settle and can_confirm_action(request.user, action),
        "can_be_confirmed": confirming_meetings(action).exists(),
        "linked": linked_to(request.user, action),
        "events": Event.objects.about(action).select_related("by"),
    }
    return render(request, "committees/action_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_create(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """A new action item of the body."""
    body = find_body(request, slug, body_slug)
    require(can_set_action(request.user, body))
    form = ActionForm(request.POST or None, body=body)
    if request.method == "POST" and form.is_valid():
        try:
            action = create_action(body, by=request.user, **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(action)s is set.") % {"action": action})
            return redirect(action)
    context = {"form": form, "body": body, "mechanism": body.mechanism}
    return render(request, "committees/action_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its words, owner and day; the second of two editors is shown both versions."""
    action = find_action(request, pk)
    require(can_settle_action(request.user, action))
    form, conflict = ActionForm(request.POST or None, body=action.body, action=action), None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            edit_action(action, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = edit_conflict(request, form, action)
            if not conflict.fields:  # both typed the same, or one clicked twice
                return redirect(action)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(action)
    context = {
        "form": form,
        "conflict": conflict,
        "action": action,
        "body": action.body,
        "mechanism": action.body.mechanism,
    }
    return render(request, "committees/action_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_note(request: SignedInRequest, pk: int) -> HttpResponse:
    """A note on how far it is."""
    action = find_action(request, pk)
    require(can_work_on_action(request.user, action))
    form = NoteForm(request.POST or None)
    words = (_("Note progress"), _("Save the note"), _("Noted."))
    return show_deed(request, form, deed_on(action, note_progress, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its owner says that it is done."""
    action = find_action(request, pk)
    require(can_work_on_action(request.user, action))
    form = DoneForm(request.POST or None)
    said = _("Done; the body confirms it at its next meeting.")
    words = (_("Say that it is done"), _("It is done"), said)
    return show_deed(request, form, deed_on(action, complete_action, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """The body confirmed at a meeting that it is done."""
    action = find_action(request, pk)
    require(can_confirm_action(request.user, action))
    form = ConfirmForm(request.POST or None, action=action)
    words = (_("Confirm the action item"), _("Confirm"), _("Confirmed."))
    return show_deed(request, form, deed_on(action, confirm_action, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_return(request: SignedInRequest, pk: int) -> HttpResponse:
    """The body does not hold it done, and says why."""
    action = find_action(request, pk)
    require(can_settle_action(request.user, action))
    form = ReasonForm(request.POST or None)
    said = _("Returned; its owner reads your reason.")
    words = (_("Return the action item"), _("Return"), said)
    return show_deed(request, form, deed_on(action, return_action, words))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nobody has to do it any more; it stays on record (R19)."""
    action = find_action(request, pk)
    require(can_settle_action(request.user, action))
    form = ReasonForm(request.POST or None)
    said = _("Cancelled; it stays on record.")
    words = (_("Cancel the action item"), _("Cancel it"), said)
    return show_deed(request, form, deed_on(action, cancel_action, words))


def find_action(request: HttpRequest, pk: int) -> ActionItem:
    """The action item at this address as far as the visitor may see it, else 404."""
    seen = ActionItem.objects.visible_to(request.user)
    return get_object_or_404(seen.select_related(*IN_FULL, "decision__body", "confirmed_at"), pk=pk)


def find_body(request: HttpRequest, slug: str, body_slug: str) -> Body:
    """The body at this address as far as the visitor may see it, else 404."""
    seen = Body.objects.visible_to(request.user).select_related("mechanism")
    return get_object_or_404(seen, mechanism__slug=slug, slug=body_slug)


def deed_on(
    action: ActionItem, service: Callable[..., Any], words: tuple[str, str, str]
) -> DeedPage:
    """The page of a deed; ``words`` are its heading, its button, and what is said afterwards."""
    body = action.body
    return DeedPage(
        action,
        action.text,
        service,
        *words,
        mechanism=body.mechanism,
        body=body,
        room=_("Actions"),
        room_url=reverse("body-actions", args=[body.mechanism.slug, body.slug]),
    )


def edit_conflict(
    request: SignedInRequest, mine: ActionForm, action: ActionItem
) -> tuple[ActionForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = find_action(request, action.pk)
    theirs = ActionForm(body=current.body, action=current)
    saved = Event.objects.about(current).order_by("-pk").first()
    data = merged(mine, theirs, current.version)
    again = ActionForm(data, body=current.body, action=current)
    return again, Conflict.since(saved, differences(mine, theirs))
