"""A snapshot holds all that a report says, frozen, and nothing that it must not (R21–R24)."""

import datetime as dt
import json
import random
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.models import User
from coordination.services.snapshots import Snapshot, canonical
from reporting.models import Edition, Report
from reporting.services.compiled_work import Work
from reporting.services.restatements import corrections_of
from reporting.services.snapshots import compile_snapshot
from tests.factories.coordination import PeriodFactory, PlaceFactory
from tests.factories.plans import FrameworkFactory, IntendedResultFactory
from tests.factories.reporting import EditionFactory, ReportFactory, made_edition
from tests.factories.workplans import VersionFactory
from workplans.models import Activity, IndicatorVersion, Result, ResultDecision

from .deeds import move, report, restate
from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db


@pytest.fixture
def contents(edition):
    return compile_snapshot(edition, at=CUT_OFF).contents


def row_of(contents, code, table="indicators"):
    return next(row for row in contents["tables"][table] if row["code"] == code)


def texts(cells):
    return [cell["text"] for cell in cells]


# --- What it says ---


def test_it_says_when_for_whom_and_of_what_it_is(contents, edition):
    assert contents["cut_off"] == {
        "at": "2021-05-05T06:40:00+00:00",
        "zone": "Africa/Nairobi",
        "text": "5\u00a0May 2021, 09:40\u00a0EAT",
    }
    assert contents["compiled_for"] == "Secretariat, SEK"
    assert contents["period"]["text"] == "January to March 2021"
    assert texts(contents["period"]["labels"]) == ["FY 2020/21 Q3", "FY2021 Q2"]
    assert contents["report"]["address"] == "http://testserver/reports/sek-2021-q1/"


def test_an_award_names_the_posts_of_its_donors_representatives(contents):
    """Domain 4.1: award number and AOR post on the cover."""
    (award,) = contents["tables"]["awards"]

    assert (award["number"], award["representative"], award["alternate"]) == (
        "72061519CA00001",
        "Agreement Officer’s Representative (AOR)",
        "Alternate AOR",
    )


@pytest.mark.parametrize(
    ("precision", "dates"),
    [
        ("day", "1\u00a0Jan 2019 – 31\u00a0Dec 2023"),
        ("month", "Jan 2019 – Dec 2023"),
        ("year", "2019 – 2023"),
    ],
)
def test_an_awards_dates_are_told_as_far_as_they_are_known(told, edition, precision, dates):
    told.mechanism.awards.update(
        starts_on=dt.date(2019, 1, 1), ends_on=dt.date(2023, 12, 31), precision=precision
    )

    (award,) = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["awards"]

    assert award["dates"] == dates


def test_it_names_who_reported_and_who_did_not(contents):
    completeness = contents["completeness"]

    assert (completeness["received"], completeness["due"]) == (1, 2)
    assert completeness["missing"] == ["KIWASH"]
    assert [row["submitted"] for row in completeness["rows"]] == [
        "28\u00a0Apr 2021, 12:00\u00a0EAT",
        "",
    ]


def test_a_flow_is_told_by_quarter_to_date_and_against_its_target(contents):
    row = row_of(contents, "FARM")

    # July: 111 + 7; October: 200; January: 1,250 + 0; April is after the period.
    assert texts(row["quarters"]) == ["118", "200", "1,250", "–"]
    assert [cell["absence"] for cell in row["quarters"]] == [None, None, None, "later"]
    # 118 + 200 + 1,250 = 1,568 of 1,200.
    assert (row["to_date"]["text"], row["target"]["text"]) == ("1,568", "1,200")
    assert (row["achievement"]["text"], row["from_baseline"]) == ("130.7%", False)
    # Three of four quarters: 900 of 1,200 are due.
    assert row["due"]["text"] == "900"
    assert row["baseline"]["text"] == "100"
    assert [each["text"] for each in row["deviations"]] == [
        "Training was moved forward, before the rains."
    ]


