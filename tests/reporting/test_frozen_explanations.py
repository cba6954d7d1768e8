"""Each figure of a report leads to its values, its rule and its reporters, as frozen (R12, R21)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from coordination.models import Role
from reporting.services.frozen_explanations import LIFE, TO_DATE, Part, explain_frozen
from reporting.services.snapshots import compile_snapshot
from tests.factories.coordination import OfficeFactory
from tests.factories.reporting import made_edition
from workplans.models import Result, ResultDecision

from .deeds import restate
from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db


@pytest.fixture
def contents(edition):
    return compile_snapshot(edition, at=CUT_OFF).contents


def lines(answer):
    return [
        (line.value["organisation"], line.value["period"]["code"], line.value["text"])
        for line in answer.lines
    ]


def test_a_quarter_is_made_of_its_verified_values(contents):
    answer = explain_frozen(contents, "FARM")

    assert answer.cell["text"] == "1,250"
    assert lines(answer) == [("KCDMS", "2021-q1", "1,250"), ("KIWASH", "2021-q1", "0")]
    assert answer.is_of_report


def test_the_year_to_date_holds_its_quarters(contents):
    answer = explain_frozen(contents, "FARM", TO_DATE)

    # 111 + 200 + 1,250 + 7 + 0 = 1,568.
    assert answer.cell["text"] == "1,568"
    assert [text for _who, _when, text in lines(answer)] == ["111", "200", "1,250", "7", "0"]


def test_a_stock_names_the_value_it_carries_and_no_submitted_one(contents):
    answer = explain_frozen(contents, "WATER")

    assert (answer.cell["text"], answer.cell["as_of"]["text"]) == ("41", "31\u00a0Dec 2020")
    assert lines(answer) == [("KIWASH", "2020-q4", "41")]
    assert answer.lines[0].is_carried


def test_a_place_and_an_organisation_show_their_own_values(contents):
    makueni = explain_frozen(contents, "FARM", TO_DATE, Part("place", "ke/makueni"))
    kcdms = explain_frozen(contents, "FARM", TO_DATE, Part("organisation", "kcdms"))

    assert (makueni.part_name, makueni.cell["text"], len(makueni.lines)) == ("Makueni", "7", 2)
    assert (kcdms.part_name, kcdms.cell["text"], len(kcdms.lines)) == ("KCDMS", "1,561", 3)


@pytest.mark.parametrize(
    ("code", "span", "part"),
    [
        ("NOTHING", "", None),
        ("FARM", "2021-q2", None),
        ("FARM", "2019-q1", None),
        ("FARM", LIFE, Part("place", "ke/kitui")),
        ("FARM", "", Part("place", "ke/turkana")),
    ],
    ids=["unknown indicator", "later quarter", "earlier year", "life of a place", "other place"],
)
def test_what_the_report_does_not_say_is_not_explained(contents, code, span, part):
    assert explain_frozen(contents, code, span, part) is None


def test_the_values_add_up_to_every_figure_of_the_report(contents):
    """Twelve figures: the flow in five spans, the percentage in three, the stock in four."""
    checked = 0
    for row in contents["tables"]["indicators"]:
        for span in explain_frozen(contents, row["code"]).spans:
            answer = explain_frozen(contents, row["code"], span.code)
            if answer.cell["exact"] is None:
                assert answer.lines == []
                continue
            for part in ("numerator", *(["denominator"] if answer.group["is_quotient"] else [])):
                total = sum(Fraction(line.value[part]) for line in answer.lines)
                assert total == Fraction(Decimal(answer.cell[part])), (row["code"], span.code)
            checked += 1
    assert checked == 12


def test_the_verifier_is_named_by_the_post_held_on_that_day(edition, told, cast, kitui):
    verifier = cast["focal_point"]
    value = Result.objects.get(numerator=1250)
    ResultDecision.objects.create(
        result=value, kind="verified", by=verifier, at=CUT_OFF, method="recount",
        sample="4 of 11 sites", note="Seen by the chief.",
    )  # fmt: skip
    verifier.offices.update(ends_on="2021-05-04")
    OfficeFactory(
        holder=verifier, role=Role.COUNTY_FOCAL_POINT, place=kitui, starts_on="2021-05-05",
        organisation=verifier.offices.get().organisation,
    )  # fmt: skip

    answer = explain_frozen(compile_snapshot(edition, at=CUT_OFF).contents, "FARM")

    line = answer.lines[0].value
    assert (line["verified"], line["verified_by"]) == (
        "5\u00a0May 2021",
        "County focal point, Kitui",
    )
    assert line["checked"] == "Recount; 4 of 11 sites"
    assert (answer.lines[1].value["verified_by"], answer.lines[1].value["checked"]) == ("", "")
    assert "chief" not in str(answer)  # a note stays among those who take part (R24)
    assert verifier.name not in str(answer)


def test_a_restated_value_says_what_it_was(edition, told, cast):
    restate(told.october, 180, by=cast["partner_officer"], at=CUT_OFF)

    answer = explain_frozen(compile_snapshot(edition, at=CUT_OFF).contents, "FARM", "2020-q4")

    assert answer.cell["text"] == "180"
    assert answer.lines[0].value["replaced"] == {
        "text": "200",
        "reason": "A group was counted twice.",
    }


# --- The page ---


def address(edition, code="FARM", query=""):
    return reverse("edition-figure", args=[edition.report.slug, edition.number, code]) + query


@pytest.fixture
def published(told, cast):
    return made_edition(told.report, by=cast["secretary"], state="published", at=CUT_OFF)


def test_a_citizen_follows_a_published_figure_to_its_values(client, published):
    page = client.get(published.report.get_absolute_url()).content.decode()
    link = address(published, query="?span=2021-q1&amp;version=1")
    assert page.count(f'href="{link}"') == 1

    response = client.get(link.replace("&amp;", "&"))

    assert response.status_code == 200
    assert [line.value["text"] for line in response.context["told"].lines] == ["1,250", "0"]


def test_a_later_correction_leaves_the_explanation_as_it_was(client, published, told, cast):
    restate(told.october, 180, by=cast["partner_officer"], at=CUT_OFF)

    answer = client.get(address(published, query="?span=2020-q4")).context["told"]

    assert (answer.cell["text"], lines(answer)) == ("200", [("KCDMS", "2020-q4", "200")])


@pytest.mark.parametrize("query", ["?span=x", "?version=9", "?place=ke/none", "?version=x"])
def test_an_unknown_figure_is_not_found(client, published, query):
    assert client.get(address(published, query=query)).status_code == 404


def test_an_unpublished_one_is_hidden(client, told, cast):
    edition = made_edition(told.report, by=cast["secretary"], at=CUT_OFF)

    assert client.get(address(edition)).status_code == 404
