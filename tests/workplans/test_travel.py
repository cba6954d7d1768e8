"""The common per diem and travel policy, and which events deviate from it (P27)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.models import Money
from tests.factories.coordination import PlaceFactory
from tests.factories.plans import ActivityEventFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import PlanRate, TravelPolicy
from workplans.services.activities import PlanIsClosed
from workplans.services.travel import (
    DeviationWithoutReason,
    PolicyOfDayExists,
    PolicyWithoutRates,
    Yardstick,
    begin_policy,
    declare_rate,
    drop_rate,
)

from .conftest import deeds


@pytest.fixture
def event(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    activity = ActivityFactory(
        plan=plan, code="KTI-01", lead=organisations.kcdms, starts_on=dt.date(2020, 8, 1)
    )
    return ActivityEventFactory(
        activity=activity, title="Field school", starts_on=dt.date(2021, 2, 1), ends_on=None,
        place=kitui,
    )  # fmt: skip


def paid(amount, **said):
    return {
        "item": "lunch", "role": "officer", "amount_minor": amount * 100, "currency": "KES", **said,
    }  # fmt: skip


def lunch(amount, level=None):
    return {**paid(amount), "level": level}


@pytest.fixture
def agree(mechanism, secretary):
    def make(*rates, starts_on=dt.date(2020, 7, 1), title="Policy of 2020"):
        return begin_policy(
            mechanism, by=secretary, title=title, starts_on=starts_on, conditions="",
            agreed="The review committee, 3 Jun 2020", rates=rates,
        )  # fmt: skip

    return make


@pytest.fixture
def declare(event, partner_officer):
    def make(**said):
        return declare_rate(event, by=partner_officer, **{**paid(1000), **said})

    return make


def compared(event):
    [row] = Yardstick(event.activity.plan.mechanism).compare(event, event.travel_rates.all())
    return row


def test_the_agreed_rate_deviates_in_nothing(event, agree, declare):
    agree(lunch(1000))
    declare()

    assert (compared(event).is_deviating, compared(event).size) == (False, Money(0, "KES"))


def test_a_deviation_needs_a_reason_and_is_said(event, agree, declare):
    """1,500 beside the agreed 1,000: 500 above."""
    agree(lunch(1000))
    with pytest.raises(DeviationWithoutReason):
        declare(amount_minor=150_000)

    declare(amount_minor=150_000, reason="Held in Nairobi.")

    row = compared(event)
    assert (row.is_above, row.size) == (True, Money(50_000, "KES"))


def test_two_currencies_are_compared_by_the_rate_of_the_plan(event, agree, declare):
    """USD 8 at 110 are KES 880: 120 below."""
    agree(lunch(1000))
    declare(amount_minor=800, currency="USD")
    assert compared(event).difference is None

    PlanRate.objects.create(
        plan=event.activity.plan, base="USD", quote="KES", rate=Decimal(110),
        fixed_on=dt.date(2020, 7, 1), source="CBK",
    )  # fmt: skip
    row = compared(event)
    assert (row.is_above, row.size) == (False, Money(12_000, "KES"))


def test_the_version_of_the_events_first_day_counts(event, agree):
    """Not that of the activity's, which began in August."""
    agree(lunch(700))
    agree(lunch(900), starts_on=dt.date(2021, 1, 1), title="Policy of January")
    agree(lunch(1000), starts_on=dt.date(2021, 7, 1), title="Policy of July")
    yardstick = Yardstick(event.activity.plan.mechanism)

    assert yardstick.policy_of(event).title == "Policy of January"
    event.starts_on = None
    assert yardstick.policy_of(event).title == "Policy of 2020"


def test_the_rate_of_the_nearest_level_of_its_place_is_agreed(event, agree, kitui):
    """In a ward the county's; in the county the same; without a place that of every level."""
    agree(lunch(900, level=kitui.level), lunch(700))
    yardstick = Yardstick(event.activity.plan.mechanism)

    def agreed(place):
        event.place = place
        return [rate.amount for rate in yardstick.agreed_for(event)]

    assert agreed(PlaceFactory(parent=kitui)) == [Money(90_000, "KES")]
    assert agreed(kitui) == [Money(90_000, "KES")]
    assert agreed(None) == [Money(70_000, "KES")]


