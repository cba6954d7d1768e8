"""A mechanism's days are those of its own zone, on its pages as in its reports (R5, R12)."""

import datetime as dt

import pytest
from django.urls import reverse

from reporting.services.explanations import explain
from reporting.services.figures import Absence
from reporting.services.place_figures import figures_in
from reporting.services.result_summaries import running_summary
from reporting.services.scopes import Scope
from reporting.services.snapshots import compile_snapshot
from tests.factories.coordination import MechanismFactory, MembershipFactory
from tests.factories.reporting import EditionFactory, ReportFactory
from tests.factories.workplans import (
    IndicatorFactory,
    ObligationFactory,
    StreamFactory,
    VersionFactory,
)

pytestmark = pytest.mark.django_db

# The last evening of the quarter for the portal, whose zone is UTC; in Nairobi the quarter is over.
EVENING = dt.datetime(2021, 3, 31, 22, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _evening(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: EVENING)


@pytest.fixture
def owe(organisations, quarters):
    """A maker of what KCDMS owes a mechanism for two quarters; nothing of it came."""

    def make(mechanism):
        for period in quarters[1:3]:
            ObligationFactory(mechanism=mechanism, organisation=organisations.kcdms, period=period)

    return make


@pytest.fixture
def owed(version_of, streams_of, owe, mechanism):
    """A flow that three report, none of whom has yet."""
    version = version_of()
    streams_of(version)
    owe(mechanism)
    return version


def test_the_day_is_told_by_the_zone_of_the_mechanism(mechanism):
    assert mechanism.today() == dt.date(2021, 4, 1)
    assert mechanism.today(EVENING - dt.timedelta(hours=2)) == dt.date(2021, 3, 31)


def test_the_page_of_results_and_the_report_give_one_cell_the_same_reason(
    owed, mechanism, quarters, client, cast
):
    report = ReportFactory(mechanism=mechanism, period=quarters[2], created_by=cast["secretary"])
    edition = EditionFactory(report=report, requested_by=cast["secretary"])
    [frozen] = compile_snapshot(edition, at=EVENING).contents["tables"]["indicators"]

    client.force_login(cast["secretary"])
    page = client.get(reverse("result-table", args=["sek"]), {"period": "2021-q1"})
    [[row]] = [group.rows for group in page.context["groups"]]

    assert row.quarter.absence == Absence.MISSING
    assert frozen["quarter"]["absence"] == row.quarter.absence


def test_its_latest_quarter_and_the_explanation_are_of_that_day_too(
    owed, mechanism, quarters, kenya, kitui
):
    told = explain(owed, Scope.quarter(kenya, quarters[2]), quarters[2])
    [there] = figures_in(kitui, [mechanism])

    assert told.figure.absence == Absence.MISSING
    assert running_summary(mechanism).question.period == quarters[2]
    assert (there.question.period, there.rows[0].quarter.absence) == (quarters[2], "missing")


def test_on_the_page_of_a_place_each_mechanism_has_its_own_day(
    owed, owe, mechanism, organisations, quarters, kenya, kitui
):
    """A quarter that is over in one zone and runs in another, read of both by one page."""
    west = MechanismFactory(country=kenya, calendar=mechanism.calendar, time_zone="America/Lima")
    west.places.add(kitui)
    MembershipFactory(mechanism=west, organisation=organisations.kcdms)
    owe(west)
    version = VersionFactory(indicator=IndicatorFactory(mechanism=west))
    StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)

    found = figures_in(kitui, [mechanism, west])

    assert [each.question.period for each in found] == [quarters[2], quarters[1]]


def test_a_member_from_the_first_of_the_month_is_one_when_that_day_begins_there(
    mechanism, organisations, client
):
    before = client.get(reverse("mechanism-detail", args=["sek"])).context["member_count"]
    MembershipFactory(
        mechanism=mechanism, organisation=organisations.elsewhere, joined_on=dt.date(2021, 4, 1)
    )

    overview = client.get(reverse("mechanism-detail", args=["sek"])).context
    listed = client.get(reverse("mechanism-members", args=["sek"])).context["members"]

    assert (overview["member_count"], len(listed)) == (before + 1, before + 1)
