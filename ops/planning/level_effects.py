"""The response level: a warning's colour proposes it, an officer orders it, and what it asks
changes the plan.

Crews that are called in are here (``at_level`` gives them a second turn of duty); the posts and
reserves that it demands are asked for with the other watches (``guard_tasks``).
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from data.model.city import City, LevelRule, Shift
from data.model.ids import called_in

#: A crew called in rests so long after its shift, then works so long at most (assumptions: eat,
#: sleep, travel; twice in a day must not become a double shift). In an emergency Labour Law art. 42
#: lifts the limits of overtime of art. 41; the hours are recorded and paid (art. 44). Both are even
#: hours, so that watches are cut where they are anyway.
CALL_REST, CALL_LENGTH = timedelta(hours=10), timedelta(hours=4)


def at_level(city: City, rule: LevelRule | None) -> City:
    """The city as the level asks: with all hands, crews called in for a second turn."""
    if rule is None or not rule.all_hands:
        return city
    second_shifts = {
        shift.id: second_shift for shift in city.shifts if (second_shift := _second_shift(shift))
    }
    called_crews = tuple(
        replace(crew, id=called_in(crew.id), shift_id=second_shifts[crew.shift_id].id)
        for crew in city.crews
        if crew.shift_id in second_shifts
    )
    return replace(
        city,
        crews=(*city.crews, *called_crews),
        shifts=(*city.shifts, *second_shifts.values()),
    )


def _second_shift(shift: Shift) -> Shift | None:
    """The second turn of those who are on this shift; ``None`` where they could not rest before and
    after it.
    """
    day = datetime.combine(date(2000, 1, 1), shift.start)
    until = datetime.combine(day.date(), shift.end)
    until = until if until > day else until + timedelta(days=1)
    start, end = until + CALL_REST, until + CALL_REST + CALL_LENGTH
    if end > day + timedelta(days=1):
        return None
    return Shift(id=called_in(shift.id), name=shift.name, start=start.time(), end=end.time())
