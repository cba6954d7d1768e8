"""Reads one GeoJSON file; run confined by `boundaries.read`, never imported.

    boundaries_script.py FEATURES POINTS <FILE >ANSWER

The answer is a JSON list of as many features at most, each with its properties in words and its
geometry, and with as many points in all: so much and no more is then read by the portal. Refuses
with one word: unreadable, collection, features or points.
"""

import json
import sys
from typing import Any, NoReturn

REFUSED = 65
# A list of polygons, of rings, of points, of numbers.
DEPTH = 4
PROPERTIES, WORD_LENGTH = 100, 200


def refuse(word: str) -> NoReturn:
    sys.stderr.write(f"\n{word}")
    sys.exit(REFUSED)


def no_number(name: str) -> float:
    raise ValueError(name)


def features_of(content: bytes, most: int) -> list[dict[str, Any]]:
    try:
        data = json.loads(content, parse_constant=no_number)
    except (ValueError, RecursionError):
        refuse("unreadable")
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or data.get("type") != "FeatureCollection":
        refuse("collection")
    if not 0 < len(features) <= most or not all(isinstance(one, dict) for one in features):
        refuse("features")
    return features


def values_in(value: object, depth: int = DEPTH) -> int:
    """How many values it holds. Raises ValueError when they lie deeper than outlines do."""
    if isinstance(value, list):
        if not depth:
            raise ValueError
        return sum(values_in(one, depth - 1) for one in value) + 1
    return 1


def words_of(said: object) -> dict[str, str]:
    pairs = list(said.items())[:PROPERTIES] if isinstance(said, dict) else []
    return {key[:WORD_LENGTH]: str(value)[:WORD_LENGTH] for key, value in pairs}


def outline_of(geometry: object) -> dict[str, Any] | None:
    """The geometry with nothing beside its kind and coordinates; None of what is no outline."""
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        return None
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list):
        return None
    try:
        values_in(coordinates)
    except ValueError:
        return None
    return {"type": geometry["type"][:WORD_LENGTH], "coordinates": coordinates}


def main(most_features: int, most_points: int) -> None:
    kept = [
        {"properties": words_of(one.get("properties")), "geometry": outline_of(one.get("geometry"))}
        for one in features_of(sys.stdin.buffer.read(), most_features)
    ]
    # A point is a list of two or three numbers.
    values = sum(values_in(one["geometry"]["coordinates"]) for one in kept if one["geometry"])
    if values > most_points * 4 + most_features:
        refuse("points")
    sys.stdout.write(json.dumps(kept))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
