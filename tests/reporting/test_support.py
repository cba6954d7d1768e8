"""The quarterly report tells what the backbone gave, by function and organisation (P7)."""

import datetime as dt

import pytest
from django.utils.html import strip_tags

from coordination.models import Statement
from coordination.services.support import record_support, withdraw_support
from reporting.services.drawing import draw_pages, pictures_of
from reporting.services.snapshots import compile_snapshot
from reporting.services.workbooks import build_workbook
from tests.factories.reporting import EditionFactory, ReportFactory, made_edition

from .quarter import CUT_OFF
from .test_files import sheets_of

CONVENE, COACH, RECRUIT = "Convene", "Coach", "Recruit new partners"
# Inside: what is written into the log never leaves through a report (R24).
WORDS = "Went through the arrears of the treasury."


@pytest.fixture
def log(told, secretary):
    for number, text in enumerate((CONVENE, COACH, RECRUIT), 1):
        Statement.objects.create(
            mechanism=told.mechanism, kind="backbone", number=number, text=text
        )

    def give(function, organisation, day, text=WORDS):
        return record_support(
            told.mechanism, by=secretary, function=function, organisation=organisation,
            given_on=dt.date.fromisoformat(day), text=text, at=CUT_OFF,
        )  # fmt: skip

    return give


@pytest.fixture
def given(log, organisations, secretary):
    """In the quarter: KCDMS twice coached, KIWASH once, all once convened; one is taken back."""
    log(COACH, organisations.kiwash, "2021-01-01")
    log(COACH, organisations.kcdms, "2021-02-01")
    log(COACH, organisations.kcdms, "2021-03-31")
    log(CONVENE, None, "2021-02-09")
    log(CONVENE, None, "2020-12-31")
    log(CONVENE, None, "2021-04-01")
    withdraw_support(log(RECRUIT, None, "2021-02-10"), by=secretary, reason="It was no support.")


def words_of(html):
    return " ".join(strip_tags(html).split())


def test_by_function_and_organisation_as_often_as_the_log_says(given, edition):
    table = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["support"]

    assert table == {
        "backbones": ["RLA"],
        "times": 4,
        "illustrative": False,
        "rows": [
            {"function": CONVENE, "times": 1,
             "organisations": [{"organisation": "all of them", "times": 1}]},
            {"function": COACH, "times": 3,
             "organisations": [{"organisation": "KCDMS", "times": 2},
                               {"organisation": "KIWASH", "times": 1}]},
            {"function": RECRUIT, "times": 0, "organisations": []},
        ],
    }  # fmt: skip


def test_paper_workbook_and_page_say_the_same_and_none_of_the_logs_words(
    given, client, told, secretary
):
    published = made_edition(told.report, by=secretary, state="published", at=CUT_OFF)
    snapshot = compile_snapshot(published, at=CUT_OFF)
    paper = draw_pages(snapshot, pictures_of(snapshot))
    page = client.get(published.report.get_absolute_url()).content.decode()

    rows = "Convene all of them 1 1 Coach KCDMS 2, KIWASH 1 3 Recruit new partners – –"
    assert rows in words_of(paper)
    assert rows in words_of(page)
    assert "RLA gave support 4 times in the quarter" in words_of(paper)
    assert sheets_of(build_workbook(snapshot))["Support"][1:] == [
        [CONVENE, "all of them", 1], [COACH, "KCDMS", 2], [COACH, "KIWASH", 1], [RECRUIT, "", ""],
    ]  # fmt: skip
    assert WORDS not in snapshot.text + paper + page


def test_where_nothing_was_given_there_is_no_table_and_no_sheet(log, client, told, secretary):
    published = made_edition(told.report, by=secretary, state="published", at=CUT_OFF)
    snapshot = compile_snapshot(published, at=CUT_OFF)

    assert snapshot.contents["tables"]["support"] == {}
    assert "Support" not in sheets_of(build_workbook(snapshot))
    for html in (
        draw_pages(snapshot, pictures_of(snapshot)),
        client.get(published.report.get_absolute_url()).content.decode(),
    ):
        assert "Support given by the backbone" not in html


def test_a_report_on_one_place_does_not_tell_of_the_whole_mechanism(given, told, kitui, secretary):
    report = ReportFactory(
        mechanism=told.mechanism, period=told.report.period, place=kitui, slug="kitui-2021-q1"
    )
    edition = EditionFactory(report=report, requested_by=secretary)
    assert compile_snapshot(edition, at=CUT_OFF).contents["tables"]["support"] == {}
