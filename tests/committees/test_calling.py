"""Invitations: letters, answers in two taps, reminders, and who came."""

import datetime as dt
import re
import threading

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from committees.forms.attendance import ReplyForm
from committees.models import Appointment, Participant, Seat
from committees.services.attendance import Noted, add_guests, lines_of, note_attendance
from committees.services.calling import (
    NobodyToInvite,
    ReplyCalledOff,
    ReplyTooLate,
    call_meeting,
    reply_to_meeting,
    sms_of,
    token_of,
)
from committees.services.desk import committee_lists
from committees.services.meeting_reminders import remind_of_meetings
from committees.services.rescheduling import cancel_meeting
from committees.services.turnout import headcount_of, missing_at, turnout_of
from coordination.models import Mail, SectorLead, hash_token
from coordination.services.mail import SECRET_MARK, send_waiting_mail
from tests.factories.committees import (
    AgendaItemFactory,
    AppointmentFactory,
    BodyFactory,
    MeetingFactory,
    ParticipantFactory,
    PlannedMeetingFactory,
    SeatFactory,
)
from tests.factories.coordination import SectorFactory

LINK = re.compile(r"/reply/([0-9a-f]{64})/")


@pytest.fixture
def meeting(review_body):
    return PlannedMeetingFactory(body=review_body, venue="Town hall")


def guests(**changes):
    return {
        "organisation": None, "post": "Engineer", "name": "", "email": "", "group": "",
        "expertise": "", "headcount": 1, **changes,
    }  # fmt: skip


# --- Calling ---


def test_everyone_is_asked_by_a_letter_of_one_s_own(meeting, secretary, member, chair, review_body):
    SeatFactory(body=review_body, title="Director", contact="director@example.org")
    SeatFactory(body=review_body, title="Vacant")
    add_guests(meeting, by=secretary, **guests(email="engineer@example.org"))
    AgendaItemFactory(meeting=meeting, title="Work plan")
    AgendaItemFactory(meeting=meeting, title="Staff matter", is_restricted=True)

    calling = call_meeting(meeting, by=secretary)
    send_waiting_mail()

    assert (calling.asked, calling.without_address) == (5, ("Vacant",))
    told = {letter.to[0]: letter for letter in mail.outbox}
    assert set(told) == {
        member.email, chair.email, "director@example.org", "engineer@example.org"
    }  # fmt: skip
    assert len({LINK.search(letter.body)[1] for letter in mail.outbox}) == 4
    for letter in mail.outbox:
        assert "1. Work plan" in letter.body
        assert "Staff matter" not in str(letter.message())
        assert "Staff matter" not in letter.alternatives[0].content
    meeting.refresh_from_db()
    assert (meeting.state, meeting.sequence) == ("called", 0)


def test_the_secret_stands_in_no_row(meeting, secretary, member):
    call_meeting(meeting, by=secretary)

    row = meeting.participants.get()
    stored = Mail.objects.get()
    assert SECRET_MARK in stored.body
    assert token_of(row) not in stored.body
    assert row.token_hash == hash_token(token_of(row))


def test_whom_no_letter_reaches_is_told_apart(meeting, secretary, review_body, client):
    """A post without an address is told by phone; of a vacant seat nobody is."""
    post = SeatFactory(body=review_body, title="Director, roads")
    AppointmentFactory(seat=post, holder=None, office=None, post="Director")
    SeatFactory(body=review_body, title="Water users")
    call_meeting(meeting, by=secretary)
    client.force_login(secretary)

    page = client.get(reverse("meeting-people", args=[meeting.pk])).content.decode()

    assert page.count("No address is known; tell them by phone: Director, roads.") == 1
    assert page.count("Vacant, so nobody is asked: Water users.") == 1
    assert page.count("No answer") == 1


def test_the_letter_to_a_joint_meeting_names_every_body(meeting, secretary, member):
    group = BodyFactory(mechanism=meeting.body.mechanism, name="Group on roads")
    meeting.joint_with.add(group)

    call_meeting(meeting, by=secretary)
    send_waiting_mail()

    [letter] = [letter for letter in mail.outbox if letter.to == [member.email]]
    assert letter.body.splitlines().count("Jointly with: Group on roads") == 1


