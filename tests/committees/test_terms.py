"""Terms of reference in versions, notifications, and two of a kind side by side (domain 1.3)."""

import datetime as dt
import zoneinfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from committees.models import Body, Meeting, Notification, Seat, Terms
from committees.services.comparison import (
    compare_lists,
    composition_of,
    differences_by_word,
    lines_of,
)
from committees.services.formation import ReasonMissing
from committees.services.notifying import (
    BodiesMissing,
    NotificationKnown,
    NotificationWithdrawn,
    correct_notification,
    record_notification,
    withdraw_notification,
)
from committees.services.notifying import ReasonMissing as ReasonNotGiven
from committees.services.terms import (
    ApprovedBeforeMeeting,
    DraftExists,
    NotHarmonised,
    NotTabledYet,
    TabledElsewhere,
    TermsNotDraft,
    TermsNotMovable,
    draft_terms,
    edit_terms,
    move_terms,
    record_adoption,
    table_terms,
)
from coordination.models import Event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.committees import (
    BodyFactory,
    MeetingFactory,
    PlannedMeetingFactory,
    SeatFactory,
    TermsFactory,
)
from tests.factories.coordination import MechanismFactory, OrganisationFactory

# As the mechanism’s own zone has it: late in the evening of UTC it is tomorrow there.
TODAY = timezone.localdate(timezone=zoneinfo.ZoneInfo("Africa/Nairobi"))
State = Terms.State


def text(**given):
    names = (
        "purpose", "functions", "composition", "chair", "secretariat", "frequency", "quorum",
        "decision_rule", "reporting_line", "duration", "note",
    )  # fmt: skip
    return {**dict.fromkeys(names, ""), "file": None, **given}


@pytest.fixture
def spdc(mechanism):
    return BodyFactory(mechanism=mechanism, slug="spdc", position=1)


@pytest.fixture
def scc(spdc):
    return BodyFactory(
        mechanism=spdc.mechanism, parent=spdc, slug="scc", state=Body.State.PROPOSED, position=2
    )


@pytest.fixture
def draft(scc, secretary):
    return draft_terms(scc.mechanism, by=secretary, body=scc, **text(purpose="To coordinate."))


@pytest.fixture
def third_meeting(spdc):
    return MeetingFactory(body=spdc, number=3)


def state_of(thing):
    return type(thing).objects.get(pk=thing.pk).state


def move(terms, by, to, **given):
    return move_terms(terms, by=by, to=to, **{"on": TODAY, **given})


# --- The life of a version ---


def test_who_notified_a_body_is_named_in_full(scc, secretary, organisations):
    organisations.kitui.name = "Department of " + "Planning, " * 14
    organisations.kitui.save()

    record_notification(
        scc.mechanism, by=secretary, authority=organisations.kitui, subject="The SCC",
        notified_on=dt.date(2020, 2, 12), bodies=[scc],
    )  # fmt: skip

    assert Body.objects.get(pk=scc.pk).notified_by == organisations.kitui.name


def test_terms_take_their_body_along(scc, draft, third_meeting, secretary, organisations):
    """B7: tabled at the third meeting of the SPDC, then notified."""
    assert (draft.number, state_of(scc)) == (1, Body.State.DRAFTED)
    table_terms(draft, by=secretary, meeting=third_meeting)
    assert (state_of(draft), state_of(scc)) == (State.TABLED, Body.State.TABLED)

    record_notification(
        scc.mechanism, by=secretary, authority=organisations.kitui, subject="The SCC",
        notified_on=dt.date(2020, 2, 12), bodies=[scc],
    )  # fmt: skip

    assert (state_of(draft), state_of(scc)) == (State.NOTIFIED, Body.State.NOTIFIED)
    body = Body.objects.get(pk=scc.pk)
    assert (body.notified_on, body.notified_by) == (dt.date(2020, 2, 12), organisations.kitui.name)
    draft.refresh_from_db()
    move(draft, secretary, State.IN_FORCE)
    second = draft_terms(scc.mechanism, by=secretary, body=scc, **text(purpose="More."))
    table_terms(second, by=secretary, meeting=third_meeting)
    move(second, secretary, State.APPROVED)
    move(second, secretary, State.IN_FORCE)
    assert [state_of(draft), state_of(second)] == [State.SUPERSEDED, State.IN_FORCE]
    assert state_of(scc) == Body.State.NOTIFIED


