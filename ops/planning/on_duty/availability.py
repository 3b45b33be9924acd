"""Who is on duty until when, by the rosters and by what is out of action. Pure."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from data.model.city import SANITATION, Crew, Position, Profile, Worker, worker_key
from data.model.ids import UnitId
from data.model.plan import Member, PlanVersion, UnitKind
from ops.district.roster_changes import AWAY
from ops.district.rosters import is_on_leave, last_day, turns
from ops.district.services import SERVICES
from ops.planning.context import Storm
from ops.planning.on_duty.duty_times import SHORTEST, DutyTime, duty_times
from ops.planning.on_duty.machine_chains import chains, relieved_at
from ops.planning.on_duty.meals import Meal, heat_rest, meals
from ops.planning.on_duty.means import Means, profile_of
from ops.planning.on_duty.roster_days import days_around, zone_of
from ops.planning.on_duty.squads import WELLS
from ops.planning.on_duty.teams import squads_of_team, teams_by_post
from ops.planning.parameters import WorkSettings
from ops.risk.stop_work import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """One unit on duty without a stop: what the solver knows by ``unit.id``, in the city's words.

    A crew's turn, or that of its squad, is one shift and what it stays on; ``resource_id`` is the
    crew's own. A machine's goes on through all its drivers' shifts that follow one another, since a
    lorry is in one place only: ``drivers`` says who has it from when to when. An hour of work after
    ``overtime_from`` costs ``overtime_price`` weighted blocked-inlet-hours. Before and after its
    ``regular`` hours lie margins, with posts and incidents only. ``service`` is whose it is.
    ``who`` are the ids of a crew's people, where the tables name them. ``profile`` is what it goes
    by.
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
    overtime_from: datetime | None = None
    overtime_price: float = 0.0
    regular: Span | None = None
    breaks: tuple[Meal, ...] = ()
    service: str = SANITATION
    who: tuple[str, ...] = ()
    profile: Profile = Profile.LORRY

    @property
    def means(self) -> Means:
        """By what means it goes."""
        return Means(self.kind, self.profile)

    def driver_at(self, instant: datetime) -> str | None:
        """Who drives then; within the margins before the first and after the last shift, its
        driver.
        """
        on_duty = [driver for start, _, driver in self.drivers if start <= instant]
        return on_duty[-1] if on_duty else next((driver for _, _, driver in self.drivers), None)


def on_duty(storm: Storm, current: PlanVersion | None = None) -> dict[str, Availability]:
    """Every crew on each of its turns, as the squads that it goes out in, and every machine that
    has drivers, between now and the horizon.

    Parameters
    ----------
    current
        The plan in force: whom it keeps at work beyond the shift is still there.
    """
    return _in_action(_within(_crews(storm) | _machines(storm), storm, current), storm)


def is_out(resource_id: str, at: datetime, storm: Storm) -> bool:
    """Whether a crew or machine is out of action then."""
    return any(
        outage.resource_id == resource_id and outage.is_in_force(at) for outage in storm.outages
    )


def out_from(resource_id: str, start: datetime, end: datetime, storm: Storm) -> datetime:
    """When a crew or machine is first out of action from ``start`` on; ``end`` if not before."""
    outages = (one for one in storm.outages if one.resource_id == resource_id)
    return min([end, *(max(start, one.from_at) for one in outages if not one.is_over(start))])


def is_sent_home(member: Member, storm: Storm) -> bool:
    """Whether the roster, or that no legal team is left, takes from a unit that is out the people
    of the turn on which it set out; whoever was called in from a day of rest is at work.
    """
    kind, name = (
        ("crew", member.resource_id) if member.driver_id is None else ("driver", member.driver_id)
    )
    worker, unit = storm.city.worker_by_key.get((kind, name)), UnitId.parse(member.unit_id)
    if worker is None:
        return False
    today = storm.now.astimezone(zone_of(storm)).date()
    if unit.is_called_in:
        return is_on_leave(worker, today, storm.city)
    if kind == "crew":
        days = (today - timedelta(days=1), today)
        return unit.duty in {f"{day}" for day in days if _is_away(worker, day, storm)}
    day = _drives_since(worker, member.leave_at, storm)
    return day is not None and _is_away(worker, day, storm)


