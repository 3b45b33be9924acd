"""Posts with a named first and second (AB 岗): who answers for a key road or low point, and who
does when the first is absent, out of action or has refused. Pure.

The plan sends them there rather than others (``preferred_posts``); who is named answers for it, is
told so and told when others stand there, and the second is told when it falls to him.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.model.city import City, Person, Worker
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion
from data.model.roster import NamedPost
from ops.base.naming import segment_name
from ops.district.roster_changes import called, worker_name
from ops.district.rosters import turn_at
from ops.field.progress import Progress
from ops.planning.context import Storm
from ops.planning.on_duty.availability import is_out
from ops.planning.on_duty.stays import overlap

FIRST, OTHERS = "post.first", "post.others"
FALLS_TO_SECOND, NOBODY = "post.second", "post.nobody"
TOLD = {FALLS_TO_SECOND: "post.told_second", NOBODY: "post.told_nobody"}
TAKEN_BACK = {FALLS_TO_SECOND: "post.told_back", NOBODY: "post.told_again"}


def with_named(assignments: Iterable[Assignment], storm: Storm) -> tuple[Assignment, ...]:
    """The assignments; a post on a road with named people says who answers for it."""
    as_usual = replace(storm.city, roster=())
    return tuple(
        replace(job, why=(*job.why, told))
        if job.kind.is_post
        and job.kind is not JobKind.PLACED
        and job.state != "past"
        and (told := _named(job, storm, as_usual))
        else job
        for job in assignments
    )


def _named(job: Assignment, storm: Storm, as_usual: City) -> Message | None:
    """Who answers for it; nobody where neither is ever there at that hour.

    Parameters
    ----------
    as_usual
        The city without absences: by it both would be there.
    """
    row = post_at(storm.city, job.segment_id, job.start_at)
    if row is None:
        return None
    first, second = (_worker(name, storm.city) for name in (row.first_id, row.second_id))
    if first is None or second is None:
        return None
    at = max(job.start_at, storm.now)
    if not any(
        turn_at(one, at, city) for one in (first, second) for city in (as_usual, storm.city)
    ):
        return None
    facts: dict[str, object] = {"first": worker_name(first), "second": worker_name(second)}
    why = _away(first, job, storm)
    if why is None:
        return Message(FIRST if _stands(job, (first, second)) else OTHERS, facts)
    facts |= {"why": why, "team": (called(second, storm.city),)}
    return Message(NOBODY if _away(second, job, storm) else FALLS_TO_SECOND, facts)


def post_at(city: City, segment_id: str | None, at: datetime) -> NamedPost | None:
    """Who is named for a road at an instant: of the shift that it lies in, else of all day."""
    rows = [row for row in city.named_posts if row.segment_id == segment_id]
    of_shift = (row for row in rows if row.shift_id and _within(city, row.shift_id, at))
    return next(of_shift, next((row for row in rows if row.shift_id is None), None))


def _within(city: City, shift_id: str, at: datetime) -> bool:
    shift = city.shift_by_id.get(shift_id)
    if shift is None:
        return False
    clock = at.astimezone(ZoneInfo(city.district.time_zone)).time()
    if shift.start < shift.end:
        return shift.start <= clock < shift.end
    return clock >= shift.start or clock < shift.end


def _worker(name: str, city: City) -> Worker | None:
    return city.crew_by_id.get(name) or city.person_by_id.get(name)


def _away(worker: Worker, job: Assignment, storm: Storm) -> Message | None:
    """Why somebody can't answer for a post then; ``None``: can."""
    at = max(job.start_at, storm.now)
    turn = turn_at(worker, at, storm.city)
    if turn is None:
        return Message("post.not_there")
    crew_id = worker.crew_id if isinstance(worker, Person) else worker.id
    if isinstance(worker, Person) and _left_over(worker, turn.day, storm):
        return Message("post.not_there")
    if crew_id and is_out(crew_id, at, storm):
        return Message("post.out")
    refused = storm.progress.get(job.job_id, Progress()).refused
    return Message("post.refused") if crew_id in refused else None


def _stands(job: Assignment, named: Iterable[Worker]) -> bool:
    """Whether any of them is of the post's team; of one that nobody is given to yet all are."""
    teams = {member.resource_id for member in job.members}
    people = {name for member in job.members for name in member.who}
    return not teams or any(
        one.crew_id in teams if isinstance(one, Person) and not people else one.id in teams | people
        for one in named
    )


def _left_over(person: Person, day: date, storm: Storm) -> bool:
    """Whether teams were formed at the person's station that day, and none of them has this one."""
    own = [
        team
        for shift in storm.teams
        if shift.day == day and shift.station_id == person.station_id
        for team in shift.teams
    ]
    return bool(own) and not any(person.id in team.members for team in own)


def post_changes(old: PlanVersion, new: PlanVersion, city: City) -> list[Message]:
    """What falls to a second, or to nobody, and was not told so before, and which post is the
    first's again; each road once.
    """
    before, now = list(_said(old)), list(_said(new))
    known = {(job.segment_id, why.code) for job, why in before}
    still = {job.segment_id for job, why in now if why.code in TOLD}
    found: dict[tuple[str | None, str], Message] = {}
    for job, why in now:
        place = {"place": segment_name(job.segment_id or "", city)}
        if why.code in TOLD and (job.segment_id, why.code) not in known:
            found[job.segment_id, why.code] = Message(TOLD[why.code], why.facts | place)
        was = next((was for other, was in before if _is_told_of(other, was, job)), None)
        if was and job.segment_id not in still:
            facts = {**why.facts, "team": was.facts["team"], **place}
            found[job.segment_id, FIRST] = Message(TAKEN_BACK[was.code], facts)
    return list(found.values())


def _is_told_of(old: Assignment, was: Message, job: Assignment) -> bool:
    """Whether it was told of a post, by whatever name its hour went, that the first was missed."""
    is_it = old.job_id == job.job_id or overlap(old, job)
    return was.code in TOLD and old.segment_id == job.segment_id and is_it


def _said(version: PlanVersion) -> Iterator[tuple[Assignment, Message]]:
    """What each post that is not over says of who answers for it."""
    for job in version.assignments:
        for why in job.why if job.state != "past" else ():
            if why.code in (FIRST, OTHERS, FALLS_TO_SECOND, NOBODY):
                yield job, why
