"""The results page, its workbook, and the explanation of a figure (R3, R12, R24)."""

import io
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from coordination.models import Mechanism
from reporting.services.explanations import explain
from reporting.services.scopes import Scope
from tests.factories.reporting import EditionFactory, ReportFactory
from tests.factories.workplans import DisaggregationFactory, ObligationFactory, TargetFactory
from workplans.models import Category, Result

from .deeds import SUBMITTED, report
from .figures import figure_for

pytestmark = pytest.mark.django_db

SECRET = 918_273  # in no page and no file, whatever its state says
INSIDERS = ["partner_officer", "peer", "focal_point", "county_lead", "secretary", "donor_officer"]
OUTSIDERS = ["public", "outsider", "former_officer", "administrator"]


@pytest.fixture
def sign_in(client, cast):
    """The browser of one of the cast."""

    def make(name):
        if name == "public":
            client.logout()
        else:
            client.force_login(cast[name])
        return client

    return make


@pytest.fixture
def version(version_of):
    version = version_of()
    version.indicator.code = "FARM"
    version.indicator.save()
    return version


@pytest.fixture
def reported(version, streams_of, quarters, kenya, kitui, mechanism):
    """January to March: 120 and 30 verified, 5 submitted; a draft and a returned value beside."""
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], 120)
    report(elsewhere, quarters[2], 30)
    report(peers, quarters[2], 5, state=SUBMITTED)
    report(ours, quarters[1], SECRET, state=Result.State.DRAFT)
    report(peers, quarters[1], SECRET + 1, state=Result.State.RETURNED)
    TargetFactory(version=version, place=kenya, numerator=Decimal(400))
    return version


def page(client, **asked):
    return client.get(reverse("result-table", args=["sek"]), asked)


def text_of(response):
    """The page without its marks, in single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def cells(response, code="FARM"):
    """The cells of an indicator's row."""
    body = response.content.decode()
    row = body[body.index(f">{code}<") :]
    row = row[: row.index("</tr>")]
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip()
        for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    ]


# --- The table ---


def test_a_folded_group_says_how_its_indicators_stand(reported, version_of, sign_in):
    version_of()

    text = text_of(page(sign_in("secretary"), period="2021-q1"))

    assert "Other indicators Off track: 1 No target: 1 Other indicators Indicator" in text


def test_the_row_of_an_indicator_says_what_was_reported_and_what_was_planned(reported, sign_in):
    response = page(sign_in("secretary"), period="2021-q1")

    # 120 + 30 = 150 verified, 155 with the submitted 5; 150 ÷ 400 = 37.5 %, due 300.
    assert cells(response)[:6] == [
        "–",
        "400 300 due by now",
        "150 explain this number 155 with submitted values",
        "150 explain this number 155 with submitted values",
        "37.5%",
        "Off track",
    ]
    # Three are in, and an official has verified two of them.
    assert cells(response)[7] == "3 of 3 2 verified"


def test_switching_the_place_filters_everything(reported, sign_in):
    response = page(sign_in("secretary"), period="2021-q1", place="ke/makueni")

    assert cells(response)[2] == "30 explain this number"
    assert cells(response)[1] == "–"  # the target is the country's
    assert cells(response)[7] == "1 of 1"


def test_one_organisation_can_be_looked_at(reported, sign_in):
    response = page(sign_in("secretary"), period="2021-q1", organisation="kiwash")

    assert cells(response)[2] == "– No figure: not yet verified; 5 with submitted values"


def test_provisional_figures_say_so(reported, sign_in):
    response = page(sign_in("secretary"), period="2021-q1", basis="reported")

    assert cells(response)[2] == "155 explain this number provisional"


def test_the_year_is_that_of_the_calendar(reported, quarters, sign_in, mechanism, usaid_year):
    mechanism.other_calendars.add(usaid_year)
    stream = reported.streams.first()
    report(stream, quarters[0], 1000)

    county = page(sign_in("secretary"), period="2021-q1")
    usaid = page(sign_in("secretary"), period="2021-q1", calendar="usaid")

    # July to September belongs to the county's year 2020/21 and to USAID's year 2020.
    assert cells(county)[3].startswith("1,150 ")
    assert cells(usaid)[3].startswith("150 ")
    assert "FY2021" in text_of(usaid)


@pytest.mark.parametrize(
    "asked",
    [
        {"period": "nonsense"},
        {"place": "ke/nowhere"},
        {"organisation": "'"},
        {"calendar": "9" * 300},
        {"basis": "draft"},
        {"page": "x"},
    ],
)
def test_a_wrong_address_gives_the_page_with_a_sentence_and_never_fails(reported, sign_in, asked):
    response = page(sign_in("secretary"), **asked)

    assert response.status_code == 200
    assert ("Choose one of what is offered" in text_of(response)) == ("page" not in asked)


