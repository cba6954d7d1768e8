"""R8 at the level of one stream: what is due by now, and what departs from it."""

import datetime as dt
from decimal import Decimal

import pytest

from tests.factories.coordination import PlaceFactory
from tests.factories.workplans import StreamFactory
from workplans.models import Baseline
from workplans.services.deviations import (
    Due,
    actual_by_now,
    departs,
    due_by_now,
    dues_of,
    needs_narrative,
)
from workplans.services.results import restate_result

D = Decimal


def due_of(stream, period):
    calendar = stream.version.indicator.mechanism.calendar
    return dues_of([stream], period, calendar).get(stream.pk)


@pytest.mark.parametrize(("elapsed", "due"), [(1, 300), (2, 600), (3, 900), (4, 1200)])
def test_a_year_is_due_in_four_equal_parts(version_of, elapsed, due):
    assert due_by_now(version_of(), target=D(1200), baseline=None, elapsed=elapsed) == due


def test_a_quotients_target_holds_all_year(version_of):
    version = version_of(percentage=True)

    assert due_by_now(version, target=D(30), baseline=None, elapsed=1) == 30


def test_the_way_from_a_baseline_is_due_in_parts(version_of):
    """Stunting from 32 to 28 per cent: after two quarters, half the way."""
    version = version_of(percentage=True, direction="decrease", counts_from_baseline=True)

    assert due_by_now(version, target=D(28), baseline=D(32), elapsed=2) == 30


def test_a_milestone_is_due_with_the_last_quarter(version_of):
    version = version_of(data_type="milestone")

    dues = [due_by_now(version, target=D(1), baseline=None, elapsed=n) for n in (1, 2, 3, 4)]
    assert dues == [None, None, None, 1]


@pytest.mark.parametrize(
    ("actual", "expected"), [(89, True), (90, True), (91, False), (100, False), (110, True)]
)
def test_the_tolerance_is_a_share_of_what_is_due(version_of, actual, expected):
    found = departs(version_of(), actual=D(actual), due=D(100), baseline=None)

    assert found is expected


def test_on_a_way_the_tolerance_is_a_share_of_the_way(version_of):
    """Due is 30 of a way from 32: 1.8 is a tenth short, though 30.2 is within 1 % of 30."""
    version = version_of(percentage=True, counts_from_baseline=True)

    assert departs(version, actual=D("30.2"), due=D(30), baseline=D(32))
    assert not departs(version, actual=D("30.19"), due=D(30), baseline=D(32))


@pytest.mark.parametrize(("actual", "expected"), [(0, False), (1, True)])
def test_nothing_due_is_met_by_nothing(version_of, actual, expected):
    assert departs(version_of(), actual=D(actual), due=D(0), baseline=None) is expected


def test_a_tolerance_of_nothing_forgives_nothing(version_of):
    version = version_of(tolerance=0)

    assert departs(version, actual=D(99), due=D(100), baseline=None)
    assert not departs(version, actual=D(100), due=D(100), baseline=None)


def test_a_flow_has_reached_the_year_so_far(version_of):
    due = Due(value=D(900), target=D(1200), earlier_numerator=D(560))

    assert actual_by_now(version_of(), due, D(300), None) == 860


def test_a_stock_stands_for_itself(version_of):
    due = Due(value=D(30), target=D(40), earlier_numerator=D(560))

    assert actual_by_now(version_of(stock=True), due, D(25), None) == 25


def test_a_flowing_percentage_is_sums_divided(version_of):
    """10 of 40 before and 30 of 60 now are 40 of 100, not the mean of 25 and 50."""
    due = Due(D(40), D(40), earlier_numerator=D(10), earlier_denominator=D(40))

    assert actual_by_now(version_of(percentage=True), due, D(30), D(60)) == 40


def test_division_by_nothing_needs_no_narrative(version_of):
    due = Due(value=D(40), target=D(40))

    assert not needs_narrative(version_of(percentage=True), due, D(0), D(0))


def test_the_years_target_of_the_stream_itself_is_due(stream, target, quarters, makueni):
    target(stream.version, 1200)
    target(stream.version, 99, place=makueni)
    target(stream.version, 77, organisation=None)

    assert due_of(stream, quarters[2]) == Due(value=D(900), target=D(1200))


