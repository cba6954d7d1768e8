"""Figures against numbers worked by hand: R2, R3, R4, R7, R9."""

import datetime as dt
from decimal import Decimal

import pytest

from reporting.models import Basis
from reporting.services.figures import Absence, figures_for
from reporting.services.scopes import Scope
from tests.factories.coordination import MembershipFactory, PeriodFactory
from tests.factories.workplans import ObligationFactory, StreamFactory, VersionFactory
from workplans.models import Result

from .conftest import LATER
from .deeds import SUBMITTED, move, report
from .figures import figure_for

pytestmark = pytest.mark.django_db


def value(version, scope, **more):
    return figure_for(version, scope, on=LATER, **more).value


# --- R2: aggregation belongs to the indicator ---


def test_a_flow_is_added_over_periods_places_and_organisations(
    version_of, streams_of, quarters, kenya, kitui, makueni, organisations, mechanism, usaid_year
):
    version = version_of()
    ours, peers, elsewhere = streams_of(version)
    for stream, values in [(ours, [10, 20, 30]), (peers, [1, 2, 3]), (elsewhere, [100, 0, 300])]:
        for quarter, number in zip(quarters, values, strict=False):
            report(stream, quarter, number)
    march = quarters[2]

    # January to March: 30 + 3 = 33 in Kitui, 300 in Makueni, 333 in all, 330 of them KCDMS.
    assert value(version, Scope.quarter(kitui, march)) == 33
    assert value(version, Scope.quarter(makueni, march)) == 300
    assert value(version, Scope.quarter(kenya, march)) == 333
    assert value(version, Scope.quarter(kenya, march).by(organisations.kcdms)) == 330
    # The county's year began in July: 10+20+30 + 1+2+3 + 100+0+300 = 60 + 6 + 400 = 466.
    assert value(version, Scope.year_to_date(kenya, march, mechanism.calendar)) == 466
    # USAID's year began in October: 466 less July to September (10 + 1 + 100 = 111) = 355.
    assert value(version, Scope.year_to_date(kenya, march, usaid_year)) == 355
    # The whole county year holds nothing more yet; nor does the time since the beginning.
    assert value(version, Scope.year(kenya, march, mechanism.calendar)) == 466
    assert value(version, Scope.to_date(kenya, march)) == 466


@pytest.mark.parametrize(("stock", "until_december"), [(False, 111), (True, 100)])
def test_a_quarter_that_was_entered_late_stands_where_it_belongs(
    version_of, streams_of, quarters, kenya, kitui, makueni, stock, until_december
):
    """April to June 2020 has a higher key than all quarters after it."""
    early = PeriodFactory(year=2020, quarter=2)
    version = version_of(stock=stock)
    ours, _peers, elsewhere = streams_of(version)
    for quarter, number in [(early, 1), (quarters[0], 10), (quarters[1], 100), (quarters[2], 1000)]:
        report(ours, quarter, number)
    report(elsewhere, early, 7)
    ever = Scope.to_date(kenya, quarters[1])
    scopes = [Scope.quarter(kenya, quarters[1]), ever, ever.at(kitui), ever.at(makueni)]

    figures = figures_for([version], scopes, on=LATER)

    whole = until_december + 7
    assert [figures[version.pk, scope].value for scope in scopes] == [
        107 if stock else 100, whole, until_december, 7,
    ]  # fmt: skip


def test_a_stock_is_the_latest_value_of_each_stream_added_over_streams_never_over_periods(
    version_of, streams_of, quarters, kenya, kitui, mechanism
):
    version = version_of(stock=True)
    ours, peers, elsewhere = streams_of(version)
    for quarter, number in zip(quarters, [40, 45, 50], strict=False):
        report(ours, quarter, number)
    report(peers, quarters[0], 7)
    report(elsewhere, quarters[1], 3)
    report(elsewhere, quarters[2], 2)
    december, march = quarters[1], quarters[2]

    # As at December: 45 + 7 (of September) + 3 = 55. As at March: 50 + 7 + 2 = 59.
    assert value(version, Scope.quarter(kenya, december)) == 55
    assert value(version, Scope.quarter(kenya, march)) == 59
    assert value(version, Scope.year_to_date(kenya, march, mechanism.calendar)) == 59
    assert value(version, Scope.quarter(kitui, march)) == 57


