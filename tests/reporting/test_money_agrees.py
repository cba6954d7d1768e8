"""One question of a plan's money, asked everywhere: page, scoreboard, file, review (R10, R12)."""

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from coordination.models import Money
from coordination.services.rounding import display_percent
from reporting.models import Review, ReviewPack
from reporting.services.review_contents import compile_review, public_contents
from tests.factories.coordination import OrganisationFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import MonthlyRate, PlanRate, Spending
from workplans.services.money import money_of_activity
from workplans.services.sums import Total

NOW = dt.datetime(2021, 4, 20, 9, tzinfo=dt.UTC)
JAN_TO_MAR = {1: "109", 2: "110", 3: "111.5"}

# Worked by hand, one dollar at 110 shillings. Confirmed of KTI-01: 250.25 + 600.60; of KTI-02 in
# dollars 75.50 of 80, where 50.05 are asked: a surplus, which fills no gap. KTI-03 asks 33.33
# dollars and has KES 1,000.01, which are 9.0910 of them. KTI-04 has 500 of a donor's 600, of which
# 400 are passed on. KTI-05 is cancelled.
SUMS = {
    "Budget": (["KES 1,700", "USD 83.38"], "KES 10,871.80"),
    "Confirmed": (["KES 2,350.86", "USD 75.50"], "KES 10,655.86"),
    "Indicative": (["KES 350.15", "USD 4.50"], "KES 845.15"),
    "Released": (["KES 50.05", "USD 70"], "KES 7,750.05"),
    # By the mean of three months, 330.5 ÷ 3, and not by the plan's rate.
    "Spent": (["USD 10.10"], "KES 1,112.68"),
    "Confirmed, not in cash": (["KES 1,000.01"], "KES 1,000.01"),
    "Leveraged: confirmed by others than the lead": (
        ["KES 1,100.60", "USD 75.50"],
        "KES 9,405.60",
    ),
}
# 149.15 + 200 in shillings; 33.33 − 9.0910 in dollars; in one 349.15 + 3,666.30 − 1,000.01.
GAPS = {"KTI-01": "KES 149.15", "KTI-03": "USD 24.24", "KTI-04": "KES 200"}
GAP, GAP_IN_ONE = ["KES 349.15", "USD 24.24"], "KES 3,015.44"
# 600.60 of 10,655.86 are 5.636 %.
COUNTY_SHARE = "5.6%"
SCORES = {
    "DONOR": (["KES 500"], ["KES 100"]),
    "KCDMS": (["KES 1,250.26"], ["KES 50.15"]),
    "KITUI-COUNTY": (["KES 600.60"], []),
    "KIWASH": (["USD 75.50"], ["KES 200", "USD 4.50"]),
}


@pytest.fixture
def plan(mechanism, kitui):
    plan = PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21", is_published=True)
    PlanRate.objects.create(
        plan=plan, base="USD", quote="KES", rate=Decimal(110), fixed_on=dt.date(2020, 7, 1),
        source="CBK",
    )  # fmt: skip
    for month, rate in JAN_TO_MAR.items():
        MonthlyRate.objects.create(
            mechanism=mechanism, base="USD", quote="KES", month=dt.date(2021, month, 1),
            rate=Decimal(rate), source="CBK",
        )  # fmt: skip
    return plan


@pytest.fixture
def work(plan, organisations, kitui, quarter):
    def activity(code, budget, currency, **said):
        return ActivityFactory(
            plan=plan, code=code, lead=organisations.kcdms, places=[kitui], currency=currency,
            budget_minor=minor(budget), **said,
        )  # fmt: skip

    def promise(of, who, amount, currency="KES", *, confirmed="0", released="0", **said):
        return CommitmentFactory(
            activity=of, organisation=who, currency=currency, amount_minor=minor(amount),
            confirmed=Decimal(confirmed), confirmed_minor=minor(confirmed),
            released_minor=minor(released), **said,
        )  # fmt: skip

    donor = OrganisationFactory(short_name="DONOR", type="donor")
    kcdms, kiwash = organisations.kcdms, organisations.kiwash
    first = activity("KTI-01", "1000", "KES")
    promise(first, kcdms, "300.40", confirmed="250.25")
    promise(first, organisations.kitui, "600.60", confirmed="600.60", released="50.05")
    rich = activity("KTI-02", "50.05", "USD")
    spent = promise(rich, kiwash, "80", "USD", confirmed="75.50", released="70", spent_minor=10_10)
    Spending.objects.create(commitment=spent, period=quarter, amount_minor=10_10)
    promise(rich, kiwash, "200", kind="staff_time")
    mixed = activity("KTI-03", "33.33", "USD")
    promise(mixed, kcdms, "1000.01", confirmed="1000.01", kind="logistics")
    passed = activity("KTI-04", "700", "KES")
    head = promise(passed, donor, "600", confirmed="500")
    promise(passed, kcdms, "500", confirmed="400", passes_on=head)
    gone = activity("KTI-05", "5000", "KES", status="cancelled", status_reason="No land.")
    promise(gone, kiwash, "999", confirmed="999")
    return [first, rich, mixed, passed]


