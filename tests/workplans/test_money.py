"""What a plan costs and lacks, against numbers worked by hand (R10)."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.models import Money, Organisation
from tests.factories.coordination import OrganisationFactory, PeriodFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Activity, Commitment, MonthlyRate, PlanRate, Spending
from workplans.services.money import money_of, money_of_activity
from workplans.services.rates import Rates, period_rates, plan_rates
from workplans.services.sums import counted_once, rounded_money


def kes(amount):
    return Money(amount * 100, "KES")


def usd(amount):
    return Money(amount * 100, "USD")


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui)


@pytest.fixture
def rate(plan):
    """One dollar is 110 shillings in the plan."""
    return PlanRate.objects.create(
        plan=plan, base="USD", quote="KES", rate=Decimal(110), fixed_on=dt.date(2020, 7, 1),
        source="Central Bank of Kenya",
    )  # fmt: skip


@pytest.fixture
def activity_of(plan, organisations):
    """A maker of activities of KCDMS: ``activity_of(1000, "KES")``."""

    def make(budget=None, currency="", **content):
        minor = None if budget is None else budget * 100
        given = {"plan": plan, "lead": organisations.kcdms} | content
        return ActivityFactory(budget_minor=minor, currency=currency, **given)

    return make


def of(plan, currency="KES"):
    return money_of(plan, Activity.objects.filter(plan=plan), currency=currency)


def test_the_gap_is_the_budget_less_what_is_confirmed(activity_of):
    """1,000 less 250 of 600 promised: 750 lacking, 350 indicative."""
    activity = activity_of(1000, "KES")
    CommitmentFactory(activity=activity, amount=600, confirmed=250)

    money = money_of_activity(activity)

    assert money.gap.money == kes(750)
    assert (money.confirmed.amounts, money.indicative.amounts) == ([kes(250)], [kes(350)])
    assert money.surplus is None


def test_a_surplus_fills_no_gap_elsewhere(plan, activity_of):
    """900 too much on one beside 400 too little on another: the total gap is 400, not 0."""
    rich, poor = activity_of(100, "KES"), activity_of(500, "KES")
    CommitmentFactory(activity=rich, amount=1000, confirmed=1000)
    CommitmentFactory(activity=poor, amount=100, confirmed=100)

    money = of(plan)

    assert [each.money for each in money.gap_total] == [kes(400)]
    assert money.gap_in_one.money == kes(400)
    assert [line.surplus for line in money.lines] == [kes(900), None]
    assert [line.activity for line in money.gaps] == [poor]


def test_two_currencies_are_compared_by_the_rate_of_the_plan(plan, activity_of, rate):
    """KES 100,000 less KES 20,000 and USD 500 at 110: 100,000 − 20,000 − 55,000 = 25,000."""
    activity = activity_of(100_000, "KES")
    CommitmentFactory(activity=activity, amount=20_000, confirmed=20_000)
    CommitmentFactory(activity=activity, amount=800, confirmed=500, currency="USD")

    money = of(plan)

    assert money.lines[0].gap.money == kes(25_000)
    assert money.confirmed.amounts == [kes(20_000), usd(500)]
    assert money.confirmed.in_one("KES", money.rates).money == kes(75_000)
    assert money.indicative.in_one("KES", money.rates).money == kes(33_000)


def test_the_gaps_of_two_currencies_in_one(plan, activity_of, rate):
    """KES 1,100 and USD 90: USD 100, or KES 11,000."""
    activity_of(1100, "KES")
    activity_of(90, "USD")

    assert of(plan, "USD").gap_in_one.money == usd(100)
    assert of(plan, "KES").gap_in_one.money == kes(11_000)
    assert [each.money for each in of(plan).gap_total] == [kes(1100), usd(90)]


def test_without_a_rate_there_is_no_figure_and_the_pair_is_named(plan, activity_of):
    activity = activity_of(1000, "KES")
    CommitmentFactory(activity=activity, amount=5, confirmed=5, currency="USD")

    money = of(plan)

    assert money.lines[0].gap.money is None
    assert money.lines[0].gap.lacking == "USD–KES"
    assert money.unknown_gaps == money.lines
    assert money.confirmed.in_one("KES", money.rates).money is None
    assert money.confirmed.amounts == [usd(5)]
    assert money.county_share is None


def test_no_rate_is_needed_where_the_budget_is_covered_already(activity_of):
    activity = activity_of(100, "KES")
    CommitmentFactory(activity=activity, amount=100, confirmed=100)
    CommitmentFactory(activity=activity, amount=5, confirmed=5, currency="USD")

    assert money_of_activity(activity).gap.money == kes(0)


def test_an_activity_without_a_budget_has_no_gap_and_is_named(plan, activity_of):
    activity = activity_of()
    CommitmentFactory(activity=activity, amount=100, confirmed=100)

    money = of(plan)

    assert money.lines[0].gap.money is None
    assert money.unbudgeted == [activity]
    assert money.gap_total == []


def test_a_sum_of_what_nobody_has_told_is_nothing_and_no_zero(plan, activity_of):
    """Without budgets and promises there is no figure; with them what is 0 is 0 (R4)."""
    activity = activity_of()
    said = {name: one.money for name, _total, one in of(plan).rows}
    assert set(said.values()) == {None}
    assert of(plan).gap_in_one.money is None

    activity.budget_minor, activity.currency = 100, "KES"
    activity.save()
    CommitmentFactory(activity=activity, amount=1)
    said = {name: one.money for name, _total, one in of(plan).rows}
    assert said == {
        "budget": kes(1), "confirmed": kes(0), "indicative": kes(1), "released": kes(0),
        "spent": kes(0), "in_kind": kes(0), "leveraged": kes(0),
    }  # fmt: skip
    assert of(plan).gap_in_one.money == kes(1)


def test_a_budget_of_nothing_lacks_nothing(activity_of):
    assert money_of_activity(activity_of(0, "KES")).gap.money == kes(0)


def test_cancelled_activities_cost_nothing(plan, activity_of):
    activity_of(1000, "KES", status="cancelled", status_reason="Decided so")

    assert of(plan).lines == []


def test_money_that_is_passed_on_counts_once(plan, activity_of, organisations):
    """The donor's 100 of which KCDMS passes 60 on, and a sub 20 of those: 100, not 180."""
    activity = activity_of(1000, "KES")
    first = CommitmentFactory(
        activity=activity, organisation=organisations.usaid, amount=100, confirmed=100
    )
    second = CommitmentFactory(
        activity=activity, organisation=organisations.kcdms, amount=60, confirmed=60,
        passes_on=first,
    )  # fmt: skip
    CommitmentFactory(
        activity=activity, organisation=organisations.kiwash, amount=20, confirmed=20,
        passes_on=second,
    )  # fmt: skip

    money = of(plan)

    assert money.confirmed.amounts == [kes(100)]
    assert money.lines[0].gap.money == kes(900)
    scores = {str(score.organisation): score for score in money.scores}
    assert scores["KCDMS"].confirmed.amounts == []
    assert scores["KCDMS"].passed_on.amounts == [kes(60)]
    assert scores["USAID"].confirmed.amounts == [kes(100)]


