"""The common per diem and travel policy, and what deviates from it (P27)."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.models import Money
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import PlanRate, TravelPolicy
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
def activity(mechanism, kitui, organisations):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")
    return ActivityFactory(
        plan=plan, code="KTI-01", lead=organisations.kcdms, starts_on=dt.date(2021, 2, 1)
    )


def lunch(amount, **said):
    return {
        "item": "lunch", "role": "officer", "level": None, "amount_minor": amount * 100,
        "currency": "KES", **said,
    }  # fmt: skip


@pytest.fixture
def agree(mechanism, secretary):
    def make(*rates, starts_on=dt.date(2020, 7, 1), title="Policy of 2020"):
        return begin_policy(
            mechanism, by=secretary, title=title, starts_on=starts_on, conditions="",
            agreed="The review committee, 3 Jun 2020", rates=rates,
        )  # fmt: skip

    return make


@pytest.fixture
def declare(activity, partner_officer):
    def make(**said):
        return declare_rate(activity, by=partner_officer, **{**lunch(1000), **said})

    return make


def compared(activity):
    [row] = Yardstick(activity.plan.mechanism).compare(activity, activity.travel_rates.all())
    return row


def test_the_agreed_rate_deviates_in_nothing(activity, agree, declare):
    agree(lunch(1000))
    declare()

    assert (compared(activity).is_deviating, compared(activity).size) == (False, Money(0, "KES"))


def test_a_deviation_needs_a_reason_and_is_said(activity, agree, declare):
    """1,500 beside the agreed 1,000: 500 above."""
    agree(lunch(1000))
    with pytest.raises(DeviationWithoutReason):
        declare(amount_minor=150_000)

    declare(amount_minor=150_000, reason="Held in Nairobi.")

    row = compared(activity)
    assert (row.is_above, row.size) == (True, Money(50_000, "KES"))


def test_two_currencies_are_compared_by_the_rate_of_the_plan(activity, agree, declare):
    """USD 8 at 110 are KES 880: 120 below."""
    agree(lunch(1000))
    declare(amount_minor=800, currency="USD")
    assert compared(activity).difference is None

    PlanRate.objects.create(
        plan=activity.plan, base="USD", quote="KES", rate=Decimal(110),
        fixed_on=dt.date(2020, 7, 1), source="CBK",
    )  # fmt: skip
    row = compared(activity)
    assert (row.is_above, row.size) == (False, Money(12_000, "KES"))


def test_the_version_of_the_first_day_counts_and_its_own_level_goes_first(
    activity, agree, declare, kitui
):
    agree(lunch(900, level=kitui.level), lunch(700))
    agree(lunch(1000), starts_on=dt.date(2021, 7, 1), title="Policy of 2021")
    declare(level=kitui.level, amount_minor=90_000)

    assert compared(activity).agreed.amount == Money(90_000, "KES")


def test_a_policy_is_begun_once_a_day_and_with_rates(agree):
    with pytest.raises(PolicyWithoutRates):
        agree()
    assert agree(lunch(1000)) == agree(lunch(1000))
    with pytest.raises(PolicyOfDayExists):
        agree(lunch(1200), title="Another")
    assert TravelPolicy.objects.count() == 1


def test_declared_twice_is_once_and_dropped_twice_too(activity, declare, partner_officer):
    rate = declare()
    assert declare() == rate
    for _click in range(2):
        drop_rate(rate, by=partner_officer)

    assert deeds(activity) == ["workplans.travel_rate_declared", "workplans.travel_rate_dropped"]


def test_the_pages_show_policy_and_deviation(activity, agree, declare, client, partner_officer):
    agree(lunch(1000))
    declare(amount_minor=150_000, reason="Held in Nairobi.")
    client.force_login(partner_officer)

    page = client.get(reverse("travel-policy", args=["sek"]))
    [(deviating, [row])] = page.context["deviations"]
    assert (deviating, row.size) == (activity, Money(50_000, "KES"))
    assert "Above the policy" in client.get(activity.get_absolute_url()).content.decode()
    declaring = reverse("travel-rate-declare", args=["sek", "kitui-2020-21", "KTI-01"])
    typed = {"item": "lunch", "role": "officer", "amount_minor": "2,000", "currency": "KES"}
    refused = client.post(declaring, typed)
    assert refused.context["form"].errors["reason"] == [str(DeviationWithoutReason.message)]


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
