"""Places: who does what where, the figures of a place, and what of them is public (R13, R24)."""

import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from coordination.models import Mechanism, SectorLead
from reporting.services.place_figures import newest_editions
from reporting.services.presence import offered_in, presence_in, work_in
from reporting.services.presence_exports import presence_table
from tests.factories.coordination import OrganisationFactory, PlaceFactory, SectorFactory
from tests.factories.reporting import EditionFactory, ReportFactory, made_edition
from tests.factories.workplans import ActivityFactory, ObligationFactory, PlanFactory
from workplans.models import Activity, ActivityPartner

from .deeds import SUBMITTED, report
from .quarter import CUT_OFF

pytestmark = pytest.mark.django_db

Status = Activity.Status


@pytest.fixture
def water(db):
    return SectorFactory(code="water", name="Water", position=1)


@pytest.fixture
def farming(db):
    return SectorFactory(code="farming", name="Farming", position=2)


@pytest.fixture
def mwingi(kitui):
    return PlaceFactory(parent=kitui, slug="mwingi")


@pytest.fixture
def activities(mechanism, organisations, kitui, makueni, mwingi, water, farming):
    """Four in Kitui, one of them cancelled, one internal; one in Makueni."""
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    ward = PlaceFactory(parent=mwingi, slug="tseikuru")
    PlaceFactory(parent=kitui, slug="kitui-south")
    made = {
        name: ActivityFactory(plan=plan, title=name, **more)
        for name, more in {
            "Boreholes": {"lead": organisations.kiwash, "sector": water, "places": [ward, mwingi]},
            "Pipes": {"lead": organisations.kiwash, "sector": water, "places": [kitui]},
            "Goats": {
                "lead": organisations.kcdms,
                "sector": farming,
                "places": [mwingi, makueni],
                "status": Status.COMPLETED,
            },
            "Wells": {
                "lead": organisations.kcdms,
                "sector": water,
                "places": [kitui],
                "status": Status.CANCELLED,
                "status_reason": "No water.",
            },
            "Talks": {"lead": organisations.kcdms, "places": [kitui], "is_public": False},
            "Elsewhere": {"lead": organisations.kcdms, "sector": water, "places": [makueni]},
        }.items()
    }
    ActivityPartner.objects.create(
        activity=made["Boreholes"], organisation=organisations.kcdms, role="deliver"
    )
    return made


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# --- Who does what where ---


def test_presence_is_told_by_sector_organisation_and_place(
    activities, kitui, mwingi, organisations, water, farming
):
    presence = presence_in(kitui, work_in(kitui, Activity.objects.filter(is_public=True)))

    # Boreholes lie in Mwingi (ward and sub-county, still one activity), pipes in the whole county.
    rows = [
        (row.sector, row.organisation, row.partners, row.places, row.is_everywhere, row.count)
        for row in presence.rows
    ]
    assert rows == [
        (water, organisations.kiwash, [organisations.kcdms], [mwingi], True, 2),
        (farming, organisations.kcdms, [], [mwingi], False, 1),
    ]
    assert presence.activity_count == 3
    assert presence.organisation_count == 2
    assert presence.statuses == {"planned": 2, "completed": 1, "cancelled": 1}
    assert [(place.slug, count) for place, count in presence.places] == [
        ("kitui-south", 0),
        ("mwingi", 2),
    ]


def test_a_sector_that_a_department_leads_and_nobody_works_in_is_a_possible_gap(
    activities, kitui, organisations, water
):
    health = SectorFactory(code="health", name="Health")
    for sector in (water, health):
        SectorLead.objects.create(sector=sector, place=kitui, department=organisations.kitui)

    presence = presence_in(kitui, work_in(kitui, Activity.objects.all()))

    assert [lead.sector for lead in presence.idle_sectors] == [health]


def test_a_filter_offers_what_occurs_among_the_activities_seen(
    activities, kitui, mwingi, organisations, water, farming
):
    """In Mwingi KCDMS leads the goats and joins KIWASH's boreholes; the rest is elsewhere."""
    seen = Activity.objects.filter(is_public=True)
    plan = activities["Goats"].plan_id

    for place in (kitui, mwingi):
        found = offered_in(place, seen)
        assert found == work_in(place, seen).offered
        assert found == (
            {water.pk, farming.pk},
            {organisations.kiwash.pk, organisations.kcdms.pk},
            {plan},
        )
    only_goats = offered_in(mwingi, seen.filter(title="Goats"))
    assert only_goats == ({farming.pk}, {organisations.kcdms.pk}, {plan})


