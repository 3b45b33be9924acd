"""One unit's day with its tank: when it goes to which dump site between its stops.

Stops stand still in time. What is aboard after each stop lies between nothing and the unit's
capacity; a visit to a dump site, in a gap of the day, makes it nothing. Of all ways to place visits
and breaks the one with the least travel is found: a dynamic program over the gaps, whose state is
what is aboard and which breaks have been taken (multi-trip routing with intermediate facilities:
Crevier, Cordeau and Laporte 2007).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import NamedTuple

from solver.parts import DumpSite, Unit
from solver.timeline import Stop, fits, place_breaks, travelled
from solver.travel_matrix import Rows as Travel


class Visit(NamedTuple):
    """A visit to a dump site; seconds."""

    site: DumpSite
    start: int
    end: int


class Tour(NamedTuple):
    """A day that can be lived: seconds of travel, the breaks in the order of the unit's, and the
    visits to dump sites in order; ``visits[k]`` are kept with the number of their gap.
    """

    travel: int
    breaks: list[tuple[int, int]]
    visits: list[tuple[int, Visit]]


class _Gap(NamedTuple):
    """From `free` at place `at` to `until` at place `to` (``None``: anywhere)."""

    free: int
    at: int
    until: int
    to: int | None


class _Held(NamedTuple):
    """What one gap holds: travel, its breaks with their numbers, and the visit."""

    travel: int
    breaks: tuple[tuple[int, int, int], ...]
    visit: Visit | None


def lives(unit: Unit, stops: list[Stop], travel: Travel, sites: tuple[DumpSite, ...]) -> bool:
    """Whether the unit can live this day: travel, breaks, and its tank."""
    if unit.capacity is None or not stops or holds_all(unit, stops):
        return fits(unit, stops, travel)
    return fits(unit, stops, travel) and tour(unit, stops, travel, sites) is not None


def travelled_with_tank(
    unit: Unit, stops: list[Stop], travel: Travel, sites: tuple[DumpSite, ...]
) -> int:
    """Seconds on the road of a day that can be lived, dump sites and all; 0 without any stop."""
    if unit.capacity is None or not stops:
        return travelled(unit, stops, travel)
    found = tour(unit, stops, travel, sites)
    return travelled(unit, stops, travel) if found is None else found.travel


def without_tank(unit: Unit) -> Unit:
    """The unit as if it carried nothing."""
    return replace(unit, capacity=None, aboard=0, ends_empty=False)


def holds_all(unit: Unit, stops: list[Stop]) -> bool:
    """Whether the tank never need be emptied."""
    load, most = unit.aboard, unit.capacity or 0
    for stop in stops:
        load += stop.load
        if not 0 <= load <= most:
            return False
    return load == 0 or not unit.ends_empty


def tour(unit: Unit, stops: list[Stop], travel: Travel, sites: tuple[DumpSite, ...]) -> Tour | None:
    """The day with the least travel; ``None`` when it cannot be lived, which is proved.

    Parameters
    ----------
    stops
        In the order of their starts.
    """
    if not stops or unit.capacity is None:
        breaks = place_breaks(unit, stops, travel)
        return None if breaks is None else Tour(travelled(unit, stops, travel), breaks, [])
    return _Day(unit, stops, travel, tuple(site for site in sites if site.admits(unit))).best()


class _Day:
    """The dynamic program for one day."""

    def __init__(
        self, unit: Unit, stops: list[Stop], travel: Travel, sites: tuple[DumpSite, ...]
    ) -> None:
        self.unit, self.stops, self.travel, self.sites = unit, stops, travel, sites
        self.all_breaks = (1 << len(unit.breaks)) - 1
        ends = [unit.shift[0], *(stop.end for stop in stops)]
        ends = [max(end, stop.opens) for end, stop in zip(ends, stops, strict=False)] + ends[-1:]
        starts = [*(stop.start for stop in stops), unit.shift[1]]
        stands = [unit.start, *(stop.location for stop in stops)]
        goals = [*stands[1:], unit.end]
        self.gaps = [_Gap(ends[k], stands[k], starts[k], goals[k]) for k in range(len(stops) + 1)]
        self.held = cache(self._held)

    def best(self) -> Tour | None:
        """From the last gap to the first: the least travel from each state on."""
        reached = self._reached()
        least: dict[tuple[int, int], tuple[int, tuple]] = {}
        for k in reversed(range(len(self.gaps))):
            later, least = least, {}
            for aboard, taken in reached[k]:
                found = min(
                    (
                        (held.travel + rest[0], (held, rest[1]))
                        for held, state in self._steps(k, aboard, taken)
                        if (rest := self._rest(k, state, later)) is not None
                    ),
                    key=lambda each: each[0],
                    default=None,
                )
                if found is not None:
                    least[aboard, taken] = found
        start = least.get((self.unit.aboard, 0))
        return None if start is None else self._tour(*start)

    def _reached(self) -> list[set[tuple[int, int]]]:
        """The states in which each gap may begin."""
        result = [{(self.unit.aboard, 0)}]
        for k in range(len(self.stops)):
            result.append({state for old in result[k] for _, state in self._steps(k, *old)})
        return result

    def _steps(self, k: int, aboard: int, taken: int) -> Iterator[tuple[_Held, tuple[int, int]]]:
        """All that gap k may hold, and the state after the stop behind it."""
        load = self.stops[k].load if k < len(self.stops) else 0
        for site in (None, *self.sites):
            left = (aboard if site is None else 0) + load
            if not 0 <= left <= (self.unit.capacity or 0):
                continue
            for breaks in self._choices(taken, k == len(self.stops)):
                held = self.held(k, site, breaks)
                if held is not None:
                    yield held, (left, taken | breaks)

    def _choices(self, taken: int, last: bool) -> Iterator[int]:
        """Which breaks may be taken in a gap: any of the others, in the last one all of them."""
        others = self.all_breaks & ~taken
        chosen = others
        while True:
            yield chosen
            if chosen == 0 or last:
                return
            chosen = (chosen - 1) & others

    def _rest(self, k: int, state: tuple[int, int], later: dict) -> tuple[int, tuple] | None:
        if k < len(self.stops):
            return later.get(state)
        return None if self.unit.ends_empty and state[0] else (0, ())

    def _held(self, k: int, site: DumpSite | None, breaks: int) -> _Held | None:
        """How a gap holds its travel with these breaks and a visit, as early as may be; ``None``
        where it does not.
        """
        gap, travel = self.gaps[k], self.travel
        if site is None:
            legs = [0 if gap.to is None else travel[gap.at][gap.to]]
        else:
            on = 0 if gap.to is None else travel[site.location][gap.to]
            legs = [travel[gap.at][site.location], on]
        if sum(legs) > gap.until - gap.free:
            return None
        numbers = [b for b in range(len(self.unit.breaks)) if breaks >> b & 1]
        events = [*numbers, *(() if site is None else (-1,))]
        for order in permutations(events):
            held = self._in_order(gap, site, legs, order)
            if held is not None:
                return held
        return None

    def _in_order(
        self, gap: _Gap, site: DumpSite | None, legs: list[int], order: tuple[int, ...]
    ) -> _Held | None:
        """Breaks (by number) and the visit (-1) one after the other; waits serve for the way."""
        now, owed, rests, visit = gap.free, legs[0], [], None
        for event in order:
            if event < 0 and site is not None:
                start = site.first_start(now + owed)
                if start is None:
                    return None
                now, owed = start + site.duration, legs[1]
                visit = Visit(site, start, now)
                continue
            rest = self.unit.breaks[event]
            start = max(now, rest.window[0])
            owed = max(0, owed - (start - now))
            now = start + rest.duration
            if now > rest.window[1]:
                return None
            rests.append((event, start, now))
        return _Held(sum(legs), tuple(rests), visit) if now + owed <= gap.until else None

    def _tour(self, travel: int, chain: tuple) -> Tour:
        breaks: dict[int, tuple[int, int]] = {}
        visits, k = [], 0
        while chain:
            held, chain = chain
            breaks |= {number: (start, end) for number, start, end in held.breaks}
            if held.visit is not None:
                visits.append((k, held.visit))
            k += 1
        return Tour(travel, [breaks[b] for b in sorted(breaks)], visits)
