"""Bodies that do not meet as they promised: one alarm a gap, amber and then red (R17, B5, B6)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from committees.models import Body, CadenceAlarm, Meeting
from committees.services.cadence import (
    GapIsOver,
    NoGap,
    explain_alarm,
    explain_gap,
    follow_all,
    follow_cadence,
    gaps_of,
    missed_meetings,
    silent_since,
)
from committees.services.desk import committee_lists
from committees.services.sessions import close_meeting, open_meeting
from coordination.models import Event, Mail, Mechanism
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.schedule import scheduled_jobs
from tests.factories.committees import BodyFactory, CadenceAlarmFactory, MeetingFactory

LAST = dt.date(2021, 1, 15)  # the quarter after is over on 15 April, and half another on 30 May
DUE = dt.date(2021, 4, 15)


def at(year, month, day, hour=9):
    return dt.datetime(year, month, day, hour, tzinfo=dt.UTC)


@pytest.fixture
def body(review_body):
    MeetingFactory(body=review_body, number=1, held_on=LAST)
    return review_body


def alarms():
    return list(CadenceAlarm.objects.order_by("pk").values_list("due_on", "level", "over_at"))


def letters():
    return sorted(
        Mail.objects.filter(key__startswith="meeting-missed:").values_list("key", "recipient")
    )


def verbs(thing):
    return [event.verb.partition(".")[2] for event in Event.objects.about(thing)]


# --- The levels ---


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (dt.date(2021, 4, 15), ""),
        (dt.date(2021, 4, 16), "amber"),
        (dt.date(2021, 5, 30), "amber"),
        (dt.date(2021, 5, 31), "red"),
    ],
)
def test_amber_the_day_after_and_red_after_half_an_interval_more(day, level):
    assert CadenceAlarm.level_on(day, counted_from=LAST, due_on=DUE) == level


def test_nothing_is_raised_while_the_promise_is_kept(body):
    assert follow_all(at=at(2021, 4, 15, 20)) == 0  # 23:00 in Nairobi
    assert alarms() == []


def test_the_day_ends_in_the_mechanisms_own_zone(body):
    assert follow_all(at=at(2021, 4, 15, 21)) == 1  # midnight in Nairobi
    assert alarms() == [(DUE, "amber", None)]


def test_one_alarm_and_not_one_a_day(body, chair, body_secretary, secretary, member):
    for day in range(16, 30):
        follow_all(at=at(2021, 4, day))

    assert alarms() == [(DUE, "amber", None)]
    key = f"meeting-missed:{CadenceAlarm.objects.get().pk}:amber"
    told = {chair.email, body_secretary.email, secretary.email}
    assert letters() == sorted((key, email) for email in told)
    assert verbs(body) == ["alarm_raised"]


def test_one_letter_a_level(body, chair):
    for day in (at(2021, 4, 16), at(2021, 5, 31), at(2021, 6, 1)):
        follow_all(at=day)

    alarm = CadenceAlarm.objects.get()
    assert (alarm.level, alarm.raised_at, alarm.reddened_at) == (
        "red", at(2021, 4, 16), at(2021, 5, 31),
    )  # fmt: skip
    assert [key.rpartition(":")[2] for key, _to in letters()] == ["amber", "red"]
    assert verbs(body) == ["alarm_reddened", "alarm_raised"]


def test_a_scheduler_that_slept_raises_what_is_true_now(body, chair):
    follow_all(at=at(2021, 9, 1))

    assert alarms() == [(DUE, "red", None)]
    assert len(letters()) == 1


def test_the_alarm_is_over_when_the_body_meets(body):
    follow_all(at=at(2021, 4, 20))
    MeetingFactory(body=body, number=2, held_on=dt.date(2021, 4, 21))

    assert follow_cadence(body, at=at(2021, 4, 21)) is True
    assert follow_cadence(body, at=at(2021, 4, 21)) is False

    assert alarms() == [(DUE, "amber", at(2021, 4, 21))]
    assert verbs(body) == ["alarm_lifted", "alarm_raised"]


def test_closing_a_meeting_lifts_the_alarm_at_once(
    body, mechanism, chair, django_capture_on_commit_callbacks
):
    other = BodyFactory(mechanism=mechanism, interval=3, notified_on=LAST)
    meeting = MeetingFactory(
        body=body,
        state="scheduled",
        held_on=None,
        starts_at=at(2021, 4, 21),
        ends_at=at(2021, 4, 22),
    )
    meeting.joint_with.add(other)
    follow_all(at=at(2021, 4, 20))
    open_meeting(meeting, by=chair, at=at(2021, 4, 21))

    with django_capture_on_commit_callbacks(execute=True):
        close_meeting(meeting, by=chair, at=at(2021, 4, 21))

    assert [over for _due, _level, over in alarms()] == [at(2021, 4, 21)] * 2


def test_the_next_gap_is_another_alarm(body):
    follow_all(at=at(2021, 4, 20))
    MeetingFactory(body=body, number=2, held_on=dt.date(2021, 4, 21))

    follow_all(at=at(2021, 7, 22))

    assert [due for due, _level, _over in alarms()] == [DUE, dt.date(2021, 7, 21)]


def test_an_informal_meeting_ends_no_gap(body):
    MeetingFactory(body=body, kind=Meeting.Kind.INFORMAL, held_on=dt.date(2021, 4, 10))

    follow_all(at=at(2021, 4, 20))

    assert alarms() == [(DUE, "amber", None)]


def test_a_joint_meeting_counts_for_each_body(body, mechanism):
    joint = MeetingFactory(
        body=BodyFactory(mechanism=mechanism), number=1, held_on=dt.date(2021, 4, 10)
    )
    joint.joint_with.add(body)

    assert follow_all(at=at(2021, 4, 20)) == 0


def test_a_suspended_body_owes_nothing_and_the_same_gap_is_never_a_second_alarm(body, chair):
    follow_all(at=at(2021, 4, 20))
    Body.objects.filter(pk=body.pk).update(state="suspended", state_reason="Lock-down.")
    follow_all(at=at(2021, 5, 1))
    assert [over for _due, _level, over in alarms()] == [at(2021, 5, 1)]

    Body.objects.filter(pk=body.pk).update(state="meeting", state_reason="")
    follow_all(at=at(2021, 5, 2))

    assert alarms() == [(DUE, "amber", None)]
    assert len(letters()) == 1


def test_a_longer_interval_moves_the_day_of_the_same_alarm(body):
    follow_all(at=at(2021, 9, 1))
    Body.objects.filter(pk=body.pk).update(interval=6)

    follow_all(at=at(2021, 9, 2))

    assert alarms() == [(dt.date(2021, 7, 15), "amber", None)]


@pytest.mark.parametrize(
    "asleep", [{"state": "dormant"}, {"state": "closed"}, {"ends_on": dt.date(2021, 3, 31)}]
)
def test_of_a_mechanism_that_sleeps_nothing_is_due(body, mechanism, asleep):
    Mechanism.objects.filter(pk=mechanism.pk).update(**asleep)

    assert follow_all(at=at(2021, 9, 1)) == 0


def test_a_body_that_never_met_counts_from_its_notification(mechanism):
    BodyFactory(
        mechanism=mechanism, interval=2, interval_unit="week", state="configured",
        notified_on=dt.date(2020, 2, 12),
    )  # fmt: skip

    follow_all(at=at(2020, 2, 27))

    assert alarms() == [(dt.date(2020, 2, 26), "amber", None)]


def test_the_clock_asks_every_hour():
    from committees import tasks  # noqa: F401, PLC0415 - registers itself

    [job] = [one for one in scheduled_jobs() if "cadence" in one.name]
    assert job.every == dt.timedelta(hours=1)


@pytest.mark.parametrize("bodies", [1, 3])
def test_nothing_new_takes_no_more_queries_for_more_bodies(
    mechanism, bodies, django_assert_num_queries
):
    for number in range(bodies):
        body = BodyFactory(mechanism=mechanism, interval=3)
        MeetingFactory(body=body, number=1, held_on=LAST)
        if number:
            CadenceAlarmFactory(body=body, counted_from=LAST, due_on=DUE, level="amber")
    follow_all(at=at(2021, 4, 20))

    with django_assert_num_queries(4):
        assert follow_all(at=at(2021, 4, 21)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_raise_one_alarm(body, chair, body_secretary):
    def run(_number):
        try:
            return follow_all(at=at(2021, 4, 20))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(run, range(4)))

    assert sum(counts) == 1
    assert alarms() == [(DUE, "amber", None)]
    assert len(letters()) == 2
    assert verbs(body) == ["alarm_raised"]


# --- Reasons ---


def test_a_reason_stands_beside_the_gap_for_ever(body, chair):
    follow_all(at=at(2021, 4, 20))
    explain_alarm(CadenceAlarm.objects.get(), by=chair, reason="The county’s budget season.")
    MeetingFactory(body=body, number=2, held_on=dt.date(2021, 8, 21))
    follow_all(at=at(2021, 8, 21))

    running, ended = gaps_of(body, on=dt.date(2021, 8, 22))

    assert (ended.months, ended.verdict, ended.reason) == (7, "red", "The county’s budget season.")
    assert (running.meeting, running.verdict, running.due_on) == (
        None, "kept", dt.date(2021, 11, 21),
    )  # fmt: skip
    with pytest.raises(GapIsOver):
        explain_alarm(CadenceAlarm.objects.get(), by=chair, reason="Later.")


def test_the_nineteen_months_of_the_dialogue_committee(mechanism, secretary):
    body = BodyFactory(mechanism=mechanism, slug="spdc", interval=None)
    MeetingFactory(body=body, number=1, held_on=dt.date(2018, 3, 1))
    second = MeetingFactory(body=body, number=2, held_on=dt.date(2019, 10, 1), is_day_known=False)

    explain_gap(second, by=secretary, reason="Delay in the deployment of the technical assistance.")

    [gap] = gaps_of(body, on=dt.date(2021, 1, 1))
    assert (gap.months, gap.verdict) == (19, "")
    assert gap.reason == "Delay in the deployment of the technical assistance."


def test_an_informal_meeting_has_no_gap_before_it(body, chair):
    informal = MeetingFactory(body=body, kind="informal", held_on=dt.date(2021, 4, 10))

    with pytest.raises(NoGap):
        explain_gap(informal, by=chair, reason="None.")


def test_two_who_give_a_reason_do_not_overwrite_each_other(body, chair, secretary):
    alarm = CadenceAlarmFactory(body=body, counted_from=LAST, due_on=DUE)
    seen = newest_event()
    explain_alarm(alarm, by=chair, reason="Elections.", seen=seen)

    with pytest.raises(DoneMeanwhile, match=r"Elections\."):
        explain_alarm(alarm, by=secretary, reason="Budget.", seen=seen)
    assert explain_alarm(alarm, by=chair, reason="Elections.", seen=seen).reason == "Elections."


# --- Desk, pages ---


def test_it_stands_on_the_desks_of_chair_and_secretaries(
    body, chair, body_secretary, secretary, member, administrator
):
    follow_all(at=at(2021, 4, 20))

    def rows(user):
        found = {one.key: one for one in committee_lists(user, at=at(2021, 4, 20))}
        return [row.status for row in found["missed-meetings"].rows] if found else []

    assert [rows(user) for user in (chair, body_secretary, secretary)] == [["amber"]] * 3
    assert [missed_meetings(user, at(2021, 4, 20)).rows for user in (member, administrator)] == [
        [],
        [],
    ]


def test_the_page_tells_every_gap_and_its_reason(client, body, chair):
    MeetingFactory(
        body=body, number=2, held_on=dt.date(2021, 8, 21), gap_reason="The budget season."
    )

    page = client.get(reverse("body-cadence", args=["sek", "review"]))

    text = " ".join(page.content.decode().split())
    assert "The budget season." in text
    assert "Give the reason" not in text
    client.force_login(chair)
    assert b"Give the reason" in client.get(page.wsgi_request.path).content


def test_a_reason_is_given_on_its_page(client, body, chair):
    follow_all(at=at(2021, 4, 20))
    alarm = CadenceAlarm.objects.get()
    client.force_login(chair)

    refused = client.post(reverse("alarm-explain", args=[alarm.pk]), {"reason": " "})
    given = client.post(reverse("alarm-explain", args=[alarm.pk]), {"reason": "Elections."})

    assert refused.status_code == 200
    assert given.headers["Location"] == reverse("body-cadence", args=["sek", "review"])
    assert CadenceAlarm.objects.get().reason == "Elections."


# --- A mechanism that may sleep ---


def test_a_mechanism_of_which_no_body_met_for_a_year_may_be_dormant(body, mechanism):
    assert silent_since(mechanism, on=dt.date(2022, 1, 14)) is None
    assert silent_since(mechanism, on=dt.date(2022, 1, 15)) == LAST
    mechanism.state = Mechanism.State.DORMANT
    assert silent_since(mechanism, on=dt.date(2022, 1, 15)) is None