def test_one_draft_at_a_time(scc, draft, secretary):
    same = draft_terms(scc.mechanism, by=secretary, body=scc, **text(purpose="To coordinate."))
    assert same == draft

    with pytest.raises(DraftExists):
        draft_terms(scc.mechanism, by=secretary, body=scc, **text(purpose="Another."))


def test_a_draft_is_edited_in_sight_of_the_others(draft, secretary, third_meeting):
    edit_terms(draft, by=secretary, seen_version=1, **text(purpose="Theirs"))
    with pytest.raises(EditedMeanwhile):
        edit_terms(draft, by=secretary, seen_version=1, **text(purpose="Mine"))
    table_terms(draft, by=secretary, meeting=third_meeting)
    with pytest.raises(TermsNotDraft):
        edit_terms(draft, by=secretary, seen_version=2, **text(purpose="Mine"))


def test_terms_are_tabled_at_the_body_above(draft, secretary):
    elsewhere = MeetingFactory(body=BodyFactory(mechanism=draft.mechanism))
    with pytest.raises(TabledElsewhere):
        table_terms(draft, by=secretary, meeting=elsewhere)


@pytest.mark.parametrize(
    ("meeting_state", "approved"),
    [("scheduled", False), ("called", False), ("cancelled", False), ("in_session", True)],
)
def test_terms_are_approved_at_their_meeting_and_not_before(
    draft, spdc, secretary, meeting_state, approved
):
    now = timezone.now()
    meeting = PlannedMeetingFactory(body=spdc, starts_at=now, ends_at=now + dt.timedelta(hours=2))
    table_terms(draft, by=secretary, meeting=meeting)
    Meeting.objects.filter(pk=meeting.pk).update(state=meeting_state, state_reason="Floods")

    if approved:
        move(draft, secretary, State.APPROVED)
    else:
        with pytest.raises(NotTabledYet):
            move(draft, secretary, State.APPROVED)

    assert state_of(draft) == (State.APPROVED if approved else State.TABLED)


def test_terms_are_approved_on_no_day_before_their_meeting(draft, third_meeting, secretary):
    table_terms(draft, by=secretary, meeting=third_meeting)

    with pytest.raises(ApprovedBeforeMeeting, match=third_meeting.day_in_words):
        move(draft, secretary, State.APPROVED, on=dt.date(2020, 1, 31))
    assert state_of(draft) == State.TABLED

    move(draft, secretary, State.APPROVED, on=third_meeting.held_on)
    assert state_of(draft) == State.APPROVED


def test_the_day_of_the_meeting_is_offered_as_that_of_the_approval(
    client, draft, spdc, third_meeting, secretary, seated, organisations
):
    table_terms(draft, by=secretary, meeting=third_meeting)
    client.force_login(seated("Chair", organisations.kitui, body=spdc, function="chair"))

    form = client.get(reverse("terms-move", args=[draft.pk])).context["form"]

    assert form["on"].value() == third_meeting.held_on


def test_the_page_claims_no_day_that_is_not_known(client, draft, spdc, secretary):
    meeting = MeetingFactory(
        body=spdc, number=3, held_on=dt.date(2020, 2, 1), starts_at=None, is_day_known=False
    )
    table_terms(draft, by=secretary, meeting=meeting)
    client.force_login(secretary)

    page = client.get(draft.get_absolute_url()).content.decode()

    assert (page.count('<span class="quiet">Feb 2020</span>'), page.count("1 Feb 2020")) == (1, 0)


def test_terms_are_sent_back_for_a_reason(scc, draft, third_meeting, secretary):
    draft = table_terms(draft, by=secretary, meeting=third_meeting)
    with pytest.raises(ReasonMissing):
        move(draft, secretary, State.DRAFT)

    move(draft, secretary, State.DRAFT, note="Two seats are missing.")

    assert (state_of(draft), state_of(scc)) == (State.DRAFT, Body.State.DRAFTED)
    with pytest.raises(TermsNotMovable):
        move(draft, secretary, State.IN_FORCE)


