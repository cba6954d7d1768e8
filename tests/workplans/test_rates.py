"""Rates as the secretariat enters them, with their date and source."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from coordination.services.refusals import DayToCome
from tests.factories.workplans import PlanFactory
from workplans.models import MonthlyRate, PlanRate
from workplans.services.rates import (
    RateOfMonthTaken,
    RateOfOneCurrency,
    RateTaken,
    set_monthly_rate,
    set_plan_rate,
)

from .conftest import deeds

DAY = dt.date(2020, 7, 1)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def fix(plan, secretary):
    def make(**said):
        given = {"base": "USD", "quote": "KES", "rate": Decimal("107.25"), "fixed_on": DAY}
        return set_plan_rate(plan, by=secretary, **{**given, "source": "CBK", **said})

    return make


def test_a_rate_sent_twice_is_one_and_on_record(plan, fix):
    assert fix() == fix()
    assert deeds(plan) == ["workplans.plan_rate_set"]
    assert str(PlanRate.objects.get()) == "USD 1 = KES 107.25"


def test_a_day_has_one_rate_of_a_pair_whichever_way_it_is_told(fix):
    fix()
    with pytest.raises(RateTaken):
        fix(rate=Decimal(108))
    with pytest.raises(RateTaken):
        fix(base="KES", quote="USD", rate=Decimal("0.0093"))


def test_a_rate_is_of_two_currencies_and_of_no_day_to_come(fix):
    with pytest.raises(RateOfOneCurrency):
        fix(quote="USD")
    with pytest.raises(DayToCome):
        fix(fixed_on=dt.date(2999, 1, 1))


def test_a_month_has_one_rate_of_a_pair(mechanism, secretary):
    said = {"by": secretary, "base": "USD", "quote": "KES", "source": "CBK"}
    row = set_monthly_rate(mechanism, month=dt.date(2021, 1, 15), rate=Decimal(110), **said)
    again = set_monthly_rate(mechanism, month=dt.date(2021, 1, 1), rate=Decimal(110), **said)

    assert row == again == MonthlyRate.objects.get()
    assert row.month == dt.date(2021, 1, 1)
    with pytest.raises(RateOfMonthTaken):
        set_monthly_rate(mechanism, month=dt.date(2021, 1, 1), rate=Decimal(111), **said)


def test_the_secretariat_enters_rates_on_their_pages(plan, client, secretary):
    client.force_login(secretary)
    args = ["sek", plan.slug]
    typed = {"base": "USD", "rate": "107.25", "quote": "KES", "source": "CBK"}

    client.post(reverse("plan-rate-set", args=args), {**typed, "fixed_on": "2020-07-01"})
    client.post(reverse("monthly-rate-set", args=args), {**typed, "month": "2021-01-01"})

    assert (PlanRate.objects.count(), MonthlyRate.objects.count()) == (1, 1)
    page = client.post(reverse("plan-rate-set", args=args), {**typed, "quote": "USD", "rate": "0"})
    assert set(page.context["form"].errors) == {"quote", "rate", "fixed_on"}
