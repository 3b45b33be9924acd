"""Changed by hand: what is wanted holds through every re-plan while it is legal, and gives way with
a word.
"""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.db.engine import is_atomic
from data.model.account import Role
from data.model.desk import ChangeAction, ManualChange
from data.model.field import Outage
from data.model.message import Message
from data.model.plan import JobKind, PlanVersion
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.planning import solver_input
from ops.planning.in_force import manual_overrides
from ops.planning.in_force.manual_overrides import Override, overrides_in_force
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.replanning import manual_changes
from ops.replanning.manual_changes import (
    ChangeRequest,
    Preview,
    baseline,
    choices,
    confirm,
    prepare,
    preview,
)
from ops.replanning.plan_worth import LEAST_MINUTES
from ops.settings import Settings
from solver import Plan, Problem, Rule, RuleViolation, solve
from solver.parts import Job, Pin, Slot, Unit
from solver.referee import violations
from tests.helpers.desk import ORANGE, YELLOW, Desk
from tests.helpers.makers import DESK, NOW, both_databases, local
from tests.helpers.storm import make_storm, plan_for

SAY = Translator("zh")
SETTINGS = Settings()


@pytest.fixture
def desk(store) -> Desk:
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def version(desk: Desk) -> PlanVersion:
    return desk.store.plans.current(desk.drill.id)


def later(desk: Desk, minutes: int = 20):
    """A job that nobody has set out for."""
    return next(
        job
        for job in version(desk).assignments
        if job.kind is JobKind.GUARD
        and min(m.leave_at for m in job.members) > desk.now + timedelta(minutes=minutes)
    )


def prepared(desk: Desk, change: ChangeRequest, actor: Actor = DESK):
    return prepare(baseline(desk.store, desk.drill, actor, desk.now, SETTINGS), change, actor)


def change(desk: Desk, wanted: ChangeRequest):
    return confirm(desk.store, prepared(desk, wanted), DESK, desk.now)


def look_at(desk: Desk, wanted: ChangeRequest) -> Preview:
    return preview(prepared(desk, wanted))


def do(desk: Desk, action: ChangeAction, job_id: str = "", **more):
    return change(desk, ChangeRequest(action=action, job_id=job_id, **more))


def job(version: PlanVersion, job_id: str):
    return next((one for one in version.assignments if one.job_id == job_id), None)


@both_databases
def test_a_lock_holds_through_a_storm_that_grows_and_is_told_with_its_name(desk):
    locked = later(desk)
    trigger = do(desk, ChangeAction.LOCK, locked.job_id)
    assert trigger.cause.startswith("change:")
    second = desk.loop.answer()
    assert second.number == 2
    assert SAY.message(second.changes[0]).startswith(f"{DESK.name}锁定：")
    assert second.causes == (trigger.cause,)
    desk.wait(minutes=5)
    desk.paste(ORANGE.replace("9时05分", "8时30分"))
    third = desk.loop.answer()
    kept = job(third, locked.job_id)
    assert (kept.start_at, [m.unit_id for m in kept.members]) == (
        locked.start_at,
        [m.unit_id for m in locked.members],
    )
    assert "why.by_hand" in {why.code for why in kept.why}
    assert violations(Problem.from_json(third.problem), Plan.from_json(third.plan)) == []


def test_a_dropped_job_is_left_out_by_name_and_comes_back_when_that_is_taken_back(desk):
    dropped = later(desk)
    do(desk, ChangeAction.DROP, dropped.job_id)
    second = desk.loop.answer()
    assert job(second, dropped.job_id) is None
    left = next(one for one in second.left_out if one.job_id == dropped.job_id)
    assert DESK.name in SAY.message(left.why)
    assert any(
        "取消：" in SAY.message(one) and DESK.name in SAY.message(one) for one in second.changes[1:]
    )
    do(desk, ChangeAction.UNLOCK, dropped.job_id)
    assert job(desk.loop.answer(), dropped.job_id) is not None


