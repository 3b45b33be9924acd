"""Nobody eats before he goes to water on a street: his break is put off within the law, and where
that leaves no time for it he eats by turns where he stands. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import Position
from data.model.ids import JobId
from data.model.plan import PlanVersion, Rest
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.meals import Meal
from ops.planning.reach import fits
from ops.planning.tiers import Tier
from ops.planning.wanted.tasks import Task


def put_off_for_water(
    availability: Mapping[str, Availability],
    tasks: Iterable[Task],
    current: PlanVersion | None,
    storm: Storm,
    left: Collection[Rest] = (),
) -> dict[str, Availability]:
    """Those on duty, with the breaks that are still to come of whoever may be called to water now
    put off until after it; what the plan in force has put off stays so when that is over.

    Parameters
    ----------
    left
        The breaks under way that are left for such water: they are taken anew and whole.
    """
    over = _called_until(availability, calls(tasks), current, storm)
    told = current.rests if current else ()
    return {
        unit_id: replace(
            one,
            breaks=tuple(
                _put_off(
                    _anew(meal, unit_id, left),
                    over.get(unit_id, storm.now),
                    _told(meal, unit_id, told),
                    storm,
                )
                for meal in one.breaks
            ),
        )
        for unit_id, one in availability.items()
    }


def calls(tasks: Iterable[Task]) -> list[Task]:
    """What calls people to water on a street, the gravest first."""
    found = [
        task
        for task in tasks
        if task.tier >= Tier.WATER and JobId.parse(task.id).incident_id is not None
    ]
    return sorted(found, key=lambda task: (-task.tier, task.id))


def _called_until(
    availability: Mapping[str, Availability],
    calls: Sequence[Task],
    current: PlanVersion | None,
    storm: Storm,
) -> dict[str, datetime]:
    """Whoever may be called now, and until when: of those who can do it the nearest, and for the
    next water others. The rest of the district eats as it was told.
    """
    at = places(availability, current, storm)
    found: dict[str, datetime] = {}
    for task in calls:
        over, ways = _over(task, storm), ways_to(task, availability, at, storm)
        for need in task.needs:
            able = [
                unit_id
                for unit_id, one in availability.items()
                if unit_id not in found and one.start < over and fits(one, need, task)
            ]
            nearest = sorted(able, key=lambda unit_id: (ways[unit_id], unit_id))
            found |= dict.fromkeys(nearest[: storm.duty.meal_called], over)
    return found


def places(
    availability: Mapping[str, Availability], current: PlanVersion | None, storm: Storm
) -> dict[str, Position]:
    """Where each is: at what it does by the plan in force, else where its turn begins."""
    found = {unit_id: one.position for unit_id, one in availability.items()}
    for job in current.assignments if current else ():
        segment = storm.city.segment_by_id.get(job.segment_id or "")
        if segment and job.start_at <= storm.now < job.end_at:
            found |= {one.unit_id: segment.middle for one in job.members}
    return found


def ways_to(
    task: Task, availability: Mapping[str, Availability], at: Mapping[str, Position], storm: Storm
) -> dict[str, int]:
    """Seconds to a task from where each is, by its own means."""
    found: dict[str, int] = {}
    for means in {one.means for one in availability.values()}:
        own = [unit_id for unit_id, one in availability.items() if one.means == means]
        ways = storm.way_seconds([at[unit_id] for unit_id in own], [task.position], means)
        found |= dict(zip(own, map(int, ways[:, 0]), strict=True))
    return found


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


def _anew(meal: Meal, unit_id: str, left: Iterable[Rest]) -> Meal:
    """The break, as late as the law allows where its people leave it for water."""
    if any(rest.unit_id == unit_id and meal.is_taken_by(rest) for rest in left):
        return replace(meal, until=meal.latest)
    return meal


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
