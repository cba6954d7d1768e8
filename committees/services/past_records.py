"""Minutes of past meetings, typed in from paper and confirmed as they were signed (B26, R19)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Correction, Decision, Meeting, Minutes
from coordination.models import User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, Refusal
from coordination.services.snapshots import canonical
from coordination.services.versions import save_next

from .attendance import Noted, note_attendance
from .decisions import MeetingTakesNoDecisions, PaperNumberTaken, take_decision
from .minutes import CorrectionsOpen, freeze_minutes
from .minutes_guards import guard_unconfirmed, lock_meeting, lock_minutes, minutes_of

Outcome = AgendaItem.Outcome


class HeldHere(Refusal):
    message = _("This meeting was held here: its minutes are written under “Minutes”.")


class SignedPaperMissing(Refusal):
    message = _("Add the signed paper first: it says that the body confirmed these minutes.")


class ConfirmedBeforeHeld(Refusal):
    message = _("The meeting was held on a later day than this.")


class DecisionIsNumberedHere(Refusal):
    message = _("This decision was taken here and stands. Another one can replace it.")


@dataclass(frozen=True)
class PaperItem:
    """An item as the paper has it, with the decision that stands under it, if one does."""

    title: str
    text: str = ""
    decision: str = ""
    type: str = ""
    paper_number: str = ""
    is_restricted: bool = False


@transaction.atomic
def type_in_record(
    meeting: Meeting,
    *,
    by: User,
    notes: Mapping[str, tuple[Noted, Noted]],
    items: Sequence[PaperItem],
    file: VettedFile | None = None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Minutes:
    """The minutes of a past meeting with what the paper says: who was there, items, decisions.

    An item without a title goes on with the one above it. Typed again it adds what is new; a form
    that was sent twice is one deed. Raises HeldHere, MinutesConfirmed, DoneMeanwhile, or a Refusal
    of attendance or decisions.
    """
    now = at or timezone.now()
    meeting = lock_meeting(meeting)
    guard_unconfirmed(meeting)
    if not meeting.is_from_before:
        raise HeldHere
    if any(item.decision for item in items) and not meeting.is_counted:
        raise MeetingTakesNoDecisions
    minutes = minutes_of(meeting)
    news = _what_is_new(meeting, items)
    known = minutes.signed_file
    is_other_paper = file is not None and known is not None and known.sha256 != file.sha256
    if news or is_other_paper:
        guard_seen(minutes, seen=seen)
    _mark(meeting, minutes, by=by, at=now)
    note_attendance(meeting, notes, by=by, at=now)
    changes: dict[str, list[Any]] = {}
    if added := _add(meeting, news, by=by, at=now):
        changes["items"] = [0, added]
    if file is not None and (known is None or is_other_paper):
        _keep_paper(minutes, file, by=by, at=now)
        changes["signed_file"] = [known.name if known else "", file.name]
    if changes:
        record("committees.record_typed_in", minutes, by=by, changes=changes, at=now)
    return minutes


@transaction.atomic
def confirm_as_signed(
    minutes: Minutes,
    *,
    by: User,
    confirmed_on: dt.date,
    chair_post: str,
    secretary_post: str,
    at: dt.datetime | None = None,
) -> Minutes:
    """The minutes as the body confirmed them then: its signed paper says so.

    The same twice is one deed. Raises MinutesConfirmed, HeldHere, SignedPaperMissing,
    CorrectionsOpen, ConfirmedBeforeHeld or DayToCome.
    """
    now = at or timezone.now()
    lock_meeting(minutes.meeting)
    asked = Minutes.objects.filter(
        pk=minutes.pk, state=Minutes.State.CONFIRMED, is_as_signed=True, confirmed_on=confirmed_on,
        chair_post=chair_post, secretary_post=secretary_post,
    )  # fmt: skip
    if there := asked.first():
        return there
    minutes, meeting = lock_minutes(minutes)
    if meeting.entered_at is None:
        raise HeldHere
    if minutes.signed_file is None:
        raise SignedPaperMissing
    if minutes.corrections.filter(state=Correction.State.ASKED).exists():
        raise CorrectionsOpen
    if meeting.held_on and confirmed_on < meeting.held_on:
        raise ConfirmedBeforeHeld
    if confirmed_on > timezone.localdate(now, meeting.zone):
        raise DayToCome
    minutes.is_as_signed, minutes.confirmed_on = True, confirmed_on
    minutes.chair_post, minutes.secretary_post = chair_post, secretary_post
    return freeze_minutes(minutes, by=by, at=now)


@transaction.atomic
def correct_paper_decision(
    decision: Decision,
    *,
    by: User,
    text: str,
    type: str,  # noqa: A002 - the field's own name
    paper_number: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Decision:
    """A decision from paper as the paper has it, until its minutes are confirmed.

    Raises DecisionIsNumberedHere, MinutesConfirmed, PaperNumberTaken or DoneMeanwhile.
    """
    meeting = lock_meeting(decision.meeting)
    guard_unconfirmed(meeting)
    locked = Decision.objects.select_for_update(of=("self",), no_key=True).select_related("body")
    decision = locked.get(pk=decision.pk)
    if not decision.from_paper:
        raise DecisionIsNumberedHere
    before = _decision_in_words(decision)
    decision.text, decision.type, decision.paper_number = text, type, paper_number
    wanted = _decision_in_words(decision)
    if before == wanted:
        return decision
    guard_seen(decision, seen=seen)
    others = meeting.decisions.exclude(pk=decision.pk).filter(paper_number=paper_number)
    if paper_number and others.exists():
        raise PaperNumberTaken
    decision.full_clean()
    decision.save(update_fields=["text", "type", "paper_number"])
    changes = changes_between(before, wanted)
    record("committees.decision_corrected", decision, by=by, changes=changes, at=at)
    return decision


def _decision_in_words(decision: Decision) -> dict[str, str]:
    return {
        "text": decision.text,
        "type": str(decision.get_type_display()),
        "paper_number": decision.paper_number,
    }


def _what_is_new(
    meeting: Meeting, items: Sequence[PaperItem]
) -> list[tuple[PaperItem, list[PaperItem]]]:
    """The items that are not there yet, each with the lines that go on with it."""
    groups: list[tuple[PaperItem, list[PaperItem]]] = []
    for item in items:
        if item.title or not groups:
            groups.append((item, []))
        else:
            groups[-1][1].append(item)
    known = set(meeting.items.values_list("title", "minutes_text"))
    return [
        (item, more) for item, more in groups if (item.title, _text_of(item, more)) not in known
    ]


def _text_of(item: PaperItem, more: Sequence[PaperItem]) -> str:
    return "\n\n".join(each.text for each in (item, *more) if each.text)


def _mark(meeting: Meeting, minutes: Minutes, *, by: User, at: dt.datetime) -> None:
    """As entered afterwards, by whoever types first; matters arising stand in the paper."""
    if meeting.entered_at is None:
        meeting.entered_by, meeting.entered_at = by, at
        meeting.full_clean()
        save_next(meeting, "entered_by", "entered_at")
    if not minutes.snapshot:
        minutes.snapshot = canonical({"matters": []}).decode()
        minutes.save(update_fields=["snapshot"])


def _add(
    meeting: Meeting,
    news: Sequence[tuple[PaperItem, list[PaperItem]]],
    *,
    by: User,
    at: dt.datetime,
) -> int:
    """Put the items behind those that are there, and return how many."""
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    for position, (typed, more) in enumerate(news, start=last + 1):
        item = AgendaItem(
            body=meeting.body, meeting=meeting, position=position, title=typed.title,
            minutes_text=_text_of(typed, more), is_restricted=typed.is_restricted,
            outcome=Outcome.NOTED,
        )  # fmt: skip
        item.full_clean()
        item.save()
        decided = [each for each in (typed, *more) if each.decision]
        for each in decided:
            take_decision(
                meeting, by=by, item=item, at=at, text=each.decision, type=each.type,
                paper_number=each.paper_number,
            )  # fmt: skip
        if decided:
            item.outcome = Outcome.DECIDED
            item.save(update_fields=["outcome"])
    return len(news)


def _keep_paper(minutes: Minutes, file: VettedFile, *, by: User, at: dt.datetime) -> None:
    """Let the scanned paper stand with the minutes, in place of one that stood there."""
    minutes.signed_file = store_file(file, by=by, at=at)
    minutes.full_clean()
    save_next(minutes, "signed_file")
