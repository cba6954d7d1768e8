"""Trainings and visits: recorded, followed up, and what they add up to (R6, R11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.models import Organisation, Place, User
from coordination.services.events import changes_between, guard_seen, record
from coordination.services.files import VettedFile, store_file
from coordination.services.refusals import DayToCome, EditedMeanwhile, Refusal
from workplans.models import (
    Activity,
    ActivityEvent,
    EventEvidence,
    EventFollowUp,
    EventParticipants,
    EventPostponement,
    JointWorkPlan,
)
from workplans.notifications.activities import tell_of_follow_up

from .activities import PlanIsClosed


class TooFewAttendances(Refusal):
    message = _("Attendances are at least as many as the unique persons.")


class ParticipantsDoNotAddUp(Refusal):
    """Says both numbers and what lies between them (R6)."""

    def __init__(self, *, persons: int, stated: int) -> None:
        said = _(
            "The rows of participants add up to %(stated)d, the unique persons are %(persons)d: "
            "%(difference)d between them. Put those that you cannot place under “Not stated”."
        )
        numbers = {"stated": stated, "persons": persons, "difference": abs(stated - persons)}
        super().__init__(said % numbers)


class FollowUpIsDone(Refusal):
    message = _("This follow-up is recorded as done already.")


class EventIsOver(Refusal):
    message = _("This event was held or cancelled: it can no longer be postponed.")


class NewDayNotLater(Refusal):
    message = _("The new first day is not after the one that it had.")


class EventContent(TypedDict):
    """What is said of an event."""

    kind: str
    title: str
    series: str
    state: str
    state_reason: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    place: Place | None
    venue: str
    organisations: Iterable[Organisation]
    topics: str
    persons: int | None
    attendances: int | None
    persons_are_new: bool
    findings: str
    lessons: str
    is_public: bool


@dataclass(frozen=True)
class Turnout:
    """Unique persons of one category from one place."""

    category: str
    place: Place | None
    women: int
    men: int
    not_stated: int

    @property
    def total(self) -> int:
        return self.women + self.men + self.not_stated


@dataclass(frozen=True)
class NewEventEvidence:
    """A vetted file, what it shows, and whether everyone may see it."""

    file: VettedFile
    caption: str
    is_public: bool = False


@transaction.atomic
def add_activity_event(
    activity: Activity,
    *,
    by: User,
    turnout: Iterable[Turnout] = (),
    evidence: Iterable[NewEventEvidence] = (),
    at: dt.datetime | None = None,
    **content: Unpack[EventContent],
) -> ActivityEvent:
    """A new event of the activity. A form that was sent twice gives the same event again.

    Raises PlanIsClosed, TooFewAttendances, ParticipantsDoNotAddUp or DayToCome.
    """
    now = at or timezone.now()
    activity = _lock_open(activity)
    same = activity.events.filter(
        title=content["title"], kind=content["kind"], starts_on=content["starts_on"], version=1
    ).first()
    if same is not None:
        return same
    rows = list(turnout)
    _check(content, rows, on=activity.plan.mechanism.today(now))
    event = ActivityEvent(activity=activity, **_columns(content, rows))
    event.full_clean()
    event.save()
    _set_relations(event, content, rows)
    _attach(event, evidence, by=by, at=now)
    record("workplans.activity_event_added", event, by=by, at=now)
    return event


@transaction.atomic
def edit_activity_event(
    event: ActivityEvent,
    *,
    by: User,
    seen_version: int,
    turnout: Iterable[Turnout] = (),
    evidence: Iterable[NewEventEvidence] = (),
    dropped_evidence: Collection[EventEvidence] = (),
    at: dt.datetime | None = None,
    **content: Unpack[EventContent],
) -> ActivityEvent:
    """The event with its new content. Raises EditedMeanwhile beside what adding one raises."""
    now = at or timezone.now()
    activity = _lock_open(event.activity)
    event = ActivityEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    if event.version != seen_version:
        raise EditedMeanwhile
    rows = list(turnout)
    _check(content, rows, on=activity.plan.mechanism.today(now))
    before = activity_event_in_words(event)
    columns = _columns(content, rows)
    for name, value in columns.items():
        setattr(event, name, value)
    event.version += 1
    event.full_clean()
    event.save(update_fields=[*columns, "version"])
    _set_relations(event, content, rows)
    changes = changes_between(before, activity_event_in_words(event))
    dropped = event.evidence.filter(pk__in=[row.pk for row in dropped_evidence])
    gone = list(dropped.values_list("caption", flat=True))
    dropped.delete()
    added = _attach(event, evidence, by=by, at=now)
    if gone or added:
        changes["evidence"] = [gone, added]
    record("workplans.activity_event_edited", event, by=by, changes=changes, at=now)
    return event


@transaction.atomic
def postpone_activity_event(
    event: ActivityEvent,
    *,
    by: User,
    starts_on: dt.date,
    ends_on: dt.date,
    reason: str,
    decided_by: str,
    condition: str = "",
    seen: int | None = None,
    at: dt.datetime | None = None,
) -> EventPostponement:
    """Put it off; both dates stay on record. A form that was sent twice is one deed.

    Raises PlanIsClosed, DoneMeanwhile, EventIsOver or NewDayNotLater.
    """
    now = at or timezone.now()
    _lock_open(event.activity)
    event = ActivityEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    said = {"starts_on": starts_on, "ends_on": ends_on, "reason": reason, "condition": condition}
    last = event.postponements.order_by("-pk").first()
    if last is not None and all(getattr(last, name) == value for name, value in said.items()):
        return last
    guard_seen(event, seen=seen)
    if event.state in {ActivityEvent.State.HELD, ActivityEvent.State.CANCELLED}:
        raise EventIsOver
    if event.starts_on is not None and starts_on <= event.starts_on:
        raise NewDayNotLater
    put_off = EventPostponement(
        event=event, from_starts_on=event.starts_on, from_ends_on=event.ends_on,
        decided_by=decided_by, by=by, at=now, **said,
    )  # fmt: skip
    put_off.full_clean()
    put_off.save()
    changes: dict[str, list[Any]] = {
        "starts_on": [event.starts_on, starts_on],
        "ends_on": [event.ends_on, ends_on],
    }
    event.starts_on, event.ends_on = starts_on, ends_on
    event.state, event.state_reason = ActivityEvent.State.POSTPONED, reason
    event.version += 1
    event.full_clean()
    event.save(update_fields=["starts_on", "ends_on", "state", "state_reason", "version"])
    record("workplans.activity_event_postponed", event, by=by, changes=changes, note=reason, at=now)
    return put_off


@transaction.atomic
def ask_follow_up(
    event: ActivityEvent,
    *,
    by: User,
    text: str,
    owner: Organisation,
    due_on: dt.date | None,
    at: dt.datetime | None = None,
) -> EventFollowUp:
    """Ask an organisation for what the event found; asked twice it is asked once."""
    now = at or timezone.now()
    event = ActivityEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    same = event.follow_ups.open().filter(text=text, owner=owner, due_on=due_on).first()
    if same is not None:
        return same
    follow_up = EventFollowUp(event=event, text=text, owner=owner, due_on=due_on)
    follow_up.full_clean()
    follow_up.save()
    record("workplans.follow_up_asked", event, by=by, note=text, at=now)
    tell_of_follow_up(follow_up, at=now)
    return follow_up


@transaction.atomic
def finish_follow_up(
    follow_up: EventFollowUp,
    *,
    by: User,
    done_on: dt.date,
    outcome: str,
    at: dt.datetime | None = None,
) -> EventFollowUp:
    """Record that it is done. Raises FollowUpIsDone or DayToCome."""
    now = at or timezone.now()
    follow_up = EventFollowUp.objects.select_for_update(of=("self",)).get(pk=follow_up.pk)
    event = ActivityEvent.objects.select_related("activity__plan__mechanism").get(
        pk=follow_up.event_id
    )
    if follow_up.done_on is not None:
        if (follow_up.done_on, follow_up.outcome) == (done_on, outcome):
            return follow_up
        raise FollowUpIsDone
    if done_on > event.activity.plan.mechanism.today(now):
        raise DayToCome
    follow_up.done_on, follow_up.outcome = done_on, outcome
    follow_up.full_clean()
    follow_up.save(update_fields=["done_on", "outcome"])
    changes: dict[str, list[Any]] = {"done_on": [None, done_on], "outcome": ["", outcome]}
    record(
        "workplans.follow_up_finished", event, by=by, changes=changes, note=follow_up.text, at=now
    )
    return follow_up


@dataclass(frozen=True)
class Reached:
    """What several events add up to; ``persons`` is None where it is not aggregable (R11)."""

    held: int
    attendances: int | None
    persons: int | None
    # Events that were held and told no number: named, and no zero (R4).
    untold: int


def reached(events: Iterable[ActivityEvent]) -> Reached:
    """Attendances are added. Unique persons are, where each event says that they are new."""
    held = [event for event in events if event.state == ActivityEvent.State.HELD]
    attended = [event.attendances for event in held if event.attendances is not None]
    told = [event for event in held if event.persons is not None]
    can_add = len(told) == 1 or all(event.persons_are_new for event in told)
    persons = sum(event.persons or 0 for event in told) if told and can_add else None
    untold = len(held) - len(
        [e for e in held if e.persons is not None or e.attendances is not None]
    )
    return Reached(len(held), sum(attended) if attended else None, persons, untold)


def turnout_of(event: ActivityEvent) -> list[Turnout]:
    """Its rows of participants, as they were entered."""
    rows = event.participants.select_related("place").order_by("pk")
    return [Turnout(row.category, row.place, row.women, row.men, row.not_stated) for row in rows]


def turnout_in_words(rows: Iterable[Turnout]) -> list[str]:
    """Each row: its category and place, then women / men / not stated."""
    return [
        f"{EventParticipants.Category(row.category).label}, {row.place or '–'}: "
        f"{row.women} / {row.men} / {row.not_stated}"
        for row in rows
    ]


def activity_event_in_words(event: ActivityEvent) -> dict[str, Any]:
    """Its content as people read it, for the record and for two versions side by side."""
    return {
        "kind": str(event.get_kind_display()),
        "title": event.title,
        "series": event.series,
        "state": str(event.get_state_display()),
        "state_reason": event.state_reason,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "place": str(event.place or ""),
        "venue": event.venue,
        "organisations": sorted(str(one) for one in event.organisations.all()),
        "topics": event.topics,
        "persons": event.persons,
        "attendances": event.attendances,
        "persons_are_new": event.persons_are_new,
        "participants": turnout_in_words(turnout_of(event)),
        "findings": event.findings,
        "lessons": event.lessons,
        "is_public": event.is_public,
    }


def _lock_open(activity: Activity) -> Activity:
    plan = JointWorkPlan.objects.select_for_update().get(pk=activity.plan_id)
    if plan.is_over:
        raise PlanIsClosed
    return Activity.objects.select_related("plan__mechanism").get(pk=activity.pk)


def _check(content: EventContent, rows: Collection[Turnout], *, on: dt.date) -> None:
    persons, attendances = content["persons"], content["attendances"]
    stated = sum(row.total for row in rows)
    if rows and persons is not None and stated != persons:
        raise ParticipantsDoNotAddUp(persons=persons, stated=stated)
    least = persons if persons is not None else stated if rows else None
    if least is not None and attendances is not None and attendances < least:
        raise TooFewAttendances
    is_held = content["state"] == ActivityEvent.State.HELD
    if is_held and content["starts_on"] is not None and content["starts_on"] > on:
        raise DayToCome


def _columns(content: Mapping[str, Any], rows: Collection[Turnout]) -> dict[str, Any]:
    """The event's own columns; who gives rows of persons need not add them up."""
    columns = {name: value for name, value in content.items() if name != "organisations"}
    if rows and columns["persons"] is None:
        columns["persons"] = sum(row.total for row in rows)
    return columns


def _set_relations(event: ActivityEvent, content: EventContent, rows: Iterable[Turnout]) -> None:
    event.organisations.set(content["organisations"])
    event.participants.all().delete()
    EventParticipants.objects.bulk_create(
        EventParticipants(
            event=event,
            category=row.category,
            place=row.place,
            women=row.women,
            men=row.men,
            not_stated=row.not_stated,
        )
        for row in rows
    )


def _attach(
    event: ActivityEvent, evidence: Iterable[NewEventEvidence], *, by: User, at: dt.datetime
) -> list[str]:
    """Keep the files under the event; the captions of those that are new."""
    rows = [
        EventEvidence.objects.create(
            event=event,
            file=store_file(each.file, by=by, at=at),
            caption=each.caption,
            is_public=each.is_public,
        )
        for each in evidence
    ]
    return [row.caption for row in rows]
