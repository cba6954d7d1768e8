"""What a sector session opens with: last year's results, and the county's priorities (P4)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reporting.services.session_evidence import evidence_for
from tests.factories.coordination import SectorFactory
from tests.factories.plans import PlanningDocumentFactory, PlanningLineFactory
from tests.factories.workplans import ActivityFactory, PlanFactory

from .deeds import report

TODAY = dt.date(2021, 8, 2)


@pytest.fixture
def water(db):
    return SectorFactory(name="Water")


@pytest.fixture
def last(mechanism, kitui):
    """The plan of FY 2020/21."""
    return PlanFactory(mechanism=mechanism, place=kitui, slug="kitui-2020-21")


@pytest.fixture
def plan(mechanism, kitui):
    return PlanFactory(
        mechanism=mechanism, place=kitui, slug="kitui-2021-22", state="drafting",
        is_published=False, starts_on=dt.date(2021, 7, 1), ends_before=dt.date(2022, 7, 1),
    )  # fmt: skip


@pytest.fixture
def adp(mechanism, kitui):
    """The county's plan of FY 2021/22, with two programmes of one project each."""
    document = PlanningDocumentFactory(
        mechanism=mechanism, place=kitui, kind="adp", state="tabled",
        starts_on=dt.date(2021, 7, 1), ends_before=dt.date(2022, 7, 1),
    )  # fmt: skip
    lines = []
    for code in ("1", "2"):
        programme = PlanningLineFactory(document=document, code=code, level="programme")
        project = PlanningLineFactory(
            document=document, code=f"{code}.1", level="project", parent=programme
        )
        lines.append((programme, project))
    return lines


def test_last_years_activities_stand_with_the_leads_verified_figure(
    plan, last, water, quarters, quarter, version_of, streams_of, organisations, secretary
):
    version = version_of()
    in_kitui, of_peer, _in_makueni = streams_of(version)
    report(in_kitui, quarters[1], 30)
    report(in_kitui, quarter, 40)
    report(of_peer, quarter, 7)
    drilled = ActivityFactory(plan=last, code="A-2", lead=organisations.kcdms, sector=water)
    drilled.outputs.create(indicator=version.indicator, q3=50)
    drilled.outputs.create(wording="Boreholes drilled", unit="boreholes", q3=4)
    ActivityFactory(plan=last, code="A-10", lead=organisations.kcdms, sector=water)
    ActivityFactory(plan=last, code="B-1", lead=organisations.kcdms, sector=SectorFactory())

    evidence = evidence_for(plan, water, secretary, on=TODAY)

    assert evidence.last_plan == last
    told = [(row.activity.code, [each.value for each in row.outputs]) for row in evidence.last_year]
    assert told == [("A-2", ["70", "–"]), ("A-10", [])]


def test_the_countys_priorities_are_those_of_the_cited_programmes(
    plan, water, adp, organisations, secretary
):
    (_first, project), (_second, other) = adp
    [every] = evidence_for(plan, water, secretary, on=TODAY).priorities
    assert (len(every.lines), every.is_narrowed) == (4, False)

    ActivityFactory(plan=plan, code="A-1", lead=organisations.kcdms, sector=water, adp_line=project)
    ActivityFactory(plan=plan, code="B-1", lead=organisations.kcdms, adp_line=other)

    [narrowed] = evidence_for(plan, water, secretary, on=TODAY).priorities
    assert [line.code for _depth, line, _citing in narrowed.lines] == ["1", "1.1"]
    assert narrowed.is_narrowed


def test_a_first_plan_has_no_year_before(last, water, secretary):
    evidence = evidence_for(last, water, secretary, on=TODAY)
    assert (evidence.last_plan, evidence.last_year, evidence.priorities) == (None, [], [])


def test_the_page_asks_as_much_of_many_as_of_few(
    client, plan, last, water, adp, organisations, secretary, django_assert_num_queries
):
    client.force_login(secretary)
    address = reverse("session-evidence", args=["sek", plan.slug, water.pk])
    ActivityFactory(plan=last, code="A-1", lead=organisations.kcdms, sector=water)
    client.get(address)  # what is looked up once a process
    with CaptureQueriesContext(connection) as one:
        page = client.get(address).content.decode()
    assert "A-1" in page
    for number in (2, 3):
        ActivityFactory(plan=last, code=f"A-{number}", lead=organisations.kiwash, sector=water)
    with django_assert_num_queries(len(one)):
        client.get(address)


def test_it_is_for_who_takes_part(client, last, water, peer, outsider):
    address = reverse("session-evidence", args=["sek", last.slug, water.pk])
    assert client.get(address).status_code == 302
    client.force_login(outsider)
    assert client.get(address).status_code == 403
    client.force_login(peer)
    assert client.get(address).status_code == 200