def test_the_chair_of_the_body_above_tables(client, chair, member, secretary, review_body):
    """The secretariat tables nothing where somebody chairs the body above (domain 1.2)."""
    group = BodyFactory(mechanism=review_body.mechanism, parent=review_body, slug="wg")
    terms = TermsFactory(mechanism=group.mechanism, body=group)
    meeting = MeetingFactory(body=review_body)
    address = reverse("terms-table", args=[terms.pk])
    for user, status in ((secretary, 403), (member, 403), (chair, 200)):
        client.force_login(user)
        assert client.get(address).status_code == status

    client.post(address, {"meeting": meeting.pk})

    assert state_of(terms) == State.TABLED


def test_whoever_waits_for_the_tabling_reads_whose_turn_it_is(
    client, chair, secretary, review_body
):
    group = BodyFactory(mechanism=review_body.mechanism, parent=review_body, slug="wg")
    terms = TermsFactory(mechanism=group.mechanism, body=group)
    sentence = f"The chair of {review_body} tables these terms of reference at a meeting."
    client.force_login(secretary)
    assert client.get(terms.get_absolute_url()).content.decode().count(sentence) == 1

    client.force_login(chair)
    assert sentence not in client.get(terms.get_absolute_url()).content.decode()
    page = client.get(reverse("terms-table", args=[terms.pk])).content.decode()
    assert page.count("No meeting to table them at") == 1
    assert page.count(reverse("body-meetings", args=["sek", review_body.slug])) == 1
    assert "<select" not in page

    MeetingFactory(body=review_body)
    page = client.get(reverse("terms-table", args=[terms.pk])).content.decode()
    assert page.count("<select") == 1


def test_the_secretariat_records_it_where_nobody_chairs(client, secretary, draft, third_meeting):
    client.force_login(secretary)

    client.post(reverse("terms-table", args=[draft.pk]), {"meeting": third_meeting.pk})

    assert state_of(draft) == State.TABLED


def test_the_secretariat_never_approves_and_is_told_whom_to_invite(
    client, secretary, draft, third_meeting, spdc, seated, organisations
):
    table_terms(draft, by=secretary, meeting=third_meeting)
    client.force_login(secretary)
    move_page = reverse("terms-move", args=[draft.pk])
    typed = {"to": State.APPROVED, "on": TODAY, "note": ""}

    assert client.post(move_page, typed).status_code == 403
    assert (
        "the body has no seat for a chair" in client.get(draft.get_absolute_url()).content.decode()
    )
    SeatFactory(body=spdc, title="Additional Chief Secretary", function="chair")
    page = client.get(draft.get_absolute_url()).content.decode()
    assert "Invite the holder of “Additional Chief Secretary”." in page
    assert move_page not in page

    chair = seated("Chair of the SPDC", organisations.kitui, body=spdc, function="co_chair")
    assert "Nobody can approve" not in client.get(draft.get_absolute_url()).content.decode()
    client.force_login(chair)
    assert client.post(move_page, typed).status_code == 302
    assert state_of(draft) == State.APPROVED


def test_terms_for_a_kind_are_approved_above_the_bodies_of_that_kind(mechanism, spdc, review_body):
    terms = TermsFactory(mechanism=mechanism, kind=Body.Kind.DISTRICT, state=State.TABLED)
    assert set(terms.deciding_bodies()) == {spdc, review_body}

    alone = BodyFactory(mechanism=mechanism, kind=Body.Kind.DISTRICT)
    assert list(terms.deciding_bodies()) == [alone]
    BodyFactory(mechanism=mechanism, kind=Body.Kind.DISTRICT, parent=review_body)

    assert list(terms.deciding_bodies()) == [review_body]
    own = TermsFactory(mechanism=mechanism, body=spdc)
    assert list(own.deciding_bodies()) == [spdc]


# --- Rolled out ---


