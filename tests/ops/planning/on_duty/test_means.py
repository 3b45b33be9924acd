"""Each unit goes by its own means: by its data, its own ways, its own learnt pace."""

from dataclasses import replace
from datetime import time

import numpy as np
import pytest

from data.model.city import PATROL, SANITATION, Crew, Machine, Profile, Shift, Station
from data.model.plan import Member, UnitKind
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID
from data.model.street.streets import Street, StreetClass, StreetMap
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.means import Means, means_of, profile_of
from ops.planning.on_duty.pace import Pace
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.on_duty.way_pace import WayPaces
from ops.planning.reach import within_reach
from ops.planning.solver_input import build_problem
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.ways.closures import WATER
from tests.helpers.makers import NOW, make_city
from tests.helpers.storm import make_storm, plan_for
from tests.helpers.streets import BRIDGE, at, closure, grid, ways

CREW = Crew(id="P1", station_id="P", name="一组", leader="甲", size=2, skills=(), shift_id="eve")
TRUCK = Machine(id="M", station_id="P", kind="suction_truck", plate="吉D0001")
WALKER, RIDER = (Means(UnitKind.CREW, each) for each in (Profile.FOOT, Profile.SCOOTER))
DRIVEN = Means(UnitKind.MACHINE, Profile.LORRY)


@pytest.mark.parametrize(
    ("unit", "service", "usual", "goes_by"),
    [
        (TRUCK, SANITATION, "foot", "lorry"),
        (CREW, SANITATION, "lorry", "lorry"),
        (CREW, SANITATION, "scooter", "scooter"),
        (CREW, PATROL, "lorry", "foot"),
        (CREW, GRID, "lorry", "foot"),
        (CREW, CARS, "foot", "car"),
        (replace(CREW, skills=("scooter",)), PATROL, "lorry", "scooter"),
        (replace(CREW, skills=("scooter",)), SANITATION, "lorry", "lorry"),
        (replace(CREW, skills=("scooter",), profile="foot"), PATROL, "lorry", "foot"),
        (replace(TRUCK, profile="scooter"), SANITATION, "lorry", "scooter"),
    ],
)
def test_what_a_unit_goes_by_follows_from_its_data_and_the_tables_have_the_last_word(
    unit, service, usual, goes_by
):
    assert profile_of(unit, service, usual) == goes_by


def town():
    """The small district; in every shift of it a crew of the first station that walks."""
    city = make_city()
    some = [crew for crew in city.crews if crew.station_id == "A"]
    on_foot = [replace(crew, id=f"W{n}", profile="foot") for n, crew in enumerate(some)]
    return replace(city, crews=(*city.crews, *on_foot))


def test_the_solver_is_told_the_ways_of_each_by_its_own_means():
    storm = make_storm(town())
    problem = build_problem(storm, storm_tasks(storm), None).problem
    walkers = [unit for unit in problem.units if unit.id.startswith("W")]
    drivers = [unit for unit in problem.units if not unit.id.startswith("W")]
    assert walkers
    assert len({problem.travel_of(unit) for unit in drivers}) == 1
    slow, fast = (np.array(problem.travel_of(some[0])) for some in (walkers, drivers))
    far = fast >= 60 * 4
    assert far.any()
    assert (slow[far] > 1.5 * fast[far]).all()


def test_one_means_for_all_is_one_matrix():
    storm = make_storm(make_city())
    problem = build_problem(storm, storm_tasks(storm), None).problem
    assert problem.profiles == ()
    assert {unit.profile for unit in problem.units} == {None}


def test_who_walks_is_told_to_set_out_for_his_own_way_and_the_plan_says_by_what():
    version, inputs = plan_for(make_storm(town()))
    members = [one for job in version.assignments for one in job.members]
    assert {one.profile for one in members if one.resource_id.startswith("W")} <= {"foot"}
    assert {one.profile for one in members if not one.resource_id.startswith("W")} == {None}
    assert all(means_of(one) == inputs.availability[one.unit_id].means for one in members)
    assert any(one.profile == "foot" for one in members)


