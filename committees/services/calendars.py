"""Meetings as calendar programs read them: invitations, updates, cancellations, feeds (R20)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from committees.models import Meeting, Participant
from coordination.services.mail import Enclosure

PRODUCT = "-//Baraza//Calendar//EN"
CALLED_OFF = {Meeting.State.CANCELLED, Meeting.State.POSTPONED}
ANSWERS = {
    Participant.Reply.NONE: "NEEDS-ACTION",
    Participant.Reply.YES: "ACCEPTED",
    Participant.Reply.NO: "DECLINED",
    Participant.Reply.PERHAPS: "TENTATIVE",
}


@dataclass(frozen=True)
class Seen:
    """A meeting as one reader sees it: without ``is_readable`` no more than that there is one."""

    meeting: Meeting
    is_readable: bool
    agenda: Sequence[str] = ()


def feed_of(
    name: str,
    seen: Iterable[Seen],
    *,
    others: Iterable[Event] = (),
    at: dt.datetime | None = None,
) -> bytes:
    """A calendar to subscribe to. Whoever is invited stands in none (R24).

    ``others`` are events of higher apps beside the meetings.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for event in others:
        calendar.add_component(event)
    for each in seen:
        if each.meeting.starts_at or _whole_day(each.meeting):
            calendar.add_component(_event(each, at=at or timezone.now()))
    return _finished(calendar)


def file_of(seen: Seen, *, at: dt.datetime | None = None) -> bytes:
    """One meeting, to be put into a calendar by hand."""
    return feed_of(str(seen.meeting.body), [seen], at=at)


def invitation_for(
    row: Participant, recipient: str, agenda: Sequence[str], *, at: dt.datetime | None = None
) -> Enclosure:
    """What goes with a letter: a request, or a cancellation once the meeting is called off.

    It names its recipient alone, so that nobody learns who else is asked.
    """
    meeting = row.meeting
    method = "CANCEL" if meeting.state in CALLED_OFF else "REQUEST"
    event = _event(Seen(meeting, is_readable=True, agenda=agenda), at=at or timezone.now())
    attendee = vCalAddress(f"mailto:{recipient}")
    attendee.params["CN"] = str(row)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = ANSWERS[Participant.Reply(row.reply)]
    # Answers come by the letter's link: no mailbox reads those of calendar programs.
    attendee.params["RSVP"] = "FALSE"
    event.add("attendee", attendee, encode=False)
    return _enclosed(event, method)


def withdrawal_for(meeting: Meeting, recipient: str, *, at: dt.datetime | None = None) -> Enclosure:
    """What takes the meeting out of the calendar of somebody who is asked to it no more.

    It tells no more than when it was to be: who is not asked does not read it.
    """
    event = _event(Seen(meeting, is_readable=False), at=at or timezone.now())
    event["status"] = "CANCELLED"
    event.add("attendee", vCalAddress(f"mailto:{recipient}"), encode=False)
    return _enclosed(event, "CANCEL")


def _enclosed(event: Event, method: str) -> Enclosure:
    calendar = _calendar(method)
    calendar.add_component(event)
    return Enclosure(
        "invitation.ics",
        _finished(calendar).decode(),
        f"text/calendar; method={method}",
        "application/ics",
    )


def uid_of(meeting: Meeting) -> str:
    """The name of the event for its whole life, in feed and letter."""
    return named(meeting.uid)


def named(uid: uuid.UUID) -> str:
    """The name of an event, which no other portal gives."""
    return f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname}"


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _finished(calendar: Calendar) -> bytes:
    """The calendar with a VTIMEZONE for each zone that it names."""
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(seen: Seen, *, at: dt.datetime) -> Event:
    meeting = seen.meeting
    event = Event()
    event.add("uid", uid_of(meeting))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", at)
    _add_time(event, meeting)
    event.add("summary", _summary(seen))
    event.add("status", "CANCELLED" if meeting.state in CALLED_OFF else "CONFIRMED")
    event.add("url", f"{settings.PUBLIC_URL}{meeting.get_absolute_url()}")
    event.add("organizer", _organiser(meeting), encode=False)
    if seen.is_readable:
        _add_content(event, seen)
    return event


def _add_time(event: Event, meeting: Meeting) -> None:
    """From when to when; of one that is past perhaps no more than the day is known."""
    if meeting.starts_at and meeting.ends_at:
        event.add("dtstart", meeting.starts_at.astimezone(meeting.zone))
        event.add("dtend", meeting.ends_at.astimezone(meeting.zone))
    elif day := _whole_day(meeting):
        event.add("dtstart", day)
        event.add("dtend", day + dt.timedelta(days=1))
    else:
        raise ValueError(meeting)


def _whole_day(meeting: Meeting) -> dt.date | None:
    """The day on which it was held, as far as that is known."""
    return meeting.held_on if meeting.is_day_known else None


def _summary(seen: Seen) -> str:
    meeting = seen.meeting
    return (
        f"{meeting.body}: {meeting.title}" if seen.is_readable and meeting.title else meeting.name
    )


def _organiser(meeting: Meeting) -> vCalAddress:
    address = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
    organiser = vCalAddress(f"mailto:{address}")
    organiser.params["CN"] = meeting.body.name
    return organiser


def _add_content(event: Event, seen: Seen) -> None:
    """Where it is and what it is about, for those who read it."""
    meeting = seen.meeting
    if meeting.venue or meeting.link:
        event.add("location", meeting.venue or meeting.link)
    said = [meeting.link] if meeting.link else []
    if meeting.state in CALLED_OFF:
        said.append(f"{meeting.get_state_display()}: {meeting.state_reason}")
    if seen.agenda:
        lines = (f"{number}. {title}" for number, title in enumerate(seen.agenda, start=1))
        said.append("\n".join([_("Agenda"), *lines]))
    if said:
        event.add("description", "\n\n".join(said))
