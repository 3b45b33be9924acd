"""Small made-up things for tests: a town of three segments, a warning, a forecast."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from data.model.account import Account, Role
from data.model.city import (
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    Machine,
    Segment,
    Shift,
    Station,
)
from data.model.headquarters.loans import Loan, SpareUnit, Want
from data.model.message import Message
from data.model.notice import Notice
from data.model.plan import (
    Assignment,
    JobKind,
    Member,
    Phase,
    PlanVersion,
    RainOutlook,
    Rest,
    SegmentRisk,
    UnassignedJob,
    UnitKind,
)
from data.store.store import Store
from ops.auth.accounts import add_account
from ops.auth.permissions import CONSOLE, Actor
from weather.model import Action, Alert, Level, RainSeries, RainStep

NOW = datetime(2022, 7, 8, 0, 20, tzinfo=UTC)  # 08:20 in Liaoyuan, the day shift on duty
HOUR = timedelta(hours=1)
DESK = Actor(name="值班员", role=Role.DUTY)
both_databases = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
"""Marks a test, or a file of tests, whose ``store`` is to be each database in turn."""
SHIFTS = (
    Shift(
        id="day",
        name="白班",
        start=time(8),
        end=time(16),
        break_minutes=30,
        break_from=time(11),
        break_to=time(13),
    ),
    Shift(id="late", name="中班", start=time(16), end=time(0)),
    Shift(id="night", name="夜班", start=time(0), end=time(8)),
)


def make_city(**changes) -> City:
    """Two stations, three segments (one guarded, one low-lying), a crew of each kind in each shift,
    a machine each.
    """
    stations = (
        Station(
            id="A", name="甲站", position=(125.140, 42.900), chief="甲站站长", deputy="甲站副站长"
        ),
        Station(
            id="B", name="乙站", position=(125.150, 42.905), chief="乙站站长", deputy="乙站副站长"
        ),
    )
    segments = (
        Segment(
            id="S1",
            road="永宁路",
            start_name="东口",
            end_name="西口",
            station_id="A",
            line=((125.141, 42.901), (125.143, 42.901)),
            importance=5,
            guard=True,
        ),
        Segment(
            id="S2",
            road="安宁街",
            start_name="南口",
            end_name="北口",
            station_id="A",
            line=((125.144, 42.901), (125.144, 42.903)),
            importance=3,
        ),
        Segment(
            id="S3",
            road="新兴路",
            start_name="桥下",
            end_name="路口",
            station_id="B",
            line=((125.148, 42.904), (125.149, 42.906)),
            importance=4,
            guard=True,
            low_lying=True,
        ),
    )
    inlets = tuple(
        Inlet(
            id=f"{segment.id}-{n}",
            segment_id=segment.id,
            position=segment.middle,
            cleaned_on=date(2022, 5, 1),
        )
        for segment in segments
        for n in range(4)
    )
    crews = tuple(
        Crew(
            id=f"{station}{kind}{shift.id}",
            station_id=station,
            name=f"{station}{kind}{shift.name}",
            leader="班长",
            size=size,
            skills=skills,
            shift_id=shift.id,
        )
        for station in "AB"
        for shift in SHIFTS
        for kind, size, skills in (
            (1, 3, ("clearing", "pumping")),
            (2, 4, ("clearing", "jetting", "confined_space")),
        )
    )
    machines = tuple(
        Machine(id=f"M-{kind}", station_id="A", kind=kind, plate=f"车{n}")
        for n, kind in enumerate(
            (
                "jetting_truck",
                "suction_truck",
                "sludge_truck",
                "pump_truck",
                "loader",
                "flusher",
                "sweeper",
            )
        )
    )
    drivers = tuple(
        Driver(
            id=f"D-{machine.kind}-{shift.id}", machine_id=machine.id, post="司机", shift_id=shift.id
        )
        for machine in machines
        for shift in SHIFTS
    )
    blockages = (
        make_blockage("S1-0", 400),
        make_blockage("S1-0", 40),
        make_blockage("S1-1", 300),
        make_blockage("S2-0", 2, cleared=False, remedy="jetting"),
        make_blockage("S3-0", 3, cleared=False, remedy="well_entry"),
    )
    city = {
        "district": District(adcode="220402", name="龙山区", sample=True),
        "stations": stations,
        "segments": segments,
        "inlets": inlets,
        "shifts": SHIFTS,
        "crews": crews,
        "machines": machines,
        "drivers": drivers,
        "blockages": blockages,
    }
    return City(**(city | changes))


def make_blockage(
    inlet_id: str, days_ago: float, cleared: bool = True, remedy: str = "hand"
) -> Blockage:
    at = NOW - timedelta(days=days_ago)
    return Blockage(
        id=f"{inlet_id}@{days_ago}",
        inlet_id=inlet_id,
        reported_at=at,
        cleared_at=at + timedelta(hours=5) if cleared else None,
        cause="leaves",
        remedy=remedy,
    )


def make_alert(level: Level = Level.YELLOW, issued_at: datetime = NOW, **changes) -> Alert:
    """A rainstorm warning of 50 mm in 6 hours."""
    alert = {
        "provider": "test",
        "provider_id": f"{level}-{issued_at:%H%M}",
        "issuers": ("辽源市气象台",),
        "type": "暴雨",
        "level": level,
        "action": Action.ISSUE,
        "issued_at": issued_at,
        "received_at": issued_at,
        "forecast_hours": 6.0,
        "forecast_mm": 50.0,
        "text": "…",
    }
    return Alert(**(alert | changes))


def make_forecast(mm_by_hour: dict[int, float], fetched_at: datetime = NOW) -> RainSeries:
    """Hourly rain of 8 July 2022, local hours 0 to 47; the rest dry."""
    midnight = datetime(2022, 7, 7, 16, tzinfo=UTC)
    return RainSeries(
        provider="test",
        fetched_at=fetched_at,
        steps=tuple(
            RainStep(
                start=midnight + timedelta(hours=hour),
                end=midnight + timedelta(hours=hour + 1),
                mm=mm_by_hour.get(hour, 0.0),
            )
            for hour in range(48)
        ),
    )


def make_admin(store: Store) -> Account:
    """An administrator's account with no password, without which nobody leaves a drill."""
    return add_account(store, CONSOLE, "管理员", Role.ADMIN, None, NOW)


