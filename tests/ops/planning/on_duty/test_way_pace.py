"""Ways and set-up are learnt from the taps, and from none that was made late or forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.account import Role
from data.model.city import Profile
from data.model.field import EventKind
from data.model.operation import OperationKind
from data.model.plan import UnitKind
from ops.auth.permissions import Actor
from ops.field.reports import Report, take_report
from ops.planning.on_duty.means import Means
from ops.planning.on_duty.pace import BELIEVED, HELD, SETTLED
from ops.planning.on_duty.travel_times import TravelSettings, way_seconds
from ops.planning.on_duty.way_pace import (
    LEARNT_SETUP,
    LEARNT_WAY,
    learnt_setup,
    way_paces,
    with_way_paces,
)
from ops.replanning.request import planning_request
from ops.settings import Settings
from tests.helpers.makers import NOW, make_city, make_version
from tests.helpers.paced_jobs import INLETS, LATER, MINUTE, WORK, Version, job, tap

PLANNED = 10
CREWS, MACHINES = (Means(kind, Profile.LORRY) for kind in (UnitKind.CREW, UnitKind.MACHINE))
PLACES = ((125.1, 42.9), (125.13, 42.91), (125.11, 42.95))


def way(number, times, kind=UnitKind.CREW, planned_times=1.0):
    """A job whose way was planned by so many times the setting, and took so many times it."""
    leave = NOW - planned_times * PLANNED * MINUTE
    (member,) = job(number).members
    member = replace(member, kind=kind, leave_at=leave, arrive_at=NOW)
    one = replace(job(number), members=(member,))
    departed, arrived = (tap(number, each, at) for each, at in (("depart", 0), ("arrive", 0)))
    late = NOW + times * PLANNED * MINUTE
    return one, [departed, replace(arrived, server_at=late)]


def found(*ways, now=LATER):
    events = [event for _, told in ways for event in told]
    return way_paces(events, {1: Version(*(one for one, _ in ways))}, WORK, now)


def on_site(number, minutes, each=4.0):
    """Arrival, and one inlet after the other from so many minutes of set-up on."""
    told = [tap(number, EventKind.ARRIVE, 0)]
    for place, inlet_id in enumerate(INLETS):
        at = tap(number, EventKind.INLET_CLEARED, minutes + each * (place + 1))
        told.append(replace(at, inlet_id=inlet_id, event_id=f"{number}{inlet_id}"))
    return job(number), told


@given(st.lists(st.floats(0.4, 2.5), min_size=1, max_size=40))
def test_a_way_s_pace_lies_between_the_setting_and_the_taps(times):
    pace = found(*(way(*each) for each in enumerate(times))).ways[CREWS]
    assert min(1.0, *times) - 1e-6 <= pace.times <= max(1.0, *times) + 1e-6
    assert pace.jobs == len(times)


@given(st.lists(st.sampled_from([0.01, 0.2, BELIEVED * 1.1, 40.0]), max_size=20))
def test_late_and_forgotten_taps_move_nothing(wrong):
    right = [way(n, 1.5) for n in range(9)]
    assert found(*right, *(way(9 + n, each) for n, each in enumerate(wrong))) == found(*right)
    missing = [(one, told[:1]) for one, told in right]
    assert found(*missing).ways == {}
    assert found(*right, now=NOW + SETTLED / 2).ways == {}


def test_machines_are_told_from_crews_and_each_is_planned_by_its_own():
    ways = [way(n, 1.0) for n in range(30)]
    ways += [way(30 + n, 2.0, UnitKind.MACHINE) for n in range(30)]
    paces = found(*ways)
    crews, machines = paces.ways[CREWS], paces.ways[MACHINES]
    assert crews.times < machines.times < 2
    assert (paces.times(CREWS), paces.times(MACHINES)) == (crews.times, machines.times)
    before, after = (
        way_seconds(PLACES, TravelSettings(), None, times=each) for each in (1.0, machines.times)
    )
    assert after[0, 1] / before[0, 1] == pytest.approx(machines.times, rel=0.01)


def test_a_team_is_told_by_whose_way_is_the_longest():
    """The taps are those of the team: who has a minute to go tells nothing of his pace."""
    one, told = way(0, 2.0)
    (slow,) = one.members
    near = replace(slow, unit_id="M@d", kind=UnitKind.MACHINE, leave_at=slow.arrive_at - 3 * MINUTE)
    walks = replace(slow, profile="foot")
    paces = found((replace(one, members=(near, walks)), told))
    assert set(paces.ways) == {Means(UnitKind.CREW, Profile.FOOT)}


def test_a_way_that_was_planned_as_learnt_is_no_proof_that_the_setting_is_right():
    """Learning does not run after itself: right plans stay right."""
    once = found(*(way(n, 2.0) for n in range(50)))
    times = once.ways[CREWS].times
    planned = [way(n, 2.0, planned_times=times) for n in range(50)]
    told = [(with_way_paces([one], once, WORK)[0], events) for one, events in planned]
    assert found(*told).ways[CREWS].times == pytest.approx(times, rel=0.01)


def test_set_up_is_learnt_from_the_first_inlet_and_not_from_inlets_tapped_at_once():
    steady = found(*(on_site(n, 10.0) for n in range(40)))
    share = 40 / (40 + HELD)
    pace = steady.setups[UnitKind.CREW]
    assert 2**share**2 - 1e-9 <= pace.times <= 2
    assert WORK.setup_minutes < learnt_setup(WORK, steady).setup_minutes <= 10
    at_once = [on_site(100 + n, 12.0, each=0.0) for n in range(40)]
    assert found(*(on_site(n, 10.0) for n in range(40)), *at_once) == steady
    assert learnt_setup(WORK, found()) == WORK
    assert found().times(CREWS) == 1.0


def test_what_is_planned_says_its_paces_once_and_what_is_under_way_keeps_its_own():
    paces = found(*(way(n, 2.0) for n in range(9)), *(on_site(9 + n, 10.0) for n in range(9)))
    work = learnt_setup(WORK, paces)
    twice = with_way_paces(with_way_paces([job(0)], paces, work), paces, work)
    assert [why.code for why in twice[0].why] == [LEARNT_WAY, LEARNT_SETUP]
    assert twice[0].why[1].facts == {"minutes": work.setup_minutes, "jobs": 9}
    begun = replace(job(0), state="under_way", why=twice[0].why)
    assert with_way_paces([begun], found(), WORK) == (begun,)
    assert with_way_paces(twice, found(), WORK)[0].why == ()


def test_a_break_on_the_way_says_nothing_of_it():
    one, told = way(0, 1.0)
    (member,) = one.members
    broken = replace(member, leave_at=member.leave_at - timedelta(hours=2))
    assert found((replace(one, members=(broken,)), told)).ways == {}


def test_the_next_storm_is_planned_by_the_ways_of_the_last(store):
    store.replace_city(make_city())
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    one, _ = way(0, 2.0)
    version = replace(make_version(1, assignments=(one,)), operation_id=real.id)
    store.plans.save(version, [], NOW)
    chief = Actor(name="甲站站长", role=Role.ADMIN)
    for kind, minutes in ((EventKind.DEPART, 0), (EventKind.ARRIVE, 2 * PLANNED)):
        at = NOW + minutes * MINUTE
        word = Report(
            event_id=f"tap-{kind}-1",
            version=1,
            station_id="A",
            job_id=one.job_id,
            kind=kind,
            device_at=at,
        )
        take_report(store, real, chief, word, at)
    soon, later = (
        planning_request(store, real, at, Settings()).storm for at in (NOW + SETTLED / 2, LATER)
    )
    before, after = (storm.way_seconds(PLACES)[0, 1] for storm in (soon, later))
    assert before == way_seconds(PLACES, Settings().travel, None)[0, 1]
    assert after > before
