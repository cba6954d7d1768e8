"""What a mechanism's bodies did: meetings held, gaps between them, promises missed (R17, R18)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import Body, CadenceAlarm, Meeting
from coordination.models import Mechanism

MONTHS_IN_YEAR = 12


@dataclass(frozen=True)
class HeldMeeting:
    """A meeting, and the months since the one before: None for the first and for informal ones."""

    meeting: Meeting
    gap: int | None


@dataclass(frozen=True)
class BodyRecord:
    """A body, its meetings (the oldest first), and the bodies under it."""

    body: Body
    meetings: list[HeldMeeting]
    # Informal meetings take no decisions and are not counted (R18).
    count: int
    # The day by which it promised to meet, when that has passed; amber or red, and why.
    overdue_since: dt.date | None
    level: str = ""
    reason: str = ""
    # Of those counted the ones that are another body's record, for they were held jointly.
    joint_count: int = 0
    children: list[BodyRecord] = field(default_factory=list)

    @property
    def informal_count(self) -> int:
        return len(self.meetings) - self.count

    @property
    def own_count(self) -> int:
        return self.count - self.joint_count

    @property
    def sum(self) -> BodySum:
        """What it and the bodies under it add up to."""
        return sum_of([self])


@dataclass(frozen=True)
class BodySum:
    """Bodies of a tree that are not dissolved, those of them that were configured, and meetings."""

    bodies: int = 0
    configured: int = 0
    meetings: int = 0

    def __add__(self, other: BodySum) -> BodySum:
        return BodySum(
            self.bodies + other.bodies,
            self.configured + other.configured,
            self.meetings + other.meetings,
        )


def sum_of(records: Iterable[BodyRecord]) -> BodySum:
    """What the trees add up to: "configured 5 of 5 bodies, 0 meetings" is a true 0 (R17)."""
    total = BodySum()
    for record in records:
        stands = record.body.state != Body.State.DISSOLVED
        configured = stands and record.body.is_configured
        total += BodySum(int(stands), int(configured), record.own_count) + sum_of(record.children)
    return total


def with_meetings(bodies: QuerySet[Body]) -> QuerySet[Body]:
    """Loads the meetings that each has held, informal ones too, the oldest first."""
    held = Meeting.objects.filter(state=Meeting.State.HELD).order_by("held_on", "number")
    return bodies.prefetch_related(
        Prefetch("meetings", held),
        Prefetch("joint_meetings", held.select_related("body")),
        Prefetch("alarms", CadenceAlarm.objects.live()),
    )


def records_of(bodies: Iterable[Body], *, on: dt.date) -> list[BodyRecord]:
    """The tree of the bodies (loaded by `with_meetings`) as it stood on the day.

    A body whose parent is not among them stands at the top.
    """
    rows = sorted(bodies, key=lambda body: (body.position, body.name))
    known = {body.pk for body in rows}
    under: defaultdict[int | None, list[Body]] = defaultdict(list)
    for body in rows:
        under[body.parent_id if body.parent_id in known else None].append(body)
    return _branch(under, None, on)


def keys_below(body: Body) -> set[int]:
    """The keys of the body and of every body under it."""
    under: defaultdict[int | None, list[int]] = defaultdict(list)
    rows = Body.objects.filter(mechanism=body.mechanism_id).values_list("pk", "parent")
    for key, parent in rows:
        under[parent].append(key)
    found, waiting = {body.pk}, [body.pk]
    while waiting:
        below = set(under[waiting.pop()]) - found
        found |= below
        waiting += below
    return found


def quorum_in_words(body: Body) -> str:
    """The rule as a sentence (R18); it says so when none is laid down."""
    needs = []
    if body.quorum_seats:
        needs.append(
            ngettext("%(count)d seat", "%(count)d seats", body.quorum_seats)
            % {"count": body.quorum_seats}
        )
    if body.quorum_percent:
        needs.append(_("%(percent)d%% of the seats") % {"percent": body.quorum_percent})
    groups = [
        _("%(count)d of %(group)s") % {"count": row.minimum, "group": row.get_group_display()}
        for row in body.quorum_groups.order_by("group")
    ]
    if not (needs or groups):
        return _("No quorum is laid down.")
    said = get_text_list([*needs, *groups], _("and"))
    if body.quorum_of_voting:
        return _("Present must be %(needed)s; only seats that vote are counted.") % {"needed": said}
    return _("Present must be %(needed)s.") % {"needed": said}


def is_operating(mechanism: Mechanism, on: dt.date) -> bool:
    """Of a mechanism that sleeps, has closed or has ended nothing is due."""
    running = (Mechanism.State.LAUNCHED, Mechanism.State.OPERATING)
    return mechanism.state in running and (mechanism.ends_on is None or on <= mechanism.ends_on)


def months_between(earlier: dt.date, later: dt.date) -> int:
    """Calendar months from one meeting to another; some are known only to the month."""
    return (later.year - earlier.year) * MONTHS_IN_YEAR + later.month - earlier.month


def _branch(
    under: dict[int | None, list[Body]], parent: int | None, on: dt.date
) -> list[BodyRecord]:
    return [_record(body, _branch(under, body.pk, on), on) for body in under.get(parent, [])]


def _record(body: Body, children: list[BodyRecord], on: dt.date) -> BodyRecord:
    rows, last, count, joint = [], None, 0, 0
    for meeting in _held(body):
        if meeting.held_on is None:
            continue
        if not meeting.is_counted:
            rows.append(HeldMeeting(meeting, None))
            continue
        rows.append(HeldMeeting(meeting, months_between(last, meeting.held_on) if last else None))
        last, count = meeting.held_on, count + 1
        joint += meeting.body_id != body.pk
    due, level = body.next_due_on(last) if is_operating(body.mechanism, on) else None, ""
    if due and (begun := last or body.there_since):
        level = CadenceAlarm.level_on(on, counted_from=begun, due_on=due)
    reason = next((alarm.reason for alarm in body.alarms.all()), "") if level else ""
    return BodyRecord(body, rows, count, due if level else None, level, reason, joint, children)


def _held(body: Body) -> list[Meeting]:
    """Its own meetings and those that it held jointly with others, the oldest first."""
    own, joint = list(body.meetings.all()), list(body.joint_meetings.all())
    return sorted(own + joint, key=lambda row: row.held_on or dt.date.max) if joint else own