def minor(amount):
    return int(Decimal(amount) * 100)


def words(total):
    return [str(money) for money in total.amounts]


def money_page(client, plan):
    page = client.get(reverse("plan-money", args=["sek", plan.slug]), {"in": "KES"})
    return page.context, page.content.decode()


def review_money(plan, quarter, by):
    review = Review.objects.create(
        plan=plan, period=quarter, slug="kitui", created_by=by, created_at=NOW
    )
    pack = ReviewPack(review=review, number=1, requested_by=by, requested_at=NOW)
    contents = compile_review(pack, at=NOW).contents
    return contents["money"], public_contents(contents)["money"]


def test_the_page_says_what_was_worked_by_hand(client, plan, work, partner_officer):
    client.force_login(partner_officer)
    context, html = money_page(client, plan)
    money = context["money"]

    said = {str(name): (words(total), str(one.money)) for name, total, one in context["sums"]}
    assert said == SUMS
    assert {line.activity.code: str(line.gap.money) for line in money.gaps} == GAPS
    assert [str(each.money) for each in money.gap_total] == GAP
    assert str(money.gap_in_one.money) == GAP_IN_ONE
    assert display_percent(money.county_share) == COUNTY_SHARE
    assert f"<dd>{COUNTY_SHARE}</dd>" in html
    assert [line.surplus for line in money.lines] == [None, Money(25_45, "USD"), None, None]
    for amounts, in_one in (*SUMS.values(), (GAP, GAP_IN_ONE)):
        assert [each for each in (*amounts, in_one) if each not in html] == []


def test_what_everyone_sees_adds_up_to_the_same(client, plan, work):
    """Totals are public, and whose they are is not (domain 1.33)."""
    context, html = money_page(client, plan)

    said = {str(name): (words(total), str(one.money)) for name, total, one in context["sums"]}
    assert said == SUMS
    assert "KIWASH" not in html


def test_the_scoreboard_adds_up_to_the_sums(client, plan, work, partner_officer):
    client.force_login(partner_officer)
    scores = [score for score, _days in money_page(client, plan)[0]["scores"]]

    assert {
        str(score.organisation): (words(score.confirmed), words(score.indicative))
        for score in scores
    } == SCORES
    for name, part in (("Confirmed", "confirmed"), ("Indicative", "indicative"),
                       ("Released", "released"), ("Spent", "spent"),
                       ("Confirmed, not in cash", "in_kind")):  # fmt: skip
        together = Total.of(money for score in scores for money in getattr(score, part).amounts)
        assert words(together) == SUMS[name][0]
    [wash] = [score for score in scores if str(score.organisation) == "KIWASH"]
    assert (words(wash.released), words(wash.spent)) == (["USD 70"], ["USD 10.10"])


def test_each_activity_says_of_itself_what_the_plan_says_of_it(plan, work):
    gaps = {each.code: str(money_of_activity(each).gap.money) for each in work}

    assert {code: gap for code, gap in gaps.items() if code in GAPS} == GAPS
    assert gaps["KTI-02"] == "USD 0"


def test_the_workbook_holds_the_same(client, plan, work, partner_officer):
    client.force_login(partner_officer)
    file = client.get(reverse("plan-money-export", args=["sek", plan.slug]), {"in": "KES"})
    book = CalamineWorkbook.from_filelike(BytesIO(file.content))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    rows = {row[0]: row[1:] for row in sheets["Sums"]}

    assert rows["Sum"] == ["KES", "USD", "In KES"]
    for name, (amounts, in_one) in (
        *SUMS.items(),
        ("Gap, activity by activity", (GAP, GAP_IN_ONE)),
    ):
        kes, usd, one = rows[name]
        found = [("KES", kes), ("USD", usd)]
        said = [str(Money(minor(str(each)), code)) for code, each in found if each != ""]
        assert (name, said) == (name, amounts)
        assert str(Money(minor(str(one)), "KES")) == in_one
    scores = {row[0]: row[1:3] for row in sheets["Organisations"][1:]}
    assert {
        name: tuple(cell.split("; ") if cell else [] for cell in row)
        for name, row in scores.items()
    } == SCORES


def test_the_review_says_the_same_inside_and_in_public(plan, work, quarter, secretary):
    inside, public = review_money(plan, quarter, secretary)

    for money in (inside, public):
        # Which currency it is seen in follows from the budgets: two and two, so by name KES.
        assert money["currency"] == "KES"
        assert {row["name"]: (row["amounts"], row["in_one"]) for row in money["sums"]} == SUMS
        assert (money["gap"], money["gap_in_one"]) == (GAP, GAP_IN_ONE)
        assert {row["code"]: row["gap"] for row in money["gaps"]} == GAPS
        assert money["county_share"] == COUNTY_SHARE
    assert {
        row["organisation"]: (row["confirmed"], row["indicative"]) for row in inside["partners"]
    } == SCORES
    assert public["partners"] == []