def test_a_job_is_moved_to_whoever_is_chosen(desk):
    moved = later(desk)
    places = choices(baseline(desk.store, desk.drill, DESK, desk.now, SETTINGS), moved.job_id)
    assert len(places) == len(moved.members)
    assert moved.members[0].unit_id in {one.unit_id for one in places[0]}
    for other in (one for one in places[0] if one.unit_id != moved.members[0].unit_id):
        units = (other.unit_id, *(m.unit_id for m in moved.members[1:]))
        wanted = ChangeRequest(action=ChangeAction.MOVE, job_id=moved.job_id, units=units)
        if look_at(desk, wanted).broken is None:
            break
    else:
        pytest.fail("nobody else could take it")
    change(desk, wanted)
    now = job(desk.loop.answer(), moved.job_id)
    assert tuple(m.unit_id for m in now.members) == units
    assert now.start_at == moved.start_at


def test_work_is_added_and_done_by_somebody(desk):
    do(desk, ChangeAction.ADD, kind=JobKind.GUARD, segment_id="S2", minutes=45)
    second = desk.loop.answer()
    (added,) = [one for one in second.assignments if one.job_id.startswith("hand:guard:S2:")]
    assert added.end_at - added.start_at == timedelta(minutes=45)
    assert any(SAY.message(why).startswith(f"{DESK.name}于") for why in added.why)
    assert SAY.message(second.changes[0]) == f"{DESK.name}加派：{SAY.message(_name(desk))}（08:20）"


