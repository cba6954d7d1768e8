"""Minutes: circulated, corrected, confirmed; then a snapshot that nothing changes (R19)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Correction, Meeting, Minutes, MinutesDraft
from committees.models.meeting import MeetingQuerySet
from committees.notifications.minutes import (
    tell_of_answered_correction,
    tell_of_circulation,
    tell_of_correction,
)
from committees.permissions import can_confirm_by_circulation
from committees.services.minutes_contents import compile_minutes
from committees.services.minutes_guards import lock_minutes
from committees.services.printouts import request_printout
from coordination.models import User
from coordination.services.events import guard_seen, record
from coordination.services.refusals import Refusal
from coordination.services.snapshots import Snapshot, canonical
from coordination.services.versions import save_next

State = Minutes.State


class MeetingNotHeld(Refusal):
    message = _("Close the meeting first.")


class MinutesNotCirculated(Refusal):
    message = _("These minutes have not been circulated yet.")


class DayHasPassed(Refusal):
    message = _("Give members a day that is still to come.")


class CorrectionAnswered(Refusal):
    message = _("This correction has been answered.")


class AnswerMissing(Refusal):
    message = _("Say why the correction is declined.")


class CorrectionsOpen(Refusal):
    message = _("A correction waits for an answer. Accept or decline it first.")


class NotALaterMeeting(Refusal):
    message = _("Minutes are confirmed at a later meeting of the same body that has begun.")


class MeetingMissing(Refusal):
    message = _("Name the meeting at which they were confirmed; only the chair confirms without.")


@transaction.atomic
def circulate_minutes(
    minutes: Minutes,
    *,
    by: User,
    corrections_until: dt.date,
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> Minutes:
    """The minutes with the body, for correction until the day; again as the next revision.

    Raises MeetingNotHeld, MinutesConfirmed, DayHasPassed or DoneMeanwhile.
    """
    now = at or timezone.now()
    minutes, meeting = lock_minutes(minutes)
    if meeting.state != Meeting.State.HELD:
        raise MeetingNotHeld
    if corrections_until < timezone.localdate(now, meeting.zone):
        raise DayHasPassed
    same = minutes.corrections_until == corrections_until
    if same and minutes.circulated_at and now - minutes.circulated_at < dt.timedelta(seconds=30):
        return minutes  # clicked twice
    guard_seen(minutes, seen=seen)
    minutes.revision += minutes.state == State.CIRCULATED
    minutes.state = State.CIRCULATED
    minutes.circulated_at = now
    before, minutes.corrections_until = minutes.corrections_until, corrections_until
    minutes.full_clean()
    save_next(minutes, "revision", "state", "circulated_at", "corrections_until")
    changes = {"corrections_until": [before, corrections_until]}
    record("committees.minutes_circulated", minutes, by=by, changes=changes, at=now)
    tell_of_circulation(minutes, at=now)
    return minutes


@transaction.atomic
def ask_for_correction(
    minutes: Minutes,
    *,
    by: User,
    text: str,
    item: AgendaItem | None = None,
    at: dt.datetime | None = None,
) -> Correction:
    """What a member asks to be changed; the secretary is told. The same twice is one.

    Raises MinutesNotCirculated or MinutesConfirmed.
    """
    now = at or timezone.now()
    minutes, _meeting = lock_minutes(minutes)
    if minutes.state != State.CIRCULATED:
        raise MinutesNotCirculated
    same = minutes.corrections.filter(asked_by=by, item=item, text=text)
    if known := same.filter(state=Correction.State.ASKED).first():
        return known
    correction = Correction(minutes=minutes, item=item, text=text, asked_by=by, asked_at=now)
    correction.full_clean()
    correction.save()
    record("committees.correction_asked", minutes, by=by, at=now)
    tell_of_correction(correction, at=now)
    return correction


@transaction.atomic
def answer_correction(
    correction: Correction,
    *,
    by: User,
    state: str,
    answer: str = "",
    at: dt.datetime | None = None,
) -> Correction:
    """The correction, accepted or declined with the reason; who asked is told.

    Raises CorrectionAnswered, AnswerMissing or MinutesConfirmed.
    """
    now = at or timezone.now()
    lock_minutes(correction.minutes)
    correction = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    if correction.state != Correction.State.ASKED:
        raise CorrectionAnswered
    if state == Correction.State.DECLINED and not answer.strip():
        raise AnswerMissing
    correction.state, correction.answer = state, answer.strip()
    correction.answered_by, correction.answered_at = by, now
    correction.full_clean()
    correction.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    changes = {"state": [str(Correction.State.ASKED.label), str(correction.get_state_display())]}
    verb = "committees.correction_answered"
    record(verb, correction.minutes, by=by, changes=changes, at=now)
    tell_of_answered_correction(correction, at=now)
    return correction


@transaction.atomic
def confirm_minutes(
    minutes: Minutes,
    *,
    by: User,
    confirmed_at: Meeting | None,
    chair_post: str,
    secretary_post: str,
    at: dt.datetime | None = None,
) -> Minutes:
    """The minutes as the body confirmed them: a snapshot from now on (R19); twice is once.

    ``confirmed_at`` is the later meeting; None when the chair confirms them by circulation. Raises
    MinutesNotCirculated, CorrectionsOpen, NotALaterMeeting or MeetingMissing.
    """
    now = at or timezone.now()
    minutes = Minutes.objects.select_related("meeting").get(pk=minutes.pk)
    if minutes.state == State.CONFIRMED:
        return minutes
    minutes, meeting = lock_minutes(minutes)
    if minutes.state != State.CIRCULATED:
        raise MinutesNotCirculated
    if minutes.corrections.filter(state=Correction.State.ASKED).exists():
        raise CorrectionsOpen
    if confirmed_at is None and not can_confirm_by_circulation(by, meeting):
        raise MeetingMissing
    if confirmed_at and not confirming_meetings(meeting).filter(pk=confirmed_at.pk).exists():
        raise NotALaterMeeting
    today = timezone.localdate(now, meeting.zone)
    minutes.confirmed_at = confirmed_at
    minutes.confirmed_on = (confirmed_at.day if confirmed_at else None) or today
    minutes.chair_post, minutes.secretary_post = chair_post, secretary_post
    return freeze_minutes(minutes, by=by, at=now)


def freeze_minutes(minutes: Minutes, *, by: User, at: dt.datetime) -> Minutes:
    """The minutes as confirmed, by what was set on them: what they say is kept, and printed (R19).

    Within the caller's transaction, which holds them locked.
    """
    minutes.state = State.CONFIRMED
    snapshot = Snapshot(canonical(compile_minutes(minutes, at=at)))
    minutes.snapshot, minutes.snapshot_sha256 = snapshot.text, snapshot.sha256
    minutes.full_clean()
    save_next(
        minutes, "state", "confirmed_at", "confirmed_on", "is_as_signed", "chair_post",
        "secretary_post", "snapshot", "snapshot_sha256",
    )  # fmt: skip
    MinutesDraft.objects.filter(item__meeting=minutes.meeting).delete()
    record("committees.minutes_confirmed", minutes, by=by, note=snapshot.sha256, at=at)
    _print(minutes, by=by, at=at)
    return minutes


def confirming_meetings(meeting: Meeting) -> MeetingQuerySet:
    """Later meetings in due form of the same body that have begun, the newest first."""
    later = Meeting.objects.of(meeting.body).begun()
    later = later.exclude(kind__in=Meeting.UNCOUNTED).exclude(pk=meeting.pk)
    if meeting.held_on:
        started = F("held_on").desc(nulls_first=True)
        return later.exclude(held_on__lt=meeting.held_on).order_by(started, "-starts_at", "-pk")
    return later.none()


def _print(minutes: Minutes, *, by: User, at: dt.datetime) -> None:
    """Have the PDF made: for everyone, and for the body where something is restricted."""
    mechanism = minutes.meeting.body.mechanism
    request_printout(mechanism, by=by, minutes=minutes, at=at)
    if minutes.meeting.items.filter(is_restricted=True).exists():
        request_printout(mechanism, by=by, minutes=minutes, is_in_full=True, at=at)
