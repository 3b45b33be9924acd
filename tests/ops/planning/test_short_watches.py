"""Who must leave a post within an hour stays until then, and the sheet tells one stay."""

from dataclasses import replace
from datetime import timedelta

from data.model.plan import JobKind
from ops.planning.short_watches import with_short_watches
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.referee import violations
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
