"""Who must leave a post within an hour stays until then, and the sheet tells one stay."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.model.plan import JobKind
from ops.planning.short_watches import with_short_watches
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.referee import violations
from tests.helpers.drawn import laws
from tests.helpers.makers import HOUR, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()
FIRST = next(task for task in storm_tasks(STORM) if task.kind is JobKind.GUARD)
BEGIN, MINUTE = STORM.now + HOUR, timedelta(minutes=1)
CREW = "A1day"


def only(task):
    """The task, for one crew alone."""
    others = STORM.city.resource_by_id.keys() - {CREW}
    return replace(task, not_by=frozenset(others), needs=(replace(task.needs[0], people=3),))


def hour(number: int):
    start = BEGIN + number * HOUR
    return only(
        replace(
            FIRST,
            id=f"guard:{FIRST.segment_id}:{start:%m%dT%H%M}",
            spans=((start, start + HOUR - 10 * MINUTE),),
            until=start + HOUR,
            due_at=start,
            minutes=10,
        )
    )


def call():
    """Graver work on another road, half an hour into the second hour."""
    road = next(one for one in STORM.city.segments if one.id != FIRST.segment_id)
    start = BEGIN + 1.5 * HOUR
    return only(
        replace(
            FIRST,
            id=f"guard:{road.id}:{start:%m%dT%H%M}",
            segment_id=road.id,
            position=road.middle,
            spans=((start, start),),
            until=start + 30 * MINUTE,
            due_at=None,
            minutes=30,
            points=100 * FIRST.points,
        )
    )


def planned(current=None):
    inputs = build_problem(STORM, (hour(0), hour(1), call()), current)
    inputs, plan = with_short_watches(inputs, solve(inputs.problem, steps=300))
    assert violations(inputs.problem, plan) == []
    return inputs, read_plan(inputs, plan, STORM.city)


def test_he_stays_until_he_sets_out_and_what_is_unmanned_is_told_from_then_on():
    inputs, (jobs, left, _) = planned()
    first, second = sorted(jobs, key=lambda job: job.start_at)
    assert (first.job_id, first.segment_id) == (hour(0).id, FIRST.segment_id)
    (member,) = second.members
    assert BEGIN + HOUR < first.end_at == member.leave_at, "one stay, to the minute"
    (missing,) = left
    assert (missing.why.facts["start"], missing.why.facts["end"]) == (
        first.end_at, BEGIN + 2 * HOUR
    )  # fmt: skip
    assert missing.job_id not in inputs.published | {job.job_id: job for job in jobs}


def test_planned_again_the_stay_is_as_it_was_told():
    _, (jobs, left, rests) = planned()
    told = replace(make_version(1, assignments=jobs), left_out=left, rests=rests)
    inputs, (again, _, _) = planned(told)
    assert again == jobs
    promised = {pin.job for pin in inputs.problem.previous}
    assert hour(0).id in promised
    assert hour(1).id not in promised, "nobody was told to stay to the end of that hour"


def at_work(minutes: int, calls=()):
    """So many minutes into the second hour of the crew's watch: what is asked, and the storm."""
    now = BEGIN + HOUR + minutes * MINUTE
    first, second = hour(1), hour(2)
    first = replace(first, spans=((now, BEGIN + 2 * HOUR - 10 * MINUTE),), due_at=now)
    return replace(STORM, now=now), (first, second, *calls)


@pytest.fixture(scope="module")
def standing():
    """A plan in which the crew stands there for three hours."""
    inputs = build_problem(STORM, (hour(0), hour(1), hour(2)), None)
    jobs, left, _ = read_plan(inputs, solve(inputs.problem, steps=100), STORM.city)
    assert [job.end_at for job in jobs] == [BEGIN + 3 * HOUR]
    return make_version(1, assignments=jobs, left_out=left)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_called_away_he_stands_there_until_he_sets_out_and_the_rest_is_told_from_then(
    standing, since, wait
):
    """However little of the hour that is: one stay, and no minute both manned and not."""
    graver, (storm, _) = call(), at_work(since)
    start = storm.now + (storm.work.turnout_minutes + storm.work.travel_minutes + wait) * MINUTE
    graver = replace(graver, spans=((start, start),), until=start + 30 * MINUTE)
    storm, tasks = at_work(since, (graver,))
    inputs = build_problem(storm, tasks, standing)
    inputs, plan = with_short_watches(inputs, solve(inputs.problem, steps=100))
    assert violations(inputs.problem, plan) == []
    jobs, left, _ = read_plan(inputs, plan, storm.city)
    version = replace(standing, assignments=jobs, left_out=left, made_at=storm.now)
    assert list(laws.manned_and_not(version)) == []
    assert list(laws.stays_in_pieces(version)) == []
    stay, away, *_ = jobs
    assert (stay.segment_id, away.segment_id) == (FIRST.segment_id, graver.segment_id)
    assert stay.end_at in (away.members[0].leave_at, BEGIN + 2 * HOUR)
    told = [
        why["start"] for why in (each.why.facts for each in left) if why["start"] < BEGIN + 2 * HOUR
    ]
    assert told in ([], [stay.end_at])


def test_who_stands_there_and_goes_on_has_one_line_whatever_was_asked_between(standing):
    """Too little was left of the hour for an order of its own."""
    storm, (_, after) = at_work(40)
    inputs = build_problem(storm, (hour(1), after), standing)
    plan = solve(inputs.problem, steps=100)
    _, second = sorted(plan.assignments, key=lambda one: one.start)
    skipped = replace(plan, assignments=(second,))
    (stay,), _, _ = read_plan(inputs, skipped, storm.city)
    assert (stay.start_at, stay.end_at) == (standing.assignments[0].start_at, BEGIN + 3 * HOUR)


@pytest.mark.parametrize("minutes", [5, 30, 45])
def test_nobody_hurries_to_a_post_at_which_somebody_stands_until_he_could_leave(standing, minutes):
    storm, tasks = at_work(minutes)
    inputs = build_problem(storm, tasks, standing)
    (task_id,) = inputs.posts
    task = inputs.tasks[task_id]
    assert task.spans[0][0] == task.due_at == storm.now + storm.work.turnout_minutes * MINUTE


def test_who_is_on_his_way_to_a_post_is_not_there_yet_and_another_may_be_sooner(standing):
    (job,) = standing.assignments
    (member,) = job.members
    going = replace(member, leave_at=BEGIN - 5 * MINUTE)
    late = replace(job, start_at=BEGIN + 15 * MINUTE, members=(going,))
    late = replace(standing, assignments=(late,))
    inputs = build_problem(replace(STORM, now=BEGIN), (hour(0), hour(1)), late)
    (task_id,) = inputs.posts
    assert inputs.tasks[task_id].spans[0][0] == BEGIN