def test_called_again_it_asks_only_who_is_new(meeting, secretary, member):
    call_meeting(meeting, by=secretary)
    with pytest.raises(NobodyToInvite):
        call_meeting(meeting, by=secretary)

    add_guests(meeting, by=secretary, **guests(email="engineer@example.org"))
    assert call_meeting(meeting, by=secretary).asked == 1
    assert Mail.objects.count() == 2


# --- Answering ---


@pytest.fixture
def asked(meeting, secretary, member):
    call_meeting(meeting, by=secretary)
    return meeting.participants.get()


def test_a_meeting_that_has_begun_offers_no_invitations(client, meeting, secretary, member):
    client.force_login(secretary)
    page, call = (reverse(name, args=[meeting.pk]) for name in ("meeting-people", "meeting-call"))
    before = client.get(page).content.decode()
    meeting.state = meeting.State.IN_SESSION
    meeting.save(update_fields=["state"])

    begun = client.get(page).content.decode()

    assert (f'action="{call}"' in before, f'action="{call}"' in begun) == (True, False)


def test_two_taps_answer_without_signing_in(asked, member):
    send_waiting_mail()
    address = f"/reply/{LINK.search(mail.outbox[0].body)[1]}/"
    phone = Client(enforce_csrf_checks=True)
    page = phone.get(address)
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]

    answer = phone.post(address, {"reply": "yes", "csrfmiddlewaretoken": csrf})

    assert answer.status_code == 302
    asked.refresh_from_db()
    assert asked.reply == "yes"
    assert "Will come" in phone.get(address).content.decode()
    assert "no-store" in page["Cache-Control"]


def test_an_unknown_link_says_so_and_nothing_else(asked, client):
    answer = client.get(reverse("reply-by-link", args=["f" * 64]))

    assert answer.status_code == 404
    assert "This link is not known." in answer.content.decode()
    assert "REVIEW" not in answer.content.decode()


def test_a_link_takes_no_answer_once_the_meeting_is_over_or_off(asked, client, secretary):
    address = reverse("reply-by-link", args=[token_of(asked)])
    cancel_meeting(asked.meeting, by=secretary, reason="No money.")
    assert "This meeting does not take place" in client.get(address).content.decode()

    asked.refresh_from_db()
    with pytest.raises(ReplyCalledOff):
        reply_to_meeting(asked, reply="yes", by=None)
    past = ParticipantFactory(meeting=MeetingFactory(body=asked.meeting.body))
    with pytest.raises(ReplyTooLate):
        reply_to_meeting(past, reply="yes", by=None)


