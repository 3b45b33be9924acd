"""A sheet as people make it -> a table: titles above the headings, headings over two rows, joined
cells, sum rows, headings that come again on each page.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import zip_longest

from data.files.blocks import NUMBER, blocks, holds_figures, is_word
from data.files.grids import Grid
from data.files.raw import Raw, is_blank, plain
from data.files.table import FileTable, distinct
from data.model.message import Message

LOOKED_AT = 30
"""Headings stand in one of the first rows."""
_SUM = re.compile(
    r"(本[页表区])?([合总小共累]\s*计|汇\s*总|总\s*数|共(?=\s*\d)|(sub|grand)?[\s-]*totals?|sum|soma)"
    r"\s*(\(.{1,4}\))?\s*[：:]?\s*(\d[\d,.]*\s*\S{0,2})?",
    re.I,
)
_SUM_BEGINS = frozenset("SsGgTt")
"""What one begins with in ASCII."""
_UNIT = re.compile(
    r"[(\[【]?\s*(单位[:：]?)?(?P<unit>[kcdm]?m[23²³]?|ha|公?[米里顷升]|[千厘毫分]米|平方米|立方米|亩"
    r"|l(/s)?|m3/h|gal|us ?gal|ft[23]?|in|acres?|°|度|deg(rees)?|[′″]|‰|%|t|kg|吨"
    r"|米|个|座|条|台|辆|人|处|小时|分钟?|h|min|年|月|日|天)\s*[)\]】]?",
    re.I,
)
"""A unit that stands alone in a cell."""
_COUNTED = re.compile(r"(?<=\d)\s*[个处座条台辆人只套口米]$")
"""What a sum counts, behind its figure."""
_KIND = re.compile(
    r"[(\[]?(文本|文字|数字|数值|整数|小数|浮点|字符串?|日期|时间|text|string|str|int(eger)?|float"
    r"|double|real|numeric|number|decimal|date(time)?|timestamp|boolean|bool|(var)?char|yyyy\S*"
    r"|必填|选填|-+|—+|/)(\(\d+(,\d+)?\))?[)\]]?",
    re.I,
)
"""A kind of values that stands alone in a cell."""
_REMARK = re.compile(
    r"(注|备注|说明|附注|填表|制表|填报|审核|复核|统计|联系|(数据)?来源|notes?|remarks?|sources?"
    r"|(prepared|compiled)( by)?|contact)\s*(人|单位|日期|时间)?\s*[:：]|※|\*\s",
    re.I,
)
"""What begins a remark below a table."""
Rows = list[tuple[int, tuple[Raw, ...]]]


def tables_of(grid: Grid) -> list[FileTable]:
    """The tables of a sheet: several where it holds several, none where it holds nothing."""
    found = blocks(grid)
    tables = [table for one in found if (table := table_of(one))]
    if len(tables) > 1:
        note = Message("files.several_tables", {"sheet": grid.name, "n": len(tables)})
        tables[0] = replace(tables[0], notes=(note, *tables[0].notes))
    return tables


def table_of(grid: Grid) -> FileTable | None:
    """A grid as one table; ``None`` where it holds nothing."""
    rows = [(number, _cleaned(cells)) for number, cells in grid.rows]
    rows = [row for row in rows if not all(map(is_blank, row[1]))]
    if not rows:
        return None
    notes: list[Message] = []
    if grid.hidden:
        notes.append(Message("files.hidden_sheet", {"sheet": grid.name}))
    rows, filled = filled_down(grid, rows)
    if filled:
        notes.append(Message("files.merged_cells", {"sheet": grid.name, "n": filled}))
    start = _heading_row(rows)
    if start is None:
        notes.append(Message("files.no_headings", {"sheet": grid.name}))
        return _table(grid.name, (), rows, notes)
    for number, cells in rows[:start]:
        title = next(str(cell) for cell in cells if not is_blank(cell))
        notes.append(Message("files.title_row", {"row": number, "text": title[:60]}))
    depth = _depth(grid, rows, start)
    if depth == 1 and _heads_too(rows, start + 1):
        depth = 2
        notes.append(Message("files.second_headings", {"row": rows[start + 1][0]}))
    headings = _joined([cells for _, cells in rows[start : start + depth]])
    if _names_units(rows, start + depth):
        number, cells = rows[start + depth]
        headings = _with_units(headings, cells)
        notes.append(Message("files.units_row", {"row": number}))
        depth += 1
    body = _body(rows[start + depth :], headings, notes)
    return _table(grid.name, headings, body, notes)


def _cleaned(cells: tuple[Raw, ...]) -> tuple[Raw, ...]:
    if set(map(type, cells)) == {str}:  # of a text, all of them: quicker at once
        return tuple(map(str.strip, cells))  # type: ignore[arg-type]
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


def filled_down(grid: Grid, rows: Rows) -> tuple[Rows, int]:
    """What stands in a joined cell stands in each of its cells, below the first row; in how many
    it was put.
    """
    rows = list(rows)
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
    return rows, filled


def _heading_row(rows: Rows) -> int | None:
    """The first row that is nearly as wide as most and holds words alone."""
    widths = Counter(_filled(cells) for _, cells in rows[:400])
    usual = max(widths, key=lambda width: (widths[width], width))
    for at, (_, cells) in enumerate(rows[:LOOKED_AT]):
        filled = [cell for cell in cells if not is_blank(cell)]
        if len(filled) < max(1 if usual == 1 else 2, usual * 0.5):
            continue
        words = sum(map(is_word, filled))
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
        is_blank(cell) or is_word(cell) for cell in rows[start + depth - 1][1]
    ):
        depth -= 1
    return depth


def _heads_too(rows: Rows, at: int) -> bool:
    """Whether a row below the headings holds headings too, as where one is for people and one for
    programs: words without a figure, no two the same, above figures.
    """
    if at >= len(rows) - 1:
        return False
    filled = [str(cell) for cell in rows[at][1] if not is_blank(cell)]
    if len(filled) < max(2, _filled(rows[at - 1][1]) * 0.5) or len(set(filled)) < len(filled):
        return False
    if any(re.search(r"\d", word) for word in filled) or _names_units(rows, at):
        return False
    below = [cells for _, cells in rows[at + 1 : at + 1 + LOOKED_AT]]
    return all(map(is_word, filled)) and _heads_all(rows[at - 1][1], rows[at][1], below)


def _heads_all(above: Sequence[Raw], cells: Sequence[Raw], below: Sequence[Sequence[Raw]]) -> bool:
    """Whether every column of figures has a word here, or a blank below one."""
    figures = [place for place in range(len(above)) if holds_figures(place, below)]
    words = [cells[place] if place < len(cells) else None for place in figures]
    said = zip(words, figures, strict=True)
    return any(map(is_word, words)) and all(
        is_word(word) or (is_blank(word) and is_word(above[place])) for word, place in said
    )


def _names_units(rows: Rows, at: int) -> bool:
    """Whether a row below the headings says units or kinds of values alone."""
    if at >= len(rows):
        return False
    filled = [plain(str(cell)) for cell in rows[at][1] if not is_blank(cell)]
    said = [word for word in filled if _UNIT.fullmatch(word) or _KIND.fullmatch(word)]
    return (
        bool(said)
        and len(said) == len(filled)
        and any(re.search(r"[^\W\d]|[°%‰]", w) for w in said)
    )


def _with_units(headings: list[str], cells: tuple[Raw, ...]) -> list[str]:
    """Headings with the unit that stands below each, in brackets."""
    found = list(headings)
    for place, cell in enumerate(cells[: len(found)]):
        unit = None if is_blank(cell) else _UNIT.fullmatch(plain(str(cell)))
        if unit and found[place]:
            found[place] = f"{found[place]} ({unit['unit']})"
    return found


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
        elif _may_sum(first) and _SUM.fullmatch(plain(first)) and _sums_up(cells):
            notes.append(Message("files.sum_row", {"row": number}))
        elif first is cells[-1] and _is_remark(cells, words):
            notes.append(Message("files.note_row", {"row": number, "text": first[:60]}))
        elif first == words[0] and _repeats(cells, words):
            notes.append(Message("files.headings_again", {"row": number}))
        else:
            kept.append((number, cells))
    return kept


def _may_sum(first: str) -> bool:
    """Whether a look at the first sign leaves it open that a row sums up: most rows begin with an
    id.
    """
    return not first[0].isascii() or first[0] in _SUM_BEGINS


def _is_remark(cells: tuple[Raw, ...], words: list[str]) -> bool:
    """Whether a row holds a remark alone, below a table of several columns."""
    return len(words) > 2 and _filled(cells) == 1 and bool(_REMARK.match(plain(str(cells[-1]))))


def _sums_up(cells: tuple[Raw, ...]) -> bool:
    """Whether no other word stands in a row whose first one says that it sums up."""
    filled = [cell for cell in cells if not is_blank(cell)]
    return all(
        isinstance(cell, int | float)
        or (isinstance(cell, str) and NUMBER.fullmatch(_COUNTED.sub("", plain(cell))))
        or _SUM.fullmatch(plain(str(cell)))
        for cell in filled[1:]
    ) and not any(isinstance(cell, date | time | timedelta) for cell in filled)


def _repeats(cells: tuple[Raw, ...], words: list[str]) -> bool:
    written = [str(cell or "") for cell in cells if not is_blank(cell)]
    return len(written) > 1 and written == words[: len(written)]
