"""Who works which shift on which day: a day of the roster goes before the rotation, the rotation
before the fixed shift. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.city import FIVE_DAYS, FOUR_CREWS, City, Crew, Driver, RosterDay, Shift
from ops.district.public_holidays import is_workday

OFF, LEAVE, ON = "off", "leave", "on"
MORNING = time(5)  # the shift that begins first after this is the first of the day (assumption)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of duty of a crew or driver; ``day`` is that on which its shift begins."""

    day: date
    shift: Shift
    start: datetime
    end: datetime


def turns(worker: Crew | Driver, days: Iterable[date], city: City) -> list[Turn]:
    """The turns that a crew or driver has on these days, in order."""
    zone = ZoneInfo(city.district.time_zone)
    found = []
    for day in days:
        if shift := shift_on(worker, day, city):
            found.append(Turn(day, shift, *shift_span(shift, day, zone)))
    return sorted(found, key=lambda turn: (turn.start, turn.end))


def shift_on(worker: Crew | Driver, day: date, city: City) -> Shift | None:
    """The shift of a crew or driver on a day; ``None``: it rests."""
    entry = _entry(worker, day, city)
    if entry and entry.duty:
        return city.shift_by_id.get(entry.duty)
    other = _swapped(worker, day, city)
    return _usual(other or worker, day, city)


def is_on_leave(worker: Crew | Driver, day: date, city: City) -> bool:
    """Whether nobody may call it in on that day."""
    entry = _entry(worker, day, city)
    return entry is not None and entry.duty == LEAVE


def shift_span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the shift that begins on ``day`` begins and ends."""
    begin = datetime.combine(day, shift.start, zone)
    until = datetime.combine(day, shift.end, zone)
    return begin, until if until > begin else until + timedelta(days=1)


def _entry(worker: Crew | Driver, day: date, city: City) -> RosterDay | None:
    if isinstance(worker, Crew):
        return city.roster_by_day.get((worker.id, None, day))
    return city.roster_by_day.get((None, worker.id, day))


def _swapped(worker: Crew | Driver, day: date, city: City) -> Crew | Driver | None:
    """Who it changes duties with on that day, whichever of the two has the entry."""
    workers = city.crew_by_id if isinstance(worker, Crew) else city.driver_by_id
    entry = _entry(worker, day, city)
    if entry and entry.swap_with:
        return workers.get(entry.swap_with)
    for other in city.roster:
        owner = other.crew_id if isinstance(worker, Crew) else other.driver_id
        if other.day == day and other.swap_with == worker.id and owner:
            return workers.get(owner)
    return None


def _usual(worker: Crew | Driver, day: date, city: City) -> Shift | None:
    """What rotation and shift say of the day."""
    own = city.shift_by_id.get(worker.shift_id)
    rotation = city.rotation_by_id.get(worker.rotation_id or "")
    if rotation is None:
        return own
    if FIVE_DAYS in rotation.pattern:
        return own if is_workday(day) else None
    words = _four_crews(city) if FOUR_CREWS in rotation.pattern else rotation.pattern
    word = words[(day - rotation.anchor).days % len(words)]
    return own if word == ON else city.shift_by_id.get(word)


def _four_crews(city: City) -> tuple[str, ...]:
    in_order = sorted(city.shifts, key=lambda shift: (shift.start < MORNING, shift.start))
    return (*(shift.id for shift in in_order for _ in range(2)), OFF, OFF)