def test_harmonised_terms_are_adopted_district_by_district(client, mechanism, secretary, kitui):
    kind = Body.Kind.DISTRICT
    bodies = [
        BodyFactory(mechanism=mechanism, kind=kind, slug=slug, place=kitui)
        for slug in ("kech", "zhob")
    ]
    terms = TermsFactory(mechanism=mechanism, kind=kind, state=State.APPROVED)
    record_adoption(
        terms, bodies[0], by=secretary, adopted_on=dt.date(2020, 9, 1), training_held_on=None
    )
    with pytest.raises(DayToCome):
        record_adoption(
            terms, bodies[1], by=secretary, adopted_on=TODAY + dt.timedelta(days=1),
            training_held_on=None,
        )  # fmt: skip
    with pytest.raises(NotHarmonised):
        record_adoption(
            terms, BodyFactory(mechanism=mechanism, kind=Body.Kind.LIAISON), by=secretary,
            adopted_on=TODAY, training_held_on=None,
        )  # fmt: skip

    rows = client.get(terms.get_absolute_url()).context["rows"]

    assert [(row.body.slug, row.adoption and row.adoption.adopted_on) for row in rows] == [
        ("kech", dt.date(2020, 9, 1)),
        ("zhob", None),
    ]
    client.force_login(secretary)
    address = reverse("terms-adopt", args=[terms.pk, bodies[1].pk])
    client.post(address, {"training_held_on": "2020-10-02"})
    assert terms.adoptions.get(body=bodies[1]).training_held_on == dt.date(2020, 10, 2)
    events = client.get(terms.get_absolute_url()).context["events"]
    assert [event.subject.body.slug for event in events] == ["zhob", "kech"]


# --- Read by whom ---


def test_a_draft_is_read_by_who_takes_part(client, draft, peer, outsider):
    Terms.objects.filter(pk=draft.pk).update(purpose="CANARY")
    pages = [
        draft.get_absolute_url(),
        draft.body.get_absolute_url(),
        reverse("terms-list", args=["sek"]),
        reverse("terms-compare", args=["sek"]) + f"?left={draft.pk}&right={draft.pk}",
    ]
    for user in (None, outsider):
        if user:
            client.force_login(user)
        answers = [client.get(page) for page in pages]
        assert [answer.status_code for answer in answers] == [404, 200, 200, 200]
        found = "".join(answer.content.decode() for answer in answers[1:])
        assert ("CANARY" in found, draft.get_absolute_url() in found) == (False, False)
    client.force_login(peer)
    assert "CANARY" in client.get(pages[0]).content.decode()


def test_terms_of_another_mechanism_are_not_compared(client, mechanism):
    hidden = TermsFactory(
        mechanism=MechanismFactory(is_public=False), kind="county", state=State.TABLED,
        purpose="CANARY",
    )  # fmt: skip
    page = client.get(reverse("terms-compare", args=["sek"]) + f"?left={hidden.pk}&right=x")

    assert (page.status_code, "CANARY" in page.content.decode()) == (200, False)


# --- Notifications ---


def notify(mechanism, by, authority, bodies, **given):
    values = {"subject": "Bodies", "notified_on": dt.date(2020, 2, 12), **given}
    return record_notification(mechanism, by=by, authority=authority, bodies=bodies, **values)


def test_one_notification_covers_five_bodies(client, scc, secretary, organisations):
    """B8: a member of WG2 opens the notification from the body's page; five bodies stand there."""
    groups = [
        BodyFactory(mechanism=scc.mechanism, parent=scc, slug=f"wg{n}", state=Body.State.TABLED)
        for n in (1, 2, 3, 4)
    ]
    notification = notify(scc.mechanism, secretary, organisations.kitui, [scc, *groups])

    page = client.get(groups[1].get_absolute_url()).content.decode()

    assert notification.get_absolute_url() in page
    assert len(client.get(notification.get_absolute_url()).context["bodies"]) == 5
    assert {state_of(body) for body in [scc, *groups]} == {Body.State.NOTIFIED}


def test_a_notification_is_recorded_once(scc, secretary, body_secretary, organisations):
    first = notify(scc.mechanism, secretary, organisations.kitui, [scc])
    assert notify(scc.mechanism, secretary, organisations.kitui, [scc]) == first
    with pytest.raises(NotificationKnown):
        notify(scc.mechanism, body_secretary, organisations.kitui, [scc])
    assert Notification.objects.count() == 1


