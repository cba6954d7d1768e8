"""Retiring an indicator: nothing more is due, and what was reported stays."""

import datetime as dt

import pytest
from django.urls import reverse

from coordination.models import Event, Mail
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.coordination import PeriodFactory
from workplans.models import IndicatorVersion, Result, Stream
from workplans.services.obligations import open_obligations
from workplans.services.refusals import ReasonMissing, StreamNotRunning
from workplans.services.reporters import (
    IndicatorRetired,
    LaterPeriodReported,
    assign_reporter,
    release_reporter,
)
from workplans.services.results import submit_report
from workplans.services.retirement import IndicatorNotInUse, retire_indicator
from workplans.services.sheets import version_content
from workplans.services.verification import verify_result
from workplans.services.versions import VersionNotInUse, put_in_use, revise_indicator

from .conftest import IN_TIME, deeds

State = IndicatorVersion.State


@pytest.fixture
def version(stream):
    return stream.version


@pytest.fixture
def retire(version, quarter, secretary):
    """Retire the indicator after January to March 2021, unless it is said otherwise."""

    def make(**said):
        given = {"last_period": quarter, "reason": "Replaced by SEK-9.", "at": IN_TIME}
        return retire_indicator(version, by=secretary, **(given | said))

    return make


@pytest.fixture
def page(version):
    return reverse("indicator-retire", args=["sek", version.indicator.code])


def test_a_retired_indicator_is_due_up_to_its_last_period_and_no_longer(
    mechanism, stream, quarters, retire, partner_officer
):
    retired = retire()

    stream.refresh_from_db()
    assert (retired.state, retired.ends_on) == (State.RETIRED, dt.date(2021, 3, 31))
    assert (stream.ends_on, retired.retirement_reason) == (
        dt.date(2021, 3, 31),
        "Replaced by SEK-9.",
    )
    owed = [Stream.objects.owed_to(mechanism, period).exists() for period in quarters]
    assert owed == [True, True, True, False]
    assert open_obligations(mechanism, quarters[3]) == []
    [letter] = Mail.objects.filter(key__startswith="indicator-retired:")
    assert letter.recipient == partner_officer.email
    assert "for the last time for the quarter that ends on 31\u00a0Mar 2021" in letter.body


def test_who_would_have_begun_later_is_told_too(stream, quarters, retire, partner_officer):
    Stream.objects.filter(pk=stream.pk).update(starts_on=quarters[3].starts_on)

    retire()

    assert not Stream.objects.filter(pk=stream.pk).exists()
    assert Mail.objects.get(key__startswith="indicator-retired:").recipient == partner_officer.email


def test_the_record_says_from_what_to_what_and_why(version, retire):
    retire()

    event = Event.objects.about(version.indicator).first()
    assert (event.verb, event.note) == ("workplans.indicator_retired", "Replaced by SEK-9.")
    assert event.changes == {
        "state": ["In use", "Retired"],
        "last_period": [None, "1\u00a0Jan–31\u00a0Mar 2021"],
        "reporters": [["KCDMS, Kitui"], []],
    }


def test_what_is_open_up_to_the_last_period_can_still_be_submitted_and_verified(
    stream, draft, obligation, retire, partner_officer, focal_point
):
    result = draft(stream, 120)
    retire()

    submit_report(obligation, by=partner_officer, at=IN_TIME)
    result.refresh_from_db()
    verify_result(result, by=focal_point, method="documents", at=IN_TIME)

    result.refresh_from_db()
    assert result.state == Result.State.VERIFIED


def test_nothing_is_entered_after_the_last_period(stream, quarters, draft, retire):
    retire()

    with pytest.raises(StreamNotRunning):
        draft(stream, 120, period=quarters[3])


def test_verified_values_stay(stream, verified, retire):
    result = verified(stream, 120)

    retire()

    assert Result.objects.verified().get() == result


def test_a_later_value_keeps_an_earlier_end_away(stream, quarters, draft, retire):
    draft(stream, 120, period=quarters[3])

    with pytest.raises(LaterPeriodReported):
        retire()

    stream.refresh_from_db()
    assert stream.ends_before is None


def test_a_reporter_who_would_have_begun_later_never_does(
    version, stream_of, quarters, organisations, retire
):
    stream_of(version, organisation=organisations.kiwash, starts_on=quarters[3].starts_on)

    retire()

    assert [row.organisation.slug for row in version.streams.all()] == ["kcdms"]


def test_a_reporter_who_was_released_before_keeps_that_end(stream, quarters, retire):
    Stream.objects.update(ends_before=quarters[1].starts_on)

    retire()

    stream.refresh_from_db()
    assert stream.ends_before == quarters[1].starts_on


def test_an_indicator_is_retired_once(version, retire):
    retire()

    with pytest.raises(IndicatorRetired):
        retire()

    assert deeds(version.indicator) == ["workplans.indicator_retired"]


@pytest.mark.parametrize("state", [State.DRAFT, State.REVISED])
def test_only_what_is_in_use_is_retired(retire, state):
    IndicatorVersion.objects.update(state=state)

    with pytest.raises(IndicatorNotInUse):
        retire()


