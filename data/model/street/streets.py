"""The streets of a district as units drive them, and what closes or slows them."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.city import Position, Profile
from data.model.message import Message

SAMPLE_STREETS = "longshan/streets.geojson"
"""The source of the made-up street map that comes with the sample: no map of a real district."""


class StreetClass(StrEnum):
    """How a street is built, the fastest first; in the file of another country whatever is like
    it.
    """

    EXPRESS = "express"  # 快速路: motorways and trunk roads
    MAIN = "main"  # 主干路
    MINOR = "minor"  # 次干路
    LOCAL = "local"  # 支路: residential streets
    LANE = "lane"  # 街巷: yards, service roads
    PATH = "path"  # too narrow for a lorry or a car


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may use a street.

    Attributes
    ----------
    barred
        Those who go by this do not use it at all.
    no_through
        They go to a place on it, but not through.
    scooters_both_ways
        Scooters go along a one-way street both ways.
    weight_t, height_m, width_m
        Of the largest vehicle that passes.
    hours
        Who may not use it in which quarters of an hour of the week: bits of a whole number, from
        Monday 0:00 on, local time.
    """

    barred: frozenset[Profile] = frozenset()
    no_through: frozenset[Profile] = frozenset()
    scooters_both_ways: bool = False
    weight_t: float = math.inf
    height_m: float = math.inf
    width_m: float = math.inf
    hours: tuple[tuple[Profile, int], ...] = ()


OPEN = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A stretch of street from crossing to crossing. Two join where an end of theirs is the same
    position, to the sixth decimal of a degree.

    Attributes
    ----------
    line
        Its course, at least two positions.
    one_way
        Nobody but who walks goes against ``line`` as it is written.
    """

    line: tuple[Position, ...]
    kind: StreetClass = StreetClass.LOCAL
    name: str = ""
    one_way: bool = False
    access: Access = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetMap:
    """All streets of a district, as one file brought them."""

    streets: tuple[Street, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStreets:
    """That a street map was loaded, without its weight; the latest is in force.

    ``digest`` names what was loaded: two of the same are the same streets.
    """

    id: int
    digest: str
    source: str
    streets: int
    loaded_at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A stretch of street that is closed or slow.

    Attributes
    ----------
    name
        How the stretch is called.
    line
        Its course; it need not be that of the street map, which may be replaced meanwhile.
    speed_share
        What is left of the speed; 0: closed, nobody drives through.
    entry
        Whether who works in a closed stretch gets in from its ends, on foot.
    from_at, to_at
        From when on, and until before when; ``None``: until somebody opens it.
    reason
        As it was typed, or a sentence of ours.
    source
        ``desk``, or whoever brought it; with ``external_id`` it is kept once.
    ended_by
        Who opened it before its time.
    """

    id: int | None = None
    operation_id: int
    name: str
    line: tuple[Position, ...]
    speed_share: float = 0.0
    entry: bool = True
    reason: str | Message = ""
    from_at: datetime
    to_at: datetime | None = None
    by: str
    source: str = "desk"
    external_id: str | None = None
    ended_by: str | None = None

    def __post_init__(self) -> None:
        if len(self.line) < 2:
            raise ValueError("a closure needs a line of at least two positions")
        if not 0 <= self.speed_share <= 1:
            raise ValueError(f"speed_share must lie in 0 to 1, got {self.speed_share}")
        if self.to_at is not None and self.to_at < self.from_at:
            raise ValueError("a closure must not end before it begins")

    @property
    def lets_in(self) -> bool:
        """Whether who works there gets in at all."""
        return self.entry or self.speed_share > 0

    def is_over(self, at: datetime) -> bool:
        """Whether the street is open again by then."""
        return self.to_at is not None and self.to_at <= at

    def is_in_force(self, at: datetime) -> bool:
        """Whether the street is closed or slow then."""
        return self.from_at <= at and not self.is_over(at)
