"""What may never make a plan worse: more people, machines, overlap, squads, records, an earlier
word.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from data.model.city import City, Driver, Machine, Shift
from ops.settings import DutySettings, Settings
from tests.bench import plan_sense as bench
from tests.bench.plan_sense_situations import Situation

LEAST_MINUTES, LEAST_SHARE = 30.0, 0.05
"""Of unmanned minutes, and of what is blocked where nothing is done: less is noise of the
search.
"""


def one_more_crew(case: Situation) -> Situation:
    city = case.city()
    new = replace(city.crews[0], id="K99", name="新班", size=4, rotation_id=None)
    return _with(case, replace(city, crews=(*city.crews, new)))


def bigger_crews(case: Situation) -> Situation:
    city = case.city()
    crews = tuple(replace(crew, size=crew.size + 1) for crew in city.crews)
    return _with(case, replace(city, crews=crews))


def one_more_pump(case: Situation) -> Situation:
    city = case.city()
    truck = Machine(id="V99", station_id=city.stations[0].id, kind="pump_truck", plate="新车")
    drivers = tuple(
        Driver(id=f"V99{shift.id}", machine_id="V99", post="司机", shift_id=shift.id)
        for shift in city.shifts
    )
    machines = (*city.machines, truck)
    return _with(case, replace(city, machines=machines, drivers=(*city.drivers, *drivers)))


def in_squads(case: Situation) -> Situation:
    return replace(case, settings=Settings(duty=DutySettings(squads=True)))


def longer_shifts(case: Situation) -> Situation:
    """Each ends half an hour later than it would."""
    city = case.city()
    return _with(case, replace(city, shifts=tuple(map(_longer, city.shifts))))


def _longer(shift: Shift) -> Shift:
    end = datetime.combine(date(2022, 7, 8), shift.end) + timedelta(minutes=30)
    return replace(shift, end=end.time())


def higher_level(case: Situation) -> Situation:
    return replace(case, level="III")


def earlier_word(case: Situation) -> Situation:
    """Known an hour sooner, where that is before the rain."""
    return replace(case, at=case.at - 1.0) if case.at + 0.5 < min(case.rain) else case


def more_records(case: Situation) -> Situation:
    """A second record of each that is over: the same places, so much surer."""
    city, day = case.city(), timedelta(days=1)
    again = tuple(
        replace(
            one, id=f"{one.id}b", reported_at=one.reported_at - day, cleared_at=one.cleared_at - day
        )
        for one in city.blockages
        if one.cleared_at
    )
    return _with(case, replace(city, blockages=(*city.blockages, *again)))


def _with(case: Situation, city: City) -> Situation:
    return replace(case, city=lambda: city)


MORE: tuple[Callable[[Situation], Situation], ...] = (
    one_more_crew,
    bigger_crews,
    one_more_pump,
    in_squads,
    longer_shifts,
    higher_level,
    earlier_word,
    more_records,
)
OTHER_WATER = (more_records,)
"""By these more water is to be expected: only duties are compared."""


def worse(case: Situation, more: Callable[[Situation], Situation], steps: int) -> str | None:
    """How the first plan is worse with more than without, duties first; ``None``: it is not."""
    was, now = (bench.play(each, steps, 1.0)[0] for each in (case, more(case)))
    for name in ("low_unmanned", "key_unmanned"):
        old, new = getattr(was, name), getattr(now, name)
        if new > old + LEAST_MINUTES:
            return f"{name}: {old:.0f} -> {new:.0f} min"
        if new < old - LEAST_MINUTES:
            return None
    if more not in OTHER_WATER and now.plan - was.plan > LEAST_SHARE * was.nothing:
        return f"blocked: {was.plan:.1f} -> {now.plan:.1f} of {was.nothing:.1f} inlet-hours"
    return None
