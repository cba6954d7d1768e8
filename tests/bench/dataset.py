"""The national data set: made once by bulk statements, then kept in a database of its own.

47 counties with 2,000 activities each, 6,000 indicators, 2 million disaggregated values over eight
quarters. `BENCH_SCALE` makes fewer counties; beside them stands a county with very little, so that
the queries of a page can be counted with few rows and with many.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from coordination.models import (
    FiscalCalendar,
    Mechanism,
    Membership,
    Office,
    Organisation,
    Period,
    Place,
    PlaceLevel,
    Role,
    Sector,
    StoredFile,
    User,
)
from coordination.services.reference import load_reference
from reporting.models import Total
from workplans.models import (
    Activity,
    ActivityPartner,
    ActivityUpdate,
    Baseline,
    Category,
    Disaggregation,
    Indicator,
    IndicatorVersion,
    IntendedResult,
    JointWorkPlan,
    Narrative,
    Obligation,
    ResultsFramework,
    Stream,
    Target,
    UpdateEvidence,
)

PROSE = "Groups were trained in every ward, and wells were repaired before the rains. "
VALUES = Path(__file__).with_name("values.sql")
OURS = "The bench of Baraza, "
MARK = f"{OURS}shape 6, scale"

COUNTIES, INDICATORS, ACTIVITIES, REPORTERS = 47, 125, 2000, 4
AREAS = 11  # each with a chart of its own in the report, beside that of the activities
FEW = 3  # indicators and activities of the county with very little
# The mechanism of the report that is timed.
REPORTED_INDICATORS, REPORTED_ACTIVITIES, PHOTOGRAPHS = 60, 300, 6
SINCE, LAST, UNTIL = dt.date(2019, 4, 1), dt.date(2021, 1, 1), dt.date(2021, 4, 1)
YEARS = [dt.date(2018, 7, 1), dt.date(2019, 7, 1), dt.date(2020, 7, 1)]
AT = dt.datetime(2021, 4, 20, 9, tzinfo=dt.UTC)
CATEGORIES = {
    "sex": ["female", "male", "sex-not-stated"],
    "age": ["0-4", "5-14", "15-24", "25-59", "60-and-over", "age-not-stated"],
}
# Every eighth indicator is a percentage, every fifth a stock, every twentieth is no sum.
FLOW, STOCK, PERCENTAGE, HIGHEST = (
    {"data_type": "number", "over_periods": "sum", "over_places": "sum"},
    {"data_type": "number", "over_periods": "latest", "over_places": "sum"},
    {"data_type": "percentage", "over_periods": "sum", "over_places": "sum"},
    {"data_type": "number", "over_periods": "maximum", "over_places": "maximum"},
)


@dataclass(frozen=True)
class Ground:
    """What every mechanism shares."""

    calendar: FiscalCalendar
    country: Place
    counties: Sequence[Place]
    small: Place
    partners: Sequence[Organisation]
    quarters: Sequence[Period]
    disaggregations: Sequence[Disaggregation]
    sectors: Sequence[Sector]
    person: User


def ensure(scale: float) -> str:
    """Make the data set unless this very one stands there; says in a sentence which it is."""
    _make_database()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1)")  # of two benches one builds
    wanted = f"{MARK} {scale:g}"
    found = _mark()
    if found != wanted:
        if found == "" and connection.introspection.table_names():
            raise SystemExit(f"{connection.settings_dict['NAME']} holds something else.")
        _build(scale)
        _set_mark(wanted)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workplans_resultcell")
        (values,) = cursor.fetchone()
    return (
        f"{Mechanism.objects.count()} mechanisms, {Activity.objects.count():,} activities,"
        f" {Indicator.objects.count():,} indicators, {values:,} disaggregated values"
    )


def _make_database() -> None:
    """Create the database where there is none."""
    name = settings.DATABASES["default"]["NAME"]
    server = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in {"host", "port", "user", "password"}
    }
    with_postgres = psycopg2.connect(dbname="postgres", **server)
    with_postgres.autocommit = True
    with with_postgres.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f'CREATE DATABASE "{name}"')
    with_postgres.close()


def _mark() -> str:
    """What the database says of itself: "" when it is not one of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('public'::regnamespace)")
        (said,) = cursor.fetchone()
    return said if said and said.startswith(OURS) else ""


