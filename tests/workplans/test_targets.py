"""Targets and baselines: set for a place and a time, revised for a reason, the first one kept."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories.workplans import BaselineFactory, TargetFactory, VersionFactory
from workplans.models import Baseline, IndicatorVersion, Target
from workplans.services.indicators import history_of
from workplans.services.quantities import (
    Amount,
    ReasonForTargetMissing,
    original_targets,
    set_baseline,
    set_target,
)

YEAR = {"starts_on": dt.date(2020, 7, 1), "ends_before": dt.date(2021, 7, 1)}


@pytest.fixture
def version(version_of):
    """Farmers, whole numbers, aimed at by nobody yet."""
    return version_of()


def test_a_revised_target_needs_a_reason_and_keeps_its_first(version, secretary, kitui):
    def aim(number, reason=""):
        return set_target(
            version, Amount(Decimal(number)), by=secretary, place=kitui, reason=reason, **YEAR
        )

    target = aim(240)
    with pytest.raises(ReasonForTargetMissing):
        aim(300)
    aim(300, "Two more wards.")
    aim(320, "Three more wards.")
    aim(320)

    target = Target.objects.get()
    assert (target.numerator, target.revision_reason) == (320, "Three more wards.")
    assert original_targets([target]) == {target.pk: "240"}
    assert [(event.verb, event.changes["target"]) for event in history_of(version.indicator)] == [
        ("workplans.target_revised", ["300", "320"]),
        ("workplans.target_revised", ["240", "300"]),
        ("workplans.target_set", [None, "240"]),
    ]
    assert history_of(version.indicator)[0].note == ("Kitui, FY 2020/21: 320\nThree more wards.")


def test_targets_of_one_organisation_and_of_all_stand_beside_each_other(
    version, secretary, kitui, organisations
):
    common = {"by": secretary, "place": kitui, **YEAR}
    set_target(version, Amount(Decimal(240)), **common)
    set_target(version, Amount(Decimal(100)), organisation=organisations.kcdms, **common)

    assert Target.objects.count() == 2


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ((dt.date(2020, 7, 1), dt.date(2021, 7, 1)), "FY 2020/21"),
        ((dt.date(2021, 1, 1), dt.date(2021, 4, 1)), "1\u00a0Jan–31\u00a0Mar 2021 (FY 2020/21 Q3)"),
        ((dt.date(2020, 10, 1), dt.date(2025, 10, 1)), "1\u00a0Oct 2020–30\u00a0Sep 2025"),
    ],
)
def test_the_time_of_a_target_is_said_by_the_calendar(version, span, words):
    target = TargetFactory.build(
        version=version, place=None, starts_on=span[0], ends_before=span[1]
    )

    assert target.span_in_words(version.indicator.mechanism.calendar) == words


def test_a_baseline_is_kept_with_its_history(version, secretary, kitui):
    for number, day in [(12, None), (14, dt.date(2019, 6, 30)), (14, dt.date(2019, 6, 30))]:
        set_baseline(version, Amount(Decimal(number)), by=secretary, place=kitui, measured_on=day)

    baseline = Baseline.objects.get()
    assert (baseline.numerator, baseline.measured_on) == (14, dt.date(2019, 6, 30))
    assert [event.changes["baseline"] for event in history_of(version.indicator)] == [
        ["12", "14"],
        [None, "12"],
    ]


# --- Pages ---


def address(name, *more):
    return reverse(name, args=["sek", *more])


def target_data(**changes):
    return {"place": "ke/kitui", "span": "2020-07-01/2021-07-01", "numerator": "240", **changes}


def test_a_target_is_set_for_a_year_of_the_calendar(client, version, quarters, secretary):
    client.force_login(secretary)

    response = client.post(address("target-set", "SEK-1"), target_data(numerator="1,240"))

    assert response.status_code == 302
    target = Target.objects.get()
    assert (target.numerator, target.starts_on, target.ends_before) == (
        1240,
        dt.date(2020, 7, 1),
        dt.date(2021, 7, 1),
    )


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"numerator": "12.5"}, "numerator", "This indicator counts whole numbers."),
        ({"numerator": "NaN"}, "numerator", "Enter a number"),
        ({"numerator": ""}, "numerator", "This field is required."),
        ({"place": "ke/nowhere"}, "place", "Select a valid choice."),
        ({"organisation": "elsewhere"}, "organisation", "Select a valid choice."),
        ({"span": "0001-01-01/9999-12-31"}, "span", "Select a valid choice."),
        ({"span": "x"}, "span", "Select a valid choice."),
    ],
)
def test_a_wrong_target_is_said_at_its_field(
    client, version, quarters, organisations, secretary, changes, field, message
):
    client.force_login(secretary)

    response = client.post(address("target-set", "SEK-1"), target_data(**changes))

    assert response.context["form"].errors[field][0].startswith(message)
    assert not Target.objects.exists()


def test_a_target_that_is_there_asks_for_a_reason(client, version, quarters, secretary):
    client.force_login(secretary)
    client.post(address("target-set", "SEK-1"), target_data())

    response = client.post(address("target-set", "SEK-1"), target_data(numerator="300"))

    assert response.context["form"].errors == {
        "reason": ["A target is set here already. Say why it changes."]
    }


def test_a_target_is_revised_from_its_row(client, version, quarters, secretary, organisations):
    client.force_login(secretary)
    client.post(address("target-set", "SEK-1"), target_data(organisation="kcdms"))
    target = Target.objects.get()
    page = address("target-revise", "SEK-1", target.pk)
    assert page in client.get(address("indicator-detail", "SEK-1")).content.decode()

    form = client.get(page).context["form"]
    shown = {name: form[name].value() for name in ("place", "organisation", "span", "numerator")}
    client.post(page, shown | {"numerator": "300", "reason": "Two more wards."})

    assert shown == {
        "place": "ke/kitui", "organisation": "kcdms", "span": "2020-07-01/2021-07-01",
        "numerator": "240",
    }  # fmt: skip
    target = Target.objects.get()
    assert (target.numerator, target.revision_reason) == (300, "Two more wards.")


def test_a_target_keeps_a_time_that_is_offered_to_nobody_else(
    client, version, quarters, secretary, kitui
):
    life = {"starts_on": dt.date(2019, 10, 1), "ends_before": dt.date(2025, 10, 1)}
    target = TargetFactory(version=version, place=kitui, **life)
    client.force_login(secretary)

    client.post(
        address("target-revise", "SEK-1", target.pk),
        target_data(span="2019-10-01/2025-10-01", numerator="300", reason="More wards."),
    )

    assert Target.objects.get().numerator == 300


def test_a_target_of_another_indicator_is_not_revised_here(client, version, secretary, mechanism):
    other = TargetFactory(version=VersionFactory(indicator__mechanism=mechanism))
    client.force_login(secretary)

    assert client.get(address("target-revise", "SEK-1", other.pk)).status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"numerator": "60"}, (60, 100)),
        ({"numerator": "12", "denominator": "20"}, (12, 20)),
    ],
)
def test_a_percentage_is_set_as_such_or_as_numerator_and_denominator(
    client, version, quarters, secretary, typed, kept
):
    IndicatorVersion.objects.update(data_type="percentage")
    client.force_login(secretary)

    client.post(address("target-set", "SEK-1"), target_data(**typed))

    target = Target.objects.get()
    assert (target.numerator, target.denominator) == kept
    assert target.value == 60


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"numerator": "160"}, "numerator"),
        ({"numerator": "21", "denominator": "20"}, "numerator"),
        ({"numerator": "0", "denominator": "0"}, "denominator"),
    ],
)
def test_a_percentage_beyond_the_whole_is_refused(
    client, version, quarters, secretary, typed, field
):
    IndicatorVersion.objects.update(data_type="percentage")
    client.force_login(secretary)

    response = client.post(address("target-set", "SEK-1"), target_data(**typed))

    assert list(response.context["form"].errors) == [field]


def test_a_baseline_is_corrected_from_its_row(client, version, quarters, secretary, kitui):
    baseline = BaselineFactory(version=version, place=kitui, measured_on=dt.date(2019, 6, 30))
    client.force_login(secretary)
    page = address("baseline-correct", "SEK-1", baseline.pk)
    assert page in client.get(address("indicator-detail", "SEK-1")).content.decode()

    form = client.get(page).context["form"]
    shown = {name: form[name].value() for name in ("place", "numerator", "measured_on")}
    client.post(page, shown | {"numerator": "12"})

    assert shown == {"place": "ke/kitui", "numerator": "10", "measured_on": dt.date(2019, 6, 30)}
    assert Baseline.objects.get().numerator == 12


def test_a_baseline_that_is_corrected_is_said_to_be(client, version, secretary):
    client.force_login(secretary)
    typed = {"place": "ke/kitui", "numerator": "12"}
    first = client.post(address("baseline-set", "SEK-1"), typed, follow=True)
    correct = address("baseline-correct", "SEK-1", Baseline.objects.get().pk)
    seen = client.get(correct).context["form"]["seen"].value()
    second = client.post(correct, typed | {"numerator": "13", "seen": seen}, follow=True)

    said = [str(message) for page in (first, second) for message in page.context["messages"]]
    assert said == ["The baseline is set.", "The baseline is corrected."]


def test_a_baseline_is_set_from_its_page(client, version, secretary):
    client.force_login(secretary)

    client.post(
        address("baseline-set", "SEK-1"),
        {"place": "ke/kitui", "numerator": "12", "measured_on": "2019-06-30"},
    )

    assert Baseline.objects.get().measured_on == dt.date(2019, 6, 30)
