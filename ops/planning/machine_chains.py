"""A machine goes on through the shifts of its drivers that follow one another: it is in one place
only. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.city import Driver, Machine
from ops.district.rosters import Turn, turns
from ops.planning.context import Storm
from ops.planning.duty_times import DutyTime, duty_times
from ops.planning.roster_days import days_around


@dataclass(frozen=True, slots=True)
class DriverTurn:
    """One shift of one driver, as long as he may be needed."""

    driver: Driver
    time: DutyTime

    @property
    def turn(self) -> Turn:
        return self.time.turn


Chain = list[DriverTurn]


def chains(machine: Machine, storm: Storm) -> list[tuple[str, Chain]]:
    """The turns of a machine, cut where nobody has it, each with the name of its duty.

    Where two overlap the later driver takes over as soon as he is on duty; one whose shift brings
    no more time does not drive.
    """
    days = days_around(storm)
    manned = [
        DriverTurn(driver, time)
        for driver in storm.city.drivers
        if driver.machine_id == machine.id
        for time in duty_times(turns(driver, days, storm.city), storm)
        if not time.is_called_in
    ]
    found: list[Chain] = []
    for one in sorted(manned, key=lambda one: (one.turn.start, one.turn.end, one.driver.id)):
        last = found[-1][-1].turn if found else None
        if last is None or one.turn.start > last.end:
            found.append([one])
        elif one.turn.end > last.end:
            found[-1].append(one)
    return list(zip(_names(found, storm), found, strict=True))


def _names(chains: Iterable[Chain], storm: Storm) -> list[str]:
    """The day that each chain begins, with the hour where another has begun that day; one that
    never ends is called so, for where we cut it moves on from day to day.
    """
    oldest, names = days_around(storm)[0], []
    for chain in chains:
        first, last = chain[0].turn, chain[-1].turn
        name = "24h" if first.day == oldest and last.end > storm.now else f"{first.day}"
        names.append(f"{name}T{first.start:%H%M}" if name in names else name)
    return names


def relieved_at(one: DriverTurn, chain: Chain) -> datetime:
    """When a driver hands the machine over, or his shift ends."""
    later = (other.turn.start for other in chain if other.turn.start > one.turn.start)
    return min(later, default=one.turn.end)