def test_a_patrol_walks_and_its_scooters_ride():
    city = make_city()
    station = Station(
        id="P", name="巡逻队", position=(125.142, 42.902), chief="甲", deputy="乙", service=PATROL
    )
    always = Shift(id="eve", name="晚巡", start=time(0), end=time(0))
    rider = replace(CREW, id="P2", skills=("scooter",))
    city = replace(
        city,
        shifts=(*city.shifts, always),
        stations=(*city.stations, station),
        crews=(*city.crews, CREW, rider),
    )
    storm = replace(make_storm(make_city()), city=city)
    by_crew = {one.resource_id: one.profile for one in on_duty(storm).values()}
    assert by_crew["P1"] == "foot"
    assert by_crew["P2"] == "scooter"
    assert {by_crew[one.id] for one in make_city().crews if one.id in by_crew} == {"lorry"}


def test_a_path_is_no_way_for_a_lorry_and_one_for_who_walks():
    alley = Street(line=(at(2, 9), at(2, 10)), kind=StreetClass.PATH)
    streets = ways(StreetMap(streets=(*grid(bridges=(BRIDGE,)).streets, alley)))
    storm = replace(make_storm(make_city()), streets=streets)
    driven, walked = (
        storm.way_seconds([at(2, 9)], [at(2, 10)], means)[0, 0] for means in (DRIVEN, WALKER)
    )
    alone = 1.2 * 111 / (storm.ways.foot_km_h / 3.6)
    assert walked < alone + 60
    assert driven > 300  # round by the bridge


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, True),
        ({"entry": False}, False),
        ({"source": WATER}, False),
        ({"source": WATER, "speed_share": 0.5}, True),
    ],
)
def test_who_walks_passes_a_closed_street_where_people_get_in_and_no_deep_water(changes, passes):
    shut = closure(at(BRIDGE, 9), at(BRIDGE, 10), **changes)
    storm = replace(make_storm(make_city()), streets=ways(grid(), shut))
    way = storm.way_seconds([at(3, 3)], [at(3, 15)], WALKER)[0, 0]
    assert bool(way < NO_WAY_S) is passes


def test_what_only_lorries_are_kept_from_is_left_to_who_walks():
    city, shut = town(), closure(at(BRIDGE, 9), at(BRIDGE, 10))
    storm = replace(make_storm(city), streets=ways(grid(), shut))
    task = replace(
        next(each for each in storm_tasks(storm) if each.needs[0].machine_kind is None),
        position=at(3, 15),
        after=(),
    )
    units = {
        name: replace(one, position=at(3, 3), size=9, skills=task.needs[0].skills)
        for name, one in on_duty(storm).items()
        if one.kind is UnitKind.CREW
    }
    one_crew = replace(task, needs=task.needs[:1])
    assert within_reach([one_crew], units, storm)[0] == [one_crew]
    driving = {name: one for name, one in units.items() if one.profile is Profile.LORRY}
    assert within_reach([one_crew], driving, storm)[0] == []


def test_each_means_goes_by_its_own_pace_and_what_told_nothing_by_that_of_its_profile():
    walks, drives = Pace(times=1.5, jobs=9), Pace(times=1.2, jobs=4)
    paces = WayPaces(ways={WALKER: walks, DRIVEN: drives})
    vans = Means(UnitKind.CREW, Profile.LORRY)
    assert [paces.times(one) for one in (WALKER, DRIVEN, vans, RIDER)] == [1.5, 1.2, 1.2, 1.0]
    plain = make_storm(make_city())
    slowed = replace(plain, way_paces=paces)
    places = [at(0, 0), at(9, 9)]
    for means, times in ((WALKER, 1.5), (DRIVEN, 1.2), (RIDER, 1.0)):
        before, after = (
            one.way_seconds(places, means=means)[0, 1].item() for one in (plain, slowed)
        )
        assert after == pytest.approx(times * before, abs=2)


def test_a_plan_made_before_means_were_told_counts_as_one_of_lorries():
    old = Member(
        unit_id="C@d",
        kind=UnitKind.CREW,
        resource_id="C",
        driver_id=None,
        leave_at=NOW,
        arrive_at=NOW,
    )
    assert means_of(old) == Means(UnitKind.CREW, Profile.LORRY)
