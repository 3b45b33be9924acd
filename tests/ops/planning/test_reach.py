"""What closed and barred streets leave nobody a way to who may do it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from data.model.city import SANITATION, Profile
from data.model.plan import JobKind, UnitKind
from data.model.street.street_case import GRID
from data.model.street.streets import Access, Closure, Street, StreetMap
from ops.planning.on_duty.means import Means
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.reach import within_reach
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.referee import violations
from tests.helpers.storm import make_storm, plan_for
from tests.helpers.streets import BRIDGE, at, closure, grid, ways

LORRY = Means(UnitKind.CREW, Profile.LORRY)


def unit(service: str):
    return SimpleNamespace(
        machine_kind=None, size=4, skills=(), position=at(1, 1), service=service, means=LORRY
    )


@pytest.mark.parametrize(("near", "cut"), [(GRID, ["clear:S1"]), (SANITATION, [])])
def test_who_gets_there_but_is_of_another_service_is_no_way_to_it(near, cut):
    """Else the station reads that nobody had time, and not that its street is closed."""
    need = SimpleNamespace(machine_kind=None, people=2, skills=())
    task = SimpleNamespace(
        id="clear:S1", kind=JobKind.CLEAR, needs=(need,), position=at(2, 2), after=()
    )
    streets = ways(grid(), closure(at(1, 1), at(1, 2)))
    storm = SimpleNamespace(
        closures=streets.closures,
        streets=streets,
        in_the_way=streets.in_the_way,
        way_seconds=lambda *_: np.array([[60], [NO_WAY_S]]),
    )
    reached, left = within_reach([task], {"near": unit(near), "far": unit(SANITATION)}, storm)
    assert [one.id for one, _ in left] == cut
    assert len(reached) + len(left) == 1


@pytest.mark.parametrize(("entry", "gets_in"), [(True, True), (False, False)])
def test_nobody_is_sent_into_what_lets_nobody_in_though_no_street_map_tells(entry, gets_in):
    storm = make_storm()
    road = storm.city.segments[0]
    shut = Closure(
        operation_id=1, name=road.road, line=road.line, entry=entry, from_at=storm.now, by="x"
    )
    inputs = build_problem(replace(storm, told_closed=(shut,)), storm_tasks(storm), None)
    plan = solve(inputs.problem, steps=300)
    jobs, left, _ = read_plan(inputs, plan, storm.city)
    assert violations(inputs.problem, plan) == []
    assert any(job.segment_id == road.id for job in jobs) is gets_in
    reasons = {one.why.code for one in left if one.segment_id == road.id}
    assert ("left.no_way" in reasons) is not gets_in


def test_who_is_inside_may_stay_and_leave():
    storm = make_storm()
    road, other = storm.city.segments[:2]
    shut = Closure(
        operation_id=1, name=road.road, line=road.line, entry=False, from_at=storm.now, by="x"
    )
    storm = replace(storm, told_closed=(shut,))
    found = storm.way_seconds([road.middle, other.middle])
    assert (found[0, 0], found[1, 0]) == (0, NO_WAY_S)
    assert found[0, 1] < NO_WAY_S


def _town(access: Access):
    """The town whose only bridge has this sign, and a low alley."""
    alley = Street(line=(at(2, 9), at(2, 9.9)), name="夹道", access=Access(height_m=2.5))
    streets = [
        replace(each, access=access) if each.line == (at(BRIDGE, 9), at(BRIDGE, 10)) else each
        for each in grid().streets
    ]
    return StreetMap(streets=(*streets, alley))


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        ((), {"left.barred"}),
        ((closure(at(3, 14.5), at(3, 15.5), entry=False, name="封路"),), {"left.barred"}),
    ],
)
def test_what_only_lorries_behind_a_weak_bridge_could_do_says_why(closed, told):
    """Closed streets are blamed only where opening them would help."""
    streets = ways(_town(Access(weight_t=5.0)), *closed)
    storm = replace(make_storm(), streets=streets)
    need = SimpleNamespace(machine_kind=None, people=2, skills=())
    task = SimpleNamespace(
        id="clear:S1", kind=JobKind.CLEAR, needs=(need,), position=at(5, 15), after=()
    )
    reached, left = within_reach([task], {"u": unit(SANITATION)}, storm)
    assert reached == []
    assert {why.code for _, why in left} == told
    by_car = unit(SANITATION)
    by_car.means = Means(UnitKind.CREW, Profile.CAR)
    assert within_reach([task], {"u": by_car}, storm)[1] == []


def test_a_closed_street_is_blamed_where_signs_leave_a_way():
    storm = replace(
        make_storm(),
        streets=ways(
            _town(Access(weight_t=5.0)), closure(at(4.6, 4), at(5.4, 4), entry=False, name="封路")
        ),
    )
    need = SimpleNamespace(machine_kind=None, people=2, skills=())
    task = SimpleNamespace(
        id="clear:S1", kind=JobKind.CLEAR, needs=(need,), position=at(5.2, 4), after=()
    )
    ((_, why),) = within_reach([task], {"u": unit(SANITATION)}, storm)[1]
    assert (why.code, why.facts["closed"]) == ("left.no_way", ("封路",))


def test_the_plan_says_where_the_last_stretch_is_walked():
    plain = make_storm()
    road = plain.city.segments[0]
    streets = ways(_town(Access()))
    by_alley = replace(road, line=(at(2, 9.5), at(2, 9.7)))
    city = replace(plain.city, segments=(by_alley, *plain.city.segments[1:]))
    version, _ = plan_for(replace(plain, city=city, streets=streets))
    for job in version.assignments:
        told = [why.facts for why in job.why if why.code == "why.on_foot"]
        assert told == ([{"street": "夹道"}] if job.segment_id == road.id else [])
    assert any(job.segment_id == road.id for job in version.assignments)
