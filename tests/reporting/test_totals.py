"""Running totals against numbers worked by hand (R2, R3, R6)."""

from decimal import Decimal

import pytest

from reporting.models import Basis, Total
from reporting.services.audits import figure_findings
from reporting.services.totals import verify_totals
from tests.factories.coordination import PeriodFactory
from tests.factories.workplans import (
    DisaggregationFactory,
    IndicatorFactory,
    ResultFactory,
    StreamFactory,
    VersionFactory,
)
from workplans.models import Category, Result
from workplans.signals import StateChange, results_changed

from .deeds import SUBMITTED, VERIFIED, move, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(mechanism):
    return VersionFactory(indicator=IndicatorFactory(mechanism=mechanism, code="FARMERS"))


@pytest.fixture
def stream(version, organisations, kitui):
    return StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)


@pytest.fixture
def neighbour_stream(version, organisations, makueni):
    return StreamFactory(version=version, organisation=organisations.kcdms, place=makueni)


@pytest.fixture
def peer_stream(version, organisations, kitui):
    return StreamFactory(version=version, organisation=organisations.kiwash, place=kitui)


@pytest.fixture
def next_quarter(db):
    return PeriodFactory(year=2021, quarter=2)


def kept(basis=Basis.VERIFIED, **where):
    """The totals kept on one basis, as {(place, organisation): numerator}."""
    rows = Total.objects.filter(**{"category": None} | where).exclude(**{f"{basis}_streams": 0})
    return {
        (total.place.slug, total.organisation and total.organisation.slug): getattr(
            total, f"{basis}_numerator"
        )
        for total in rows.select_related("place", "organisation")
    }


def steps_in(place):
    """The verified totals of all organisations in the place, quarter by quarter."""
    rows = Total.objects.filter(place=place, organisation=None).order_by("period__starts_on")
    return list(rows.values_list("verified_numerator", "verified_streams", "verified_now"))


def test_a_verified_value_enters_its_place_and_those_above_for_its_organisation_and_all(
    stream, quarter
):
    report(stream, quarter, 120)

    assert kept() == {
        ("ke", None): 120,
        ("ke", "kcdms"): 120,
        ("kitui", None): 120,
        ("kitui", "kcdms"): 120,
    }


def test_streams_of_other_places_and_organisations_are_added(
    stream, neighbour_stream, peer_stream, quarter
):
    report(stream, quarter, 120)
    report(neighbour_stream, quarter, 30)
    report(peer_stream, quarter, 7)

    # Kitui: 120 + 7 = 127; KCDMS everywhere: 120 + 30 = 150; all: 120 + 30 + 7 = 157.
    assert kept() == {
        ("ke", None): 157,
        ("ke", "kcdms"): 150,
        ("ke", "kiwash"): 7,
        ("kitui", None): 127,
        ("kitui", "kcdms"): 120,
        ("kitui", "kiwash"): 7,
        ("makueni", None): 30,
        ("makueni", "kcdms"): 30,
    }


@pytest.mark.parametrize(
    "state",
    [Result.State.DRAFT, Result.State.RETURNED, Result.State.RESTATED, Result.State.WITHDRAWN],
)
def test_what_does_not_count_leaves_no_trace(stream, quarter, state):
    report(stream, quarter, 120, state=state)

    assert not Total.objects.exists()


def test_a_submitted_value_is_provisional_only(stream, quarter, kitui):
    report(stream, quarter, 120, state=SUBMITTED)

    assert kept(place=kitui) == {}
    assert kept(place=kitui, basis=Basis.REPORTED) == {
        ("kitui", None): 120,
        ("kitui", "kcdms"): 120,
    }


def test_a_restatement_counts_as_provisional_until_it_is_verified(stream, quarter, kitui):
    first = report(stream, quarter, 120)
    second = report(
        stream,
        quarter,
        100,
        state=SUBMITTED,
        revision=2,
        restates=first,
        restatement_reason="Twenty were counted twice.",
    )
    assert kept(place=kitui, organisation=None) == {("kitui", None): 120}
    assert kept(place=kitui, organisation=None, basis=Basis.REPORTED) == {("kitui", None): 100}

    move([first], Result.State.RESTATED)
    move([second], VERIFIED)

    assert kept(place=kitui, organisation=None) == {("kitui", None): 100}
    assert kept(place=kitui, organisation=None, basis=Basis.REPORTED) == {("kitui", None): 100}


def test_a_returned_value_leaves_the_provisional_total(stream, quarter):
    result = report(stream, quarter, 120, state=SUBMITTED)
    move([result], Result.State.RETURNED)

    assert kept(basis=Basis.REPORTED) == {}


def test_a_true_zero_counts_as_a_value(stream, quarter, kitui):
    report(stream, quarter, 0)

    assert kept(place=kitui, organisation=None) == {("kitui", None): 0}


def test_a_stock_adds_its_change_only(mechanism, stream, quarter, next_quarter, kitui):
    stream.version.over_periods = "latest"
    stream.version.save()
    report(stream, quarter, 40)
    report(stream, next_quarter, 55)

    # As at March 40; in April to June 55 − 40 = 15 came to it: 40 + 15 = 55.
    assert steps_in(kitui) == [(40, 1, 1), (15, 0, 1)]