def _name(desk: Desk) -> Message:
    from ops.base.naming import job_name

    return job_name(JobKind.GUARD, "S2", "", desk.store.city())


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (ChangeRequest(action=ChangeAction.LOCK, job_id="no such job"), "by_hand.no_job"),
        (ChangeRequest(action=ChangeAction.UNLOCK, job_id="guard:S1"), "by_hand.nothing"),
        (
            ChangeRequest(action=ChangeAction.ADD, kind=JobKind.WELL, segment_id="S1", minutes=30),
            "by_hand.kind",
        ),
        (
            ChangeRequest(action=ChangeAction.ADD, kind=JobKind.CLEAR, segment_id="S9", minutes=30),
            "by_hand.segment",
        ),
        (
            ChangeRequest(action=ChangeAction.ADD, kind=JobKind.CLEAR, segment_id="S1", minutes=0),
            "by_hand.minutes",
        ),
        (
            ChangeRequest(
                action=ChangeAction.ADD,
                kind=JobKind.CLEAR,
                segment_id="S1",
                minutes=30,
                start=local(9),
            ),
            "by_hand.both",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused_and_changes_nothing(desk, wanted, code):
    with pytest.raises(NotAllowed) as refused:
        change(desk, wanted)
    assert refused.value.code == code
    assert desk.store.desk.manual_changes(desk.drill.id) == []
    assert desk.loop.answer() is None


@pytest.mark.parametrize(
    ("units", "start", "rule"),
    [
        (("nobody",), None, "off_duty"),
        (("A1night@2022-07-08",), None, "off_duty"),
        (None, NOW - timedelta(hours=6), "window"),
        (None, NOW + timedelta(days=3), "window"),
        (None, NOW - timedelta(days=4000), "window"),
        (None, NOW + timedelta(days=4000), "window"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_the_rule(desk, units, start, rule):
    moved = later(desk)
    wanted = ChangeRequest(
        action=ChangeAction.MOVE,
        job_id=moved.job_id,
        units=tuple(m.unit_id for m in moved.members) if units is None else units,
        start=start,
    )
    look = look_at(desk, wanted)
    assert look.broken.code == f"broken.{rule}"
    with pytest.raises(NotAllowed) as refused:
        change(desk, wanted)
    assert refused.value.code == "by_hand.broken"
    assert desk.store.desk.manual_changes(desk.drill.id) == []


HOUR = 3600
TWO_CREWS = Problem(
    id="rules",
    epoch=NOW.isoformat(),
    horizon=10 * HOUR,
    travel=((0, HOUR), (HOUR, 0)),
    travel_cost=1,
    units=tuple(
        Unit(id=name, kind=kind, start=0, end=None, shift=(0, 5 * HOUR))
        for name, kind in (("c1", "crew"), ("c2", "crew"), ("m1", "pump"))
    ),
    jobs=tuple(
        Job(
            id=name,
            location=at,
            duration=HOUR,
            windows=((0, 8 * HOUR),),
            weight=1,
            slots=(Slot(kind="crew"),),
            after=after,
        )
        for name, at, after in (("a", 0, ()), ("b", 1, ()), ("then", 0, ("a",)))
    ),
)
PINS = [
    ("off_duty", [Pin(job="a", start=0, units=("nobody",))]),
    ("unfit", [Pin(job="a", start=0, units=("m1",))]),
    ("team", [Pin(job="a", start=0, units=("c1", "c2"))]),
    ("window", [Pin(job="a", start=8 * HOUR, units=("c1",))]),
    ("window", [Pin(job="a", start=-1, units=("c1",))]),
    ("order", [Pin(job="then", start=0, units=("c1",))]),
    ("order", [Pin(job="a", start=HOUR, units=("c1",)), Pin(job="then", start=0, units=("c2",))]),
    ("shift", [Pin(job="a", start=6 * HOUR, units=("c1",))]),
    ("busy", [Pin(job="a", start=0, units=("c1",)), Pin(job="b", start=HOUR // 2, units=("c1",))]),
    ("way", [Pin(job="a", start=0, units=("c1",)), Pin(job="b", start=HOUR, units=("c1",))]),
]


@pytest.mark.parametrize(
    ("rule", "pins"), PINS, ids=[f"{rule}-{number}" for number, (rule, _) in enumerate(PINS)]
)
def test_every_rule_of_the_contract_has_its_words_at_the_desk(rule, pins):
    with pytest.raises(RuleViolation) as violation:
        replace(TWO_CREWS, pinned=tuple(pins))
    assert solver_input.broken_rule(violation.value) == Message(f"broken.{rule}")


def test_no_rule_of_the_contract_is_without_words():
    assert set(solver_input._RULES) == set(Rule)
    catalogue = Translator("zh")
    for rule in solver_input._RULES.values():
        assert catalogue(f"broken.{rule}") != f"broken.{rule}"


@pytest.mark.parametrize(
    "name",
    [
        "overlaps",
        "no time left",
        "names the unknown unit",
        "outside the shift",
        "one for each slot",
    ],
)
@pytest.mark.parametrize(("rule", "pins"), PINS)
def test_names_that_sound_like_a_rule_do_not_change_it(rule, pins, name):
    units = {"c1": name, "c2": f"{name} 2", "nobody": f"{name} 3"}
    jobs = {job.id: f"{job.id} {name}" for job in TWO_CREWS.jobs}
    renamed = replace(
        TWO_CREWS,
        units=tuple(replace(unit, id=units.get(unit.id, unit.id)) for unit in TWO_CREWS.units),
        jobs=tuple(
            replace(job, id=jobs[job.id], after=tuple(jobs[each] for each in job.after))
            for job in TWO_CREWS.jobs
        ),
    )
    with pytest.raises(RuleViolation) as violation:
        replace(
            renamed,
            pinned=tuple(
                replace(pin, job=jobs[pin.job], units=tuple(units.get(u, u) for u in pin.units))
                for pin in pins
            ),
        )
    assert solver_input.broken_rule(violation.value) == Message(f"broken.{rule}")


def test_only_the_desk_may(desk):
    chief = Actor(name="甲", role=Role.CHIEF, station_id="A")
    lock = ChangeRequest(action=ChangeAction.LOCK, job_id=later(desk).job_id)
    with pytest.raises(NotAllowed, match=r"access\.refused"):
        baseline(desk.store, desk.drill, chief, desk.now, SETTINGS)
    with pytest.raises(NotAllowed, match=r"access\.refused"):
        prepare(baseline(desk.store, desk.drill, DESK, desk.now, SETTINGS), lock, chief)
    with pytest.raises(NotAllowed, match=r"access\.refused"):
        confirm(desk.store, prepared(desk, lock), chief, desk.now)


@pytest.fixture
def builds(monkeypatch) -> list[Problem]:
    """The problems that are built for changes by hand."""
    found: list[Problem] = []
    build = manual_changes.solver_input_for

    def counting(*given):
        inputs = build(*given)
        found.append(inputs.problem)
        return inputs

    monkeypatch.setattr(manual_changes, "solver_input_for", counting)
    return found


def test_a_change_is_built_once_without_and_once_with_it_from_choices_to_confirmation(desk, builds):
    base = baseline(desk.store, desk.drill, DESK, desk.now, SETTINGS)
    dropped = later(desk)
    choices(base, dropped.job_id)
    drop = prepare(base, ChangeRequest(action=ChangeAction.DROP, job_id=dropped.job_id), DESK)
    preview(drop)
    confirm(desk.store, drop, DESK, desk.now)
    assert len(builds) == 2
    assert [one.job_id for one in desk.store.desk.manual_changes(desk.drill.id)] == [dropped.job_id]


def test_what_was_prepared_before_the_situation_changed_is_looked_at_anew(desk, builds):
    moved = later(desk)
    lock = prepared(desk, ChangeRequest(action=ChangeAction.LOCK, job_id=moved.job_id))
    assert lock.broken is None
    desk.store.desk.begin_outage(
        Outage(
            operation_id=desk.drill.id,
            resource_id=moved.members[0].resource_id,
            from_at=desk.now,
            by="值班员",
        ),
        desk.now,
    )
    with pytest.raises(NotAllowed) as refused:
        confirm(desk.store, lock, DESK, desk.now)
    assert refused.value.code == "by_hand.broken"
    assert len(builds) == 4
    assert desk.store.desk.manual_changes(desk.drill.id) == []


def test_a_look_tells_what_dropping_costs_and_changes_nothing(desk):
    wanted = ChangeRequest(action=ChangeAction.DROP, job_id=later(desk).job_id)
    look = look_at(desk, wanted)
    assert look.difference.is_less
    assert SAY.message(look.cost).startswith("代价：")
    assert "分）" not in SAY.message(look.cost), "in what a bureau can check"
    assert desk.store.desk.manual_changes(desk.drill.id) == []


def test_an_added_job_that_nobody_can_do_says_so_before_it_is_confirmed(desk):
    """No loader drives here: the sludge can't be driven away."""
    city = desk.store.city()
    machines = tuple(machine for machine in city.machines if machine.kind != "loader")
    drivers = tuple(
        each for each in city.drivers if each.machine_id in {machine.id for machine in machines}
    )
    desk.store.replace_city(replace(city, machines=machines, drivers=drivers), desk.real_now)
    wanted = ChangeRequest(action=ChangeAction.ADD, kind=JobKind.HAUL, segment_id="S2", minutes=30)
    look = look_at(desk, wanted)
    assert look.undone.code == "left.no_kind"
    assert "装载机" in SAY.message(look.undone)
    guard = ChangeRequest(action=ChangeAction.ADD, kind=JobKind.GUARD, segment_id="S2", minutes=30)
    assert look_at(desk, guard).undone is None


@pytest.mark.parametrize("kind", [JobKind.CLEAR, JobKind.GUARD])
def test_what_the_desk_adds_is_no_gain_of_its_own(desk, kind):
    """Any order was 'better than before' by its own minutes, whatever was left for it."""
    look = look_at(
        desk, ChangeRequest(action=ChangeAction.ADD, kind=kind, segment_id="S2", minutes=90)
    )
    assert look.undone is None
    assert look.difference.duty_minutes < LEAST_MINUTES


def test_a_lock_on_a_crew_that_goes_out_of_action_gives_way_and_is_told_once(desk):
    locked = later(desk)
    do(desk, ChangeAction.LOCK, locked.job_id)
    desk.loop.answer()
    crew = locked.members[0].resource_id
    desk.store.desk.begin_outage(
        Outage(operation_id=desk.drill.id, resource_id=crew, from_at=desk.now, by="值班员"),
        desk.now,
    )
    third = desk.loop.answer()
    told = [SAY.message(one) for one in third.changes if one.code == "change.let_go"]
    assert len(told) == 1
    assert "不当班或已停用" in told[0]
    desk.wait(minutes=1)
    do(desk, ChangeAction.ADD, kind=JobKind.GUARD, segment_id="S2", minutes=30)
    fourth = desk.loop.answer()
    assert not [one for one in fourth.changes if one.code == "change.let_go"]


def test_the_last_word_on_a_job_stands_for_a_day():
    def said(number: int, action: ChangeAction, after: int = 0, **body) -> ManualChange:
        return ManualChange(
            id=number,
            operation_id=1,
            version=1,
            job_id="clear:S1",
            action=action,
            by="值班员",
            at=NOW + timedelta(minutes=after),
            body=body,
        )

    lock = said(1, ChangeAction.LOCK, start=NOW.isoformat(), units=["A1day@2022-07-08"])
    assert [override.action for override in overrides_in_force([lock], NOW)] == [ChangeAction.LOCK]
    drop = said(2, ChangeAction.DROP, 5)
    assert [override.action for override in overrides_in_force([drop, lock], NOW)] == [
        ChangeAction.DROP
    ]
    assert overrides_in_force([drop, lock, said(3, ChangeAction.UNLOCK, 6)], NOW) == ()
    assert overrides_in_force([lock], NOW + timedelta(hours=24)) == ()
    added = said(1, ChangeAction.ADD, kind="clear", segment_id="S1", minutes=30)
    (moved,) = overrides_in_force(
        [added, said(2, ChangeAction.MOVE, 5, start=NOW.isoformat(), units=["x"])], NOW
    )
    assert (moved.kind, moved.segment_id, moved.minutes) == (JobKind.CLEAR, "S1", 30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_wished_the_plan_is_legal_and_keeps_what_can_be_kept(data):
    """Random units and times for random jobs: each is kept exactly, or given up with a rule that
    says why.
    """
    storm = make_storm()
    first, inputs = first_plan()
    jobs = sorted(inputs.tasks)
    units = sorted(inputs.availability)
    drawn = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(jobs),
                st.sampled_from((ChangeAction.MOVE, ChangeAction.DROP)),
                st.integers(0, 40),
                st.randoms(use_true_random=False),
            ),
            max_size=6,
            unique_by=lambda one: one[0],
        )
    )
    asked = []
    for number, (job_id, action, quarter, random) in enumerate(drawn, 1):
        planned = job(first, job_id)
        team = len(inputs.tasks[job_id].needs)
        own = (
            tuple(m.unit_id for m in planned.members)
            if planned and random.random() < 0.6
            else tuple(random.sample(units, team))
        )
        start = (
            planned.start_at
            if planned and random.random() < 0.5
            else NOW + timedelta(minutes=15 * quarter)
        )
        asked.append(
            Override(
                number=number,
                job_id=job_id,
                action=action,
                by="值班员",
                at=NOW,
                start=start if action is ChangeAction.MOVE else None,
                units=own if action is ChangeAction.MOVE else (),
            )
        )
    tasks, dropped = manual_overrides.applied(storm_tasks(storm), asked, storm, first)
    inputs = solver_input.build_problem(storm, tasks, first, overrides=asked)
    plan = solve(inputs.problem, steps=300)
    assert violations(inputs.problem, plan) == []
    done = {each.job: each for each in plan.assignments}
    given_up = {override.job_id for override, _ in inputs.given_up}
    for override in asked:
        if override.action is ChangeAction.DROP:
            assert override.job_id not in done
            assert override.job_id in {left.job_id for left in dropped} | {
                one.job_id for one in inputs.held.values()
            }
        elif override.job_id in inputs.tasks and override.job_id not in given_up:
            kept = done[override.job_id]
            assert (inputs.epoch + timedelta(seconds=kept.start), kept.units) == (
                override.start,
                override.units,
            )
        else:
            assert override.job_id in given_up | {left.job_id for left in dropped}
    assert all(SAY.message(why) and why.code != "broken.other" for _, why in inputs.given_up)


@cache
def first_plan() -> tuple[PlanVersion, solver_input.SolverInput]:
    """The plan for the small town's storm and what it was made of."""
    return plan_for(make_storm())


def test_a_job_after_one_that_is_dropped_is_left_out_with_it():
    storm = make_storm()
    tasks = storm_tasks(storm)
    first = next(work for work in tasks if work.kind is JobKind.DESILT)
    asked = [Override(number=1, job_id=first.id, action=ChangeAction.DROP, by="值班员", at=NOW)]
    kept, left = manual_overrides.applied(tasks, asked, storm, None)
    assert {one.kind for one in left} == {JobKind.DESILT, JobKind.HAUL, JobKind.FLUSH}
    assert not {one.job_id for one in left} & {work.id for work in kept}
    assert replace(first, why=()) not in kept


def test_a_lock_on_an_earlier_step_goes_before_the_time_that_a_later_lock_implied():
    """Locking a later step holds the step before it as it is published, until that has a word of
    its own.
    """
    storm, (first, planned) = make_storm(), first_plan()
    later = next(
        work
        for work in first.assignments
        if planned.tasks[work.job_id].after and job(first, planned.tasks[work.job_id].after[0])
    )
    earlier = job(first, planned.tasks[later.job_id].after[0])

    def lock(number: int, work, start) -> Override:
        return Override(
            number=number,
            job_id=work.job_id,
            action=ChangeAction.MOVE,
            by="值班员",
            at=NOW,
            start=start,
            units=tuple(member.unit_id for member in work.members),
        )

    def given_up(start):
        asked = [lock(1, later, later.start_at), lock(2, earlier, start)]
        tasks, _ = manual_overrides.applied(storm_tasks(storm), asked, storm, first)
        inputs = solver_input.build_problem(storm, tasks, first, overrides=asked)
        return [why.code for _, why in inputs.given_up], {
            pin.job: pin.start for pin in inputs.problem.pinned
        }

    why, pinned = given_up(earlier.start_at)
    assert why == []
    assert set(pinned) >= {earlier.job_id, later.job_id}
    why, _ = given_up(later.start_at)
    assert why == ["broken.order"]


def test_a_change_is_prepared_beside_taps_that_never_cease_and_written_in_the_end(
    desk, monkeypatch
):
    """A tap between each look and the next: nobody waits for a plan to be prepared, and the desk is
    not put off for ever.
    """
    made, held, numbers = manual_changes.planning_request, [], count()

    def request(*given: object) -> object:
        held.append(is_atomic(desk.store._engine))
        return made(*given)

    lock = ChangeRequest(action=ChangeAction.LOCK, job_id=later(desk).job_id)
    wanted = prepared(desk, lock)
    monkeypatch.setattr(manual_changes, "planning_request", request)
    monkeypatch.setattr(manual_changes, "_state", lambda *_: (next(numbers), 0, 0))
    assert confirm(desk.store, wanted, DESK, desk.now) in desk.store.triggers.pending(desk.drill.id)
    assert held == [False] * manual_changes.TRIES
