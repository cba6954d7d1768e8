"""Joint work plans: grouped, counted, filtered, exported, published."""

import csv
import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from coordination.models import Event, Mail, Mechanism
from tests.factories.coordination import (
    MembershipFactory,
    OrganisationFactory,
    PeriodFactory,
    PlaceFactory,
    SectorFactory,
)
from tests.factories.plans import (
    ActivityPartnerFactory,
    FrameworkFactory,
    IntendedResultFactory,
    UpdateFactory,
)
from tests.factories.workplans import ActivityFactory, PlanFactory
from workplans.models import Activity, JointWorkPlan
from workplans.services.plans import (
    Grouping,
    PlanAlreadyPublished,
    count_statuses,
    ended_periods,
    group_activities,
    publish_plan,
    span_in_words,
    updates_received,
)

# BRACE's annual report, result area by result area: code, status, other result areas.
BRACE = {
    "RA1": [
        ("1.1", "ongoing", []),
        ("1.2", "ongoing", []),
        ("1.3", "completed", []),
        ("1.4", "completed", []),
        ("1.5", "suspended", []),
        ("1.6", "under_review", []),
        ("1.7", "completed", ["RA2"]),
        ("1.8", "completed", ["RA2"]),
        ("1.9", "pending", []),
    ],
    "RA2": [
        ("2.2", "completed", []),
        ("2.3", "postponed", []),
        ("2.4", "planned", []),
        ("2.5", "completed", []),
        ("2.6", "ongoing", []),
        ("2.7", "ongoing", []),
        ("2.8", "planned", []),
    ],
    "RA3": [
        ("3.1", "completed", []),
        ("3.2", "ongoing", []),
        ("3.3", "planned", []),
        ("3.4", "planned", []),
    ],
    "RA4": [
        ("4.1", "ongoing", []),
        ("4.2", "completed", []),
        ("4.3", "ongoing", []),
        ("4.4", "ongoing", []),
        ("4.5", "completed", ["RA5"]),
        ("4.6", "completed", ["RA5"]),
    ],
    "RA5": [
        ("5.1", "ongoing", []),
        ("5.3", "ongoing", []),
        ("5.4", "ongoing", []),
        ("5.5", "completed", []),
        ("5.6", "ongoing", []),
        ("5.7", "ongoing", []),
        ("5.8", "planned", []),
        ("5.9", "planned", []),
    ],
}


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def brace(plan):
    """The activities of BRACE's five result areas, cross-listed ones as the report prints them."""
    framework = FrameworkFactory(mechanism=plan.mechanism)
    areas = {code: IntendedResultFactory(framework=framework, code=code) for code in BRACE}
    for code, lines in BRACE.items():
        for number, status, others in lines:
            activity = ActivityFactory(
                plan=plan, code=number, status=status, status_reason="Lock-down",
                intended_result=areas[code],
            )  # fmt: skip
            activity.also_under.set([areas[other] for other in others])
    return plan


def address(name, *more):
    return reverse(name, args=["sek", "kitui-2020-21", *more])


# --- Grouping and counting ---


def test_statuses_of_brace_add_up_as_in_its_report(brace):
    groups = group_activities(brace.activities.all(), by=Grouping.RESULT)

    assert {group.heading.code: dict(group.counts) for group in groups} == {
        "RA1": {"completed": 4, "ongoing": 2, "suspended": 1, "under_review": 1, "pending": 1},
        "RA2": {"completed": 2, "ongoing": 2, "planned": 2, "postponed": 1},
        "RA3": {"completed": 1, "ongoing": 1, "planned": 2},
        "RA4": {"completed": 3, "ongoing": 3},
        "RA5": {"completed": 1, "ongoing": 5, "planned": 2},
    }
    assert [group.total for group in groups] == [9, 7, 4, 6, 8]
    assert count_statuses(groups) == {
        "completed": 11, "ongoing": 13, "planned": 6, "postponed": 1, "suspended": 1,
        "under_review": 1, "pending": 1,
    }  # fmt: skip
    assert count_statuses(groups).total() == 34


