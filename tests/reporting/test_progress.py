"""Achievement, way from the baseline, and the verdict, against numbers worked by hand (R7, R8)."""

import datetime as dt
from decimal import Decimal

import pytest

from coordination.models import add_months
from reporting.services.levels import life_targets_for
from reporting.services.progress import Verdict, progress_for
from reporting.services.scopes import Scope
from tests.factories.workplans import TargetFactory
from workplans.models import Baseline

from .conftest import LATER
from .deeds import report
from .figures import figure_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def stand(mechanism, quarters, kenya):
    """The progress of an indicator at the end of March, the third quarter of the county's year."""

    def make(version, *, scope=None, calendar=None, period=None):
        calendar, period = calendar or mechanism.calendar, period or quarters[2]
        scope = scope or Scope.year_to_date(kenya, period, calendar)
        figure = figure_for(version, scope, on=LATER)
        return progress_for([figure], period, calendar)[version.pk, scope]

    return make


def baseline(version, place, numerator, denominator=None, organisation=None):
    return Baseline.objects.create(
        version=version, place=place, organisation=organisation,
        numerator=numerator, denominator=denominator,
    )  # fmt: skip


# --- Achievement and verdict ---


@pytest.mark.parametrize(
    ("reported", "achievement", "deviation", "verdict"),
    [
        # Due by the end of the third quarter: 400 × 3 ÷ 4 = 300; the tolerance is 10 % of it, 30.
        (300, "75", "0", Verdict.ON_TRACK),
        (271, "67.75", "-9.6667", Verdict.ON_TRACK),
        (270, "67.5", "-10", Verdict.OFF_TRACK),
        (500, "125", "66.6667", Verdict.ON_TRACK),  # ahead
        (0, "0", "-100", Verdict.OFF_TRACK),
    ],
)
def test_a_flow_is_on_track_within_the_tolerance_of_three_quarters_of_its_target(
    version_of, streams_of, quarters, kenya, stand, reported, achievement, deviation, verdict
):
    version = version_of()
    report(streams_of(version)[0], quarters[1], reported)
    TargetFactory(version=version, place=kenya, numerator=400)

    progress = stand(version)
    assert (progress.target, progress.due, progress.verdict) == (400, 300, verdict)
    assert progress.achievement == Decimal(achievement)
    assert round(progress.deviation, 4) == Decimal(deviation)


def test_a_falling_flow_is_on_track_below_what_is_due(
    version_of, streams_of, quarters, kenya, stand
):
    version = version_of(direction="decrease")
    TargetFactory(version=version, place=kenya, numerator=40)
    ours, peers, _ = streams_of(version)
    report(ours, quarters[0], 25)

    assert stand(version).verdict == Verdict.ON_TRACK  # 25 of at most 30
    report(peers, quarters[1], 9)
    assert stand(version).verdict == Verdict.OFF_TRACK  # 34 ≥ 33


def test_what_is_to_be_kept_may_leave_the_level_on_neither_side(
    version_of, streams_of, quarters, kenya, stand
):
    version = version_of(direction="maintain", percentage=True, stock=True)
    TargetFactory(version=version, place=kenya, numerator=50, denominator=100)
    report(streams_of(version)[0], quarters[2], 60, 100)

    assert stand(version).verdict == Verdict.OFF_TRACK  # 60 % instead of 50 %


@pytest.mark.parametrize(
    ("frequency", "verdict"),
    [("quarterly", Verdict.NO_FIGURE), ("annual", Verdict.NOT_DUE)],
)
def test_a_stock_that_was_not_reported_is_not_judged_by_its_last_value(
    version_of, streams_of, quarters, kenya, stand, frequency, verdict
):
    """74 enterprises in July to September, nothing since; 104 are due of the way from 74 to 114.

    74 + (114 − 74) × 3 ÷ 4 = 104: judged by its last value it would be 0 % of the way and off
    track. In September it was due: 74 + 40 × 1 ÷ 4 = 84, and 0 % of the way was off track.
    """
    version = version_of(stock=True, counts_from_baseline=True, frequency=frequency)
    baseline(version, kenya, 74)
    TargetFactory(version=version, place=kenya, numerator=114)
    report(streams_of(version)[0], quarters[0], 74)

    progress = stand(version)
    assert (progress.due, progress.verdict) == (104, verdict)
    assert (progress.way, progress.achievement, progress.deviation, progress.change) == (
        None,
        None,
        None,
        None,
    )
    first = stand(version, period=quarters[0])
    assert (first.due, first.way, first.verdict) == (84, 0, Verdict.OFF_TRACK)