def _drives_since(worker: Worker, out: datetime, storm: Storm) -> date | None:
    """The day of the turn on which a driver is out, by when he set out: the turn that this lies in,
    with its margin before; else the last day of which he has stayed on, or whose turn the roster
    has taken from him meanwhile. ``None``: the tables know of none.
    """
    today = out.astimezone(zone_of(storm)).date()
    days = [today + timedelta(days=n) for n in (-1, 0, 1)]
    margin = timedelta(minutes=storm.safety.handover_minutes)
    stay = storm.duty.emergency_hours if storm.all_hands else storm.duty.stay_on_hours
    own = turns(worker, days, storm.city)
    for turn in own:
        if turn.start - margin <= out < turn.end:
            return turn.day
    stayed = [turn.day for turn in own if turn.end <= out < turn.end + timedelta(hours=stay)]
    taken = [day for day in days[:2] if _is_away(worker, day, storm)]
    return max((*stayed, *taken), default=None)


def _is_away(worker: Worker, day: date, storm: Storm) -> bool:
    entry = storm.city.roster_by_day.get((worker_key(worker), day))
    return entry is not None and entry.duty in AWAY


def freed(
    availability: dict[str, Availability], unit_id: str, at: datetime, position: Position
) -> None:
    """Let who is out as a unit of another name begin when that is over: a crew that set out as one
    before it goes out as squads, or the other way round; a machine whose turn got another name.
    """
    out = UnitId.parse(unit_id)
    for name, available in list(availability.items()):
        unit = UnitId.parse(name)
        is_one = available.kind is UnitKind.MACHINE or (
            unit.duty == out.duty and (unit.squad is None or out.squad is None)
        )
        if unit != out and unit.resource_id == out.resource_id and is_one:
            start = max(available.start, at)
            if available.end - start < SHORTEST:
                del availability[name]
            else:
                availability[name] = replace(available, start=start, position=position)


def _in_action(availability: dict[str, Availability], storm: Storm) -> dict[str, Availability]:
    """The turns without the time for which their units are out of action; of two parts the first
    counts.
    """
    for outage in storm.outages:
        for unit_id, available in list(availability.items()):
            if (
                available.resource_id != outage.resource_id
                or outage.from_at >= available.end
                or outage.is_over(available.start)
            ):
                continue
            start, end = available.start, outage.from_at
            if end - start < SHORTEST:
                start, end = outage.to_at or available.end, available.end
            if end - start < SHORTEST:
                del availability[unit_id]
            else:
                availability[unit_id] = replace(available, start=start, end=end)
    return availability


def _crews(storm: Storm) -> dict[str, Availability]:
    availability, for_wells = {}, _crews_for_wells(storm)
    teams = teams_by_post(storm.teams)
    ranks: Counter[str] = Counter()
    for crew in storm.city.crews:
        rank = ranks[crew.shift_id]
        ranks[crew.shift_id] += 1
        own = turns(crew, days_around(storm), storm.city)
        service = storm.city.service_at(crew.station_id)
        for served in duty_times(own, storm, partial(_may_call, crew, storm)):
            team = teams.get((("crew", crew.id), served.turn.day))
            last = last_day(served.turn.shift, served.turn.day, zone_of(storm))
            going = squads_of_team(crew, team, last, storm, crew.id in for_wells)
            for squad, who in going:
                unit = UnitId(crew.id, f"{served.day}", squad.number, served.is_called_in)
                availability[str(unit)] = Availability(
                    kind=UnitKind.CREW,
                    resource_id=crew.id,
                    size=squad.people,
                    who=who,
                    skills=squad.skills,
                    start=served.start,
                    end=served.end,
                    overtime_from=served.overtime_from,
                    overtime_price=served.overtime_price,
                    regular=served.regular,
                    position=storm.city.station_by_id[crew.station_id].position,
                    breaks=_breaks(served, storm, rank + (squad.number or 0)),
                    service=service,
                    profile=profile_of(crew, service, storm.ways.profile),
                )
    return availability


