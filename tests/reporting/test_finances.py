"""The money of awards in a report: entered, refused, frozen, printed (R4, R10, R21, R27)."""

import io
import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from python_calamine import CalamineWorkbook

from coordination.models import Event
from reporting.models import AwardFinance
from reporting.services.differences import differences
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.editions import ReportIsPublished
from reporting.services.finances import (
    CurrencyMissing,
    FinanceEditedMeanwhile,
    QuarterAboveAll,
    edit_finance,
    finance_rows,
)
from reporting.services.snapshots import compile_snapshot
from reporting.services.workbooks import build_workbook
from tests.factories.coordination import AwardFactory
from tests.factories.reporting import ReportFactory, made_edition

from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_report(mechanism, quarter, secretary):
    return ReportFactory(mechanism=mechanism, period=quarter, created_by=secretary)


@pytest.fixture
def award(mechanism):
    """One in dollars; a second one, in shillings, is told nothing of."""
    mechanism.awards.add(
        AwardFactory(title="Water", slug="water", currency="KES", prime=mechanism.backbone)
    )
    dollars = mechanism.awards.exclude(slug="water").get()
    dollars.title, dollars.slug, dollars.currency = "Resilience", "resilience", "USD"
    dollars.save()
    return dollars


def amounts(**given):
    return dict.fromkeys(AwardFinance.Amount.values) | given


@pytest.fixture
def edit(open_report, award, secretary):
    """Save amounts of the award in dollars, in cents."""

    def save(*, seen=0, by=secretary, **given):
        return edit_finance(open_report, award, by=by, seen=seen, amounts=amounts(**given))

    return save


# --- Entering ---


def test_each_award_is_told_in_its_own_currency_and_what_was_not_given_is_no_zero(
    edit, open_report
):
    """USD 12,500.50 of 2 million spent, nothing accrued; of the other award nothing is known."""
    edit(obligated=200_000_000, spent=1_250_050, accrued=0)

    dollars, shillings = finance_rows(open_report)

    assert (dollars["title"], dollars["currency"]) == ("Resilience", "USD")
    assert {name: dollars[name]["text"] for name in AwardFinance.Amount.values} == {
        "obligated": "USD 2,000,000",
        "spent": "USD 12,500.50",
        "spent_to_date": "–",
        "accrued": "USD 0",
        "projected": "–",
        "cost_share": "–",
    }
    assert (shillings["title"], shillings["currency"]) == ("Water", "KES")
    assert [shillings[name]["minor"] for name in AwardFinance.Amount.values] == [None] * 6


def test_what_changed_is_on_record(edit, open_report):
    edit(spent=100)
    edit(seen=1, spent=150, spent_to_date=150)

    event = Event.objects.about(open_report).order_by("-pk").first()
    assert (event.verb, event.changes) == (
        "reporting.finance_edited",
        {"spent": ["USD 1", "USD 1.50"], "spent_to_date": ["", "USD 1.50"]},
    )


def test_the_same_amounts_again_are_one_deed(edit):
    first, second = edit(spent=100), edit(spent=100)

    assert (first, second.version) == (second, 1)


def test_the_second_of_two_editors_is_shown_the_first_ones_amounts(edit):
    edit(spent=100)

    with pytest.raises(FinanceEditedMeanwhile) as caught:
        edit(spent=200)

    assert caught.value.stored.spent_minor == 100
    assert AwardFinance.objects.get().spent_minor == 100


def test_amounts_are_kept_in_the_currency_in_which_they_were_typed(edit, award, open_report):
    edit(spent=100)
    award.currency = "EUR"
    award.save()

    assert finance_rows(open_report)[0]["spent"]["text"] == "USD 1"


def test_a_quarter_is_no_more_than_all_and_a_refund_is_less(edit):
    with pytest.raises(QuarterAboveAll):
        edit(spent=101, spent_to_date=100)

    assert edit(spent=-50, spent_to_date=100).spent_minor == -50


def test_an_award_without_a_currency_is_told_in_the_one_that_is_named(
    open_report, award, secretary
):
    award.currency = ""
    told = {"by": secretary, "seen": 0, "amounts": amounts(spent=100)}

    with pytest.raises(CurrencyMissing):
        edit_finance(open_report, award, **told)

    finance = edit_finance(open_report, award, currency="EUR", **told)
    assert str(finance.amounts["spent"]) == "EUR 1"


def test_a_published_report_is_closed(edit, open_report, secretary):
    made_edition(open_report, by=secretary, state="published")

    with pytest.raises(ReportIsPublished):
        edit(spent=100)


@pytest.mark.parametrize(
    "wrong", [{"obligated_minor": -1}, {"spent_minor": 2, "spent_to_date_minor": 1}]
)
def test_the_database_refuses_what_cannot_be(edit, wrong):
    edit()

    with pytest.raises(IntegrityError), transaction.atomic():
        AwardFinance.objects.update(**wrong)


