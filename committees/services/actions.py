"""Action items: set, worked on, said to be done, confirmed by the body; never deleted (R19)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from committees.models import (
    ActionItem,
    AgendaItem,
    Body,
    Decision,
    Meeting,
    Minutes,
    ProgressNote,
    Seat,
    bodies_chaired_by,
    bodies_kept_by,
)
from committees.models.action import ActionItemQuerySet
from committees.models.meeting import MeetingQuerySet
from committees.notifications.actions import (
    tell_of_action,
    tell_of_overdue_action,
    tell_of_returned_action,
)
from coordination.models import Event, Organisation, User
from coordination.services.events import changes_between, record
from coordination.services.refusals import EditedMeanwhile, Refusal
from coordination.services.versions import save_next

from .desk_lists import MOST, DeskList, DeskRow
from .minutes_guards import guard_unconfirmed, is_confirmed, lock_meeting

State = ActionItem.State
# How long after its day an action item that is not done is told of by the clock.
TELL_AFTER = dt.timedelta(days=14)


class ActionWithoutOwner(Refusal):
    message = _("Say who does it: a seat, an organisation, or the post that the minutes name.")


class ActionSettled(Refusal):
    message = _("This action item is confirmed or cancelled and no longer changes.")


class ActionNotDone(Refusal):
    message = _("This action item is not done yet: its owner says so first.")


class ActionAlreadyDone(Refusal):
    message = _("This action item is done already and waits for the body.")


class NotAMeetingOfTheBody(Refusal):
    message = _(
        "A body confirms what is done at a later meeting of its own that has begun and whose "
        "minutes are not confirmed yet."
    )


class ReasonMissing(Refusal):
    message = _("Give a reason.")


class WordsConfirmed(Refusal):
    message = _(
        "The minutes that set this action are confirmed: its words stay. Its owner and its day can "
        "change, and what else is to be done is an action of its own."
    )


@transaction.atomic
def create_action(
    body: Body,
    *,
    by: User,
    text: str,
    owner_seat: Seat | None = None,
    owner_organisation: Organisation | None = None,
    owner_named: str = "",
    co_owners: Iterable[Organisation] = (),
    due_on: dt.date | None = None,
    priority: str = ActionItem.Priority.NORMAL,
    source: str = ActionItem.Source.MEETING,
    meeting: Meeting | None = None,
    item: AgendaItem | None = None,
    decision: Decision | None = None,
    at: dt.datetime | None = None,
) -> ActionItem:
    """A new open action item under the body's next number; its owner is told.

    A form that was sent twice gives the same item again. Raises ActionWithoutOwner, or
    MinutesConfirmed where the minutes of the meeting that sets it no longer change.
    """
    now = at or timezone.now()
    if not (owner_seat or owner_organisation or owner_named):
        raise ActionWithoutOwner
    # One at a time, so that each gets a number of its own.
    body = Body.objects.select_for_update().get(pk=body.pk)
    if meeting is not None:
        guard_unconfirmed(lock_meeting(meeting))
    action = ActionItem(
        body=body, text=text, owner_seat=owner_seat, owner_organisation=owner_organisation,
        owner_named=owner_named, due_on=due_on, priority=priority, source=source,
        meeting=meeting, item=item, decision=decision, created_at=now,
    )  # fmt: skip
    if same := _same_deed(action, by=by):
        return same
    last = body.actions.aggregate(last=Max("number"))["last"] or 0
    action.number = last + 1
    action.full_clean()
    action.save()
    action.co_owners.set(co_owners)
    record("committees.action_set", action, by=by, at=now)
    tell_of_action(action, at=now)
    return action


def matters_arising(meeting: Meeting) -> ActionItemQuerySet:
    """What the meeting's body and those that meet with it still have to see done, as one list.

    The same records at each meeting until the body confirms them (R19); those that it confirms
    at this very meeting stay on the list, those that it sets there are none yet.
    """
    bodies = Body.objects.filter(Q(pk=meeting.body_id) | Q(joint_meetings=meeting))
    actions = ActionItem.objects.filter(body__in=bodies.values("pk"))
    listed = actions.filter(Q(state__in=ActionItem.OUTSTANDING) | Q(confirmed_at=meeting))
    return listed.exclude(meeting=meeting).in_order()


@transaction.atomic
def edit_action(
    action: ActionItem,
    *,
    by: User,
    seen_version: int,
    text: str,
    owner_seat: Seat | None,
    owner_organisation: Organisation | None,
    co_owners: Iterable[Organisation],
    due_on: dt.date | None,
    priority: str,
    at: dt.datetime | None = None,
) -> ActionItem:
    """The action item with other words, owner or day; whoever owns it now is told anew.

    Raises ActionSettled, ActionAlreadyDone, WordsConfirmed, ActionWithoutOwner, or EditedMeanwhile.
    """
    now = at or timezone.now()
    action = _lock_undone(action)
    if action.version != seen_version:
        raise EditedMeanwhile
    if not (owner_seat or owner_organisation or action.owner_named):
        raise ActionWithoutOwner
    if text != action.text and action.meeting and is_confirmed(action.meeting):
        raise WordsConfirmed
    before = action_in_words(action)
    action.text, action.due_on, action.priority = text, due_on, priority
    action.owner_seat, action.owner_organisation = owner_seat, owner_organisation
    action.full_clean()
    action.co_owners.set(co_owners)
    save_next(action, "text", "due_on", "priority", "owner_seat", "owner_organisation")
    changes = changes_between(before, action_in_words(action))
    record("committees.action_edited", action, by=by, changes=changes, at=now)
    if changes.keys() & {"owner", "co_owners", "due_on"}:
        tell_of_action(action, at=now)
    return action


@transaction.atomic
def note_progress(
    action: ActionItem, *, by: User, text: str, at: dt.datetime | None = None
) -> ProgressNote:
    """A note on what has been done so far; work on it has begun with the first.

    The same note sent twice is one. Raises ActionSettled.
    """
    now = at or timezone.now()
    action = _lock_outstanding(action)
    last = action.notes.order_by("-pk").first()
    if last is not None and (last.written_by_id, last.text) == (by.pk, text):
        return last
    note = ProgressNote(action=action, text=text, written_by=by, written_at=now)
    note.full_clean()
    note.save()
    changes = {}
    if action.state == State.OPEN:
        changes = _move(action, State.IN_PROGRESS)
    record("committees.action_noted", action, by=by, changes=changes, at=now)
    return note


@transaction.atomic
def complete_action(
    action: ActionItem, *, by: User, text: str = "", at: dt.datetime | None = None
) -> ActionItem:
    """The action item as its owner says that it is done; the body confirms it at a meeting.

    Said twice it is one deed. Raises ActionSettled.
    """
    now = at or timezone.now()
    action = _lock_outstanding(action)
    if action.state == State.DONE:
        return action
    if text:
        ProgressNote.objects.create(action=action, text=text, written_by=by, written_at=now)
    changes = _move(action, State.DONE, done_on=timezone.localdate(now, _zone(action)))
    record("committees.action_done", action, by=by, changes=changes, note=text, at=now)
    return action


@transaction.atomic
def confirm_action(
    action: ActionItem, *, by: User, meeting: Meeting, at: dt.datetime | None = None
) -> ActionItem:
    """The action item as the body confirmed at the meeting that it is done.

    Raises ActionSettled, ActionNotDone, or NotAMeetingOfTheBody.
    """
    now = at or timezone.now()
    action = _lock_done(action)
    if not confirming_meetings(action).filter(pk=meeting.pk).exists():
        raise NotAMeetingOfTheBody
    changes = _move(action, State.CONFIRMED, confirmed_at=meeting)
    record("committees.action_confirmed", action, by=by, changes=changes, note=str(meeting), at=now)
    return action


@transaction.atomic
def return_action(
    action: ActionItem, *, by: User, reason: str, at: dt.datetime | None = None
) -> ActionItem:
    """The action item back with its owner, who reads why it is not done.

    Raises ActionSettled, ActionNotDone or ReasonMissing.
    """
    now = at or timezone.now()
    if not reason:
        raise ReasonMissing
    action = _lock_done(action)
    changes = _move(action, State.IN_PROGRESS, state_reason=reason, done_on=None)
    record("committees.action_returned", action, by=by, changes=changes, note=reason, at=now)
    tell_of_returned_action(action, at=now)
    return action


@transaction.atomic
def cancel_action(
    action: ActionItem, *, by: User, reason: str, at: dt.datetime | None = None
) -> ActionItem:
    """The action item that nobody has to do any more; it stays where it stands (R19).

    Raises ActionSettled or ReasonMissing.
    """
    now = at or timezone.now()
    if not reason:
        raise ReasonMissing
    action = _lock_outstanding(action)
    changes = _move(action, State.CANCELLED, state_reason=reason)
    record("committees.action_cancelled", action, by=by, changes=changes, note=reason, at=now)
    return action


def confirming_meetings(action: ActionItem) -> MeetingQuerySet:
    """Meetings in due form of its body, alone or with others, at which it can be confirmed.

    Later ones than that which set it; and none whose confirmed minutes do not tell of it (R19).
    """
    meetings = Meeting.objects.of(action.body).begun()
    meetings = meetings.exclude(minutes__state=Minutes.State.CONFIRMED)
    if action.meeting:
        meetings = meetings.exclude(pk=action.meeting.pk)
        if action.meeting.held_on:
            later = Q(held_on=None) | Q(held_on__gte=action.meeting.held_on)
            meetings = meetings.filter(later)
    return meetings.exclude(kind__in=Meeting.UNCOUNTED).order_by(
        F("held_on").desc(nulls_first=True), "-starts_at", "-pk"
    )


def tell_of_overdue_actions(*, at: dt.datetime | None = None) -> int:
    """Tell the owners of what has become overdue, each once a day that was set; return how many."""
    now = at or timezone.now()
    around = (now.date() - TELL_AFTER, now.date())
    actions = ActionItem.objects.overdue(on=now.date() + dt.timedelta(days=1))
    rows = actions.filter(due_on__range=around).select_related(
        "body__mechanism", "owner_seat", "owner_organisation"
    )
    overdue = [
        action for action in rows if action.is_overdue(on=timezone.localdate(now, _zone(action)))
    ]
    for action in overdue:
        with transaction.atomic():
            tell_of_overdue_action(action, at=now)
    return len(overdue)


def own_actions(user: User, at: dt.datetime) -> DeskList:
    """What the person has to do: the overdue first, then what is due next (R16)."""
    actions = ActionItem.objects.owned_by(user).filter(state__in=ActionItem.UNDONE)
    rows = actions.select_related("body__mechanism").in_order()[:MOST]
    return DeskList("actions", str(_("Actions for you to do")), [_row(row, at=at) for row in rows])


def actions_to_confirm(user: User, at: dt.datetime) -> DeskList:
    """What is said to be done and waits for the bodies that the person keeps or chairs."""
    bodies = {*bodies_kept_by(user), *bodies_chaired_by(user)}
    actions = ActionItem.objects.filter(body__in=bodies, state=State.DONE)
    rows = actions.select_related("body__mechanism").in_order()[:MOST]
    shown = [_row(row, at=at) for row in rows]
    return DeskList("actions-done", str(_("Actions to confirm at a meeting")), shown)


def _row(action: ActionItem, *, at: dt.datetime) -> DeskRow:
    is_overdue = action.is_overdue(on=action.body.mechanism.today(at))
    due = _("due %(day)s") % {"day": date_format(action.due_on)} if action.due_on else ""
    return DeskRow(
        title=f"{action}: {Truncator(action.text).words(16)}",
        url=action.get_absolute_url(),
        note=due,
        status="overdue" if is_overdue else action.state,
        label="" if is_overdue else action.get_state_display(),
    )


def action_in_words(action: ActionItem) -> dict[str, object]:
    """What it says as people read it, for the record."""
    return {
        "text": action.text,
        "owner": action.owner,
        "co_owners": sorted(str(one) for one in action.co_owners.all()),
        "due_on": action.due_on,
        "priority": str(action.get_priority_display()),
    }


def _same_deed(action: ActionItem, *, by: User) -> ActionItem | None:
    """The item that says the same of the same occasion, when ``by`` has just set it."""
    same = ActionItem.objects.filter(
        body=action.body, text=action.text, meeting=action.meeting, item=action.item,
        decision=action.decision, owner_seat=action.owner_seat, due_on=action.due_on,
        owner_organisation=action.owner_organisation, version=1, state=State.OPEN,
    )  # fmt: skip
    found = same.order_by("-pk").first()
    if found and Event.objects.about(found).filter(verb="committees.action_set", by=by).exists():
        return found
    return None


def _lock_outstanding(action: ActionItem) -> ActionItem:
    locked = ActionItem.objects.select_for_update(of=("self",)).select_related("body__mechanism")
    action = locked.get(pk=action.pk)
    if action.state not in ActionItem.OUTSTANDING:
        raise ActionSettled
    return action


def _lock_undone(action: ActionItem) -> ActionItem:
    action = _lock_outstanding(action)
    if action.state == State.DONE:
        raise ActionAlreadyDone
    return action


def _lock_done(action: ActionItem) -> ActionItem:
    action = _lock_outstanding(action)
    if action.state != State.DONE:
        raise ActionNotDone
    return action


def _zone(action: ActionItem) -> dt.tzinfo:
    return action.body.mechanism.zone


def _move(action: ActionItem, state: str, **columns: object) -> dict[str, list[object]]:
    """Bring the item into the state, and return what changed as the record takes it."""
    before = str(action.get_state_display())
    action.state = state
    for name, value in columns.items():
        setattr(action, name, value)
    action.full_clean()
    save_next(action, "state", *columns)
    return {"state": [before, str(action.get_state_display())]}
