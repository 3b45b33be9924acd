"""One day of the whole street on one plan, every service switched on: each does its own work with
its own people, and the sanitation centre's day is the one that it has alone.
"""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.model.city import PATROL, SANITATION
from data.model.ids import JobId
from data.model.plan import JobKind, PlanVersion
from data.model.roster import NamedPost, Watch, WatchKind
from data.model.street.cleaning import CLEANING, HelperGroup, PostStep
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID, CaseLevel
from data.model.street.works import Work, WorkKind, WorkStep
from ops.auth.permissions import CONSOLE
from ops.cleaning.checks import CheckReport, tell_check
from ops.cleaning.volunteers import PostCall, call, tell_post
from ops.district.roster_changes import DayChange, change_day
from ops.district.services import SERVICES, may_do, of_services, service_of
from ops.duty.watch_roster import on_watch_at
from ops.field.cases.street_cases import CaseReport, all_standings, open_case
from ops.intake import alerts
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from ops.planning.tanks import is_dumping
from ops.works.parameters import WorksSettings
from ops.works.programme import programme, tell
from tests.flows import test_absence, test_cars, test_patrol, test_sludge, test_street
from tests.flows.test_street import Street, local
from tests.helpers.makers import make_city
from tests.helpers.processes import robots

ALL = tuple(name for name in SERVICES if name != SANITATION)
OWN = SERVICES[SANITATION].kinds
WARNING = test_sludge.STORM.replace("9时05分", "13时05分")
NEW_PIPE = Work(
    id="G1",
    name="安宁街排水管",
    agency="住建局",
    kind=WorkKind.PIPE,
    days=3,
    segment_id="S2",
    earliest=date(2022, 7, 8),
)
PAVING = replace(NEW_PIPE, id="G2", name="安宁街铺装", kind=WorkKind.PAVEMENT, after=("G1",))


def whole_town():
    """The small district with the grid, the evening patrols, the service cars, a truck with a tank,
    people by name, a watch, and two works on one road.
    """
    own = make_city()
    towns = [flow.town() for flow in (test_street, test_patrol, test_cars)]

    def more(table: str):
        base = len(getattr(own, table))
        return (
            *getattr(own, table),
            *(one for town in towns for one in getattr(town, table)[base:]),
        )

    with_tanks = test_sludge.town()
    day = date(2022, 7, 8)
    officer = Watch(day=day, start=time(8), end=time(20), name="周值班")
    return replace(
        own,
        **{table: more(table) for table in ("stations", "crews", "patrol_beats")},
        shifts=(*test_absence.EARLY, *more("shifts")[len(own.shifts) :]),
        car_kit=towns[-1].car_kit,
        machines=with_tanks.machines,
        dump_sites=with_tanks.dump_sites,
        gardens=with_tanks.gardens,
        people=test_absence.PEOPLE,
        watches=(officer, replace(officer, name="吴局长", kind=WatchKind.LEADER)),
        named_posts=(NamedPost(segment_id="S1", first_id="张班长", second_id="李班长"),),
        works=(NEW_PIPE, PAVING),
    )


@pytest.fixture
def desk():
    with robots.robot() as robot:
        yield (
            ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True),
            robot,
        )


@dataclass
class Day:
    """What the plans of one day were, and what else came of it."""

    morning: PlanVersion
    called: PlanVersion
    storm: PlanVersion
    said: tuple[str, ...]


SERVICE_CALLS = {
    "parked_bicycles": "S1",
    "rubbish_heap": "S2",
    "burst_pipe": "S2",
    "water_rescue": "S3",
}


def day(store, desk, services) -> Day:
    """8 July: somebody is ill before six, calls on the way, a storm in the afternoon."""
    channel, robot = desk
    street = Street(store, channel, whole_town(), services, local(8, 5, 40))
    street.robot = robot
    try:
        street.turn_to(local(8, 5, 50))
        ill = DayChange(
            worker=("person", "张班长"), day=date(2022, 7, 8), duty="absent", reason="发烧"
        )
        assert change_day(store, street.drill, CONSOLE, ill, street.now)
        morning = street.plan()
        street.turn_to(local(8, 8, 30))
        if services:
            work_of_the_services(street)
        alerts.plan_again(store, street.drill, CONSOLE, street.now)
        called = street.plan()
        street.turn_to(local(8, 13, 6))
        heard = alerts.understand(WARNING, street.now)
        alerts.take_alerts(store, street.drill, CONSOLE, heard, street.now)
        storm = street.plan()
        for _ in range(2):
            street.turn_to(street.now + timedelta(minutes=1))
        return Day(morning, called, storm, tuple(street.said()))
    finally:
        street.loop.stop()


