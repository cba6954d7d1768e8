"""Plans against actuals where a committee reviews them (B30)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.committees import AgendaItemFactory, BodyFactory, PlannedMeetingFactory
from tests.factories.workplans import ActivityFactory, PlanFactory


@pytest.fixture
def meeting(mechanism):
    """In the middle of the year 2020/21, of a body that everyone may read."""
    body = BodyFactory(mechanism=mechanism, slug="osc", kind="operational")
    starts_at = dt.datetime(2021, 3, 4, 7, tzinfo=dt.UTC)
    return PlannedMeetingFactory(body=body, starts_at=starts_at, access="public")


@pytest.fixture
def reviewed(meeting, organisations):
    return AgendaItemFactory(
        meeting=meeting, kind="review", presented_by=organisations.kcdms, title="KCDMS"
    )


@pytest.fixture
def plan(mechanism, kitui):
    """The year that is running, published."""
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21", is_published=True)


@pytest.fixture
def work(plan, organisations):
    """A maker of activities that KCDMS leads: ``work("KTI-01", status=…)``."""

    def make(code, **given):
        return ActivityFactory(
            plan=given.pop("plan", plan), code=code, lead=organisations.kcdms,
            places=[plan.place], **given,
        )  # fmt: skip

    return make


def reviews(client, meeting, user=None):
    if user:
        client.force_login(user)
    page = client.get(meeting.get_absolute_url())
    [(_item, found)] = page.context["agenda"]
    return found


def test_what_is_done_and_late_is_counted_and_the_next_plan_listed(
    client, meeting, reviewed, plan, work, mechanism, kitui
):
    work("KTI-01", status="completed", ends_on=dt.date(2020, 12, 1))
    work("KTI-02", status="ongoing", ends_on=dt.date(2021, 2, 1))
    work("KTI-03", status="cancelled", status_reason="No rain.", ends_on=dt.date(2020, 12, 1))
    later = PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2021-22", is_published=True,
        starts_on=dt.date(2021, 7, 1), ends_before=dt.date(2022, 7, 1),
    )  # fmt: skip
    work("KTI-04", plan=later, status="planned")

    running, to_come = reviews(client, meeting)

    assert running.sentence == "1 of 2 activities completed, 1 past their last day"
    assert [(line.title.split()[0], line.is_late) for line in running.lines] == [
        ("KTI-01", False), ("KTI-02", True), ("KTI-03", False),
    ]  # fmt: skip
    assert to_come.sentence == "1 activity planned"


def test_plans_that_are_over_and_the_work_of_others_are_left_out(
    client, meeting, reviewed, plan, mechanism, kitui, organisations, work
):
    past = PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2019-20", is_published=True,
        starts_on=dt.date(2019, 7, 1), ends_before=dt.date(2020, 7, 1),
    )  # fmt: skip
    work("KTI-01", plan=past)
    ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kiwash, places=[kitui])

    assert reviews(client, meeting) == []


def test_nobody_sees_by_it_what_one_does_not_see_in_the_plan(
    client, meeting, reviewed, work, secretary
):
    work("KTI-01", is_public=False, title="A quiet activity")

    assert reviews(client, meeting) == []
    assert "A quiet activity" not in client.get(meeting.get_absolute_url()).content.decode()
    [found] = reviews(client, meeting, secretary)
    assert [line.title for line in found.lines] == ["KTI-01 A quiet activity"]


def test_three_partners_cost_as_many_questions_as_one(
    client, meeting, reviewed, work, plan, organisations
):
    work("KTI-01")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(meeting.get_absolute_url())
        return len(captured)

    queries()
    asked = queries()
    for number, other in enumerate((organisations.kiwash, organisations.rla)):
        ActivityFactory(plan=plan, code=f"O-{number}", lead=other, places=[plan.place])
        AgendaItemFactory(meeting=meeting, kind="review", presented_by=other)

    assert queries() == asked
