"""Who is on duty until when, and where the published plan has brought everybody and everything by now. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.entities import Assignment, City, Member, PlanVersion, Position, Rest, Shift, UnitKind
from ops.levels import CALLED
from ops.progress import DONE, OUT, Progress, Stage
from ops.rules import covers
from ops.work import Storm

OVERRUN = timedelta(minutes=15)  # work that is reported begun and not done is taken to last this much longer ...
LONGEST_OVERRUN = timedelta(hours=3)  # ... until so long after its planned end: by then the tap was forgotten
SHORTEST_TURN = timedelta(minutes=30)
PAST_HOURS = 24  # a grate cleared yesterday can be covered by leaves again, so its clearing is wanted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One unit on duty without a stop: what the solver knows by ``unit.id``, in the city's words.

    A crew's turn is one shift. A machine's goes on through all its drivers' shifts that follow one another, since a
    lorry is in one place only: ``drivers`` says who has it from when to when.
    """

    kind: UnitKind
    resource_id: str
    drivers: tuple[tuple[datetime, datetime, str], ...] = ()
    machine_kind: str | None = None
    size: int = 1
    skills: tuple[str, ...] = ()
    start: datetime
    end: datetime
    position: Position
    breaks: tuple[tuple[int, datetime, datetime], ...] = ()  # minutes, from, to

    def driver_at(self, instant: datetime) -> str | None:
        """Who drives then; within the margins before the first and after the last shift, its driver."""
        on_duty = [driver for start, _, driver in self.drivers if start <= instant]
        return on_duty[-1] if on_duty else next((driver for _, _, driver in self.drivers), None)


def so_far(current: PlanVersion | None, storm: Storm) -> tuple[tuple[Assignment, ...], dict[str, Assignment]]:
    """What the published plan has behind it, and what is under way.

    What the field has reported goes before the clock: what is cleared is past although its time is not over, what is
    begun and not cleared is under way although it is. Work whose team has set out is kept as it is, unless the rain
    would catch it where open-ground work must stop, or one of its units is out of action. Work at a place that the
    district's tables no longer know, that was refused or is to be done again, is forgotten.
    """
    past, held = [], {}
    places = {thing.id for thing in (*storm.city.segments, *storm.city.stations)}
    known = [assignment for assignment in (current.assignments if current else ())
             if (assignment.segment_id or assignment.station_id) in places and not _given_up(assignment, storm)]
    late = {assignment.job_id: replace(assignment, end_at=storm.now + OVERRUN) for assignment in known
            if _overruns(assignment, known, storm)}
    busy = {member.unit_id for assignment in late.values() for member in assignment.members}
    for assignment in known:
        told = storm.progress.get(assignment.job_id, Progress())
        if told.stage in DONE:
            past.append(_ended(assignment, told.since))
        elif assignment.job_id in late:
            held[assignment.job_id] = replace(late[assignment.job_id], state="under_way")
        elif assignment.end_at <= storm.now:
            past.append(replace(assignment, state="past"))
        elif _is_out(assignment, told, busy, storm) and _may_go_on(assignment, storm):
            held[assignment.job_id] = replace(assignment, state="under_way")
    recent = storm.now - timedelta(hours=PAST_HOURS)
    return tuple(assignment for assignment in past if assignment.end_at >= recent), held


def _given_up(assignment: Assignment, storm: Storm) -> bool:
    """Refused, to be done again, or a unit has broken down on it."""
    told = storm.progress.get(assignment.job_id, Progress())
    if told.stage is Stage.REFUSED:
        return True
    if told.stage is Stage.OPEN and told.since is not None:  # reopened
        return assignment.start_at < told.since
    return told.stage not in DONE and assignment.end_at > storm.now and any(
        is_out(member.resource_id, storm.now, storm) for member in assignment.members)


def is_out(resource_id: str, at: datetime, storm: Storm) -> bool:
    """Whether a crew or machine is out of action then."""
    return any(outage.resource_id == resource_id and outage.from_at <= at and (
        outage.to_at is None or at < outage.to_at) for outage in storm.outages)


def _begun(assignment: Assignment, storm: Storm) -> bool:
    return storm.progress.get(assignment.job_id, Progress()).stage in OUT


def _overruns(assignment: Assignment, known: list[Assignment], storm: Storm) -> bool:
    """Whether it is reported begun, should be over and is not reported done, and no unit of it has gone on.

    A post ends by the clock.
    """
    late = storm.now - assignment.end_at
    if not assignment.inlet_ids or not timedelta(0) <= late <= LONGEST_OVERRUN or not _begun(assignment, storm):
        return False
    units = {member.unit_id for member in assignment.members}
    return not any(other.start_at > assignment.start_at and _begun(other, storm)
                   and units & {member.unit_id for member in other.members} for other in known)


def _ended(assignment: Assignment, at: datetime) -> Assignment:
    """The work with the end that was reported; what was done before its time began then too."""
    return replace(assignment, state="past", start_at=min(assignment.start_at, at), end_at=at)