def work_of_the_services(street) -> None:
    """What the morning brings to each service, in its own words."""
    store, drill, now = street.store, street.drill, street.now
    for kind, segment in SERVICE_CALLS.items():
        told = CaseReport(
            kind=kind, by="12345热线", source="desk", reported_at=now, segment_id=segment
        )
        open_case(store, drill, CONSOLE, told, now)
    tell(store, drill, CONSOLE, store.city(), "G1", WorkStep.STARTED, now)
    dirty = CheckReport(segment_id="S1", faults=("litter", "heap"), photo="a.jpg")
    tell_check(store, drill, CONSOLE, dirty, now)
    action = PostCall(
        name="清扫家园", from_at=local(8, 15), to_at=local(8, 17), wanted=3, segment_id="S1"
    )
    post = call(store, drill, CONSOLE, action, now)
    tell_post(
        store, drill, CONSOLE, post.id, PostStep.FILL, now, name="王芳", helper=HelperGroup.PARTY
    )


def wanted(version: PlanVersion) -> set[tuple[str, str]]:
    """Sanitation's own work that a plan was asked for, by kind and place; that of cases aside."""
    jobs = [JobId.parse(one.job_id) for one in (*version.assignments, *version.left_out)]
    return {(one.source, one.parts[0]) for one in jobs if one.source in OWN}


def each_does_its_own(version: PlanVersion, city) -> None:
    """No one does another service's work, and no sheet names anybody else's people."""
    for job in version.assignments:
        for member in job.members:
            whose = city.service_at(city.resource_by_id[member.resource_id].station_id)
            assert may_do(whose, job.kind), job
            assert whose in (city.service_at(job.station_id), SANITATION)
    for sheet in station_sheets(version, city):
        named = {unit.resource_id for unit in sheet.units if unit.resource_id}
        assert {city.resource_by_id[one].station_id for one in named} <= {sheet.station.id}


def test_a_day_of_all_services_on_one_plan_without_touching_each_other(store, desk):
    whole = day(store, desk, ALL)
    city, drill = store.city(), store.operations.current()
    plans = (whole.morning, whole.called, whole.storm)
    for version in plans:
        each_does_its_own(version, city)
    assert whole.morning.made_at < local(8, 6)
    told = (one for one in whole.morning.teams if one.day == date(2022, 7, 8))
    teams = {team.key: team for one in told for team in one.teams}
    assert teams["crew", "A1day"].members[0] in ("李班长", "李骨干")  # who is ill leads nobody
    now = [one for one in whole.called.assignments if one.start_at >= local(8, 8)]
    at_work = {service_of(one.kind, city.service_at(one.station_id)) for one in now}
    assert at_work == {SANITATION, GRID, PATROL, CARS, CLEANING}

    levels = {one.case.kind: one for one in all_standings(store, drill)}
    assert [levels[kind].level for kind in ("parked_bicycles", "rubbish_heap", "burst_pipe")] == [
        CaseLevel.SMALL,
        CaseLevel.LARGE,
        CaseLevel.HARD,
    ]
    by_kind = {one.kind: one for one in whole.called.assignments}
    assert by_kind[JobKind.ERRAND].members[0].resource_id.startswith("G")
    assert by_kind[JobKind.RESCUE].members[0].resource_id[0] in "WE"
    (again,) = (one for one in now if one.kind is JobKind.SWEEP and one.why[0].code == "why.check")
    assert again.segment_id == "S1"

    later = [one for one in whole.storm.assignments if one.start_at > local(8, 13, 10)]
    assert {one.kind for one in later} >= {JobKind.GUARD, JobKind.DESILT, JobKind.PATROL}
    assert JobKind.SWEEP not in {one.kind for one in later}  # a storm goes before
    assert any(is_dumping(one) for one in later)
    assert any("王大爷菜园" in text for text in whole.said)
    assert any("清扫家园" in text and "王芳" in text for text in whole.said)  # the action is held
    eyes = [one for one in later if one.kind is JobKind.PATROL and one.station_id == "P"]
    assert eyes

    zone = ZoneInfo(city.district.time_zone)
    watch = on_watch_at(city, None, whole.storm.made_at.astimezone(zone))
    assert (watch.officers[0].name, watch.leader.name) == ("周值班", "吴局长")
    works = programme(store, drill, city, whole.storm.made_at, WorksSettings())
    assert works.standing["G1"].is_under_way
    assert works.dates["G2"].likely_start > date(2022, 7, 10)

    alone = day(store, desk, ())
    for both, without in zip(plans, (alone.morning, alone.called, alone.storm), strict=True):
        assert wanted(both) == wanted(without)
        assert not [one for one in both.left_out if one.kind in OWN]
    assert of_services(city, (SANITATION,)).crews == make_city().crews
