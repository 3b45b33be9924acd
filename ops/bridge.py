"""The city's words <-> the solver's: entities and instants on one side, ids, indices and seconds on the other. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.entities import (
    Assignment,
    City,
    LeftOut,
    Member,
    Message,
    PlanVersion,
    Position,
    Rest,
    Shift,
    UnitKind,
)
from ops.explain import job_name
from ops.rules import covers
from ops.travel import TravelSettings, seconds
from ops.work import Need, Storm, Work
from solver import Assignment as Placed
from solver import Break, Job, Pin, Plan, Problem, Slot, Stability, Unassigned, Unit

PAST_HOURS = 24  # a grate cleared yesterday can be covered by leaves again, so its clearing is wanted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSettings:
    """What a change of a published plan costs, in points (a clearing at middling risk is worth some 10,000).

    Attributes
    ----------
    reassign
        For each job that is dropped or given to others.
    retime, tolerance_s
        For each that is moved by more than the tolerance.
    travel
        How long the ways take.
    """

    reassign: int = 2000
    retime: int = 500
    tolerance_s: int = 300
    travel: TravelSettings = TravelSettings()


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


@dataclass(frozen=True, slots=True)
class Brief:
    """The problem, and what is needed to read its plan."""

    problem: Problem
    epoch: datetime
    works: dict[str, Work]
    turns: dict[str, Turn]
    held: dict[str, Assignment]
    past: tuple[Assignment, ...]
    no_time: tuple[LeftOut, ...] = field(default=())


def build_problem(storm: Storm, works: tuple[Work, ...], current: PlanVersion | None,
                  settings: BridgeSettings = BridgeSettings()) -> Brief:
    """The solver's problem for this storm, from where the published plan has brought everybody."""
    past, held = _so_far(current, storm)
    fixed = {assignment.job_id for assignment in (*past, *held.values())}
    doable, no_time = _with_time([work for work in works if work.id not in fixed])
    doable = [replace(work, after=tuple(job for job in work.after if job not in {a.job_id for a in past}))
              for work in doable]
    turns = _from_here(_turns_on_duty(storm), past, held, current, storm)
    epoch = min([storm.now, *(turn.start for turn in turns.values())])
    problem = _problem(storm, doable, turns, held, current, epoch, settings)
    return Brief(problem=problem, epoch=epoch, works={work.id: work for work in doable}, turns=turns, held=held,
                 past=past, no_time=tuple(_left_out(work, Message("left.no_time")) for work in no_time))


# --- where things stand -----------------------------------------------------------------------------------------------


def _so_far(current: PlanVersion | None, storm: Storm) -> tuple[tuple[Assignment, ...], dict[str, Assignment]]:
    """What the published plan has behind it, and what is under way.

    Work whose team has set out is kept as it is, unless the rain would catch it where open-ground work must stop.
    """
    past, held = [], {}
    for assignment in current.assignments if current else ():
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


def _with_time(works: Iterable[Work]) -> tuple[list[Work], list[Work]]:
    """Works with the spans that are long enough for them; and those that no span is."""
    doable, no_time = [], []
    for work in works:
        needed = timedelta(minutes=work.minutes)
        spans = tuple(span for span in work.spans if span[1] - span[0] >= needed)
        if spans:
            doable.append(replace(work, spans=spans))
        else:
            no_time.append(work)
    known = {work.id for work in doable}
    while late := [work for work in doable if any(job not in known for job in work.after)]:
        doable = [work for work in doable if work not in late]
        no_time += late
        known = {work.id for work in doable}
    return doable, no_time


def _turns_on_duty(storm: Storm) -> dict[str, Turn]:
    """Every crew, and every machine with a driver, for each of its shifts between now and the horizon."""
    city, turns = storm.city, {}
    shifts = {shift.id: shift for shift in city.shifts}
    homes = {station.id: station.position for station in city.stations}
    machines = {machine.id: machine for machine in city.machines}
    for day in _days(storm):
        for crew in city.crews:
            turn = Turn(kind=UnitKind.CREW, resource_id=crew.id, driver_id=None, machine_kind=None, size=crew.size,
                        skills=crew.skills, start=storm.now, end=storm.now, position=homes[crew.station_id])
            turns |= _on_duty(f"{crew.id}@{day}", turn, shifts[crew.shift_id], day, storm)
        for driver in city.drivers:
            machine = machines[driver.machine_id]
            turn = Turn(kind=UnitKind.MACHINE, resource_id=machine.id, driver_id=driver.id, machine_kind=machine.kind,
                        size=1, skills=(), start=storm.now, end=storm.now, position=homes[machine.station_id])
            turns |= _on_duty(f"{machine.id}.{driver.id}@{day}", turn, shifts[driver.shift_id], day, storm)
    return turns


