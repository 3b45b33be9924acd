"""Closed streets as a table: a works plan, a list of the traffic police."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data.errors import BadSheets
from data.model.city import City, Segment
from data.sheets.foreign.free_tables import find_column, heading_key, number_of, read_table
from ops.base.errors import Invalid
from ops.field.water.street_closures import ClosureOrder

HEADINGS: dict[str, tuple[str, ...]] = {
    "segment": (r"segment(_id)?", r"路段(编号)?"),
    "road": (r"road|street", r"道路(名称)?|路名"),
    "start": (r"start|from_place", r"起点(名称)?"),
    "end": (r"end|to_place", r"止点|终点"),
    "from": (r"from(_at|_time)?|begins?", r"开始(时间)?|封闭时间|自"),
    "to": (r"to(_at|_time)?|until|ends?", r"结束(时间)?|开放时间|恢复时间|至"),
    "share": (r"speed_share|share|speed", r"剩余车速|通行比例"),
    "entry": (r"entry|access", r"可进入|允许进入"),
    "reason": (r"reason|why|works", r"原因|事由|说明|工程"),
    "number": (r"number|no|id|order", r"编号|单号|序号|工单号?"),
}
NO = ("否", "no", "n", "0", "false")
SOURCE = "table"


def read_closures(path: Path, city: City, now: datetime) -> list[ClosureOrder]:
    """The closures of a CSV or Excel file: a row names a segment by its id, or a road and, where
    only a stretch of it is meant, the places between which it lies.

    Raises
    ------
    BadSheets
        With everything that is wrong, by row: then none is taken.
    """
    table = read_table(path, lambda cells: any(_is_heading(cell) for cell in cells))
    columns: dict[str, int] = {}
    for name, ways in HEADINGS.items():
        number = find_column(table.headings, ways, columns.values())
        if number is not None:
            columns[name] = number
    zone = ZoneInfo(city.district.time_zone)
    found: list[ClosureOrder] = []
    for line, cells in table.rows:
        try:
            found += _orders(cells, columns, city, zone)
        except Invalid as refused:
            table.faults.add(line, None, refused.code, **refused.facts)
    if table.faults.count or not found:
        if not found and not table.faults.count:
            table.faults.add(1, None, "closure.no_rows")
        raise BadSheets(tuple(table.faults.told))
    return found


def _is_heading(cell: str) -> bool:
    key = heading_key(cell)
    return any(re.fullmatch(way, key) for ways in HEADINGS.values() for way in ways)


def _cell(cells: list[str], columns: dict[str, int], name: str) -> str:
    number = columns.get(name)
    return cells[number].strip() if number is not None and number < len(cells) else ""


def _orders(
    cells: list[str], columns: dict[str, int], city: City, zone: ZoneInfo
) -> list[ClosureOrder]:
    def text(name: str) -> str:
        return _cell(cells, columns, name)

    segments = _segments(text, city)
    share = number_of(text("share")) if text("share") else 0.0
    if share is None or not 0 <= share <= 1:
        raise Invalid("closure.bad_share", share=text("share"))
    begin, end = (_instant(text(name), zone) for name in ("from", "to"))
    return [
        ClosureOrder(
            segment_id=segment.id,
            speed_share=share,
            entry=text("entry").lower() not in NO,
            reason=text("reason"),
            from_at=begin,
            to_at=end,
            source=SOURCE,
            external_id=f"{text('number')}/{segment.id}" if text("number") else None,
        )
        for segment in segments
    ]


def _segments(text: Callable[[str], str], city: City) -> list[Segment]:
    """The segments that a row names."""
    if text("segment"):
        segment = city.segment_by_id.get(text("segment"))
        if segment is None:
            raise Invalid("closure.no_segment", segment=text("segment"))
        return [segment]
    ends = {text("start"), text("end")} - {""}
    found = [
        segment
        for segment in city.segments
        if segment.road == text("road") and ends <= {segment.start_name, segment.end_name}
    ]
    if not found or not text("road"):
        raise Invalid("closure.no_road", road=text("road"), ends=tuple(sorted(ends)))
    return found


def _instant(cell: str, zone: ZoneInfo) -> datetime | None:
    if not cell:
        return None
    try:
        at = datetime.fromisoformat(cell.replace("/", "-"))
    except ValueError:
        raise Invalid("closure.bad_time", time=cell) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
