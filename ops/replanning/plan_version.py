"""A solver's plan as a plan version, and what is told of it: the one place of both. Pure."""

from collections.abc import Iterable
from datetime import datetime

from data.model.city import City
from data.model.levels import LevelRule
from data.model.notice import Notice
from data.model.operation import Operation
from data.model.plan import Assignment, PlanVersion, UnassignedJob, WayBasis
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings, notices_for
from ops.planning.context import Storm
from ops.planning.on_duty.named_posts import with_named
from ops.planning.on_duty.pace import with_paces
from ops.planning.on_duty.way_pace import with_way_paces
from ops.planning.prevented import with_shares
from ops.planning.solver_input import SolverInput
from ops.planning.solver_output import read_plan
from ops.replanning.solver_process import Solution
from ops.ways.closures import line_of
from weather.model import Alert
from weather.rain_warnings import worst_level


def new_version(
    operation: Operation,
    number: int,
    causes: tuple[str, ...],
    now: datetime,
    storm: Storm,
    city: City,
    level: LevelRule | None,
    inputs: SolverInput,
    solution: Solution,
    dropped: Iterable[UnassignedJob] = (),
) -> PlanVersion:
    """The plan as version ``number``; what it changes, and whether it is in force, is for others to
    say.

    Parameters
    ----------
    dropped
        What the desk ordered out of the plan; of work that is under way already nothing is said.
    """
    assignments, left_out, rests = read_plan(inputs, solution.plan, city)
    begun = {job.job_id for job in (*inputs.past, *inputs.held.values())}
    return PlanVersion(
        operation_id=operation.id,
        number=number,
        drill=operation.is_drill,
        made_at=now,
        causes=causes,
        alert_digests=tuple(alert.digest for alert in storm.alerts),
        rain=storm.rain,
        risks=storm.risks,
        assignments=with_named(_with_paces(with_shares(assignments, storm), storm), storm),
        left_out=(*left_out, *(job for job in dropped if job.job_id not in begun)),
        rests=rests,
        changes=(),
        score=solution.plan.score,
        bound=solution.plan.bound,
        status=str(solution.plan.status),
        solve_seconds=round(solution.seconds, 3),
        fallback=solution.is_fallback,
        problem=inputs.problem.to_json(),
        plan=solution.plan.to_json(),
        level=level.id if level else None,
        teams=storm.teams,
        ways=_way_basis(inputs, storm),
    )


def _way_basis(inputs: SolverInput, storm: Storm) -> WayBasis:
    """What the ways of a plan stand on."""
    closed = tuple(line_of(one) for one in storm.closures)
    if storm.streets is None:
        return WayBasis(closed=closed)
    places = {unit.position for unit in inputs.availability.values()}
    places |= {task.position for task in inputs.tasks.values()}
    return WayBasis(
        source=storm.streets.source,
        closed=closed,
        off_street=storm.streets.off_street(sorted(places)),
    )


def _with_paces(assignments: Iterable[Assignment], storm: Storm) -> tuple[Assignment, ...]:
    """The assignments with the paces that they were planned by."""
    paced = with_paces(assignments, storm.paces, storm.work)
    return with_way_paces(paced, storm.way_paces, storm.work)


def plan_notices(
    version: PlanVersion,
    current: PlanVersion | None,
    city: City,
    level: LevelRule | None,
    alerts: tuple[Alert, ...],
    channels: tuple[ChannelSettings, ...],
    settings: NotifySettings,
    now: datetime,
) -> tuple[Notice, ...]:
    """Who must be told what of a version that comes into force.

    Parameters
    ----------
    current
        The plan that it takes the place of.
    alerts
        Those in force: without a level ordered the worst of them says how loud it is told.
    """
    colour = level.colour if level else worst_level(alerts)
    return notices_for(current, version, city, channels, colour, now, settings)
