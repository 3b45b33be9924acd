"""Silt lies under the grates: what is cleared for the storm takes none of it; and what the suction
trucks have no time for is dug out by hand.
"""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Inspection, InspectionResult
from data.model.field import Outage
from data.model.plan import JobKind, Member, UnitKind
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.wanted.silt_tasks import silt_tasks, told_silt
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.risk.parameters import RiskSettings
from ops.risk.segment_risk import EXPECTED
from tests.helpers.makers import NOW, make_assignment, make_forecast, make_version
from tests.helpers.storm import make_storm, plan_for

STORM = make_storm()
MINUTE = timedelta(minutes=1)
LOADER = "M-loader"


def silt_of(storm):
    return {
        task.id: (task.points, task.minutes, task.inlet_ids)
        for task in storm_tasks(storm)
        if task.kind in (JobKind.DESILT, JobKind.FLUSH, JobKind.HAUL)
    }


def cleared(hours: float):
    """The storm with every inlet of the town cleared so long ago."""
    at = NOW - timedelta(hours=hours)
    inspections = tuple(
        Inspection(inlet_id=inlet.id, at=at, result=InspectionResult.CLEANED)
        for inlet in STORM.city.inlets
    )
    return make_storm(city=replace(STORM.city, inspections=inspections))


def test_what_is_cleared_for_a_storm_changes_nothing_of_the_silt_after_it():
    assert silt_of(STORM)
    assert silt_of(cleared(hours=1)) == silt_of(STORM)
    assert silt_of(cleared(hours=48)) != silt_of(STORM)


def test_a_stop_for_the_silt_keeps_the_inlets_whose_grates_were_cleared():
    storm = cleared(hours=0)
    task = next(task for task in storm_tasks(storm) if task.kind is JobKind.DESILT)
    job = make_assignment(task.id, "A1day@2022-07-08")
    told = replace(job, kind=task.kind, segment_id=task.segment_id, inlet_ids=task.inlet_ids)
    current = make_version(1, assignments=(told,))
    assert with_told_inlets((task,), current, storm) == (task,)


@pytest.mark.parametrize("kind", [JobKind.DESILT, JobKind.CLEAR, JobKind.GUARD, JobKind.PUMP])
@pytest.mark.parametrize("is_told", [True, False])
def test_that_no_water_is_to_be_feared_is_no_reason_for_anything(is_told, kind):
    """With the rain all but over the sheet said: prevents 0 of 0."""
    risks = tuple(replace(one, score=50 * is_told) for one in STORM.risks)
    storm = replace(STORM, risks=risks)
    tasks = [task for task in storm_tasks(storm) if task.kind is kind]
    assert tasks
    for task in tasks:
        assert any(why.code == EXPECTED for why in task.why) is is_told


TRUCK = "M-suction_truck"


def stops(storm):
    """Every stop for silt, and whether it asks for a suction truck."""
    return {
        task.id: any(need.machine_kind == "suction_truck" for need in task.needs)
        for task in storm_tasks(storm)
        if task.kind is JobKind.DESILT
    }


def with_hours(hours: float):
    """The storm with so many hours after the rain in which to take silt out."""
    return replace(STORM, work=replace(STORM.work, after_hours=hours))


def told(storm, by_truck: dict[str, bool], over: bool = False):
    """The storm under a plan that has these stops done so."""
    ended = storm.now - timedelta(hours=1) if over else storm.horizon
    jobs = []
    for name, is_sucked in by_truck.items():
        job = make_assignment(name, "A1day@2022-07-08")
        truck = Member(
            unit_id=f"{TRUCK}@24h",
            kind=UnitKind.MACHINE,
            resource_id=TRUCK,
            driver_id="D",
            leave_at=job.start_at,
            arrive_at=job.start_at,
        )
        members = (*job.members, truck) if is_sucked else job.members
        jobs.append(replace(job, kind=JobKind.DESILT, members=members, end_at=ended))
    return replace(storm, told_silt=told_silt(make_version(1, assignments=tuple(jobs))))


