"""From what a clock on the wall shows to instants, in zones whose clocks are put forward and back:
the one place where that is done. Instants are UTC: between two of one zone Python reckons by the
clock, an hour too long or too short on such a day.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def instant_of(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant at which the clocks of a zone show this time or a later one.

    What they show twice is the first of the two; what they leave out is when they are put forward,
    so that of two times the later one is never the earlier instant.

    Parameters
    ----------
    wall
        Naive.
    """
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), at
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def clock_at(day: date, clock: time, zone: tzinfo) -> datetime:
    """When the clock shows this on a day."""
    return instant_of(datetime.combine(day, clock), zone)


def hours_into(day: date, hours: float, zone: tzinfo) -> datetime:
    """When the clock shows so many hours of a day; 24: the next midnight."""
    return instant_of(datetime.combine(day, time()) + timedelta(hours=hours), zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins."""
    return clock_at(day, time(), zone)


def span_of(day: date, start: time, end: time, zone: tzinfo) -> tuple[datetime, datetime]:
    """From one time of the clock to another; one that is not later is on the day after."""
    return clock_at(day, start, zone), clock_at(day if end > start else day + DAY, end, zone)


def window_after(
    since: datetime, start: time, end: time, zone: tzinfo
) -> tuple[datetime, datetime]:
    """From one time of the clock to another, the first that begins from ``since`` on; where the
    clock is put forward meanwhile it ends as much later as it would be too short: what must have
    room within it, a meal say, has as much as on any other day.
    """
    shown = (datetime.combine(date.min, end) - datetime.combine(date.min, start)) % DAY or DAY
    begin = next_at(start, since, zone)
    return begin, max(next_at(end, begin, zone), begin + shown)


def days_of_change(first: date, count: int, zone: tzinfo) -> list[date]:
    """The days, of so many from ``first`` on, on which the clock is put forward or back."""
    days = (first + n * DAY for n in range(count))
    return [day for day in days if midnight(day + DAY, zone) - midnight(day, zone) != DAY]


def next_at(clock: time, since: datetime, zone: tzinfo) -> datetime:
    """The first instant from ``since`` on at which the clock shows this."""
    day = since.astimezone(zone).date()
    found = (at for n in range(3) for at in _shown(day + n * DAY, clock, zone) if at >= since)
    return min(found)


def last_at(clock: time, until: datetime, zone: tzinfo) -> datetime:
    """The last instant up to ``until`` at which the clock showed this."""
    day = until.astimezone(zone).date()
    found = (at for n in range(3) for at in _shown(day - n * DAY, clock, zone) if at <= until)
    return max(found)


def _shown(day: date, clock: time, zone: tzinfo) -> tuple[datetime, ...]:
    """When the clock shows this on a day: twice where it is put back meanwhile."""
    wall = datetime.combine(day, clock)
    first, second = clock_at(day, clock, zone), wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return (first, second) if second > first else (first,)