def test_a_stock_that_one_of_two_reported_is_judged(version_of, streams_of, quarters, kenya, stand):
    """41 of September and 60 of March make 101 of 130 due: 22 % short."""
    version = version_of(stock=True)
    TargetFactory(version=version, place=kenya, numerator=130)
    TargetFactory(
        version=version, place=kenya, numerator=130,
        starts_on=quarters[2].starts_on, ends_before=quarters[2].ends_before,
    )  # fmt: skip
    ours, peers, _elsewhere = streams_of(version)
    report(ours, quarters[0], 41)
    report(peers, quarters[2], 60)

    progress = stand(version)
    assert (progress.due, progress.verdict) == (130, Verdict.OFF_TRACK)
    assert round(progress.achievement, 1) == Decimal("77.7")


def test_a_percentage_is_due_in_full_all_year(version_of, streams_of, quarters, kenya, stand):
    version = version_of(percentage=True)
    TargetFactory(version=version, place=kenya, numerator=80, denominator=100)
    report(streams_of(version)[0], quarters[2], 15, 20)

    # 75 % of 80 % due: a deviation of −6.25 %; achievement 75 ÷ 80 = 93.75 %.
    progress = stand(version)
    assert (progress.due, progress.achievement, progress.deviation) == (
        80,
        Decimal("93.75"),
        Decimal("-6.25"),
    )
    assert progress.verdict == Verdict.ON_TRACK


def test_the_way_from_a_baseline_serves_a_falling_indicator(
    version_of, streams_of, quarters, kenya, stand
):
    version = version_of(
        direction="decrease", percentage=True, stock=True, counts_from_baseline=True
    )
    baseline(version, kenya, 38, 100)
    TargetFactory(version=version, place=kenya, numerator=30, denominator=100)
    report(streams_of(version)[0], quarters[2], 33, 100)

    # Way: (33 − 38) ÷ (30 − 38) = −5 ÷ −8 = 62.5 %. Due: 38 − 8 × 3 ÷ 4 = 32, which is 75 % of
    # the way; (33 − 32) ÷ 6 = 16.67 % off what is due, more than the 10 % allowed.
    progress = stand(version)
    assert (progress.way, progress.due, progress.change) == (Decimal("62.5"), 32, -5)
    assert progress.percent == progress.way
    assert round(progress.deviation, 2) == Decimal("16.67")
    assert progress.verdict == Verdict.OFF_TRACK


def test_without_a_target_there_is_no_verdict_and_the_change_is_still_told(
    version_of, streams_of, quarters, kenya, stand
):
    version = version_of(percentage=True, stock=True)
    baseline(version, kenya, 40, 100)
    report(streams_of(version)[0], quarters[2], 45, 100)

    progress = stand(version)
    assert (progress.verdict, progress.percent, progress.change) == (Verdict.NO_TARGET, None, 5)


def test_without_a_figure_nothing_is_judged(version_of, streams_of, kenya, stand):
    version = version_of()
    streams_of(version)
    TargetFactory(version=version, place=kenya, numerator=400)

    assert stand(version).verdict == Verdict.NO_FIGURE


def test_a_milestone_is_due_with_the_years_end(version_of, streams_of, quarters, kenya, stand):
    version = version_of(data_type="milestone", over_periods="maximum", over_places="maximum")
    TargetFactory(version=version, place=kenya, numerator=1)
    stream = streams_of(version)[0]
    report(stream, quarters[2], 0)

    assert stand(version).verdict == Verdict.NOT_DUE
    assert stand(version, period=quarters[3]).verdict == Verdict.OFF_TRACK
    report(stream, quarters[3], 1)
    assert stand(version, period=quarters[3]).verdict == Verdict.ON_TRACK


def test_a_target_of_nothing_has_no_percentage(version_of, streams_of, quarters, kenya, stand):
    version = version_of(direction="decrease")
    TargetFactory(version=version, place=kenya, numerator=0)
    report(streams_of(version)[0], quarters[0], 2)

    progress = stand(version)
    assert (progress.achievement, progress.verdict) == (None, Verdict.OFF_TRACK)


# --- Which target ---


