"""All matrices of ways as the one that the search walks.

Compiled code looks a way up by the places of two nodes, whoever goes it. So where units go by
several matrices a place of the problem becomes several spots here, one for each set of matrices by
which somebody comes to do what is there. Between two spots go the units of the matrices that both
have; of several the slowest counts, so that what the search plans is legal for each of them. What
its plans are worth is told by each unit's own ways (`solver.indexed.value`).
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from solver.indexed import IndexedProblem

Means = frozenset[int]
"""Numbers of matrices."""


class Roads(NamedTuple):
    """The matrix between all spots; the spot of each node (visits, starts, ends) and dump site.

    The last spot is "anywhere", no way from all others.
    """

    travel: np.ndarray
    location: np.ndarray
    site_place: np.ndarray


def roads(indexed: IndexedProblem) -> Roads:
    """The roads of a numbered problem; with one matrix for all each place is one spot."""
    nodes, sites = _nodes(indexed), _sites(indexed)
    places = len(indexed.problem.travel)
    if len(indexed.tables) == 1:
        known = {(place, frozenset({0})): place for place in range(places)}
    else:
        spots = {spot for spot in (*nodes, *sites) if spot is not None}
        known = {
            spot: number
            for number, spot in enumerate(sorted(spots, key=lambda s: (s[0], sorted(s[1]))))
        }
    nowhere = len(known)
    return Roads(
        travel=_travel(indexed, list(known)),
        location=np.array([nowhere if spot is None else known[spot] for spot in nodes], np.int64),
        site_place=np.array([known[spot] for spot in sites], np.int64),
    )


def _nodes(indexed: IndexedProblem) -> list[tuple[int, Means] | None]:
    """The place of every node, and by which matrices it is come to; ``None``: anywhere."""
    own = [frozenset({number}) for number in indexed.table_no]
    found: list[tuple[int, Means] | None] = [
        (job.location, _means(indexed, units))
        for job, slots in zip(indexed.jobs, indexed.fitting, strict=True)
        for units in slots
    ]
    found += [(unit.start, by) for unit, by in zip(indexed.units, own, strict=True)]
    found += [
        None if unit.end is None else (unit.end, by)
        for unit, by in zip(indexed.units, own, strict=True)
    ]
    return found


def _sites(indexed: IndexedProblem) -> list[tuple[int, Means]]:
    """The same of dump sites."""
    return [
        (
            site.location,
            _means(indexed, [u for u, it in enumerate(indexed.units) if site.admits(it)]),
        )
        for site in indexed.problem.dump_sites
    ]


def _means(indexed: IndexedProblem, units: list[int]) -> Means:
    return frozenset(indexed.table_no[u] for u in units) or frozenset({0})


def _travel(indexed: IndexedProblem, spots: list[tuple[int, Means]]) -> np.ndarray:
    travel = np.zeros((len(spots) + 1, len(spots) + 1), np.int64)
    tables = [np.array(table, np.int64) for table in indexed.tables]
    numbers: dict[Means, list[int]] = {}
    for number, (_, by) in enumerate(spots):
        numbers.setdefault(by, []).append(number)
    for one, other in product(numbers, repeat=2):
        here, there = (np.array([spots[n][0] for n in numbers[by]]) for by in (one, other))
        for table in one & other:
            ways = np.ix_(numbers[one], numbers[other])
            travel[ways] = np.maximum(travel[ways], tables[table][np.ix_(here, there)])
    return travel
