"""Work of a station that works from paper, whose time has passed without a word: in a storm it is
wanted once more, with its doubt. Pure.

On a dry day nothing is lost by a round that goes on; and once is enough, or a station without a
telephone would be sent to the same inlets all day.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from ops.field.progress import Progress, homes
from ops.field.reporting import is_unheard, reports
from ops.planning.context import Storm
from ops.planning.parameters import WorkSettings
from ops.planning.wanted.tasks import Task

WHY = "why.unheard"
DOUBT = 2
"""By so much less is it worth: it may have been done (assumption: as likely as not)."""


def is_doubtful(job: Assignment, told: Progress, now: datetime, work: WorkSettings) -> bool:
    """Whether nobody said a word of it for too long, and it was not asked for a second time."""
    silence = timedelta(minutes=work.silence_minutes) if work.silence_minutes else None
    asked_twice = any(why.code == WHY for why in job.why)
    return not asked_twice and bool(job.inlet_ids) and is_unheard(job, told, now, silence)


def with_doubt(
    tasks: Iterable[Task], current: PlanVersion | None, storm: Storm
) -> tuple[Task, ...]:
    """The tasks; what is asked for a second time says why, and is worth less."""
    home = homes(storm.city)
    asked = {
        job.job_id: job
        for job in (current.assignments if current else ())
        if storm.rain.storms
        and (
            any(why.code == WHY for why in job.why)
            or (
                not reports(job, home, storm.reporting)
                and is_doubtful(
                    job, storm.progress.get(job.job_id, Progress()), storm.now, storm.work
                )
            )
        )
    }
    return tuple(_doubted(task, asked[task.id]) if task.id in asked else task for task in tasks)


def _doubted(task: Task, job: Assignment) -> Task:
    told = next((why for why in job.why if why.code == WHY), Message(WHY, {"at": job.end_at}))
    return replace(
        task,
        points=task.points // DOUBT,
        late_points=task.late_points // DOUBT,
        late_most=None if task.late_most is None else task.late_most // DOUBT,
        why=(told, *task.why),
    )