def test_the_page_of_a_place_tells_it_to_everyone(activities, client, kitui):
    text = text_of(client.get(kitui.get_absolute_url()))

    assert "3 activities, cancelled ones apart; 2 organisations" in text
    assert "Boreholes" in text
    assert "Kitui South – possible gap" in text
    assert "Elsewhere" not in text


def test_internal_activities_are_for_who_takes_part(activities, client, kitui, secretary):
    assert "Talks" not in text_of(client.get(kitui.get_absolute_url()))
    client.force_login(secretary)
    assert "Talks" in text_of(client.get(kitui.get_absolute_url()))


def test_the_filters_narrow_the_whole_page(activities, client, kitui):
    text = text_of(client.get(kitui.get_absolute_url(), {"organisation": "kcdms"}))

    assert "Boreholes" in text  # which KCDMS joins
    assert "Goats" in text
    assert "Pipes" not in text
    assert "possible gap" not in text


def test_a_filter_without_a_match_offers_the_way_back(activities, client, kitui):
    text = text_of(client.get(kitui.get_absolute_url(), {"status": "delayed"}))

    assert "No activity like this" in text


@pytest.mark.parametrize("asked", [{"sector": "x" * 500}, {"organisation": "0"}, {"page": "-1"}])
def test_a_wrong_filter_never_fails(activities, client, kitui, asked):
    assert client.get(kitui.get_absolute_url(), asked).status_code == 200


def test_a_place_without_activities_says_what_belongs_there(client, makueni):
    assert "No activity is known here" in text_of(client.get(makueni.get_absolute_url()))


def test_an_unknown_place_is_not_there(client, kitui):
    assert client.get("/places/ke/atlantis/").status_code == 404
    assert client.get("/places/ke/atlantis.xlsx").status_code == 404


def test_the_workbook_has_one_row_for_each_activity_and_place(activities, client, kitui):
    response = client.get(reverse("place-export", args=[kitui.path]))

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    head, *rows = book.get_sheet_by_name("Who does what where").to_python()
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert sorted((row["Activity"], row["Address of the place"]) for row in told) == [
        ("Boreholes", "ke/kitui/mwingi"),
        ("Boreholes", "ke/kitui/mwingi/tseikuru"),
        ("Goats", "ke/kitui/mwingi"),
        ("Pipes", "ke/kitui"),
        ("Wells", "ke/kitui"),
    ]


def test_the_workbook_says_whose_reports_on_the_place_came_as_far_as_one_may_know(
    told, usaid_year, mechanism, secretary, outsider, kitui
):
    """R23 in the mechanism's own zone, R24: in Kitui KCDMS reports; KIWASH only in Makueni."""

    def about(visitor):
        table = presence_table(kitui, Activity.objects.all(), visitor, at=CUT_OFF)
        return [fact for fact in table.about if fact[0] not in {"Rows", "What it shows"}]

    head = [
        ("Place", "Kitui"),
        ("As at", "5\u00a0May 2021, 09:40\u00a0EAT"),
        ("Mechanism", mechanism.name),
    ]
    when = [
        ("Period", "January to March 2021"),
        ("Fiscal label", f"FY 2020/21 Q3 ({mechanism.calendar.name})"),
        ("Fiscal label", f"FY2021 Q2 ({usaid_year.name})"),
    ]
    assert about(secretary) == [
        *head, *when,
        ("Status", "Working figures, not published"),
        ("Reports received", "1 of 1"),
        ("Missing", ""),
    ]  # fmt: skip
    assert about(outsider) == [*head, ("Status", "No report is published yet.")]

    edition = made_edition(told.report, by=secretary, state="published", at=CUT_OFF)

    assert about(outsider) == [
        *head, *when,
        ("Status", f"Published: {edition}"),
        ("Reports received", "1 of 2"),
        ("Missing", "KIWASH"),
    ]  # fmt: skip


def test_of_one_quarter_the_published_report_on_the_place_itself_goes_first(
    told, secretary, outsider, kitui
):
    made_edition(told.report, by=secretary, state="published", at=CUT_OFF)
    county = ReportFactory(mechanism=told.mechanism, period=told.period, place=kitui, slug="kitui")
    of_place = made_edition(county, by=secretary, state="published", at=CUT_OFF)

    assert newest_editions(kitui, [told.mechanism], outsider).first() == of_place


# --- The figures of a place ---


