"""The agenda of a meeting: its items, their order and papers, and the parking lot of a body."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy

from committees.models import Access, AgendaItem, Body, DocumentVersion, Meeting, Paper, reads_less
from coordination.models import Organisation, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next

from .attendance import bodies_of
from .meetings import lock_meeting
from .minutes_guards import is_confirmed

Kind = AgendaItem.Kind


State = Meeting.State


class AgendaClosed(Refusal):
    message = gettext_lazy("This meeting was held or called off: its agenda no longer changes.")


class AgendaFrozen(Refusal):
    message = gettext_lazy(
        "The minutes of this meeting are confirmed: its agenda and papers stay as they are."
    )


class ItemInUse(Refusal):
    message = gettext_lazy("The minutes speak of this item: defer or drop it there instead.")


class OrderChanged(Refusal):
    message = gettext_lazy(
        "Items came or went since you opened this page. Look at the agenda again, then order it."
    )


class ItemContent(TypedDict):
    """What is said of an item."""

    title: str
    aim: str
    minutes_allotted: int | None
    presenter: str
    presented_by: Organisation | None
    note: str
    is_restricted: bool


@transaction.atomic
def add_item(
    meeting: Meeting,
    *,
    by: User,
    papers: Iterable[DocumentVersion] = (),
    at: dt.datetime | None = None,
    **content: Unpack[ItemContent],
) -> AgendaItem:
    """A new item before any other business. A form that was sent twice gives the same item again.

    Raises AgendaClosed.
    """
    meeting = lock_agenda(meeting)
    same = meeting.items.filter(title=content["title"], version=1, kind=Kind.TOPIC).first()
    if same:
        return same
    item = AgendaItem(body=meeting.body, meeting=meeting, **content)
    place_item(meeting, item)
    pin_papers(item, papers)
    record("committees.agenda_item_added", item, by=by, at=at)
    return item


@transaction.atomic
def park_item(
    body: Body, *, by: User, at: dt.datetime | None = None, **content: Unpack[ItemContent]
) -> AgendaItem:
    """An item of the body's parking lot, for a later meeting; the same twice is one."""
    body = Body.objects.select_for_update(of=("self",)).get(pk=body.pk)
    same = body.agenda_items.parked().filter(title=content["title"]).first()
    if same:
        return same
    item = AgendaItem(body=body, **content)
    item.full_clean()
    item.save()
    record("committees.agenda_item_parked", item, by=by, at=at)
    return item


@transaction.atomic
def edit_item(
    item: AgendaItem,
    *,
    by: User,
    seen_version: int,
    papers: Iterable[DocumentVersion] = (),
    at: dt.datetime | None = None,
    **content: Unpack[ItemContent],
) -> AgendaItem:
    """The item with its new content and papers. Raises AgendaClosed or EditedMeanwhile."""
    item, _meeting = _lock_item(item)
    if item.version != seen_version:
        raise EditedMeanwhile
    before = item_in_words(item)
    for name, value in content.items():
        setattr(item, name, value)
    item.full_clean()
    save_next(item, *content)
    pin_papers(item, papers)
    changes = changes_between(before, item_in_words(item))
    record("committees.agenda_item_edited", item, by=by, changes=changes, at=at)
    return item


@transaction.atomic
def take_off(item: AgendaItem, *, by: User, at: dt.datetime | None = None) -> AgendaItem | None:
    """Take an item off the agenda: a topic goes to the parking lot, any other is offered again.

    Returns the parked item, None for what is gone. Raises AgendaClosed or ItemInUse.
    """
    item, meeting = _lock_item(item)
    if meeting is None:
        return item
    if item.minutes_text or item.decisions.exists() or item.actions.exists():
        raise ItemInUse
    record("committees.agenda_item_removed", meeting, by=by, note=item.title, at=at)
    if item.kind == Kind.TOPIC and item.carried_from_id is None:
        item.meeting, item.position = None, 0
        item.save(update_fields=["meeting", "position"])
        return item
    item.drafts.all().delete()
    item.delete()
    return None


@transaction.atomic
def drop_parked(item: AgendaItem, *, by: User, at: dt.datetime | None = None) -> Body:
    """Take an item off the parking lot for good; what it said stays on record."""
    item, meeting = _lock_item(item)
    if meeting is not None:
        raise ItemInUse
    record("committees.agenda_item_removed", item.body, by=by, note=item.title, at=at)
    item.delete()
    return item.body