def test_the_link_of_a_former_holder_opens_nothing(asked, client):
    """R26: the right to answer for a seat ends with its holder's term."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Appointment.objects.filter(pk=asked.appointment_id).update(ends_on=yesterday)

    page = client.get(reverse("reply-by-link", args=[token_of(asked)])).content.decode()

    assert "earlier holder" in page
    assert "Town hall" not in page


def test_the_holder_answers_signed_in(asked, client, member):
    client.force_login(member)
    address = reverse("meeting-reply", args=[asked.meeting_id, asked.pk])
    client.post(address, {"reply": "no", "note": "My deputy comes."})

    asked.refresh_from_db()
    assert (asked.reply, asked.reply_note) == ("no", "My deputy comes.")
    assert client.get(asked.meeting.get_absolute_url()).status_code == 200


def test_a_note_that_is_too_long_is_still_there_when_it_is_refused(asked, client, member):
    """R28; on the page on which it was typed."""
    client.force_login(member)
    address = reverse("meeting-reply", args=[asked.meeting_id, asked.pk])
    note = "My deputy comes. " * 20

    page = client.post(address, {"note": note[:100]})
    assert page.context["own"][0][1].errors == {"reply": ["Choose one of the three answers."]}
    page = client.post(address, {"reply": "no", "note": note})

    [(row, form)] = page.context["own"]
    assert (row, form["note"].value()) == (asked, note)
    assert form.errors == {"note": ["Ensure this value has at most 200 characters (it has 339)."]}
    assert page.templates[0].name == "committees/meeting_detail.html"
    asked.refresh_from_db()
    assert asked.reply == Participant.Reply.NONE


def test_whoever_holds_two_seats_answers_for_each_in_a_form_of_its_own(asked):
    forms = [ReplyForm(row=row) for row in (asked, Participant(pk=asked.pk + 1))]

    ids = [form["note"].id_for_label for form in forms]

    assert ids == [f"id_{asked.pk}_note", f"id_{asked.pk + 1}_note"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other")
@pytest.mark.django_db(transaction=True)
def test_a_hundred_answers_at_once_and_none_is_lost(meeting, figure):
    rows = [ParticipantFactory(meeting=meeting) for _number in range(100)]
    for row in rows:
        Participant.objects.filter(pk=row.pk).update(token_hash=hash_token(token_of(row)))
    tokens = [token_of(row) for row in rows]
    codes: list[int] = []
    start = threading.Barrier(20)

    def answer(mine: list[str]) -> None:
        start.wait()
        for token in mine:
            response = Client().post(reverse("reply-by-link", args=[token]), {"reply": "yes"})
            codes.append(response.status_code)
        connections.close_all()

    threads = [threading.Thread(target=answer, args=[tokens[n::20]]) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [302] * 100
    assert meeting.participants.filter(reply="yes").count() == 100
    figure("100 replies", "100 of 100 by 20 at once are kept")


# --- Reminders and text messages ---


def test_each_is_reminded_once_a_week_and_a_day_before(asked, member):
    starts_at = asked.meeting.starts_at
    Mail.objects.all().delete()

    def remind(**before):
        remind_of_meetings(at=starts_at - dt.timedelta(**before))
        return Mail.objects.count()

    assert remind(days=8) == 0
    assert remind(days=3) == 1  # the scheduler slept over the seventh day
    assert remind(days=3) == 1
    assert remind(hours=20) == 2
    assert remind(hours=19) == 2
    assert remind(hours=-1) == 2


def test_who_declined_is_not_reminded(asked, member):
    reply_to_meeting(asked, reply="no", by=member)
    Mail.objects.all().delete()

    remind_of_meetings(at=asked.meeting.starts_at - dt.timedelta(hours=20))

    assert not Mail.objects.exists()


@pytest.mark.parametrize("venue", ["", "Town hall", "A very long venue " * 10])
def test_the_text_message_is_short_enough(meeting, venue):
    meeting.venue = venue

    text = sms_of(meeting, "https://portal.example.org/meetings/12345/")

    assert len(text) <= 160
    assert text.endswith("https://portal.example.org/meetings/12345/")
    assert text.isascii()


# --- Who came ---


@pytest.fixture
def held(review_body):
    return MeetingFactory(body=review_body, kind="workshop")


def test_missing_is_who_matters(held, secretary, review_body, organisations):
    """S33: of 23 people none was of Makueni's government."""
    must = SeatFactory(body=review_body, title="Director", is_mandatory=True, group="donor")
    came = SeatFactory(body=review_body, title="Engineer", organisation=organisations.kitui)
    note_attendance(held, {f"seat-{came.pk}": (Noted(), Noted("present"))}, by=secretary)
    add_guests(held, by=secretary, attendance="present", **guests(headcount=22))

    lines = lines_of(held)
    missing = missing_at(held, lines)

    assert headcount_of(lines) == 23
    assert missing.seats == (must.title,)
    assert missing.groups == ("Donors",)
    assert missing.governments == (organisations.makueni.name,)


def test_nobody_is_missing_while_nothing_is_noted(held, review_body):
    SeatFactory(body=review_body, is_mandatory=True)

    assert not missing_at(held, lines_of(held))


