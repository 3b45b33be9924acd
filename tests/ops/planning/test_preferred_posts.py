"""Who is named for a post stands there rather than others: the first, else the second; and it is
manned whoever is away.
"""

from dataclasses import replace

import pytest

from data.model.plan import JobKind
from data.model.roster import NamedPost, RosterDay
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
