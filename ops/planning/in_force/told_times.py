"""What its people were last told of a job: a move too small to be news is told to nobody, and many
of them add up. Pure.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.planning.on_duty.availability import Availability
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.watch_parts import Watches, parts_of, watches_of


def as_told(version: PlanVersion, tolerance: timedelta) -> Mapping[str, Assignment]:
    """The jobs of a version by id, each at the time that its team was last told.

    That is its published time in the problem that the version answers, where it has moved from
    there by no more than the tolerance.
    """
    told = _published(version)
    return {job.job_id: _at(job, told.get(job.job_id), tolerance) for job in version.assignments}


def _published(version: PlanVersion) -> Mapping[str, tuple[datetime, frozenset[str]]]:
    """Start and units of each job as they were published when the version was made."""
    problem = json.loads(version.problem or "{}")
    if not problem.get("previous"):
        return {}
    epoch = datetime.fromisoformat(problem["epoch"])
    return {
        pin["job"]: (epoch + timedelta(seconds=pin["start"]), frozenset(pin["units"]))
        for pin in problem["previous"]
    }


def _at(
    job: Assignment, told: tuple[datetime, frozenset[str]] | None, tolerance: timedelta
) -> Assignment:
    """The job at its published time, with its ways; a post ends when it ends."""
    if told is None or job.state != "planned" or told[1] != {one.unit_id for one in job.members}:
        return job
    moved = told[0] - job.start_at
    if not timedelta(0) < abs(moved) <= tolerance:
        return job
    members = tuple(
        replace(one, leave_at=one.leave_at + moved, arrive_at=one.arrive_at + moved)
        for one in job.members
    )
    end = job.end_at if job.kind.is_post else job.end_at + moved
    return replace(job, members=members, start_at=told[0], end_at=end)


GAP = timedelta(minutes=5)
"""Work that follows so soon upon other work follows upon it (assumption)."""


def pulled_forward(
    told: Mapping[str, Assignment],
    past: Iterable[Assignment],
    availability: Mapping[str, Availability],
    tasks: Collection[Task],
    now: datetime,
    gone: Collection[str] = (),
) -> Mapping[str, Assignment]:
    """The jobs as they were told, those of who is done early begun so much earlier as he is: to go
    on with his next work at once is no change of his order. So it is where his post is wanted no
    longer than that, or not for a while, and where what he was to do before is wanted no more.

    Up to the next post, which begins when it begins, or the next wait, and where it may be done
    then. Who works in a team waits for the others.

    Parameters
    ----------
    past
        The work that is over.
    availability
        Everybody's turn from when he can set out.
    tasks
        What is asked for now.
    gone
        Jobs that nothing asks for any more.
    """
    free = {
        member.unit_id: _Freed(told[job.job_id].end_at, availability[member.unit_id].start)
        for job in past
        for member in job.members
        if job.job_id in told
        and member.unit_id in availability
        and told[job.job_id].end_at > availability[member.unit_id].start
    }
    moved, asked, watches = dict(told), {task.id: task for task in tasks}, watches_of(tasks)
    for job in sorted(told.values(), key=lambda job: job.start_at):
        if job.kind.is_post:
            free |= _no_longer_wanted(job, watches, availability)
            continue
        if job.state != "planned" or job.start_at <= now:
            continue
        known = [free.pop(one.unit_id, None) for one in job.members]
        known = [
            freed if freed and one.leave_at - freed.told <= GAP else None
            for freed, one in zip(known, job.members, strict=True)
        ]
        if job.job_id in gone:
            free |= _without(job, known)
        elif early := _early(job, known, asked.get(job.job_id)):
            moved[job.job_id] = replace(job, start_at=job.start_at - early)
            free |= {
                one.unit_id: _Freed(job.end_at, job.end_at - early, freed.until)
                for one, freed in zip(job.members, known, strict=True)
                if freed
            }
    return moved


class _Freed(NamedTuple):
    """Until when somebody was told to be busy, from when on he is free, and until when at most."""

    told: datetime
    at: datetime
    until: datetime | None = None


def _without(job: Assignment, known: Iterable[_Freed | None]) -> dict[str, _Freed]:
    """From when on those are free who were to do what nothing asks for any more."""
    return {
        one.unit_id: _Freed(job.end_at, freed.at, freed.until)
        if freed
        else _Freed(job.end_at, one.leave_at)
        for one, freed in zip(job.members, known, strict=True)
    }


def _early(job: Assignment, known: Sequence[_Freed | None], task: Task | None) -> timedelta:
    """How much earlier than told a job can begin; not at all where one of its team is not free so
    soon, must be back at his post before it ends, or where it may not be done then.
    """
    early = min((one.told - one.at if one else timedelta(0) for one in known), default=timedelta(0))
    end = job.end_at - early
    if any(one and one.until and end > one.until for one in known):
        return timedelta(0)
    return early if _may_begin(task, job.start_at - early) else timedelta(0)


def _no_longer_wanted(
    post: Assignment, watches: Watches, availability: Mapping[str, Availability]
) -> dict[str, _Freed]:
    """When those at a post were told that they go on, and when they may by now, where nothing asks
    for its last hours any more, or for some in their midst: until it is wanted again.
    """
    turns = {
        one.unit_id: availability[one.unit_id].start
        for one in post.members
        if one.unit_id in availability
    }
    if not turns or JobId.parse(post.job_id).incident_id is not None:
        return {}
    until, again = max(post.start_at, min(turns.values())), None
    for part in parts_of(post, watches):
        begin, _ = part.spans[0]
        if begin - until > GAP:
            again = begin
            break
        until = max(until, part.until or until)
    found = {unit: _Freed(post.end_at, max(until, start), again) for unit, start in turns.items()}
    return {unit: freed for unit, freed in found.items() if freed.at < freed.told}


def _may_begin(task: Task | None, start: datetime) -> bool:
    """Whether work may begin then, as far as its hours go."""
    return task is None or any(begin <= start < end for begin, end in task.spans)


def begun_early(
    job: Assignment, told: Mapping[str, Assignment], pulled: Mapping[str, Assignment]
) -> Assignment:
    """A job of the plan in force, begun as much earlier as what is told of it is pulled forward."""
    if job.job_id not in told:
        return job
    early = told[job.job_id].start_at - pulled[job.job_id].start_at
    return replace(job, start_at=job.start_at - early, end_at=job.end_at - early)
