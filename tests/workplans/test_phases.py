"""Phases and their gates: what is missing is said, and neither side passes alone (P5, P23, R25)."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from committees.models import Participant
from coordination.models import Event, Mail
from coordination.services.event_changes import changes_of
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import DayToCome, EditedMeanwhile
from tests.factories.committees import MeetingFactory, ParticipantFactory, SeatFactory
from tests.factories.coordination import MembershipFactory, OfficeFactory, OrganisationFactory
from tests.factories.plans import PhaseFactory, PlanningCalendarFactory, PlanningEventFactory
from tests.factories.workplans import PlanFactory
from workplans.models import Gate, GatePass, JointWorkPlan, Phase, PhaseItem
from workplans.services.activities import PlanIsClosed
from workplans.services.gates import (
    AcknowledgementMissing,
    GateNotOpen,
    MissingChanged,
    OnePersonTwoSides,
    PhaseIsBlocked,
    PhaseNotUnderWay,
    SideHasPassed,
    digest_of,
    missing_at_gate,
    pass_gate,
    request_gate,
    send_back_gate,
)
from workplans.services.phase_work import (
    AlreadyRequired,
    Presence,
    SessionIsThere,
    add_item,
    drop_item,
    leadership_by_year,
    link_session,
    note_leaders,
    require_participant,
    required_of,
    settle_item,
    turnout_at,
    unlink_session,
)
from workplans.services.phases import (
    PhaseHasBegun,
    PhaseIsOver,
    PhasesAreThere,
    add_phase,
    begin_phase,
    edit_phase,
    lay_out_phases,
    remove_phase,
)
from workplans.services.planning import create_plan
from workplans.services.refusals import ReasonMissing

from .conftest import deeds

State = Phase.State
Side = GatePass.Side
ENDED = dt.date(2020, 9, 13)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-2021", state="drafting")


@pytest.fixture
def phase(plan):
    """The second phase, under way: priorities are harvested."""
    return PhaseFactory(
        plan=plan, position=2, step="harvest", name="Harvest priorities", state="under_way",
        started_on=dt.date(2020, 8, 24),
    )  # fmt: skip


@pytest.fixture
def department(organisations):
    return OrganisationFactory(
        slug="kitui-water", name="Water department", short_name="Water department",
        type="county_department", parent=organisations.kitui,
    )  # fmt: skip


@pytest.fixture
def session(phase, review_body, secretary):
    meeting = MeetingFactory(body=review_body, held_on=dt.date(2020, 9, 2))
    return link_session(phase, by=secretary, meeting=meeting, has_leaders=None)


@pytest.fixture
def came(session):
    """A maker of those who were at the session, or were not."""

    def make(organisation, attendance="present", **row):
        return ParticipantFactory(
            meeting=session.meeting, organisation=organisation, attendance=attendance, **row
        )

    return make


@pytest.fixture
def chief(phase, secretary, organisations):
    """KCDMS's Chief of Party is required."""
    return require_participant(
        phase, by=secretary, seat=None, organisation=organisations.kcdms, post="Chief of Party"
    )


@pytest.fixture
def requested(phase, secretary):
    return request_gate(phase, by=secretary, ended_on=ENDED)


def content_of(phase, **changes):
    names = (
        "position", "step", "name", "purpose", "methods", "agenda", "participants", "facilitator",
        "planned_start", "planned_end",
    )  # fmt: skip
    return {name: getattr(phase, name) for name in names} | changes


# --- Phases ---


def test_in_a_plan_that_is_closed_no_phase_changes_and_an_open_one_says_so(
    client, plan, phase, secretary
):
    JointWorkPlan.objects.update(state="closed")
    deeds_done = [
        lambda: edit_phase(phase, by=secretary, seen_version=1, **content_of(phase)),
        lambda: add_phase(plan, by=secretary, **content_of(phase)),
        lambda: request_gate(phase, by=secretary, ended_on=phase.started_on),
    ]
    for deed in deeds_done:
        with pytest.raises(PlanIsClosed):
            deed()

    client.force_login(secretary)
    page = client.get(phase.get_absolute_url()).content.decode()
    assert "Closed without a gate" in page
    assert reverse("gate-request", args=["sek", plan.slug, phase.pk]) not in page
    assert "Closed without a gate" in client.get(
        reverse("phase-list", args=["sek", plan.slug])
    ).content.decode()  # fmt: skip


