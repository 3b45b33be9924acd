"""Who is told that he stands in a street that was closed, and who sees it himself."""

from dataclasses import replace

import pytest

from data.model.plan import JobKind
from data.model.street.streets import Closure
from ops.planning.in_force.closed_in import told_inside
from tests.helpers.makers import NOW, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm


@pytest.mark.parametrize(
    ("share", "kind", "state", "is_told"),
    [
        (0.0, JobKind.CLEAR, "under_way", True),
        (0.0, JobKind.GUARD, "under_way", True),  # he may have to leave another way
        (0.0, JobKind.GUARD, "planned", False),
        (0.4, JobKind.CLEAR, "under_way", True),
        (0.4, JobKind.GUARD, "under_way", False),  # he is at that water, and can drive through it
        (0.4, JobKind.PUMP, "under_way", False),
    ],
)
def test_a_post_in_slow_water_is_not_told_what_it_sees(share, kind, state, is_told):
    city = make_city()
    road = city.segments[0]
    shut = Closure(
        operation_id=1, name=road.road, line=road.line, speed_share=share, from_at=NOW, by="甲"
    )
    job = replace(
        make_assignment("a", "A1day@2022-07-08"), segment_id=road.id, kind=kind, state=state
    )
    storm = replace(make_storm(city=city), told_closed=(shut,))
    new = make_version(1, 2, assignments=(job,))
    told = told_inside(storm, make_version(1), new)
    assert bool(told) is is_told
