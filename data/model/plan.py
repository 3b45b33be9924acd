"""What the city is and what was decided: plain values, the standard library only.

Instants are aware UTC; the times of a shift are the district's local time. Positions are WGS-84
(longitude, latitude). Lengths are metres, volumes cubic metres. ``None`` means "not known".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.message import Message
from data.model.team import StationShift

BROKEN_OFF = "why.broken_off"
"""Says of a job that its team was called away from it."""
SAME_JOB_WITHIN = timedelta(hours=24)
"""Job ids come back: a job of the same id so long after is other work (a grate cleared yesterday
can be covered by leaves again). So long plans keep work that is past, and the desk's changes hold.
"""


class Phase(StrEnum):
    """The three phases of practice: clear before the rain, guard during it, desilt after it; and
    what is done where none is in sight.
    """

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"
    DRY = "dry"


class JobKind(StrEnum):
    """What is done at a stop."""

    CLEAR = "clear"  # inlets cleared by hand
    JET = "jet"  # inlets and connections jetted
    WELL = "well"  # somebody goes down a well: a confined space
    GUARD = "guard"  # a key point watched
    PUMP = "pump"  # a low point watched with a pump placed
    RESERVE = "reserve"  # a crew kept ready at its station
    PLACED = "placed"  # a machine kept ready where the level wants it
    DESILT = "desilt"  # silt taken out of inlets
    HAUL = "haul"  # sludge driven away
    GARDEN = "garden"  # silt brought to a resident's garden
    FLUSH = "flush"  # the road rinsed
    SWEEP = "sweep"  # a road swept in its round
    WASH = "wash"  # a road washed in its round
    ERRAND = "errand"  # a case of the street seen to on the spot
    RESCUE = "rescue"  # a service car at a call on the way
    RESTOCK = "restock"  # what a car used is put back into it
    PATROL = "patrol"  # a place of the beat looked at

    @property
    def is_post(self) -> bool:
        """Whether it is a place that is manned, one crew after another, and never finished."""
        return self in (JobKind.GUARD, JobKind.PUMP, JobKind.RESERVE, JobKind.PLACED)


class UnitKind(StrEnum):
    CREW = "crew"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One unit's part in an assignment: a crew, or a machine with its driver.

    ``unit_id`` names it within one turn of duty (``"C03@2022-07-08"``, a squad
    ``"C03/1@2022-07-08"``); ``resource_id`` is the crew's or machine's own. It sets out at
    ``leave_at`` and is there at ``arrive_at``; the work begins when all are there. ``people`` are
    those of the crew who go; ``None`` for a machine, and where an older plan does not tell. ``who``
    are their ids, where the tables name people. ``profile`` is what it goes by (`Profile`), where
    that is no lorry.
    """

    unit_id: str
    kind: UnitKind
    resource_id: str
    driver_id: str | None
    leave_at: datetime
    arrive_at: datetime
    people: int | None = None
    who: tuple[str, ...] = ()
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One job, its team and its time. ``job_id`` stays the same from version to version.

    ``state`` is ``planned``, ``under_way`` (kept as it is) or ``past`` (its time is over; kept to
    be seen).
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

    @property
    def is_broken_off(self) -> bool:
        """Whether its team was called away before it was done: what is left of it is asked for
        as work of its own.
        """
        return any(why.code == BROKEN_OFF for why in self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnassignedJob:
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
    """A unit's break; ``at_post`` where they eat by turns at the post within that time."""

    unit_id: str
    start_at: datetime
    end_at: datetime
    at_post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRisk:
    """How likely and how bad a flooded segment is, 0 to 100, with the parts it is made of."""

    segment_id: str
    score: int
    why: tuple[Message, ...]
    inlet_ids: tuple[str, ...]  # worth clearing first, most pressing first


@dataclass(frozen=True, slots=True, kw_only=True)
class RainSource:
    """What one source says of the rain ahead, before it was joined with others.

    ``kind`` is ``forecast`` or ``alert``; ``at`` is when the one was fetched or the other issued,
    ``alert`` how the warning is called. Amounts are those of its gravest storm.
    """

    kind: str
    provider: str
    alert: Message | None = None
    at: datetime
    storms: tuple[tuple[datetime, datetime], ...]
    total_mm: float
    peak_mm_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RainSpread:
    """How far the members of an ensemble lie apart: how many there are, how many are dry,
    the amounts that one tenth and nine tenths stay at or below, the first and the last onset.
    """

    members: int
    dry: int
    low_mm: float
    high_mm: float
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RainOutlook:
    """The rain that a plan stands on.

    ``source`` is ``forecast``, ``alert`` (the warning's own words, where no forecast sees rain),
    ``both`` or ``none``; ``sources`` is what each of them says by itself. ``provider`` names who
    gave it (the forecast, where both did), ``fetched_at`` says when, ``run_at`` which run of the
    model it is; ``spread`` is the doubt of an ensemble. ``stale_provider`` and
    ``stale_fetched_at`` name the newest forecast where that was stale: its rain alone counts.

    ``storms`` are all those of the horizon in order, one that is under way or just over first;
    ``onset_at`` and ``end_at`` are those of the first that is not over (of the last, if all are),
    and ``None`` when no rain worth planning for is ahead. ``hours`` cover the whole horizon, and
    what has fallen of a storm under way. ``total_mm`` is the most that any one storm brings,
    ``peak_mm_h`` the most in any hour of one: of the gravest, not of the next. ``seen`` are the
    hours as a fresh forecast alone has them: what a warning's amount adds falls evenly by our own
    assumption, which mans posts and stops no work.
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
    storms: tuple[tuple[datetime, datetime], ...] = ()
    sources: tuple[RainSource, ...] = ()
    spread: RainSpread | None = None
    seen: tuple[tuple[datetime, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.storms and self.onset_at and self.end_at:  # stored when one storm was known
            object.__setattr__(self, "storms", ((self.onset_at, self.end_at),))

    @property
    def next_amounts(self) -> tuple[float, float]:
        """Those of the storm that ``onset_at`` tells of."""
        if self.onset_at and self.end_at and len(self.storms) > 1:
            return self.amounts(self.onset_at, self.end_at)
        return self.total_mm, self.peak_mm_h

    def later_than(self, at: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The storms that begin after an instant."""
        return tuple(storm for storm in self.storms if storm[0] > at)

    def amounts(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Millimetres in the hours that a span touches, and the most in one of them."""
        mm = [mm for hour, mm in self.hours if hour < end and start < hour + timedelta(hours=1)]
        return round(sum(mm), 4), max(mm, default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBasis:
    """What the ways of a plan stand on.

    Attributes
    ----------
    source
        The street file; ``None``: there is none, and ways are straight lines stretched.
    closed
        The streets that are closed or slow, as sentences.
    off_street
        How many places are on no street of the file, so that their ways are straight lines.
    """

    source: str | None = None
    closed: tuple[Message, ...] = ()
    off_street: int = 0


class PlanState(StrEnum):
    """A draft waits for approval and binds nobody; at most one version of an operation is
    published.
    """

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A plan: version ``number`` of its operation, what asked for it and what it stands on.

    ``problem`` and ``plan`` are the solver's own JSON, kept so that any version can be judged
    again. ``fallback`` marks a plan made without the search because that failed; ``level`` is the
    response level ordered; ``ways`` is ``None`` in what an earlier release made. ``published_at``
    is ``None`` for one never published; ``approved_by`` for one that nobody had to approve.
    ``teams`` are the teams of the shifts that it was made for.
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
    left_out: tuple[UnassignedJob, ...]
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
    teams: tuple[StationShift, ...] = ()
    ways: WayBasis | None = None

    @property
    def is_hasty(self) -> bool:
        """Whether the district's work is too much for the time that its search has."""
        return self.status == "hasty"

    @property
    def in_force_from(self) -> datetime:
        """When it was published.

        Raises
        ------
        ValueError
            It never was.
        """
        if self.published_at is None:
            raise ValueError(f"version {self.number} was never published")
        return self.published_at
