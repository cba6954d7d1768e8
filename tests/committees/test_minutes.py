"""Minutes: written in the meeting, closed, circulated, corrected, confirmed, then frozen (R19)."""

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import (
    AgendaItem,
    Body,
    Correction,
    Meeting,
    Minutes,
    MinutesDraft,
    Participant,
)
from committees.services.actions import complete_action, create_action
from committees.services.attendance import AttendanceClosed, add_guests
from committees.services.decisions import MinutesAreConfirmed, take_decision
from committees.services.minutes import (
    AnswerMissing,
    CorrectionAnswered,
    CorrectionsOpen,
    DayHasPassed,
    MeetingMissing,
    MeetingNotHeld,
    MinutesNotCirculated,
    NotALaterMeeting,
    answer_correction,
    ask_for_correction,
    circulate_minutes,
    confirm_minutes,
)
from committees.services.minutes_contents import minutes_contents, open_contents
from committees.services.minutes_desk import (
    decisions_to_ratify,
    minutes_to_check,
    minutes_to_keep,
)
from committees.services.minutes_guards import MeetingNotOpen, MinutesConfirmed
from committees.services.quorum import quorum_of
from committees.services.sessions import (
    DecisionMissing,
    ItemsUnsettled,
    MeetingCannotOpen,
    MeetingStillToCome,
    ReasonMissing,
    close_meeting,
    open_meeting,
    save_minutes_draft,
    write_item,
)
from coordination.models import Event, Mail
from coordination.services.refusals import EditedMeanwhile
from coordination.services.storage import sha256_of
from tests.factories.committees import (
    AgendaItemFactory,
    BodyFactory,
    MeetingFactory,
    ParticipantFactory,
    PlannedMeetingFactory,
    SeatFactory,
)

Outcome = AgendaItem.Outcome
START = dt.datetime(2021, 3, 4, 7, tzinfo=dt.UTC)
DURING = START + dt.timedelta(hours=1)
UNTIL = dt.date(2021, 3, 20)
SECRET = "The governor's illness"


@pytest.fixture
def meeting(review_body):
    return PlannedMeetingFactory(body=review_body, starts_at=START)


@pytest.fixture
def items(meeting):
    """The plan, and what only the body reads."""
    return [
        AgendaItemFactory(meeting=meeting, title="The plan", position=1),
        AgendaItemFactory(meeting=meeting, title=SECRET, position=2, is_restricted=True),
    ]


@pytest.fixture
def session(meeting, items, body_secretary):
    """The meeting, open."""
    open_meeting(meeting, by=body_secretary, at=START)
    meeting.refresh_from_db()
    return meeting


@pytest.fixture
def write(body_secretary):
    def do(item, text="Noted.", outcome=Outcome.NOTED, **kept):
        item.refresh_from_db()
        kept = {"by": body_secretary, "seen_version": item.version, "at": DURING, **kept}
        return write_item(item, text=text, outcome=outcome, **kept)

    return do


@pytest.fixture
def held(session, items, write, body_secretary):
    """Every item noted, and the meeting closed."""
    for item in items:
        write(item, text=f"On {item.title}.")
    return close_meeting(session, by=body_secretary, at=DURING)


@pytest.fixture
def circulated(held, body_secretary):
    return circulate_minutes(held.minutes, by=body_secretary, corrections_until=UNTIL, at=DURING)


@pytest.fixture
def next_meeting(review_body):
    return PlannedMeetingFactory(
        body=review_body,
        starts_at=START + dt.timedelta(days=90),
        state=Meeting.State.IN_SESSION,
    )


@pytest.fixture
def confirm(body_secretary, next_meeting):
    def do(minutes, **kept):
        kept = {"by": body_secretary, "confirmed_at": next_meeting, **kept}
        return confirm_minutes(minutes, chair_post="Chair", secretary_post="Secretary", **kept)

    return do


# --- In the meeting -------------------------------------------------------------------------------


def test_a_meeting_is_opened_once_on_its_day(meeting, body_secretary):
    with pytest.raises(MeetingStillToCome):
        open_meeting(meeting, by=body_secretary, at=START - dt.timedelta(days=1))

    first = open_meeting(meeting, by=body_secretary, at=START)
    assert open_meeting(meeting, by=body_secretary, at=START) == first
    meeting.refresh_from_db()
    assert (meeting.state, meeting.opened_at) == (Meeting.State.IN_SESSION, START)
    assert Event.objects.filter(verb="committees.meeting_opened").count() == 1


