"""The part of a street that a line of a road list means: from its crossing with one street to that
with another. Pure.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import shapely
from shapely.ops import substring

from data.model.city import Position
from data.model.street.listed_roads import ListedRoad
from data.sheets.foreign.street_segments import Plane
from data.sheets.foreign.words_of_streets import same_street

Line = Sequence[Position]
CROSSING_M = 40.0
"""So far from a street's line its crossing with another one lies at most: a wide road is drawn as
two lines, and one that ends at it stops before (an assumption).
"""
GAP_M = 60.0
"""A street goes on behind a gap as wide as this: a square, a wide crossing (an assumption)."""
LEAST_M = 5.0
_RANGE = re.compile(
    r"(?P<first>.+?)\s*(?:[—–~～－]+|-+|\s+to\s+|[至到])\s*(?P<last>.+?)\s*段?", re.I
)
_IN_BRACKETS = re.compile(r"(?P<road>.+?)\s*[(（【\[]\s*(?P<range>[^)）】\]]+)[)）】\]]")
_AT_CROSSING = re.compile(
    r"[自从由与和]?(?P<street>.+?)(十字)?(交叉路?口|交汇处|交界|路口|街口|口|处)"
)
Interval = tuple[int, float, float]
"""The number of a part, and from where to where along it, in metres."""
Stop = tuple[int, float]
"""The number of a part, and how far along it, in metres."""
Way = tuple[float, Stop, Interval | None]
"""How many metres it is to another stop, and along what; ``None``: over a gap."""


def told_ends(road: str, start: str, end: str) -> tuple[str, str, str]:
    """A road's name, and from where to where, wherever the list says it: in columns of their own,
    in one of them, in brackets behind the name.
    """
    if not start and not end and (found := _IN_BRACKETS.fullmatch(road)):
        ends = _RANGE.fullmatch(found["range"])
        return (found["road"], ends["first"], ends["last"]) if ends else (road, start, end)
    if start and not end and (found := _RANGE.fullmatch(start)):
        return road, found["first"], found["last"]
    return road, start, end


def street_called(said: str, known: Iterable[str]) -> str | None:
    """Which of the known keys of streets the end of a road names, also as a crossing with it."""
    known = list(known)
    found = same_street(said, known)
    if found is None and (crossing := _AT_CROSSING.fullmatch(said)):
        found = same_street(crossing["street"], known)
        street = said.removesuffix("口")  # 安宁街口: of which the last word belongs to the name
        found = found or same_street(street, known)
    return found


class Course:
    """One street: its lines joined where they meet, in metres around it.

    Parameters
    ----------
    lines
        In WGS-84.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        given = np.array([*map(shapely.LineString, lines), None], dtype=object)[:-1]
        self._plane = Plane(shapely.get_coordinates(given))
        flat = shapely.transform(given, self._plane.flat)
        self.parts = list(shapely.get_parts(shapely.line_merge(shapely.union_all(flat))))

    @property
    def whole(self) -> list[Interval]:
        """All of it."""
        return [(number, 0.0, part.length) for number, part in enumerate(self.parts)]

    def between(self, firsts: Sequence[Line], lasts: Sequence[Line]) -> list[Interval]:
        """What lies between the crossings with two other streets; nothing where one does not cross
        it. Both carriageways of a street count.
        """
        begins, ends = self._crossings(firsts), self._crossings(lasts)
        direct = []
        for number in begins.keys() & ends.keys():
            pairs = ((a, b) for a in begins[number] for b in ends[number])
            a, b = min(pairs, key=lambda pair: abs(pair[0] - pair[1]))
            direct.append((number, min(a, b), max(a, b)))
        if direct:
            return sorted(one for one in direct if one[2] - one[1] >= LEAST_M)
        return self._over_gaps(begins, ends) if begins and ends else []

    def _crossings(self, others: Sequence[Line]) -> dict[int, list[float]]:
        """Where another street crosses each part, in metres along it."""
        crossing = shapely.transform(shapely.MultiLineString(list(others)), self._plane.flat)
        found: dict[int, list[float]] = {}
        for number, part in enumerate(self.parts):
            if shapely.distance(part, crossing) > CROSSING_M:
                continue
            met = shapely.get_parts(shapely.intersection(part, crossing))
            met = met if len(met) else shapely.get_parts(_nearest(part, crossing))
            along = shapely.line_locate_point(part, shapely.centroid(met))
            found[number] = along.tolist()
        return found

    def _over_gaps(
        self, begins: Mapping[int, list[float]], ends: Mapping[int, list[float]]
    ) -> list[Interval]:
        """The shortest way along the parts, over gaps between their ends."""
        stops = {number: {0.0, part.length} for number, part in enumerate(self.parts)}
        for number, metres in (*begins.items(), *ends.items()):
            stops[number].update(metres)
        ways: dict[Stop, list[Way]] = defaultdict(list)
        for number, own in stops.items():
            for a, b in pairwise(sorted(own)):
                ways[number, a].append((b - a, (number, b), (number, a, b)))
                ways[number, b].append((b - a, (number, a), (number, a, b)))
        tips = [(n, m) for n, part in enumerate(self.parts) for m in (0.0, part.length)]
        places = shapely.points([self._at(*tip).coords[0] for tip in tips])
        for (a, at), (b, other) in combinations(zip(tips, places, strict=True), 2):
            gap = shapely.distance(at, other)
            if a[0] != b[0] and gap <= GAP_M:
                ways[a].append((gap, b, None))
                ways[b].append((gap, a, None))
        starts = {(number, metre) for number, own in begins.items() for metre in own}
        goals = {(number, metre) for number, own in ends.items() for metre in own}
        return _shortest(ways, starts, goals)

    def _at(self, number: int, metres: float) -> shapely.Point:
        return shapely.line_interpolate_point(self.parts[number], metres)

    def lines(
        self, intervals: Iterable[Interval], cuts: Iterable[Interval] = ()
    ) -> tuple[Line, ...]:
        """These stretches in WGS-84, cut where others begin and end."""
        stops: dict[int, set[float]] = defaultdict(set)
        for number, a, b in cuts:
            stops[number] |= {a, b}
        found = []
        for number, a, b in intervals:
            inner = [one for one in stops[number] if a + LEAST_M <= one <= b - LEAST_M]
            for begin, end in pairwise(sorted({a, b, *inner})):
                piece = substring(self.parts[number], begin, end)
                places = self._plane.round(shapely.get_coordinates(piece)).tolist()
                found.append(tuple(map(tuple, places)))
        return tuple(found)

    def are_on(self, lines: Sequence[Line], intervals: Sequence[Interval]) -> list[bool]:
        """Which of these lines of the street lie in its stretches, by their middles."""
        given = np.array([*map(shapely.LineString, lines), None], dtype=object)[:-1]
        flat = shapely.transform(given, self._plane.flat)
        middles = shapely.line_interpolate_point(flat, 0.5, normalized=True)
        stretch = shapely.MultiLineString(
            [substring(self.parts[number], a, b) for number, a, b in intervals]
        )
        return (shapely.distance(middles, stretch) < 1.0).tolist()