def test_a_reported_zero_is_a_zero(contents):
    groups = contents["tables"]["organisations"]
    farmers = next(group for group in groups if group["indicator"]["code"] == "FARM")

    assert {row["organisation"]: row["quarter"]["text"] for row in farmers["rows"]} == {
        "KCDMS": "1,250",
        "KIWASH": "0",
    }


def test_a_percentage_keeps_what_it_is_made_of(contents):
    cell = row_of(contents, "SHARE")["quarter"]

    assert (cell["numerator"], cell["denominator"], cell["text"]) == ("2", "3", "66.7")
    assert cell["exact"].startswith("66.66666")


def test_a_stock_that_was_not_reported_bears_its_date_and_what_is_submitted_stays_out(contents):
    cell = row_of(contents, "WATER")["quarter"]

    assert (cell["text"], cell["as_of"]["text"]) == ("41", "31\u00a0Dec 2020")
    assert "52" not in cell.values()


def test_how_many_values_are_verified_and_who_has_the_others_is_said(contents):
    # Farmers of two organisations and the share are verified; the boreholes wait in Makueni.
    assert contents["completeness"]["values"] == {
        "verified": 3,
        "reported": 4,
        "waiting": "Makueni 1",
        "returned": "",
    }


def test_groups_add_up_with_what_came_without_them(contents):
    (group,) = contents["tables"]["disaggregates"]

    assert {row["category"]: row["to_date"]["text"] for row in group["rows"]} == {
        "Female": "700",
        "Male": "550",
        "Not stated": "–",
        "Reported without groups": "318",
    }
    assert [row["share"]["text"] for row in group["rows"]] == ["56.0%", "44.0%", "–", "–"]


def test_activities_come_with_what_was_planned_and_their_photographs(contents):
    (plan,) = contents["tables"]["activities"]
    (activity,) = plan["rows"]

    assert (activity["status"]["text"], activity["percent"]) == ("Ongoing", 40)
    assert (activity["planned"], activity["next_step"]) == (
        "First round in February.",
        "Second round in May.",
    )
    assert [photo["caption"] for photo in contents["tables"]["photographs"]] == [
        "First round of training, Kitui"
    ]


def test_the_annex_names_every_place_of_work_with_its_official_code(
    told, organisations, kitui, kenya
):
    """Work in a ward of Kitui counts in the ward and in the county; what lies elsewhere does not.

    KCDMS reports in Kitui, KIWASH in Makueni, where no activity is.
    """
    ward = PlaceFactory(parent=kitui, slug="mwingi", code="KE015-03")
    told.activity.places.add(ward, PlaceFactory(parent=kenya, slug="turkana", code="KE023"))

    annex = Work.of(told.report).coverage()

    assert [
        (row["name"], row["code"], row["activities"], row["organisations"]) for row in annex
    ] == [
        ("Kitui", kitui.code, 1, ["KCDMS"]),
        ("Mwingi", "KE015-03", 1, []),
        ("Makueni", "", 0, ["KIWASH"]),
    ]


def test_an_activity_stands_as_it_was_last_told_until_the_quarter_and_not_later(told):
    """Told for October as planned, for January as ongoing; completed with its row since."""
    Activity.objects.filter(pk=told.activity.pk).update(
        status="completed", percent_complete=100, next_step="Hand over."
    )
    stands = []
    for period in told.quarters[:4]:
        report = Report(mechanism=told.mechanism, period=period)
        ((row,),) = (plan["rows"] for plan in Work.of(report).tables()["activities"])
        keys = ("as_of", "percent", "planned", "next_step")
        stands.append((row["status"]["text"], *(row[key] for key in keys)))

    assert stands == [
        ("Planned", "", None, "", ""),
        ("Planned", "", None, "", "First round in February."),
        ("Ongoing", "", 40, "First round in February.", "Second round in May."),
        # Nothing was told for April: what was told for January, with its day.
        ("Ongoing", "31\u00a0Mar 2021", 40, "Second round in May.", ""),
    ]