def test_a_stock_that_was_not_reported_keeps_its_last_value_with_its_date(
    version_of, streams_of, quarters, kenya, organisations
):
    version = version_of(stock=True)
    ours, peers, _ = streams_of(version)
    report(ours, quarters[0], 40)
    report(peers, quarters[0], 7)
    report(peers, quarters[2], 8)
    march = Scope.quarter(kenya, quarters[2])

    alone = figure_for(version, march.by(organisations.kcdms), on=LATER)
    assert (alone.value, alone.as_of, alone.carried) == (40, quarters[0], 1)
    together = figure_for(version, march, on=LATER)
    assert (together.value, together.as_of, together.values, together.carried) == (48, None, 2, 1)


def test_a_stock_that_began_long_before_the_quarters_asked_for_is_not_forgotten(
    version_of, streams_of, quarters, kenya
):
    version = version_of(stock=True)
    report(streams_of(version)[0], quarters[0], 40)

    figure = figure_for(version, Scope.quarter(kenya, quarters[5]), on=LATER)
    assert (figure.value, figure.as_of) == (40, quarters[0])


def test_a_percentage_is_the_sum_of_numerators_over_the_sum_of_denominators(
    version_of, streams_of, quarters, kenya, kitui
):
    version = version_of(percentage=True)
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], 30, 100)  # 30 %
    report(peers, quarters[2], 9, 10)  # 90 %
    report(elsewhere, quarters[2], 0, 40)  # 0 %

    # Kitui: 39 ÷ 110 = 35.4545… %, not the mean of 30 and 90. In all: 39 ÷ 150 = 26 %.
    assert value(version, Scope.quarter(kitui, quarters[2])) == Decimal(39) / Decimal(110) * 100
    assert value(version, Scope.quarter(kenya, quarters[2])) == 26


def test_a_quotient_of_levels_takes_the_latest_of_both_parts(
    version_of, streams_of, quarters, kenya
):
    version = version_of(stock=True, percentage=True)
    ours, peers, _ = streams_of(version)
    report(ours, quarters[1], 30, 100)
    report(ours, quarters[2], 60, 120)
    report(peers, quarters[1], 0, 80)

    # As at March: (60 + 0) ÷ (120 + 80) = 30 %.
    assert value(version, Scope.quarter(kenya, quarters[2])) == 30


def test_a_maximum_over_places_is_the_highest(version_of, streams_of, quarters, kenya, kitui):
    version = version_of(over_places="maximum", over_periods="maximum")
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[1], 12)
    report(ours, quarters[2], 10)
    report(peers, quarters[2], 5)
    report(elsewhere, quarters[2], 14)

    # Kitui in the quarter: 10 + 5 (organisations are added). In all: max(15, 14) = 15.
    assert value(version, Scope.quarter(kenya, quarters[2])) == 15
    # Since the beginning: max(12, 10) + 5 = 17 in Kitui; max(17, 14) = 17.
    assert value(version, Scope.to_date(kenya, quarters[2])) == 17


def test_a_mean_counts_each_value_once(version_of, streams_of, quarters, kenya, kitui):
    version = version_of(
        data_type="score", over_periods="latest", over_organisations="mean", over_places="mean"
    )
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], "2")
    report(peers, quarters[2], "4")
    report(elsewhere, quarters[2], "9")

    # Kitui: (2 + 4) ÷ 2 = 3. In all: (2 + 4 + 9) ÷ 3 = 5, not the mean of 3 and 9.
    assert value(version, Scope.quarter(kitui, quarters[2])) == 3
    assert value(version, Scope.quarter(kenya, quarters[2])) == 5


def test_a_mean_of_percentages_is_never_taken(version_of, streams_of, quarters, kitui):
    version = version_of(percentage=True, over_organisations="mean")
    ours, peers, _ = streams_of(version)
    report(ours, quarters[2], 1, 2)
    report(peers, quarters[2], 0, 8)

    # 1 ÷ 10 = 10 %; the mean of 50 % and 0 % would be 25 %.
    assert value(version, Scope.quarter(kitui, quarters[2])) == 10


def test_what_no_rule_joins_is_not_aggregable_but_one_value_stands_for_itself(
    version_of, streams_of, quarters, kenya, makueni
):
    version = version_of(over_places="none", over_organisations="none", over_periods="none")
    ours, _, elsewhere = streams_of(version)
    report(ours, quarters[2], 10)
    report(elsewhere, quarters[1], 3)
    report(elsewhere, quarters[2], 4)
    march = Scope.quarter(kenya, quarters[2])

    figure = figure_for(version, march, on=LATER)
    assert (figure.value, figure.absence, figure.values) == (None, Absence.NOT_AGGREGABLE, 2)
    assert value(version, march.at(makueni)) == 4
    year = figure_for(version, Scope.to_date(makueni, quarters[2]), on=LATER)
    assert year.absence == Absence.NOT_AGGREGABLE


