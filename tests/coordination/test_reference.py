"""Reference data: what every portal begins with, added once and left alone afterwards."""

import datetime as dt
import itertools
import re

import pytest
from django.core.management import call_command

from coordination.models import FiscalCalendar, Period, Place, PlaceLevel, Sector, SectorScheme
from coordination.services.reference import Added, load_reference, slug_of


@pytest.fixture
def loaded(db):
    return load_reference()


def test_all_counties_and_provinces_are_there_with_their_codes(loaded):
    counties = Place.objects.filter(parent__path="ke")
    provinces = Place.objects.filter(parent__path="kh")

    assert sorted(counties.values_list("code", flat=True)) == [
        f"KE-{number:02d}" for number in range(1, 48)
    ]
    assert set(provinces.values_list("code", flat=True)) == {f"KH-{n}" for n in range(1, 26)}
    assert dict(Place.objects.filter(parent__path="pk").values_list("slug", "code")) == {
        "balochistan": "PK-BA",
        "khyber-pakhtunkhwa": "PK-KP",
        "sindh": "PK-SD",
    }


@pytest.mark.parametrize(
    ("county", "sub_counties", "wards"),
    [("kitui", 8, 40), ("makueni", 6, 30), ("samburu", 3, 15), ("taita-taveta", 4, 20)],
)
def test_counties_of_the_mechanisms_are_there_to_the_ward(loaded, county, sub_counties, wards):
    inside = Place.objects.filter(path__startswith=f"ke/{county}/")

    assert [inside.filter(level__depth=depth).count() for depth in (2, 3)] == [sub_counties, wards]


def test_the_nine_districts_of_brace_are_there(loaded):
    slugs = Place.objects.filter(parent__path="pk/balochistan").values_list("slug", flat=True)

    assert {
        "duki", "jhal-magsi", "kech", "khuzdar", "killa-abdullah", "loralai", "pishin", "washuk",
        "zhob",
    } <= set(slugs)  # fmt: skip


@pytest.mark.parametrize(
    ("country", "levels"),
    [
        ("KE", "Country › County › Sub-county › Ward › Village"),
        ("PK", "Country › Province › District › Tehsil › Union council › Village/mohallah"),
        (
            "KH",
            "Country › Capital/province › District/khan/municipality › Commune/sangkat › Village",
        ),
    ],
)
def test_each_country_names_its_own_levels(loaded, country, levels):
    named = PlaceLevel.objects.filter(country_code=country).order_by("depth")

    assert " › ".join(named.values_list("name", flat=True)) == levels


def test_every_place_lies_where_its_path_says(loaded):
    wrong = [
        place.path
        for place in Place.objects.select_related("parent", "level")
        if place.path != "/".join(filter(None, [place.parent and place.parent.path, place.slug]))
        or place.level.depth != place.path.count("/")
        or not re.fullmatch(r"[a-z0-9-]+(/[a-z0-9-]+)*", place.path)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Wote/Nziu", "wote-nziu"), ("Murang'a", "muranga"), ("El Barta", "el-barta")],
)
def test_addresses_are_plain(name, slug):
    assert slug_of(name) == slug


def test_quarters_follow_each_other_without_a_gap(loaded):
    quarters = list(Period.objects.order_by("starts_on"))

    assert (quarters[0].starts_on, quarters[-1].ends_before, len(quarters)) == (
        dt.date(2017, 1, 1),
        dt.date(2031, 1, 1),
        56,
    )
    assert all(one.ends_before == next_.starts_on for one, next_ in itertools.pairwise(quarters))


def test_a_period_keeps_each_day_on_one_line_with_its_month(loaded):
    assert str(Period.objects.get(code="2021-q1")) == "1\u00a0Jan–31\u00a0Mar 2021"


def test_one_quarter_has_a_name_in_each_calendar(loaded):
    """R9: January to March 2021."""
    quarter = Period.objects.get(code="2021-q1")
    labels = {calendar.key: calendar.label(quarter) for calendar in FiscalCalendar.objects.all()}

    assert labels == {
        "county": "FY 2020/21 Q3",
        "usaid": "FY2021 Q2",
        "world-bank": "FY21 Q3",
        "calendar": "2021 Q1",
    }


def test_every_sector_of_a_partner_resolves_to_one_department(loaded):
    """Domain P14: each sector of PREG is somebody's in the county."""
    departments = SectorScheme.objects.get(key="county-departments")

    for sector in Sector.objects.filter(scheme__key="preg"):
        assert sector.maps_to.filter(scheme=departments).count() == 1


def test_the_seventeen_goals_are_in_order(loaded):
    goals = Sector.objects.filter(scheme__key="sdg").order_by("position")

    assert [goal.code for goal in goals] == [f"sdg-{number}" for number in range(1, 18)]


def test_loading_again_adds_nothing(loaded):
    assert load_reference() == Added(
        places=0, calendars=0, periods=0, sectors=0, others={"planning steps": 0}
    )


def test_what_an_administrator_changed_stays(loaded):
    Place.objects.filter(path="ke/kitui").update(name="County Government of Kitui")
    agriculture = Sector.objects.get(scheme__key="preg", code="agriculture")
    agriculture.maps_to.clear()

    load_reference()

    assert Place.objects.get(path="ke/kitui").name == "County Government of Kitui"
    assert not agriculture.maps_to.exists()


def test_what_is_missing_is_added_below_what_is_there(loaded):
    Place.objects.filter(path="ke/kitui/kitui-rural/kisasi").delete()

    assert load_reference().places == 1


def test_the_command_says_what_it_added(db, capsys):
    call_command("load_reference")

    assert capsys.readouterr().out == (
        "Added 270 places, 4 calendars, 56 quarters, 47 sectors, 21 planning steps.\n"
    )