def test_the_places_target_is_due_of_its_only_reporter(
    stream, target, quarters, organisations, kitui, makueni
):
    """1,200 a year for all of Kitui: 900 after three quarters, of KCDMS as long as it is alone."""
    target(stream.version, 1200, organisation=None)
    StreamFactory(version=stream.version, organisation=organisations.kiwash, place=makueni)
    ended = StreamFactory(
        version=stream.version, organisation=organisations.elsewhere, place=kitui,
        starts_on=dt.date(2019, 7, 1), ends_before=dt.date(2020, 7, 1),
    )  # fmt: skip

    assert due_of(stream, quarters[2]) == Due(value=D(900), target=D(1200))

    # One that reported in the year before takes no part in this one; in the year it does.
    ended.ends_before = dt.date(2020, 10, 1)
    ended.save()
    assert due_of(stream, quarters[2]) is None


def test_a_reporter_in_a_part_of_the_place_shares_its_target(
    stream, target, quarters, organisations, kitui
):
    target(stream.version, 1200, organisation=None)
    ward = PlaceFactory(parent=kitui, slug="mwingi")
    StreamFactory(version=stream.version, organisation=organisations.kiwash, place=ward)

    assert due_of(stream, quarters[2]) is None


def test_the_targets_of_quarters_go_first_and_add_up(stream, target, quarters):
    target(stream.version, 1200)
    for quarter, value in zip(quarters[:3], (100, 150, 250), strict=True):
        span = {"starts_on": quarter.starts_on, "ends_before": quarter.ends_before}
        target(stream.version, value, **span)

    assert due_of(stream, quarters[1]) == Due(value=D(250), target=D(250))
    assert due_of(stream, quarters[2]) == Due(value=D(500), target=D(500))


def test_a_quarter_without_its_own_target_falls_back_on_the_year(stream, target, quarters):
    target(stream.version, 1200)
    first = quarters[0]
    target(stream.version, 100, starts_on=first.starts_on, ends_before=first.ends_before)

    assert due_of(stream, quarters[1]) == Due(value=D(600), target=D(1200))


def test_a_stocks_targets_of_quarters_do_not_add_up(version_of, stream_of, target, quarters):
    stream = stream_of(version_of(stock=True))
    for quarter, value in zip(quarters[:2], (10, 20), strict=True):
        span = {"starts_on": quarter.starts_on, "ends_before": quarter.ends_before}
        target(stream.version, value, **span)

    assert due_of(stream, quarters[1]).value == 20


@pytest.mark.parametrize(
    "span",
    [
        (dt.date(2019, 7, 1), dt.date(2020, 7, 1)),  # last year
        (dt.date(2020, 7, 1), dt.date(2021, 1, 1)),  # a half-year
        (dt.date(2019, 10, 1), dt.date(2024, 10, 1)),  # the life of the award
        (dt.date(2020, 10, 1), dt.date(2021, 10, 1)),  # the donor's year
    ],
)
def test_other_stretches_of_time_are_not_this_years_target(stream, target, quarters, span):
    target(stream.version, 1200, starts_on=span[0], ends_before=span[1])

    assert due_of(stream, quarters[2]) is None


def test_the_own_baseline_goes_before_the_places(version_of, stream_of, target, quarters, kitui):
    stream = stream_of(version_of(counts_from_baseline=True, stock=True))
    target(stream.version, 100)
    Baseline.objects.create(version=stream.version, place=kitui, numerator=D(60))

    assert due_of(stream, quarters[0]) == Due(value=D(70), target=D(100), baseline=D(60))

    Baseline.objects.create(
        version=stream.version, place=kitui, organisation=stream.organisation, numerator=D(20)
    )
    assert due_of(stream, quarters[0]) == Due(value=D(40), target=D(100), baseline=D(20))


def test_earlier_quarters_of_the_year_count_once_and_as_last_restated(
    stream, target, quarters, verified, partner_officer
):
    target(stream.version, 1200)
    verified(stream, 260, period=quarters[0], deviation="Late rains.")
    second = verified(stream, 300, period=quarters[1], deviation="Late rains.")
    restate_result(second, by=partner_officer, numerator=D(290), reason="Counted twice.")

    due = due_of(stream, quarters[2])

    assert (due.earlier_numerator, due.value) == (D(550), D(900))


def test_dues_take_the_same_number_of_queries_for_many_streams(
    version_of, target, quarters, organisations, kitui, django_assert_num_queries
):
    streams = [
        StreamFactory(version=version_of(f"S-{n}"), organisation=organisations.kcdms, place=kitui)
        for n in range(3)
    ]
    for stream in streams:
        target(stream.version, 100)
    calendar = streams[0].version.indicator.mechanism.calendar
    for some in (streams[:1], streams):
        with django_assert_num_queries(3):
            assert len(dues_of(some, quarters[2], calendar)) == len(some)
