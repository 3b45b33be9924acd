"""The district: stations, roads, inlets, crews, machines, and the record of blockages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, TypeVar

from data.model.levels import DEFAULT_LEVELS, LevelRule
from data.model.message import Message
from data.model.roster import NamedPost, RosterDay, Rotation, Watch, WorkerKey
from data.model.street.service_cars import CarriedItem, PastCall
from data.model.street.works import Work

Position = tuple[float, float]
SANITATION = "sanitation"
"""The service that is always there (环卫); the others stand in ``ops/district/services.py``."""
PATROL = "patrol"
"""The service of the evening patrols (城管)."""


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
    """A management station (管理站): where crews and machines start, led by a chief (站长) and a
    deputy. ``service`` is whose it is: its crews and machines do the work of that service.
    """

    id: str
    name: str
    position: Position
    chief: str
    deputy: str
    phone: str | None = None
    service: str = SANITATION


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
    width_m, slope_permille, catchment_ha, low_depth_cm, pipe_mm
        Of the carriageway; how much lower the end lies than the start, in metres a kilometre (below
        0: it rises); what drains to it; how far its lowest point lies below the street on both
        sides; its pipe's diameter. ``None``: nobody knows.
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
    width_m: float | None = None
    slope_permille: float | None = None
    catchment_ha: float | None = None
    low_depth_cm: float | None = None
    pipe_mm: float | None = None

    @property
    def middle(self) -> Position:
        """The position that stands for the stretch when units travel to it."""
        return (
            self.line[len(self.line) // 2]
            if len(self.line) > 2
            else ((self.line[0][0] + self.line[1][0]) / 2, (self.line[0][1] + self.line[1][1]) / 2)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inlet:
    """A gully or storm-water inlet (雨水口).

    Attributes
    ----------
    cleaned_on
        When it was last cleaned; ``None``: not told.
    in_service_on
        Since when it has been in use; ``None``: as long as anybody knows.
    """

    id: str
    segment_id: str
    position: Position
    kind: str = "flat_grate"
    cleaned_on: date | None = None
    in_service_on: date | None = None


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

    def is_open(self, at: datetime) -> bool:
        """Whether the inlet is known to be blocked then."""
        return self.reported_at <= at and (self.cleared_at is None or self.cleared_at > at)


class InspectionResult(StrEnum):
    """What an inlet is like after somebody was there."""

    CLEANED = "cleaned"  # the crew has cleared it
    OPEN = "open"  # found open: nothing to do, or the work on it was verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """One time that somebody in the field was at an inlet that is open now; one found blocked is a
    ``Blockage``.
    """

    inlet_id: str
    at: datetime
    result: InspectionResult


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingWater:
    """One time that water stood on a road, as somebody who can be relied on has reported."""

    segment_id: str
    at: datetime


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


class Profile(StrEnum):
    """What units go by."""

    LORRY = "lorry"
    CAR = "car"
    SCOOTER = "scooter"
    FOOT = "foot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """People of one shift, who go out together or as squads.

    Attributes
    ----------
    leader
        A post (班长), counted in ``size``.
    seniors
        How many others may lead a squad; ``None``: not told.
    vehicles
        How many vehicles they have; ``None``: as many as they need.
    rotation_id
        By which rotation they work; ``None``: their shift every day.
    profile
        What they go by; ``None``: as `ops.planning.on_duty.means` has it.
    """

    id: str
    station_id: str
    name: str
    leader: str
    size: int
    skills: tuple[str, ...]
    shift_id: str
    seniors: int | None = None
    vehicles: int | None = None
    rotation_id: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A vehicle with a purpose. ``capacity`` is m3 of tank or body, for a pump m3/h; ``profile``
    what it goes as, ``None``: as a lorry.
    """

    id: str
    station_id: str
    kind: str
    plate: str
    capacity: float | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """The post that drives one machine in one shift, or by a rotation; a machine without one stays
    in.
    """

    id: str
    machine_id: str
    post: str
    shift_id: str
    rotation_id: str | None = None


