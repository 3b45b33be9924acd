"""The freeze horizon: what sets out soon keeps its team and its start. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.field.calls.matters import Matter, matters
from ops.planning.context import Storm
from ops.planning.in_force.work_in_progress import may_go_on
from ops.planning.on_duty.availability import Availability
from ops.planning.wanted.incident_worth import tier_of
from ops.planning.wanted.tasks import Task, graver_than, gravest_first
from solver import Problem


def frozen_jobs(
    current: PlanVersion | None,
    held: Mapping[str, Assignment],
    availability: Mapping[str, Availability],
    storm: Storm,
    minutes: float,
) -> dict[str, Assignment]:
    """Work of the plan in force that sets out within so many minutes, and may: its units are on
    duty then, and no rain catches it. What has become graver since waits for nobody.
    """
    until = storm.now + timedelta(minutes=minutes)
    graver = _become_graver(current, storm)
    return {
        job.job_id: job
        for job in (current.assignments if current else ())
        if job.job_id not in held
        and JobId.parse(job.job_id).incident_id not in graver
        and storm.now < job.start_at
        and job.members
        and storm.now < min(member.leave_at for member in job.members) <= until
        and all(_covers(availability.get(member.unit_id), job) for member in job.members)
        and may_go_on(job, storm)
    }


def _become_graver(current: PlanVersion | None, storm: Storm) -> frozenset[int]:
    """The matters that are a graver duty by what was told since the plan in force was made."""
    if current is None:
        return frozenset()
    return frozenset(
        matter.id
        for matter in matters(storm.incidents)
        if matter.id is not None
        and (known := tuple(one for one in matter.calls if one.received_at <= current.made_at))
        and tier_of(Matter(known), storm) < tier_of(matter, storm)
    )


def _covers(available: Availability | None, assignment: Assignment) -> bool:
    return (
        available is not None
        and available.start <= assignment.start_at
        and assignment.end_at <= available.end
    )


def released(
    frozen: Mapping[str, Assignment],
    tasks: Mapping[str, Task],
    problem: Problem,
    current: PlanVersion | None,
) -> set[str]:
    """Those of the frozen jobs whose people something graver needs that nobody was told of yet: a
    task of a higher tier, or an incident's of the same one.
    """
    if not frozen:
        return set()
    known = {job.job_id for job in (current.assignments if current else ())}
    new = gravest_first(task for task in tasks.values() if task.id not in known)
    return {
        job_id
        for job_id, job in frozen.items()
        if any(_needs(task, job, problem) for task in graver_than(tasks[job_id], new))
    }


def _needs(task: Task, job: Assignment, problem: Problem) -> bool:
    """Whether one of the job's units could do the task while it is out on the job."""
    if min((start for start, _ in task.spans), default=job.end_at) >= job.end_at:
        return False
    units = [problem.unit_by_id[member.unit_id] for member in job.members]
    return any(slot.fits(unit) for slot in problem.job_by_id[task.id].slots for unit in units)