def test_a_plan_begins_with_six_phases_that_are_marked_as_ours(mechanism, kitui, secretary):
    plan = create_plan(
        mechanism, by=secretary, title="Plan", slug="plan", place=kitui,
        calendar=mechanism.calendar, starts_on=dt.date(2020, 7, 1), lead_department=None,
    )  # fmt: skip

    phases = list(plan.phases.in_order())
    assert [phase.step for phase in phases] == [
        "prepare", "harvest", "negotiate", "sign", "implement", "review",
    ]  # fmt: skip
    assert {phase.origin for phase in phases} == {"illustrative"}
    assert all(phase.items.exists() for phase in phases)


def test_an_older_plan_is_given_its_phases_once(plan, secretary):
    lay_out_phases(plan, by=secretary)

    with pytest.raises(PhasesAreThere):
        lay_out_phases(plan, by=secretary)
    assert plan.phases.count() == 6
    assert deeds(plan) == ["workplans.phases_laid_out"]


def test_a_phase_is_renamed_and_its_calendar_number_rises_with_its_days_alone(phase, secretary):
    renamed = edit_phase(
        phase, by=secretary, seen_version=1, **content_of(phase, name="Look together")
    )
    assert (renamed.name, renamed.version, renamed.sequence) == ("Look together", 2, 0)

    moved = edit_phase(
        renamed, by=secretary, seen_version=2, **content_of(renamed, planned_end=ENDED)
    )

    assert moved.sequence == 1
    with pytest.raises(EditedMeanwhile):
        edit_phase(moved, by=secretary, seen_version=2, **content_of(moved, name="Mine"))


def test_a_phase_that_has_begun_stays(plan, phase, secretary):
    with pytest.raises(PhaseHasBegun):
        remove_phase(phase, by=secretary)
    with pytest.raises(PhaseHasBegun):
        begin_phase(phase, by=secretary, on=ENDED)
    later = PhaseFactory(plan=plan, step="negotiate")
    for _click in range(2):
        remove_phase(later, by=secretary)
    assert list(plan.phases.in_order()) == [phase]
    assert deeds(plan) == ["workplans.phase_removed"]
    PhaseFactory(plan=plan, step="negotiate")  # its step is free again


def test_a_phase_does_not_begin_tomorrow(plan, secretary):
    later = PhaseFactory(plan=plan)
    with pytest.raises(DayToCome):
        begin_phase(later, by=secretary, on=dt.date(2100, 1, 1))


# --- Points ---


STANDING = {"done_on": None, "done_by": "", "blocked_by": None, "blocked_note": ""}


@pytest.fixture
def point(phase, secretary):
    return add_item(phase, by=secretary, kind="check", text="Sector list confirmed")


def settle(point, by, **changes):
    return settle_item(point, by=by, text=point.text, kind=point.kind, **(STANDING | changes))


def test_a_blocked_point_holds_the_gate_and_says_for_whom_it_waits(
    phase, point, department, secretary, focal_point
):
    settle(
        point, secretary, blocked_by=department,
        blocked_note="Sector list not confirmed by Water department.",
    )  # fmt: skip

    with pytest.raises(PhaseIsBlocked) as refusal:
        request_gate(phase, by=secretary, ended_on=ENDED)

    assert str(refusal.value) == (
        "“Sector list confirmed” waits for Water department: "
        "Sector list not confirmed by Water department."
    )
    settle(point, focal_point, done_on=dt.date(2020, 9, 1), done_by="Water department")
    assert request_gate(phase, by=secretary, ended_on=ENDED)
    assert missing_at_gate(phase) == []


def test_what_is_not_done_is_said_at_the_gate(phase, point, secretary):
    assert missing_at_gate(phase) == ["Not done: Sector list confirmed"]


def test_a_point_is_done_by_somebody_or_not_at_all(point, secretary, department):
    with pytest.raises(ValidationError):
        settle(point, secretary, done_on=dt.date(2020, 9, 1))
    with pytest.raises(ValidationError):
        settle(point, secretary, blocked_by=department)
    with pytest.raises(DayToCome):
        settle(point, secretary, done_on=dt.date(2100, 1, 1), done_by="Secretariat")


def test_the_record_writes_the_day_of_a_point_as_its_readers_do(phase, point, secretary):
    settle(point, secretary, done_on=dt.date(2020, 9, 1), done_by="Secretariat")
    told = changes_of(Event.objects.about(phase).get(verb="workplans.phase_point_settled"))
    assert [(change.before, change.after) for change in told] == [
        (point.text, f"{point.text}, Secretariat, 1\xa0Sep 2020")
    ]