def test_versions_of_one_indicator_are_never_added_together(
    version_of, streams_of, quarters, kenya
):
    old = version_of(state="revised")
    new = VersionFactory(indicator=old.indicator, number=2)
    report(streams_of(old)[0], quarters[2], 10)
    report(streams_of(new)[0], quarters[2], 3)
    march = Scope.quarter(kenya, quarters[2])

    figures = figures_for([old, new], [march], on=LATER)
    assert [figures[old.pk, march].value, figures[new.pk, march].value] == [10, 3]


# --- R3: what counts ---


def test_submitted_values_stand_beside_the_official_ones(version_of, streams_of, quarters, kenya):
    version = version_of()
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], 10)
    report(peers, quarters[2], 5, state=SUBMITTED)
    report(elsewhere, quarters[2], 90, state=Result.State.DRAFT)
    march = Scope.quarter(kenya, quarters[2])

    figure = figure_for(version, march, on=LATER)
    assert (figure.value, figure.provisional_value) == (10, 15)
    provisional = figure_for(version, march.on_basis(Basis.REPORTED), on=LATER)
    assert (provisional.value, provisional.provisional_value) == (15, None)


def test_a_stock_has_its_date_on_each_basis_for_one_place_and_for_many(
    version_of, streams_of, quarters, kitui, makueni
):
    version = version_of(over_periods="latest")
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[1], 40)
    report(peers, quarters[2], 7, state=SUBMITTED)
    report(elsewhere, quarters[2], 9, state=SUBMITTED)
    march = [Scope.quarter(place, quarters[2]) for place in (kitui, makueni)]
    on_both = march + [scope.on_basis(Basis.REPORTED) for scope in march]

    # Verified: 40 in Kitui, of December; nothing in Makueni. With what is submitted 40 + 7, one of
    # the two carried, and 9.
    together = figures_for([version], on_both, on=LATER)
    told = [
        (each.value, each.provisional_value, each.values, each.carried, each.as_of, each.absence)
        for each in (together[version.pk, scope] for scope in on_both)
    ]
    assert told == [
        (40, 47, 1, 1, quarters[1], None),
        (None, 9, 0, 0, None, Absence.UNVERIFIED),
        (47, None, 2, 1, None, None),
        (9, None, 1, 0, None, None),
    ]
    # Asked for another time too, a place is read quarter by quarter: it is the same.
    more = [Scope.to_date(scope.place, quarters[2]) for scope in march]
    one_by_one = figures_for([version], [*on_both, *more], on=LATER)
    assert {key: one_by_one[key] for key in together} == together


def test_nothing_stands_beside_a_figure_that_is_wholly_verified(
    version_of, streams_of, quarters, kenya
):
    version = version_of()
    report(streams_of(version)[0], quarters[2], 10)

    assert figure_for(version, Scope.quarter(kenya, quarters[2])).provisional_value is None


@pytest.mark.parametrize("rule", ["sum", "maximum"])
def test_a_return_takes_the_value_out_of_the_provisional_figure_at_once(
    version_of, streams_of, quarters, kenya, rule
):
    version = version_of(over_places=rule)
    result = report(streams_of(version)[0], quarters[2], 10, state=SUBMITTED)
    march = Scope.quarter(kenya, quarters[2])
    assert figure_for(version, march, on=LATER).provisional_value == 10

    move([result], Result.State.RETURNED)

    figure = figure_for(version, march, on=LATER)
    assert (figure.provisional_value, figure.absence) == (None, Absence.MISSING)


def test_a_folded_figure_takes_the_submitted_restatement_as_provisional(
    version_of, streams_of, quarters, kenya
):
    version = version_of(over_places="maximum")
    stream = streams_of(version)[0]
    first = report(stream, quarters[2], 10)
    report(
        stream, quarters[2], 8, state=SUBMITTED,
        revision=2, restates=first, restatement_reason="Two too many.",
    )  # fmt: skip

    figure = figure_for(version, Scope.quarter(kenya, quarters[2]), on=LATER)
    assert (figure.value, figure.provisional_value) == (10, 8)


# --- R4: zero, missing, not due, exempt, and what cannot be said ---


def absence(version, scope, on=LATER):
    return figure_for(version, scope, on=on).absence


def test_a_reported_zero_is_a_figure(version_of, streams_of, quarters, kenya):
    version = version_of()
    report(streams_of(version)[0], quarters[2], 0)

    figure = figure_for(version, Scope.quarter(kenya, quarters[2]), on=LATER)
    assert (figure.value, figure.absence, figure.values) == (0, None, 1)


def test_a_due_value_that_did_not_come_is_missing(version_of, streams_of, quarters, kenya):
    version = version_of()
    streams_of(version)

    assert absence(version, Scope.quarter(kenya, quarters[2])) == Absence.MISSING