def test_a_cross_listed_activity_is_shown_twice_and_counted_once(brace):
    groups = group_activities(brace.activities.all(), by=Grouping.RESULT)

    codes = dict(Activity.objects.values_list("pk", "code"))
    guests = {
        group.heading.code: [codes[line.activity] for line in group.lines if line.is_cross_listed]
        for group in groups
    }
    assert guests == {"RA1": [], "RA2": ["1.7", "1.8"], "RA3": [], "RA4": [], "RA5": ["4.5", "4.6"]}
    assert [len(group.lines) for group in groups] == [9, 9, 4, 6, 10]


def test_activities_without_a_heading_come_last(brace):
    ActivityFactory(plan=brace, code="9.1")

    groups = group_activities(brace.activities.all(), by=Grouping.RESULT)

    assert [group.heading and group.heading.code for group in groups] == [
        "RA1", "RA2", "RA3", "RA4", "RA5", None,
    ]  # fmt: skip
    assert groups[-1].total == 1


def test_by_sector_each_activity_stands_once(brace):
    water = SectorFactory(code="water", name="Water")
    brace.activities.filter(code__startswith="1.").update(sector=water)

    groups = group_activities(brace.activities.all(), by=Grouping.SECTOR)

    assert [(group.heading, len(group.lines)) for group in groups] == [(water, 9), (None, 25)]


def test_result_areas_keep_the_order_of_their_tree(plan):
    framework = FrameworkFactory(mechanism=plan.mechanism)
    goal = IntendedResultFactory(framework=framework, code="G", level="goal")
    second = IntendedResultFactory(framework=framework, code="O2", parent=goal, position=2)
    first = IntendedResultFactory(framework=framework, code="O1", parent=goal, position=1)
    for result in (second, goal, first):
        ActivityFactory(plan=plan, intended_result=result)

    groups = group_activities(plan.activities.all(), by=Grouping.RESULT)

    assert [group.heading.code for group in groups] == ["G", "O1", "O2"]


# --- Updates for a period ---


def test_missing_updates_are_named_by_organisation(plan, quarter, organisations):
    told = ActivityFactory(plan=plan, code="KTI-01", lead=organisations.kcdms)
    UpdateFactory(activity=told, period=quarter)
    ActivityFactory(plan=plan, code="KTI-02", lead=organisations.kiwash)
    ActivityFactory(plan=plan, code="KTI-03", lead=organisations.kcdms)
    ActivityFactory(plan=plan, code="KTI-04", lead=organisations.kcdms, status="completed")
    ActivityFactory(
        plan=plan, code="KTI-05", lead=organisations.kcdms, starts_on=quarter.ends_before
    )

    updates = updates_received(plan.activities.all(), quarter)

    assert (updates.received, updates.due) == (1, 3)
    assert {organisation.slug: codes for organisation, codes in updates.missing.items()} == {
        "kcdms": ["KTI-03"],
        "kiwash": ["KTI-02"],
    }


@pytest.mark.parametrize("state", JointWorkPlan.BEFORE_SIGNING)
def test_a_plan_that_is_not_signed_owes_no_update(plan, quarter, state):
    ActivityFactory(plan=plan)
    JointWorkPlan.objects.update(state=state)

    assert updates_received(plan.activities.all(), quarter).due == 0


def test_an_activity_completed_by_its_update_counts_as_received(plan, quarter):
    UpdateFactory(activity=ActivityFactory(plan=plan, status="completed"), period=quarter)

    updates = updates_received(plan.activities.all(), quarter)

    assert (updates.received, updates.due) == (1, 1)


