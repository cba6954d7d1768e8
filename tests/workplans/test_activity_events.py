"""Trainings and visits: unique persons and attendances apart, both dates kept, names for no one."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event, Mail
from coordination.services.files import VettedFile
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.plans import ActivityEventFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import ActivityEvent, EventFollowUp
from workplans.services.activities import PlanIsClosed
from workplans.services.activity_events import (
    EventIsOver,
    FollowUpIsDone,
    NewDayNotLater,
    NewEventEvidence,
    ParticipantsDoNotAddUp,
    TooFewAttendances,
    Turnout,
    add_activity_event,
    ask_follow_up,
    edit_activity_event,
    finish_follow_up,
    postpone_activity_event,
    reached,
)

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def activity(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    return ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms, places=[kitui])


def content(**changes):
    """What a form says of the induction of 25 to 27 November: 57 persons on three days."""
    return {
        "kind": "training",
        "title": "Induction",
        "series": "",
        "state": "held",
        "state_reason": "",
        "starts_on": dt.date(2020, 11, 25),
        "ends_on": dt.date(2020, 11, 27),
        "place": None,
        "venue": "Campus",
        "organisations": [],
        "topics": "",
        "persons": 57,
        "attendances": 171,
        "persons_are_new": False,
        "findings": "",
        "lessons": "",
        "is_public": True,
        **changes,
    }


def rows(*numbers, place=None):
    categories = ["government", "partner", "not_stated"]
    return [
        Turnout(category, place, *number)
        for category, number in zip(categories, numbers, strict=False)
    ]


# --- People: two numbers (R11), rows that add up (R6) ---


def test_persons_and_attendances_are_two_numbers(activity, partner_officer):
    event = add_activity_event(activity, by=partner_officer, at=NOW, **content())

    assert (event.persons, event.attendances) == (57, 171)


def test_attendances_are_never_fewer_than_persons(activity, partner_officer):
    with pytest.raises(TooFewAttendances):
        add_activity_event(activity, by=partner_officer, at=NOW, **content(attendances=56))


def test_rows_that_do_not_add_up_are_refused_with_the_difference(activity, partner_officer):
    # 20 + 15 + 2 = 37 officials, 9 + 8 = 17 partners: 54, three fewer than 57.
    with pytest.raises(ParticipantsDoNotAddUp, match=r"54.*57.*3 between"):
        add_activity_event(
            activity, by=partner_officer, at=NOW, turnout=rows((20, 15, 2), (9, 8, 0)), **content()
        )
    assert not ActivityEvent.objects.exists()


def test_what_cannot_be_placed_is_not_stated(activity, partner_officer):
    event = add_activity_event(
        activity,
        by=partner_officer,
        at=NOW,
        turnout=rows((20, 15, 2), (9, 8, 0), (0, 0, 3)),
        **content(),
    )

    assert [row.total for row in event.participants.order_by("pk")] == [37, 17, 3]


def test_rows_without_a_sum_are_the_sum(activity, partner_officer):
    event = add_activity_event(
        activity, by=partner_officer, at=NOW, turnout=rows((20, 15, 2)), **content(persons=None)
    )

    assert event.persons == 37


def test_unique_persons_are_added_only_where_they_are_new():
    def event(persons, attendances, *, new=False, state="held"):
        return ActivityEvent(
            persons=persons, attendances=attendances, persons_are_new=new, state=state
        )

    twice = reached(
        [event(57, 171), event(30, 60), event(None, None), event(9, 9, state="planned")]
    )
    assert (twice.held, twice.attendances, twice.persons, twice.untold) == (3, 231, None, 1)
    declared = reached([event(57, 171, new=True), event(30, 60, new=True)])
    assert declared.persons == 87
    alone = reached([event(57, 171)])
    assert alone.persons == 57
    nobody = reached([event(0, 0)])
    assert (nobody.persons, nobody.attendances) == (0, 0)
    assert reached([]).attendances is None


# --- Deeds ---


def test_a_form_sent_twice_is_one_event(activity, partner_officer):
    first = add_activity_event(activity, by=partner_officer, at=NOW, **content())

    assert add_activity_event(activity, by=partner_officer, at=NOW, **content()) == first


def test_nothing_was_held_on_a_day_to_come(activity, partner_officer):
    day = dt.date(2021, 4, 11)
    with pytest.raises(DayToCome):
        add_activity_event(
            activity, by=partner_officer, at=NOW, **content(starts_on=day, ends_on=day)
        )


def test_a_closed_plan_takes_no_event(activity, partner_officer):
    activity.plan.state = "closed"
    activity.plan.save(update_fields=["state"])

    with pytest.raises(PlanIsClosed):
        add_activity_event(activity, by=partner_officer, at=NOW, **content())


def test_the_second_of_two_editors_overwrites_nothing(activity, partner_officer, secretary):
    event = add_activity_event(activity, by=partner_officer, at=NOW, **content())
    edit_activity_event(event, by=secretary, seen_version=1, at=NOW, **content(venue="Garden"))

    with pytest.raises(EditedMeanwhile):
        edit_activity_event(event, by=partner_officer, seen_version=1, at=NOW, **content())
    event.refresh_from_db()
    assert event.venue == "Garden"
    assert Event.objects.about(event).first().changes == {"venue": ["Campus", "Garden"]}


def test_a_postponement_keeps_both_dates(activity, partner_officer):
    event = add_activity_event(
        activity, by=partner_officer, at=NOW,
        **content(state="planned", persons=None, attendances=None,
                  starts_on=dt.date(2020, 3, 1), ends_on=dt.date(2020, 3, 31)),
    )  # fmt: skip
    deed = {
        "starts_on": dt.date(2020, 10, 1), "ends_on": dt.date(2020, 12, 31),
        "reason": "COVID-19", "condition": "if the lock-down is lifted",
        "decided_by": "Steering committee",
    }  # fmt: skip
    for _click in range(2):
        put_off = postpone_activity_event(event, by=partner_officer, at=NOW, **deed)

    event.refresh_from_db()
    assert event.postponements.count() == 1
    assert (put_off.from_starts_on, put_off.from_ends_on) == (
        dt.date(2020, 3, 1),
        dt.date(2020, 3, 31),
    )
    assert (event.state, event.starts_on) == ("postponed", dt.date(2020, 10, 1))
    with pytest.raises(NewDayNotLater):
        postpone_activity_event(
            event, by=partner_officer, at=NOW, **(deed | {"starts_on": dt.date(2020, 9, 1)})
        )


def test_what_was_held_is_not_postponed(activity, partner_officer):
    event = add_activity_event(activity, by=partner_officer, at=NOW, **content())

    with pytest.raises(EventIsOver):
        postpone_activity_event(
            event, by=partner_officer, starts_on=dt.date(2021, 5, 1), ends_on=dt.date(2021, 5, 1),
            reason="Rain", decided_by="Lead", at=NOW,
        )  # fmt: skip


def test_a_follow_up_is_asked_once_told_and_done_once(activity, organisations, peer, secretary):
    event = ActivityEventFactory(activity=activity)
    asked = {"text": "Mend the pump.", "owner": organisations.kiwash, "due_on": None}
    for _click in range(2):
        follow_up = ask_follow_up(event, by=secretary, at=NOW, **asked)
    assert EventFollowUp.objects.count() == 1
    assert [mail.recipient for mail in Mail.objects.all()] == [peer.email]

    done = {"done_on": dt.date(2021, 4, 9), "outcome": "It runs."}
    finish_follow_up(follow_up, by=peer, at=NOW, **done)
    finish_follow_up(follow_up, by=peer, at=NOW, **done)
    with pytest.raises(FollowUpIsDone):
        finish_follow_up(follow_up, by=peer, at=NOW, **(done | {"outcome": "Other"}))
    assert Event.objects.about(event).filter(verb="workplans.follow_up_finished").count() == 1


# --- Pages ---


def address(name, activity, *more):
    return reverse(name, args=["sek", activity.plan.slug, activity.code, *more])


def form_data(**changes):
    return {
        "kind": "training", "title": "Induction", "state": "held",
        "starts_on": "2020-11-25", "ends_on": "2020-11-27", "persons": "57", "attendances": "171",
        "is_public": "on", "seen_version": "0",
        "turnout-TOTAL_FORMS": "1", "turnout-INITIAL_FORMS": "0",
        "turnout-0-category": "government", "turnout-0-women": "20", "turnout-0-men": "37",
        "files-TOTAL_FORMS": "0", "files-INITIAL_FORMS": "0",
        **changes,
    }  # fmt: skip


def test_the_form_records_an_event_that_its_plan_lists(client, activity, partner_officer):
    client.force_login(partner_officer)

    client.post(address("activity-event-create", activity), form_data())

    event = ActivityEvent.objects.get()
    assert (event.persons, event.participants.get().men) == (57, 37)
    page = client.get(reverse("activity-event-list", args=["sek", activity.plan.slug]))
    assert [each.pk for each in page.context["events"]] == [event.pk]
    assert page.context["reached"].attendances == 171


def test_the_form_keeps_what_was_typed_and_says_the_difference(client, activity, partner_officer):
    client.force_login(partner_officer)

    page = client.post(
        address("activity-event-create", activity), form_data(**{"turnout-0-men": "30"})
    )

    [error] = page.context["form"].errors["__all__"]
    assert error.startswith("The rows of participants add up to 50, the unique persons are 57: 7 ")
    assert page.context["form"]["title"].value() == "Induction"


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"attendances": "56"}, "attendances", "Attendances are at least as many"),
        ({"ends_on": "2020-11-24"}, "ends_on", "The last day is before the first."),
        ({"starts_on": "", "state": "planned"}, "starts_on", "Give the first day too."),
    ],
)
def test_the_form_says_at_the_field_what_is_wrong(
    client, activity, partner_officer, typed, field, said
):
    client.force_login(partner_officer)

    form = client.post(address("activity-event-create", activity), form_data(**typed)).context[
        "form"
    ]

    assert list(form.errors) == [field]
    assert form.errors[field][0].startswith(said)


def test_the_second_editor_is_shown_both_versions(client, activity, partner_officer, secretary):
    event = add_activity_event(activity, by=partner_officer, at=NOW, **content())
    edit_activity_event(event, by=secretary, seen_version=1, at=NOW, **content(venue="Garden"))
    client.force_login(partner_officer)

    page = client.post(
        address("activity-event-edit", activity, event.pk),
        form_data(seen_version="1", venue="Roof"),
    )

    fields = {each.label: (each.mine, each.theirs) for each in page.context["conflict"].fields}
    assert fields["Venue"] == ("Roof", "Garden")
    assert fields["Participants"] == ("Government officials, –: 20 / 37 / 0", "")


def test_an_internal_event_is_hidden_from_the_public(client, activity, partner_officer):
    event = ActivityEventFactory(activity=activity, is_public=False, title="Closed session")
    export = reverse("activity-event-export", args=["sek", activity.plan.slug, "csv"])

    assert client.get(event.get_absolute_url()).status_code == 404
    assert "Closed session" not in client.get(export).content.decode()
    assert "Closed session" not in client.get(activity.get_absolute_url()).content.decode()
    client.force_login(partner_officer)
    assert client.get(event.get_absolute_url()).status_code == 200
    assert "Closed session" in client.get(export).content.decode()


def test_a_list_of_names_is_open_to_no_one_outside(client, activity, partner_officer, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected/"
    event = add_activity_event(
        activity, by=partner_officer, at=NOW,
        evidence=[
            NewEventEvidence(file_of(b"names"), "Attendance list"),
            NewEventEvidence(file_of(b"hall"), "The hall", is_public=True),
        ],
        **content(),
    )  # fmt: skip
    closed, shown = (each.file for each in event.evidence.order_by("pk"))

    def status(file):
        return client.get(reverse("file-download", args=[file.pk])).status_code

    assert (status(closed), status(shown)) == (404, 200)
    assert "Attendance list" not in client.get(event.get_absolute_url()).content.decode()
    client.force_login(partner_officer)
    assert (status(closed), status(shown)) == (200, 200)


def test_the_list_asks_as_much_for_three_as_for_one(
    client, activity, django_assert_num_queries, django_assert_max_num_queries
):
    def ask():
        return client.get(reverse("activity-event-list", args=["sek", activity.plan.slug]))

    ActivityEventFactory(activity=activity)
    with django_assert_max_num_queries(30) as asked:
        ask()
    ActivityEventFactory.create_batch(2, activity=activity)
    with django_assert_num_queries(len(asked)):
        ask()


def file_of(content):
    return VettedFile("list.pdf", "application/pdf", content)
