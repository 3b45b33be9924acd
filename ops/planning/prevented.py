"""What a plan prevents, job by job: the shares that its sheets and the desk show. Pure.

The points that the solver weighs know one task at a time. Here the whole plan is looked at: what is
cleared before a guard comes is no longer his to reopen, so that the shares add up to the plan's
total.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion, UnitKind
from ops.planning.context import PUMP_M3_PER_HOUR, Storm
from ops.planning.wanted.guard_tasks import pump_capacity
from ops.risk.segment_risk import EXPECTED

CLEARING = (JobKind.CLEAR, JobKind.JET, JobKind.WELL)
LEAST_TOLD = 0.05  # blocked-inlet-hours: less is rounded to none
PREVENTS = "why.prevents"


def with_shares(assignments: Iterable[Assignment], storm: Storm) -> tuple[Assignment, ...]:
    """The assignments, each that is still to come with what it prevents among its reasons, and none
    with what an earlier version said of it.
    """
    assignments = tuple(assignments)
    shares = prevented(assignments, storm)
    return tuple(
        replace(job, why=(*_without_share(job), *_share(shares.get(job.job_id, 0.0))))
        for job in assignments
    )


def _without_share(job: Assignment) -> tuple[Message, ...]:
    return tuple(why for why in job.why if why.code != PREVENTS)


def with_sum(why: tuple[Message, ...], jobs: Iterable[Assignment]) -> tuple[Message, ...]:
    """The reasons of what is told as one job, with what all that it is made of prevent."""
    told = [one for job in jobs for one in job.why if one.code == PREVENTS]
    own = tuple(one for one in why if one.code != PREVENTS)
    return (*own, *_share(sum(float(str(one.facts["hours"])) for one in told)))


def _share(hours: float) -> tuple[Message, ...]:
    return (Message(PREVENTS, {"hours": round(hours, 1)}),) if hours >= LEAST_TOLD else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Weighted blocked-inlet-hours: what a plan spares, and what is expected where nobody works."""

    spared: float
    expected: float


def total(version: PlanVersion) -> Total:
    """What a plan prevents, by what its jobs and its roads say."""
    jobs = (why for job in version.assignments for why in job.why if why.code == PREVENTS)
    roads = (why for risk in version.risks for why in risk.why if why.code == EXPECTED)
    return Total(
        spared=sum(float(str(why.facts["hours"])) for why in jobs),
        expected=sum(float(str(why.facts["hours"])) for why in roads),
    )


def prevented(assignments: Iterable[Assignment], storm: Storm) -> Mapping[str, float]:
    """Blocked-inlet-hours that each job that is still to come prevents, by its id."""
    jobs = [
        job
        for job in assignments
        if job.end_at > storm.now and job.state != "past" and not job.is_broken_off
    ]
    shares: dict[str, float] = {}
    opened: dict[str, Assignment] = {}
    to_be_jetted = {
        blockage.inlet_id
        for blockage in storm.city.blockages
        if blockage.remedy == "jetting" and blockage.is_open(storm.now)
    }
    for job in sorted(jobs, key=lambda job: (job.end_at, job.job_id)):
        if job.kind in CLEARING:
            fresh = tuple(inlet for inlet in job.inlet_ids if inlet not in opened)
            by_half = to_be_jetted if job.kind is JobKind.CLEAR else ()
            shares[job.job_id] = _cleared(job, fresh, by_half, storm)
            opened |= dict.fromkeys(fresh, job)
        elif job.kind is JobKind.DESILT:
            shares[job.job_id] = _desilted(job, storm)
    for job in jobs:
        if job.kind is JobKind.GUARD:
            shares[job.job_id] = _guarded(job, opened, storm)
        elif job.kind is JobKind.PUMP:
            shares[job.job_id] = _pumped(job, storm)
    return shares


def _cleared(
    job: Assignment, inlet_ids: tuple[str, ...], by_half: Collection[str], storm: Storm
) -> float:
    """What is opened ``by_half`` asks for more than it gets."""
    worth, segment = storm.worth, storm.city.segment_by_id.get(job.segment_id or "")
    known = [inlet for inlet in inlet_ids if inlet in worth.states]
    if segment is None:
        return 0.0
    opened = sum(
        worth.blocked([inlet]) * worth.opened_share(by_hand_instead=inlet in by_half)
        for inlet in known
    )
    hours = worth.water_hours(job.end_at) + worth.settings.future_hours
    return opened * worth.weight(segment) * hours


def _desilted(job: Assignment, storm: Storm) -> float:
    segment = storm.city.segment_by_id.get(job.segment_id or "")
    known = tuple(inlet for inlet in job.inlet_ids if inlet in storm.worth.states)
    return storm.worth.desilting(segment, known, job.end_at) if segment else 0.0


def _guarded(job: Assignment, opened: Mapping[str, Assignment], storm: Storm) -> float:
    """What a guard still finds to reopen."""
    segment = storm.city.segment_by_id.get(job.segment_id or "")
    if segment is None:
        return 0.0
    before = [
        inlet
        for inlet in storm.worth.near(segment)
        if inlet in opened and opened[inlet].end_at <= job.end_at
    ]
    start = max(job.start_at, storm.now)
    done = storm.worth.cleared_share
    return storm.worth.guarding(segment, start, job.end_at, opened=before, share=done)


def _pumped(job: Assignment, storm: Storm) -> float:
    segment = storm.city.segment_by_id.get(job.segment_id or "")
    if segment is None:
        return 0.0
    trucks = (one.resource_id for one in job.members if one.kind is UnitKind.MACHINE)
    capacity = max((pump_capacity(truck, storm.city) for truck in trucks), default=PUMP_M3_PER_HOUR)
    return storm.worth.pumping(segment, capacity, max(job.start_at, storm.now), job.end_at)
