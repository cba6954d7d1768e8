"""The agenda of a meeting: built, put in order, and fed by what waits for a meeting (B16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.models import (
    Access,
    AgendaItem,
    Body,
    DocumentVersion,
    EscalationStep,
    Meeting,
    Memo,
    MemoAddressee,
    Paper,
    Seat,
    StakeholderGroup,
    reads_less,
)
from coordination.models import Organisation, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal

from .attendance import bodies_of
from .meetings import lock_meeting
from .minutes_guards import is_confirmed

Kind = AgendaItem.Kind
State = Meeting.State

# What every agenda begins and ends with.
TOP = (
    (Kind.OPENING, gettext_lazy("Opening and confirmation of the agenda")),
    (Kind.MINUTES, gettext_lazy("Previous minutes")),
    (Kind.MATTERS, gettext_lazy("Matters arising")),
)
# Bodies that review what their partners did of their work plans (B30).
REVIEWING = (Body.Kind.OPERATIONAL, Body.Kind.REVIEW)
BOTTOM = ((Kind.OTHER, gettext_lazy("Any other business")),)


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


@dataclass(frozen=True)
class Offers:
    """What waits for a meeting of the body, and is on the agenda of none that is to come."""

    memos: Sequence[Memo]
    parked: Sequence[AgendaItem]
    deferred: Sequence[AgendaItem]
    escalations: Sequence[EscalationStep]

    def __bool__(self) -> bool:
        return bool(self.memos or self.parked or self.deferred or self.escalations)


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
    meeting = _lock_open(meeting)
    same = meeting.items.filter(title=content["title"], version=1, kind=Kind.TOPIC).first()
    if same:
        return same
    item = AgendaItem(body=meeting.body, meeting=meeting, **content)
    _place(meeting, item)
    _pin(item, papers)
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
    item.version = F("version") + 1
    item.save(update_fields=[*content, "version"])
    item.refresh_from_db()
    _pin(item, papers)
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
    meeting = _lock_open(item.meeting)
    keys = list(meeting.items.in_order().values_list("pk", flat=True))
    if item.pk not in keys:
        raise OrderChanged
    here = keys.index(item.pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(keys):
        keys[here], keys[there] = keys[there], keys[here]
        _number(meeting, keys)
        record("committees.agenda_ordered", meeting, by=by, at=at)
    return item


@transaction.atomic
def order_items(
    meeting: Meeting, keys: Sequence[int], *, by: User, at: dt.datetime | None = None
) -> Meeting:
    """Put all items in this order. Raises AgendaClosed, or OrderChanged when they are others."""
    meeting = _lock_open(meeting)
    known = list(meeting.items.in_order().values_list("pk", flat=True))
    if sorted(keys) != sorted(known):
        raise OrderChanged
    if list(keys) != known:
        _number(meeting, keys)
        record("committees.agenda_ordered", meeting, by=by, at=at)
    return meeting


@transaction.atomic
def use_template(meeting: Meeting, *, by: User, at: dt.datetime | None = None) -> int:
    """Add what every agenda has and this one lacks; return how many items.

    Where a body reviews its partners' work plans, each of them has an item too. Raises
    AgendaClosed.
    """
    meeting = _lock_open(meeting)
    items = list(meeting.items.in_order())
    kinds = {item.kind for item in items}
    top = [_standard(meeting, kind, title) for kind, title in TOP if kind not in kinds]
    bottom = [_standard(meeting, kind, title) for kind, title in BOTTOM if kind not in kinds]
    reviews = [review_item(meeting, partner) for partner in partners_toreview_item(meeting)]
    for item in top + reviews + bottom:
        record("committees.agenda_item_added", item, by=by, at=at)
    ranks = {kind: rank for rank, (kind, _title) in enumerate(TOP)}
    opening = sorted(
        (item for item in [*top, *items] if item.kind in ranks),
        key=lambda item: ranks[Kind(item.kind)],
    )
    rest = [item for item in items if item.kind not in ranks]
    _number(meeting, [item.pk for item in [*opening, *reviews, *rest, *bottom]])
    return len(top) + len(reviews) + len(bottom)


def offers_for(meeting: Meeting, user: User) -> Offers:
    """What waits for a meeting of these bodies, as far as the user reads it; fixed queries."""
    bodies = Body.objects.filter(Q(pk=meeting.body_id) | Q(joint_meetings=meeting)).values("pk")
    to_come = AgendaItem.objects.filter(meeting__state__in=Meeting.PLANNED)
    waiting = MemoAddressee.objects.filter(body__in=bodies, dealt_on=None)
    before = MemoAddressee.objects.filter(
        memo=OuterRef("memo"), position__lt=OuterRef("position"), dealt_on=None
    )
    memos = (
        Memo.objects.visible_to(user)
        .waiting()
        .filter(pk__in=waiting.filter(~Exists(before)).values("memo"))
    )
    on_agenda = to_come.filter(meeting__body__in=bodies)
    deferred = AgendaItem.objects.filter(
        body__in=bodies, outcome=AgendaItem.Outcome.DEFERRED, carried_to=None
    ).exclude(meeting=meeting)
    steps = EscalationStep.objects.filter(
        body__in=bodies, answered_at=None, passed_up_at=None
    ).exclude(escalation__state__in=["answered", "closed"])
    return Offers(
        list(memos.exclude(pk__in=on_agenda.exclude(memo=None).values("memo")).order_by("code")),
        list(AgendaItem.objects.filter(body__in=bodies).parked().order_by("pk")),
        list(deferred.select_related("meeting__body").order_by("pk")),
        list(
            steps.exclude(pk__in=on_agenda.exclude(escalation_step=None).values("escalation_step"))
            .select_related("escalation")
            .order_by("received_at", "pk")
        ),
    )


@transaction.atomic
def take_up(
    meeting: Meeting,
    thing: Memo | AgendaItem | EscalationStep,
    *,
    by: User,
    at: dt.datetime | None = None,
) -> AgendaItem:
    """Put what is offered on the agenda: a memo, a parked or deferred item, an escalation.

    Taken up twice it stands there once. Raises AgendaClosed.
    """
    meeting = _lock_open(meeting)
    item = _item_for(meeting, thing)
    if item.meeting_id == meeting.pk and item.pk:
        return item
    item.meeting = meeting
    _place(meeting, item)
    if isinstance(thing, AgendaItem) and thing.pk != item.pk:
        _pin(item, DocumentVersion.objects.filter(papers__item=thing))
    record("committees.agenda_item_added", item, by=by, at=at)
    return item


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


def _lock_open(meeting: Meeting) -> Meeting:
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
    meeting = _lock_open(Meeting(pk=key)) if key else None
    item = AgendaItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if item.meeting_id != key:
        raise OrderChanged
    item.meeting = meeting
    return item, meeting


def _item_for(meeting: Meeting, thing: Memo | AgendaItem | EscalationStep) -> AgendaItem:
    """The item that stands for the thing: one that is there already, else a new or parked one."""
    if isinstance(thing, Memo):
        known = meeting.items.filter(memo=thing).first()
        return known or AgendaItem(
            body=meeting.body, kind=Kind.MEMO, memo=thing, title=str(thing)[:200],
            aim=AgendaItem.Aim.DECIDE, presented_by=thing.prepared_by,
        )  # fmt: skip
    if isinstance(thing, EscalationStep):
        known = meeting.items.filter(escalation_step=thing).first()
        title = _("Escalation: %(title)s") % {"title": thing.escalation.title}
        return known or AgendaItem(
            body=meeting.body, kind=Kind.ESCALATION, escalation_step=thing, title=title[:200],
            aim=AgendaItem.Aim.DECIDE,
        )  # fmt: skip
    item = AgendaItem.objects.select_for_update(of=("self",)).get(pk=thing.pk)
    if item.meeting_id in {None, meeting.pk}:
        return item
    known = meeting.items.filter(carried_from=item).first()
    return known or AgendaItem(
        body=meeting.body, kind=item.kind, title=item.title, aim=item.aim, note=item.note,
        minutes_allotted=item.minutes_allotted, presenter=item.presenter,
        presented_by=item.presented_by, is_restricted=item.is_restricted, memo=item.memo,
        terms=item.terms, escalation_step=item.escalation_step, carried_from=item,
    )  # fmt: skip


def _standard(meeting: Meeting, kind: Kind, title: object) -> AgendaItem:
    aim = AgendaItem.Aim.DISCUSS if kind != Kind.MINUTES else AgendaItem.Aim.DECIDE
    item = AgendaItem(body=meeting.body, meeting=meeting, kind=kind, title=str(title), aim=aim)
    item.full_clean()
    item.save()
    return item


def partners_toreview_item(meeting: Meeting) -> list[Organisation]:
    """Partners with a seat on a body that reviews plans, of which the agenda has no item yet."""
    bodies = [body for body in bodies_of(meeting) if body.kind in REVIEWING]
    day = meeting.day or timezone.localdate(timezone=meeting.zone)
    seats = Seat.objects.standing_on(day).filter(body__in=bodies, group=StakeholderGroup.PARTNER)
    listed = meeting.items.filter(kind=Kind.REVIEW).exclude(presented_by=None)
    partners = Organisation.objects.filter(pk__in=seats.values("organisation"))
    return list(partners.exclude(pk__in=listed.values("presented_by")).order_by("short_name"))


def review_item(meeting: Meeting, partner: Organisation) -> AgendaItem:
    """A new item under which the partner's plan and what was done of it are shown (B30)."""
    title = _("%(partner)s: what was done of its plan, and the plan to come")
    item = AgendaItem(
        body=meeting.body, meeting=meeting, kind=Kind.REVIEW, presented_by=partner,
        title=(title % {"partner": partner})[:200], aim=AgendaItem.Aim.DISCUSS,
    )  # fmt: skip
    item.full_clean()
    item.save()
    return item


def _place(meeting: Meeting, item: AgendaItem) -> None:
    """Save it as the last item before any other business."""
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    item.position = last + 1
    item.full_clean()
    item.save()
    items = list(meeting.items.in_order())
    _number(meeting, [row.pk for row in sorted(items, key=lambda row: row.kind == Kind.OTHER)])


def _number(meeting: Meeting, keys: Sequence[int]) -> None:
    items = {item.pk: item for item in meeting.items.all()}
    for position, key in enumerate(keys, start=1):
        items[key].position = position
    AgendaItem.objects.bulk_update(items.values(), ["position"])


def _pin(item: AgendaItem, papers: Iterable[DocumentVersion]) -> None:
    """Let exactly these revisions be before the meeting at this item."""
    wanted = {paper.pk for paper in papers}
    item.papers.exclude(document_version__in=wanted).delete()
    known = set(item.papers.values_list("document_version", flat=True))
    Paper.objects.bulk_create(
        Paper(item=item, document_version_id=key) for key in sorted(wanted - known)
    )
