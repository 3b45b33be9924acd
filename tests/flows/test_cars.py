"""A week of the service cars through the real path: somebody in the water at 富民桥 and no rope, a
burning van that takes the extinguishers of two cars, and what both say the cars should carry.
"""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from data.model.city import Beat, Crew, Shift, Station
from data.model.field import EventKind
from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.street.service_cars import CARS, CarriedItem
from ops.auth.permissions import CONSOLE
from ops.base.errors import Invalid
from ops.base.messages import Translator
from ops.documents.street.calls_table import calls_table, proposal_lines
from ops.field.cars.calls import call_records
from ops.field.cars.kit import kits
from ops.field.cars.proposals import proposals
from ops.field.cases.street_cases import CaseReport, all_standings, open_case
from ops.field.reports import Report, take_report
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from tests.flows.test_street import Street, local
from tests.helpers.makers import make_city
from tests.helpers.processes import robots

WEST, EAST = (125.139, 42.899), (125.152, 42.906)


def town(rope=()):
    """The small district, and five cars in two groups: the western three carry no more than the
    eastern two; ``rope`` are the cars that carry one.
    """
    city = make_city()
    day = Shift(id="car", name="车班", start=time(7, 20), end=time(18))
    group = Station(
        id="W", name="便民服务一组", position=WEST, chief="组长", deputy="副组长", service=CARS
    )
    crew = Crew(
        id="W1", station_id="W", name="1号车", leader="甲", size=2, skills=(), shift_id="car"
    )
    cars = tuple(
        replace(crew, id=f"{station}{number}", station_id=station, name=f"{number}号车")
        for number, station in enumerate("WWWEE", 1)
    )
    kit = [
        (car.id, item, number)
        for car in cars
        for item, number in (("first_aid", 1), ("extinguisher", 3), ("jump_starter", 1))
    ] + [(car, "rope", 1) for car in rope]
    beat = Beat(
        id="school",
        name="实验小学",
        station_id="W",
        segment_id="S1",
        start=time(7, 20),
        end=time(8, 20),
        every_minutes=30,
    )
    return replace(
        city,
        shifts=(*city.shifts, day),
        stations=(
            *city.stations,
            group,
            replace(group, id="E", name="便民服务二组", position=EAST),
        ),
        crews=(*city.crews, *cars),
        patrol_beats=(beat,),
        car_kit=tuple(
            CarriedItem(id=f"K{number}", crew_id=car, item=item, number=n)
            for number, (car, item, n) in enumerate(kit)
        ),
    )


@pytest.fixture
def week(store):
    with robots.robot() as robot:
        desk = ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True)
        street = Street(store, desk, town(), (CARS,), local(7, 7, 30))
        yield street
        street.loop.stop()


def called(week, kind, segment, text=""):
    told = CaseReport(
        kind=kind, by="122", source="desk", reported_at=week.now, segment_id=segment, text=text
    )
    return open_case(week.store, week.drill, CONSOLE, told, week.now)[0]


def on_the_way(version, kind=JobKind.RESCUE):
    return [job for job in version.assignments if job.kind is kind]


def tap(week, version, job, kind, **more):
    """What a car says of its job."""
    report = Report(
        event_id=f"tap-{next(week.numbers):06}",
        version=version.number,
        station_id=job.station_id,
        kind=kind,
        job_id=job.job_id,
        **more,
    )
    take_report(week.store, week.drill, CONSOLE, report, week.now)


def known(week):
    city, events = week.store.city(), week.store.field.events(week.drill.id)
    records = call_records(city, all_standings(week.store, week.drill), events)
    return kits(city, week.store.field.kit_taps(week.drill.id)), records


def test_what_the_bridge_and_the_fire_missed_is_what_the_cars_carry(week):
    t = Translator.of_city("zh", week.store.city())
    bridge = called(week, "water_rescue", "S3", "富民桥，一人落水")
    morning = week.plan()
    (way,) = on_the_way(morning)
    (car,) = way.members
    assert way.start_at <= week.now + timedelta(minutes=10)  # they are on the road already
    assert car.resource_id[0] == "E"  # it is nearer, though nobody has a rope
    assert any("绳索" in t.message(word) and "只有0个" in t.message(word) for word in way.why)
    assert {JobId.parse(job.job_id).parts[0] for job in on_the_way(morning, JobKind.PATROL)} == {
        "school"
    }
    assert {"W", "E"} <= {sheet.station.id for sheet in station_sheets(morning, week.store.city())}
    week.turn_to(week.now + timedelta(minutes=12))
    unit = {"unit_id": car.resource_id}
    tap(week, morning, way, EventKind.ARRIVE)
    tap(week, morning, way, EventKind.KIT_MISSING, amounts={"rope": 1}, **unit)
    tap(week, morning, way, EventKind.CLEAR, reason="用路过工人的绳子拉上来的")

    week.turn_to(local(11, 9))
    fire = called(week, "vehicle_fire", "S1", "面包车起火")
    version = week.plan()
    (way,) = on_the_way(version)
    assert {one.resource_id[0] for one in way.members} == {"W"}
    car = way.members[0].resource_id
    other = next(one for one in ("W1", "W2", "W3") if one != car)
    with pytest.raises(Invalid):  # it carries none
        tap(week, version, way, EventKind.KIT_USED, unit_id=car, amounts={"rope": 1})
    tap(week, version, way, EventKind.KIT_USED, unit_id=car, amounts={"extinguisher": 3})
    tap(week, version, way, EventKind.KIT_MISSING, unit_id=car, amounts={"extinguisher": 2})
    tap(week, version, way, EventKind.CLEAR)
    version = week.plan()
    (back,) = on_the_way(version, JobKind.RESTOCK)
    assert [one.resource_id for one in back.members] == [car]
    own, records = known(week)
    assert own[car].short == {"extinguisher": 3}
    assert not own[other].short
    assert [(one.item, one.number, one.carried) for one in proposals(own, records)] == [
        ("extinguisher", 5, 3),
        ("rope", 1, 0),
    ]
    said = [proposal_lines(one, t) for one in proposals(own, records)]
    assert "面包车起火" in said[0][1]
    assert "富民桥" in said[1][1]
    week.turn_to(back.start_at + timedelta(minutes=5))
    tap(week, version, back, EventKind.CLEAR)
    assert not known(week)[0][car].short
    rows = calls_table(known(week)[1], t).rows
    assert [row[0] for row in rows] == [fire.id, bridge.id]
    assert rows[1][7] == 12

    week.store.replace_city(town(rope=("W2",)))  # what was proposed is carried by one
    week.turn_to(local(18, 16, 30))
    called(week, "water_rescue", "S3", "河边")
    called(week, "vehicle_fire", "S2")
    week.turn_to(week.now + timedelta(minutes=1))
    version = week.plan()
    ways = {JobId.parse(job.job_id).parts[0]: job for job in on_the_way(version)}
    assert [one.resource_id for one in ways["c3"].members] == ["W2"]  # far, with the rope
    assert len(ways["c4"].members) == 2  # the last one took five, a car carries three
    assert len({one.resource_id for job in ways.values() for one in job.members}) == 3