@transaction.atomic
def move_item(item: AgendaItem, *, by: User, up: bool, at: dt.datetime | None = None) -> AgendaItem:
    """Change places with the item before or after it. Raises AgendaClosed."""
    if item.meeting is None:
        raise AgendaClosed
    meeting = lock_agenda(item.meeting)
    keys = list(meeting.items.in_order().values_list("pk", flat=True))
    if item.pk not in keys:
        raise OrderChanged
    here = keys.index(item.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(keys):
        keys[here], keys[there] = keys[there], keys[here]
        number_items(meeting, keys)
        record("committees.agenda_ordered", meeting, by=by, at=at)
    return item


@transaction.atomic
def order_items(
    meeting: Meeting,
    keys: Sequence[int],
    *,
    by: User,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Put all items in this order; the same order twice is one deed.

    Raises AgendaClosed, OrderChanged when they are others, or DoneMeanwhile when somebody has
    ordered them since (R27).
    """
    meeting = lock_agenda(meeting)
    known = list(meeting.items.in_order().values_list("pk", flat=True))
    if sorted(keys) != sorted(known):
        raise OrderChanged
    if list(keys) != known:
        guard_seen(meeting, seen=seen)
        number_items(meeting, keys)
        record("committees.agenda_ordered", meeting, by=by, at=at)
    return meeting


def closed_papers(item: AgendaItem) -> list[Paper]:
    """Papers that not everyone may open who reads the item: to be pinned opens none to anybody."""
    meeting = item.meeting
    if meeting is None:
        return []
    access = Access.BODY if item.is_restricted else meeting.access
    bodies = {body.pk for body in bodies_of(meeting)}
    found = []
    for paper in item.papers.in_full():
        document = paper.document_version.document
        is_of_one = document.access == Access.BODY and bodies != {document.body_id}
        if is_of_one or reads_less(document.access, access):
            found.append(paper)
    return found


def item_in_words(item: AgendaItem) -> dict[str, Any]:
    """Its content as people read it."""
    papers = item.papers.select_related("document_version__document")
    return {
        "title": item.title,
        "aim": str(item.get_aim_display()),
        "minutes_allotted": item.minutes_allotted,
        "presenter": item.presenter,
        "presented_by": str(item.presented_by or ""),
        "note": item.note,
        "is_restricted": item.is_restricted,
        "papers": sorted(str(paper) for paper in papers),
    }


def lock_agenda(meeting: Meeting) -> Meeting:
    """The meeting, locked, while its agenda still changes. Raises AgendaFrozen or AgendaClosed."""
    meeting = lock_meeting(meeting)
    # Whatever becomes of the meeting: what was confirmed stands, with its papers (R19).
    if is_confirmed(meeting):
        raise AgendaFrozen
    # What was typed in from paper is mended until its minutes are confirmed.
    was_held_here = meeting.state == State.HELD and meeting.entered_at is None
    if was_held_here or meeting.state == State.CANCELLED:
        raise AgendaClosed
    return meeting


def _lock_item(item: AgendaItem) -> tuple[AgendaItem, Meeting | None]:
    """The item as it stands and its meeting, which is locked first, as everywhere.

    Raises AgendaFrozen, AgendaClosed, or OrderChanged where the item has just moved.
    """
    key = AgendaItem.objects.values_list("meeting", flat=True).get(pk=item.pk)
    meeting = lock_agenda(Meeting(pk=key)) if key else None
    item = AgendaItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if item.meeting_id != key:
        raise OrderChanged
    item.meeting = meeting
    return item, meeting


def place_item(meeting: Meeting, item: AgendaItem) -> None:
    """Save it as the last item before any other business."""
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    item.position = last + 1
    item.full_clean()
    item.save()
    items = list(meeting.items.in_order())
    number_items(meeting, [row.pk for row in sorted(items, key=lambda row: row.kind == Kind.OTHER)])


def number_items(meeting: Meeting, keys: Sequence[int]) -> None:
    items = {item.pk: item for item in meeting.items.all()}
    for position, key in enumerate(keys, start=1):
        items[key].position = position
    AgendaItem.objects.bulk_update(items.values(), ["position"])


def pin_papers(item: AgendaItem, papers: Iterable[DocumentVersion]) -> None:
    """Let exactly these revisions be before the meeting at this item."""
    wanted = {paper.pk for paper in papers}
    item.papers.exclude(document_version__in=wanted).delete()
    known = set(item.papers.values_list("document_version", flat=True))
    Paper.objects.bulk_create(
        Paper(item=item, document_version_id=key) for key in sorted(wanted - known)
    )
