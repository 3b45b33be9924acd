"""One unit's day on paper: its stops, the gaps between them, and where its breaks fit.

A break lies in one gap (before the first stop, between two, or after the last). The unit neither
works nor travels during it, but may stop for it anywhere on its way: the gap must hold the travel
and all its breaks one after the other, each inside its window.
"""

from collections.abc import Iterator
from typing import NamedTuple

from solver.parts import Break, Unit
from solver.travel_matrix import Rows as Travel


class Stop(NamedTuple):
    """A job as one of its units meets it; seconds. What the unit does on its way from the stop
    before, it does from second `opens` on.
    """

    start: int
    end: int
    location: int
    job: str
    load: int = 0
    opens: int = 0


class Gap(NamedTuple):
    """Time between two stops (or an end of the shift): `free` from..to, of which `travel` seconds
    are needed.
    """

    start: int
    end: int
    travel: int

    @property
    def spare(self) -> int:
        """Seconds that are neither work nor travel; negative when the unit cannot make it."""
        return self.end - self.start - self.travel


def gaps(unit: "Unit", stops: list[Stop], travel: Travel) -> list[Gap]:
    """The gaps of a day with these stops (in the order of their starts): one more than there are
    stops.
    """
    result = []
    at, free = unit.start, unit.shift[0]
    for stop in stops:
        result.append(Gap(max(free, stop.opens), stop.start, travel[at][stop.location]))
        at, free = stop.location, stop.end
    home = 0 if unit.end is None else travel[at][unit.end]
    result.append(Gap(free, unit.shift[1], home))
    return result


def travelled(unit: "Unit", stops: list[Stop], travel: Travel) -> int:
    """Seconds on the road for a day with these stops; 0 without any."""
    return sum(gap.travel for gap in gaps(unit, stops, travel)) if stops else 0


def fits(unit: "Unit", stops: list[Stop], travel: Travel) -> bool:
    """Whether the unit can live this day: every gap long enough, and room for all its breaks."""
    if len(unit.breaks) > 1 or not stops:
        return place_breaks(unit, stops, travel) is not None
    return _fits_with_one(unit, stops, travel)


def _fits_with_one(unit: "Unit", stops: list[Stop], travel: Travel) -> bool:
    """The same for a unit with one break at most, without writing its gaps down."""
    at, free, room = unit.start, unit.shift[0], not unit.breaks
    rest = unit.breaks[0] if unit.breaks else None
    for stop in (*stops, None):
        to, until = (unit.end, unit.shift[1]) if stop is None else (stop.location, stop.start)
        free = free if stop is None else max(free, stop.opens)
        way = 0 if to is None else travel[at][to]
        if until - free < way:
            return False
        room = room or (rest is not None and holds(free, until, way, rest))
        if stop is not None:
            at, free = stop.location, stop.end
    return room


class Rooms(NamedTuple):
    """Of a day as it stands, by the numbers of its gaps: those too short for their way, and those
    with room for the unit's one break.
    """

    short: tuple[int, ...]
    roomy: tuple[int, ...]


def rooms(unit: "Unit", stops: list[Stop], travel: Travel) -> Rooms:
    """What one more stop in some gap of this day needs to know of the others, for a unit with one
    break at most.
    """
    short, roomy = [], []
    rest = unit.breaks[0] if unit.breaks else None
    for number, gap in enumerate(gaps(unit, stops, travel)):
        if gap.spare < 0:
            short.append(number)
        elif rest is not None and holds(*gap, rest):
            roomy.append(number)
    return Rooms(tuple(short), tuple(roomy))


def holds(free: int, until: int, way: int, rest: "Break") -> bool:
    """Whether a gap that needs so much for the way has room for a break too."""
    if until - free - way < rest.duration:
        return False
    return max(free, rest.window[0]) + rest.duration <= min(rest.window[1], until)


def place_breaks(unit: "Unit", stops: list[Stop], travel: Travel) -> list[tuple[int, int]] | None:
    """Start and end of every break of the unit, in the order of `unit.breaks`; ``None`` when the
    day cannot be lived.

    The search is exhaustive, so ``None`` is a proof.
    """
    if not stops:
        return []  # it stays where it is, even if its way home would be too long
    result = gaps(unit, stops, travel)
    if any(gap.spare < 0 for gap in result):
        return None
    if not unit.breaks:
        return []
    return next(_placements(unit.breaks, result, (None,) * len(unit.breaks)), None)


def _placements(
    breaks: "tuple[Break, ...]", left: list[Gap], placed: tuple[tuple[int, int] | None, ...]
) -> Iterator[list[tuple[int, int]]]:
    """Fill the breaks one after the other in time; `left` are the gaps (the first perhaps used in
    part).
    """
    open_breaks = [i for i, each in enumerate(placed) if each is None]
    if not open_breaks:
        yield [each for each in placed if each is not None]
        return
    for i in open_breaks:
        rest = breaks[i]
        for k, gap in enumerate(left):
            if gap.start > rest.window[1]:
                break
            start = max(gap.start, rest.window[0])
            end = start + rest.duration
            if end > min(rest.window[1], gap.end) or gap.spare < rest.duration:
                continue
            # Idle time before the break may serve for travel, so only what the wait could not cover
            # is still owed.
            owed = max(0, gap.travel - (start - gap.start))
            after = [Gap(end, gap.end, owed), *left[k + 1 :]]
            yield from _placements(breaks, after, (*placed[:i], (start, end), *placed[i + 1 :]))
