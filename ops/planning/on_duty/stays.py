"""How long a team stays at a post, whatever jobs that is made of, and which stay of a new plan is
which of the old: what its people know of it is that they stand there until then. Pure.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce

from data.model.ids import JobId
from data.model.plan import Assignment

ROUNDING = timedelta(
    minutes=1
)  # watches that do not begin on a whole minute are planned so far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A job or, at a post, all those of one team that follow upon one another: the first with the
    last one's end. ``ids`` are those of all.
    """

    ids: frozenset[str]
    job: Assignment


def post_of(job: Assignment) -> tuple:
    """What watches have in common that are one to the team that stands there."""
    return *_place(job), _team(job)


def goes_on(one: Assignment, other: Assignment) -> bool:
    """Whether one watch follows upon another without a break."""
    return one.kind.is_post and timedelta(0) <= other.start_at - one.end_at <= ROUNDING


def stays(jobs: Iterable[Assignment]) -> tuple[Stay, ...]:
    """The jobs, those at a post joined, in order of time."""
    return tuple(
        Stay(ids=frozenset(job.job_id for job in run), job=replace(run[0], end_at=run[-1].end_at))
        for run in _runs(jobs, post_of, ROUNDING)
    )


def joined(jobs: Iterable[Assignment], published: Mapping[str, Assignment]) -> list[Assignment]:
    """The jobs, the hours of one watch that follow upon one another in one team made one; what is
    at an incident is a job of its own.

    It keeps the name under which its team knows it, and else has that of its first hour.
    """
    return [
        reduce(lambda first, then: _one(first, then, published), run)
        for run in _runs(jobs, _watch, timedelta(0))
    ]


def _watch(job: Assignment) -> tuple:
    name = JobId.parse(job.job_id)
    return name if name.incident_id is not None else name.watch, _team(job)


def _one(first: Assignment, then: Assignment, published: Mapping[str, Assignment]) -> Assignment:
    known = published.get(then.job_id)
    keeps = first.job_id in published or known is None or _team(known) != _team(then)
    job_id = first.job_id if keeps else then.job_id
    return replace(first, job_id=job_id, end_at=then.end_at)


def _runs(
    jobs: Iterable[Assignment], post: Callable[[Assignment], Hashable], gap: timedelta
) -> list[list[Assignment]]:
    """The jobs in order of time, those at one post that begin within a gap after another together
    with that.
    """
    found: list[list[Assignment]] = []
    last: dict[Hashable, list[Assignment]] = {}
    for job in sorted(jobs, key=lambda one: (one.start_at, one.job_id)):
        run = last.get(post(job)) if job.kind.is_post else None
        if run and timedelta(0) <= job.start_at - run[-1].end_at <= gap:
            run.append(job)
            continue
        found.append([job])
        if job.kind.is_post:
            last[post(job)] = found[-1]
    return found


def paired(old: Iterable[Stay], new: Iterable[Stay]) -> Iterator[tuple[Stay | None, Stay | None]]:
    """Each stay of the new plan with the one of the old that its people know it by, if any; then
    those of the old that the new one has no more.

    Its own team's goes before another's, and one of the same name before one of another hour: a
    team that mans its post at another time, for the rain comes then, knows it as the same.
    """
    known, rest, found = list(old), list(new), []
    for is_alike in (_is_its_own, _is_there_still, _has_its_name, _is_there_instead, _is_moved):
        for stay in tuple(rest):
            was = next((one for one in known if is_alike(one, stay)), None)
            if was is not None:
                found.append((was, stay))
                known.remove(was)
                rest.remove(stay)
    pairs = [*found, *((None, stay) for stay in rest)]
    yield from sorted(pairs, key=lambda pair: (pair[1].job.start_at, pair[1].job.job_id))
    yield from ((was, None) for was in known)


def overlap(one: Assignment, other: Assignment) -> bool:
    """Whether both are at one post at one time, whoever they are."""
    is_one_place = one.kind.is_post and _place(one) == _place(other)
    return is_one_place and one.start_at < other.end_at and other.start_at < one.end_at


def _is_its_own(old: Stay, new: Stay) -> bool:
    return _has_its_name(old, new) and _team(old.job) == _team(new.job)


def _is_there_still(old: Stay, new: Stay) -> bool:
    return _is_there_instead(old, new) and _team(old.job) == _team(new.job)


def _has_its_name(old: Stay, new: Stay) -> bool:
    return bool(old.ids & new.ids)


def _is_there_instead(old: Stay, new: Stay) -> bool:
    return overlap(old.job, new.job)


def _is_moved(old: Stay, new: Stay) -> bool:
    return new.job.kind.is_post and post_of(old.job) == post_of(new.job)


def _place(job: Assignment) -> tuple:
    return job.kind, job.segment_id, job.station_id


def _team(job: Assignment) -> frozenset[tuple[str, str | None]]:
    return frozenset((member.unit_id, member.driver_id) for member in job.members)