def test_the_targets_of_quarters_go_before_a_share_of_the_years(
    version_of, streams_of, quarters, kenya, stand
):
    version = version_of()
    TargetFactory(version=version, place=kenya, numerator=400)
    for quarter, target in zip(quarters[:3], [20, 30, 50], strict=True):
        TargetFactory(
            version=version, place=kenya, numerator=target,
            starts_on=quarter.starts_on, ends_before=quarter.ends_before,
        )  # fmt: skip
    report(streams_of(version)[0], quarters[0], 95)

    # Due: 20 + 30 + 50 = 100 rather than 300; 95 is within 10 of it.
    progress = stand(version)
    assert (progress.target, progress.due, progress.verdict) == (400, 100, Verdict.ON_TRACK)


def test_four_quarters_make_a_years_target(version_of, quarters, kenya, stand):
    version = version_of()
    for quarter in quarters[:4]:
        TargetFactory(
            version=version, place=kenya, numerator=25,
            starts_on=quarter.starts_on, ends_before=quarter.ends_before,
        )  # fmt: skip

    assert stand(version).target == 100


def test_the_target_is_that_of_the_calendars_year(
    version_of, streams_of, quarters, kenya, stand, usaid_year
):
    version = version_of()
    TargetFactory(version=version, place=kenya, numerator=400)
    TargetFactory(
        version=version, place=kenya, numerator=600,
        starts_on=dt.date(2020, 10, 1), ends_before=dt.date(2021, 10, 1),
    )  # fmt: skip
    stream = streams_of(version)[0]
    for quarter in quarters[:3]:
        report(stream, quarter, 100)

    # County: 300 of 400 × 3/4 = 300. USAID, two quarters in: 200 of 600 × 2/4 = 300.
    assert stand(version).achievement == 75
    progress = stand(version, calendar=usaid_year)
    assert (progress.target, progress.due, progress.verdict) == (600, 300, Verdict.OFF_TRACK)


def test_without_a_target_of_its_own_a_scope_has_the_sum_of_its_parts(
    version_of, streams_of, kenya, kitui, makueni, organisations, stand
):
    version = version_of()
    streams_of(version)
    TargetFactory(version=version, place=kitui, numerator=60)
    # Within Kitui's target, so not added to it.
    TargetFactory(version=version, place=kitui, organisation=organisations.kcdms, numerator=40)
    assert stand(version).target is None  # nothing is set for Makueni

    TargetFactory(version=version, place=makueni, organisation=organisations.kcdms, numerator=15)
    progress = stand(version)
    assert (progress.target, progress.target_is_sum) == (75, True)  # 60 + 15


def test_an_organisations_share_of_a_place_is_its_own_target_only(
    version_of, streams_of, quarters, kitui, organisations, mechanism, stand
):
    version = version_of()
    streams_of(version)
    TargetFactory(version=version, place=kitui, numerator=60)
    scope = Scope.year_to_date(kitui, quarters[2], mechanism.calendar).by(organisations.kcdms)

    assert stand(version, scope=scope).target is None


def test_targets_of_percentages_are_joined_as_sum_over_sum(
    version_of, streams_of, kitui, makueni, stand
):
    version = version_of(percentage=True)
    streams_of(version)
    TargetFactory(version=version, place=kitui, numerator=10, denominator=100)
    TargetFactory(version=version, place=makueni, numerator=50, denominator=50)

    assert stand(version).target == 40  # 60 ÷ 150, not the mean of 10 % and 100 %


def test_what_is_not_added_over_places_has_no_sum_of_targets(
    version_of, streams_of, kitui, makueni, stand
):
    version = version_of(over_places="maximum")
    streams_of(version)
    for place in (kitui, makueni):
        TargetFactory(version=version, place=place, numerator=10)

    assert stand(version).target is None


def test_the_target_for_an_awards_life_is_the_one_for_the_longest_time(
    version_of, streams_of, quarters, kenya
):
    version = version_of()
    streams_of(version)
    for years, numerator in [(1, 400), (3, 1000), (5, 2000)]:
        TargetFactory(
            version=version, place=kenya, numerator=numerator,
            ends_before=add_months(dt.date(2020, 7, 1), years * 12),
        )  # fmt: skip

    levels = life_targets_for([version], Scope.to_date(kenya, quarters[2]), quarters[2])
    assert levels[version.pk].value == 2000


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_figures_takes_two_queries(
    version_of, streams_of, quarters, kenya, mechanism, count, django_assert_num_queries
):
    scope = Scope.year_to_date(kenya, quarters[2], mechanism.calendar)
    figures = []
    for _ in range(count):
        version = version_of()
        streams_of(version)
        TargetFactory(version=version, place=kenya)
        figures.append(figure_for(version, scope))

    with django_assert_num_queries(2):  # targets, baselines
        progress_for(figures, quarters[2], mechanism.calendar)
