"""Who rather stands at a post than others: of those named for a key road or low point (AB 岗) the
first, else the second; of pump trucks the stronger one where it takes off more. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from data.model.city import City, Segment
from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.roster import NamedPost
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.named_posts import post_at
from ops.planning.tiers import Tier, gain_points
from ops.planning.wanted.guard_tasks import pump_capacity
from ops.planning.wanted.placement_tasks import PlacedMachine
from ops.planning.wanted.tasks import Task
from solver.polish.restore import Preference

HOUR = timedelta(hours=1)


def preferred_at_posts(
    tasks: Iterable[Task], availability: Mapping[str, Availability], city: City, points: int
) -> tuple[Preference, ...]:
    """For each watch of a road with named people, the units of the first and of the second.

    Parameters
    ----------
    points
        What an hour of the first at the post is worth in ways.
    """
    watches: dict[tuple[JobId, NamedPost], list[str]] = {}
    for task in tasks if city.named_posts and points else ():
        row = post_at(city, task.segment_id, task.spans[0][0]) if _is_manned(task) else None
        if row is not None:
            watches.setdefault((JobId.parse(task.id).watch, row), []).append(task.id)
    found = (
        Preference(
            jobs=tuple(jobs),
            units=tuple(units_of(one, availability) for one in (row.first_id, row.second_id)),
            points=points,
        )
        for (_, row), jobs in watches.items()
    )
    return tuple(one for one in found if any(one.units))


def stronger_pumps(
    tasks: Iterable[Task], availability: Mapping[str, Availability], storm: Storm
) -> tuple[Preference, ...]:
    """For each low point that has a pump as a duty, the truck that fits it: the strongest where the
    most can be pumped off, and so on. An hour of it is worth the water that changing places with
    any other truck would leave on the two roads.
    """
    watches = _pump_watches(tasks)
    roads = [storm.city.segment_by_id[name] for name in watches]
    trucks = _by_capacity(availability, storm.city)
    if not roads or len({capacity for _, capacity in trucks}) < 2:
        return ()
    start = min(task.spans[0][0] for own in watches.values() for task in own)
    end = max(task.until or start for own in watches.values() for task in own)
    used = _Use(storm, (start, end))
    roads.sort(key=lambda road: -used.hours(road, trucks[0][1]))
    found = []
    for place, (road, (_, capacity)) in enumerate(zip(roads, trucks, strict=False)):
        points = gain_points(used.lost_elsewhere(place, roads, trucks) / ((end - start) / HOUR))
        units = tuple(unit for truck, own in trucks if own == capacity for unit in truck)
        jobs = tuple(task.id for task in watches[road.id])
        if points > 0:
            found.append(Preference(jobs=jobs, units=(units,), points=points))
    return tuple(found)


class _Use:
    """What pumps take off roads in a time, blocked-inlet-hours."""

    def __init__(self, storm: Storm, span: tuple[datetime, datetime]) -> None:
        self._worth, self._span = storm.worth, span

    def hours(self, road: Segment | None, m3_per_hour: float) -> float:
        return self._worth.pumping(road, m3_per_hour, *self._span) if road else 0.0

    def lost_elsewhere(
        self, place: int, roads: Sequence[Segment], trucks: Sequence["_Truck"]
    ) -> float:
        """The least that is lost where the truck of this place changes places with another of
        another capacity, be that one of those that have no place.
        """
        road, own = roads[place], trucks[place][1]
        lost = []
        for number, (_, other) in enumerate(trucks):
            there = roads[number] if number < len(roads) else None
            if other != own:
                now = self.hours(road, own) + self.hours(there, other)
                lost.append(now - self.hours(road, other) - self.hours(there, own))
        return min(lost)


_Truck = tuple[tuple[str, ...], float]
"""The units that a pump truck is on its turns, and its m3/h."""


def _by_capacity(availability: Mapping[str, Availability], city: City) -> list[_Truck]:
    """The pump trucks on duty, the strongest first."""
    units: dict[str, list[str]] = {}
    for name, own in availability.items():
        if own.machine_kind == "pump_truck":
            units.setdefault(own.resource_id, []).append(name)
    found = [(tuple(own), pump_capacity(truck, city)) for truck, own in sorted(units.items())]
    return sorted(found, key=lambda each: -each[1])


def _pump_watches(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """The watches of pumps that are duties, by road."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        if task.kind is JobKind.PUMP and task.tier is Tier.LOW_PUMP and task.segment_id:
            found.setdefault(task.segment_id, []).append(task)
    return found


def preferred_pumps(
    tasks: Iterable[Task],
    availability: Mapping[str, Availability],
    placed: Iterable[PlacedMachine],
    points: int,
) -> tuple[Preference, ...]:
    """For each low point where the level wants a pump truck by its id, that one's units."""
    pumped: dict[str | None, list[str]] = {}
    for task in tasks if points else ():
        if task.kind is JobKind.PUMP and JobId.parse(task.id).incident_id is None:
            pumped.setdefault(task.segment_id, []).append(task.id)
    found = []
    for one in placed if pumped else ():
        units = tuple(
            name for name, own in availability.items() if own.resource_id == one.machine_id
        )
        if units and one.place.id in pumped:
            jobs = tuple(pumped[one.place.id])
            found.append(Preference(jobs=jobs, units=(units, ()), points=points))
    return tuple(found)


def _is_manned(task: Task) -> bool:
    """Whether people stand there, and no machine alone."""
    return task.kind.is_post and task.kind is not JobKind.PLACED


def units_of(worker_id: str, availability: Mapping[str, Availability]) -> tuple[str, ...]:
    """The units that a crew goes out as, or that a person belongs to."""
    return tuple(
        unit_id
        for unit_id, available in availability.items()
        if available.machine_kind is None
        and (available.resource_id == worker_id or worker_id in available.who)
    )