def _breaks(served: DutyTime, storm: Storm, rank: int) -> tuple[Meal, ...]:
    """When they rest; those of following ranks in a shift eat one after the other."""
    if served.is_called_in:
        return ()
    eating = meals(served.turn, storm, sitting=rank % storm.duty.meal_sittings)
    return (*eating, *heat_rest(served.turn, storm))


def _crews_for_wells(storm: Storm) -> set[str]:
    """The crews that stay together to go down the wells that are blocked now: in each shift one
    for each.
    """
    open_now = {
        blockage.inlet_id
        for blockage in storm.city.blockages
        if blockage.remedy == "well_entry" and blockage.is_open(storm.now)
    }
    able: dict[str, list[str]] = defaultdict(list)
    for crew in storm.city.crews:
        if WELLS in crew.skills and crew.size >= storm.safety.well_people:
            able[crew.shift_id].append(crew.id)
    return {crew_id for crews in able.values() for crew_id in sorted(crews)[: len(open_now)]}


def _may_call(crew: Crew, storm: Storm, at: datetime) -> bool:
    return not is_on_leave(crew, at.astimezone(zone_of(storm)).date(), storm.city)


def _machines(storm: Storm) -> dict[str, Availability]:
    availability = {}
    for machine in storm.city.machines:
        found = chains(machine, storm)
        following = [chain.start for chain in found[1:]]
        for chain, next_start in zip(found, [*following, None], strict=False):
            last = chain.drivers[-1].time
            end = min(chain.end, next_start) if next_start else chain.end
            unit = UnitId(machine.id, chain.duty, is_called_in=chain.is_called_in)
            availability[str(unit)] = Availability(
                kind=UnitKind.MACHINE,
                resource_id=machine.id,
                machine_kind=machine.kind,
                start=chain.start,
                end=max(end, last.overtime_from),
                overtime_from=last.overtime_from,
                overtime_price=last.overtime_price,
                regular=(chain.drivers[0].time.regular[0], last.regular[1]),
                drivers=tuple((*one.span, one.driver.id) for one in chain.drivers),
                service=(service := storm.city.service_at(machine.station_id)),
                profile=profile_of(machine, service, storm.ways.profile),
                position=storm.city.station_by_id[machine.station_id].position,
                breaks=()
                if machine.kind in storm.safety.breaks_at_post or chain.is_called_in
                else tuple(
                    meal
                    for one in chain.drivers
                    for meal in meals(one.turn, storm, relieved_at(one, chain))
                ),
            )
    return availability


def _within(
    availability: dict[str, Availability], storm: Storm, current: PlanVersion | None
) -> dict[str, Availability]:
    """The turns between the time that the order takes to be read and the horizon, without those
    whose people have gone home: who is told to stay on stays, and nobody else is there.
    """
    told = _told_until(current)
    found = {}
    for unit_id, available in availability.items():
        earliest = storm.now + _turnout(available.service, storm.work)
        start, end = max(earliest, available.start), min(storm.horizon, available.end)
        over = available.overtime_from or available.end
        gone = (
            over <= storm.now
            and not UnitId.parse(unit_id).is_called_in
            and not (unit_id in told and told[unit_id] > over)
        )
        if not gone and available.end > storm.now and end - start >= SHORTEST:
            found[unit_id] = replace(available, start=start, end=end)
    return found


def _turnout(service: str, work: WorkSettings) -> timedelta:
    """How long after the order people set out."""
    row = SERVICES.get(service)
    is_out = row is not None and row.on_the_road
    return timedelta(minutes=work.road_turnout_minutes if is_out else work.turnout_minutes)


def _told_until(current: PlanVersion | None) -> dict[str, datetime]:
    """Until when the published plan keeps each unit at work."""
    told: dict[str, datetime] = {}
    for job in current.assignments if current else ():
        for member in job.members:
            told[member.unit_id] = max(job.end_at, told.get(member.unit_id, job.end_at))
    return told
