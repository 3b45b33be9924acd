"""Plans for units, teams and machines in a storm: a `Problem` in, a `Plan` out.

>>> from solver import Problem, solve
>>> plan = solve(Problem.from_json(text), seconds=10)  # doctest: +SKIP

The engines are imported when `solve` is called, not before.
"""

from typing import TYPE_CHECKING

from solver.parts import Break, DumpSite, Job, Pin, Profile, Slot, Stability, Unit
from solver.plan import (
    Assignment,
    BreakTaken,
    Detail,
    Dumping,
    Plan,
    Reason,
    Status,
    Unassigned,
)
from solver.problem import Problem
from solver.validation import MAX_POINTS, MAX_RATE, FieldError, Rule, RuleViolation

if TYPE_CHECKING:
    from solver.search.compiling import Compiling

__all__ = [
    "MAX_POINTS",
    "MAX_RATE",
    "Assignment",
    "Break",
    "BreakTaken",
    "Detail",
    "DumpSite",
    "Dumping",
    "FieldError",
    "Job",
    "Pin",
    "Plan",
    "Problem",
    "Profile",
    "Reason",
    "Rule",
    "RuleViolation",
    "Slot",
    "Stability",
    "Status",
    "Unassigned",
    "Unit",
    "begin_warming",
    "solve",
    "warm",
]


def solve(
    problem: Problem,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    workers: int = 1,
    seed: int = 1,
    start: Plan | None = None,
    patience: float | None = None,
    search: bool = True,
) -> Plan:
    """The best plan found within a limit; always a legal one.

    Parameters
    ----------
    problem
        What is asked.
    seconds
        Wall time from the call; the answer comes within half a second of it. Default, without
        `steps`: 10.
    steps
        A limit on work in place of `seconds`. With one worker the same problem, seed and steps give
        the same plan, whatever order units and jobs stand in.
    workers
        Threads that may search at once.
    seed
        Seed of all random choices; 0 or more.
    start
        A plan to begin with, as far as it is legal for this problem; unlike the problem's
        `previous`, leaving it costs nothing.
    patience
        A solve by `seconds` ends early when the last so large a share (0 to 1) of the time used has
        gained no more than 0.05 %, or than a small job for each fifth of a second. Default: it does
        not end early.
    search
        Whether the plan is improved by search; without it the first plan is the answer, and
        nothing compiled is loaded.

    Returns
    -------
    Plan
        With a proven bound and a proved reason for each job left out.

    Raises
    ------
    ValueError
        When an argument is out of range.
    """
    from solver.orchestrate import Limits, answer

    return answer(problem, Limits(seconds, steps, workers, seed, patience, search), start)


def begin_warming() -> "Compiling":
    """Do what `warm` does in a process of its own, at once; the caller ends it with ``stop()`` when
    it ends itself.
    """
    from solver.search.compiling import Compiling

    return Compiling()


def warm() -> None:
    """Compile the search and keep it on disk, so that the first solve of a process need not wait
    for it.

    Takes about a minute of one core the first time and after every change of the code, a
    moment after that. Without it a solve that finds nothing compiled begins to compile in the
    background and answers from slower code.
    """
    from solver.search import compiling
    from solver.search.precompile import compile_all

    compile_all()
    compiling.mark_ready()
