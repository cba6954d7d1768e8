"""Outlines with as few points as a map needs, in a time that the number of points alone decides.

By Visvalingam and Whyatt: again and again the point goes that spans the smallest triangle with its
neighbours. A point *weighs* the area of that triangle, and at least as much as those that went
before it. So one pass over a file says what every detail would keep of it, however it is drawn.
"""

from __future__ import annotations

import heapq
from itertools import pairwise

from coordination.models import Place

Point = tuple[float, float]
Ring = list[Point]
Polygon = list[Ring]

# A ring is a triangle at least: three points, and the first again.
CORNERS = 3


def simplified(
    outlines: dict[Place, list[Polygon]], *, most: int, detail: float
) -> dict[Place, list[Polygon]]:
    """Each outline in points that weigh more than a square whose side is ``detail`` of the width.

    Of all outlines together at most ``most`` points are kept, and of each its largest ring.
    Islands and lakes that weigh less are left out.
    """
    weighed = {
        place: [[(ring, weights(ring)) for ring in polygon] for polygon in polygons]
        for place, polygons in outlines.items()
    }
    rings = [ring for polygons in weighed.values() for polygon in polygons for ring in polygon]
    found = [weight for _ring, weighs in rings for weight in weighs]
    easts = [east for ring, _weighs in rings for east, _north in ring]
    # A ring closes with its first point, and the largest of each place stays whatever it weighs.
    room = max((most - (CORNERS + 1) * len(outlines)) * CORNERS // (CORNERS + 1), 1)
    found.sort(reverse=True)
    least = ((max(easts) - min(easts)) * detail) ** 2
    if len(found) > room:
        least = max(least, found[room])
    return {place: _kept(polygons, least) for place, polygons in weighed.items()}


def weights(ring: Ring) -> list[float]:
    """How much each point of a closed ring weighs, the last one apart, which is the first again."""
    number = len(ring) - 1
    before = [(each - 1) % number for each in range(number)]
    after = [(each + 1) % number for each in range(number)]
    waiting = [
        (triangle(ring[before[each]], ring[each], ring[after[each]]), each)
        for each in range(number)
    ]
    now = [area for area, _each in waiting]
    heapq.heapify(waiting)
    found = [0.0] * number
    left, most = number, 0.0
    gone = bytearray(number)
    while waiting:
        area, each = heapq.heappop(waiting)
        if gone[each] or area != now[each]:
            continue
        most = max(most, area)
        found[each] = most
        gone[each] = 1
        if left <= CORNERS:
            continue
        left -= 1
        ahead, behind = before[each], after[each]
        after[ahead], before[behind] = behind, ahead
        for other in (ahead, behind):
            now[other] = triangle(ring[before[other]], ring[other], ring[after[other]])
            heapq.heappush(waiting, (now[other], other))
    return found


def triangle(one: Point, two: Point, three: Point) -> float:
    """The area that three points enclose."""
    across = (two[0] - one[0]) * (three[1] - one[1]) - (three[0] - one[0]) * (two[1] - one[1])
    return abs(across) / 2


def enclosed(ring: Ring) -> float:
    """The area that a closed ring encloses."""
    # Seen from its first point, so that a small one far from the equator keeps its digits.
    seen = [(x - ring[0][0], y - ring[0][1]) for x, y in ring]
    return abs(sum(x * north - east * y for (x, y), (east, north) in pairwise(seen))) / 2


def _kept(polygons: list[list[tuple[Ring, list[float]]]], least: float) -> list[Polygon]:
    """The rings of which a triangle is left; of a place too small for it, the largest ring."""
    kept = []
    for polygon in polygons:
        thinned = [_thinned(ring, weighs, least) for ring, weighs in polygon]
        if thinned[0]:
            kept.append([ring for ring in thinned if ring])
    if kept:
        return kept
    ring, weighs = max((polygon[0] for polygon in polygons), key=lambda one: enclosed(one[0]))
    corners = sorted(sorted(range(len(weighs)), key=lambda each: -weighs[each])[:CORNERS])
    return [[[*(ring[each] for each in corners), ring[corners[0]]]]]


def _thinned(ring: Ring, weighs: list[float], least: float) -> Ring:
    """The points that weigh more, closed again; none where they are no triangle."""
    kept = [point for point, weight in zip(ring, weighs, strict=False) if weight > least]
    return [*kept, kept[0]] if len(kept) >= CORNERS else []
