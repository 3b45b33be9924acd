"""A plan's visits to dump sites as jobs of their trucks: 第2车 → 某倾倒点. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from data.model.city import City
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, Member, Phase
from ops.planning.solver_input import SolverInput
from ops.planning.solver_problem import Clock
from solver import Assignment as Placed
from solver import Dumping, Plan


def trip_names(inputs: SolverInput, plan: Plan) -> dict[Dumping, str]:
    """The name of the job that each visit is, in order of time: the machine's visits are counted
    on from those behind it.
    """
    used = {*inputs.tasks, *inputs.held, *(job.job_id for job in inputs.past)}
    counts, names = Counter(inputs.dumped), dict[Dumping, str]()
    for visit in sorted(plan.dumpings, key=lambda one: (one.start, one.unit)):
        machine = inputs.availability[visit.unit].resource_id
        counts[machine] += 1
        while (name := str(JobId.of_trip(machine, visit.site, counts[machine]))) in used:
            counts[machine] += 1
        names[visit] = name
    return names


def trips_of(
    inputs: SolverInput,
    plan: Plan,
    names: Mapping[Dumping, str],
    legs: Mapping[tuple[str, str], datetime],
    city: City,
) -> Iterator[Assignment]:
    """The visits as assignments, with what is aboard when the truck comes."""
    clock = Clock(inputs.epoch)
    for visit, litres in _loads(inputs, plan):
        available, start = inputs.availability[visit.unit], clock.instant(visit.start)
        member = Member(
            unit_id=visit.unit,
            kind=available.kind,
            resource_id=available.resource_id,
            driver_id=available.driver_at(start),
            leave_at=legs[visit.unit, names[visit]],
            arrive_at=start,
        )
        facts = {
            "number": (JobId.parse(names[visit]).trip or ("", "", 1))[2],
            "site": city.dump_site_by_id[visit.site].name,
            "m3": round(litres / 1000, 1),
        }
        yield Assignment(
            job_id=names[visit],
            kind=JobKind.HAUL,
            phase=Phase.AFTER,
            segment_id=None,
            station_id=city.machine_by_id[available.resource_id].station_id,
            inlet_ids=(),
            members=(member,),
            start_at=start,
            end_at=clock.instant(visit.end),
            risk=None,
            why=(Message("why.trip", facts),),
        )


def _loads(inputs: SolverInput, plan: Plan) -> Iterator[tuple[Dumping, int]]:
    """Each visit with the litres that it empties."""
    problem, units = inputs.problem, {visit.unit for visit in plan.dumpings}
    for unit_id in sorted(units):
        litres = problem.unit_by_id[unit_id].aboard
        halts: list[Placed | Dumping] = [one for one in plan.dumpings if one.unit == unit_id]
        halts += [one for one in plan.assignments if unit_id in one.units]
        for halt in sorted(halts, key=lambda one: (one.start, one.end)):
            if isinstance(halt, Dumping):
                yield halt, litres
                litres = 0
            else:
                slot = problem.job_by_id[halt.job].slots[halt.units.index(unit_id)]
                litres += slot.load
