"""A move too small to be news is told to nobody; many of them are."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from data.model.plan import JobKind
from ops.planning.in_force.plan_diff import changes
from ops.planning.in_force.told_times import as_told, pulled_forward
from ops.planning.parameters import StabilitySettings
from tests.helpers.makers import HOUR, NOW, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm, plan_for

MINUTE = timedelta(minutes=1)
UNIT = "A1day@2022-07-08"
TOLD = NOW + HOUR
FIVE = timedelta(seconds=StabilitySettings().tolerance_s)


def job(start, unit=UNIT, **changes):
    made = make_assignment("clear:S1", unit)
    members = tuple(
        replace(one, leave_at=start - 9 * MINUTE, arrive_at=start) for one in made.members
    )
    return replace(made, members=members, start_at=start, end_at=start + HOUR, **changes)


def version(work, told=TOLD, units=(UNIT,)):
    """A version of one job that was published at ``told`` when it was made."""
    previous = [{"job": work.job_id, "start": int((told - NOW) / MINUTE) * 60, "units": units}]
    problem = json.dumps({"epoch": NOW.isoformat(), "previous": previous})
    return replace(make_version(1, assignments=(work,)), problem=problem)


@pytest.mark.parametrize(
    ("work", "start"),
    [
        (job(TOLD + 3 * MINUTE), TOLD),
        (job(TOLD - 5 * MINUTE), TOLD),
        (job(TOLD + 6 * MINUTE), TOLD + 6 * MINUTE),  # that was told
        (job(TOLD + 3 * MINUTE, "B1day@2022-07-08"), TOLD + 3 * MINUTE),  # and that
        (job(TOLD + 3 * MINUTE, state="under_way"), TOLD + 3 * MINUTE),
    ],
)
def test_a_job_is_known_by_the_time_that_was_told(work, start):
    found = as_told(version(work), FIVE)[work.job_id]
    assert (found.start_at, found.members[0].arrive_at) == (start, start)
    assert found.end_at - found.start_at == HOUR
    post = replace(work, kind=JobKind.GUARD)
    assert as_told(version(post), FIVE)[work.job_id].end_at == post.end_at


def test_many_small_moves_are_news_once_they_add_up():
    city, settings = make_city(), StabilitySettings()
    said = []
    known = version(job(TOLD))
    for minutes in (3, 6, 9, 12):
        told_at = as_told(known, FIVE)["clear:S1"].start_at
        moved = version(job(TOLD + minutes * MINUTE), told=told_at)
        said.append([each.code for each in changes(known, moved, city, settings)])
        known = moved
    assert said == [[], ["change.time"], [], ["change.time"]]


TRUCK = "M1@24h"


def chain(*works):
    """Jobs by name: unit or units, and the minutes from now at which they begin and end; they set
    out as soon as they are done with what is before.
    """
    made, left = {}, {}
    for name, units, begin, end, *kind in works:
        work = make_assignment(name, units[0])
        (one,) = work.members
        members = tuple(
            replace(
                one,
                unit_id=unit,
                leave_at=NOW + left.get(unit, begin) * MINUTE,
                arrive_at=NOW + begin * MINUTE,
            )
            for unit in units
        )
        left |= dict.fromkeys(units, end)
        made[name] = replace(
            work,
            members=members,
            start_at=NOW + begin * MINUTE,
            end_at=NOW + end * MINUTE,
            kind=kind[0] if kind else JobKind.CLEAR,
        )
    return made


FIRST, NEXT = ("clear:S1", (UNIT,), -20, 30), ("clear:S2", (UNIT,), 33, 50)
PAIR = ("jet:S2", (UNIT, TRUCK), 33, 50)
THEN = ("clear:S3", (UNIT,), 55, 70)
GUARD = ("guard:S3", (UNIT,), 55, 70, JobKind.GUARD)


@pytest.mark.parametrize(
    ("works", "moved"),
    [
        ((FIRST, NEXT, THEN), {"clear:S2": 13, "clear:S3": 35}),  # all twenty minutes earlier
        ((FIRST, NEXT, GUARD), {"clear:S2": 13}),  # a post begins when it begins
        ((FIRST, PAIR), {}),  # the truck comes when it was told to
        ((FIRST, ("clear:S0", (TRUCK,), -20, 40), PAIR), {}),  # it is not done yet
        ((FIRST, ("clear:S0", (TRUCK,), -20, 30), PAIR), {"jet:S2": 13}),
    ],
)
def test_who_is_done_early_goes_on_with_his_next_work_at_once(works, moved):
    told = chain(*works)
    past = [job for job in told.values() if job.start_at < NOW and job.end_at <= NOW + HOUR / 2]
    turns = {unit: SimpleNamespace(start=NOW + 10 * MINUTE) for unit in (UNIT, TRUCK)}
    found = pulled_forward(told, past, turns, (), NOW)
    assert {
        name: (job.start_at - NOW) / MINUTE
        for name, job in found.items()
        if job.start_at != told[name].start_at
    } == moved


WATCH = ("guard:S1:0708T0800", (UNIT,), -20, 90, JobKind.GUARD)
AFTER, LATER = ("clear:S2", (UNIT,), 93, 110), ("clear:S3", (UNIT,), 115, 130)


@pytest.mark.parametrize(
    ("wanted_until", "may_from", "moved"),
    [
        (90, 0, {}),
        (30, 0, {"clear:S2": 33, "clear:S3": 55}),  # an hour earlier, both
        (30, 60, {}),  # it may not be done then
        (None, 0, {"clear:S2": 13, "clear:S3": 35}),  # nothing asks for it: from when he can go
    ],
)
def test_who_is_wanted_at_his_post_no_longer_goes_on_at_once(wanted_until, may_from, moved):
    told = chain(WATCH, AFTER, LATER)
    task = SimpleNamespace(
        id="guard:S1:0708T0900",
        kind=JobKind.GUARD,
        spans=((NOW, NOW + 10 * MINUTE),),
        until=NOW + (wanted_until or 0) * MINUTE,
    )
    clearing = SimpleNamespace(
        id="clear:S2",
        kind=JobKind.CLEAR,
        spans=((NOW + may_from * MINUTE, NOW + 9 * HOUR),),
        until=None,
    )
    tasks = (clearing,) if wanted_until is None else (clearing, task)
    turns = {UNIT: SimpleNamespace(start=NOW + 10 * MINUTE)}
    found = pulled_forward(told, (), turns, tasks, NOW)
    assert {
        name: (job.start_at - NOW) / MINUTE
        for name, job in found.items()
        if job.start_at != told[name].start_at
    } == moved


@pytest.mark.parametrize(
    ("again", "moved"),
    [
        (80, {"clear:S2": 13, "clear:S3": 35}),  # into the gap in which nobody is wanted there
        (45, {"clear:S2": 13}),  # and no further: then he is wanted again
        (12, {}),  # what is left of an hour that nobody else could come for is no gap
    ],
)
def test_who_is_wanted_at_his_post_later_again_does_his_next_work_in_between(again, moved):
    told = chain(WATCH, AFTER, LATER)
    task = SimpleNamespace(
        id="guard:S1:0708T0900",
        kind=JobKind.GUARD,
        spans=((NOW + again * MINUTE, NOW + 85 * MINUTE),),
        until=NOW + 90 * MINUTE,
    )
    turns = {UNIT: SimpleNamespace(start=NOW + 10 * MINUTE)}
    found = pulled_forward(told, (), turns, (task,), NOW)
    assert {
        name: (job.start_at - NOW) / MINUTE
        for name, job in found.items()
        if job.start_at != told[name].start_at
    } == moved


@pytest.mark.parametrize(
    ("gone", "moved"),
    [
        ((), {}),
        (("clear:S2",), {"clear:S3": 35, "clear:S4": 52}),
        (("clear:S2", "clear:S3"), {"clear:S4": 32}),
        (("clear:S3",), {"clear:S4": 52}),
    ],
)
def test_who_is_not_wanted_somewhere_any_more_goes_on_at_once(gone, moved):
    told = chain(FIRST, NEXT, THEN, ("clear:S4", (UNIT,), 72, 80))
    turns = {UNIT: SimpleNamespace(start=NOW + 30 * MINUTE)}
    found = pulled_forward(told, [told["clear:S1"]], turns, (), NOW, gone)
    assert {
        name: (job.start_at - NOW) / MINUTE
        for name, job in found.items()
        if job.start_at != told[name].start_at
    } == moved


def test_after_a_wait_everybody_begins_as_he_was_told():
    told = chain(FIRST, NEXT)
    late = replace(told["clear:S2"].members[0], leave_at=NOW + 45 * MINUTE)
    told["clear:S2"] = replace(told["clear:S2"], members=(late,))
    turns = {UNIT: SimpleNamespace(start=NOW + 10 * MINUTE)}
    assert pulled_forward(told, [told["clear:S1"]], turns, (), NOW) == told


def test_the_solver_is_given_the_time_that_was_told():
    first, inputs = plan_for(make_storm())
    first = replace(first, problem=inputs.problem.to_json())
    later = replace(
        first,
        number=2,
        assignments=tuple(
            replace(work, start_at=work.start_at + 2 * MINUTE) if work.inlet_ids else work
            for work in first.assignments
        ),
    )
    _, again = plan_for(make_storm(), first)
    told = {pin.job: pin.start for pin in again.problem.previous}
    drifted = replace(later, problem=again.problem.to_json())
    _, third = plan_for(make_storm(), drifted)
    assert told
    assert {pin.job: pin.start for pin in third.problem.previous} == told
