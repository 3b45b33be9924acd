"""Where the plan in force and the reports have brought everybody, and what of that plan is kept.
Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from data.model.plan import Assignment, PlanVersion, Rest
from ops.planning.context import Storm
from ops.planning.in_force.broken_off import what_is_left
from ops.planning.in_force.delays import (
    bound_later,
    just_moved,
    kept_longer,
    not_before,
    postponed,
)
from ops.planning.in_force.freeze import frozen_jobs
from ops.planning.in_force.leavable import leavable_now
from ops.planning.in_force.meals_left import breaks_left, without
from ops.planning.in_force.meals_put_off import put_off_for_water
from ops.planning.in_force.work_in_progress import (
    availability_now,
    finished_first,
    posts_on_call,
    posts_over,
    split_past_and_running,
    with_people_now,
    without_hours_of,
)
from ops.planning.on_duty.availability import Availability, on_duty
from ops.planning.tiers import Tier
from ops.planning.wanted.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What is over, and who is at what.

    Attributes
    ----------
    current
        The plan in force, what is late put off.
    tasks
        What is asked for, as far as it is left.
    turns
        Everybody's turn of duty.
    past
        What is over.
    out
        What is under way and goes on to its end.
    posts
        What is under way and may be left for something graver, by the task that asks for this hour
        or for the rest of it.
    over
        The watches under way that nothing asks for any more.
    leavable
        Of ``posts`` those that are no watches, by their jobs: what would be left of them.
    left_breaks
        The breaks under way that may be left for water.
    """

    current: PlanVersion | None
    tasks: tuple[Task, ...]
    turns: dict[str, Availability]
    past: tuple[Assignment, ...]
    out: dict[str, Assignment]
    posts: dict[str, Assignment]
    over: tuple[Assignment, ...]
    leavable: Mapping[str, Task]
    left_breaks: tuple[Rest, ...]

    @property
    def on_post(self) -> dict[str, Assignment]:
        """What is under way and may end at any time, by job."""
        return {post.job_id: post for post in (*self.posts.values(), *self.over)}

    @property
    def duties(self) -> frozenset[str]:
        """Those of ``posts`` that are asked for as duties, by job."""
        asked = {task.id for task in self.tasks if task.tier is not Tier.GAIN}
        return frozenset(job.job_id for name, job in self.posts.items() if name in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitments:
    """From when on everybody can set out, and what keeps its team and its hour.

    Attributes
    ----------
    frozen
        The work within the freeze horizon.
    bound
        That of it whose team said that it can't come before.
    """

    availability: dict[str, Availability]
    frozen: dict[str, Assignment]
    bound: dict[str, Assignment]


def whereabouts(
    storm: Storm,
    tasks: tuple[Task, ...],
    published: PlanVersion | None,
    ordered: Collection[str],
) -> Whereabouts:
    """Where everybody stands.

    Parameters
    ----------
    ordered
        The jobs that the desk has ordered as they are.
    """
    current = postponed(published, storm)
    past, out = split_past_and_running(current, storm)
    tasks = what_is_left(tasks, current, past, out)
    turns = on_duty(storm, current)
    out = with_people_now(out, turns)
    kept = finished_first(out, storm)
    tasks = without_hours_of(tasks, kept.values())
    free = {job_id: job for job_id, job in out.items() if job_id not in kept}
    posts = posts_on_call(free, tasks, storm)
    over = posts_over(free, posts, tasks, storm)
    leavable = leavable_now(free, tasks, turns, storm, ordered)
    posts |= {job_id: out[job_id] for job_id in leavable}
    on_call = {post.job_id for post in (*posts.values(), *over)}
    out = {job_id: job for job_id, job in out.items() if job_id not in on_call}
    out = kept_longer(out, current, storm)
    left_breaks = breaks_left(turns, out.values(), tasks, current, storm)
    return Whereabouts(
        current=without(left_breaks, current),
        tasks=tasks,
        turns=put_off_for_water(turns, tasks, current, storm, left_breaks),
        past=past,
        out=out,
        posts=posts,
        over=tuple(over),
        leavable=leavable,
        left_breaks=left_breaks,
    )


def commitments(
    now: Whereabouts, storm: Storm, published: PlanVersion | None, freeze_minutes: float
) -> Commitments:
    """What is kept of the plan as it was ``published``, frozen for so many minutes."""
    current, out, on_post = now.current, now.out, now.on_post
    availability = availability_now(
        now.turns, now.past, out, on_post.values(), now.duties, current, storm
    )
    availability = not_before(availability, out, published, current, storm)
    frozen = frozen_jobs(current, out | on_post, availability, storm, freeze_minutes)
    moved = just_moved(published, current)
    frozen = {job_id: job for job_id, job in frozen.items() if job_id not in moved}
    bound = bound_later(out, published, current, storm)
    return Commitments(availability=availability, frozen=frozen | bound, bound=bound)
