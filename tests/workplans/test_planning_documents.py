"""Planning documents: their steps and versions, their lines, and what the activities cite."""

import datetime as dt
import io

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Event
from coordination.services.events import newest_event
from coordination.services.files import VettedFile
from coordination.services.refusals import DayToCome, EditedMeanwhile
from coordination.services.spreadsheets import to_xlsx
from tests.factories.plans import PlanningDocumentFactory, PlanningLineFactory
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import PlanningDocument, PlanningLine
from workplans.services.activities import LineOfAnotherMechanism, edit_activity
from workplans.services.budget_entries import budget_entry
from workplans.services.imports import WorkbookUnreadable
from workplans.services.plan_lines import lines_against
from workplans.services.planning_documents import (
    DocumentIsReplaced,
    DocumentNotMovable,
    NextVersionExists,
    StepBeforeLast,
    create_document,
    edit_document,
    move_document,
    renew_document,
)
from workplans.services.planning_lines import (
    LineCodeTaken,
    LineIsCited,
    LineWithinItself,
    drop_line,
    lines_table,
    read_lines,
    save_line,
    save_lines,
)
from workplans.services.plans import Grouping, count_statuses, group_activities
from workplans.services.rows import HeadsMissing

NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)
CURRENCIES = (
    "Choose one of: KES (Kenya shilling), USD (US dollar), EUR (Euro), PKR (Pakistan rupee), "
    "KHR (Cambodian riel)."
)
LEVELS = "Choose one of: Sector, Programme, Sub-programme, Project, Activity line."
NUMBER = "Enter a number, such as 1250 or 1,250.5."
NO_LINE = "No line has this code, neither here nor on the portal."
HEADS = ["Code", "Part of (code)", "Level", "Title", "Target 2020/21", "Budget", "Currency"]


@pytest.fixture
def document(mechanism, kitui):
    return PlanningDocumentFactory(
        mechanism=mechanism, place=kitui, title="Kitui ADP", due_on=dt.date(2020, 9, 1)
    )


@pytest.fixture
def water(document):
    """A programme with two projects."""
    programme = PlanningLineFactory(document=document, code="P1", title="Water")
    return [
        programme,
        *(
            PlanningLineFactory(
                document=document, parent=programme, level="project", code=f"P1.{number}",
                title=f"Scheme {number}",
            )
            for number in (1, 2)
        ),
    ]  # fmt: skip


@pytest.fixture
def content(kitui, organisations):
    def make(**changes):
        return {
            "kind": "adp", "title": "Kitui ADP", "owner": organisations.kitui, "place": kitui,
            "starts_on": dt.date(2020, 7, 1), "ends_before": dt.date(2021, 7, 1), "due_on": None,
            "estimates_due_on": None, "public_link": "", **changes,
        }  # fmt: skip

    return make


def line(**changes):
    return {
        "code": "P2", "parent": None, "level": "programme", "title": "Roads", "output": "",
        "kpi": "", "baseline": "", "targets": {}, "budget_minor": None, "currency": "",
        "funds": "", "in_estimates_on": None, **changes,
    }  # fmt: skip


def workbook(*rows, heads=HEADS):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "d mmm yyyy"})
        for number, row in enumerate([heads, *rows]):
            for place, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, place, dt.datetime.combine(cell, dt.time()), day)
                elif cell is not None:
                    sheet.write(number, place, cell)
    return stream.getvalue()


def address(name, document, *more):
    return reverse(name, args=["sek", document.pk, *more])


# --- Steps and versions ---


def test_a_document_is_added_once(mechanism, secretary, content):
    file = VettedFile("adp.pdf", "application/pdf", b"%PDF-1.4 adp")
    first = create_document(mechanism, by=secretary, file=file, **content())
    assert create_document(mechanism, by=secretary, **content()) == first
    assert (first.state, first.file.name) == ("draft", "adp.pdf")
    assert Event.objects.about(first).count() == 1