def test_only_quarters_with_something_in_them_are_offered(version, streams_of, quarters, sign_in):
    ours, *_others = streams_of(version)
    mechanism = version.indicator.mechanism
    ObligationFactory(mechanism=mechanism, organisation=ours.organisation, period=quarters[1])
    report(ours, quarters[3], 5)
    report(ours, quarters[4], 5, state=Result.State.DRAFT)

    form = page(sign_in("secretary")).context["form"]

    codes = [code for code, _label in form.fields["period"].choices]
    assert codes == ["", quarters[3].code, quarters[1].code]


def test_before_anything_is_reported_the_page_says_what_belongs_there(mechanism, sign_in):
    assert "Nothing is reported yet" in text_of(page(sign_in("secretary")))


@pytest.mark.parametrize("name", [*INSIDERS, *OUTSIDERS])
def test_drafts_and_returned_values_are_in_nobodys_figures(reported, sign_in, name):
    for period in ("2020-q4", "2021-q1"):
        body = page(sign_in(name), period=period).content.decode()
        assert f"{SECRET:,}" not in body
        assert f"{SECRET + 1:,}" not in body


@pytest.mark.parametrize("name", OUTSIDERS)
def test_who_does_not_take_part_sees_nothing_that_is_not_published(reported, sign_in, name):
    response = page(sign_in(name), period="2021-q1")

    assert "No published figures yet" in text_of(response)
    assert "150" not in text_of(response)


def test_the_public_reads_the_figures_of_the_published_report(mechanism, quarters, client):
    snapshot = (
        '{"year":{"text":"FY 2020/21","calendar":"County year","quarters":[]},"tables":{'
        '"indicators":[{"code":"FARM","version":1,"name":"Farmers","unit":"farmers","baseline":{"text":"–"},'
        '"target":{"text":"400"},"quarters":[],"to_date":{"text":"4711"},'
        '"achievement":{"text":"37.5%"},"verdict":{"code":"on_track","text":"On track"}}],'
        '"places":[]}}'
    )
    report_of_quarter = ReportFactory(mechanism=mechanism, period=quarters[2])
    EditionFactory(
        report=report_of_quarter, state="published", snapshot=snapshot, snapshot_sha256="0" * 64,
        compiled_at=timezone.now(), published_at=timezone.now(),
        published_by=report_of_quarter.created_by,
    )  # fmt: skip

    assert "4711" in text_of(page(client))
    assert page(client, report="another").status_code == 404


def test_a_mechanism_without_a_public_page_is_not_there(reported, sign_in):
    Mechanism.objects.update(is_public=False)

    assert page(sign_in("public")).status_code == 404
    assert page(sign_in("secretary")).status_code == 200


def queries_of(deed):
    """How many queries a deed takes."""
    with CaptureQueriesContext(connection) as captured:
        deed()
    return len(captured)


def test_the_page_takes_as_many_queries_for_many_indicators_as_for_one(
    version_of, streams_of, quarters, sign_in
):
    sex = DisaggregationFactory()
    female = Category.objects.filter(disaggregation=sex).first()
    client = sign_in("secretary")
    counts = []
    for indicators, streams in [(1, 1), (2, 3)]:
        for _ in range(indicators):
            version = version_of(disaggregations=[sex], stock=True)
            for stream in streams_of(version)[:streams]:
                report(stream, quarters[2], 5, cells={female: Decimal(5)})
        counts.append(queries_of(lambda: page(client, period="2021-q1")))

    assert counts[0] == counts[1]


# --- The workbook ---


def sheets(response):
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_holds_every_figure_in_a_row_and_the_values_behind_it(reported, sign_in):
    response = sign_in("secretary").get(
        reverse("result-export", args=["sek"]), {"period": "2021-q1"}
    )

    found = sheets(response)
    head, *rows = found["Figures"]
    figures = [dict(zip(head, row, strict=True)) for row in rows]
    (quarter,) = [
        row for row in figures if row["Period"] == "Jan–Mar 2021" and row["Measure"] == "Actual"
    ]
    assert (quarter["Value"], quarter["With submitted values"]) == (150, 155)
    assert (quarter["Values received"], quarter["Values due"]) == (3, 3)
    by_place = [row for row in figures if row["Place"] != "Kenya"]
    assert [(row["Place"], row["Value"]) for row in by_place] == [("Kitui", 120), ("Makueni", 30)]
    values = [row[7] for row in found["Reported values"][1:]]
    assert sorted(values) == [5, 30, 120]
    about = dict(row[:2] for row in found["About"])
    assert about["Reports received"] == "0 of 0"
    assert about["Status"] == "Working figures, not published"


@pytest.mark.parametrize("reader", ["neighbour", "peer", "donor_officer"])
def test_the_workbook_holds_what_was_submitted_and_no_draft(reported, sign_in, reader):
    response = sign_in(reader).get(reverse("result-export", args=["sek"]), {"period": "2021-q1"})

    values = [(row[7], row[9]) for row in sheets(response)["Reported values"][1:]]
    assert sorted(values) == [(5, "Submitted"), (30, "Verified"), (120, "Verified")]


