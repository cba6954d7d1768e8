"""A mistaken draft of an indicator is discarded while nothing depends on it (domain 1.17)."""

import pytest
from django.urls import reverse

from coordination.models import Event
from coordination.services.events import DoneMeanwhile
from tests.factories.workplans import IndicatorFactory, StreamFactory, TargetFactory, VersionFactory
from workplans.models import Indicator, IndicatorVersion, Stream
from workplans.services.indicators import IndicatorNotDraft, QuantitiesStand, discard_indicator
from workplans.services.quantities import withdraw_target
from workplans.services.versions import put_in_use

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(mechanism):
    indicator = IndicatorFactory(mechanism=mechanism, code="SEK-9", name="A mistake")
    VersionFactory(indicator=indicator, state="draft")
    return indicator


def test_a_draft_is_gone_with_its_reporters_and_the_record_keeps_it(
    draft, mechanism, secretary, organisations, kitui
):
    StreamFactory(version=draft.versions.get(), organisation=organisations.kcdms, place=kitui)

    discard_indicator(draft, by=secretary)
    discard_indicator(draft, by=secretary)  # a second click

    assert [model.objects.count() for model in (Indicator, IndicatorVersion, Stream)] == [0, 0, 0]
    [event] = Event.objects.about(mechanism)
    assert (event.verb, event.note) == ("workplans.indicator_discarded", "SEK-9 A mistake")
    assert event.changes["definition"] == ["What counts and what does not.", None]


@pytest.mark.parametrize("state", ["in_use", "revised"])
def test_what_was_in_use_is_not_discarded(draft, secretary, state):
    draft.versions.update(state=state)

    with pytest.raises(IndicatorNotDraft):
        discard_indicator(draft, by=secretary)


def test_targets_and_baselines_are_withdrawn_first(draft, secretary, kitui):
    target = TargetFactory(version=draft.versions.get(), place=kitui)

    with pytest.raises(QuantitiesStand):
        discard_indicator(draft, by=secretary)
    withdraw_target(target, by=secretary, reason="A mistake.")
    discard_indicator(draft, by=secretary)
    assert not Indicator.objects.exists()


def test_what_another_did_meanwhile_is_said(draft, secretary):
    put_in_use(draft.versions.get(), by=secretary)
    draft.versions.update(state="draft")

    with pytest.raises(DoneMeanwhile):
        discard_indicator(draft, by=secretary, seen=0)


def test_it_is_discarded_from_its_page_by_two_clicks(client, draft, secretary):
    client.force_login(secretary)
    url = reverse("indicator-discard", args=["sek", "SEK-9"])
    assert url in client.get(draft.get_absolute_url()).content.decode()

    first = client.post(url)
    second = client.post(url)

    listing = reverse("indicator-list", args=["sek"])
    assert (first["Location"], second["Location"]) == (listing, listing)
    assert client.post(reverse("indicator-discard", args=["sek", "SEK-8"])).status_code == 404


def test_the_page_of_one_in_use_offers_no_discarding(client, draft, secretary):
    draft.versions.update(state="in_use")
    client.force_login(secretary)
    url = reverse("indicator-discard", args=["sek", "SEK-9"])

    assert url not in client.get(draft.get_absolute_url()).content.decode()
    response = client.post(url, follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said == ["Only a draft is discarded. An indicator that was in use is retired."]
