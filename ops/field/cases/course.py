"""The steps of a hard case as lines of text, as the desk changes them: what; whose; until when;
after which lines. Pure.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.ids import whole
from data.model.street.street_case import GRID, CaseStep
from data.model.wall_clock import clock_at, next_at
from ops.base.errors import Invalid
from ops.base.messages import Translator

_WHEN = re.compile(r"(?:(\d{1,2})[-/月](\d{1,2})日?\s+)?(\d{1,2})[:：](\d{2})")


def course_text(steps: Iterable[CaseStep], city: City) -> str:
    """The steps, a line each: ``更换阀门; 供水公司; 7-5 09:30; 3``."""
    zone, lines, number = ZoneInfo(city.district.time_zone), [], dict[str, int]()
    for count, step in enumerate(steps, 1):
        number[step.key] = count
        due = step.due_at.astimezone(zone)
        after = ",".join(str(number[key]) for key in step.after)
        when = f"{due.month}-{due.day} {due:%H:%M}"
        lines.append("; ".join((step.what, _name(step.owner, city), when, after)).rstrip("; "))
    return "\n".join(lines)


def read_course(
    text: str, before: Iterable[CaseStep], now: datetime, city: City
) -> tuple[CaseStep, ...]:
    """The steps of these lines; one of the same words as before is the same step.

    Parameters
    ----------
    now
        A time without its day is the next such; a day without its year is the nearest.

    Raises
    ------
    Invalid
        A line that can't be read, by its number.
    """
    known = {step.what: step.key for step in before}
    taken, found = set(known.values()), list[CaseStep]()
    lines = [line for line in text.splitlines() if line.strip()]
    for count, line in enumerate(lines, 1):
        parts = [part.strip() for part in re.split(r"[;；]", line)]
        what, owner, when, *rest = [*parts, "", "", ""][: max(4, len(parts))]
        due = _due(when, now, ZoneInfo(city.district.time_zone))
        after = [part for part in re.split(r"[,，、\s]+", rest[0]) if part]
        numbers = [n for part in after if (n := whole(part)) is not None and 0 < n < count]
        if not what or not owner or due is None or len(numbers) != len(after) or len(parts) > 4:
            raise Invalid("case.bad_line", line=count)
        key = known.get(what) or next(f"s{n}" for n in range(1, 999) if f"s{n}" not in taken)
        taken.add(key)
        waits = tuple(found[number - 1].key for number in numbers)
        step = CaseStep(key=key, what=what, owner=_owner(owner, city), due_at=due, after=waits)
        found.append(step)
    return tuple(found)


def _due(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant; ``None`` where it is none."""
    match = _WHEN.fullmatch(text)
    if match is None:
        return None
    month, day, hour, minute = (int(part) if part else None for part in match.groups())
    this_year = now.astimezone(zone).year
    try:
        clock = time(hour or 0, minute or 0)
    except ValueError:
        return None
    if month is None or day is None:
        return next_at(clock, now, zone)
    years = list[datetime]()
    for year in range(this_year - 1, this_year + 2):
        with suppress(ValueError):  # a 29 February is in one of them alone
            years.append(clock_at(date(year, month, day), clock, zone))
    return min(years, key=lambda one: abs(one - now), default=None)


def _name(owner: str, city: City) -> str:
    station = city.station_by_id.get(owner)
    if station is None and owner == GRID:
        return Translator()("case_owner.grid")
    return station.name if station else owner


def _owner(name: str, city: City) -> str:
    """A station by its name, the grid, or a department as it is written."""
    names = {station.name: station.id for station in city.stations}
    names |= {Translator()("case_owner.grid"): GRID}
    return names.get(name, name)
