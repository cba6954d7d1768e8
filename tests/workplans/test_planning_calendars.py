"""The official calendar: days worked by hand, what misses them (R15), and its raw feed (R20)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from committees.services.feeds import FeedRevoked
from coordination.models import Event, Membership, Place
from coordination.services.reference import load_reference
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.committees import AgendaItemFactory, MeetingFactory, PlannedMeetingFactory
from tests.factories.coordination import FiscalCalendarFactory, MechanismFactory, PlaceFactory
from tests.factories.plans import PhaseFactory, PlanningCalendarFactory, PlanningEventFactory
from tests.factories.workplans import PlanFactory
from workplans.forms.phases import PhaseForm
from workplans.models import (
    EventMove,
    Participation,
    Phase,
    PhaseSession,
    PlanFeed,
    PlanningEvent,
)
from workplans.services.phases import PhaseContent, edit_phase, remove_phase
from workplans.services.plan_feeds import fetch_plan_feed, open_plan_feed, revoke_plan_feed
from workplans.services.planning_calendars import misalignments, occurrences_of, step_due
from workplans.services.planning_steps import (
    ParticipationWithdrawn,
    StepIsThere,
    move_step,
    record_participation,
    withdraw_participation,
)
from workplans.services.refusals import ReasonMissing

from .conftest import deeds

# The year that the plan is for: July 2021 to June 2022.
YEAR = dt.date(2021, 7, 1)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2021-2022", starts_on=YEAR,
        ends_before=dt.date(2022, 7, 1), title="Kitui joint work plan", state="drafting",
    )  # fmt: skip


@pytest.fixture
def county(kenya, mechanism):
    """The calendar of Kenya's counties, by the mechanism's year from July to June."""
    return PlanningCalendarFactory(place=kenya, year=mechanism.calendar, name="County calendar")


@pytest.fixture
def adp(county):
    return PlanningEventFactory(calendar=county, key="adp")


@pytest.fixture
def negotiation(plan):
    """Priorities are agreed by 13 September 2020: twelve days after the ADP is due."""
    return PhaseFactory(
        plan=plan, step="negotiate", name="Co-create and negotiate",
        planned_start=dt.date(2020, 8, 24), planned_end=dt.date(2020, 9, 13),
    )  # fmt: skip


def days_of(plan):
    return {each.event.key: each.due_on for each in occurrences_of(plan)}


# --- Days ---


def test_kenyas_county_year_as_worked_by_hand(db):
    load_reference()
    place = Place.objects.get(path="ke/kitui")
    year = FiscalCalendarFactory(key="county")
    plan = PlanFactory(
        mechanism=MechanismFactory(country=place.parent, places=[place], calendar=year),
        place=place, calendar=year, starts_on=YEAR, ends_before=dt.date(2022, 7, 1),
    )  # fmt: skip

    assert days_of(plan) == {
        "circular": dt.date(2020, 8, 30),
        "adp": dt.date(2020, 9, 1),
        "adp-public": dt.date(2020, 9, 8),
        "cbrop": dt.date(2020, 9, 30),
        "cbrop-tabled": dt.date(2020, 10, 21),
        "sector-reports": dt.date(2021, 2, 15),
        "cfsp": dt.date(2021, 2, 28),
        "cfsp-public": dt.date(2021, 3, 7),
        "cfsp-approved": dt.date(2021, 3, 14),
        "estimates": dt.date(2021, 4, 30),
        "approval": dt.date(2021, 6, 30),
        "year": dt.date(2021, 7, 1),
        "report-q1": dt.date(2021, 10, 31),
        "report-q2": dt.date(2022, 1, 31),
        "report-q3": dt.date(2022, 4, 30),
        "report-q4": dt.date(2022, 7, 31),
    }
    [hearings] = [each for each in occurrences_of(plan) if each.event.key == "sector-reports"]
    assert hearings.begins_on == dt.date(2020, 9, 1)


@pytest.mark.parametrize(
    ("starts_on", "by_hand"),
    [(dt.date(2020, 7, 1), dt.date(2020, 2, 29)), (YEAR, dt.date(2021, 2, 28))],
)
def test_the_last_day_of_february_follows_the_year(plan, county, starts_on, by_hand):
    PlanningEventFactory(calendar=county, key="end", month=2, day=31)
    plan.starts_on, plan.ends_before = starts_on, starts_on.replace(year=starts_on.year + 1)

    assert days_of(plan) == {"end": by_hand}


def test_a_step_after_28_february_counts_days_in_a_leap_year(plan, county):
    cfsp = PlanningEventFactory(calendar=county, key="cfsp", month=2, day=28)
    PlanningEventFactory(
        calendar=county, key="approved", month=None, day=None, follows=cfsp, days_after=14
    )
    plan.starts_on, plan.ends_before = dt.date(2020, 7, 1), YEAR

    assert days_of(plan)["approved"] == dt.date(2020, 3, 13)


def test_a_donors_other_year_runs_twice_beside_the_plan(plan, kenya, mechanism):
    year = FiscalCalendarFactory(key="calendar", start_month=1, year_label="plain")
    donors = PlanningCalendarFactory(place=kenya, kind="donor", year=year)
    PlanningEventFactory(
        calendar=donors, key="planning", begins_month=9, begins_day=1, month=12, day=31
    )
    assert occurrences_of(plan) == []  # nobody here counts in that year

    mechanism.other_calendars.add(year)

    found = [(each.year, each.begins_on, each.due_on) for each in occurrences_of(plan)]
    assert found == [
        ("2021", dt.date(2020, 9, 1), dt.date(2020, 12, 31)),
        ("2022", dt.date(2021, 9, 1), dt.date(2021, 12, 31)),
    ]


def test_a_calendar_of_another_place_does_not_run_here(plan, mechanism, makueni, kitui):
    for place in (makueni, PlaceFactory(slug="pk"), kitui):
        PlanningEventFactory(
            calendar=PlanningCalendarFactory(place=place, year=mechanism.calendar), key=place.slug
        )

    assert set(days_of(plan)) == {"kitui"}


# --- What misses the calendar (R15) ---


def test_priorities_that_are_late_for_the_adp_are_said_by_days(plan, adp, negotiation):
    [alert] = misalignments(occurrences_of(plan), [negotiation])

    assert alert.days == 12
    assert str(alert) == "JWP priorities are ready 12 days after the ADP is due, 1\u00a0Sep 2020."


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (dt.date(2020, 9, 1), None),
        (dt.date(2020, 8, 31), None),
        (
            dt.date(2020, 9, 2),
            "JWP priorities are ready 1 day after the ADP is due, 1\u00a0Sep 2020.",
        ),
        (None, None),
    ],
)
def test_the_day_itself_is_in_time(plan, adp, negotiation, ends, said):
    negotiation.planned_end = ends

    alerts = misalignments(occurrences_of(plan), [negotiation])

    assert [str(alert) for alert in alerts] == ([said] if said else [])


def test_what_happened_counts_before_what_was_planned(plan, adp, negotiation):
    negotiation.started_on, negotiation.ended_on = dt.date(2020, 8, 24), dt.date(2020, 9, 4)

    [alert] = misalignments(occurrences_of(plan), [negotiation])

    assert alert.days == 3


def test_the_plan_and_its_calendar_show_the_alert(client, plan, adp, negotiation):
    said = "JWP priorities are ready 12 days after the ADP is due, 1\u00a0Sep 2020."
    for name in ("plan-detail", "plan-calendar"):
        page = client.get(reverse(name, args=["sek", plan.slug]))
        assert said in page.content.decode()
    assert "12 days late" in page.content.decode()


def test_a_plan_without_calendars_says_what_belongs_there(client, plan):
    page = client.get(reverse("plan-calendar", args=["sek", plan.slug])).content.decode()

    assert "No official calendar runs here" in page


# --- A place's own day ---


@pytest.fixture
def occurrence(plan, adp):
    return step_due(plan, adp.pk, YEAR)


RECESS = {"reason": "The assembly is in recess."}


def test_a_county_holds_a_step_on_another_day_in_one_year(
    plan, adp, county, negotiation, occurrence, focal_point
):
    PlanningEventFactory(
        calendar=county, key="public", month=None, day=None, follows=adp, days_after=7, hook="",
        hook_step="",
    )  # fmt: skip

    move_step(
        plan, occurrence, by=focal_point, due_on=dt.date(2020, 9, 15), seen_version=0, **RECESS
    )

    assert days_of(plan) == {"adp": dt.date(2020, 9, 15), "public": dt.date(2020, 9, 22)}
    assert misalignments(occurrences_of(plan), [negotiation]) == []
    plan.starts_on, plan.ends_before = dt.date(2022, 7, 1), dt.date(2023, 7, 1)
    assert days_of(plan)["adp"] == dt.date(2021, 9, 1)
    event = Event.objects.about(plan).get()
    assert event.changes["due_on"] == ["2020-09-01", "2020-09-15"]
    assert event.note == "The assembly is in recess."


def test_a_step_goes_back_to_the_day_of_its_calendar(plan, occurrence, secretary):
    later = dt.date(2020, 9, 15)
    move_step(plan, occurrence, by=secretary, due_on=later, seen_version=0, **RECESS)

    move_step(plan, occurrence, by=secretary, due_on=None, seen_version=1, reason="It was wrong.")

    [again] = occurrences_of(plan)
    assert (again.due_on, again.is_moved, again.sequence) == (dt.date(2020, 9, 1), False, 2)


def test_a_move_is_refused_without_reason_twice_and_unseen(plan, occurrence, secretary):
    later = dt.date(2020, 9, 15)
    with pytest.raises(ReasonMissing):
        move_step(plan, occurrence, by=secretary, due_on=later, reason=" ", seen_version=0)
    with pytest.raises(StepIsThere):
        move_step(
            plan, occurrence, by=secretary, due_on=dt.date(2020, 9, 1), seen_version=0, **RECESS
        )
    move_step(plan, occurrence, by=secretary, due_on=later, seen_version=0, **RECESS)
    with pytest.raises(EditedMeanwhile):
        move_step(plan, occurrence, by=secretary, due_on=None, seen_version=0, **RECESS)
    assert EventMove.objects.get().due_on == later


def test_the_second_mover_is_shown_the_first(client, plan, adp, occurrence, secretary, focal_point):
    url = reverse("planning-step-move", args=["sek", plan.slug, adp.pk, "2021-07-01"])
    move_step(
        plan, occurrence, by=focal_point, due_on=dt.date(2020, 9, 15), seen_version=0, **RECESS
    )
    client.force_login(secretary)
    typed = {"due_on": "2020-09-20", "reason": "Elections.", "seen_version": "0"}

    page = client.post(url, typed)

    assert "Someone else changed this" in page.content.decode()
    assert "2020-09-15" in page.content.decode()
    assert client.post(url, typed | {"seen_version": "1"}).status_code == 302
    assert EventMove.objects.get().due_on == dt.date(2020, 9, 20)


# --- Who took part ---


@pytest.fixture
def note(plan, occurrence, focal_point, organisations):
    return record_participation(
        plan, occurrence, by=focal_point, organisations=[organisations.kcdms],
        posts="Two officers", took_part_on=dt.date(2020, 8, 25), submitted="Comments", note="",
    )  # fmt: skip


def test_a_form_that_was_sent_twice_is_one_note(plan, occurrence, note, focal_point, organisations):
    again = record_participation(
        plan, occurrence, by=focal_point, organisations=[organisations.kcdms],
        posts="Two officers", took_part_on=dt.date(2020, 8, 25), submitted="Comments", note="",
    )  # fmt: skip

    assert (again, Participation.objects.count()) == (note, 1)


def test_nobody_has_taken_part_tomorrow(plan, occurrence, secretary, organisations):
    tomorrow = timezone.localdate() + dt.timedelta(days=2)
    with pytest.raises(DayToCome):
        record_participation(
            plan, occurrence, by=secretary, organisations=[organisations.kcdms], posts="",
            took_part_on=tomorrow, submitted="", note="",
        )  # fmt: skip


def test_a_note_is_withdrawn_once_and_stays_on_record(plan, note, secretary):
    withdraw_participation(note, by=secretary)

    with pytest.raises(ParticipationWithdrawn):
        withdraw_participation(note, by=secretary)
    assert deeds(plan) == [
        "workplans.participation_recorded", "workplans.participation_withdrawn",
    ]  # fmt: skip


def test_the_pages_tell_who_took_part(client, plan, adp, note, focal_point, organisations):
    step = ["sek", plan.slug, adp.pk, "2021-07-01"]
    for url in (
        reverse("plan-calendar", args=step[:2]),
        reverse("planning-step", args=step),
    ):
        page = client.get(url).content.decode()
        assert "25\u00a0Aug 2020" in page
        assert "Comments" in page
    client.force_login(focal_point)
    data = {
        "took_part_on": "2020-08-26", "organisations": [organisations.kiwash.pk], "posts": "",
        "submitted": "", "note": "",
    }  # fmt: skip
    client.post(reverse("participation-record", args=step), data)
    assert Participation.objects.count() == 2


@pytest.mark.parametrize("year", ["2020-07-01", "soon", "2021-07-02"])
def test_a_step_of_no_such_year_is_not_found(client, plan, adp, year):
    url = reverse("planning-step", args=["sek", plan.slug, adp.pk, year])

    assert client.get(url).status_code == 404


def test_a_calendar_takes_as_many_queries_with_one_step_as_with_three(
    client, plan, adp, county, negotiation, django_assert_num_queries
):
    url = reverse("plan-calendar", args=["sek", plan.slug])
    client.get(url)
    with django_assert_num_queries(7) as one:
        client.get(url)
    for month in (10, 11):
        PlanningEventFactory(calendar=county, month=month)
        PhaseFactory(plan=plan)
    with django_assert_num_queries(len(one)):
        client.get(url)


def test_the_picture_says_its_sessions_to_those_who_listen(client, plan, negotiation, review_body):
    for day in (dt.date(2020, 9, 3), dt.date(2020, 8, 26)):
        meeting = MeetingFactory(body=review_body, held_on=day)
        PhaseSession.objects.create(phase=negotiation, meeting=meeting)

    lane = client.get(reverse("plan-calendar", args=["sek", plan.slug])).context["page"].lanes[-1]

    assert lane.said == f"{negotiation.state_label}; session 2020-08-26; session 2020-09-03"


# --- The feed ---


@pytest.fixture
def feed(plan, peer):
    return open_plan_feed(plan, by=peer)


def events_in(raw):
    return {str(each["SUMMARY"]): each for each in Calendar.from_ical(raw).walk("VEVENT")}


def test_the_raw_feed_holds_steps_phases_and_sessions(
    client, plan, adp, negotiation, feed, review_body
):
    meeting = PlannedMeetingFactory(body=review_body, title="Sector session", access="members")
    PhaseSession.objects.create(phase=negotiation, meeting=meeting)

    response = client.get(reverse("plan-feed", args=[feed[1]]))

    raw = response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    lines = raw.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.count(b"BEGIN:VTIMEZONE") == 1  # the session's zone; whole days have none
    assert b"DTSTART;VALUE=DATE:20200901" in lines
    assert b"DTEND;VALUE=DATE:20200902" in lines
    assert b"DTSTART;VALUE=DATE:20200824" in lines
    assert b"DTEND;VALUE=DATE:20200914" in lines
    events = events_in(raw)
    assert set(events) == {
        "Annual development plan (FY 2021/22)",
        "Kitui joint work plan: Co-create and negotiate",
        "REVIEW: Sector session",
    }
    assert b"ATTENDEE" not in raw
    assert b"PRODID:-//Baraza//Calendar//EN" in lines


def test_a_session_of_which_only_the_day_is_known_is_a_whole_day_of_the_feed(
    plan, negotiation, feed, review_body
):
    day = MeetingFactory(body=review_body, held_on=dt.date(2020, 8, 26), access="members")
    month = MeetingFactory(body=review_body, held_on=dt.date(2020, 9, 1), is_day_known=False)
    for meeting in (day, month):
        PhaseSession.objects.create(phase=negotiation, meeting=meeting)

    raw = fetch_plan_feed(feed[0])

    (session,) = (event for event in events_in(raw).values() if "REVIEW" in event["SUMMARY"])
    assert (session["DTSTART"].dt, session["DTEND"].dt) == (
        dt.date(2020, 8, 26),
        dt.date(2020, 8, 27),
    )
    assert b"BEGIN:VTIMEZONE" not in raw


def test_the_feed_tells_the_agendas_of_sessions_without_what_is_for_the_body_alone(
    plan, negotiation, feed, review_body, django_assert_num_queries
):
    def session():
        meeting = PlannedMeetingFactory(body=review_body, access="members")
        AgendaItemFactory(meeting=meeting, title="Priorities of the ADP")
        AgendaItemFactory(meeting=meeting, title="Staff matter", is_restricted=True)
        PhaseSession.objects.create(phase=negotiation, meeting=meeting)

    session()
    fetch_plan_feed(feed[0])
    with CaptureQueriesContext(connection) as one:
        told = fetch_plan_feed(feed[0]).decode()
    assert "Priorities of the ADP" in told
    assert "Staff matter" not in told

    session()
    with django_assert_num_queries(len(one)):
        fetch_plan_feed(feed[0])


def test_a_step_keeps_its_uid_and_raises_its_sequence(plan, adp, occurrence, feed, secretary):
    uids, told = set(), []

    def take():
        [event] = events_in(fetch_plan_feed(feed[0])).values()
        uids.add(str(event["UID"]))
        told.append(f"{event['SEQUENCE']} {event['DTSTART'].dt} {event['STATUS']}")

    take()
    move_step(plan, occurrence, by=secretary, due_on=dt.date(2020, 9, 15), seen_version=0, **RECESS)
    take()
    PlanningEvent.objects.update(is_in_use=False, version=2)
    take()

    assert len(uids) == 1
    assert told == [
        "0 2020-09-01 CONFIRMED", "1 2020-09-15 CONFIRMED", "2 2020-09-15 CANCELLED",
    ]  # fmt: skip


def test_a_phase_that_is_taken_out_stays_in_the_feed_as_cancelled(
    plan, negotiation, feed, secretary
):
    [before] = events_in(fetch_plan_feed(feed[0])).values()
    remove_phase(negotiation, by=secretary)

    [after] = events_in(fetch_plan_feed(feed[0])).values()

    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")


def test_a_phase_whose_days_are_cleared_stays_in_the_feed_as_cancelled(
    plan, negotiation, feed, secretary
):
    [before] = events_in(fetch_plan_feed(feed[0])).values()
    content = PhaseForm(plan=plan, phase=negotiation).initial
    content = {name: content[name] for name in PhaseContent.__annotations__}
    days = {"planned_start": content["planned_start"], "planned_end": content["planned_end"]}
    none = dict.fromkeys(days)

    edit_phase(negotiation, by=secretary, seen_version=1, **content | none)
    [cleared] = events_in(fetch_plan_feed(feed[0])).values()
    edit_phase(negotiation, by=secretary, seen_version=2, **content | days)
    [again] = events_in(fetch_plan_feed(feed[0])).values()

    told = [(each["UID"], each["SEQUENCE"], each["STATUS"]) for each in (before, cleared, again)]
    uid = before["UID"]
    assert told == [(uid, 0, "CONFIRMED"), (uid, 1, "CANCELLED"), (uid, 2, "CONFIRMED")]
    assert (cleared["DTSTART"].dt, cleared["DTEND"].dt) == (
        before["DTSTART"].dt, before["DTEND"].dt,
    )  # fmt: skip


def test_a_phase_that_began_after_it_was_to_end_is_one_day_of_the_feed(plan, negotiation, feed):
    Phase.objects.filter(pk=negotiation.pk).update(
        state="under_way", started_on=negotiation.planned_end + dt.timedelta(days=3)
    )

    [event] = events_in(fetch_plan_feed(feed[0])).values()

    assert event["DTEND"].dt - event["DTSTART"].dt == dt.timedelta(days=1)


def test_an_administrators_change_raises_the_sequence(client, plan, adp, county, administrator):
    client.force_login(administrator)
    url = reverse("admin:workplans_planningcalendar_change", args=[county.pk])
    page = client.get(url)
    form, formset = page.context["adminform"].form, page.context["inline_admin_formsets"][0].formset
    data = {name: form[name].value() for name in form.fields}
    for part in (formset.management_form, *formset.initial_forms):
        data |= {part.add_prefix(name): part[name].value() for name in part.fields}
    data = {name: value for name, value in data.items() if value is not None}
    assert client.post(url, data).status_code == 302
    adp.refresh_from_db()
    assert adp.version == 1

    client.post(url, data | {"events-0-day": "5"})

    adp.refresh_from_db()
    assert (adp.day, adp.version) == (5, 2)
    [moved] = occurrences_of(plan)
    assert (moved.due_on, moved.sequence) == (dt.date(2020, 9, 5), 1)


def test_a_feed_closes_with_its_address_and_with_the_rights_of_its_owner(
    client, plan, adp, feed, peer
):
    url = reverse("plan-feed", args=[feed[1]])
    plan.is_published = False
    plan.save()
    assert client.get(url).status_code == 200

    Membership.objects.filter(organisation__slug="kiwash").delete()
    assert client.get(url).status_code == 404  # takes part no more, and the plan is not public

    plan.is_published = True
    plan.save()
    assert client.get(url).status_code == 200
    revoke_plan_feed(feed[0], by=peer)
    assert client.get(url).status_code == 404
    with pytest.raises(FeedRevoked):
        revoke_plan_feed(feed[0], by=peer)
    assert client.get(reverse("plan-feed", args=["x"])).status_code == 404


def test_an_address_is_shown_once_and_revoked_by_its_owner_alone(
    client, plan, adp, peer, secretary
):
    client.force_login(peer)
    page = client.post(reverse("plan-feed-open", args=["sek", plan.slug])).content.decode()
    [feed] = PlanFeed.objects.all()
    assert "/calendars/plans/" in page
    url = reverse("plan-feed-revoke", args=["sek", plan.slug, feed.pk])

    assert (
        "/calendars/plans/"
        not in client.get(reverse("plan-calendar", args=["sek", plan.slug])).content.decode()
    )
    client.force_login(secretary)
    assert client.post(url).status_code == 404
    client.force_login(peer)
    assert client.post(url).status_code == 302
    feed.refresh_from_db()
    assert feed.revoked_at is not None