def test_periods_of_a_plan_are_those_that_are_over(plan, quarters):
    PeriodFactory(year=2021, quarter=3)

    assert ended_periods(plan, on=quarters[2].ends_before) == [
        quarters[2],
        quarters[1],
        quarters[0],
    ]
    assert ended_periods(plan, on=quarters[2].ends_on) == [quarters[1], quarters[0]]


def test_a_year_has_its_name_in_every_calendar_in_use(plan, mechanism):
    calendars = mechanism.other_calendars
    calendars.create(
        key="usaid", name="USAID year (October to September)", start_month=10, year_label="end"
    )
    calendars.create(key="calendar", name="Calendar year", start_month=1, year_label="plain")

    assert span_in_words(plan) == [
        ("County year (July to June)", "FY 2020/21"),
        ("USAID year (October to September)", "FY2020 Q4 – FY2021 Q3"),
        ("Calendar year", "2020 Q3 – 2021 Q2"),
    ]


# --- Publishing ---


def test_publishing_a_plan_is_recorded_and_told(plan, secretary, partner_officer, organisations):
    JointWorkPlan.objects.update(is_published=False)
    ActivityFactory(plan=plan, lead=organisations.kcdms)

    publish_plan(plan, by=secretary)

    plan.refresh_from_db()
    event = Event.objects.about(plan).get()
    assert plan.is_published
    assert (event.verb, event.by) == ("workplans.plan_published", secretary)
    assert event.changes == {"is_published": [False, True]}
    assert [mail.recipient for mail in Mail.objects.all()] == [partner_officer.email]


def test_a_plan_is_published_once(plan, secretary):
    with pytest.raises(PlanAlreadyPublished):
        publish_plan(plan, by=secretary)

    assert not Event.objects.about(plan).exists()


def test_the_secretariat_publishes_from_the_page(client, plan, secretary):
    JointWorkPlan.objects.update(is_published=False)
    client.force_login(secretary)

    first = client.post(address("plan-publish"), follow=True)
    second = client.post(address("plan-publish"), follow=True)

    assert [str(message) for message in first.context["messages"]] == ["The plan is public now."]
    assert [str(message) for message in second.context["messages"]] == [
        "This plan is public already."
    ]


# --- The list of plans ---


def test_the_public_is_shown_published_plans_only(client, mechanism, plan, partner_officer):
    PlanFactory(
        mechanism=mechanism, place=plan.place, slug="draft", title="CANARY plan", is_published=False
    )
    ActivityFactory(plan=plan)
    ActivityFactory(plan=plan, is_public=False)

    public = client.get(reverse("plan-list", args=["sek"]))
    client.force_login(partner_officer)
    member = client.get(reverse("plan-list", args=["sek"]))

    seen = [(row.slug, row.activity_count) for row in public.context["plans"]]
    assert seen == [("kitui-2020-21", 1)]
    assert "CANARY" not in public.content.decode()
    assert [(row.slug, row.activity_count) for row in member.context["plans"]] == [
        ("draft", 0),
        ("kitui-2020-21", 2),
    ]


def test_an_empty_list_of_plans_says_what_belongs_there(client, mechanism):
    response = client.get(reverse("plan-list", args=["sek"]))

    assert "No work plans yet" in response.content.decode()


def test_the_list_of_plans_asks_the_same_number_of_questions(
    client, mechanism, plan, django_assert_num_queries, django_assert_max_num_queries
):
    url = reverse("plan-list", args=["sek"])
    client.get(url)
    with django_assert_max_num_queries(8) as asked:
        client.get(url)
    for _plan in range(2):
        ActivityFactory(plan=PlanFactory(mechanism=mechanism))

    with django_assert_num_queries(len(asked)):
        client.get(url)


# --- One plan ---


def codes_on(response):
    return [
        (activity.code, is_cross_listed)
        for section in response.context["sections"]
        for activity, is_cross_listed in section.rows
    ]


