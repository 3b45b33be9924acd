"""Posts end where somebody who could man them must go home. Pure.

A post is manned until its end or not at all: whoever stands at it and must go at half past would
leave it on the hour for lesser work, and whoever must go before a new incident's post is over could
see to none, however near he is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.ids import JobId
from data.model.plan import Assignment
from ops.district.services import may_do
from ops.planning.context import Storm
from ops.planning.in_force.broken_off import free_name
from ops.planning.in_force.served_posts import LONG_ENOUGH
from ops.planning.on_duty.availability import Availability
from ops.planning.wanted.tasks import Task

MINUTE = timedelta(minutes=1)


def ended_with_turns(
    tasks: Iterable[Task],
    posts: Mapping[str, Assignment],
    availability: Mapping[str, Availability],
    known: Mapping[str, Assignment],
    storm: Storm,
) -> tuple[Task, ...]:
    """The tasks; an hour of a watch in two parts where the turn of who stands there ends in it, a
    post at an incident until the turn of who has it ends, and one that nobody has until the next
    turn ends that somebody on duty could see to it in.

    Parameters
    ----------
    posts
        The watches under way, by the task that asks for each.
    known
        The jobs that there are, by their names.
    """
    tasks = tuple(tasks)
    taken = {*known, *posts, *(task.id for task in tasks)}
    goes = {
        JobId.parse(post.job_id).watch: end
        for post in posts.values()
        if (end := _goes_at(post, availability))
    }
    found: list[Task] = []
    for task in tasks:
        name = JobId.parse(task.id)
        if task.until is None:
            found.append(task)
        elif name.incident_id is None:
            found += _parts(task, goes.get(name.watch), taken, storm)
        elif job := known.get(task.id):
            found.append(_kept(task, _goes_at(job, availability)))
        else:
            found.append(_ended(task, availability, storm))
        taken.add(found[-1].id)
    return tuple(found)


def _goes_at(post: Assignment, availability: Mapping[str, Availability]) -> datetime | None:
    """When the first of a team at a post must go home."""
    ends = (unit.end for one in post.members if (unit := availability.get(one.unit_id)))
    return min(ends, default=None)


def _parts(task: Task, at: datetime | None, taken: Iterable[str], storm: Storm) -> tuple[Task, ...]:
    """An hour of a watch, its worth shared by the minutes from when it is due."""
    begin, until = task.longest
    due = max(begin, task.due_at or begin)
    if at is None or not due + storm.work.watch_minutes * MINUTE <= at < until:
        return (task,)
    share = (at - due) / (until - due)
    points, late_most = round(share * task.points), task.late_most
    first = _until(task, at)
    first = replace(first, points=points, late_most=late_most and round(share * late_most))
    shortest = min(task.minutes, (until - at) // MINUTE)
    then = replace(
        task,
        id=free_name(task.id, frozenset(taken)),
        minutes=shortest,
        spans=((at, until - shortest * MINUTE),),
        due_at=at,
        points=task.points - points,
        late_most=late_most and late_most - (first.late_most or 0),
    )
    return first, then


def _kept(task: Task, at: datetime | None) -> Task:
    """A post at an incident for as long as who has it can stay."""
    begin, until = task.longest
    return _until(task, at) if at and begin < at < until else task


def _ended(task: Task, availability: Mapping[str, Availability], storm: Storm) -> Task:
    """A new post at an incident until the first turn that ends before it."""
    out = storm.now + storm.work.turnout_minutes * MINUTE
    begin, until = task.longest
    ends = sorted(_ends(task, availability, out))
    soonest = max(begin, out) + LONG_ENOUGH
    return next((_until(task, end) for end in ends if soonest <= end < until), task)


def _ends(
    task: Task, availability: Mapping[str, Availability], out: datetime
) -> Iterator[datetime]:
    """When crews go home that could set out by an instant."""
    for unit in availability.values():
        if unit.machine_kind is None and unit.start <= out and may_do(unit.service, task.kind):
            yield unit.end


def _until(task: Task, end: datetime) -> Task:
    """The post until then, taken up at any time until shortly before it."""
    begin, _ = task.longest
    minutes = max(1, min(task.minutes, (end - begin) // MINUTE))
    last = end - minutes * MINUTE
    spans = tuple((start, min(stop, last)) for start, stop in task.spans if start <= last)
    return replace(task, until=end, minutes=minutes, spans=spans or ((begin, last),))
