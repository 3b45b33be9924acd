"""Machines that the ordered level wants ready: what is asked for, what serves it, what is told when
it is not met; from both sides.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.model.desk import ChangeAction
from data.model.field import Outage
from data.model.levels import DEFAULT_LEVELS, Placement
from data.model.plan import JobKind
from ops.base.messages import Translator
from ops.planning.in_force.manual_overrides import Override, applied
from ops.planning.left_out_groups import left_out_groups
from ops.planning.solver_input import build_problem, fitting_units
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted.placement_tasks import MILDEST_FIRST, placed_machines
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import Pin, Rule, RuleViolation, solve
from solver.referee import violations
from tests.helpers.makers import NOW, make_city
from tests.helpers.storm import make_storm, plan_for

HOUR = timedelta(hours=1)
RULE = {rule.id: rule for rule in DEFAULT_LEVELS}


def under(*placed, level="III", city=None, **changed):
    """A storm under a level that wants these."""
    rule = replace(RULE[level], placed=tuple(placed))
    city = city or make_city()
    levels = tuple(rule if one.id == level else one for one in city.levels)
    return replace(make_storm(replace(city, levels=levels)), level=rule, **changed)


def want(what, place, number=1):
    return Placement(what=what, place=place, number=number)


def asked(storm):
    return [task for task in storm_tasks(storm) if task.kind is JobKind.PLACED]


def standing(version):
    return [job for job in version.assignments if job.kind is JobKind.PLACED]


def test_it_is_asked_for_hour_by_hour_from_the_lead_on_until_the_rain_ends():
    storm = under(want("loader", "S1"))
    onset, end = storm.rain.storms[0]
    tasks = asked(storm)
    assert tasks[0].spans[0][0] == onset - HOUR
    assert [task.until for task in tasks[:-1]] == [task.spans[0][0] for task in tasks[1:]]
    assert tasks[-1].until == end
    assert {task.tier for task in tasks} == {Tier.LEVEL_POST}
    assert {task.segment_id for task in tasks} == {"S1"}
    assert len({task.id for task in tasks}) == len(tasks)
    assert asked(replace(storm, level=None)) == []


def test_a_graver_level_that_asks_for_nothing_itself_keeps_what_a_milder_one_does_and_rather():
    storm = under(want("loader", "S1"))
    kept = asked(replace(storm, level=RULE["I"]))
    assert [(task.id, task.spans) for task in kept] == [
        (task.id, task.spans) for task in asked(storm)
    ]
    assert all(now.points > was.points for now, was in zip(kept, asked(storm), strict=True))


def test_the_machine_stands_there_with_its_driver_from_then_on():
    storm = under(want("loader", "S1"), want("M-jetting_truck", "A"))
    version, _ = plan_for(storm)
    onset, end = storm.rain.storms[0]
    by_place = {job.segment_id or job.station_id: job for job in standing(version)}
    assert by_place.keys() == {"S1", "A"}
    for job in by_place.values():
        (member,) = job.members
        assert member.driver_id is not None
        assert (job.start_at, job.end_at) == (onset - HOUR, end)
        assert job.why[0].code == "why.placed"
    assert by_place["A"].members[0].resource_id == "M-jetting_truck"
    assert left_of(version) == []


def left_of(version):
    return [left for left in version.left_out if left.kind is JobKind.PLACED]


def with_more(city, kind, *names, station="A"):
    """The city with machines of a kind more, each with a driver by day."""
    first = city.machine_by_id[f"M-{kind}"]
    driver = next(one for one in city.drivers if one.machine_id == first.id)
    machines = (replace(first, id=one, plate=one, station_id=station) for one in names)
    drivers = (replace(driver, id=f"D-{one}", machine_id=one) for one in names)
    return replace(city, machines=(*city.machines, *machines), drivers=(*city.drivers, *drivers))


def test_problem_and_referee_take_the_named_machine_there_and_no_other():
    city = with_more(make_city(), "loader", "M-loader2")
    _, inputs = plan_for(under(want("M-loader", "S1"), city=city))
    job = next(job for job in inputs.problem.jobs if job.id.startswith("placed:"))
    start = job.windows[0][0]
    units = {unit.id.partition("@")[0]: unit.id for unit in inputs.problem.units}
    legal = Pin(job=job.id, start=start, units=(units["M-loader"],))
    assert replace(inputs.problem, pinned=(legal,)).pinned == (legal,)
    with pytest.raises(RuleViolation) as refused:
        replace(inputs.problem, pinned=(replace(legal, units=(units["M-loader2"],)),))
    assert refused.value.rule is Rule.UNIT_UNFIT
    plan = solve(inputs.problem, steps=500)
    assert violations(inputs.problem, plan) == []
    others = tuple(
        replace(placed, units=(units["M-loader2"],)) if placed.job == job.id else placed
        for placed in plan.assignments
    )
    assert others != plan.assignments
    assert violations(inputs.problem, replace(plan, assignments=others))


def test_the_desk_may_send_another_of_the_kind_in_the_place_of_a_named_one():
    city = with_more(make_city(), "loader", "M-loader2")
    storm = under(want("M-loader", "S1"), city=city, outages=(broken("M-loader"),))
    task = asked(storm)[0]
    inputs = build_problem(storm, storm_tasks(storm), None)
    ((unit,),) = fitting_units(inputs, task.id)
    assert unit.startswith("M-loader2@")
    order = Override(
        number=1,
        job_id=task.id,
        action=ChangeAction.MOVE,
        by="值班员",
        at=NOW,
        start=task.spans[0][0],
        units=(unit,),
    )
    tasks, _ = applied(storm_tasks(storm), (order,), storm, None)
    ordered = build_problem(storm, tasks, None, overrides=(order,))
    assert ordered.given_up == ()
    assert [pin.units for pin in ordered.problem.pinned] == [(unit,)]
    assert build_problem(storm, storm_tasks(storm), None, overrides=(order,)).given_up


def test_it_leaves_for_water_on_a_street_and_comes_back():
    city = with_more(make_city(), "pump_truck", "P2")
    storm = under(want("pump_truck", "S2"), city=city)
    onset, _ = storm.rain.storms[0]
    pump = pump_for_water(storm, onset + 2 * HOUR)
    inputs = build_problem(storm, (*storm_tasks(storm), pump), None)
    plan = solve(inputs.problem, steps=800)
    assert violations(inputs.problem, plan) == []
    jobs, _, _ = read_plan(inputs, plan, city)
    (there,) = (job for job in jobs if job.job_id == pump.id)
    ready = sorted(
        (job for job in jobs if job.kind is JobKind.PLACED), key=lambda job: job.start_at
    )
    assert len(ready) == 2
    assert ready[0].end_at <= there.start_at
    assert ready[1].start_at >= there.end_at


def pump_for_water(storm, at):
    """A pump that water on S1 needs for half an hour."""
    like = next(task for task in storm_tasks(storm) if task.kind is JobKind.PUMP)
    road = storm.city.segment_by_id["S1"]
    return replace(
        like,
        id="incident:7:pump",
        segment_id=road.id,
        position=road.middle,
        minutes=30,
        until=None,
        spans=((at, at + timedelta(minutes=40)),),
        due_at=None,
        points=duty_points(Tier.WATER, 30),
        late_points=0,
        late_most=None,
        tier=Tier.WATER,
    )


def test_a_machine_that_is_wanted_ready_still_opens_the_inlets_that_it_opened():
    plain, _ = plan_for(make_storm())
    wanted = under(want("jetting_truck", "S1"))
    ready, _ = plan_for(wanted)
    kinds = (JobKind.JET, JobKind.CLEAR)
    opened = [
        {inlet for job in one.assignments if job.kind in kinds for inlet in job.inlet_ids}
        for one in (plain, ready)
    ]
    assert opened[0]
    assert opened[1] >= opened[0]
    assert standing(ready)


def test_a_pump_that_the_low_point_has_anyway_is_the_one_that_is_wanted():
    alone = under(want("pump_truck", "S3"))
    pump = next(task for task in storm_tasks(alone) if task.kind is JobKind.PUMP)
    (lead,) = asked(alone)
    assert lead.until == pump.spans[0][0]
    two = asked(under(want("pump_truck", "S3", 2)))
    assert sum(task.until > pump.spans[0][0] for task in two) == len(two) - 1
    version, _ = plan_for(alone)
    (ready,), (pumping,) = (
        [job for job in version.assignments if job.kind is kind]
        for kind in (JobKind.PLACED, JobKind.PUMP)
    )
    assert ready.members[0].resource_id == pumping.members[0].resource_id
    assert ready.end_at == pumping.start_at


def test_a_duty_that_is_not_met_is_told_by_its_machine_and_with_what_mends_it():
    storm = under(want("pump_truck", "S2"), want("pump_truck", "S3"))
    version, _ = plan_for(storm)
    groups = list(left_out_groups(version.left_out, storm.city))
    group = next(one for one in groups if one.tier is Tier.LEVEL_POST)
    assert all(other.tier >= group.tier for other in groups[: groups.index(group)])
    t = Translator("zh")
    assert "排水泵车" in t.message(group.what[0])
    assert "排水泵车" in t.message(group.mend)


def test_what_is_missing_is_counted_by_machines_and_not_by_hours_or_places():
    version, _ = plan_for(under(want("pump_truck", "S2", 2)))
    own = [left for left in version.left_out if left.kind is JobKind.PLACED]
    (group,) = left_out_groups(own, make_city())
    assert group.what[0].facts["n"] == 2
    first = sorted(left.job_id for left in own if left.job_id.endswith(":1"))
    apart = [left for left in own if left.job_id in (first[0], first[2])]
    (group,) = left_out_groups(apart, make_city())
    assert (len(apart), group.what[0].facts["n"]) == (2, 1)


def test_a_kind_that_the_district_has_not_is_told_as_missing():
    city = make_city()
    without = tuple(one for one in city.machines if one.kind != "loader")
    drivers = tuple(one for one in city.drivers if one.machine_id != "M-loader")
    version, _ = plan_for(
        under(want("loader", "S1"), city=replace(city, machines=without, drivers=drivers))
    )
    assert {left.why.code for left in left_of(version)} == {"left.no_kind"}


def broken(machine_id, now=NOW):
    return Outage(operation_id=1, resource_id=machine_id, from_at=now, by="值班员", reason="故障")


def test_a_named_machine_that_is_broken_is_told_with_the_nearest_of_its_kind():
    city = with_more(make_city(), "loader", "近车")
    city = with_more(city, "loader", "远车", station="B")
    whole = under(want("M-loader", "S1"), city=city)
    assert left_of(plan_for(whole)[0]) == []
    version, _ = plan_for(replace(whole, outages=(broken("M-loader"),)))
    lefts = left_of(version)
    assert {left.why.code for left in lefts} == {"left.machine_out"}
    t = Translator("zh")
    assert "近车" in t.message(lefts[0].why)
    (group,) = (
        one for one in left_out_groups(version.left_out, city) if one.tier is Tier.LEVEL_POST
    )
    assert "近车" in t.message(group.mend)
    nobody = under(want("M-loader", "S1"), outages=(broken("M-loader"),))
    (group,) = (
        one
        for one in left_out_groups(plan_for(nobody)[0].left_out, nobody.city)
        if one.tier is Tier.LEVEL_POST
    )
    assert group.why.code == "left.machine_out_alone"
    assert group.mend.code == "mend.hire"


placements = st.lists(
    st.builds(
        Placement,
        what=st.sampled_from(["pump_truck", "loader", "flusher"]),
        place=st.sampled_from(["S1", "S2", "S3", "A"]),
        number=st.integers(1, 3),
    ),
    max_size=3,
    unique_by=lambda one: (one.what, one.place),
).map(tuple)


@given(each=st.lists(placements, min_size=4, max_size=4))
def test_a_graver_level_asks_for_all_that_a_milder_one_does(each):
    rules = tuple(
        replace(RULE[level], placed=placed)
        for level, placed in zip(MILDEST_FIRST, each, strict=True)
    )
    city = make_city(levels=rules)
    before: set = set()
    for rule in rules:
        own = {(one.what, one.place.id, one.number) for one in placed_machines(rule, city)}
        assert own >= before
        assert own >= {
            (one.what, one.place, n) for one in rule.placed for n in range(1, one.number + 1)
        }
        before = own


def test_a_machine_by_its_id_stands_where_the_gravest_level_wants_it():
    rules = (
        RULE["IV"],
        replace(RULE["III"], placed=(want("M-loader", "S1"),)),
        replace(RULE["II"], placed=(want("M-loader", "S2"),)),
        RULE["I"],
    )
    city = make_city(levels=rules)
    at = {rule.id: [one.place.id for one in placed_machines(rule, city)] for rule in rules}
    assert at == {"IV": [], "III": ["S1"], "II": ["S2"], "I": ["S2"]}


def minutes_stood(version, rule):
    """Machine-minutes for which what a level wants stands at its place, a pump there with it."""
    total = 0.0
    onset, end = version.rain.storms[0]
    steps = int((end - onset + HOUR) / timedelta(minutes=5))
    for at in (onset - HOUR + timedelta(minutes=5) * n for n in range(steps)):
        for one in rule.placed:
            there = {
                member.resource_id
                for job in version.assignments
                if job.kind in (JobKind.PLACED, JobKind.PUMP)
                and (job.segment_id or job.station_id) == one.place
                and job.start_at <= at < job.end_at
                for member in job.members
                if member.resource_id.startswith(f"M-{one.what}")
            }
            total += 5 * min(one.number, len(there))
    return total


few = settings(max_examples=4, deadline=None, derandomize=True, database=None)
cities = st.integers(0, 2).map(
    lambda n: with_more(
        with_more(make_city(), "loader", *(f"M-loader{i}" for i in range(n))),
        "pump_truck",
        *(f"M-pump_truck{i}" for i in range(n)),
    )
)


@few
@example(  # one loader, asked for elsewhere by the graver level
    city=make_city(), mild=(want("loader", "S2"),), grave=(want("loader", "S1"),)
)
@given(city=cities, mild=placements, grave=placements)
def test_ordering_a_graver_level_takes_no_placed_machine_away(city, mild, grave):
    third, second = (
        replace(RULE[level], placed=own) for level, own in (("III", mild), ("II", grave))
    )
    storm = make_storm(replace(city, levels=(RULE["IV"], third, second, RULE["I"])))
    was, now = (
        minutes_stood(plan_for(replace(storm, level=rule))[0], third) for rule in (third, second)
    )
    assert now >= was - 10


@few
@given(city=cities, placed=placements, kind=st.sampled_from(["loader", "pump_truck", "flusher"]))
def test_one_machine_more_never_makes_it_worse(city, placed, kind):
    rule = replace(RULE["III"], placed=placed)
    stood = [
        minutes_stood(plan_for(under(*placed, city=each))[0], rule)
        for each in (city, with_more(city, kind, f"M-{kind}-more"))
    ]
    assert stood[1] >= stood[0] - 10
