"""A record of reports as a bureau has it -> places, days, counts.

One row for each report, or for each day and place with a count; or a table of days with a column
for each place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from pathlib import Path

from data.files.raw import plain
from data.model.past_record import KnownPlace, ReportRecord
from data.sheets.foreign.free_tables import (
    Faults,
    FreeTable,
    find_column,
    is_number,
    number_of,
    read_table,
    refused,
    share,
)
from data.sheets.time_columns import GENERIC, TimeColumns, is_heading, time_columns

_REPORTED = (
    r"(report|open|creat|occur|receiv|request|call|incident|event|found|observ|complain)"
    r"(ed|d|s|ing)?(_?(at|on|time|date|day|date_?time|dt|ts))?",
    r"(上报|报告|接报|发现|来电|投诉|发生|受理|登记|创建|反映|报修|接警|堵塞)(的)?(时间|日期|时刻)?",
)
_CLOSED = (
    r".*(clos|clear|clean|complet|finish|resol|updat|modif|end|疏通|完成|结案|办结|关闭|更新).*"
)
_PLACES = (
    r"places?(_?(id|name|code|no|number))?|地点(编号|名称|id)?|点位(编号|名称|id)?",
    r"(inlet|asset|drain|basin|catch_?basin|gull(y|ey)|manhole|grate)s?(_?(id|name|code|no))?",
    r"雨水口(编号|名称|id)?|收水口(编号)?|井号|井编号|管井编号|雨水井(编号)?|设施编号",
    r"(location|site|spot|point|hot_?spot)s?(_?(id|name|code|no))?|位置(编号)?|部位|积水点(编号|名称)?",
    r"(road_?)?(segment|section|link)s?(_?(id|name|code|no))?|路段(编号|名称|id)?",
    r"(street|road)s?(_?(id|name|code|no))?|道路(编号|名称)?|街道(编号|名称)?|路名",
    r"(community_?)?areas?(_?(id|name|code|no|number))?|communit(y|ies)|neighbou?rhoods?",
    r"(zone|district|ward|grid|cell|tract|zip|precinct|sector|block)s?(_?(id|name|code|no))?",
    r"区域(编号|名称)?|片区|社区|辖区|网格(编号)?|小区|街镇",
    r"(object|facility|station|unit)_?(id|name|code)?|name|名称|站点|编号|id|code|key|地址|address",
)
_COUNTS = (
    r"n|counts?|cnt|(n|num|no|number)_?(of)?_?(calls|reports|requests|complaints|cases|incidents|"
    r"events|blockages)|(calls|reports|requests|complaints|cases|incidents|events|blockages|total)"
    r"(_?(count|total|n))?|.*_counts?|qty|quantity|freq(uency)?|value",
    r"次数|数量|件数|起数|个数|数|.*(次数|件数|起数|数量|报告数|上报数|来电数|投诉数|工单数|投诉量|来电量)",
)
_SINCE = (
    r"(in_?)?service(_?(since|from|date|start|day|on))?|in_service_(on|at|from|since)",
    r"since|(install|commission|built|construct|open|start|begin|activ)(ed|ation|s)?"
    r"(_?(on|at|date|day|time))?|(valid_)?from|service_start(_date)?",
    r"(启用|投用|投入使用|建成|安装|竣工|投运|开始|使用|移交|接管)(的)?(时间|日期)?",
)
_ROADS = (
    r"(road_?)?(segment|section|link)s?(_?(id|name|code|no))?|路段(编号|名称|id)?",
    r"(street|road)s?(_?(id|name|code|no))?|道路(编号|名称)?|街道(编号|名称)?|路名",
    r"(group|area|zone|district)s?(_?(id|name|code))?|片区|区域|分组",
)
_WIDE = 3
"""So many columns of numbers and no place: each is a place."""


@dataclass(frozen=True, slots=True)
class ReadReports:
    """A record of reports as it was read, which of its rows could not be, and the offset from UTC
    that most of its times say, where they say one.
    """

    record: ReportRecord
    faults: Faults
    offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ReadPlaces:
    """A list of places as it was read, and which of its rows could not be."""

    places: tuple[KnownPlace, ...]
    faults: Faults


def place_key(cell: str) -> str:
    """A place's name so that two files mean the same by it."""
    name = " ".join(plain(cell).split()).casefold()
    return name[:-2] if name.endswith(".0") and name[:-2].isdigit() else name


def read_reports(path: Path, zone: tzinfo | None = None) -> ReadReports:
    """The reports of a file.

    Parameters
    ----------
    zone
        By whose clock it is told what says an offset; ``None``: as it is written.

    Raises
    ------
    BadSheets
        It can't be read, or nobody can tell where its times and places stand.
    """
    table = read_table(path, is_heading)
    closed = [i for i, each in enumerate(table.headings) if find_column([each], [_CLOSED]) == 0]
    times = time_columns(table, (*_REPORTED, *GENERIC), closed, zone)
    times = times or time_columns(table, zone=zone)
    if times is None:
        raise refused(table.name, "backtest.no_times", path=table.name)
    place = find_column(table.headings, _PLACES, times.numbers)
    wide = _wide_columns(table, times) if place is None else []
    if wide:
        entries = _of_wide(table, times, wide)
    else:
        place, count = _place_and_count(table, times, place)
        entries = _of_long(table, times, place, count)
    days, places, counts = [], [], []
    for day, name, number in sorted(entries, key=lambda entry: entry[0]):
        days.append(day)
        places.append(name)
        counts.append(number)
    if not days:
        raise refused(table.name, "backtest.no_reports", path=table.name)
    record = ReportRecord(days=tuple(days), places=tuple(places), counts=tuple(counts))
    return ReadReports(record, table.faults, times.offset)


