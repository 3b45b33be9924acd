"""How one search spends its time: annealings, and the recombinations of routes between them."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from solver.budget import Budget
from solver.construct import mended
from solver.indexed import IndexedProblem, Schedule
from solver.insertion import separable

if TYPE_CHECKING:
    from solver.search.arrays import State
    from solver.search.portfolio import Portfolio

PACKING_FROM_SECONDS = 2.5
"""Search time from which recombining routes is worth loading the exact engine."""
PACKING_SHARE = 0.08
FIRST_CYCLE = 0.6
"""Share of the time for the first annealing when there are two."""
FIELD, FIELD_JOBS, FIELD_UNITS = 8, 150, 4
"""In problems with so many jobs and units at most the first annealing is a tournament of so many.
With 1 to 4 units it gains, with 14 it costs .06 % (`lite-s`, 40,000 steps, six seeds).
"""
FIELD_STEPS = 5
"""Steps for each job that each of them needs."""
REHEATED_TO = 0.35
"""Share of the cooling at which the second begins."""
PUBLISHED_FROM = 0.7
"""The same for all of a search around a published plan: a hotter one forgets it, and loses points
and peace by that.
"""
COLD_FROM = 0.85
"""The same for what is left after the last packing."""
SHORT_SECONDS, PUBLISHED_SECONDS = 1.0, 0.6
"""The first annealing of a search that may end early: complete, but short; around a published plan
half of it is good to begin with.
"""
STALLED = 0.0005
"""A later one that gains no more than this share of the score says that the search has stalled,
unless that is more than small jobs are worth.
"""
SMALL_JOB = 0.25
"""The job that so large a share of those worth anything are worth no more than."""
SMALL_JOB_S = 0.2
"""People wait for the plan: in so many seconds of a later annealing a small job has to be won. On
the sample's problems it makes the longest searches a third shorter, and loses .004 blocked-inlet-
hours of some 500 in the mean.
"""


def begin(indexed: IndexedProblem) -> float:
    """Share of the cooling at which the search begins."""
    return PUBLISHED_FROM if indexed.published else 0.0


def timed(portfolio: "Portfolio", until: float, seed: int, late: float = 0.0) -> None:
    """One long annealing; where routes can be recombined, several with set packings between
    them.

    Parameters
    ----------
    until
        Reading of the monotonic clock at which all ends.
    late
        Seconds by which the last searcher begins later.
    """
    span, first = until - time.monotonic(), begin(portfolio.indexed)
    if span < PACKING_FROM_SECONDS or not separable(portfolio.indexed):
        _first_annealing(portfolio, until, first, late)
        return

    portfolio.collect()
    pause, workers = PACKING_SHARE * span, len(portfolio.searchers)
    begun, ready = until - span, FIRST_CYCLE * span - pause

    def run(share: float, begin: float) -> None:
        portfolio.run_until(begun + share * ready, begin=begin, apart=True)

    if _is_open(portfolio.indexed):
        _compete(portfolio, run, workers)
    else:
        portfolio.run_until(begun + ready, late, first)
    portfolio.pack(Budget(pause, None, workers, seed))
    portfolio.run_until(until - pause, begin=max(first, REHEATED_TO))
    portfolio.pack(Budget(max(0.05, until - time.monotonic()), None, workers, seed))
    portfolio.run_until(until, begin=COLD_FROM)


def patient(portfolio: "Portfolio", until: float, patience: float) -> None:
    """A short annealing, then one after the other from half its heat, each `patience` as a share of
    all the time that will then be used; the first that gains next to nothing is the last.
    """
    began, first = time.monotonic(), begin(portfolio.indexed)
    small = _small_job(portfolio.indexed)
    short = PUBLISHED_SECONDS if portfolio.indexed.published else SHORT_SECONDS
    _first_annealing(portfolio, min(until, began + short), first)
    while (now := time.monotonic()) < until:
        before = portfolio.score
        span = patience / (1.0 - patience) * (now - began)
        portfolio.run_until(min(until, now + span), begin=max(first, REHEATED_TO))
        enough = small * max(1.0, span / SMALL_JOB_S)
        if portfolio.score - before <= min(STALLED * abs(before), enough):
            return


def _small_job(indexed: IndexedProblem) -> int:
    """What a small job is worth: the score may be made of jobs that outweigh it a thousand times,
    and it is wanted all the same.
    """
    weights = sorted(job.weight for job in indexed.jobs if job.weight > 0)
    return weights[int(SMALL_JOB * len(weights))] if weights else 0


def counted(
    portfolio: "Portfolio", steps: int, seed: int, standing: Schedule | None = None
) -> None:
    """The same by steps in place of time, with the published plan as it was mended."""
    first = begin(portfolio.indexed)
    if not separable(portfolio.indexed):
        _first_steps(portfolio, steps, first, standing)
        return

    portfolio.collect()
    many, done = int(FIRST_CYCLE * steps), 0

    def run(share: float, begin: float) -> None:
        nonlocal done
        portfolio.run_steps(int(share * many) - done, begin)
        done = int(share * many)

    least = FIELD * FIELD.bit_length() * FIELD_STEPS * len(portfolio.indexed.jobs)
    if _is_open(portfolio.indexed) and many >= least:
        _compete(portfolio, run, 1)
    else:
        run(1.0, first)
    portfolio.pack(Budget(None, steps / 50_000, 1, seed))
    portfolio.run_steps(steps - many, max(first, REHEATED_TO))
    portfolio.pack(Budget(None, steps / 50_000, 1, seed))


def _is_open(indexed: IndexedProblem) -> bool:
    """Whether a search may begin anywhere, as often as it likes."""
    few = len(indexed.jobs) <= FIELD_JOBS and len(indexed.units) <= FIELD_UNITS
    return few and not indexed.published


def _compete(portfolio: "Portfolio", run: Callable[[float, float], None], at_once: int) -> None:
    """Annealings from an empty plan each, of which the better half goes on, and half of that again
    (successive halving, Jamieson and Talwalkar 2016): in a small problem one that is longer seldom
    leaves the order of districts that it began with.

    Parameters
    ----------
    run
        Anneals until a share of the time, from a share of the cooling.
    at_once
        How many run beside each other.
    """
    field, rounds = portfolio.empty(FIELD), FIELD.bit_length()
    for number in range(rounds):
        left, found = field[: FIELD >> number], []
        for i in range(0, len(left), at_once):
            portfolio.enter(left[i : i + at_once])
            share = min(1.0, (i + at_once) / len(left))
            run((number + share) / rounds, REHEATED_TO if number else 0.0)
            found += portfolio.ends()[:at_once]
        field = _ranked(found)
    portfolio.gather()


def _ranked(states: list["State"]) -> list["State"]:
    """The best first, those that are worth as much as another last: they are likely the same."""
    first: dict[int, State] = {}
    for each in states:
        first.setdefault(int(each.score[0]), each)
    again = [each for each in states if first[int(each.score[0])] is not each]
    return [first[score] for score in sorted(first, reverse=True)] + again


def _first_annealing(portfolio: "Portfolio", until: float, begin: float, late: float = 0.0) -> None:
    """The first annealing. Around a published plan half of it begins from that, mended: a plan made
    anew may be worth more at first, and less once both are improved; it moves more people anyway.
    """
    if not portfolio.indexed.published:
        portfolio.run_until(until, late, begin)
        return
    if len(portfolio.searchers) == 1:
        portfolio.run_until(0.5 * (time.monotonic() + until), late, begin)
    portfolio.send_back(portfolio.searchers[-1], mended(portfolio.indexed, until))
    portfolio.run_until(until, late, begin, apart=True)
    portfolio.gather()


def _first_steps(
    portfolio: "Portfolio", steps: int, begin: float, standing: Schedule | None
) -> None:
    """The same by steps."""
    if standing is None:
        portfolio.run_steps(steps, begin)
        return
    portfolio.run_steps(steps - steps // 2, begin)
    portfolio.send_back(portfolio.searchers[0], standing)
    portfolio.run_steps(steps // 2, begin)
    portfolio.gather()
