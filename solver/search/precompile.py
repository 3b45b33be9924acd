"""A problem that makes every compiled function run once."""

from solver.construct import pinned_only
from solver.indexed import IndexedProblem
from solver.parts import Job, Slot, Unit
from solver.problem import Problem
from solver.proofs.bound import Relaxation
from solver.search.engine import Searcher
from solver.search.portfolio import Portfolio


def compile_all() -> None:
    """Run each kernel once, so that numba compiles it and keeps it on disk."""
    unit = Unit("u", "crew", 0, (0, 100))
    watches = [Job(name, 0, 1, ((50, 59),), 1, (Slot(),), until=60) for name in ("v", "w")]
    jobs = (Job("j", 0, 1, ((0, 100),), 1, (Slot(),)), *watches)
    indexed = IndexedProblem(Problem("warm", "2000-01-01T00:00:00Z", 100, ((0,),), (unit,), jobs))
    portfolio = Portfolio(indexed, pinned_only(indexed), 1, 1)
    portfolio.first()
    portfolio.run_steps(20)
    _hand_round(portfolio.searchers[0])
    Relaxation(indexed, 0).improve(float("inf"), 2)


def _hand_round(searcher: Searcher) -> None:
    """The unit has one of the two watches; now it has the other, and nobody has that."""
    state, old, exchange = searcher.state, searcher.current, searcher.exchange
    exchange.carry_out(state, old, searcher.work, exchange.stretches(state, 50, 60), [1, 0])
