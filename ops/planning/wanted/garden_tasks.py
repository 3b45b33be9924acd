"""Silt for residents' gardens, and tanks that wait to be emptied. Pure.

A garden is served where the way to it costs less than a stated detour; nothing else gives way.
"""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from data.geo import distance_m
from data.model.city import Garden, Machine
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, Phase
from ops.planning.context import Storm
from ops.planning.tanks import CARRIERS, open_spans
from ops.planning.tiers import TRAVEL_COST, gain_points
from ops.planning.wanted.task_types import Requirement, minutes_of
from ops.planning.wanted.tasks import Task


def garden_tasks(storm: Storm, machines: frozenset[str]) -> Iterator[Task]:
    """A stop for each garden that still waits, worth the detour that may be made for it."""
    kind = next((kind for kind in CARRIERS if kind in machines), None)
    if kind is None or not storm.city.dump_sites or not storm.work.garden_detour_minutes:
        return
    for garden in storm.city.gardens:
        task = None if garden.id in storm.served else _garden(storm, garden, kind)
        if task is not None:
            yield task


def _garden(storm: Storm, garden: Garden, kind: str) -> Task | None:
    zone = ZoneInfo(storm.city.district.time_zone)
    spans = tuple(
        (start, end)
        for start, end in storm.open_ground(storm.now, storm.horizon)
        if garden.until is None or start.astimezone(zone).date() <= garden.until
    )
    if not spans:
        return None
    minutes = storm.work.garden_detour_minutes
    return Task(
        id=str(JobId(JobKind.GARDEN, (garden.id,))),
        kind=JobKind.GARDEN,
        phase=Phase.AFTER,
        segment_id=None,
        station_id=garden.station_id,
        position=garden.position,
        inlet_ids=(),
        minutes=minutes_of(JobKind.GARDEN, storm),
        spans=spans,
        due_at=None,
        points=round(60 * minutes * TRAVEL_COST),
        needs=(Requirement(machine_kind=kind, litres=-round(1000 * garden.m3)),),
        risk=None,
        why=(Message("why.garden", {"name": garden.name, "m3": garden.m3, "minutes": minutes}),),
    )


def emptying_tasks(storm: Storm, litres: dict[str, int], numbers: dict[str, int]) -> Iterator[Task]:
    """A visit to the nearest open dump site for each truck that has something aboard now: without
    other work it would keep it.

    Parameters
    ----------
    litres
        By machine.
    numbers
        How many visits each machine has behind it.
    """
    for machine_id, amount in sorted(litres.items()):
        machine = storm.city.machine_by_id[machine_id]
        found = _nearest(storm, machine)
        if found is not None:
            yield _emptying(storm, machine, found, amount, numbers.get(machine_id, 0) + 1)


def _nearest(storm: Storm, machine: Machine) -> str | None:
    home = storm.city.station_by_id[machine.station_id].position
    sites = [
        site
        for site in storm.city.dump_sites
        if (not site.kinds or machine.kind in site.kinds)
        and any(
            end - start >= timedelta(minutes=site.minutes) for start, end in open_spans(site, storm)
        )
    ]
    return min(sites, key=lambda site: distance_m(home, site.position)).id if sites else None


def _emptying(storm: Storm, machine: Machine, site_id: str, litres: int, number: int) -> Task:
    site = storm.city.dump_site_by_id[site_id]
    others = {one.id for one in storm.city.machines if one.kind == machine.kind} - {machine.id}
    facts = {"number": number, "site": site.name, "m3": round(litres / 1000, 1)}
    return Task(
        id=str(JobId.of_trip(machine.id, site_id, number)),
        kind=JobKind.HAUL,
        phase=Phase.AFTER,
        segment_id=None,
        station_id=machine.station_id,
        position=site.position,
        inlet_ids=(),
        minutes=site.minutes,
        spans=open_spans(site, storm),
        due_at=None,
        points=gain_points(storm.work.haul_gain),
        needs=(Requirement(machine_kind=machine.kind, litres=-litres),),
        not_by=frozenset(others),
        risk=None,
        why=(Message("why.trip", facts),),
    )
