"""What a matter is worth, and what waiting costs. Pure.

Waiting costs, and never eats the worth: leaving a matter out is never cheaper than coming late.
Whatever makes a matter graver multiplies both, so an older or deeper one never weighs less than
another at any time.
"""

from dataclasses import dataclass
from datetime import timedelta

from data.model.city import Segment
from data.model.field import HELP
from data.model.plan import Phase
from ops.field.calls.incidents import IncidentSettings
from ops.field.calls.matters import WATER, Matter
from ops.planning.context import Storm
from ops.planning.tiers import Tier, duty_points, gain_points

DANGER = frozenset({"standing_water", "vehicle_in_water", "burst_pipe", "missing_cover"})
"""Kinds that are a danger wherever they are; a blocked inlet is once it rains."""
LIFE = frozenset({"vehicle_in_water", "missing_cover"})
"""Kinds that endanger people's lives however little water stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentWorth:
    """What doing it wins, what each second of waiting costs, and what waiting costs at most; all in
    points.
    """

    points: int
    late_points: int
    late_most: int


def is_deep(matter: Matter, settings: IncidentSettings) -> bool:
    """Whether water stands there so deep that it is pumped, by whatever name it was reported."""
    return bool(matter.kinds & WATER) and (matter.depth_cm or 0.0) >= settings.pump_from_cm


def tier_of(matter: Matter, storm: Storm) -> Tier:
    """What a matter is asked for as: what endangers people first, then what is a danger; what only
    needs hands as a key point is. Whoever says how deep it is has seen water, whatever he calls it.
    """
    depth_cm = (matter.depth_cm or 0.0) if matter.kinds & WATER else 0.0
    if depth_cm >= storm.work.danger_cm or matter.kinds & LIFE:
        return Tier.SAFETY
    if depth_cm >= storm.work.flooded_cm:
        return Tier.FLOODED
    if matter.kinds & DANGER or matter.first.source == HELP or depth_cm:
        return Tier.WATER
    if "blocked_inlet" not in matter.kinds:
        return Tier.POST
    return Tier.WATER if storm.phase is Phase.DURING else Tier.GAIN


def incident_worth(
    matter: Matter, segment: Segment | None, storm: Storm, settings: IncidentSettings
) -> IncidentWorth:
    """What a matter is worth at this time and place.

    Its duty counts for as long as its post is manned, whatever is done there: a grate is opened in
    half the time, and is no smaller duty.
    """
    tier = tier_of(matter, storm)
    duty = duty_points(tier, settings.post_minutes)
    weight = storm.worth.weight(segment) if segment else 1.0  # a station that calls is no lane
    worth = gain_points(settings.worth_hours * weight)
    graver = _depth_weight(matter, settings) * _age_weight(matter, storm, settings)
    total = graver * (duty + worth)
    held_up = timedelta(0) if tier is Tier.SAFETY else _held_up(storm)
    patience = settings.patience_minutes * 60 + held_up // timedelta(seconds=1)
    late_points = round(total * settings.waiting_share / patience)
    late_most = late_points * patience
    # made from what waiting costs, so that of two the graver one weighs more at every second
    points = round(late_most / settings.waiting_share) if late_most else round(total)
    return IncidentWorth(points=points, late_points=late_points, late_most=late_most)


def _held_up(storm: Storm) -> timedelta:
    """How long the downpour that is under way keeps crews at the low points: who is held up by it
    must not find that waiting costs no more once it is over.
    """
    free_at = storm.now
    for start, end in storm.downpours:
        if start <= free_at:
            free_at = max(free_at, end)
    return free_at - storm.now


def _depth_weight(matter: Matter, settings: IncidentSettings) -> float:
    return 1 + min(matter.depth_cm or 0.0, settings.deepest_cm) / settings.depth_cm


def _age_weight(matter: Matter, storm: Storm, settings: IncidentSettings) -> float:
    age = max(timedelta(0), storm.now - matter.earliest.reported_at) / timedelta(hours=1)
    return 1 + settings.older_per_hour * min(age, settings.oldest_hours)
