"""Which streets of a network a closure closes or slows. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.model.city import Position
from data.model.street.streets import Closure
from ops.ways.network import Part, StreetNetwork

WATER = "water"
"""The source of closures that reported water is."""
EVERY_M = 10.0
ON_IT_M = 40.0
"""A closure's course lies no farther from the street that is meant (an assumption: the offset of a
hand-drawn line, and a wide carriageway).
"""
CLOSES_M, CLOSES_SHARE = 25.0, 0.5
"""So many metres of a street, or such a share of a short one, must lie in a closure: that of the
next street which the course touches at a crossing does not (assumptions).
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """What is left of a street.

    Attributes
    ----------
    share
        Of its speed; 0: nobody drives through.
    entry
        Whether who works there gets in.
    walked
        Whether people on foot pass through: where they get in, but not through water.
    """

    share: float
    entry: bool
    walked: bool = True


def closed_streets(network: StreetNetwork, closures: Iterable[Closure]) -> dict[int, Closed]:
    """The streets that closures close or slow, by number; of two closures the graver counts."""
    found: dict[int, Closed] = {}
    for closure in closures:
        for street in streets_of(network.driven, closure.line, closure.name):
            known = found.get(street, Closed(1.0, True))
            share = min(known.share, closure.speed_share)
            is_in = known.entry and closure.lets_in
            is_dry = closure.source != WATER or closure.speed_share > 0
            found[street] = Closed(share, is_in, known.walked and is_in and is_dry)
    return found


def with_hours(closed: Mapping[int, Closed], barred: Iterable[int]) -> Mapping[int, Closed]:
    """What is closed, and streets that signs bar in these hours: who works there walks in."""
    usual = Closed(1.0, True)
    return {**closed, **{n: replace(closed.get(n, usual), share=0.0) for n in barred}}


def streets_of(part: Part, line: tuple[Position, ...], name: str = "") -> frozenset[int]:
    """The streets along which a course runs, by number; those that bear the name in ``name`` before
    others that are as near.
    """
    if (line, name) not in part.along:
        part.along[line, name] = _streets_of(part, line, name)
    return part.along[line, name]


def is_beside(position: Position, closure: Closure) -> bool:
    """Whether a place lies at a closure's course, where no street map tells whose street it is."""
    course = np.array([*closure.line, *_every(closure.line)], float)
    scale = np.array([np.cos(np.radians(position[1])), 1.0]) * 111_195.0
    off = np.hypot(*((course - np.array(position)) * scale).T)
    return bool((off <= ON_IT_M).any())


def without_ways_into(
    ways: npt.NDArray[np.int64],
    origins: Sequence[Position],
    targets: Sequence[Position],
    closures: Iterable[Closure],
    no_way: int,
) -> npt.NDArray[np.int64]:
    """Travelling times from each of the origins to each of the targets, ``no_way`` into a closure
    that lets nobody in, where no street map tells: who is inside may stay, and leave.
    """
    for closure in closures:
        if not closure.lets_in:
            outside, inside = (
                np.array([is_beside(one, closure) is there for one in places], bool)
                for places, there in ((origins, False), (targets, True))
            )
            ways = np.where(outside[:, None] & inside[None, :], no_way, ways)
    return ways


def _streets_of(part: Part, line: tuple[Position, ...], name: str) -> frozenset[int]:
    points = _every(line)
    at = part.locate(points)
    on_it = at.off_m <= ON_IT_M
    if not on_it.any():
        return frozenset()
    counts = Counter(at.street[on_it].tolist())
    long_enough = {
        street
        for street, count in counts.items()
        if count * EVERY_M >= min(CLOSES_M, CLOSES_SHARE * float(part.network.metres[street]))
    }
    called = {
        street
        for street in long_enough
        if (own := part.network.streets[street].name) and own in name
    }
    return frozenset(called or long_enough or {counts.most_common(1)[0][0]})


def _every(line: tuple[Position, ...]) -> list[Position]:
    """Positions along a course, some ten metres apart, none at its very ends: there other streets
    begin.
    """
    at = np.array(line, float)
    scale = np.array([np.cos(np.radians(at[0, 1])), 1.0]) * 111_195.0
    pieces = np.hypot(*(np.diff(at, axis=0) * scale).T)
    count = max(1, round(pieces.sum() / EVERY_M))
    along = (np.arange(count) + 0.5) / count * pieces.sum()
    ends = np.concatenate([[0.0], np.cumsum(pieces)])
    return [
        (float(lon), float(lat))
        for lon, lat in zip(
            np.interp(along, ends, at[:, 0]), np.interp(along, ends, at[:, 1]), strict=True
        )
    ]
