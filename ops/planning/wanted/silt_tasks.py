"""After the rain: the silt taken out of the inlets, driven away by the load, the roads rinsed.
Pure.

It prevents nothing in the storm that has ended; it counts for the next one.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion, UnitKind
from ops.district.places import length_km
from ops.field.progress import DONE, Progress
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.meals import Meal
from ops.planning.tanks import LORRY_M3, TANK_M3, litres_of
from ops.planning.tiers import gain_points
from ops.planning.wanted.task_types import TASK_TYPES, Requirement, minutes_of, team_of
from ops.planning.wanted.tasks import Task, task_on
from ops.risk.worth import Decline

SUCTION, LORRY, LOADER = "suction_truck", "sludge_truck", "loader"
DESILTED = 5  # inlets at one stop: an hour with a suction truck
STEP = timedelta(minutes=10)
LEAST_BLOCKED = 0.5
"""Blocked inlets expected on a road after the storm, from which a stop there is worth the truck."""


def silt_tasks(storm: Storm, units: Mapping[str, Availability]) -> Iterator[Task]:
    """What the storms of the horizon leave to be taken out.

    Parameters
    ----------
    units
        Those on duty: what suction trucks have no time for is dug out by hand, and needs a lorry.
    """
    if not storm.rain.storms:
        return
    end = _first_end(storm)
    stops = [
        (segment, task)
        for segment in storm.city.segments
        if (task := _desilting(storm, segment, end))
    ]
    stops.sort(key=lambda pair: (-pair[1].points, pair[1].id))
    trucks = [one for one in units.values() if one.machine_kind == SUCTION]
    sucked = _for_trucks([task for _, task in stops], trucks, end, storm)
    stops = [
        (
            segment,
            _into_the_tank(storm, task)
            if task.id in sucked
            else _by_hand(storm, task, end, bool(trucks)),
        )
        for segment, task in stops
    ]
    yield from (task for _, task in stops)
    loader = any(one.machine_kind == LOADER and one.end > end for one in units.values())
    yield from _loads(storm, [task for _, task in stops], end, sucked, trucks, loader)
    for segment, task in stops:
        yield _flushing(storm, segment, task)


def told_silt(current: PlanVersion | None) -> dict[str, Assignment]:
    """The stops for silt in the plan in force, by what asks for them."""
    return {
        str(JobId.parse(job.job_id).post): job
        for job in (current.assignments if current else ())
        if job.kind is JobKind.DESILT
    }


def _for_trucks(
    stops: Iterable[Task], trucks: Iterable[Availability], end: datetime, storm: Storm
) -> frozenset[str]:
    """The stops that suction trucks see to: those told so, then the best of the others for as long
    as they have time. What was told to be dug by hand stays so, and what is over takes no time.
    """
    trucks = tuple(trucks)
    full_trips = len({one.resource_id for one in trucks})  # each is emptied once, however little
    told = {name: _is_sucked(job, trucks) for name, job in storm.told_silt.items()}
    free, found = _time_of(trucks, end, storm.after_until, storm), set[str]()
    for task in sorted(stops, key=lambda task: told.get(task.id) is not True):
        by_truck = told.get(task.id)
        if free >= timedelta(minutes=task.minutes) if by_truck is None else by_truck:
            found.add(task.id)
            if not _is_over(task, storm):
                free -= _takes(task, storm, to_the_tip=full_trips > 0)
                full_trips -= 1
    return frozenset(found)


def _is_sucked(job: Assignment, trucks: Iterable[Availability]) -> bool | None:
    """Whether a stop was told as one of a truck; ``None`` where that truck is no more on duty."""
    machines = {one.resource_id for one in job.members if one.kind is UnitKind.MACHINE}
    return bool(machines & {one.resource_id for one in trucks}) or (None if machines else False)


def _is_over(task: Task, storm: Storm) -> bool:
    told = storm.told_silt.get(task.id)
    is_done = storm.progress.get(task.id, Progress()).stage in DONE
    return is_done or (told is not None and told.end_at <= storm.now)


def _time_of(
    trucks: Iterable[Availability], start: datetime, end: datetime, storm: Storm
) -> timedelta:
    """What suction trucks have of the hours after the rain, without meals and overtime."""
    free, spans = timedelta(0), storm.open_ground(start, end)
    for one in trucks:
        over = min(one.end, one.overtime_from or one.end)
        for a, b in ((max(one.start, a), min(over, b)) for a, b in spans):
            eating = (meal.length * _share(meal, a, b) for meal in one.breaks)
            free += max(timedelta(0), b - a - sum(eating, timedelta(0)))
    return free


def _share(meal: Meal, start: datetime, end: datetime) -> float:
    """How likely it is that a break is taken then: by the share of its window."""
    within = min(meal.until, end) - max(meal.begin, start)
    return max(0.0, within / max(meal.until - meal.begin, meal.length))


def _takes(task: Task, storm: Storm, *, to_the_tip: bool) -> timedelta:
    """A truck's time for a stop: with the way there, and that to the tip or its share of it."""
    work, inlets = storm.work, len(task.inlet_ids)
    load = 1.0 if to_the_tip else inlets * work.silt_m3 / _capacity(storm, SUCTION, TANK_M3)
    trip = load * (work.haul_minutes + work.travel_minutes)
    return timedelta(minutes=task.minutes + work.travel_minutes + trip)