def test_an_unpublished_plan_is_hidden_from_the_public(client, plan, partner_officer):
    JointWorkPlan.objects.update(is_published=False)

    assert client.get(address("plan-detail")).status_code == 404
    assert client.get(address("plan-export", "csv")).status_code == 404
    client.force_login(partner_officer)
    assert client.get(address("plan-detail")).status_code == 200


def test_a_plan_shows_its_activities_by_code_as_people_count(client, plan):
    for code in ("1.10", "1.9", "1.2"):
        ActivityFactory(plan=plan, code=code)

    response = client.get(address("plan-detail"))

    assert codes_on(response) == [("1.2", False), ("1.9", False), ("1.10", False)]


@pytest.fixture
def varied(plan, organisations, kitui):
    south = PlaceFactory(parent=kitui, slug="kitui-south")
    ward = PlaceFactory(parent=south, slug="ikanga")
    east = PlaceFactory(parent=kitui, slug="kitui-east")
    water, health = SectorFactory(code="water"), SectorFactory(code="health")
    rows = [
        ("KTI-01", "Rehabilitate boreholes", water, organisations.kiwash, "ongoing", [ward]),
        ("KTI-02", "Train farmers", None, organisations.kcdms, "delayed", [south]),
        ("KTI-03", "Outreach clinics", health, organisations.kcdms, "ongoing", [east]),
    ]
    for code, title, sector, lead, status, places in rows:
        ActivityFactory(
            plan=plan, code=code, title=title, sector=sector, lead=lead, status=status,
            places=places, status_reason="Rain",
        )  # fmt: skip
    return plan


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["KTI-01", "KTI-02", "KTI-03"]),
        ("sector=water", ["KTI-01"]),
        ("status=ongoing", ["KTI-01", "KTI-03"]),
        ("lead=kcdms", ["KTI-02", "KTI-03"]),
        ("place=ke/kitui/kitui-south", ["KTI-01", "KTI-02"]),
        ("place=ke/kitui/kitui-south/ikanga", ["KTI-01"]),
        ("text=BOREHOLES", ["KTI-01"]),
        ("text=kcdms+train", ["KTI-02"]),
        ("status=ongoing&lead=kcdms", ["KTI-03"]),
        ("text=nothing+such", []),
        # What is not a choice narrows nothing, and is said at its field.
        ("status=flying", ["KTI-01", "KTI-02", "KTI-03"]),
        ("place=ke/nowhere", ["KTI-01", "KTI-02", "KTI-03"]),
        ("text=" + "x" * 200, ["KTI-01", "KTI-02", "KTI-03"]),
    ],
)
def test_a_plan_is_filtered_by_its_address(client, varied, query, codes):
    response = client.get(f"{address('plan-detail')}?{query}")

    assert sorted(code for code, _cross in codes_on(response)) == codes


@pytest.mark.parametrize(
    ("order", "codes"),
    [
        ("lead", ["KTI-02", "KTI-03", "KTI-01"]),
        ("-code", ["KTI-03", "KTI-02", "KTI-01"]),
        ("-status", ["KTI-01", "KTI-03", "KTI-02"]),
        ("nonsense", ["KTI-01", "KTI-02", "KTI-03"]),
    ],
)
def test_a_plan_is_ordered_by_its_address(client, varied, order, codes):
    Activity.objects.update(sector=None)

    response = client.get(f"{address('plan-detail')}?order={order}")

    assert [code for code, _cross in codes_on(response)] == codes


def test_the_counts_follow_the_filters(client, varied):
    response = client.get(f"{address('plan-detail')}?lead=kcdms")

    listing = response.context["listing"]
    assert [(row["code"], row["count"]) for row in listing.statuses] == [
        ("ongoing", 1),
        ("delayed", 1),
    ]
    assert len(listing.order) == 2


def test_a_filter_that_matches_nothing_offers_a_way_out(client, varied):
    response = client.get(f"{address('plan-detail')}?text=nothing+such")

    assert "No activity matches" in response.content.decode()


