"""The cast: one small world that every test knows, and the people in it by their roles.

Two partners report to the South Eastern Kenya mechanism in two counties; each county has its focal
point, the backbone its secretariat, the donor its officer.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from committees.models import Seat
from config.garbage import search_seldom
from coordination.models import Membership, Organisation, PlaceLevel, Role
from tests.factories.committees import AppointmentFactory, BodyFactory, SeatFactory
from tests.factories.coordination import (
    AwardFactory,
    FiscalCalendarFactory,
    MechanismFactory,
    MembershipFactory,
    OfficeFactory,
    OrganisationFactory,
    PeriodFactory,
    PlaceFactory,
    PlaceLevelFactory,
    UserFactory,
)

# What takes longest begins first, so that no process waits for another at the end.
LONGEST = (
    "tests/security/",
    "tests/test_rights.py",
    "tests/test_demo.py",
    "tests/test_backups.py",
    "tests/test_processes.py",
    "tests/reporting/test_workers.py",
    "tests/browser/test_every_page.py",
)


def pytest_itemcollected(item):
    """What goes by a page, or asks none, is tried on one database, unless it is said to hang on it.

    Each page, and each list by its filters, is opened on both by tests/security/test_requests.py.
    """
    asks = "db" in item.fixturenames or item.get_closest_marker("django_db")
    by_page = "client" in item.fixturenames
    if (by_page or not asks) and not item.get_closest_marker("both_databases"):
        item.add_marker("one_database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish():
    """What is loaded by now stays, as in the web process; searches for garbage are rarer still."""
    search_seldom(after=200_000)


@pytest.fixture(scope="session", autouse=True)
def rows_deleted_not_truncated():
    """What a test has committed is deleted after it.

    PostgreSQL takes a second or more to truncate 200 tables, a hundredth to delete their few rows.
    """

    def sql_flush(operations, style, tables, **options):
        delete = [f"DELETE FROM {operations.quote_name(table)}" for table in tables]  # noqa: S608 - our own tables
        return ["SET LOCAL session_replication_role = replica", *delete]

    with mock.patch.object(PostgresOperations, "sql_flush", sql_flush):
        yield


# --- The small world ------------------------------------------------------------------------------
# Made anew for thousands of tests: nothing is looked for before it is written, and what can be is
# written together.


def written(thing: Model) -> Model:
    thing.save(force_insert=True)
    return thing


@pytest.fixture
def levels(db):
    """Country and county."""
    return PlaceLevel.objects.bulk_create(PlaceLevelFactory.build(depth=depth) for depth in (0, 1))


@pytest.fixture
def kenya(levels):
    return written(PlaceFactory.build(slug="ke", name="Kenya", level=levels[0]))


@pytest.fixture
def kitui(kenya, levels):
    return written(PlaceFactory.build(parent=kenya, slug="kitui", name="Kitui", level=levels[1]))


@pytest.fixture
def makueni(kenya, levels):
    return written(
        PlaceFactory.build(parent=kenya, slug="makueni", name="Makueni", level=levels[1])
    )


@pytest.fixture
def quarter(db):
    """January to March 2021."""
    return PeriodFactory(year=2021, quarter=1)


@pytest.fixture
def organisations(kenya, kitui, makueni):
    """Those of the small world, by short names."""
    kind, made = Organisation.Type, OrganisationFactory.build
    found = {
        "kcdms": made(slug="kcdms"),
        "kiwash": made(slug="kiwash"),
        "rla": made(slug="rla"),
        "usaid": made(slug="usaid", type=kind.DONOR),
        "kitui": made(slug="kitui-county", type=kind.COUNTY_GOVERNMENT, place=kitui),
        "makueni": made(slug="makueni-county", type=kind.COUNTY_GOVERNMENT, place=makueni),
        "elsewhere": made(slug="elsewhere"),
    }
    Organisation.objects.bulk_create(found.values())
    return SimpleNamespace(**found)


@pytest.fixture
def mechanism(kenya, kitui, makueni, organisations):
    """SEK, with two members, a backbone, a convening donor and its award."""
    sek = written(
        MechanismFactory.build(
            slug="sek", country=kenya, calendar=FiscalCalendarFactory(), backbone=organisations.rla
        )
    )
    sek.places.add(kitui, makueni)
    sek.conveners.add(organisations.usaid)
    sek.awards.add(AwardFactory(donor=organisations.usaid, prime=organisations.kcdms))
    Membership.objects.bulk_create(
        MembershipFactory.build(mechanism=sek, organisation=member, is_founding=True)
        for member in (organisations.kcdms, organisations.kiwash)
    )
    return sek


@pytest.fixture
def holding(db):
    """A maker of office holders: ``holding("Post", Role.SECRETARIAT, organisation=…)``."""

    def make(name: str, role: str, **office):
        user = UserFactory(name=name)
        OfficeFactory(holder=user, role=role, **office)
        return user

    return make


@pytest.fixture
def partner_officer(holding, organisations):
    return holding("Data officer", Role.PARTNER_OFFICER, organisation=organisations.kcdms)


@pytest.fixture
def partner_signatory(holding, organisations):
    return holding("Chief of party", Role.PARTNER_SIGNATORY, organisation=organisations.kcdms)


@pytest.fixture
def peer(holding, organisations):
    """The data officer of another member."""
    return holding("Peer", Role.PARTNER_OFFICER, organisation=organisations.kiwash)


@pytest.fixture
def focal_point(holding, organisations, kitui):
    return holding(
        "Focal point", Role.COUNTY_FOCAL_POINT, organisation=organisations.kitui, place=kitui
    )


@pytest.fixture
def neighbour(holding, organisations, makueni):
    """The focal point of the other county."""
    return holding(
        "Neighbour", Role.COUNTY_FOCAL_POINT, organisation=organisations.makueni, place=makueni
    )


@pytest.fixture
def county_lead(holding, organisations, kitui, mechanism):
    return holding(
        "County lead",
        Role.COUNTY_LEAD,
        organisation=organisations.kiwash,
        place=kitui,
        mechanism=mechanism,
    )


@pytest.fixture
def secretary(holding, organisations, mechanism):
    return holding(
        "Secretariat", Role.SECRETARIAT, organisation=organisations.rla, mechanism=mechanism
    )


@pytest.fixture
def donor_officer(holding, organisations):
    return holding("Donor officer", Role.DONOR_OFFICER, organisation=organisations.usaid)


@pytest.fixture
def administrator(holding):
    user = holding("Administrator", Role.ADMINISTRATOR)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return user


@pytest.fixture
def review_body(mechanism):
    """The mechanism's review committee, which meets every quarter."""
    return BodyFactory(mechanism=mechanism, slug="review", interval=3)


