"""What must hold on every draw: more means, an earlier word or a higher level never make a plan
worse, duties first, then what it prevents.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.city import (
    Crew,
)
from data.model.field import Incident
from data.model.plan import JobKind
from ops.planning.solver_input import build_problem
from tests.bench import plan_sense_measure as measure
from tests.bench.plan_sense_districts import HILLY, NO_RECORD, SMALL_TOWN, longshan
from tests.bench.plan_sense_situations import YELLOW_RAIN
from tests.helpers.drawn.small_cases import (
    DAY,
    FOR_WAYS,
    LATE,
    LEVEL,
    QUICK,
    Case,
    Planned,
    asked,
    assert_not_worse,
    blockage_at,
    cases,
    crew_of,
    draws,
    measured,
    most_lost,
    plan,
    wet_cases,
    with_pump,
)
from tests.helpers.draws import few_or
from tests.helpers.makers import local

pytestmark = pytest.mark.system  # hundreds of whole plans

# --- more is never worse -------------------------------------------------------------------------


def more_people(case: Case) -> Case:
    """A crew of two more."""
    n = len(case.city.crews)
    return replace(case, city=replace(case.city, crews=(*case.city.crews, crew_of(n, 2))))


def bigger_crews(case: Case) -> Case:
    crews = tuple(replace(crew, size=crew.size + 1) for crew in case.city.crews)
    return replace(case, city=replace(case.city, crews=crews))


def split_crews(case: Case) -> Case:
    """The same people in crews of half the size."""
    crews: list[Crew] = []
    for crew in case.city.crews:
        half = crew.size // 2 if crew.size >= 4 else 0
        crews.append(replace(crew, size=crew.size - half))
        if half:
            crews.append(replace(crew, id=f"{crew.id}b", size=half))
    return replace(case, city=replace(case.city, crews=tuple(crews)))


def one_more_machine(case: Case) -> Case:
    return replace(case, city=with_pump(case.city, "P2"))


def higher_level(case: Case) -> Case:
    return replace(case, level=LEVEL)


def more_records(case: Case) -> Case:
    """Each inlet of the first road was blocked once more; what is likelier is only told better."""
    inlets = [one.id for one in case.city.inlets if one.segment_id == "S0"]
    more = tuple(blockage_at(100 + n, inlet) for n, inlet in enumerate(inlets))
    return replace(case, city=replace(case.city, blockages=(*case.city.blockages, *more)))


MORE = (more_people, bigger_crews, split_crews, one_more_machine, higher_level)


@pytest.mark.parametrize("more", MORE, ids=lambda each: each.__name__)
@draws
@given(case=cases())
def test_more_is_never_worse(more: Callable[[Case], Case], case: Case):
    judged = replace(case, judged_by=LEVEL if more is higher_level else None)
    assert_not_worse(judged, more(judged))


DISTRICTS = {"sample": longshan, "hilly": HILLY, "no record": NO_RECORD, "small": SMALL_TOWN}
STORMS = (YELLOW_RAIN, {10: 25.0, 11: 45.0, 12: 15.0})


@settings(draws, max_examples=few_or(4, few=2))
@given(
    city=st.sampled_from(sorted(DISTRICTS)),
    rain=st.sampled_from(STORMS),
    level=st.sampled_from(("IV", "III", "II")),
    seed=st.integers(1, 9),
)
def test_an_ordered_level_never_makes_a_plan_worse(
    city: str, rain: dict[int, float], level: str, seed: int
):
    """By one short search with the same seed: no noise of it may count, nor what a level adds."""
    calm = Case(city=DISTRICTS[city](), rain=rain)
    rule = next(one for one in longshan().levels if one.id == level)
    nothing = measure.blocked_hours(measured(calm), ())[0]

    was, now = (
        plan(each, 2 * QUICK, (seed,)).judged_as(calm) for each in (calm, replace(calm, level=rule))
    )

    assert now.low <= was.low + 5
    assert now.key <= was.key + 5
    assert now.blocked <= was.blocked + 0.002 * nothing


LIGHT = (
    dict.fromkeys(range(8, 15), 1.2) | {15: 25.0, 16: 30.0, 17: 10.0},
    dict.fromkeys(range(8, 20), 2.2),
)
"""Rain under which inlets may still be opened for hours: before a storm, and all day long."""


@pytest.mark.parametrize("rain", LIGHT, ids=("before a storm", "all day"))
def test_a_level_takes_no_hand_from_opening_inlets(rain: dict[int, float]):
    calm = Case(city=longshan(), rain=rain)
    level = next(one for one in calm.city.levels if one.id == "III")
    ordered = replace(calm, level=level)
    nothing = measure.blocked_hours(measured(calm), ())[0]

    before, after = (plan(each).judged_as(each).blocked for each in (calm, ordered))

    assert after <= before + FOR_WAYS * nothing


@draws
@given(case=cases())
def test_more_records_serve_the_road_that_they_are_of_no_worse(case: Case):
    """Judged as the town stands with them, by the plan made without and with them."""
    fuller = more_records(case)
    assert_not_worse(case, fuller, judged_as=fuller)


@draws
@given(case=cases())
def test_an_earlier_warning_is_never_worse(case: Case):
    """Who learns of the storm forty minutes later can do nothing that the other could not."""
    late = replace(case, now=case.now + timedelta(minutes=40))
    assert_not_worse(late, case, judged_as=late)


@draws
@given(case=cases())
def test_shifts_that_overlap_are_never_worse(case: Case):
    """A storm over the change of shift; the later crews and drivers come half an hour sooner."""
    rain = {hour + 4: mm for hour, mm in case.rain.items()}
    n = len(case.city.crews)
    drivers = tuple(replace(one, id=f"{one.id}late", shift_id="late") for one in case.city.drivers)
    city = replace(
        case.city,
        crews=(*case.city.crews, crew_of(n, 4, "late"), crew_of(n + 1, 3, "late")),
        drivers=(*case.city.drivers, *drivers),
    )
    sooner = replace(city, shifts=(DAY, replace(LATE, start=time(15, 30))))
    apart, overlap = (replace(case, rain=rain, city=each, now=local(12)) for each in (city, sooner))
    assert_not_worse(apart, overlap)


@pytest.mark.parametrize(
    "graver",
    [
        lambda water: replace(water, depth_cm=(water.depth_cm or 0) + 15),
        lambda water: replace(water, reported_at=water.reported_at - timedelta(hours=2)),
    ],
    ids=["deeper", "older"],
)
@draws
@given(case=wet_cases())
def test_graver_water_waits_no_longer(graver: Callable[[Incident], Incident], case: Case):
    worst = replace(case, water=tuple(graver(one) for one in case.water))
    before, after = plan(case).judged_as(case), plan(worst).judged_as(worst)
    assert after.waits <= before.waits + 5


# --- no sense in it ------------------------------------------------------------------------------


@draws
@given(case=st.one_of(cases(), wet_cases()))
def test_nobody_idles_near_an_unmanned_low_point(case: Case):
    """Half an hour and more, within twenty minutes; a crew that is only kept ready is idle."""
    found = plan(case)
    seen = measured(case)
    assert seen.end is not None
    jobs = [job for job in found.jobs if job.kind is not JobKind.RESERVE]
    free = measure.free_spans(seen, jobs, found.rests, seen.end)
    posts = measure.unmanned(seen, found.jobs, free, free)
    assert posts.needless <= 10, posts.where[:3]


@draws
@given(case=wet_cases(), peak=st.sampled_from((25.0, 60.0)))
def test_in_a_downpour_no_shallow_water_takes_the_crew_off_a_low_point(case: Case, peak: float):
    """All roads have some then, and theirs runs together there."""
    case = replace(case, rain={8: 6.0, 9: peak, 10: 10.0})
    lows = [one.id for one in case.city.segments if one.low_lying]

    manned = measure.manned_spans(plan(water_on_all_other_roads(case, 25.0)).jobs)

    for at in measure.steps(local(9) + 10 * measure.MINUTE, local(10)):
        there = sum(measure.holds(manned[one], at) for one in lows)
        assert there >= min(len(lows), len(case.city.crews)), at


@draws
@given(case=wet_cases(), depth=st.integers(30, 60))
def test_water_that_endangers_people_waits_for_no_low_point(case: Case, depth: int):
    """Even in a downpour: a danger that somebody has told of goes before one to be feared."""
    case = called_off_low_points(case, {8: 25.0, 9: 60.0, 10: 10.0}, float(depth))
    assert plan(case).judged_as(case).waits <= 30


@draws
@given(case=wet_cases())
def test_water_on_a_street_waits_for_no_low_point_once_the_downpour_is_over(case: Case):
    """However shallow: forty minutes after 08:20 it is; somebody is there within half an hour."""
    case = called_off_low_points(case, {8: 60.0, 9: 8.0, 10: 8.0, 11: 8.0}, 10.0)
    assert plan(case).judged_as(case).waits <= 40 + 30


@draws
@given(case=wet_cases())
def test_a_dip_too_shallow_to_endanger_anybody_is_left_for_water_elsewhere(case: Case):
    dips = tuple(
        replace(one, low_depth_cm=20.0 if one.low_lying else None) for one in case.city.segments
    )
    case = replace(case, city=replace(case.city, segments=dips))
    case = called_off_low_points(case, {8: 25.0, 9: 60.0, 10: 10.0}, 10.0)
    assert plan(case).judged_as(case).waits <= 30


def called_off_low_points(case: Case, rain: dict[int, float], depth_cm: float) -> Case:
    """A town with a pair of people for each low point and nobody else, water on another road."""
    lows = sum(one.low_lying for one in case.city.segments)
    pairs = tuple(crew_of(n, 2) for n in range(lows))
    other = next(one.id for one in case.city.segments if not one.low_lying)
    water = replace(case.water[0], segment_id=other, depth_cm=depth_cm)
    return replace(case, city=replace(case.city, crews=pairs), rain=rain, water=(water,))


def water_on_all_other_roads(case: Case, depth_cm: float) -> Case:
    """The case with a call from each road that is no low point."""
    calls = tuple(
        replace(case.water[0], id=n, segment_id=one.id, depth_cm=depth_cm)
        for n, one in enumerate(case.city.segments, 1)
        if not one.low_lying
    )
    return replace(case, water=calls)


@draws
@given(case=wet_cases(), peak=st.sampled_from((10.0, 60.0)), hours=st.integers(0, 12))
def test_what_waiting_costs_reaches_the_solver_uncut(case: Case, peak: float, hours: int):
    """Else the crew of a low point sees to lesser water first, and comes late in the downpour."""
    stood = tuple(
        replace(one, depth_cm=90.0, reported_at=one.reported_at - timedelta(hours=hours))
        for one in case.water
    )
    storm, tasks = asked(replace(case, rain={8: 6.0, 9: peak, 10: 10.0}, water=stood))
    problem = build_problem(storm, tasks, None).problem
    costs = {task.id: (task.late_points, task.points) for task in tasks}
    assert {job.id: (job.late_cost, job.weight) for job in problem.jobs} == {
        job.id: costs[job.id] for job in problem.jobs
    }


@draws
@given(case=wet_cases(), hours=st.integers(1, 5))
def test_no_incident_is_dropped_for_its_lateness(case: Case, hours: int):
    """However long the water has stood: somebody comes, and within what the town has; but where a
    downpour keeps all there are at the low points, and they would not come to new water either.
    """
    stood = tuple(
        replace(one, reported_at=one.reported_at - timedelta(hours=hours)) for one in case.water
    )
    found = plan(replace(case, water=stood))
    if dropped := calls_left_out(found):
        assert all_stand_at_low_points(case)
        assert dropped <= calls_left_out(plan(case))
        return
    assert found.judged_as(case).waits <= 40


def calls_left_out(found: Planned) -> set[str]:
    return {one.job_id for one in found.left_out if one.job_id.startswith("incident")}


def all_stand_at_low_points(case: Case) -> bool:
    """Whether there is no pair of people more than the low points want in a downpour."""
    pairs = sum(crew.size // 2 for crew in case.city.crews)
    storm, _ = asked(case)
    return bool(storm.downpours) and pairs <= sum(one.low_lying for one in case.city.segments)


@draws
@given(case=st.one_of(cases(), wet_cases()))
def test_to_leave_out_is_never_cheaper_than_to_be_late(case: Case):
    """Done at the last instant that its windows allow, a job still wins something."""
    storm, tasks = asked(case)
    problem = build_problem(storm, tasks, None).problem
    worthless = {
        job.id: job.weight - lost
        for job in problem.jobs
        if (lost := most_lost(job)) >= max(1, job.weight)
    }
    assert worthless == {}