def test_what_was_called_off_is_not_opened(review_body, body_secretary):
    gone = MeetingFactory(body=review_body, state=Meeting.State.CANCELLED, state_reason="Floods.")

    with pytest.raises(MeetingCannotOpen):
        open_meeting(gone, by=body_secretary)


def test_nothing_is_written_before_the_meeting_is_open(meeting, items, write):
    with pytest.raises(MeetingNotOpen):
        write(items[0])


def test_two_writers_never_overwrite_each_other(session, items, write, chair):
    seen = items[0].version
    write(items[0], text="The secretary's words.")

    with pytest.raises(EditedMeanwhile):
        write_item(items[0], by=chair, seen_version=seen, text="Others.", outcome=Outcome.NOTED)

    items[0].refresh_from_db()
    assert items[0].minutes_text == "The secretary's words."


def test_a_form_sent_twice_is_one_deed(session, items, write):
    seen = items[0].version
    write(items[0])
    assert write(items[0], seen_version=seen).version == seen + 1
    assert Event.objects.filter(verb="committees.minutes_written").count() == 1


def test_a_draft_is_its_writers_own_and_used_up_when_saved(session, items, write, body_secretary):
    draft = {"by": body_secretary, "began_from": 1}
    save_minutes_draft(items[0], text="Half a sen", **draft)
    save_minutes_draft(items[0], text="Half a sentence", **draft)
    assert MinutesDraft.objects.get().text == "Half a sentence"
    items[0].refresh_from_db()
    assert items[0].minutes_text == ""

    write(items[0])
    assert not MinutesDraft.objects.exists()


def test_an_item_is_put_off_for_a_reason_and_decided_by_a_decision(
    session, items, write, body_secretary
):
    for outcome in (Outcome.DEFERRED, Outcome.DROPPED):
        with pytest.raises(ReasonMissing):
            write(items[0], outcome=outcome)
    with pytest.raises(DecisionMissing):
        write(items[0], outcome=Outcome.DECIDED)

    take_decision(session, by=body_secretary, item=items[0], text="Adopt it.", type="approve")
    written = write(items[0], outcome=Outcome.OPEN)
    assert written.outcome == Outcome.DECIDED
    assert write(written, outcome=Outcome.NOTED).outcome == Outcome.NOTED


def test_a_decision_leaves_what_was_said_of_its_item(session, items, write, body_secretary):
    write(items[0], outcome=Outcome.NOTED)

    take_decision(session, by=body_secretary, item=items[0], text="Adopt it.", type="approve")
    items[0].refresh_from_db()
    assert items[0].outcome == Outcome.NOTED


def test_a_meeting_closes_when_every_item_has_an_outcome(session, items, write, body_secretary):
    write(items[0])
    with pytest.raises(ItemsUnsettled, match="1 item has"):
        close_meeting(session, by=body_secretary)
    write(items[1], outcome=Outcome.DEFERRED, reason="The paper was not ready.")

    closed = close_meeting(session, by=body_secretary, at=DURING)
    assert (closed.state, closed.number, closed.held_on) == ("held", 1, dt.date(2021, 3, 4))
    assert close_meeting(session, by=body_secretary).version == closed.version
    parked = AgendaItem.objects.parked().get()
    assert (parked.carried_from, parked.title, parked.is_restricted) == (items[1], SECRET, True)
    assert (parked.outcome, parked.minutes_text) == (Outcome.OPEN, "")


def test_meetings_are_numbered_after_those_that_were_held(review_body, body_secretary, meeting):
    MeetingFactory(body=review_body, number=7)
    MeetingFactory(body=review_body, kind=Meeting.Kind.INFORMAL)
    open_meeting(meeting, by=body_secretary, at=START)

    assert close_meeting(meeting, by=body_secretary).number == 8


def test_an_informal_meeting_gets_a_note_without_number_and_quorum(review_body, body_secretary):
    informal = PlannedMeetingFactory(body=review_body, starts_at=START, kind=Meeting.Kind.INFORMAL)
    minutes = open_meeting(informal, by=body_secretary, at=START)
    closed = close_meeting(informal, by=body_secretary, at=DURING)

    assert (closed.number, closed.is_quorate) == (None, None)
    told = minutes_contents(minutes)
    assert told["meeting"]["title"] == "Note of informal meeting"
    assert told["quorum"]["sentence"] == "No quorum, no decisions."


