"""Nobody eats before he goes to water on a street: his break is put off within the law, and where
that leaves no time for it he eats by turns where he stands. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.ids import JobId
from data.model.plan import PlanVersion, Rest
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.meals import Meal
from ops.planning.tiers import Tier
from ops.planning.wanted.tasks import Task


def put_off_for_water(
    availability: Mapping[str, Availability],
    tasks: Iterable[Task],
    current: PlanVersion | None,
    storm: Storm,
) -> dict[str, Availability]:
    """Those on duty, with the breaks that are still to come put off until after the water that
    anybody may be called to now; what the plan in force has put off stays so when that is over.
    """
    over = max((_over(task, storm) for task in tasks if _is_call(task)), default=storm.now)
    told = current.rests if current else ()
    return {
        unit_id: replace(
            one,
            breaks=tuple(
                _put_off(meal, over, _told(meal, unit_id, told), storm) for meal in one.breaks
            ),
        )
        for unit_id, one in availability.items()
    }


def _is_call(task: Task) -> bool:
    return task.tier >= Tier.WATER and JobId.parse(task.id).incident_id is not None


def _over(task: Task, storm: Storm) -> datetime:
    """When whoever is called there now is free again."""
    if task.until:
        return task.until
    way = storm.work.turnout_minutes + storm.work.travel_minutes
    return storm.now + timedelta(minutes=way + task.minutes)


def _told(meal: Meal, unit_id: str, rests: Iterable[Rest]) -> datetime | None:
    """By when its people were told that they will have eaten, if they were."""
    begin, end = meal.turn
    return max(
        (one.end_at for one in rests if one.unit_id == unit_id and begin <= one.start_at < end),
        default=None,
    )


def _put_off(meal: Meal, over: datetime, told: datetime | None, storm: Storm) -> Meal:
    """The break; one that nobody was told of and whose time is over was taken before there was a
    plan.
    """
    until = max(meal.until, min(told, meal.latest)) if told else meal.until
    if meal.at_post or until - storm.now < meal.length:
        return meal
    if over <= meal.begin or until - over >= meal.length:
        return replace(meal, until=until)
    is_too_late = over + meal.length > meal.latest
    return replace(meal, until=meal.latest, at_post=is_too_late)
