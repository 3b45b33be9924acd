"""The solver for tests of what becomes of a plan: a number of steps, in this process.

It takes a tenth of a second in place of two and answers the same whatever else the machine does.
"""

from ops.replanning.solver_process import Solving, Stopped
from solver import Plan, Problem, solve

STEPS = 300


def solve_in_steps(solving: Solving, problem: Problem, _seconds: float) -> tuple[Plan, bool]:
    """Stands in for ``Solving.solve``."""
    if solving._stopped:
        raise Stopped
    return solve(problem, steps=STEPS), False
