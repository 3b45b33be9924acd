"""Where each job stands, by what the field has reported: a pure fold, the same in whatever order
the taps arrive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.plan import SAME_JOB_WITHIN, Assignment, PlanVersion


class Stage(StrEnum):
    """How far a job is."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDER_WAY = "under_way"
    ON_SITE = "on_site"
    CLEARED = "cleared"
    VERIFIED = "verified"


OUT = (Stage.UNDER_WAY, Stage.ON_SITE)
DONE = (Stage.CLEARED, Stage.VERIFIED)
_REACHED = {
    EventKind.DEPART: Stage.UNDER_WAY,
    EventKind.ARRIVE: Stage.ON_SITE,
    EventKind.CLEAR: Stage.CLEARED,
    EventKind.VERIFY: Stage.VERIFIED,
}
_RANK = {
    Stage.REFUSED: 0,
    Stage.OPEN: 0,
    Stage.ACCEPTED: 1,
    Stage.UNDER_WAY: 2,
    Stage.ON_SITE: 3,
    Stage.CLEARED: 4,
    Stage.VERIFIED: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where one job stands.

    Attributes
    ----------
    since
        When the stage was reached; ``None`` while nothing was.
    accepted_by
        Stations that have accepted it as it is planned now.
    refused
        Crews and machines (own ids) for which their station has refused it.
    reason
        What was said with the last refusal, question or call for help.
    wants_help
        Whether help was called for since the work was last begun.
    source
        The word that brought it to its stage.
    comes_at, late
        When those units (by their names in the plan) said that they will be there, who said that
        they come later than planned; until they are there.
    """

    stage: Stage = Stage.OPEN
    since: datetime | None = None
    accepted_by: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    reason: str | None = None
    wants_help: bool = False
    source: FieldEvent | None = field(default=None, compare=False)
    comes_at: datetime | None = None
    late: frozenset[str] = frozenset()


def homes(city: City) -> dict[str, str]:
    """The station of each crew and machine."""
    return {unit_id: unit.station_id for unit_id, unit in city.resource_by_id.items()}


def concerned(assignment: Assignment, home: Mapping[str, str]) -> frozenset[str]:
    """The stations whose crews or machines are in it; where the tables know none of them, the job's
    own.
    """
    found = {
        home[member.resource_id] for member in assignment.members if member.resource_id in home
    }
    return frozenset(found or {assignment.station_id})


def own_jobs(version: PlanVersion, station_id: str, city: City) -> dict[str, Assignment]:
    """What a station has to do in a version, by job."""
    home = homes(city)
    return {
        job.job_id: job
        for job in version.assignments
        if station_id in concerned(job, home) | {job.station_id}
    }


def progress(
    events: Iterable[FieldEvent],
    version: PlanVersion,
    city: City,
    earlier: Mapping[int, PlanVersion] | None = None,
) -> dict[str, Progress]:
    """Where each job of a version stands.

    Parameters
    ----------
    events
        All that was reported, in any order, each as often as it came.
    earlier
        Other versions that events speak of, by number. An answer given to one of them holds for a
        job that is still planned for the same units at the same time; one to a version that is not
        there is not counted. Work that was begun or done counts whatever version it was begun
        under; but where a later version, which knew of it, has put off what rain broke off, that it
        was begun says nothing of the time to come.

    Returns
    -------
    dict of str to Progress
        By job, for all jobs of the version.
    """
    versions = {**(earlier or {}), version.number: version}
    home = homes(city)
    states = {job.job_id: Progress() for job in version.assignments}
    jobs = {job.job_id: job for job in version.assignments}
    once = {event.event_id: event for event in events}
    for event in sorted(once.values(), key=lambda event: (event.happened_at, event.event_id)):
        answered_version = versions.get(event.version)
        job_ids = (
            (event.job_id,)
            if event.job_id
            else jobs
            if answered_version and event.kind in _ANSWERS
            else ()
        )
        for job_id in job_ids:
            if job_id in jobs and not _is_put_off(event, jobs[job_id], version):
                then = _then(answered_version, job_id)
                if event.job_id or (then and event.station_id in concerned(then, home)):
                    states[job_id] = _after(states[job_id], event, jobs[job_id], then, home)
    return states


_ANSWERS = (EventKind.ACCEPT, EventKind.REFUSE)


def _then(version: PlanVersion | None, job_id: str) -> Assignment | None:
    return (
        next((job for job in version.assignments if job.job_id == job_id), None)
        if version
        else None
    )


def _is_put_off(event: FieldEvent, job: Assignment, version: PlanVersion) -> bool:
    """Whether the work that a tap says is begun was broken off: a version that knew of the tap has
    it for later.
    """
    return (
        _REACHED.get(event.kind) in OUT
        and job.state == "planned"
        and event.server_at <= version.made_at < job.start_at
    )


def _is_other_work(then: Assignment, job: Assignment) -> bool:
    """Whether the work reported on and the job planned under its name now have no inlet in common:
    the daily round comes back to a road under the same names, for other inlets.
    """
    return bool(then.inlet_ids and job.inlet_ids) and not {*then.inlet_ids} & {*job.inlet_ids}


def _after(
    state: Progress,
    event: FieldEvent,
    job: Assignment,
    then: Assignment | None,
    home: Mapping[str, str],
) -> Progress:
    at = event.happened_at
    if at < job.start_at - SAME_JOB_WITHIN or (then and _is_other_work(then, job)):
        return state
    if event.kind in _ANSWERS:
        return _answered(state, event, job, then, home) if then else state
    if event.kind in (EventKind.ASK, EventKind.HELP):
        return replace(
            state, reason=event.reason, wants_help=state.wants_help or event.kind is EventKind.HELP
        )
    if event.kind is EventKind.DELAY:
        return _held_up(state, event, then, home)
    if event.kind is EventKind.REOPEN:
        return replace(
            state,
            stage=Stage.OPEN,
            since=at,
            source=event,
            reason=event.reason,
            accepted_by=frozenset(),
            wants_help=False,
            comes_at=None,
            late=frozenset(),
        )
    reached = _REACHED.get(event.kind, Stage.OPEN)
    if _RANK[reached] <= _RANK[state.stage]:
        return state
    return replace(
        state,
        stage=reached,
        since=at,
        source=event,
        wants_help=state.wants_help and reached not in DONE,
        comes_at=state.comes_at if reached is Stage.UNDER_WAY else None,
        late=state.late if reached is Stage.UNDER_WAY else frozenset(),
    )


def _held_up(
    state: Progress, event: FieldEvent, then: Assignment | None, home: Mapping[str, str]
) -> Progress:
    """A delay is a report, no refusal: its units come later than they were told ``then``. The last
    word counts; of who is there already it says nothing.
    """
    if then is None or state.stage in (Stage.ON_SITE, *DONE, Stage.REFUSED):
        return state
    own = {
        one.unit_id
        for one in then.members
        if home.get(one.resource_id, event.station_id) == event.station_id
    }
    return replace(
        state,
        comes_at=later_start(event, then),
        late=state.late | own,
        reason=event.reason or state.reason,
    )


def later_start(delay: FieldEvent, then: Assignment) -> datetime:
    """When work begins of which was said that it begins later: so many minutes after it was planned
    ``then``, or after the word where that came later still.
    """
    minutes = delay.amounts.get("minutes", 0.0)
    return max(then.start_at, delay.happened_at) + timedelta(minutes=minutes)


def as_delayed(job: Assignment, reported: Progress) -> Assignment:
    """The job at the time at which its team said that it comes, where that is later than planned; a
    post ends when it ends.
    """
    units = {one.unit_id for one in job.members}
    if reported.comes_at is None or not reported.late & units or reported.comes_at <= job.start_at:
        return job
    by = reported.comes_at - job.start_at
    members = tuple(
        replace(one, leave_at=one.leave_at + by, arrive_at=one.arrive_at + by)
        for one in job.members
    )
    end = job.end_at if job.kind.is_post else job.end_at + by
    start = min(reported.comes_at, end)
    return replace(job, members=members, start_at=start, end_at=end)


def _answered(
    state: Progress, event: FieldEvent, job: Assignment, then: Assignment, home: Mapping[str, str]
) -> Progress:
    """What an answer to the job as it was planned ``then`` says of the job as it is planned now."""
    if event.job_id is None and event.kind is EventKind.REFUSE and state.stage in OUT:
        return state  # who refuses the sheet does not call back those who are out
    own = frozenset(
        member.resource_id
        for member in then.members
        if home.get(member.resource_id, job.station_id) == event.station_id
    )
    refusing = event.kind is EventKind.REFUSE
    state = replace(state, refused=state.refused | own if refusing else state.refused - own)
    if plan_of(then) != plan_of(job) or state.stage in DONE:
        return state
    if refusing:
        return replace(
            state,
            stage=Stage.REFUSED,
            since=event.happened_at,
            source=event,
            reason=event.reason,
            accepted_by=state.accepted_by - {event.station_id},
            comes_at=None,
            late=frozenset(),
        )
    state = replace(state, accepted_by=state.accepted_by | {event.station_id})
    if _is_accepted(state, job, home):
        return replace(state, stage=Stage.ACCEPTED, since=event.happened_at, source=event)
    return state


def _is_accepted(state: Progress, job: Assignment, home: Mapping[str, str]) -> bool:
    """Whether every station has agreed, nobody of the team refused, and it is not out already."""
    return (
        state.accepted_by >= concerned(job, home)
        and state.stage not in OUT
        and not (state.refused & {member.resource_id for member in job.members})
    )


def plan_of(job: Assignment) -> tuple:
    """What a crew agrees to: who goes, and when."""
    return job.start_at, frozenset(member.unit_id for member in job.members)
