"""A small map of one place as a drawing (SVG): its road, the roads around, inlets and stations.
Pure.
"""

import math
from collections.abc import Iterable

from data.model.city import City, Position, Segment
from data.signs import escape

WIDE, HIGH = 520, 300
REACH_M = 700  # around the place: what a crew walks
_M_PER_DEGREE = 111_320  # of latitude; of longitude times its cosine


class _View:
    """Where positions lie on the drawing."""

    def __init__(self, centre: Position):
        self._centre = centre
        self._east = _M_PER_DEGREE * math.cos(math.radians(centre[1]))

    def at(self, position: Position) -> tuple[float, float]:
        east = (position[0] - self._centre[0]) * self._east
        north = (position[1] - self._centre[1]) * _M_PER_DEGREE
        scale = HIGH / (2 * REACH_M)
        return WIDE / 2 + east * scale, HIGH / 2 - north * scale

    def path(self, line: Iterable[Position]) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, line))

    def has(self, position: Position) -> bool:
        x, y = self.at(position)
        return 0 <= x <= WIDE and 0 <= y <= HIGH


def place_map(city: City, place: Segment) -> str:
    """The drawing; words of the tables are only ever text in it."""
    view = _View(place.middle)
    roads = [one for one in city.segments if one.id != place.id]
    inlets = [one for one in city.inlets if one.segment_id == place.id]
    parts = [
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff" stroke="#999"/>',
        *(_line(view, one, "#b8b8b8", 4) for one in roads),
        *(_word(view, one.middle, one.road, "#555", 11) for one in _named(roads, view)),
        _line(view, place, "#111", 8),
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="#fff" stroke="#111"/>'
            for x, y in (view.at(one.position) for one in inlets)
        ),
        _word(view, place.middle, place.road, "#111", 15, up=14),
        *(_station(view, one.position, one.name) for one in city.stations),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">'
        f"{''.join(parts)}</svg>"
    )


def _named(roads: Iterable[Segment], view: _View) -> list[Segment]:
    """One stretch of each road that is in sight: its name stands once."""
    found: dict[str, Segment] = {}
    for one in roads:
        if view.has(one.middle):
            found.setdefault(one.road, one)
    return list(found.values())


def _line(view: _View, segment: Segment, colour: str, wide: int) -> str:
    return (
        f'<polyline points="{view.path(segment.line)}" fill="none" stroke="{colour}" '
        f'stroke-width="{wide}" stroke-linecap="round"/>'
    )


def _word(view: _View, at: Position, word: str, colour: str, size: int, up: int = 8) -> str:
    x, y = view.at(at)
    return (
        f'<text x="{x:.1f}" y="{y - up:.1f}" font-size="{size}" fill="{colour}" '
        f'font-family="Noto Sans SC" text-anchor="middle">{escape(word)}</text>'
    )


def _station(view: _View, at: Position, name: str) -> str:
    if not view.has(at):
        return ""
    x, y = view.at(at)
    mark = f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="#111"/>'
    return mark + _word(view, at, name, "#111", 12)
