"""The days whose shifts matter to a plan. Pure."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from ops.planning.context import Storm

DEEP_NIGHT = time(2)
"""Who is on duty then has a night of it (an assumption)."""


def zone_of(storm: Storm) -> ZoneInfo:
    """The district's time zone."""
    return ZoneInfo(storm.city.district.time_zone)


def days_around(storm: Storm) -> list[date]:
    """From two days ago, so that what ended yesterday is no endless chain, to the day after the
    horizon, whose shifts people must have rested for.
    """
    first = storm.now.astimezone(zone_of(storm)).date() - timedelta(days=2)
    last = storm.horizon.astimezone(zone_of(storm)).date() + timedelta(days=1)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