def test_a_stock_whose_first_value_is_withdrawn_begins_with_the_next(
    stream, quarter, next_quarter, kitui
):
    stream.version.over_periods = "latest"
    stream.version.save()
    first = report(stream, quarter, 40)
    report(stream, next_quarter, 55)
    move([first], Result.State.WITHDRAWN)

    assert steps_in(kitui) == [(0, 0, 0), (55, 1, 1)]


def test_a_stock_reported_late_for_an_earlier_quarter_changes_what_came_after(
    stream, quarter, next_quarter, kitui
):
    stream.version.over_periods = "latest"
    stream.version.save()
    report(stream, next_quarter, 55)
    report(stream, quarter, 40)

    assert steps_in(kitui) == [(40, 1, 1), (15, 0, 1)]


def test_cells_have_their_own_totals(stream, peer_stream, quarter, kenya):
    female, male, not_stated = Category.objects.filter(
        disaggregation=DisaggregationFactory()
    ).order_by("position")
    report(stream, quarter, 10, cells={female: 6, male: 3, not_stated: 1})
    report(peer_stream, quarter, 5)  # without a breakdown, which is not invented (R6)

    assert kept(place=kenya, organisation=None) == {("ke", None): 15}
    assert kept(place=kenya, organisation=None, category=female) == {("ke", None): 6}
    assert kept(place=kenya, organisation=None, category=not_stated) == {("ke", None): 1}


def test_a_quotient_keeps_numerator_and_denominator_apart(mechanism, organisations, kitui, quarter):
    version = VersionFactory(indicator=IndicatorFactory(mechanism=mechanism), percentage=True)
    report(StreamFactory(version=version, place=kitui), quarter, 30, 100)
    report(StreamFactory(version=version, place=kitui), quarter, 1, 4)

    total = Total.objects.get(place=kitui, organisation=None)
    assert (total.verified_numerator, total.verified_denominator) == (31, 104)
    assert (total.reported_numerator, total.reported_denominator) == (31, 104)


def test_a_version_that_is_not_a_sum_has_no_totals(mechanism, kitui, quarter):
    version = VersionFactory(indicator=IndicatorFactory(mechanism=mechanism), over_places="maximum")
    report(StreamFactory(version=version, place=kitui), quarter, 30)

    assert not Total.objects.exists()


def test_quantities_stay_exact(stream, peer_stream, quarter, kenya):
    report(stream, quarter, "0.1")
    report(peer_stream, quarter, "99999999999.7")

    assert kept(place=kenya, organisation=None) == {("ke", None): Decimal("99999999999.8")}


def test_in_bulk_is_the_same_as_one_by_one(stream, peer_stream, neighbour_stream, quarter):
    results = [
        report(each, quarter, value, state=SUBMITTED)
        for each, value in [(stream, 3), (peer_stream, 4), (neighbour_stream, 5)]
    ]
    move(results, VERIFIED)
    in_bulk = kept()
    move(results, SUBMITTED)
    for result in results:
        move([result], VERIFIED)

    assert kept() == in_bulk
    assert in_bulk["ke", None] == 12


def test_verifying_one_value_takes_five_queries(
    stream, quarter, next_quarter, django_assert_num_queries
):
    result = report(stream, quarter, 10, state=SUBMITTED)
    result.state = VERIFIED
    result.save()
    with django_assert_num_queries(5):  # streams, places, results, cells, totals
        results_changed.send(Result, changes=[StateChange(result, SUBMITTED, VERIFIED)])


# --- Recounting ---


def test_a_recount_finds_nothing_wrong(stream, peer_stream, quarter, next_quarter):
    report(stream, quarter, 120)
    report(peer_stream, next_quarter, 7, state=SUBMITTED)

    assert list(figure_findings()) == []


def test_a_broken_total_is_named(stream, quarter, kitui):
    report(stream, quarter, 120)
    Total.objects.filter(place=kitui, organisation=None).update(verified_numerator=Decimal(130))

    assert list(figure_findings()) == [
        (
            "differs: SEK FARMERS v1 · Kitui · 2021-q1 · verified · all organisations · undivided: "
            "kept 130 (1 streams, 1 reported), counted 120 (1 streams, 1 reported)"
        )
    ]


def test_a_missing_and_a_superfluous_total_are_mended(stream, quarter, kitui, makueni, version):
    report(stream, quarter, 120)
    right = kept()
    Total.objects.filter(place=kitui).delete()
    Total.objects.create(
        version=version, place=makueni, period=quarter, verified_numerator=Decimal(5)
    )

    assert len(list(figure_findings(mend=True))) == 5

    assert kept() == right
    assert verify_totals(version) == []


def test_totals_are_made_from_rows_that_nobody_told_of(stream, quarter, kitui):
    ResultFactory(stream=stream, period=quarter, numerator=Decimal(9), state=VERIFIED)

    verify_totals(stream.version, mend=True)

    assert kept(place=kitui, organisation=None) == {("kitui", None): 9}
