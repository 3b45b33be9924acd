"""What the city is and what was decided: plain values, the standard library only.

Instants are aware UTC; the times of a shift are the district's local time. Positions are WGS-84 (longitude, latitude).
Lengths are metres, volumes cubic metres. ``None`` means "not known".
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

Position = tuple[float, float]

SKILLS = ("clearing", "jetting", "confined_space", "pumping")
MACHINE_KINDS = ("jetting_truck", "suction_truck", "sludge_truck", "pump_truck", "loader", "flusher", "sweeper")
INLET_KINDS = ("flat_grate", "kerb", "combined")
BLOCKAGE_CAUSES = ("leaves", "silt", "litter", "grease", "mortar", "unknown")
REMEDIES = ("hand", "jetting", "well_entry")


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence not yet said: its key in the catalogue of texts, and the facts it fills in.

    A fact may be a text (kept as it is), a number, an instant, a ``Message`` (said in turn) or a tuple of these.
    """

    code: str
    facts: dict[str, object] = field(default_factory=dict)


# --- the city ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """The area looked after. ``sample`` marks made-up data, which is said wherever it shows."""

    adcode: str
    name: str
    time_zone: str = "Asia/Shanghai"
    outline: tuple[Position, ...] = ()
    sample: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A management station (管理站): where crews and machines start, led by a chief (站长) and a deputy."""

    id: str
    name: str
    position: Position
    chief: str
    deputy: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of road between two places.

    Attributes
    ----------
    line
        Its course, at least two positions.
    importance
        1 (lane) to 5 (key road).
    guard
        A key point that is watched through the storm (值守点).
    low_lying
        Water gathers here: a pump is placed.
    """

    id: str
    road: str
    start_name: str
    end_name: str
    station_id: str
    line: tuple[Position, ...]
    importance: int
    guard: bool = False
    low_lying: bool = False

    @property
    def middle(self) -> Position:
        """The position that stands for the stretch when units travel to it."""
        return self.line[len(self.line) // 2] if len(self.line) > 2 else (
            (self.line[0][0] + self.line[1][0]) / 2, (self.line[0][1] + self.line[1][1]) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlet:
    """A gully or storm-water inlet (雨水口)."""

    id: str
    segment_id: str
    position: Position
    kind: str = "flat_grate"
    cleaned_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blockage:
    """One time that an inlet was found blocked. ``cleared_at`` is ``None`` while it still is."""

    id: str
    inlet_id: str
    reported_at: datetime
    cleared_at: datetime | None
    cause: str
    remedy: str
    silt_m3: float | None = None
    rain_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A turn of duty in local time; one that ends at or before its start ends on the next day."""

    id: str
    name: str
    start: time
    end: time
    break_minutes: int = 0
    break_from: time | None = None
    break_to: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """People who go out together. ``leader`` is a post (班长), counted in ``size``."""

    id: str
    station_id: str
    name: str
    leader: str
    size: int
    skills: tuple[str, ...]
    shift_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A vehicle with a purpose. ``capacity`` is m3 of tank or body, for a pump m3/h."""

    id: str
    station_id: str
    kind: str
    plate: str
    capacity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """The post that drives one machine in one shift; a machine without one stays in."""

    id: str
    machine_id: str
    post: str
    shift_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What one level of the flood response (应急响应) asks of a sanitation unit; a bureau may write its own.

    Attributes
    ----------
    id
        ``IV`` (mildest) to ``I``.
    colour
        The colour of a rain warning that proposes it; an officer orders.
    duty
        What it asks, in words for the sheet.
    reserves
        Crews kept ready at each station while it rains.
    guard_from
        Segments of at least this importance are guarded besides the marked key points; 6 for none.
    routine
        Whether upkeep goes on while no rain is ahead.
    all_hands
        Whether crews that are off shift are called in.
    """

    id: str
    colour: str
    duty: str
    reserves: int = 1
    guard_from: int = 6
    routine: bool = True
    all_hands: bool = False
    source: str = ""


_PRACTICE = "常见的四级响应做法归纳，非单一文件；请按本市预案修改"
DEFAULT_LEVELS = (
    LevelRule(id="IV", colour="blue", reserves=1, source=_PRACTICE, duty=(
        "启动24小时值班，领导带班；雨前清扫路面，清除雨水箅子上的落叶和淤泥。")),
    LevelRule(id="III", colour="yellow", reserves=1, guard_from=5, source=_PRACTICE, duty=(
        "在四级基础上：逐条主干道定人定责，巡查易积水点；班组和泵车提前到位；停止会把泥沙带入管道的作业。")),
    LevelRule(id="II", colour="orange", reserves=2, guard_from=4, routine=False, source=_PRACTICE, duty=(
        "在三级基础上：停止日常清扫；打开的井箅专人看守；人员撤离低洼危险处；每小时报告一次。")),
    LevelRule(id="I", colour="red", reserves=2, guard_from=4, routine=False, all_hands=True, source=_PRACTICE, duty=(
        "在二级基础上：停止一切日常户外作业，只执行抢险指令；全员到岗待命；雨后清淤消杀。")))
"""The levels where a bureau has not brought its own; colours as in published municipal plans (blue IV to red I)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The district and all that stands in it: the tables a bureau can replace."""

    district: District
    stations: tuple[Station, ...] = ()
    segments: tuple[Segment, ...] = ()
    inlets: tuple[Inlet, ...] = ()
    shifts: tuple[Shift, ...] = ()
    crews: tuple[Crew, ...] = ()
    machines: tuple[Machine, ...] = ()
    drivers: tuple[Driver, ...] = ()
    blockages: tuple[Blockage, ...] = ()
    levels: tuple[LevelRule, ...] = DEFAULT_LEVELS


# --- the decisions ----------------------------------------------------------------------------------------------------


class OperationKind(StrEnum):
    """Whether what is done is meant."""

    REAL = "real"
    DRILL = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One run of the centre: the real one, or a drill with a clock of its own.

    A drill's clock stood at ``clock_at`` when the real one stood at ``anchor_at``; it runs on while the program runs.
    Warnings, forecasts, causes and plan versions belong to one operation, so a drill never touches the real one.
    """

    id: int
    kind: OperationKind
    clock_at: datetime
    anchor_at: datetime
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def is_drill(self) -> bool:
        return self.kind is OperationKind.DRILL

    def now(self, real_now: datetime) -> datetime:
        """What time it is in this operation when the real clock shows ``real_now``."""
        return self.clock_at + (real_now - self.anchor_at) if self.is_drill else real_now


class TriggerKind(StrEnum):
    """Why a plan is asked for."""

    ALERT = "alert"
    FORECAST = "forecast"
    MANUAL = "manual"
    LEVEL = "level"
    SEARCH = "search"  # the compiled search is ready, and the plan in force was made without it
    INCIDENT = "incident"
    OUTAGE = "outage"  # a crew or machine out of action, or back
    REFUSAL = "refusal"  # an assignment refused by its station
    OVERDUE = "overdue"  # an assignment that should have begun or ended
    SHIFT = "shift"
    CHANGE = "change"  # an assignment changed by hand
    REOPEN = "reopen"  # work done that must be done again
    RELIEF = "relief"  # the post of an incident that is still open ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A cause to plan. ``cause`` (such as ``"alert:<digest>"``) is unique within its operation: asked twice, planned
    once.

    ``answered_by`` is the number of the plan version that answered it; with ``settled_at`` set and no version,
    ``outcome`` says why it plans nothing.
    """

    id: int
    operation_id: int
    cause: str
    kind: TriggerKind
    requested_at: datetime
    settled_at: datetime | None = None
    answered_by: int | None = None
    outcome: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOrder:
    """A response level ordered, by whom and when; ``level`` is ``None`` where the response is ended."""

    id: int
    operation_id: int
    level: str | None
    by: str
    at: datetime


class Phase(StrEnum):
    """The three phases of practice: clear before the rain, guard during it, desilt after it."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class JobKind(StrEnum):
    """What is done at a stop."""

    CLEAR = "clear"  # inlets cleared by hand
    JET = "jet"  # inlets and connections jetted
    WELL = "well"  # somebody goes down a well: a confined space
    GUARD = "guard"  # a key point watched
    PUMP = "pump"  # a low point watched with a pump placed
    RESERVE = "reserve"  # a crew kept ready at its station
    DESILT = "desilt"  # silt taken out of inlets
    HAUL = "haul"  # sludge driven away
    FLUSH = "flush"  # the road rinsed


class UnitKind(StrEnum):
    CREW = "crew"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One unit's part in an assignment: a crew, or a machine with its driver.

    ``unit_id`` names it within one turn of duty (``"C03@2022-07-08"``); ``resource_id`` is the crew's or machine's own.
    It sets out at ``leave_at`` and is there at ``arrive_at``; the work begins when all are there.
    """

    unit_id: str
    kind: UnitKind
    resource_id: str
    driver_id: str | None
    leave_at: datetime
    arrive_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One job, its team and its time. ``job_id`` stays the same from version to version.

    ``state`` is ``planned``, ``under_way`` (kept as it is) or ``past`` (its time is over; kept to be seen).
    """

    job_id: str
    kind: JobKind
    phase: Phase
    segment_id: str | None
    station_id: str
    inlet_ids: tuple[str, ...]
    members: tuple[Member, ...]
    start_at: datetime
    end_at: datetime
    risk: int | None
    why: tuple[Message, ...]
    state: str = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A job that no one does, and the proved reason."""

    job_id: str
    kind: JobKind
    phase: Phase
    segment_id: str | None
    station_id: str
    risk: int | None
    why: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A unit's break."""

    unit_id: str
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRisk:
    """How likely and how bad a flooded segment is, 0 to 100, with the parts it is made of."""

    segment_id: str
    score: int
    why: tuple[Message, ...]
    inlet_ids: tuple[str, ...]  # worth clearing first, most pressing first


@dataclass(frozen=True, slots=True, kw_only=True)
class RainOutlook:
    """The rain that a plan stands on.

    ``source`` is ``forecast``, ``alert`` (the warning's own words, where no forecast sees rain) or ``none``.
    ``provider`` names who gave it, ``fetched_at`` says when, ``run_at`` which run of the model it is.
    ``stale_provider`` and ``stale_fetched_at`` name the newest forecast where that was stale: its rain alone counts.
    ``onset_at`` and ``end_at`` are ``None`` when no rain worth planning for is ahead.
    """

    source: str
    fetched_at: datetime | None
    onset_at: datetime | None
    end_at: datetime | None
    total_mm: float
    peak_mm_h: float
    hours: tuple[tuple[datetime, float], ...]  # start of each hour and its mm
    provider: str | None = None
    run_at: datetime | None = None
    stale_provider: str | None = None
    stale_fetched_at: datetime | None = None


class PlanState(StrEnum):
    """A draft waits for approval and binds nobody; at most one version of an operation is published."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A plan: version ``number`` of its operation, what asked for it and what it stands on.

    ``problem`` and ``plan`` are the solver's own JSON, kept so that any version can be judged again.
    ``fallback`` marks a plan made without the search because that failed; ``level`` is the response level ordered.
    ``published_at`` is ``None`` for one never published; ``approved_by`` for one that nobody had to approve.
    """

    operation_id: int
    number: int
    drill: bool
    made_at: datetime
    causes: tuple[str, ...]
    alert_digests: tuple[str, ...]
    rain: RainOutlook
    risks: tuple[SegmentRisk, ...]
    assignments: tuple[Assignment, ...]
    left_out: tuple[LeftOut, ...]
    rests: tuple[Rest, ...]
    changes: tuple[Message, ...]
    score: int
    bound: int
    status: str
    solve_seconds: float
    fallback: bool = False
    problem: str
    plan: str
    level: str | None = None
    state: PlanState = PlanState.PUBLISHED
    published_at: datetime | None = None
    approved_by: str | None = None
