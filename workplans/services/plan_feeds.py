"""A plan's calendar for calendar programs: official steps, phases and their sessions (R20)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Event

from committees.models import Meeting
from committees.services.calendars import feed_of, named
from committees.services.feeds import give_address, note_fetch, seen_by, take_address
from coordination.models import User, hash_token
from coordination.services.events import record
from workplans.models import JointWorkPlan, Phase, PlanFeed

from .planning_calendars import Occurrence, occurrences_of


@transaction.atomic
def open_plan_feed(
    plan: JointWorkPlan, *, by: User, at: dt.datetime | None = None
) -> tuple[PlanFeed, str]:
    """A new feed and its secret of 256 bits, which is told this once: only a hash is kept."""
    feed = PlanFeed(user=by, plan=plan)
    token = give_address(feed, at=at or timezone.now())
    record("workplans.feed_opened", feed, by=by, at=at)
    return feed, token


@transaction.atomic
def revoke_plan_feed(feed: PlanFeed, *, by: User, at: dt.datetime | None = None) -> PlanFeed:
    """Make the address worthless. Raises FeedRevoked."""
    feed = take_address(feed, at=at or timezone.now())
    record("workplans.feed_revoked", feed, by=by, at=at)
    return feed


def plan_feed_with(token: str) -> PlanFeed | None:
    """The feed that the secret opens, while its user is active and sees the plan (R26)."""
    feeds = PlanFeed.objects.filter(revoked_at=None, user__is_active=True)
    related = ("user", "plan__mechanism__calendar", "plan__place", "plan__calendar")
    feed = feeds.filter(token_hash=hash_token(token)).select_related(*related).first()
    if feed is None:
        return None
    seen = JointWorkPlan.objects.visible_to(feed.user).filter(pk=feed.plan_id)
    return feed if seen.exists() else None


def fetch_plan_feed(feed: PlanFeed, *, at: dt.datetime | None = None) -> bytes:
    """The plan's calendar as the feed's user may see it at this moment; fixed queries (R26)."""
    now = at or timezone.now()
    note_fetch(feed, at=now)
    plan = feed.plan
    sessions = Meeting.objects.visible_to(feed.user).filter(phase_sessions__phase__plan=plan)
    return feed_of(
        str(plan),
        seen_by(feed.user, sessions.distinct().order_by("pk")),
        others=[event_of(entry, plan, at=now) for entry in entries_of(plan)],
        at=now,
    )


@dataclass(frozen=True)
class Entry:
    """One or more whole days of a plan's calendar."""

    uid: uuid.UUID
    sequence: int
    summary: str
    first: dt.date
    last: dt.date
    said: str = ""
    is_cancelled: bool = False


def entries_of(plan: JointWorkPlan) -> list[Entry]:
    """The official steps of the plan's year and its phases, each from its first to its last day."""
    steps = [_step_entry(each, plan) for each in occurrences_of(plan, in_use=False)]
    phases = [
        _phase_entry(phase, days, plan)
        for phase in plan.phases.order_by("position", "pk")
        if (days := phase.days or phase.cleared_days)
    ]
    return steps + phases


def event_of(entry: Entry, plan: JointWorkPlan, *, at: dt.datetime) -> Event:
    """The entry as calendar programs read it: whole days, the end being the day after."""
    event = Event()
    event.add("uid", named(entry.uid))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", at)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.last + dt.timedelta(days=1))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    address = reverse("plan-calendar", args=[plan.mechanism.slug, plan.slug])
    event.add("url", f"{settings.PUBLIC_URL}{address}")
    if entry.said:
        event.add("description", entry.said)
    return event


def _phase_entry(phase: Phase, days: tuple[dt.date, dt.date], plan: JointWorkPlan) -> Entry:
    first, last = days
    return Entry(
        uid=phase.uid,
        sequence=phase.sequence,
        summary=_("%(plan)s: %(phase)s") % {"plan": plan, "phase": phase},
        first=first,
        last=last,
        said=phase.purpose,
        is_cancelled=phase.is_taken_out or phase.days is None,
    )


def _step_entry(occurrence: Occurrence, plan: JointWorkPlan) -> Entry:
    event = occurrence.event
    said = [event.legal_basis, event.responsible_post]
    if occurrence.is_moved and occurrence.move and occurrence.move.due_on:
        said.append(occurrence.move.reason)
    return Entry(
        uid=occurrence.uid_in(plan),
        sequence=occurrence.sequence,
        summary=f"{event.name} ({occurrence.year})",
        first=occurrence.begins_on or occurrence.due_on,
        last=occurrence.due_on,
        said="\n".join(line for line in said if line),
        is_cancelled=not event.is_in_use,
    )