class PersonRole(StrEnum):
    """Whom somebody may lead (老带新): a squad is led by a leader or a senior."""

    LEADER = "leader"
    SENIOR = "senior"
    JUNIOR = "junior"

    @property
    def leads(self) -> bool:
        return self is not PersonRole.JUNIOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works at a station.

    Attributes
    ----------
    crew_id, driver_id
        Where this person works when nothing else is said: in a crew, or at a driver's post; with
        neither only on the days that the roster names.
    driver_until, jetting_until, confined_space_until
        The last day of each certificate; ``None``: holds none.
    week_hours
        What may be worked in seven days; ``None``: what the settings say.
    no_heat
        Not outdoors from 35 °C on: expecting, or a minor (安监总安健〔2012〕89号).
    """

    id: str
    name: str
    station_id: str
    role: PersonRole = PersonRole.JUNIOR
    crew_id: str | None = None
    driver_id: str | None = None
    driver_until: date | None = None
    jetting_until: date | None = None
    confined_space_until: date | None = None
    week_hours: float | None = None
    no_heat: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "role", PersonRole(self.role))

    @property
    def certificates(self) -> Mapping[str, date]:
        """The last day of each certificate held, by the skill that it is for."""
        ends = {
            "driver": self.driver_until,
            "jetting": self.jetting_until,
            "confined_space": self.confined_space_until,
        }
        return {skill: end for skill, end in ends.items() if end is not None}

    def may(self, skill: str, day: date) -> bool:
        """Whether the certificate for it holds on that day; what needs none may everybody."""
        if skill not in CERTIFIED:
            return True
        end = self.certificates.get(skill)
        return end is not None and day <= end


CERTIFIED = ("driver", "jetting", "confined_space")
"""What asks for a certificate."""
Worker = Crew | Driver | Person


def worker_key(worker: Worker) -> WorkerKey:
    """By what the roster knows a crew, driver or person."""
    kind = "crew" if isinstance(worker, Crew) else "driver"
    return ("person" if isinstance(worker, Person) else kind), worker.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One place of a patrol's beat (巡逻点), and how often somebody looks at it.

    Attributes
    ----------
    station_id
        Whose patrols; the beat is all places of one station.
    segment_id
        The road, or the stretch of road that the square or the boardwalk lies at.
    start, end
        Between which local hours; an ``end`` at or before ``start`` is on the next day.
    every_minutes
        A visit begins in each such interval from ``start`` on.
    scooter
        Whether they go by scooter, with its loudspeaker; else on foot.
    """

    id: str
    name: str
    station_id: str
    segment_id: str
    start: time
    end: time
    every_minutes: int
    scooter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpSite:
    """Where trucks empty their tanks (倾倒点): a treatment works, a drying bed.

    Attributes
    ----------
    station_id
        Who looks after it: whose chief may say that it is closed.
    opens, closes
        Local hours; a ``closes`` at or before ``opens`` is on the next day.
    minutes
        What one visit takes.
    kinds
        Which machines it takes; empty: all.
    """

    id: str
    name: str
    station_id: str
    position: Position
    opens: time
    closes: time
    minutes: int = 20
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Garden:
    """A resident's garden that silt is wanted for.

    Attributes
    ----------
    name
        How the resident or the garden is called.
    m3
        How much is wanted.
    until
        The last day on which it is; ``None``: whenever it comes.
    """

    id: str
    name: str
    station_id: str
    position: Position
    m3: float
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LentUnit:
    """A unit that is away at another district for some hours, or that visits this one; at which of
    its own stations that has to be known, and what.
    """

    resource_id: str
    station_id: str
    from_at: datetime
    to_at: datetime
    told: Message


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


def _by_id(things: Iterable[_T]) -> Mapping[str, _T]:
    return MappingProxyType({thing.id: thing for thing in things})


