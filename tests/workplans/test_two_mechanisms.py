"""Two mechanisms in one county: an office that names one of them counts in that one alone (R26)."""

import datetime as dt
from collections import Counter

import pytest

from coordination.models import Mail, Mechanism, Office, Role
from tests.factories.coordination import MechanismFactory, MembershipFactory
from tests.factories.workplans import (
    IndicatorFactory,
    PlanFactory,
    ResultFactory,
    StreamFactory,
    VersionFactory,
)
from workplans.models import Result
from workplans.notifications.audience import verifiers_in
from workplans.notifications.plans import tell_of_new_plan, tell_of_plan_state
from workplans.permissions.results import can_return_result, can_verify_result, can_withdraw_result

from .conftest import IN_TIME


@pytest.fixture
def forum(kenya, kitui, organisations):
    """A second mechanism in Kitui, with a member of SEK among its own."""
    forum = MechanismFactory(slug="forum", country=kenya, places=[kitui], is_public=False)
    MembershipFactory(mechanism=forum, organisation=organisations.kcdms)
    return forum


@pytest.fixture
def named(holding, organisations, kitui, mechanism):
    """The focal point of Kitui whom SEK's secretariat invited: the office names SEK."""
    return holding(
        "Focal point, SEK",
        Role.COUNTY_FOCAL_POINT,
        organisation=organisations.kitui,
        place=kitui,
        mechanism=mechanism,
    )


@pytest.fixture
def reported(organisations, kitui, quarter):
    """A maker of KCDMS's value in Kitui, as it waits in one of the mechanisms."""

    def make(mechanism, state="submitted"):
        version = VersionFactory(indicator=IndicatorFactory(mechanism=mechanism))
        stream = StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
        return ResultFactory(stream=stream, period=quarter, state=state)

    return make


def test_an_office_that_names_a_mechanism_verifies_in_that_one_alone(
    named, focal_point, reported, mechanism, forum
):
    here, there = reported(mechanism), reported(forum)
    verified = reported(forum, "verified")

    allowed = {
        user: [can_verify_result(user, here), can_verify_result(user, there)]
        for user in (named, focal_point)
    }

    assert allowed == {named: [True, False], focal_point: [True, True]}
    assert [can_return_result(named, there), can_withdraw_result(named, verified)] == [False, False]


def test_the_queue_holds_the_values_of_that_mechanism_alone(
    named, focal_point, reported, mechanism, forum
):
    here, there = reported(mechanism), reported(forum)

    waiting = Result.objects.awaiting_verification_by

    assert (set(waiting(named)), set(waiting(focal_point))) == ({here}, {here, there})


@pytest.mark.parametrize("state", ["submitted", "returned", "verified", "restated", "withdrawn"])
@pytest.mark.parametrize("reader", ["named", "county_lead"])
def test_nothing_of_the_other_mechanism_is_read(request, reported, mechanism, forum, reader, state):
    here = reported(mechanism, state)
    reported(forum, state)

    assert list(Result.objects.visible_to(request.getfixturevalue(reader))) == [here]


def test_who_serves_one_mechanism_takes_no_part_in_the_other(
    named, focal_point, county_lead, mechanism, forum
):
    part = {
        user: set(Mechanism.objects.taking_part(user)) for user in (named, county_lead, focal_point)
    }

    assert part == {named: {mechanism}, county_lead: {mechanism}, focal_point: {mechanism, forum}}


def test_an_office_elsewhere_opens_nothing_to_which_its_government_belongs(
    named, mechanism, forum, organisations
):
    MembershipFactory(mechanism=forum, organisation=organisations.kitui)

    assert set(Mechanism.objects.taking_part(named)) == {mechanism}


def test_who_has_left_a_mechanism_is_listed_there_no_more(partner_officer, forum):
    day = dt.date(2021, 4, 1)
    forum.memberships.update(left_on=day - dt.timedelta(days=1))

    held = Office.objects.giving_rights_in(forum, on=day)

    assert partner_officer not in {office.holder for office in held}
    assert partner_officer in {o.holder for o in Office.objects.giving_rights_in(forum)}


def test_the_other_mechanism_does_not_list_the_office(
    named, focal_point, county_lead, mechanism, forum
):
    holders = [
        {office.holder for office in Office.objects.giving_rights_in(each)}
        for each in (mechanism, forum)
    ]

    assert holders == [{named, focal_point, county_lead}, {focal_point}]


def test_only_the_verifiers_of_the_mechanism_are_told(named, focal_point, kitui, mechanism, forum):
    told = [set(verifiers_in(kitui, each, at=IN_TIME)) for each in (mechanism, forum)]

    assert told == [{named, focal_point}, {focal_point}]


def test_only_the_officials_of_the_mechanism_are_told_of_its_plans(
    named, focal_point, kitui, mechanism, forum
):
    for each in (mechanism, forum):
        plan = PlanFactory(mechanism=each, place=kitui, slug=each.slug)
        tell_of_new_plan(plan, at=IN_TIME)
        tell_of_plan_state(plan, "Validated.", at=IN_TIME)

    letters = Counter(Mail.objects.values_list("recipient", flat=True))
    assert letters == {focal_point.email: 4, named.email: 2}