def parts_of(
    road: ListedRoad, course: Course, by_name: Mapping[str, Sequence[Line]]
) -> list[Interval]:
    """The part of its street that a listed road is, where both its ends are crossings with known
    streets; else nothing.

    Parameters
    ----------
    by_name
        The lines of all streets by `street_key`.
    """
    ends = [street_called(said, by_name) if said else None for said in road.ends]
    if ends[0] is None or ends[1] is None:
        return []
    return course.between(by_name[ends[0]], by_name[ends[1]])


def _nearest(part: shapely.LineString, other: shapely.Geometry) -> shapely.Geometry:
    return shapely.get_point(shapely.shortest_line(part, other), 0)


def _shortest(
    ways: Mapping[Stop, list[Way]], starts: set[Stop], goals: set[Stop]
) -> list[Interval]:
    """The stretches of the shortest way (Dijkstra); none where there is no way."""
    queue: list[tuple[float, int, Stop, tuple[Interval | None, ...]]] = [
        (0.0, number, start, ()) for number, start in enumerate(sorted(starts))
    ]
    seen, count = set[Stop](), len(queue)
    heapq.heapify(queue)
    while queue:
        metres, _, here, gone = heapq.heappop(queue)
        if here in goals:
            return sorted(one for one in gone if one is not None)
        if here in seen:
            continue
        seen.add(here)
        for far, there, stretch in ways[here]:
            count += 1
            heapq.heappush(queue, (metres + far, count, there, (*gone, stretch)))
    return []
