"""Many activities at once: cell by cell in the grid, from a spreadsheet, and on paper."""

import datetime as dt
import io
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Event
from coordination.services.refusals import EditedMeanwhile
from coordination.services.spreadsheets import to_xlsx
from tests.factories.coordination import PlaceFactory, SectorFactory
from tests.factories.plans import (
    ActivityPartnerFactory,
    PlanningDocumentFactory,
    PlanningLineFactory,
)
from tests.factories.workplans import (
    ActivityFactory,
    CommitmentFactory,
    IndicatorFactory,
    PlanFactory,
)
from workplans.models import Activity, ActivityOutput, JointWorkPlan, Overlap, validate_code
from workplans.services.activities import PlanIsClosed
from workplans.services.activity_cells import CellsAtFault, edit_cells
from workplans.services.activity_sheets import (
    ActivityOfAnother,
    read_activities,
    save_activities,
    workbook_table,
)
from workplans.services.activity_ties import tie_activities
from workplans.services.cell_groups import GROUPS
from workplans.services.rows import HeadsMissing

TWO_PARTS = (
    "There are 2 outputs: write a part for each, with semicolons between and – where there is none."
)
CURRENCIES = (
    "Choose one of: KES (Kenya shilling), USD (US dollar), EUR (Euro), PKR (Pakistan rupee), "
    "KHR (Cambodian riel)."
)
NOWHERE = "Say where: the plan’s own place, where it is all of it."
NOW = dt.datetime(2021, 4, 10, 9, tzinfo=dt.UTC)


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def wards(kitui):
    """Two of one name, and one by itself."""
    south = PlaceFactory(parent=kitui, slug="south", name="South")
    north = PlaceFactory(parent=kitui, slug="north", name="North")
    return {
        "ikanga": PlaceFactory(parent=south, slug="ikanga", name="Ikanga"),
        "south": PlaceFactory(parent=south, slug="township", name="Township"),
        "north": PlaceFactory(parent=north, slug="township", name="Township"),
    }


@pytest.fixture
def activity(plan, organisations, wards):
    return ActivityFactory(
        plan=plan, code="KTI-01", title="Boreholes", lead=organisations.kcdms,
        places=[wards["ikanga"]], starts_on=dt.date(2020, 9, 1), ends_on=dt.date(2021, 3, 31),
    )  # fmt: skip


@pytest.fixture
def indicator(mechanism):
    return IndicatorFactory(mechanism=mechanism, code="SEK-1")


@pytest.fixture
def water(db):
    return SectorFactory(code="water", name="Water")


def full(activity):
    return Activity.objects.in_full().get(pk=activity.pk)


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", *more])


# --- Cells ---


def test_cells_that_were_typed_change_and_no_others(activity, partner_officer, water, wards):
    saved = edit_cells(
        activity, by=partner_officer, seen_version=1, at=NOW,
        typed={
            "sector": "water", "activity_type": "construction and rehabilitation",
            "places": "Ikanga; North › Township", "budget_minor": "1,250.50", "currency": "kes",
            "ends_on": "30 Jun 2021",
        },
    )  # fmt: skip

    saved = full(saved)
    assert (saved.sector, saved.activity_type, str(saved.budget)) == (
        water, "works", "KES 1,250.50",
    )  # fmt: skip
    assert {place.path for place in saved.places.all()} == {
        wards["ikanga"].path, wards["north"].path,
    }  # fmt: skip
    assert (saved.ends_on, saved.title, saved.version) == (dt.date(2021, 6, 30), "Boreholes", 2)
    event = Event.objects.about(saved).get()
    assert event.verb == "workplans.activity_edited"
    assert event.changes["budget"] == ["", "1,250.50"]
    assert event.changes["places"] == ["South › Ikanga", "South › Ikanga; North › Township"]


