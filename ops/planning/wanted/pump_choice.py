"""Which pump goes where, of those that are free: the bigger one to the deeper water. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from data.model.city import Machine
from data.model.ids import JobId
from data.model.plan import JobKind, PlanVersion
from ops.planning.context import Storm
from ops.planning.on_duty.availability import on_duty
from ops.planning.wanted.tasks import Task

SOON = timedelta(minutes=30)  # who comes on duty later is none of those free now


def with_bigger_pumps(
    tasks: Iterable[Task],
    depths: Mapping[int | None, float],
    storm: Storm,
    current: PlanVersion | None,
) -> tuple[Task, ...]:
    """The tasks, those that ask for a pump without the trucks that deeper water needs more.

    A truck that is planned at an incident stays there; where there are fewer free trucks than
    places, each place takes the one that it can get.

    Parameters
    ----------
    depths
        Centimetres of water, by the number of the matter.
    """
    tasks = tuple(tasks)
    waiting = [task for task in tasks if task.kind is JobKind.PUMP and not _planned(task, current)]
    waiting.sort(key=lambda task: -depths[_matter(task)])
    trucks = _free_trucks(storm, current) if len(waiting) > 1 else []
    if len(trucks) < len(waiting):
        return tasks
    kept: dict[str, Task] = {}
    for rank, task in enumerate(waiting):
        bigger = frozenset(
            truck.id
            for place, truck in zip(waiting[:rank], trucks, strict=False)
            if depths[_matter(place)] > depths[_matter(task)]
            and (truck.capacity or 0.0) > (trucks[rank].capacity or 0.0)
        )
        kept[task.id] = replace(task, not_by=task.not_by | bigger)
    return tuple(kept.get(task.id, task) for task in tasks)


def _matter(task: Task) -> int | None:
    return JobId.parse(task.id).incident_id


def _planned(task: Task, current: PlanVersion | None) -> bool:
    jobs = current.assignments if current else ()
    return any(job.kind is JobKind.PUMP and job.job_id == task.id for job in jobs)


def _free_trucks(storm: Storm, current: PlanVersion | None) -> list[Machine]:
    """The pump trucks on duty whose capacity is known, the biggest first, without those that are
    planned at incidents.
    """
    at_incidents = {
        member.resource_id
        for job in (current.assignments if current else ())
        if JobId.parse(job.job_id).incident_id is not None and job.end_at > storm.now
        for member in job.members
    }
    on = {
        turn.resource_id
        for turn in on_duty(storm).values()
        if turn.start <= storm.now + SOON < turn.end
    }
    found = [
        machine
        for machine in storm.city.machines
        if machine.kind == "pump_truck"
        and machine.capacity is not None
        and machine.id in on - at_incidents
    ]
    return sorted(found, key=lambda machine: (-(machine.capacity or 0.0), machine.id))
