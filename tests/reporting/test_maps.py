"""Maps of a country: tiles of our own, and boundaries where there are some."""

import xml.etree.ElementTree as ET

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from coordination.models import Boundary, Place
from reporting.services.maps import Show, map_of
from reporting.services.tile_layouts import TILES
from reporting.templatetags.maps import boundary_map
from tests.factories.coordination import PlaceFactory
from tests.factories.plans import ActivityEventFactory
from tests.factories.workplans import ActivityFactory, CommitmentFactory, PlanFactory
from workplans.models import Activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def counties(kitui, makueni):
    Place.objects.filter(pk=kitui.pk).update(code="KE-18")
    Place.objects.filter(pk=makueni.pk).update(code="KE-23")


@pytest.fixture
def activities(mechanism, kitui, makueni, counties):
    """Two in Kitui, one of them with confirmed money; one in both; a cancelled one."""
    plan = PlanFactory(mechanism=mechanism, place=kitui)
    paid = ActivityFactory(plan=plan, places=[kitui])
    CommitmentFactory(activity=paid, amount=10, confirmed=5)
    hoped = ActivityFactory(plan=plan, places=[kitui])
    CommitmentFactory(activity=hoped, amount=10)
    ActivityFactory(plan=plan, places=[kitui, makueni])
    ActivityFactory(plan=plan, places=[makueni], status="cancelled", status_reason="Decided so")
    return Activity.objects.all()


def test_every_county_has_one_tile_of_its_own():
    kenya = yaml.safe_load((settings.BASE_DIR / "coordination/reference/kenya.yaml").read_text())

    codes = {county["code"] for county in kenya["places"]}
    assert len(codes) == 47
    assert set(TILES["ke"]) == codes
    assert len(set(TILES["ke"].values())) == 47


def test_counts_are_of_each_county(kenya, activities):
    drawn = map_of(kenya, activities, Show.UNFUNDED)

    assert [(str(e.place), e.activities, e.unfunded, e.shade) for e in drawn.places] == [
        ("Kitui", 3, 2, 1), ("Makueni", 1, 1, 1)
    ]  # fmt: skip


def test_a_critical_mass_is_of_those_who_come_from_a_part(
    client, kenya, activities, kitui, makueni
):
    """20 of two trainings and 5 from a ward are 25 of Kitui, 4 of Makueni; of 6 nobody said."""
    ward = PlaceFactory(parent=PlaceFactory(parent=kitui, slug="mwingi"), slug="nguni")
    activity = activities.first()

    def training(persons, *rows, **said):
        event = ActivityEventFactory(
            activity=activity, persons=persons, **{"state": "held", **said}
        )
        for place, women, men in rows:
            event.participants.create(category="community", place=place, women=women, men=men)

    training(20, (kitui, 8, 2), (makueni, 1, 3), (None, 4, 2))
    training(15, (kitui, 10, 0), (ward, 5, 0))
    training(90, (kitui, 90, 0), state="planned")
    training(70, (kitui, 70, 0), kind="field_visit")
    training(50, (kitui, 50, 0), is_public=False)

    page = client.get(reverse("place-map", args=["ke"]), {"show": "trained", "least": "10"})
    told = [(str(e.place), e.count, e.shade) for e in page.context["map"].places]
    assert told == [("Kitui", 25, 2), ("Makueni", 4, 0)]
    assert [str(each.place) for each in page.context["reached"]] == ["Kitui"]
    assert page.context["trained"].untold == 6
    within = client.get(reverse("place-map", args=["ke/kitui"]), {"show": "trained", "least": "x"})
    assert [(str(e.place), e.count) for e in within.context["map"].places] == [("Mwingi", 5)]


def test_the_map_is_one_drawing_with_its_table_beside_it(client, activities, kitui, administrator):
    Boundary.objects.create(
        place=kitui, source="Survey <of> Kenya", licence="CC BY 4.0", imported_by=administrator,
        polygons=[[[[380000, -10000], [390000, -10000], [390000, -20000], [380000, -10000]]]],
        imported_at=timezone.now(),
    )  # fmt: skip

    page = client.get(reverse("place-map", args=["ke"])).content.decode()

    drawings = [part.split("</svg>")[0] + "</svg>" for part in page.split("<svg ")[1:]]
    maps = [ET.fromstring(f"<svg {each}") for each in drawings if 'class="map"' in each]  # noqa: S314 - of our own
    texts = [
        [node.text for node in drawing.iter() if node.tag.endswith("text")] for drawing in maps
    ]
    assert texts == [["Kitui", "3", "Makueni", "1"], ["Kitui", "3"]]
    assert "Schematic" in page
    assert "Drawn are the 1 of 2 parts" in page
    assert "Survey &lt;of&gt; Kenya, CC BY 4.0" in page


def test_a_country_without_tiles_and_boundaries_says_so_over_its_table(client, counties, db):
    Place.objects.filter(code="KE-18").update(code="")
    Place.objects.filter(code="KE-23").update(code="")

    page = client.get(reverse("place-map", args=["ke"]))

    assert page.status_code == 200
    assert "No map is drawn" in page.content.decode()
    assert client.get(reverse("place-map", args=["nowhere"])).status_code == 404


@pytest.mark.parametrize(
    ("east", "north", "size"), [(10, 1, (640, 64)), (1, 10, (640, 720)), (0.00001, 50, (640, 720))]
)
def test_boundaries_of_any_shape_fit_the_page(
    activities, kenya, kitui, administrator, east, north, size
):
    wide, high = round(east * 10_000), round(north * 10_000)
    ring = [[0, -high // 2], [wide, -high // 2], [wide, high // 2], [0, high // 2], [0, -high // 2]]
    Boundary.objects.create(
        place=kitui, source="Survey of Kenya", licence="CC BY 4.0", imported_by=administrator,
        polygons=[[ring]], imported_at=timezone.now(),
    )  # fmt: skip

    drawing = boundary_map(map_of(kenya, activities, Show.ACTIVITIES))

    assert f'viewBox="0 0 {size[0]} {size[1]}"' in drawing


def test_a_name_without_room_is_left_to_the_list(activities, kenya, kitui, makueni, administrator):
    for place, west, east in [(kitui, 0, 95_000), (makueni, 95_000, 100_000)]:
        ring = [[west, 0], [east, 0], [east, 10_000], [west, 10_000], [west, 0]]
        Boundary.objects.create(
            place=place, source="Survey of Kenya", licence="CC BY 4.0", imported_by=administrator,
            polygons=[[ring]], imported_at=timezone.now(),
        )  # fmt: skip

    drawn = map_of(kenya, activities, Show.ACTIVITIES)

    words = [node.text for node in ET.fromstring(boundary_map(drawn)).iter() if "text" in node.tag]  # noqa: S314 - of our own
    assert words == ["Kitui", "3", "1"]
    assert [(str(each.place), each.count) for each in drawn.counted] == [
        ("Kitui", 3),
        ("Makueni", 1),
    ]