def test_the_quorum_is_fixed_when_the_meeting_closes(session, items, write, body_secretary):
    session.body.quorum_seats = 1
    session.body.save()
    early = take_decision(session, by=body_secretary, text="Adopt it.", type="approve")
    assert early.needs_ratification  # nobody has been noted present yet
    Participant.objects.create(
        meeting=session, seat=SeatFactory(body=session.body), attendance="present"
    )
    for item in items:
        write(item)

    closed = close_meeting(session, by=body_secretary, at=DURING)

    early.refresh_from_db()
    assert (closed.is_quorate, early.needs_ratification) == (True, False)
    assert closed.quorum_note.startswith("REVIEW has its quorum")


def test_the_quorum_of_many_bodies_is_fixed_in_full(
    session, items, write, body_secretary, mechanism
):
    for number in range(6):
        session.joint_with.add(BodyFactory(mechanism=mechanism, slug=f"long-{number}"))
    counted = quorum_of(session).sentence
    for item in items:
        write(item)

    closed = close_meeting(session, by=body_secretary, at=DURING)

    assert len(counted) > 300
    assert Meeting.objects.get(pk=closed.pk).quorum_note == counted


def test_the_first_meeting_of_a_configured_body_moves_it_and_those_that_met_with_it(
    session, items, write, body_secretary, review_body
):
    other = BodyFactory(mechanism=review_body.mechanism, slug="other", state="configured")
    session.joint_with.add(other)
    Body.objects.filter(pk=review_body.pk).update(state="configured")
    for item in items:
        write(item)

    close_meeting(session, by=body_secretary, at=DURING)

    assert set(Body.objects.values_list("state", flat=True)) == {"meeting"}


# --- Circulation and corrections ------------------------------------------------------------------


def test_minutes_are_circulated_to_the_body_once_a_revision(held, body_secretary, chair, member):
    SeatFactory(body=held.body, contact="office@example.org")
    again = {"by": body_secretary, "corrections_until": UNTIL}
    minutes = circulate_minutes(held.minutes, at=DURING, **again)
    circulate_minutes(held.minutes, at=DURING, **again)

    told = set(
        Mail.objects.filter(key__startswith="minutes-circ").values_list("recipient", flat=True)
    )
    assert told == {body_secretary.email, chair.email, member.email, "office@example.org"}
    assert SECRET not in "".join(Mail.objects.values_list("body", flat=True))
    later = circulate_minutes(held.minutes, at=DURING + dt.timedelta(days=1), **again)
    assert (minutes.revision, later.revision) == (1, 2)


def test_only_a_held_meeting_is_circulated_with_a_day_to_come(session, held, body_secretary):
    with pytest.raises(DayHasPassed):
        circulate_minutes(
            held.minutes, by=body_secretary, at=DURING, corrections_until=dt.date(2021, 3, 1)
        )


def test_an_open_meeting_is_not_circulated(session, body_secretary):
    with pytest.raises(MeetingNotHeld):
        circulate_minutes(session.minutes, by=body_secretary, corrections_until=UNTIL, at=DURING)


def test_a_member_asks_for_a_correction_and_is_told_what_became_of_it(
    circulated, items, member, body_secretary
):
    ask = {"by": member, "item": items[0], "text": "It was 40 wells.", "at": DURING}
    correction = ask_for_correction(circulated, **ask)
    assert ask_for_correction(circulated, **ask) == correction
    with pytest.raises(AnswerMissing):
        answer_correction(correction, by=body_secretary, state="declined")

    answer_correction(correction, by=body_secretary, state="accepted")

    with pytest.raises(CorrectionAnswered):
        answer_correction(correction, by=body_secretary, state="declined", answer="No.")
    letters = dict(Mail.objects.values_list("key", "recipient"))
    assert letters[f"correction-asked:{correction.pk}"] == body_secretary.email
    assert letters[f"correction-answered:{correction.pk}"] == member.email


def test_an_accepted_correction_is_unwritten_until_its_item_changes(
    client, circulated, items, write, confirm, member, body_secretary
):
    at_item, anywhere, declined = (
        ask_for_correction(circulated, by=member, item=item, text=text, at=DURING)
        for item, text in ((items[0], "40 wells."), (None, "A name."), (items[1], "Not so."))
    )
    later = DURING + dt.timedelta(hours=1)
    for correction, state in (
        (at_item, "accepted"),
        (anywhere, "accepted"),
        (declined, "declined"),
    ):
        answer_correction(correction, by=body_secretary, state=state, answer="Yes.", at=later)
    client.force_login(body_secretary)
    page = reverse("minutes-confirm", args=[circulated.meeting_id])

    assert "2 accepted corrections are not written yet" in client.get(page).content.decode()

    write(items[1], text="A name, written.", at=later)
    assert list(Correction.objects.unwritten()) == [at_item]

    write(items[0], text="40 wells.", at=later)
    assert not Correction.objects.unwritten().exists()
    assert "not written yet" not in client.get(page).content.decode()


