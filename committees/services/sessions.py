"""A meeting in session: opened, written down by item, closed when each has an outcome (R18)."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from committees.models import AgendaItem, Body, Meeting, Minutes, MinutesDraft
from committees.services.actions import matters_arising
from committees.services.attendance import bodies_of
from committees.services.cadence import follow_after
from committees.services.formation import begin_after, lock_bodies
from committees.services.minutes_contents import matters_rows
from committees.services.minutes_guards import (
    MeetingNotOpen,
    guard_open,
    lock_meeting,
    meeting_of,
    minutes_of,
)
from committees.services.quorum import quorum_of
from coordination.models import User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.snapshots import canonical
from coordination.services.versions import save_next

Outcome = AgendaItem.Outcome
# What is left undone for now or for good needs its reason.
PUT_OFF = (Outcome.DEFERRED, Outcome.DROPPED)
# What goes back to the parking lot with an item that is deferred.
CARRIED = (
    "kind", "title", "aim", "minutes_allotted", "presenter", "presented_by", "note",
    "is_restricted", "memo", "terms", "escalation_step",
)  # fmt: skip


class ItemMinutes(TypedDict):
    """What the minutes say of an item, its outcome, and the reason where it is put off."""

    text: str
    outcome: str
    reason: NotRequired[str]


class MeetingCannotOpen(Refusal):
    message = _("This meeting was held, postponed or cancelled. Only a planned one is opened.")


class MeetingStillToCome(Refusal):
    message = _("This meeting is on a later day. Move it to today before you open it.")


class ReasonMissing(Refusal):
    message = _("Say why the item is deferred or dropped.")


class DecisionMissing(Refusal):
    message = _("Record the decision first; then the item is decided.")


class ItemsUnsettled(Refusal):
    """Says how many items have no outcome."""

    def __init__(self, count: int) -> None:
        said = ngettext(
            "%(count)d item has no outcome yet. Note it, decide it, defer it or drop it.",
            "%(count)d items have no outcome yet. Note, decide, defer or drop each of them.",
            count,
        )
        super().__init__(said % {"count": count})


@transaction.atomic
def open_meeting(meeting: Meeting, *, by: User, at: dt.datetime | None = None) -> Minutes:
    """The meeting in session, with minutes to write; opening it twice opens it once.

    Raises MeetingCannotOpen or MeetingStillToCome.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    if meeting.state == Meeting.State.IN_SESSION:
        return minutes_of(meeting)
    if meeting.state not in {Meeting.State.SCHEDULED, Meeting.State.CALLED}:
        raise MeetingCannotOpen
    if meeting.day and meeting.day > timezone.localdate(now, meeting.zone):
        raise MeetingStillToCome
    meeting.state = Meeting.State.IN_SESSION
    meeting.opened_at = now
    meeting.full_clean()
    save_next(meeting, "state", "opened_at")
    minutes = minutes_of(meeting)
    record("committees.meeting_opened", meeting, by=by, at=now)
    return minutes


@transaction.atomic
def save_minutes_draft(
    item: AgendaItem, *, by: User, text: str, began_from: int, at: dt.datetime | None = None
) -> MinutesDraft:
    """What the writer has typed so far, kept for the writer alone until it is saved.

    Raises MeetingNotOpen or MinutesConfirmed.
    """
    guard_open(lock_meeting(meeting_of(item)))
    draft, _created = MinutesDraft.objects.update_or_create(
        item=item,
        writer=by,
        defaults={"text": text, "began_from": began_from, "saved_at": at or timezone.now()},
    )
    return draft


