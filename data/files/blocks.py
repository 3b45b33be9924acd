"""A sheet that holds several tables, below or beside one another -> each for itself."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta

import numpy as np

from data.files.grids import Grid
from data.files.raw import ErrorValue, Raw, is_blank, plain

NUMBER = re.compile(r"[+-]?[\d.,\s]*\d[\d.,\s]*([eE][+-]?\d+)?%?")
_DATED = re.compile(r"\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
Rows = Sequence[tuple[int, tuple[Raw, ...]]]
"""Rows with their numbers in the sheet."""
_TITLES = 3
"""So many rows of titles may stand above headings."""
_BELOW = 20
"""So many rows below headings are looked at."""


def is_word(cell: Raw) -> bool:
    """Whether a cell can be a heading: words, no figure and no date."""
    if isinstance(cell, ErrorValue) or not isinstance(cell, str):
        return False
    text = plain(cell)
    return bool(text) and not NUMBER.fullmatch(text) and not _DATED.match(text)


def is_figure(cell: Raw) -> bool:
    """Whether a cell holds a figure, a day or a time."""
    if isinstance(cell, int | float | date | time | timedelta):
        return not isinstance(cell, bool)
    return isinstance(cell, str) and not is_blank(cell) and not is_word(cell)


def holds_figures(place: int, rows: Sequence[Sequence[Raw]]) -> bool:
    """Whether most of what stands in a column are figures."""
    held = [row[place] for row in rows if place < len(row) and not is_blank(row[place])]
    return bool(held) and sum(map(is_figure, held)) > len(held) / 2


def _heads_figures(cells: Sequence[Raw], below: Sequence[Sequence[Raw]]) -> bool:
    """Whether a row of words stands above a column of figures."""
    return any(is_word(cell) and holds_figures(at, below) for at, cell in enumerate(cells))


def blocks(grid: Grid) -> list[Grid]:
    """The tables of a sheet; one alone is the sheet as it is."""
    found = [beside for below in _below(grid) for beside in _beside(below)]
    if len(found) == 1:
        return [grid]
    return [
        replace(one, name=f"{grid.name} {_title(one.rows) or number}")
        for number, one in enumerate(found, 1)
    ]


def _below(grid: Grid) -> list[Grid]:
    """A table begins below a blank row where other headings stand above figures."""
    rows, starts = grid.rows, [0]
    for at in range(1, len(rows)):
        if rows[at][0] > rows[at - 1][0] + 1 and _begins(rows, at, _headings(rows[starts[-1] :])):
            starts.append(at)
    ends = [*starts[1:], len(rows)]
    return [replace(grid, rows=tuple(rows[a:b])) for a, b in zip(starts, ends, strict=True)]


def _begins(rows: Rows, at: int, before: Sequence[Raw]) -> bool:
    headings = _headings(rows[at:])
    return bool(headings) and [one for one in headings if one] != [one for one in before if one]


def _headings(rows: Rows) -> Sequence[Raw]:
    """The headings that rows begin with, below titles: words above figures; none where none are."""
    for at, (_, cells) in enumerate(rows[: _TITLES + 1]):
        filled = [cell for cell in cells if not is_blank(cell)]
        if not all(map(is_word, filled)):
            return ()
        below = [one for _, one in rows[at + 1 : at + 1 + _BELOW]]
        if len(filled) > 1 and _heads_figures(cells, below):
            return cells
    return ()


def _title(rows: Rows) -> str:
    filled = [cell for cell in rows[0][1] if not is_blank(cell)]
    return str(filled[0]).strip()[:40] if len(filled) == 1 and isinstance(filled[0], str) else ""


def _beside(grid: Grid) -> list[Grid]:
    """Tables beside one another: blank columns divide them, and they have a heading in common."""
    headings = _headings(grid.rows)
    if len(_spans([not is_blank(cell) for cell in headings])) < 2:
        return [grid]
    width = max(len(cells) for _, cells in grid.rows)
    used = np.zeros(width, bool)
    for _, cells in grid.rows:
        used[[place for place, cell in enumerate(cells) if not is_blank(cell)]] = True
    parts = [_columns(grid, *span) for span in _spans(used.tolist())]
    words = [{cell for cell in _headings(part.rows) if cell} for part in parts]
    return parts if len(parts) > 1 and set.intersection(*words) else [grid]


def _spans(used: Sequence[bool]) -> list[tuple[int, int]]:
    """From where to where something stands, without a gap."""
    steps = np.diff([0, *map(int, used), 0])
    return list(
        zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    )


def _columns(grid: Grid, left: int, right: int) -> Grid:
    """Some columns of a sheet, those of its rows that hold something there."""
    rows = tuple(
        (number, cells[left:right])
        for number, cells in grid.rows
        if not all(map(is_blank, cells[left:right]))
    )
    merged = tuple(
        ((top, first - left), (bottom, last - left))
        for (top, first), (bottom, last) in grid.merged
        if left <= first and last < right
    )
    return replace(grid, rows=rows, merged=merged)
