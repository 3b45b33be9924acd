"""How fast work goes is learnt from the taps, and from none that was made late or forgotten."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from data.model.field import EventKind
from data.model.plan import JobKind, UnitKind
from ops.planning.on_duty.pace import BELIEVED, LEARNT, SETTLED, Pace, learnt, paces, with_paces
from tests.helpers.makers import NOW
from tests.helpers.paced_jobs import INLETS, LATER, WORK, Version, job, tap


def found(times, now=LATER, crews=("C1",)):
    """The paces by jobs that took so many times as long as the setting."""
    events, jobs = [], []
    for number, each in enumerate(times):
        took = WORK.setup_minutes + each * WORK.hand_minutes * len(INLETS)
        events += [tap(number, EventKind.ARRIVE, 0), tap(number, EventKind.CLEAR, took)]
        jobs.append(job(number, crews[number % len(crews)]))
    return paces(events, {1: Version(*jobs)}, WORK, now)


@given(st.lists(st.floats(0.4, 2.5), min_size=1, max_size=40))
def test_a_pace_lies_between_the_setting_and_the_taps(times):
    pace = found(times)["", JobKind.CLEAR]
    assert min(1.0, *times) - 1e-9 <= pace.times <= max(1.0, *times) + 1e-9
    assert pace.jobs == len(times)


def test_a_few_jobs_move_little_and_many_nearly_all():
    few, many = (found([2.0] * count)["", JobKind.CLEAR].times for count in (1, 200))
    assert few < 1.1 < 1.9 < many < 2


@given(st.lists(st.sampled_from([0.01, 0.2, BELIEVED * 1.1, 40.0]), max_size=20))
def test_late_and_forgotten_taps_move_nothing(wrong):
    assert found([1.5] * 9 + wrong)["", JobKind.CLEAR] == found([1.5] * 9)["", JobKind.CLEAR]


def test_a_crew_is_drawn_towards_all_crews():
    paces_ = found([2.0, 1.0] * 10, crews=("C1", "C2"))
    slow, together = paces_["C1", JobKind.CLEAR].times, paces_["", JobKind.CLEAR].times
    assert together < slow < 2


def test_the_storm_s_own_taps_wait_and_nothing_told_changes_nothing():
    assert found([2.0] * 20, now=NOW + SETTLED / 2) == {}
    assert learnt(WORK, {}) == WORK


def test_the_plan_goes_by_what_was_learnt_and_says_so_once():
    told = {("", JobKind.CLEAR): Pace(times=1.5, jobs=30)}
    work = learnt(WORK, told)
    assert work == replace(WORK, hand_minutes=6)
    (once,) = with_paces(with_paces([job(0)], told, work), told, work)
    assert [(why.code, why.facts) for why in once.why] == [
        (LEARNT, {"minutes": work.hand_minutes, "jobs": 30})
    ]
    (none,) = with_paces([once], {}, WORK)
    assert none.why == ()


def test_what_is_dug_without_a_truck_tells_nothing_of_the_trucks_pace():
    took = WORK.setup_minutes + 20 * len(INLETS)
    events = [tap(0, EventKind.ARRIVE, 0), tap(0, EventKind.CLEAR, took)]
    dug = replace(job(0), kind=JobKind.DESILT)
    assert paces(events, {1: Version(dug)}, WORK, LATER) == {}
    told = {("", JobKind.DESILT): Pace(times=1.5, jobs=30)}
    assert with_paces([dug], told, WORK) == (dug,)
    (crew,) = dug.members
    truck = replace(crew, kind=UnitKind.MACHINE, resource_id="M", driver_id="D")
    sucked = replace(dug, members=(crew, truck))
    assert paces(events, {1: Version(sucked)}, WORK, LATER)["", JobKind.DESILT].times > 1
    assert len(with_paces([sucked], told, WORK)[0].why) == 1
