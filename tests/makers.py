"""Small made-up things for tests: a town of three segments, a warning, a forecast."""

from datetime import UTC, date, datetime, time, timedelta

from data.entities import (
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
from weather.forecast import Action, Alert, Level, RainSeries, RainStep

NOW = datetime(2022, 7, 8, 0, 20, tzinfo=UTC)  # 08:20 in Liaoyuan, the day shift on duty
SHIFTS = (
    Shift(id="day", name="白班", start=time(8), end=time(16), break_minutes=30, break_from=time(11), break_to=time(13)),
    Shift(id="late", name="中班", start=time(16), end=time(0)),
    Shift(id="night", name="夜班", start=time(0), end=time(8)))


def make_city(**changes) -> City:
    """Two stations, three segments (one guarded, one low-lying), a crew of each kind in each shift, a machine each."""
    stations = (
        Station(id="A", name="甲站", position=(125.140, 42.900), chief="甲站站长", deputy="甲站副站长"),
        Station(id="B", name="乙站", position=(125.150, 42.905), chief="乙站站长", deputy="乙站副站长"))
    segments = (
        Segment(id="S1", road="永宁路", start_name="东口", end_name="西口", station_id="A",
                line=((125.141, 42.901), (125.143, 42.901)), importance=5, guard=True),
        Segment(id="S2", road="安宁街", start_name="南口", end_name="北口", station_id="A",
                line=((125.144, 42.901), (125.144, 42.903)), importance=3),
        Segment(id="S3", road="新兴路", start_name="桥下", end_name="路口", station_id="B",
                line=((125.148, 42.904), (125.149, 42.906)), importance=4, guard=True, low_lying=True))
    inlets = tuple(Inlet(id=f"{segment.id}-{n}", segment_id=segment.id, position=segment.middle,
                         cleaned_on=date(2022, 5, 1)) for segment in segments for n in range(4))
    crews = tuple(
        Crew(id=f"{station}{kind}{shift.id}", station_id=station, name=f"{station}{kind}{shift.name}", leader="班长",
             size=size, skills=skills, shift_id=shift.id)
        for station in "AB" for shift in SHIFTS
        for kind, size, skills in ((1, 3, ("clearing", "pumping")), (2, 4, ("clearing", "jetting", "confined_space"))))
    machines = tuple(Machine(id=f"M-{kind}", station_id="A", kind=kind, plate=f"车{n}") for n, kind in enumerate(
        ("jetting_truck", "suction_truck", "sludge_truck", "pump_truck", "loader", "flusher", "sweeper")))
    drivers = tuple(Driver(id=f"D-{machine.kind}-{shift.id}", machine_id=machine.id, post="司机", shift_id=shift.id)
                    for machine in machines for shift in SHIFTS)
    blockages = (
        make_blockage("S1-0", 400), make_blockage("S1-0", 40), make_blockage("S1-1", 300),
        make_blockage("S2-0", 2, cleared=False, remedy="jetting"),
        make_blockage("S3-0", 3, cleared=False, remedy="well_entry"))
    city = {"district": District(adcode="220402", name="龙山区", sample=True), "stations": stations,
            "segments": segments, "inlets": inlets, "shifts": SHIFTS, "crews": crews, "machines": machines,
            "drivers": drivers, "blockages": blockages}
    return City(**(city | changes))


def make_blockage(inlet_id: str, days_ago: float, cleared: bool = True, remedy: str = "hand") -> Blockage:
    at = NOW - timedelta(days=days_ago)
    return Blockage(id=f"{inlet_id}@{days_ago}", inlet_id=inlet_id, reported_at=at,
                    cleared_at=at + timedelta(hours=5) if cleared else None, cause="leaves", remedy=remedy)


def make_alert(level: Level = Level.YELLOW, issued_at: datetime = NOW, **changes) -> Alert:
    """A rainstorm warning of 50 mm in 6 hours."""
    alert = {"provider": "test", "provider_id": f"{level}-{issued_at:%H%M}", "issuers": ("辽源市气象台",),
             "type": "暴雨", "level": level, "action": Action.ISSUE, "issued_at": issued_at, "received_at": issued_at,
             "forecast_hours": 6.0, "forecast_mm": 50.0, "text": "…"}
    return Alert(**(alert | changes))


def make_forecast(mm_by_hour: dict[int, float], fetched_at: datetime = NOW) -> RainSeries:
    """Hourly rain of 8 July 2022, local hours 0 to 47; the rest dry."""
    midnight = datetime(2022, 7, 7, 16, tzinfo=UTC)
    return RainSeries(provider="test", fetched_at=fetched_at, steps=tuple(
        RainStep(start=midnight + timedelta(hours=hour), end=midnight + timedelta(hours=hour + 1),
                 mm=mm_by_hour.get(hour, 0.0)) for hour in range(48)))


def local(hour: float) -> datetime:
    """An instant of 8 July 2022 by the local clock."""
    return datetime(2022, 7, 7, 16, tzinfo=UTC) + timedelta(hours=hour)