def local(hour: float) -> datetime:
    """An instant of 8 July 2022 by the local clock."""
    return datetime(2022, 7, 7, 16, tzinfo=UTC) + timedelta(hours=hour)


WHY = Message(
    "why.guard",
    {"at": NOW, "mm": 18.25, "where": Message("name.text", {"text": "永宁路"}), "ids": ("a", 2)},
)


def make_assignment(job_id: str, *units: str) -> Assignment:
    members = tuple(
        Member(
            unit_id=unit,
            kind=UnitKind.CREW,
            resource_id=unit[:3],
            driver_id=None,
            leave_at=NOW,
            arrive_at=NOW + HOUR / 4,
        )
        for unit in units
    )
    return Assignment(
        job_id=job_id,
        kind=JobKind.CLEAR,
        phase=Phase.BEFORE,
        segment_id="S01",
        station_id="ST1",
        inlet_ids=("Y001", "Y002"),
        members=members,
        start_at=NOW + HOUR / 4,
        end_at=NOW + HOUR,
        risk=71,
        why=(WHY,),
    )


def make_version(operation_id: int, number: int = 1, **changes) -> PlanVersion:
    version = {
        "operation_id": operation_id,
        "number": number,
        "drill": True,
        "made_at": NOW,
        "causes": ("alert:1",),
        "alert_digests": ("1",),
        "score": 2**40,
        "bound": 2**41,
        "status": "feasible",
        "solve_seconds": 2.5,
        "rain": RainOutlook(
            source="forecast",
            fetched_at=NOW,
            onset_at=NOW + HOUR,
            end_at=None,
            total_mm=62.3,
            peak_mm_h=18.0,
            hours=((NOW, 0.0), (NOW + HOUR, 18.0)),
        ),
        "risks": (SegmentRisk(segment_id="S01", score=71, why=(WHY,), inlet_ids=("Y002",)),),
        "assignments": (
            make_assignment("clear:S01", "C02@2022-07-08", "C01@2022-07-08"),
            make_assignment("a:S02"),
        ),
        "left_out": (
            UnassignedJob(
                job_id="jet:S02",
                kind=JobKind.JET,
                phase=Phase.AFTER,
                segment_id=None,
                station_id="ST1",
                risk=None,
                why=WHY,
            ),
        ),
        "rests": (Rest(unit_id="C01@2022-07-08", start_at=NOW, end_at=NOW + HOUR),),
        "changes": (WHY,),
        "problem": '{"题": 1}',
        "plan": "{}",
        "published_at": NOW,
    }
    return PlanVersion(**(version | changes))


def make_notice(
    operation_id: int, version: int = 1, station_id: str = "A", channel: str = "group", **changes
) -> Notice:
    notice = {
        "operation_id": operation_id,
        "version": version,
        "station_id": station_id,
        "channel": channel,
        "body": (WHY,),
        "created_at": NOW,
        "next_at": NOW,
    }
    return Notice(**(notice | changes))


def make_station_phones(city: City) -> City:
    """The city with a telephone number for each station."""
    return replace(
        city,
        stations=tuple(
            replace(station, phone=f"0437-555{number:04}")
            for number, station in enumerate(city.stations)
        ),
    )


def make_spare(**changes) -> SpareUnit:
    """A crew of three, idle at its station for seven hours."""
    unit = SpareUnit(
        resource_id="W1",
        kind=UnitKind.CREW,
        name="西1班",
        leader="班长",
        station="西甲站",
        position=(125.140, 42.900),
        size=3,
        skills=("clearing",),
        from_at=NOW,
        to_at=NOW + 7 * HOUR,
    )
    return replace(unit, **changes)


def make_loan(**changes) -> Loan:
    """That crew, lent by the west to the installation's own district."""
    loan = Loan(
        unit=make_spare(),
        lender_id="west",
        lender="西区",
        borrower_id="main",
        borrower="东区",
        station_id="A",
        station="甲站",
        chief="甲站站长",
        phone="0437",
        from_at=NOW + HOUR,
        to_at=NOW + 6 * HOUR,
        way_minutes=10,
        worth=20.0,
        cost=2.0,
    )
    return replace(loan, **changes)


def make_want(**changes) -> Want:
    """A road of station A to be cleared within four hours by two people."""
    want = Want(
        job_id="clear:S1",
        kind=JobKind.CLEAR,
        station_id="A",
        station="甲站",
        chief="甲站站长",
        place="永宁路",
        position=(125.142, 42.901),
        people=2,
        skills=("clearing",),
        from_at=NOW,
        to_at=NOW + 4 * HOUR,
        minutes=30,
        worth=20.0,
    )
    return replace(want, **changes)