def test_where_people_were_only_counted_no_seat_is_called_missing(
    held, secretary, review_body, organisations
):
    SeatFactory(body=review_body, title="Director", is_mandatory=True)
    add_guests(held, by=secretary, attendance="present", **guests(headcount=4, group="partner"))
    missing = missing_at(held, lines_of(held))
    assert missing.seats == ()
    assert len(missing.governments) == 2

    # Officials without their government's name could be of any.
    officials = guests(post="Officials", headcount=2, group="government")
    add_guests(held, by=secretary, attendance="present", **officials)

    assert not missing_at(held, lines_of(held))


def test_turnout_is_told_by_organisation_and_group(review_body, secretary, organisations):
    for day, here in ((1, 4), (2, 0)):
        meeting = MeetingFactory(body=review_body, held_on=dt.date(2021, day, 1))
        ParticipantFactory(
            meeting=meeting, organisation=organisations.kcdms, group="partner",
            headcount=here or 1, attendance="present" if here else "absent",
        )  # fmt: skip

    table = turnout_of(review_body)

    assert table.totals == (4, 0)
    [row] = table.organisations
    assert (row.label, row.counts, row.came, row.asked) == ("KCDMS", (4, 0), 1, 2)
    assert [row.label for row in table.groups] == ["Implementing partners"]


def test_turnout_is_told_by_sector_of_the_seat_or_the_department(review_body, organisations, kitui):
    health, water = SectorFactory(name="Health"), SectorFactory(name="Water")
    SectorLead.objects.create(sector=water, place=kitui, department=organisations.kitui)
    meeting = MeetingFactory(body=review_body, held_on=dt.date(2021, 1, 1))
    seat = SeatFactory(body=review_body, sector=health)
    meeting.participants.create(seat=seat, attendance="absent")
    for organisation in (organisations.kitui, organisations.kcdms):
        ParticipantFactory(
            meeting=meeting, organisation=organisation, headcount=2, attendance="present"
        )

    table = turnout_of(review_body)

    assert [(row.label, row.counts, row.came, row.asked) for row in table.sectors] == [
        (str(health), (0,), 0, 1),
        ("No sector named", (2,), 1, 1),
        (str(water), (2,), 1, 1),
    ]


def test_the_sheet_is_typed_in_line_by_line(held, client, body_secretary):
    seat = Seat.objects.get()
    client.force_login(body_secretary)
    address = reverse("meeting-attendance", args=[held.pk])
    typed = {
        f"seat-{seat.pk}-attendance": "present", f"seat-{seat.pk}-via": "in_person",
        f"initial-seat-{seat.pk}-attendance": "unknown", f"initial-seat-{seat.pk}-via": "",
    }  # fmt: skip
    client.post(address, typed)
    assert held.participants.get().attendance == "present"

    # Who opened the page before that is told, and then decides.
    page = client.post(address, {**typed, f"seat-{seat.pk}-attendance": "absent"})
    assert "Someone else has changed this" in page.content.decode()
    assert held.participants.get().attendance == "present"


def test_guests_added_twice_are_one_line(meeting, secretary):
    add_guests(meeting, by=secretary, **guests())
    add_guests(meeting, by=secretary, **guests())

    assert meeting.participants.count() == 1


def test_the_people_page_asks_as_often_for_three_as_for_one(
    meeting, client, body_secretary, django_assert_max_num_queries
):
    client.force_login(body_secretary)
    address = reverse("meeting-people", args=[meeting.pk])
    for _number in range(3):
        client.get(address)
        with django_assert_max_num_queries(40):
            assert client.get(address).status_code == 200
        SeatFactory(body=meeting.body)
        ParticipantFactory(meeting=meeting)


def test_the_desk_lists_what_to_answer_to_call_and_to_attend(asked, member, secretary, review_body):
    near = PlannedMeetingFactory(body=review_body)
    at = timezone.now()

    def keys(user):
        return {found.key: len(found.rows) for found in committee_lists(user, at=at)}

    assert keys(member) == {"meetings-to-answer": 1, "meetings-to-come": 2}
    assert keys(secretary)["meetings-to-call"] == 1

    reply_to_meeting(asked, reply="yes", by=member)
    call_meeting(near, by=secretary)

    assert keys(member) == {"meetings-to-answer": 1, "meetings-to-come": 2}
    assert "meetings-to-call" not in keys(secretary)
