"""What waits for a meeting of a body, and is taken up on its agenda (B16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from committees.models import (
    AgendaItem,
    Body,
    DocumentVersion,
    EscalationStep,
    Meeting,
    Memo,
    MemoAddressee,
)
from coordination.models import User
from coordination.services.events import record

from .agenda import Kind, lock_agenda, pin_papers, place_item


@dataclass(frozen=True)
class Offers:
    """What waits for a meeting of the body, and is on the agenda of none that is to come."""

    memos: Sequence[Memo]
    parked: Sequence[AgendaItem]
    deferred: Sequence[AgendaItem]
    escalations: Sequence[EscalationStep]

    def __bool__(self) -> bool:
        return bool(self.memos or self.parked or self.deferred or self.escalations)


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
    # What was passed up is with the body above; its answer brings it back.
    higher = EscalationStep.objects.filter(
        escalation=OuterRef("escalation"), position__gt=OuterRef("position"), answered_at=None
    )
    steps = EscalationStep.objects.filter(~Exists(higher), body__in=bodies, answered_at=None)
    steps = steps.exclude(escalation__state__in=["answered", "closed"])
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
    meeting = lock_agenda(meeting)
    item = _item_for(meeting, thing)
    if item.meeting_id == meeting.pk and item.pk:
        return item
    item.meeting = meeting
    place_item(meeting, item)
    if isinstance(thing, AgendaItem) and thing.pk != item.pk:
        pin_papers(item, DocumentVersion.objects.filter(papers__item=thing))
    record("committees.agenda_item_added", item, by=by, at=at)
    return item


def _item_for(meeting: Meeting, thing: Memo | AgendaItem | EscalationStep) -> AgendaItem:
    """The item that stands for the thing: one that is there already, else a new or parked one."""
    if isinstance(thing, Memo):
        known = meeting.items.filter(memo=thing).first()
        # Its code is often a number, as is the item's: with the word, they are not one.
        title = _("Action memo %(memo)s") % {"memo": thing}
        return known or AgendaItem(
            body=meeting.body, kind=Kind.MEMO, memo=thing, title=title[:200],
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
