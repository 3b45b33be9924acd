"""Bollards and gates, which a file tells at positions: a street is cut there, and a metre of it is
as open as they are. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby, pairwise

from data.geo import distance_m
from data.model.city import Position, Profile
from data.model.street.streets import Street
from data.streets.access import with_barrier

BARRIER_M = 1.0
"""So long is the piece of a street that a barrier takes."""
MOST_SHARE = 0.4
"""Of a straight piece that is hardly longer."""


def with_barriers(
    street: Street, barriers: Mapping[Position, Mapping[str, str]]
) -> Iterator[Street]:
    """The parts of a street between its barriers, and each of these as a part of its own; one that
    nobody passes is left out.

    Parameters
    ----------
    barriers
        What is told of each, by where it stands.
    """
    if not any(position in barriers for position in street.line):
        yield street
        return
    pieces = list(_pieces(street.line, barriers))
    for barrier, some in groupby(pieces, key=lambda piece: piece[2]):
        run = list(some)
        part = replace(street, line=(run[0][0], *(end for _, end, _ in run)))
        if barrier is not None:
            part = replace(part, access=with_barrier(street.access, barriers[barrier]))
        if part.access.barred != set(Profile):
            yield part


def _pieces(
    line: tuple[Position, ...], barriers: Mapping[Position, Mapping[str, str]]
) -> Iterator[tuple[Position, Position, Position | None]]:
    """The straight pieces of a line, each with the barrier that takes it."""
    last = len(line) - 2
    for n, (a, b) in enumerate(pairwise(line)):
        share = min(MOST_SHARE, BARRIER_M / max(distance_m(a, b), 1e-9))
        begin, end = a, b
        if a in barriers:
            begin = _between(a, b, share)
            yield a, begin, a
        if n == last and b in barriers:
            end = _between(b, a, share)
        yield begin, end, None
        if end != b:
            yield end, b, b


def _between(a: Position, b: Position, share: float) -> Position:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