def _is_out(assignment: Assignment, told: Progress, busy: set[str], storm: Storm) -> bool:
    """Whether the team is out on it: reported so, or to be taken so by the clock as no unit is still busy elsewhere."""
    if told.stage in OUT:
        return True
    return min(member.leave_at for member in assignment.members) <= storm.now and not busy.intersection(
        member.unit_id for member in assignment.members)


def promised(current: PlanVersion | None, held: dict[str, Assignment], turns: dict[str, Turn], storm: Storm,
             minutes: float) -> dict[str, Assignment]:
    """Accepted work that sets out within so many minutes, where its units are still on duty for it."""
    until = storm.now + timedelta(minutes=minutes)
    return {job.job_id: job for job in (current.assignments if current else ())
            if job.job_id not in held and storm.now < job.start_at
            and storm.progress.get(job.job_id, Progress()).stage is Stage.ACCEPTED
            and storm.now < min(member.leave_at for member in job.members) <= until
            and all(_covers(turns.get(member.unit_id), job) for member in job.members) and _may_go_on(job, storm)}


def _covers(turn: Turn | None, assignment: Assignment) -> bool:
    return turn is not None and turn.start <= assignment.start_at and assignment.end_at <= turn.end


def _may_go_on(assignment: Assignment, storm: Storm) -> bool:
    if not assignment.inlet_ids:  # posts and lorries stay
        return True
    return covers(storm.open_ground(storm.now, storm.horizon), max(storm.now, assignment.start_at), assignment.end_at)


def on_duty(storm: Storm) -> dict[str, Turn]:
    """Every crew on each of its shifts, and every machine that has drivers, between now and the horizon."""
    return _in_action(_crews(storm) | _machines(storm), storm)


def _in_action(turns: dict[str, Turn], storm: Storm) -> dict[str, Turn]:
    """The turns without the time for which their units are out of action; of two parts the first counts."""
    for outage in storm.outages:
        for unit_id, turn in list(turns.items()):
            if turn.resource_id.removesuffix(CALLED) != outage.resource_id or outage.from_at >= turn.end or (
                    outage.to_at is not None and outage.to_at <= turn.start):
                continue
            start, end = turn.start, outage.from_at
            if end - start < SHORTEST_TURN:
                start, end = outage.to_at or turn.end, turn.end
            if end - start < SHORTEST_TURN:
                del turns[unit_id]
            else:
                turns[unit_id] = replace(turn, start=start, end=end)
    return turns


def _crews(storm: Storm) -> dict[str, Turn]:
    shifts = {shift.id: shift for shift in storm.city.shifts}
    homes = {station.id: station.position for station in storm.city.stations}
    turns = {}
    for day in _days(storm):
        for crew in storm.city.crews:
            shift = shifts[crew.shift_id]
            start, end = shift_span(shift, day, _zone(storm))
            turns[f"{crew.id}@{day}"] = Turn(
                kind=UnitKind.CREW, resource_id=crew.id, size=crew.size, skills=crew.skills, start=start, end=end,
                position=homes[crew.station_id], breaks=_breaks(shift, start))
    return _within(turns, storm)


def _machines(storm: Storm) -> dict[str, Turn]:
    """A machine's shifts joined where one driver takes over from another, wherever the machine stands then."""
    shifts = {shift.id: shift for shift in storm.city.shifts}
    homes = {station.id: station.position for station in storm.city.stations}
    turns = {}
    for machine in storm.city.machines:
        manned = sorted((*shift_span(shifts[driver.shift_id], day, _zone(storm)), driver.id, driver.shift_id)
                        for driver in storm.city.drivers if driver.machine_id == machine.id for day in _days(storm))
        for chain in _chains(manned):
            breaks = () if machine.kind in storm.safety.breaks_at_post else tuple(
                rest for start, _, _, shift_id in chain for rest in _breaks(shifts[shift_id], start))
            turns[f"{machine.id}@{_chain_name(chain, storm)}"] = Turn(
                kind=UnitKind.MACHINE, resource_id=machine.id, machine_kind=machine.kind, start=chain[0][0],
                end=chain[-1][1], drivers=tuple((start, end, driver) for start, end, driver, _ in chain),
                position=homes[machine.station_id], breaks=breaks)
    return _within(turns, storm)


def _chains(manned: list[tuple[datetime, datetime, str, str]]) -> list[list[tuple[datetime, datetime, str, str]]]:
    """Shifts of one machine, cut where nobody has it; of two drivers in one shift the first one drives."""
    chains: list[list] = []
    for turn in manned:
        if chains and turn[0] < chains[-1][-1][1]:
            continue
        if chains and turn[0] == chains[-1][-1][1]:
            chains[-1].append(turn)
        else:
            chains.append([turn])
    return chains


def _chain_name(chain: list[tuple[datetime, datetime, str, str]], storm: Storm) -> str:
    """The day a chain begins; one that never ends is called so, for where we cut it moves on from day to day."""
    first = chain[0][0].astimezone(_zone(storm)).date()
    return "24h" if first == _days(storm)[0] and chain[-1][1] > storm.now else f"{first}"


