"""Who works which shift on which day: a day of the roster goes before the rotation, the rotation
before the fixed shift. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, Person, Shift, Worker, worker_key
from data.model.roster import FIVE_DAYS, FOUR_CREWS, RosterDay
from data.model.wall_clock import span_of
from ops.district.public_holidays import is_workday

OFF, LEAVE, ABSENT, ON = "off", "leave", "absent", "on"
MORNING = time(5)  # the shift that begins first after this is the first of the day (assumption)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of duty of a crew, driver or person; ``day`` is that on which its shift begins."""

    day: date
    shift: Shift
    start: datetime
    end: datetime


def turns(worker: Worker, days: Iterable[date], city: City) -> list[Turn]:
    """The turns that a crew, driver or person has on these days, in order."""
    zone = ZoneInfo(city.district.time_zone)
    found = []
    for day in days:
        if shift := shift_on(worker, day, city):
            found.append(Turn(day, shift, *shift_span(shift, day, zone)))
    return sorted(found, key=lambda turn: (turn.start, turn.end))


def turn_at(worker: Worker, at: datetime, city: City) -> Turn | None:
    """The turn of duty that somebody has at an instant: one over midnight is of the day before."""
    day = at.astimezone(ZoneInfo(city.district.time_zone)).date()
    own = turns(worker, [day - timedelta(days=1), day], city)
    return next((turn for turn in own if turn.start <= at < turn.end), None)


def shift_on(worker: Worker, day: date, city: City) -> Shift | None:
    """The shift of a crew, driver or person on a day; ``None``: it rests."""
    entry = _entry(worker, day, city)
    if entry and entry.duty:
        return city.shift_by_id.get(entry.duty)
    other = swapped(worker, day, city)
    return _usual(other or worker, day, city)


def is_on_leave(worker: Worker, day: date, city: City) -> bool:
    """Whether nobody may call it in on that day."""
    entry = _entry(worker, day, city)
    return entry is not None and entry.duty in (LEAVE, ABSENT)


def home_of(person: Person, city: City) -> Worker | None:
    """The crew or driver's post that a person belongs to."""
    if person.crew_id:
        return city.crew_by_id.get(person.crew_id)
    return city.driver_by_id.get(person.driver_id or "")


def shift_span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the shift that begins on ``day`` begins and ends."""
    return span_of(day, shift.start, shift.end, zone)


def last_day(shift: Shift, day: date, zone: ZoneInfo) -> date:
    """The last day on which somebody of the shift that begins on ``day`` is at work."""
    return (shift_span(shift, day, zone)[1] - timedelta(microseconds=1)).astimezone(zone).date()


def _entry(worker: Worker, day: date, city: City) -> RosterDay | None:
    return city.roster_by_day.get((worker_key(worker), day))


def swapped(worker: Worker, day: date, city: City) -> Worker | None:
    """Who it changes duties with on that day, whichever of the two has the entry."""
    other = city.swaps_by_day.get((worker_key(worker), day))
    return city.worker_by_key.get(other) if other else None


def _usual(worker: Worker, day: date, city: City) -> Shift | None:
    """What rotation and shift say of the day; of a person what the crew or post does."""
    if isinstance(worker, Person):
        home = home_of(worker, city)
        return shift_on(home, day, city) if home else None
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