def test_what_is_passed_on_may_be_surer_than_its_source(plan, activity_of, organisations):
    """100 promised, nothing of it confirmed, but 60 of it confirmed below: 60 sure, 40 not."""
    activity = activity_of(1000, "KES")
    head = CommitmentFactory(activity=activity, organisation=organisations.usaid, amount=100)
    CommitmentFactory(
        activity=activity, organisation=organisations.kcdms, amount=60, confirmed=60, passes_on=head
    )

    money = of(plan)

    assert (money.confirmed.amounts, money.indicative.amounts) == ([kes(60)], [kes(40)])
    scores = {str(score.organisation): score for score in money.scores}
    assert scores["USAID"].indicative.amounts == [kes(40)]
    assert scores["KCDMS"].confirmed.amounts == [kes(60)]


def test_a_chain_that_passes_on_more_than_it_got_counts_the_larger(activity_of):
    activity = activity_of(1000, "KES")
    head = CommitmentFactory(activity=activity, amount=50, confirmed=50)
    child = CommitmentFactory(activity=activity, amount=80, confirmed=80, passes_on=head)

    counted = counted_once([head, child], lambda each: each.confirmed_minor)

    assert counted == {head.pk: 5000, child.pk: 3000}


def test_of_a_withdrawn_commitment_what_was_released_still_counts(activity_of):
    activity = activity_of(1000, "KES")
    CommitmentFactory(
        activity=activity, amount=500, confirmed=400, released=150, spent=100,
        state=Commitment.State.WITHDRAWN, withdrawal_reason="The award ended.",
    )  # fmt: skip

    money = money_of_activity(activity)

    assert (money.confirmed.amounts, money.gap.money) == ([kes(150)], kes(850))
    assert money.indicative.amounts == []


def test_kinds_stand_apart_and_others_than_the_lead_leverage(activity_of, organisations):
    activity = activity_of(1000, "KES")
    for kind, amount, organisation in [
        ("cash", 100, organisations.kcdms),
        ("logistics", 40, organisations.kiwash),
        ("data", 5, organisations.rla),
    ]:
        CommitmentFactory(
            activity=activity, kind=kind, amount=amount, confirmed=amount, organisation=organisation
        )

    money = money_of_activity(activity)

    assert money.confirmed.amounts == [kes(145)]
    assert money.in_kind.amounts == [kes(45)]
    assert money.leveraged.amounts == [kes(45)]


def test_the_county_share_is_of_what_is_confirmed(plan, activity_of, organisations, rate):
    """KES 22,000 of the county beside USD 400 (KES 44,000): 22 of 66, 33.3 %."""
    activity = activity_of(1_000_000, "KES")
    department = OrganisationFactory(type=Organisation.Type.COUNTY_DEPARTMENT)
    CommitmentFactory(activity=activity, organisation=department, amount=22_000, confirmed=22_000)
    CommitmentFactory(activity=activity, amount=900, confirmed=400, currency="USD")

    # Unrounded: a third of a hundred, in whichever currency.
    assert of(plan).county_share == Decimal(100) / 3
    assert of(plan, "USD").county_share == Decimal(100) / 3


