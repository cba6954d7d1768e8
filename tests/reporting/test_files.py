"""The files of an edition: tagged, complete, alike, reproducible (R12, R21, R23, R24)."""

import functools
import io
import json
import re
import subprocess
import zipfile

import pikepdf
import pytest
from django.template.loader import render_to_string
from python_calamine import CalamineWorkbook
from weasyprint import HTML

from coordination.models import User
from coordination.services import rendering
from coordination.services.confinement import InputRefused, OutOfTime
from coordination.services.rendering import render_pdf
from coordination.services.snapshots import Snapshot
from coordination.services.typesetting import blocks_of, breakable, faces_for
from reporting.services.drawing import (
    draw_pages,
    pictures_of,
)
from reporting.services.reports import edit_section
from reporting.services.result_exports import of_figure
from reporting.services.scopes import Scope
from reporting.services.sections import SECTIONS
from reporting.services.snapshots import compile_snapshot
from reporting.services.workbooks import build_workbook, value_rows
from tests.factories.coordination import PeriodFactory
from tests.factories.reporting import EditionFactory, ReportFactory
from tests.factories.workplans import BaselineFactory, StreamFactory, TargetFactory
from workplans.models import IndicatorVersion

from .deeds import move
from .deeds import report as value_of
from .figures import figure_for
from .quarter import CUT_OFF

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HOSTILE = (
    '<script>alert(1)</script> <img src="file:///etc/passwd"> <div style="display:flex">'
    ' =HYPERLINK("http://127.0.0.1/") {{ 7|add:42 }}'
)


@pytest.fixture
def snapshot(edition):
    return compile_snapshot(edition, at=CUT_OFF)


@pytest.fixture
def pdf(snapshot):
    return pdf_of(snapshot)