def _set_mark(said: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON SCHEMA public IS %s", [said])


def _build(scale: float) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")  # an earlier shape may have had other tables
        cursor.execute("CREATE SCHEMA public")
        _set_mark(f"{MARK} unfinished")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    ground = _lay_ground(max(2, round(COUNTIES * scale)))
    # The index of the totals is made at once when all are there, in a tenth of the time.
    (one_total,) = Total._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(Total, one_total)
    for county in ground.counties:
        _build_county(ground, f"county-{county.slug}", county, (INDICATORS, ACTIVITIES))
    _build_county(ground, "county-small", ground.small, (FEW, FEW))
    second, told = ground.counties[1], (REPORTED_INDICATORS, REPORTED_ACTIVITIES)
    _narrate(ground, _build_county(ground, "reported", second, told))
    _build_nation(ground)
    with connection.schema_editor() as editor:
        editor.add_constraint(Total, one_total)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _lay_ground(counties: int) -> Ground:
    load_reference()
    country = Place.objects.get(path="ke")
    all_counties = list(Place.objects.filter(parent=country).order_by("path"))
    level = PlaceLevel.objects.get(country_code="KE", depth=2)
    small = Place.objects.create(
        level=all_counties[0].level, parent=country, name="Small", slug="small", path="ke/small"
    )
    Place.objects.bulk_create(
        Place(level=level, parent=county, name=f"{county} {side}", slug=f"bench-{side}",
              path=f"{county.path}/bench-{side}")
        for county, side in product([*all_counties[:counties], small],
                                    ["north", "east", "south", "west"])
    )  # fmt: skip
    for key, categories in CATEGORIES.items():
        disaggregation = Disaggregation.objects.create(key=key, name=key.title())
        Category.objects.bulk_create(
            Category(disaggregation=disaggregation, key=each, name=each.title(), position=position,
                     is_not_stated=each.endswith("stated"))
            for position, each in enumerate(categories)
        )  # fmt: skip
    return Ground(
        FiscalCalendar.objects.get(key="county"),
        country,
        all_counties[:counties],
        small,
        Organisation.objects.bulk_create(
            Organisation(slug=f"partner-{n}", short_name=f"Partner {n}", name=f"Partner no. {n}",
                         type=Organisation.Type.IMPLEMENTING_PARTNER)
            for n in range(40)
        ),
        list(Period.objects.filter(starts_on__range=(SINCE, LAST)).order_by("starts_on")),
        list(Disaggregation.objects.all()),
        list(Sector.objects.all()[:8]),
        User.objects.create_user("reporter@example.org", name="Reporter"),
    )  # fmt: skip


@transaction.atomic
def _build_county(ground: Ground, slug: str, county: Place, sizes: tuple[int, int]) -> Mechanism:
    """A county's mechanism with so many indicators and activities."""
    indicators, activities = sizes
    mechanism = _found(ground, slug, f"{county}, {slug}", [county])
    government = Organisation.objects.create(
        slug=f"government-of-{slug}", short_name=f"{county} County",
        name=f"{county} Government, {slug}", type=Organisation.Type.COUNTY_GOVERNMENT, place=county,
    )  # fmt: skip
    members = [ground.partners[(mechanism.pk + step * 5) % 40] for step in range(8)]
    parts = list(Place.objects.filter(parent=county).order_by("path"))
    versions = _indicators(ground, mechanism, indicators)
    Stream.objects.bulk_create(
        Stream(version=version, organisation=members[(row + each) % 8], place=parts[each],
               starts_on=SINCE)
        for row, version in enumerate(versions)
        for each in range(REPORTERS)
    )  # fmt: skip
    # Among few values one has a target of its place too, as with many.
    _expect(versions, [county, *parts] if indicators == FEW else [county])
    _oblige(ground, mechanism, members)
    _plan(ground, mechanism, county, members, parts, activities)
    _appoint(mechanism, county, government, members[0])
    _write_values(ground, mechanism)
    return mechanism


def _narrate(ground: Ground, mechanism: Mechanism) -> None:
    """What a report holds besides figures: texts of its reporters, and photographs."""
    received = Obligation.objects.filter(mechanism=mechanism, period=ground.quarters[-1])
    Narrative.objects.bulk_create(
        Narrative(obligation=each, section=section, text=PROSE, edited_by=ground.person,
                  edited_at=AT)
        for each in received.exclude(first_submitted_at=None)
        for section in Narrative.Section.values
    )  # fmt: skip
    told = ActivityUpdate.objects.filter(activity__plan__mechanism=mechanism).order_by("pk")
    for number, update in enumerate(told[:PHOTOGRAPHS]):
        file = StoredFile.objects.create(
            path=f"uploads/bench/{number}.jpg", name=f"{number}.jpg", media_type="image/jpeg",
            size=1, sha256="0" * 64, uploaded_by=ground.person, uploaded_at=AT,
        )  # fmt: skip
        UpdateEvidence.objects.create(update=update, file=file, caption="A group in training.")


@transaction.atomic
def _build_nation(ground: Ground) -> None:
    """One mechanism in which every county reports every indicator."""
    mechanism = _found(ground, "national", "National", ground.counties)
    versions = _indicators(ground, mechanism, INDICATORS)
    reporters = [ground.partners[n % 40] for n in range(len(ground.counties))]
    Stream.objects.bulk_create(
        Stream(version=version, organisation=reporter, place=county, starts_on=SINCE)
        for version in versions
        for reporter, county in zip(reporters, ground.counties, strict=True)
    )
    _expect(versions, ground.counties)
    _oblige(ground, mechanism, dict.fromkeys(reporters))
    _appoint(mechanism, ground.country, ground.partners[0], ground.partners[1])
    _write_values(ground, mechanism)


def _found(ground: Ground, slug: str, name: str, places: Iterable[Place]) -> Mechanism:
    mechanism = Mechanism.objects.create(
        slug=slug, short_name=name[:40], name=f"{name} coordination mechanism",
        kind=Mechanism.Kind.COUNTY, state=Mechanism.State.OPERATING, country=ground.country,
        calendar=ground.calendar, time_zone="Africa/Nairobi",
    )  # fmt: skip
    mechanism.places.set(places)
    return mechanism


def _indicators(ground: Ground, mechanism: Mechanism, many: int) -> list[IndicatorVersion]:
    framework = ResultsFramework.objects.create(
        mechanism=mechanism, name="Results framework", state=ResultsFramework.State.IN_FORCE
    )
    results = IntendedResult.objects.bulk_create(
        IntendedResult(framework=framework, level=IntendedResult.Level.OUTPUT, code=f"R{n}",
                       statement=f"Result area {n}", position=n)
        for n in range(1, AREAS + 1)
    )  # fmt: skip
    indicators = Indicator.objects.bulk_create(
        Indicator(mechanism=mechanism, intended_result=results[n * AREAS // many],
                  code=f"I-{n + 1}", name=f"People reached by service no. {n + 1}", position=n)
        for n in range(many)
    )  # fmt: skip
    versions = IndicatorVersion.objects.bulk_create(
        IndicatorVersion(
            indicator=indicator, state=IndicatorVersion.State.IN_USE, definition="As agreed.",
            unit="people", direction="increase", over_organisations=rule["over_places"], **rule,
        )
        for n, indicator in enumerate(indicators)
        for rule in [_rule(n, many)]
    )  # fmt: skip
    through = IndicatorVersion.disaggregations.through
    through.objects.bulk_create(
        through(indicatorversion=version, disaggregation=each)
        for version, each in product(versions, ground.disaggregations)
    )
    return versions


def _rule(n: int, many: int) -> dict[str, str]:
    """Every kind among few indicators too: each kind is read in queries of its own."""
    if n % 20 == 19 or n == many - 1:
        return HIGHEST
    if n % 8 == 7:
        return PERCENTAGE
    return STOCK if n % 5 == 4 or n == many - 2 else FLOW


def _expect(versions: Sequence[IndicatorVersion], places: Sequence[Place]) -> None:
    """A baseline and a target a year, of each place."""
    Baseline.objects.bulk_create(
        Baseline(version=version, place=place, numerator=10, denominator=_whole(version),
                 measured_on=dt.date(2018, 6, 30))
        for version, place in product(versions, places)
    )  # fmt: skip
    Target.objects.bulk_create(
        Target(version=version, place=place, numerator=4000, denominator=_whole(version, 8000),
               starts_on=year, ends_before=year.replace(year=year.year + 1))
        for version, place, year in product(versions, places, YEARS)
    )  # fmt: skip


def _whole(version: IndicatorVersion, number: int = 20) -> int | None:
    return number if version.is_quotient else None


def _oblige(ground: Ground, mechanism: Mechanism, members: Iterable[Organisation]) -> None:
    """Membership and a report for each quarter; of the last one the first two are missing."""
    members = list(members)
    Membership.objects.bulk_create(
        Membership(mechanism=mechanism, organisation=each) for each in members
    )
    Obligation.objects.bulk_create(
        Obligation(
            mechanism=mechanism, organisation=member, period=quarter,
            due_on=quarter.ends_before + dt.timedelta(days=29),
            first_submitted_at=None if quarter.starts_on == LAST and row < 2 else AT,
        )
        for quarter in ground.quarters
        for row, member in enumerate(members)
    )  # fmt: skip


def _plan(
    ground: Ground, mechanism: Mechanism, county: Place, members: Sequence[Organisation],
    parts: Sequence[Place], many: int,
) -> None:  # fmt: skip
    plan = JointWorkPlan.objects.create(
        mechanism=mechanism, place=county, calendar=ground.calendar, slug="2020-21",
        title=f"Joint work plan of {county}", is_published=True,
        state=JointWorkPlan.State.IN_IMPLEMENTATION, starts_on=YEARS[-1],
        ends_before=YEARS[-1].replace(year=2021),
    )  # fmt: skip
    results = list(IntendedResult.objects.filter(framework__mechanism=mechanism))
    statuses = [Activity.Status.ONGOING, Activity.Status.PLANNED, Activity.Status.COMPLETED]
    activities = Activity.objects.bulk_create(
        Activity(
            plan=plan, code=f"{n // 100 + 1}.{n % 100 + 1}", title=f"Train group no. {n}",
            sector=ground.sectors[n % 8], intended_result=results[n % AREAS], lead=members[n % 8],
            status=statuses[n % 3], starts_on=YEARS[-1], ends_on=dt.date(2021, 6, 30),
            percent_complete=n % 101,
        )
        for n in range(many)
    )  # fmt: skip
    through = Activity.places.through
    through.objects.bulk_create(
        through(activity=each, place=parts[n % 4]) for n, each in enumerate(activities)
    )
    ActivityPartner.objects.bulk_create(
        ActivityPartner(activity=each, organisation=members[(n + 1) % 8], role="deliver")
        for n, each in enumerate(activities)
        if n % 3 == 0
    )
    ActivityUpdate.objects.bulk_create(
        ActivityUpdate(
            activity=each, period=ground.quarters[-1], status=each.status,
            percent_complete=each.percent_complete, narrative="The groups were trained as planned.",
            next_step="Train the next groups.", by=ground.person, at=AT,
        )
        for n, each in enumerate(activities)
        if n % 4
    )  # fmt: skip


def _appoint(
    mechanism: Mechanism, place: Place, government: Organisation, partner: Organisation
) -> None:
    """One person in each role: "focal-point@county-kitui.example.org"."""
    offices = {
        "focal-point": (Role.COUNTY_FOCAL_POINT, government, place, None),
        "secretary": (Role.SECRETARIAT, government, None, mechanism),
        "officer": (Role.PARTNER_OFFICER, partner, None, None),
    }
    for name, (role, organisation, where, what) in offices.items():
        holder = User.objects.create_user(f"{name}@{mechanism.slug}.example.org", name=name)
        Office.objects.create(
            holder=holder, role=role, organisation=organisation, place=where, mechanism=what,
            starts_on=SINCE,
        )  # fmt: skip


def _write_values(ground: Ground, mechanism: Mechanism) -> None:
    with connection.cursor() as cursor:
        # Every key is known to be there: to look each one up would take most of the time.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(
            VALUES.read_text(encoding="utf-8"),
            {"mechanism": mechanism.pk, "since": SINCE, "last": LAST, "at": AT,
             "person": ground.person.pk},
        )  # fmt: skip