def correct(notification, by, bodies, **given):
    kept = {
        "authority": notification.authority, "subject": notification.subject,
        "notified_on": notification.notified_on, "seen_version": notification.version,
        "reason": "Read it again.",
    }  # fmt: skip
    return correct_notification(notification, by=by, bodies=bodies, **{**kept, **given})


def test_a_wrong_notification_is_corrected_for_a_reason(scc, draft, secretary, organisations):
    """What it said stays on record; a body that it does not cover goes back to where it stood."""
    other = BodyFactory(mechanism=scc.mechanism, slug="wg", state=Body.State.PROPOSED)
    wrong = notify(scc.mechanism, secretary, organisations.kitui, [scc, other])
    seen = wrong.version
    with pytest.raises(ReasonNotGiven):
        correct(wrong, secretary, [scc], reason=" ")

    wrong = correct(wrong, secretary, [scc], notified_on=dt.date(2020, 2, 21), number="12-A")

    for body in (scc, other):
        body.refresh_from_db()
    assert (scc.state, scc.notified_on) == (Body.State.NOTIFIED, dt.date(2020, 2, 21))
    assert (other.state, other.notified_on, other.notified_by) == (Body.State.PROPOSED, None, "")
    event = Event.objects.about(wrong).filter(verb="committees.notification_corrected").get()
    assert event.note == "Read it again."
    assert event.changes["notified_on"] == ["2020-02-12", "2020-02-21"]
    assert event.changes["bodies"] == [["WG", "SCC"], ["SCC"]]
    with pytest.raises(EditedMeanwhile):
        correct(wrong, secretary, [scc], seen_version=seen)


def test_a_notification_that_was_none_is_withdrawn_and_stays_on_record(
    client, scc, draft, third_meeting, secretary, organisations
):
    terms = table_terms(draft, by=secretary, meeting=third_meeting)
    met = BodyFactory(mechanism=scc.mechanism, slug="met", state=Body.State.MEETING)
    wrong = notify(scc.mechanism, secretary, organisations.kitui, [scc, met])
    assert state_of(terms) == State.NOTIFIED

    withdrawn = withdraw_notification(wrong, by=secretary, reason="It was of another committee.")
    again = withdraw_notification(wrong, by=secretary, reason="It was of another committee.")

    assert again == withdrawn
    assert [state_of(thing) for thing in (scc, met, terms)] == ["tabled", "meeting", "tabled"]
    page = client.get(wrong.get_absolute_url()).content.decode()
    assert "It was of another committee." in page
    assert wrong.get_absolute_url() not in client.get(scc.get_absolute_url()).content.decode()
    with pytest.raises(NotificationWithdrawn):
        correct(wrong, secretary, [scc])
    right = notify(scc.mechanism, secretary, organisations.kitui, [scc])
    assert (right != wrong, state_of(scc)) == (True, Body.State.NOTIFIED)


def test_a_body_that_two_notifications_cover_stays_notified(scc, secretary, organisations):
    first = notify(scc.mechanism, secretary, organisations.kitui, [scc])
    second = notify(
        scc.mechanism, secretary, organisations.makueni, [scc], notified_on=dt.date(2020, 3, 1)
    )

    withdraw_notification(second, by=secretary, reason="Never issued.")

    scc.refresh_from_db()
    assert (scc.state, scc.notified_on) == (Body.State.NOTIFIED, first.notified_on)


def test_a_secretary_corrects_a_notification_on_its_page(client, scc, secretary, organisations):
    wrong = notify(scc.mechanism, secretary, organisations.kitui, [scc])
    client.force_login(secretary)
    address = reverse("notification-edit", args=[wrong.pk])
    typed = {
        "authority": organisations.kitui.pk, "subject": "The SCC", "notified_on": "2020-02-12",
        "bodies": [scc.pk], "seen_version": 1,
    }  # fmt: skip
    refused = client.post(address, typed)
    assert "reason" in refused.context["form"].errors

    assert client.post(address, typed | {"reason": "A slip."}).status_code == 302
    conflict = client.post(address, typed | {"reason": "Mine.", "subject": "Mine"})

    assert [row.label for row in conflict.context["conflict"].fields] == ["Subject"]
    wrong.refresh_from_db()
    assert (wrong.subject, wrong.version) == ("The SCC", 2)


