"""The referee, every rule from both sides, on plans written by hand."""

from dataclasses import replace

import pytest

from solver import (
    Assignment,
    Break,
    BreakTaken,
    Job,
    Pin,
    Plan,
    Problem,
    Reason,
    Slot,
    Stability,
    Status,
    Unassigned,
    Unit,
)
from solver.referee import score, violations

TRAVEL = ((0, 100, 200), (150, 0, 120), (250, 130, 0))
CREW = Unit("c1", "crew", 0, (0, 5000), end=0, size=4, skills=("pump",))
TRUCK = Unit("t1", "truck", 0, (0, 5000))


def job(
    name, location=1, duration=600, windows=((0, 5000),), weight=1000, slots=(Slot("crew"),), **more
):
    return Job(name, location, duration, windows, weight, slots, **more)


def problem(*jobs, units=(CREW, TRUCK), **more):
    return Problem(
        "p", "2022-07-08T06:00:00Z", 5000, TRAVEL, tuple(units), jobs, travel_cost=1, **more
    )


def plan(instance, *done, breaks=(), out=(), **more):
    """A plan whose claims about itself are right; `done` is (job, start, units...)."""
    by_id = instance.job_by_id
    listed = tuple(
        Assignment(j, start, start + by_id[j].duration, units)
        for j, start, *units in done
        if j in by_id
    )
    made = Plan(
        "p", 0, 10**9, Status.FEASIBLE, listed, tuple(BreakTaken(*each) for each in breaks), out
    )
    return replace(made, **({"score": score(instance, made)} | more))


def left_out(name, reason=Reason.OUTWEIGHED):
    return Unassigned(name, reason)


def test_a_plan_that_keeps_every_rule_is_legal():
    instance = problem(job("a"), job("b", 2, slots=(Slot("truck"),)))
    assert violations(instance, plan(instance, ("a", 100, "c1"), ("b", 200, "t1"))) == []


def test_the_score_is_that_of_the_contract():
    """Weights 2 x 1000; a ends 200 s late at 3 points; travel 100 + 120 + 250 home for c1."""
    instance = problem(job("a", due=500, late_cost=3), job("b", 2))
    done = plan(instance, ("a", 100, "c1"), ("b", 820, "c1"))
    assert violations(instance, done) == []
    assert score(instance, done) == 2000 - 600 - 470


def test_a_unit_without_end_does_not_travel_home():
    instance = problem(job("b", 2, slots=(Slot("truck"),)))
    assert score(instance, plan(instance, ("b", 200, "t1"))) == 1000 - 200


@pytest.mark.parametrize(
    ("start", "legal"), [(100, True), (99, False), (4250, True), (4251, False)]
)
def test_travel_from_the_start_and_to_the_end_lies_inside_the_shift(start, legal):
    instance = problem(job("a"))
    assert (violations(instance, plan(instance, ("a", start, "c1"))) == []) is legal


@pytest.mark.parametrize(("start", "legal"), [(820, True), (819, False)])
def test_travel_between_two_stops_takes_its_time(start, legal):
    instance = problem(job("a"), job("b", 2))
    assert (
        violations(instance, plan(instance, ("a", 100, "c1"), ("b", start, "c1"))) == []
    ) is legal


@pytest.mark.parametrize(
    ("start", "legal"),
    [(300, True), (299, False), (400, True), (401, False), (2000, True), (1500, False)],
)
def test_a_job_lies_wholly_inside_one_window(start, legal):
    instance = problem(job("a", windows=((300, 1000), (2000, 2600))))
    assert (violations(instance, plan(instance, ("a", start, "c1"))) == []) is legal


TEAM = (Slot("crew", ("pump",), 4), Slot("truck"))


@pytest.mark.parametrize(
    ("units", "legal"),
    [
        (("c1", "t1"), True),
        (("t1", "c1"), False),
        (("c1",), False),
        (("c1", "c1"), False),
        (("c1", "t1", "c1"), False),
    ],
)
def test_each_slot_is_filled_by_a_different_fitting_unit_in_order(units, legal):
    instance = problem(job("a", slots=TEAM))
    assert (violations(instance, plan(instance, ("a", 100, *units))) == []) is legal


@pytest.mark.parametrize("slot", [Slot("truck"), Slot("crew", ("jetting",)), Slot("crew", (), 5)])
def test_kind_skills_and_size_must_fit(slot):
    instance = problem(job("a", slots=(slot,)))
    assert violations(instance, plan(instance, ("a", 100, "c1"))) == [
        "unit c1 does not fit slot 0 of job a"
    ]