def test_the_second_editor_is_refused(document, secretary, content):
    edit_document(document, by=secretary, seen_version=1, **content(title="Kitui ADP 2020"))
    with pytest.raises(EditedMeanwhile):
        edit_document(document, by=secretary, seen_version=1, **content())


def test_its_steps_bear_their_days_and_come_one_after_the_other(document, secretary):
    move_document(document, by=secretary, to="submitted", on=dt.date(2020, 8, 28), at=NOW)
    with pytest.raises(StepBeforeLast):
        move_document(document, by=secretary, to="tabled", on=dt.date(2020, 8, 27), at=NOW)
    with pytest.raises(DayToCome):
        move_document(document, by=secretary, to="tabled", on=dt.date(2021, 4, 11), at=NOW)
    document = move_document(document, by=secretary, to="tabled", on=dt.date(2020, 9, 11), at=NOW)
    with pytest.raises(DocumentNotMovable):
        move_document(document, by=secretary, to="executive", on=dt.date(2020, 9, 12), at=NOW)

    assert (document.submitted_on, document.tabled_on) == (
        dt.date(2020, 8, 28), dt.date(2020, 9, 11),
    )  # fmt: skip
    assert document.days_late == 10
    assert document.next_states == ["assembly", "published"]


def test_everyone_reads_what_is_tabled(document, peer, django_user_model):
    stranger = django_user_model.objects.create(email="stranger@example.org", name="Stranger")
    assert not PlanningDocument.objects.visible_to(stranger).exists()
    assert PlanningDocument.objects.visible_to(peer).exists()
    for state in ("submitted", "executive"):
        PlanningDocument.objects.update(state=state)
        assert not PlanningDocument.objects.visible_to(stranger).exists()
    PlanningDocument.objects.update(state="tabled")
    assert PlanningDocument.objects.visible_to(stranger).exists()


def test_the_next_version_begins_with_the_lines_and_replaces_once_approved(
    document, water, secretary
):
    following = renew_document(document, by=secretary, at=NOW)
    assert renew_document(document, by=secretary, at=NOW) == following
    copied = following.lines.order_by("code").values_list("code", "parent__code")
    assert list(copied) == [("P1", None), ("P1.1", "P1"), ("P1.2", "P1")]
    assert str(following) == "Kitui ADP, v2"
    document.refresh_from_db()
    assert document.state == "draft"

    move_document(following, by=secretary, to="assembly", on=dt.date(2021, 3, 1), at=NOW)

    document.refresh_from_db()
    assert document.state == "superseded"
    with pytest.raises(DocumentIsReplaced):
        save_line(document, by=secretary, seen_version=document.edition, **line())
    with pytest.raises(NextVersionExists):
        renew_document(document, by=secretary, at=NOW)


@pytest.mark.parametrize(
    ("first", "before", "labels"),
    [
        (dt.date(2018, 1, 1), dt.date(2020, 1, 1), ["2018", "2019"]),
        (dt.date(2020, 7, 1), dt.date(2022, 7, 1), ["2020/21", "2021/22"]),
    ],
)
def test_its_years_are_its_own_whatever_calendar_the_mechanism_has(document, first, before, labels):
    document.starts_on, document.ends_before = first, before
    assert [label for _key, label in document.years] == labels


# --- Lines one by one ---


def test_a_line_is_added_changed_and_taken_off(document, water, secretary):
    roads = save_line(document, by=secretary, seen_version=1, **line())
    assert save_line(document, by=secretary, seen_version=1, **line()) == roads
    with pytest.raises(LineCodeTaken):
        save_line(document, by=secretary, seen_version=2, **line(code="p1"))
    with pytest.raises(EditedMeanwhile):
        save_line(document, by=secretary, seen_version=1, line=roads, **line(title="Bridges"))
    with pytest.raises(LineWithinItself):
        save_line(
            document,
            by=secretary,
            seen_version=2,
            line=water[0],
            **line(code="P1", parent=water[1]),
        )
    save_line(document, by=secretary, seen_version=2, line=roads, **line(title="Bridges"))
    assert PlanningLine.objects.get(code="P2").title == "Bridges"

    drop_line(roads, by=secretary)
    assert not PlanningLine.objects.filter(code="P2").exists()
    with pytest.raises(LineIsCited):  # two stand below it
        drop_line(water[0], by=secretary)
    ActivityFactory(adp_line=water[1])
    with pytest.raises(LineIsCited):
        drop_line(water[1], by=secretary)