def test_the_second_to_settle_a_point_is_told_of_the_first(point, secretary, focal_point):
    seen = newest_event()
    settle(point, focal_point, done_on=dt.date(2020, 9, 1), done_by="County")

    with pytest.raises(DoneMeanwhile):
        settle(point, secretary, seen=seen)


def test_a_passed_phase_takes_no_more_points(phase, point, secretary):
    Phase.objects.update(state=State.PASSED)

    with pytest.raises(PhaseIsOver):
        add_item(phase, by=secretary, kind="check", text="Another")
    with pytest.raises(PhaseIsOver):
        drop_item(point, by=secretary)
    assert PhaseItem.objects.count() == 1


# --- Who is required, and who came ---


def presence(phase):
    return [each.presence for each in required_of(phase)]


def test_nobody_noted_is_not_the_same_as_nobody_came(phase, chief, came, organisations):
    came(organisations.kcdms, attendance="unknown")

    assert presence(phase) == [Presence.UNKNOWN]
    assert missing_at_gate(phase) == [
        f"Chief of Party, {organisations.kcdms}: nobody noted who was at the sessions"
    ]


def test_an_officer_is_no_chief_of_party(phase, chief, came, organisations):
    came(organisations.kcdms, post="Technical officer")
    assert presence(phase) == [Presence.OTHERWISE]

    came(organisations.kcdms, post="chief of party, KCDMS")
    assert presence(phase) == [Presence.PRESENT]


def test_who_was_not_there_is_absent(phase, chief, came, organisations):
    came(organisations.kiwash)
    came(organisations.kcdms, attendance="apologies", post="Chief of Party")

    assert presence(phase) == [Presence.ABSENT]


def test_a_seat_is_there_when_it_was_taken(phase, review_body, came, secretary):
    seat = SeatFactory(body=review_body, title="CECM Finance")
    require_participant(phase, by=secretary, seat=seat, organisation=None, post="")
    row = came(None, seat=seat, attendance="absent")
    assert presence(phase) == [Presence.ABSENT]

    Participant.objects.filter(pk=row.pk).update(attendance="present")

    assert presence(phase) == [Presence.PRESENT]


def test_every_partner_is_required_by_its_chief_of_party_and_one_is_taken_off_again(
    client, plan, phase, chief, organisations, secretary
):
    """KCDMS is required already; the county and the backbone are no implementing partners."""
    for each in (organisations.kcdms, organisations.kiwash):
        each.type = "implementing_partner"
        each.save()
    client.force_login(secretary)
    url = address("requirement-add", phase)

    both = client.post(url, {"every_partner": "on", "organisation": organisations.kiwash.pk})
    assert list(both.context["form"].errors) == ["seat"]
    data = {"every_partner": "on", "post": "Chief of Party"}
    assert client.post(url, data).status_code == 302
    assert [str(each) for each in phase.requirements.order_by("pk")] == [
        f"Chief of Party, {organisations.kcdms}", f"Chief of Party, {organisations.kiwash}",
    ]  # fmt: skip
    again = client.post(url, data)
    assert list(again.context["form"].errors) == ["__all__"]

    drop = address("requirement-drop", phase, phase.requirements.last().pk)
    assert client.post(drop).status_code == 302
    assert phase.requirements.count() == 1


def test_nobody_is_required_twice(phase, chief, secretary, organisations):
    with pytest.raises(AlreadyRequired):
        require_participant(
            phase, by=secretary, seat=None, organisation=organisations.kcdms, post="Chief of Party"
        )


def test_turnout_is_told_by_organisation_and_session(
    phase, session, came, secretary, review_body, organisations
):
    later = MeetingFactory(body=review_body, held_on=dt.date(2020, 9, 9))
    second = link_session(phase, by=secretary, meeting=later, has_leaders=True)
    came(organisations.kcdms)
    came(organisations.kcdms, headcount=2, post="Guests")
    came(organisations.kiwash, attendance="absent")
    ParticipantFactory(meeting=later, organisation=organisations.kiwash, attendance="present")

    turnout = turnout_at([session, second])

    rows = {row.label: row.counts for row in turnout}
    assert rows == {str(organisations.kcdms): (3, None), str(organisations.kiwash): (0, 1)}
    # Each number names its day, for the cards of a phone.
    day = session.meeting.day_in_words
    assert turnout[1].cells == [(day, 0), ("9\xa0Sep 2020", 1)]
    with pytest.raises(SessionIsThere):
        link_session(phase, by=secretary, meeting=later, has_leaders=None)


