"""What was told is changed only for more than its price: an order counts once for its crew, however
it is cut for the solver.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.geo import distance_m
from data.model.plan import Assignment, JobKind
from ops.field.progress import Progress, Stage
from ops.planning.in_force.plan_diff import changes
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from tests.helpers.drawn.small_cases import standing
from tests.helpers.makers import HOUR, make_assignment, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()
MINUTE = timedelta(minutes=1)
FIRST = next(task for task in storm_tasks(STORM) if task.kind is JobKind.GUARD)
HOME = STORM.city.station_by_id["A"].position
OWN, *_, ELSEWHERE = sorted(STORM.city.segments, key=lambda one: distance_m(HOME, one.middle))
"""The crew's road, and one that is farther: to go there instead saves no way."""
BEGIN = STORM.now + HOUR
CREW = "A1day@2022-07-08"
PRICE = StabilitySettings()
FOR_WAYS = 60_000
"""More than the way to the next road and back costs."""
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def hour(number: int, points: int, segment=None):
    """An hour of a watch of the crew's own road, or of another, that asks for all its people."""
    segment = segment or OWN
    start = BEGIN + number * HOUR
    return replace(
        FIRST,
        id=f"guard:{segment.id}:{start:%m%dT%H%M}",
        segment_id=segment.id,
        position=segment.middle,
        spans=((start, start + HOUR - 20 * MINUTE),),
        until=start + HOUR,
        due_at=start + 10 * MINUTE,
        minutes=20,
        points=points,
        late_points=0,
        late_most=None,
    )


def told(hours: int, points: int):
    """The crew's hours, and its order: one stay, told and read."""
    tasks = tuple(hour(number, points) for number in range(hours))
    (member,) = make_assignment(tasks[0].id, CREW).members
    job = replace(
        make_assignment(tasks[0].id, CREW),
        kind=JobKind.GUARD,
        segment_id=OWN.id,
        inlet_ids=(),
        members=(
            replace(member, resource_id="A1day", leave_at=BEGIN - 10 * MINUTE, arrive_at=BEGIN),
        ),
        start_at=BEGIN,
        end_at=BEGIN + hours * HOUR,
        state="planned",
    )
    return tasks, make_version(1, made_at=STORM.now, rain=STORM.rain, assignments=(job,))


def only(storm):
    """The storm with the one crew on duty, which eats when it rains no more."""
    crews = tuple(one for one in storm.city.crews if CREW.startswith(one.id))
    shifts = tuple(replace(one, break_minutes=0) for one in storm.city.shifts)
    city = replace(storm.city, crews=crews, shifts=shifts, machines=(), drivers=())
    return replace(storm, city=city)


def news(storm, tasks, version) -> list[str]:
    """What is told of the next plan, by the codes of its sentences."""
    inputs = build_problem(storm, tasks, version, PRICE)
    jobs, left_out, rests = read_plan(inputs, solve(inputs.problem, steps=300), storm.city)
    found = replace(version, number=2, assignments=jobs, left_out=left_out, rests=rests)
    return sorted(each.code for each in changes(version, found, storm.city, PRICE))


@few
@given(
    hours=st.integers(3, 6),
    points=st.integers(100_000, 10**6),
    gain=st.integers(-500_000, 10**6),
    data=st.data(),
)
def test_a_stay_is_cut_in_two_only_for_the_price_of_two_orders(hours, points, gain, data):
    storm, (tasks, version) = only(STORM), told(hours, points)
    between = data.draw(st.integers(1, hours - 2))
    elsewhere = hour(between, max(1, points + gain), ELSEWHERE)
    found = news(storm, (*tasks, elsewhere), version)
    if gain <= PRICE.reassign + PRICE.split:
        assert found == []
    elif gain > PRICE.reassign + PRICE.split + FOR_WAYS:
        assert found == ["change.added", "change.added", "change.end"]


@few
@given(points=st.integers(100_000, 10**6), gain=st.integers(-500_000, 10**6))
@pytest.mark.parametrize("accepted", [False, True])
def test_what_a_station_said_yes_to_costs_more_to_take_back(accepted, points, gain):
    tasks, version = told(1, points)
    storm = only(STORM)
    if accepted:
        known = {tasks[0].id: Progress(stage=Stage.ACCEPTED, since=storm.now)}
        storm = replace(storm, progress=known)
    price = PRICE.reassign + PRICE.accepted * accepted
    found = news(storm, (*tasks, hour(0, max(1, points + gain), ELSEWHERE)), version)
    if gain <= price:
        assert found == []
    elif gain > price + FOR_WAYS:
        assert found == ["change.added", "change.dropped"]


@few
@given(hours=st.integers(1, 6), points=st.integers(1, 10**9))
def test_planned_again_with_nothing_new_nobody_is_told_anything(hours, points):
    tasks, version = told(hours, points)
    assert news(only(STORM), tasks, version) == []


def test_who_stands_at_an_incident_was_told_to_stay_though_it_lasts_longer_now():
    """Two crews at one place: to change them costs no way, and no less than to let both stay."""
    now = BEGIN + 10 * MINUTE
    other = CREW.replace("A1day", "B1day")
    crews = tuple(one for one in STORM.city.crews if one.id in ("A1day", "B1day"))
    storm = only(replace(STORM, city=replace(STORM.city, crews=crews), now=now))
    beside = replace(ELSEWHERE, line=OWN.line)
    roads = tuple(beside if one.id == beside.id else one for one in STORM.city.segments)
    storm = replace(
        storm,
        city=replace(storm.city, crews=crews, segments=roads),
        incidents=(replace(standing(OWN.id, 10, 7), reported_at=BEGIN, received_at=BEGIN),),
    )
    post = replace(
        hour(0, 10**7),
        id="incident:1",
        spans=((now, now + HOUR),),
        until=BEGIN + 2 * HOUR,
        due_at=now,
        late_points=1000,
    )
    watch = [hour(n, 400_000, beside) for n in range(3)]
    orders = (
        (post.id, OWN.id, CREW, 0, 1),  # asked for one hour longer by now
        (watch[0].id, ELSEWHERE.id, other, 0, 1),
        (watch[1].id, ELSEWHERE.id, CREW, 1, 3),
    )
    jobs = tuple(ordered(*each) for each in orders)
    version = make_version(1, made_at=BEGIN - HOUR, rain=STORM.rain, assignments=jobs)
    storm = replace(storm, progress={watch[1].id: Progress(stage=Stage.ACCEPTED, since=now)})
    inputs = build_problem(storm, (post, *watch), version, PRICE)
    found, _, _ = read_plan(inputs, solve(inputs.problem, steps=300), storm.city)
    (stays,) = (job for job in found if job.job_id == post.id)
    assert [one.unit_id for one in stays.members] == [CREW]
    assert stays.end_at == BEGIN + 2 * HOUR


def ordered(name: str, road: str, crew: str, begin: int, end: int) -> Assignment:
    """A crew's order for so many hours at a post."""
    job = make_assignment(name, crew)
    start = BEGIN + begin * HOUR
    (member,) = job.members
    return replace(
        job,
        kind=JobKind.GUARD,
        segment_id=road,
        inlet_ids=(),
        members=(
            replace(member, resource_id=crew.partition("@")[0], leave_at=start, arrive_at=start),
        ),
        start_at=start,
        end_at=BEGIN + end * HOUR,
        state="planned",
    )