# --- Lines from a spreadsheet ---


def test_a_file_is_shown_before_it_is_saved_and_saved_at_once(document, water, secretary):
    found = read_lines(
        workbook(
            ["P1", None, "Programme", "Water and sanitation", "120 schemes", 1250000.5, "KES"],
            ["P3", None, "programme", "Roads", None, None, None],
            ["P3.1", "p3", "Project", "Bridge", "1", 20, "USD"],
        ),
        document,
    )
    assert found.faults == []
    assert [(change.code, change.is_new) for change in found.changes] == [
        ("P1", False), ("P3", True), ("P3.1", True),
    ]  # fmt: skip
    assert found.changes[0].fields == [
        ("Title", "Water", "Water and sanitation"),
        ("Target 2020/21", "", "120 schemes"),
        ("Budget", "", "KES 1,250,000.50"),
        ("Currency", "", "KES"),
    ]
    assert found.unnamed == 2
    assert PlanningLine.objects.count() == 3

    assert save_lines(document, found.rows, by=secretary, seen_version=1) == 3

    saved = {each.code: each for each in document.lines.select_related("parent")}
    assert (saved["P1"].budget_minor, saved["P1"].targets) == (
        125000050, {"2020-07-01": "120 schemes"},
    )  # fmt: skip
    assert saved["P3.1"].parent == saved["P3"]
    assert len(saved) == 5
    with pytest.raises(EditedMeanwhile):
        save_lines(document, found.rows, by=secretary, seen_version=1)


@pytest.mark.parametrize(
    ("row", "cell", "message"),
    [
        ([None, None, None, "Roads"], "A2", "Fill in the code: by it a row is known again."),
        (["P9", "P8", None, "Roads"], "B2", NO_LINE),
        (["P9", "P9", None, "Roads"], "B2", "A line cannot be part of itself."),
        (["P9", None, "Street", "Roads"], "C2", LEVELS),
        (["P9", None, None, None], "D2", "Fill in the title."),
        (["P9", None, None, "Roads", None, "much"], "F2", NUMBER),
        (["P9", None, None, "Roads", None, 5], "G2", "Choose the currency of the budget."),
        (["P9", None, None, "Roads", None, -5, "KES"], "F2", "An amount is 0 or more."),
        (["P9", None, None, "Roads", None, 5, "XYZ"], "G2", CURRENCIES),
        (["P9", None, None, "x" * 241], "D2", "This text has more than 240 characters."),
    ],
)  # fmt: skip
def test_each_wrong_cell_is_named_and_nothing_can_be_saved(document, row, cell, message):
    found = read_lines(workbook(row), document)
    assert [(fault.cell, fault.message) for fault in found.faults] == [(cell, message)]


def test_a_code_stands_in_a_file_once(document):
    found = read_lines(workbook(["P9", None, None, "A"], ["p9", None, None, "B"]), document)
    assert [fault.cell for fault in found.faults] == ["A3"]


