"""The services of the street through the real path: drill, loop, plan, referee, sheets, channels.

The bursting main of building 1, on the evening of 4 July: the water company can't shut the valve
without cutting a quarter off, and nobody may dig at night.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from data.model.city import Crew, Station
from data.model.field import EventKind
from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.street.cleaning import CLEANING, HelperGroup, PostStep
from data.model.street.street_case import GRID, CaseEventKind
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.cleaning.checks import CheckReport, tell_check
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.reading import read_month, road_debts
from ops.cleaning.rounds import ROUNDS
from ops.cleaning.volunteers import PostCall, call, tell_post
from ops.district.services import ServiceSettings
from ops.documents.street import month_sheet
from ops.documents.street.case_sheet import document
from ops.field.cases.street_cases import CaseReport, CaseWord, open_case, say, standing
from ops.field.reports import Report, take_report
from ops.intake.alerts import plan_again
from ops.intake.operations import start_drill
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.makers import make_city
from tests.helpers.processes import robots
from weather.model import RainSeries, RainStep

BURST = datetime(2022, 7, 4, 12, 30, tzinfo=UTC)  # 20:30 in Longshan
REAL = BURST + timedelta(days=1600)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of July by the district's clock."""
    return datetime(2022, 7, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


RULES = CleaningSettings()


def town():
    """The small district with a station of the grid and its one crew."""
    city = make_city()
    station = Station(
        id="G",
        name="东吉网格",
        position=(125.142, 42.902),
        chief="网格长",
        deputy="副网格长",
        service=GRID,
    )
    crews = tuple(
        Crew(
            id=f"G{shift.id}",
            station_id="G",
            name=f"网格{shift.name}",
            leader="组长",
            size=2,
            skills=(),
            shift_id=shift.id,
        )
        for shift in city.shifts
    )
    return replace(city, stations=(*city.stations, station), crews=(*city.crews, *crews))


class Street:
    """A drill, with the loop that runs it; its clock is turned by hand."""

    def __init__(self, store, channel: ChannelSettings, city=None, on=(GRID,), at=BURST):
        self.store, self.real_now, self.numbers = store, REAL, count()
        store.replace_city(city or town())
        self.drill = start_drill(store, CONSOLE, at, REAL)
        self.loop = Loop(
            store,
            Settings(
                loop=LoopSettings(solve_seconds=2),
                services=ServiceSettings(on=on),
                channels=(channel,),
            ),
            lambda: self.real_now,
        )
        self.loop.beat()

    @property
    def now(self) -> datetime:
        return self.drill.now(self.real_now)

    def turn_to(self, at: datetime) -> None:
        """Let it be this time of the drill; the loop watches what the clock brings."""
        self.real_now += at - self.now
        self.loop.beat()
        self.loop.watch()
        self.loop.rounds()
        self.loop.send()

    def said(self) -> list[str]:
        """What the desk was told besides the sheets."""
        return [text for text in self.robot.texts() if "出勤单" not in text]

    def plan(self):
        """The plan in force after all that was asked for; every one of them is legal."""
        version = self.loop.answer() or self.store.plans.current(self.drill.id)
        plan = Plan.from_json(version.plan)
        assert violations(Problem.from_json(version.problem), plan) == []
        return version

    def say(self, kind: CaseEventKind, **more) -> None:
        word = CaseWord(kind=kind, event_id=f"w{next(self.numbers)}", **more)
        say(self.store, self.drill, CONSOLE, 1, word, self.now)

    def done(self, version, jobs) -> None:
        """Their crews tap that these are done."""
        for job in jobs:
            report = Report(
                event_id=f"tap-{next(self.numbers):05}",
                version=version.number,
                station_id=job.station_id,
                kind=EventKind.CLEAR,
                job_id=job.job_id,
            )
            take_report(self.store, self.drill, CONSOLE, report, self.now)

    def owed(self, kind: JobKind) -> dict[str, int]:
        """Rounds owed by road."""
        current, city = self.store.plans.current(self.drill.id), self.store.city()
        found = road_debts(self.store, self.drill, city, current, self.now, RULES)
        return {one.segment_id: one.owed for one in found if one.kind is kind}


@pytest.fixture
def street(store, request):
    on, at = getattr(request, "param", ((GRID,), BURST))
    with robots.robot() as robot:
        desk = ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True)
        street = Street(store, desk, on=on, at=at)
        street.robot = robot
        yield street
        street.loop.stop()


def of_case(version, case) -> list:
    """The work of the crews at the incident that the case became."""
    number = case.incident_id
    return [job for job in version.assignments if JobId.parse(job.job_id).incident_id == number]