@pytest.mark.parametrize(("start", "legal"), [(700, True), (699, False)])
def test_a_job_starts_after_those_it_comes_after_have_ended(start, legal):
    instance = problem(job("a"), job("b", slots=(Slot("truck"),), after=("a",)))
    assert (
        violations(instance, plan(instance, ("a", 100, "c1"), ("b", start, "t1"))) == []
    ) is legal


def test_a_job_is_left_out_when_one_that_it_comes_after_is():
    instance = problem(job("a"), job("b", slots=(Slot("truck"),), after=("a",)))
    assert violations(instance, plan(instance, ("b", 700, "t1"), out=(left_out("a"),)))
    both = (left_out("a"), left_out("b", Reason.PREDECESSOR))
    assert violations(instance, plan(instance, out=both)) == []


def test_a_predecessor_may_be_the_reason_only_when_it_is_left_out():
    instance = problem(job("a"), job("b", after=("a",)))
    assert violations(
        instance, plan(instance, ("a", 100, "c1"), out=(left_out("b", Reason.PREDECESSOR),))
    )


RESTING = replace(CREW, breaks=(Break(500, (1000, 2000)),))


@pytest.mark.parametrize(
    ("rest", "legal"),
    [
        ((1000, 1500), True),
        ((1500, 2000), True),
        ((999, 1499), False),  # opens too early
        ((1501, 2001), False),  # ends too late
        ((1000, 1400), False),  # not whole
        ((1000, 1600), False),  # longer than asked
    ],
)
def test_a_break_is_taken_whole_inside_its_window(rest, legal):
    instance = problem(job("a"), units=(RESTING, TRUCK))
    assert (
        violations(instance, plan(instance, ("a", 100, "c1"), breaks=[("c1", *rest)])) == []
    ) is legal


@pytest.mark.parametrize(("start", "legal"), [(1500, True), (1499, False)])
def test_nobody_works_during_a_break(start, legal):
    instance = problem(job("a"), units=(RESTING,))
    assert (
        violations(instance, plan(instance, ("a", start, "c1"), breaks=[("c1", 1000, 1500)])) == []
    ) is legal


@pytest.mark.parametrize(("start", "legal"), [(1720, True), (1719, False)])
def test_travel_may_be_split_around_a_break_but_not_shortened(start, legal):
    """From the end of a (1000) to b: 120 s of travel and a break of 600 s, somewhere on the way."""
    crew = replace(CREW, breaks=(Break(600, (1000, 2000)),))
    instance = problem(job("a"), job("b", 2), units=(crew,))
    done = plan(instance, ("a", 400, "c1"), ("b", start, "c1"), breaks=[("c1", 1050, 1650)])
    assert (violations(instance, done) == []) is legal


def test_a_unit_with_a_job_owes_its_breaks_and_one_without_owes_none():
    instance = problem(job("a"), units=(RESTING, TRUCK))
    assert violations(instance, plan(instance, ("a", 100, "c1")))
    assert violations(instance, plan(instance, out=(left_out("a"),))) == []
    assert violations(instance, plan(instance, out=(left_out("a"),), breaks=[("c1", 1000, 1500)]))


def test_two_breaks_need_one_match_each_and_must_not_overlap():
    crew = replace(CREW, breaks=(Break(300, (1000, 2000)), Break(300, (1000, 1400))))
    instance = problem(job("a"), units=(crew,))
    done = ("a", 100, "c1")
    assert (
        violations(instance, plan(instance, done, breaks=[("c1", 1500, 1800), ("c1", 1000, 1300)]))
        == []
    )
    assert violations(
        instance, plan(instance, done, breaks=[("c1", 1500, 1800), ("c1", 1700, 2000)])
    )
    assert violations(
        instance, plan(instance, done, breaks=[("c1", 1050, 1350), ("c1", 1100, 1400)])
    )


@pytest.mark.parametrize(
    ("entry", "legal"),
    [(("a", 900, "c1"), True), (("a", 901, "c1"), False), (("a", 900, "c2"), False)],
)
def test_pinned_work_is_kept_exactly(entry, legal):
    twin = replace(CREW, id="c2")
    instance = problem(job("a"), units=(CREW, twin), pinned=(Pin("a", 900, ("c1",)),))
    assert (violations(instance, plan(instance, entry)) == []) is legal


def test_pinned_work_must_not_be_left_out():
    instance = problem(job("a"), pinned=(Pin("a", 900, ("c1",)),))
    assert violations(instance, plan(instance, out=(left_out("a"),))) == [
        "job a is not kept as pinned"
    ]


