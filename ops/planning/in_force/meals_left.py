"""Who has begun his break when water on a street calls for him, and for nobody else as near: he
goes first and eats after it. Pure.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import Position
from data.model.plan import Assignment, PlanVersion, Rest
from ops.planning.context import Storm
from ops.planning.in_force.broken_off import matter
from ops.planning.in_force.meals_put_off import calls, places, ways_to
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.reach import fits, has_refused
from ops.planning.wanted.task_types import Requirement
from ops.planning.wanted.tasks import Task


@dataclass(frozen=True, slots=True)
class _OnDuty:
    """Those on duty: where each is, from when he is free, and who eats now."""

    turns: Mapping[str, Availability]
    at: Mapping[str, Position]
    free: Mapping[str, datetime]
    eating: Mapping[str, Rest]
    storm: Storm


def breaks_left(
    turns: Mapping[str, Availability],
    held: Iterable[Assignment],
    tasks: Iterable[Task],
    current: PlanVersion | None,
    storm: Storm,
) -> tuple[Rest, ...]:
    """The breaks under way of those who are at the water so much sooner than anybody else could be,
    and than they themselves if they ate first.

    Parameters
    ----------
    held
        Work under way that is finished first.
    """
    eating = {
        rest.unit_id: rest
        for rest in (current.rests if current else ())
        if rest.unit_id in turns and rest.start_at <= storm.now < rest.end_at and not rest.at_post
    }
    if not eating:
        return ()
    busy = {one.unit_id: job.end_at for job in held for one in job.members}
    busy |= {unit_id: rest.end_at for unit_id, rest in eating.items()}
    free = {unit: max(one.start, busy.get(unit, one.start)) for unit, one in turns.items()}
    on_duty = _OnDuty(turns, places(turns, current, storm), free, eating, storm)
    found, sent = [], set[str]()
    for task in calls(tasks):
        told = _told(task, current, storm)
        ways = ways_to(task, turns, on_duty.at, storm)
        for need in task.needs:
            coming = (one for one in _coming(task, need, ways, told, on_duty) if one[2] not in sent)
            if first := min(coming, default=None):
                _, leaves_his_meal, unit_id = first
                sent.add(unit_id)
                found += [eating[unit_id]] if leaves_his_meal else []
    return tuple(found)


def _coming(
    task: Task,
    need: Requirement,
    ways: Mapping[str, int],
    told: Mapping[str, datetime],
    on_duty: _OnDuty,
) -> Iterator[tuple[datetime, bool, str]]:
    """When each who can fill a place in the team would be there, and whether he leaves his meal for
    it: that counts as so much later.
    """
    begin, storm = task.spans[0][0], on_duty.storm
    margin = timedelta(minutes=storm.duty.meal_left_minutes)
    for unit_id, one in on_duty.turns.items():
        if (
            not fits(one, need, task)
            or ways[unit_id] >= NO_WAY_S
            or has_refused(unit_id, one, task, storm)
        ):
            continue
        way = timedelta(seconds=ways[unit_id])
        there = max(begin, on_duty.free[unit_id] + way)
        yield min(there, told.get(unit_id, there)), False, unit_id
        if unit_id in on_duty.eating:
            yield max(begin, one.start + way) + margin, True, unit_id


def _told(task: Task, current: PlanVersion | None, storm: Storm) -> dict[str, datetime]:
    """When those will be there who are told to go, or have set out."""
    return {
        member.unit_id: max(storm.now, job.start_at)
        for job in (current.assignments if current else ())
        if matter(job.job_id) == matter(task.id) and job.end_at > storm.now
        for member in job.members
    }


def without(left: Collection[Rest], current: PlanVersion | None) -> PlanVersion | None:
    """The plan in force without these breaks."""
    if current is None or not left:
        return current
    return replace(current, rests=tuple(rest for rest in current.rests if rest not in left))