def test_fifty_lines_stand_on_a_page_and_groups_go_on_over_it(client, brace):
    area = brace.mechanism.frameworks.get().results.get(code="RA5")
    for number in range(20):
        ActivityFactory(plan=brace, code=f"5.{number + 10}", intended_result=area)

    first = client.get(address("plan-detail"))
    second = client.get(f"{address('plan-detail')}?page=2")

    # 34 activities, 4 cross-listings and 20 more.
    assert (len(codes_on(first)), len(codes_on(second))) == (50, 8)
    [section] = second.context["sections"]
    assert section.is_continued
    assert section.group.heading == area


def test_a_page_names_the_updates_missing_for_the_last_period(client, plan, quarters):
    ActivityFactory(plan=plan, code="KTI-01", lead__name="Kenya Water Project")
    UpdateFactory(activity=Activity.objects.get(), period=quarters[2])

    last = client.get(address("plan-detail")).context["listing"].updates
    asked = client.get(f"{address('plan-detail')}?updates=2021-q1").context["listing"].updates

    assert (last.period, last.received, last.due) == (quarters[3], 0, 1)
    assert [organisation.name for organisation in last.missing] == ["Kenya Water Project"]
    assert (asked.period, asked.received, asked.due) == (quarters[2], 1, 1)


def test_where_no_update_was_due_the_page_says_so(client, plan, quarters):
    ActivityFactory(plan=plan, code="KTI-01", status="proposed")

    page = client.get(address("plan-detail"))

    assert page.context["listing"].updates.due == 0
    text = page.content.decode()
    assert ("No update was due." in text, "0 of 0" in text) == (True, False)


def test_the_period_of_the_updates_narrows_no_activities(client, plan, quarters):
    """What should have ended before the period, and has not, still owes its update."""
    for code, quarter in (("KTI-01", quarters[3]), ("KTI-02", quarters[0])):
        day = quarter.starts_on
        ActivityFactory(plan=plan, code=code, starts_on=day, ends_on=day, status="ongoing")

    page = client.get(f"{address('plan-detail')}?updates={quarters[3].code}")

    assert page.context["listing"].updates.due == 2
    assert [code for code, _is_guest in codes_on(page)] == ["KTI-01", "KTI-02"]


def test_a_plan_asks_the_same_number_of_questions(
    client, plan, kitui, quarters, django_assert_num_queries, django_assert_max_num_queries
):
    framework = FrameworkFactory(mechanism=plan.mechanism)

    def add():
        activity = ActivityFactory(
            plan=plan, sector=SectorFactory(), places=[kitui],
            intended_result=IntendedResultFactory(framework=framework),
        )  # fmt: skip
        activity.also_under.set([IntendedResultFactory(framework=framework)])
        ActivityPartnerFactory(activity=activity)

    add()
    client.get(address("plan-detail"))
    with django_assert_max_num_queries(30) as asked:
        client.get(address("plan-detail"))
    add()
    add()

    with django_assert_num_queries(len(asked)):
        client.get(address("plan-detail"))


# --- What leaves as a file ---


@pytest.fixture
def exported(varied, quarters):
    activity = Activity.objects.get(code="KTI-01")
    activity.title = '=HYPERLINK("http://example.org","x")'
    activity.status_reason = "-5 days"
    activity.percent_complete = 40
    activity.save()
    ActivityPartnerFactory(activity=activity, organisation__slug="wfp", role="fund")
    UpdateFactory(activity=activity, period=quarters[3])
    return varied


def test_the_csv_holds_one_row_an_activity_as_filtered(client, exported):
    response = client.get(f"{address('plan-export', 'csv')}?status=ongoing")

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert response["Content-Disposition"] == (
        'attachment; filename="sek-kitui-2020-21-activities.csv"'
    )
    assert [row["Code"] for row in rows] == ["KTI-01", "KTI-03"]
    assert rows[0]["Mechanism"] == "SEK coordination mechanism"
    assert rows[0]["Year"] == "FY 2020/21"
    assert rows[0]["Co-implementers"] == "WFP (Funds)"
    assert rows[0]["Places"] == "Ikanga"
    assert rows[0]["Percent complete"] == "40"
    assert rows[0]["Last update for"] == "2021-q2"