def test_every_job_is_listed_exactly_once():
    instance = problem(job("a"), job("b"))
    done = ("a", 100, "c1")
    assert violations(instance, plan(instance, done, out=(left_out("b"),))) == []
    assert violations(instance, plan(instance, done))
    assert violations(instance, plan(instance, done, out=(left_out("a"), left_out("b"))))
    assert violations(instance, plan(instance, done, ("a", 1500, "c1"), out=(left_out("b"),)))


def test_claims_must_be_true():
    instance = problem(job("a"))
    done, worth = ("a", 100, "c1"), 1000 - 250
    assert violations(instance, plan(instance, done, bound=worth, status=Status.OPTIMAL)) == []
    assert violations(instance, plan(instance, done, score=worth + 1))
    assert violations(instance, plan(instance, done, bound=worth - 1))
    assert violations(instance, plan(instance, done, bound=worth + 1, status=Status.OPTIMAL))


def test_the_end_is_the_start_and_the_duration():
    instance = problem(job("a"))
    right = plan(instance, ("a", 100, "c1"))
    assert violations(instance, replace(right, assignments=(Assignment("a", 100, 701, ("c1",)),)))


@pytest.mark.parametrize("stranger", [("z", "c1"), ("a", "z")])
def test_strangers_are_named_and_have_no_score(stranger):
    instance = problem(job("a"))
    name, unit = stranger
    odd = Plan("p", 0, 0, Status.FEASIBLE, (Assignment(name, 100, 700, (unit,)),))
    assert "z is not in the problem" in violations(instance, odd)[0]
    with pytest.raises(ValueError, match="z is not in the problem"):
        score(instance, odd)


@pytest.mark.parametrize(
    ("start", "units", "cost"),
    [
        (100, ("c1", "t1"), 0),
        (700, ("c1", "t1"), 0),  # moved by the tolerance
        (701, ("c1", "t1"), 10),
        (100, ("c2", "t1"), 100),
        (900, ("c2", "t1"), 100),  # reassigned and moved: only reassigned counts
    ],
)
def test_change_against_the_published_plan_costs(start, units, cost):
    team = (Slot("crew"), Slot("truck"))
    instance = problem(
        job("a", slots=team),
        units=(CREW, replace(CREW, id="c2"), TRUCK),
        previous=(Pin("a", 100, ("t1", "c1")),),
        stability=Stability(100, 10, 600),
    )
    assert score(instance, plan(instance, ("a", start, *units))) == 1000 - 250 - 100 - cost


@pytest.mark.parametrize(
    ("start", "unit", "cost"),
    [(100, "c1", 0), (700, "c1", 0), (701, "c1", 10 + 7), (100, "c2", 100 + 7)],
)
def test_a_published_job_may_have_a_price_of_its_own_for_each_change(start, unit, cost):
    instance = problem(
        job("a"),
        units=(CREW, replace(CREW, id="c2")),
        previous=(Pin("a", 100, ("c1",), price=7),),
        stability=Stability(100, 10, 600),
    )
    assert score(instance, plan(instance, ("a", start, unit))) == 1000 - 250 - cost
    assert score(instance, plan(instance, out=(left_out("a"),))) == -107


def test_dropping_a_published_job_costs_but_a_job_that_is_gone_does_not():
    old = (Pin("a", 100, ("c1",)), Pin("gone", 100, ("c1",)))
    instance = problem(job("a"), previous=old, stability=Stability(100, 10, 600))
    assert score(instance, plan(instance, out=(left_out("a"),))) == -100


def test_pinned_work_is_never_counted_as_change():
    instance = problem(
        job("a"),
        pinned=(Pin("a", 900, ("c1",)),),
        previous=(Pin("a", 100, ("c2",)),),
        stability=Stability(100, 10, 0),
    )
    assert score(instance, plan(instance, ("a", 900, "c1"))) == 1000 - 250


def test_a_plan_survives_its_own_json():
    instance = problem(job("a"), job("b"), units=(RESTING,))
    made = plan(instance, ("a", 100, "c1"), breaks=[("c1", 1000, 1500)], out=(left_out("b"),))
    assert Plan.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "xunban-problem/1"}, "format"),
        ({"score": 1.5}, "score"),
        ({"status": "great"}, "status"),
        ({"assignments": [{"job": "a"}]}, r"assignments\[0\].start"),
        ({"breaks": [{"unit": "c1", "start": -1, "end": 0}]}, r"breaks\[0\].start"),
        ({"unassigned": [{"job": "a", "reason": "mood"}]}, r"unassigned\[0\].reason"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_malformed_plan_is_refused_with_its_field(change, field):
    import json

    raw = json.loads(plan(problem(job("a")), ("a", 100, "c1")).to_json())
    with pytest.raises(ValueError, match=f"^{field}: "):
        Plan.from_json(json.dumps(raw | change))