def test_corrections_are_asked_of_circulated_minutes(held, member):
    with pytest.raises(MinutesNotCirculated):
        ask_for_correction(held.minutes, by=member, text="It was 40 wells.")


# --- Confirmation ---------------------------------------------------------------------------------


def test_minutes_are_confirmed_at_a_later_meeting_of_the_body(
    circulated, confirm, review_body, next_meeting, member
):
    earlier = MeetingFactory(body=review_body, held_on=dt.date(2020, 1, 1))
    with pytest.raises(NotALaterMeeting):
        confirm(circulated, confirmed_at=earlier)
    with pytest.raises(NotALaterMeeting):
        confirm(circulated, confirmed_at=MeetingFactory(held_on=dt.date(2021, 6, 1)))
    correction = ask_for_correction(circulated, by=member, text="It was 40 wells.")
    with pytest.raises(CorrectionsOpen):
        confirm(circulated)
    Correction.objects.filter(pk=correction.pk).update(state="declined")

    confirmed = confirm(circulated)

    assert (confirmed.state, confirmed.confirmed_at) == ("confirmed", next_meeting)
    assert confirmed.confirmed_on == next_meeting.day
    assert confirmed.snapshot_sha256 == sha256_of(confirmed.snapshot.encode())
    assert confirm(circulated).version == confirmed.version


def test_minutes_claim_nobody_who_was_not_noted(session, review_body):
    """An invitation is no presence, and a vacant seat gets no minutes (R4)."""
    vacant = SeatFactory(body=review_body, title="Water users")
    for post, attendance in (
        ("Hydrologist", "present"), ("Surveyor", "apologies"), ("Teacher", "absent"),
        ("Engineer", "unknown"),
    ):  # fmt: skip
        ParticipantFactory(meeting=session, seat=None, post=post, attendance=attendance)
    ParticipantFactory(meeting=session, seat=vacant)

    told = minutes_contents(session.minutes)

    posts = {name: [row["post"] for row in rows] for name, rows in told["attendance"].items()}
    assert posts == {
        "present": [], "apologies": ["Surveyor"], "absent": ["Teacher"], "guests": ["Hydrologist"]
    }  # fmt: skip
    assert [line for line in told["circulation"] if "Water users" in line] == []


def test_by_circulation_the_chair_alone_confirms(circulated, confirm, chair, secretary):
    with pytest.raises(MeetingMissing):
        confirm(circulated, by=secretary, confirmed_at=None)

    today = timezone.localdate(timezone=circulated.meeting.zone)
    assert confirm(circulated, by=chair, confirmed_at=None).confirmed_on == today


def test_confirming_by_circulation_is_offered_to_the_chair_alone(
    client, circulated, chair, secretary
):
    address = reverse("minutes-confirm", args=[circulated.meeting.pk])

    def first_choice(user):
        client.force_login(user)
        return str(client.get(address).context["form"].fields["confirmed_at"].empty_label)

    assert (first_choice(chair), first_choice(secretary)) == ("None: by circulation", "Choose")


def test_uncirculated_minutes_are_not_confirmed(held, confirm):
    with pytest.raises(MinutesNotCirculated):
        confirm(held.minutes)


def test_once_confirmed_nothing_that_they_say_changes(
    circulated, confirm, held, items, write, body_secretary, member, organisations
):
    minutes = confirm(circulated)
    before = minutes.snapshot
    assert [item["text"] for item in json.loads(before)["items"]] == [
        "On The plan.", f"On {SECRET}.",
    ]  # fmt: skip

    deeds = {
        MinutesConfirmed: [
            lambda: write(items[0], text="Rewritten."),
            lambda: save_minutes_draft(items[0], by=body_secretary, text="x", began_from=1),
            lambda: circulate_minutes(minutes, by=body_secretary, corrections_until=UNTIL),
            lambda: ask_for_correction(minutes, by=member, text="Too late."),
        ],
        MinutesAreConfirmed: [
            lambda: take_decision(held, by=body_secretary, text="More.", type="note"),
        ],
        AttendanceClosed: [
            lambda: add_guests(
                held, by=body_secretary, attendance="present", organisation=organisations.kcdms,
                post="Adviser", name="", email="", group="", expertise="", headcount=1,
            ),
        ],
    }  # fmt: skip
    for refusal, tried in deeds.items():
        for deed in tried:
            with pytest.raises(refusal):
                deed()
    # What went around the services is not in the minutes either.
    AgendaItem.objects.filter(meeting=held).update(minutes_text="Forged.", title="Forged.")
    minutes = Minutes.objects.get(pk=minutes.pk)
    assert minutes.snapshot == before
    assert json.dumps(minutes_contents(minutes), sort_keys=True).count("Forged") == 0