def test_the_scoreboard_says_who_waits_for_whom_and_how_long(plan, activity_of, organisations):
    activity = activity_of(1000, "KES")
    CommitmentFactory(
        activity=activity, organisation=organisations.kcdms, amount=300, confirmed=100,
        approver="head_office",
    )  # fmt: skip

    [score] = of(plan).scores

    assert score.confirmed.amounts == [kes(100)]
    assert score.indicative.amounts == [kes(200)]
    assert score.longest_wait(dt.date(2021, 1, 16)) == 12
    assert score.awaits == ["head office"]


def test_who_has_waited_for_no_day_yet_waits_for_nobody_s_days(
    client, plan, activity_of, organisations, secretary
):
    CommitmentFactory(
        activity=activity_of(1000, "KES"),
        organisation=organisations.kcdms,
        amount=300,
        entered_at=timezone.now(),
    )
    client.force_login(secretary)
    shown = client.get(reverse("plan-money", args=[plan.mechanism.slug, plan.slug]))

    page = " ".join(shown.content.decode().split())
    assert "1, awaiting the signatory" in page
    assert "awaiting the signatory since today" in page
    assert "0 days" not in page


def test_the_rate_that_was_fixed_last_is_in_force(plan, rate):
    PlanRate.objects.create(
        plan=plan, base="KES", quote="USD", rate=Decimal("0.01"), fixed_on=dt.date(2021, 1, 1),
        source="Agreed in the sector group",
    )  # fmt: skip

    rates = plan_rates(plan)

    assert rates.convert(usd(1), "KES") == 10_000
    assert [str(row) for row in rates.rows] == ["KES 1 = USD 0.01"]


def test_expenditure_takes_the_mean_of_the_months_of_its_period(plan, activity_of, mechanism, rate):
    """January to March at 108, 110 and 115: 111 on average; USD 100 are KES 11,100.

    The sum of all periods says the same, though the plan's own rate is another.
    """
    quarter = PeriodFactory(year=2021, quarter=1)
    for month, value in [(1, 108), (2, 110), (3, 115)]:
        MonthlyRate.objects.create(
            mechanism=mechanism, base="USD", quote="KES", month=dt.date(2021, month, 1),
            rate=Decimal(value), source="Central Bank of Kenya",
        )  # fmt: skip
    activity = activity_of(1000, "USD")
    spent = CommitmentFactory(
        activity=activity, amount=100, confirmed=100, released=100, spent=100, currency="USD"
    )
    Spending.objects.create(commitment=spent, period=quarter, amount_minor=10_000)

    money = of(plan, "KES")

    [row] = money.spending
    assert (row.spent.amounts, row.in_one.money) == ([usd(100)], kes(11_100))
    sums = {name: (total.amounts, one.money) for name, total, one in money.rows}
    assert sums["spent"] == ([usd(100)], kes(11_100))
    assert sums["released"] == ([usd(100)], kes(11_000))


def test_what_was_spent_in_a_period_without_its_rates_has_no_figure_in_one(plan, activity_of, rate):
    activity = activity_of(1000, "USD")
    commitment = CommitmentFactory(
        activity=activity, amount=100, confirmed=100, released=100, spent=100, currency="USD"
    )
    quarter = PeriodFactory(year=2021, quarter=1)
    Spending.objects.create(commitment=commitment, period=quarter, amount_minor=10_000)

    spent = of(plan, "KES").spent_in_one

    assert (spent.money, spent.missing) == (None, (("USD", "KES"),))


def test_a_mean_is_not_made_of_two_months(mechanism):
    quarter = PeriodFactory(year=2021, quarter=1)
    for month in (1, 2):
        MonthlyRate.objects.create(
            mechanism=mechanism, base="USD", quote="KES", month=dt.date(2021, month, 1),
            rate=Decimal(110), source="Central Bank of Kenya",
        )  # fmt: skip

    assert period_rates(mechanism, [quarter])[quarter.pk].convert(usd(1), "KES") is None


def test_sums_are_exact_and_rounded_once_at_the_end():
    """Three times KES 1 at 3 to the dollar are exactly one dollar, not 99 cents."""
    rates = Rates.by([("USD", "KES", Decimal(3))])
    parts = [rates.convert(kes(1), "USD") for _number in range(3)]

    assert rounded_money(sum(parts), "USD") == usd(1)
    assert rounded_money(Fraction(1, 2), "USD") == Money(1, "USD")


def test_the_money_of_a_plan_takes_the_same_queries_for_one_and_for_three_activities(
    plan, activity_of, rate, django_assert_num_queries
):
    for _number in range(3):
        CommitmentFactory(activity=activity_of(100, "KES"), amount=50, confirmed=20)

    with django_assert_num_queries(5):
        money = of(plan)
        assert len(money.scores) == 3
        assert money.rows
        assert money.spending == []