def _days(storm: Storm) -> list[date]:
    zone = ZoneInfo(storm.city.district.time_zone)
    first = storm.now.astimezone(zone).date() - timedelta(days=1)
    last = storm.horizon.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _on_duty(unit_id: str, turn: Turn, shift: Shift, day: date, storm: Storm) -> dict[str, Turn]:
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


def _from_here(turns: dict[str, Turn], past: tuple[Assignment, ...], held: dict[str, Assignment],
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


# --- to the solver ----------------------------------------------------------------------------------------------------


def _problem(storm: Storm, works: list[Work], turns: dict[str, Turn], held: dict[str, Assignment],
             current: PlanVersion | None, epoch: datetime, settings: BridgeSettings) -> Problem:
    positions = sorted({turn.position for turn in turns.values()} | {work.position for work in works}
                       | {place(assignment, storm.city) for assignment in held.values()})
    index = {position: i for i, position in enumerate(positions)}
    clock = _Clock(epoch)
    jobs = [_job(work, index, clock) for work in works]
    jobs += [_held_job(assignment, index[place(assignment, storm.city)], turns, clock) for assignment in held.values()]
    return Problem(
        id=f"xunban-{epoch:%Y%m%dT%H%MZ}", epoch=epoch.isoformat(), horizon=clock.seconds(_last(storm, turns)),
        travel=tuple(tuple(_minutes_up(seconds(a, b, settings.travel)) for b in positions) for a in positions),
        travel_cost=1, units=tuple(_unit(unit_id, turn, index, clock) for unit_id, turn in turns.items()),
        jobs=tuple(jobs), pinned=tuple(_pin(assignment, clock) for assignment in held.values()),
        previous=tuple(_pin(assignment, clock) for assignment in _planned(current, held, storm.now)),
        stability=Stability(reassign=settings.reassign, retime=settings.retime, tolerance=settings.tolerance_s))


@dataclass(frozen=True, slots=True)
class _Clock:
    epoch: datetime

    def seconds(self, instant: datetime) -> int:
        return max(0, int((instant - self.epoch).total_seconds()))

    def instant(self, at: int) -> datetime:
        return self.epoch + timedelta(seconds=at)


def _minutes_up(travel_s: int) -> int:
    """Whole minutes: sheets are read by the minute."""
    return -(-travel_s // 60) * 60


def _last(storm: Storm, turns: dict[str, Turn]) -> datetime:
    return max([storm.horizon, *(turn.end for turn in turns.values())])


def _unit(unit_id: str, turn: Turn, index: dict[Position, int], clock: _Clock) -> Unit:
    breaks = tuple(Break(duration=minutes * 60, window=(clock.seconds(begin), clock.seconds(end)))
                   for minutes, begin, end in turn.breaks)
    return Unit(id=unit_id, kind=turn.machine_kind or "crew", start=index[turn.position], end=None,
                shift=(clock.seconds(turn.start), clock.seconds(turn.end)), size=turn.size, skills=turn.skills,
                breaks=breaks)


def _job(work: Work, index: dict[Position, int], clock: _Clock) -> Job:
    return Job(id=work.id, location=index[work.position], duration=work.minutes * 60,
               windows=tuple((clock.seconds(start), clock.seconds(end)) for start, end in work.spans),
               weight=work.points, due=clock.seconds(work.due_at) if work.due_at else None, late_cost=work.late_points,
               slots=tuple(_slot(need) for need in work.needs), after=work.after)


def _slot(need: Need) -> Slot:
    return Slot(kind=need.machine_kind or "crew", skills=need.skills, size=need.people)


def _held_job(assignment: Assignment, location: int, turns: dict[str, Turn], clock: _Clock) -> Job:
    start, end = clock.seconds(assignment.start_at), clock.seconds(assignment.end_at)
    slots = tuple(Slot(kind=turns[member.unit_id].machine_kind or "crew") for member in assignment.members)
    return Job(id=assignment.job_id, location=location, duration=end - start, windows=((start, end),), weight=0,
               slots=slots)


def _pin(assignment: Assignment, clock: _Clock) -> Pin:
    return Pin(job=assignment.job_id, start=clock.seconds(assignment.start_at),
               units=tuple(member.unit_id for member in assignment.members))


def _planned(current: PlanVersion | None, held: dict[str, Assignment], now: datetime) -> list[Assignment]:
    return [assignment for assignment in (current.assignments if current else ())
            if assignment.end_at > now and assignment.start_at >= now and assignment.job_id not in held]


# --- from the solver --------------------------------------------------------------------------------------------------


def read_plan(brief: Brief, plan: Plan, city: City, settings: BridgeSettings = BridgeSettings(),
              ) -> tuple[tuple[Assignment, ...], tuple[LeftOut, ...], tuple[Rest, ...]]:
    """The plan in the city's words: what is past, what is under way, what is planned; what is left out; the breaks."""
    clock = _Clock(brief.epoch)
    rests = tuple(Rest(unit_id=taken.unit, start_at=clock.instant(taken.start), end_at=clock.instant(taken.end))
                  for taken in plan.breaks)
    legs = _legs(brief, plan, rests, city, settings)
    new = [_assignment(placed, brief, legs, clock) for placed in plan.assignments]
    assignments = sorted((*brief.past, *new), key=lambda a: (a.start_at, a.job_id))
    left = [_left_out(brief.works[missing.job], _reason(missing, brief, city)) for missing in plan.unassigned]
    return tuple(assignments), (*left, *brief.no_time), rests


def _assignment(placed: Placed, brief: Brief, legs: dict, clock: _Clock) -> Assignment:
    if placed.job in brief.held:
        return brief.held[placed.job]
    work = brief.works[placed.job]
    members = tuple(
        Member(unit_id=unit_id, kind=brief.turns[unit_id].kind, resource_id=brief.turns[unit_id].resource_id,
               driver_id=brief.turns[unit_id].driver_id, leave_at=legs[unit_id, placed.job],
               arrive_at=clock.instant(placed.start)) for unit_id in placed.units)
    return Assignment(job_id=work.id, kind=work.kind, phase=work.phase, segment_id=work.segment_id,
                      station_id=work.station_id, inlet_ids=work.inlet_ids, members=members,
                      start_at=clock.instant(placed.start), end_at=clock.instant(placed.end), risk=work.risk,
                      why=work.why)


def _legs(brief: Brief, plan: Plan, rests: tuple[Rest, ...], city: City,
          settings: BridgeSettings) -> dict[tuple[str, str], datetime]:
    """When each unit sets out for each of its jobs: just in time, but before a break that would be on the road."""
    clock, legs = _Clock(brief.epoch), {}
    by_unit = defaultdict(list)
    for placed in sorted(plan.assignments, key=lambda placed: placed.start):
        for unit_id in placed.units:
            by_unit[unit_id].append(placed)
    for unit_id, stops in by_unit.items():
        at, free = brief.turns[unit_id].position, brief.turns[unit_id].start
        for placed in stops:
            held = brief.held.get(placed.job)
            there = place(held, city) if held else brief.works[placed.job].position
            travel = timedelta(seconds=_minutes_up(seconds(at, there, settings.travel)))
            start = clock.instant(placed.start)
            leave = start - travel
            for rest in rests:
                if rest.unit_id == unit_id and rest.start_at < start and rest.end_at > leave:
                    leave = max(free, rest.start_at - travel)
            legs[unit_id, placed.job] = leave
            at, free = there, clock.instant(placed.end)
    return legs


def _left_out(work: Work, why: Message) -> LeftOut:
    return LeftOut(job_id=work.id, kind=work.kind, phase=work.phase, segment_id=work.segment_id,
                   station_id=work.station_id, risk=work.risk, why=why)


def _reason(missing: Unassigned, brief: Brief, city: City) -> Message:
    """The solver's proved reason as a sentence, with the jobs it names called by their names."""
    if missing.detail.jobs:
        return Message(f"left.{missing.reason}", {"jobs": _named(missing.detail.jobs[:3], brief, city)})
    return Message(f"left.{missing.reason}_alone")


def _named(job_ids: Iterable[str], brief: Brief, city: City) -> tuple[Message, ...]:
    found = [brief.works.get(job_id) or brief.held[job_id] for job_id in job_ids]
    return tuple(job_name(job.kind, job.segment_id, job.station_id, city) for job in found)
