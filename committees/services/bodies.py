"""What a mechanism's bodies did: meetings held, gaps between them, promises missed (R17, R18)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    Prefetch,
    Q,
    QuerySet,
    Window,
    functions,
)
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from committees.models import Body, CadenceAlarm, Meeting
from coordination.models import Mechanism

MONTHS_IN_YEAR = 12
# So many meetings of a body are told one by one; the page of its meetings has the others.
NEWEST = 6
JOINT = Meeting.joint_with.through


@dataclass(frozen=True)
class HeldMeeting:
    """A meeting, and whole months since the one before: None for the first and informal ones."""

    meeting: Meeting
    gap: int | None


@dataclass(frozen=True)
class Tally:
    """How many meetings a body has held: in due form, jointly called by another body, informal."""

    count: int = 0
    # Of those counted the ones that are another body's record.
    joint: int = 0
    # Informal meetings take no decisions and are not counted (R18).
    informal: int = 0


@dataclass(frozen=True)
class BodyRecord:
    """A body, its newest meetings (the oldest first), and the bodies under it."""

    body: Body
    meetings: list[HeldMeeting]
    tally: Tally
    # The last meeting in due form.
    last: Meeting | None
    # The day by which it promised to meet, when that has passed; amber or red, and why.
    overdue_since: dt.date | None
    level: str = ""
    reason: str = ""
    children: list[BodyRecord] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.tally.count

    @property
    def informal_count(self) -> int:
        return self.tally.informal

    @property
    def own_count(self) -> int:
        return self.tally.count - self.tally.joint

    @property
    def held(self) -> int:
        """All its meetings, of which the newest are told one by one."""
        return self.tally.count + self.tally.informal

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


def records_of(bodies: QuerySet[Body], *, on: dt.date, newest: int = NEWEST) -> list[BodyRecord]:
    """The tree of the bodies, loaded with their mechanisms, as it stood on the day.

    A body whose parent is not among them stands at the top. Of its meetings the ``newest`` are
    told; the number of queries is the same for five meetings and for five hundred.
    """
    rows = sorted(
        bodies.prefetch_related(Prefetch("alarms", CadenceAlarm.objects.live())),
        key=lambda body: (body.position, body.name),
    )
    known = {body.pk for body in rows}
    tallies, held = _tallies(known), _newest_held(known, newest)
    under: defaultdict[int | None, list[BodyRecord]] = defaultdict(list)
    records = [
        _record(row, tallies[row.pk], held[row.pk], on=on, newest=newest, children=under[row.pk])
        for row in rows
    ]
    for record in records:
        parent = record.body.parent_id
        under[parent if parent in known else None].append(record)
    return under[None]


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


def months_between(earlier: dt.date, later: dt.date, *, are_days_known: bool = True) -> int:
    """Whole months that passed: 26 Sep to 7 Nov is 1, a month's last day ends a month.

    Where of either only the month is known, the months by the calendar: 1 Mar 2018 to Oct 2019
    is 19 (B5).
    """
    months = (later.year - earlier.year) * MONTHS_IN_YEAR + later.month - earlier.month
    ends_month = (later + dt.timedelta(days=1)).month != later.month
    is_short = are_days_known and later.day < earlier.day and not ends_month
    return months - is_short


def months_between_meetings(earlier: Meeting, later: Meeting) -> int | None:
    """Months from one meeting that was held to the next; None where either has no day."""
    if earlier.held_on is None or later.held_on is None:
        return None
    known = earlier.is_day_known and later.is_day_known
    return months_between(earlier.held_on, later.held_on, are_days_known=known)


def _tallies(bodies: Collection[int]) -> defaultdict[int, Tally]:
    """How many meetings each has held, by its key."""
    held, uncounted = Meeting.State.HELD, Meeting.UNCOUNTED
    own = Meeting.objects.filter(body__in=bodies, state=held).order_by().values("body")
    own = own.annotate(
        formal=Count("pk", filter=~Q(kind__in=uncounted)),
        informal=Count("pk", filter=Q(kind__in=uncounted)),
    )
    joint = JOINT.objects.filter(body__in=bodies, meeting__state=held).order_by().values("body")
    joint = joint.annotate(
        formal=Count("pk", filter=~Q(meeting__kind__in=uncounted)),
        informal=Count("pk", filter=Q(meeting__kind__in=uncounted)),
    )
    found: defaultdict[int, Tally] = defaultdict(Tally)
    for row in own:
        found[row["body"]] = Tally(row["formal"], 0, row["informal"])
    for row in joint:
        of_own = found[row["body"]]
        found[row["body"]] = Tally(
            of_own.count + row["formal"], row["formal"], of_own.informal + row["informal"]
        )
    return found


def _newest_held(bodies: Collection[int], newest: int) -> defaultdict[int, list[Meeting]]:
    """The newest meetings of each by its key, the oldest first, jointly held ones too.

    One more of each sort than is told, for the gap before the oldest; the last in due form is
    among them.
    """
    rank, most = functions.RowNumber(), newest + 1
    sort = _is(Q(kind__in=Meeting.UNCOUNTED))
    own = Meeting.objects.filter(body__in=bodies, state=Meeting.State.HELD).annotate(
        rank=Window(rank, partition_by=["body", sort], order_by=[F("held_on").desc(), "-pk"])
    )
    sort = _is(Q(meeting__kind__in=Meeting.UNCOUNTED))
    joint: Any = JOINT.objects.filter(body__in=bodies, meeting__state=Meeting.State.HELD).annotate(
        rank=Window(
            rank,
            partition_by=["body", sort],
            order_by=[F("meeting__held_on").desc(), F("meeting").desc()],
        )
    )
    pairs = [*own.filter(rank__lte=most).values_list("body", "pk")]
    pairs += joint.filter(rank__lte=most).values_list("body", "meeting")
    meetings = Meeting.objects.select_related("body").in_bulk([meeting for _body, meeting in pairs])
    found: defaultdict[int, list[Meeting]] = defaultdict(list)
    for body, meeting in pairs:
        found[body].append(meetings[meeting])
    for rows in found.values():
        rows.sort(key=lambda row: (row.held_on or dt.date.max, row.number or 0, row.pk))
    return found


def _is(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _record(
    body: Body,
    tally: Tally,
    held: Sequence[Meeting],
    *,
    on: dt.date,
    newest: int,
    children: list[BodyRecord],
) -> BodyRecord:
    told: list[HeldMeeting] = []
    last: Meeting | None = None
    for meeting in held:
        if not meeting.is_counted or meeting.held_on is None:
            told.append(HeldMeeting(meeting, None))
            continue
        gap = months_between_meetings(last, meeting) if last else None
        told.append(HeldMeeting(meeting, gap))
        last = meeting
    met = last.held_on if last else None
    due, level = body.next_due_on(met) if is_operating(body.mechanism, on) else None, ""
    if due and (begun := met or body.there_since):
        level = CadenceAlarm.level_on(on, counted_from=begun, due_on=due)
    reason = next((alarm.reason for alarm in body.alarms.all()), "") if level else ""
    since = due if level else None
    return BodyRecord(body, told[-newest:], tally, last, since, level, reason, children)
