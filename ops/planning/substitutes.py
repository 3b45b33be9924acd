"""A machine that the level names and that nobody can drive out: told, with the nearest other of its
kind. Pure.
"""

from data.model.city import City
from data.model.ids import JobId
from data.model.message import Message
from ops.base.naming import machine_name
from ops.planning.solver_input import SolverInput
from ops.planning.solver_problem import Clock
from ops.planning.wanted.tasks import Task
from solver import Plan


def out_of_action(task: Task, inputs: SolverInput, plan: Plan, city: City) -> Message | None:
    """That the machine which the level names can't go out in this hour, and which of its kind could
    be sent; ``None`` for other work, and where the machine is on duty.
    """
    name = JobId.parse(task.id).machine
    if name is None or name not in city.machine_by_id:
        return None
    alike = _on_duty(task, inputs)
    if any(inputs.availability[unit].resource_id == name for unit in alike):
        return None
    facts: dict[str, object] = {"machine": machine_name(name, city)}
    if not alike:
        return Message("left.machine_out_alone", facts)
    nearest = min(alike, key=lambda unit: (_is_busy(unit, task, inputs, plan), alike[unit], unit))
    other = inputs.availability[nearest].resource_id
    facts |= {"substitute": machine_name(other, city), "minutes": alike[nearest] // 60}
    return Message("left.machine_out", facts)


def _on_duty(task: Task, inputs: SolverInput) -> dict[str, int]:
    """The machines of the kind that are on duty in its time, and their way from where they begin,
    seconds.
    """
    start, end = task.longest
    problem, kind = inputs.problem, task.needs[0].machine_kind
    there = problem.job_by_id[task.id].location
    units = [
        problem.unit_by_id[name]
        for name, own in inputs.availability.items()
        if own.machine_kind == kind and own.start < end and start < own.end
    ]
    return {unit.id: problem.travel_of(unit)[unit.start][there] for unit in units}


def _is_busy(unit: str, task: Task, inputs: SolverInput, plan: Plan) -> bool:
    """Whether the plan has other work for it then."""
    clock = Clock(inputs.epoch)
    start, end = (clock.seconds(at) for at in task.longest)
    return any(
        unit in placed.units and placed.start < end and start < placed.end
        for placed in plan.assignments
    )
