"""Action items: one record from the meeting that sets it until the body confirms it (R19)."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from committees.models import ActionItem, Meeting, Minutes, ProgressNote
from committees.services.actions import (
    ActionAlreadyDone,
    ActionNotDone,
    ActionSettled,
    ActionWithoutOwner,
    NotAMeetingOfTheBody,
    ReasonMissing,
    WordsConfirmed,
    cancel_action,
    complete_action,
    confirm_action,
    confirming_meetings,
    create_action,
    edit_action,
    matters_arising,
    note_progress,
    own_actions,
    return_action,
    tell_of_overdue_actions,
)
from committees.services.minutes_guards import MinutesConfirmed
from coordination.models import Mail
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import (
    ActionItemFactory,
    AppointmentFactory,
    BodyFactory,
    MeetingFactory,
    PlannedMeetingFactory,
    SeatFactory,
)
from tests.factories.coordination import MechanismFactory, OfficeFactory

State = ActionItem.State
NOW = dt.datetime(2021, 2, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def seat(review_body, organisations):
    return SeatFactory(
        body=review_body, title="Director of Water", organisation=organisations.kitui
    )


@pytest.fixture
def owner(seat):
    """Holds the seat that owns the action."""
    return AppointmentFactory(seat=seat).holder


@pytest.fixture
def action(review_body, seat, owner):
    return ActionItemFactory(body=review_body, owner_seat=seat, number=7)


@pytest.fixture
def meeting(review_body):
    return MeetingFactory(body=review_body, held_on=dt.date(2021, 2, 1), number=3)


def letters(occasion):
    return sorted(Mail.objects.filter(key__startswith=occasion).values_list("recipient", flat=True))


def test_items_are_numbered_by_body_and_their_owner_is_told(
    review_body, secretary, seat, owner, partner_officer, organisations
):
    other = BodyFactory(mechanism=review_body.mechanism)
    create_action(other, by=secretary, text="Elsewhere", owner_named="Governor")
    first = create_action(
        review_body, by=secretary, text="Map the boreholes", owner_seat=seat,
        co_owners=[organisations.kcdms], due_on=dt.date(2021, 3, 31),
    )  # fmt: skip
    second = create_action(review_body, by=secretary, text="Print", owner_seat=seat)

    assert [str(first), str(second)] == ["REVIEW A1", "REVIEW A2"]
    assert first.state == State.OPEN
    assert letters(f"action-set:{first.pk}:") == sorted([owner.email, partner_officer.email])


def test_a_form_sent_twice_sets_one_item(review_body, secretary, seat):
    same = {"by": secretary, "text": "Map the boreholes", "owner_seat": seat}

    first, second = create_action(review_body, **same), create_action(review_body, **same)

    assert first == second
    assert ActionItem.objects.count() == 1


def test_an_item_names_who_does_it(review_body, secretary):
    with pytest.raises(ActionWithoutOwner):
        create_action(review_body, by=secretary, text="Somebody should")


def test_a_vacant_seat_is_told_at_its_office(review_body, secretary):
    seat = SeatFactory(body=review_body, contact="water@example.org")

    action = create_action(review_body, by=secretary, text="Map", owner_seat=seat)

    assert letters(f"action-set:{action.pk}:") == ["water@example.org"]


def test_the_first_note_begins_the_work_and_the_same_note_is_one(action, owner):
    for _click in range(2):
        note_progress(action, by=owner, text="Half of them are mapped.")

    action.refresh_from_db()
    assert action.state == State.IN_PROGRESS
    assert ProgressNote.objects.count() == 1


def test_the_body_confirms_at_its_meeting_what_the_owner_said_is_done(
    action, owner, secretary, meeting
):
    complete_action(action, by=owner, text="All mapped.", at=NOW)
    confirm_action(action, by=secretary, meeting=meeting)

    action.refresh_from_db()
    assert (action.state, action.confirmed_at, action.done_on) == (
        State.CONFIRMED, meeting, dt.date(2021, 2, 10),
    )  # fmt: skip
    with pytest.raises(ActionSettled):
        note_progress(action, by=owner, text="One more.")


def test_what_is_not_done_is_neither_confirmed_nor_returned(action, secretary, meeting):
    with pytest.raises(ActionNotDone):
        confirm_action(action, by=secretary, meeting=meeting)
    with pytest.raises(ActionNotDone):
        return_action(action, by=secretary, reason="Not so.")


@pytest.mark.parametrize("kind", Meeting.UNCOUNTED)
def test_an_informal_meeting_confirms_nothing(action, owner, secretary, review_body, kind):
    complete_action(action, by=owner)

    with pytest.raises(NotAMeetingOfTheBody):
        confirm_action(action, by=secretary, meeting=MeetingFactory(body=review_body, kind=kind))


def test_only_a_later_meeting_with_open_minutes_confirms(review_body, owner, seat, meeting):
    earlier, frozen, later = (
        MeetingFactory(body=review_body, held_on=day, number=number)
        for number, day in enumerate(
            [dt.date(2021, 1, 4), dt.date(2021, 2, 15), dt.date(2021, 3, 1)], 10
        )
    )
    Minutes.objects.create(
        meeting=frozen, state=Minutes.State.CONFIRMED, confirmed_on=dt.date(2021, 3, 1)
    )
    action = ActionItemFactory(body=review_body, owner_seat=seat, number=8, meeting=meeting)

    assert list(confirming_meetings(action)) == [later]
    assert earlier.held_on < meeting.held_on


def test_the_page_offers_to_confirm_once_a_meeting_can(client, action, owner, secretary, meeting):
    complete_action(action, by=owner)
    client.force_login(secretary)

    def is_offered():
        page = client.get(action.get_absolute_url()).content.decode()
        waits = "It waits for a meeting" in page
        return reverse("action-confirm", args=[action.pk]) in page, waits

    assert is_offered() == (True, False)
    ActionItem.objects.filter(pk=action.pk).update(meeting=meeting)
    assert is_offered() == (False, True)


def test_what_was_returned_and_is_done_again_is_returned_no_longer(
    client, action, owner, secretary
):
    def is_called_returned():
        return "Returned by the body" in client.get(action.get_absolute_url()).content.decode()

    client.force_login(secretary)
    complete_action(action, by=owner)
    return_action(action, by=secretary, reason="The pump leaks.")
    assert is_called_returned()
    complete_action(action, by=owner)
    assert not is_called_returned()


def test_only_a_meeting_of_the_body_that_has_begun_confirms(action, owner, secretary, review_body):
    complete_action(action, by=owner)

    for meeting in (MeetingFactory(), PlannedMeetingFactory(body=review_body)):
        with pytest.raises(NotAMeetingOfTheBody):
            confirm_action(action, by=secretary, meeting=meeting)


def test_a_joint_meeting_confirms_for_each_of_its_bodies(action, owner, secretary, review_body):
    joint = MeetingFactory(body__mechanism=review_body.mechanism)
    joint.joint_with.add(review_body)
    complete_action(action, by=owner)

    assert confirm_action(action, by=secretary, meeting=joint).state == State.CONFIRMED


def test_what_is_returned_is_open_again_for_a_reason_that_its_owner_reads(action, owner, secretary):
    complete_action(action, by=owner)
    with pytest.raises(ReasonMissing):
        return_action(action, by=secretary, reason="")

    return_action(action, by=secretary, reason="Two wards are missing.")

    action.refresh_from_db()
    assert (action.state, action.done_on) == (State.IN_PROGRESS, None)
    [letter] = Mail.objects.filter(key__startswith="action-returned")
    assert letter.recipient == owner.email
    assert "Two wards are missing." in letter.body


def test_what_is_cancelled_stays_on_record(action, secretary):
    with pytest.raises(ReasonMissing):
        cancel_action(action, by=secretary, reason="")

    cancel_action(action, by=secretary, reason="The project has ended.")

    assert ActionItem.objects.get().state == State.CANCELLED


def test_the_second_of_two_editors_sees_that_the_first_has_saved(action, secretary, seat):
    said = {
        "owner_seat": seat, "owner_organisation": None, "co_owners": [], "priority": "high",
        "due_on": dt.date(2021, 4, 1),
    }  # fmt: skip
    edit_action(action, by=secretary, seen_version=1, text="Map all", **said)

    with pytest.raises(EditedMeanwhile):
        edit_action(action, by=secretary, seen_version=1, text="Map none", **said)

    action.refresh_from_db()
    assert (action.text, action.version) == ("Map all", 2)


def test_what_confirmed_minutes_say_of_an_action_stays(action, secretary, seat, meeting):
    """R19: its owner and day go on, its words and the list of what the meeting set do not."""
    said = {
        "owner_seat": seat, "owner_organisation": None, "co_owners": [], "priority": "high",
        "due_on": dt.date(2021, 4, 1),
    }  # fmt: skip
    ActionItem.objects.filter(pk=action.pk).update(meeting=meeting)
    Minutes.objects.create(
        meeting=meeting, state=Minutes.State.CONFIRMED, confirmed_on=dt.date(2021, 3, 31)
    )

    with pytest.raises(WordsConfirmed):
        edit_action(action, by=secretary, seen_version=1, text="Map none", **said)
    with pytest.raises(MinutesConfirmed):
        create_action(action.body, by=secretary, text="One more", owner_seat=seat, meeting=meeting)

    assert edit_action(action, by=secretary, seen_version=1, text=action.text, **said).version == 2


def test_what_is_done_is_not_edited(action, owner, secretary, seat):
    complete_action(action, by=owner)

    with pytest.raises(ActionAlreadyDone):
        edit_action(
            action, by=secretary, seen_version=2, text="More", owner_seat=seat,
            owner_organisation=None, co_owners=[], priority="normal", due_on=None,
        )  # fmt: skip


def test_the_same_record_arises_at_each_next_meeting_until_it_is_confirmed(
    action, owner, secretary, review_body, meeting
):
    set_at = ActionItemFactory(body=review_body, meeting=meeting)
    nobodys = ActionItemFactory(body=review_body, state=State.CANCELLED, state_reason="No.")
    ActionItemFactory(body=BodyFactory(mechanism=review_body.mechanism))
    later = MeetingFactory(body=review_body, number=4, held_on=dt.date(2021, 5, 1))

    assert list(matters_arising(meeting)) == [action]
    assert list(matters_arising(later)) == [action, set_at]
    complete_action(action, by=owner)
    confirm_action(action, by=secretary, meeting=meeting)
    assert list(matters_arising(meeting)) == [action]
    assert list(matters_arising(later)) == [set_at]
    assert nobodys not in matters_arising(later)


def test_a_joint_meeting_hears_what_arises_in_each_of_its_bodies(action, review_body):
    joint = MeetingFactory(body__mechanism=review_body.mechanism)
    own = ActionItemFactory(body=joint.body)
    joint.joint_with.add(review_body)

    assert set(matters_arising(joint)) == {action, own}


def test_a_successor_inherits_the_seats_action(action, owner, seat):
    old = owner.appointments.get()
    new = AppointmentFactory(seat=SeatFactory(body=seat.body)).holder
    assert list(ActionItem.objects.owned_by(owner)) == [action]

    old.ends_on = old.office.ends_on = dt.date(2021, 1, 1)
    old.office.save()
    old.save()
    AppointmentFactory(seat=seat, holder=new)

    assert list(ActionItem.objects.owned_by(owner)) == []
    assert list(ActionItem.objects.owned_by(new)) == [action]


def test_an_overdue_item_is_told_once_even_when_the_scheduler_slept(action, owner):
    ActionItem.objects.update(due_on=dt.date(2021, 2, 9))

    assert tell_of_overdue_actions(at=dt.datetime(2021, 2, 9, 20, 30, tzinfo=dt.UTC)) == 0
    assert tell_of_overdue_actions(at=dt.datetime(2021, 2, 9, 21, 30, tzinfo=dt.UTC)) == 1
    for day in (10, 13):
        tell_of_overdue_actions(at=dt.datetime(2021, 2, day, 9, tzinfo=dt.UTC))

    assert letters("action-overdue") == [owner.email]


# --- Who may what ---


@pytest.mark.parametrize(
    ("role", "sees", "works", "confirms"),
    [
        ("body_secretary", True, True, True),
        ("chair", True, False, True),
        ("secretary", True, True, True),
        ("member", True, False, False),
        ("peer", True, False, False),
        ("donor_officer", False, False, False),
        ("partner_officer", False, False, False),
        ("outsider", False, False, False),
        ("administrator", False, False, False),
    ],
)
def test_who_may_do_what_with_an_action(
    request, client, action, chair, body_secretary, member, role, sees, works, confirms
):
    client.force_login(request.getfixturevalue(role))

    def answer(name):
        return client.get(reverse(name, args=[action.pk])).status_code

    assert (answer("action-detail") == 200) == sees
    assert (answer("action-note") == 200) == works
    assert (answer("action-confirm") == 200) == confirms


def test_nobody_confirms_what_one_owes_oneself(client, review_body, secretary, organisations):
    action = ActionItemFactory(
        body=review_body, owner_organisation=organisations.rla, state=State.DONE
    )
    client.force_login(secretary)

    assert client.get(reverse("action-confirm", args=[action.pk])).status_code == 403
    assert client.get(reverse("action-return", args=[action.pk])).status_code == 200


def test_an_owner_of_another_mechanism_sees_nothing(client, action, holding, organisations):
    """Who works for the owning organisation elsewhere takes no part here."""
    ActionItem.objects.update(owner_seat=None, owner_organisation=organisations.elsewhere)
    stranger = holding("Stranger", "partner_officer", organisation=organisations.elsewhere)
    OfficeFactory(
        holder=stranger, role="secretariat", organisation=organisations.elsewhere,
        mechanism=MechanismFactory(slug="forum"),
    )  # fmt: skip
    client.force_login(stranger)

    assert client.get(reverse("action-detail", args=[action.pk])).status_code == 404


# --- Pages ---


@pytest.fixture
def as_owner(client, owner):
    client.force_login(owner)
    return client


def test_an_owner_says_that_it_is_done(as_owner, action):
    response = as_owner.post(reverse("action-done", args=[action.pk]), {"text": "All mapped."})

    assert response.headers["Location"] == action.get_absolute_url()
    page = as_owner.get(action.get_absolute_url()).content.decode()
    assert "All mapped." in page
    assert "Action done" in page


def test_a_refused_deed_keeps_what_was_typed(client, action, secretary):
    client.force_login(secretary)

    response = client.post(reverse("action-return", args=[action.pk]), {"reason": "Two wards."})

    assert response.status_code == 200
    assert "its owner says so first" in response.content.decode()
    assert "Two wards." in response.content.decode()


def test_a_secretary_sets_an_action(client, review_body, body_secretary, seat):
    client.force_login(body_secretary)
    address = reverse("action-create", args=["sek", "review"])

    refused = client.post(address, {"text": "Map", "priority": "normal", "seen_version": 0})
    client.post(
        address, {"text": "Map", "priority": "normal", "owner_seat": seat.pk, "seen_version": 0}
    )

    assert refused.context["form"].errors == {
        "owner_seat": ["Say which seat or organisation does it."]
    }
    assert ActionItem.objects.get().owner_seat == seat


def test_the_list_is_narrowed_in_its_address(as_owner, action, review_body, organisations):
    late = ActionItemFactory(
        body=review_body, owner_organisation=organisations.kcdms, due_on=dt.date(2021, 1, 1)
    )

    def listed(query):
        page = as_owner.get(reverse("action-list", args=["sek"]), query)
        return list(page.context["page"])

    assert listed({}) == [late, action]
    assert listed({"mine": "on"}) == [action]
    assert listed({"overdue": "on"}) == [late]
    assert listed({"owner": "kcdms"}) == [late]
    assert listed({"state": "confirmed"}) == []
    assert listed({"state": "outstanding", "body": "review"}) == [late, action]


def test_the_list_asks_the_same_number_of_questions(
    as_owner, action, review_body, django_assert_num_queries, django_assert_max_num_queries
):
    address = reverse("action-list", args=["sek"])
    as_owner.get(address)
    with django_assert_max_num_queries(25) as asked:
        as_owner.get(address)
    for number in (1, 2):
        ActionItemFactory(body=BodyFactory(mechanism=review_body.mechanism), number=number)
        ActionItemFactory(body=review_body, owner_seat=action.owner_seat)

    with django_assert_num_queries(len(asked)):
        as_owner.get(address)


def test_an_overdue_item_stands_first_on_its_owners_desk(as_owner, action, review_body):
    ActionItem.objects.update(due_on=timezone.localdate() - dt.timedelta(days=1))

    [found] = as_owner.get(reverse("desk")).context["committee_lists"]

    assert [(row.status, row.url) for row in found.rows] == [("overdue", action.get_absolute_url())]


@pytest.mark.parametrize(("hour", "status"), [(20, "open"), (21, "overdue")])
def test_it_is_overdue_on_the_desk_from_the_midnight_of_the_mechanism(owner, action, hour, status):
    """Due on 9 February, which is over in Nairobi at 21:00 UTC."""
    ActionItem.objects.update(due_on=dt.date(2021, 2, 9))

    found = own_actions(owner, dt.datetime(2021, 2, 9, hour, tzinfo=dt.UTC))

    assert [row.status for row in found.rows] == [status]


def test_what_is_done_waits_on_the_secretarys_desk(client, action, owner, body_secretary):
    complete_action(action, by=owner)
    client.force_login(body_secretary)

    lists = client.get(reverse("desk")).context["committee_lists"]

    [found] = [each for each in lists if each.key == "actions-done"]
    assert [row.url for row in found.rows] == [action.get_absolute_url()]