def test_a_missing_figure_is_an_empty_cell_with_its_reason(version, streams_of, quarters, sign_in):
    ours, *_others = streams_of(version)
    ObligationFactory(
        mechanism=version.indicator.mechanism, organisation=ours.organisation, period=quarters[2]
    )
    response = sign_in("secretary").get(
        reverse("result-export", args=["sek"]), {"period": "2021-q1"}
    )

    head, *rows = sheets(response)["Figures"]
    figures = [dict(zip(head, row, strict=True)) for row in rows]
    (quarter,) = [row for row in figures if row["Period"] == "Jan–Mar 2021"]
    assert (quarter["Value"], quarter["Why there is none"]) == ("", "not reported")


# --- Explain this number ---


def explanation(client, **asked):
    return client.get(
        reverse("figure-explain", args=["sek", "FARM"]), {"period": "2021-q1"} | asked
    )


def test_the_values_add_up_to_the_very_figure(reported, quarters, kenya, cast):
    scope = Scope.quarter(kenya, quarters[2])

    told = explain(reported, scope, quarters[2])

    assert told.figure == figure_for(reported, scope)
    assert [line.result.numerator for line in told.lines] == [120, 30]
    assert sum(line.result.numerator for line in told.lines) == told.figure.numerator
    assert (told.completeness.received, told.completeness.due) == (3, 3)


def test_a_carried_value_of_a_stock_says_so(version_of, streams_of, quarters, kenya, cast):
    version = version_of(stock=True)
    ours, peers, _ = streams_of(version)
    report(ours, quarters[0], 40)
    report(ours, quarters[1], 41)
    report(peers, quarters[2], 7)

    told = explain(version, Scope.quarter(kenya, quarters[2]), quarters[2])

    lines = [(line.result.numerator, line.is_carried) for line in told.lines]
    assert lines == [(41, True), (7, False)]
    assert told.figure.value == 48


def test_whoever_takes_part_opens_every_value_behind_a_provisional_figure(
    reported, quarters, kenya, cast
):
    told = explain(reported, Scope.quarter(kenya, quarters[2]).on_basis("reported"), quarters[2])

    assert [line.result.numerator for line in told.lines] == [120, 5, 30]
    assert told.figure.value == 155
    behind = [line.result.pk for line in told.lines]
    for name in INSIDERS:
        assert Result.objects.visible_to(cast[name]).filter(pk__in=behind).count() == 3


@pytest.mark.parametrize("span", ["quarter", "year", "ever", "nonsense"])
def test_the_page_names_rule_reporters_and_figure(reported, sign_in, span):
    text = text_of(explanation(sign_in("secretary"), span=span))

    assert "What is new in each period is added." in text
    assert "KCDMS Kitui 1 Jan–31 Mar 2021 120" in text
    assert "The figure 150" in text


def test_a_restated_value_tells_what_it_was(reported, quarters, sign_in):
    stream = reported.streams.first()
    first = Result.objects.get(stream=stream, period=quarters[2])
    first.state = Result.State.RESTATED
    first.save()
    report(
        stream,
        quarters[2],
        118,
        revision=2,
        restates=first,
        restatement_reason="Two were counted twice.",
    )

    assert "restated; it was 120: Two were counted twice." in text_of(
        explanation(sign_in("secretary"))
    )


def test_a_restated_share_tells_the_share_that_it_was_not_its_numerator(
    version_of, streams_of, quarters, sign_in
):
    version = version_of(percentage=True)
    version.indicator.code = "FARM"
    version.indicator.save()
    stream = streams_of(version)[0]
    first = report(stream, quarters[2], 45, 80)  # 56.25 %
    first.state = Result.State.RESTATED
    first.save()
    again = {"revision": 2, "restates": first, "restatement_reason": "Two were counted twice."}
    report(stream, quarters[2], 43, 80, **again)  # 53.75 %

    assert "restated; it was 56.3: Two were counted twice." in text_of(
        explanation(sign_in("secretary"))
    )


def test_who_does_not_take_part_gets_no_explanation(reported, sign_in):
    assert explanation(sign_in("outsider")).status_code == 403


def test_who_has_not_signed_in_is_led_to_the_door_and_back(reported, client):
    response = explanation(client)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/mechanisms/sek/results/FARM/")


@pytest.mark.parametrize("asked", [{"version": "2"}, {"version": "x"}, {"version": "٣"}])
def test_an_unknown_version_is_not_there(reported, sign_in, asked):
    assert explanation(sign_in("secretary"), **asked).status_code == 404


def test_an_unknown_indicator_is_not_there(reported, sign_in):
    client = sign_in("secretary")
    assert client.get(reverse("figure-explain", args=["sek", "NONE"])).status_code == 404


def test_an_explanation_takes_as_many_queries_for_many_values_as_for_one(
    version, streams_of, quarters, sign_in
):
    client = sign_in("secretary")
    first, *others = streams_of(version)
    report(first, quarters[2], 1)
    one = queries_of(lambda: explanation(client))
    for stream in others:
        report(stream, quarters[2], 1)

    assert queries_of(lambda: explanation(client)) == one
