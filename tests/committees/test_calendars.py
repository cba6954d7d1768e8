"""Calendars: what programs get, read from the raw bytes (R20)."""

import datetime as dt
import hashlib
import zoneinfo

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from committees.models import CalendarFeed, Meeting
from committees.services.attendance import add_guests, remove_guests
from committees.services.calendars import Seen, file_of, uid_of
from committees.services.calling import call_meeting, reply_to_meeting
from committees.services.feeds import FeedRevoked, open_feed, revoke_feed
from committees.services.rescheduling import cancel_meeting, move_meeting, postpone_meeting
from coordination.models import Mail, Office, User
from coordination.services.mail import send_waiting_mail
from tests.factories.committees import (
    AgendaItemFactory,
    AppointmentFactory,
    BodyFactory,
    MeetingFactory,
    PlannedMeetingFactory,
)
from tests.factories.coordination import MechanismFactory

ZONES = ("Africa/Nairobi", "Asia/Karachi", "Asia/Phnom_Penh")
OFFSETS = {"Africa/Nairobi": 3, "Asia/Karachi": 5, "Asia/Phnom_Penh": 7}
STARTS = dt.datetime(2026, 3, 31, 10, 0, tzinfo=dt.UTC)


def meeting_in(zone, body, **changes):
    starts_at = STARTS.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return PlannedMeetingFactory(
        body=body, time_zone=zone, starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=2),
        **changes,
    )  # fmt: skip


def lines_of(raw):
    """The lines of a file as they stand in it."""
    assert raw.endswith(b"\r\n")
    return raw.split(b"\r\n")[:-1]


def values(raw, name):
    """The values of a property, unfolded, whatever its parameters."""
    unfolded = raw.replace(b"\r\n ", b"").decode()
    found = [line for line in unfolded.split("\r\n") if line.split(":")[0].split(";")[0] == name]
    return [line[len(name) :] for line in found]


def event_of(raw):
    [event] = Calendar.from_ical(raw).walk("VEVENT")
    return event


@pytest.mark.parametrize("zone", ZONES)
def test_the_raw_file_is_folded_and_names_its_zone(zone, review_body):
    venue = "Ukumbi wa mikutano, ghorofa ya tatu; jengo la kaunti – ប្រជុំ " * 3
    raw = file_of(Seen(meeting_in(zone, review_body, venue=venue), is_readable=True))

    assert all(len(line) <= 75 for line in lines_of(raw))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert values(raw, "DTSTART")[-1] == f";TZID={zone}:20260331T100000"
    assert values(raw, "TZID") == [f":{zone}"]
    assert raw.count(b"BEGIN:VTIMEZONE") == 1
    event = event_of(raw)
    assert event["LOCATION"] == venue
    assert event["DTSTART"].dt.utcoffset() == dt.timedelta(hours=OFFSETS[zone])
    assert event["DTSTART"].dt.astimezone(dt.UTC).hour == 10 - OFFSETS[zone]


def test_every_zone_of_a_feed_has_its_definition(review_body, client, member):
    for zone in ZONES:
        meeting = meeting_in(zone, review_body)
        Meeting.objects.filter(pk=meeting.pk).update(
            starts_at=timezone.now(), ends_at=timezone.now() + dt.timedelta(hours=1)
        )
    _feed, token = open_feed(member)

    raw = client.get(reverse("calendar-feed", args=[token])).content

    assert sorted(values(raw, "TZID")) == [f":{zone}" for zone in sorted(ZONES)]
    assert raw.count(b"BEGIN:VEVENT") == 3


# --- Letters ---


@pytest.fixture
def called(review_body, secretary, member):
    meeting = PlannedMeetingFactory(body=review_body, venue="Town hall")
    call_meeting(meeting, by=secretary)
    meeting.refresh_from_db()
    return meeting


def sent():
    """The calendar of the newest letter, as its text form and as its file."""
    send_waiting_mail()
    letter = mail.outbox[-1]
    [form] = letter.alternatives
    [file] = letter.attachments
    assert file.filename == "invitation.ics"
    assert file.content == form.content.encode()
    return form.mimetype, form.content.encode()


