"""A street map as a graph: crossings, directed streets between them, which of them hang together,
and where a place lies on it. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from data.geo import EARTH_RADIUS_M
from data.model.city import Position
from data.model.street.streets import StreetClass, StreetMap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ALONE_SHARE = 0.02
"""A part of the network that holds less of its length and does not hang together with the rest is
a fault of the file (an assumption): no place is looked for on it.
"""
STEP_M = 20.0
"""So far apart lie the points by which the nearest street is looked for."""
NEAREST = 12
"""So many of those points are looked at more closely."""
_PATH = list(StreetClass).index(StreetClass.PATH)
_M_DEG = math.radians(1) * EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class OnStreet:
    """Where places lie on the network.

    Attributes
    ----------
    street
        Numbers of the nearest streets.
    part
        How far along them, 0 to 1.
    off_m
        How far beside them.
    """

    street: Ints
    part: Floats
    off_m: Floats


class StreetNetwork:
    """The graph of a street map.

    Parameters
    ----------
    streets
        The map; two streets join where an end of theirs is the same position.

    Attributes
    ----------
    ends : (streets, 2)
        The numbers of the crossings at both ends of each.
    metres, kind, one_way : (streets,)
        Length, number of the class in `StreetClass`, and whether it is driven from its first end
        to its second only.
    crossings : int
        How many crossings and dead ends there are.
    """

    def __init__(self, streets: StreetMap) -> None:
        self.streets = streets.streets
        number: dict[Position, int] = {}
        ends = [
            [number.setdefault(end, len(number)) for end in (street.line[0], street.line[-1])]
            for street in self.streets
        ]
        kinds = {kind: n for n, kind in enumerate(StreetClass)}
        self.ends = np.array(ends, np.int64).reshape(-1, 2)
        self.kind = np.array([kinds[street.kind] for street in self.streets], np.int64)
        self.one_way = np.array([street.one_way for street in self.streets], bool)
        self.crossings = len(number)
        first = self.streets[0].line[0] if self.streets else (0.0, 0.0)
        self._scale = math.cos(math.radians(first[1]))
        self._lines = [self.plane(street.line) for street in self.streets]
        self._pieces = [np.hypot(*np.diff(line, axis=0).T) for line in self._lines]
        self.metres = np.array([pieces.sum() for pieces in self._pieces])

    def plane(self, positions: Sequence[Position]) -> Floats:
        """Positions in metres on a plane that is right to some permille within a district."""
        at = np.array(positions, float).reshape(-1, 2)
        return at * _M_DEG * np.array([self._scale, 1.0])

    @cached_property
    def driven(self) -> "Part":
        """The part of the network that lorries reach and leave again."""
        return Part(self, self.kind != _PATH, self.one_way)

    @cached_property
    def ridden(self) -> "Part":
        """The part of the network that scooters use: paths, too."""
        return Part(self, np.ones(len(self.kind), bool), self.one_way)

    @cached_property
    def walked(self) -> "Part":
        """The part of the network that people on foot reach."""
        return Part(self, np.ones(len(self.kind), bool), np.zeros(len(self.kind), bool))

    def points(self, which: Ints) -> tuple[Floats, Ints, Ints]:
        """Points along these streets, the street and the piece of its line that each lies on."""
        points, streets, pieces = [], [], []
        for number in which.tolist():
            line = self._lines[number]
            for n, metres in enumerate(self._pieces[number].tolist()):
                steps = max(1, math.ceil(metres / STEP_M))
                parts = (np.arange(steps) + 0.5)[:, None] / steps
                points.append(line[n] + parts * (line[n + 1] - line[n]))
                streets += [number] * steps
                pieces += [n] * steps
        found = np.concatenate(points) if points else np.zeros((0, 2))
        return found, np.array(streets, np.int64), np.array(pieces, np.int64)

    def beside(self, here: Floats, street: int, piece: int) -> tuple[float, float]:
        """How far a place is from a piece of a street's line, and how many metres along the street
        that is.
        """
        a, b = self._lines[street][piece], self._lines[street][piece + 1]
        along = b - a
        length = float(along @ along)
        part = min(1.0, max(0.0, float((here - a) @ along) / length)) if length else 0.0
        before = float(self._pieces[street][:piece].sum())
        off = float(np.hypot(*(a + part * along - here)))
        return off, before + part * float(self._pieces[street][piece])


class Part:
    """The streets of a network that one kind of unit uses, without what hangs together with
    nothing.

    Attributes
    ----------
    arcs : (arcs, 3)
        From, to and street: each direction in which it is used.
    group : (crossings,)
        Which crossings hang together: each is reached from each.
    streets : (streets,)
        The numbers of the streets that places are looked for on.
    alone : int
        How many usable streets are left out, for they hang together with nothing or can't be left
        again.
    along
        The streets along courses that were asked for, for the same closures are met plan after
        plan.
    """

    def __init__(self, network: StreetNetwork, usable: Bools, one_way: Bools) -> None:
        self.network = network
        forth = np.flatnonzero(usable)
        back = np.flatnonzero(usable & ~one_way)
        ends = network.ends
        self.arcs = np.concatenate(
            [np.column_stack([ends[forth], forth]), np.column_stack([ends[back][:, ::-1], back])]
        )
        shape = (network.crossings, network.crossings)
        ones = np.ones(len(self.arcs), np.int8)
        graph = coo_matrix((ones, (self.arcs[:, 0], self.arcs[:, 1])), shape).tocsr()
        count, self.group = connected_components(graph, directed=True, connection="strong")
        inside = usable & (self.group[ends[:, 0]] == self.group[ends[:, 1]])
        length = np.bincount(
            self.group[ends[inside, 0]], weights=network.metres[inside], minlength=count
        )
        large = length >= max(ALONE_SHARE * length.sum(), 1e-9)
        self.streets = np.flatnonzero(inside & large[self.group[ends[:, 0]]])
        self.alone = int(usable.sum()) - len(self.streets)
        self.groups = int(large.sum())
        self.along: dict[tuple[tuple[Position, ...], str], frozenset[int]] = {}

    @cached_property
    def _tree(self) -> tuple[KDTree, Ints, Ints]:
        points, streets, pieces = self.network.points(self.streets)
        return KDTree(points), streets, pieces

    def locate(self, positions: Sequence[Position]) -> OnStreet:
        """The nearest point of a street to each place; nowhere (infinitely far off) where there is
        no street at all.
        """
        count = len(positions)
        street, part = np.zeros(count, np.int64), np.zeros(count)
        off = np.full(count, np.inf)
        if not len(self.streets) or not count:
            return OnStreet(street, part, off)
        tree, streets, pieces = self._tree
        here = self.network.plane(positions)
        _, near = tree.query(here, k=min(NEAREST, len(streets)))
        for n, row in enumerate(near.reshape(count, -1)):
            for point in row:
                number = int(streets[point])
                away, along = self.network.beside(here[n], number, int(pieces[point]))
                if away < off[n]:
                    off[n], street[n] = away, number
                    part[n] = along / max(self.network.metres[number], 1e-9)
        return OnStreet(street, np.clip(part, 0.0, 1.0), off)
