"""All the work that a storm or a dry day asks for: inlets cleared, roads watched, silt taken out.
Pure.
"""

from dataclasses import replace

from data.model.city import SANITATION
from ops.district.services import of_services
from ops.planning.context import Storm
from ops.planning.on_duty.availability import on_duty
from ops.planning.wanted.clearing_tasks import clearing_tasks
from ops.planning.wanted.garden_tasks import garden_tasks
from ops.planning.wanted.guard_tasks import guarded_roads, watches
from ops.planning.wanted.placement_tasks import placement_tasks
from ops.planning.wanted.silt_tasks import silt_tasks
from ops.planning.wanted.tasks import Task


def storm_tasks(storm: Storm) -> tuple[Task, ...]:
    """All the work that the storm (or, on a dry day, upkeep) asks of the sanitation centre, in a
    fixed order.
    """
    storm = replace(storm, city=of_services(storm.city, (SANITATION,)))
    units = on_duty(storm)
    machines = frozenset(unit.machine_kind for unit in units.values() if unit.machine_kind)
    posts = tuple(watches(storm, units))
    return (
        *clearing_tasks(storm, machines, guarded_roads(storm, units)),
        *posts,
        *placement_tasks(storm, posts),
        *silt_tasks(storm, units),
        *garden_tasks(storm, machines),
    )
