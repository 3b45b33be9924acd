"""A watch is asked for hour by hour, so that it can be left for something graver. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
