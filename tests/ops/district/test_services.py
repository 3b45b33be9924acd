"""A service of the street is rows: it plans by the real path with no code of its own in solver or
loop, does its own work alone, and is not there until it is switched on.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from data.model.city import SANITATION, Crew, Person, Station
from data.model.message import Message
from data.model.plan import JobKind, Phase
from data.model.roster import RosterDay
from data.sheets import words
from ops.district import services
from ops.district.rosters import LEAVE, is_on_leave
from ops.district.services import Service, ServiceSettings, may_do, of_services, service_of
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted import task_types
from ops.planning.wanted.task_types import Ground, Requirement, TaskType, spans_of, team_of
from ops.planning.wanted.tasks import Task
from ops.replanning import service_tasks
from ops.replanning.service_tasks import TaskSource
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import make_city

LAMPS = "lamps"


@pytest.fixture
def lamp(monkeypatch) -> JobKind:
    """A service that mends street lamps, as rows of the tables: its kind of work, its needs, its
    name, and what it asks for.
    """
    kind = str.__new__(JobKind, "lamp")
    kind._name_, kind._value_ = "LAMP", "lamp"
    monkeypatch.setitem(JobKind._value2member_map_, "lamp", kind)
    needs = TaskType(
        team=(Requirement(people=2),), phase=Phase.DURING, ground=Ground.ANY, minutes=lambda _: 30
    )
    monkeypatch.setitem(task_types._ROWS, kind, needs)
    row = Service(name=LAMPS, kinds=frozenset({kind}), lends=frozenset({JobKind.GUARD}))
    monkeypatch.setitem(services._ROWS, LAMPS, row)
    monkeypatch.setitem(words.SERVICE_WORDS, LAMPS, ("路灯",))
    source = TaskSource(service=LAMPS, read=lambda *_: (kind, "S2"), tasks=_lamp_tasks)
    monkeypatch.setattr(service_tasks, "SOURCES", (source,))
    return kind


def _lamp_tasks(storm, wanted) -> tuple[Task, ...]:
    kind, road = wanted
    segment = storm.city.segment_by_id[road]
    return (
        Task(
            id=f"lamp:{road}",
            kind=kind,
            phase=storm.phase,
            segment_id=road,
            station_id="L",
            position=segment.middle,
            inlet_ids=(),
            minutes=30,
            spans=spans_of(kind, storm),
            due_at=storm.now + timedelta(hours=2),
            points=duty_points(Tier.POST, 30),
            needs=team_of(kind, storm, segment),
            risk=None,
            why=(Message("why.by_hand", {"by": "路灯所"}),),
        ),
    )


def with_lamps(**changed):
    city = make_city(**changed)
    station = Station(
        id="L",
        name="路灯所",
        position=(125.145, 42.902),
        chief="所长",
        deputy="副所长",
        service=LAMPS,
    )
    crew = Crew(
        id="L1", station_id="L", name="路灯一组", leader="组长", size=2, skills=(), shift_id="day"
    )
    return replace(city, stations=(*city.stations, station), crews=(*city.crews, crew))


def planned(store, *on: str, city=None):
    desk = Desk(store, services=ServiceSettings(on=on))
    store.replace_city(city or with_lamps())
    desk.paste(YELLOW)
    try:
        return desk.loop.answer()
    finally:
        desk.loop.stop()


def resources(version, *kinds: JobKind) -> set[str]:
    jobs = [job for job in version.assignments if job.kind in kinds]
    return {member.resource_id for job in jobs for member in job.members}


def test_a_service_declared_by_rows_is_planned_stored_and_judged(store, lamp):
    version = planned(store, LAMPS)
    assert resources(version, lamp) == {"L1"}
    assert "L1" not in resources(version, JobKind.CLEAR, JobKind.RESERVE, JobKind.DESILT)
    assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
    assert store.plans.current(version.operation_id) == version


def test_what_is_switched_off_is_as_if_it_were_not_in_the_tables(store, lamp):
    version = planned(store)
    assert "does:" not in version.problem
    without = planned(store, city=make_city())
    assert (version.problem, version.plan) == (without.problem, without.plan)
    assert version.assignments == without.assignments
    assert version.left_out == without.left_out


def test_a_service_lends_what_its_row_says_and_nothing_else(lamp):
    assert service_of(lamp) == LAMPS
    assert may_do(LAMPS, lamp)
    assert may_do(LAMPS, JobKind.GUARD)
    assert not may_do(LAMPS, JobKind.CLEAR)
    assert not may_do(SANITATION, lamp)
    assert may_do(SANITATION, JobKind.GUARD)


def test_lent_people_are_sent_where_they_are_needed(store, lamp, monkeypatch):
    monkeypatch.setattr(service_tasks, "SOURCES", ())
    desk = Desk(store, services=ServiceSettings(on=(LAMPS,)))
    city = with_lamps()
    store.replace_city(replace(city, crews=city.crews[-1:], machines=(), drivers=()))
    desk.paste(YELLOW)
    try:
        version = desk.loop.answer()
    finally:
        desk.loop.stop()
    assert resources(version, *JobKind) == {"L1"} == resources(version, JobKind.GUARD)


def test_the_district_of_a_service_has_its_own_people_and_everybodys_roads(lamp):
    city = with_lamps()
    own = of_services(city, (LAMPS,))
    assert [crew.id for crew in own.crews] == ["L1"]
    assert not own.machines
    assert not own.drivers
    assert own.segments == city.segments
    assert of_services(make_city(), (SANITATION,)) == make_city()


def test_whoever_is_on_leave_stays_so_beside_a_service_that_is_switched_off(lamp):
    day = date(2026, 7, 5)
    people = (
        Person(id="p1", name="张", station_id="A", crew_id="A1day"),
        Person(id="l1", name="李", station_id="L", crew_id="L1"),
    )
    away = tuple(RosterDay(day=day, person_id=one.id, duty=LEAVE) for one in people)
    own = of_services(with_lamps(people=people, roster=away), (SANITATION,))
    assert own.people == people[:1]
    assert own.roster == away[:1]
    assert is_on_leave(people[0], day, own)


def test_the_database_keeps_whose_a_station_is(store, lamp):
    store.replace_city(with_lamps())
    assert store.city() == with_lamps()


@pytest.mark.parametrize("name", ["nobody", SANITATION])
def test_only_a_service_of_the_catalogue_is_switched_on(name):
    with pytest.raises(ValueError, match="no such service"):
        ServiceSettings(on=(name,))


def test_every_kind_of_work_is_a_services_and_every_service_has_its_words():
    rows = services.SERVICES.values()
    assert {kind for row in rows for kind in row.kinds} == set(JobKind)
    for row in rows:  # a kind that two have is whose station it stands on
        assert all(services.service_of(kind, row.name) == row.name for kind in row.kinds)
    assert set(words.SERVICE_WORDS) == set(services.SERVICES)
    assert {source.service for source in service_tasks.SOURCES} <= set(services.SERVICES)
