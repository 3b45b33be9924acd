"""A problem that makes every compiled function run once."""

from solver.construct import pinned_only
from solver.indexed import IndexedProblem
from solver.parts import Job, Slot, Unit
from solver.problem import Problem
from solver.proofs.bound import Relaxation
from solver.search.portfolio import Portfolio


def compile_all() -> None:
    """Run each kernel once, so that numba compiles it and keeps it on disk."""
    unit = Unit("u", "crew", 0, (0, 100))
    job = Job("j", 0, 1, ((0, 100),), 1, (Slot(),))
    indexed = IndexedProblem(Problem("warm", "2000-01-01T00:00:00Z", 100, ((0,),), (unit,), (job,)))
    portfolio = Portfolio(indexed, pinned_only(indexed), 1, 1)
    portfolio.first()
    portfolio.run_steps(20)
    Relaxation(indexed, 0).improve(float("inf"), 2)
