"""What the tests of figures share: quarters, indicators by their rules, and who reports them."""

import datetime as dt

import pytest

from tests.factories.coordination import FiscalCalendarFactory, PeriodFactory
from tests.factories.reporting import EditionFactory
from tests.factories.workplans import IndicatorFactory, StreamFactory, VersionFactory

from .quarter import tell_quarter

LATER = dt.date(2022, 1, 1)


@pytest.fixture
def quarters(db):
    """July 2020 to June 2021, the county's year FY 2020/21, and the two quarters after it."""
    return [
        PeriodFactory(year=year, quarter=quarter)
        for year, quarter in [(2020, 3), (2020, 4), (2021, 1), (2021, 2), (2021, 3), (2021, 4)]
    ]


@pytest.fixture
def usaid_year(db):
    return FiscalCalendarFactory(key="usaid", start_month=10, year_label="end")


@pytest.fixture
def version_of(mechanism):
    """A maker of indicators of the mechanism, by their rules."""

    def make(**rules):
        return VersionFactory(indicator=IndicatorFactory(mechanism=mechanism), **rules)

    return make


@pytest.fixture
def streams_of(organisations, kitui, makueni):
    """KCDMS in Kitui, KIWASH in Kitui, KCDMS in Makueni."""

    def make(version):
        return [
            StreamFactory(version=version, organisation=organisation, place=place)
            for organisation, place in [
                (organisations.kcdms, kitui),
                (organisations.kiwash, kitui),
                (organisations.kcdms, makueni),
            ]
        ]

    return make


@pytest.fixture
def told(mechanism, organisations, kenya, kitui, makueni, quarters, cast, usaid_year):
    """One quarter of the mechanism, told in full, and the report on it."""
    mechanism.other_calendars.add(usaid_year)
    return tell_quarter(
        mechanism=mechanism, organisations=organisations, kenya=kenya, kitui=kitui,
        makueni=makueni, quarters=quarters, cast=cast,
    )  # fmt: skip


@pytest.fixture
def edition(told, cast):
    """An edition of that report, asked for and not yet made."""
    return EditionFactory(report=told.report, requested_by=cast["secretary"])
