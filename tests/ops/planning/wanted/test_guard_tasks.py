"""Where pumps are asked for, and what they and the guards of low points leave them for."""

from dataclasses import replace

import pytest

from data.model.plan import JobKind
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_city, make_forecast
from tests.helpers.storm import make_storm


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