def test_a_deed_after_the_last_update_is_how_an_activity_stands_from_its_quarter_on(told):
    """Told for January as ongoing, suspended in May: so in the report on April to June alone."""
    Activity.objects.filter(pk=told.activity.pk).update(
        status="suspended",
        status_reason="Lock-down.",
        moved_at=dt.datetime(2021, 5, 10, 9, tzinfo=dt.UTC),
    )
    stands = []
    for period in told.quarters[2:4]:
        report = Report(mechanism=told.mechanism, period=period)
        ((row,),) = (plan["rows"] for plan in Work.of(report).tables()["activities"])
        stands.append((row["status"]["text"], row["reason"]))

    assert stands == [("Ongoing", ""), ("Suspended", "Lock-down.")]


def test_a_report_of_one_place_is_of_that_place(told, secretary, makueni, mechanism):
    county = ReportFactory(
        mechanism=mechanism, period=told.period, place=makueni, slug="sek-2021-q1-makueni"
    )
    edition = EditionFactory(report=county, requested_by=secretary)

    contents = compile_snapshot(edition, at=CUT_OFF).contents

    assert texts(row_of(contents, "FARM")["quarters"]) == ["7", "–", "0", "–"]
    assert contents["report"]["title"] == "Makueni"
    assert contents["completeness"]["rows"][0]["organisation"] == "KIWASH"


# --- What it is ---


def test_compiling_twice_gives_the_same_bytes(edition):
    first, second = (compile_snapshot(edition, at=CUT_OFF) for _ in range(2))

    assert first.canonical == second.canonical
    assert first.sha256 == second.sha256


def test_the_hash_does_not_depend_on_the_order_of_keys(edition):
    snapshot = compile_snapshot(edition, at=CUT_OFF)
    keys = list(snapshot.contents.items())
    random.shuffle(keys)

    assert canonical(dict(keys)) == snapshot.canonical
    assert canonical(json.loads(snapshot.text)) == snapshot.canonical


def test_no_figure_is_a_binary_fraction(edition):
    def refuse(number):
        raise AssertionError(number)

    json.loads(compile_snapshot(edition, at=CUT_OFF).text, parse_float=refuse)


def test_later_deeds_do_not_change_it(edition, told):
    before = compile_snapshot(edition, at=CUT_OFF)
    move([told.october], Result.State.WITHDRAWN)

    assert Snapshot(before.canonical).sha256 == before.sha256
    assert compile_snapshot(edition, at=CUT_OFF).sha256 != before.sha256


