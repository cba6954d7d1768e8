"""What the tests of reports and results share: who reports what, and the deeds in between."""

import datetime as dt
from decimal import Decimal

import pytest

from coordination.models import Event
from tests.factories.coordination import PeriodFactory
from tests.factories.workplans import (
    DisaggregationFactory,
    IndicatorFactory,
    StreamFactory,
    TargetFactory,
    VersionFactory,
)
from workplans.models import Obligation
from workplans.services.checks import Part
from workplans.services.drafts import save_draft
from workplans.services.obligations import open_obligations
from workplans.services.results import submit_report
from workplans.services.verification import verify_result
from workplans.signals import results_changed

# A day in the quarter after the one that is reported on, before the report is due.
IN_TIME = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def quarters(db):
    """July 2020 to June 2021: the four quarters of the county's year FY 2020/21."""
    return [
        PeriodFactory(year=year, quarter=quarter)
        for year, quarter in [(2020, 3), (2020, 4), (2021, 1), (2021, 2)]
    ]


@pytest.fixture
def sex(db):
    return DisaggregationFactory(key="sex")


@pytest.fixture
def version_of(mechanism):
    """A maker of indicators of the mechanism, by their rules."""

    def make(code="SEK-1", **rules):
        return VersionFactory(indicator=IndicatorFactory(mechanism=mechanism, code=code), **rules)

    return make


@pytest.fixture
def stream_of(organisations, kitui):
    """A maker of streams: KCDMS in Kitui, unless it is said otherwise."""

    def make(version, **where):
        return StreamFactory(
            **{"version": version, "organisation": organisations.kcdms, "place": kitui, **where}
        )

    return make


@pytest.fixture
def stream(version_of, stream_of):
    """KCDMS counts farmers in Kitui, new ones in each quarter."""
    return stream_of(version_of())


@pytest.fixture
def by_sex(version_of, stream_of, sex):
    """The same, women and men apart."""
    return stream_of(version_of("SEK-2", disaggregations=[sex]))


@pytest.fixture
def obligation_of(mechanism, organisations):
    """The report of an organisation on a period, opened when the period has ended."""

    def find(period, organisation=organisations.kcdms):
        open_obligations(mechanism, period, at=IN_TIME)
        return Obligation.objects.in_full().get(
            mechanism=mechanism, organisation=organisation, period=period
        )

    return find


@pytest.fixture
def obligation(obligation_of, quarter, stream):
    return obligation_of(quarter)


@pytest.fixture
def parts(sex):
    """The cells of a value by sex: ``parts(female=60, male=40)``."""

    def make(**numbers):
        categories = {category.key.replace("-", "_"): category for category in sex.categories.all()}
        return {
            categories[key]: Part(*map(Decimal, number if isinstance(number, tuple) else [number]))
            for key, number in numbers.items()
        }

    return make


@pytest.fixture
def draft(partner_officer, quarter):
    """Type a value into a stream's row, and save it."""

    def make(stream, value=None, denominator=None, *, period=quarter, by=partner_officer, **said):
        return save_draft(
            stream,
            period,
            by=by,
            numerator=None if value is None else Decimal(str(value)),
            denominator=None if denominator is None else Decimal(str(denominator)),
            **{"at": IN_TIME, **said},
        )

    return make


@pytest.fixture
def submitted(draft, obligation_of, partner_officer, quarter):
    """A value as it waits for its verifier."""

    def make(stream, value, denominator=None, *, period=quarter, by=partner_officer, **said):
        result = draft(stream, value, denominator, period=period, by=by, **said)
        submit_report(obligation_of(period, stream.organisation), by=by, at=IN_TIME)
        result.refresh_from_db()
        return result

    return make


@pytest.fixture
def verified(submitted, holding, organisations, kenya):
    """A value that counts, verified by an official of the whole country."""
    official = holding(
        "Verifier", "county_focal_point", organisation=organisations.kitui, place=kenya
    )

    def make(stream, value, denominator=None, **said):
        result = submitted(stream, value, denominator, **said)
        return verify_result(result, by=official, method="documents", at=IN_TIME)

    return make


@pytest.fixture
def target(kitui, organisations):
    """A maker of targets for KCDMS in Kitui, of the year unless it is said otherwise."""

    def make(version, value, **span):
        return TargetFactory(
            **{
                "version": version,
                "place": kitui,
                "organisation": organisations.kcdms,
                "numerator": Decimal(str(value)),
                **span,
            }
        )

    return make


@pytest.fixture
def told(db):
    """What the totals are told: each signal as a list of (result, before, after)."""
    signals = []

    def listen(changes, **_signal):
        signals.append([(change.result.pk, change.before, change.after) for change in changes])

    results_changed.connect(listen, weak=False)
    yield signals
    results_changed.disconnect(listen)


def deeds(thing):
    """What was done to the thing, the oldest first."""
    return list(Event.objects.about(thing).order_by("pk").values_list("verb", flat=True))
