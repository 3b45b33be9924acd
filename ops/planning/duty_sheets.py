"""A plan version as each station reads it: one duty sheet (出勤单) a station. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City, Crew, Driver, LentUnit, Shift, Station
from data.model.ids import UnitId
from data.model.message import Message
from data.model.plan import Assignment, Member, PlanVersion, Rest, UnassignedJob, UnitKind
from data.model.roster import WorkerKey
from data.model.team import Team
from ops.base.naming import resource_name, unit_name
from ops.district.rosters import Turn, turns
from ops.planning.on_duty.stays import ROUNDING, goes_on, post_of
from ops.planning.on_duty.teams import teams_by_post
from ops.planning.prevented import PREVENTS, with_sum

SPECIAL_REASONS, EMERGENCY = 41, 42  # articles of the Labour Law that overtime is ordered by
Key = tuple[str, str | None]  # unit and driver: one who drives has a sheet of his own


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop of one unit: when it sets out, arrives, begins, is done, and with whom it works."""

    assignment: Assignment
    leave_at: datetime
    arrive_at: datetime
    partners: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSheet:
    """The turn of one crew or squad, or of one machine with one of its drivers, whose id then ends
    ``unit_id``. Who was called in before the own shift has both on one.

    ``leader`` is the crew's leader or who leads the squad, for a machine its driver; ``size`` the
    people in it. ``begins`` is when their turn begins, or they set out for whom none is known:
    whoever is on the way before midnight for a night shift has that of tomorrow. ``early`` tells
    from when they work before their shift, ``overtime`` until when beyond it, and by which article.
    ``profile`` is what they go by, where that is no lorry.
    """

    unit_id: str
    kind: UnitKind
    resource_id: str
    name: Message | str
    machine_kind: str | None
    leader: Message | str
    size: int
    shift: Shift
    begins: datetime
    stops: tuple[Stop, ...]
    rests: tuple[Rest, ...]
    early: Message | None = None
    overtime: Message | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSheet:
    """All that one station must know of one plan version: its units in order of setting out, and
    what is left out; who of it is lent to another district, and who of another visits.
    """

    station: Station
    units: tuple[UnitSheet, ...]
    left_out: tuple[UnassignedJob, ...]
    lent: tuple[LentUnit, ...] = ()


def station_sheets(version: PlanVersion, city: City) -> tuple[StationSheet, ...]:
    """One sheet for each station of the city, in the city's order; a station without work has one
    too.
    """
    stops = _stops(version)
    rests: defaultdict[str, tuple[Rest, ...]] = defaultdict(tuple)
    for rest in version.rests:
        rests[rest.unit_id] += (rest,)
    rule = city.level_by_id.get(version.level or "")
    article = EMERGENCY if rule and rule.all_hands else SPECIAL_REASONS
    teams = teams_by_post(version.teams)
    sheets = _one_duty_one_sheet(
        {
            key: sheet
            for key, found in stops.items()
            if (sheet := _unit_sheet(key, found, rests[key[0]], city, article, teams))
        }
    )
    return tuple(
        StationSheet(
            station=station,
            units=tuple(
                sorted(
                    (
                        sheet
                        for sheet in sheets
                        if city.resource_by_id[sheet.resource_id].station_id == station.id
                    ),
                    key=lambda sheet: (sheet.kind, sheet.stops[0].leave_at, sheet.unit_id),
                )
            ),
            left_out=tuple(left for left in version.left_out if left.station_id == station.id),
            lent=lent_at(city, station.id, version.made_at),
        )
        for station in city.stations
    )


def lent_at(city: City, station_id: str, now: datetime) -> tuple[LentUnit, ...]:
    """The units of a station that are lent, and those that visit it, whose time is not over."""
    return tuple(one for one in city.lent if one.station_id == station_id and now < one.to_at)


def _stops(version: PlanVersion) -> dict[Key, list[Stop]]:
    stops: defaultdict[Key, list[Stop]] = defaultdict(list)
    for assignment in sorted(version.assignments, key=lambda a: (a.start_at, a.job_id)):
        for member in assignment.members:
            others = tuple(other for other in assignment.members if other is not member)
            stops[member.unit_id, member.driver_id].append(
                Stop(
                    assignment=assignment,
                    leave_at=member.leave_at,
                    arrive_at=member.arrive_at,
                    partners=others,
                )
            )
    return stops


def _one_duty_one_sheet(sheets: Mapping[Key, UnitSheet]) -> list[UnitSheet]:
    """The sheets, where who is called in and has a shift after it has one of both: people read one
    sheet, with what they do next.
    """
    own: list[tuple[Key, UnitSheet]] = []
    called: list[tuple[Key, UnitSheet]] = []
    for key, sheet in sheets.items():
        (called if UnitId.parse(key[0]).is_called_in else own).append((key, sheet))
    for key, sheet in called:
        after = [n for n, other in enumerate(own) if _goes_into(key, sheet, *other)]
        if not after:
            own.append((key, sheet))
            continue
        n = min(after, key=lambda n: own[n][1].stops[0].leave_at)
        joined_key, second = own[n]
        both = replace(
            second,
            stops=(*sheet.stops, *second.stops),
            rests=(*sheet.rests, *second.rests),
            early=None,
            overtime=second.overtime or sheet.overtime,
        )
        own[n] = joined_key, both
    return [sheet for _, sheet in own]