def test_retiring_needs_a_reason(retire):
    with pytest.raises(ReasonMissing):
        retire(reason=" ")


def test_an_indicator_is_not_retired_over_another_deed_unseen(
    version, quarter, retire, secretary, organisations, makueni
):
    seen = newest_event()
    assign_reporter(
        version, by=secretary, organisation=organisations.kiwash, place=makueni,
        first_period=quarter,
    )  # fmt: skip

    with pytest.raises(DoneMeanwhile):
        retire(seen=seen)


def test_nobody_is_named_for_a_retired_indicator_and_no_version_made(
    version, quarter, retire, secretary, organisations, makueni
):
    retire()

    with pytest.raises(IndicatorRetired):
        assign_reporter(
            version, by=secretary, organisation=organisations.kiwash, place=makueni,
            first_period=quarter,
        )  # fmt: skip
    with pytest.raises(VersionNotInUse):
        revise_indicator(
            version, by=secretary, seen_version=1, counts_from=dt.date(2021, 4, 1),
            change_note="New", **version_content(version),
        )  # fmt: skip


def test_a_reporter_is_not_released_beyond_the_end_of_the_indicator(
    client, version, stream, quarters, retire, secretary
):
    retire()
    client.force_login(secretary)

    response = client.post(
        reverse("reporter-release", args=["sek", version.indicator.code, stream.pk]),
        {"last_period": quarters[3].code},
    )

    assert response.context["form"].non_field_errors() == [
        "This indicator is retired: nothing more is reported under it."
    ]
    stream.refresh_from_db()
    assert stream.ends_on == dt.date(2021, 3, 31)


def test_a_reporter_is_not_released_before_its_last_value(stream, quarters, draft, secretary):
    draft(stream, 120, period=quarters[3])

    with pytest.raises(LaterPeriodReported):
        release_reporter(stream, by=secretary, last_period=quarters[2])


def test_a_reporter_that_was_removed_meanwhile_is_not_released(
    version, stream_of, quarters, organisations, retire, secretary
):
    later = stream_of(version, organisation=organisations.kiwash, starts_on=quarters[3].starts_on)
    retire()
    put_in_use(version, by=secretary)

    with pytest.raises(StreamNotRunning):
        release_reporter(later, by=secretary, last_period=quarters[3])


def test_a_retired_indicator_comes_back_without_its_reporters(version, stream, retire, secretary):
    retire()

    again = put_in_use(version, by=secretary)

    stream.refresh_from_db()
    assert (again.state, again.ends_before, again.retirement_reason) == (State.IN_USE, None, "")
    assert stream.ends_on == dt.date(2021, 3, 31)
    event = Event.objects.about(version.indicator).first()
    assert event.changes == {"state": ["Retired", "In use"]}


# --- The page ---


def test_the_secretariat_retires_from_the_page(client, version, quarter, page, secretary):
    client.force_login(secretary)
    sheet = client.get(version.indicator.get_absolute_url()).content.decode()
    question = client.get(page).content.decode()

    response = client.post(
        page, {"last_period": quarter.code, "reason": "Replaced by SEK-9."}, follow=True
    )

    text = " ".join(response.content.decode().split())
    assert page in sheet
    assert "KCDMS, Kitui" in question
    assert [str(message) for message in response.context["messages"]] == [
        "The indicator is retired."
    ]
    assert (
        "It was reported for quarters up to 31 Mar 2021. "
        "What was reported stays, and counts there." in text
    )
    assert "Reason: Replaced by SEK-9." in text
    assert page not in text
    assert reverse("reporter-assign", args=["sek", version.indicator.code]) not in text
    assert "Put in use again" in text


def test_everyone_reads_why_an_indicator_is_retired(client, version, retire):
    retire()

    assert (
        "Reason: Replaced by SEK-9."
        in client.get(version.indicator.get_absolute_url()).content.decode()
    )


def test_a_second_click_is_told_that_it_is_retired(client, version, quarter, page, secretary):
    client.force_login(secretary)

    for _click in range(2):
        response = client.post(page, {"last_period": quarter.code, "reason": "Replaced."})

    assert response.context["form"].non_field_errors() == [
        "This indicator is retired: nothing more is reported under it."
    ]
    assert deeds(version.indicator) == ["workplans.indicator_retired"]


def test_the_page_offers_no_period_before_the_last_that_has_a_value(
    client, stream, quarters, draft, page, secretary
):
    PeriodFactory(year=2019, quarter=1)  # before anybody reported
    draft(stream, 120, period=quarters[1])
    client.force_login(secretary)

    form = client.get(page).context["form"]

    assert list(form.fields["last_period"].queryset) == quarters[1:]


def test_a_reporter_is_refused_in_words_on_a_retired_indicator(
    client, version, quarter, retire, secretary
):
    retire()
    client.force_login(secretary)

    response = client.post(
        reverse("reporter-assign", args=["sek", version.indicator.code]),
        {"place": "ke/makueni", "organisation": "kiwash", "first_period": quarter.code},
    )

    assert response.context["form"].non_field_errors() == [
        "This indicator is retired: nothing more is reported under it."
    ]