def test_a_submitted_value_is_not_missing_but_unverified(version_of, streams_of, quarters, kenya):
    version = version_of()
    report(streams_of(version)[0], quarters[2], 5, state=SUBMITTED)

    assert absence(version, Scope.quarter(kenya, quarters[2])) == Absence.UNVERIFIED


def test_a_quarter_that_is_not_over_is_not_due(version_of, streams_of, quarters, kenya):
    version = version_of()
    streams_of(version)
    march = Scope.quarter(kenya, quarters[2])

    assert absence(version, march, on=dt.date(2021, 3, 31)) == Absence.NOT_DUE
    assert absence(version, march, on=dt.date(2021, 4, 1)) == Absence.MISSING


def test_an_annual_value_is_due_with_the_years_last_quarter_only(
    version_of, streams_of, quarters, kenya
):
    version = version_of(frequency="annual")
    streams_of(version)

    assert absence(version, Scope.quarter(kenya, quarters[2])) == Absence.NOT_DUE
    assert absence(version, Scope.quarter(kenya, quarters[3])) == Absence.MISSING


def test_before_a_stream_starts_and_where_none_is_nothing_is_due(
    version_of, organisations, quarters, kenya, kitui, makueni
):
    version = version_of()
    StreamFactory(
        version=version,
        organisation=organisations.kcdms,
        place=kitui,
        starts_on=dt.date(2021, 4, 1),
    )

    assert absence(version, Scope.quarter(kenya, quarters[2])) == Absence.NOT_DUE
    assert absence(version, Scope.quarter(kenya, quarters[3])) == Absence.MISSING
    assert absence(version, Scope.quarter(makueni, quarters[3])) == Absence.NOT_DUE


def test_an_exempt_reporter_is_not_missing(
    version_of, organisations, quarters, kenya, kitui, mechanism
):
    version = version_of()
    StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
    march = Scope.quarter(kenya, quarters[2])
    ObligationFactory(
        mechanism=mechanism,
        organisation=organisations.kcdms,
        period=quarters[2],
        exempted_on=dt.date(2021, 4, 2),
        exemption_reason="No activities in the quarter.",
    )

    assert absence(version, march) == Absence.EXEMPT
    assert absence(version, Scope.quarter(kenya, quarters[3])) == Absence.MISSING


def test_a_membership_that_exempts_a_place_exempts_what_lies_in_it(
    version_of, organisations, quarters, kenya, kitui, mechanism
):
    version = version_of()
    StreamFactory(version=version, organisation=organisations.elsewhere, place=kitui)
    membership = MembershipFactory(
        mechanism=mechanism,
        organisation=organisations.elsewhere,
        exemption_reason="Works in Northern Kenya.",
    )
    membership.exempt_places.add(kenya)

    assert absence(version, Scope.quarter(kitui, quarters[2])) == Absence.EXEMPT


def test_division_by_nothing_prints_no_figure_and_crashes_nothing(
    version_of, streams_of, quarters, kenya
):
    version = version_of(percentage=True)
    report(streams_of(version)[0], quarters[2], 0, 0)

    figure = figure_for(version, Scope.quarter(kenya, quarters[2]), on=LATER)
    assert (figure.value, figure.absence) == (None, Absence.DIVIDED_BY_ZERO)
    assert (figure.numerator, figure.denominator) == (0, 0)


# --- As many as wanted, in a fixed number of queries ---


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_figures_takes_a_fixed_number_of_queries(
    version_of, streams_of, quarters, kenya, kitui, makueni, count, django_assert_num_queries
):
    versions = [version_of(stock=True) for _ in range(count)]
    versions += [version_of(over_places="maximum") for _ in range(count)]
    for version in versions:
        for stream in streams_of(version):
            for quarter in quarters[1:3]:
                report(stream, quarter, 5)
    scopes = [
        *(Scope.quarter(kenya, quarter) for quarter in quarters[1:3]),
        *(Scope.quarter(place, quarters[2]) for place in [kitui, makueni][:count]),
    ]

    # Periods, totals of the quarters, totals before, totals of places asked once, raw values.
    with django_assert_num_queries(5):
        figures = figures_for(versions, scopes, on=LATER)
    assert len(figures) == len(versions) * len(scopes)

    # Where a figure is missing, also: mechanisms, streams with organisations and places,
    # obligations, exemptions.
    first = Scope.quarter(kenya, quarters[0])
    with django_assert_num_queries(3 + 6):  # and all totals are of a place that is asked once
        figures = figures_for(versions, [first], on=LATER)
    assert {figure.absence for figure in figures.values()} == {Absence.MISSING}
