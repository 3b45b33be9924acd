"""A sheet as people make it -> a table: titles above the headings, headings over two rows, joined
cells, sum rows, headings that come again on each page.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import zip_longest

from data.files.grids import Grid
from data.files.raw import ErrorValue, Raw, is_blank, plain
from data.files.table import FileTable, distinct
from data.model.message import Message

LOOKED_AT = 30
"""Headings stand in one of the first rows."""
_SUM = re.compile(
    r"([合总小共累]\s*计|汇\s*总|总\s*数|(sub|grand)?[\s-]*totals?|sum|soma)[：:]?",
    re.I,
)
_NUMBER = re.compile(r"[+-]?[\d.,\s]*\d[\d.,\s]*([eE][+-]?\d+)?%?")
_DATED = re.compile(r"\d{2,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
Rows = list[tuple[int, tuple[Raw, ...]]]


def table_of(grid: Grid) -> FileTable | None:
    """A grid as a table; ``None`` where it holds nothing."""
    rows = [(number, _cleaned(cells)) for number, cells in grid.rows]
    rows = [row for row in rows if not all(map(is_blank, row[1]))]
    if not rows:
        return None
    notes: list[Message] = []
    if grid.hidden:
        notes.append(Message("files.hidden_sheet", {"sheet": grid.name}))
    rows = _filled_down(grid, rows, notes)
    start = _heading_row(rows)
    if start is None:
        notes.append(Message("files.no_headings", {"sheet": grid.name}))
        return _table(grid.name, (), rows, notes)
    for number, cells in rows[:start]:
        title = next(str(cell) for cell in cells if not is_blank(cell))
        notes.append(Message("files.title_row", {"row": number, "text": title[:60]}))
    depth = _depth(grid, rows, start)
    headings = _joined([cells for _, cells in rows[start : start + depth]])
    body = _body(rows[start + depth :], headings, notes)
    return _table(grid.name, headings, body, notes)


def _cleaned(cells: tuple[Raw, ...]) -> tuple[Raw, ...]:
    return tuple([cell.strip() if type(cell) is str else cell for cell in cells])


def _table(name: str, headings: Sequence[str], rows: Rows, notes: Sequence[Message]) -> FileTable:
    width = max((len(cells) for _, cells in rows), default=len(headings))
    named = distinct([*headings, *[""] * (width - len(headings))])
    columns = list(zip_longest(*(cells for _, cells in rows)))
    columns += [(None,) * len(rows)] * (len(named) - len(columns))
    kept = [
        place
        for place, column in enumerate(columns)
        if (place < len(headings) and headings[place]) or any(not is_blank(cell) for cell in column)
    ]
    return FileTable(
        name,
        tuple(named[place] for place in kept),
        tuple(columns[place] for place in kept),
        [number for number, _ in rows],
        notes=tuple(notes),
    )


def _filled_down(grid: Grid, rows: Rows, notes: list[Message]) -> Rows:
    """What stands in a joined cell stands in each of its cells, below the first row."""
    by_row = {number - 1: at for at, (number, _) in enumerate(rows)}
    filled = 0
    for (top, left), (bottom, right) in grid.merged:
        if top not in by_row or bottom == top:
            continue
        cells = rows[by_row[top]][1]
        value = cells[left] if left < len(cells) else None
        if is_blank(value):
            continue
        for row in range(top + 1, bottom + 1):
            if row not in by_row:
                continue
            number, below = rows[by_row[row]]
            wide = [*below, *[None] * (right + 1 - len(below))]
            wide[left] = value
            rows[by_row[row]] = number, tuple(wide)
            filled += 1
    if filled:
        notes.append(Message("files.merged_cells", {"sheet": grid.name, "n": filled}))
    return rows


def _is_word(cell: Raw) -> bool:
    """Whether a cell can be a heading: words, no figure and no date."""
    if isinstance(cell, ErrorValue) or not isinstance(cell, str):
        return False
    text = plain(cell)
    return bool(text) and not _NUMBER.fullmatch(text) and not _DATED.match(text)


def _heading_row(rows: Rows) -> int | None:
    """The first row that is nearly as wide as most and holds words alone."""
    widths = Counter(_filled(cells) for _, cells in rows[:400])
    usual = max(widths, key=lambda width: (widths[width], width))
    for at, (_, cells) in enumerate(rows[:LOOKED_AT]):
        filled = [cell for cell in cells if not is_blank(cell)]
        if len(filled) < max(1 if usual == 1 else 2, usual * 0.5):
            continue
        words = sum(map(_is_word, filled))
        if words == len(filled) or (words >= 0.8 * len(filled) and len(filled) >= 5):
            return at if len(rows) > at + 1 or at > 0 or usual > 1 else None
        return None
    return None


def _filled(cells: Sequence[Raw]) -> int:
    return sum(not is_blank(cell) for cell in cells)


def _depth(grid: Grid, rows: Rows, start: int) -> int:
    """Over how many rows the headings stand: as many as a joined cell of theirs spans, or one more
    where one joins columns.
    """
    row = rows[start][0] - 1
    depth = 1
    for (top, left), (bottom, right) in grid.merged:
        if top == row and bottom > top:
            depth = max(depth, bottom - top + 1)
        elif top == row and right > left:
            depth = max(depth, 2)
    depth = min(depth, 3, len(rows) - start)
    while depth > 1 and not all(
        is_blank(cell) or _is_word(cell) for cell in rows[start + depth - 1][1]
    ):
        depth -= 1
    return depth


def _joined(rows: list[tuple[Raw, ...]]) -> list[str]:
    """Headings over several rows as one: the upper word stands for the blanks to its right."""
    width = max(map(len, rows))
    found = [""] * width
    for level, cells in enumerate(rows):
        last = ""
        for place in range(width):
            cell = cells[place] if place < len(cells) else None
            word = "" if is_blank(cell) else " ".join(str(cell).split())
            if level < len(rows) - 1:
                last = word or last
                word = last
            if word and word not in found[place].split(" "):
                found[place] = f"{found[place]} {word}".strip()
    return found


def _body(rows: Rows, headings: list[str], notes: list[Message]) -> Rows:
    kept = []
    words = [word for word in headings if word]
    for number, cells in rows:
        first = cells[0]
        if is_blank(first):
            first = next(cell for cell in cells if not is_blank(cell))
        if not isinstance(first, str):
            kept.append((number, cells))
        elif _SUM.fullmatch(plain(first)) and _sums_up(cells):
            notes.append(Message("files.sum_row", {"row": number}))
        elif first == words[0] and _repeats(cells, words):
            notes.append(Message("files.headings_again", {"row": number}))
        else:
            kept.append((number, cells))
    return kept


def _sums_up(cells: tuple[Raw, ...]) -> bool:
    """Whether no other word stands in a row whose first one says that it sums up."""
    filled = [cell for cell in cells if not is_blank(cell)]
    return all(
        isinstance(cell, int | float)
        or (isinstance(cell, str) and _NUMBER.fullmatch(plain(cell)))
        or _SUM.fullmatch(plain(str(cell)))
        for cell in filled[1:]
    ) and not any(isinstance(cell, date | time | timedelta) for cell in filled)


def _repeats(cells: tuple[Raw, ...], words: list[str]) -> bool:
    written = [str(cell or "") for cell in cells if not is_blank(cell)]
    return len(written) > 1 and written == words[: len(written)]
