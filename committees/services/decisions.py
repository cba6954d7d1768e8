"""Decisions: taken in a meeting, numbered under the body's lock, ratified, replaced (R18, R19)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Body, Decision, Meeting, Minutes, Participant, Seat, Vote
from committees.services.quorum import quorum_of
from coordination.models import Organisation, User
from coordination.services.events import record
from coordination.services.refusals import Refusal

Ballot = Mapping[Seat, str]


class Resolution(TypedDict):
    """What a body resolves. ``votes`` say how each seat voted, where it voted."""

    text: str
    type: str
    basis: NotRequired[str]
    binding_on: NotRequired[Iterable[Organisation]]
    effective_on: NotRequired[dt.date | None]
    supersedes: NotRequired[Decision | None]
    ratifies: NotRequired[Iterable[Decision]]
    votes: NotRequired[Ballot]
    # What the paper calls it, of a meeting that was entered afterwards.
    paper_number: NotRequired[str]


class MeetingTakesNoDecisions(Refusal):
    message = _("An informal meeting takes no decisions. Note what was said, or set an action.")


class MeetingNotInSession(Refusal):
    message = _("Decisions are taken while the meeting is open. Open it first.")


class MinutesAreConfirmed(Refusal):
    message = _(
        "The minutes of this meeting are confirmed and do not change. Record it at the next "
        "meeting."
    )


class ItemOfAnotherMeeting(Refusal):
    message = _("This item stands on the agenda of another meeting.")


class DecisionOfAnotherBody(Refusal):
    message = _("Only a decision of the same body can be replaced or ratified.")


class AlreadyReplaced(Refusal):
    message = _("Another decision has replaced this one already. Replace that one.")


class NothingToRatify(Refusal):
    message = _("Choose the decisions that are ratified: those that were taken without a quorum.")


class RatifiesByAnotherType(Refusal):
    message = _(
        "Decisions to be ratified are chosen: choose the type “Ratify” too, or leave them out."
    )


class PaperNumberTaken(Refusal):
    message = _("Another decision of this meeting has this number on paper.")


class QuorumMissing(Refusal):
    message = _("Without a quorum nothing can be ratified.")


class VotesMissing(Refusal):
    message = _("Enter how the seats voted, or choose consensus.")


class VotesByConsensus(Refusal):
    message = _("Votes are entered: choose “Vote by seat” as the basis, or take them out.")


class VoteNotCounted(Refusal):
    """Names the seat whose vote does not count."""

    def __init__(self, seat: Seat) -> None:
        said = _("%(seat)s has no vote here: only voting seats that are present vote.")
        super().__init__(said % {"seat": seat})


class VoteNotCarried(Refusal):
    """Says how the votes stand."""

    def __init__(self, *, votes_for: int, against: int) -> None:
        said = _("The vote did not carry: %(for)d for, %(against)d against. Record it as rejected.")
        super().__init__(said % {"for": votes_for, "against": against})


@transaction.atomic
def take_decision(
    meeting: Meeting,
    *,
    by: User,
    item: AgendaItem | None = None,
    at: dt.datetime | None = None,
    **resolution: Unpack[Resolution],
) -> Decision:
    """The body's next decision of the year, with its number; a form sent twice gives it again.

    Without a quorum it waits for ratification (R18). The number is given under the body's lock, so
    that numbers have no holes and a refused decision burns none (R19). Those of a meeting that was
    entered afterwards are numbered apart. Raises a Refusal of this file.
    """
    now = at or timezone.now()
    body = Body.objects.select_for_update(no_key=True).get(pk=meeting.body_id)
    meeting = lock_for_decisions(meeting)
    if item is not None and item.meeting_id != meeting.pk:
        raise ItemOfAnotherMeeting
    same = meeting.decisions.filter(item=item, text=resolution["text"], recorded_by=by).first()
    if same is not None:
        return same
    from_paper = meeting.entered_at is not None
    if from_paper:
        _guard_paper_number(meeting, resolution.get("paper_number", ""))
    is_quorate = _is_quorate(meeting)
    supersedes = _guard_replacing(body, resolution.get("supersedes"))
    ratified = _guard_ratifying(body, resolution, is_quorate=is_quorate)
    votes = _guard_votes(meeting, resolution)
    day = meeting.day or timezone.localdate(now, meeting.zone)
    decision = Decision(
        body=body,
        year=day.year,
        number=_next_number(body, day.year, from_paper=from_paper),
        from_paper=from_paper,
        paper_number=resolution.get("paper_number", "") if from_paper else "",
        meeting=meeting,
        item=item,
        text=resolution["text"],
        type=resolution["type"],
        basis=resolution.get("basis", Decision.Basis.CONSENSUS),
        effective_on=resolution.get("effective_on"),
        supersedes=supersedes,
        needs_ratification=not is_quorate,
        taken_on=day,
        recorded_by=by,
        recorded_at=now,
    )
    decision.full_clean()
    decision.save()
    decision.binding_on.set(resolution.get("binding_on", ()))
    Vote.objects.bulk_create(
        Vote(decision=decision, seat=seat, choice=choice) for seat, choice in votes.items()
    )
    record("committees.decision_taken", decision, by=by, at=now)
    if item is not None:
        _settle(item)
    for earlier in ratified:
        _ratify(earlier, decision, by=by, at=now)
    if is_quorate:
        _replace(decision, by=by, at=now)
    return decision


def lock_for_decisions(meeting: Meeting) -> Meeting:
    """The meeting, locked, in session or with minutes that are not confirmed yet.

    Raises MeetingTakesNoDecisions, MeetingNotInSession or MinutesAreConfirmed.
    """
    meeting = (
        Meeting.objects.select_for_update(of=("self",), no_key=True)
        .select_related("body__mechanism")
        .get(pk=meeting.pk)
    )
    if not meeting.is_counted:
        raise MeetingTakesNoDecisions
    if not meeting.has_begun:
        raise MeetingNotInSession
    if Minutes.objects.filter(meeting=meeting, state=Minutes.State.CONFIRMED).exists():
        raise MinutesAreConfirmed
    return meeting


def voting_seats(meeting: Meeting) -> list[Seat]:
    """The seats that vote at the meeting: voting ones, of its bodies, that are present."""
    present = Participant.Attendance.PRESENT
    lines = meeting.participants.filter(attendance=present, seat__is_voting=True)
    seats = Seat.objects.filter(pk__in=lines.values("seat")).select_related("organisation")
    return list(seats.in_order())


def tally_in_words(votes: Iterable[Vote]) -> str:
    """Such as "2 for, 0 against, 1 abstained"; "" where nobody voted."""
    cast = [vote.choice for vote in votes]
    counts = {str(choice): cast.count(choice) for choice in Vote.Choice}
    if not cast:
        return ""
    return str(_("%(for)d for, %(against)d against, %(abstained)d abstained")) % counts


def _settle(item: AgendaItem) -> None:
    """Its first decision decides an item that was open; what was said of it otherwise stays.

    It stays the version that whoever writes its minutes has before them: their words do not clash.
    """
    open_ones = AgendaItem.objects.filter(pk=item.pk, outcome=AgendaItem.Outcome.OPEN)
    open_ones.update(outcome=AgendaItem.Outcome.DECIDED)


def _next_number(body: Body, year: int, *, from_paper: bool) -> int:
    taken = Decision.objects.filter(body=body, year=year, from_paper=from_paper)
    return (taken.aggregate(last=Max("number"))["last"] or 0) + 1


def _is_quorate(meeting: Meeting) -> bool:
    """Whether the meeting could decide; of one on paper only what the paper says speaks against."""
    if meeting.entered_at is not None and meeting.is_quorate is None:
        return True
    return quorum_of(meeting).is_met


def _guard_paper_number(meeting: Meeting, number: str) -> None:
    if number and meeting.decisions.filter(paper_number=number).exists():
        raise PaperNumberTaken


def _guard_replacing(body: Body, earlier: Decision | None) -> Decision | None:
    if earlier is None:
        return None
    if earlier.body_id != body.pk:
        raise DecisionOfAnotherBody
    if Decision.objects.filter(supersedes=earlier).exists():
        raise AlreadyReplaced
    return earlier


def _guard_ratifying(body: Body, resolution: Resolution, *, is_quorate: bool) -> list[Decision]:
    chosen = [each.pk for each in resolution.get("ratifies", ())]
    if resolution["type"] != Decision.Type.RATIFY:
        if chosen:
            raise RatifiesByAnotherType
        return []
    if not is_quorate:
        raise QuorumMissing
    waiting = Decision.objects.select_for_update(of=("self",), no_key=True)
    found = list(
        waiting.awaiting_ratification()
        .filter(pk__in=chosen, body=body)
        .select_related("body", "supersedes__body")
        .order_by("pk")
    )
    if not found or len(found) != len(set(chosen)):
        raise NothingToRatify
    return found


def _guard_votes(meeting: Meeting, resolution: Resolution) -> Ballot:
    votes = resolution.get("votes", {})
    if resolution.get("basis") != Decision.Basis.VOTE:
        if votes:
            raise VotesByConsensus
        return {}
    if not votes:
        raise VotesMissing
    entitled = set(voting_seats(meeting))
    for seat in votes:
        if seat not in entitled:
            raise VoteNotCounted(seat)
    cast = list(votes.values())
    votes_for, against = cast.count(Vote.Choice.FOR), cast.count(Vote.Choice.AGAINST)
    if resolution["type"] != Decision.Type.REJECT and votes_for <= against:
        raise VoteNotCarried(votes_for=votes_for, against=against)
    return votes


def _ratify(earlier: Decision, decision: Decision, *, by: User, at: dt.datetime) -> None:
    earlier.ratified_by = decision
    earlier.full_clean()
    earlier.save(update_fields=["ratified_by"])
    record("committees.decision_ratified", earlier, by=by, note=decision.reference, at=at)
    _replace(earlier, by=by, at=at)


def _replace(decision: Decision, *, by: User, at: dt.datetime) -> None:
    """What stands from now on replaces what it was to replace."""
    if decision.supersedes is not None:
        note = decision.reference
        record("committees.decision_replaced", decision.supersedes, by=by, note=note, at=at)