def test_it_takes_the_same_number_of_queries_for_more_values(
    edition, told, version_of, streams_of, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(60) as few:
        compile_snapshot(edition, at=CUT_OFF)
    for _ in range(2):
        for stream in streams_of(version_of()):
            report(stream, told.period, 5)

    with django_assert_num_queries(len(few)):
        compile_snapshot(edition, at=CUT_OFF)


# --- Restatements ---


@pytest.fixture
def published(told, secretary):
    """The report on October to December, published in February."""
    earlier = ReportFactory(mechanism=told.mechanism, period=told.quarters[1], created_by=secretary)
    at = CUT_OFF.replace(month=2)
    return made_edition(earlier, by=secretary, state="published", at=at)


def test_without_an_earlier_report_nothing_is_restated(contents):
    assert contents["tables"]["restatements"] == {"since": None, "rows": []}


def test_what_did_not_change_is_not_footnoted(published, edition):
    contents = compile_snapshot(edition, at=CUT_OFF).contents

    assert contents["tables"]["restatements"]["since"]["title"] == str(published.report)
    assert contents["tables"]["restatements"]["rows"] == []


def test_a_restated_figure_bears_a_mark_with_the_old_and_the_new_value(
    published, edition, told, focal_point
):
    restate(told.october, 180, by=focal_point, at=CUT_OFF)

    contents = compile_snapshot(edition, at=CUT_OFF).contents

    (row,) = contents["tables"]["restatements"]["rows"]
    assert (row["mark"], row["code"], row["period"]) == ("a", "FARM", "FY 2020/21 Q2")
    assert (row["old"]["text"], row["new"]["text"]) == ("200", "180")
    assert row["reasons"] == ["KCDMS, Kitui, from 200 to 180: A group was counted twice."]
    assert [cell.get("mark") for cell in row_of(contents, "FARM")["quarters"]] == [
        None, "a", None, None,
    ]  # fmt: skip
    # The published report itself still says what it said.
    said = row_of(Edition.objects.get(pk=published.pk).contents, "FARM")
    assert texts(said["quarters"])[1] == "200"


def test_a_published_report_leads_to_the_later_one_that_restates_it(
    published, told, focal_point, secretary, client
):
    assert corrections_of(published) == []
    restate(told.october, 180, by=focal_point, at=CUT_OFF)

    later = made_edition(told.report, by=secretary, state="published", at=CUT_OFF)

    ((found, rows),) = corrections_of(published)
    assert found == later
    assert [(row["old"]["text"], row["new"]["text"]) for row in rows] == [("200", "180")]
    assert corrections_of(later) == []
    page = client.get(published.report.get_absolute_url()).content.decode()
    assert "FY 2020/21 Q2: 200 → 180" in page
    assert f'{told.report.get_absolute_url()}#restated"' in page
    # Who checks a copy of it hears so too.
    sha256 = published.files.get(kind="pdf").sha256
    copy, answer = (
        client.get(reverse("copy-check"), {"sha256": sha256}, headers={"Accept": accepted})
        for accepted in ("text/html", "application/json")
    )
    assert "Later reports print other values for some of its figures." in copy.content.decode()
    assert answer.json()["message"].endswith("print other values for some of its figures.")


def test_restatements_that_cancel_out_are_named_all_the_same(published, edition, told, focal_point):
    restate(told.october, 200, by=focal_point, at=CUT_OFF)

    (row,) = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["restatements"]["rows"]
    assert (row["old"]["text"], row["new"]["text"]) == ("200", "200")


@pytest.fixture
def next_year(told, secretary):
    """Reports on April to June and on July to September 2021, published; the next one, asked for.

    A maker: the restatements in the one on that quarter, compiled now.
    """

    def published_on(period, moment):
        report = ReportFactory(mechanism=told.mechanism, period=period, created_by=secretary)
        return made_edition(report, by=secretary, state="published", at=moment)

    last = PeriodFactory(year=2022, quarter=1)
    published_on(told.quarters[3], dt.datetime(2021, 8, 5, 6, tzinfo=dt.UTC))
    published_on(told.quarters[4], dt.datetime(2021, 11, 5, 6, tzinfo=dt.UTC))

    def contents(period=told.quarters[5], *, month=2):
        report = ReportFactory(mechanism=told.mechanism, period=period, created_by=secretary)
        moment = dt.datetime(2022, month, 5, 6, tzinfo=dt.UTC)
        return made_edition(report, by=secretary, state="published", at=moment).contents

    return SimpleNamespace(contents=contents, last=last)


def test_a_correction_of_an_earlier_year_is_footnoted_once(next_year, told, focal_point):
    """200 of October 2020 became 180 in December 2021, and 190 in March 2022.

    Life: 118 + 200 + 1,250 = 1,568; 20 less is 1,548, and 10 more is 1,558.
    """
    corrected = restate(
        told.october, 180, by=focal_point, at=dt.datetime(2021, 12, 1, tzinfo=dt.UTC)
    )
    first = next_year.contents()
    again = restate(corrected, 190, by=focal_point, at=dt.datetime(2022, 3, 1, tzinfo=dt.UTC))
    assert again.revision == 3
    second = next_year.contents(next_year.last, month=5)

    told_of = [
        [
            (row["mark"], row["code"], row["period"], row["old"]["text"], row["new"]["text"])
            for row in each["tables"]["restatements"]["rows"]
        ]
        for each in (first, second)
    ]
    assert told_of == [
        [("a", "FARM", "FY 2020/21 Q2", "200", "180")],
        [("a", "FARM", "FY 2020/21 Q2", "180", "190")],
    ]
    life = [row_of(each, "FARM")["life_to_date"] for each in (first, second)]
    assert [(cell["text"], cell["mark"]) for cell in life] == [("1,548", "a"), ("1,558", "a")]


def test_a_correction_under_a_version_that_was_replaced_since_is_footnoted(
    next_year, told, focal_point
):
    IndicatorVersion.objects.filter(pk=told.farmers.pk).update(state="revised")
    told.farmers.streams.update(ends_before=dt.date(2021, 7, 1))
    VersionFactory(indicator=told.farmers.indicator, number=2)
    restate(told.october, 180, by=focal_point, at=dt.datetime(2021, 12, 1, tzinfo=dt.UTC))

    contents = next_year.contents()

    assert [
        row["version"] for row in contents["tables"]["indicators"] if row["code"] == "FARM"
    ] == [2]
    (row,) = contents["tables"]["restatements"]["rows"]
    assert (row["version"], row["old"]["text"], row["new"]["text"]) == (1, "200", "180")
    assert row["reasons"] == ["KCDMS, Kitui, from 200 to 180: A group was counted twice."]


def test_a_value_that_was_verified_late_is_footnoted_without_a_reason(
    published, edition, told, organisations, kitui
):
    stream = told.farmers.streams.get(organisation=organisations.kiwash)
    report(stream, told.quarters[1], 9)

    (row,) = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["restatements"]["rows"]
    assert (row["old"]["text"], row["new"]["text"], row["reasons"]) == ("200", "209", [])


def test_a_withdrawn_value_says_so(published, edition, told, focal_point):
    move([told.october], Result.State.WITHDRAWN)
    ResultDecision.objects.create(
        result=told.october, kind="withdrawn", reason="Not farmers.", by=focal_point,
        at=timezone.now(),
    )  # fmt: skip

    (row,) = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["restatements"]["rows"]
    assert row["reasons"] == ["KCDMS, Kitui, 200 withdrawn: Not farmers."]
    assert row["new"]["text"] == "–"


# --- What it must not say ---


def test_nobodys_name_address_draft_or_internal_matter_is_in_it(edition, told):
    """R24: what could leak is there, and does not."""
    people = list(User.objects.values_list("email", flat=True))
    User.objects.update(name="A. Canary")
    told.received.narratives.update(edited_by=User.objects.first())

    text = compile_snapshot(edition, at=CUT_OFF).text

    leaked = ["A. Canary", *people, "nobody may read yet", "Internal matter", "example.org"]
    assert [words for words in leaked if words in text] == []


def test_the_frameworks_that_were_agreed_are_frozen_with_it(edition, told, organisations):
    framework = FrameworkFactory(mechanism=told.mechanism, name="Agreed", state="in_force")
    goal = IntendedResultFactory(framework=framework, code="G", level="goal")
    IntendedResultFactory(
        framework=framework, code="O1", parent=goal, owner=organisations.kcdms, risks="Locusts."
    )
    FrameworkFactory(mechanism=told.mechanism, name="Being written", state="draft")

    [frozen] = compile_snapshot(edition, at=CUT_OFF).contents["tables"]["framework"]

    rows = [(row["depth"], row["code"], row["owner"], row["risks"]) for row in frozen["rows"]]
    assert (frozen["name"], rows) == ("Agreed", [(0, "G", "", ""), (1, "O1", "KCDMS", "Locusts.")])