@transaction.atomic
def write_item(
    item: AgendaItem,
    *,
    by: User,
    seen_version: int,
    at: dt.datetime | None = None,
    **content: Unpack[ItemMinutes],
) -> AgendaItem:
    """The item with what the minutes say of it, and what becomes of it; the draft is used up.

    What has a decision is not left open. A form that was sent twice is one deed. Raises
    EditedMeanwhile when another has written since (R27), MeetingNotOpen, MinutesConfirmed,
    ReasonMissing or DecisionMissing.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting_of(item))
    guard_open(meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    outcome = content["outcome"]
    if outcome == Outcome.OPEN and item.decisions.exists():
        outcome = Outcome.DECIDED
    reason = content.get("reason", "").strip() if outcome in PUT_OFF else ""
    wanted = {"minutes_text": content["text"], "outcome": outcome, "outcome_reason": reason}
    if wanted != {name: getattr(item, name) for name in wanted}:
        if item.version != seen_version:
            raise EditedMeanwhile
        if outcome in PUT_OFF and not reason:
            raise ReasonMissing
        if outcome == Outcome.DECIDED and not item.decisions.exists():
            raise DecisionMissing
        _write(meeting, item, wanted, by=by, at=now)
    item.drafts.filter(writer=by).delete()
    return item


@transaction.atomic
def close_meeting(meeting: Meeting, *, by: User, at: dt.datetime | None = None) -> Meeting:
    """The meeting as held: numbered among its body's, its quorum fixed, deferred items parked.

    Closing it twice closes it once. Raises MeetingNotOpen or ItemsUnsettled.
    """
    now = at or timezone.now()
    # Under the bodies' locks, so that each meeting gets a number of its own.
    bodies = lock_bodies(bodies_of(meeting))
    meeting = lock_meeting(meeting)
    if meeting.state == Meeting.State.HELD:
        return meeting
    if meeting.state != Meeting.State.IN_SESSION:
        raise MeetingNotOpen
    if unsettled := meeting.items.unsettled().count():
        raise ItemsUnsettled(unsettled)
    quorum = quorum_of(meeting)
    meeting.state = Meeting.State.HELD
    meeting.held_on = meeting.day
    meeting.closed_at = now
    columns = ["state", "held_on", "closed_at"]
    if meeting.is_counted:
        meeting.number = _next_number(meeting.body)
        meeting.is_quorate, meeting.quorum_note = quorum.is_met, quorum.sentence
        columns += ["number", "is_quorate", "quorum_note"]
    meeting.full_clean()
    save_next(meeting, *columns)
    if meeting.is_quorate:
        # Attendance may have been noted after they were taken.
        meeting.decisions.filter(needs_ratification=True).update(needs_ratification=False)
    begin_after(meeting, bodies, by=by, at=now)
    _park_deferred(meeting)
    _freeze_matters(meeting)
    changes = {"state": [str(Meeting.State.IN_SESSION.label), str(meeting.get_state_display())]}
    record("committees.meeting_closed", meeting, by=by, changes=changes, at=now)
    follow_after(meeting, at=now)
    return meeting


def _write(
    meeting: Meeting, item: AgendaItem, wanted: dict[str, str], *, by: User, at: dt.datetime
) -> None:
    before = str(item.get_outcome_display())
    for name, value in wanted.items():
        setattr(item, name, value)
    item.written_at = at
    item.full_clean()
    save_next(item, *wanted, "written_at")
    # Neither title nor text: the record is read by more people than a restricted item is.
    changes = changes_between({"outcome": before}, {"outcome": str(item.get_outcome_display())})
    minutes = minutes_of(meeting)
    record("committees.minutes_written", minutes, by=by, changes=changes, at=at)


def _next_number(body: Body) -> int:
    """The next among its counted meetings; those of the time before it had numbers count too."""
    held = body.meetings.counted()
    last = held.aggregate(last=Max("number"))["last"] or 0
    return max(last, held.count()) + 1


def _park_deferred(meeting: Meeting) -> None:
    """Put what was deferred back on the parking lot, as new items that tell where they are from."""
    for item in meeting.items.filter(outcome=Outcome.DEFERRED).in_order():
        carried = AgendaItem(
            body=item.body, carried_from=item, **{name: getattr(item, name) for name in CARRIED}
        )
        carried.full_clean()
        carried.save()


def _freeze_matters(meeting: Meeting) -> None:
    """Keep the matters arising as they stood: they go on changing, the minutes do not."""
    minutes = minutes_of(meeting)
    rows = matters_rows(matters_arising(meeting))
    minutes.snapshot = canonical({"matters": rows}).decode()
    minutes.save(update_fields=["snapshot"])