def _first_end(storm: Storm) -> datetime:
    """When the first storm of the horizon is over: from then on there is silt to take out."""
    return max(storm.now, storm.rain.storms[0][1])


def _desilting(storm: Storm, segment: Segment, end: datetime) -> Task | None:
    """A stop with a suction truck; ``None`` where too little silt is to be expected."""
    states = storm.worth.states
    inlets = tuple(
        sorted(
            (
                inlet.id
                for inlet in storm.city.inlets_by_segment.get(segment.id, ())
                if storm.skipped.get(inlet.id, end) is not None
            ),
            key=lambda inlet_id: (-states[inlet_id].rate, inlet_id),
        )[:DESILTED]
    )
    if storm.worth.silt(inlets) < LEAST_BLOCKED:
        return None
    return task_on(
        storm,
        segment,
        JobKind.DESILT,
        inlets=inlets,
        spans=storm.open_ground(end, storm.after_until),
        minutes=minutes_of(JobKind.DESILT, storm, inlets=len(inlets)),
        worth=_worth(storm, segment, inlets, end),
        why=Message("why.after", {"end": end}),
    )


def _by_hand(storm: Storm, task: Task, end: datetime, beside_trucks: bool) -> Task:
    """The stop dug out by a crew alone."""
    why = Message("why.suction_busy" if beside_trucks else "why.no_suction", {"end": end})
    return replace(
        task,
        minutes=storm.work.setup_minutes + storm.work.hand_desilt_minutes * len(task.inlet_ids),
        needs=tuple(need for need in task.needs if need.machine_kind is None),
        why=tuple(why if one.code == "why.after" else one for one in task.why),
    )


def _worth(storm: Storm, segment: Segment, inlets: tuple[str, ...], end: datetime) -> Decline:
    """What it prevents; once the next storm of the horizon has begun, less and less."""
    best = storm.worth.desilting(segment, inlets, end)
    later = [span for span in storm.rain.storms if span[0] > end]
    if not later:
        return Decline(best=best, due_at=None)
    after = storm.worth.desilting(segment, inlets, later[-1][1])
    hours = (later[-1][1] - later[0][0]).total_seconds() / 3600
    lost = max(0.0, best - after)
    return Decline(best=best, due_at=later[0][0], per_hour=lost / max(hours, 0.5), most=lost)


def _loads(
    storm: Storm,
    stops: Sequence[Task],
    end: datetime,
    sucked: Collection[str],
    trucks: Sequence[Availability],
    has_loader: bool,
) -> Iterator[Task]:
    """The silt driven away: a trip for each load, after the stop that is most worth doing.

    A suction truck carries what it took out in its own tank, once that has come together, and where
    dump sites are known the plan says when it goes to which; what was dug out by hand is loaded
    onto a lorry, where no loader is on duty by a crew with shovels.
    """
    by_truck = [task for task in stops if task.id in sucked]
    by_hand = [task for task in stops if task.id not in sucked]
    number = 0
    for own, kind, unknown in ((by_truck, SUCTION, TANK_M3), (by_hand, LORRY, LORRY_M3)):
        if not own or (kind == SUCTION and storm.city.dump_sites):
            continue
        silt = storm.work.silt_m3 * sum(len(task.inlet_ids) for task in own)
        full = _capacity(storm, kind, unknown)
        after: tuple[str, ...] = (own[0].id,)
        loads = math.ceil(silt / full)
        for load in range(loads):
            number += 1
            taken = own[: math.ceil((load + 1) / loads * len(own))] if kind == SUCTION else []
            begin = _taken_by(taken, trucks, end, storm)
            left = silt - load * full
            task = _load(storm, begin, kind, number, after, silt, left)
            is_shovelled = kind == LORRY and not has_loader
            yield _shovelled(task, min(left, full), storm) if is_shovelled else task
            after = (task.id,)