@given(st.floats(0.5, 8))
def test_each_stop_is_asked_for_once_the_best_with_the_truck_as_long_as_it_has_time(hours):
    storm = with_hours(hours)
    tasks = [task for task in storm_tasks(storm) if task.kind is JobKind.DESILT]
    sucked = list(stops(storm).values())
    assert len({task.id for task in tasks}) == len(tasks) == 3
    assert sucked == sorted(sucked, reverse=True)
    assert [task.points for task in tasks] == sorted((t.points for t in tasks), reverse=True)
    minutes = sum(task.minutes for task, is_sucked in zip(tasks, sucked, strict=True) if is_sucked)
    ways = storm.work.travel_minutes * max(0, sum(sucked) - 1)
    trip = storm.work.haul_minutes + storm.work.travel_minutes if sum(sucked) > 1 else 0
    assert minutes + ways + trip <= 60 * hours


def test_what_the_truck_has_no_time_for_is_dug_by_hand_and_driven_away_on_a_lorry():
    tasks = {task.id: task for task in storm_tasks(with_hours(1.0))}
    by_hand = tasks["desilt:S1"]
    assert stops(with_hours(1.0)) == {"desilt:S3": True, "desilt:S2": False, "desilt:S1": False}
    assert [need.machine_kind for need in by_hand.needs] == [None]
    assert by_hand.minutes == STORM.work.setup_minutes + 4 * STORM.work.hand_desilt_minutes
    assert "why.suction_busy" in [why.code for why in by_hand.why]
    assert tasks["flush:S1"].after == ("desilt:S1",)
    loads = {
        (task.after, tuple(need.machine_kind for need in task.needs))
        for task in tasks.values()
        if task.kind is JobKind.HAUL
    }
    assert loads == {
        (("desilt:S3",), ("suction_truck",)),
        (("desilt:S2",), ("sludge_truck", "loader")),
    }


def test_no_crew_waits_beside_silt_for_a_truck_that_has_no_time():
    """The truck's driver goes home an hour after the rain, and nobody follows him."""
    drivers = tuple(
        replace(one, shift_id="day") if one.machine_id == TRUCK else one
        for one in STORM.city.drivers
        if one.machine_id != TRUCK or one.shift_id == "day"
    )
    rain = {9: 8.0, 10: 18.0, 11: 12.0, 14: 4.0}
    storm = make_storm(
        city=replace(STORM.city, drivers=drivers), series=make_forecast(rain, NOW), now=NOW
    )
    version, _ = plan_for(storm)
    done = [job for job in version.assignments if job.kind is JobKind.DESILT]
    assert len(done) == 3
    assert {len(job.members) for job in done} == {1, 2}


@pytest.mark.parametrize("hours", [1.0, 8.0])
@pytest.mark.parametrize("by_truck", [True, False])
def test_what_was_told_stays_with_the_truck_or_with_the_spades(hours: float, by_truck: bool):
    names = dict.fromkeys(stops(STORM), by_truck)
    assert stops(told(with_hours(hours), names)) == names


def test_a_truck_that_is_out_leaves_its_stops_to_the_spades():
    out = Outage(operation_id=1, resource_id=TRUCK, from_at=NOW, by="值班员")
    storm = replace(told(STORM, dict.fromkeys(stops(STORM), True)), outages=(out,))
    assert not any(stops(storm).values())


def test_what_is_over_takes_no_time_of_the_truck():
    storm = with_hours(1.0)
    before = stops(storm)
    after = stops(told(storm, {"desilt:S3": True}, over=True))
    assert not before["desilt:S2"]
    assert after["desilt:S2"]


