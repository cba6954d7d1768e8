"""38: what lies at the edge of a quarter lies in one and the same on page, PDF, XLSX and JSON."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from coordination.models import Period
from coordination.services.snapshots import Snapshot
from reporting.services.drawing import draw_pages
from reporting.services.workbooks import build_workbook
from tests.factories.coordination import FiscalCalendarFactory
from tests.factories.reporting import ReportFactory, made_edition
from tests.factories.workplans import ActivityFactory, PlanFactory

from .deeds import report
from .test_files import sheets_of
from .test_result_pages import cells

pytestmark = pytest.mark.django_db

ZONES = ("Africa/Nairobi", "America/New_York", "Pacific/Kiritimati")
LATER = dt.datetime(2022, 3, 1, 9, tzinfo=dt.UTC)
MILLISECOND = dt.timedelta(milliseconds=1)


def published(mechanism, period, by):
    """The snapshot of a published report on the quarter, and what was handed out of it."""
    edition = made_edition(
        ReportFactory(mechanism=mechanism, period=period), by=by, state="published", at=LATER
    )
    return edition, Snapshot(edition.snapshot.encode())


def read_json(client, edition):
    """The edition's figures as anyone's program reads them."""
    address = reverse("edition-file", args=[edition.report.slug, edition.number, "json"])
    return json.loads(client.get(address).getvalue())


def rows_of(sheet):
    """The rows of a sheet by the names of its columns."""
    return [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]


# --- Values: each quarter, and the year that they add up to ---

# From July 2020 to December 2021; however they are added up, each can be told in the sum.
VALUES = (1, 10, 100, 1_000, 10_000, 100_000)
YEARS = {"July": (7, slice(0, 4)), "January": (1, slice(2, 6))}


@pytest.fixture
def values(version_of, streams_of, quarters):
    """An indicator with another value in every quarter, by the quarters."""
    version = version_of()
    version.indicator.code = "FARM"
    version.indicator.save()
    stream = streams_of(version)[0]
    for period, value in zip(quarters, VALUES, strict=True):
        report(stream, period, value)
    return dict(zip(quarters, VALUES, strict=True))


@pytest.mark.parametrize("begins_in", YEARS)
def test_a_value_is_in_one_quarter_everywhere_and_the_quarters_are_the_year(
    begins_in, values, mechanism, quarters, secretary, client, figure
):
    month, part = YEARS[begins_in]
    mechanism.calendar = FiscalCalendarFactory(key="of-this-test", start_month=month)
    mechanism.save()
    year, whole = quarters[part], sum(VALUES[part])
    client.force_login(secretary)
    edition, snapshot = published(mechanism, year[-1], secretary)
    names = [each["text"] for each in snapshot.contents["year"]["quarters"]]

    read = {
        "page": on_pages(client, year),
        "XLSX of the page": in_export(client, year),
        "JSON": in_json(read_json(client, edition)),
        "XLSX of the report": in_workbook(build_workbook(snapshot)),
        "paper": on_paper(draw_pages(snapshot, {})),
    }
    wanted = ([f"{values[period]:,}" for period in year], f"{whole:,}")
    figure(
        f"38 a year from {begins_in}",
        f"{len(names)} quarters and their sum {read['page'][1]} on"
        f" {sum(each == wanted for each in read.values())} of {len(read)} outputs",
    )
    assert read == dict.fromkeys(read, wanted)


def on_pages(client, year):
    """What each quarter's page says of it, and the last one's of the year to date."""
    address = reverse("result-table", args=["sek"])
    shown = [cells(client.get(address, {"period": period.code})) for period in year]
    return [row[2].split()[0] for row in shown], shown[-1][3].split()[0]


def in_export(client, year):
    address = reverse("result-export", args=["sek"])
    file = client.get(address, {"period": year[-1].code}).content
    return figures_in(rows_of(sheets_of(file)["Figures"]), len(year))


def in_workbook(file):
    rows = rows_of(sheets_of(file)["Values"])
    return figures_in([row for row in rows if row["Table"] == "Performance data"], 4)


def figures_in(rows, quarters):
    """The last quarters' figures and that of the year, which is the row after them."""
    actual = [row["As displayed"] for row in rows if row["Measure"] == "Actual" and row["Code"]]
    end = next(n for n, row in enumerate(rows) if str(row["Period"]).endswith("to date"))
    before = [row["As displayed"] for row in rows[:end] if row["Measure"] == "Actual"]
    return before[-quarters:], actual[len(before)]


