"""The morning's and the evening's briefing (早报、晚报) in figures: 人次, 车次, 处, m3. Pure.

What was reported and what was planned are two columns. 人次 counts the people of each crew or squad
from which work was reported, once in each turn of duty; 车次 each machine with its driver, so too;
处 the places on which work was reported done, and the posts that were reported manned, each once.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.ids import UnitId
from data.model.plan import Assignment, JobKind, Member, UnitKind
from data.model.wall_clock import last_at
from ops.analytics.case import Case
from ops.analytics.haulage import inlets_cleared, taken_out_m3
from ops.analytics.history import History
from ops.field.calls.matters import Matter, matters
from ops.field.progress import homes


class BriefingKind(StrEnum):
    """Of which part of the day a briefing tells."""

    MORNING = "morning"  # of the night
    EVENING = "evening"  # of the day


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefingSettings:
    """The briefings for the superior office.

    Attributes
    ----------
    morning_from, evening_from
        The local hour from which each tells: the morning's of what was since the evening before,
        the evening's of what was since the morning (17 and 7: assumptions, the usual change of the
        watch).
    """

    morning_from: int = 17
    evening_from: int = 7

    def __post_init__(self) -> None:
        if not (0 <= self.morning_from <= 23 and 0 <= self.evening_from <= 23):
            raise ValueError("morning_from and evening_from must lie in 0 to 23")

    def begins(self, kind: BriefingKind, now: datetime, zone: ZoneInfo) -> datetime:
        """From when on a briefing of this kind tells: the last such hour before ``now``."""
        hour = self.morning_from if kind is BriefingKind.MORNING else self.evening_from
        return last_at(time(hour), now, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What went out: people and machines by their turns of duty, places worked on, posts manned."""

    people: int = 0
    vehicles: int = 0
    places: int = 0
    posts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefingFigures:
    """A span of the watch, counted.

    Attributes
    ----------
    reported, planned
        What the field has told, and what the plan wanted within the span.
    inlets, silt_m3
        As reported with work done; what was not told is not counted.
    incidents
        The matters reported in the span; ``closed`` how many matters were closed in it, ``still``
        those that are open at its end.
    silent
        Stations that had work in the span and said nothing.
    """

    reported: Effort
    planned: Effort
    inlets: int
    silt_m3: float
    incidents: tuple[Matter, ...]
    closed: int
    still: tuple[Matter, ...]
    silent: tuple[str, ...]


AT_IT = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR)
"""What shows that whoever said it is out."""


def briefing_figures(
    history: History, cases: Iterable[Case], city: City, begin: datetime, end: datetime
) -> BriefingFigures:
    """The figures of a span, from ``begin`` until before ``end``."""

    def within(at: datetime | None) -> bool:
        return at is not None and begin <= at < end

    events = [one for one in history.events if within(one.happened_at)]
    wanted = [case for case in cases if case.state != "withdrawn" and within(case.planned_leave)]
    every = matters(one for one in history.incidents if one.received_at < end)
    return BriefingFigures(
        reported=_reported(events, history, city),
        planned=_planned(wanted, city),
        inlets=inlets_cleared(events),
        silt_m3=round(taken_out_m3(events), 2),
        incidents=tuple(one for one in every if within(one.first.received_at)),
        closed=sum(within(_closed_at(one)) for one in every),
        still=tuple(one for one in every if one.is_open),
        silent=_silent(wanted, events, city),
    )


def _closed_at(matter: Matter) -> datetime | None:
    if matter.is_open:
        return None
    return max((call.closed_at for call in matter.calls if call.closed_at), default=None)


def _reported(events: Iterable[FieldEvent], history: History, city: City) -> Effort:
    jobs = {
        (version.number, job.job_id): job
        for version in history.versions
        for job in version.assignments
    }
    home = homes(city)
    units: dict[str, Member] = {}
    places: set[str] = set()
    posts: set[str] = set()
    for event in events:
        job = jobs.get((event.version, event.job_id or ""))
        if job is None or event.kind not in AT_IT:
            continue
        own = [one for one in job.members if home.get(one.resource_id) == event.station_id]
        told = [one for one in own if event.unit_id in (None, one.unit_id)]
        units |= {one.unit_id: one for one in told or own}
        if job.kind.is_post and event.kind is not EventKind.DEPART:
            posts.add(_place(job))
        elif event.kind is EventKind.CLEAR:
            places.add(_place(job))
    return _effort(units.values(), len(places), len(posts), city)


def _place(job: Assignment) -> str:
    return job.segment_id or job.station_id


def _planned(cases: Iterable[Case], city: City) -> Effort:
    jobs = [case for case in cases if case.job_id]
    units = {member.unit_id: member for case in jobs for member in case.members}
    places: set[str] = set()
    posts: set[str] = set()
    for case in jobs:
        place = case.segment_id or case.station_id
        (posts if JobKind(case.kind).is_post else places).add(place)
    return _effort(units.values(), len(places), len(posts), city)


def _effort(units: Iterable[Member], places: int, posts: int, city: City) -> Effort:
    """The people of each crew once a turn: those of its squads together, or the whole of it."""
    squads: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    whole: dict[tuple[str, str, bool], int] = {}
    vehicles = 0
    for unit in units:
        name = UnitId.parse(unit.unit_id)
        turn = (name.resource_id, name.duty, name.is_called_in)
        crew = city.crew_by_id.get(unit.resource_id)
        people = unit.people or (crew.size if crew else 1)
        if unit.kind is UnitKind.MACHINE:
            vehicles += 1
        elif name.squad is None:
            whole[turn] = people
        else:
            squads[turn].append(people)
    turns = whole.keys() | squads.keys()
    people = sum(max(whole.get(turn, 0), sum(squads.get(turn, ()))) for turn in turns)
    return Effort(people=people, vehicles=vehicles, places=places, posts=posts)


def _silent(cases: Iterable[Case], events: Iterable[FieldEvent], city: City) -> tuple[str, ...]:
    heard = {event.station_id for event in events if event.is_own_word or event.told_by}
    home = homes(city)
    wanted = {
        home.get(member.resource_id, case.station_id) for case in cases for member in case.members
    }
    return tuple(one.id for one in city.stations if one.id in wanted - heard)