def test_an_invitation_asks_its_recipient_alone(called, member, chair):
    kind, raw = sent()
    event = event_of(raw)

    assert kind == "text/calendar; method=REQUEST"
    assert values(raw, "METHOD") == [":REQUEST"]
    assert str(event["UID"]) == uid_of(called)
    assert event["SEQUENCE"] == 0
    assert str(event["ATTENDEE"]) == f"mailto:{member.email}"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert str(event["ORGANIZER"]).startswith("mailto:")
    parts = list(mail.outbox[-1].message().walk())
    assert [part.get_content_type() for part in parts] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/calendar",
        "application/ics",
    ]  # fmt: skip
    assert (parts[3].get_param("method"), parts[3].get_param("charset")) == ("REQUEST", "utf-8")


def test_updates_and_cancellations_keep_the_uid_and_raise_the_sequence(called, secretary, member):
    uids, sequences, kinds = set(), [], []
    later = called.starts_at + dt.timedelta(days=7)

    def take():
        kind, raw = sent()
        event = event_of(raw)
        uids.add(str(event["UID"]))
        sequences.append(int(event["SEQUENCE"]))
        kinds.append(f"{kind.rpartition('=')[2]} {event['STATUS']}")

    take()
    reply_to_meeting(called.participants.get(), reply="yes", by=member)  # no new number
    end = later + dt.timedelta(hours=2)
    move_meeting(called, by=secretary, reason="Floods.", starts_at=later, ends_at=end)
    take()
    postpone_meeting(called, by=secretary, reason="Again.")
    take()
    cancel_meeting(called, by=secretary, reason="No money.")
    take()

    assert len(uids) == 1
    assert sequences == [0, 1, 2, 3]
    assert kinds == [
        "REQUEST CONFIRMED", "REQUEST CONFIRMED", "CANCEL CANCELLED", "CANCEL CANCELLED"
    ]  # fmt: skip


def test_a_letter_that_waited_carries_the_calendar_as_it_is_now(called, secretary):
    """Nobody's calendar gets an old time after a new one."""
    later = called.starts_at + dt.timedelta(days=7)
    end = later + dt.timedelta(hours=2)
    move_meeting(called, by=secretary, reason="Floods.", starts_at=later, ends_at=end)
    send_waiting_mail()

    calendars = [event_of(letter.alternatives[0].content.encode()) for letter in mail.outbox]
    assert [event["SEQUENCE"] for event in calendars] == [1, 1]
    assert {event["DTSTART"].dt for event in calendars} == {later}


def withdrawn_from(recipient):
    """The calendar of the letter that takes the meeting back from the recipient."""
    mail.outbox.clear()
    send_waiting_mail()
    [letter] = [each for each in mail.outbox if each.subject.startswith("No longer for you")]
    assert letter.to == [recipient]
    raw = letter.alternatives[0].content.encode()
    assert values(raw, "METHOD") == [":CANCEL"]
    return raw, event_of(raw)


def test_guests_who_are_taken_off_lose_the_meeting_from_their_calendar(called, secretary):
    """R20; and it tells them no more than when it was to be."""
    Meeting.objects.filter(pk=called.pk).update(link="https://example.org/CANARY")
    guest = add_guests(
        called, by=secretary, post="Engineer", name="", organisation=None, headcount=1,
        email="engineer@example.org", group="",
    )  # fmt: skip
    call_meeting(called, by=secretary)
    send_waiting_mail()
    guest.refresh_from_db()

    remove_guests(guest, by=secretary)

    raw, event = withdrawn_from("engineer@example.org")
    assert (event["UID"], event["STATUS"]) == (uid_of(called), "CANCELLED")
    assert event["ATTENDEE"] == "mailto:engineer@example.org"
    assert b"CANARY" not in raw


def test_a_guest_who_was_never_asked_is_told_nothing(called, secretary):
    guest = add_guests(
        called, by=secretary, post="Engineer", name="", organisation=None, headcount=1,
        email="engineer@example.org", group="",
    )  # fmt: skip

    remove_guests(guest, by=secretary)

    assert not Mail.objects.filter(key__startswith="meeting-withdrawn").exists()


def test_who_held_a_seat_when_it_was_asked_loses_the_meeting_to_the_successor(
    called, secretary, member
):
    appointment = member.appointments.get()
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    type(appointment).objects.filter(pk=appointment.pk).update(ends_on=yesterday)
    successor = AppointmentFactory(seat=appointment.seat).holder
    send_waiting_mail()

    call_meeting(called, by=secretary)

    _raw, event = withdrawn_from(member.email)
    assert event["STATUS"] == "CANCELLED"
    assert successor.email in {letter.to[0] for letter in mail.outbox}


