"""Duties before gains: which wish goes before which, whatever the sum says. Pure.

A duty is no large gain: it is asked for first. The solver still adds up one sum, so each tier adds
to a task's worth so many points for each minute that nothing of a lower tier outweighs it: the
most that a squad can win by clearing is some two blocked-inlet-hours a minute (ten inlets known to
be blocked on low ground, a long storm ahead).
"""

from enum import IntEnum

POINTS_PER_HOUR = 100_000
"""Points of the solver for one weighted blocked-inlet-hour (井·小时), the unit of all worth: so
fine that what a minute of a small job is worth is still some points.
"""

TRAVEL_COST = POINTS_PER_HOUR // 10_000
"""Points for a second on the road: an hour of driving counts a third of a blocked-inlet-hour (an
assumption; its time is counted anyway).
"""


class Tier(IntEnum):
    """What a task is asked for as; the higher goes first."""

    GAIN = 0  # worth what it prevents, nothing more
    STANDBY = 1  # reserves that the ordered level demands: whoever watches a lesser road is one
    LEVEL_POST = 2  # posts that the ordered level adds
    POST = 3  # key points, while it rains
    LOW_PUMP = 4  # the pump of a designated low point
    LOW_POINT = 5  # a crew at a designated low point, while it rains
    WATER = 6  # water standing on a street now
    FLOODED = 7  # so deep that the street counts as flooded
    SAFETY = 8  # what endangers people: water that cars stall in, an open shaft


HOURS_PER_MINUTE: dict[Tier, float] = {
    Tier.GAIN: 0,
    Tier.STANDBY: 0.02,
    Tier.LEVEL_POST: 0.04,
    Tier.POST: 12,
    Tier.LOW_PUMP: 20,
    Tier.LOW_POINT: 40,
    Tier.WATER: 200,
    Tier.FLOODED: 500,
    Tier.SAFETY: 2000,
}
"""Blocked-inlet-hours that each tier adds for a minute.

A post and a graver one lie so far apart that the way between them (20 minutes at most within a
district) never eats what it wins in an hour. What a level adds outweighs an hour of overtime, and
no inlet opened and no watch that prevents clearly more: a level only adds, so it gets who would
stand somewhere as good, or idle. A reserve adds least: who watches a road that is no post may leave
it at any minute and is as good as one, so nobody sits at a station while such roads are wet.
"""

BY_LEVEL = (Tier.STANDBY, Tier.LEVEL_POST)
"""What only the ordered level asks for."""


def duty_points(tier: Tier, minutes: float) -> int:
    """Points that a task of this tier is worth for being done, beside what it prevents."""
    return round(HOURS_PER_MINUTE[tier] * minutes * POINTS_PER_HOUR)


COUNTS_MINUTES = 120
"""So long each further minute that somebody waits for what was called for, ordered or opened anew
counts like the first (assumption).
"""


def gain_points(hours: float) -> int:
    """Points for so many weighted blocked-inlet-hours."""
    return round(hours * POINTS_PER_HOUR)
