"""What a phase is made of: points to settle, participants it needs, and its sessions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.models import Meeting, Participant, Seat
from coordination.models import Membership, Organisation, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from workplans.models import JointWorkPlan, Phase, PhaseItem, PhaseSession, Requirement

from .phases import PhaseIsOver, guard_past, lock_phase

Attendance = Participant.Attendance


class AlreadyRequired(Refusal):
    message = gettext_lazy("The phase requires this participant already.")


class SessionIsThere(Refusal):
    message = gettext_lazy("This meeting is a session of the phase already.")


# --- Points ---


@transaction.atomic
def add_item(
    phase: Phase, *, by: User, kind: str, text: str, at: dt.datetime | None = None
) -> PhaseItem:
    """One more point. A form that was sent twice gives it again. Raises PhaseIsOver."""
    phase = _lock_open(phase)
    same = phase.items.filter(kind=kind, text=text).first()
    if same is not None:
        return same
    item = PhaseItem(phase=phase, kind=kind, text=text, position=phase.items.count())
    item.full_clean()
    item.save()
    record("workplans.phase_point_added", phase, by=by, changes={"point": [None, text]}, at=at)
    return item


@transaction.atomic
def settle_item(
    item: PhaseItem,
    *,
    by: User,
    text: str,
    kind: str,
    done_on: dt.date | None,
    done_by: str,
    blocked_by: Organisation | None,
    blocked_note: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> PhaseItem:
    """Say that a point is done, by whom and when; or for whom it waits; or that it is open.

    Raises PhaseIsOver, DayToCome, or DoneMeanwhile after what was ``seen``.
    """
    now = at or timezone.now()
    phase = _lock_open(item.phase)
    guard_seen(phase, seen=seen)
    item = PhaseItem.objects.select_related("blocked_by").get(pk=item.pk, phase=phase)
    if done_on is not None:
        guard_past(phase, done_on, now)
    before = point_in_words(item)
    item.text, item.kind = text, kind
    item.done_on, item.done_by = done_on, done_by
    item.blocked_by, item.blocked_note = blocked_by, blocked_note
    item.full_clean()
    item.save()
    changes = {"point": [before, point_in_words(item)]}
    record("workplans.phase_point_settled", phase, by=by, changes=changes, at=now)
    return item


@transaction.atomic
def drop_item(item: PhaseItem, *, by: User, at: dt.datetime | None = None) -> None:
    """Take a point off its phase; the record keeps it. Raises PhaseIsOver."""
    phase = _lock_open(item.phase)
    changes = {"point": [point_in_words(item), None]}
    record("workplans.phase_point_dropped", phase, by=by, changes=changes, at=at)
    item.delete()


def point_in_words(item: PhaseItem) -> list[str]:
    """A point and how it stands, for the record, which writes a day as its readers do."""
    if item.done_on:
        return [item.text, item.done_by, item.done_on.isoformat()]
    if item.blocked_by:
        return [item.text, f"{item.blocked_by}: {item.blocked_note}"]
    return [item.text]


# --- Participants that it needs ---


@transaction.atomic
def require_participant(
    phase: Phase,
    *,
    by: User,
    seat: Seat | None,
    organisation: Organisation | None,
    post: str,
    at: dt.datetime | None = None,
) -> Requirement:
    """The phase cannot do without the seat, or the organisation. Raises AlreadyRequired."""
    phase = _lock_open(phase)
    named: dict[str, Any] = {"seat": seat, "organisation": organisation, "post": post}
    if phase.requirements.filter(**named).exists():
        raise AlreadyRequired
    requirement = Requirement(phase=phase, **named)
    requirement.full_clean()
    requirement.save()
    changes = {"participant": [None, str(requirement)]}
    record("workplans.participant_required", phase, by=by, changes=changes, at=at)
    return requirement


@transaction.atomic
def require_partners(
    phase: Phase, *, by: User, post: str, at: dt.datetime | None = None
) -> list[Requirement]:
    """Every implementing partner among its members, by the post; those not required yet.

    Chiefs of Party attend the second phase (P23). Raises AlreadyRequired when all are.
    """
    phase = _lock_open(phase)
    mechanism = phase.plan.mechanism
    today = mechanism.today(at)
    members = Membership.objects.current(on=today).filter(mechanism=mechanism)
    partners = Organisation.objects.filter(
        pk__in=members.values("organisation"), type=Organisation.Type.IMPLEMENTING_PARTNER
    ).exclude(backbone_of=mechanism)
    there = phase.requirements.filter(post=post).values("organisation")
    missing = partners.exclude(pk__in=there.filter(organisation__isnull=False))
    added = [
        require_participant(phase, by=by, seat=None, organisation=partner, post=post, at=at)
        for partner in missing.order_by("short_name")
    ]
    if not added:
        raise AlreadyRequired
    return added


@transaction.atomic
def drop_requirement(requirement: Requirement, *, by: User, at: dt.datetime | None = None) -> None:
    """The phase can do without; the record keeps who took it off. Raises PhaseIsOver."""
    phase = _lock_open(requirement.phase)
    changes = {"participant": [str(requirement), None]}
    record("workplans.requirement_dropped", phase, by=by, changes=changes, at=at)
    requirement.delete()


class Presence(StrEnum):
    """Whether a required participant was at a session of the phase."""

    PRESENT = "present"
    # The organisation came, and not by the post that is required.
    OTHERWISE = "otherwise"
    ABSENT = "absent"
    # Nobody noted who was there: that is not the same as absent (R4).
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Required:
    """A required participant, and whether it was there."""

    requirement: Requirement
    presence: Presence

    @property
    def is_missing(self) -> bool:
        return self.presence != Presence.PRESENT

    def __str__(self) -> str:
        """As the gate says it."""
        words = {
            Presence.PRESENT: _("%(who)s was present"),
            Presence.OTHERWISE: _("%(who)s was missing; somebody else came for the organisation"),
            Presence.ABSENT: _("%(who)s was missing at every session"),
            Presence.UNKNOWN: _("%(who)s: nobody noted who was at the sessions"),
        }
        return words[self.presence] % {"who": self.requirement}


def required_of(phase: Phase) -> list[Required]:
    """Each required participant with whether it was at a session; two queries."""
    wanted = phase.requirements.select_related("seat", "organisation").order_by("pk")
    rows = list(_people_at(Meeting.objects.filter(phase_sessions__phase=phase)))
    return [Required(each, _presence_of(each, rows)) for each in wanted]


def _presence_of(requirement: Requirement, rows: Iterable[Participant]) -> Presence:
    noted = [row for row in rows if row.attendance != Attendance.UNKNOWN]
    there = [row for row in noted if row.attendance == Attendance.PRESENT]
    if not noted:
        return Presence.UNKNOWN
    if requirement.seat_id:
        there = [row for row in there if row.seat_id == requirement.seat_id]
        return Presence.PRESENT if there else Presence.ABSENT
    there = [row for row in there if requirement.organisation_id in organisations_of_row(row)]
    if not there:
        return Presence.ABSENT
    post = requirement.post.casefold()
    if not post or any(post in said.casefold() for row in there for said in posts_of(row)):
        return Presence.PRESENT
    return Presence.OTHERWISE


def organisations_of_row(row: Participant) -> set[int]:
    """For whom somebody came: the organisation named, the holder's, the seat's."""
    found = {row.organisation_id}
    if row.appointment:
        found.add(row.appointment.organisation_id)
    if row.seat:
        found.add(row.seat.organisation_id)
    return {key for key in found if key}


def posts_of(row: Participant) -> list[str]:
    """By which posts somebody came."""
    said = [row.post]
    if row.appointment:
        said.append(row.appointment.post)
    if row.seat:
        said.append(row.seat.title)
    return [post for post in said if post]


# --- Sessions ---


@transaction.atomic
def link_session(
    phase: Phase,
    *,
    by: User,
    meeting: Meeting,
    has_leaders: bool | None,
    at: dt.datetime | None = None,
) -> PhaseSession:
    """The meeting was, or will be, a session of the phase. Raises SessionIsThere, PhaseIsOver."""
    phase = _lock_open(phase)
    if phase.sessions.filter(meeting=meeting).exists():
        raise SessionIsThere
    session = PhaseSession(phase=phase, meeting=meeting, has_leaders=has_leaders)
    session.full_clean()
    session.save()
    changes: dict[str, list[Any]] = {
        "session": [None, meeting.name],
        "has_leaders": [None, has_leaders],
    }
    record("workplans.session_linked", phase, by=by, changes=changes, at=at)
    return session


@transaction.atomic
def note_leaders(
    session: PhaseSession,
    *,
    by: User,
    has_leaders: bool | None,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> PhaseSession:
    """Note whether a member of the county executive committee was there (P8)."""
    phase = _lock_open(session.phase)
    guard_seen(phase, seen=seen)
    session = PhaseSession.objects.select_related("meeting__body").get(pk=session.pk)
    changes: dict[str, list[Any]] = {
        "session": [None, session.meeting.name],
        "has_leaders": [session.has_leaders, has_leaders],
    }
    session.has_leaders = has_leaders
    session.save(update_fields=["has_leaders"])
    record("workplans.leaders_noted", phase, by=by, changes=changes, at=at)
    return session


@transaction.atomic
def unlink_session(session: PhaseSession, *, by: User, at: dt.datetime | None = None) -> None:
    """The meeting was no session of the phase. Raises PhaseIsOver."""
    phase = _lock_open(session.phase)
    changes = {"session": [session.meeting.name, None]}
    record("workplans.session_unlinked", phase, by=by, changes=changes, at=at)
    session.delete()


@dataclass(frozen=True)
class Turnout:
    """How many came for one organisation, at each session; None where nothing was noted of it."""

    label: str
    counts: tuple[int | None, ...]
    days: tuple[str, ...]

    @property
    def cells(self) -> list[tuple[str, int | None]]:
        """Each count with the day of its session, as the head of its column says it."""
        return list(zip(self.days, self.counts, strict=True))


def turnout_at(sessions: Iterable[PhaseSession]) -> list[Turnout]:
    """Who came to the sessions, by organisation; one query (P13)."""
    sessions = list(sessions)
    listed = [session.meeting_id for session in sessions]
    days = tuple(session.meeting.day_in_words or "–" for session in sessions)
    counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in _people_at(Meeting.objects.filter(pk__in=listed)):
        if row.attendance == Attendance.UNKNOWN:
            continue
        came = row.headcount if row.attendance == Attendance.PRESENT else 0
        label = _label_of(row)
        counts[label][row.meeting_id] = counts[label].get(row.meeting_id, 0) + came
    return [
        Turnout(label, tuple(by_meeting.get(key) for key in listed), days)
        for label, by_meeting in sorted(counts.items())
    ]


@dataclass(frozen=True)
class Leadership:
    """Of how many sessions of a plan's process it is noted that a CECM was there."""

    plan: JointWorkPlan
    yes: int = 0
    no: int = 0
    unknown: int = 0

    @property
    def sessions(self) -> int:
        return self.yes + self.no + self.unknown


