"""Whatever rain, warnings and interruptions come: every plan is legal, keeps the field's rules and
loses no work.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.model.ids import JobId
from data.model.plan import JobKind, Phase, PlanVersion
from ops.base.messages import Translator
from ops.planning import solver_input, solver_output
from ops.planning.context import Storm
from ops.planning.duty_sheets import station_sheets
from ops.planning.in_force import plan_diff
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.watch_parts import parts_of, watches_of
from ops.replanning.request import situation
from ops.risk.rain_outlook import outlook
from ops.settings import Settings
from solver import solve
from solver.referee import violations
from tests.helpers.draws import few_or
from tests.helpers.makers import NOW, make_alert, make_city, make_forecast
from weather.model import Level

rain = st.dictionaries(st.integers(8, 40), st.sampled_from([0.2, 1.0, 3.0, 9.0, 30.0]), max_size=14)
levels = st.none() | st.sampled_from(Level)
moments = st.lists(st.tuples(st.integers(1, 400), rain, levels), max_size=3)
towns = st.sampled_from(
    ("whole", "no crews", "no machines", "no inlets", "no records", "one station")
)


def town(kind: str):
    city = make_city()
    changes = {
        "no crews": {"crews": ()},
        "no machines": {"machines": (), "drivers": ()},
        "no inlets": {"inlets": (), "blockages": ()},
        "no records": {"blockages": ()},
    }
    if kind == "one station":
        return replace(
            city, crews=tuple(c for c in city.crews if c.station_id == "A" and c.shift_id == "day")
        )
    return replace(city, **changes.get(kind, {}))


def next_version(
    city, now, mm_by_hour, level, current
) -> tuple[PlanVersion, Storm, solver_input.SolverInput]:
    alerts = (make_alert(level, issued_at=now - timedelta(minutes=30)),) if level else ()
    ahead = outlook(make_forecast(mm_by_hour, now), alerts, current.rain if current else None, now)
    storm = situation(city, ahead, alerts, now, Settings())
    inputs = solver_input.build_problem(storm, storm_tasks(storm), current)
    plan = solve(inputs.problem, steps=500)
    assert violations(inputs.problem, plan) == []
    assignments, left_out, rests = solver_output.read_plan(inputs, plan, city)
    version = PlanVersion(
        operation_id=1,
        number=current.number + 1 if current else 1,
        drill=True,
        made_at=now,
        causes=(),
        alert_digests=(),
        rain=ahead,
        risks=storm.risks,
        assignments=assignments,
        left_out=left_out,
        rests=rests,
        changes=(),
        score=plan.score,
        bound=plan.bound,
        status="feasible",
        solve_seconds=0.0,
        problem="",
        plan="",
    )
    changes = plan_diff.difference(current, version, (), alerts, city)
    return replace(version, changes=changes), storm, inputs


def keeps_the_rules(version: PlanVersion, storm: Storm, inputs: solver_input.SolverInput) -> None:
    crews = {crew.id: crew for crew in storm.city.crews}
    for work in version.assignments:
        if work.state != "planned":
            continue
        assert storm.now <= work.start_at
        assert all(
            storm.now < member.leave_at <= member.arrive_at <= work.start_at
            for member in work.members
        )
        assert all(
            (member.driver_id is not None) == (member.kind == "machine") for member in work.members
        )
        if work.phase is not Phase.DURING and work.kind is not JobKind.WELL:
            assert any(
                a <= work.start_at and work.end_at <= b
                for a, b in storm.open_ground(storm.now, storm.horizon)
            )
        if work.kind is JobKind.WELL:
            assert not any(
                hour < work.end_at and work.start_at < hour + timedelta(hours=1)
                for hour, mm in storm.rain.hours
                if mm > 0
            )
            assert crews[work.members[0].resource_id].size >= 3
    asked = (*storm_tasks(storm), *inputs.tasks.values())
    by_group = {task.group for task in asked if task.group and is_told(task, version, inputs)}
    for task in asked:  # what is done in one way is told in no other
        assert task.group in by_group or is_told(task, version, inputs), task.id


def is_told(task, version: PlanVersion, inputs: solver_input.SolverInput) -> bool:
    """Whether what is asked for is done, under way or left out, of a watch each hour."""
    told = {work.job_id for work in (*version.assignments, *version.left_out)}
    told |= {str(JobId.parse(left.job_id).post) for left in version.left_out}
    return (
        task.id in told
        or any(parts_of(work, watches_of((task,))) for work in version.assignments)
        or task.id in inputs.held
    )


def begun(work):
    """What of work under way stays as it was: a watch may be left, or go on longer; once rain is
    ahead, work of a dry day is work before it.
    """
    phase = Phase.BEFORE if work.phase is Phase.DRY else work.phase
    return replace(
        work, state="planned", phase=phase, **({"end_at": NOW} if work.kind.is_post else {})
    )


@settings(
    max_examples=few_or(40, few=12), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(kind=towns, first_rain=rain, first_level=levels, later=moments)
def test_a_storm_with_its_turns_is_planned_legally_from_first_to_last(
    kind, first_rain, first_level, later
):
    city, now, t = town(kind), NOW, Translator("zh")
    version, storm, inputs = next_version(city, now, first_rain, first_level, None)
    keeps_the_rules(version, storm, inputs)
    for minutes, mm_by_hour, level in later:
        before, now = version, now + timedelta(minutes=minutes)
        version, storm, inputs = next_version(city, now, mm_by_hour, level, before)
        keeps_the_rules(version, storm, inputs)
        for work in version.assignments:
            if work.state == "under_way":
                assert begun(work) in [begun(w) for w in before.assignments]
        assert all(t.message(change) for change in version.changes)
    shown = {
        stop.assignment.job_id
        for sheet in station_sheets(version, city)
        for unit in sheet.units
        for stop in unit.stops
    }
    assert shown == {work.job_id for work in version.assignments if work.members}
