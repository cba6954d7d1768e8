"""What an organisation owes that has left, its membership ended with a day long past (R5)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.services.memberships import admit_member, end_membership
from reporting.services.completeness import completeness_of, completeness_of_indicators
from reporting.services.expectations import Expectations
from reporting.services.explanations import explain
from reporting.services.frames import versions_of
from reporting.services.progress import progress_for
from reporting.services.result_tables import Question, versions_in
from reporting.services.scopes import Scope
from tests.factories.reporting import ReportFactory
from tests.factories.workplans import ObligationFactory, StreamFactory, TargetFactory
from workplans.models import IndicatorVersion, Obligation
from workplans.services.drafts import keep_drafts, save_draft
from workplans.services.obligations import extend_obligation
from workplans.services.refusals import NotMemberThen
from workplans.services.reminders import overdue_among, remind_reporter, send_reminders
from workplans.services.results import submit_report
from workplans.services.verification import verify_result

from .deeds import report
from .figures import figure_for

pytestmark = pytest.mark.django_db

IN_TIME = dt.datetime(2021, 4, 10, tzinfo=dt.UTC)
LATE = dt.datetime(2021, 5, 5, tzinfo=dt.UTC)


@pytest.fixture
def world(mechanism, organisations, quarters, version_of, kitui):
    """KCDMS and KIWASH report one indicator in Kitui; both quarters' reports are open."""
    version = version_of()
    for organisation in (organisations.kcdms, organisations.kiwash):
        StreamFactory(version=version, organisation=organisation, place=kitui)
        for period in quarters[1:3]:
            ObligationFactory(mechanism=mechanism, organisation=organisation, period=period)
    return version


@pytest.fixture
def leave(mechanism, organisations, secretary):
    """End the membership of KCDMS with 31 December 2020, in May 2021."""

    def end():
        membership = mechanism.memberships.get(organisation=organisations.kcdms)
        return end_membership(membership, by=secretary, last_day=dt.date(2020, 12, 31), at=LATE)

    return end


def standing(mechanism, period, place=None):
    found = completeness_of(mechanism, period, place=place, at=LATE)
    return found.received, found.due, [str(each) for each in found.missing]


def test_a_report_of_a_later_quarter_is_due_no_more(
    mechanism, quarters, world, leave, kenya, kitui, organisations
):
    before = [standing(mechanism, period) for period in quarters[1:3]]
    leave()
    after = [standing(mechanism, period) for period in quarters[1:3]]

    assert before == [(0, 2, ["KCDMS", "KIWASH"]), (0, 2, ["KCDMS", "KIWASH"])]
    # Until its last day it owes; in January to March only KIWASH does.
    assert after == [(0, 2, ["KCDMS", "KIWASH"]), (0, 1, ["KIWASH"])]
    values = completeness_of_indicators([world], quarters[2], kenya, at=LATE)[world.pk]
    in_place = standing(mechanism, quarters[2], kitui)
    # The report, its values and the county say the same.
    assert (values.due, in_place) == (1, (0, 1, ["KIWASH"]))
    missing = Obligation.objects.missing().filter(organisation=organisations.kcdms)
    assert [row.period for row in missing] == [quarters[1]]
    assert len(overdue_among(Obligation.objects.all(), at=LATE)) == 3


def test_what_was_submitted_before_the_leaving_was_known_stays_received(
    mechanism, quarters, world, leave, partner_officer, kitui, organisations, focal_point
):
    stream = world.streams.get(organisation=organisations.kcdms)
    save_draft(stream, quarters[2], by=partner_officer, numerator=Decimal(5), at=IN_TIME)
    owed = mechanism.obligations.get(organisation=organisations.kcdms, period=quarters[2])
    (result,) = submit_report(owed, by=partner_officer, at=IN_TIME)
    leave()
    verify_result(result, by=focal_point, method="documents", at=LATE)

    found = (1, 2, ["KIWASH"])
    assert standing(mechanism, quarters[2]) == standing(mechanism, quarters[2], kitui) == found


def test_who_joins_again_owes_again(mechanism, quarters, world, leave, organisations, secretary):
    leave()
    admit_member(mechanism, organisations.kcdms, by=secretary, joined_on=dt.date(2021, 3, 31))

    assert standing(mechanism, quarters[2]) == (0, 2, ["KCDMS", "KIWASH"])