def test_leaders_are_told_year_by_year(phase, session, secretary, review_body, mechanism, kitui):
    """FY20/21: no senior county official; FY21/22: CEC members took part (P8)."""
    note_leaders(session, by=secretary, has_leaders=False)
    later = PlanFactory(
        mechanism=mechanism, place=kitui, slug="next", starts_on=dt.date(2021, 7, 1),
        ends_before=dt.date(2022, 7, 1),
    )  # fmt: skip
    following = PhaseFactory(plan=later, state="under_way")
    for has_leaders in (True, None):
        link_session(
            following, by=secretary, meeting=MeetingFactory(body=review_body),
            has_leaders=has_leaders,
        )  # fmt: skip

    years = leadership_by_year([later, phase.plan])

    assert [(year.plan, year.yes, year.no, year.unknown) for year in years] == [
        (phase.plan, 0, 1, 0),
        (later, 1, 0, 1),
    ]
    unlink_session(session, by=secretary)
    assert leadership_by_year([phase.plan])[0].sessions == 0


# --- Gates ---


def test_a_gate_is_passed_by_both_sides(phase, requested, secretary, focal_point):
    pass_gate(phase, by=secretary, side=Side.SECRETARIAT)
    phase.refresh_from_db()
    assert phase.state == State.GATE_REQUESTED  # the secretariat alone passes nothing

    gate = pass_gate(phase, by=focal_point, side=Side.FOCAL_POINT)

    phase.refresh_from_db()
    assert (phase.state, phase.ended_on, gate.passed_at is not None) == (State.PASSED, ENDED, True)
    assert deeds(phase) == [
        "workplans.gate_requested",
        "workplans.gate_passed_by_side",
        "workplans.gate_passed_by_side",
        "workplans.phase_passed",
    ]


def test_one_side_passes_once_and_one_person_for_one_side(
    phase, requested, secretary, holding, organisations, kitui, mechanism
):
    second = holding("Second", "secretariat", organisation=organisations.rla, mechanism=mechanism)
    OfficeFactory(
        holder=secretary, role="county_focal_point", organisation=organisations.kitui, place=kitui
    )
    pass_gate(phase, by=secretary, side=Side.SECRETARIAT)

    with pytest.raises(SideHasPassed, match="Secretariat"):
        pass_gate(phase, by=second, side=Side.SECRETARIAT)
    with pytest.raises(OnePersonTwoSides):
        pass_gate(phase, by=secretary, side=Side.FOCAL_POINT)
    assert GatePass.objects.count() == 1


def test_who_was_missing_is_acknowledged_and_kept(
    phase, chief, came, organisations, secretary, focal_point
):
    came(organisations.kiwash)
    request_gate(phase, by=secretary, ended_on=ENDED)
    said = f"Chief of Party, {organisations.kcdms} was missing at every session"

    with pytest.raises(AcknowledgementMissing):
        pass_gate(phase, by=focal_point, side=Side.FOCAL_POINT, acknowledgement=" ")
    pass_gate(
        phase, by=focal_point, side=Side.FOCAL_POINT, acknowledgement="She agreed by telephone."
    )

    passed = GatePass.objects.get()
    assert (passed.missing, passed.acknowledgement) == (said, "She agreed by telephone.")
    # The other side owes a word of its own.
    with pytest.raises(AcknowledgementMissing):
        pass_gate(phase, by=secretary, side=Side.SECRETARIAT)


def test_what_is_missing_now_must_be_what_was_seen(
    phase, chief, came, organisations, secretary, focal_point
):
    came(organisations.kiwash)
    request_gate(phase, by=secretary, ended_on=ENDED)
    seen = digest_of(missing_at_gate(phase))
    Participant.objects.update(attendance="unknown")

    with pytest.raises(MissingChanged):
        pass_gate(
            phase, by=focal_point, side=Side.FOCAL_POINT, acknowledgement="Known.",
            seen_missing=seen,
        )  # fmt: skip


def test_a_gate_is_sent_back_with_a_reason_and_asked_for_again(
    phase, requested, secretary, focal_point
):
    pass_gate(phase, by=secretary, side=Side.SECRETARIAT)
    with pytest.raises(ReasonMissing):
        send_back_gate(phase, by=focal_point, reason=" ")

    send_back_gate(phase, by=focal_point, reason="The ADP extract was not read.")

    phase.refresh_from_db()
    assert phase.state == State.SENT_BACK
    with pytest.raises(GateNotOpen):
        pass_gate(phase, by=focal_point, side=Side.FOCAL_POINT)
    again = request_gate(phase, by=secretary, ended_on=ENDED)
    assert (Gate.objects.count(), again.passes.count()) == (2, 0)  # both decide anew


