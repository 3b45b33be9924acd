"""The named situations: what is known when, and what happens then.

The rain is given by hours from local midnight of ``day`` (24 and more: the next day). Each event is
some minutes after ``now``; all are made up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from data.model.city import (
    City,
)
from data.model.street.streets import StreetMap
from ops.settings import Settings
from tests.bench.plan_sense_districts import (
    HILLY,
    LARGE,
    NO_RECORD,
    SMALL_TOWN,
    ZONE,
    in_pairs,
    longshan,
    overlapping,
    with_crews,
    with_machines,
    without_record,
)

Rain = Mapping[int, float]
COLOURS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens ``minutes`` after ``now`` and is answered.

    ``what`` is ``incident``, ``out``, ``warning``, ``cancel`` (a warning is lifted), ``forecast``,
    ``level``, ``close`` (a street), ``again`` (the desk
    plans anew), ``clock`` (only time goes by), ``accept``, ``done`` (what should be done by now is
    tapped), ``done_first`` (every first job is tapped done), or ``refuse``; ``is_noise`` where
    nothing has happened that should move anybody.
    """

    minutes: int
    what: str
    facts: Mapping[str, object] = field(default_factory=dict)
    is_noise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One case; ``rain`` falls, ``forecast`` is what is forecast at ``at`` hours (the same unless
    given). ``lines`` are those of the list of known faults that it was made for. Stations tap their
    work as it ends, unless ``taps`` is false.
    """

    name: str
    lines: tuple[int, ...]
    rain: Rain
    at: float = 8 + 20 / 60
    warning: tuple[str, int, int] | None = None
    other_warnings: tuple[str, ...] = ()
    forecast: Rain | None = None
    city: Callable[[], City] = lambda: longshan()
    level: str | None = None
    events: tuple[Event, ...] = ()
    day: date = date(2022, 7, 8)
    steps: int | None = None
    taps: bool = True
    streets: StreetMap | None = None
    settings: Settings = field(default_factory=Settings)

    @property
    def midnight(self) -> datetime:
        return datetime.combine(self.day, time(), ZONE)

    @property
    def now(self) -> datetime:
        return self.midnight + timedelta(minutes=round(self.at * 60))

    def by_instant(self, rain: Rain) -> dict[datetime, float]:
        return {self.midnight + timedelta(hours=hour): mm for hour, mm in sorted(rain.items())}


def notice(situation: Situation, at: datetime, colour: str, hours: int, mm: int) -> str:
    """A rain warning in the words of a weather office (made up)."""
    day = situation.day
    return (
        f"辽源市气象台{day.year}年{day.month}月{day.day}日{at.hour}时{at.minute}分发布暴雨"
        f"{COLOURS[colour]}预警信号：预计未来{hours}小时内，龙山区降雨量将达{mm}毫米以上，请注意防范。"
    )


def lifted(at: datetime, colour: str) -> str:
    """A rain warning lifted, in the same words."""
    return (
        f"辽源市气象台{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分解除暴雨"
        f"{COLOURS[colour]}预警信号。"
    )


# --- what happens --------------------------------------------------------------------------------

YELLOW_RAIN = {11: 3.0, 12: 10.0, 13: 18.0, 14: 12.0, 15: 6.0, 16: 2.0}
YELLOW = ("yellow", 6, 50)
RED = ("red", 3, 100)
ORANGE = ("orange", 3, 50)
NIGHT_RAIN = {4: 30.0, 5: 45.0, 6: 25.0}


def later(hours: int, rain: Rain = YELLOW_RAIN) -> Rain:
    return {hour + hours: mm for hour, mm in rain.items()}


def scaled(factor: float) -> Rain:
    return {hour: mm * factor for hour, mm in YELLOW_RAIN.items()}


def water(minutes: int, segment: str, depth: float = 25.0) -> Event:
    return Event(
        minutes=minutes,
        what="incident",
        facts={"kind": "standing_water", "segment_id": segment, "depth_cm": depth},
    )


def noise(minutes: int, what: str, facts: Mapping[str, object] | None = None) -> Event:
    return Event(minutes=minutes, what=what, facts=facts or {}, is_noise=True)


def event(minutes: int, what: str, **facts: object) -> Event:
    return Event(minutes=minutes, what=what, facts=facts)


def yellow(name: str, *lines: int, **more: object) -> Situation:
    """A case of the yellow storm."""
    given: dict = {"rain": YELLOW_RAIN, "warning": YELLOW} | more
    return Situation(name=name, lines=lines, **given)


def case(name: str, *lines: int, rain: Rain, **more: object) -> Situation:
    return Situation(name=name, lines=lines, rain=rain, **more)  # type: ignore[arg-type]


NOON = 225  # minutes from 08:20 to 12:05
FIRST = (
    yellow("yellow", 1, 7),
    yellow("yellow-level-III", 1, level="III"),
    yellow("yellow-level-III-later", 1, events=(event(20, "level", level="III"),)),
    yellow("yellow-level-II", 1, level="II"),
    yellow("yellow-level-I", 1, 11, level="I"),
    yellow("yellow-in-pairs", 7, city=in_pairs),
    yellow("yellow-no-record", 6, city=without_record),
    yellow("yellow-overlapping-shifts", 5, city=overlapping),
    case("overlapping-shifts-evening", 5, rain=later(4), warning=YELLOW, city=overlapping),
    yellow("yellow-no-pump-truck", 4, city=with_machines("pump_truck")),
    yellow("yellow-one-pump-truck", 4, city=with_machines("pump_truck", 1)),
    yellow("yellow-no-jetting", 14, city=with_machines("jetting_truck")),
    yellow("yellow-half-the-crews", 23, city=with_crews("D", 4), events=(event(10, "remedies"),)),
    yellow("yellow-one-crew", 23, city=with_crews("D", 1)),
    yellow("yellow-fresh-machine", 8, steps=1),
    case(
        "pump-drivers-by-day",
        4,
        rain=later(3),
        warning=YELLOW,
        city=with_machines("pump_truck", shifts="D"),
    ),
    yellow(
        "pumps-break-down",
        4,
        events=tuple(event(260, "out", unit=unit) for unit in ("M08", "M09", "M10")),
    ),
)
INCIDENTS = (
    yellow("water-at-a-post-S27", 2, events=(water(NOON, "S27", 30.0),)),
    yellow("water-on-a-road-S05", 2, events=(water(NOON, "S05", 30.0),)),
    yellow("water-on-a-road-S13", 2, events=(water(NOON, "S13", 30.0),)),
    yellow("water-in-the-rain-1105", 3, events=(water(165, "S14"), water(170, "S03"))),
    yellow("water-in-the-rain-1310", 3, events=(water(290, "S09"),)),
    yellow(
        "twelve-calls-in-the-rain",
        3,
        events=tuple(water(165 + 5 * i, f"S{2 * i + 1:02d}") for i in range(12)),
    ),
    yellow(
        "thirty-calls-about-one",
        12,
        events=(
            *(water(NOON + i // 6, "S14") for i in range(30)),
            water(231, "S20", 40.0),
            water(232, "S10", 40.0),
        ),
    ),
    case("water-on-a-dry-day", 3, rain={}, events=(water(30, "S12"),)),
    case("water-at-night", 3, 11, rain={}, at=1.0, events=(water(30, "S12", 30.0),)),
)
STORMS = (
    case("forecast-alone", 1, rain=YELLOW_RAIN),
    case("cloudburst-40-minutes", 10, rain={9: 55.0, 10: 25.0}, warning=RED),
    case("cloudburst-now", 10, rain={8: 40.0, 9: 45.0}, warning=RED),
    case("cloudburst-two-hours", 10, rain={10: 55.0, 11: 35.0}, warning=ORANGE),
    case(
        "red-with-130-dry-minutes",
        10,
        rain={11: 45.0, 12: 38.0},
        forecast=YELLOW_RAIN,
        warning=YELLOW,
        events=(
            event(30, "forecast", rain={11: 45.0, 12: 38.0}),
            event(31, "warning", warning=RED),
        ),
    ),
    case(
        "yellow-then-red",
        10,
        rain={11: 30.0, 12: 45.0, 13: 20.0},
        forecast=YELLOW_RAIN,
        warning=YELLOW,
        events=(event(45, "warning", warning=RED),),
    ),
    case("red-at-three", 8, 11, at=3.0, rain=NIGHT_RAIN, warning=RED),
    case("red-at-three-level-I", 8, 11, at=3.0, rain=NIGHT_RAIN, warning=RED, level="I"),
    case(
        "night-storm-one-night-crew",
        11,
        at=22.0,
        rain={24: 15.0, 25: 30.0, 26: 20.0, 27: 5.0},
        warning=("orange", 6, 50),
        city=with_crews("N", 1),
    ),
    case("change-of-shift", 8, rain={15: 12.0, 16: 30.0, 17: 25.0, 18: 8.0}, warning=YELLOW),
    case(
        "evening-into-night",
        11,
        at=16.5,
        rain={21: 10.0, 22: 20.0, 23: 25.0, 24: 20.0, 25: 10.0},
        warning=("orange", 12, 50),
        events=(event(450, "clock"),),
    ),
    case("long-heavy", 8, rain=dict.fromkeys(range(12, 24), 12.0), warning=("orange", 12, 100)),
    case(
        "drizzle-then-storm",
        9,
        rain={**dict.fromkeys(range(8, 15), 1.2), 15: 25.0, 16: 30.0, 17: 10.0},
        warning=YELLOW,
    ),
    case("light-all-day", 9, rain=dict.fromkeys(range(8, 24), 4.5)),
    case("light-36-hours", 9, rain=dict.fromkeys(range(8, 44), 1.5)),
    case(
        "two-storms",
        20,
        rain={11: 12.0, 12: 18.0, 13: 10.0, 19: 15.0, 20: 25.0, 21: 20.0, 22: 8.0},
        warning=YELLOW,
    ),
    case("small-then-great", 9, 20, rain={9: 2.0, 14: 35.0, 15: 30.0}, warning=YELLOW),
)
CALM = (
    yellow("early-and-free", 15, events=(event(25, "accept"), event(60, "done_first"))),
    yellow("same-again", 16, events=(noise(20, "again"), noise(60, "again"))),
    yellow("stations-on-paper", 16, taps=False, events=(noise(20, "again"), noise(60, "again"))),
    yellow(
        "forecast-wavers",
        16,
        events=tuple(
            noise(20 * (i + 1), "forecast", {"rain": scaled(1.1 if i % 2 else 0.9)})
            for i in range(4)
        ),
    ),
    yellow("station-refuses-all", 17, events=(event(10, "refuse", station="ST2"),)),
    yellow(
        "accepted-then-again",
        18,
        events=(event(15, "accept"), noise(40, "again"), noise(65, "again")),
    ),
    yellow(
        "nobody-left",
        19,
        taps=False,
        events=(event(15, "accept"), event(70, "clock"), event(130, "clock")),
    ),
    yellow(
        "two-crews-drop-out",
        17,
        events=(event(40, "out", unit="C01"), event(41, "out", unit="C06")),
    ),
    case(
        "forecast-an-hour-earlier",
        16,
        rain=later(-1),
        forecast=YELLOW_RAIN,
        warning=YELLOW,
        events=(event(60, "forecast", rain=later(-1)),),
    ),
    case(
        "storm-fails-to-come",
        16,
        rain={},
        forecast=YELLOW_RAIN,
        warning=YELLOW,
        events=(event(240, "forecast", rain={}),),
    ),
)
DAYS = (
    case("dry-day", 13, rain={}),
    case("dry-night", 13, rain={}, at=1.0),
    case(
        "five-dry-days",
        13,
        14,
        rain={},
        events=tuple(
            one
            for day in range(5)
            for one in (
                event(day * 1440 + 560, "done"),
                event(day * 1440 + 800, "done"),
                event(day * 1440 + 1440, "forecast", rain={}),
            )
        )[:-1],
    ),
    case(
        "heat-orange",
        21,
        rain={},
        other_warnings=("高温橙色", "最高气温将升至37℃以上"),
    ),
    case(
        "lightning-orange",
        21,
        rain={},
        other_warnings=("雷电橙色", "可能发生雷电活动，出现雷电灾害事故的可能性比较大"),
    ),
    case(
        "snow-in-january",
        21,
        rain={},
        forecast={10: 2.0, 11: 2.0, 12: 2.0},
        day=date(2023, 1, 8),
        other_warnings=("暴雪黄色", "降雪量将达6毫米以上"),
    ),
)
ELSEWHERE = (
    case("other-district", 5, 22, rain=YELLOW_RAIN, warning=YELLOW, city=HILLY),
    case("other-district-no-record", 6, rain=YELLOW_RAIN, warning=YELLOW, city=NO_RECORD),
    case("small-town-cloudburst", 10, rain={10: 55.0, 11: 35.0}, warning=ORANGE, city=SMALL_TOWN),
    case(
        "small-town-change-of-shift",
        5,
        8,
        rain={17: 10.0, 18: 22.0, 19: 28.0, 20: 10.0},
        warning=YELLOW,
        city=SMALL_TOWN,
    ),
    case("large-district", 22, rain=YELLOW_RAIN, warning=YELLOW, city=LARGE),
)
SITUATIONS = (*FIRST, *INCIDENTS, *STORMS, *CALM, *DAYS, *ELSEWHERE)
