"""Meetings: scheduled, moved, called off, recorded; what each reader sees of them."""

import datetime as dt
import zoneinfo

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from committees.models import Body, Meeting, Participant
from committees.services.calling import call_meeting, reply_to_meeting
from committees.services.meetings import (
    BodyMeetsNoMore,
    MeetingNotPlanned,
    PeopleAreInvited,
    Rhythm,
    days_of_series,
    edit_meeting,
    schedule_meeting,
    schedule_series,
)
from committees.services.past_meetings import (
    Headcount,
    NotPast,
    NumberTaken,
    UncountedHasNoNumber,
    next_number,
    record_past_meeting,
)
from committees.services.rescheduling import (
    MeetingCancelledAlready,
    PostponedAlready,
    SameTime,
    cancel_meeting,
    move_meeting,
    postpone_meeting,
)
from coordination.models import Event
from coordination.services.mail import send_waiting_mail
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    MeetingFactory,
    ParticipantFactory,
    PlannedMeetingFactory,
)

NAIROBI = zoneinfo.ZoneInfo("Africa/Nairobi")


def content(**changes):
    day = timezone.localdate() + dt.timedelta(days=14)
    starts_at = dt.datetime.combine(day, dt.time(10), tzinfo=NAIROBI)
    return {
        "kind": "ordinary", "mode": "hybrid", "title": "", "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(hours=2), "time_zone": "", "venue": "Town hall",
        "link": "", "chaired_by": "", "facilitator": "", "access": "body", "note": "",
        "joint_with": [], **changes,
    }  # fmt: skip


def past(**changes):
    return {
        "kind": "ordinary", "mode": "", "title": "", "number": 1, "held_on": dt.date(2020, 2, 1),
        "is_day_known": False, "venue": "", "chaired_by": "", "access": "body", "note": "Pictured.",
        "missing_note": "", "gap_reason": "", "is_quorate": None, "quorum_note": "",
        "joint_with": [], **changes,
    }  # fmt: skip


# --- Scheduling ---


def test_the_same_form_twice_is_one_meeting(review_body, secretary):
    first = schedule_meeting(review_body, by=secretary, **content())
    second = schedule_meeting(review_body, by=secretary, **content())

    assert first == second
    assert first.when.endswith("10:00–12:00 EAT")
    assert [event.verb for event in Event.objects.about(first)] == ["committees.meeting_scheduled"]


def test_a_suspended_body_meets_informally_alone(review_body, secretary):
    review_body.state, review_body.state_reason = Body.State.SUSPENDED, "Lock-down."
    review_body.save()

    with pytest.raises(BodyMeetsNoMore):
        schedule_meeting(review_body, by=secretary, **content())

    assert schedule_meeting(review_body, by=secretary, **content(kind="informal"))


def test_the_form_of_a_suspended_body_says_so_beforehand(client, review_body, secretary):
    client.force_login(secretary)
    url = reverse("meeting-create", args=[review_body.mechanism.slug, review_body.slug])
    said = "only an informal meeting can be scheduled"
    assert said not in client.get(url).content.decode()

    Body.objects.filter(pk=review_body.pk).update(
        state=Body.State.SUSPENDED, state_reason="The roads are closed."
    )
    assert said in client.get(url).content.decode()


def test_the_days_of_a_series_keep_to_the_month():
    monthly = days_of_series(dt.date(2021, 1, 31), Rhythm(1, "month"), 4)
    weekly = days_of_series(dt.date(2021, 1, 4), Rhythm(2, "week"), 3)

    assert monthly == [
        dt.date(2021, 1, 31), dt.date(2021, 2, 28), dt.date(2021, 3, 31), dt.date(2021, 4, 30)
    ]  # fmt: skip
    assert weekly == [dt.date(2021, 1, 4), dt.date(2021, 1, 18), dt.date(2021, 2, 1)]


def test_a_series_is_a_meeting_a_day_at_the_same_local_time(review_body, secretary):
    days = days_of_series(timezone.localdate() + dt.timedelta(days=9), Rhythm(1, "month"), 3)
    rhythm = Rhythm(1, "month")
    made = schedule_series(review_body, by=secretary, rhythm=rhythm, days=days, **content())
    again = schedule_series(review_body, by=secretary, rhythm=rhythm, days=days, **content())

    assert [meeting.day for meeting in made] == days
    assert {meeting.starts_at.astimezone(NAIROBI).time() for meeting in made} == {dt.time(10)}
    assert [meeting.pk for meeting in again] == [meeting.pk for meeting in made]
    assert len({meeting.uid for meeting in made}) == 3