# --- Feeds ---


@pytest.fixture
def feed(review_body, member, client):
    """Fetches the member's feed of all bodies."""
    _row, token = open_feed(member)

    def fetch():
        return client.get(reverse("calendar-feed", args=[token]))

    return fetch


def test_a_cancelled_meeting_stays_in_the_feed(called, feed, secretary):
    assert event_of(feed().content)["STATUS"] == "CONFIRMED"

    cancel_meeting(called, by=secretary, reason="No money.")

    event = event_of(feed().content)
    assert (str(event["UID"]), event["STATUS"]) == (uid_of(called), "CANCELLED")
    assert "ATTENDEE" not in event


def test_a_feed_holds_no_restricted_item_and_no_hidden_content(review_body, feed, member):
    meeting = PlannedMeetingFactory(body=review_body, venue="Lodge", title="Quiet title")
    AgendaItemFactory(meeting=meeting, title="Work plan")
    AgendaItemFactory(meeting=meeting, title="Staff matter", is_restricted=True)
    text = feed().content.decode()
    assert "Work plan" in text
    assert "Staff matter" not in text

    # The right ends with the office, at the very next fetch (R26).
    Office.objects.filter(holder=member).update(ends_on=timezone.localdate() - dt.timedelta(days=1))

    text = feed().content.decode()
    assert [word for word in ("Lodge", "Quiet title", "Work plan") if word in text] == []
    assert "BEGIN:VEVENT" not in text


def test_a_body_s_feed_tells_an_outsider_only_when(review_body, client, outsider):
    PlannedMeetingFactory(body=review_body, venue="Lodge", link="https://meet.example.org/x")
    PlannedMeetingFactory(body=BodyFactory(mechanism=review_body.mechanism), venue="Other hall")
    _row, token = open_feed(outsider, body=review_body)

    text = client.get(reverse("calendar-feed", args=[token])).content.decode()

    assert text.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:REVIEW\\, meeting" in text
    assert [word for word in ("Lodge", "meet.example.org", "Other") if word in text] == []


def test_only_the_hash_is_kept_of_an_address(member):
    row, token = open_feed(member)

    row.refresh_from_db()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert [value for value in vars(row).values() if token in str(value)] == []


def test_a_revoked_feed_is_gone(member, feed):
    assert feed().status_code == 200
    row = CalendarFeed.objects.get()
    assert row.fetched_at is not None

    revoke_feed(row, by=member)

    assert feed().status_code == 404
    with pytest.raises(FeedRevoked):
        revoke_feed(row, by=member)


def test_the_feed_of_who_left_is_gone(member, feed):
    User.objects.filter(pk=member.pk).update(is_active=False)

    assert feed().status_code == 404


def test_an_address_is_shown_once(client, member, review_body):
    client.force_login(member)
    address = reverse("feed-list")
    page = client.post(address, {"body": review_body.pk}).content.decode()
    assert "/calendars/" in page
    assert ".ics" in page

    again = client.get(address).content.decode()
    assert ".ics" not in again
    client.post(reverse("feed-revoke", args=[CalendarFeed.objects.get().pk]))
    assert CalendarFeed.objects.get().revoked_at is not None


def test_bodies_stand_under_their_mechanisms_the_own_first(client, member, review_body):
    away = MechanismFactory(short_name="AAA", is_public=True)
    BodyFactory(mechanism=away, short_name="Core committee")
    client.force_login(member)

    choices = client.get(reverse("feed-list")).context["form"].fields["body"].choices
    headings = [heading for heading, bodies in choices if isinstance(bodies, list)]

    assert headings == [str(review_body.mechanism), str(away)]


def test_a_feed_takes_a_fixed_number_of_queries(
    feed, review_body, django_assert_num_queries, django_assert_max_num_queries
):
    PlannedMeetingFactory(body=review_body)
    feed()
    with django_assert_max_num_queries(14) as counted:
        feed()
    for _number in range(2):
        AgendaItemFactory(meeting=PlannedMeetingFactory(body=review_body))

    with django_assert_num_queries(len(counted)):
        feed()


def test_a_meeting_without_a_time_is_no_file(review_body, client):
    held = MeetingFactory(body=review_body)

    assert client.get(reverse("meeting-file", args=[held.pk])).status_code == 404