def _taken_by(
    stops: Iterable[Task], trucks: Sequence[Availability], end: datetime, storm: Storm
) -> datetime:
    """When trucks can have seen to these stops at the soonest, with the time for a trip left."""
    left = [task for task in stops if not _is_over(task, storm)]
    needed = timedelta(minutes=sum(task.minutes for task in left))
    trip = timedelta(minutes=storm.work.haul_minutes + storm.work.travel_minutes)
    begin, last = end, storm.after_until - trip
    while begin < last and _time_of(trucks, end, begin, storm) < needed:
        begin += STEP
    return max(end, min(begin, last))


def _into_the_tank(storm: Storm, task: Task) -> Task:
    """The stop with what its suction truck takes aboard, where it is known where that goes."""
    if not storm.city.dump_sites:
        return task
    litres = litres_of(len(task.inlet_ids), storm.work)
    needs = tuple(
        replace(need, litres=litres) if need.machine_kind == SUCTION else need
        for need in task.needs
    )
    return replace(task, needs=needs)


def _capacity(storm: Storm, kind: str, unknown: float) -> float:
    known = [m.capacity for m in storm.city.machines if m.kind == kind and m.capacity]
    return min(known, default=unknown)


def _load(
    storm: Storm,
    end: datetime,
    kind: str,
    number: int,
    after: tuple[str, ...],
    silt: float,
    left: float,
) -> Task:
    """One of the loads of so much silt, of which so much is left, m³."""
    home = next((m.station_id for m in storm.city.machines if m.kind == kind), None)
    station = storm.city.station_by_id.get(home or "", storm.city.stations[0])
    loader = () if kind == SUCTION else (Requirement(machine_kind=LOADER),)
    litres = 0
    if storm.city.dump_sites:
        litres = round(1000 * min(_capacity(storm, kind, LORRY_M3), max(0.001, left)))
    return Task(
        id=str(JobId(JobKind.HAUL, (station.id,)).numbered(number)),
        kind=JobKind.HAUL,
        phase=TASK_TYPES[JobKind.HAUL].phase,
        segment_id=None,
        station_id=station.id,
        position=station.position,
        inlet_ids=(),
        minutes=minutes_of(JobKind.HAUL, storm),
        spans=storm.open_ground(end, storm.after_until),
        due_at=None,
        points=gain_points(storm.work.haul_gain),
        needs=(Requirement(machine_kind=kind, litres=litres), *loader),
        after=after,
        risk=None,
        why=(Message("why.haul", {"number": number, "m3": round(silt, 1)}),),
    )


def _shovelled(load: Task, m3: float, storm: Storm) -> Task:
    """The load put onto its lorry by a crew that goes with it, instead of a loader."""
    crew = next(need for need in team_of(JobKind.DESILT, storm) if need.machine_kind is None)
    others = (need for need in load.needs if need.machine_kind != LOADER)
    return replace(
        load,
        minutes=load.minutes + math.ceil(storm.work.shovel_minutes_m3 * m3),
        needs=(crew, *others),
        why=(*load.why, Message("why.no_loader")),
    )


def _flushing(storm: Storm, segment: Segment, desilting: Task) -> Task:
    """The road rinsed once its silt is out."""
    kilometres = length_km(segment)
    hours = storm.work.flush_gain_km * kilometres * storm.worth.weight(segment)
    return task_on(
        storm,
        segment,
        JobKind.FLUSH,
        spans=desilting.spans,
        minutes=minutes_of(JobKind.FLUSH, storm, km=kilometres),
        worth=Decline(best=hours, due_at=None),
        why=Message("why.flush"),
        after=(desilting.id,),
    )
