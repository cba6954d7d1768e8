"""Tables as files: text stays text, numbers stay numbers."""

import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from django.utils import translation
from python_calamine import CalamineWorkbook

from coordination.services.spreadsheets import Table, to_csv, to_xlsx

pytestmark = pytest.mark.one_database

HOSTILE = [
    '=HYPERLINK("http://example.org","x")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "=cmd|'/C calc'!A0",
    "＝1",
]


def cells(table):
    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(table)))
    return book.get_sheet_by_index(0).to_python()


def parts(table):
    archive = zipfile.ZipFile(io.BytesIO(to_xlsx(table)))
    return {name: archive.read(name).decode() for name in archive.namelist()}


def csv_cells(table):
    return list(csv.reader(io.StringIO(to_csv(table).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula(text):
    table = Table("Activities", [text], [[text]])

    assert [row[0] for row in csv_cells(table)] == [f"'{text}", f"'{text}"]
    assert sum(part.count("<f>") for part in parts(table).values()) == 0
    assert cells(table)[1][0].strip() == text.strip()


def test_numbers_and_days_stay_what_they_are():
    row = [-5, Decimal("-5.25"), dt.date(2021, 3, 31), None, "", "0042", 0]
    table = Table("Values", list("abcdefg"), [row])

    assert cells(table)[1] == [-5.0, -5.25, dt.date(2021, 3, 31), "", "", "0042", 0.0]
    assert csv_cells(table)[1] == ["-5", "-5.25", "2021-03-31", "", "", "0042", "0"]


def test_a_name_that_no_sheet_may_bear_is_changed():
    table = Table("Plan: [Kitui] 2020/21 and a good deal more", ["a"], [])

    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(table)))

    assert book.sheet_names == ["Plan   Kitui  2020 21 and a goo"]


def test_a_workbook_says_of_itself_what_it_is():
    table = Table("Values", ["a"], [[1]], about=[("Mechanism", "SEK"), ("As at", "1 Apr 2021")])

    book = CalamineWorkbook.from_filelike(io.BytesIO(to_xlsx(table)))

    assert book.get_sheet_by_name("About this file").to_python() == [
        ["What", "Value"],
        ["Mechanism", "SEK"],
        ["As at", "1 Apr 2021"],
    ]


def test_a_workbook_names_no_person():
    properties = parts(Table("Values", ["a"], []))["docProps/core.xml"]

    assert "<dc:creator></dc:creator>" in properties


def test_a_sheet_runs_from_the_right_where_the_language_does():
    with translation.override("ur"):
        sheet = parts(Table("Values", ["a"], []))["xl/worksheets/sheet1.xml"]

    assert sheet.count('rightToLeft="1"') == 1