def test_a_joint_meeting_is_one_record_counted_at_each_body(review_body, secretary, mechanism):
    other = BodyFactory(mechanism=mechanism, slug="other")
    meeting = record_past_meeting(review_body, by=secretary, **past(joint_with=[other]))

    assert list(Meeting.objects.of(other).counted()) == [meeting]
    assert list(Meeting.objects.of(review_body).counted()) == [meeting]


# --- Moving ---


@pytest.fixture
def called(review_body, secretary, member, chair):
    meeting = schedule_meeting(review_body, by=secretary, **content())
    call_meeting(meeting, by=secretary)
    meeting.refresh_from_db()
    return meeting


def test_moving_keeps_the_old_date_and_asks_again(called, secretary, member):
    row = called.participants.get(seat__appointments__holder=member)
    reply_to_meeting(row, reply="yes", by=member)
    old, was = called.starts_at, called.when
    new = old + dt.timedelta(days=7)
    send_waiting_mail()
    mail.outbox.clear()

    end = new + dt.timedelta(hours=2)
    deed = {"by": secretary, "reason": "Floods.", "starts_at": new, "ends_at": end}
    move_meeting(called, seen_version=called.version, **deed)
    moved = move_meeting(called, seen_version=called.version, **deed)  # a double click

    row.refresh_from_db()
    assert (moved.starts_at, moved.state, moved.sequence) == (new, "called", 1)
    assert [row.starts_at for row in moved.reschedulings.all()] == [old]
    assert row.reply == Participant.Reply.NONE
    send_waiting_mail()
    assert len(mail.outbox) == 2
    said = f"have changed.\nIt was to be on {was}.\nReason: Floods.\n"
    assert [letter.body.count(said) for letter in mail.outbox] == [1, 1]
    assert Event.objects.about(moved).first().verb == "committees.meeting_moved"


def test_a_meeting_is_put_off_until_a_day_is_found(called, secretary):
    put_off = postpone_meeting(called, by=secretary, reason="Lock-down.")
    assert (put_off.state, put_off.state_reason) == ("postponed", "Lock-down.")
    assert postpone_meeting(called, by=secretary, reason="Lock-down.").version == put_off.version
    with pytest.raises(PostponedAlready):
        postpone_meeting(called, by=secretary, reason="Floods.")
    assert Event.objects.about(put_off).first().verb == "committees.meeting_postponed"

    new = put_off.starts_at + dt.timedelta(days=60)
    end = new + dt.timedelta(hours=1)
    deed = {"by": secretary, "reason": "Over.", "starts_at": new, "ends_at": end}
    move_meeting(put_off, seen_version=put_off.version, **deed)
    found = move_meeting(put_off, seen_version=put_off.version, **deed)  # a double click

    assert (found.state, found.state_reason, found.sequence) == ("called", "", 2)
    assert found.reschedulings.count() == 1
    with pytest.raises(SameTime):
        move_meeting(found, **deed | {"reason": "The roads are open."})


def test_what_was_moved_and_then_cancelled_is_not_moved_again(called, secretary):
    new = called.starts_at + dt.timedelta(days=7)
    end = new + dt.timedelta(hours=1)
    deed = {"by": secretary, "reason": "Floods.", "starts_at": new, "ends_at": end}
    cancel_meeting(move_meeting(called, **deed), by=secretary, reason="No money.")

    with pytest.raises(MeetingNotPlanned):
        move_meeting(called, **deed)


def test_a_cancelled_meeting_says_why_and_stays_cancelled(called, secretary):
    cancel_meeting(called, by=secretary, reason="No money.")
    cancel_meeting(called, by=secretary, reason="No money.")

    called.refresh_from_db()
    assert (called.state, called.sequence) == ("cancelled", 1)
    with pytest.raises(MeetingCancelledAlready):
        cancel_meeting(called, by=secretary, reason="Another.")
    with pytest.raises(MeetingNotPlanned):
        postpone_meeting(called, by=secretary, reason="Too late.")


def test_the_second_editor_is_told_and_times_of_the_invited_are_moved(called, secretary):
    seen = called.version
    same_time = {"starts_at": called.starts_at, "ends_at": called.ends_at}
    edit_meeting(called, by=secretary, seen_version=seen, **content(venue="Hall B", **same_time))
    called.refresh_from_db()
    assert called.sequence == 1

    with pytest.raises(EditedMeanwhile):
        edit_meeting(called, by=secretary, seen_version=seen, **content(**same_time))
    later = content(**same_time | {"ends_at": called.ends_at + dt.timedelta(hours=1)})
    with pytest.raises(PeopleAreInvited):
        edit_meeting(called, by=secretary, seen_version=called.version, **later)


def test_a_note_moves_nothing_in_the_calendar(called, secretary):
    times = {"starts_at": called.starts_at, "ends_at": called.ends_at}
    words = content(note="Bring the plans.", **times)
    edit_meeting(called, by=secretary, seen_version=called.version, **words)

    called.refresh_from_db()
    assert called.sequence == 0


