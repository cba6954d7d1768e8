"""Boundaries: what is taken of a GeoJSON file, and what is refused in a sentence."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Boundary, Event, Place
from coordination.services.boundaries import (
    KEPT_POINTS,
    BoundariesRefused,
    drop_boundaries,
    import_boundaries,
)
from coordination.services.outlines import enclosed, simplified, weights

SQUARE = [[38, -1], [39, -1], [39, -2], [38, -2], [38, -1]]


def feature(name="Kitui", ring=SQUARE, kind="Polygon", **properties):
    coordinates = [ring] if kind == "Polygon" else [[ring]]
    geometry = {"type": kind, "coordinates": coordinates}
    return {
        "type": "Feature",
        "properties": {"shapeName": name, **properties},
        "geometry": geometry,
    }


def file(*features):
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def bring(kenya, kitui, makueni, administrator):
    Place.objects.filter(pk=kitui.pk).update(code="KE-18")

    def make(content):
        return import_boundaries(
            kenya, content, by=administrator, source="Survey of Kenya", licence="CC BY 4.0"
        )

    return make


def test_a_place_is_known_by_its_code_or_name_and_imported_anew(bring, kitui, makueni):
    bring(file(feature("KITUI COUNTY", iso="KE-18"), feature("makueni", kind="MultiPolygon")))
    bring(file(feature("Kitui")))

    assert {str(row) for row in Boundary.objects.all()} == {"Kitui", "Makueni"}
    assert Boundary.objects.get(place=kitui).polygons == [
        [[[380000, -10000], [390000, -10000], [390000, -20000], [380000, -20000], [380000, -10000]]]
    ]


@pytest.mark.parametrize("name", ["KITUI", "Kitui County", "kitui-county", " Kitui\u200b"])
def test_a_name_is_known_however_a_file_spells_it(bring, kitui, name):
    assert [row.place for row in bring(file(feature(name)))] == [kitui]


@pytest.mark.parametrize("name", ["Muranga", "Murang’a", "MURANG'A COUNTY", "Mu ranga"])
def test_signs_within_a_name_do_not_matter(bring, kitui, name):
    Place.objects.filter(pk=kitui.pk).update(name="Murang'a")

    assert [row.place for row in bring(file(feature(name)))] == [kitui]


def polygon_of(coordinates: bytes) -> bytes:
    return (
        b"""{"type": "FeatureCollection", "features": [{"properties": {"name": "Kitui"},
        "geometry": {"type": "Polygon", "coordinates": %b}}]}"""
        % coordinates
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (polygon_of(b"[[" + b",".join([b"[]"] * 1_200_000) + b"]]"), "too many points"),
        (polygon_of(b"[" * 900 + b"]" * 900), "closed rings"),
        (b'{"a":' * 90_000 + b"1" + b"}" * 90_000, "cannot be read"),
        (b"not json", "cannot be read"),
        (b'{"a": NaN}', "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"type": "Feature"}', "FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "no feature"),
        (b" " * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (file(feature("Atlantis")), "Atlantis"),
        (file(feature(), feature()), "twice"),
        (file(feature(ring=SQUARE[:-1])), "closed rings"),
        (file(feature(ring=[[381, -1], *SQUARE[1:4], [381, -1]])), "closed rings"),
        (file(feature(ring=[["38", -1], *SQUARE[1:4], ["x", -1]])), "closed rings"),
        (file(feature(ring=[None] * 5)), "closed rings"),
        (file({"type": "Feature", "properties": None, "geometry": None}), "#1"),
        (file({"properties": {"name": "Kitui"}, "geometry": {"type": "Point"}}), "closed rings"),
        (file({"properties": ["Kitui"], "geometry": None}), "#1"),
        (file(feature(ring=[[]] * 4)), "closed rings"),
        (file(feature(ring=["a"] * 4)), "closed rings"),
        (file(feature(ring=[{"x": 1}] * 4)), "closed rings"),
        (file(feature(ring=[[10**400, -1]] * 4)), "closed rings"),
        (file(feature(ring=[[500_000, 9_800_000]] * 4)), "closed rings"),
        (file(feature(ring=[[38, -1]] * 4)), "closed rings"),
        (file(feature(ring=[[38, -1], [39, -1], [38.5, -1], [38, -1]])), "closed rings"),
        (file(feature("\ud800Nowhere")), "Nowhere"),
        (file(feature("A" * 5_000)), f": {'A' * 40}\\."),
    ],
)
def test_what_is_no_boundary_is_refused_and_nothing_is_kept(bring, content, words):
    with pytest.raises(BoundariesRefused, match=words):
        bring(content)

    assert not Boundary.objects.exists()


def test_a_sliver_is_left_out_of_an_outline(bring):
    sliver = [[40, -1], [41, -1], [40, -1], [40, -1]]
    geometry = {"type": "MultiPolygon", "coordinates": [[SQUARE], [sliver]]}

    [row] = bring(file({"properties": {"name": "Kitui"}, "geometry": geometry}))

    assert len(row.polygons) == 1


def test_a_point_weighs_the_triangle_that_it_spans():
    # A square of 2 by 2 with a point on one side, and a dent of 0.2 in another: 2 * 0.2 / 2 = 0.2.
    ring = [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 1.8), (0.0, 2.0), (0.0, 0.0)]

    assert weights(ring) == pytest.approx([2, 0, 2, 2, 0.2, 2])


def test_points_on_a_line_are_left_out_and_corners_stay(kitui):
    ring = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.5), (0.0, 0.0)]

    assert simplified({kitui: [[ring]]}, most=100, detail=0.01) == {
        kitui: [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]]]
    }


def test_a_lake_and_an_island_too_small_for_the_map_are_left_out(kitui):
    wide = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    lake = [(x / 1000 + 5, y / 1000 + 5) for x, y in wide]
    island = [(x / 1000 + 20, y / 1000) for x, y in wide]

    assert simplified({kitui: [[wide, lake], [island]]}, most=100, detail=0.01) == {kitui: [[wide]]}


def test_a_place_too_small_for_the_map_keeps_three_corners(kitui, makueni):
    wide = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0)]
    tiny = [(x / 1000, y / 1000) for x, y in wide]

    kept = simplified({kitui: [[wide]], makueni: [[tiny]]}, most=100, detail=0.01)

    [[ring]] = kept[makueni]
    assert (len(ring), ring[0], enclosed(ring)) == (4, ring[-1], pytest.approx(0.00005))


@pytest.mark.parametrize("width", [1, 1e-9])
def test_a_finely_drawn_country_is_thinned_to_what_a_page_can_show(bring, width):
    edge = [[38 + width * n / 50_000, -1 + width * (n % 7) / 10_000] for n in range(50_000)]
    ring = [*edge, [38 + width, -1 - width], [38, -1 - width], edge[0]]

    rows = bring(file(feature(ring=ring), feature("Makueni")))

    kept = [sum(len(ring) for polygon in row.polygons for ring in polygon) for row in rows]
    assert min(kept) >= 4
    assert sum(kept) <= KEPT_POINTS


def test_an_administrator_imports_on_the_page(client, administrator, kenya, kitui, makueni):
    client.force_login(administrator)
    address = reverse("boundary-import", args=["ke"])
    words = {"source": "Survey of Kenya", "licence": "CC BY 4.0"}
    wrong = SimpleUploadedFile("map.geojson", file(feature("Atlantis")))
    assert client.post(address, {**words, "file": wrong}).context["form"].errors["file"]

    right = SimpleUploadedFile("map.geojson", file(feature("Kitui")))
    page = client.post(address, {**words, "file": right}, follow=True)

    assert page.redirect_chain == [(reverse("place-map", args=["ke"]), 302)]
    page = client.get(address)
    [lot] = page.context["lots"]
    assert (lot["n"], lot["source"], lot["licence"]) == (1, "Survey of Kenya", "CC BY 4.0")
    assert [str(place) for place in page.context["missing"]] == ["Makueni"]


def test_boundaries_are_taken_out_for_a_reason(client, bring, administrator, kenya):
    bring(file(feature("Kitui"), feature("Makueni")))
    client.force_login(administrator)
    address = reverse("boundaries-drop", args=["ke"])
    assert client.post(address).context["drop_form"].errors["reason"]
    assert Boundary.objects.count() == 2

    client.post(address, {"drop-reason": "The licence forbids it"})

    assert not Boundary.objects.exists()
    event = Event.objects.get(verb="coordination.boundaries_dropped")
    assert (event.changes, event.note) == ({"boundaries": [2, ""]}, "The licence forbids it")
    with pytest.raises(BoundariesRefused, match="any more"):
        drop_boundaries(kenya, by=administrator, reason="Again")
