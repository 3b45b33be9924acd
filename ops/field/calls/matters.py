"""Calls about the same thing are one matter: thirty about one puddle are one place to go to. Pure.

A call joins when it comes in, and stays where it was put: what is added later never moves a job
that somebody is on the way to. The desk splits a call off, or joins two matters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from data.geo import distance_m
from data.model.city import City, Position
from data.model.field import HELP, Incident
from data.store.field import Sort

WATER = frozenset({"blocked_inlet", "standing_water", "vehicle_in_water"})
"""Kinds that are one matter at one place: the puddle, the grate below it, the car in it."""
ALONE = frozenset({"other"})
"""Kinds of which nobody knows whether two are the same."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Calls about the same thing, in order of receipt: at least one."""

    calls: tuple[Incident, ...]

    @property
    def id(self) -> int | None:
        """The number of its first call, though that one may be closed; its jobs are called by
        it.
        """
        return self.calls[0].matter

    @property
    def first(self) -> Incident:
        """The call that stands for it: the first one that is kept of it."""
        return self.calls[0]

    @property
    def count(self) -> int:
        """How many have called."""
        return len(self.calls)

    @property
    def is_open(self) -> bool:
        """Whether anybody who called waits still."""
        return any(call.closed_at is None for call in self.calls)

    @property
    def kinds(self) -> frozenset[str]:
        """All that was reported of it."""
        return frozenset(call.kind for call in self.calls)

    @property
    def depth_cm(self) -> float | None:
        """The worst depth that was told."""
        return max(
            (call.depth_cm for call in self.calls if call.depth_cm is not None), default=None
        )

    @property
    def earliest(self) -> Incident:
        """The call that was made first, whenever it reached us."""
        return min(self.calls, key=lambda call: (call.reported_at, call.id or 0))

    @property
    def position(self) -> Position | None:
        """Where it is, by the first call that told."""
        return next((call.position for call in self.calls if call.position is not None), None)

    @property
    def inlet_ids(self) -> tuple[str, ...]:
        """The inlets that were named."""
        return tuple(dict.fromkeys(call.inlet_id for call in self.calls if call.inlet_id))


def matters(calls: Iterable[Incident]) -> tuple[Matter, ...]:
    """The calls by the matters that they belong to, the matter that came first before the others;
    every call is in one.
    """

    def key(call: Incident) -> tuple[int, int]:
        return call.matter or 0, call.id or 0

    ordered = sorted(calls, key=key)
    return tuple(Matter(tuple(group)) for _, group in groupby(ordered, lambda call: key(call)[0]))


def sorting_by(same_place_m: float, same_hours: float) -> Sort:
    """How a new call is sorted among those that are open.

    Parameters
    ----------
    same_place_m
        Calls so near to the place of a matter are about that; nearer than one on the same segment.
    same_hours
        A call that comes so long after the last one of a matter is another.
    """

    def sort(call: Incident, still_open: Sequence[Incident]) -> tuple[int | None, bool]:
        found = [
            (rank, matter)
            for matter in matters(still_open)
            if _same_kind(call, matter)
            and _same_time(call, matter, timedelta(hours=same_hours))
            and (rank := _nearness(call, matter, same_place_m)) is not None
        ]
        if not found:
            return None, True
        _, matter = min(found, key=lambda each: (each[0], each[1].id or 0))
        return matter.id, is_graver(call, matter)

    return sort


def _same_kind(call: Incident, matter: Matter) -> bool:
    if HELP in (call.source, matter.first.source) or call.kind in ALONE:
        return False
    return call.kind in matter.kinds or (call.kind in WATER and bool(matter.kinds & WATER))


def maybe_same(
    matter: Matter, others: Iterable[Matter], city: City, near_m: float, hours: float
) -> tuple[Matter, ...]:
    """The open matters that may be this one, the nearest first: near it, within so many hours, and
    of its kind or one that nobody knows. A crew's call for help is none.
    """
    place = _place(matter, city)
    found = []
    for other in others:
        where = _place(other, city)
        if other.id == matter.id or place is None or where is None or not _alike(matter, other):
            continue
        metres = distance_m(place, where)
        late = abs(matter.earliest.reported_at - other.earliest.reported_at)
        if metres <= near_m and late <= timedelta(hours=hours):
            found.append((metres, other.id or 0, other))
    return tuple(other for *_, other in sorted(found, key=lambda one: one[:2]))


def _alike(one: Matter, other: Matter) -> bool:
    if HELP in (one.first.source, other.first.source):
        return False
    kinds, others = one.kinds, other.kinds
    unknown = bool((kinds | others) & ALONE)
    return unknown or bool(kinds & others) or (bool(kinds & WATER) and bool(others & WATER))


def _place(matter: Matter, city: City) -> Position | None:
    if matter.position:
        return matter.position
    segment = city.segment_by_id.get(matter.first.segment_id or "")
    return segment.middle if segment else None


def _same_time(call: Incident, matter: Matter, within: timedelta) -> bool:
    return any(abs(call.reported_at - each.reported_at) <= within for each in matter.calls)


def _nearness(call: Incident, matter: Matter, same_place_m: float) -> float | None:
    """Metres to a matter that is near; one on the same segment, but not known to be near, comes
    after those; ``None``: it is elsewhere.
    """
    if call.position is not None and matter.position is not None:
        metres = distance_m(call.position, matter.position)
        if metres <= same_place_m:
            return metres
    on_it = call.segment_id is not None and call.segment_id == matter.first.segment_id
    return same_place_m + 1 if on_it else None


def is_graver(call: Incident, matter: Matter) -> bool:
    """Whether a call says more of a matter than is known: deeper, or something new."""
    return (call.depth_cm or 0.0) > (matter.depth_cm or 0.0) or call.kind not in matter.kinds
