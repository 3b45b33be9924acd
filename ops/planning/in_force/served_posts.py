"""A crew that sees to an incident where a post is to be manned mans it: one crew at one place.
Pure.

Who stands there turns to the incident at once, and nobody else is sent to stand beside him.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.ids import JobId
from data.model.plan import JobKind
from ops.planning.wanted.tasks import Task

LONG_ENOUGH = timedelta(minutes=30)
"""A piece of a post that ends sooner is served together with the next (assumption: no crew is
relieved so soon after it came).
"""
REACHED = timedelta(minutes=30)
"""So long it may take until somebody is there (the bureau's target for an incident in the rain): a
post that ends sooner than ``LONG_ENOUGH`` after that is nobody's who has a way to go.
"""


def with_posts_served(
    posts: Iterable[Task], at_incidents: Iterable[Task], turnout: timedelta
) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """The posts that are still asked for beside those that the work at incidents serves, and that
    work: a watch ends when the last piece that it serves does.

    Parameters
    ----------
    posts
        All other tasks: posts of the same kind on the same segment are served, and asked for no
        more; a team that is there is free for the incident.
    turnout
        How long a team that is there takes to read what it is to do.
    """
    asked = {task.id: task for task in posts}
    works = sorted(at_incidents, key=_start)
    served = []
    for number, work in enumerate(works):
        opened = _start(work) + turnout + timedelta(minutes=work.minutes)
        asked |= {
            post.id: _not_missed(post, work, opened)
            for post in asked.values()
            if _beside(post, work)
        }
        followers = (other for other in works[number + 1 :] if _follows(other, work))
        relieved = next((_start(other) for other in followers), None)
        pieces = _served(work, asked.values(), relieved)
        for piece in pieces:
            del asked[piece.id]
        served.append(_serving(work, pieces, relieved) if pieces else work)
    return tuple(asked.values()), tuple(served)


def _start(work: Task) -> datetime:
    return work.spans[0][0]


def _follows(other: Task, work: Task) -> bool:
    """Whether another is the next of the same matter at the same post."""
    jobs = JobId.parse(other.id), JobId.parse(work.id)
    return (
        jobs[0].incident_id == jobs[1].incident_id
        and jobs[0].is_of_pump == jobs[1].is_of_pump
        and _start(other) > _start(work)
    )


def _served(work: Task, tasks: Iterable[Task], relieved: datetime | None) -> list[Task]:
    """The pieces of posts that the work serves, one after another, until it is relieved or has been
    long enough.
    """
    start = _start(work)
    found: list[Task] = []
    enough = relieved or start + REACHED + LONG_ENOUGH
    pieces = [(task.until, task) for task in tasks if task.until and _is_same_post(task, work)]
    for ends, piece in sorted(pieces, key=lambda pair: pair[0]):
        if ends <= start or (relieved and ends > relieved):
            continue
        if _start(piece) >= enough or (found and (found[-1].until or start) >= enough):
            break
        found.append(piece)
    return found


def _is_same_post(post: Task, work: Task) -> bool:
    return (
        work.kind.is_post
        and work.segment_id is not None
        and (post.kind, post.segment_id) == (work.kind, work.segment_id)
    )


def _beside(post: Task, work: Task) -> bool:
    """Whether inlets were reported blocked where a guard is to stand."""
    return (
        work.kind is JobKind.CLEAR
        and post.kind is JobKind.GUARD
        and work.segment_id is not None
        and post.segment_id == work.segment_id
    )


def _not_missed(post: Task, work: Task, opened: datetime) -> Task:
    """The post, where nobody is missed until what was reported there can have been opened: the
    guard opens it himself, and no second crew comes to do it beside him.
    """
    is_then = post.until is not None and _start(work) < post.until and _start(post) < opened
    if not is_then or post.due_at is None:
        return post
    return replace(post, due_at=max(post.due_at, opened))


def _serving(work: Task, pieces: list[Task], relieved: datetime | None) -> Task:
    """The work with what it serves: who does both is worth both."""
    work = _until(work, pieces[-1].until, relieved)
    most = sum(piece.late_most or 0 for piece in pieces)
    return replace(
        work,
        points=work.points + sum(piece.points for piece in pieces),
        late_points=work.late_points + max(piece.late_points for piece in pieces),
        late_most=None if work.late_most is None else work.late_most + most,
    )


def _until(work: Task, until: datetime | None, relieved: datetime | None) -> Task:
    """The work with this end, taken up at any time until shortly before it; with its own where the
    posts end so soon: they do with the rain, and the incident does not. What is done in a time of
    its own, as pumping is, is done whenever the truck can come: its water waits for no post's end.
    """
    start = _start(work)
    if until is None or work.until is None or (relieved is None and until - start < LONG_ENOUGH):
        return work
    minutes = max(1, min(work.minutes, (until - start) // timedelta(minutes=2)))
    spans = ((start, until - timedelta(minutes=minutes)),)
    return replace(work, spans=spans, until=until, minutes=minutes)
