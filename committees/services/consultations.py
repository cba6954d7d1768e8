"""Regular dialogue: the groups that a body speaks with every quarter, and its log (P40)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from committees.models import (
    Body,
    Consultation,
    Dialogue,
    Meeting,
    Participant,
    StakeholderGroup,
)
from coordination.models import Mechanism, Period, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import DayToCome
from coordination.services.withdrawals import withdraw

# The quarter that runs and those before it.
QUARTERS_SHOWN = 5
AT_REST = (Mechanism.State.DORMANT, Mechanism.State.CLOSED)


class ConsultationContent(TypedDict):
    """What is told of a consultation."""

    group: str
    held_on: dt.date
    mode: str
    with_whom: str
    subject: str
    heard: str
    answer: str


@dataclass(frozen=True)
class QuarterCell:
    """What there was with one group in one quarter.

    ``state`` is held, none (it was owed and over), not_yet (owed, the quarter runs) or not_owed.
    """

    period: Period
    meetings: int
    consultations: int
    is_owed: bool
    is_over: bool

    @property
    def count(self) -> int:
        return self.meetings + self.consultations

    @property
    def state(self) -> str:
        if self.count:
            return "held"
        if not self.is_owed:
            return "not_owed"
        return "none" if self.is_over else "not_yet"


@dataclass(frozen=True)
class GroupRow:
    group: StakeholderGroup
    cells: list[QuarterCell]


@dataclass(frozen=True)
class DialogueLog:
    """Groups by quarters, the oldest quarter first; each quarter names the groups without any."""

    periods: list[Period]
    rows: list[GroupRow]

    @property
    def without(self) -> list[tuple[Period, list[StakeholderGroup]]]:
        """The quarters that are over in which a group was owed and got none, the newest first."""
        missing = [
            (period, [row.group for row in self.rows if row.cells[number].state == "none"])
            for number, period in enumerate(self.periods)
        ]
        return [(period, groups) for period, groups in reversed(missing) if groups]


def dialogue_of(body: Body, *, on: dt.date, until: Period | None = None) -> DialogueLog:
    """The newest quarters of the body's dialogue, up to the one of the day; four queries.

    With ``until`` those up to that one.

    A meeting counts where somebody of the group was present, whatever its kind. Of a mechanism
    that sleeps or has ended, and of a dissolved body, nothing is owed.
    """
    begun = Period.objects.filter(starts_on__lte=until.starts_on if until else on)
    periods = list(begun.order_by("-starts_on")[:QUARTERS_SHOWN])[::-1]
    if not periods:
        return DialogueLog([], [])
    first, last = periods[0].starts_on, periods[-1].ends_on
    dialogues = list(body.dialogues.all())
    talks: defaultdict[tuple[str, int], int] = defaultdict(int)
    rows = body.consultations.standing().filter(held_on__gte=first, held_on__lte=last)
    for group, day in rows.values_list("group", "held_on"):
        talks[group, _index(periods, day)] += 1
    meetings = _meetings(body, periods)
    owes = body.state != Body.State.DISSOLVED and body.mechanism.state not in AT_REST
    told = {group for group, _number in (*talks, *meetings)} | {each.group for each in dialogues}
    return DialogueLog(
        periods,
        [
            GroupRow(
                group,
                [
                    QuarterCell(
                        period,
                        len(meetings[group.value, number]),
                        talks[group.value, number],
                        owes and any(d.group == group and d.is_owed_in(period) for d in dialogues),
                        period.ends_before <= on,
                    )
                    for number, period in enumerate(periods)
                ],
            )
            for group in StakeholderGroup
            if group.value in told
        ],
    )


def groups_in_dialogue(body: Body) -> list[str]:
    """The groups with which the body is to speak every quarter, in their order."""
    open_ones = set(body.dialogues.filter(ends_on=None).values_list("group", flat=True))
    return [group for group in StakeholderGroup.values if group in open_ones]


@transaction.atomic
def set_dialogue(
    body: Body,
    *,
    by: User,
    groups: Collection[str],
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Body:
    """Say with which groups the body speaks every quarter, from today on.

    A group that is left out was promised until today. Raises DoneMeanwhile after what was ``seen``.
    """
    now = at or timezone.now()
    body = Body.objects.select_for_update(of=("self",)).select_related("mechanism").get(pk=body.pk)
    before = groups_in_dialogue(body)
    if set(before) == set(groups):
        return body
    guard_seen(body, seen=seen)
    today = body.mechanism.today(now)
    body.dialogues.filter(ends_on=None).exclude(group__in=groups).update(ends_on=today)
    for group in groups:
        if group not in before:
            dialogue = Dialogue(body=body, group=group, starts_on=today)
            dialogue.full_clean()
            dialogue.save()
    words = [_in_words(chosen) for chosen in (before, groups_in_dialogue(body))]
    record("committees.dialogue_set", body, by=by, changes={"groups": words}, at=now)
    return body


@transaction.atomic
def record_consultation(
    body: Body,
    *,
    by: User,
    at: dt.datetime | None = None,
    **content: Unpack[ConsultationContent],
) -> Consultation:
    """Write a consultation into the log; the same sent twice is one. Raises DayToCome."""
    now = at or timezone.now()
    body = Body.objects.select_for_update(of=("self",)).select_related("mechanism").get(pk=body.pk)
    same = body.consultations.standing().filter(**content).first()
    if same is not None:
        return same
    if content["held_on"] > body.mechanism.today(now):
        raise DayToCome
    consultation = Consultation(body=body, recorded_by=by, recorded_at=now, **content)
    consultation.full_clean()
    consultation.save()
    record("committees.consultation_recorded", consultation, by=by, at=now)
    return consultation


@transaction.atomic
def withdraw_consultation(
    consultation: Consultation, *, by: User, reason: str, at: dt.datetime | None = None
) -> Consultation:
    """One that was recorded by mistake no longer counts. Raises AlreadyWithdrawn."""
    now = at or timezone.now()
    rows = Consultation.objects.select_for_update(of=("self",)).select_related("body__mechanism")
    consultation = rows.get(pk=consultation.pk)
    today = consultation.body.mechanism.today(now)
    if withdraw(consultation, reason=reason, on=today):
        record("committees.consultation_withdrawn", consultation, by=by, note=reason, at=now)
    return consultation


def _meetings(body: Body, periods: Sequence[Period]) -> defaultdict[tuple[str, int], set[int]]:
    """The meetings at which somebody of each group was present, by group and number of quarter."""
    held = Meeting.objects.of(body).filter(
        state=Meeting.State.HELD,
        held_on__gte=periods[0].starts_on,
        held_on__lt=periods[-1].ends_before,
    )
    present = Participant.objects.filter(
        meeting__in=held.values("pk"), attendance=Participant.Attendance.PRESENT
    )
    found: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    rows = present.values_list("group", "seat__group", "meeting", "meeting__held_on")
    for own, of_seat, meeting, day in rows:
        if day and (group := own or of_seat):
            found[group, _index(periods, day)].add(meeting)
    return found


def _index(periods: Sequence[Period], day: dt.date) -> int:
    return next(
        number for number, period in enumerate(periods) if period.starts_on <= day <= period.ends_on
    )


def _in_words(groups: Collection[str]) -> str:
    return ", ".join(str(StakeholderGroup(group).label) for group in groups)
