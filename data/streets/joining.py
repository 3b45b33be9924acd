"""Lines as files bring them -> streets from crossing to crossing. Pure.

Lines cross where they share a position. An end that lies beside another line without sharing one
of its positions was drawn to meet it, and cuts it there. Lines that cross without a position in
common do not meet (a bridge), unless hardly anything in the file meets: then whoever drew it left
the crossings out.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from data.geo import EARTH_RADIUS_M
from data.model.city import Position
from data.model.street.streets import Street

MEETS_M = 2.0
"""An end so near to another line meets it (an assumption: what a drawing is off by)."""
MEETS_SHARE = 0.5
"""Of the ends of lines, when so few meet another line the crossings were left out (an
assumption).
"""
DIGITS = 6
"""Of the degrees of a position: a decimetre."""
_CELL_M = 100.0
_M_DEG = math.radians(1) * EARTH_RADIUS_M


@dataclass(frozen=True, slots=True)
class _Piece:
    """A straight piece of a line: which, after which of its positions, and its ends in metres."""

    street: int
    after: int
    a: tuple[float, float]
    b: tuple[float, float]


def joined(lines: Iterable[Street]) -> tuple[Street, ...]:
    """The streets cut wherever they meet; what is no longer than a decimetre is left out."""
    streets = [street for line in lines if (street := _rounded(line))]
    if not streets:
        return ()
    scale = math.cos(math.radians(streets[0].line[0][1]))
    met = _with_touching_ends(streets, scale)
    if _ends_that_meet(met) < MEETS_SHARE:
        met = _with_crossings(met, scale)
    return tuple(part for street in _cut(met) for part in street)


def _rounded(street: Street) -> Street | None:
    line = [(round(lon, DIGITS), round(lat, DIGITS)) for lon, lat in street.line]
    line = [here for n, here in enumerate(line) if n == 0 or here != line[n - 1]]
    return replace(street, line=tuple(line)) if len(line) > 1 else None


def _cut(streets: Sequence[Street]) -> Iterator[list[Street]]:
    """Each street in its parts between the positions that it shares with others, or with
    itself.
    """
    seen = Counter(position for street in streets for position in street.line)
    for street in streets:
        parts, begin = [], 0
        for n in range(1, len(street.line)):
            if n == len(street.line) - 1 or seen[street.line[n]] > 1:
                parts.append(replace(street, line=street.line[begin : n + 1]))
                begin = n
        yield parts


def _ends_that_meet(streets: Sequence[Street]) -> float:
    """The share of lines' ends at which another line is."""
    seen = Counter(position for street in streets for position in set(street.line))
    ends = [end for street in streets for end in (street.line[0], street.line[-1])]
    return sum(seen[end] > 1 for end in ends) / len(ends) if len(streets) > 1 else 1.0


def _with_touching_ends(streets: Sequence[Street], scale: float) -> list[Street]:
    """The streets with a position more wherever an end of another one lies beside them."""
    grid = _grid(streets, scale)
    known = Counter(position for street in streets for position in set(street.line))
    added: dict[tuple[int, int], list[tuple[float, Position]]] = defaultdict(list)
    for number, street in enumerate(streets):
        for end in (street.line[0], street.line[-1]):
            if known[end] > 1:
                continue
            here = _metres(end, scale)
            for piece in grid.get(_cell(here), ()):
                part, off = _beside(here, piece)
                if piece.street != number and off <= MEETS_M and 0 < part < 1:
                    added[piece.street, piece.after].append((part, end))
    return _with_added(streets, added)


def _with_crossings(streets: Sequence[Street], scale: float) -> list[Street]:
    """The streets with a position in common wherever two of them cross."""
    added: dict[tuple[int, int], list[tuple[float, Position]]] = defaultdict(list)
    done = set()
    for pieces in _grid(streets, scale).values():
        for n, one in enumerate(pieces):
            for other in pieces[n + 1 :]:
                pair = (one.street, one.after, other.street, other.after)
                if one.street == other.street or pair in done:
                    continue
                done.add(pair)
                if parts := _crossing(one, other):
                    x = one.a[0] + parts[0] * (one.b[0] - one.a[0])
                    y = one.a[1] + parts[0] * (one.b[1] - one.a[1])
                    at = round(x / _M_DEG / scale, DIGITS), round(y / _M_DEG, DIGITS)
                    added[one.street, one.after].append((parts[0], at))
                    added[other.street, other.after].append((parts[1], at))
    return _with_added(streets, added)


def _with_added(
    streets: Sequence[Street], added: dict[tuple[int, int], list[tuple[float, Position]]]
) -> list[Street]:
    found = []
    for number, street in enumerate(streets):
        line: list[Position] = []
        for n, position in enumerate(street.line):
            line.append(position)
            line += [more for _, more in sorted(added.get((number, n), ()))]
        kept = [here for n, here in enumerate(line) if n == 0 or here != line[n - 1]]
        found.append(replace(street, line=tuple(kept)))
    return found


def _metres(position: Position, scale: float) -> tuple[float, float]:
    return position[0] * _M_DEG * scale, position[1] * _M_DEG


def _cell(here: tuple[float, float]) -> tuple[int, int]:
    return int(here[0] // _CELL_M), int(here[1] // _CELL_M)


def _grid(streets: Sequence[Street], scale: float) -> dict[tuple[int, int], list[_Piece]]:
    """The pieces by the cells that their boxes touch, a little widened."""
    grid: dict[tuple[int, int], list[_Piece]] = defaultdict(list)
    for number, street in enumerate(streets):
        line = [_metres(position, scale) for position in street.line]
        for after, (a, b) in enumerate(pairwise(line)):
            low = _cell((min(a[0], b[0]) - MEETS_M, min(a[1], b[1]) - MEETS_M))
            high = _cell((max(a[0], b[0]) + MEETS_M, max(a[1], b[1]) + MEETS_M))
            piece = _Piece(number, after, a, b)
            for column in range(low[0], high[0] + 1):
                for row in range(low[1], high[1] + 1):
                    grid[column, row].append(piece)
    return grid


def _beside(here: tuple[float, float], piece: _Piece) -> tuple[float, float]:
    """Which part of a piece is nearest to a place, 0 to 1, and how many metres off it is."""
    (ax, ay), (bx, by) = piece.a, piece.b
    length_2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = (here[0] - ax) * (bx - ax) + (here[1] - ay) * (by - ay)
    part = max(0.0, min(1.0, along / length_2 if length_2 else 0.0))
    x, y = ax + part * (bx - ax), ay + part * (by - ay)
    return part, math.hypot(here[0] - x, here[1] - y)


def _crossing(one: _Piece, other: _Piece) -> tuple[float, float] | None:
    """Which part of each of two pieces lies where they cross."""
    rx, ry = one.b[0] - one.a[0], one.b[1] - one.a[1]
    sx, sy = other.b[0] - other.a[0], other.b[1] - other.a[1]
    cross = rx * sy - ry * sx
    if not cross:
        return None
    dx, dy = other.a[0] - one.a[0], other.a[1] - one.a[1]
    t, u = (dx * sy - dy * sx) / cross, (dx * ry - dy * rx) / cross
    return (t, u) if 0 <= t <= 1 and 0 <= u <= 1 else None
