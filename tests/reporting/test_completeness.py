"""Received n of m, with the missing, late and exempt named (R5)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from coordination.services.memberships import end_membership
from reporting.services.completeness import completeness_of, completeness_of_indicators
from reporting.services.scopes import Scope
from tests.factories.coordination import MembershipFactory
from tests.factories.workplans import ObligationFactory, StreamFactory
from workplans.models import Result, Stream

from .deeds import SUBMITTED, report
from .figures import figure_for

pytestmark = pytest.mark.django_db

NAIROBI = ZoneInfo("Africa/Nairobi")
LAST_SECOND = dt.datetime(2021, 4, 30, 23, 59, 59, tzinfo=NAIROBI)
MIDNIGHT = dt.datetime(2021, 5, 1, tzinfo=NAIROBI)


@pytest.fixture
def owe(mechanism, quarter):
    """Make an organisation owe its report for January to March, due by 30 April."""

    def make(organisation, **more):
        return ObligationFactory(
            mechanism=mechanism, organisation=organisation, period=quarter, **more
        )

    return make


def names(reporters):
    return [str(reporter) for reporter in reporters]


def test_a_report_is_on_time_until_the_last_second_of_the_day_in_the_mechanisms_zone(
    mechanism, quarter, organisations, owe
):
    owe(organisations.kcdms, first_submitted_at=LAST_SECOND)
    owe(organisations.kiwash, first_submitted_at=MIDNIGHT)

    completeness = completeness_of(mechanism, quarter, at=MIDNIGHT)

    assert (completeness.received, completeness.due) == (2, 2)
    assert names(completeness.late) == ["KIWASH"]


def test_a_report_is_missing_once_its_day_is_over_and_awaited_before(
    mechanism, quarter, organisations, owe
):
    owe(organisations.kcdms)

    before = completeness_of(mechanism, quarter, at=LAST_SECOND)
    after = completeness_of(mechanism, quarter, at=MIDNIGHT)
    assert (names(before.missing), names(before.awaited)) == ([], ["KCDMS"])
    assert (names(after.missing), names(after.awaited)) == (["KCDMS"], [])
    assert (after.received, after.due) == (0, 1)


def test_a_granted_extension_moves_the_day(mechanism, quarter, organisations, owe):
    owe(
        organisations.kcdms,
        extended_to=dt.date(2021, 5, 14),
        extension_reason="Floods.",
        first_submitted_at=dt.datetime(2021, 5, 14, 23, 0, tzinfo=NAIROBI),
    )

    completeness = completeness_of(mechanism, quarter, at=MIDNIGHT)
    assert (completeness.received, names(completeness.late)) == (1, [])
    assert names(completeness.extended) == ["KCDMS"]


def test_an_exempt_reporter_is_named_and_not_due(mechanism, quarter, organisations, owe):
    owe(organisations.kcdms, first_submitted_at=LAST_SECOND)
    owe(organisations.kiwash, exempted_on=dt.date(2021, 4, 1), exemption_reason="Closed.")

    completeness = completeness_of(mechanism, quarter, at=MIDNIGHT)
    assert (completeness.received, completeness.due) == (1, 1)
    assert [(str(each), each.reason) for each in completeness.exempt] == [("KIWASH", "Closed.")]


def test_a_member_who_works_elsewhere_is_exempt_and_never_missing(
    mechanism, quarter, organisations, kenya
):
    membership = MembershipFactory(
        mechanism=mechanism,
        organisation=organisations.elsewhere,
        exemption_reason="Works in Northern Kenya.",
    )
    membership.exempt_places.add(kenya)

    completeness = completeness_of(mechanism, quarter, at=MIDNIGHT)
    assert names(completeness.exempt) == ["ELSEWHERE"]
    assert completeness.due == 0


def test_an_exemption_holds_for_the_quarters_of_the_membership_after_it_has_ended(
    mechanism, quarters, organisations, version_of, kenya, kitui
):
    """Member from 1 October to 31 December 2020, exempt in Kitui: so for that quarter alone."""
    version = version_of()
    StreamFactory(version=version, organisation=organisations.elsewhere, place=kitui)
    membership = MembershipFactory(
        mechanism=mechanism,
        organisation=organisations.elsewhere,
        exemption_reason="Works in Northern Kenya.",
        joined_on=dt.date(2020, 10, 1),
        left_on=dt.date(2020, 12, 31),
    )
    membership.exempt_places.add(kenya)
    exempt, owing = [], []
    for period in quarters[:3]:
        values = completeness_of_indicators([version], period, kenya, at=MIDNIGHT)[version.pk]
        exempt.append(
            (names(completeness_of(mechanism, period, at=MIDNIGHT).exempt), names(values.exempt))
        )
        owing.append(list(Stream.objects.owed_to(mechanism, period)))

    assert exempt == [([], []), (["ELSEWHERE"], ["ELSEWHERE (Kitui)"]), ([], [])]
    assert owing == [[], [], []]
    absences = [figure_for(version, Scope.quarter(kitui, each)).absence for each in quarters[:3]]
    assert absences == ["not_due", "exempt", "not_due"]


def test_a_member_that_has_left_is_missing_in_no_later_quarter(
    mechanism, quarters, organisations, version_of, streams_of, kenya, secretary
):
    """KIWASH leaves with 31 December 2020: what it owes until then stays missing."""
    version = version_of()
    theirs = streams_of(version)[1]
    membership = mechanism.memberships.get(organisation=organisations.kiwash)
    end_membership(membership, by=secretary, last_day=dt.date(2020, 12, 31))

    missing, owing = [], []
    for period in quarters[1:3]:
        values = completeness_of_indicators([version], period, kenya, at=MIDNIGHT)[version.pk]
        missing.append("KIWASH (Kitui)" in names(values.missing))
        owing.append(theirs in Stream.objects.owed_to(mechanism, period))

    assert (missing, owing) == ([True, False], [True, False])


def test_for_a_place_those_count_who_owe_a_value_there(
    mechanism, quarter, organisations, owe, version_of, kitui, makueni
):
    version = version_of()
    StreamFactory(version=version, organisation=organisations.kcdms, place=kitui)
    StreamFactory(version=version, organisation=organisations.kiwash, place=makueni)
    for organisation in (organisations.kcdms, organisations.kiwash):
        owe(organisation)

    completeness = completeness_of(mechanism, quarter, place=kitui, at=MIDNIGHT)
    assert names(completeness.missing) == ["KCDMS"]


def test_an_indicators_values_are_counted_stream_by_stream(
    quarter, version_of, streams_of, kenya, kitui
):
    version = version_of()
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarter, 0, first_submitted_at=LAST_SECOND)
    report(peers, quarter, 5, state=SUBMITTED, first_submitted_at=MIDNIGHT)
    report(elsewhere, quarter, 7, state=Result.State.RETURNED, first_submitted_at=LAST_SECOND)

    completeness = completeness_of_indicators([version], quarter, kenya, at=MIDNIGHT)[version.pk]

    # Three are due. A returned value does not count, a true zero does.
    assert (completeness.received, completeness.due, completeness.verified) == (2, 3, 1)
    assert names(completeness.late) == ["KIWASH (Kitui)"]
    assert names(completeness.missing) == ["KCDMS (Makueni)"]
    in_kitui = completeness_of_indicators([version], quarter, kitui, at=MIDNIGHT)[version.pk]
    assert (in_kitui.received, in_kitui.due) == (2, 2)


def test_returned_and_resubmitted_and_later_restated_stays_on_time(
    quarter, version_of, streams_of, kenya
):
    version = version_of()
    stream = streams_of(version)[0]
    first = report(stream, quarter, 5, state=Result.State.RESTATED, first_submitted_at=LAST_SECOND)
    report(
        stream, quarter, 6, revision=2, restates=first, restatement_reason="One forgotten.",
        first_submitted_at=dt.datetime(2021, 9, 1, tzinfo=NAIROBI),
    )  # fmt: skip

    completeness = completeness_of_indicators([version], quarter, kenya, at=MIDNIGHT)[version.pk]
    assert (completeness.received, names(completeness.late)) == (1, [])


def test_an_annual_indicator_expects_nobody_in_the_third_quarter(
    quarter, version_of, streams_of, kenya
):
    version = version_of(frequency="annual")
    streams_of(version)

    completeness = completeness_of_indicators([version], quarter, kenya, at=MIDNIGHT)[version.pk]
    assert (completeness.received, completeness.due) == (0, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_indicators_takes_seven_queries(
    quarter, version_of, streams_of, kenya, count, django_assert_num_queries
):
    versions = [version_of() for _ in range(count)]
    for version in versions:
        report(streams_of(version)[0], quarter, 1)

    # Mechanisms, streams with organisations and places, obligations, memberships, results.
    with django_assert_num_queries(7):
        completeness_of_indicators(versions, quarter, kenya, at=MIDNIGHT)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_reporters_takes_two_queries(
    mechanism, quarter, owe, count, organisations, django_assert_num_queries
):
    for organisation in [organisations.kcdms, organisations.kiwash, organisations.rla][:count]:
        owe(organisation)

    with django_assert_num_queries(2):  # memberships, obligations
        completeness_of(mechanism, quarter, at=MIDNIGHT)