# --- Its page ---


@pytest.fixture
def page(open_report, award):
    return reverse("report-finance-edit", args=[open_report.slug, award.slug])


def test_amounts_are_typed_with_commas_and_shown_again(client, page, open_report, secretary):
    client.force_login(secretary)

    answer = client.post(
        page, {"spent": "12,500.50", "spent_to_date": "20000", "accrued": "0", "seen": "0"}
    )

    assert answer.headers["Location"] == f"{open_report.get_absolute_url()}#finances"
    form = client.get(page).context["form"]
    assert {name: form[name].value() for name in AwardFinance.Amount.values} == amounts(
        spent="12,500.50", spent_to_date="20,000", accrued="0"
    )


def test_the_currency_is_asked_only_where_none_is_on_record(client, page, award, secretary):
    client.force_login(secretary)
    assert "currency" not in client.get(page).context["form"].fields
    award.currency = ""
    award.save()

    refused = client.post(page, {"spent": "1", "seen": "0"})
    client.post(page, {"spent": "1", "currency": "KES", "seen": "0"})

    assert list(refused.context["form"].errors) == ["currency"]
    assert AwardFinance.objects.get().currency == "KES"
    assert client.get(page).context["form"]["currency"].value() == "KES"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("spent", "a lot", "Enter a number, such as 1250 or 1,250.5."),
        ("spent", "1.005", "Enter an amount with at most two decimals."),
        ("obligated", "-1", "This cannot be less than 0."),
        ("obligated", "9" * 13, "This number is too large."),
    ],
)
def test_what_is_no_amount_is_said_at_its_field_and_kept(
    client, page, secretary, field, typed, sentence
):
    client.force_login(secretary)

    answer = client.post(page, {field: typed, "seen": "0"})

    form = answer.context["form"]
    assert form.errors == {field: [sentence]}
    assert form[field].value() == typed
    assert not AwardFinance.objects.exists()


def test_both_editors_see_both_amounts_and_the_second_may_save_again(client, page, edit, secretary):
    client.force_login(secretary)
    edit(spent=100)

    typed = {"spent": "2", "initial-spent": "", "seen": "0"}
    conflict = client.post(page, typed)

    assert conflict.context["conflict"].fields == [("Spent in the quarter", "2", "1", "")]
    client.post(page, {**typed, "seen": conflict.context["form"]["seen"].value()})
    assert AwardFinance.objects.get().spent_minor == 200


def test_an_award_of_another_mechanism_is_not_there(client, open_report, secretary):
    client.force_login(secretary)
    AwardFactory(slug="elsewhere")

    address = reverse("report-finance-edit", args=[open_report.slug, "elsewhere"])
    assert client.get(address).status_code == 404


# --- In the report ---


def test_the_report_freezes_and_prints_it_with_dashes_for_what_was_not_given(
    told, award, secretary, edition
):
    given = amounts(obligated=200_000_000, spent=1_250_050, accrued=0)
    edit_finance(told.report, award, by=secretary, seen=0, amounts=given)
    snapshot = compile_snapshot(edition, at=CUT_OFF)
    edit_finance(told.report, award, by=secretary, seen=1, amounts=amounts(spent=7))

    pages = draw_pages(snapshot, pictures_of(snapshot))

    (table,) = re.findall(r'<table class="data finances">.+?</table>', pages, re.DOTALL)
    printed = [re.findall(r'<td class="num">(.+?)</td>', row) for row in table.split("<tr>")[2:]]
    assert printed == [
        ["USD 2,000,000", "USD 12,500.50", "–", "USD 0", "–", "–"],
        ["–"] * 6,
    ]


def test_the_review_names_each_amount_that_changed_since_the_edition_before(
    edit, open_report, secretary
):
    edit(spent=100, accrued=0)
    first = made_edition(open_report, by=secretary).contents
    edit(seen=1, spent=100, accrued=None, spent_to_date=250)
    second = made_edition(open_report, by=secretary, number=2).contents

    named = [(each.what, each.before, each.after) for each in differences(first, second)]

    (award, _water) = finance_rows(open_report)
    name = f"{award['title']} {award['number']}".strip()
    assert named == [
        (f"{name}, Spent to date", "–", "USD 2.50"),
        (f"{name}, Accruals", "USD 0", "–"),
    ]


def test_the_workbook_has_empty_cells_for_what_was_not_given(told, award, secretary, edition):
    given = amounts(obligated=200_000_000, spent=1_250_050, accrued=0)
    edit_finance(told.report, award, by=secretary, seen=0, amounts=given)

    workbook = build_workbook(compile_snapshot(edition, at=CUT_OFF))

    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    rows = book.get_sheet_by_name("Finance").to_python()[1:]
    assert [row[2:] for row in rows] == [
        ["USD", 2_000_000, 12_500.50, "", 0, "", ""],
        ["KES", "", "", "", "", "", ""],
    ]
