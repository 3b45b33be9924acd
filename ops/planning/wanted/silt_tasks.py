"""After the rain: the silt taken out of the inlets, driven away by the load, the roads rinsed.
Pure.

It prevents nothing in the storm that has ended; it counts for the next one.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from data.model.city import Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind
from ops.district.places import length_km
from ops.planning.context import Storm
from ops.planning.tanks import LORRY_M3, TANK_M3, litres_of
from ops.planning.tiers import gain_points
from ops.planning.wanted.task_types import TASK_TYPES, Requirement, minutes_of
from ops.planning.wanted.tasks import Task, task_on
from ops.risk.worth import Decline

DESILTED = 5  # inlets at one stop: an hour with a suction truck
LEAST_BLOCKED = 0.5
"""Blocked inlets expected on a road after the storm, from which a stop there is worth the truck."""


def silt_tasks(storm: Storm, machines: Collection[str]) -> Iterator[Task]:
    """What the storms of the horizon leave to be taken out.

    Parameters
    ----------
    machines
        Kinds of machines on duty: without a suction truck the silt is dug out by hand, and needs a
        lorry.
    """
    if not storm.rain.storms:
        return
    end = _first_end(storm)
    by_suction = "suction_truck" in machines
    desilted = [
        (segment, task)
        for segment in storm.city.segments
        if (task := _desilting(storm, segment, end, by_suction))
    ]
    desilted.sort(key=lambda pair: (-pair[1].points, pair[1].id))
    if by_suction and storm.city.dump_sites:
        desilted = [(segment, _into_the_tank(storm, task)) for segment, task in desilted]
    yield from (task for _, task in desilted)
    yield from _loads(storm, [task for _, task in desilted], end, by_suction)
    for segment, task in desilted:
        yield _flushing(storm, segment, task)


def _first_end(storm: Storm) -> datetime:
    """When the first storm of the horizon is over: from then on there is silt to take out."""
    return max(storm.now, storm.rain.storms[0][1])


def _desilting(storm: Storm, segment: Segment, end: datetime, by_suction: bool) -> Task | None:
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
    minutes = minutes_of(JobKind.DESILT, storm, inlets=len(inlets))
    if not by_suction:
        minutes = storm.work.setup_minutes + storm.work.hand_desilt_minutes * len(inlets)
    task = task_on(
        storm,
        segment,
        JobKind.DESILT,
        inlets=inlets,
        spans=storm.open_ground(end, storm.horizon),
        minutes=minutes,
        worth=_worth(storm, segment, inlets, end),
        why=Message("why.after" if by_suction else "why.no_suction", {"end": end}),
    )
    crew = tuple(need for need in task.needs if need.machine_kind is None)
    return task if by_suction else replace(task, needs=crew)


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


def _loads(storm: Storm, desilted: list[Task], end: datetime, by_suction: bool) -> Iterator[Task]:
    """The silt driven away: a trip for each load, after the stop that is most worth doing.

    A suction truck carries what it took out in its own tank, and where dump sites are known the
    plan says when it goes to which; what was dug out by hand is loaded onto a lorry.
    """
    if not desilted or (by_suction and storm.city.dump_sites):
        return
    silt = storm.work.silt_m3 * sum(len(task.inlet_ids) for task in desilted)
    kind = "suction_truck" if by_suction else "sludge_truck"
    capacity = _capacity(storm, kind, TANK_M3 if by_suction else LORRY_M3)
    after: tuple[str, ...] = (desilted[0].id,)
    for number in range(1, math.ceil(silt / capacity) + 1):
        task = _load(storm, end, kind, number, after, silt)
        yield task
        after = (task.id,)


def _into_the_tank(storm: Storm, task: Task) -> Task:
    """The stop with what its suction truck takes aboard."""
    litres = litres_of(len(task.inlet_ids), storm.work)
    needs = tuple(
        replace(need, litres=litres) if need.machine_kind == "suction_truck" else need
        for need in task.needs
    )
    return replace(task, needs=needs)


def _capacity(storm: Storm, kind: str, unknown: float) -> float:
    known = [m.capacity for m in storm.city.machines if m.kind == kind and m.capacity]
    return min(known, default=unknown)


def _load(
    storm: Storm, end: datetime, kind: str, number: int, after: tuple[str, ...], silt: float
) -> Task:
    home = next((m.station_id for m in storm.city.machines if m.kind == kind), None)
    station = storm.city.station_by_id.get(home or "", storm.city.stations[0])
    loader = () if kind == "suction_truck" else (Requirement(machine_kind="loader"),)
    litres = 0
    if storm.city.dump_sites:
        full = 1000 * _capacity(storm, kind, LORRY_M3)
        litres = round(min(full, max(1.0, 1000 * silt - (number - 1) * full)))
    return Task(
        id=str(JobId(JobKind.HAUL, (station.id,)).numbered(number)),
        kind=JobKind.HAUL,
        phase=TASK_TYPES[JobKind.HAUL].phase,
        segment_id=None,
        station_id=station.id,
        position=station.position,
        inlet_ids=(),
        minutes=minutes_of(JobKind.HAUL, storm),
        spans=storm.open_ground(end, storm.horizon),
        due_at=None,
        points=gain_points(storm.work.haul_gain),
        needs=(Requirement(machine_kind=kind, litres=litres), *loader),
        after=after,
        risk=None,
        why=(Message("why.haul", {"number": number, "m3": round(silt, 1)}),),
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
