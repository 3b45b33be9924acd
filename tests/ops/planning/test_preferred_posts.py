"""Who is named for a post stands there rather than others: the first, else the second; and it is
manned whoever is away. The stronger pump truck stands where it takes off more.
"""

from collections import Counter
from dataclasses import replace

import pytest

from data.model.plan import JobKind
from data.model.roster import NamedPost, RosterDay
from ops.base.messages import Translator
from ops.planning.left_out_groups import left_out_groups
from ops.planning.on_duty.named_posts import with_named
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.polish.restore import preferring
from solver.referee import violations
from tests.helpers.makers import NOW, make_alert, make_city
from tests.helpers.storm import make_storm

A, B = "A1day", "B1day"
ALIKE = ("A1day", "A2day", "B1day", "B2day")


def plans(first: str, second: str, away: tuple[str, ...] = (), price: int = 10_000):
    """The guards of the key road by the plan, before and after it heeds who is named; all crews of
    the day are alike and begin at one station.
    """
    city = make_city()
    city = replace(
        city,
        crews=tuple(
            replace(crew, station_id="A", size=3, skills=("clearing", "pumping"))
            for crew in city.crews
            if crew.id in ALIKE
        ),
        machines=(),
        named_posts=(NamedPost(segment_id="S1", first_id=first, second_id=second),),
        roster=tuple(RosterDay(day=NOW.date(), crew_id=one, duty="absent") for one in away),
    )
    storm = make_storm(city=city, alerts=(make_alert(),))
    inputs = build_problem(storm, storm_tasks(storm), None, StabilitySettings(named=price))
    plan = solve(inputs.problem, steps=500)
    after = preferring(inputs.problem, plan, inputs.preferred)
    assert violations(inputs.problem, after) == []
    read = (read_plan(inputs, one, city)[0] for one in (plan, after))
    return [
        [
            job
            for job in with_named(jobs, storm)
            if job.kind is JobKind.GUARD and job.segment_id == "S1"
        ]
        for jobs in read
    ]


def standing(jobs) -> set[str]:
    return {member.resource_id for job in jobs for member in job.members}


@pytest.mark.parametrize("first", ALIKE)
def test_of_crews_that_are_equally_near_the_first_stands(first):
    second = next(one for one in ALIKE if one != first)
    _, jobs = plans(first, second)
    assert standing(jobs) == {first}
    assert all(job.why[-1].code == "post.first" for job in jobs)
    _, jobs = plans(first, second, away=(first,))
    assert standing(jobs) == {second}
    assert all(job.why[-1].code == "post.second" for job in jobs)


def test_with_both_away_others_stand_there_as_long():
    _, named = plans(A, B)
    before, jobs = plans(A, B, away=(A, B))
    assert jobs == before
    assert standing(jobs) <= set(ALIKE) - {A, B}
    assert min(job.start_at for job in jobs) == min(job.start_at for job in named)


def test_at_no_price_nobody_is_preferred_and_others_are_told_of():
    told = set()
    for first in ALIKE:
        second = next(one for one in reversed(ALIKE) if one != first)
        before, jobs = plans(first, second, price=0)
        assert jobs == before
        told |= {job.why[-1].code for job in jobs if standing([job]).isdisjoint({first, second})}
    assert told == {"post.others"}


def pumping(capacities: dict[str, float], hectares: dict[str, float]) -> tuple[dict, list]:
    """Which truck is how long at which low point, minutes, all trucks alike but for what they take;
    and which pumps are left out.
    """
    city = make_city()
    truck = next(machine for machine in city.machines if machine.kind == "pump_truck")
    driver = next(one for one in city.drivers if one.machine_id == truck.id)
    city = replace(
        city,
        segments=tuple(
            replace(road, low_lying=True, catchment_ha=hectares[road.id]) for road in city.segments
        ),
        machines=tuple(replace(truck, id=id, capacity=own) for id, own in capacities.items()),
        drivers=tuple(replace(driver, id=f"D{id}", machine_id=id) for id in capacities),
    )
    storm = make_storm(city=city, alerts=(make_alert(),))
    inputs = build_problem(storm, storm_tasks(storm), None)
    plan = preferring(inputs.problem, solve(inputs.problem, steps=1000), inputs.preferred)
    assert violations(inputs.problem, plan) == []
    jobs, left_out, _ = read_plan(inputs, plan, city)
    stays: Counter[tuple[str, str]] = Counter()
    for job in jobs:
        if job.kind is JobKind.PUMP:
            minutes = (job.end_at - job.start_at).total_seconds() / 60
            stays[job.members[0].resource_id, job.segment_id] += minutes
    return stays, [left for left in left_out if left.kind is JobKind.PUMP]


@pytest.mark.parametrize(
    "capacities", [{"Ma": 100.0, "Mb": 900.0}, {"Ma": 900.0, "Mb": 100.0}], ids=["last", "first"]
)
@pytest.mark.parametrize("wettest", ["S1", "S2", "S3"])
def test_the_stronger_truck_stands_where_it_takes_off_more(capacities, wettest):
    hectares = {"S1": 1.0, "S2": 1.0, "S3": 1.0} | {wettest: 9.0}
    stays, _ = pumping(capacities, hectares)
    strong, weak = sorted(capacities, key=lambda truck: -capacities[truck])
    at = {truck: {road for own, road in stays if own == truck} for truck in (strong, weak)}
    assert at[strong] == {wettest}
    assert len(at[weak] - {wettest}) == len(at[weak]) == 1


def test_trucks_that_are_alike_stay_where_the_search_sent_them():
    tasks = storm_tasks(make_storm(alerts=(make_alert(),)))
    assert any(task.kind is JobKind.PUMP for task in tasks)
    inputs = build_problem(make_storm(alerts=(make_alert(),)), tasks, None)
    assert inputs.preferred == ()


def test_a_low_point_without_a_pump_is_told_with_its_cause():
    stays, left_out = pumping({"Ma": 300.0, "Mb": 300.0}, {"S1": 6.0, "S2": 2.0, "S3": 5.0})
    assert {road for _, road in stays} == {"S1", "S3"}
    assert {left.segment_id for left in left_out if left.why.code == "left.fewer_pumps"} == {"S2"}
    t = Translator("zh")
    (group,) = (each for each in left_out_groups(left_out, make_city()) if "pumps" in each.why.code)
    assert t.message(group.why) == "排水泵车2台，低洼点3处：先派到抽得最多的点"
    assert t.message(group.mend) == "增加排水泵车（见“增援试算”）"