def leadership_by_year(plans: Iterable[JointWorkPlan]) -> list[Leadership]:
    """Per plan, the oldest year first; two queries (P8)."""
    listed = sorted(plans, key=lambda plan: plan.starts_on)
    noted: defaultdict[int, list[bool | None]] = defaultdict(list)
    rows = PhaseSession.objects.filter(phase__plan__in=[plan.pk for plan in listed])
    for plan, has_leaders in rows.values_list("phase__plan", "has_leaders"):
        noted[plan].append(has_leaders)
    return [
        Leadership(
            plan,
            noted[plan.pk].count(True),
            noted[plan.pk].count(False),
            noted[plan.pk].count(None),
        )
        for plan in listed
    ]


def _label_of(row: Participant) -> str:
    held = row.appointment.organisation if row.appointment else None
    seated = row.seat.organisation if row.seat else None
    return str(row.organisation or held or seated or _("No organisation named"))


def _people_at(meetings: Any) -> Any:
    """Whoever was asked to the meetings or came to them."""
    return Participant.objects.filter(meeting__in=meetings.values("pk")).select_related(
        "organisation", "seat__organisation", "appointment__organisation"
    )


def _lock_open(phase: Phase) -> Phase:
    phase = lock_phase(phase)
    if phase.state == Phase.State.PASSED:
        raise PhaseIsOver
    return phase