@pytest.fixture
def seated(review_body):
    """A maker of holders of a seat: ``seated("Chair", organisation, function=…)``."""

    def make(name: str, organisation: Organisation, **seat):
        appointment = AppointmentFactory(
            seat=SeatFactory(
                **{"body": review_body, "title": name, "organisation": organisation, **seat}
            ),
            holder=UserFactory(name=name),
        )
        return appointment.holder

    return make


@pytest.fixture
def chair(seated, organisations):
    """Chairs the review committee for the county's government."""
    return seated("Chair", organisations.kitui, function=Seat.Function.CHAIR)


@pytest.fixture
def body_secretary(seated, organisations):
    """Keeps the review committee's papers."""
    return seated("Secretary", organisations.makueni, function=Seat.Function.SECRETARY)


@pytest.fixture
def member(seated, organisations):
    """Sits on the review committee for a partner, and holds no other office."""
    return seated("Member", organisations.kiwash)


@pytest.fixture
def former_officer(holding, organisations):
    """Held the partner's office until the end of 2020; nothing is left of its rights (R26)."""
    return holding(
        "Former officer",
        Role.PARTNER_OFFICER,
        organisation=organisations.kcdms,
        ends_on=dt.date(2020, 12, 31),
    )


@pytest.fixture
def outsider(holding, organisations):
    """The data officer of an organisation that takes part in nothing."""
    return holding("Outsider", Role.PARTNER_OFFICER, organisation=organisations.elsewhere)


@pytest.fixture
def public():
    return AnonymousUser()


CAST = (
    "public",
    "outsider",
    "former_officer",
    "partner_officer",
    "partner_signatory",
    "peer",
    "focal_point",
    "neighbour",
    "county_lead",
    "secretary",
    "donor_officer",
    "chair",
    "body_secretary",
    "member",
    "administrator",
)


@pytest.fixture
def cast(request, mechanism):
    """Everyone, by the name of the role."""
    return {name: request.getfixturevalue(name) for name in CAST}


@pytest.fixture
def snapshots_read(db):
    """A counter of how often a page reads a snapshot, megabytes each, out of the database."""

    def count(model, ask):
        column = f'"{model._meta.db_table}"."snapshot"'
        with CaptureQueriesContext(connection) as asked:
            assert ask().status_code == 200
        return sum(column in query["sql"] for query in asked)

    return count


# --- Figures -------------------------------------------------------------------------------------

FIGURE = "figure"


@pytest.fixture
def figure(record_property):
    """A reporter of what a scenario measured: ``figure("15 brute force", "blocked after 5")``."""

    def note(scenario: str, text: str) -> None:
        record_property(FIGURE, f"{scenario}: {text}")

    return note


def pytest_terminal_summary(terminalreporter):
    """The figures of this run, also when several processes shared the tests."""
    lines = {
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, text in getattr(report, "user_properties", ())
        if name == FIGURE
    }
    if lines:
        terminalreporter.section("figures")
        for line in sorted(lines, key=by_number):
            terminalreporter.write_line(line)


def by_number(line: str) -> tuple[int, str]:
    """Scenario 7 before scenario 15."""
    number = line.split(maxsplit=1)[0]
    return (int(number) if number.isdigit() else 0, line)