def test_a_ring_over_the_portal_and_the_file_is_found(document, water):
    found = read_lines(workbook(["P1", "P1.1", None, "Water"]), document)
    assert [(fault.cell, fault.message) for fault in found.faults] == [
        ("B2", "A line cannot be part of itself.")
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no sheet", b"code;title"])
def test_what_is_no_workbook_is_refused(document, content):
    with pytest.raises(WorkbookUnreadable):
        read_lines(content, document)


def test_a_sheet_without_its_heads_is_refused(document):
    with pytest.raises(HeadsMissing):
        read_lines(workbook(["P9", "Roads"], heads=["Number", "Name"]), document)


def test_the_template_comes_back_without_a_change(document, water):
    PlanningLine.objects.update(
        budget_minor=1050, currency="KES", targets={"2020-07-01": "3"}, kpi="=1+1",
        in_estimates_on=dt.date(2020, 4, 28),
    )  # fmt: skip
    found = read_lines(to_xlsx(lines_table(document)), document)
    assert (found.faults, found.changes, found.unnamed) == ([], [], 0)


# --- What cites what ---


def test_who_cites_a_line_is_counted_at_the_programme_that_it_is_part_of(
    client, plan, document, water, focal_point
):
    ActivityFactory(plan=plan, code="A1", adp_line=water[1], status="ongoing")
    ActivityFactory(plan=plan, code="A2", adp_line=water[0], status="ongoing")
    client.force_login(focal_point)
    page = client.get(document.get_absolute_url())
    assert [(line.code, count) for _depth, line, _targets, count in page.context["lines"]] == [
        ("P1", 2), ("P1.1", 1), ("P1.2", 0),
    ]  # fmt: skip


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


def test_the_plan_is_grouped_by_programme_and_each_activity_counts_once(plan, water):
    for code, cited in (("A1", water[0]), ("A2", water[2]), ("A3", None)):
        ActivityFactory(plan=plan, code=code, adp_line=cited, status="ongoing")

    groups = group_activities(
        plan.activities.all(), by=Grouping.PROGRAMME, lines_seen=PlanningLine.objects.all()
    )

    assert [(group.heading, group.total) for group in groups] == [(water[0], 2), (None, 1)]
    assert count_statuses(groups) == {"ongoing": 3}


def test_a_line_that_may_not_be_seen_heads_no_group(plan, water):
    ActivityFactory(plan=plan, code="A1", adp_line=water[0])
    groups = group_activities(
        plan.activities.all(), by=Grouping.PROGRAMME, lines_seen=PlanningLine.objects.none()
    )
    assert [(group.heading, group.total) for group in groups] == [(None, 1)]


def test_lines_without_activity_and_activities_without_line(plan, water, document):
    ActivityFactory(plan=plan, code="A1", adp_line=water[1])
    ActivityFactory(
        plan=plan, code="A2", adp_line=water[2], status="cancelled", status_reason="No."
    )

    (against,) = lines_against(
        plan, plan.activities.all(), PlanningDocument.objects.all(), on=dt.date(2020, 5, 1)
    )

    assert (against.document, against.without, against.total) == (document, [water[2]], 2)


DUE = dt.date(2020, 4, 30)


@pytest.mark.parametrize(
    ("due_on", "entered_on", "on", "state"),
    [
        (DUE, DUE, DUE, "in_time"),
        (DUE, dt.date(2020, 5, 1), dt.date(2020, 5, 1), "late"),
        (DUE, None, DUE, "not_yet"),
        (DUE, None, dt.date(2020, 5, 1), "missing"),
        (None, DUE, DUE, "entered"),
        (None, None, DUE, "unknown"),
    ],
)
def test_a_line_entered_the_estimates_in_time_or_not(
    document, water, due_on, entered_on, on, state
):
    """Not entered, not yet, and not known are three things (P30, R4)."""
    PlanningDocument.objects.update(estimates_due_on=due_on)
    PlanningLine.objects.filter(pk=water[1].pk).update(in_estimates_on=entered_on)

    entry = budget_entry(PlanningLine.objects.get(pk=water[1].pk), on=on)

    assert (entry.programme, entry.state) == (water[0], state)


def test_an_activity_cites_lines_of_its_own_mechanism(plan, partner_officer, organisations):
    activity = ActivityFactory(plan=plan, lead=organisations.kcdms)
    with pytest.raises(LineOfAnotherMechanism):
        edit_activity(
            activity, by=partner_officer, seen_version=1, code="A1", title="Wells",
            adp_line=PlanningLineFactory(), cidp_line=None, places=[], also_under=[],
        )  # fmt: skip


# --- Pages ---


def upload(content):
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return SimpleUploadedFile("lines.xlsx", content, media)


def test_a_document_and_its_lines_are_entered_on_pages(client, secretary, kitui, mechanism):
    client.force_login(secretary)
    new = reverse("planning-document-create", args=["sek"])
    typed = {
        "kind": "adp", "title": "ADP", "place": kitui.pk, "starts_on": "2020-07-01",
        "seen_version": 0,
    }  # fmt: skip
    wrong = client.post(new, typed | {"last_day": "2020-06-30"})
    assert "last_day" in wrong.context["form"].errors
    client.post(new, typed | {"last_day": "2021-06-30"})
    document = PlanningDocument.objects.get()
    assert document.ends_before == dt.date(2021, 7, 1)

    client.post(
        address("planning-line-create", document),
        {"code": "P1", "level": "programme", "title": "Water", "seen_version": 1,
         "target:2020-07-01": "40", "budget_minor": "1,000.50", "currency": "KES"},
    )  # fmt: skip
    saved = document.lines.get()
    assert (saved.targets, saved.budget_minor) == ({"2020-07-01": "40"}, 100050)

    shown = client.post(
        address("planning-lines-import", document),
        {"file": upload(workbook(["P1", None, "Programme", "Water", "50", 1000.5, "KES"]))},
    )
    assert b"Save all of it" in shown.content
    client.post(address("planning-lines-import", document), {"packed": shown.context["packed"]})
    assert document.lines.get().targets == {"2020-07-01": "50"}

    client.post(
        address("planning-document-move", document),
        {"to": "tabled", "on": "2020-09-01", "seen": newest_event()},
    )
    client.logout()
    page = client.get(address("planning-document-detail", document))
    assert b"Water" in page.content


def test_a_packed_file_is_no_one_elses(client, document, secretary, focal_point):
    client.force_login(secretary)
    shown = client.post(
        address("planning-lines-import", document),
        {"file": upload(workbook(["P1", None, None, "Water"]))},
    )
    client.force_login(focal_point)
    client.post(address("planning-lines-import", document), {"packed": shown.context["packed"]})
    assert not document.lines.exists()


def test_the_form_of_an_activity_offers_lines_of_its_place_and_time(
    client, plan, water, partner_officer, organisations, mechanism, makueni
):
    elsewhere = PlanningLineFactory(document__mechanism=mechanism, document__place=makueni)
    activity = ActivityFactory(plan=plan, code="A1", lead=organisations.kcdms)
    client.force_login(partner_officer)
    page = client.get(reverse("activity-edit", args=["sek", plan.slug, "A1"]))
    offered = page.context["form"].fields["adp_line"].queryset
    assert (set(offered), elsewhere in offered) == (set(water), False)
    assert activity.adp_line is None


def test_the_public_sees_no_line_of_a_draft(client, plan, water):
    ActivityFactory(plan=plan, code="A1", adp_line=water[1])
    for url in (
        reverse("activity-detail", args=["sek", plan.slug, "A1"]),
        reverse("plan-detail", args=["sek", plan.slug]) + "?group=programme",
        reverse("plan-lines", args=["sek", plan.slug]),
        reverse("plan-export", args=["sek", plan.slug, "csv"]),
    ):
        page = client.get(url)
        assert (page.status_code, b"Scheme 1" in page.content, b"Water" in page.content) == (
            200, False, False,
        )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["planning-document-detail", "planning-document-list", "plan-lines"]
)
def test_pages_take_the_same_queries_for_one_and_three(
    name, client, document, water, plan, secretary, mechanism, kitui, django_assert_max_num_queries
):
    args = {
        "planning-document-detail": ["sek", document.pk],
        "planning-document-list": ["sek"],
        "plan-lines": ["sek", plan.slug],
    }[name]

    def queries():
        with django_assert_max_num_queries(60) as found:
            client.get(reverse(name, args=args))
        return len(found)

    client.force_login(secretary)
    ActivityFactory(plan=plan, adp_line=water[1])
    client.get(reverse(name, args=args))
    first = queries()
    for _more in range(2):
        other = PlanningDocumentFactory(mechanism=mechanism, place=kitui)
        PlanningLineFactory(document=other)
        ActivityFactory(plan=plan, adp_line=PlanningLineFactory(document=document))
    assert queries() == first
