"""Who does what, where and when in a plan, and which wards are served least."""

import datetime as dt

import pytest
from django.urls import reverse

from tests.factories.coordination import PeriodFactory, PlaceFactory, SectorFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Activity
from workplans.services.coverage import during, lines_of, matrix_in, service_in


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def places(kitui):
    central = PlaceFactory(parent=kitui, slug="central", name="Central")
    return {
        "county": kitui,
        "central": central,
        "south": PlaceFactory(parent=kitui, slug="south", name="South"),
        "miambani": PlaceFactory(parent=central, slug="miambani", name="Miambani"),
        "township": PlaceFactory(parent=central, slug="township", name="Township"),
    }


@pytest.fixture
def sectors(db):
    return {
        "water": SectorFactory(code="water", name="Water", position=1),
        "health": SectorFactory(code="health", name="Health", position=2),
    }


@pytest.fixture
def activity_of(plan, sectors, organisations, places):
    def make(sector, *where, lead="kcdms", **said):
        return ActivityFactory(
            plan=plan, sector=sectors[sector], lead=getattr(organisations, lead),
            places=[places[each] for each in where], **said,
        )  # fmt: skip

    return make


def of(plan):
    return Activity.objects.filter(plan=plan)


def test_each_activity_is_counted_in_each_of_its_places_and_once_in_all(plan, activity_of, kitui):
    activity_of("water", "miambani", "south")
    activity_of("water", "county")
    activity_of("health", "central", lead="kiwash")
    activity_of("health", "south", status="cancelled", status_reason="Decided so")

    matrix = matrix_in(kitui, lines_of(of(plan)))

    assert [str(column) for column in matrix.columns] == ["Kitui", "Central", "South"]
    assert [(str(r.sector), str(r.organisation), r.counts, r.total) for r in matrix.rows] == [
        ("Water", "KCDMS", [1, 1, 1], 2),
        ("Health", "KIWASH", [0, 1, 0], 1),
    ]
    assert (matrix.totals, matrix.total) == ([1, 2, 1], 3)


def test_the_least_served_wards_come_first_and_say_what_is_missing(plan, activity_of):
    """Miambani has a paid water activity; Township what its sub-county has; South nothing."""
    paid = activity_of("water", "miambani")
    activity_of("health", "central")

    rows = service_in(plan, lines_of(of(plan)), funded=[paid.pk])

    assert [(str(row.place), len(row.here), len(row.around), len(row.funded)) for row in rows] == [
        ("South", 0, 0, 0),
        ("Township", 0, 1, 0),
        ("Miambani", 1, 1, 1),
    ]
    assert [[str(each) for each in row.idle] for row in rows] == [
        ["Water", "Health"], ["Water"], []
    ]  # fmt: skip
    assert [[str(each) for each in row.unfunded] for row in rows] == [[], ["Health"], ["Health"]]


def test_a_quarter_holds_what_goes_on_for_a_day_of_it(plan, activity_of):
    quarter = PeriodFactory(year=2021, quarter=1)
    last_day = activity_of("water", "south", starts_on=dt.date(2021, 3, 31))
    first_day = activity_of("water", "south", ends_on=dt.date(2021, 1, 1))
    always = activity_of("water", "south")
    activity_of("water", "south", starts_on=dt.date(2021, 4, 1))
    activity_of("water", "south", ends_on=dt.date(2020, 12, 31))

    assert set(during(of(plan), quarter)) == {last_day, first_day, always}


def test_the_page_leads_to_the_activities_behind_a_count_and_tells_money_to_insiders_alone(
    plan, activity_of, client, peer, quarters, django_assert_max_num_queries
):
    activity = activity_of("water", "miambani")
    CommitmentFactory(activity=activity, amount=10, confirmed=10)
    address = reverse("plan-coverage", args=["sek", "kitui-2020-21"])

    page = client.get(address)
    [(_row, cells, _of_row)] = page.context["rows"]
    [_all, (count, url), _south] = cells
    assert count == 1
    assert list(client.get(url).context["listing"].activities) == [activity]
    assert "With confirmed money" not in page.content.decode()

    client.force_login(peer)
    inside = client.get(f"{address}?period=2021-q1")
    assert {len(row.funded) for row in inside.context["served"]} == {0, 1}
    assert "With confirmed money" in inside.content.decode()
    for other in ("water", "health"):
        activity_of(other, "south")
    with django_assert_max_num_queries(20):
        client.get(address)
    export = reverse("plan-coverage-export", args=["sek", "kitui-2020-21"])
    assert client.get(export).status_code == 200


def test_a_count_leads_to_just_what_is_counted_in_the_quarter(plan, activity_of, client, quarters):
    """One goes on in the quarter, one before it; a cancelled one is counted nowhere."""
    now = activity_of("water", "south", starts_on=dt.date(2021, 3, 31))
    before = activity_of("water", "south", ends_on=dt.date(2020, 12, 31))
    cancelled = activity_of("water", "south")
    Activity.objects.filter(pk=cancelled.pk).update(status="cancelled", status_reason="Decided so")
    address = reverse("plan-coverage", args=["sek", "kitui-2020-21"])

    for query, behind in [("?period=2021-q1", {now}), ("", {now, before})]:
        page = client.get(f"{address}{query}")
        [(row, cells, of_row)] = page.context["rows"]
        totals, of_all = page.context["totals"]
        for count, url in [cells[2], (row.total, of_row), totals[2], (row.total, of_all)]:
            assert count == len(behind)
            assert set(client.get(url).context["listing"].activities) == behind


def test_a_plan_without_activities_offers_no_other_quarter(plan, client, quarters):
    address = reverse("plan-coverage", args=["sek", "kitui-2020-21"])

    assert "No activities yet" in client.get(address).content.decode()
    assert "No activity goes on then" in client.get(f"{address}?period=2021-q1").content.decode()
