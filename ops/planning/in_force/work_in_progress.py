"""Where the published plan has brought everybody and everything by now: what is past, under way,
promised. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.ids import JobId
from data.model.plan import BROKEN_OFF, SAME_JOB_WITHIN, Assignment, Member, PlanVersion, Rest
from ops.district.places import place
from ops.field.progress import DONE, OUT, Progress, Stage, homes
from ops.field.reporting import LONGEST_OVERRUN, OVERRUN, is_missed, reports
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability, freed, is_out, is_sent_home, out_from
from ops.planning.on_duty.duty_times import SHORTEST
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.unheard import is_doubtful
from ops.planning.wanted.watch_parts import parts_of, watches_of
from ops.risk.stop_work import covers


def split_past_and_running(
    current: PlanVersion | None, storm: Storm
) -> tuple[tuple[Assignment, ...], dict[str, Assignment]]:
    """What the published plan has behind it, and what is under way.

    What the field has reported goes before the clock: what is cleared is past although its time is
    not over, what is begun and not cleared is under way although it is. Work whose team has set out
    is kept as it is, unless the rain would catch it where open-ground work must stop, or one of its
    units is out of action. Work at a place that the district's tables no longer know, that was
    refused or is to be done again, is forgotten; work for an incident that is closed ends now.
    """
    known = _known(current, storm)
    late = {
        assignment.job_id: replace(assignment, end_at=storm.now + OVERRUN)
        for assignment in known
        if _overruns(assignment, known, storm)
    }
    busy = {member.unit_id for assignment in late.values() for member in assignment.members}
    past: list[Assignment] = []
    held: dict[str, Assignment] = {}
    for assignment in known:
        if assignment.job_id in late:
            held[assignment.job_id] = replace(late[assignment.job_id], state="under_way")
        elif ended := _as_past(assignment, storm):
            past.append(ended)
        elif _is_under_way(assignment, busy, storm):
            held[assignment.job_id] = replace(assignment, state="under_way")
    recent = storm.now - SAME_JOB_WITHIN
    return tuple(assignment for assignment in past if assignment.end_at >= recent), held


def _known(current: PlanVersion | None, storm: Storm) -> list[Assignment]:
    """The work of the published plan that is not forgotten."""
    places = storm.city.segment_by_id.keys() | storm.city.station_by_id.keys()
    jobs = current.assignments if current else ()
    home = homes(storm.city)
    return [
        assignment
        for assignment in jobs
        if assignment.start_at < assignment.end_at
        and (assignment.segment_id or assignment.station_id) in places
        and not _given_up(assignment, storm)
        and not _is_wanted_again(assignment, storm, home)
    ]


def _as_past(assignment: Assignment, storm: Storm) -> Assignment | None:
    """The work with its end, where that is behind us; else ``None``."""
    progress = storm.progress.get(assignment.job_id, Progress())
    if progress.stage in DONE and progress.since:
        return _ended(_whole(assignment), progress.since)
    if assignment.end_at <= storm.now:
        return replace(assignment, state="past")
    if _is_of_closed(assignment, storm) and assignment.start_at <= storm.now:
        return _ended(assignment, storm.now)
    return None


def _whole(assignment: Assignment) -> Assignment:
    """The work that is said to be done: it was not broken off after all."""
    return replace(assignment, why=tuple(why for why in assignment.why if why.code != BROKEN_OFF))


def _is_wanted_again(assignment: Assignment, storm: Storm, home: Mapping[str, str]) -> bool:
    """Whether it was missed, or nobody said a word of it, and it can still be done; a post ends by
    the clock.
    """
    told = storm.progress.get(assignment.job_id, Progress())
    if assignment.kind.is_post:
        return False
    if reports(assignment, home, storm.reporting):
        return is_missed(assignment, told, True, storm.now)
    return bool(storm.rain.storms) and is_doubtful(assignment, told, storm.now, storm.work)


def _given_up(assignment: Assignment, storm: Storm) -> bool:
    """Refused, to be done again, or a unit has broken down on it or its people have gone home."""
    progress = storm.progress.get(assignment.job_id, Progress())
    if progress.stage is Stage.REFUSED:
        return True
    if progress.stage is Stage.OPEN and progress.since is not None:  # reopened
        return assignment.start_at < progress.since
    return (
        progress.stage not in DONE
        and assignment.end_at > storm.now
        and any(
            _is_out_of_action(member, progress, storm) or is_sent_home(member, storm)
            for member in assignment.members
        )
    )


def _is_out_of_action(member: Member, progress: Progress, storm: Storm) -> bool:
    """Whether a unit can't go on; who is out at work all the same when his station refuses all
    finishes that.
    """
    finished = storm.refusals if progress.stage in OUT else ()
    return any(
        outage.resource_id == member.resource_id and outage.is_in_force(storm.now)
        for outage in storm.outages
        if outage not in finished
    )


def finished_first(held: Mapping[str, Assignment], storm: Storm) -> dict[str, Assignment]:
    """The work under way of those whose station has refused all: they go nowhere else."""
    refusing = {outage.resource_id for outage in storm.refusals}
    return {
        job_id: job
        for job_id, job in held.items()
        if any(member.resource_id in refusing for member in job.members)
    }


def without_hours_of(tasks: tuple[Task, ...], held: Iterable[Assignment]) -> tuple[Task, ...]:
    """What is asked for without the hours of the watches that are kept to their end."""
    watches = watches_of(tasks)
    kept = {part.id for job in held for part in parts_of(job, watches)}
    return tuple(task for task in tasks if task.id not in kept)


def _is_of_closed(assignment: Assignment, storm: Storm) -> bool:
    """Whether the incident that it was planned for is closed: what has begun ends here and now."""
    incident = JobId.parse(assignment.job_id).incident_id
    return incident is not None and incident not in {each.matter for each in storm.incidents}


def _begun(assignment: Assignment, storm: Storm) -> bool:
    return storm.progress.get(assignment.job_id, Progress()).stage in OUT


def _overruns(assignment: Assignment, known: list[Assignment], storm: Storm) -> bool:
    """Whether it is reported begun, should be over and is not reported done, and no unit of it has
    gone on.

    A post ends by the clock.
    """
    late = storm.now - assignment.end_at
    if (
        not assignment.inlet_ids
        or _is_of_closed(assignment, storm)
        or not timedelta(0) <= late <= LONGEST_OVERRUN
        or not _begun(assignment, storm)
    ):
        return False
    units = {member.unit_id for member in assignment.members}
    return not any(
        other.start_at > assignment.start_at
        and _begun(other, storm)
        and units & {member.unit_id for member in other.members}
        for other in known
    )


def _ended(assignment: Assignment, at: datetime) -> Assignment:
    """The work with the end that was reported; what was done before its time began then too."""
    return replace(assignment, state="past", start_at=min(assignment.start_at, at), end_at=at)


def _is_under_way(assignment: Assignment, busy: set[str], storm: Storm) -> bool:
    """Whether the team is out on it and may go on: reported so, or to be taken so by the clock as
    no unit is still busy elsewhere.
    """
    if _is_of_closed(assignment, storm) or not may_go_on(assignment, storm):
        return False
    if _begun(assignment, storm):
        return True
    leave_at = min(member.leave_at for member in assignment.members)
    return leave_at <= storm.now and not busy & {member.unit_id for member in assignment.members}


def posts_on_call(
    held: Mapping[str, Assignment], tasks: Iterable[Task], storm: Storm
) -> dict[str, Assignment]:
    """The watches under way, by the task that asks for this hour of each, or for the next where
    little is left of this: they may be left for something graver, and go on else.

    A watch whose team has left it is followed by its relief; the one taken up last stands for it.
    """
    watches, found = watches_of(tasks), dict[str, Assignment]()
    soon = storm.now + timedelta(minutes=storm.work.turnout_minutes + storm.work.watch_minutes)
    for job in held.values():
        for part in [part for part in parts_of(job, watches) if part.spans[0][0] <= soon][:1]:
            last = found.get(part.id)
            if last is None or last.start_at < job.start_at:
                found[part.id] = job
    return found


def posts_over(
    held: Mapping[str, Assignment],
    on_call: Mapping[str, Assignment],
    tasks: Iterable[Task],
    storm: Storm,
) -> list[Assignment]:
    """The watches under way that nothing asks for any more: their teams are free as soon as they
    have read it. What ends soon anyway is let end, but where an incident is: who stands there sees
    to it, and so does who kept people away from it until it can be worked at.
    """
    incidents = {incident.segment_id for incident in storm.incidents} - {None}
    soon = storm.now + timedelta(minutes=storm.work.turnout_minutes + storm.work.watch_minutes)
    kept = {job.job_id for job in on_call.values()}
    worked_at = {JobId.parse(task.id).incident_id for task in tasks if not task.kind.is_post}
    return [
        job
        for job in held.values()
        if job.kind.is_post
        and job.job_id not in kept
        and (job.end_at > soon or job.segment_id in incidents)
        and JobId.parse(job.job_id).incident_id in (None, *worked_at)
        and not JobId.parse(job.job_id).is_of_pump
        and JobId.parse(job.job_id).source != JobId.BY_HAND
    ]


def may_go_on(assignment: Assignment, storm: Storm) -> bool:
    """Whether no rain catches it where open-ground work must stop."""
    if not assignment.inlet_ids:  # posts and lorries stay
        return True
    for_incident = JobId.parse(assignment.job_id).incident_id is not None
    return covers(
        storm.open_ground(storm.now, storm.horizon, for_incident=for_incident),
        max(storm.now, assignment.start_at),
        assignment.end_at,
    )


def with_people_now(
    held: Mapping[str, Assignment], turns: Mapping[str, Availability]
) -> dict[str, Assignment]:
    """What is under way, with the people that its units have by now: a team may have been made anew
    meanwhile.
    """
    return {
        job_id: replace(
            job,
            members=tuple(
                replace(member, who=turns[member.unit_id].who)
                if member.unit_id in turns
                else member
                for member in job.members
            ),
        )
        for job_id, job in held.items()
    }


def availability_now(
    availability: dict[str, Availability],
    past: tuple[Assignment, ...],
    held: dict[str, Assignment],
    posts: Iterable[Assignment],
    duties: Collection[str],
    current: PlanVersion | None,
    storm: Storm,
) -> dict[str, Availability]:
    """The turns as they stand now: each unit where its last work left it, or at its post, with the
    breaks it has still to come.

    Parameters
    ----------
    duties
        Those of the posts that are asked for as duties, by name.
    """
    posts = tuple(posts)
    availability = _still_at(posts, duties, storm) | availability
    set_out = [_of_whom_has_set_out(post, storm) for post in posts]
    availability = _after_last_work(availability, (*past, *set_out), storm.city)
    _not_there_before(availability, set_out, storm)
    _keep_published_departures(availability, current, storm)
    busy_until: dict[str, datetime] = {}
    for assignment in sorted(held.values(), key=lambda a: a.start_at, reverse=True):
        for member in assignment.members:
            available = availability.get(member.unit_id)
            if available is None:
                there = place(assignment, storm.city)
                freed(availability, member.unit_id, assignment.end_at, there)
                available = _gone(member, assignment, storm.city)
            availability[member.unit_id] = _bound(available, assignment, storm)
            busy_until.setdefault(member.unit_id, assignment.end_at)
    rests = taken_rests(current, held, storm)
    return {
        unit_id: _with_breaks_to_come(
            available, [rest for rest in rests if rest.unit_id == unit_id], busy_until.get(unit_id)
        )
        for unit_id, available in availability.items()
    }


def _still_at(
    posts: Iterable[Assignment], duties: Collection[str], storm: Storm
) -> dict[str, Availability]:
    """Who stands at a post for longer than the rules of now call anybody: kept on or called in
    under a level that has fallen since. As long as it is a duty they may stay until they were told,
    unless others take over; else they go home as soon as they have read it.
    """
    free = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    return {
        member.unit_id: replace(
            _gone(member, post, storm.city),
            start=free,
            end=post.end_at if post.job_id in duties else free,
        )
        for post in posts
        for member in post.members
        if post.end_at - free >= SHORTEST
    }


def _of_whom_has_set_out(post: Assignment, storm: Storm) -> Assignment:
    """The post with those of its team who are there or on their way: the others are still at what
    they did before, while a truck is on the road already.
    """
    if _begun(post, storm):
        return post
    return replace(post, members=tuple(one for one in post.members if one.leave_at <= storm.now))


def _after_last_work(
    availability: dict[str, Availability], past: tuple[Assignment, ...], city: City
) -> dict[str, Availability]:
    """The turns with each unit at the place of the work it ended last."""
    moved = dict(availability)
    for assignment in sorted(past, key=lambda a: a.end_at):
        for member in assignment.members:
            if member.unit_id in moved:
                moved[member.unit_id] = replace(
                    moved[member.unit_id], position=place(assignment, city)
                )
    return moved


def _not_there_before(
    availability: dict[str, Availability], posts: Iterable[Assignment], storm: Storm
) -> None:
    """Who is on the way to a post is there when he arrives, however long that takes; who has said
    that he is there is.
    """
    for post in posts:
        if storm.progress.get(post.job_id, Progress()).stage is Stage.ON_SITE:
            continue
        for member in post.members:
            available = availability.get(member.unit_id)
            if available and available.start < post.start_at:
                start = min(post.start_at, available.end)
                availability[member.unit_id] = replace(available, start=start)


def taken_rests(
    current: PlanVersion | None, held: Mapping[str, Assignment], storm: Storm
) -> tuple[Rest, ...]:
    """The breaks of the published plan that have begun, and those between setting out for work
    under way and its begin: they are kept with it.
    """
    on_the_way = [
        (member.unit_id, member.leave_at, job.start_at)
        for job in held.values()
        for member in job.members
    ]
    return tuple(
        rest
        for rest in (current.rests if current else ())
        if not rest.at_post
        and storm.now - rest.end_at <= SAME_JOB_WITHIN
        and (
            rest.start_at <= storm.now
            or any(
                unit == rest.unit_id and leave <= rest.start_at and rest.end_at <= start
                for unit, leave, start in on_the_way
            )
        )
    )


def _keep_published_departures(
    availability: dict[str, Availability], current: PlanVersion | None, storm: Storm
) -> None:
    """Who was told to set out within the next minutes need not be told again; who comes on duty
    later than he was told, for he is called in before it, does.
    """
    soon = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    for assignment in current.assignments if current else ():
        for member in assignment.members:
            available = availability.get(member.unit_id)
            if (
                available
                and storm.now < member.leave_at < min(available.start, soon)
                and not is_out(member.resource_id, member.leave_at, storm)
            ):
                availability[member.unit_id] = replace(available, start=member.leave_at)


def _with_breaks_to_come(
    available: Availability, rests: list[Rest], busy_until: datetime | None
) -> Availability:
    """Without the breaks that were taken, or for which the work under way leaves no time; after one
    being taken.
    """
    start = (
        available.start if busy_until else max([available.start, *(rest.end_at for rest in rests)])
    )
    free_from = max(start, busy_until or start)
    breaks = []
    for meal in available.breaks:
        taken = any(meal.is_taken_by(rest) for rest in rests)
        begin, until = max(meal.begin, free_from), min(meal.until, available.end)
        if meal.at_post and not taken:
            breaks.append(meal)
        elif not taken and until - begin >= meal.length:
            breaks.append(replace(meal, begin=begin, until=until))
    return replace(available, start=start, breaks=tuple(breaks))


def _bound(available: Availability, assignment: Assignment, storm: Storm) -> Availability:
    """A unit under way begins at its work, and with that where it was to set out by now: it is on
    its way there, or eats before; its turn lasts at least as long as the work does, and from then
    on until it is out of action: what it is on duty for after that is no part of this turn.
    """
    start = assignment.start_at
    if min(member.leave_at for member in assignment.members) > storm.now:
        start = min(available.start, start)
    end = max(available.end, assignment.end_at)
    return replace(
        available,
        position=place(assignment, storm.city),
        start=start,
        end=out_from(available.resource_id, assignment.end_at, end, storm),
    )


def _gone(member: Member, assignment: Assignment, city: City) -> Availability:
    """A unit that is out on work although its turn is over, or that the tables no longer know: it
    finishes that.
    """
    crew = city.crew_by_id.get(member.resource_id)
    machine = city.machine_by_id.get(member.resource_id)
    drivers = (
        ((assignment.start_at, assignment.end_at, member.driver_id),) if member.driver_id else ()
    )
    return Availability(
        kind=member.kind,
        resource_id=member.resource_id,
        drivers=drivers,
        machine_kind=machine.kind if machine else None,
        size=member.people or (crew.size if crew else 1),
        skills=crew.skills if crew else (),
        start=assignment.start_at,
        end=assignment.end_at,
        position=place(assignment, city),
    )