# --- What they say --------------------------------------------------------------------------------


def test_minutes_hold_attendance_decisions_actions_and_matters(
    session, items, write, body_secretary, organisations, confirm
):
    seat = SeatFactory(
        body=session.body, title="Director of Water", organisation=organisations.kitui
    )
    Participant.objects.create(
        meeting=session, seat=seat, organisation=organisations.kitui, attendance="present",
        is_by_alternate=True, name="A person's name",
    )  # fmt: skip
    earlier = MeetingFactory(body=session.body)
    owner = {"by": body_secretary, "owner_organisation": organisations.kcdms}
    arising = create_action(session.body, text="Map the wells.", meeting=earlier, **owner)
    take_decision(
        session, by=body_secretary, item=items[0], text="Adopt the plan.", type="approve",
        binding_on=[organisations.kcdms],
    )  # fmt: skip
    create_action(session.body, text="Print it.", meeting=session, item=items[0], **owner)
    create_action(session.body, text="Tell nobody.", meeting=session, item=items[1], **owner)
    write(items[0], text="The plan was presented.", outcome=Outcome.DECIDED)
    write(items[1], text="He is ill.")
    held = close_meeting(session, by=body_secretary, at=DURING)
    complete_action(arising, by=body_secretary)

    told = minutes_contents(held.minutes)

    [first, second] = told["items"]
    assert (first["text"], first["outcome"]) == ("The plan was presented.", "decided")
    assert first["decisions"][0]["reference"] == "REVIEW 2021/1"
    assert first["decisions"][0]["binding_on"] == [str(organisations.kcdms)]
    assert [action["text"] for action in first["actions"]] == ["Print it."]
    assert second["restricted"]
    # As it stood in the meeting, though it has been done since.
    assert [(row["text"], row["state"]) for row in told["matters"]] == [("Map the wells.", "open")]
    assert [row["post"] for row in told["attendance"]["present"]] == ["Director of Water"]
    everything = json.dumps(told)
    assert "A person's name" not in everything


def test_what_only_the_body_reads_is_in_no_part_of_the_open_minutes(
    session, items, write, body_secretary, organisations
):
    owner = {"by": body_secretary, "owner_organisation": organisations.kcdms}
    secret = {"meeting": session, "item": items[1], **owner}
    create_action(session.body, text=f"Hide {SECRET}.", **secret)
    take_decision(session, by=body_secretary, item=items[1], text=f"On {SECRET}.", type="note")
    write(items[1], text=f"About {SECRET}.")
    last = AgendaItemFactory(meeting=session, title="Closing", position=3)

    full = minutes_contents(session.minutes)
    told = open_contents(full)

    assert json.dumps(full).count(SECRET) >= 4
    assert SECRET not in json.dumps(told)
    assert [item["number"] for item in told["items"]] == [1, 2]
    assert told["items"][1]["title"] == last.title


# --- The desk -------------------------------------------------------------------------------------


def test_the_desk_names_the_next_step_of_minutes(
    session, items, write, body_secretary, member, outsider
):
    def asked(user, at=DURING):
        found = [minutes_to_keep(user, at), minutes_to_check(user, at)]
        return [row.note for each in found for row in each.rows]

    assert asked(body_secretary) == ["the meeting is open: close it when it ends"]
    for item in items:
        write(item)
    held = close_meeting(session, by=body_secretary, at=DURING)
    assert asked(body_secretary) == ["circulate them"]
    circulate_minutes(held.minutes, by=body_secretary, corrections_until=UNTIL, at=DURING)
    assert asked(member) == ["corrections until 20\u00a0Mar 2021"]
    ask_for_correction(held.minutes, by=member, text="It was 40 wells.")
    assert asked(body_secretary)[0] == "1 correction waits for an answer"
    assert asked(outsider) == []


def test_the_desk_lists_decisions_without_a_quorum(session, body_secretary, chair, member):
    session.body.quorum_seats = 1
    session.body.save()
    take_decision(session, by=body_secretary, text="Adopt it.", type="approve")

    shown = {user: len(decisions_to_ratify(user, DURING).rows) for user in (chair, member)}
    assert shown == {chair: 1, member: 0}