@pytest.fixture
def reported(version_of, streams_of, quarters, mechanism, organisations):
    """January to March is the latest quarter on which a report came."""
    version = version_of()
    ObligationFactory(
        mechanism=mechanism,
        organisation=organisations.kcdms,
        period=quarters[2],
        first_submitted_at=timezone.now(),
    )
    ours, peers, elsewhere = streams_of(version)
    report(ours, quarters[2], 4120)
    report(peers, quarters[2], 5, state=SUBMITTED)
    report(elsewhere, quarters[2], 9990)
    return version


def test_who_takes_part_sees_the_running_figures_of_the_place(
    reported, mechanism, quarters, client, kitui, peer
):
    client.force_login(peer)
    text = text_of(client.get(kitui.get_absolute_url()))

    assert "Results of SEK here" in text
    assert "4,120 explain this number 4,125 with submitted values" in text
    assert "9,990" not in text


def test_the_public_sees_none_that_is_not_published(reported, client, kitui, outsider):
    for visitor in (None, outsider):
        if visitor:
            client.force_login(visitor)
        text = text_of(client.get(kitui.get_absolute_url()))
        assert "4,120" not in text
        assert "4,125" not in text


def test_the_public_sees_the_place_as_the_newest_published_report_tells_it(
    reported, mechanism, quarters, client, kitui
):
    told = ReportFactory(mechanism=mechanism, period=quarters[2])
    indicator = '{"code":"FARM","version":1,"name":"Farmers","unit":"farmers"}'
    rows = (
        '[{"place":"Kitui","key":"ke/kitui","quarter":{"text":"4711"}},'
        '{"place":"Makueni","key":"ke/makueni","quarter":{"text":"815"}}]'
    )
    EditionFactory(
        report=told, state="published", snapshot_sha256="0" * 64, compiled_at=timezone.now(),
        published_at=timezone.now(), published_by=told.created_by,
        snapshot=f'{{"tables":{{"places":[{{"indicator":{indicator},"rows":{rows}}}]}}}}',
    )  # fmt: skip

    text = text_of(client.get(kitui.get_absolute_url()))
    assert "4711" in text
    assert "815" not in text


def test_figures_of_a_mechanism_without_a_public_page_stay_inside(
    reported, mechanism, quarters, client, kitui
):
    Mechanism.objects.update(is_public=False)

    text = text_of(client.get(kitui.get_absolute_url()))
    assert "SEK" not in text


# --- Who governs it ---


def test_a_place_names_the_government_and_the_offices_in_it(client, mechanism, kitui, makueni):
    OrganisationFactory(slug="kitui-water", name="Department of Water, Kitui", place=kitui)
    OrganisationFactory(slug="makueni-water", name="Department of Water, Makueni", place=makueni)

    shown = client.get(kitui.get_absolute_url()).context["organisations"]

    assert [each.slug for each in shown] == ["kitui-water", "kitui-county"]


def test_an_office_in_a_place_of_a_hidden_mechanism_is_hidden(client, mechanism, kitui):
    Mechanism.objects.update(is_public=False)

    assert list(client.get(kitui.get_absolute_url()).context["organisations"]) == []


# --- The tree ---


def test_the_list_tells_where_something_is_coordinated(activities, client, kenya):
    PlaceFactory(parent=kenya, slug="turkana")
    text = text_of(client.get(reverse("place-list")))

    assert "Kitui SEK · 3 activities" in text
    assert "Makueni SEK · 2 activities" in text
    assert "1 more place in which nothing is coordinated here yet" in text


def test_without_places_the_list_says_what_belongs_there(client, db):
    assert "No places yet" in text_of(client.get(reverse("place-list")))


def test_both_pages_take_as_many_queries_for_much_as_for_little(
    activities, reported, mechanism, organisations, client, kitui, water, secretary
):
    client.force_login(secretary)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(kitui.get_absolute_url())
            client.get(reverse("place-list"))
        return len(captured)

    before = queries()
    for lead in (organisations.kcdms, organisations.elsewhere):
        plan = PlanFactory(mechanism=mechanism, place=kitui)
        place = PlaceFactory(parent=kitui)
        for _ in range(3):
            ActivityFactory(plan=plan, lead=lead, sector=water, places=[place])

    assert queries() == before


def test_a_place_can_be_looked_at_in_one_quarter(client, mechanism, kitui, quarter):
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    now = ActivityFactory(plan=plan, places=[kitui], ends_on=quarter.starts_on)
    ActivityFactory(plan=plan, places=[kitui], starts_on=quarter.ends_before)

    page = client.get(kitui.get_absolute_url(), {"period": "2021-q1"})

    assert page.context["activities"] == [now]
    assert page.context["presence"].activity_count == 1
