"""A retired indicator stays where it was reported, and is missing where it was still due (R3)."""

import pytest

from reporting.services.frames import versions_of
from reporting.services.result_tables import Question, read_rows, versions_in
from tests.factories.reporting import ReportFactory
from workplans.services.retirement import retire_indicator

from .deeds import report

pytestmark = pytest.mark.django_db


@pytest.fixture
def retired(version_of, streams_of, quarters, secretary):
    """Ends with January to March 2021; 110 were verified by December, nothing came since."""
    version = version_of()
    ours, peers, _elsewhere = streams_of(version)
    report(ours, quarters[0], 100)
    report(peers, quarters[1], 10)
    return retire_indicator(version, by=secretary, last_period=quarters[2], reason="Replaced.")


@pytest.fixture
def asked(mechanism, kenya):
    def make(period):
        return Question(mechanism, period, kenya, mechanism.calendar)

    return make


def test_its_values_count_in_the_year_in_which_they_were_reported(retired, asked, quarters):
    [row] = read_rows(asked(quarters[3]), versions_in(asked(quarters[3])))

    assert (row.to_date.value, row.quarter.absence) == (110, "not_due")


def test_it_leaves_the_tables_of_the_next_year(retired, asked, quarters, mechanism):
    assert versions_in(asked(quarters[4])) == []
    assert versions_of(ReportFactory(mechanism=mechanism, period=quarters[4])) == []


def test_who_still_owes_its_last_period_is_named(retired, asked, quarters, mechanism):
    [row] = read_rows(asked(quarters[2]), versions_in(asked(quarters[2])))

    assert (row.quarter.absence, row.completeness.due) == ("missing", 3)


def test_an_indicator_that_never_had_a_value_is_named_in_its_last_period_too(
    version_of, streams_of, asked, quarters, mechanism, secretary
):
    version = version_of()
    streams_of(version)
    retire_indicator(version, by=secretary, last_period=quarters[2], reason="Replaced.")

    assert versions_in(asked(quarters[2])) == [version]
    assert versions_of(ReportFactory(mechanism=mechanism, period=quarters[2])) == [version]
    assert versions_in(asked(quarters[3])) == []