def test_a_gate_is_asked_for_while_the_phase_is_under_way(plan, phase, requested, secretary):
    with pytest.raises(PhaseNotUnderWay, match="Gate requested"):
        request_gate(phase, by=secretary, ended_on=ENDED)
    with pytest.raises(PhaseNotUnderWay, match="Not started"):
        request_gate(PhaseFactory(plan=plan), by=secretary, ended_on=ENDED)


def test_both_sides_are_told(phase, secretary, focal_point, neighbour, peer):
    request_gate(phase, by=secretary, ended_on=ENDED)

    told = Mail.objects.filter(key__startswith="gate_requested:")
    assert set(told.values_list("recipient", flat=True)) == {secretary.email, focal_point.email}


# --- Pages ---


def address(name, phase, *more):
    return reverse(name, args=["sek", phase.plan.slug, phase.pk, *more])


def test_the_page_says_who_was_missing_before_it_is_passed(
    client, phase, chief, came, organisations, secretary, focal_point
):
    came(organisations.kiwash)
    request_gate(phase, by=secretary, ended_on=ENDED)
    client.force_login(focal_point)
    said = "was missing at every session"

    page = client.get(address("gate-pass", phase))
    assert said in page.content.decode()
    seen = page.context["form"]["seen_missing"].value()
    silent = {"side": "focal_point", "acknowledgement": "", "seen_missing": seen}
    assert client.post(address("gate-pass", phase), silent).status_code == 200
    answer = client.post(
        address("gate-pass", phase), silent | {"acknowledgement": "Agreed by telephone."}
    )

    assert answer.status_code == 302
    shown = client.get(address("phase-detail", phase)).content.decode()
    assert "Agreed by telephone." in shown
    assert said in shown


def test_the_second_side_reads_that_both_have_passed_it(
    client, phase, requested, secretary, focal_point
):
    said = []
    for who, side in ((secretary, "secretariat"), (focal_point, "focal_point")):
        client.force_login(who)
        data = {"side": side, "seen_missing": digest_of([])}
        page = client.post(address("gate-pass", phase), data, follow=True)
        said += [str(message) for message in page.context["messages"]]

    assert said == ["Passed for your side.", "Passed by both sides."]


def test_the_secretariat_is_not_offered_the_countys_side(client, phase, requested, secretary):
    client.force_login(secretary)

    page = client.get(address("gate-pass", phase))
    forged = {"side": "focal_point", "acknowledgement": "", "seen_missing": digest_of([])}
    answer = client.post(address("gate-pass", phase), forged)

    assert [value for value, _label in page.context["form"].fields["side"].choices] == [
        "secretariat"
    ]
    assert answer.status_code == 200
    assert GatePass.objects.count() == 0


def test_the_public_sees_the_process_and_no_person(
    client, phase, chief, came, point, organisations, secretary, focal_point
):
    came(organisations.kiwash, name="Jane Doe")
    request_gate(phase, by=secretary, ended_on=ENDED, note="Secret note")
    send_back_gate(phase, by=focal_point, reason="Internal reason")

    page = client.get(address("phase-detail", phase)).content.decode()

    assert "Harvest priorities" in page
    assert "Sector list confirmed" in page
    for hidden in ("Jane Doe", "Secret note", "Internal reason", secretary.name, "Chief of Party"):
        assert hidden not in page


def test_a_point_is_settled_by_a_form_that_asks_for_what_is_missing(
    client, phase, point, department, secretary, mechanism
):
    MembershipFactory(mechanism=mechanism, organisation=department)
    client.force_login(secretary)
    url = address("phase-point-settle", phase, point.pk)
    data = {
        "text": point.text, "kind": "check", "how": "blocked", "blocked_by": department.pk,
        "blocked_note": "", "done_on": "", "done_by": "", "seen": newest_event(),
    }  # fmt: skip

    page = client.post(url, data)
    assert list(page.context["form"].errors) == ["blocked_note"]
    assert client.post(url, data | {"blocked_note": "Not confirmed."}).status_code == 302

    shown = client.get(address("phase-detail", phase)).content.decode()
    assert "waits for Water department: Not confirmed." in shown
    listed = client.get(reverse("phase-list", args=["sek", phase.plan.slug])).content.decode()
    assert f"{department}: <span" in listed


