"""Many at the same instant: one row, one event, nobody overwritten (R27)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from coordination.models import Event
from coordination.services.refusals import Refusal
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Activity, ActivityTie, ActivityUpdate
from workplans.services.activities import create_activity, edit_activity
from workplans.services.activity_cells import edit_cells
from workplans.services.activity_ties import tie_activities
from workplans.services.moves import confirm_activity, put_forward_activity
from workplans.services.updates import update_activity

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 8
NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


def at_once(deed):
    """What ``deed(number)`` gave or raised, for many numbers at the same time."""

    def run(number):
        try:
            return deed(number)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui)


@pytest.fixture
def content(organisations, kitui):
    return {
        "code": "KTI-01",
        "title": "Boreholes",
        "description": "",
        "sector": None,
        "intended_result": None,
        "also_under": [],
        "lead": organisations.kcdms,
        "places": [kitui],
        "starts_on": None,
        "ends_on": None,
        "activity_type": "",
        "joint_priority": "",
        "responsible_post": "",
        "target_group": "",
        "budget_minor": None,
        "currency": "",
        "assumptions": "",
        "is_public": True,
    }


def test_a_form_sent_many_times_makes_one_activity(plan, partner_officer, content):
    made = at_once(lambda _number: create_activity(plan, by=partner_officer, **content))

    assert {activity.pk for activity in made} == {Activity.objects.get().pk}
    assert Event.objects.filter(verb="workplans.activity_created").count() == 1


def test_of_many_editors_one_saves_and_the_others_are_told(plan, partner_officer, content):
    activity = ActivityFactory(plan=plan, code="KTI-01", lead=content["lead"])

    outcomes = at_once(
        lambda number: edit_activity(
            activity, by=partner_officer, seen_version=1, **(content | {"title": f"Title {number}"})
        )
    )

    saved = [outcome for outcome in outcomes if isinstance(outcome, Activity)]
    activity.refresh_from_db()
    assert [row.title for row in saved] == [activity.title]
    assert len(outcomes) - len(saved) == MANY - 1
    assert Event.objects.filter(verb="workplans.activity_edited").count() == 1


def test_an_update_sent_many_times_is_one_row(plan, quarter, partner_officer, content):
    activity = ActivityFactory(plan=plan, lead=content["lead"])
    said = {
        "status": "ongoing",
        "status_reason": "",
        "percent_complete": None,
        "narrative": "Two of five are done.",
        "next_step": "",
    }

    at_once(
        lambda _number: update_activity(
            activity, quarter, by=partner_officer, seen_version=0, at=NOW, **said
        )
    )

    assert ActivityUpdate.objects.get().version == 1
    assert Event.objects.filter(verb="workplans.activity_updated").count() == 1


def test_of_many_who_change_a_cell_at_once_one_is_saved(plan, partner_officer, organisations):
    activity = ActivityFactory(plan=plan, lead=organisations.kcdms)

    answers = at_once(
        lambda number: edit_cells(
            activity, by=partner_officer, seen_version=1, typed={"title": f"Title {number}"}
        )
    )

    saved = [each for each in answers if isinstance(each, Activity)]
    activity.refresh_from_db()
    assert (len(saved), activity.version) == (1, 2)
    assert activity.title == saved[0].title
    assert Event.objects.about(activity).count() == 1


def test_sequences_tied_at_once_never_go_round(plan, partner_officer):
    first, second = ActivityFactory(plan=plan, code="A1"), ActivityFactory(plan=plan, code="A2")
    pairs = [(first, second), (second, first)]

    at_once(
        lambda number: tie_activities(*pairs[number % 2], by=partner_officer, kind="sequencing")
    )

    assert ActivityTie.objects.count() == 1


def test_an_agreement_confirmed_many_times_is_confirmed_once(
    plan, partner_officer, focal_point, organisations
):
    activity = ActivityFactory(plan=plan, lead=organisations.kcdms, status="proposed")
    put_forward_activity(activity, by=partner_officer)

    at_once(lambda _number: confirm_activity(activity, by=focal_point))

    assert Event.objects.filter(verb="workplans.activity_agreed").count() == 1
