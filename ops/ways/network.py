"""A street map as a graph: crossings, directed streets between them, which of them hang together,
and where a place lies on it. Pure.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from data.geo import EARTH_RADIUS_M
from data.model.city import Position, Profile
from data.model.street.streets import StreetClass, StreetMap
from ops.ways.vehicles import Vehicle

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
BESIDE_M = 30.0
"""A street that a vehicle can't use must be so much nearer to a place than one that it can, for the
place to lie on it: else it is worked on from the kerb (an assumption: a wide carriageway).
"""
_NUMBER = {profile: n for n, profile in enumerate(Profile)}
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
    metres, kind, one_way, against : (streets,)
        Length, number of the class in `StreetClass`, whether it is driven from its first end to
        its second only, and whether scooters may go against that.
    barred, no_through : (streets, profiles)
        Who may not use it, and who may not go through, in the order of `Profile`.
    largest : (streets, 3)
        Weight, t, height and width, m, of the largest vehicle that passes.
    hours
        The streets that are barred in some hours, by whom and by the quarters of the week, as
        `Access.hours` has them.
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
        access = [street.access for street in self.streets]
        self.against = np.array([one.scooters_both_ways for one in access], bool)
        self.barred, self.no_through = (
            np.array([[each in some for each in Profile] for some in whom], bool).reshape(
                -1, len(Profile)
            )
            for whom in ([one.barred for one in access], [one.no_through for one in access])
        )
        self.largest = np.array(
            [[one.weight_t, one.height_m, one.width_m] for one in access], float
        ).reshape(-1, 3)
        self.hours: dict[tuple[Profile, int], set[int]] = defaultdict(set)
        for n, one in enumerate(access):
            for told in one.hours:
                self.hours[told].add(n)
        self.crossings = len(number)
        first = self.streets[0].line[0] if self.streets else (0.0, 0.0)
        self._scale = math.cos(math.radians(first[1]))
        self._lines = [self.plane(street.line) for street in self.streets]
        self._pieces = [np.hypot(*np.diff(line, axis=0).T) for line in self._lines]
        self.metres = np.array([pieces.sum() for pieces in self._pieces])
        self._parts: dict[Vehicle, Part] = {}

    def plane(self, positions: Sequence[Position]) -> Floats:
        """Positions in metres on a plane that is right to some permille within a district."""
        at = np.array(positions, float).reshape(-1, 2)
        return at * _M_DEG * np.array([self._scale, 1.0])

    @cached_property
    def driven(self) -> "Part":
        """The part of the network that some motor vehicle uses."""
        return self.part(Vehicle(profile=Profile.CAR))

    @cached_property
    def walked(self) -> "Part":
        """The part of the network that people on foot use."""
        return self.part(Vehicle(profile=Profile.FOOT))

    def part(self, vehicle: Vehicle) -> "Part":
        """The part of the network that a vehicle uses."""
        if vehicle not in self._parts:
            self._parts[vehicle] = Part(self, vehicle)
        return self._parts[vehicle]

    def fits(self, vehicle: Vehicle) -> Bools:
        """Which streets are wide enough for a vehicle, whatever signs say."""
        return (self.kind != _PATH) | np.bool_(not vehicle.is_driven)

    def admits(self, vehicle: Vehicle) -> Bools:
        """Which streets a vehicle may use and fits into."""
        size = np.array([vehicle.weight_t, vehicle.height_m, vehicle.width_m])
        return (
            self.fits(vehicle)
            & ~self._told(self.barred, vehicle)
            & (size <= self.largest).all(axis=1)
        )

    def is_end_for(self, vehicle: Vehicle) -> Bools:
        """Which streets a vehicle may go to but not through."""
        return self._told(self.no_through, vehicle)

    def _told(self, signs: Bools, vehicle: Vehicle) -> Bools:
        own = signs[:, _NUMBER[vehicle.profile]]
        return own & signs[:, _NUMBER[Profile.CAR]] if vehicle.has_pass else own

    def shut_for(self, vehicle: Vehicle, week: int) -> set[int]:
        """The streets that signs bar to a vehicle in one of these quarters of the week."""

        def shut(profile: Profile) -> set[int]:
            some = (who is profile and bool(when & week) for who, when in self.hours)
            return set().union(*compress(self.hours.values(), some))

        own = shut(vehicle.profile)
        return own & shut(Profile.CAR) if vehicle.has_pass else own

    def one_way_for(self, vehicle: Vehicle) -> Bools:
        """Which streets a vehicle uses in one direction only."""
        if vehicle.profile is Profile.FOOT:
            return np.zeros(len(self.kind), bool)
        return self.one_way & ~self.against if vehicle.profile is Profile.SCOOTER else self.one_way

    def points(self, which: Ints) -> tuple[Floats, Ints, Ints]:
        """Points along these streets, the street and the piece of its line that each lies on."""
        steps = [np.maximum(1, np.ceil(self._pieces[n] / STEP_M)).astype(int) for n in which]
        if not steps:
            return np.zeros((0, 2)), np.zeros(0, np.int64), np.zeros(0, np.int64)
        begins = np.concatenate([self._lines[n][:-1] for n in which])
        along = np.concatenate([np.diff(self._lines[n], axis=0) for n in which])
        pieces = np.concatenate([np.arange(len(each)) for each in steps])
        streets = np.repeat(which, [len(each) for each in steps])
        count = np.concatenate(steps)
        of_piece = np.repeat(np.arange(len(count)), count)
        nth = np.arange(len(of_piece)) - np.repeat(np.cumsum(count) - count, count)
        parts = ((nth + 0.5) / count[of_piece])[:, None]
        found = begins[of_piece] + parts * along[of_piece]
        return found, streets[of_piece], pieces[of_piece]

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


@dataclass(frozen=True, slots=True)
class _Core:
    """What of the usable streets hangs together.

    Attributes
    ----------
    group : (crossings,)
        Which crossings hang together: each is reached from each.
    streets : (streets,)
        Which streets lie within one of the large groups.
    """

    group: Ints
    streets: Bools


class Part:
    """The streets of a network that one kind of vehicle uses, without what hangs together with
    nothing.

    Attributes
    ----------
    arcs : (arcs, 3)
        From, to and street: each direction in which it is driven through.
    ends : (arcs, 3)
        The same of the streets that it may go to only.
    streets : (streets,)
        The numbers of the streets that it goes through.
    beyond : (streets,)
        Which piece beside them each street belongs to that it may go to only, or that is walked
        from where it can't go on; -1: to none.
    on_foot : (streets,)
        Which of those are walked.
    group : (streets,)
        Which streets would hang together if nothing were barred; -1: no place is looked for there.
    alone, groups : int
        How many usable streets are left out, for they hang together with nothing or can't be left
        again; into how many parts the rest would fall if nothing were barred.
    is_split : bool
        Whether it falls into more than that.
    along
        The streets along courses that were asked for, for the same closures are met plan after
        plan.
    """

    def __init__(self, network: StreetNetwork, vehicle: Vehicle) -> None:
        self.network = network
        one_way, usable = network.one_way_for(vehicle), network.admits(vehicle)
        through = usable & ~network.is_end_for(vehicle)
        core = _core(network, through, one_way)
        free = _core(network, network.fits(vehicle), one_way)  # if no sign barred anything
        self.arcs, self.ends = (
            _arcs(network, some, one_way) for some in (through, usable & ~through)
        )
        self.streets = np.flatnonzero(core.streets)
        self.alone = int(through.sum()) - len(self.streets)
        pieces, self.groups = (
            len(np.unique(group[network.ends[self.streets, 0]]))
            for group in (core.group, free.group)
        )
        self.is_split = pieces > self.groups
        walked = network.admits(Vehicle(profile=Profile.FOOT)) & ~core.streets
        walked &= ~usable | free.streets
        walked &= np.bool_(vehicle.profile is not Profile.FOOT)
        self.on_foot = walked & ~(usable & ~through)
        self.beyond, self.group = _beside(network, core, walked | (usable & ~through), free.group)
        self.along: dict[tuple[tuple[Position, ...], str], frozenset[int]] = {}

    @cached_property
    def _tree(self) -> "_Nearest":
        return _Nearest(self.network, self.streets)

    @cached_property
    def _tree_beyond(self) -> "_Nearest":
        return _Nearest(self.network, np.flatnonzero(self.beyond >= 0))

    def locate(self, positions: Sequence[Position]) -> OnStreet:
        """The nearest point of a street to each place; nowhere (infinitely far off) where there is
        no street at all. On a street that is gone to only, or walked, a place lies where that is
        much nearer.
        """
        here = self.network.plane(positions)
        at, other = self._tree.to(here), self._tree_beyond.to(here)
        is_other = other.off_m + np.where(self.on_foot[other.street], BESIDE_M, 0.0) < at.off_m
        pairs = zip(
            (at.street, at.part, at.off_m), (other.street, other.part, other.off_m), strict=True
        )
        return OnStreet(*(np.where(is_other, beyond, own) for own, beyond in pairs))


class _Nearest:
    """The nearest of some streets to places."""

    def __init__(self, network: StreetNetwork, which: Ints) -> None:
        self._network = network
        points, self._streets, self._pieces = network.points(which)
        self._points = KDTree(points) if len(points) else None

    def to(self, here: Floats) -> OnStreet:
        """Where places in metres lie on these streets."""
        count = len(here)
        street, part = np.zeros(count, np.int64), np.zeros(count)
        off = np.full(count, np.inf)
        if self._points is None or not count:
            return OnStreet(street, part, off)
        _, near = self._points.query(here, k=min(NEAREST, len(self._streets)))
        for n, row in enumerate(near.reshape(count, -1)):
            for point in row:
                number = int(self._streets[point])
                away, along = self._network.beside(here[n], number, int(self._pieces[point]))
                if away < off[n]:
                    off[n], street[n] = away, number
                    part[n] = along / max(self._network.metres[number], 1e-9)
        return OnStreet(street, np.clip(part, 0.0, 1.0), off)


def _arcs(network: StreetNetwork, which: Bools, one_way: Bools) -> Ints:
    forth, back = np.flatnonzero(which), np.flatnonzero(which & ~one_way)
    ends = network.ends
    return np.concatenate(
        [np.column_stack([ends[forth], forth]), np.column_stack([ends[back][:, ::-1], back])]
    )


def _core(network: StreetNetwork, usable: Bools, one_way: Bools) -> _Core:
    arcs, ends = _arcs(network, usable, one_way), network.ends
    count, group = connected_components(
        _graph(arcs, network.crossings), directed=True, connection="strong"
    )
    inside = usable & (group[ends[:, 0]] == group[ends[:, 1]])
    length = np.bincount(group[ends[inside, 0]], weights=network.metres[inside], minlength=count)
    large = length >= max(ALONE_SHARE * length.sum(), 1e-9)
    return _Core(group, inside & large[group[ends[:, 0]]])


def _beside(network: StreetNetwork, core: _Core, which: Bools, group: Ints) -> tuple[Ints, Ints]:
    """The pieces that streets beside the core form, those that touch it alone; and the group of
    each street, for a piece that of where it touches.
    """
    ends, streets = network.ends, np.flatnonzero(which)
    count, piece = connected_components(
        _graph(np.column_stack([ends[streets], streets]), network.crossings), directed=False
    )
    own = np.full(count, -1)
    touching = np.unique(ends[core.streets])[::-1]
    own[piece[touching]] = group[touching]
    of_street = np.full(len(which), -1)
    of_street[streets] = piece[ends[streets, 0]]
    of_street[of_street >= 0] = np.where(
        own[of_street[of_street >= 0]] >= 0, of_street[of_street >= 0], -1
    )
    groups = np.where(core.streets, group[ends[:, 0]], -1)
    return of_street, np.where(of_street >= 0, own[of_street], groups)


def _graph(arcs: Ints, crossings: int) -> coo_matrix:
    ones = np.ones(len(arcs), np.int8)
    return coo_matrix((ones, (arcs[:, 0], arcs[:, 1])), (crossings, crossings)).tocsr()
