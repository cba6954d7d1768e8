"""The frame of a plan: begun by the secretariat, edited, and led from draft to close."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.urls import resolve, reverse

from coordination.models import Event, Mail
from coordination.services.events import DoneMeanwhile, newest_event
from coordination.services.refusals import EditedMeanwhile
from tests.factories.committees import DecisionFactory
from tests.factories.coordination import (
    FiscalCalendarFactory,
    OrganisationFactory,
    PeriodFactory,
    PlaceFactory,
)
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import JointWorkPlan
from workplans.permissions.plans import can_take_next_step, can_validate_plan
from workplans.services.activities import PlanIsClosed
from workplans.services.planning import (
    DecisionMissing,
    PlanAddressIsPublic,
    PlanAddressTaken,
    PlanForYearExists,
    PlanHasActivities,
    PlanMovedOn,
    PlanNotReturnable,
    PlanWaitsForSignatures,
    SecretariatRecords,
    advance_plan,
    create_plan,
    edit_plan,
    return_plan,
)
from workplans.services.refusals import ReasonMissing

from .conftest import deeds

State = JointWorkPlan.State
SIGNING = "Signed by the Governor and three partners on 30 Jun 2020."


@pytest.fixture
def department(organisations):
    return OrganisationFactory(
        slug="kitui-planning", type="county_department", parent=organisations.kitui
    )


@pytest.fixture
def content(mechanism, kitui, department, organisations):
    """A maker of the frame of a plan for Kitui in FY 2020/21, with changes."""

    def make(**changes):
        return {
            "title": "Kitui joint work plan",
            "slug": "kitui-2020-2021",
            "place": kitui,
            "calendar": mechanism.calendar,
            "starts_on": dt.date(2020, 7, 1),
            "lead_department": department,
            **changes,
        }

    return make


@pytest.fixture
def plan(mechanism, secretary, content):
    return create_plan(mechanism, by=secretary, **content())


def address(name, *more):
    return reverse(name, args=["sek", *more])


# --- Beginning a plan ---


def test_a_plan_is_initiated_and_not_public(plan, secretary):
    assert (plan.state, plan.is_published, plan.version) == (State.INITIATED, False, 1)
    assert (plan.starts_on, plan.ends_before) == (dt.date(2020, 7, 1), dt.date(2021, 7, 1))
    event = Event.objects.about(plan).get()
    assert (event.verb, event.by) == ("workplans.plan_created", secretary)
    assert event.changes["year"] == [None, "FY 2020/21 (County year (July to June))"]


def test_any_day_names_its_year(mechanism, secretary, content):
    plan = create_plan(mechanism, by=secretary, **content(starts_on=dt.date(2021, 3, 5)))

    assert (plan.starts_on, plan.ends_before) == (dt.date(2020, 7, 1), dt.date(2021, 7, 1))


def test_the_county_and_the_members_are_told(
    mechanism, secretary, content, partner_officer, peer, focal_point, neighbour, outsider
):
    create_plan(mechanism, by=secretary, **content())

    told = Mail.objects.filter(key__startswith="plan-created:")
    assert set(told.values_list("recipient", flat=True)) == {
        partner_officer.email,
        peer.email,
        focal_point.email,
    }
    assert "Kitui, FY 2020/21. It is being drafted" in told[0].body


def test_a_form_that_was_sent_twice_is_one_plan(mechanism, plan, secretary, content):
    assert create_plan(mechanism, by=secretary, **content()) == plan

    assert JointWorkPlan.objects.count() == 1
    assert deeds(plan) == ["workplans.plan_created"]


def test_two_plans_do_not_share_an_address(mechanism, plan, secretary, content, makueni):
    with pytest.raises(PlanAddressTaken):
        create_plan(mechanism, by=secretary, **content(title="Another", place=makueni))


def test_a_place_has_one_plan_a_year(mechanism, plan, secretary, content):
    with pytest.raises(PlanForYearExists, match="Kitui joint work plan"):
        create_plan(mechanism, by=secretary, **content(slug="kitui-again"))

    later = content(slug="kitui-2021-2022", starts_on=dt.date(2021, 7, 1))
    create_plan(mechanism, by=secretary, **later)


@pytest.mark.parametrize("slug", ["new", "New", "a/b", "", "two words"])
def test_a_plan_has_no_address_of_the_portals_own(mechanism, secretary, content, slug):
    with pytest.raises(ValidationError):
        create_plan(mechanism, by=secretary, **content(slug=slug))


@pytest.mark.parametrize("slug", ["new-plan", "2021", "edit", "publish", "activities"])
def test_every_address_that_is_taken_leads_to_its_plan(mechanism, secretary, content, slug):
    plan = create_plan(mechanism, by=secretary, **content(slug=slug))

    assert resolve(plan.get_absolute_url()).url_name == "plan-detail"


# --- Editing ---


def test_an_edit_says_from_what_to_what(plan, secretary, content):
    edited = edit_plan(plan, by=secretary, seen_version=1, **content(title="Kitui, agreed"))

    assert (edited.title, edited.version) == ("Kitui, agreed", 2)
    assert Event.objects.about(plan).first().changes == {
        "title": ["Kitui joint work plan", "Kitui, agreed"]
    }


def test_the_second_of_two_editors_is_stopped(plan, secretary, content):
    edit_plan(plan, by=secretary, seen_version=1, **content(title="Theirs"))

    with pytest.raises(EditedMeanwhile):
        edit_plan(plan, by=secretary, seen_version=1, **content(title="Mine"))

    plan.refresh_from_db()
    assert plan.title == "Theirs"


def test_a_plan_with_activities_keeps_its_place_and_year(plan, secretary, content, makueni):
    ActivityFactory(plan=plan)

    for changes in ({"place": makueni}, {"starts_on": dt.date(2021, 7, 1)}):
        with pytest.raises(PlanHasActivities):
            edit_plan(plan, by=secretary, seen_version=1, **content(**changes))
    edit_plan(plan, by=secretary, seen_version=1, **content(title="Kitui, agreed"))


def test_a_plan_without_activities_moves_to_another_year(plan, secretary, content):
    moved = content(starts_on=dt.date(2021, 7, 1))

    edited = edit_plan(plan, by=secretary, seen_version=1, **moved)

    assert edited.ends_before == dt.date(2022, 7, 1)


def test_the_address_of_a_public_plan_stays(plan, secretary, content):
    edit_plan(plan, by=secretary, seen_version=1, **content(slug="kitui"))
    JointWorkPlan.objects.update(is_published=True)

    with pytest.raises(PlanAddressIsPublic):
        edit_plan(plan, by=secretary, seen_version=2, **content(slug="kitui-2020"))
    edit_plan(plan, by=secretary, seen_version=2, **content(slug="kitui", title="Agreed"))


def test_an_edit_takes_no_other_plans_address_or_year(mechanism, plan, secretary, content, makueni):
    PlanFactory(mechanism=mechanism, place=makueni, slug="makueni-2020-2021")

    with pytest.raises(PlanAddressTaken):
        edit_plan(plan, by=secretary, seen_version=1, **content(slug="makueni-2020-2021"))
    with pytest.raises(PlanForYearExists):
        edit_plan(plan, by=secretary, seen_version=1, **content(place=makueni))


def test_a_closed_plan_is_not_edited(plan, secretary, content):
    JointWorkPlan.objects.update(state=State.CLOSED)

    with pytest.raises(PlanIsClosed):
        edit_plan(plan, by=secretary, seen_version=1, **content(title="Too late"))


# --- From state to state ---


def test_a_step_is_offered_to_who_may_take_it(plan, secretary, focal_point, outsider):
    """Only the secretariat records that a plan is consolidated; the county validates it (R25)."""
    offered = {
        state: tuple(
            can_take_next_step(each, at_state(plan, state))
            for each in (secretary, focal_point, outsider)
        )
        for state in State
    }
    both, alone = (True, True, False), (True, False, False)
    assert offered == {
        State.INITIATED: alone,
        State.DRAFTING: alone,
        State.CONSOLIDATED: both,
        State.VALIDATED: both,
        State.SIGNED: alone,
        State.IN_IMPLEMENTATION: both,
        State.CLOSED: alone,
        State.EVALUATED: alone,
    }


def at_state(plan, state):
    """The plan as it is in the state, however it came there."""
    JointWorkPlan.objects.filter(pk=plan.pk).update(state=state)
    plan.refresh_from_db()
    return plan


def test_the_secretariat_leads_and_the_government_decides(plan, secretary, focal_point):
    for state in (State.DRAFTING, State.CONSOLIDATED):
        plan = advance_plan(plan, by=secretary, to=state, note=SIGNING)
    with pytest.raises(DecisionMissing):
        advance_plan(plan, by=secretary, to=State.VALIDATED, note=SIGNING)
    plan = advance_plan(plan, by=focal_point, to=State.VALIDATED, note=SIGNING)
    with pytest.raises(PlanWaitsForSignatures):
        advance_plan(plan, by=secretary, to=State.SIGNED, note=SIGNING)
    at_state(plan, State.SIGNED)
    with pytest.raises(SecretariatRecords):
        advance_plan(plan, by=focal_point, to=State.IN_IMPLEMENTATION, note=SIGNING)
    plan = advance_plan(plan, by=secretary, to=State.IN_IMPLEMENTATION, note=SIGNING)
    with pytest.raises(DecisionMissing):
        advance_plan(plan, by=secretary, to=State.CLOSED, note=SIGNING)
    plan = advance_plan(plan, by=focal_point, to=State.CLOSED, note=SIGNING)
    plan = advance_plan(plan, by=secretary, to=State.EVALUATED, note=SIGNING)

    assert (plan.state, plan.next_state) == (State.EVALUATED, None)
    assert deeds(plan) == [
        "workplans.plan_created",
        "workplans.plan_drafted",
        "workplans.plan_consolidated",
        "workplans.plan_validated",
        "workplans.plan_started",
        "workplans.plan_closed",
        "workplans.plan_evaluated",
    ]
    event = Event.objects.about(plan).first()
    assert (event.changes, event.note) == ({"state": ["Closed", "Evaluated"]}, SIGNING)
    assert [step.to for step in plan.steps.order_by("pk")][-1] == State.EVALUATED
    with pytest.raises(PlanIsClosed):
        advance_plan(plan, by=secretary, to=State.EVALUATED, note=SIGNING)


def test_the_chair_of_the_review_committee_validates(plan, chair, body_secretary):
    at_state(plan, State.CONSOLIDATED)

    assert (can_validate_plan(chair, plan), can_validate_plan(body_secretary, plan)) == (
        True,
        False,
    )
    assert advance_plan(plan, by=chair, to=State.VALIDATED, note=SIGNING).state == State.VALIDATED


def test_the_secretariat_records_a_decision_of_the_review_committee(plan, secretary, review_body):
    at_state(plan, State.CONSOLIDATED)
    decision = DecisionFactory(meeting__body=review_body)

    advance_plan(plan, by=secretary, to=State.VALIDATED, note=SIGNING, decision=decision)

    assert plan.steps.get().decision == decision


def test_a_plan_is_sent_back_before_it_is_signed(plan, secretary, focal_point):
    at_state(plan, State.VALIDATED)
    with pytest.raises(ReasonMissing):
        return_plan(plan, by=focal_point, reason=" ")

    back = return_plan(plan, by=focal_point, reason="Two sectors are missing.")

    assert back.state == State.DRAFTING
    assert deeds(plan)[-1] == "workplans.plan_returned"
    with pytest.raises(PlanNotReturnable):
        return_plan(plan, by=secretary, reason="Again.")


def test_a_second_click_moves_a_plan_no_further(plan, secretary):
    advance_plan(plan, by=secretary, to=State.DRAFTING, note=SIGNING)

    with pytest.raises(PlanMovedOn, match="It is now: Being drafted"):
        advance_plan(plan, by=secretary, to=State.DRAFTING, note=SIGNING)


@pytest.mark.parametrize("state", [State.INITIATED, State.SIGNED, State.CLOSED])
def test_no_step_is_left_out_or_taken_back(plan, secretary, state):
    with pytest.raises(PlanMovedOn):
        advance_plan(plan, by=secretary, to=state, note=SIGNING)


def test_a_step_says_who_decided_it(plan, secretary):
    with pytest.raises(ReasonMissing):
        advance_plan(plan, by=secretary, to=State.DRAFTING, note=" ")


def test_a_step_is_not_recorded_over_an_edit_unseen(plan, secretary, content):
    seen = newest_event()
    edit_plan(plan, by=secretary, seen_version=1, **content(title="Kitui, changed"))

    with pytest.raises(DoneMeanwhile):
        advance_plan(plan, by=secretary, to=State.DRAFTING, note=SIGNING, seen=seen)


def test_a_step_is_told_to_who_has_activities_and_to_the_county(
    plan, secretary, organisations, partner_officer, peer, focal_point
):
    ActivityFactory(plan=plan, lead=organisations.kcdms)

    advance_plan(plan, by=secretary, to=State.DRAFTING, note=SIGNING)

    told = Mail.objects.filter(key__startswith="plan-state:")
    assert set(told.values_list("recipient", flat=True)) == {
        partner_officer.email,
        focal_point.email,
    }
    assert (told[0].subject, SIGNING in told[0].body) == (
        "Being drafted: Kitui joint work plan",
        True,
    )


# --- The pages ---


def typed(**changes):
    return {
        "title": "Kitui joint work plan",
        "place": str(JointWorkPlan.place.field.related_model.objects.get(slug="kitui").pk),
        "year": "county/2020-07-01",
        "slug": "kitui-2020-2021",
        "seen_version": "0",
        **changes,
    }


@pytest.fixture
def years(mechanism):
    """The quarters of two county years and of the calendar year 2021."""
    for year, quarter in [(2020, 3), (2020, 4), *[(2021, number) for number in (1, 2, 3, 4)]]:
        PeriodFactory(year=year, quarter=quarter)
    for quarter in (1, 2):
        PeriodFactory(year=2022, quarter=quarter)
    mechanism.other_calendars.add(
        FiscalCalendarFactory(key="plain", start_month=1, name="Plain", year_label="plain")
    )


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_the_secretariat_begins_a_plan_from_the_empty_list(client, years, secretary):
    client.force_login(secretary)
    listing = client.get(address("plan-list")).content.decode()

    response = client.post(address("plan-create"), typed(slug=""), follow=True)

    plan = JointWorkPlan.objects.get()
    assert listing.count(address("plan-create")) == 2  # the button, and the empty page's deed
    assert plan.slug == "kitui-2020-2021"
    assert said(response) == [
        "The plan is begun. Its members enter their activities; then publish it."
    ]
    assert response.redirect_chain[-1][0] == address("plan-detail", "kitui-2020-2021")


def test_who_may_not_begin_a_plan_is_offered_none(client, mechanism, partner_officer):
    client.force_login(partner_officer)

    assert address("plan-create") not in client.get(address("plan-list")).content.decode()


def test_years_are_offered_by_each_calendar_in_use(client, years, secretary):
    client.force_login(secretary)

    form = client.get(address("plan-create")).context["form"]

    assert form.fields["year"].choices == [
        (
            "County year (July to June)",
            [
                ("county/2020-07-01", "FY 2020/21, Jul 2020–Jun 2021"),
                ("county/2021-07-01", "FY 2021/22, Jul 2021–Jun 2022"),
            ],
        ),
        ("Plain", [("plain/2021-01-01", "2021, Jan 2021–Dec 2021")]),
    ]


def test_governments_lead_and_whoever_takes_part_may_serve(
    client, years, department, secretary, organisations
):
    PlaceFactory(slug="ug")
    client.force_login(secretary)

    fields = client.get(address("plan-create")).context["form"].fields

    assert {row.slug for row in fields["lead_department"].queryset} == {
        "kitui-county",
        "makueni-county",
        "kitui-planning",
    }
    served = {row.slug for row in fields["backbone"].queryset}
    assert {"kcdms", "usaid"} <= served
    assert "rla" not in served  # it serves the mechanism, and so every plan without its own
    assert {row.path for row in fields["place"].queryset} == {"ke", "ke/kitui", "ke/makueni"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"slug": "new"}, "slug"),
        ({"slug": "ö"}, "slug"),
        ({"year": "county/2019-07-01"}, "year"),
        ({"year": "x"}, "year"),
        ({"place": "9" * 18}, "place"),
        ({"lead_department": "9" * 18}, "lead_department"),
    ],
)
def test_a_wrong_plan_is_said_at_its_field(client, years, secretary, changes, field):
    client.force_login(secretary)

    response = client.post(address("plan-create"), typed(**changes))

    assert list(response.context["form"].errors) == [field]
    assert not JointWorkPlan.objects.exists()


def test_a_taken_year_is_said_at_its_field_and_what_was_typed_is_there(
    client, years, plan, secretary
):
    client.force_login(secretary)

    form = client.post(address("plan-create"), typed(slug="again", title="Mine")).context["form"]

    assert form.errors == {
        "year": ["This place has a plan for this year already: Kitui joint work plan."]
    }
    assert form["title"].value() == "Mine"


def test_the_second_editor_sees_both_versions(client, years, plan, secretary, content):
    edit_plan(plan, by=secretary, seen_version=1, **content(title="Theirs"))
    client.force_login(secretary)
    data = typed(
        title="Mine", seen_version="1",
        lead_department=plan.lead_department_id,
    )  # fmt: skip

    response = client.post(
        address("plan-edit", plan.slug), data | {"initial-title": "Kitui joint work plan"}
    )

    conflict = response.context["conflict"]
    assert conflict.who == secretary
    assert conflict.fields == [("Title", "Mine", "Theirs", "Kitui joint work plan")]
    again = data | {"seen_version": response.context["form"]["seen_version"].value()}
    client.post(address("plan-edit", plan.slug), again)
    plan.refresh_from_db()
    assert plan.title == "Mine"


def test_an_edit_sent_twice_is_one_deed(client, years, plan, secretary):
    client.force_login(secretary)
    data = typed(
        title="Agreed", slug="agreed", seen_version="1",
        lead_department=plan.lead_department_id,
    )  # fmt: skip

    client.post(address("plan-edit", plan.slug), data)
    response = client.post(address("plan-edit", "agreed"), data)

    assert response["Location"] == address("plan-detail", "agreed")
    assert deeds(plan).count("workplans.plan_edited") == 1


def test_what_can_no_longer_change_is_shown_and_not_taken(client, years, plan, secretary, makueni):
    ActivityFactory(plan=plan)
    JointWorkPlan.objects.update(is_published=True)
    client.force_login(secretary)

    client.post(
        address("plan-edit", plan.slug),
        typed(
            title="Agreed", place=makueni.pk, year="plain/2021-01-01", slug="other",
            seen_version="1",
        ),
    )  # fmt: skip

    plan.refresh_from_db()
    assert (plan.title, plan.place.slug, plan.slug) == ("Agreed", "kitui", "kitui-2020-2021")
    assert plan.starts_on == dt.date(2020, 7, 1)


def test_the_administration_counts_as_an_edit_too(client, years, plan, administrator):
    client.force_login(administrator)
    data = {
        "mechanism": plan.mechanism_id, "place": plan.place_id, "calendar": plan.calendar_id,
        "starts_on": "2020-07-01", "ends_before": "2021-07-01", "title": "By the administration",
        "slug": plan.slug, "state": plan.state, "origin": plan.origin,
    }  # fmt: skip

    client.post(reverse("admin:workplans_jointworkplan_change", args=[plan.pk]), data)

    plan.refresh_from_db()
    assert (plan.title, plan.version) == ("By the administration", 2)


def test_a_step_is_recorded_from_the_page_and_once(client, plan, secretary):
    client.force_login(secretary)
    page = address("plan-advance", plan.slug)
    assert page in client.get(plan.get_absolute_url()).content.decode()
    data = {"to": "drafting", "note": SIGNING}

    first, second = (client.post(page, data, follow=True) for _click in range(2))

    assert said(first) == ["Recorded."]
    assert said(second) == ["The plan has moved on meanwhile. It is now: Being drafted."]
    assert SIGNING in first.content.decode()
    assert deeds(plan).count("workplans.plan_drafted") == 1


def test_a_step_without_a_word_on_who_decided_is_refused(client, plan, secretary):
    client.force_login(secretary)

    response = client.post(address("plan-advance", plan.slug), {"to": "drafting", "note": ""})

    assert list(response.context["form"].errors) == ["note"]


def test_an_evaluated_plan_offers_no_further_deed(client, plan, secretary):
    JointWorkPlan.objects.update(state=State.EVALUATED)
    client.force_login(secretary)

    body = client.get(plan.get_absolute_url()).content.decode()
    response = client.get(address("plan-advance", plan.slug), follow=True)

    assert address("plan-edit", plan.slug) not in body
    assert address("plan-advance", plan.slug) not in body
    assert said(response) == ["This plan is closed and no longer changes."]


def test_who_did_what_with_a_plan_is_not_for_the_public(client, plan, secretary):
    JointWorkPlan.objects.update(is_published=True)

    assert secretary.name not in client.get(plan.get_absolute_url()).content.decode()
