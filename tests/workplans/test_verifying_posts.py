"""An indicator's page states who reports, who verifies, and who reads (P33)."""

import datetime as dt

from django.urls import reverse

from coordination.models import Role
from workplans.models import Stream
from workplans.services.verifying_posts import with_verifiers

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
