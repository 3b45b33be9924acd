"""A made-up town with a plan in force, for whatever shows one."""

from datetime import UTC, date, datetime, time, timedelta

from data.model.city import City, Crew, District, Driver, Inlet, Machine, Segment, Shift, Station
from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.operation import Operation, OperationKind
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
from weather.model import Action, Alert, Level, RainSeries, RainStep

NOW = datetime(2022, 7, 8, 0, 20, tzinfo=UTC)  # 08:20 in Longshan


ROADS = ("永宁路", "安宁街", "连阳路", "新兴路", "文宁街", "人民大街", "西宁大街")


def minutes(count: int) -> datetime:
    """``NOW`` and so many minutes."""
    return NOW + timedelta(minutes=count)


def make_city(**changed) -> City:
    stations = tuple(
        Station(
            id=f"S{i}",
            name=name,
            position=(125.13 + i * 0.02, 42.90 + i * 0.008),
            chief="站长",
            deputy="副站长",
            phone="0437-0000000",
        )
        for i, name in enumerate(("西宁管理站", "安宁管理站"), start=1)
    )
    segments = tuple(
        Segment(
            id=f"G{i:02}",
            road=road,
            start_name="甲路口",
            end_name="乙路口",
            station_id=f"S{1 + i % 2}",
            line=(
                (125.12 + i * 0.008, 42.895),
                (125.125 + i * 0.008, 42.905),
                (125.13 + i * 0.008, 42.91),
            ),
            importance=5 - i % 3,
            guard=i == 0,
            low_lying=i == 1,
        )
        for i, road in enumerate(ROADS)
    )
    inlets = tuple(
        Inlet(
            id=f"{segment.id}-{n:02}",
            segment_id=segment.id,
            position=segment.line[0],
            cleaned_on=date(2022, 6, 1),
        )
        for segment in segments
        for n in range(1, 11)
    )
    shifts = (
        Shift(id="day", name="白班", start=time(8), end=time(16), break_minutes=30),
        Shift(id="night", name="夜班", start=time(0), end=time(8)),
    )
    crews = tuple(
        Crew(
            id=f"C{i}",
            station_id=f"S{1 + i % 2}",
            name=f"{i}班",
            leader=f"{i}班班长",
            size=3 + i % 3,
            skills=("clearing",),
            shift_id="day",
            seniors=0,  # each goes out as one
        )
        for i in range(1, 6)
    )
    machines = (
        Machine(id="M1", station_id="S1", kind="jetting_truck", plate="吉D·W0001", capacity=8.0),
        Machine(id="M2", station_id="S2", kind="pump_truck", plate="吉D·W0002", capacity=500.0),
    )
    drivers = tuple(
        Driver(id=f"D{i}", machine_id=f"M{i}", post=f"驾驶员{i}", shift_id="day") for i in (1, 2)
    )
    city = {
        "district": District(
            adcode="220402",
            name="龙山区",
            sample=True,
            outline=((125.08, 42.85), (125.3, 42.85), (125.3, 43.0), (125.08, 43.0)),
        ),
        "stations": stations,
        "segments": segments,
        "inlets": inlets,
        "shifts": shifts,
        "crews": crews,
        "machines": machines,
        "drivers": drivers,
    }
    return City(**(city | changed))


def crew_member(number: int, leave: int, arrive: int) -> Member:
    return Member(
        unit_id=f"C{number}@2022-07-08",
        kind=UnitKind.CREW,
        resource_id=f"C{number}",
        driver_id=None,
        leave_at=minutes(leave),
        arrive_at=minutes(arrive),
    )


def machine_member(number: int, leave: int, arrive: int) -> Member:
    return Member(
        unit_id=f"M{number}@2022-07-08-day",
        kind=UnitKind.MACHINE,
        resource_id=f"M{number}",
        driver_id=f"D{number}",
        leave_at=minutes(leave),
        arrive_at=minutes(arrive),
    )


def make_assignment(
    job_id: str,
    kind: JobKind,
    phase: Phase,
    segment: int | None,
    members,
    start: int,
    end: int,
    **changed,
) -> Assignment:
    facts = {
        "job_id": job_id,
        "kind": kind,
        "phase": phase,
        "segment_id": None if segment is None else f"G{segment:02}",
        "station_id": "S1",
        "inlet_ids": tuple(f"G{segment:02}-{n:02}" for n in range(1, 9))
        if kind in (JobKind.CLEAR, JobKind.JET)
        else (),
        "members": tuple(members),
        "start_at": minutes(start),
        "end_at": minutes(end),
        "risk": 72,
        "why": (Message("risk.low_lying"),),
    }
    return Assignment(**(facts | changed))