def _zone(storm: Storm) -> ZoneInfo:
    return ZoneInfo(storm.city.district.time_zone)


def _days(storm: Storm) -> list[date]:
    """From two days ago, so that what ended yesterday is told from what never ends, to the horizon."""
    first = storm.now.astimezone(_zone(storm)).date() - timedelta(days=2)
    last = storm.horizon.astimezone(_zone(storm)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _within(turns: dict[str, Turn], storm: Storm) -> dict[str, Turn]:
    """The turns with their handover margins, between the time that the order takes to be read and the horizon."""
    margin = timedelta(minutes=storm.safety.handover_minutes)
    earliest = storm.now + timedelta(minutes=storm.work.turnout_minutes)
    found = {}
    for unit_id, turn in turns.items():
        start, end = max(earliest, turn.start - margin), min(storm.horizon, turn.end + margin)
        if turn.end > storm.now and end - start >= SHORTEST_TURN:
            found[unit_id] = replace(turn, start=start, end=end)
    return found


def _breaks(shift: Shift, start: datetime) -> tuple[tuple[int, datetime, datetime], ...]:
    if not shift.break_minutes or shift.break_from is None or shift.break_to is None:
        return ()
    zone = start.tzinfo
    return ((shift.break_minutes, *(_after(start, moment, zone) for moment in (shift.break_from, shift.break_to))),)


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
    turns = dict(turns)
    for assignment in sorted(past, key=lambda a: a.end_at):
        for member in assignment.members:
            if member.unit_id in turns:
                turns[member.unit_id] = replace(turns[member.unit_id], position=place(assignment, storm.city))
    _keep_published_departures(turns, current, storm)
    busy_until: dict[str, datetime] = {}
    for assignment in sorted(held.values(), key=lambda a: a.start_at, reverse=True):
        for member in assignment.members:
            turn = turns.get(member.unit_id) or _gone(member, assignment, storm.city)
            turns[member.unit_id] = _bound(turn, assignment, storm.city)
            busy_until.setdefault(member.unit_id, assignment.end_at)
    rests = taken_rests(current, storm)
    return {unit_id: _with_breaks_to_come(turn, [rest for rest in rests if rest.unit_id == unit_id],
                                          busy_until.get(unit_id)) for unit_id, turn in turns.items()}


def taken_rests(current: PlanVersion | None, storm: Storm) -> tuple[Rest, ...]:
    """The breaks of the published plan that have begun."""
    return tuple(rest for rest in (current.rests if current else ())
                 if rest.start_at <= storm.now and storm.now - rest.end_at <= timedelta(hours=PAST_HOURS))


def _keep_published_departures(turns: dict[str, Turn], current: PlanVersion | None, storm: Storm) -> None:
    """Who was told to set out within the next minutes need not be told again."""
    for assignment in current.assignments if current else ():
        for member in assignment.members:
            turn = turns.get(member.unit_id)
            if turn and storm.now < member.leave_at < turn.start:
                turns[member.unit_id] = replace(turn, start=member.leave_at)


def _with_breaks_to_come(turn: Turn, rests: list[Rest], busy_until: datetime | None) -> Turn:
    """Without the breaks that were taken, or for which the work under way leaves no time; after one being taken."""
    start = turn.start if busy_until else max([turn.start, *(rest.end_at for rest in rests)])
    free_from = max(start, busy_until or start)
    breaks = []
    for minutes, begin, until in turn.breaks:
        taken = any(begin <= rest.start_at < until for rest in rests)
        window = max(begin, free_from), min(until, turn.end)
        if not taken and window[1] - window[0] >= timedelta(minutes=minutes):
            breaks.append((minutes, *window))
    return replace(turn, start=start, breaks=tuple(breaks))


def _bound(turn: Turn, assignment: Assignment, city: City) -> Turn:
    """A unit under way begins at its work; its turn lasts at least as long as that does."""
    return replace(turn, position=place(assignment, city), start=min(turn.start, assignment.start_at),
                   end=max(turn.end, assignment.end_at))


def _gone(member: Member, assignment: Assignment, city: City) -> Turn:
    """A unit that is out on work although its turn is over, or that the tables no longer know: it finishes that."""
    crew = next((crew for crew in city.crews if crew.id == member.resource_id), None)
    machine = next((machine for machine in city.machines if machine.id == member.resource_id), None)
    drivers = ((assignment.start_at, assignment.end_at, member.driver_id),) if member.driver_id else ()
    return Turn(kind=member.kind, resource_id=member.resource_id, drivers=drivers,
                machine_kind=machine.kind if machine else None, size=crew.size if crew else 1,
                skills=crew.skills if crew else (), start=assignment.start_at, end=assignment.end_at,
                position=place(assignment, city))


def place(assignment: Assignment, city: City) -> Position:
    """Where an assignment is done."""
    if assignment.segment_id:
        return next(segment.middle for segment in city.segments if segment.id == assignment.segment_id)
    return next(station.position for station in city.stations if station.id == assignment.station_id)