def test_a_burst_main_is_safe_tonight_and_the_water_is_back_before_noon(street):
    store, drill = street.store, street.drill
    told = CaseReport(
        kind="burst_pipe",
        by="12345热线",
        source="desk",
        reported_at=BURST,
        segment_id="S2",
        text="1号楼前水管爆裂，关阀要停一片的水，夜间不能开挖",
        external_id="20220704-1",
    )
    case, _ = open_case(store, drill, CONSOLE, told, street.now)

    tonight = street.plan()  # a crew of sanitation keeps people away
    first = min(of_case(tonight, case), key=lambda job: job.start_at)
    assert first.kind is JobKind.GUARD
    assert first.start_at <= BURST + timedelta(minutes=45)
    assert {member.resource_id[0] for member in first.members} <= {"A", "B"}
    assert [sheet.station.id for sheet in station_sheets(tonight, store.city())][-1] == "G"

    street.say(CaseEventKind.DONE, step="make_safe")
    residents = "1号楼居民群"
    street.say(CaseEventKind.TOLD, owner=residents, text="今晚停水，明早8点踏勘，中午前通水")
    street.say(CaseEventKind.DONE, step="tell_residents")
    street.turn_to(local(5, 6))
    assert not street.said()  # nothing is late, nobody is woken

    street.turn_to(local(5, 8, 5))  # the street office has not met yet
    street.turn_to(local(5, 8, 6))
    (late,) = street.said()
    assert "联合踏勘" in late
    assert "街道办" in late
    street.say(CaseEventKind.DONE, step="joint_visit")
    street.turn_to(local(5, 11))  # the valve is late, and the repair waits for it
    assert [("更换阀门" in text, "抢修" in text) for text in street.said()[1:]] == [(True, False)]
    for step in ("valve", "repair", "water_back"):
        street.say(CaseEventKind.DONE, step=step)
    street.turn_to(local(5, 11, 50))
    street.say(CaseEventKind.CLOSE, text="11:50已通水")

    over = street.plan()
    assert not [job for job in of_case(over, case) if job.start_at > street.now]
    one = standing(store, drill, case.id)
    page = document(one, drill, store.city(), street.now, Translator.of_city("zh", store.city()))
    assert residents in "".join(page["said"])
    assert all("完成" in row[-1] for row in page["steps"])
    assert one.closed.at < local(5, 12)


@pytest.mark.parametrize("street", [((CLEANING,), local(11, 8, 20))], indirect=True)
def test_a_storm_takes_the_roads_rounds_and_what_is_owed_is_caught_up_after_it(street):
    """11 July: volunteers are called for five o'clock, and it pours from two to six."""
    store, drill = street.store, street.drill
    told = PostCall(
        name="清扫家园",
        from_at=local(11, 17),
        to_at=local(11, 19),
        wanted=12,
        segment_id="S1",
    )
    post = call(store, drill, CONSOLE, told, street.now)
    for more in ({"name": "王芳", "helper": HelperGroup.PARTY}, {"number": 8}):
        tell_post(store, drill, CONSOLE, post.id, PostStep.FILL, street.now, **more)
    plan_again(store, drill, CONSOLE, street.now)
    morning = street.plan()
    swept = [job for job in morning.assignments if job.kind is JobKind.SWEEP]
    assert {job.segment_id for job in swept} == {"S1", "S2", "S3"}
    assert any(
        stop.assignment.kind is JobKind.SWEEP
        for sheet in station_sheets(morning, store.city())
        for unit in sheet.units
        for stop in unit.stops
    )

    street.turn_to(local(11, 10))
    street.done(morning, swept)
    assert set(street.owed(JobKind.SWEEP).values()) == {0}
    street.turn_to(local(11, 10, 5))
    failed = CheckReport(segment_id="S2", faults=("litter", "heap"), photo="a.jpg")
    tell_check(store, drill, CONSOLE, failed, street.now)
    checked = street.plan()
    (again,) = (
        job
        for job in checked.assignments
        if job.kind is JobKind.SWEEP and job.segment_id == "S2" and job.start_at > street.now
    )
    assert again.why[0].code == "why.check"

    storm = dict.fromkeys(range(14, 18), 12.0)
    forecast = RainSeries(
        provider="test",
        fetched_at=street.now,
        steps=tuple(
            RainStep(
                start=local(11, 0) + timedelta(hours=hour),
                end=local(11, 1) + timedelta(hours=hour),
                mm=storm.get(hour, 0.0),
            )
            for hour in range(48)
        ),
    )
    store.weather.save_forecast(drill.id, forecast)
    plan_again(store, drill, CONSOLE, street.now + timedelta(minutes=1))
    wet = street.plan()
    held = local(11, 13), local(11, 18)
    rounds = [job for job in wet.assignments if job.kind in ROUNDS and job.state == "planned"]
    assert all(job.end_at <= held[0] for job in rounds)
    assert JobKind.GUARD in {job.kind for job in wet.assignments}
    street.turn_to(local(11, 10, 20))
    (word,) = street.said()
    assert "清扫家园" in word
    assert "王芳" in word

    street.turn_to(local(12, 8, 20))  # nobody swept since; the storm is behind
    owed = street.owed(JobKind.SWEEP)
    assert (owed["S1"], owed["S3"]) == (1, 1)
    plan_again(store, drill, CONSOLE, street.now)
    after = street.plan()
    caught_up = [
        job for job in after.assignments if job.kind is JobKind.SWEEP and job.start_at > street.now
    ]
    assert {job.segment_id for job in caught_up} == {"S1", "S2", "S3"}
    street.turn_to(local(12, 12))
    street.done(after, caught_up)
    assert set(street.owed(JobKind.SWEEP).values()) == {0}

    month = read_month(store, drill, store.city(), local(11, 12).date(), street.now, RULES)
    assert month.held_hours >= 4
    assert sum(one.held for one in month.roads) >= 1
    assert [one.filled for one in month.posts] == [9]
    t = Translator.of_city("zh", store.city())
    assert month_sheet.as_pdf(month, drill, store.city(), RULES, t).startswith(b"%PDF")
