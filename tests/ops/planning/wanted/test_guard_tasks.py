"""Where pumps are asked for, and what they and the guards of low points leave them for."""

from dataclasses import replace

import pytest

from data.model.plan import JobKind
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
    tasks = storm_tasks(make_storm(city))
    assert {task.segment_id for task in tasks if task.kind is JobKind.PUMP} == {wet}


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
