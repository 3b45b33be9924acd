"""A machine goes on through the shifts of its drivers that follow one another: it is in one place
only. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from data.model.city import Driver, Machine
from ops.district.rosters import Turn, is_on_leave, turns
from ops.planning.context import Storm
from ops.planning.on_duty.duty_times import SHORTEST, DutyTime, duty_times
from ops.planning.on_duty.roster_days import days_around, zone_of
from ops.risk.stop_work import Span


@dataclass(frozen=True, slots=True)
class DriverTurn:
    """One turn of one driver, as long as he may be needed."""

    driver: Driver
    time: DutyTime

    @property
    def turn(self) -> Turn:
        return self.time.turn

    @property
    def span(self) -> Span:
        """When he has the machine: his shift, or for how long he is called in."""
        if self.time.is_called_in:
            return self.time.start, self.time.end
        return self.turn.start, self.turn.end


@dataclass(frozen=True, slots=True)
class MachineTurn:
    """A machine's turn of duty: through the shifts of its drivers that follow one another, or with
    one who is called in. ``duty`` names it.
    """

    duty: str
    drivers: tuple[DriverTurn, ...]

    @property
    def is_called_in(self) -> bool:
        return self.drivers[0].time.is_called_in

    @property
    def start(self) -> datetime:
        return self.drivers[0].time.start

    @property
    def end(self) -> datetime:
        return self.drivers[-1].time.end


def chains(machine: Machine, storm: Storm) -> list[MachineTurn]:
    """The turns of a machine in order, cut where nobody has it. A driver is called in only for
    when no other has it.

    Where two shifts overlap the later driver takes over as soon as he is on duty; one whose shift
    brings no more time does not drive.
    """
    days = days_around(storm)
    every = [
        DriverTurn(driver, time)
        for driver in storm.city.drivers
        if driver.machine_id == machine.id
        for time in duty_times(
            turns(driver, days, storm.city), storm, partial(_may_call, driver, storm)
        )
    ]
    manned = _following([one for one in every if not one.time.is_called_in])
    called: list[DriverTurn] = []
    for one in sorted(every, key=lambda one: (one.time.start, one.driver.id)):
        if one.time.is_called_in:
            taken = [(own[0].time.start, own[-1].time.end) for own in manned]
            called += _between(one, [*taken, *(other.span for other in called)])
    found = [*manned, *([one] for one in called)]
    found.sort(key=lambda own: own[0].time.start)
    return [
        MachineTurn(name, tuple(own)) for name, own in zip(_names(found, storm), found, strict=True)
    ]


def _may_call(driver: Driver, storm: Storm, at: datetime) -> bool:
    return not is_on_leave(driver, at.astimezone(zone_of(storm)).date(), storm.city)


def _following(manned: Iterable[DriverTurn]) -> list[list[DriverTurn]]:
    """The shifts that follow one another without a gap, together."""
    found: list[list[DriverTurn]] = []
    for one in sorted(manned, key=lambda one: (one.turn.start, one.turn.end, one.driver.id)):
        last = found[-1][-1].turn if found else None
        if last is None or one.turn.start > last.end:
            found.append([one])
        elif one.turn.end > last.end:
            found[-1].append(one)
    return found


def _between(one: DriverTurn, taken: Iterable[Span]) -> Iterator[DriverTurn]:
    """What is left of the time for which he is called in while others have the machine: the first
    part that is long enough.
    """
    start, end = one.span
    for begin, over in sorted(taken):
        if begin - start >= SHORTEST:
            end = min(end, begin)
            break
        start = max(start, over)
    if end - start >= SHORTEST:
        hours = replace(one.time, start=start, end=end, overtime_from=start, regular=(start, end))
        yield replace(one, time=hours)


def _names(chains: Iterable[list[DriverTurn]], storm: Storm) -> list[str]:
    """The day that each chain begins, with the hour where another has begun that day; one that
    never ends is called so, for where we cut it moves on from day to day.
    """
    oldest, names = days_around(storm)[0], []
    for chain in chains:
        first, last = chain[0].turn, chain[-1].turn
        endless = first.day == oldest and last.end > storm.now and not chain[0].time.is_called_in
        name = "24h" if endless else f"{first.day}"
        names.append(f"{name}T{chain[0].span[0]:%H%M}" if name in names else name)
    return names


def relieved_at(one: DriverTurn, chain: MachineTurn) -> datetime:
    """When a driver hands the machine over, or his shift ends."""
    later = (other.turn.start for other in chain.drivers if other.turn.start > one.turn.start)
    return min(later, default=one.turn.end)