def test_a_notification_covers_bodies_of_its_mechanism(mechanism, secretary, organisations):
    with pytest.raises(BodiesMissing):
        notify(mechanism, secretary, organisations.kitui, [BodyFactory()])
    with pytest.raises(DayToCome):
        notify(
            mechanism, secretary, organisations.kitui, [], notified_on=TODAY + dt.timedelta(days=1)
        )


def test_a_meeting_body_stays_so_when_it_is_notified_again(spdc, secretary, organisations):
    notify(spdc.mechanism, secretary, organisations.kitui, [spdc])

    assert state_of(spdc) == Body.State.MEETING


def test_a_notification_comes_with_its_paper(
    client, scc, secretary, organisations, outsider, settings
):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"  # who may have a file, not what is in it
    client.force_login(secretary)
    paper = SimpleUploadedFile("notification.csv", b"a,b\n1,2\n")
    typed = {
        "authority": organisations.kitui.pk, "subject": "The SCC", "notified_on": "2020-02-12",
        "bodies": [scc.pk], "attachment": paper,
    }  # fmt: skip

    answer = client.post(reverse("notification-create", args=["sek"]), typed)

    notification = Notification.objects.get()
    assert answer["Location"] == notification.get_absolute_url()
    file = reverse("file-download", args=[notification.file_id])
    client.logout()
    assert client.get(file).status_code == 200
    scc.mechanism.is_public = False
    scc.mechanism.save()
    client.force_login(outsider)
    assert client.get(file).status_code == 404
    assert Event.objects.about(notification).count() == 1


# --- Side by side ---


def test_words_that_differ_are_marked():
    left, right = differences_by_word("The chair decides alone.", "The chair decides.")

    assert [(piece.text, piece.is_own) for piece in left] == [
        ("The chair decides", False),
        (" ", False),
        ("alone.", True),
    ] or "".join(piece.text for piece in left) == "The chair decides alone."
    assert "".join(piece.text for piece in right) == "The chair decides."


def test_own_words_in_a_row_are_one_piece():
    left, right = differences_by_word("It hears complaints of citizens.", "It plans roads now.")

    assert [(piece.text.strip(), piece.is_own) for piece in left] == [
        ("It", False),
        ("hears complaints of citizens.", True),
    ]
    assert "".join(piece.text for piece in right) == "It plans roads now."


def test_lists_share_what_is_said_in_nearly_the_same_words():
    compared = compare_lists(
        ["Share work plans", "Raise alerts of shocks"],
        ["share the work plans.", "Visit the field"],
    )

    assert [entry.is_shared for entry in compared.left] == [True, False]
    assert [entry.is_shared for entry in compared.right] == [True, False]
    assert compared.shared == 1


def test_the_signs_before_a_line_are_no_part_of_it():
    assert lines_of("1. Plan\n- Report\n• Meet\n\nA rule") == ["Plan", "Report", "Meet", "A rule"]


def test_seats_say_who_sits_once_there_are_any(mechanism):
    body = BodyFactory(mechanism=mechanism, composition="Deputy Commissioner\nDirector")
    assert composition_of(body, on=TODAY) == ["Deputy Commissioner", "Director"]
    SeatFactory(
        body=body, title="Governor", function=Seat.Function.CHAIR,
        organisation=OrganisationFactory(short_name="County"),
    )  # fmt: skip

    assert composition_of(body, on=TODAY) == ["Governor (County), Chair"]


def test_two_bodies_are_compared(client, mechanism):
    """S27: the liaison team beside the county's mechanism."""
    BodyFactory(mechanism=mechanism, slug="clt", duties="Share work plans\nInform the Mission")
    BodyFactory(mechanism=mechanism, slug="county", duties="Share work plans")

    page = client.get(reverse("body-compare", args=["sek"]) + "?left=clt&right=county")

    assert page.context["duties"].shared == 1
    assert page.content.decode().count("<mark>Share work plans</mark>") == 2