@pytest.fixture
def document(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        yield opened


@functools.cache
def rendered(pages: str) -> bytes:
    """Setting a report takes seconds: the same one is set once."""
    return render_pdf(pages, moment=CUT_OFF)


def pdf_of(snapshot: Snapshot) -> bytes:
    return rendered(draw_pages(snapshot, pictures_of(snapshot)))


def uncompressed(pdf: bytes) -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(
            written, static_id=True, stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )  # fmt: skip
    return written.getvalue()


def words_of(pdf: bytes) -> str:
    """The text of the PDF, as a reader copies it."""
    read = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return read.stdout.decode()


def sheets_of(workbook: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


# --- PDF ---


def test_the_pdf_is_tagged_titled_and_has_bookmarks(document, snapshot):
    root = document.Root

    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert str(root.StructTreeRoot.Type) == "/StructTreeRoot"
    with document.open_metadata() as metadata:
        assert metadata["dc:title"] == (
            "SEK coordination mechanism: Quarterly progress report, January to March 2021"
        )
        assert metadata["pdfuaid:part"] == "1"
    with document.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[:3] == [
        "SEK coordination mechanism",
        "I Executive summary",
        "II Key achievements",
    ]
    assert titles[-1] == "A About this report"


def test_every_font_is_in_the_file(document):
    fonts = [font for page in document.pages for font in page.Resources.get("/Font", {}).values()]
    descriptors = [
        child.FontDescriptor for font in fonts for child in font.get("/DescendantFonts", [font])
    ]
    assert descriptors
    assert all(
        "/FontFile2" in each or "/FontFile3" in each or "/FontFile" in each for each in descriptors
    )


def test_every_page_says_what_it_is_of(pdf, document, snapshot):
    words = words_of(pdf)
    pages = len(document.pages)

    for number in range(2, pages + 1):
        assert f"Page {number} of {pages}" in words
    assert words.count("Edition 1 · cut-off 5 May 2021, 09:40 EAT · received 1 of 2") == pages - 1
    assert words.count(snapshot.sha256) == pages


def test_the_pdf_says_period_labels_who_is_missing_and_status(pdf):
    words = words_of(pdf)

    for said in (
        "FY 2020/21 Q3",
        "FY2021 Q2",
        "1 of 2",
        "missing: KIWASH",
        "official once it stands",
        "Donor’s representative: Agreement Officer’s Representative (AOR)",
        "Alternate AOR",
    ):
        assert said in words


def test_a_quarter_without_reports_says_so_and_shows_no_empty_tables(told, secretary):
    before = ReportFactory(
        mechanism=told.mechanism, period=PeriodFactory(year=2019, quarter=1), slug="sek-2019-q1"
    )
    snapshot = compile_snapshot(EditionFactory(report=before, requested_by=secretary), at=CUT_OFF)

    pages = draw_pages(snapshot, pictures_of(snapshot))

    assert "No report was due for the quarter." in pages
    assert pages.count("No values were verified.") == 2  # by place, by organisation
    assert not re.search(r"</thead>\s*(<tbody>\s*</tbody>\s*)?</table>", pages)


def test_the_cover_says_of_which_mechanism_and_place_the_report_is(
    told, snapshot, secretary, kitui
):
    """R23: of a place alone its name, without the mechanism's other places."""
    county = ReportFactory(
        mechanism=told.mechanism, period=told.period, place=kitui, slug="sek-2021-q1-kitui"
    )
    of_county = compile_snapshot(EditionFactory(report=county, requested_by=secretary), at=CUT_OFF)

    facts = [cover_facts(draw_pages(each, pictures_of(each))) for each in (snapshot, of_county)]

    assert {each["Mechanism"] for each in facts} == {"SEK coordination mechanism"}
    assert (facts[0]["Places"], facts[0].get("Place")) == ("Kitui, Makueni", None)
    assert (facts[1]["Place"], facts[1].get("Places")) == ("Kitui", None)


def cover_facts(pages: str) -> dict[str, str]:
    """What the cover says of the report: each term with its description."""
    (cover,) = re.findall(r'<dl class="cover-facts">.+?</dl>', pages, re.DOTALL)
    return dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", cover))


def test_the_executive_summary_fits_two_pages(told, edition, secretary, version_of):
    """However long its texts may be made, and with a full table."""
    for _ in range(12):
        version_of()
    sentence = "Households in the dry zones brought in more than a year ago, and sold it well. "
    for code in ("impact", "summary_constraints", "summary_next"):
        section = SECTIONS[code]
        text = (sentence * 40)[: section.limit]
        edit_section(told.report, section, text=text, seen=0, by=secretary)
    snapshot = compile_snapshot(edition, at=CUT_OFF)

    pdf = pdf_of(snapshot)

    pages = words_of(pdf).split("\f")
    first = next(n for n, page in enumerate(pages) if "Qualitative impact" in page)
    second = next(n for n, page in enumerate(pages) if "Key achievements" in page and n >= first)
    assert second - first <= 2


def test_drawing_and_rendering_again_gives_the_same_bytes(snapshot, pdf):
    again = Snapshot(snapshot.canonical)

    assert render_pdf(draw_pages(again, pictures_of(again)), moment=again.cut_off) == pdf
    assert build_workbook(again) == build_workbook(snapshot)


def test_what_the_renderer_cuts_short_changes_nothing(snapshot, pdf, monkeypatch):
    """The PDF is the one that WeasyPrint writes by itself, apart from how it is compressed."""
    pages = draw_pages(snapshot, pictures_of(snapshot))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(CUT_OFF.timestamp())))

    alone = HTML(string=pages).write_pdf(pdf_variant="pdf/ua-1", optimize_images=True, dpi=200)

    assert uncompressed(pdf) == uncompressed(alone)


def test_a_typed_text_stays_text(told, edition, secretary):
    edit_section(told.report, SECTIONS["lessons"], text=HOSTILE, seen=0, by=secretary)
    snapshot = compile_snapshot(edition, at=CUT_OFF)

    words = " ".join(words_of(pdf_of(snapshot)).split())

    assert "<script>alert(1)</script>" in words
    assert "{{ 7|add:42 }}" in words
    assert "root:" not in words


def test_a_word_longer_than_a_line_may_be_broken_and_a_hash_may_not():
    contents = {"text": ["x" * 100], "sha256": "0" * 64, "number": 7}

    assert breakable(contents) == {
        "text": ["\u200b".join(["x" * 40, "x" * 40, "x" * 20])],
        "sha256": "0" * 64,
        "number": 7,
    }


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://127.0.0.1:1/x.png", "ftp://127.0.0.1/x"]
)
def test_the_renderer_fetches_nothing(address):
    with pytest.raises(InputRefused):
        render_pdf(f'<html lang="en"><img src="{address}"></html>', moment=CUT_OFF)


def test_the_renderer_is_stopped_when_it_takes_too_long(settings):
    settings.RENDER_CPU_SECONDS = 3
    nested = "<div style='display:flex'>" * 16 + "x" + "</div>" * 16

    with pytest.raises(OutOfTime):
        render_pdf(f'<html lang="en">{nested}</html>', moment=CUT_OFF)


