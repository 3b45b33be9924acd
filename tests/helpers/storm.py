"""A storm over the small district of ``makers``, and the plan for it."""

from datetime import timedelta

from data.model.plan import PlanVersion
from ops.planning import solver_input, solver_output
from ops.planning.context import Storm
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.tasks import Task
from ops.replanning.request import situation
from ops.risk.rain_outlook import outlook
from ops.settings import Settings
from solver import solve
from solver.referee import violations
from tests.helpers.makers import NOW, make_city, make_forecast

STORM = {11: 8.0, 12: 18.0, 13: 12.0, 15: 4.0}


def make_storm(city=None, alerts=(), series=None, now=NOW, before=None) -> Storm:
    city = city or make_city()
    rain = outlook(make_forecast(STORM, now) if series is None else series, alerts, before, now)
    return situation(city, rain, alerts, now, Settings())


def wanted(storm: Storm, current: PlanVersion | None = None) -> tuple[Task, ...]:
    """What storm and incidents ask for, beside the plan in force."""
    posts, at_incidents = with_posts_served(
        storm_tasks(storm),
        incident_tasks(storm, current=current),
        timedelta(minutes=storm.work.turnout_minutes),
    )
    return (*posts, *at_incidents)


def plan_for(
    storm: Storm, current: PlanVersion | None = None
) -> tuple[PlanVersion, solver_input.SolverInput]:
    inputs = solver_input.build_problem(storm, storm_tasks(storm), current)
    plan = solve(inputs.problem, steps=800)  # whatever else the machine does
    assert violations(inputs.problem, plan) == []
    assignments, left_out, rests = solver_output.read_plan(inputs, plan, storm.city)
    version = PlanVersion(
        operation_id=1,
        number=1 if current is None else current.number + 1,
        drill=True,
        made_at=storm.now,
        causes=(),
        alert_digests=(),
        rain=storm.rain,
        risks=storm.risks,
        assignments=assignments,
        left_out=left_out,
        rests=rests,
        changes=(),
        score=plan.score,
        bound=plan.bound,
        status=str(plan.status),
        solve_seconds=0.0,
        problem="",
        plan="",
    )
    return version, inputs
