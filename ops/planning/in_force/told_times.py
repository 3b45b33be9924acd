"""What its people were last told of a job: a move too small to be news is told to nobody, and many
of them add up. Pure.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.planning.on_duty.availability import Availability
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.watch_parts import parts_of


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
) -> Mapping[str, Assignment]:
    """The jobs as they were told, those of who is done early begun so much earlier as he is: to go
    on with his next work at once is no change of his order. So it is where his post is wanted no
    longer than that.

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
    """
    free = {
        member.unit_id: (told[job.job_id].end_at, availability[member.unit_id].start)
        for job in past
        for member in job.members
        if job.job_id in told
        and member.unit_id in availability
        and told[job.job_id].end_at > availability[member.unit_id].start
    }
    moved, asked = dict(told), {task.id: task for task in tasks}
    for job in sorted(told.values(), key=lambda job: job.start_at):
        if job.kind.is_post:
            free |= _no_longer_wanted(job, tasks, availability, now)
            continue
        if job.state != "planned" or job.start_at <= now:
            continue
        known = [free.pop(one.unit_id, None) for one in job.members]
        if not known or not all(
            one and member.leave_at - one[0] <= GAP
            for one, member in zip(known, job.members, strict=True)
        ):
            continue
        early = min(one[0] - one[1] for one in known if one)
        if not _may_begin(asked.get(job.job_id), job.start_at - early):
            continue
        moved[job.job_id] = replace(job, start_at=job.start_at - early)
        free |= {member.unit_id: (job.end_at, job.end_at - early) for member in job.members}
    return moved


def _no_longer_wanted(
    post: Assignment,
    tasks: Iterable[Task],
    availability: Mapping[str, Availability],
    now: datetime,
) -> dict[str, tuple[datetime, datetime]]:
    """When those at a post were told that they go on, and when they may by now, where nothing asks
    for its last hours any more.
    """
    if post.end_at <= now or JobId.parse(post.job_id).incident_id is not None:
        return {}
    parts = parts_of(post, tasks)
    until = max((part.until for part in parts if part.until), default=post.start_at)
    found = {
        member.unit_id: (post.end_at, max(until, availability[member.unit_id].start))
        for member in post.members
        if member.unit_id in availability
    }
    return {unit: (told, free) for unit, (told, free) in found.items() if free < told}


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
