"""How long ways over streets take. Pure.

The graph has three floors. Vehicles drive on the middle one, where a closed street is missing. A
place on a closed street is left on foot on the floor above, along closed streets alone, and reached
on the floor below in the same way: so work in a closed stretch can be done from its ends, and
nobody's way leads through it. Who goes on foot anyway passes where people get in, water aside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from data.model.city import Position
from data.model.street.streets import StreetClass
from ops.ways.closed_streets import Closed
from ops.ways.network import Floats, Ints, OnStreet, Part, StreetNetwork
from ops.ways.speeds import Profile

AT_ONCE = 64
"""So many origins are searched from at once, for memory's sake."""
REMEMBERED = 4
"""Tables that a value keeps: the same places are asked for again and again by one plan."""
_LANE = list(StreetClass).index(StreetClass.LANE)
_Arcs = tuple[Ints, Ints, Floats]


@dataclass(frozen=True, kw_only=True)
class StreetWays:
    """The ways over a network as it can be driven now.

    Attributes
    ----------
    km_h
        The speed on each class of street (`StreetClass`, in its order).
    foot_km_h
        On foot, where a street is closed.
    crossing_s
        What each street costs besides, for the crossing at its end.
    far_m
        A place farther from any street is on none.
    closed
        What is closed or slow, by the number of the street.
    """

    network: StreetNetwork
    profile: str
    km_h: tuple[float, ...]
    foot_km_h: float
    crossing_s: float
    far_m: float
    closed: Mapping[int, Closed] = field(default_factory=dict)
    _known: dict[tuple, Floats] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def part(self) -> Part:
        """The part of the network that is used."""
        network = self.network
        if self.profile == Profile.FOOT:
            return network.walked
        return network.ridden if self.profile == Profile.SCOOTER else network.driven

    def seconds(
        self, origins: Sequence[Position], targets: Sequence[Position] | None = None
    ) -> Floats:
        """How long the ways from each of the origins to each of the targets (by default the
        origins again) take, of shape (origins, targets); 0 to the same place.

        Infinite where closures leave no way; not a number where the street map does not tell: a
        place is on no street, or two are on parts of it that do not hang together.
        """
        froms, tos = tuple(origins), tuple(origins if targets is None else targets)
        key = (froms, tos)
        if key not in self._known:
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = self._reckoned(froms, tos)
        return self._known[key].copy()

    def _reckoned(self, froms: Sequence[Position], tos: Sequence[Position]) -> Floats:
        places = list(dict.fromkeys((*froms, *tos)))
        number = {place: n for n, place in enumerate(places)}
        at = self.part.locate(places)
        row = np.array([number[place] for place in froms], np.int64)
        column = np.array([number[place] for place in tos], np.int64)
        ways = self._searched(at, row, column)
        self._along_one_street(ways, at, row, column)
        off_s = np.where(np.isfinite(at.off_m), at.off_m, 0.0) / (self._lane_km_h / 3.6)
        ways += off_s[row][:, None] + off_s[column][None, :]
        group = self.part.group[self.network.ends[at.street, 0]]
        unknown = group[row][:, None] != group[column][None, :]
        is_far = at.off_m > self.far_m
        ways[unknown | is_far[row][:, None] | is_far[column][None, :]] = np.nan
        ways[row[:, None] == column[None, :]] = 0.0
        return ways

    @property
    def _lane_km_h(self) -> float:
        return self.km_h[_LANE]

    def _street_s(self) -> Floats:
        """Seconds along each street as it is now; infinite where it is closed."""
        network, share = self.network, np.ones(len(self.network.metres))
        for street, what in self.closed.items():
            share[street] = self._share(what)
        speed = np.array(self.km_h)[network.kind] / 3.6 * share
        return np.divide(network.metres, speed, out=np.full(len(speed), np.inf), where=speed > 0)

    def _share(self, what: Closed) -> float:
        """What is left of the speed on a closed or slow street; 0: nobody passes."""
        if self.profile == Profile.FOOT and not what.share:
            return float(what.walked)
        return what.share

    def _searched(self, at: OnStreet, row: Ints, column: Ints) -> Floats:
        """Ways by way of crossings."""
        starts, ends = np.unique(row), np.unique(column)
        if not len(starts) or not len(self.network.streets):
            return np.full((len(row), len(column)), np.inf)
        graph, base = self._graph(at)
        found = np.empty((len(starts), len(ends)))
        sinks = base + len(at.street) + ends
        for begin in range(0, len(starts), AT_ONCE):
            some = base + starts[begin : begin + AT_ONCE]
            found[begin : begin + len(some)] = dijkstra(graph, indices=some)[:, sinks]
        return found[np.searchsorted(starts, row)][:, np.searchsorted(ends, column)]

    def _graph(self, at: OnStreet) -> tuple[csr_matrix, int]:
        """The three floors with the places, and how many crossings they have together: there the
        places as origins begin, and behind them the places as targets.
        """
        crossings, street_s = self.network.crossings, self._street_s()
        arcs, base = self.part.arcs, 3 * self.network.crossings
        driven = np.isfinite(street_s[arcs[:, 2]])
        parts = [
            (
                arcs[driven, 0],
                arcs[driven, 1],
                street_s[arcs[driven, 2]] + self.crossing_s,
            ),
            *self._on_foot(crossings),
            *self._access(at, street_s, base),
        ]
        start, end, cost = (np.concatenate(each) for each in zip(*parts, strict=True))
        size = base + 2 * len(at.street)
        return _lightest(start, end, cost, size), base

    def _on_foot(self, crossings: int) -> list[_Arcs]:
        """Closed streets walked along to get out (the second floor) and in (the third)."""
        shut = [number for number, what in self.closed.items() if not self._share(what)]
        found: list[_Arcs] = []
        for floor, streets in (
            (crossings, np.array(shut, np.int64)),
            (2 * crossings, np.array([n for n in shut if self.closed[n].entry], np.int64)),
        ):
            ends = self.network.ends[streets]
            walk_s = self.network.metres[streets] / (self.foot_km_h / 3.6)
            found.append((floor + ends[:, 0], floor + ends[:, 1], walk_s))
            found.append((floor + ends[:, 1], floor + ends[:, 0], walk_s))
        every = np.unique(self.network.ends[np.array(shut, np.int64)])
        found.append((crossings + every, every, np.zeros(len(every))))
        found.append((every, 2 * crossings + every, np.zeros(len(every))))
        return found

    def _access(self, at: OnStreet, street_s: Floats, base: int) -> list[_Arcs]:
        """From each place to the ends of its street, and from them to it."""
        crossings, places = self.network.crossings, np.arange(len(at.street))
        one_way = self.network.one_way[at.street] & (self.profile != Profile.FOOT)
        shut = ~np.isfinite(street_s[at.street])
        entry = np.array(
            [self.closed[n].entry if n in self.closed else True for n in at.street.tolist()], bool
        )
        metres = self.network.metres[at.street]
        whole_s = np.where(shut, metres / (self.foot_km_h / 3.6), street_s[at.street])
        first, last = self.network.ends[at.street].T
        up, down = np.where(shut, crossings, 0), np.where(shut, 2 * crossings, 0)
        back, into = shut | ~one_way, ~shut | entry
        source, sink = base + places, base + len(places) + places
        before, after = at.part * whole_s, (1 - at.part) * whole_s
        return [
            (source, last + up, after),
            (source[back], (first + up)[back], before[back]),
            ((first + down)[into], sink[into], before[into]),
            ((last + down)[back & into], sink[back & into], after[back & into]),
        ]

    def _along_one_street(self, ways: Floats, at: OnStreet, row: Ints, column: Ints) -> None:
        """Ways between two places on the same street, where it is used that way."""
        street_s = self._street_s()
        by_street: dict[int, list[int]] = {}
        for n, street in enumerate(at.street[column].tolist()):
            by_street.setdefault(street, []).append(n)
        for n, (street, part) in enumerate(zip(at.street[row], at.part[row], strict=True)):
            others = np.array(by_street.get(int(street), []), np.int64)
            ahead = at.part[column][others] - part
            whole_s, is_shut = street_s[street], not np.isfinite(street_s[street])
            if is_shut:  # who is in it already walks
                whole_s = self.network.metres[street] / (self.foot_km_h / 3.6)
            if self.network.one_way[street] and self.profile != Profile.FOOT and not is_shut:
                others, ahead = others[ahead >= 0], ahead[ahead >= 0]
            ways[n, others] = np.minimum(ways[n, others], np.abs(ahead) * whole_s)


def _lightest(start: Ints, end: Ints, cost: Floats, size: int) -> csr_matrix:
    """The graph, of several arcs between the same two the lightest (a sparse matrix would add them
    up); none costs nothing, for that would be no arc.
    """
    order = np.lexsort((cost, end, start))
    start, end, cost = start[order], end[order], cost[order]
    first = np.ones(len(start), bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    arcs = (np.maximum(cost[first], 1e-6), (start[first], end[first]))
    return coo_matrix(arcs, (size, size)).tocsr()