@pytest.mark.parametrize("hours", [0, 2, 5, 7.5])
def test_what_a_storm_leaves_is_planned_until_it_is_forgotten_and_no_longer(hours):
    """Rinsing planned for the night was called off when the storm was forgotten at eleven."""
    rain = STORM.rain
    now = rain.storms[-1][1] + timedelta(hours=hours)
    later = make_storm(now=now, before=rain, series=make_forecast({}, now))
    forgotten = rain.storms[-1][1] + timedelta(hours=RiskSettings().memory_hours)
    spans = [span for task in silt_tasks(later, {}) for span in task.spans]
    assert max(end for _, end in spans) == forgotten
    gone = forgotten + MINUTE
    assert not make_storm(now=gone, before=rain, series=make_forecast({}, gone)).rain.storms


@pytest.mark.parametrize("hours", [2.0, 4.0, 8.0])
def test_a_load_is_driven_away_once_it_has_come_together(hours):
    """The truck went to the tip after its first road, 'all silt', and took out the rest then."""
    storm = with_hours(hours)
    tasks = {task.id: task for task in storm_tasks(storm)}
    (load,) = [task for task in tasks.values() if _is_of(task, "suction_truck", JobKind.HAUL)]
    taken = [task for task in tasks.values() if _is_of(task, "suction_truck", JobKind.DESILT)]
    begin = STORM.rain.storms[-1][1] + timedelta(minutes=sum(task.minutes for task in taken))
    assert len(taken) > (hours > 2)
    assert begin <= load.spans[0][0] <= begin + timedelta(minutes=60)
    assert load.spans[0][0] + timedelta(minutes=load.minutes) <= storm.after_until


def _is_of(task, machine: str, kind: JobKind) -> bool:
    return task.kind is kind and task.needs[-1].machine_kind == machine


@pytest.mark.parametrize("why", ["none", "out", "gone_home"])
def test_without_a_loader_a_crew_shovels_the_silt_onto_the_lorry(why):
    """Hand-dug silt lay at the roadside for want of a machine that the field does without."""
    city = replace(STORM.city, machines=_but(STORM.city.machines, TRUCK))
    outages = ()
    if why == "none":
        city = replace(city, machines=_but(city.machines, LOADER))
    elif why == "out":
        outages = (Outage(operation_id=1, resource_id=LOADER, from_at=NOW, by="值班员"),)
    else:
        others = [one for one in city.drivers if one.machine_id != LOADER]
        day = [one for one in city.drivers if one.machine_id == LOADER and one.shift_id == "day"]
        city = replace(city, drivers=(*others, *day))
    rain = make_forecast({11: 8.0, 12: 18.0, 13: 12.0, 15: 4.0, 18: 9.0}, NOW)
    with_it = make_storm(replace(STORM.city, machines=_but(STORM.city.machines, TRUCK)), (), rain)
    without = replace(make_storm(city, (), rain), outages=outages)
    (usual,), (by_hand,) = (
        [task for task in storm_tasks(storm) if task.kind is JobKind.HAUL]
        for storm in (with_it, without)
    )
    assert [need.machine_kind for need in usual.needs] == ["sludge_truck", "loader"]
    assert [(need.machine_kind, need.people) for need in by_hand.needs] == [
        (None, 2),
        ("sludge_truck", 1),
    ]
    m3 = 12 * STORM.work.silt_m3
    assert by_hand.minutes == math.ceil(usual.minutes + m3 * STORM.work.shovel_minutes_m3)
    assert (by_hand.id, by_hand.points) == (usual.id, usual.points)
    assert [one.code for one in by_hand.why] == ["why.haul", "why.no_loader"]
    version, _ = plan_for(without)
    hauls = [job for job in version.assignments if job.kind is JobKind.HAUL]
    assert [{member.kind for member in job.members} for job in hauls] == [
        {UnitKind.CREW, UnitKind.MACHINE}
    ]


def _but(machines, machine_id):
    return tuple(machine for machine in machines if machine.id != machine_id)
