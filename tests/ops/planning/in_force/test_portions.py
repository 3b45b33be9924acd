"""Accepted portions never shrink silently: what was told of a road's inlets holds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Inspection, InspectionResult
from data.model.plan import JobKind
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import NOW, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm

STORM = make_storm()
CLEAR = next(task for task in storm_tasks(STORM) if task.kind is JobKind.CLEAR)
INLETS = tuple(inlet.id for inlet in STORM.city.inlets if inlet.segment_id == CLEAR.segment_id)
ANOTHER = CLEAR.id + ":2"


def portion(name: str, inlets):
    return replace(CLEAR, id=name, inlet_ids=tuple(inlets), minutes=10 * len(inlets) + 10)


def told(name: str, inlets):
    work = make_assignment(name, "A1day@2022-07-08")
    return replace(work, segment_id=CLEAR.segment_id, inlet_ids=tuple(inlets))


def plan(*jobs):
    return make_version(1, assignments=jobs)


def shares(tasks) -> dict[str, tuple[str, ...]]:
    return {task.id: task.inlet_ids for task in tasks}


some = st.lists(st.sampled_from(INLETS), unique=True, max_size=len(INLETS))


@given(
    old=some, new=some, cut=st.integers(0, len(INLETS)), cleaned=st.sets(st.sampled_from(INLETS))
)
def test_what_was_told_holds_but_for_what_was_cleaned_and_nothing_is_done_twice(
    old, new, cut, cleaned
):
    city = replace(
        STORM.city,
        inspections=tuple(
            Inspection(inlet_id=inlet, at=NOW, result=InspectionResult.CLEANED) for inlet in cleaned
        ),
    )
    storm = replace(STORM, city=city)
    wanted = [
        portion(name, part) for name, part in ((CLEAR.id, new[:cut]), (ANOTHER, new[cut:])) if part
    ]
    current = plan(told(CLEAR.id, old)) if old else plan()
    found = shares(with_told_inlets(wanted, current, storm))
    everything = [inlet for inlets in found.values() for inlet in inlets]
    assert len(everything) == len(set(everything))
    if old and CLEAR.id in found:
        assert set(found[CLEAR.id]) >= set(old) - cleaned
    if CLEAR.id in shares(wanted):
        assert set(everything) <= set(old) | set(new)


def test_an_inlet_that_none_of_the_told_portions_holds_goes_to_one_that_nobody_knows():
    first, second, third, *_ = INLETS
    wanted = (portion(CLEAR.id, [first, third]), portion(ANOTHER, [second]))
    found = shares(with_told_inlets(wanted, plan(told(CLEAR.id, [first, second])), STORM))
    assert found == {CLEAR.id: (first, second), ANOTHER: (third,)}


def test_the_minutes_go_with_the_inlets():
    task = replace(portion(CLEAR.id, INLETS[:1]), minutes_by_people=((2, 20), (5, 10)))
    (held,) = with_told_inlets([task], plan(told(CLEAR.id, INLETS[:3])), STORM)
    assert held.minutes > task.minutes
    assert [people for people, _ in held.minutes_by_people] == [2, 5]
    assert all(
        after > before
        for (_, after), (_, before) in zip(
            held.minutes_by_people, task.minutes_by_people, strict=True
        )
    )


@pytest.mark.parametrize(("start", "held"), [(1, 3), (15, 1), (-5, 1)])
def test_where_the_told_ones_fit_no_more_there_are_as_many_as_do(start, held):
    """Four inlets' minutes are left before the rain: enough for who is told to begin now."""
    minute = timedelta(minutes=1)
    short = replace(
        portion(CLEAR.id, INLETS[:1]), spans=((STORM.now, STORM.now + 25 * minute),), minutes=8
    )
    job = replace(told(CLEAR.id, INLETS[:3]), start_at=STORM.now + start * minute)
    (found,) = with_told_inlets([short], plan(job), STORM)
    assert len(found.inlet_ids) == held


def test_work_under_way_and_the_city_s_other_roads_are_left_alone():
    tasks = storm_tasks(STORM)
    assert with_told_inlets(tasks, None, STORM) == tasks
    running = replace(told(CLEAR.id, INLETS[:1]), state="under_way")
    assert with_told_inlets(tasks, plan(running), STORM) == tasks
    assert make_city().inlets
