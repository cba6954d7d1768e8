"""Reporters: who reports what, from which quarter on, without a gap, until it is released."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.coordination import PlaceFactory
from workplans.models import Stream
from workplans.services.indicators import history_of
from workplans.services.reporters import (
    GapInReporting,
    ReportedUnderEarlierVersion,
    ReporterAlreadyNamed,
    VersionReplaced,
    assign_reporter,
    release_reporter,
)
from workplans.services.sheets import version_content
from workplans.services.versions import revise_indicator


@pytest.fixture
def version(version_of):
    """An indicator that nobody reports yet."""
    return version_of()


@pytest.fixture
def stream(version, stream_of):
    return stream_of(version)


def test_a_reporter_is_named_once(version, quarter, secretary, organisations, kitui):
    named = {"organisation": organisations.kcdms, "place": kitui, "first_period": quarter}

    first = assign_reporter(version, by=secretary, **named)
    second = assign_reporter(version, by=secretary, **named)

    assert first == second
    assert Stream.objects.get().starts_on == quarter.starts_on
    assert history_of(version.indicator).count() == 1


def test_a_reporter_that_was_named_too_late_begins_earlier(version, stream, quarters, secretary):
    Stream.objects.update(starts_on=quarters[2].starts_on)
    named = {"organisation": stream.organisation, "place": stream.place}

    assign_reporter(version, by=secretary, first_period=quarters[1], **named)

    assert Stream.objects.get().starts_on == quarters[1].starts_on
    assert history_of(version.indicator)[0].changes["starts_on"] == ["2021-01-01", "2020-10-01"]


def test_a_reporter_that_runs_already_is_said(version, stream, quarters, secretary):
    with pytest.raises(ReporterAlreadyNamed, match="KCDMS reports this for Kitui already, from"):
        assign_reporter(
            version, by=secretary, organisation=stream.organisation, place=stream.place,
            first_period=quarters[3],
        )  # fmt: skip

    assert not history_of(version.indicator).exists()


def test_a_reporter_is_released_and_may_come_back(version, stream, quarter, secretary):
    release_reporter(stream, by=secretary, last_period=quarter)
    stream.refresh_from_db()
    assert stream.ends_on == dt.date(2021, 3, 31)

    assign_reporter(
        version, by=secretary, organisation=stream.organisation, place=stream.place,
        first_period=quarter,
    )  # fmt: skip

    stream.refresh_from_db()
    assert stream.ends_before is None
    assert [event.verb for event in history_of(version.indicator)] == [
        "workplans.reporter_assigned",
        "workplans.reporter_released",
    ]


def test_a_reporter_comes_back_without_a_gap_or_is_told_what_to_do(
    version, stream, quarters, secretary
):
    """Released after July to September 2020 and named again from January to March 2021 on.

    Without a refusal October to December, which was not due, would be missing.
    """
    release_reporter(stream, by=secretary, last_period=quarters[0])
    named = {"organisation": stream.organisation, "place": stream.place}

    with pytest.raises(GapInReporting) as refusal:
        assign_reporter(version, by=secretary, first_period=quarters[2], **named)
    assert str(refusal.value) == (
        "KCDMS reported here until 30\u00a0Sep 2020, and a gap cannot be kept. "
        "Name it from 1\u00a0Oct 2020 on, and exempt its reports for the quarters in between."
    )
    stream.refresh_from_db()
    assert stream.ends_before == dt.date(2020, 10, 1)

    assign_reporter(version, by=secretary, first_period=quarters[1], **named)
    stream.refresh_from_db()
    assert stream.ends_before is None


def revise_from(version, day, *, by):
    told = version_content(version)
    return revise_indicator(
        version, by=by, seen_version=1, counts_from=day, change_note="x", **told
    )


def test_a_quarter_of_an_earlier_version_is_not_owed_under_the_later_one(
    version, stream, quarters, secretary
):
    """Revised from January 2021 on, and named again from October 2020 on."""
    revised = revise_from(version, quarters[2].starts_on, by=secretary)
    named = {"organisation": stream.organisation, "place": stream.place}

    with pytest.raises(ReportedUnderEarlierVersion) as refusal:
        assign_reporter(revised, by=secretary, first_period=quarters[1], **named)

    assert str(refusal.value) == (
        "KCDMS reported for Kitui under version 1 until 31\u00a0Dec 2020. "
        "Name it from 1\u00a0Jan 2021 on."
    )
    assert revised.streams.get().starts_on == quarters[2].starts_on
    assert assign_reporter(revised, by=secretary, first_period=quarters[2], **named)


def test_a_version_that_was_replaced_gets_no_reporter(version, stream, quarters, secretary):
    revise_from(version, quarters[2].starts_on, by=secretary)

    with pytest.raises(VersionReplaced):
        assign_reporter(
            version, by=secretary, organisation=stream.organisation, place=stream.place,
            first_period=quarters[2],
        )  # fmt: skip

    stream.refresh_from_db()
    assert stream.ends_before == quarters[2].starts_on


# --- Pages ---


def address(name, *more):
    return reverse(name, args=["sek", *more])


def test_the_page_keeps_what_was_typed_when_a_reporter_would_leave_a_gap(
    client, version, stream, quarters, secretary
):
    release_reporter(stream, by=secretary, last_period=quarters[0])
    client.force_login(secretary)
    typed = {"place": "ke/kitui", "organisation": "kcdms", "first_period": "2021-q1"}

    page = client.post(address("reporter-assign", "SEK-1"), typed)

    form = page.context["form"]
    assert len(form.non_field_errors()) == 1
    assert form["first_period"].value() == "2021-q1"


def test_forms_of_an_indicator_tell_places_apart_and_begin_with_the_quarter_that_runs(
    client, version, quarters, kitui, secretary, monkeypatch
):
    part = PlaceFactory(parent=kitui, name="Kitui", slug="kitui")
    monkeypatch.setattr(timezone, "localdate", lambda *_, **__: quarters[1].starts_on)
    client.force_login(secretary)

    form = client.get(address("reporter-assign", "SEK-1")).context["form"]

    labels = [label for _value, label in form.fields["place"].choices][1:]
    assert labels[1:3] == [f"Kitui ({kitui.level.name})", f"Kitui ({part.level.name})"]
    assert labels[1] != labels[2]
    assert form["first_period"].value() == quarters[1].code


def test_a_reporter_is_named_and_released_from_its_pages(
    client, version, quarters, organisations, secretary
):
    client.force_login(secretary)

    client.post(
        address("reporter-assign", "SEK-1"),
        {"place": "ke/kitui", "organisation": "kcdms", "first_period": "2021-q1"},
    )
    stream = Stream.objects.get()
    client.post(address("reporter-release", "SEK-1", stream.pk), {"last_period": "2021-q2"})

    stream.refresh_from_db()
    assert (stream.starts_on, stream.ends_on) == (dt.date(2021, 1, 1), dt.date(2021, 6, 30))
