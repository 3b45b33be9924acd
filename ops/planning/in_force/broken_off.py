"""What is left of work that its team left, or leaves, for something graver: how much, and by which
name it is asked for. Told here alone. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.planning.on_duty.availability import Availability
from ops.planning.wanted.task_types import TASK_TYPES
from ops.planning.wanted.tasks import Task

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def free_name(job_id: str, taken: Container[str]) -> str:
    """The name of a job that no other work of the plan bears: who takes up a watch that others had
    has work of his own.
    """
    name = JobId.parse(job_id)
    while str(name) in taken:
        name = name.relieved()
    return str(name)


def what_is_left(
    tasks: Iterable[Task],
    current: PlanVersion | None,
    past: Iterable[Assignment],
    held: Mapping[str, Assignment],
) -> tuple[Task, ...]:
    """The tasks; those that a team was called away from by the name that the rest of them has in
    the plan in force, or gets, and for as long as is left of them.
    """
    broken = defaultdict(list)
    for job in (*past, *held.values()):
        if job.is_broken_off:
            broken[matter(job.job_id)].append(job)
    over = {job.job_id for job in past}
    known = {
        JobId.parse(job.job_id).post: job.job_id
        for job in (current.assignments if current else ())
        if _may_be_left(job) and not (job.is_broken_off or job.job_id in over)
    }
    tasks = tuple(tasks)
    rests = [
        _shortened(task, known, broken.get(matter(task.id), ())) if _may_be_left(task) else task
        for task in tasks
    ]
    names = {task.id: rest.id for task, rest in zip(tasks, rests, strict=True)}
    return tuple(
        replace(rest, after=tuple(names.get(name, name) for name in rest.after))
        if rest.after
        else rest
        for rest in rests
    )


def _may_be_left(work: Task | Assignment) -> bool:
    return TASK_TYPES[work.kind].left_for is not None


def _shortened(task: Task, known: Mapping[JobId, str], parts: Collection[Assignment]) -> Task:
    """The task without what was done in those parts of it that were broken off."""
    own = known.get(JobId.parse(task.id).post)
    name = own or free_name(task.id, {job.job_id for job in parts})
    if not parts:
        return named(task, name)
    done = sum(min(1.0, (job.end_at - job.start_at) / MINUTE / _whole(task, job)) for job in parts)
    return replace(_with_share(task, max(0.0, 1 - done)), id=name)


def named(task: Task, name: str) -> Task:
    """The task by that name."""
    return task if task.id == name else replace(task, id=name)


def _whole(task: Task, job: Assignment) -> int:
    """Minutes that all of a task takes the people of a job."""
    people = sum(member.people or 0 for member in job.members)
    paces = [minutes for least, minutes in task.minutes_by_people if least <= people]
    return paces[-1] if paces else task.minutes


def _with_share(task: Task, share: float) -> Task:
    """The task with this share of its minutes."""
    return replace(
        task,
        minutes=max(1, round(share * task.minutes)),
        minutes_by_people=tuple(
            (people, max(1, round(share * minutes))) for people, minutes in task.minutes_by_people
        ),
    )


def matter(job_id: str) -> JobId:
    """What a job is about, whoever has it and wherever rain has moved it."""
    name = JobId.parse(job_id)
    return name.visit or name.post


def with_rests(
    tasks: Iterable[Task],
    leavable: Mapping[str, Task],
    jobs: Mapping[str, Assignment],
    availability: Mapping[str, Availability],
) -> tuple[Task, ...]:
    """The tasks, each that is under way and may be left for what is left of it from when its team
    could set out.
    """
    matters = {matter(job_id) for job_id in leavable}
    rests = []
    for job_id, task in leavable.items():
        job = jobs[job_id]
        begins = max(job.start_at, *(availability[one.unit_id].start for one in job.members))
        left = max(1, ceil((job.end_at - begins) / MINUTE))
        rests.append(replace(task, minutes=left, minutes_by_people=()))
    return (*(task for task in tasks if matter(task.id) not in matters), *rests)


def from_when_free(
    tasks: Iterable[Task],
    posts: Mapping[str, Assignment],
    availability: Mapping[str, Availability],
    now: datetime,
) -> tuple[Task, ...]:
    """The tasks, the hour of each watch at which somebody stands from when he could leave it: until
    then it is manned, and nobody need hurry there.
    """
    return tuple(
        _from(task, _free(post, availability))
        if task.until and (post := posts.get(task.id)) and post.start_at <= now
        else task
        for task in tasks
    )


def _free(post: Assignment, availability: Mapping[str, Availability]) -> datetime:
    """When the first of a team at a post could leave it."""
    units = (availability.get(member.unit_id) for member in post.members)
    return min([post.end_at, *(unit.start for unit in units if unit)])


def _from(task: Task, free: datetime) -> Task:
    """The watch from then on, however little is left of it, and worth what is left; as it was where
    nothing is.
    """
    (begin, _), (_, last), until = task.spans[0], task.spans[-1], task.until or free
    if not begin < free < until:
        return task
    due = free if task.due_at is None else max(task.due_at, free)
    stood = 0 if task.due_at is None else task.late_points * ((due - task.due_at) // SECOND)
    most = task.points if task.late_most is None else task.late_most
    return replace(
        task,
        spans=((free, max(free, last)),),
        minutes=max(1, min(task.minutes, (until - free) // MINUTE)),
        due_at=None if task.due_at is None else due,
        points=task.points - min(stood, most),
        late_most=None if task.late_most is None else most - min(stood, most),
    )


def named_apart(
    tasks: tuple[Task, ...], posts: dict[str, Assignment], held: Collection[str]
) -> tuple[tuple[Task, ...], dict[str, Assignment]]:
    """The tasks and the watches under way that serve them, by a name that no other work has: while
    a team is on its way from a watch, that has the name of the task, and its relief its own.
    """
    taken, own = {*(task.id for task in tasks), *held}, dict[str, str]()
    for task_id, post in posts.items():
        if task_id in held:  # its team may know the watch by the name of a later hour
            own[task_id] = free_name(post.job_id, taken)
            taken.add(own[task_id])
    return (
        tuple(named(task, own.get(task.id, task.id)) for task in tasks),
        {own.get(task_id, task_id): post for task_id, post in posts.items()},
    )


def still_wanted(
    tasks: Iterable[Task],
    done: Collection[str],
    held: Collection[str],
    posts: Mapping[str, Assignment],
) -> list[Task]:
    """The tasks that are neither done nor under way, in this way or in another; a watch that its
    team has left is wanted under a name of its own, a visit that rain would move when it has begun
    not again.
    """
    wanted, taken = [], {*done, *posts}
    visits = {visit for name in (*done, *held) if (visit := JobId.parse(name).visit)}
    for task in _not_in_another_way(tuple(tasks), {*done, *held}):
        if JobId.parse(task.id).visit in visits:
            continue
        name = free_name(task.id, taken) if task.until and task.id not in posts else task.id
        taken.add(name)
        if name not in held and (name not in done or task.id in posts):
            wanted.append(named(task, name))
    return wanted


def _not_in_another_way(tasks: tuple[Task, ...], begun: Collection[str]) -> Iterator[Task]:
    """The tasks without those of whose group another one is done or under way."""
    taken = {task.group: task.id for task in tasks if task.id in begun}
    return (
        task for task in tasks if task.group is None or taken.get(task.group, task.id) == task.id
    )
