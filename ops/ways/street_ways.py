"""How long ways over streets take. Pure.

The graph has floors. Vehicles drive through on one of them, where what is closed or barred to them
is missing. From a place on a street that they may go to only they drive off on the floor above it,
along such streets alone, and to it on the floor below; a place that no vehicle gets to is left and
reached on foot on the outermost floors in the same way. So work in a closed stretch can be done
from its ends, and nobody's way leads through it. Who goes on foot anyway passes where people get
in, water aside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import dijkstra

from data.model.city import Position, Profile
from data.model.street.streets import StreetClass
from ops.ways.closed_streets import Closed
from ops.ways.network import Bools, Floats, Ints, OnStreet, Part, StreetNetwork
from ops.ways.vehicles import Vehicle

AT_ONCE = 64
"""So many origins are searched from at once, for memory's sake."""
REMEMBERED = 4
"""Tables that a value keeps: the same places are asked for again and again by one plan."""
_LANE = list(StreetClass).index(StreetClass.LANE)
_Arcs = tuple[Ints, Ints, Floats]
_OUT_ON_FOOT, _OUT, _THROUGH, _IN, _IN_ON_FOOT = range(5)
_DOWN = ((_OUT_ON_FOOT, _OUT), (_OUT_ON_FOOT, _THROUGH), (_OUT, _THROUGH),
         (_THROUGH, _IN), (_THROUGH, _IN_ON_FOOT), (_IN, _IN_ON_FOOT))  # fmt: skip
