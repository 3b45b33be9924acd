"""Where the time stands in a table: one column, a day and a clock, or year, month and day apart.

Times that say an offset are instants: they are told by the clock of a zone.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from data.sheets.foreign.free_tables import FreeTable, find_column, is_number, number_of, share
from data.sheets.wall_times import WallTime, are_days, on_day, wall_times

GENERIC = (
    r"date_?times?|time_?stamp|日期时间|时间戳",
    r"dates?|day|日期|年月日|observation_date",
    r"times?|when|dt|ts|时间|时刻|.*(时间|日期|时刻)",
    r".*(date|time|_at|_on)",
)
_CLOCKS = (r"time(_of_day)?|clock|时间|时刻", r"hour|hr|hh|小时|时|钟点")
_PARTS = (r"year|yyyy|年|年份", r"month|mm|mo|月|月份", r"day|dd|日|号")


_ANY_DAY = WallTime(datetime(2000, 1, 1), False)


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """Which columns tell the time of a row, how they are read, and the offset that most of them
    say; ``None`` where none says one, or days are meant.
    """

    numbers: tuple[int, ...]
    read: Callable[[Sequence[str]], WallTime | None]
    offset: timedelta | None = None


def has_times(cells: Iterable[str]) -> bool:
    """Whether a row holds a date in it: then it holds no headings."""
    read = wall_times(())
    return any(re.search(r"\d", cell) and not _is_small(cell) and read(cell) for cell in cells)


def _is_small(cell: str) -> bool:
    number = number_of(cell)
    return number is not None and not 1e7 < number < 1e14


def time_columns(
    table: FreeTable,
    ways: Iterable[str] = GENERIC,
    taken: Iterable[int] = (),
    zone: tzinfo | None = None,
) -> TimeColumns | None:
    """The columns of the time: those with the first of these headings that hold times, else the
    first that holds any.

    Parameters
    ----------
    zone
        By whose clock instants are told; ``None``: as they are written.
    """
    found = _as_written(table, ways, set(taken))
    if found is None:
        return None
    times = [at for _, cells in table.rows if (at := found.read(cells)) and at.offset is not None]
    if are_days(times):
        return found
    offset = Counter(at.offset for at in times).most_common(1)[0][0]
    if zone is None:
        return replace(found, offset=offset)

    def read(row: Sequence[str]) -> WallTime | None:
        at = found.read(row)
        return at.in_zone(zone) if at else None

    return replace(found, read=read, offset=offset)


def _as_written(table: FreeTable, ways: Iterable[str], taken: set[int]) -> TimeColumns | None:
    if parts := _parts(table, taken):
        return parts
    named = [number for way in ways if (number := _named(table, way, taken)) is not None]
    for number in (*named, *range(len(table.headings))):
        if number in taken:
            continue
        cells = table.column(number)
        read = wall_times(cells)
        plain_number = number not in named and all(_is_small(cell) for cell in cells)
        if not plain_number and share(cells, read) >= 0.5:
            return _with_clock(table, number, taken, read)
    return None


def _named(table: FreeTable, way: str, taken: set[int]) -> int | None:
    """The first column of this name that holds times."""
    passed = set(taken)
    while (number := find_column(table.headings, [way], passed)) is not None:
        cells = table.column(number)
        if share(cells, wall_times(cells)) >= 0.5:
            return number
        passed.add(number)
    return None


def _with_clock(
    table: FreeTable, number: int, taken: set[int], read: Callable[[str], WallTime | None]
) -> TimeColumns:
    """Days of one column with the clock of another, where there is one."""
    cells = table.column(number)
    clock = find_column(table.headings, _CLOCKS, {*taken, number})
    if any(found.has_clock for cell in cells if (found := read(cell))) or clock is None:
        return TimeColumns((number,), lambda row: read(row[number]) if number < len(row) else None)
    if share(table.column(clock), lambda cell: on_day(_ANY_DAY, cell)) < 0.5:
        return TimeColumns((number,), lambda row: read(row[number]) if number < len(row) else None)

    def both(row: Sequence[str]) -> WallTime | None:
        if max(number, clock) >= len(row):
            return None
        day = read(row[number])
        return None if day is None else on_day(day, row[clock])

    return TimeColumns((number, clock), both)


def _parts(table: FreeTable, taken: set[int]) -> TimeColumns | None:
    """Year, month and day in columns of their own, perhaps with the hour."""
    numbers = [find_column(table.headings, [way], taken) for way in _PARTS]
    year, month, day = numbers
    if year is None or month is None or day is None:
        return None
    if any(share(table.column(one), is_number) < 0.5 for one in (year, month, day)):
        return None
    hour = find_column(table.headings, [_CLOCKS[1]], {*taken, year, month, day})
    read = wall_times(())

    def joined(row: Sequence[str]) -> WallTime | None:
        if max(year, month, day, hour or 0) >= len(row):
            return None
        found = read(f"{row[year]}-{row[month]}-{row[day]}")
        if found is None or hour is None:
            return found
        return on_day(found, row[hour])

    return TimeColumns((year, month, day, *([] if hour is None else [hour])), joined)


def is_heading(cells: list[str]) -> bool:
    """Whether a row holds headings: no time, and words."""
    return not has_times(cells) and any(not is_number(cell) for cell in cells if cell)