def make_version(**changed) -> PlanVersion:
    assignments = (
        make_assignment(
            "clear:G00", JobKind.CLEAR, Phase.BEFORE, 0, [crew_member(1, 5, 15)], 15, 55
        ),
        make_assignment(
            "jet:G01",
            JobKind.JET,
            Phase.BEFORE,
            1,
            [crew_member(2, 10, 20), machine_member(1, 8, 18)],
            20,
            60,
            why=(Message("risk.low_lying"), Message("made.up", {"x": 1})),
        ),
        make_assignment(
            "clear:G02",
            JobKind.CLEAR,
            Phase.BEFORE,
            2,
            [crew_member(3, -40, -30)],
            -30,
            -5,
            state="past",
            station_id="S2",
        ),
        make_assignment(
            "guard:G00:1", JobKind.GUARD, Phase.DURING, 0, [crew_member(1, 60, 65)], 65, 185
        ),
        make_assignment(
            "pump:G01:1",
            JobKind.PUMP,
            Phase.DURING,
            1,
            [crew_member(4, -10, 0), machine_member(2, -9, 0)],
            0,
            180,
            state="under_way",
        ),
        make_assignment(
            "reserve:S2",
            JobKind.RESERVE,
            Phase.DURING,
            None,
            [crew_member(5, 60, 60)],
            60,
            300,
            station_id="S2",
            risk=None,
        ),
        make_assignment(
            "desilt:G03",
            JobKind.DESILT,
            Phase.AFTER,
            3,
            [crew_member(3, 330, 340)],
            340,
            400,
            station_id="S2",
        ),
    )
    left = (
        UnassignedJob(
            job_id="well:G04",
            kind=JobKind.WELL,
            phase=Phase.BEFORE,
            segment_id="G04",
            station_id="S1",
            risk=40,
            why=Message("made.up", {"reason": "no entry while a warning stands"}),
        ),
    )
    risks = tuple(
        SegmentRisk(
            segment_id=f"G{i:02}",
            score=[90, 75, 55, 30, 12, 60, 5][i],
            why=(Message("risk.low_lying"),),
            inlet_ids=(),
        )
        for i in range(7)
    )
    hours = tuple(
        (NOW.replace(minute=0) + timedelta(hours=i), mm)
        for i, mm in enumerate((0.0, 0.4, 6.0, 14.0, 18.0, 9.0, 3.0, 0.2))
    )
    rain = RainOutlook(
        source="forecast",
        fetched_at=minutes(-12),
        onset_at=hours[2][0],
        end_at=hours[6][0] + timedelta(hours=1),
        total_mm=50.0,
        peak_mm_h=18.0,
        hours=hours,
    )
    facts = {
        "operation_id": 1,
        "number": 2,
        "drill": True,
        "made_at": minutes(-1),
        "causes": ("alert:abc",),
        "alert_digests": (make_alert().digest,),
        "rain": rain,
        "risks": risks,
        "assignments": assignments,
        "left_out": left,
        "rests": (Rest(unit_id="C1@2022-07-08", start_at=minutes(190), end_at=minutes(220)),),
        "changes": (Message("made.up", {"what": "changed"}),),
        "score": 100,
        "bound": 120,
        "status": "feasible",
        "solve_seconds": 3.0,
        "problem": "{}",
        "plan": "{}",
        "published_at": minutes(-1),
    }
    return PlanVersion(**(facts | changed))


def make_alert(**changed) -> Alert:
    facts = {
        "provider": "notice",
        "provider_id": "n1",
        "issuers": ("辽源市气象台",),
        "type": "暴雨",
        "level": Level.YELLOW,
        "action": Action.ISSUE,
        "issued_at": NOW,
        "received_at": NOW,
        "forecast_hours": 6.0,
        "forecast_mm": 50.0,
        "areas": ("龙山区",),
        "text": "辽源市气象台2022年7月8日8时20分发布暴雨黄色预警信号",
    }
    return Alert(**(facts | changed))


def make_series(hours: int = 10) -> RainSeries:
    start = NOW.replace(minute=0)
    return RainSeries(
        provider="open_meteo",
        run_at=start,
        fetched_at=minutes(-12),
        steps=tuple(
            RainStep(
                start=start + timedelta(hours=i),
                end=start + timedelta(hours=i + 1),
                mm=float(i % 5) * 3,
            )
            for i in range(hours)
        ),
    )


def make_operation(kind: OperationKind = OperationKind.DRILL) -> Operation:
    return Operation(id=1, kind=kind, clock_at=NOW, anchor_at=NOW, started_at=NOW)


def make_tap(kind: EventKind, job_id: str, at: int) -> FieldEvent:
    """A chief's tap on a job of version 2, so many minutes after ``NOW``."""
    return FieldEvent(
        operation_id=1,
        event_id=f"{kind}:{job_id}:{at}",
        version=2,
        station_id="S1",
        kind=kind,
        job_id=job_id,
        server_at=minutes(at),
        by="王站长",
    )