def test_no_cell_of_a_file_is_a_formula(client, exported):
    [row] = csv.DictReader(
        io.StringIO(
            client.get(f"{address('plan-export', 'csv')}?sector=water").content.decode("utf-8-sig")
        )
    )
    workbook = client.get(address("plan-export", "xlsx")).content

    assert row["Title"] == '\'=HYPERLINK("http://example.org","x")'
    assert row["Reason of the status"] == "'-5 days"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_index(0)
    assert sheet.to_python()[1][:2] == ["KTI-01", '=HYPERLINK("http://example.org","x")']
    assert b"<f>" not in workbook


def test_the_workbook_says_what_it_is(client, exported):
    response = client.get(f"{address('plan-export', 'xlsx')}?status=ongoing")

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    about = dict(book.get_sheet_by_name("About this file").to_python()[1:])
    as_at = about.pop("As at")
    assert as_at.endswith(" EAT")
    assert about == {
        "Mechanism": "SEK coordination mechanism",
        "Plan": "Joint work plan kitui-2020-21",
        "Place": "Kitui",
        "Time, County year (July to June)": "FY 2020/21",
        "State": "In implementation",
        "Published": "yes",
        "Activities in this file": "2",
        "Status": "Ongoing",
        "Progress updates for 1 Apr–30 Jun 2021": "1 of 2",
        "Updates missing": "KCDMS: KTI-03",
    }


def test_a_cross_listed_activity_is_one_row_of_a_file(client, brace):
    response = client.get(address("plan-export", "csv"))

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(rows) == 34
    assert [row["Also listed under"] for row in rows if row["Code"] == "1.7"] == ["RA2"]


def test_other_kinds_of_file_do_not_exist(client, plan):
    assert client.get(address("plan-export", "exe")).status_code == 404


@pytest.mark.parametrize("who", ["public", "outsider", "former_officer", "administrator"])
def test_internal_activities_leave_by_no_way(client, cast, plan, quarters, who):
    canary = OrganisationFactory(slug="canary", name="CANARY lead", short_name="CANARY")
    MembershipFactory(mechanism=plan.mechanism, organisation=canary)
    ActivityFactory(plan=plan, code="KTI-01")
    ActivityFactory(
        plan=plan, code="CANARY-2", title="CANARY title", lead=canary, is_public=False,
        sector=SectorFactory(name="CANARY sector"),
        places=[PlaceFactory(parent=plan.place, slug="canary", name="CANARY place")],
    )  # fmt: skip
    if who != "public":
        client.force_login(cast[who])

    pages = [
        client.get(address("plan-detail")),
        client.get(f"{address('plan-detail')}?text=CANARY"),
        client.get(address("plan-export", "csv")),
    ]
    book = client.get(address("plan-export", "xlsx"))

    shown = [page.content.decode().replace('value="CANARY"', "") for page in pages]
    # The words that were searched for stand in the page's own links.
    shown[1] = shown[1].replace("text=CANARY", "").replace("<strong>CANARY</strong>", "")
    assert [text.count("CANARY") for text in shown] == [0, 0, 0]
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    cells = str([sheets.get_sheet_by_index(number).to_python() for number in (0, 1)])
    assert cells.count("CANARY") == 0
    assert client.get(address("activity-detail", "CANARY-2")).status_code == 404


def test_a_plan_stands_without_a_backbone_of_any_kind(client, plan):
    Mechanism.objects.update(backbone=None)

    page = client.get(plan.get_absolute_url())

    assert page.status_code == 200
    assert "<dd>–</dd>" in page.content.decode()