"""The floors, and which lead to which at a crossing."""


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
    vehicle: Vehicle
    km_h: tuple[float, ...]
    foot_km_h: float
    crossing_s: float
    far_m: float
    closed: Mapping[int, Closed] = field(default_factory=dict)
    _known: dict[tuple, Floats] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def part(self) -> Part:
        """The part of the network that is used."""
        return self.network.part(self.vehicle)

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
        group = self.part.group[at.street] if len(self.part.group) else at.street
        unknown = np.isinf(ways) & (group[row][:, None] != group[column][None, :])
        is_far = at.off_m > self.far_m
        ways[unknown | is_far[row][:, None] | is_far[column][None, :]] = np.nan
        ways[row[:, None] == column[None, :]] = 0.0
        return ways

    def walked_to(self, positions: Sequence[Position]) -> list[str | None]:
        """Of each place the street on which it is reached on foot only, for it is too narrow, low
        or weak for the vehicle or barred to it; ``None`` where the vehicle gets there.
        """
        at = self.part.locate(positions)
        return [
            self.network.streets[street].name if off_m <= self.far_m and on_foot else None
            for street, off_m, on_foot in zip(
                at.street.tolist(), at.off_m.tolist(), self._is_walked(at).tolist(), strict=True
            )
        ]

    def _is_walked(self, at: OnStreet) -> Bools:
        return self.part.on_foot[at.street] if len(at.street) else np.zeros(0, bool)

    @property
    def _lane_km_h(self) -> float:
        return self.km_h[_LANE]

    def _share(self) -> Floats:
        """What is left of the speed on each street; 0: nobody passes."""
        share = np.ones(len(self.network.metres))
        for street, what in self.closed.items():
            is_passed = self.vehicle.profile is Profile.FOOT and what.walked
            share[street] = what.share or float(is_passed)
        return share

    def _street_s(self) -> tuple[Floats, Bools]:
        """Seconds along each street as it is now, and whether it is walked: where it is closed, or
        no vehicle gets there.
        """
        share = self._share()
        walked = (share == 0) | self.part.on_foot
        speed = np.array(self.km_h)[self.network.kind] * share
        speed = np.where(walked, self.foot_km_h, speed) / 3.6
        metres = self.network.metres
        return np.divide(metres, speed, out=np.full(len(speed), np.inf), where=speed > 0), walked

    def _searched(self, at: OnStreet, row: Ints, column: Ints) -> Floats:
        """Ways by way of crossings."""
        starts, ends = np.unique(row), np.unique(column)
        if not len(starts) or not len(self.network.streets):
            return np.full((len(row), len(column)), np.inf)
        graph, sources, sinks = self._graph(at)
        found = np.empty((len(starts), len(ends)))
        for begin in range(0, len(starts), AT_ONCE):
            some = sources[starts[begin : begin + AT_ONCE]]
            found[begin : begin + len(some)] = dijkstra(graph, indices=some)[:, sinks[ends]]
        return found[np.searchsorted(starts, row)][:, np.searchsorted(ends, column)]

    def _graph(self, at: OnStreet) -> tuple[csr_matrix, Ints, Ints]:
        """The floors with the places: the numbers at which each begins as an origin, and ends as a
        target.
        """
        street_s, walked = self._street_s()
        arcs, base, places = self.part.arcs, 5 * self.network.crossings, len(at.street)
        driven = ~walked[arcs[:, 2]]
        parts = [
            self._on(_THROUGH, arcs[driven], street_s, self.crossing_s),
            *self._beside(at, street_s, walked),
            *self._access(at, street_s, walked, base),
        ]
        start, end, cost = (np.concatenate(each) for each in zip(*parts, strict=True))
        is_used = np.zeros(base + 2 * places, bool)
        is_used[start] = is_used[end] = is_used[base:] = True
        number = np.cumsum(is_used) - 1  # most floors are empty nearly everywhere
        graph = _lightest(number[start], number[end], cost, int(is_used.sum()))
        return graph, number[base : base + places], number[base + places :]

    def _on(self, floor: int, arcs: Ints, street_s: Floats, more_s: float = 0.0) -> _Arcs:
        first = floor * self.network.crossings
        return first + arcs[:, 0], first + arcs[:, 1], street_s[arcs[:, 2]] + more_s

    def _beside(self, at: OnStreet, street_s: Floats, walked: Bools) -> list[_Arcs]:
        """The floors above and below that on which vehicles drive through."""
        beyond = self.part.beyond  # only the pieces on which places lie
        wanted = (beyond >= 0) & np.isin(beyond, beyond[at.street])
        closed = np.zeros(len(beyond), bool)
        closed[list(self.closed)] = True
        ends = self.part.ends[wanted[self.part.ends[:, 2]] & ~walked[self.part.ends[:, 2]]]
        streets = np.flatnonzero(walked & (wanted | (closed & (beyond < 0))))
        let_in = np.flatnonzero(self._lets_in()[streets])
        out, into = self._both_ways(streets), self._both_ways(streets[let_in])
        crossings = self.network.crossings
        every = np.unique(np.concatenate([out[:, 0], ends[:, 0], ends[:, 1]]))
        return [
            self._on(_OUT_ON_FOOT, out, street_s),
            self._on(_OUT, ends, street_s, self.crossing_s),
            self._on(_IN, ends, street_s, self.crossing_s),
            self._on(_IN_ON_FOOT, into, street_s),
            *(
                (upper * crossings + every, lower * crossings + every, np.zeros(len(every)))
                for upper, lower in _DOWN
            ),
        ]

    def _both_ways(self, streets: Ints) -> Ints:
        first, last = self.network.ends[streets].T
        return np.concatenate(
            [np.column_stack([first, last, streets]), np.column_stack([last, first, streets])]
        )

    def _lets_in(self) -> Bools:
        """Whether who works on a street gets in."""
        found = np.ones(len(self.network.metres), bool)
        for street, what in self.closed.items():
            found[street] = what.entry
        return found

    def _access(self, at: OnStreet, street_s: Floats, walked: Bools, base: int) -> list[_Arcs]:
        """From each place to the ends of its street, and from them to it."""
        crossings, places = self.network.crossings, np.arange(len(at.street))
        shut = walked[at.street]
        is_end = np.isin(at.street, self.part.ends[:, 2])
        up = crossings * np.where(shut, _OUT_ON_FOOT, np.where(is_end, _OUT, _THROUGH))
        down = crossings * np.where(shut, _IN_ON_FOOT, np.where(is_end, _IN, _THROUGH))
        one_way = self.network.one_way_for(self.vehicle)[at.street]
        back, into = shut | ~one_way, ~shut | self._lets_in()[at.street]
        first, last = self.network.ends[at.street].T
        source, sink = base + places, base + len(places) + places
        before, after = at.part * street_s[at.street], (1 - at.part) * street_s[at.street]
        return [
            (source, last + up, after),
            (source[back], (first + up)[back], before[back]),
            ((first + down)[into], sink[into], before[into]),
            ((last + down)[back & into], sink[back & into], after[back & into]),
        ]

    def _along_one_street(self, ways: Floats, at: OnStreet, row: Ints, column: Ints) -> None:
        """Ways between two places on the same street, where it is used that way; who is in a closed
        one already walks.
        """
        street_s, walked = self._street_s()
        one_way = self.network.one_way_for(self.vehicle) & ~walked
        by_street: dict[int, list[int]] = {}
        for n, street in enumerate(at.street[column].tolist()):
            by_street.setdefault(street, []).append(n)
        for n, (street, part) in enumerate(zip(at.street[row], at.part[row], strict=True)):
            others = np.array(by_street.get(int(street), []), np.int64)
            ahead = at.part[column][others] - part
            if one_way[street]:
                others, ahead = others[ahead >= 0], ahead[ahead >= 0]
            ways[n, others] = np.minimum(ways[n, others], np.abs(ahead) * street_s[street])


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