def _goes_into(key: Key, called: UnitSheet, other_key: Key, own: UnitSheet) -> bool:
    """Whether the same people have a shift after the time for which they are called in."""
    teams = (UnitId.parse(key[0]).team, UnitId.parse(other_key[0]).team)
    is_same = teams[0] == teams[1] and key[1] == other_key[1] and called.leader == own.leader
    return is_same and called.stops[-1].assignment.end_at <= own.stops[0].leave_at


def runs(unit: UnitSheet) -> tuple[tuple[Stop, ...], ...]:
    """The unit's stops, consecutive watches at one post by one team together; what is past apart
    from what is under way or ahead.
    """
    return _runs(
        unit.stops, lambda stop: (post_of(stop.assignment), stop.assignment.state == "past")
    )


def joined(unit: UnitSheet) -> UnitSheet:
    """The unit's sheet to be read: consecutive watches at one post by one team are one stop, from
    the first's setting out to the last's end, and it says what the one says that is not past. Each
    is a job of its own where something is reported of it.
    """
    return replace(unit, stops=joined_stops(unit.stops))


def in_short(unit: UnitSheet) -> UnitSheet:
    """The unit's sheet to be read at night: besides watches, the portions of one road that are
    worked off one after the other, for one reason, are one stop with the inlets of all.
    """
    whole = _runs(unit.stops, lambda stop: (post_of(stop.assignment), _road(stop.assignment)))
    return replace(unit, stops=tuple(_one_stop(run) for run in whole))


def joined_stops(stops: Iterable[Stop]) -> tuple[Stop, ...]:
    """The stops in order, consecutive watches at one post by one team as one."""
    whole = _runs(stops, lambda stop: post_of(stop.assignment))
    return tuple(_one_stop(run) for run in whole)


def _runs(stops: Iterable[Stop], key: Callable[[Stop], object]) -> tuple[tuple[Stop, ...], ...]:
    found: list[list[Stop]] = []
    for stop in stops:
        last = found[-1][-1] if found else None
        if last and _follows(last, stop) and key(last) == key(stop):
            found[-1].append(stop)
        else:
            found.append([stop])
    return tuple(tuple(run) for run in found)


def _follows(one: Stop, other: Stop) -> bool:
    """Whether one goes on with the other where he is."""
    if one.assignment.kind.is_post:
        return goes_on(one.assignment, other.assignment)
    return timedelta(0) <= other.assignment.start_at - one.assignment.end_at <= ROUNDING


def _road(job: Assignment) -> tuple | None:
    """What portions of a road have in common; of a watch nothing more than its post, and of other
    work, which is one job by itself, its name.
    """
    if job.kind.is_post:
        return None
    if not job.inlet_ids:
        return (job.job_id,)
    return job.phase, job.state, tuple(why for why in job.why if why.code != PREVENTS)


def _one_stop(run: tuple[Stop, ...]) -> Stop:
    """Stops of one team that stays where it is, as one."""
    first = run[0]
    now = next((stop for stop in run if stop.assignment.state != "past"), run[-1])
    jobs = [stop.assignment for stop in run]
    whole = replace(
        now.assignment,
        start_at=jobs[0].start_at,
        end_at=jobs[-1].end_at,
        inlet_ids=tuple(dict.fromkeys(inlet for job in jobs for inlet in job.inlet_ids)),
        why=with_sum(now.assignment.why, jobs),
    )
    return replace(
        now,
        assignment=whole,
        leave_at=first.leave_at,
        arrive_at=first.arrive_at,
    )


def _within(shift: Shift, instant: datetime, city: City) -> bool:
    """Whether the clock shows a time of the shift; one that ends at or before its start goes over
    midnight.
    """
    clock = instant.astimezone(ZoneInfo(city.district.time_zone)).time()
    if shift.start < shift.end:
        return shift.start <= clock < shift.end
    return clock >= shift.start or clock < shift.end


def _unit_sheet(
    key: Key,
    stops: list[Stop],
    rests: tuple[Rest, ...],
    city: City,
    article: int,
    teams: Mapping[tuple[WorkerKey, date], Team],
) -> UnitSheet | None:
    """A unit's sheet; none for a unit that the district's present tables no longer know."""
    unit_id, driver_id = key
    member = next(m for m in stops[-1].assignment.members if m.unit_id == unit_id)
    if member.kind is UnitKind.CREW:
        return _crew_sheet(unit_id, member, stops, rests, city, article)
    machine = city.machine_by_id.get(member.resource_id)
    driver = city.driver_by_id.get(driver_id or "")
    if machine is None or driver is None:
        return None
    own = _turn_at(driver, stops[0].assignment.start_at, city)
    shift = own.shift if own else city.shift_by_id[driver.shift_id]
    over = stops[0].leave_at if UnitId.parse(unit_id).is_called_in else own.end if own else None
    return UnitSheet(
        unit_id=f"{unit_id}.{driver_id}",
        kind=member.kind,
        resource_id=machine.id,
        name=machine.plate,
        machine_kind=machine.kind,
        leader=_who_drives(driver, own, teams, city),
        size=1,
        shift=shift,
        begins=_begins(unit_id, stops, own),
        stops=tuple(stops),
        rests=tuple(rest for rest in rests if _within(shift, rest.start_at, city)),
        early=_early(unit_id, stops, own),
        overtime=_overtime(stops, over, article) if over else None,
        profile=member.profile,
    )


