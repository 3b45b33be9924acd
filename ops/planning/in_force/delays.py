"""A crew that comes later than planned: the plan shifts with it, and nobody counts on it before.
Pure.

A delay is a report, no refusal: the work stays with its team at the price of any other change, and
may be given to others where that is worth more.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import Position
from data.model.ids import UnitId
from data.model.plan import Assignment, PlanVersion
from ops.district.places import place
from ops.field.progress import DONE, OUT, Progress, as_delayed
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.duty_times import SHORTEST
from ops.planning.on_duty.meals import Meal
from ops.planning.on_duty.means import Means, means_of
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.wanted.tasks import Task


def postponed(current: PlanVersion | None, storm: Storm) -> PlanVersion | None:
    """The plan in force with its work at the times at which the teams said that they come."""
    if current is None:
        return None
    told = (
        as_delayed(job, storm.progress.get(job.job_id, Progress())) for job in current.assignments
    )
    return replace(current, assignments=tuple(told))


def just_moved(current: PlanVersion | None, later: PlanVersion | None) -> frozenset[str]:
    """The jobs whose delay the plan in force does not know yet: they are no more frozen as told."""
    known = {job.job_id: job.start_at for job in (current.assignments if current else ())}
    return frozenset(
        job.job_id
        for job in (later.assignments if later else ())
        if job.start_at != known[job.job_id]
    )


def kept_longer(
    held: Mapping[str, Assignment], later: PlanVersion | None, storm: Storm
) -> dict[str, Assignment]:
    """The work under way, that of who says that his next work begins later for so long as it takes
    him to come then.
    """
    found = dict(held)
    for unit_id, job, comes_at in _late_units(later, storm):
        for job_id, busy in held.items():
            if unit_id in {one.unit_id for one in busy.members} and job_id != job.job_id:
                origin, means = place(busy, storm.city), _means(unit_id, job)
                free_at = _leaves_at(origin, job, comes_at, means, storm)
                found[job_id] = replace(busy, end_at=max(found[job_id].end_at, free_at))
    return found


def not_before(
    availability: Mapping[str, Availability],
    held: Mapping[str, Assignment],
    current: PlanVersion | None,
    later: PlanVersion | None,
    storm: Storm,
) -> dict[str, Availability]:
    """The turns, of who comes later from when he must set out to come then; he has nothing else
    before.

    Parameters
    ----------
    current, later
        The plan in force, and the same with its work at the times that were told.
    """
    found = dict(availability)
    busy = {one.unit_id for job in held.values() for one in job.members}
    for unit_id, job, comes_at in _late_units(later, storm):
        turn = found.get(unit_id)
        if turn is None or unit_id in busy or _has_work_before(unit_id, job, current, storm):
            continue
        start = max(turn.start, _leaves_at(turn.position, job, comes_at, turn.means, storm))
        if turn.end - start < SHORTEST:
            del found[unit_id]
        else:
            found[unit_id] = replace(turn, start=start, breaks=_breaks_from(turn, start))
    return found


def _breaks_from(turn: Availability, start: datetime) -> tuple[Meal, ...]:
    """The breaks that still have room from then on: who waits has time to rest."""
    from_then = (replace(meal, begin=max(meal.begin, start)) for meal in turn.breaks)
    return tuple(
        new if not old.at_post else old
        for old, new in zip(turn.breaks, from_then, strict=True)
        if old.at_post or min(new.until, turn.end) - new.begin >= new.length
    )


def bound_later(
    held: Collection[str],
    current: PlanVersion | None,
    later: PlanVersion | None,
    storm: Storm,
) -> dict[str, Assignment]:
    """The work that comes later with other work of its team still to be begun before: it is kept at
    the time that was told, for nothing else keeps it there.
    """
    found = {}
    for unit_id, job, _ in _late_units(later, storm):
        is_own = unit_id in {one.unit_id for one in job.members} and job.job_id not in held
        if is_own and _has_work_before(unit_id, job, current, storm):
            found[job.job_id] = job
    return found


def without_too_late(
    tasks: Iterable[Task], bound: Mapping[str, Assignment], storm: Storm
) -> tuple[Task, ...]:
    """The tasks, none of them for those who come when it may not be done any more."""
    found = []
    for task in tasks:
        job = bound.get(task.id)
        if job and not any(
            start <= job.start_at and job.end_at <= end for start, end in task.spans
        ):
            late = storm.progress[job.job_id].late
            task = replace(
                task, not_by=task.not_by | {UnitId.parse(unit_id).team for unit_id in late}
            )
        found.append(task)
    return tuple(found)


def _late_units(
    later: PlanVersion | None, storm: Storm
) -> Iterator[tuple[str, Assignment, datetime]]:
    """Every unit that is still to come later than it was told, with the work and when it comes."""
    for job in later.assignments if later else ():
        told = storm.progress.get(job.job_id, Progress())
        if told.comes_at and told.comes_at > storm.now and told.stage not in (*OUT, *DONE):
            yield from ((unit_id, job, told.comes_at) for unit_id in sorted(told.late))


def _has_work_before(
    unit_id: str, job: Assignment, current: PlanVersion | None, storm: Storm
) -> bool:
    """Whether a unit has other work that is not begun yet before this one, by the plan in force:
    who is held up before his first work is not free for what was to follow it.
    """
    works = {other.job_id: other for other in (current.assignments if current else ())}
    own = works.pop(job.job_id)
    return any(
        storm.now < other.start_at < own.start_at
        and unit_id in {one.unit_id for one in other.members}
        and storm.progress.get(other.job_id, Progress()).stage not in (*OUT, *DONE)
        for other in works.values()
    )


def _means(unit_id: str, job: Assignment) -> Means:
    return means_of(next(member for member in job.members if member.unit_id == unit_id))


def _leaves_at(
    origin: Position, job: Assignment, comes_at: datetime, means: Means, storm: Storm
) -> datetime:
    """When who is at ``origin`` must set out to be at the work then; ways are whole minutes."""
    target = [place(job, storm.city)]
    seconds = int(storm.way_seconds([origin], target, means)[0, 0])
    if seconds >= NO_WAY_S:  # he says that he comes, and knows how
        seconds = int(
            replace(storm, streets=None, told_closed=()).way_seconds([origin], target, means)[0, 0]
        )
    return comes_at - timedelta(minutes=-(-seconds // 60))
