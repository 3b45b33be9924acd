"""Where pumps are asked for, and what they and the guards of low points leave them for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data.model.city import City
from data.model.plan import JobKind, PlanVersion
from ops.planning.parameters import WorkSettings
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for, wanted
from weather.model import RainSeries


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


def test_a_pump_leaves_a_low_point_that_fills_for_nothing_but_water_that_endangers():
    """Below a downpour it left for every puddle, and the low point that it had kept dry filled."""

    def points(hectares: float, depth_cm: float) -> tuple[int, int]:
        roads = tuple(replace(road, catchment_ha=hectares) for road in make_city().segments)
        water = incident(kind="standing_water", depth_cm=depth_cm)
        rain = make_forecast({11: 12.0, 12: 12.0}, NOW)
        storm = make_storm(replace(make_city(), segments=roads), series=rain)
        storm = replace(storm, incidents=(water,))
        at_low_point, at_water = (
            max(task.points for task in tasks if task.kind is JobKind.PUMP)
            for tasks in (storm_tasks(storm), incident_tasks(storm))
        )
        return at_low_point, at_water

    kept, flood = points(hectares=8.0, depth_cm=20.0)
    assert kept > flood
    kept, danger = points(hectares=8.0, depth_cm=35.0)
    assert kept < danger
    spared, flood = points(hectares=0.1, depth_cm=20.0)
    assert spared < flood


def one_crew_on_guard(mm: float) -> tuple[City, RainSeries, PlanVersion]:
    """The only crew stands at a low point that fills in so much rain an hour."""
    roads = tuple(replace(road, catchment_ha=8.0) for road in make_city().segments)
    (crew,) = (crew for crew in make_city().crews if crew.id == "B1day")
    city = replace(make_city(), segments=roads, crews=(crew,))
    rain = make_forecast(dict.fromkeys(range(8, 16), mm), NOW)
    return city, rain, plan_for(make_storm(city, series=rain))[0]


def called_away(mm: float, **call: Any) -> tuple[JobKind, timedelta] | None:
    """What is done at what is called in twenty minutes after the guard has come, and how soon;
    ``None``: nobody goes.
    """
    city, rain, current = one_crew_on_guard(mm)
    (watch,) = (job for job in current.assignments if job.job_id.startswith("guard:S3"))
    now = watch.start_at + timedelta(minutes=20)
    called = incident(reported_at=now, received_at=now, **call)
    storm = replace(make_storm(city, series=rain, now=now), incidents=(called,))
    inputs = build_problem(storm, wanted(storm, current), current)
    jobs, *_ = read_plan(inputs, solve(inputs.problem, steps=1000), city)
    at_call = (job for job in jobs if job.job_id == "incident:7")
    return next(((job.kind, job.start_at - now) for job in at_call), None)


@pytest.mark.parametrize(
    ("mm", "depth_cm", "goes"),
    [
        (6.0, 10.0, False),
        (6.0, 15.0, True),
        (6.0, 35.0, True),
        (25.0, 25.0, False),
        (25.0, 35.0, True),
    ],
)
def test_the_guard_of_a_low_point_that_fills_leaves_it_for_a_flooded_street(mm, depth_cm, goes):
    """He stayed for all but what endangers people, and a street stood flooded for three hours; in a
    downpour he does stay.
    """
    found = called_away(mm, segment_id="S1", kind="standing_water", depth_cm=depth_cm)
    assert (found is not None and found[1] <= timedelta(minutes=30)) is goes


def test_the_guard_of_a_low_point_that_fills_opens_the_inlet_reported_beside_him():
    """He was missed as soon as he could have opened it, had he known of it at once: he stood beside
    it to the end of the rain.
    """
    turnout = timedelta(minutes=WorkSettings().turnout_minutes)
    assert called_away(6.0, segment_id="S3", depth_cm=5.0) == (JobKind.CLEAR, turnout)
