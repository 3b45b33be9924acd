"""Work that may be left at any minute: who is at it is free for something graver that is asked for,
and what is left of it is asked for still. Pure.

A post is always such work (``posts_on_call``). Other work is over in a while, so it is offered only
while something graver waits that one of its team may do; else it is kept as it is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from math import ceil

from data.model.ids import JobId
from data.model.plan import Assignment
from ops.district.places import place
from ops.planning.context import Storm
from ops.planning.in_force.broken_off import matter
from ops.planning.on_duty.availability import Availability
from ops.planning.parameters import StabilitySettings
from ops.planning.reach import fits, has_refused
from ops.planning.solver_problem import Clock, pin_of
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted.task_types import TASK_TYPES, Requirement
from ops.planning.wanted.tasks import Task, graver_than, gravest_first
from solver import Problem

MINUTE = timedelta(minutes=1)


def leavable_now(
    out: Mapping[str, Assignment],
    tasks: Collection[Task],
    turns: Mapping[str, Availability],
    storm: Storm,
    ordered: Collection[str] = (),
) -> dict[str, Task]:
    """What asks for each job under way that may be left for something graver that waits, by job.

    Work that is over before its team could set out is let end, and so is that of people who are to
    go home after it, and what the desk ``ordered`` of this team at this time.
    """
    asked = {matter(task.id): task for task in tasks}
    open_tasks = gravest_first(task for task in tasks if task.id not in out)
    found = {}
    for job in out.values():
        least = left_for(job)
        if least is None or job.is_broken_off or job.job_id in ordered:
            continue
        team = [turns.get(member.unit_id) for member in job.members]
        if not all(one and one.start < job.end_at <= one.end for one in team):
            continue
        own = _asking(job, asked.get(matter(job.job_id)), storm)
        graver = (task for task in graver_than(own, open_tasks) if task.tier >= least)
        if any(_may_do(task, job, turns, storm) for task in graver):
            found[job.job_id] = own
    return found


def left_for(job: Assignment) -> Tier | None:
    """The least tier of what a job is left for; what is done at an incident is finished first."""
    at_incident = JobId.parse(job.job_id).incident_id is not None
    return None if at_incident else TASK_TYPES[job.kind].left_for


def _asking(job: Assignment, task: Task | None, storm: Storm) -> Task:
    """What asks for a job where its team is, which may end it even where it came late; of a visit
    whose interval is over nothing but the team itself.
    """
    here = place(job, storm.city)
    if task is not None and task.spans:
        *before, (start, end) = task.spans
        spans = (*before, (start, max(end, job.end_at)))
        return replace(task, id=job.job_id, segment_id=job.segment_id, position=here, spans=spans)
    own = {member.resource_id for member in job.members}
    minutes = ceil((job.end_at - job.start_at) / MINUTE)
    return Task(
        id=job.job_id,
        kind=job.kind,
        phase=job.phase,
        segment_id=job.segment_id,
        station_id=job.station_id,
        position=here,
        inlet_ids=job.inlet_ids,
        minutes=minutes,
        spans=((storm.now, job.end_at),),
        due_at=None,
        points=duty_points(Tier.POST, minutes),
        needs=tuple(_place_of(member.resource_id, storm) for member in job.members),
        risk=job.risk,
        why=job.why,
        not_by=frozenset(storm.city.resource_by_id.keys() - own),
        tier=Tier.POST,
    )


def _place_of(resource_id: str, storm: Storm) -> Requirement:
    machine = storm.city.machine_by_id.get(resource_id)
    return Requirement(machine_kind=machine.kind if machine else None)


def _may_do(task: Task, job: Assignment, turns: Mapping[str, Availability], storm: Storm) -> bool:
    """Whether one of the job's team may fill a place in the team of a task, before the job ends."""
    if min((start for start, _ in task.spans), default=job.end_at) >= job.end_at:
        return False
    return any(
        any(fits(turn, need, task) for need in task.needs)
        and not has_refused(member.unit_id, turn, task, storm)
        for member in job.members
        if (turn := turns[member.unit_id])
    )


def at_a_price(
    problem: Problem,
    jobs: Iterable[Assignment],
    availability: Mapping[str, Availability],
    clock: Clock,
    settings: StabilitySettings,
) -> Problem:
    """The problem, in which to leave these jobs under way is a change of what was told; what is
    half done with one's hands is not left to be somewhere a minute sooner.
    """
    half_done = duty_points(Tier.WATER, settings.half_done_minutes)
    known = {pin.job for pin in problem.previous}
    pins = []
    for job in jobs:
        if job.job_id not in known:
            begins = max(job.start_at, *(availability[one.unit_id].start for one in job.members))
            price = half_done if job.inlet_ids else 0
            pins.append(replace(pin_of(job, clock), start=clock.seconds(begins), price=price))
    return replace(problem, previous=(*problem.previous, *pins)) if pins else problem
