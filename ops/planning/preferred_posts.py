"""Who is named for a key road or low point (AB 岗) rather stands there than others: the first, else
the second. Pure.
"""

from collections.abc import Iterable, Mapping

from data.model.city import City
from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.roster import NamedPost
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.named_posts import post_at
from ops.planning.wanted.placement_tasks import PlacedMachine
from ops.planning.wanted.tasks import Task
from solver.polish.restore import Preference


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