def test_streams_at_hand_run_as_the_query_says(
    mechanism, quarters, world, leave, organisations, kitui, makueni
):
    """One of KIWASH ends with December, one of a stranger begins with April; KCDMS leaves."""
    ending, beginning = quarters[2].starts_on, quarters[3].starts_on
    StreamFactory(
        version=world, organisation=organisations.kiwash, place=makueni, ends_before=ending
    )
    StreamFactory(
        version=world, organisation=organisations.elsewhere, place=kitui, starts_on=beginning
    )
    leave()
    at_hand = Expectations.of([world], quarters)

    numbers = []
    for period in quarters[1:4]:
        running = world.streams.running_for(period)
        numbers.append(running.count())
        assert {each.pk for each in at_hand.running_for(world, period)} == {
            each.pk for each in running
        }
    assert numbers == [3, 1, 2]
    world.state = IndicatorVersion.State.DRAFT
    assert at_hand.running_for(world, quarters[1]) == []


def test_a_figure_and_its_explanation_expect_nothing_of_it(
    mechanism, quarters, world, leave, organisations, kitui
):
    """KCDMS verified 7 in October to December and left; only KIWASH has a target, of 100."""
    report(world.streams.get(organisation=organisations.kcdms), quarters[1], 7)
    report(world.streams.get(organisation=organisations.kiwash), quarters[2], 90)
    TargetFactory(
        version=world, place=kitui, organisation=organisations.kiwash, numerator=Decimal(100)
    )
    scope = Scope.year_to_date(kitui, quarters[2], mechanism.calendar)

    def told():
        figure = figure_for(world, scope, on=LATE.date())
        progress = progress_for([figure], quarters[2], mechanism.calendar)[world.pk, scope]
        behind = explain(world, scope, quarters[2], at=LATE)
        return figure.value, progress.target, behind.completeness.due, len(behind.lines)

    # While KCDMS owes, the county has no target: a part of it is missing.
    assert told() == (97, None, 2, 2)
    leave()
    # What it reported stays in the figure; the county's target is KIWASH's.
    assert told() == (97, 100, 1, 2)


def test_a_replaced_version_that_only_it_would_report_leaves_the_tables(
    mechanism, quarters, world, leave, organisations, kenya
):
    world.streams.filter(organisation=organisations.kiwash).delete()
    IndicatorVersion.objects.filter(pk=world.pk).update(state=IndicatorVersion.State.REVISED)
    question = Question(mechanism, quarters[2], kenya, mechanism.calendar)
    owed = ReportFactory(mechanism=mechanism, period=quarters[2])

    before = versions_in(question), versions_of(owed)
    leave()
    assert (before, (versions_in(question), versions_of(owed))) == (([world], [world]), ([], []))


def test_no_deed_is_done_on_it(
    mechanism, quarters, world, leave, organisations, secretary, partner_officer
):
    owed = mechanism.obligations.get(organisation=organisations.kcdms, period=quarters[2])
    leave()

    with pytest.raises(NotMemberThen):
        remind_reporter(owed, by=secretary, at=LATE)
    with pytest.raises(NotMemberThen):
        extend_obligation(owed, by=secretary, to=dt.date(2021, 6, 1), reason="Floods.", at=LATE)
    with pytest.raises(NotMemberThen):
        submit_report(owed, by=partner_officer, at=LATE)
    with pytest.raises(NotMemberThen):
        keep_drafts(owed, [], by=partner_officer)
    assert send_reminders(at=LATE) == 1  # KIWASH alone


def test_its_page_says_so_and_the_lists_leave_it_out(
    client, mechanism, quarters, world, leave, organisations, partner_officer, secretary
):
    owed = mechanism.obligations.get(organisation=organisations.kcdms, period=quarters[2])
    leave()
    client.force_login(partner_officer)

    page = client.get(owed.get_absolute_url())
    desk = client.get(reverse("desk"))
    assert (page.status_code, page.context["status"]) == (200, "not_due")
    assert not page.context["can_edit"]
    assert [row.obligation.period for row in desk.context["owed"]] == [quarters[1]]
    client.force_login(secretary)
    lines = client.get(reverse("obligation-list", args=["sek"])).context["lines"]
    rows = [(str(line.organisation), [bool(each) for each in line.standings]) for line in lines]
    assert rows == [("KCDMS", [True, False]), ("KIWASH", [True, True])]
