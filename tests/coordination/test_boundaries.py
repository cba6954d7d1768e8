"""Boundaries: what is taken of a GeoJSON file, and what is refused in a sentence."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coordination.models import Boundary, Place
from coordination.services.boundaries import (
    KEPT_POINTS,
    BoundariesRefused,
    import_boundaries,
    thin_ring,
)

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


@pytest.mark.parametrize(
    ("content", "words"),
    [
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
    ],
)
def test_what_is_no_boundary_is_refused_and_nothing_is_kept(bring, content, words):
    with pytest.raises(BoundariesRefused, match=words):
        bring(content)

    assert not Boundary.objects.exists()


def test_points_on_a_line_are_left_out_and_corners_stay():
    ring = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.5), (0.0, 0.0)]

    assert thin_ring(ring, 0.01) == [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]


def test_a_finely_drawn_country_is_thinned_to_what_a_page_can_show(bring):
    edge = [[38 + n / 50_000, -1 + (n % 7) / 10_000] for n in range(50_000)]
    ring = [*edge, [39, -2], [38, -2], edge[0]]

    [row] = bring(file(feature(ring=ring)))

    assert 4 <= sum(len(ring) for polygon in row.polygons for ring in polygon) <= KEPT_POINTS


def test_an_administrator_imports_on_the_page(client, administrator, kenya, kitui, makueni):
    client.force_login(administrator)
    address = reverse("boundary-import", args=["ke"])
    words = {"source": "Survey of Kenya", "licence": "CC BY 4.0"}
    wrong = SimpleUploadedFile("map.geojson", file(feature("Atlantis")))
    assert client.post(address, {**words, "file": wrong}).context["form"].errors["file"]

    right = SimpleUploadedFile("map.geojson", file(feature("Kitui")))
    page = client.post(address, {**words, "file": right}, follow=True)

    assert [str(row) for row in page.context["known"]] == ["Kitui"]
    assert [str(place) for place in page.context["missing"]] == ["Makueni"]