def test_a_meeting_does_not_move_to_where_it_is(review_body, secretary):
    meeting = PlannedMeetingFactory(body=review_body)
    times = {"starts_at": meeting.starts_at, "ends_at": meeting.ends_at}

    with pytest.raises(SameTime):
        move_meeting(meeting, by=secretary, reason="None.", **times)


@pytest.mark.parametrize("days", [-3, 7])
def test_a_meeting_is_moved_on_its_page_later_or_earlier(client, called, secretary, days):
    client.force_login(secretary)
    day = called.day + dt.timedelta(days=days)

    typed = {"reason": "Floods.", "day": day.isoformat(), "begins": "09:00", "ends": "11:00"}
    address = reverse("meeting-move", args=[called.pk])
    page = client.post(address, typed | {"seen_version": called.version}, follow=True)

    called.refresh_from_db()
    assert (called.day, called.state) == (day, "called")
    assert [str(said) for said in page.context["messages"]] == [
        f"Moved: it is now on {called.when}."
    ]


def test_a_meeting_is_postponed_on_the_same_page_without_a_day(client, called, secretary):
    client.force_login(secretary)
    address = reverse("meeting-move", args=[called.pk])
    typed = {"reason": "Floods.", "day": "", "seen_version": called.version}

    pages = [client.post(address, typed, follow=True) for _click in range(2)]

    called.refresh_from_db()
    assert called.state == "postponed"
    assert [[str(said) for said in page.context["messages"]] for page in pages] == [
        ["Postponed until a day is found."]
    ] * 2
    assert client.get(address).context["form"].fields["day"].help_text == ""


# --- Recording ---


def test_a_past_meeting_is_recorded_with_counts(review_body, body_secretary, organisations):
    counts = [Headcount(organisations.kcdms, "partner", 4), Headcount(None, "government", 2)]
    first = record_past_meeting(review_body, by=body_secretary, counts=counts, **past())
    again = record_past_meeting(review_body, by=body_secretary, counts=counts, **past())

    assert first == again
    assert [row.headcount for row in first.participants.order_by("pk")] == [4, 2]
    assert first.when == "Feb 2020"
    assert next_number(review_body) == 2


def test_a_past_meeting_moves_a_body_that_waited_for_its_first(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="scc", state="configured")
    record_past_meeting(body, by=secretary, **past(kind="informal", number=None))
    body.refresh_from_db()
    assert body.state == "configured"

    record_past_meeting(body, by=secretary, **past())

    body.refresh_from_db()
    assert body.state == "meeting"


def test_what_cannot_be_recorded(review_body, secretary):
    MeetingFactory(body=review_body, number=1, held_on=dt.date(2019, 1, 1))
    tomorrow = timezone.localdate() + dt.timedelta(days=2)

    with pytest.raises(NumberTaken):
        record_past_meeting(review_body, by=secretary, **past())
    with pytest.raises(NotPast):
        record_past_meeting(review_body, by=secretary, **past(number=2, held_on=tomorrow))
    with pytest.raises(UncountedHasNoNumber):
        record_past_meeting(review_body, by=secretary, **past(number=2, kind="informal"))


# --- Pages ---


@pytest.fixture
def restricted(review_body, organisations):
    """A meeting whose words, place, guests and items are for the body."""
    meeting = PlannedMeetingFactory(
        body=review_body, title="The quiet title", venue="Secret lodge",
        link="https://meet.example.org/hidden", note="A hidden note",
    )  # fmt: skip
    AgendaItemFactory(meeting=meeting, title="Ordinary matter")
    AgendaItemFactory(meeting=meeting, title="Staff matter", is_restricted=True)
    ParticipantFactory(
        meeting=meeting, organisation=organisations.kcdms, post="Guest post", name="A guest"
    )
    return meeting


HIDDEN = (
    "The quiet title", "Secret lodge", "meet.example.org", "A hidden note", "Ordinary matter",
    "Staff matter", "Guest post", "A guest",
)  # fmt: skip


@pytest.mark.parametrize("role", ["public", "outsider", "partner_officer", "administrator"])
def test_who_may_not_read_learns_no_more_than_when(role, restricted, client, request):
    if role != "public":
        client.force_login(request.getfixturevalue(role))
    addresses = [
        reverse("meeting-detail", args=[restricted.pk]),
        reverse("meeting-list", args=["sek"]),
        reverse("body-meetings", args=["sek", "review"]),
        reverse("meeting-file", args=[restricted.pk]),
    ]
    for address in addresses:
        page = client.get(address).content.decode()
        assert "review" in page.lower()
        assert [word for word in HIDDEN if word in page] == []


