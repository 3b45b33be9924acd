"""Where pumps are asked for, and what they and the guards of low points leave them for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.plan import JobKind
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for, wanted


@pytest.mark.parametrize("wet", ["S1", "S3"])
def test_the_only_pump_stands_where_the_inlets_do_not_take_what_comes(wet):
    city = make_city()
    city = replace(
        city,
        segments=tuple(
            replace(road, low_lying=road.id != "S2", catchment_ha=8.0 if road.id == wet else 0.1)
            for road in city.segments
        ),
    )
    tasks = [task for task in storm_tasks(make_storm(city)) if task.kind is JobKind.PUMP]
    assert {task.segment_id for task in tasks if task.tier is Tier.LOW_PUMP} == {wet}
    assert {task.segment_id for task in tasks} == {"S1", "S3"}, "the other one goes without, told"


@pytest.mark.parametrize("trucks", [0, 1, 2, 3])
def test_as_many_low_points_have_a_pump_as_a_duty_as_there_are_trucks(trucks):
    city = make_city()
    truck = next(machine for machine in city.machines if machine.kind == "pump_truck")
    city = replace(
        city,
        segments=tuple(replace(road, low_lying=True) for road in city.segments),
        machines=tuple(replace(truck, id=f"M{number}") for number in range(trucks)),
    )
    tasks = [task for task in storm_tasks(make_storm(city)) if task.kind is JobKind.PUMP]
    assert {task.segment_id for task in tasks} == {"S1", "S2", "S3"}
    assert len({task.segment_id for task in tasks if task.tier is Tier.LOW_PUMP}) == trucks
    assert {task.tier for task in tasks} <= {Tier.LOW_PUMP, Tier.GAIN}


@pytest.mark.parametrize("kind", [JobKind.PUMP, JobKind.GUARD])
def test_a_low_point_that_fills_is_left_for_nothing_but_water_that_endangers(kind):
    """Below a downpour both left for every puddle, and the low point that they kept dry filled."""

    def points(hectares: float, depth_cm: float) -> tuple[int, int]:
        roads = tuple(replace(road, catchment_ha=hectares) for road in make_city().segments)
        water = incident(kind="standing_water", depth_cm=depth_cm)
        rain = make_forecast({11: 12.0, 12: 12.0}, NOW)
        storm = make_storm(replace(make_city(), segments=roads), series=rain)
        storm = replace(storm, incidents=(water,))
        at_low_point, at_water = (
            max(task.points for task in tasks if task.kind is kind)
            for tasks in (storm_tasks(storm), incident_tasks(storm))
        )
        return at_low_point, at_water

    kept, puddle = points(hectares=8.0, depth_cm=20.0)
    assert kept > puddle
    kept, danger = points(hectares=8.0, depth_cm=35.0)
    assert kept < danger
    spared, puddle = points(hectares=0.1, depth_cm=20.0)
    assert spared < puddle


def test_the_guard_of_a_low_point_that_fills_opens_the_inlet_reported_beside_him():
    """He was missed as soon as he could have opened it, had he known of it at once: he stood beside
    it to the end of the rain.
    """
    roads = tuple(replace(road, catchment_ha=8.0) for road in make_city().segments)
    (guards,) = (crew for crew in make_city().crews if crew.id == "B1day")
    city = replace(make_city(), segments=roads, crews=(guards,))
    rain = make_forecast(dict.fromkeys(range(8, 16), 6.0), NOW)
    current, _ = plan_for(make_storm(city, series=rain))
    (watch,) = (job for job in current.assignments if job.job_id.startswith("guard:S3"))
    now = watch.start_at + timedelta(minutes=20)
    called = incident(segment_id="S3", reported_at=now, received_at=now, depth_cm=5.0)
    storm = replace(make_storm(city, series=rain, now=now), incidents=(called,))
    inputs = build_problem(storm, wanted(storm, current), current)
    jobs, *_ = read_plan(inputs, solve(inputs.problem, steps=1000), city)
    (opening,) = (job for job in jobs if job.job_id == "incident:7")
    assert opening.kind is JobKind.CLEAR
    assert opening.start_at == now + timedelta(minutes=storm.work.turnout_minutes)