def _wide_columns(table: FreeTable, times: TimeColumns) -> list[int]:
    rest = [i for i, each in enumerate(table.headings) if i not in times.numbers and each]
    numbers = [i for i in rest if share(table.column(i), is_number) >= 0.9]
    return numbers if len(numbers) >= _WIDE and len(numbers) >= 0.8 * len(rest) else []


def _place_and_count(
    table: FreeTable, times: TimeColumns, place: int | None
) -> tuple[int, int | None]:
    taken = {*times.numbers} | (set() if place is None else {place})
    count = find_column(table.headings, _COUNTS, taken)
    if count is not None and share(table.column(count), is_number) < 0.8:
        count = None
    free = [i for i in range(len(table.headings)) if i not in taken and i != count]
    free = [i for i in free if table.column(i)]
    if place is None:
        words = [i for i in free if share(table.column(i), is_number) < 0.5]
        place = next(iter(words or free), None)
        if count is None and not any(table.headings):
            rest = [i for i in free if i != place and share(table.column(i), is_number) >= 0.8]
            count = next(iter(rest), None)
    if place is None:
        raise refused(table.name, "backtest.no_places", path=table.name)
    return place, count


def _of_wide(
    table: FreeTable, times: TimeColumns, columns: Iterable[int]
) -> Iterator[tuple[int, str, float]]:
    names = {number: place_key(table.headings[number]) for number in columns}
    for line, cells in table.rows:
        found = times.read(cells)
        if found is None:
            _no_time(table, times, line, cells)
            continue
        day = found.at.toordinal()
        for number, name in names.items():
            cell = cells[number] if number < len(cells) else ""
            if not cell:
                continue
            count = number_of(cell)
            if count is None or count < 0:
                heading = table.headings[number]
                table.faults.add(line, heading, "backtest.bad_count", value=cell[:40])
            else:
                yield day, name, count


def _of_long(
    table: FreeTable, times: TimeColumns, place: int, count: int | None
) -> Iterator[tuple[int, str, float]]:
    for line, cells in table.rows:
        found = times.read(cells)
        name = place_key(cells[place]) if place < len(cells) else ""
        if found is None:
            _no_time(table, times, line, cells)
        elif not name:
            table.faults.add(line, table.headings[place] or None, "backtest.blank_place")
        elif count is None:
            yield found.at.toordinal(), name, 1.0
        else:
            cell = cells[count] if count < len(cells) else ""
            number = number_of(cell)
            if number is None or not 0 <= number < 1e6:
                heading = table.headings[count] or None
                table.faults.add(line, heading, "backtest.bad_count", value=cell[:40])
            else:
                yield found.at.toordinal(), name, number


def _no_time(table: FreeTable, times: TimeColumns, line: int, cells: list[str]) -> None:
    first = times.numbers[0]
    value = cells[first] if first < len(cells) else ""
    table.faults.add(line, table.headings[first] or None, "backtest.bad_time", value=value[:40])


def read_places(path: Path) -> ReadPlaces:
    """The list of places of a file; one that stands there twice counts once, by its first row.

    Raises
    ------
    BadSheets
        It can't be read, or nobody can tell where its places stand.
    """
    table = read_table(path, _is_heading_of_places)
    since = find_column(table.headings, _SINCE)
    place = find_column(table.headings, _PLACES, () if since is None else (since,))
    place = 0 if place is None else place
    times = _since(table, since, place)
    taken = {place, *(times.numbers if times else ())}
    road = find_column(table.headings, _ROADS, taken)
    found: dict[str, KnownPlace] = {}
    for line, cells in table.rows:
        name = place_key(cells[place]) if place < len(cells) else ""
        if not name:
            table.faults.add(line, table.headings[place] or None, "backtest.blank_place")
            continue
        at = times.read(cells) if times else None
        cell = cells[since] if since is not None and since < len(cells) else ""
        if times and cell and at is None:
            heading = table.headings[times.numbers[0]] or None
            table.faults.add(line, heading, "backtest.bad_time", value=cell[:40])
        lies_on = place_key(cells[road]) if road is not None and road < len(cells) else ""
        new = KnownPlace(name=name, road=lies_on, since=at.at.date() if at else None)
        found.setdefault(name, new)
    if not found:
        raise refused(table.name, "backtest.no_places", path=table.name)
    return ReadPlaces(tuple(found.values()), table.faults)


def _is_heading_of_places(cells: list[str]) -> bool:
    return find_column(cells, (*_PLACES, *_SINCE)) is not None


def _since(table: FreeTable, since: int | None, place: int) -> TimeColumns | None:
    others = {i for i in range(len(table.headings)) if i != since}
    if since is not None:
        return time_columns(table, (), others)
    if not any(table.headings):
        return time_columns(table, (), {place})
    return None
