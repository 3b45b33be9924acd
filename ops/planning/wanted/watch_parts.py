"""A watch is asked for hour by hour, so that it can be left for something graver; who stands there
for several hours has one job. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from data.model.ids import JobId
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.planning.wanted.tasks import Task
from ops.risk.stop_work import Span

Watches = Mapping[tuple[JobKind, JobId], Sequence[Task]]
"""The watches that are asked for by what they are, each with its hours."""


def watches_of(tasks: Iterable[Task]) -> Watches:
    """The watches among the tasks, in their order."""
    found: dict[tuple[JobKind, JobId], list[Task]] = defaultdict(list)
    for task in tasks:
        if task.kind.is_post and task.until:
            found[task.kind, JobId.parse(task.id).watch].append(task)
    return found


def parts_of(job: Assignment, watches: Watches) -> list[Task]:
    """What a job at a post serves of what is asked for, in order of time."""
    parts = watches.get((job.kind, JobId.parse(job.job_id).watch), ()) if job.kind.is_post else ()
    served = (
        task
        for task in parts
        if task.until and task.spans[0][0] < job.end_at and task.until > job.start_at
    )
    return sorted(served, key=lambda task: task.spans[0][0])


def known_posts(
    current: PlanVersion | None, now: datetime
) -> Mapping[tuple[JobKind, str], tuple[Span, ...]]:
    """The posts still to come that the plan in force was asked for, by kind and segment: when it
    mans them, if it does; who is at an incident mans one only where it has a post of its own.
    """
    found: dict[tuple[JobKind, str], tuple[Span, ...]] = {}
    for left in current.left_out if current else ():
        end = left.why.facts.get("end")
        if left.segment_id and isinstance(end, datetime) and end > now:
            found[left.kind, left.segment_id] = ()
    jobs = current.assignments if current else ()
    posts = [job for job in jobs if job.segment_id and job.kind.is_post]
    own = {(job.kind, job.segment_id) for job in posts if not _is_at_incident(job)}
    for job in posts:
        key = job.kind, job.segment_id or ""
        if job.end_at > now and (key in own or key in found):
            found[key] = (*found.get(key, ()), (job.start_at, job.end_at))
    return found


def _is_at_incident(job: Assignment) -> bool:
    return JobId.parse(job.job_id).incident_id is not None


def joined(jobs: Iterable[Assignment], published: Mapping[str, Assignment]) -> list[Assignment]:
    """The jobs, those of one team at one post that follow upon one another made one.

    It keeps the name under which its team knows it, and else has that of its first hour.
    """
    found: list[Assignment] = []
    last: dict[tuple[JobId, tuple[str, ...]], int] = {}
    for job in sorted(jobs, key=lambda job: (job.start_at, job.job_id)):
        name = JobId.parse(job.job_id)
        if not job.kind.is_post or name.incident_id is not None:
            found.append(job)
            continue
        key = name.watch, _team(job)
        at = last.get(key)
        if at is not None and found[at].end_at == job.start_at:
            found[at] = _one(found[at], job, published)
        else:
            last[key] = len(found)
            found.append(job)
    return found


def _one(first: Assignment, then: Assignment, published: Mapping[str, Assignment]) -> Assignment:
    known = published.get(then.job_id)
    keeps = first.job_id in published or known is None or _team(known) != _team(then)
    job_id = first.job_id if keeps else then.job_id
    return replace(first, job_id=job_id, end_at=then.end_at)


def _team(job: Assignment) -> tuple[str, ...]:
    return tuple(sorted(f"{member.unit_id} {member.driver_id}" for member in job.members))