def test_why_a_phase_is_blocked_is_not_for_the_public(client, phase, point, department, secretary):
    settle(point, secretary, blocked_by=department, blocked_note="Not confirmed.")

    for url in (
        address("phase-detail", phase),
        reverse("phase-list", args=["sek", phase.plan.slug]),
    ):
        page = client.get(url).content.decode()
        assert "Blocked" in page
        assert "Not confirmed." not in page


def test_days_that_miss_the_official_calendar_are_said_when_they_are_saved(
    client, plan, kenya, mechanism, secretary
):
    """R15: the plan is for FY 2020/21, whose ADP was due on 1 September 2019."""
    calendar = PlanningCalendarFactory(place=kenya, year=mechanism.calendar)
    PlanningEventFactory(calendar=calendar)
    phase = PhaseFactory(plan=plan, position=3, step="negotiate", name="Co-create")
    client.force_login(secretary)
    typed = {
        "position": "3", "name": "Co-create", "step": "negotiate", "seen_version": "1",
        "planned_start": "2019-08-26", "planned_end": "2019-09-13", "purpose": "", "methods": "",
        "agenda": "", "participants": "", "facilitator": "",
    }  # fmt: skip

    page = client.post(address("phase-edit", phase), typed, follow=True)

    assert [str(message) for message in page.context["messages"]] == [
        "Saved.",
        "JWP priorities are ready 12 days after the ADP is due, 1\u00a0Sep 2019.",
    ]


def test_the_second_editor_of_a_phase_is_shown_both(client, phase, secretary, holding):
    client.force_login(secretary)
    edit_phase(phase, by=secretary, seen_version=1, **content_of(phase, name="Theirs"))
    typed = {
        "position": "2", "name": "Mine", "step": "harvest", "seen_version": "1",
        "planned_start": "", "planned_end": "", "purpose": "", "methods": "", "agenda": "",
        "participants": "", "facilitator": "",
    }  # fmt: skip

    page = client.post(address("phase-edit", phase), typed)

    assert "Theirs" in page.content.decode()
    assert page.context["form"]["name"].value() == "Mine"
    assert (
        client.post(address("phase-edit", phase), typed | {"seen_version": "2"}).status_code == 302
    )


def test_a_list_asks_as_much_of_one_phase_as_of_three(
    client, plan, phase, point, django_assert_num_queries
):
    url = reverse("phase-list", args=["sek", plan.slug])
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for _number in range(2):
        another = PhaseFactory(plan=plan)
        PhaseItem.objects.create(phase=another, text="Point")
    with django_assert_num_queries(len(one)):
        client.get(url)


def test_an_empty_plan_offers_its_phases(client, plan, secretary):
    client.force_login(secretary)
    url = reverse("phase-list", args=["sek", plan.slug])

    assert "Lay out six phases" in client.get(url).content.decode()
    client.post(reverse("phases-lay-out", args=["sek", plan.slug]))

    assert plan.phases.count() == 6
    assert Event.objects.about(plan).get().by == secretary


def test_a_gate_stands_on_the_desk_until_ones_side_has_passed_it(
    client, phase, requested, secretary, focal_point, neighbour
):
    def waits_for(who):
        client.force_login(who)
        return "Gates to decide on" in client.get("/desk/").content.decode()

    assert [waits_for(who) for who in (secretary, focal_point, neighbour)] == [True, True, False]
    pass_gate(phase, by=secretary, side=Side.SECRETARIAT)
    assert [waits_for(who) for who in (secretary, focal_point)] == [False, True]


def test_who_has_passed_a_gate_is_not_asked_again(client, phase, requested, secretary, focal_point):
    def asked(who):
        client.force_login(who)
        return "Let the phase pass" in client.get(address("phase-detail", phase)).content.decode()

    assert [asked(who) for who in (secretary, focal_point)] == [True, True]
    pass_gate(phase, by=secretary, side=Side.SECRETARIAT)
    assert [asked(who) for who in (secretary, focal_point)] == [False, True]


def test_a_phase_is_taken_out_by_two_clicks(client, plan, secretary):
    later = PhaseFactory(plan=plan)
    client.force_login(secretary)

    answers = {client.post(address("phase-remove", later)).status_code for _click in range(2)}

    assert (answers, plan.phases.in_order().count()) == ({302}, 0)
    assert client.get(address("phase-detail", later)).status_code == 404
