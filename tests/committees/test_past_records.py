"""Past meetings typed in from paper: people, items, decisions with their numbers, the paper."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from committees.models import Access, Decision, Meeting, Minutes, Participant
from committees.permissions import can_open_signed_minutes
from committees.services.agenda import AgendaClosed, add_item
from committees.services.attendance import Noted, lines_of
from committees.services.decisions import MeetingTakesNoDecisions, PaperNumberTaken, take_decision
from committees.services.minutes_contents import minutes_contents
from committees.services.minutes_guards import MinutesConfirmed
from committees.services.past_meetings import record_past_meeting
from committees.services.past_records import (
    ConfirmedBeforeHeld,
    DecisionIsNumberedHere,
    HeldHere,
    PaperItem,
    SignedPaperMissing,
    confirm_as_signed,
    correct_paper_decision,
    type_in_record,
)
from committees.services.quorum import quorum_of
from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.files import VettedFile
from coordination.services.refusals import DayToCome
from tests.factories.committees import AppointmentFactory, PlannedMeetingFactory, SeatFactory

from .test_meetings import past

HELD = dt.date(2018, 3, 1)
CONFIRMED = dt.date(2018, 9, 5)
SCAN = VettedFile("signed.pdf", "application/pdf", b"%PDF-1.4 signed by all")
ITEMS = (
    PaperItem("Opening", "The chair opened."),
    PaperItem("Plan", "The plan was read.", "Adopt the plan.", "approve", "4/2018"),
    PaperItem("", "Then money.", "Ask for money.", "direct", "5/2018"),
)


@pytest.fixture
def held(review_body, body_secretary):
    """A meeting of 2018 that the secretary recorded afterwards."""
    return record_past_meeting(review_body, by=body_secretary, **past(number=1, held_on=HELD))


@pytest.fixture
def typed(held, body_secretary):
    return type_in(held, body_secretary)


def type_in(meeting, by, items=ITEMS, **given):
    return type_in_record(meeting, by=by, **{"notes": {}, "items": items, "file": SCAN, **given})


def sign(minutes, by, **given):
    signed = {"confirmed_on": CONFIRMED, "chair_post": "Chair", "secretary_post": "Secretary"}
    return confirm_as_signed(minutes, by=by, **signed | given)


def test_the_record_stands_with_items_and_decisions(held, typed):
    items = list(held.items.in_order())
    assert [(item.title, item.outcome) for item in items] == [
        ("Opening", "noted"), ("Plan", "decided"),
    ]  # fmt: skip
    assert items[1].minutes_text == "The plan was read.\n\nThen money."
    decisions = held.decisions.order_by("number")
    assert [(str(each), each.paper_number) for each in decisions] == [
        ("REVIEW 2018/P1", "4/2018"), ("REVIEW 2018/P2", "5/2018"),
    ]  # fmt: skip
    assert typed.signed_file.name == "signed.pdf"


def test_it_says_who_typed_it_in_and_when(client, held, typed, body_secretary, member):
    held.refresh_from_db()
    assert (held.entered_by, held.entered_at is not None) == (body_secretary, True)
    assert minutes_contents(typed)["entered_on"] != ""
    client.force_login(member)
    page = client.get(held.get_absolute_url()).content.decode()
    assert "Entered afterwards" in page
    assert str(body_secretary) in page


def test_who_typed_it_in_is_not_for_the_public(client, held, typed, body_secretary):
    Meeting.objects.filter(pk=held.pk).update(access=Access.PUBLIC)
    page = client.get(held.get_absolute_url()).content.decode()
    assert "Entered afterwards" in page
    assert str(body_secretary) not in page


def test_typed_twice_it_is_one_deed_and_more_is_added(held, typed, body_secretary):
    type_in(held, body_secretary)
    assert (held.items.count(), held.decisions.count()) == (2, 2)

    type_in(held, body_secretary, [PaperItem("Closing", "The chair closed.")], file=None)
    titles = list(held.items.in_order().values_list("title", flat=True))
    assert titles == ["Opening", "Plan", "Closing"]
    assert Event.objects.filter(verb="committees.record_typed_in").count() == 2


def test_two_who_type_at_once_are_told_of_each_other(held, typed, secretary):
    seen = Event.objects.filter(verb="committees.meeting_recorded").get().pk
    with pytest.raises(DoneMeanwhile):
        type_in(held, secretary, [PaperItem("Opening", "Other words.")], seen=seen)
    type_in(held, secretary, [PaperItem("Opening", "Other words.")], seen=newest_event())
    assert held.items.count() == 3


def test_numbers_from_paper_leave_the_bodys_own_alone(review_body, held, typed, body_secretary):
    today = PlannedMeetingFactory(
        body=review_body, starts_at=dt.datetime(2018, 12, 1, 9, tzinfo=dt.UTC),
        state=Meeting.State.IN_SESSION,
    )  # fmt: skip
    own = take_decision(today, by=body_secretary, text="Here.", type="approve", paper_number="9")
    more = take_decision(held, by=body_secretary, text="One more.", type="note", paper_number="6")

    assert (str(own), own.paper_number) == ("REVIEW 2018/1", "")
    assert (str(more), more.paper_number) == ("REVIEW 2018/P3", "6")


def test_a_number_stands_once_on_a_paper(held, typed, body_secretary):
    with pytest.raises(PaperNumberTaken):
        type_in(held, body_secretary, [PaperItem("More", "", "Again.", "approve", "4/2018")])
    assert held.items.count() == 2


def test_what_the_paper_does_not_say_asks_for_no_ratification(
    review_body, held, body_secretary, secretary
):
    review_body.quorum_seats = 5
    review_body.save()
    type_in(held, body_secretary)
    assert not Decision.objects.awaiting_ratification().exists()

    without = record_past_meeting(
        review_body, by=secretary, **past(number=2, held_on=HELD, is_quorate=False)
    )
    type_in(without, body_secretary)
    assert Decision.objects.awaiting_ratification().count() == 2


def test_a_quorum_of_which_the_paper_says_nothing_is_not_known(held, typed, body_secretary):
    assert quorum_of(held).sentence == "Not known: the record does not say who was there by seat."


def test_who_was_there_is_noted_by_seat(review_body, held, body_secretary):
    seat = SeatFactory(body=review_body, title="Commissioner")
    AppointmentFactory(seat=seat, starts_on=dt.date(2017, 1, 1))
    line = next(line for line in lines_of(held) if line.seat == seat)
    type_in(held, body_secretary, notes={line.key: (line.noted, Noted("present"))})
    assert Participant.objects.get(meeting=held, seat=seat).attendance == "present"


def test_what_was_held_here_is_not_typed_in(review_body, body_secretary):
    here = PlannedMeetingFactory(body=review_body, state=Meeting.State.IN_SESSION)
    with pytest.raises(HeldHere):
        type_in(here, body_secretary)


def test_an_informal_meeting_on_paper_decides_nothing(review_body, body_secretary):
    informal = record_past_meeting(
        review_body, by=body_secretary, **past(kind="informal", number=None, held_on=HELD)
    )
    with pytest.raises(MeetingTakesNoDecisions):
        type_in(informal, body_secretary)
    type_in(informal, body_secretary, ITEMS[:1])
    assert informal.items.count() == 1


# --- Confirmed as signed --------------------------------------------------------------------------


def test_minutes_are_confirmed_as_the_paper_says_and_frozen(held, typed, body_secretary):
    minutes = sign(typed, body_secretary)

    assert (minutes.state, minutes.confirmed_on) == (Minutes.State.CONFIRMED, CONFIRMED)
    contents = minutes_contents(minutes)
    assert contents["status"]["as_signed"] is True
    assert [row["paper_number"] for row in contents["items"][1]["decisions"]] == [
        "4/2018", "5/2018",
    ]  # fmt: skip
    with pytest.raises(MinutesConfirmed):
        type_in(held, body_secretary, [PaperItem("More")])
    assert sign(minutes, body_secretary).snapshot_sha256 == minutes.snapshot_sha256
    with pytest.raises(MinutesConfirmed):
        sign(minutes, body_secretary, chair_post="Another chair")


def test_without_the_signed_paper_nothing_is_confirmed(held, body_secretary):
    minutes = type_in(held, body_secretary, file=None)
    with pytest.raises(SignedPaperMissing):
        sign(minutes, body_secretary)
    minutes = type_in(held, body_secretary)
    with pytest.raises(ConfirmedBeforeHeld):
        sign(minutes, body_secretary, confirmed_on=dt.date(2018, 2, 1))
    with pytest.raises(DayToCome):
        sign(minutes, body_secretary, confirmed_on=dt.date(2999, 1, 1))


def test_the_signed_paper_is_opened_by_the_body_alone(
    held, typed, body_secretary, member, outsider, partner_officer
):
    Meeting.objects.filter(pk=held.pk).update(access=Access.PUBLIC)
    minutes = sign(typed, body_secretary)
    may = [
        can_open_signed_minutes(user, minutes.signed_file)
        for user in (member, body_secretary, partner_officer, outsider, AnonymousUser())
    ]
    assert may == [True, True, False, False, False]
    assert Minutes.objects.visible_to(AnonymousUser()).filter(pk=minutes.pk).exists()


def test_a_restricted_item_of_the_paper_is_the_bodys(held, body_secretary, client):
    Meeting.objects.filter(pk=held.pk).update(access=Access.PUBLIC)
    secret = PaperItem("Staff", "Who stole.", "Dismiss.", "direct", "7", is_restricted=True)
    sign(type_in(held, body_secretary, [*ITEMS, secret]), body_secretary)
    told = [
        client.get(address).content.decode()
        for address in (
            reverse("minutes-detail", args=[held.pk]),
            reverse("decision-list", args=["sek"]),
            reverse("decision-export", args=["sek", "csv"]),
        )
    ]
    assert all("Adopt the plan." in page for page in (told[1], told[2]))
    assert not any("Who stole." in page or "Dismiss." in page for page in told)


# --- Corrected until then -------------------------------------------------------------------------


def test_a_decision_from_paper_is_corrected_until_its_minutes_are_confirmed(
    held, typed, body_secretary
):
    decision = held.decisions.get(paper_number="4/2018")
    given = {"type": "endorse", "paper_number": "4/18"}
    decision = correct_paper_decision(decision, by=body_secretary, text="Adopt it.", **given)
    event = Event.objects.about(decision).order_by("-pk").first()
    assert event.changes == {
        "text": ["Adopt the plan.", "Adopt it."], "type": ["Approve", "Endorse"],
        "paper_number": ["4/2018", "4/18"],
    }  # fmt: skip
    with pytest.raises(PaperNumberTaken):
        correct_paper_decision(
            decision, by=body_secretary, text="Adopt it.", type="note", paper_number="5/2018"
        )
    sign(typed, body_secretary)
    with pytest.raises(MinutesConfirmed):
        correct_paper_decision(decision, by=body_secretary, text="Other.", **given)


def test_a_decision_that_was_taken_here_is_not_corrected(review_body, body_secretary):
    here = PlannedMeetingFactory(body=review_body, state=Meeting.State.IN_SESSION)
    decision = take_decision(here, by=body_secretary, text="Here.", type="approve")
    with pytest.raises(DecisionIsNumberedHere):
        correct_paper_decision(
            decision, by=body_secretary, text="There.", type="note", paper_number=""
        )


def test_the_agenda_of_what_was_typed_in_is_mended_until_then(held, typed, body_secretary):
    content = {
        "title": "Forgotten", "aim": "discuss", "minutes_allotted": None, "presenter": "",
        "presented_by": None, "note": "", "is_restricted": False,
    }  # fmt: skip
    add_item(held, by=body_secretary, **content)
    assert held.items.count() == 3
    Meeting.objects.filter(pk=held.pk).update(entered_at=None, entered_by=None)
    with pytest.raises(AgendaClosed):
        add_item(held, by=body_secretary, **content | {"title": "Another"})


# --- Pages ----------------------------------------------------------------------------------------


def lines(*rows):
    data = {"items-TOTAL_FORMS": 24, "items-INITIAL_FORMS": 0}
    for number in range(24):
        row = {"type": "approve", **(rows[number] if number < len(rows) else {})}
        data |= {f"items-{number}-{name}": value for name, value in row.items()}
    return data


def test_the_pile_is_typed_in_from_the_form(client, review_body, body_secretary):
    client.force_login(body_secretary)
    first = reverse("meeting-record", args=["sek", "review"])
    data = {
        "held_on": "2018-03-01", "is_day_known": "on", "kind": "ordinary", "number": "1",
        "access": "members", "counts-TOTAL_FORMS": 0, "counts-INITIAL_FORMS": 0, "type_in": "1",
    }  # fmt: skip
    answer = client.post(first, data)
    meeting = review_body.meetings.get()
    assert answer.url == reverse("record-type-in", args=[meeting.pk])
    page = client.get(answer.url)
    assert page.status_code == 200

    scan = SimpleUploadedFile("minutes.csv", b"item,words\n1,opening\n", "text/csv")
    rows = lines(
        {"title": "Plan", "text": "Read.", "decision": "Adopt it.", "paper_number": "4"},
        {"decision": "Print it.", "paper_number": "5"},
    )
    answer = client.post(page.wsgi_request.path, rows | {"file": scan})
    assert answer.url == reverse("minutes-detail", args=[meeting.pk])
    assert [str(each) for each in meeting.decisions.order_by("number")] == [
        "REVIEW 2018/P1", "REVIEW 2018/P2",
    ]  # fmt: skip

    signed = {"confirmed_on": "2018-09-05", "chair_post": "Chair", "secretary_post": "Secretary"}
    client.post(reverse("minutes-as-signed", args=[meeting.pk]), signed)
    page = client.get(reverse("minutes-detail", args=[meeting.pk])).content.decode()
    assert "as signed on paper" in page
    assert "The signed paper" in page


def test_what_is_missing_is_said_at_its_line(client, held, body_secretary):
    client.force_login(body_secretary)
    rows = lines({"text": "No title."}, {"title": "Plan", "paper_number": "4"})
    page = client.post(reverse("record-type-in", args=[held.pk]), rows)
    errors = page.context["items"].errors
    assert errors[1] == {"decision": ["Type the decision that has this number."]}
    assert "<title>Error: " in page.content.decode()
    assert not held.items.exists()


def test_a_long_paper_has_more_lines_folded_until_something_stands_in_them(
    client, held, body_secretary
):
    client.force_login(body_secretary)
    address = reverse("record-type-in", args=[held.pk])
    page = client.get(address)
    assert len(page.context["items"].open_lines()) == 8
    assert not page.context["items"].needs_more_lines()
    assert 'aria-label="Line 24"' in page.content.decode()
    rows = lines(*({"title": f"Item {number}"} for number in range(1, 24)), {"paper_number": "4"})
    page = client.post(address, rows)
    assert page.context["items"].needs_more_lines()
    client.post(address, rows | {"items-23-title": "Item 24", "items-23-paper_number": ""})
    assert [item.title for item in held.items.in_order()] == [
        f"Item {number}" for number in range(1, 25)
    ]


def test_the_register_finds_a_decision_by_either_number(client, held, typed, body_secretary):
    client.force_login(body_secretary)
    address = reverse("decision-list", args=["sek"])
    for words in ("2018/P2", "5/2018", "review 2018/p2"):
        page = client.get(address, {"text": words})
        assert [str(row[0]) for row in page.context["rows"]] == ["REVIEW 2018/P2"]


def test_the_form_of_an_informal_meeting_asks_for_no_decision(client, review_body, body_secretary):
    informal = record_past_meeting(
        review_body, by=body_secretary, **past(kind="informal", number=None, held_on=HELD)
    )
    client.force_login(body_secretary)
    address = reverse("record-type-in", args=[informal.pk])

    page = client.get(address).content.decode()
    client.post(address, lines({"title": "The store", "text": "He comes."}))

    assert "This meeting took no decisions." in page
    assert "items-0-title" in page
    assert "items-0-decision" not in page
    assert [item.title for item in informal.items.all()] == ["The store"]