def test_who_takes_part_reads_what_is_shared_and_not_what_is_restricted(
    restricted, client, partner_officer
):
    Meeting.objects.filter(pk=restricted.pk).update(access="members")
    client.force_login(partner_officer)

    page = client.get(reverse("meeting-detail", args=[restricted.pk])).content.decode()

    assert [word for word in HIDDEN if word not in page] == ["Staff matter"]


def test_the_public_reads_a_public_meeting_without_its_people(restricted, client):
    Meeting.objects.filter(pk=restricted.pk).update(access="public")

    page = client.get(reverse("meeting-detail", args=[restricted.pk])).content.decode()

    missing = [word for word in HIDDEN if word not in page]
    assert missing == ["Staff matter", "Guest post", "A guest"]


def test_the_body_reads_everything(restricted, client, member):
    client.force_login(member)

    page = client.get(reverse("meeting-detail", args=[restricted.pk])).content.decode()

    assert [word for word in HIDDEN if word not in page] == []


def test_scheduling_by_the_form_leads_to_the_agenda(review_body, client, body_secretary):
    client.force_login(body_secretary)
    day = timezone.localdate() + dt.timedelta(days=20)
    typed = {
        "kind": "ordinary", "mode": "virtual", "day": day.isoformat(), "begins": "22:00",
        "ends": "01:00", "time_zone": "Asia/Karachi", "access": "body", "seen_version": "0",
    }  # fmt: skip

    answer = client.post(reverse("meeting-create", args=["sek", "review"]), typed)

    meeting = Meeting.objects.get()
    assert answer["Location"] == reverse("meeting-agenda", args=[meeting.pk])
    assert meeting.when.endswith("01:00 PKT")
    assert meeting.ends_at - meeting.starts_at == dt.timedelta(hours=3)


def test_a_series_is_shown_before_it_is_saved(review_body, client, chair):
    client.force_login(chair)
    address = reverse("series-create", args=["sek", "review"])
    day = timezone.localdate() + dt.timedelta(days=20)
    typed = {
        "kind": "ordinary", "day": day.isoformat(), "begins": "10:00", "ends": "12:00",
        "every": "1", "unit": "week", "count": "3", "access": "body", "seen_version": "0",
    }  # fmt: skip
    page = client.post(address, typed)
    assert page.content.decode().count("checked") == 3
    assert not Meeting.objects.exists()

    days = [(day + dt.timedelta(weeks=number)).isoformat() for number in (0, 2)]
    client.post(address, {**typed, "days": days, "save": "1"})

    assert Meeting.objects.count() == 2


def test_a_past_meeting_is_typed_in_with_few_fields(review_body, client, body_secretary):
    client.force_login(body_secretary)
    typed = {
        "held_on": "2020-02-17", "kind": "ordinary", "number": "1", "access": "body",
        "counts-TOTAL_FORMS": "1", "counts-INITIAL_FORMS": "0", "counts-0-group": "government",
        "counts-0-headcount": "3", "note": "At Turbat.",
    }  # fmt: skip

    client.post(reverse("meeting-record", args=["sek", "review"]), typed)

    meeting = Meeting.objects.get()
    assert (meeting.held_on, meeting.is_day_known) == (dt.date(2020, 2, 1), False)
    assert meeting.participants.get().headcount == 3


def test_the_number_that_the_form_offers_is_left_out_for_an_informal_meeting(
    review_body, client, body_secretary
):
    client.force_login(body_secretary)
    address = reverse("meeting-record", args=["sek", "review"])
    typed = {
        "held_on": "2020-02-17", "is_day_known": "on", "kind": "informal", "number": "1",
        "access": "body", "counts-TOTAL_FORMS": "0", "counts-INITIAL_FORMS": "0",
    }  # fmt: skip

    refused = client.post(address, {**typed, "number": "7"}).content.decode()
    client.post(address, typed)

    assert "it has no number" in refused
    assert Meeting.objects.get().number is None


@pytest.mark.parametrize("name", ["meeting-list", "body-meetings"])
def test_a_list_asks_as_often_for_three_as_for_one(
    name, review_body, client, body_secretary, django_assert_num_queries
):
    client.force_login(body_secretary)
    address = reverse(name, args=["sek"] if name == "meeting-list" else ["sek", "review"])
    PlannedMeetingFactory(body=review_body)
    MeetingFactory(body=review_body)
    client.get(address)
    with CaptureQueriesContext(connection) as counted:
        client.get(address)
    for number in range(2):
        PlannedMeetingFactory(body=review_body)
        MeetingFactory(body=review_body, number=number + 5)

    with django_assert_num_queries(len(counted)):
        client.get(address)