def test_the_renderer_sees_no_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", "secret")
    script = tmp_path / "script.py"
    script.write_text("import os, sys; sys.stdout.write(' '.join(sorted(os.environ)))")
    monkeypatch.setattr(rendering, "SCRIPT", script)

    seen = set(render_pdf("", moment=CUT_OFF).decode().split())

    assert seen <= {"HOME", "TMPDIR", "LANG", "LC_CTYPE", "PATH", "SOURCE_DATE_EPOCH"}


def test_a_text_is_set_in_paragraphs_lists_and_headings():
    blocks = blocks_of("# KCDMS\nOne line\nand its next.\n\n- first\n- second\n\nLast.")

    assert [(block.kind, block.lines) for block in blocks] == [
        ("heading", ["KCDMS"]),
        ("paragraph", ["One line", "and its next."]),
        ("list", ["first", "second"]),
        ("paragraph", ["Last."]),
    ]


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("Kitui – 12 %", set()),
        ("Žižek, Şanlıurfa", {"Report Serif Extended", "Report Sans Extended"}),
        ("بلوچستان", {"Report Arabic"}),
        ("ភាសាខ្មែរ", {"Report Khmer"}),
    ],
)
def test_a_report_holds_the_fonts_of_the_scripts_in_it_and_no_others(text, families):
    assert {face.family for face in faces_for(text)} == {"Report Serif", "Report Sans"} | families


def test_words_in_other_scripts_are_set_in_their_own(told, edition, secretary):
    text = "بلوچستان لوکل گورنمنٹ\n\nភាសាខ្មែរ\n\nŽižek"
    edit_section(told.report, SECTIONS["lessons"], text=text, seen=0, by=secretary)

    pdf = pdf_of(compile_snapshot(edition, at=CUT_OFF))

    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = {
            str(font.BaseFont)
            for page in document.pages
            for font in page.Resources.get("/Font", {}).values()
        }
    assert all(any(family in name for name in names) for family in ("Arabic", "Khmer", "Extended"))


# --- Workbook ---


def test_the_workbook_says_what_it_is_of(snapshot):
    about = dict(row[:2] for row in sheets_of(build_workbook(snapshot))["About"])

    assert about["Period"] == "January to March 2021"
    assert about["Cut-off"] == "5 May 2021, 09:40 EAT (Africa/Nairobi)"
    assert about["Reports received"] == "1 of 2"
    assert about["Missing"] == "KIWASH"
    assert about["SHA-256 of the snapshot"] == snapshot.sha256


def test_zero_and_missing_are_two_things_in_the_workbook(snapshot):
    rows = sheets_of(build_workbook(snapshot))["Values"]
    head = rows[0]
    values = [dict(zip(head, row, strict=True)) for row in rows[1:]]
    zeros = [row for row in values if row["As displayed"] == "0"]
    missing = [row for row in values if row["Why there is none"] == "not reported"]

    assert zeros
    assert {row["Value"] for row in zeros} == {0.0}
    assert missing
    assert {row["Value"] for row in missing} == {""}


def test_a_percentage_says_whether_it_is_of_the_target_or_of_the_way(told, edition, kenya):
    """52 of a target of 61 boreholes, from a baseline of 21: (52 − 21) ÷ (61 − 21) = 77.5 %."""
    move([told.boreholes.streams.get().results.get(state="submitted")], "verified")
    IndicatorVersion.objects.filter(pk=told.boreholes.pk).update(counts_from_baseline=True)
    BaselineFactory(version=told.boreholes, place=kenya, numerator=21)
    TargetFactory(version=told.boreholes, place=kenya, numerator=61)

    snapshot = compile_snapshot(edition, at=CUT_OFF)

    rows = sheets_of(build_workbook(snapshot))["Values"]
    values = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    said = {
        row["Code"]: (row["Measure"], row["As displayed"])
        for row in values
        if row["Table"] == "Performance data" and row["Measure"].startswith("Percent")
    }
    assert said["WATER"] == ("Percent of the way from the baseline", "77.5%")
    assert said["FARM"][0] == "Percent of target"