@dataclass(
    frozen=True, kw_only=True
)  # no slots: the indexes are made once, when they are asked for
class City:
    """The district and all that stands in it: the tables a bureau can replace.

    What bears an id is looked up by it in ``..._by_id``; ``get`` where a plan or report of another
    day may name what the tables no longer hold. ``inspections`` and ``waters`` are in no table: the
    field's reports since; ``lent`` neither: loans that were approved of late.
    """

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
    inspections: tuple[Inspection, ...] = ()
    waters: tuple[StandingWater, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    roster: tuple[RosterDay, ...] = ()
    people: tuple[Person, ...] = ()
    watches: tuple[Watch, ...] = ()
    named_posts: tuple[NamedPost, ...] = ()
    works: tuple[Work, ...] = ()
    patrol_beats: tuple[Beat, ...] = ()
    car_kit: tuple[CarriedItem, ...] = ()
    past_calls: tuple[PastCall, ...] = ()
    dump_sites: tuple[DumpSite, ...] = ()
    gardens: tuple[Garden, ...] = ()
    lent: tuple[LentUnit, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """What another process is told: the tables, without the look-ups made from them."""
        return {table.name: getattr(self, table.name) for table in fields(self)}

    @cached_property
    def station_by_id(self) -> Mapping[str, Station]:
        """Stations by id."""
        return _by_id(self.stations)

    @cached_property
    def segment_by_id(self) -> Mapping[str, Segment]:
        """Road segments by id."""
        return _by_id(self.segments)

    @cached_property
    def inlet_by_id(self) -> Mapping[str, Inlet]:
        """Inlets by id."""
        return _by_id(self.inlets)

    @cached_property
    def shift_by_id(self) -> Mapping[str, Shift]:
        """Shifts by id."""
        return _by_id(self.shifts)

    @cached_property
    def crew_by_id(self) -> Mapping[str, Crew]:
        """Crews by id."""
        return _by_id(self.crews)

    @cached_property
    def machine_by_id(self) -> Mapping[str, Machine]:
        """Machines by id."""
        return _by_id(self.machines)

    @cached_property
    def resource_by_id(self) -> Mapping[str, Crew | Machine]:
        """Crews and machines together by id."""
        return MappingProxyType({**self.crew_by_id, **self.machine_by_id})

    @cached_property
    def dump_site_by_id(self) -> Mapping[str, DumpSite]:
        """Dump sites by id."""
        return _by_id(self.dump_sites)

    @cached_property
    def garden_by_id(self) -> Mapping[str, Garden]:
        """Gardens by id."""
        return _by_id(self.gardens)

    def service_at(self, station_id: str) -> str:
        """Whose station it is; sanitation's where the tables no longer know it."""
        station = self.station_by_id.get(station_id)
        return station.service if station else SANITATION

    @cached_property
    def driver_by_id(self) -> Mapping[str, Driver]:
        """Drivers by id."""
        return _by_id(self.drivers)

    @cached_property
    def rotation_by_id(self) -> Mapping[str, Rotation]:
        """Rotations by id."""
        return _by_id(self.rotations)

    @cached_property
    def person_by_id(self) -> Mapping[str, Person]:
        """People by id."""
        return _by_id(self.people)

    @cached_property
    def worker_by_key(self) -> Mapping[WorkerKey, Worker]:
        """Crews, drivers and people by kind and id."""
        every: tuple[Worker, ...] = (*self.crews, *self.drivers, *self.people)
        return MappingProxyType({worker_key(one): one for one in every})

    @cached_property
    def roster_by_day(self) -> Mapping[tuple[WorkerKey, date], RosterDay]:
        """The days of the roster by whose they are and day."""
        return MappingProxyType({(entry.worker, entry.day): entry for entry in self.roster})

    @cached_property
    def swaps_by_day(self) -> Mapping[tuple[WorkerKey, date], WorkerKey]:
        """Who changes duties with whom, from both sides."""
        found: dict[tuple[WorkerKey, date], WorkerKey] = {}
        for entry in self.roster:
            if entry.swap_with:
                other = (entry.worker[0], entry.swap_with)
                found.setdefault((other, entry.day), entry.worker)
        own = {(e.worker, e.day): (e.worker[0], e.swap_with) for e in self.roster if e.swap_with}
        return MappingProxyType(found | own)

    @cached_property
    def level_by_id(self) -> Mapping[str, LevelRule]:
        """Rules of the response levels by the level's id."""
        return _by_id(self.levels)

    @cached_property
    def inlets_by_segment(self) -> Mapping[str, tuple[Inlet, ...]]:
        """Inlets by the id of their segment, in the table's order; a segment without inlets is not
        in it.
        """
        found: dict[str, list[Inlet]] = {}
        for inlet in self.inlets:
            found.setdefault(inlet.segment_id, []).append(inlet)
        return MappingProxyType({segment_id: tuple(inlets) for segment_id, inlets in found.items()})


TABLES: Mapping[str, type] = MappingProxyType(
    {
        "stations": Station,
        "segments": Segment,
        "inlets": Inlet,
        "shifts": Shift,
        "rotations": Rotation,
        "crews": Crew,
        "machines": Machine,
        "drivers": Driver,
        "people": Person,
        "blockages": Blockage,
        "levels": LevelRule,
        "roster": RosterDay,
        "watches": Watch,
        "named_posts": NamedPost,
        "works": Work,
        "patrol_beats": Beat,
        "car_kit": CarriedItem,
        "past_calls": PastCall,
        "dump_sites": DumpSite,
        "gardens": Garden,
    }
)
"""What a row of each table of the city is; tables that others point to come first."""
