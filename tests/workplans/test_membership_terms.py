"""What is owed by the terms of members at hand is what one query says of it (R4, R5)."""

import datetime as dt

import pytest

from tests.factories.coordination import PlaceFactory
from tests.factories.workplans import ObligationFactory
from workplans.models import IndicatorVersion, Stream
from workplans.services.membership_terms import terms_of, who_owes
from workplans.services.report_counts import report_counts

pytestmark = pytest.mark.parametrize(
    "left_on", [None, dt.date(2020, 12, 31), dt.date(2021, 1, 1)], ids=["stays", "left", "leaves"]
)


@pytest.fixture
def reporters(mechanism, version_of, stream_of, organisations, kitui, makueni, left_on):
    """KCDMS, exempt in Kitui and in what lies there, and one that never was a member."""
    kcdms, elsewhere = organisations.kcdms, organisations.elsewhere
    ward = PlaceFactory(parent=kitui, slug="mwingi")
    for frequency in ("quarterly", "annual"):
        version = version_of(f"S-{frequency}", frequency=frequency)
        for place in (kitui, ward, makueni):
            stream_of(version, place=place)
        stream_of(version, organisation=elsewhere)
    draft = version_of("S-draft", state=IndicatorVersion.State.DRAFT)
    stream_of(draft, place=makueni)
    membership = mechanism.memberships.get(organisation=kcdms)
    membership.exempt_places.add(kitui)
    mechanism.memberships.filter(pk=membership.pk).update(left_on=left_on)
    return kcdms, elsewhere


def test_in_each_place_the_same_owe(mechanism, quarters, reporters, kenya, kitui, makueni):
    terms = terms_of([mechanism.pk])

    for period in quarters:
        for place in (kenya, kitui, makueni):
            owed = Stream.objects.owed_to(mechanism, period).within(place)
            owing = {(mechanism.pk, stream.organisation_id) for stream in owed}
            assert who_owes(terms, [mechanism], period, place) == owing


def test_reports_lack_as_many_values(
    mechanism, quarters, reporters, left_on, django_assert_num_queries
):
    """By hand: one of Makueni, and one that is annual in the last quarter of the year."""
    obligations = [
        ObligationFactory(mechanism=mechanism, organisation=organisation, period=period)
        for organisation in reporters
        for period in quarters
    ]
    with django_assert_num_queries(3):  # memberships, streams, values
        lacking = [counts.missing for counts in report_counts(obligations).values()]

    of_member = {None: [1, 1, 1, 2], dt.date(2020, 12, 31): [1, 1, 0, 0]}
    assert lacking == [*of_member.get(left_on, [1, 1, 1, 0]), 1, 1, 1, 2]
    owed = [
        Stream.objects.owed_to(mechanism, each.period).filter(organisation=each.organisation)
        for each in obligations
    ]
    assert lacking == [streams.count() for streams in owed]