def on_paper(pages):
    """The row of the performance data table: baseline, target, four quarters, year to date."""
    row = pages[pages.index('class="data pitt"') :].split("<td")[1:8]
    texts = [strip_tags(f"<td{cell}").strip() for cell in row]
    return texts[2:6], texts[6]


def in_json(contents):
    [row] = contents["tables"]["indicators"]
    return [cell["text"] for cell in row["quarters"]], row["to_date"]["text"]


# --- Deeds: the last millisecond of a quarter and the first of the next ---


@pytest.mark.parametrize("zone", ZONES)
def test_a_deed_at_an_edge_is_told_of_the_quarter_in_which_it_was_done(
    zone, mechanism, kitui, quarters, secretary, client, figure
):
    """Activities are cancelled around 31 December, 31 March, 30 June and 30 September."""
    mechanism.time_zone = zone
    mechanism.save()
    plan = PlanFactory(
        mechanism=mechanism, place=kitui, is_published=True, starts_on=quarters[0].starts_on,
        ends_before=quarters[-1].ends_before,
    )  # fmt: skip
    moments = moments_around(quarters[1:5], zone)
    for code, moment in moments.items():
        ActivityFactory(
            plan=plan, code=code, places=[kitui], status="cancelled", status_reason="No land.",
            moved_at=moment,
        )  # fmt: skip

    told = {
        period.code: cancelled_by(published(mechanism, period, secretary), client)
        for period in quarters[1:6]
    }

    wanted = {
        period.code: {
            code
            for code, moment in moments.items()
            if moment.astimezone(ZoneInfo(zone)).date() < period.ends_before
        }
        for period in quarters[1:6]
    }
    misplaced = {
        (code, output, activity)
        for code, outputs in told.items()
        for output, activities in outputs.items()
        for activity in activities ^ wanted[code]
    }
    figure(
        f"38 activities at edges, {zone}",
        f"{len(moments)} in {len(told)} reports on paper, in XLSX and JSON: {len(misplaced)} in"
        " another quarter than that of their deed",
    )
    assert misplaced == set()
    assert [len(codes) for codes in wanted.values()] == [1, 3, 5, 7, 8]


def moments_around(periods: list[Period], zone: str) -> dict[str, dt.datetime]:
    """The last millisecond of each quarter and the first moment after it, by a name."""
    midnights = {
        period.code: dt.datetime.combine(period.ends_before, dt.time(), ZoneInfo(zone))
        for period in periods
    }
    return {
        f"{code}-{name}": (midnight.astimezone(dt.UTC) + late)
        for code, midnight in midnights.items()
        for name, late in (("last", -MILLISECOND), ("after", 0 * MILLISECOND))
    }


def cancelled_by(made, client):
    """The codes of those that the report says are cancelled, on each of its outputs."""
    edition, snapshot = made
    [plan] = read_json(client, edition)["tables"]["activities"]
    rows = rows_of(sheets_of(build_workbook(snapshot))["Activities"])
    paper = draw_pages(snapshot, {}).split('<td class="code">')[1:]
    return {
        "JSON": {row["code"] for row in plan["rows"] if row["status"]["text"] == "Cancelled"},
        "XLSX": {row["Code"] for row in rows if row["Status"] == "Cancelled"},
        "paper": {row.partition("<")[0] for row in paper if "Cancelled" in row.split("</tr>")[0]},
    }


@pytest.mark.parametrize("zone", ZONES)
def test_the_results_open_at_a_new_quarter_from_the_mechanisms_own_midnight(
    zone, values, mechanism, quarters, secretary, client, monkeypatch
):
    mechanism.time_zone = zone
    mechanism.save()
    client.force_login(secretary)
    names, opened = ("result-table", "result-export"), {}
    for moment_name, moment in moments_around([quarters[3]], zone).items():
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        page, file = (client.get(reverse(name, args=["sek"])) for name in names)
        opened[moment_name] = (page.context["question"].period.code, file["Content-Disposition"])

    name = 'attachment; filename="sek-{}-kenya-results.xlsx"'
    assert opened == {
        "2021-q2-last": ("2021-q1", name.format("2021-q1")),
        "2021-q2-after": ("2021-q2", name.format("2021-q2")),
    }
