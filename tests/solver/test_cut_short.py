"""An hour of a watch that nobody can keep to its end is kept for as long as somebody can."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

from solver import Job, Pin, Problem, Slot, Status, Unit, solve
from solver.polish import cut_short as cut_short_module
from solver.polish.cut_short import cut_short
from solver.referee import violations
from tests.helpers.drawn.problems import problems

HOUR, STAYS, GOES = 3600, 600, 1800


def watch(name, start, end, weight=3600, **more):
    shape = {"due": start, "late_cost": 1, "late_most": weight, "until": end}
    return Job(name, 1, 600, ((start, end - 600),), weight, (Slot("crew"),), **(shape | more))


def town(way: int, *, begins=3600 + 2400, at=1, shift=(0, 4 * HOUR), **more) -> Problem:
    """A crew at a post for an hour, that has graver work elsewhere within the next."""
    call = Job("call", 2, 900, ((begins, begins + 900),), 10**6, (Slot("crew"),))
    ways = [[0 if a == b else way for b in range(3)] for a in range(3)]
    jobs = (watch("post:1", 0, HOUR), watch("post:2", HOUR, 2 * HOUR), call)
    crew = Unit("c1", "crew", at, shift)
    return Problem("town", "2022-07-08T06:00:00Z", 5 * HOUR, ways, [crew], jobs, **more)


def cut(problem, plan=None):
    plan = plan or solve(problem, steps=200)
    posts = {job.id for job in problem.jobs if job.until and len(job.slots) == 1}
    asked, found, cuts = cut_short(
        problem, plan, posts, stays=STAYS, goes=GOES, name=lambda job: f"{job}/rest"
    )
    assert violations(asked, found) == []
    return asked, found, [(each.job, each.at) for each in cuts]


def test_who_stands_there_stays_until_he_must_set_out():
    problem = town(600)
    asked, found, cuts = cut(problem)
    assert cuts == [("post:2", 3600 + 1800)]
    done = {each.job: (each.start, each.end) for each in found.assignments}
    assert done["post:2"] == (3600, 5400)
    assert [each.job for each in found.unassigned] == ["post:2/rest"]
    first, rest = asked.job_by_id["post:2"], asked.job_by_id["post:2/rest"]
    assert (first.weight, rest.weight) == (1800, 1800), "each has its share"
    assert (rest.windows, rest.until, rest.due) == (((5400, 6600),), 7200, 5400)


@pytest.mark.parametrize("begins", [3600 + 1199, 2 * HOUR + 600])
def test_nothing_is_cut_where_the_minutes_are_too_few_or_none_is_left(begins):
    assert cut(town(600, begins=begins))[2] == []


def test_a_shift_that_ends_within_the_hour_is_manned_to_its_end():
    assert cut(town(600, shift=(0, HOUR + 1500)))[2] == [("post:2", HOUR + 1500)]


def test_who_waits_elsewhere_comes_for_half_an_hour_and_no_less():
    for begins, found in ((7199, []), (3 * HOUR, [("post:2", 2 * HOUR)])):
        problem = town(600, at=0, begins=begins)
        late = replace(problem, jobs=tuple(each for each in problem.jobs if each.id != "post:1"))
        longer = replace(
            late.job_by_id["post:2"], until=3 * HOUR, windows=((HOUR, 3 * HOUR - 600),)
        )
        others = tuple(each for each in late.jobs if each.id != "post:2")
        crew = replace(late.units[0], shift=(0 if found else 4200, 4 * HOUR))
        _, _, cuts = cut(replace(late, jobs=(*others, longer), units=(crew,)))
        assert [job for job, _ in cuts] == [job for job, _ in found]


def test_another_who_is_free_then_relieves_him():
    problem = town(600)
    other = Unit("c2", "crew", 0, (2 * HOUR - 2000, 4 * HOUR))
    _, found, _ = cut(replace(problem, units=(*problem.units, other)))
    by_job = {each.job: each.units for each in found.assignments}
    assert by_job["post:2"] in (("c1",), ("c2",))


def test_what_is_kept_is_kept_and_a_proof_of_the_whole_is_none_of_the_parts():
    problem = town(600, pinned=(Pin("post:1", 0, ("c1",)),))
    plan = solve(problem, steps=200)
    _, found, _ = cut(problem, plan)
    assert plan.status is Status.OPTIMAL
    assert found.score > plan.score
    assert found.status is Status.FEASIBLE or found.bound == found.score


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(detours=False))
def test_a_plan_with_short_watches_is_legal_and_worth_more_and_all_else_stands(problem):
    plan = solve(problem, steps=30)
    _, found, cuts = cut(problem, plan)
    assert (found.score > plan.score) if cuts else (found == plan)
    own = {job for job, _ in cuts}
    stands = {each for each in found.assignments if each.job.removesuffix("/rest") not in own}
    assert set(plan.assignments) == {each for each in stands if each.job.count("/rest") == 0}


def test_it_ends_when_its_time_is_over_with_what_it_has_found(monkeypatch):
    """Six hundred left out took minutes, after the search and before anybody had a plan."""
    problem = town(600)
    others = tuple(watch(f"post:2:{n}", HOUR, 2 * HOUR) for n in range(40))
    problem = replace(problem, jobs=(*problem.jobs, *others))
    plan, tried, now = solve(problem, steps=200), [], count()
    assert len(plan.unassigned) >= 40
    monkeypatch.setattr(cut_short_module.time, "monotonic", lambda: next(now))
    whole = cut_short_module._cut
    monkeypatch.setattr(
        cut_short_module, "_cut", lambda *told: tried.append(told[1]) or whole(*told)
    )
    posts = {job.id for job in problem.jobs if job.until}
    told = {"stays": STAYS, "goes": GOES, "name": lambda job: f"{job}/rest"}
    asked, found, cuts = cut_short(problem, plan, posts, seconds=5, **told)
    assert len(tried) == 4
    assert len(cuts) == 1
    assert violations(asked, found) == []
    assert cut_short(problem, plan, posts, seconds=0, **told) == (problem, plan, ())
