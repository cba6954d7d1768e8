"""Maps as SVG for page and print alike: tiles of our own, and boundaries where they are imported.

Nothing depends on a style sheet, and no colour stands alone: each part bears its count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from coordination.models.boundary import PARTS_OF_DEGREE
from reporting.services.maps import CountryMap, MapPlace, Show

register = template.Library()

TILE, GAP = 72, 4
# The room that the parts of a country are drawn in as they lie, whatever their shape.
WIDTH, HEIGHT = 640, 720
# What a letter takes of the size of its type, on average.
LETTER = 0.6
NAME, COUNT = 15, 19
INK, LINE, PAPER = "#1c1f33", "#8b8677", "#ffffff"
SHADES = {
    Show.ACTIVITIES: (PAPER, "#dfe3f6", "#98a2dc", "#323c8c"),
    Show.UNFUNDED: (PAPER, "#fcf0d6", "#e3b25c", "#7b4a00"),
    Show.TRAINED: (PAPER, "#dfeee3", "#8fc3a0", "#1f5d3a"),
}


@register.simple_tag
def tile_map(country: CountryMap) -> SafeString:
    """Equal tiles, each with the name of its place and its count."""
    tiles = [(each, *each.tile) for each in country.tiles if each.tile]
    columns = max(column for _each, column, _row in tiles) + 1
    rows = max(row for _each, _column, row in tiles) + 1
    shapes = "".join(_tile(country, each, column, row) for each, column, row in tiles)
    return _svg(country, columns * TILE, rows * TILE, shapes)


@register.simple_tag
def boundary_map(country: CountryMap) -> SafeString:
    """The parts as they lie, each with its count at its middle; north is up."""
    parts = country.outlined
    points = [p for each in parts for ring in _rings(each) for p in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2 / PARTS_OF_DEGREE))
    wide, high = max((east - west) * squeeze, 1), max(north - south, 1)
    scale = min(WIDTH / wide, HEIGHT / high)
    margin = (WIDTH - wide * scale) / 2

    def at(point: list[int]) -> tuple[float, float]:
        x, y = point
        return round(margin + (x - west) * squeeze * scale, 1), round((north - y) * scale, 1)

    outlines, labels = "", ""
    for each in parts:
        rings = [[at(point) for point in ring] for ring in _rings(each)]
        line = "".join(f"M{' '.join(f'{x},{y}' for x, y in ring)}Z" for ring in rings)
        fill = _shade(country, each)[0]
        outlines += (
            f'<path d="{line}" fill="{fill}" stroke="{LINE}" fill-rule="evenodd">'
            f"<title>{escape(_words(country, each))}</title></path>"
        )
        if each.count:
            labels += _label(each, max(rings, key=_extent), _shade(country, each)[1])
    return _svg(country, WIDTH, round(high * scale), outlines + labels)


@register.simple_tag
def map_legend(country: CountryMap) -> list[tuple[SafeString, str]]:
    """Each shade with the counts that it stands for."""
    first, second, third = country.steps
    below = _("none") if first == 1 else _("below %(least)d") % {"least": first}
    words = [below, f"{first}–{second - 1}", f"{second}–{third - 1}"]
    words.append(_("%(least)d and more") % {"least": third})
    return [
        (
            format_html(
                '<svg width="20" height="20" aria-hidden="true"><rect x="1" y="1" width="18"'
                ' height="18" fill="{}" stroke="{}"></rect></svg>',
                fill,
                LINE,
            ),
            word,
        )
        for fill, word in zip(SHADES[country.show], words, strict=True)
    ]


def _tile(country: CountryMap, each: MapPlace, column: int, row: int) -> str:
    x, y, side = column * TILE + GAP / 2, row * TILE + GAP / 2, TILE - GAP
    fill, ink = _shade(country, each)
    middle, count = x + side / 2, str(each.count) if each.count else "–"
    lines = re.sub(r"(?<=[\s-])", "\n", each.place.name, count=1).split("\n")
    names = "".join(
        _text(middle, y + 18 + 13 * number, line.strip(), fill=ink, size=11)
        for number, line in enumerate(lines)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{side}" height="{side}" rx="4" fill="{fill}"'
        f' stroke="{LINE}"><title>{escape(_words(country, each))}</title></rect>'
        f"{names}{_text(middle, y + 58, count, fill=ink, size=COUNT)}"
    )


def _label(each: MapPlace, ring: list[tuple[float, float]], ink: str) -> str:
    """The count in the middle of a part, and its name above where there is room for it."""
    x, y = _middle(ring)
    room = max(east for east, _y in ring) - min(east for east, _y in ring)
    if len(each.place.name) * NAME * LETTER > room:
        return _text(x, y + COUNT / 3, str(each.count), fill=ink, size=COUNT)
    name = _text(x, y - 4, each.place.name, fill=ink, size=NAME)
    return name + _text(x, y + COUNT - 3, str(each.count), fill=ink, size=COUNT)


def _svg(country: CountryMap, width: float, height: float, shapes: str) -> SafeString:
    title = f"{country.country}: {Show(country.show).label}"
    busy = ", ".join(_words(country, each) for each in country.places if each.count)
    # Of what people wrote there are only texts, and each is escaped.
    return mark_safe(  # noqa: S308 - of escaped parts
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}"'
        f' width="100%" class="map" direction="ltr"><title>{escape(title)}</title>'
        f"<desc>{escape(busy or _('nothing anywhere'))}</desc>{shapes}</svg>"
    )


def _text(x: float, y: float, words: str, *, fill: str, size: int) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" fill="{fill}"'
        f' font-family="system-ui, sans-serif" aria-hidden="true">{escape(words)}</text>'
    )


def _shade(country: CountryMap, each: MapPlace) -> tuple[str, str]:
    """The fill, and the ink that can be read on it."""
    fills = SHADES[country.show]
    return fills[each.shade], PAPER if each.shade == len(fills) - 1 else INK


def _words(country: CountryMap, each: MapPlace) -> str:
    return f"{each.place}: {each.count}"


def _rings(each: MapPlace) -> Iterator[list[list[int]]]:
    for polygon in each.boundary.polygons if each.boundary else []:
        yield from polygon


def _middle(ring: list[tuple[float, float]]) -> tuple[float, float]:
    """The middle of the box around a ring: near enough for a number."""
    xs, ys = [x for x, _y in ring], [y for _x, y in ring]
    return round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1)


def _extent(ring: list[tuple[float, float]]) -> float:
    xs, ys = [x for x, _y in ring], [y for _x, y in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))
