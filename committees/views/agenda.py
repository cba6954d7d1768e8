"""The agenda builder, and the parking lot of a body."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from committees.forms.agenda import ItemForm, OrderForm
from committees.models import AgendaItem, EscalationStep, Meeting, Memo
from committees.permissions import can_convene_body, can_prepare_meeting, can_read_body
from committees.services.actions import matters_arising
from committees.services.agenda import (
    add_item,
    closed_papers,
    drop_parked,
    edit_item,
    move_item,
    order_items,
    park_item,
    take_off,
)
from committees.services.agenda_offers import offers_for, take_up
from committees.services.agenda_templates import use_template
from coordination.forms.conflicts import Conflict, differences, merged
from coordination.models import Event
from coordination.permissions import require
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.views.signed_in import SignedInRequest

from .meetings import find_body, find_meeting, items_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_agenda(request: SignedInRequest, pk: int) -> HttpResponse:
    """The items in order, what waits for a meeting, and a form for one more item."""
    meeting = _find_prepared(request, pk)
    form = ItemForm(request.POST or None, body=meeting.body, user=request.user, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        try:
            item = add_item(meeting, by=request.user, papers=form.pinned(), **form.content())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("On the agenda."))
            _warn_of_closed_papers(request, item)
            return redirect("meeting-agenda", pk)
    items = list(items_of(request.user, meeting))
    context = {
        "meeting": meeting,
        "body": meeting.body,
        "mechanism": meeting.body.mechanism,
        "items": items,
        "minutes": sum(item.minutes_allotted or 0 for item in items),
        "minutes_open": sum(1 for item in items if item.minutes_allotted is None),
        "length": _length(meeting),
        "offers": offers_for(meeting, request.user),
        "outstanding": matters_arising(meeting).count(),
        "form": form,
        "order": OrderForm(),
        "moved": request.GET.get("moved", ""),
        "moved_to": request.GET.get("to", ""),
    }
    return render(request, "committees/meeting_agenda.html", context)


@login_required
@require_POST
def agenda_template(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add what every agenda has and this one lacks."""
    meeting = _find_prepared(request, pk)
    return _done(request, meeting, lambda: use_template(meeting, by=request.user))


