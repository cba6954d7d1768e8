"""An indicator's page states who reports, who verifies, and who reads (P33)."""

import datetime as dt

from django.urls import reverse

from coordination.models import Organisation, Role
from workplans.models import Stream
from workplans.services.verifying_posts import roles_in, with_verifiers

TODAY = dt.date(2021, 4, 10)


def test_each_stream_names_the_focal_points_of_its_place(
    stream_of, version_of, mechanism, kitui, makueni, organisations, focal_point
):
    version = version_of()
    here, there = stream_of(version), stream_of(version, place=makueni)
    own = stream_of(version, organisation=organisations.kitui)

    told = dict(with_verifiers(Stream.objects.all(), mechanism, on=TODAY))

    # Makueni's has not been appointed; the county’s own figure is verified by none of its people.
    assert told == {here: [organisations.kitui], there: [], own: []}


def test_an_office_of_another_day_or_mechanism_verifies_nothing_here(
    stream, mechanism, kitui, organisations, holding
):
    holding(
        "Former", Role.COUNTY_FOCAL_POINT, organisation=organisations.kitui, place=kitui,
        ends_on=dt.date(2020, 12, 31),
    )  # fmt: skip

    [(_stream, verifiers)] = with_verifiers(Stream.objects.all(), mechanism, on=TODAY)
    assert verifiers == []


def test_the_page_says_it(client, stream, focal_point, makueni, organisations):
    indicator = stream.version.indicator
    page = client.get(reverse("indicator-detail", args=["sek", indicator.code])).content.decode()
    assert "Verified by the focal point of" in page
    assert "read by who takes part" in page


def test_who_collected_last_is_named_once_nobody_does_any_more():
    """Two until March, one of them until December before: in June it is the two of March."""
    march, december = dt.date(2021, 4, 1), dt.date(2021, 1, 1)
    kcdms, kiwash, county = (Organisation(pk=pk, short_name=str(pk)) for pk in (1, 2, 3))
    rows = [
        (Stream(organisation=kcdms, ends_before=march), [county]),
        (Stream(organisation=kiwash, ends_before=december), []),
        (Stream(organisation=kcdms, ends_before=december), []),
    ]

    told = roles_in(rows, on=dt.date(2021, 6, 30))
    assert (told.collectors, told.verifiers) == ([kcdms], [county])
    assert told.until == dt.date(2021, 3, 31)

    before = roles_in(rows, on=dt.date(2020, 12, 31))
    assert (before.collectors, before.until) == ([kcdms, kiwash], None)
    assert roles_in([], on=march).collectors == []
