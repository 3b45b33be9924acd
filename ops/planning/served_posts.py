"""A crew that sees to an incident where a post is to be manned mans it: one crew at one place.
Pure.

Who stands there turns to the incident at once, and nobody else is sent to stand beside him.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.ids import JobId
from ops.planning.tasks import Task

LONG_ENOUGH = timedelta(minutes=30)
"""A piece of a post that ends sooner is served together with the next (assumption: no crew is
relieved so soon after it came).
"""


def with_posts_served(
    posts: Iterable[Task], at_incidents: Iterable[Task]
) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """The posts that are still asked for beside those that the work at incidents serves, and that
    work: it ends when the last piece that it serves does.

    Parameters
    ----------
    posts
        All other tasks: posts of the same kind on the same segment are served, as far as they end
        at an instant of their own (``Task.until``).
    """
    asked = {task.id: task for task in posts}
    works = sorted(at_incidents, key=_start)
    served = []
    for number, work in enumerate(works):
        followers = (other for other in works[number + 1 :] if _follows(other, work))
        relieved = next((_start(other) for other in followers), None)
        pieces = [post for post in asked.values() if _is_same_post(post, work)]
        served.append(_serving(work, pieces, asked, relieved))
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


def _is_same_post(post: Task, work: Task) -> bool:
    return (
        work.kind.is_post
        and post.until is not None
        and (post.kind, post.segment_id) == (work.kind, work.segment_id)
        and work.segment_id is not None
    )


def _serving(
    work: Task, pieces: list[Task], asked: dict[str, Task], relieved: datetime | None
) -> Task:
    """The work with the end of the pieces that it serves, which are taken out of what is asked; no
    later than it is relieved.
    """
    start, until = _start(work), None
    enough = relieved or start + LONG_ENOUGH
    for piece in sorted(pieces, key=lambda piece: piece.until or start):
        ends = piece.until
        if ends is None or ends <= start or (relieved and ends > relieved):
            continue
        if _start(piece) >= enough or (until and until >= enough):
            break
        until = ends
        del asked[piece.id]
    if until is None:
        return work
    minutes = min(work.minutes, max(1, (until - start) // timedelta(minutes=2)))
    return replace(work, spans=((start, until),), until=until, minutes=minutes, due_at=start)
