"""TopoJSON (its specification, version 1.0.0): layers whose lines are made of arcs that neighbours
share, with whole numbers in place of degrees.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_LINES = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the lists of arcs lie in each."""
_DEEPEST = 50


def layers_of(told: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The features of each of its objects, as GeoJSON has them.

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, AttributeError
        It is torn.
    """
    transform = told.get("transform")
    arcs = [_degrees(arc, transform) for arc in told.get("arcs") or ()]
    return {
        str(name): [
            {
                "properties": one.get("properties"),
                "geometry": _geometry(one, arcs, transform),
                **({"id": one["id"]} if "id" in one else {}),
            }
            for one in _alone(held, _DEEPEST)
        ]
        for name, held in told["objects"].items()
    }


def _alone(held: Mapping[str, Any], depth: int) -> list[Mapping[str, Any]]:
    if held.get("type") != "GeometryCollection" or not depth:
        return [held]
    return [each for one in held["geometries"] for each in _alone(one, depth - 1)]


def _degrees(arc: Sequence, transform: Mapping[str, Any] | None) -> list[list[float]]:
    """An arc's positions: each of whole numbers tells how it differs from the one before."""
    if transform is None:
        return [list(at[:2]) for at in arc]
    steps = np.cumsum(np.array([at[:2] for at in arc], float), axis=0)
    return (steps * transform["scale"] + transform["translate"]).tolist()


def _geometry(
    held: Mapping[str, Any], arcs: Sequence[list], transform: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    kind = held.get("type")
    if kind == "Point":
        return {"type": kind, "coordinates": _degrees([held["coordinates"]], transform)[0]}
    if kind == "MultiPoint":
        places = [_degrees([at], transform)[0] for at in held["coordinates"]]
        return {"type": kind, "coordinates": places}
    if kind in _LINES:
        return {"type": kind, "coordinates": _lines(held["arcs"], _LINES[kind], arcs)}
    return None


def _lines(numbers: Sequence, depth: int, arcs: Sequence[list]) -> list:
    """Lines of arcs that follow one another; a negative number is an arc run backwards."""
    if depth > 1:
        return [_lines(one, depth - 1, arcs) for one in numbers]
    line: list = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        line += arc[1:] if line else arc
    return line