def _who_drives(
    driver: Driver,
    turn: Turn | None,
    teams: Mapping[tuple[WorkerKey, date], Team],
    city: City,
) -> Message | str:
    """The post, with who drives where the tables name people."""
    team = teams.get((("driver", driver.id), turn.day)) if turn else None
    names = _people(team.members, city) if team else ()
    return (
        Message("name.driver_person", {"post": driver.post, "who": names})
        if names
        else (driver.post)
    )


def _people(ids: Iterable[str], city: City) -> tuple[str, ...]:
    found = (city.person_by_id.get(one) for one in ids)
    return tuple(person.name for person in found if person)


def _led_by(member: Member, crew: Crew, city: City, squad: int | None) -> Message | str:
    """Who leads, and who goes with him where the tables name people."""
    if names := _people(member.who, city):
        return Message("name.team", {"leader": names[0], "others": names[1:]})
    if (squad or 1) > 1:
        return Message("name.squad_leader", {"leader": crew.leader})
    return crew.leader


def _turn_at(driver: Driver, instant: datetime, city: City) -> Turn | None:
    """The turn of a driver that an instant lies in, or is nearest to: who sets out before midnight
    for a shift that begins then is in tomorrow's, and not long after yesterday's.
    """
    day = instant.astimezone(ZoneInfo(city.district.time_zone)).date()
    around = tuple(day + timedelta(days=n) for n in (-1, 0, 1))
    return min(
        turns(driver, around, city),
        key=lambda turn: max(turn.start - instant, instant - turn.end, timedelta(0)),
        default=None,
    )


def _begins(unit_id: str, stops: list[Stop], turn: Turn | None) -> datetime:
    """When a turn begins; who is called in has none yet when he sets out."""
    if turn is None or UnitId.parse(unit_id).is_called_in:
        return stops[0].leave_at
    return turn.start


def _early(unit_id: str, stops: list[Stop], turn: Turn | None) -> Message | None:
    """From when there is work before a shift; who is called in has none of his own."""
    since = min(stop.leave_at for stop in stops)
    if turn is None or UnitId.parse(unit_id).is_called_in or since >= turn.start:
        return None
    return Message("name.early", {"since": since})


def _overtime(stops: list[Stop], over: datetime, article: int) -> Message | None:
    """Until when there is work after a shift that is over then."""
    until = max(stop.assignment.end_at for stop in stops)
    facts = {"until": until, "article": article}
    return Message("name.overtime", facts) if until > over else None


def _day_of(unit: UnitId) -> tuple[date, ...]:
    """The day that names a crew's turn."""
    try:
        return (date.fromisoformat(unit.duty),)
    except ValueError:  # not the name of a crew's turn
        return ()


def _crew_sheet(
    unit_id: str,
    member: Member,
    stops: list[Stop],
    rests: tuple[Rest, ...],
    city: City,
    article: int,
) -> UnitSheet | None:
    crew = city.crew_by_id.get(member.resource_id)
    if crew is None:
        return None
    unit = UnitId.parse(unit_id)
    own = turns(crew, _day_of(unit), city)
    over = own[0].end if own and not unit.is_called_in else stops[0].leave_at
    return UnitSheet(
        unit_id=unit_id,
        kind=member.kind,
        resource_id=crew.id,
        name=unit_name(unit_id, crew.id, member.people, city),
        machine_kind=None,
        leader=_led_by(member, crew, city, unit.squad),
        size=member.people or crew.size,
        shift=own[0].shift if own else city.shift_by_id[crew.shift_id],
        begins=_begins(unit_id, stops, own[0] if own else None),
        stops=tuple(stops),
        rests=rests,
        early=_early(unit_id, stops, own[0] if own else None),
        overtime=_overtime(stops, over, article),
        profile=member.profile,
    )


def changes_for(station: Station, version: PlanVersion, city: City) -> tuple[Message, ...]:
    """What the version changes for one station: the causes, and what is given to or taken from its
    own units.
    """
    own = [crew.name for crew in city.crews if crew.station_id == station.id]
    own += [machine.plate for machine in city.machines if machine.station_id == station.id]

    def concerns(change: Message) -> bool:
        teams = [name for team in ("team", "old") for name in _names(change.facts.get(team))]
        return "team" not in change.facts or any(name.startswith(tuple(own)) for name in teams)

    return tuple(change for change in version.changes if not own or concerns(change))


def _names(fact: object) -> tuple[str, ...]:
    """The names of a team; another fact that bears the same name (an old time) has none."""
    return tuple(resource_name(name) for name in fact) if isinstance(fact, tuple | list) else ()
