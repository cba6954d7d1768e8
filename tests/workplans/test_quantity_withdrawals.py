"""A target or baseline that should not be there is withdrawn, and the record keeps it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.models import Event
from coordination.services.events import DoneMeanwhile, newest_event
from tests.factories.workplans import BaselineFactory, TargetFactory, VersionFactory
from workplans.models import Baseline, Target
from workplans.services.quantities import (
    Amount,
    BaselineGone,
    TargetGone,
    set_baseline,
    set_target,
    withdraw_baseline,
    withdraw_target,
)
from workplans.services.refusals import ReasonMissing

from .conftest import deeds

YEAR = {"starts_on": dt.date(2020, 7, 1), "ends_before": dt.date(2021, 7, 1)}


@pytest.fixture
def version(version_of):
    return version_of()


@pytest.fixture
def aim(version, kitui, organisations):
    return TargetFactory(version=version, place=kitui, organisation=organisations.kcdms, **YEAR)


@pytest.fixture
def beginning(version, kitui):
    return BaselineFactory(version=version, place=kitui, measured_on=dt.date(2019, 6, 30))


def test_a_withdrawn_target_is_gone_and_on_record(version, aim, secretary):
    withdraw_target(aim, by=secretary, reason="Agreed for Makueni.")

    assert not Target.objects.exists()
    event = Event.objects.about(version.indicator).get()
    assert (event.verb, event.by) == ("workplans.target_withdrawn", secretary)
    assert event.changes == {"target": ["100", None]}
    assert event.note == "Kitui, KCDMS, FY 2020/21\nAgreed for Makueni."


def test_a_withdrawn_baseline_is_gone_and_on_record(version, beginning, secretary):
    withdraw_baseline(beginning, by=secretary, reason="Another survey.")

    assert not Baseline.objects.exists()
    event = Event.objects.about(version.indicator).get()
    assert event.changes == {"baseline": ["10", None], "measured_on": ["2019-06-30", None]}
    assert event.note == "Kitui\nAnother survey."


def test_each_is_withdrawn_once(version, aim, beginning, secretary):
    gone = Target.objects.get(), Baseline.objects.get()
    withdraw_target(aim, by=secretary, reason="Agreed for Makueni.")
    withdraw_baseline(beginning, by=secretary, reason="Another survey.")

    with pytest.raises(TargetGone):
        withdraw_target(gone[0], by=secretary, reason="Agreed for Makueni.")
    with pytest.raises(BaselineGone):
        withdraw_baseline(gone[1], by=secretary, reason="Another survey.")

    assert len(deeds(version.indicator)) == 2


def test_both_need_a_reason(aim, beginning, secretary):
    with pytest.raises(ReasonMissing):
        withdraw_target(aim, by=secretary, reason=" ")
    with pytest.raises(ReasonMissing):
        withdraw_baseline(beginning, by=secretary, reason="")


def test_neither_is_withdrawn_after_it_was_changed_unseen(
    version, aim, beginning, secretary, kitui
):
    seen = newest_event()
    set_target(
        version, Amount(Decimal(120)), by=secretary, place=kitui, organisation=aim.organisation,
        reason="Two more wards.", **YEAR,
    )  # fmt: skip
    set_baseline(version, Amount(Decimal(12)), by=secretary, place=kitui, measured_on=None)

    with pytest.raises(DoneMeanwhile):
        withdraw_target(aim, by=secretary, reason="Agreed for Makueni.", seen=seen)
    with pytest.raises(DoneMeanwhile):
        withdraw_baseline(beginning, by=secretary, reason="Another survey.", seen=seen)


@pytest.mark.parametrize("kind", ["target", "baseline"])
def test_each_is_withdrawn_from_its_row(client, version, aim, beginning, secretary, kind):
    thing = {"target": aim, "baseline": beginning}[kind]
    code = version.indicator.code
    page = reverse(f"{kind}-withdraw", args=["sek", code, thing.pk])
    client.force_login(secretary)
    assert page in client.get(version.indicator.get_absolute_url()).content.decode()

    without = client.post(page, {"reason": ""})
    done = client.post(page, {"reason": "By mistake."}, follow=True)

    assert list(without.context["form"].errors) == ["reason"]
    assert [str(message) for message in done.context["messages"]] == [f"The {kind} is withdrawn."]
    assert "By mistake." in done.content.decode()
    again = client.post(page, {"reason": "By mistake."}, follow=True)
    assert [str(message) for message in again.context["messages"]] == [
        f"This {kind} is not there any more."
    ]


@pytest.mark.parametrize("kind", ["target", "baseline"])
def test_the_page_carries_what_its_reader_saw(
    client, version, aim, beginning, secretary, kitui, kind
):
    thing = {"target": aim, "baseline": beginning}[kind]
    page = reverse(f"{kind}-withdraw", args=["sek", version.indicator.code, thing.pk])
    client.force_login(secretary)
    seen = client.get(page).context["form"]["seen"].value()
    set_target(
        version, Amount(Decimal(120)), by=secretary, place=kitui, organisation=aim.organisation,
        reason="Two more wards.", **YEAR,
    )  # fmt: skip
    set_baseline(version, Amount(Decimal(12)), by=secretary, place=kitui, measured_on=None)

    client.post(page, {"reason": "By mistake.", "seen": seen})

    assert type(thing).objects.filter(pk=thing.pk).exists()


def test_what_is_not_of_this_indicator_is_not_withdrawn_here(
    client, version, aim, mechanism, secretary
):
    other = VersionFactory(indicator__mechanism=mechanism)
    client.force_login(secretary)

    page = reverse("target-withdraw", args=["sek", other.indicator.code, aim.pk])
    client.post(page, {"reason": "By mistake."})
    assert Target.objects.get() == aim
