"""Figures by category against numbers worked by hand (R6)."""

from decimal import Decimal

import pytest

from reporting.models import Basis
from reporting.services.breakdowns import breakdowns_for, organisations_in, places_below
from reporting.services.scopes import Scope
from tests.factories.coordination import PlaceFactory
from tests.factories.workplans import DisaggregationFactory, StreamFactory
from workplans.models import Category

from .deeds import SUBMITTED, report
from .figures import figure_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def sex(db):
    disaggregation = DisaggregationFactory()
    return Category.objects.filter(disaggregation=disaggregation).order_by("position")


def broken_down(version, scope):
    (breakdown,) = breakdowns_for([figure_for(version, scope)])[version.pk]
    return breakdown


def test_shares_are_of_those_stated_and_what_came_undivided_stays_so(
    version_of, streams_of, quarters, kenya, sex
):
    female, male, not_stated = sex
    version = version_of(disaggregations=[female.disaggregation])
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], 10, cells={female: 6, male: 3, not_stated: 1})
    report(peers, quarters[2], 5)
    report(elsewhere, quarters[2], 4, cells={female: 3, male: 0, not_stated: 1})

    breakdown = broken_down(version, Scope.quarter(kenya, quarters[2]))

    # Stated: 9 female + 3 male = 12, so 75 % and 25 %. Not stated: 2. Undivided: 19 − 14 = 5.
    assert [(part.category, part.value, part.share) for part in breakdown.parts] == [
        (female, 9, 75),
        (male, 3, 25),
    ]
    assert (breakdown.not_stated.value, breakdown.not_stated.share) == (2, None)
    assert breakdown.undivided == 5


def test_a_category_of_zero_is_zero_and_one_never_stated_is_missing(
    version_of, streams_of, quarters, kenya, sex
):
    female, _male, not_stated = sex
    version = version_of(disaggregations=[female.disaggregation])
    report(streams_of(version)[0], quarters[2], 2, cells={female: 0, not_stated: 2})

    breakdown = broken_down(version, Scope.quarter(kenya, quarters[2]))

    # Nobody is stated, so there are no shares of those stated.
    assert [(part.value, part.share) for part in breakdown.parts] == [(0, None), (None, None)]
    assert breakdown.undivided is None


def test_what_is_only_submitted_is_no_part_of_what_is_verified(
    version_of, streams_of, quarters, kenya, sex
):
    female, male, not_stated = sex
    version = version_of(disaggregations=[female.disaggregation])
    ours, peers, _elsewhere = streams_of(version)
    report(ours, quarters[2], 10)
    report(peers, quarters[2], 5, state=SUBMITTED, cells={female: 3, male: 2, not_stated: 0})
    march = Scope.quarter(kenya, quarters[2])

    # Verified are 10, of which nothing is known. With what is submitted 15: 3, 2 and those 10.
    assert breakdowns_for([figure_for(version, march)]) == {}
    breakdown = broken_down(version, march.on_basis(Basis.REPORTED))
    assert [part.value for part in breakdown.parts] == [3, 2]
    assert breakdown.undivided == 10


def test_the_parts_of_a_percentage_are_percentages_of_their_own(
    version_of, streams_of, quarters, kenya, sex
):
    female, male, not_stated = sex
    version = version_of(percentage=True, disaggregations=[female.disaggregation])
    ours, peers, _ = streams_of(version)
    report(ours, quarters[2], 3, 10, cells={female: (2, 4), male: (1, 6), not_stated: (0, 0)})
    report(peers, quarters[2], 1, 10, cells={female: (0, 4), male: (1, 6), not_stated: (0, 0)})

    breakdown = broken_down(version, Scope.quarter(kenya, quarters[2]))

    # Female: 2 ÷ 8 = 25 %. Male: 2 ÷ 12 = 16.67 %. Not stated: nothing to divide by.
    assert [part.value for part in breakdown.parts] == [25, Decimal(2) / Decimal(12) * 100]
    assert breakdown.not_stated.value is None
    assert breakdown.undivided is None


def test_the_parts_of_a_stock_are_those_of_the_latest_values(
    version_of, streams_of, quarters, kenya, sex
):
    female, male, _ = sex
    version = version_of(stock=True, disaggregations=[female.disaggregation])
    ours, peers, _ = streams_of(version)
    report(ours, quarters[1], 10, cells={female: 6, male: 4})
    report(ours, quarters[2], 12, cells={female: 5, male: 7})
    report(peers, quarters[0], 2, cells={female: 2})

    breakdown = broken_down(
        version, Scope.year_to_date(kenya, quarters[2], version.indicator.mechanism.calendar)
    )

    # As at March: 5 + 2 = 7 female, 7 male.
    assert [part.value for part in breakdown.parts] == [7, 7]


def test_without_any_cell_there_is_no_breakdown(version_of, streams_of, quarters, kenya, sex):
    version = version_of(disaggregations=[sex[0].disaggregation])
    report(streams_of(version)[0], quarters[2], 10)

    assert breakdowns_for([figure_for(version, Scope.quarter(kenya, quarters[2]))]) == {}


def test_a_place_splits_into_those_next_below_in_which_something_is_reported(
    version_of, organisations, kenya, kitui, makueni
):
    version = version_of()
    ward = PlaceFactory(parent=PlaceFactory(parent=kitui, slug="mwingi"), slug="tseikuru")
    PlaceFactory(parent=kenya, slug="nairobi")
    StreamFactory(version=version, organisation=organisations.kcdms, place=ward)
    StreamFactory(version=version, organisation=organisations.kiwash, place=makueni)

    assert places_below([version], kenya) == [kitui, makueni]
    assert places_below([version], kitui) == [ward.parent]
    assert places_below([version], makueni) == []
    assert organisations_in([version], kitui) == [organisations.kcdms]
