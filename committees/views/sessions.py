"""A meeting in session: opened, its minutes written item by item, closed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from committees.forms.actions import ActionForm
from committees.forms.minutes import (
    DraftForm,
    ItemForm,
)
from committees.models import AgendaItem, Meeting, Minutes, MinutesDraft
from committees.services.actions import create_action, matters_arising
from committees.services.minutes_guards import guard_open
from committees.services.quorum import quorum_of
from committees.services.sessions import (
    DecisionMissing,
    ReasonMissing,
    close_meeting,
    open_meeting,
    save_minutes_draft,
    write_item,
)
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .minutes import Deed, answer_form, find_to_take, write_address

# The fields of an item that refusals are about.
FIELDS: dict[type[Refusal], str] = {ReasonMissing: "outcome_reason", DecisionMissing: "outcome"}


@login_required
@require_POST
def minutes_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin the meeting: from now on its minutes are written."""
    meeting = find_to_take(request, pk)
    try:
        open_meeting(meeting, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("minutes-detail", pk)
    return redirect("minutes-write", pk)


@login_required
@require_safe
def minutes_write(request: SignedInRequest, pk: int) -> HttpResponse:
    """The page to write in, item by item, with the quorum and the matters arising."""
    meeting = find_to_take(request, pk)
    minutes = Minutes.objects.filter(meeting=meeting).first()
    if not meeting.has_begun or (minutes and minutes.state == Minutes.State.CONFIRMED):
        messages.warning(request, _("These minutes cannot be written now."))
        return redirect("minutes-detail", pk)
    items = list(items_in_full(meeting, request.user))
    cards = [card_of(meeting, item) for item in items]
    fold_what_waits(cards)
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "cards": cards,
        "unsettled": sum(item.outcome == AgendaItem.Outcome.OPEN for item in items),
        "quorum": quorum_of(meeting) if meeting.is_counted else None,
        "matters": matters_arising(meeting).select_related(
            "body", "owner_seat", "owner_organisation"
        ),
        "today": timezone.localdate(timezone=meeting.zone),
        "loose_decisions": meeting.decisions.filter(item=None).select_related("body"),
        "is_open": meeting.state == Meeting.State.IN_SESSION,
    }
    return render(request, "committees/minutes_write.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_write(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    """One item of the minutes; the second of two writers is shown both versions."""
    meeting, found = find_item(request, pk, item)
    form, conflict = ItemForm(request.POST or None, item=found, draft=draft_of(found)), None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        try:
            write_item(found, by=request.user, seen_version=seen, **form.content())
        except EditedMeanwhile:
            form, conflict = item_conflict(request, form, found)
        except Refusal as refusal:
            form.add_error(FIELDS.get(type(refusal)), str(refusal))
        else:
            return after_writing(request, meeting, found)
    card = {**card_of(meeting, found, form=form), "conflict": conflict}
    if request.htmx:
        return render(request, "committees/_minutes_item.html", {"card": card, "meeting": meeting})
    context = {"meeting": meeting, "body": meeting.body, "mechanism": meeting.body.mechanism}
    return render(request, "committees/minutes_item.html", {**context, "card": card})


@login_required
@require_POST
def item_draft(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    """Keep what is being typed; says when it was kept, or that it was not."""
    meeting, found = find_item(request, pk, item)
    form = DraftForm(request.POST)
    kept, refused = None, ""
    if form.is_valid():
        content = form.cleaned_data
        try:
            kept = save_minutes_draft(
                found,
                by=request.user,
                text=content["minutes_text"],
                began_from=content["seen_version"],
            )
        except Refusal as refusal:
            refused = str(refusal)
    context = {"draft": kept, "refused": refused, "zone": meeting.zone}
    return render(request, "committees/_minutes_draft.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_action(request: SignedInRequest, pk: int, item: int) -> HttpResponse:
    """An action that the meeting sets under the item."""
    meeting, found = find_item(request, pk, item)
    form = ActionForm(request.POST or None, body=meeting.body)

    def set_action() -> str:
        guard_open(meeting)
        action = create_action(
            meeting.body, by=request.user, meeting=meeting, item=found, **form.content()
        )
        return _("%(action)s is set.") % {"action": action}

    deed = Deed(
        set_action,
        _("Set an action"),
        _("Set the action"),
        lead=found.title,
        back=f"#item-{found.pk}",
    )
    return answer_form(request, meeting, form, deed)


@login_required
@require_POST
def minutes_close(request: SignedInRequest, pk: int) -> HttpResponse:
    """End the meeting; its number and quorum are fixed."""
    meeting = find_to_take(request, pk)
    try:
        close_meeting(meeting, by=request.user)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("minutes-write", pk)
    messages.success(request, _("The meeting is closed. Circulate its minutes."))
    return redirect("minutes-detail", pk)


# --- Parts ----------------------------------------------------------------------------------------


def find_item(request: HttpRequest, pk: int, item: int) -> tuple[Meeting, AgendaItem]:
    """An item of the meeting for who writes its minutes."""
    meeting = find_to_take(request, pk)
    return meeting, get_object_or_404(items_in_full(meeting, request.user), pk=item)


def items_in_full(meeting: Meeting, user: Any) -> Any:
    """With everything that a card of the page shows; the writer's own draft alone."""
    items = meeting.items.select_related("presented_by", "carried_from", "memo")
    return items.prefetch_related(
        Prefetch("drafts", MinutesDraft.objects.filter(writer=user.pk), to_attr="own_drafts"),
        "papers__document_version__document",
        "decisions__body",
        "actions__body",
        "actions__owner_seat",
        "actions__owner_organisation",
    ).in_order()


def draft_of(item: AgendaItem) -> MinutesDraft | None:
    """What the writer has typed and not saved, if it says anything else than what is stored."""
    drafts: list[MinutesDraft] = item.own_drafts  # type: ignore[attr-defined]  # to_attr
    draft = drafts[0] if drafts else None
    return draft if draft and draft.text != item.minutes_text else None


def card_of(meeting: Meeting, item: AgendaItem, *, form: ItemForm | None = None) -> dict[str, Any]:
    """What ``_minutes_item.html`` shows of an item."""
    draft = draft_of(item)
    return {
        "item": item,
        "form": form or ItemForm(item=item, draft=draft),
        "draft": draft,
        "takes_decisions": meeting.is_counted,
    }


def fold_what_waits(cards: list[dict[str, Any]]) -> None:
    """On a phone only the first item without an outcome is open, and those with a draft."""
    waiting = [card for card in cards if card["item"].outcome == AgendaItem.Outcome.OPEN]
    for card in cards:
        card["is_folded"] = card not in waiting[:1] and not card["draft"]


def after_writing(request: SignedInRequest, meeting: Meeting, item: AgendaItem) -> HttpResponse:
    """The saved item by itself where a script asked for it, else the page at its place."""
    if not request.htmx:
        return redirect(f"{write_address(meeting)}#item-{item.pk}")
    saved = items_in_full(meeting, request.user).get(pk=item.pk)
    card = {**card_of(meeting, saved), "is_saved": True}
    return render(request, "committees/_minutes_item.html", {"card": card, "meeting": meeting})


def item_conflict(
    request: SignedInRequest, mine: ItemForm, item: AgendaItem
) -> tuple[ItemForm, Conflict]:
    """The form as typed, in sight of what another has saved, and both versions side by side."""
    current = AgendaItem.objects.filter(pk=item.pk).get()
    theirs = ItemForm(item=current)
    events = Event.objects.about_any(Minutes.objects.filter(meeting=item.meeting_id))
    saved = events.filter(verb="committees.minutes_written").first()
    again = ItemForm(merged(mine, theirs, current.version), item=current)
    return again, Conflict.since(saved, differences(mine, theirs))
