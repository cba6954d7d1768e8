"""Whether bodies meet as often as they promised, and the alarm when they do not (R17, B5, B6).

Amber the day after a meeting was due; red when half an interval more has passed. There is one alarm
a gap, and one letter a level, however often and however late this runs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from committees.models import (
    Body,
    CadenceAlarm,
    Meeting,
    bodies_chaired_by,
    bodies_kept_by,
)
from committees.notifications.seats import tell_of_missed_meeting
from coordination.models import Mechanism, User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal

from .bodies import is_operating, months_between
from .desk_lists import MOST, DeskList, DeskRow

# A mechanism of which no body has met for so long may be dormant (domain 1.1).
DORMANT_AFTER_MONTHS = 12


class GapIsOver(Refusal):
    message = _("The body has met since. Give the reason beside that meeting.")


class NoGap(Refusal):
    message = _("There is no meeting before this one, and so no gap.")


@dataclass(frozen=True)
class Overdue:
    """A promise that is broken today."""

    counted_from: dt.date
    due_on: dt.date
    level: str


@dataclass(frozen=True)
class Gap:
    """The time from one meeting to the next, or to today, against the promise."""

    counted_from: dt.date
    is_day_known: bool
    # The meeting that ended it; None while it lasts.
    meeting: Meeting | None
    months: int
    due_on: dt.date | None
    # kept, amber or red; "" where nothing was promised.
    verdict: str
    reason: str
    alarm: CadenceAlarm | None


@dataclass(frozen=True)
class Begun:
    """The day from which a gap runs; of some meetings only the month is known."""

    day: dt.date
    is_day_known: bool = True


Alarms = dict[dt.date, CadenceAlarm]


def overdue_of(body: Body, last: dt.date | None, *, on: dt.date) -> Overdue | None:
    """The promise that the body, with its mechanism loaded, has broken by the day; else None."""
    counted_from = last or body.there_since
    due_on = body.next_due_on(last)
    if counted_from is None or due_on is None or not is_operating(body.mechanism, on):
        return None
    level = CadenceAlarm.level_on(on, counted_from=counted_from, due_on=due_on)
    return Overdue(counted_from, due_on, level) if level else None


def last_met(bodies: Iterable[int]) -> dict[int, dt.date]:
    """The day on which each body last met in due form, jointly or alone, by its key."""
    keys = list(bodies)
    counted = Meeting.objects.counted().filter(held_on__isnull=False)
    own = counted.filter(body__in=keys).values_list("body").annotate(Max("held_on"))
    joint = counted.filter(joint_with__in=keys).values_list("joint_with").annotate(Max("held_on"))
    days: dict[int, dt.date] = {}
    for key, day in [*own.order_by(), *joint.order_by()]:
        days[key] = max(day, days.get(key, day))
    return days


def follow_all(*, at: dt.datetime | None = None) -> int:
    """Raise, redden and lift what is due, for every body; return how many alarms changed.

    It may run twice at once, and after days of sleep.
    """
    now = at or timezone.now()
    live = {alarm.body_id: alarm for alarm in CadenceAlarm.objects.live()}
    bodies = list(
        Body.objects.filter(Q(pk__in=Body.objects.promising()) | Q(pk__in=live))
        .select_related("mechanism")
        .order_by("pk")
    )
    met = last_met(body.pk for body in bodies)
    count = 0
    for body in bodies:
        on = body.mechanism.today(now)
        if _differs(overdue_of(body, met.get(body.pk), on=on), live.get(body.pk)):
            count += follow_cadence(body, at=now)
    return count


@transaction.atomic
def follow_cadence(body: Body, *, at: dt.datetime | None = None) -> bool:
    """Bring the body's alarm into line with when it met; return whether that changed anything.

    Called by the clock, and by `follow_after` a meeting.
    """
    now = at or timezone.now()
    rows = Body.objects.select_for_update(of=("self",), no_key=True)
    body = rows.select_related("mechanism").get(pk=body.pk)
    on = body.mechanism.today(now)
    overdue = overdue_of(body, last_met([body.pk]).get(body.pk), on=on)
    alarm = body.alarms.live().first()
    if not _differs(overdue, alarm):
        return False
    if alarm and (overdue is None or overdue.counted_from != alarm.counted_from):
        _lift(alarm, body, at=now)
    if overdue:
        _raise(overdue, body, at=now)
    return True


def follow_after(meeting: Meeting, *, at: dt.datetime | None = None) -> None:
    """Once the deed is done, ask anew of every body of a meeting that was held or taken back.

    Only an accelerator: without it, the clock asks within the hour.
    """
    for body in (meeting.body, *meeting.joint_with.all()):
        transaction.on_commit(partial(follow_cadence, body, at=at), robust=True)


def gaps_of(body: Body, *, on: dt.date) -> list[Gap]:
    """Every interval between its meetings in due form against its promise, the newest first.

    The first runs from its notification; the last is under way where the body owes a meeting.
    """
    meetings = Meeting.objects.of(body).counted().filter(held_on__isnull=False)
    alarms = {alarm.counted_from: alarm for alarm in body.alarms.all()}
    begun = Begun(body.there_since) if body.there_since else None
    gaps = []
    for meeting in meetings.order_by("held_on", F("number").asc(nulls_last=True), "pk"):
        if begun and meeting.held_on and meeting.held_on >= begun.day:
            gaps.append(_gap(body, begun, meeting, on=on, alarms=alarms))
        begun = Begun(meeting.held_on, meeting.is_day_known) if meeting.held_on else begun
    if begun and body.next_due_on(begun.day) and is_operating(body.mechanism, on):
        gaps.append(_gap(body, begun, None, on=on, alarms=alarms))
    return gaps[::-1]


def live_alarms(mechanism: Mechanism) -> QuerySet[CadenceAlarm]:
    """Bodies of the mechanism that have not met as promised, the longest first."""
    alarms = CadenceAlarm.objects.live().filter(body__mechanism=mechanism)
    return alarms.select_related("body__mechanism").order_by("due_on", "body__position", "pk")


def missed_meetings(user: User, at: dt.datetime) -> DeskList:
    """Bodies that the user chairs or keeps and that have not met as promised, the longest first."""
    concerned = {*bodies_chaired_by(user), *bodies_kept_by(user)}
    alarms = CadenceAlarm.objects.live().filter(body__in=concerned)
    rows = alarms.select_related("body__mechanism").order_by("due_on", "pk")[:MOST]
    return DeskList(
        "missed-meetings",
        _("Bodies that have not met as promised"),
        [_desk_row(alarm) for alarm in rows],
    )


@transaction.atomic
def explain_alarm(
    alarm: CadenceAlarm,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> CadenceAlarm:
    """Say why the body has not met. The alarm stays, with the reason beside it (R17).

    Raises GapIsOver or DoneMeanwhile.
    """
    body = Body.objects.select_for_update(of=("self",), no_key=True).get(pk=alarm.body_id)
    alarm = CadenceAlarm.objects.select_for_update().get(pk=alarm.pk)
    if alarm.over_at is not None:
        raise GapIsOver
    if alarm.reason == reason and alarm.reason_by_id == by.pk:  # a form sent twice
        return alarm
    guard_seen(body, seen=seen)
    changes = {"reason": [alarm.reason, reason]}
    alarm.reason, alarm.reason_by = reason, by
    alarm.full_clean()
    alarm.save(update_fields=["reason", "reason_by"])
    record("committees.gap_explained", body, by=by, changes=changes, at=at)
    return alarm


@transaction.atomic
def explain_gap(
    meeting: Meeting,
    *,
    by: User,
    reason: str,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Meeting:
    """Say why so long passed before the meeting. Raises NoGap or DoneMeanwhile."""
    meeting = (
        Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=meeting.pk)
    )
    if not meeting.is_counted or meeting.held_on is None:
        raise NoGap
    if meeting.gap_reason == reason:
        return meeting
    guard_seen(meeting, seen=seen)
    changes = {"reason": [meeting.gap_reason, reason]}
    meeting.gap_reason = reason
    meeting.full_clean()
    meeting.save(update_fields=["gap_reason"])
    record("committees.gap_explained", meeting, by=by, changes=changes, at=at)
    return meeting


def silent_since(mechanism: Mechanism, *, on: dt.date) -> dt.date | None:
    """Since when no body of the mechanism has met, where it may be dormant by that; else None.

    Only of one that operates. Where none ever met, it counts from the first that was there.
    """
    if not is_operating(mechanism, on):
        return None
    bodies: QuerySet[Body] = mechanism.bodies.exclude(state=Body.State.DISSOLVED)
    rows = list(bodies)
    there = sorted(body.there_since for body in rows if body.there_since)
    met = list(last_met(body.pk for body in rows).values())
    launched = [mechanism.launched_on] if rows and mechanism.launched_on else []
    known = met or there[:1] or launched
    if not known or months_between(max(known), on) < DORMANT_AFTER_MONTHS:
        return None
    return max(known)


def _desk_row(alarm: CadenceAlarm) -> DeskRow:
    body = alarm.body
    due = _("A meeting was due by %(day)s.") % {"day": date_format(alarm.due_on)}
    return DeskRow(
        title=f"{body} ({body.mechanism.short_name})",
        url=reverse("body-cadence", args=[body.mechanism.slug, body.slug]),
        note=f"{due} {alarm.reason}".strip(),
        status=alarm.level,
        label=str(alarm.get_level_display()),
    )


def _differs(overdue: Overdue | None, alarm: CadenceAlarm | None) -> bool:
    if overdue is None or alarm is None:
        return overdue is not None or alarm is not None
    return overdue != Overdue(alarm.counted_from, alarm.due_on, alarm.level)


def _raise(overdue: Overdue, body: Body, *, at: dt.datetime) -> None:
    """The one alarm of this gap, at its level; one that was lifted too early is taken up again."""
    alarm = body.alarms.filter(counted_from=overdue.counted_from).first()
    is_live = alarm is not None and alarm.over_at is None
    before = alarm.level if alarm and is_live else ""
    if alarm is None:
        alarm = CadenceAlarm(body=body, counted_from=overdue.counted_from, raised_at=at)
    alarm.due_on, alarm.level, alarm.over_at = overdue.due_on, overdue.level, None
    if alarm.level == CadenceAlarm.Level.RED:
        alarm.reddened_at = alarm.reddened_at or at
    alarm.full_clean()
    alarm.save()
    if before == alarm.level:
        return
    is_red = alarm.level == CadenceAlarm.Level.RED
    changes = {"meeting_due_on": ["", alarm.due_on]}
    verb = "committees.alarm_reddened" if is_red else "committees.alarm_raised"
    record(verb, body, by=None, changes=changes, at=at)
    tell_of_missed_meeting(alarm, at=at)


def _lift(alarm: CadenceAlarm, body: Body, *, at: dt.datetime) -> None:
    alarm.over_at = at
    alarm.full_clean()
    alarm.save(update_fields=["over_at"])
    record("committees.alarm_lifted", body, by=None, note=alarm.reason, at=at)


def _gap(body: Body, before: Begun, meeting: Meeting | None, *, on: dt.date, alarms: Alarms) -> Gap:
    until = meeting.held_on if meeting and meeting.held_on else on
    due_on = body.due_after(before.day)
    alarm = alarms.get(before.day)
    verdict = ""
    if due_on:
        verdict = CadenceAlarm.level_on(until, counted_from=before.day, due_on=due_on) or "kept"
    reason = (meeting.gap_reason if meeting else "") or (alarm.reason if alarm else "")
    known = before.is_day_known and (meeting is None or meeting.is_day_known)
    months = months_between(before.day, until, are_days_known=known)
    return Gap(before.day, before.is_day_known, meeting, months, due_on, verdict, reason, alarm)
