"""Who is on duty until when, and where the published plan has brought everybody and everything by now. Pure."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.entities import Assignment, City, Member, PlanVersion, Position, Shift, UnitKind
from ops.rules import covers
from ops.work import Storm

PAST_HOURS = 24  # a grate cleared yesterday can be covered by leaves again, so its clearing is wanted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One unit on duty for one shift: what the solver knows by ``unit.id``, in the city's words."""

    kind: UnitKind
    resource_id: str
    driver_id: str | None
    machine_kind: str | None
    size: int
    skills: tuple[str, ...]
    start: datetime
    end: datetime
    position: Position
    breaks: tuple[tuple[int, datetime, datetime], ...] = ()  # minutes, from, to


def so_far(current: PlanVersion | None, storm: Storm) -> tuple[tuple[Assignment, ...], dict[str, Assignment]]:
    """What the published plan has behind it, and what is under way.

    Work whose team has set out is kept as it is, unless the rain would catch it where open-ground work must stop.
    Work at a place that the district's tables no longer know is forgotten.
    """
    past, held = [], {}
    places = {thing.id for thing in (*storm.city.segments, *storm.city.stations)}
    for assignment in current.assignments if current else ():
        if (assignment.segment_id or assignment.station_id) not in places:
            continue
        if assignment.end_at <= storm.now:
            if storm.now - assignment.end_at <= timedelta(hours=PAST_HOURS):
                past.append(replace(assignment, state="past"))
        elif min(member.leave_at for member in assignment.members) <= storm.now and _may_go_on(assignment, storm):
            held[assignment.job_id] = replace(assignment, state="under_way")
    return tuple(past), held


def _may_go_on(assignment: Assignment, storm: Storm) -> bool:
    if not assignment.inlet_ids:  # posts and lorries stay
        return True
    return covers(storm.open_ground(storm.now, storm.horizon), max(storm.now, assignment.start_at), assignment.end_at)


def on_duty(storm: Storm) -> dict[str, Turn]:
    """Every crew, and every machine with a driver, for each of its shifts between now and the horizon."""
    city, turns = storm.city, {}
    shifts = {shift.id: shift for shift in city.shifts}
    homes = {station.id: station.position for station in city.stations}
    machines = {machine.id: machine for machine in city.machines}
    for day in _days(storm):
        for crew in city.crews:
            turn = Turn(kind=UnitKind.CREW, resource_id=crew.id, driver_id=None, machine_kind=None, size=crew.size,
                        skills=crew.skills, start=storm.now, end=storm.now, position=homes[crew.station_id])
            turns |= _turn(f"{crew.id}@{day}", turn, shifts[crew.shift_id], day, storm)
        for driver in city.drivers:
            machine = machines[driver.machine_id]
            turn = Turn(kind=UnitKind.MACHINE, resource_id=machine.id, driver_id=driver.id, machine_kind=machine.kind,
                        size=1, skills=(), start=storm.now, end=storm.now, position=homes[machine.station_id])
            turns |= _turn(f"{machine.id}.{driver.id}@{day}", turn, shifts[driver.shift_id], day, storm)
    return turns


def _days(storm: Storm) -> list[date]:
    zone = ZoneInfo(storm.city.district.time_zone)
    first = storm.now.astimezone(zone).date() - timedelta(days=1)
    last = storm.horizon.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _turn(unit_id: str, turn: Turn, shift: Shift, day: date, storm: Storm) -> dict[str, Turn]:
    """The turn of one shift of one day with its handover margins, unless it is over or beyond the horizon."""
    zone = ZoneInfo(storm.city.district.time_zone)
    begin, until = shift_span(shift, day, zone)
    margin = timedelta(minutes=storm.safety.handover_minutes)
    earliest = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    start, end = max(earliest, begin - margin), min(storm.horizon, until + margin)
    if end - start < timedelta(minutes=30) or until <= storm.now:
        return {}
    breaks = ()
    at_post = turn.machine_kind in storm.safety.breaks_at_post
    if not at_post and shift.break_minutes and shift.break_from is not None and shift.break_to is not None:
        window = [max(start, _after(begin, moment, zone)) for moment in (shift.break_from, shift.break_to)]
        if min(window[1], end) - window[0] >= timedelta(minutes=shift.break_minutes):
            breaks = ((shift.break_minutes, window[0], min(window[1], end)),)
    return {unit_id: replace(turn, start=start, end=end, breaks=breaks)}


def shift_span(shift: Shift, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the shift that begins on ``day`` begins and ends."""
    begin = datetime.combine(day, shift.start, zone)
    until = datetime.combine(day, shift.end, zone)
    return begin, until if until > begin else until + timedelta(days=1)


def _after(begin: datetime, moment: time, zone: ZoneInfo) -> datetime:
    """The first time after ``begin`` that the clock shows ``moment``."""
    at = datetime.combine(begin.date(), moment, zone)
    return at if at >= begin else at + timedelta(days=1)


def from_here(turns: dict[str, Turn], past: tuple[Assignment, ...], held: dict[str, Assignment],
               current: PlanVersion | None, storm: Storm) -> dict[str, Turn]:
    """The turns as they stand now: each unit where its last work left it, with the breaks it has still to come."""
    rests = {rest.unit_id: rest for rest in current.rests} if current else {}
    stops = defaultdict(list)
    for assignment in sorted(past, key=lambda a: a.end_at):
        for member in assignment.members:
            stops[member.unit_id].append(assignment)
    for unit_id, found in stops.items():
        if unit_id in turns:
            turns[unit_id] = replace(turns[unit_id], position=place(found[-1], storm.city))
    for unit_id, rest in rests.items():
        if unit_id in turns and rest.start_at <= storm.now:
            turns[unit_id] = replace(turns[unit_id], start=max(turns[unit_id].start, rest.end_at), breaks=())
    for assignment in sorted(held.values(), key=lambda a: a.start_at, reverse=True):
        for member in assignment.members:
            if member.unit_id in turns:
                turns[member.unit_id] = _bound(turns[member.unit_id], assignment, storm.city)
            else:
                turns[member.unit_id] = _gone(member, assignment, storm.city)
    return turns


def _bound(turn: Turn, assignment: Assignment, city: City) -> Turn:
    """A unit under way begins at its work; its turn lasts at least as long as that does."""
    return replace(turn, position=place(assignment, city), start=min(turn.start, assignment.start_at),
                   end=max(turn.end, assignment.end_at))


def _gone(member: Member, assignment: Assignment, city: City) -> Turn:
    """A unit that is out on work although its turn is over, or that the tables no longer know: it finishes that."""
    crew = next((crew for crew in city.crews if crew.id == member.resource_id), None)
    machine = next((machine for machine in city.machines if machine.id == member.resource_id), None)
    return Turn(kind=member.kind, resource_id=member.resource_id, driver_id=member.driver_id,
                machine_kind=machine.kind if machine else None, size=crew.size if crew else 1,
                skills=crew.skills if crew else (), start=assignment.start_at, end=assignment.end_at,
                position=place(assignment, city))


def place(assignment: Assignment, city: City) -> Position:
    """Where an assignment is done."""
    if assignment.segment_id:
        return next(segment.middle for segment in city.segments if segment.id == assignment.segment_id)
    return next(station.position for station in city.stations if station.id == assignment.station_id)