def test_a_policy_is_begun_once_a_day_and_with_rates(agree):
    with pytest.raises(PolicyWithoutRates):
        agree()
    assert agree(lunch(1000)) == agree(lunch(1000))
    with pytest.raises(PolicyOfDayExists):
        agree(lunch(1200), title="Another")
    assert TravelPolicy.objects.count() == 1


def test_declared_twice_is_once_and_dropped_twice_too(event, declare, client, partner_officer):
    rate = declare()
    assert declare() == rate
    client.force_login(partner_officer)
    address = ["sek", "kitui-2020-21", "KTI-01", event.pk]
    for _click in range(2):
        dropped = client.post(reverse("travel-rate-drop", args=[*address, rate.pk]))
        assert dropped.url == reverse("travel-rate-declare", args=address)

    assert deeds(event) == ["workplans.travel_rate_declared", "workplans.travel_rate_dropped"]


def test_once_the_plan_is_closed_nothing_is_declared_or_dropped(event, declare, partner_officer):
    rate = declare()
    plan = event.activity.plan
    plan.state = "closed"
    plan.save()

    with pytest.raises(PlanIsClosed):
        declare(amount_minor=1)
    with pytest.raises(PlanIsClosed):
        drop_rate(rate, by=partner_officer)


def test_the_pages_show_policy_and_deviation(event, agree, declare, client, partner_officer):
    agree(lunch(1000))
    declare(amount_minor=150_000, reason="Held in Nairobi.")
    client.force_login(partner_officer)

    page = client.get(reverse("travel-policy", args=["sek"]))
    [(deviating, [row])] = page.context["deviations"]
    assert (deviating, row.size) == (event, Money(50_000, "KES"))
    organiser = client.get(event.get_absolute_url())
    assert [str(rate.amount) for rate in organiser.context["agreed"]] == ["KES 1,000"]
    assert "Above the policy" in organiser.content.decode()
    declaring = reverse("travel-rate-declare", args=["sek", "kitui-2020-21", "KTI-01", event.pk])
    typed = {"item": "lunch", "role": "officer", "amount_minor": "2,000", "currency": "KES"}
    refused = client.post(declaring, typed)
    assert refused.context["form"].errors["reason"] == [str(DeviationWithoutReason.message)]


def test_what_an_event_pays_is_for_those_who_take_part(event, agree, declare, client):
    """The policy is public; what a single event declares is not."""
    agree(lunch(1000))
    declare(amount_minor=150_000, reason="Held in Nairobi.")

    assert "KES 1,000" in client.get(reverse("travel-policy", args=["sek"])).content.decode()
    page = client.get(event.get_absolute_url()).content.decode()
    assert "Field school" in page
    assert "1,500" not in page


def test_the_secretariat_records_a_policy_on_its_page(mechanism, client, secretary):
    client.force_login(secretary)
    address = reverse("travel-policy-create", args=["sek"])
    typed = {
        "title": "Policy", "starts_on": "2020-07-01", "agreed": "The review committee",
        "rates-TOTAL_FORMS": "2", "rates-INITIAL_FORMS": "0",
        "rates-0-item": "lunch", "rates-0-role": "officer", "rates-0-amount_minor": "1,000",
        "rates-0-currency": "KES",
    }  # fmt: skip

    assert client.get(address).status_code == 200
    client.post(address, typed)

    assert str(TravelPolicy.objects.get().rates.get()) == "Lunch, County officers: KES 1,000"
    again = client.post(
        address,
        {**typed, **{f"rates-1-{k}": typed[f"rates-0-{k}"] for k in
                     ("item", "role", "amount_minor", "currency")}},
    )  # fmt: skip
    assert again.context["rates"].non_form_errors()