@login_required
@require_POST
def agenda_order(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put all items in the order in which they were dragged."""
    meeting = _find_prepared(request, pk)
    form = OrderForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The order could not be read. Use the arrows."))
        return redirect("meeting-agenda", pk)
    order, seen = form.cleaned_data["order"], form.cleaned_data["seen"]
    return _done(request, meeting, lambda: order_items(meeting, order, by=request.user, seen=seen))


@login_required
@require_POST
def agenda_take_up(request: SignedInRequest, pk: int, kind: str, thing_pk: int) -> HttpResponse:
    """Put what waits for a meeting on the agenda."""
    meeting = _find_prepared(request, pk)
    things = {
        "memo": Memo.objects.visible_to(request.user),
        "item": AgendaItem.objects.visible_to(request.user),
        "step": EscalationStep.objects.all(),
    }
    if kind not in things:
        raise Http404
    offers = offers_for(meeting, request.user)
    known = [*offers.memos, *offers.parked, *offers.deferred, *offers.escalations]
    thing: Any = get_object_or_404(things[kind], pk=thing_pk)
    if thing not in known:
        # It was taken up a moment ago, here or for another meeting.
        messages.info(request, _("It is on an agenda already."))
        return redirect("meeting-agenda", pk)
    return _done(request, meeting, lambda: take_up(meeting, thing, by=request.user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """An item's content and papers; the second of two editors is shown both versions."""
    item = _find_item(request, pk)
    form = _item_form(request, item, request.POST or None)
    conflict = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen_version"]
        papers = form.pinned()
        try:
            item = edit_item(
                item, by=request.user, seen_version=seen, papers=papers, **form.content()
            )
        except EditedMeanwhile:
            form, conflict = _item_conflict(request, form, item)
            if not conflict.fields:
                return _back(item)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            _warn_of_closed_papers(request, item)
            return _back(item)
    context = {
        "form": form, "conflict": conflict, "item": item, "meeting": item.meeting,
        "body": item.body, "mechanism": item.body.mechanism,
    }  # fmt: skip
    return render(request, "committees/item_form.html", context)


@login_required
@require_POST
def item_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """One place up or down, by button or keyboard."""
    item = _find_item(request, pk)
    up = request.POST.get("to") == "up"
    if item.meeting is None:
        return _back(item)
    _done(request, item.meeting, lambda: move_item(item, by=request.user, up=up))
    # Back to the button that was pressed, so that by keyboard it can be pressed again.
    query = urlencode({"moved": item.pk, "to": "up" if up else "down"})
    return redirect(f"{reverse('meeting-agenda', args=[item.meeting.pk])}?{query}")


@login_required
@require_POST
def item_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Off the agenda, a topic to the parking lot; off the parking lot for good."""
    item = _find_item(request, pk)
    if item.meeting is not None:
        return _done(request, item.meeting, lambda: take_off(item, by=request.user))
    try:
        drop_parked(item, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return _back(item)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def body_parking(request: SignedInRequest, slug: str, body_slug: str) -> HttpResponse:
    """What waits for a meeting that is not planned yet; members read it, who convenes adds."""
    body = find_body(request, slug, body_slug)
    can_convene = can_convene_body(request.user, body)
    require(can_convene or (can_read_body(request.user, body) and request.method != "POST"))
    form = ItemForm(request.POST or None, body=body, user=request.user)
    form.fields.pop("papers", None)
    if request.method == "POST" and form.is_valid():
        park_item(body, by=request.user, **form.content())
        messages.success(request, _("It waits for a meeting."))
        return redirect("body-parking", slug, body.slug)
    parked = AgendaItem.objects.visible_to(request.user).filter(body=body).parked()
    context = {
        "body": body, "mechanism": body.mechanism, "form": form, "can_convene": can_convene,
        "items": parked.select_related("presented_by").order_by("pk"),
    }  # fmt: skip
    return render(request, "committees/body_parking.html", context)


def _find_prepared(request: SignedInRequest, pk: int) -> Meeting:
    """The meeting, for who prepares it."""
    meeting = find_meeting(request, pk)
    require(can_prepare_meeting(request.user, meeting))
    return meeting


def _find_item(request: SignedInRequest, pk: int) -> AgendaItem:
    """The item, for who prepares its meeting or keeps the parking lot that it stands on."""
    items = AgendaItem.objects.visible_to(request.user)
    full = items.select_related("body__mechanism", "meeting__body__mechanism")
    item = get_object_or_404(full, pk=pk)
    body = item.meeting.body if item.meeting else item.body
    require(can_convene_body(request.user, body))
    return item


def _item_form(request: SignedInRequest, item: AgendaItem, data: Any) -> ItemForm:
    return ItemForm(data, body=item.body, user=request.user, meeting=item.meeting, item=item)


def _item_conflict(
    request: SignedInRequest, mine: ItemForm, item: AgendaItem
) -> tuple[ItemForm, Conflict]:
    current = _find_item(request, item.pk)
    theirs = _item_form(request, current, None)
    saved = Event.objects.about(current).filter(verb="committees.agenda_item_edited")
    again = _item_form(request, current, merged(mine, theirs, current.version))
    return again, Conflict.since(saved.select_related("by").first(), differences(mine, theirs))


def _back(item: AgendaItem) -> HttpResponse:
    if item.meeting_id:
        return redirect("meeting-agenda", item.meeting_id)
    return redirect("body-parking", item.body.mechanism.slug, item.body.slug)


def _done(request: SignedInRequest, meeting: Meeting, deed: Any) -> HttpResponse:
    """Do it, say why not, and go back to the agenda."""
    try:
        deed()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("meeting-agenda", meeting.pk)


def _warn_of_closed_papers(request: SignedInRequest, item: AgendaItem) -> None:
    """Say of each paper that not all who read the item can open it."""
    said = _("“%(paper)s” stays closed to some who read this item: its readers are “%(who)s”.")
    for paper in closed_papers(item):
        document = paper.document_version.document
        words = {"paper": document.title, "who": document.get_access_display()}
        messages.warning(request, said % words)


def _length(meeting: Meeting) -> int | None:
    """How many minutes the meeting has; None where its times are not known."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return None
    return int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60
