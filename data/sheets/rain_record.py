"""A record of rain as somebody has it -> spells of rain in millimetres.

One row for each event with its begin and end, or a series of days, hours or minutes; millimetres,
centimetres or inches; amounts of each step or a running total; in either order of time.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from statistics import median

from data.files.raw import plain
from data.model.past_record import RainRecord, RainSpell
from data.sheets.foreign.free_tables import (
    Faults,
    FreeTable,
    find_column,
    heading_key,
    number_of,
    read_table,
    refused,
    share,
)
from data.sheets.time_columns import TimeColumns, is_heading, time_columns

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MM_OF_INCH = 25.4
INCHES_BELOW = 10.0
"""Where nobody names the unit: a record in which no day has so much is in inches."""
_RISES, _FALLS = 8, 8
"""A running total rises so often at least, and falls once in so many rises at most."""
_BEGINS = (
    r"(storm_?|event_?|rain_?)?(start|begin|onset|from)(ed|s|ning)?(_?(time|date|at|on|date_?time))?",
    r"(降雨|降水|场次)?(开始|起始|起)(时间|日期|时刻)?",
)
_ENDS = (
    r"(storm_?|event_?|rain_?)?(end|finish|stop|until|to)(ed|s|ing)?(_?(time|date|at|on|date_?time))?",
    r"(降雨|降水|场次)?(结束|终止|止)(时间|日期|时刻)?",
)
_LASTS = (r"duration.*|hours|hrs|lasted|(降雨)?(历时|时长|持续时间|小时数)",)
_AMOUNTS = (
    r".*(_mm|millimet).*|.*毫米.*|mm",
    r"(rain|rainfall|precip(itation)?|prcp|pcp|pp?t|amount|depth|total)",
    r".*(rain|precip|prcp|pcp).*|.*(雨量|降雨|降水|雨).*",
    r"(amount|depth|total|accum|cum|value|inches|inch|in)(_.*)?|.*_(in|inch|inches)|水量|值|.*累[计积].*",
)
_NO_AMOUNT = r".*(intens|rate|prob|chance|type|flag|qual|强度|概率|类型|质控).*"
_INCH = re.compile(r"(?:^|[_\W])(?:in|inch|inches|英寸|吋)(?:$|[_\W])|[\d\s]\"|英寸")
_TENTH = re.compile(r"0\.1\s*mm|tenths?|0\.1\s*毫米")
_CM = re.compile(r"(?:^|[_\W])cm(?:$|[_\W])|厘米")
_MM = re.compile(r"mm|毫米|millimet")
_RUNNING = re.compile(r"cumul|accum|running|(?:^|_)cum(?:_|$)|累[计积]|total_since")
_VALUE = re.compile(r"(?P<number>[^a-z\"]*?)\s*(?P<unit>mm|in(?:ch(?:es)?)?|\"|cm|毫米|英寸)?")
_TRACE = ("t", "trace", "tr", "微量", "微")
_MISSING = ("", "-", "--", "na", "n/a", "nan", "null", "none", "m", "缺测", "无", "\\n")
_MOST_MM = 3000.0  # of one figure: more fell nowhere in a day (WMO: 1,825 mm)
_MOST_TIMES = 100.0  # a running total may come to as many times that
_BLANK = (9999.0, 999.9, 99.99, 99999.0, 32766.0)  # what stations write where they have nothing
Amount = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class ReadRain:
    """A record of rain as it was read, which rows could not be, and what was taken for granted:
    factor to millimetres, whether that is a guess, whether it is a running total.
    """

    record: RainRecord
    faults: Faults
    to_mm: float
    is_guess: bool
    is_running: bool


def read_rain(path: Path, zone: tzinfo | None = None) -> ReadRain:
    """The rain of a file.

    Parameters
    ----------
    zone
        By whose clock it is told what says an offset; ``None``: as it is written.

    Raises
    ------
    BadSheets
        It can't be read, or nobody can tell where its times stand.
    """
    table = read_table(path, is_heading)
    begin = find_column(table.headings, _BEGINS)
    end = find_column(table.headings, _ENDS)
    lasts = find_column(table.headings, _LASTS)
    if begin is not None and (end is not None or lasts is not None):
        return _of_events(table, begin, end, lasts, zone)
    return _of_series(table, zone)


def _of_events(
    table: FreeTable, begin: int, end: int | None, lasts: int | None, zone: tzinfo | None
) -> ReadRain:
    starts = _times_of(table, begin, zone)
    ends = _times_of(table, end, zone) if end is not None else None
    if starts is None:
        raise refused(table.name, "backtest.no_times", path=table.name)
    taken = {begin, *([] if end is None else [end]), *([] if lasts is None else [lasts])}
    amount = _amount_column(table, taken)
    known = _named_factor(table, amount)
    most = _MOST_MM / (known or 1.0)
    to_mm, is_guess = _factor(known, _largest(table, amount, most))
    minutes = lasts is not None and bool(re.search(r"min|分", table.headings[lasts].lower()))
    spells = []
    for line, cells in table.rows:
        start = _start(table, starts, line, cells)
        if start is None:
            continue
        until = ends.read(cells) if ends else None
        length = _number(cells, lasts)
        if until is not None:
            stop = until.at if until.has_clock else until.at + DAY
        elif length is not None and 0 <= length < 1e5:
            stop = start + length * (timedelta(minutes=1) if minutes else HOUR)
        else:
            stop = start + HOUR
        value = _value(table, line, cells, amount, most) if amount is not None else None
        if amount is not None and value is None:
            continue
        mm = None if value is None else value * to_mm
        spells.append(RainSpell(start=start, end=max(stop, start), mm=mm))
    return _read(table, spells, False, to_mm, is_guess, False)


def _times_of(table: FreeTable, number: int, zone: tzinfo | None) -> TimeColumns | None:
    """The times of one column."""
    others = [i for i in range(len(table.headings)) if i != number]
    return time_columns(table, (), others, zone)


def _of_series(table: FreeTable, zone: tzinfo | None) -> ReadRain:
    times = time_columns(table, zone=zone)
    if times is None:
        raise refused(table.name, "backtest.no_times", path=table.name)
    amount = _amount_column(table, set(times.numbers))
    if amount is None:
        raise refused(table.name, "backtest.no_amount", path=table.name)
    rows = [
        (at, line, cells)
        for line, cells in table.rows
        if (at := _start(table, times, line, cells)) is not None
    ]
    known = _named_factor(table, amount)
    most = _MOST_MM / (known or 1.0)
    totals = _series(replace(table, faults=Faults(table.name)), rows, amount, _MOST_TIMES * most)
    is_running = _is_running(table.headings[amount], totals)
    series = _series(table, rows, amount, _MOST_TIMES * most if is_running else most)
    has_clock = any(at.time() != time() for at, _ in series)
    series = _steps(series, most) if is_running else series
    step = _step(series)
    daily = not has_clock and step >= DAY
    to_mm, is_guess = _factor(known, _wettest_day(series))
    spells = [
        RainSpell(start=at, end=at + (DAY if daily else min(step, HOUR)), mm=value * to_mm)
        for at, value in series
        if value > 0
    ]
    return _read(table, spells, daily, to_mm, is_guess, is_running)


def _series(
    table: FreeTable, rows: Iterable[tuple[datetime, int, list[str]]], amount: int, most: float
) -> list[Amount]:
    """The amounts in order of time, of several gauges that of the one with most."""
    found: dict[datetime, float] = {}
    for at, line, cells in rows:
        value = _value(table, line, cells, amount, most)
        if value is not None:
            found[at] = max(value, found.get(at, 0.0))
    return sorted(found.items())


def _read(
    table: FreeTable,
    spells: Iterable[RainSpell],
    daily: bool,
    to_mm: float,
    is_guess: bool,
    is_running: bool,
) -> ReadRain:
    found = tuple(sorted(spells, key=lambda one: one.start))
    if not found:
        raise refused(table.name, "backtest.no_rain", path=table.name)
    record = RainRecord(spells=found, daily=daily)
    return ReadRain(record, table.faults, to_mm, is_guess, is_running)


def _amount_column(table: FreeTable, taken: set[int]) -> int | None:
    """The column of the amount: by its heading, else the first one of numbers."""
    passed = set(taken)
    keys = [heading_key(each) for each in table.headings]
    passed |= {i for i, key in enumerate(keys) if re.fullmatch(_NO_AMOUNT, key)}
    by_unit = [
        i
        for i, each in enumerate(table.headings)
        if i not in passed and _MM.search(plain(each).lower()) and _has_numbers(table, i)
    ]
    if by_unit:
        return by_unit[0]
    while (number := find_column(table.headings, _AMOUNTS, passed)) is not None:
        if _has_numbers(table, number):
            return number
        passed.add(number)
    rest = (i for i in range(len(keys)) if i not in passed and _has_numbers(table, i))
    return next(rest, None)


def _has_numbers(table: FreeTable, number: int) -> bool:
    return share(table.column(number), lambda cell: _amount(cell) is not None) >= 0.5


def _amount(cell: str) -> float | None:
    """What is written in a cell, in its own unit; trace is nought."""
    text = plain(cell).lower()
    if text in _TRACE:
        return 0.0
    found = _VALUE.fullmatch(text)
    return number_of(found["number"]) if found else None


def _value(
    table: FreeTable, line: int, cells: Sequence[str], column: int, most: float
) -> float | None:
    """The amount of a row, at most so much; what a station writes where it has nothing is none and
    no fault.
    """
    cell = cells[column] if column < len(cells) else ""
    if plain(cell).lower() in _MISSING:
        return None
    value = _amount(cell)
    if value is not None and (abs(value) in _BLANK):
        return None
    if value is None or not 0 <= value <= most:
        heading = table.headings[column] or None
        table.faults.add(line, heading, "backtest.bad_rain", value=cell[:40])
        return None
    return value


def _number(cells: Sequence[str], column: int | None) -> float | None:
    return number_of(cells[column]) if column is not None and column < len(cells) else None


def _start(
    table: FreeTable, times: TimeColumns, line: int, cells: Sequence[str]
) -> datetime | None:
    found = times.read(cells)
    if found is None:
        first = times.numbers[0]
        value = cells[first] if first < len(cells) else ""
        table.faults.add(line, table.headings[first] or None, "backtest.bad_time", value=value[:40])
        return None
    return found.at


def _named_factor(table: FreeTable, amount: int | None) -> float | None:
    """To millimetres by the heading or a unit in the cells; ``None`` where neither names one."""
    if amount is None:
        return 1.0
    units = {
        found["unit"]
        for cell in table.column(amount)
        if (found := _VALUE.fullmatch(plain(cell).lower())) and found["unit"]
    }
    words = f"{plain(table.headings[amount]).lower()} {' '.join(units)}"
    ways: tuple[tuple[Callable[[str], object], float], ...] = (
        (_TENTH.search, 0.1),
        (_MM.search, 1.0),
        (_CM.search, 10.0),
        (_INCH.search, MM_OF_INCH),
    )
    return next((factor for holds, factor in ways if holds(words)), None)


def _factor(known: float | None, largest: float) -> tuple[float, bool]:
    """To millimetres, and whether that is a guess: as it is named, else by how much there is."""
    if known is not None:
        return known, False
    return (MM_OF_INCH if 0 < largest < INCHES_BELOW else 1.0), True


def _largest(table: FreeTable, amount: int | None, most: float) -> float:
    """The largest amount that may be one."""
    if amount is None:
        return 0.0
    quiet = replace(table, faults=Faults(table.name))
    values = (_value(quiet, line, cells, amount, most) or 0.0 for line, cells in table.rows)
    return max(values, default=0.0)


def _wettest_day(series: Iterable[Amount]) -> float:
    by_day: dict[int, float] = {}
    for at, value in series:
        by_day[at.toordinal()] = by_day.get(at.toordinal(), 0.0) + value
    return max(by_day.values(), default=0.0)


def _is_running(heading: str, series: Sequence[Amount]) -> bool:
    """Whether it is a running total: the heading says so, or it hardly ever falls."""
    steps = [after - before for (_, before), (_, after) in pairwise(series)]
    rises, falls = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    hardly_falls = falls * _FALLS <= rises
    if _RUNNING.search(heading_key(heading)) or _RUNNING.search(plain(heading).lower()):
        return hardly_falls or rises < _RISES
    return rises >= _RISES and hardly_falls


def _steps(series: Sequence[Amount], most: float) -> list[Amount]:
    """What fell in each step of a running total; one that falls has begun anew, and one that leaps
    further than any rain is another gauge's.
    """
    steps = (
        (at, after - before if after >= before else after)
        for (_, before), (at, after) in pairwise(series)
    )
    return [(at, step) for at, step in steps if step <= most]


def _step(series: Sequence[Amount]) -> timedelta:
    """How far its times lie apart, as a rule."""
    apart = [(after - before).total_seconds() for (before, _), (after, _) in pairwise(series)]
    return timedelta(seconds=median(apart)) if apart else HOUR