def test_nothing_that_was_typed_is_a_formula(told, edition, secretary):
    edit_section(
        told.report, SECTIONS["lessons"], text='=HYPERLINK("http://x","y")', seen=0, by=secretary
    )
    workbook = build_workbook(compile_snapshot(edition, at=CUT_OFF))

    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        sheets = [package.read(name) for name in package.namelist() if "worksheets/sheet" in name]
    assert all(b"<f>" not in sheet for sheet in sheets)
    texts = [row[3] for row in sheets_of(workbook)["Texts"]]
    assert '=HYPERLINK("http://x","y")' in texts


# --- All alike ---


def test_page_pdf_workbook_and_data_say_the_same_figures(snapshot, pdf, edition):
    """R12: one question, one answer, wherever it is read."""
    contents = json.loads(snapshot.canonical)
    in_data = [row["text"] for row in value_rows(contents)]
    rows = sheets_of(build_workbook(snapshot))["Values"]
    column = rows[0].index("As displayed")
    in_workbook = [row[column] for row in rows[1:]]
    context = {"edition": edition, "contents": contents, "marks_rows": False}
    page = text_of(render_to_string("reporting/report_performance.html", context))
    in_pdf = words_of(pdf)

    assert in_workbook == in_data
    for row in contents["tables"]["indicators"]:
        for cell in (*row["quarters"], row["to_date"], row["target"], row["achievement"]):
            assert cell["text"] in page or cell["absence"] == "later"
    for text in set(in_data) - {"–"}:
        assert text in in_pdf


def test_a_stock_that_is_carried_in_part_says_so_wherever_it_is_read(
    told, edition, organisations, kitui
):
    """Boreholes: KIWASH's 41 of December, not told since, and KCDMS's 9 of March make 50 (R4)."""
    stream = StreamFactory(version=told.boreholes, organisation=organisations.kcdms, place=kitui)
    value_of(stream, told.period, 9)
    note = "1 of 2 values from earlier quarters"

    snapshot = compile_snapshot(edition, at=CUT_OFF)

    contents = snapshot.contents
    (row,) = (row for row in contents["tables"]["indicators"] if row["code"] == "WATER")
    cell = row["quarter"]
    assert (cell["text"], cell["as_of"], cell["values"], cell["carried"]) == ("50", None, 2, 1)
    context = {"edition": edition, "contents": contents, "marks_rows": False}
    page = text_of(render_to_string("reporting/report_performance.html", context))
    assert f"50 explain this number {note}" in page
    assert f"50 {note}" in text_of(draw_pages(snapshot, pictures_of(snapshot)))
    head, *rows = sheets_of(build_workbook(snapshot))["Values"]
    said = [dict(zip(head, each, strict=True)) for each in rows]
    assert {
        (each["Values counted"], each["Of these from earlier quarters"])
        for each in said
        if (each["Code"], each["Value"]) == ("WATER", 50)
    } == {(2, 1)}
    running = of_figure(figure_for(told.boreholes, Scope.quarter(kitui.parent, told.period)))
    assert (running["text"], running["values"], running["carried"]) == ("50", 2, 1)


def test_the_performance_table_is_the_same_row_by_row_on_page_and_paper(snapshot, pdf, edition):
    contents = snapshot.contents
    context = {"edition": edition, "contents": contents, "marks_rows": False}
    page = text_of(render_to_string("reporting/report_performance.html", context))
    lines = words_of(pdf).splitlines()
    for row in contents["tables"]["indicators"]:
        figures = [cell["text"] for cell in row["quarters"] if not cell["absence"]]
        figures += [row["to_date"]["text"]]
        pattern = r"\b.*\b".join(re.escape(figure) for figure in figures)
        assert re.search(pattern, page[page.index(row["code"]) :], re.DOTALL)
        assert any(row["code"] in line and re.search(pattern, line) for line in lines)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# --- What must not be in them ---


def test_nobodys_name_or_address_is_in_any_file_or_its_metadata(edition, told):
    User.objects.update(name="A. Canary")
    snapshot = compile_snapshot(edition, at=CUT_OFF)
    pdf = pdf_of(snapshot)
    workbook = build_workbook(snapshot)
    with pikepdf.open(io.BytesIO(pdf)) as document, document.open_metadata() as metadata:
        said = [words_of(pdf), str(metadata), str(dict(document.docinfo))]

    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        said += [package.read(name).decode(errors="replace") for name in package.namelist()]

    for words in said:
        assert "Canary" not in words
        assert "example.org" not in words
        assert "nobody may read yet" not in words
        assert "Internal matter" not in words
