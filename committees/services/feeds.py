"""Calendar feeds: a secret address that opens one calendar and nothing else (R20, R26)."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TypeVar

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from committees.models import AgendaItem, Appointment, Body, CalendarFeed, Feed, Meeting, held_by
from committees.models.meeting import MeetingQuerySet
from coordination.models import User, hash_token
from coordination.services.events import record
from coordination.services.refusals import Refusal

from .calendars import Seen, feed_of

AnyFeed = TypeVar("AnyFeed", bound=Feed)

LOOKS_BACK = dt.timedelta(days=400)
MOST = 500
# How exactly it is kept when a feed was last fetched: programs ask all day long.
FETCHED = dt.timedelta(hours=1)


class FeedRevoked(Refusal):
    message = gettext_lazy("This calendar address is revoked already.")


@transaction.atomic
def open_feed(
    user: User, *, body: Body | None = None, at: dt.datetime | None = None
) -> tuple[CalendarFeed, str]:
    """A new feed and its secret of 256 bits, which is told this once: only a hash is kept."""
    feed = CalendarFeed(user=user, body=body)
    token = give_address(feed, at=at or timezone.now())
    record("committees.feed_opened", feed, by=user, at=at)
    return feed, token


@transaction.atomic
def revoke_feed(feed: CalendarFeed, *, by: User, at: dt.datetime | None = None) -> CalendarFeed:
    """Make the address worthless. Raises FeedRevoked."""
    feed = take_address(feed, at=at or timezone.now())
    record("committees.feed_revoked", feed, by=by, at=at)
    return feed


def feed_with(token: str) -> CalendarFeed | None:
    """The feed that the secret opens; None for one that is unknown or revoked, or whose user left.

    A body's feed is closed too once its user no longer sees the body.
    """
    feeds = CalendarFeed.objects.filter(revoked_at=None, user__is_active=True)
    feed = feeds.filter(token_hash=hash_token(token)).select_related("user", "body").first()
    if feed is None:
        return None
    visible = Body.objects.visible_to(feed.user)
    if feed.body_id and not visible.filter(pk=feed.body_id).exists():
        return None
    return feed


def fetch_feed(feed: CalendarFeed, *, at: dt.datetime | None = None) -> bytes:
    """The calendar as its user may see it at this moment; fixed queries (R26)."""
    now = at or timezone.now()
    note_fetch(feed, at=now)
    name = str(feed.body) if feed.body else _("My meetings")
    return feed_of(name, seen_by(feed.user, _meetings_of(feed, now)), at=now)


def give_address(feed: Feed, *, at: dt.datetime) -> str:
    """Save the new feed and tell its secret, of which it keeps the hash alone."""
    token = secrets.token_hex()
    feed.token_hash, feed.created_at = hash_token(token), at
    feed.full_clean()
    feed.save()
    return token


def take_address(feed: AnyFeed, *, at: dt.datetime) -> AnyFeed:
    """Make the feed's address worthless. Raises FeedRevoked."""
    feed = type(feed)._default_manager.select_for_update(of=("self",)).get(pk=feed.pk)
    if feed.revoked_at:
        raise FeedRevoked
    feed.revoked_at = at
    feed.save(update_fields=["revoked_at"])
    return feed


def note_fetch(feed: Feed, *, at: dt.datetime) -> None:
    """Keep when it was last fetched, to the hour."""
    aged = type(feed)._default_manager.filter(pk=feed.pk)
    aged.filter(Q(fetched_at=None) | Q(fetched_at__lt=at - FETCHED)).update(fetched_at=at)


def seen_by(user: User, meetings: MeetingQuerySet) -> list[Seen]:
    """The meetings, each as far as the user reads it.

    What is only for the body is in no feed: a feed lies open in other people's programs.
    """
    items = AgendaItem.objects.filter(is_restricted=False).in_order()
    full = meetings.select_related("body__mechanism").prefetch_related(Prefetch("items", items))
    keys = [meeting.pk for meeting in full]
    readable = set(
        Meeting.objects.readable_by(user).filter(pk__in=keys).values_list("pk", flat=True)
    )
    return [
        Seen(
            meeting,
            is_readable=meeting.pk in readable,
            agenda=[item.title for item in meeting.items.all()],
        )
        for meeting in full
    ]


def _meetings_of(feed: CalendarFeed, now: dt.datetime) -> MeetingQuerySet:
    meetings = Meeting.objects.visible_to(feed.user).filter(starts_at__gte=now - LOOKS_BACK)
    if feed.body:
        meetings = meetings.filter(pk__in=Meeting.objects.of(feed.body).values("pk"))
    else:
        held = Appointment.objects.in_office(on=timezone.localdate(now)).filter(holder=feed.user)
        meetings = meetings.filter(held_by(held.values_list("seat__body", flat=True)))
    return meetings.order_by("-starts_at", "pk")[:MOST]