@pytest.mark.parametrize(
    ("typed", "name", "message"),
    [
        ({"title": " "}, "title", "Fill in the title."),
        ({"title": "x" * 241}, "title", "This text has more than 240 characters."),
        ({"sector": "Roads"}, "sector", "Sector: nothing here is called “Roads”."),
        ({"places": "Township"}, "places",
         "“Township” are several: say which, with what it lies in."),
        ({"places": " "}, "places", NOWHERE),
        ({"lead": "KIWASH"}, "lead",
         "You do not report for KIWASH: it enters its activities itself."),
        ({"is_public": ""}, "is_public", "Enter yes or no."),
        ({"q1": "10"}, "q1", "Say first of which output this is."),
        ({"outputs": "Farmers", "q1": "ten"}, "q1", "Enter a number, such as 1250 or 1,250.5."),
        ({"outputs": "Farmers", "q1": "10; 20"}, "q1",
         "There is one output: write one part, without a semicolon."),
        ({"outputs": "Farmers; Wells", "q2": "10"}, "q2",
         TWO_PARTS),
        ({"outputs": "SEK-1; sek-1"}, "outputs", "One indicator is named twice."),
        ({"places": "Nairobi"}, "places", "Places: nothing here is called “Nairobi”."),
        ({"starts_on": "soon"}, "starts_on", "Enter a day, such as 2021-03-31 or 31 Mar 2021."),
        ({"starts_on": "2021-04-01"}, "ends_on", "The last day is before the first."),
        ({"budget_minor": "5"}, "currency", "Choose the currency of the budget."),
        ({"currency": "KES"}, "budget_minor", "A currency stands here without an amount."),
        ({"budget_minor": "1.005"}, "budget_minor", "An amount has at most two decimals."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_cell(
    activity, partner_officer, indicator, organisations, typed, name, message
):
    with pytest.raises(CellsAtFault) as refused:
        edit_cells(activity, by=partner_officer, seen_version=1, typed=typed)
    assert [(fault.name, fault.message) for fault in refused.value.faults] == [(name, message)]
    assert not Event.objects.exists()


def test_outputs_and_their_targets_stand_in_cells_side_by_side(
    activity, partner_officer, indicator
):
    def edit(version, **typed):
        edit_cells(activity, by=partner_officer, seen_version=version, typed=typed, at=NOW)
        rows = activity.outputs.order_by("position")
        return [(str(row.indicator or row.wording), row.unit, row.targets) for row in rows]

    none = [None] * 4
    assert edit(1, outputs="sek-1; Wells", q1="1,250.5; 3", q4="–; 2") == [
        (str(indicator), "", [Decimal("1250.5"), None, None, None]),
        ("Wells", "", [Decimal(3), None, None, Decimal(2)]),
    ]
    # One that is reworded keeps its targets, and so does one that moves.
    assert edit(2, outputs="Boreholes; SEK-1") == [
        ("Boreholes", "", [Decimal(3), None, None, Decimal(2)]),
        (str(indicator), "", [Decimal("1250.5"), None, None, None]),
    ]
    assert edit(3, outputs="SEK-1", unit="farmers") == [
        (str(indicator), "farmers", [Decimal("1250.5"), None, None, None])
    ]
    assert edit(4, q1="") == [(str(indicator), "farmers", none)]
    assert edit(5, outputs="") == []
    last = Event.objects.about(activity).order_by("pk").last()
    assert last.changes == {"outputs": [["SEK-1 farmers: – / – / – / –"], []]}


def test_the_second_of_two_is_refused_unless_both_say_the_same(
    activity, partner_officer, partner_signatory
):
    edit_cells(activity, by=partner_officer, seen_version=1, typed={"title": "Wells"})
    edit_cells(activity, by=partner_signatory, seen_version=1, typed={"title": "Wells"})
    with pytest.raises(EditedMeanwhile):
        edit_cells(activity, by=partner_signatory, seen_version=1, typed={"title": "Pumps"})
    assert Event.objects.about(activity).count() == 1


def test_a_closed_plan_takes_no_cell(activity, partner_officer):
    JointWorkPlan.objects.update(state="closed")
    with pytest.raises(PlanIsClosed):
        edit_cells(activity, by=partner_officer, seen_version=1, typed={"title": "Wells"})


@pytest.mark.parametrize("way", ["cell", "file"])
def test_a_possible_overlap_is_noticed_by_cell_and_by_file(
    way, activity, plan, organisations, partner_officer, water, wards
):
    dates = {"starts_on": activity.starts_on, "ends_on": activity.ends_on}
    Activity.objects.update(sector=water, activity_type="works")
    ActivityFactory(
        plan=plan, code="KTI-02", lead=organisations.kiwash, places=[wards["south"]], sector=water,
        activity_type="works", **dates,
    )  # fmt: skip
    assert not Overlap.objects.exists()

    if way == "cell":
        typed = {"places": "South › Township"}
        edit_cells(activity, by=partner_officer, seen_version=1, typed=typed)
    else:
        file = workbook(["KTI-01", "Wells", "South › Township"], heads=["Code", "Title", "Places"])
        rows = read_activities(file, plan, by=partner_officer).rows
        save_activities(plan, rows, by=partner_officer)

    assert Overlap.objects.count() == 1


# --- The grid in the page ---


def test_the_grid_opens_ones_own_rows_and_shows_the_others(
    client, activity, plan, organisations, partner_officer
):
    ActivityFactory(plan=plan, code="KTI-02", title="Mangoes", lead=organisations.kiwash)
    client.force_login(partner_officer)
    rows = client.get(address("plan-grid")).context["rows"]
    assert [(row.activity.code, row.is_open) for row in rows] == [
        ("KTI-01", True), ("KTI-02", False),
    ]  # fmt: skip
    assert [row.activity.code for row in client.get(
        address("plan-grid") + "?lead=kiwash"
    ).context["rows"]] == ["KTI-02"]  # fmt: skip


def test_the_address_says_which_columns_are_shown(
    client, activity, plan, organisations, partner_officer, indicator
):
    other = ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kiwash)
    tie_activities(other, activity, by=partner_officer, kind="sequencing")
    edit_cells(
        activity, by=partner_officer, seen_version=1,
        typed={"outputs": "SEK-1; Wells", "q1": "10; –", "assumptions": "Rain\nRoads"},
    )  # fmt: skip
    client.force_login(partner_officer)

    page = client.get(address("plan-grid") + "?columns=outputs&columns=risks&columns=x")

    mine, theirs = page.context["rows"]
    assert {cell.column.name: cell.text for cell in mine.cells} == {
        "title": "Boreholes", "activity_type": "", "sector": "", "joint_priority": "",
        "target_group": "", "places": "South › Ikanga", "starts_on": "2020-09-01",
        "ends_on": "2021-03-31", "budget_minor": "", "currency": "", "commitments": "",
    }  # fmt: skip
    page = client.get(address("plan-grid") + "?columns=outputs&columns=risks")
    mine, theirs = page.context["rows"]
    assert {cell.column.name: cell.text for cell in mine.cells} == {
        "title": "Boreholes", "outputs": "SEK-1; Wells", "unit": "", "q1": "10; –", "q2": "",
        "q3": "", "q4": "", "ties": "after KTI-02", "assumptions": "Rain\nRoads",
    }  # fmt: skip
    assert {cell.column.name: cell.text for cell in theirs.cells}["ties"] == "before KTI-01"
    assert b'name="columns" value="outputs"' in page.content  # kept when the rows are filtered


def test_a_cell_of_outputs_answers_with_those_beside_it(client, activity, partner_officer):
    edit_cells(
        activity, by=partner_officer, seen_version=1,
        typed={"outputs": "Farmers; Wells", "q1": "10; 2"},
    )  # fmt: skip
    client.force_login(partner_officer)
    answer = client.post(
        address("activity-cells", "KTI-01"),
        {"seen_version": 2, "outputs": "Wells"},
        headers={"accept": "application/json"},
    )
    assert answer.json() == {
        "version": 3,
        "cells": {"outputs": "Wells", "unit": "", "q1": "2", "q2": "", "q3": "", "q4": ""},
    }


def test_a_cell_is_saved_by_a_small_request(client, activity, partner_officer):
    client.force_login(partner_officer)
    answer = client.post(
        address("activity-cells", "KTI-01"),
        {"seen_version": 1, "budget_minor": "1000", "currency": "USD"},
        headers={"accept": "application/json"},
    )
    assert (answer.status_code, answer.json()) == (
        200, {"version": 2, "cells": {"budget_minor": "1,000", "currency": "USD"}},
    )  # fmt: skip

    wrong = client.post(
        address("activity-cells", "KTI-01"),
        {"seen_version": 2, "starts_on": "soon"},
        headers={"accept": "application/json"},
    )
    assert (wrong.status_code, list(wrong.json()["faults"])) == (422, ["starts_on"])


def test_the_second_editor_sees_what_the_first_has_saved(
    client, activity, partner_officer, partner_signatory
):
    edit_cells(activity, by=partner_signatory, seen_version=1, typed={"title": "Wells"})
    client.force_login(partner_officer)
    data = {"seen_version": 1, "title": "Pumps"}
    answer = client.post(
        address("activity-cells", "KTI-01"), data, headers={"accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json()["version"] == 2
    assert answer.json()["faults"] == {
        "title": "Chief of party has saved “Wells” meanwhile. Save yours again to replace it."
    }

    page = client.post(address("activity-cells", "KTI-01"), data)
    assert b"has saved" in page.content
    assert b'value="Pumps"' in page.content
    client.post(address("activity-cells", "KTI-01"), data | {"seen_version": 2})
    assert full(activity).title == "Pumps"


def test_a_row_works_without_a_script(client, activity, partner_officer):
    client.force_login(partner_officer)
    data = {"seen_version": 1, "title": "Wells", "ends_on": "2021-06-30", "query": "status=planned"}
    answer = client.post(address("activity-cells", "KTI-01"), data)
    assert answer.url == address("plan-grid") + "?status=planned#row-KTI-01"

    wrong = client.post(address("activity-cells", "KTI-01"), data | {"ends_on": "x"})
    assert b"Enter a day" in wrong.content
    assert b'value="Wells"' in client.get(address("activity-cells", "KTI-01")).content


def test_the_grid_takes_the_same_queries_for_one_and_three(
    client, activity, plan, organisations, partner_officer, django_assert_max_num_queries
):
    every = "?" + "&".join(f"columns={key}" for key in GROUPS)

    def queries():
        with django_assert_max_num_queries(60) as found:
            client.get(address("plan-grid") + every)
        return len(found)

    client.force_login(partner_officer)
    ActivityPartnerFactory(activity=activity)
    client.get(address("plan-grid") + every)
    tie_activities(activity, ActivityFactory(plan=plan), by=partner_officer, kind="layering")
    ActivityOutput.objects.create(activity=activity, wording="Wells")
    first = queries()
    for _more in range(2):
        more = ActivityFactory(plan=plan, lead=organisations.kcdms)
        ActivityPartnerFactory(activity=more)
        ActivityOutput.objects.create(activity=more, wording="Wells")
        tie_activities(activity, more, by=partner_officer, kind="layering")
    assert queries() == first


# --- The spreadsheet ---


def workbook(*rows, heads):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([heads, *rows]):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
    return stream.getvalue()


def test_the_spreadsheet_comes_back_without_a_change(
    activity, plan, organisations, partner_officer, water, wards
):
    ActivityPartnerFactory(activity=activity, organisation=organisations.kiwash)
    edit_cells(
        activity, by=partner_officer, seen_version=1,
        typed={"sector": "Water", "budget_minor": "10.10", "currency": "KES",
               "activity_type": "Training", "places": "Kitui; South › Township"},
    )  # fmt: skip
    ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kiwash, is_public=False)
    rows = Activity.objects.in_full().order_by("code")

    found = read_activities(
        to_xlsx(workbook_table(plan, rows, by=partner_officer)), plan, by=partner_officer
    )

    assert (found.faults, found.changes, found.unnamed) == ([], [], 0)


HEADS = ["Code", "Title", "Lead organisation", "Places", "Co-implementers", "Starts on", "Last day",
         "Budget", "Currency", "Version"]  # fmt: skip


def test_a_file_is_shown_then_saved_at_once(activity, plan, partner_officer, organisations, wards):
    file = workbook(
        ["kti-01", "Wells", None, "Ikanga", "KIWASH: Delivers", "2020-09-01", "2021-03-31", 12.5,
         "USD", "1"],
        ["KTI-09", "Train farmers", None, "Kitui", None, None, None, None, None, None],
        heads=HEADS,
    )  # fmt: skip

    found = read_activities(file, plan, by=partner_officer)

    assert found.faults == []
    changed, new = found.changes
    assert (changed.code, changed.is_new, changed.fields) == ("KTI-01", False, [
        ("Title", "Boreholes", "Wells"),
        ("Co-implementers", "", "KIWASH: Delivers"),
        ("Budget", "", "12.50"),
        ("Currency", "", "USD"),
    ])  # fmt: skip
    assert (new.code, new.is_new, new.filled) == ("KTI-09", True, [
        ("Lead organisation", "KCDMS"), ("Places", "Kitui, all of it"), ("Public", "yes"),
    ])  # fmt: skip
    assert Activity.objects.count() == 1

    assert save_activities(plan, found.rows, by=partner_officer, at=NOW) == 2

    changed, added = Activity.objects.in_full().order_by("code")
    assert (changed.title, changed.version, str(changed.budget)) == ("Wells", 2, "USD 12.50")
    assert [str(partner) for partner in changed.partners.all()] == ["KIWASH: Delivers"]
    assert (added.status, added.lead, [place.name for place in added.places.all()]) == (
        "proposed", organisations.kcdms, ["Kitui"],
    )  # fmt: skip
    assert {event.verb for event in Event.objects.all()} == {
        "workplans.activity_edited", "workplans.activity_created",
    }  # fmt: skip
    with pytest.raises(EditedMeanwhile):
        save_activities(plan, found.rows[:1], by=partner_officer)


@pytest.mark.parametrize(
    ("row", "cell", "message"),
    [
        (["KTI", "Wells", None, "Kitui"], "A2", str(validate_code.message)),
        (["KTI-09", None, None, "Kitui"], "B2", "Fill in the title."),
        (["KTI-09", "Wells"], "D2", NOWHERE),
        (["KTI-01", "Wells", None, " "], "D2", NOWHERE),
        (["KTI-09", "Wells", "Nobody", "Kitui"], "C2",
         "Lead organisation: nothing here is called “Nobody”."),
        (["KTI-09", "Wells", "KIWASH", "Kitui"], "A2",
         "This activity is led by KIWASH, which alone changes it."),
        (["KTI-02", "Ours now"], "A2", "This activity is led by KIWASH, which alone changes it."),
        (["KTI-09", "Wells", None, "Nowhere"], "D2", "Places: nothing here is called “Nowhere”."),
        (["KTI-09", "Wells", None, "Kitui", "KIWASH"], "E2",
         "Write each as its name, a colon and its role: KIWASH: Delivers."),
        (["KTI-09", "Wells", None, "Kitui", "KIWASH: Sings"], "E2",
         "Choose one of: Funds, Delivers, Hosts, Gives technical support, Monitors."),
        (["KTI-09", "Wells", None, "Kitui", None, "2021-02-30"], "F2",
         "Enter a day, such as 2021-03-31 or 31 Mar 2021."),
        (["KTI-09", "Wells", None, "Kitui", None, "2021-03-01", "2021-02-01"], "G2",
         "The last day is before the first."),
        (["KTI-09", "Wells", None, "Kitui", None, None, None, 5], "I2",
         "Choose the currency of the budget."),
        (["KTI-09", "Wells", None, "Kitui", None, None, None, 5, "Shillings"], "I2",
         CURRENCIES),
        (["KTI-01", "Wells", None, "Kitui", None, None, None, None, None, "7"], "A2",
         "Changed on the portal since this file was written. Take the spreadsheet again."),
    ],
)  # fmt: skip
def test_each_wrong_cell_is_named_and_nothing_can_be_saved(
    activity, plan, organisations, partner_officer, row, cell, message
):
    ActivityFactory(plan=plan, code="KTI-02", title="Theirs", lead=organisations.kiwash)
    found = read_activities(workbook(row, heads=HEADS), plan, by=partner_officer)
    assert [(fault.cell, fault.message) for fault in found.faults] == [(cell, message)]


def test_a_day_whose_cell_lost_its_format_is_read_as_the_day_that_it_is(
    activity, plan, partner_officer
):
    """44,075 days after 30 Dec 1899; a number that is no such day stays a fault."""
    heads = ["Code", "Title", "Places", "Starts on", "Last day"]
    found = read_activities(
        workbook(["KTI-09", "Wells", "Kitui", 44075, 44377], heads=heads), plan, by=partner_officer
    )
    assert found.faults == []
    told = dict(found.changes[0].filled)
    assert (told["Starts on"], told["Last day"]) == ("1\xa0Sep 2020", "30\xa0Jun 2021")

    wrong = read_activities(
        workbook(["KTI-09", "Wells", "Kitui", 2021, 44075.5], heads=heads), plan, by=partner_officer
    )
    assert [fault.cell for fault in wrong.faults] == ["D2", "E2"]


def test_all_that_is_wrong_in_a_row_is_named_at_once(activity, plan, partner_officer):
    heads = ["Code", "Title", "Places", "Outputs", "Target Q1", "Budget"]
    rows = [
        ["KTI-09", "", "Nowhere", "Wells; Pumps", "7", 5],
        ["KTI-01", "Wells", "Ikanga", "x" * 241, "many", None],
    ]
    found = read_activities(workbook(*rows, heads=heads), plan, by=partner_officer)
    assert [fault.cell for fault in found.faults] == ["A2", "B2", "C2", "E2", "D3", "E3"]


def test_columns_that_are_not_in_the_file_stay_as_they_are(activity, plan, partner_officer):
    file = workbook(["KTI-01", "Wells"], heads=["Code", "Title"])
    save_activities(
        plan, read_activities(file, plan, by=partner_officer).rows, by=partner_officer, at=NOW
    )
    saved = full(activity)
    assert (saved.title, saved.ends_on, [place.name for place in saved.places.all()]) == (
        "Wells", dt.date(2021, 3, 31), ["Ikanga"],
    )  # fmt: skip


def test_a_file_of_something_else_is_refused(plan, partner_officer):
    with pytest.raises(HeadsMissing):
        read_activities(workbook(["x"], heads=["Name"]), plan, by=partner_officer)


def test_rows_of_others_are_refused_when_they_are_saved_too(activity, plan, partner_officer, peer):
    found = read_activities(
        workbook(["KTI-01", "Wells"], heads=["Code", "Title"]), plan, by=partner_officer
    )
    with pytest.raises(ActivityOfAnother):
        save_activities(plan, found.rows, by=peer)
    assert full(activity).title == "Boreholes"


def test_the_spreadsheet_goes_out_and_comes_back_on_pages(client, activity, partner_officer):
    client.force_login(partner_officer)
    out = client.get(address("plan-workbook"))
    assert out.headers["Content-Disposition"].endswith('"sek-kitui-2020-21-to-edit.xlsx"')
    file = workbook(["KTI-01", "Wells"], heads=["Code", "Title"])
    shown = client.post(address("plan-import"), {"file": SimpleUploadedFile("plan.xlsx", file)})
    assert full(activity).title == "Boreholes"
    assert client.post(
        address("plan-import"), {"packed": shown.context["packed"]}
    ).url == activity.plan.get_absolute_url()  # fmt: skip
    assert full(activity).title == "Wells"

    bad = client.post(address("plan-import"), {"file": SimpleUploadedFile("plan.xlsx", b"PK")})
    assert "file" in bad.context["form"].errors


# --- On paper ---


def test_a_plan_without_activities_says_so_on_paper_and_against_the_adp(client, plan):
    for name in ("plan-print", "plan-lines"):
        assert b"No activities yet" in client.get(address(name)).content
    ActivityFactory(plan=plan, code="KTI-02")
    assert b"No activity matches" in client.get(address("plan-print") + "?status=completed").content


def test_the_plan_is_printed_with_each_activity_once(
    client, activity, plan, organisations, indicator
):
    ActivityOutput.objects.create(activity=activity, wording="Wells", q1=3)
    ActivityOutput.objects.create(activity=activity, indicator=indicator)  # a draft yet
    hidden = ActivityFactory(
        plan=plan, code="KTI-02", title="Secret", lead=organisations.kcdms, is_public=False
    )
    page = client.get(address("plan-print") + "?paper=a4")
    assert [row.activity.code for _group, rows in page.context["groups"] for row in rows] == [
        "KTI-01"
    ]
    assert (b"wall-a4" in page.content, hidden.title.encode() in page.content) == (True, False)
    content = page.content.decode()
    assert ("Wells: 3 / – / – / –" in content, "SEK-1" in content) == (True, False)
    assert b"wall-a3" in client.get(address("plan-print") + "?paper=x").content
    assert client.get(address("plan-forms")).content.count(b"by-hand") == 4


def test_paper_says_what_an_activity_cites_and_what_is_confirmed_for_it(client, activity, plan):
    """Each currency by itself; a cancelled activity has no money; a line nobody may see is none."""
    document = PlanningDocumentFactory(
        mechanism=plan.mechanism, place=plan.place, kind="adp", state="published"
    )
    activity.adp_line = PlanningLineFactory(document=document, code="1.1", title="Rural water")
    activity.save(update_fields=["adp_line"])
    CommitmentFactory(activity=activity, amount=900, confirmed=300, currency="USD")
    CommitmentFactory(activity=activity, amount=400, confirmed=400)
    ActivityFactory(plan=plan, code="KTI-02", status="cancelled", status_reason="No rain")

    def printed():
        page = client.get(address("plan-print"))
        return {
            row.activity.code: (
                str(row.adp_line or ""),
                row.money and [str(each) for each in row.money.confirmed.amounts],
            )
            for _group, rows in page.context["groups"]
            for row in rows
        }

    assert printed() == {
        "KTI-01": ("1.1 Rural water", ["KES 400", "USD 300"]), "KTI-02": ("", None),
    }  # fmt: skip
    document.state = "draft"
    document.save(update_fields=["state"])
    assert printed()["KTI-01"][0] == ""
