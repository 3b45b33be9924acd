"""What is aboard of trucks behind work that is past or under way, and which jobs are trips."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.model.city import DumpSite, Garden
from data.model.field import EventKind, FieldEvent, Outage
from data.model.ids import JobId
from data.model.plan import JobKind, UnitKind
from ops.district.places import place, spot_of
from ops.field.progress import Progress, Stage
from ops.planning.in_force.work_in_progress import split_past_and_running
from ops.planning.tanks import aboard, dumpings, open_spans
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import NOW, make_assignment, make_city
from tests.helpers.storm import make_storm, plan_for

PIT = DumpSite(
    id="2", name="干化场", station_id="A", position=(125.150, 42.910), opens=time(0), closes=time(0)
)
GARDEN = Garden(id="g1", name="菜园", station_id="A", position=(125.1455, 42.903), m3=0.5)
ZONE = ZoneInfo("Asia/Shanghai")
LORRY = "M-sludge_truck"


def job(kind, name, hours=0.0, machine=LORRY):
    """Work of one truck that ends so many hours from now."""
    told = make_assignment(name, "A1day@2022-07-08")
    member = replace(told.members[0], resource_id=machine, kind=UnitKind.MACHINE)
    end = NOW + timedelta(hours=hours)
    own = {"start_at": end - timedelta(hours=1), "end_at": end, "members": (member,)}
    return replace(told, kind=kind, segment_id=None, station_id="A", inlet_ids=(), **own)


def by_lorry(**changes):
    """The town without a suction truck, a lorry that holds 0.5 m3."""
    city = make_city()
    machines = [
        replace(one, capacity=0.5) if one.id == LORRY else one
        for one in city.machines
        if one.kind != "suction_truck"
    ]
    drivers = [one for one in city.drivers if one.machine_id != "M-suction_truck"]
    own = {"machines": tuple(machines), "drivers": tuple(drivers), "dump_sites": (PIT,)}
    return make_storm(city=replace(city, **own, **changes))


def test_the_second_load_of_a_station_is_no_trip():
    load, trip = job(JobKind.HAUL, "haul:A:2"), job(JobKind.HAUL, str(JobId.of_trip(LORRY, "2", 1)))
    assert spot_of(load, by_lorry().city) is None
    assert spot_of(trip, by_lorry().city) == PIT
    assert dumpings([load, trip]) == {LORRY: 1}


def closed(start, end):
    at = [None if hours is None else NOW + timedelta(hours=hours) for hours in (start, end)]
    return Outage(operation_id=1, resource_id="2", from_at=at[0], to_at=at[1], by="desk")


@pytest.mark.parametrize(
    ("outages", "left"),
    [
        ((), [(0, 4)]),
        ((closed(1, 2),), [(0, 1), (2, 4)]),
        ((closed(0, 3), closed(-1, 1)), [(3, 4)]),
        ((closed(-1, None),), []),
    ],
)
def test_a_site_is_open_again_after_it_was_closed_for_a_while(outages, left):
    site = replace(PIT, opens=time(7), closes=(NOW + timedelta(hours=4)).astimezone(ZONE).time())
    found = open_spans(site, replace(by_lorry(), outages=outages))
    today = [span for span in found if span[0] < NOW + timedelta(hours=5)]
    assert [tuple((at - NOW) / timedelta(hours=1) for at in span) for span in today] == left


def heard(storm, name, **amounts):
    """The storm after the word that a job is done."""
    word = FieldEvent(
        operation_id=1,
        event_id="e1",
        version=1,
        station_id="A",
        kind=EventKind.CLEAR,
        job_id=name,
        device_at=NOW,
        server_at=NOW,
        by="A",
        amounts=amounts,
    )
    return replace(storm, progress={name: Progress(stage=Stage.CLEARED, source=word)})


@pytest.mark.parametrize(
    ("amounts", "left"),
    [({}, 500), ({"silt_m3": 0.2}, 200), ({"silt_m3": 0.0}, 0), ({"silt_m3": 0.9}, 500)],
)
def test_a_lorry_that_has_loaded_is_full_unless_less_was_told(amounts, left):
    load, storm = job(JobKind.HAUL, "haul:A"), heard(by_lorry(), "haul:A", **amounts)
    assert aboard([load], storm) == ({LORRY: left} if left else {})
    emptied = job(JobKind.HAUL, str(JobId.of_trip(LORRY, "2", 1)), hours=1)
    assert aboard([load, emptied], storm) == {}


def test_a_lorry_that_loads_when_a_new_plan_is_made_goes_to_the_dump_site_after_it():
    storm = by_lorry()
    first, _ = plan_for(storm)
    load = next(one for one in first.assignments if JobId.parse(one.job_id).parts == ("A",))
    later = make_storm(city=storm.city, now=load.start_at + timedelta(minutes=5))
    second, _ = plan_for(later, first)
    trips = [one for one in second.assignments if JobId.parse(one.job_id).trip]
    assert [one for one in trips if one.start_at >= load.end_at]


def test_what_a_garden_has_got_is_no_longer_aboard_and_it_gets_no_more():
    storm = by_lorry(gardens=(GARDEN,))
    given = str(JobId(JobKind.GARDEN, (GARDEN.id,)))
    jobs = [job(JobKind.HAUL, "haul:A"), job(JobKind.GARDEN, given, hours=1)]
    has_got = replace(storm, served=frozenset({GARDEN.id}))
    assert aboard(jobs, has_got) == {}
    assert place(jobs[1], has_got.city) == GARDEN.position
    asked = [[one.id for one in storm_tasks(of)].count(given) for of in (storm, has_got)]
    assert asked == [1, 0]


def test_of_what_a_garden_has_taken_less_the_rest_is_still_aboard():
    storm = by_lorry(gardens=(GARDEN,))
    given = str(JobId(JobKind.GARDEN, (GARDEN.id,)))
    jobs = [job(JobKind.HAUL, "haul:A"), job(JobKind.GARDEN, given, hours=1)]
    assert aboard(jobs, heard(storm, given, silt_m3=0.1)) == {LORRY: 400}


@pytest.mark.parametrize("tapped", [True, False])
def test_a_trip_that_nobody_reported_where_they_do_report_emptied_nothing(tapped):
    storm = by_lorry()
    first, _ = plan_for(storm)
    trip = min(
        (one for one in first.assignments if JobId.parse(one.job_id).trip),
        key=lambda one: one.start_at,
    )
    before = [one for one in first.assignments if one.end_at <= trip.start_at]
    done = [*before, trip] if tapped else before
    told = {one.job_id: Progress(stage=Stage.CLEARED, since=one.end_at) for one in done}
    later = make_storm(city=storm.city, now=trip.end_at + timedelta(minutes=20))
    later = replace(later, progress=told, reporting=frozenset({"A"}))
    past, _ = split_past_and_running(first, later)
    assert (LORRY in aboard(past, later)) is not tapped
