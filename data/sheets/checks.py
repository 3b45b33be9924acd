"""What must hold between the cells of the tables: ids, references, positions, times. One error for
every breach.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from data.errors import RowError
from data.geo import distance_m, to_wgs84
from data.model.city import SANITATION, Position
from data.model.roster import KNOWN_PATTERNS
from data.sheets.columns import Layout
from data.sheets.layout import LAYOUTS
from data.sheets.words import ABSENCE_WORDS, MACHINE_WORDS

FAR_M = 20_000
"""So far outside of the outline, a position is a mistake and not a neighbour."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row that was read: its number and its values by column, each of the type that the column's
    cell reads; a value that could not be read is missing.
    """

    row: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read: its layout, its name and headings as written, its records."""

    layout: Layout
    title: str
    headings: Mapping[str, str]
    records: tuple[Record, ...]

    def error(
        self, record: Record | None, column: str | None, code: str, **facts: object
    ) -> RowError:
        heading = self.headings.get(column, self.layout.column(column).zh) if column else None
        return RowError(self.title, record.row if record else None, heading, code, facts)


def check_city(tables: Mapping[str, Table]) -> Iterator[RowError]:
    """Everything that is wrong between the rows of these tables."""
    for layout in LAYOUTS:
        if table := tables.get(layout.name):
            yield from _ids(table)
            yield from _references(table, tables)
            yield from _positions(table, _box(tables.get("outline")))
    for name, check in (
        ("district", _one_district),
        ("outline", _closed),
        ("stations", partial(_roads, tables)),
        ("shifts", _breaks),
        ("blockages", _order),
    ):
        if name in tables:
            yield from check(tables[name])
    if "rotations" in tables:
        yield from _patterns(tables["rotations"], tables)
    if "named_posts" in tables:
        yield from _named(tables["named_posts"], tables)
    if "roster" in tables:
        yield from _roster(tables["roster"], tables)
    if "works" in tables:
        yield from _works(tables["works"])
    if "levels" in tables:
        yield from _placed(tables["levels"], tables)


def _roads(tables: Mapping[str, Table], stations: Table) -> Iterator[RowError]:
    """Roads are sanitation's: another service works on them and has none of its own."""
    service = {record.values.get("id"): record.values.get("service") for record in stations.records}
    roads = tables.get("segments")
    if roads is None:
        return
    for record in roads.records:
        if service.get(record.values.get("station_id"), SANITATION) not in (SANITATION, None):
            yield roads.error(record, "station_id", "sheets.road_of_service")


def _ids(table: Table) -> Iterator[RowError]:
    first: dict[object, int] = {}
    for record in table.records:
        name = record.values.get("id")
        if name is None:
            continue
        if name in first:
            yield table.error(record, "id", "sheets.duplicate_id", id=name, first=first[name])
        first.setdefault(name, record.row)


def _references(table: Table, tables: Mapping[str, Table]) -> Iterator[RowError]:
    for column in table.layout.columns:
        if column.target is None or column.target not in tables:
            continue
        target = tables[column.target]
        known = {record.values.get("id") for record in target.records}
        for record in table.records:
            name = record.values.get(column.name)
            if name is not None and name not in known:
                near = get_close_matches(str(name), [str(one) for one in known], n=1, cutoff=0.5)
                code = "sheets.no_such_id_near" if near else "sheets.no_such_id"
                yield table.error(
                    record,
                    column.name,
                    code,
                    id=name,
                    sheet=target.title,
                    **({"near": near[0]} if near else {}),
                )


Box = tuple[float, float, float, float]


def _box(outline: Table | None) -> Box | None:
    """West, south, east and north of the outline in WGS-84."""
    places = (
        [place for record in outline.records if (place := _place(record)) and abs(place[1]) <= 90]
        if outline
        else []
    )
    if not places:
        return None
    return (
        min(lon for lon, _ in places),
        min(lat for _, lat in places),
        max(lon for lon, _ in places),
        max(lat for _, lat in places),
    )


def _place(record: Record) -> Position | None:
    lon, lat, system = (record.values.get(name) for name in ("lon", "lat", "crs"))
    return None if lon is None or lat is None or system is None else to_wgs84((lon, lat), system)


def _positions(table: Table, box: Box | None) -> Iterator[RowError]:
    is_outline = table.layout.name == "outline"
    for record in table.records:
        system = record.values.get("crs")
        course = record.values.get("line")
        if system and course:
            places, column = [to_wgs84(place, system) for place in course], "line"
        else:
            places, column = [place for place in (_place(record),) if place], "lat"
        for place in places:
            if wrong := _misplaced(place, None if is_outline else box):
                code, facts = wrong
                yield table.error(record, column, code, **facts)
                break


def _misplaced(place: Position, box: Box | None) -> tuple[str, dict[str, object]] | None:
    lon, lat = place
    facts: dict[str, object] = {"lon": round(lon, 5), "lat": round(lat, 5)}
    if abs(lat) > 90 or abs(lon) > 180:
        swapped = abs(lon) <= 90 and abs(lat) <= 180
        return ("sheets.swapped" if swapped else "sheets.not_on_earth"), facts
    if box is None or (away := _outside_m(place, box)) <= FAR_M:
        return None
    if abs(lon) <= 90 and _outside_m((lat, lon), box) <= FAR_M:
        return "sheets.swapped", facts
    return "sheets.far_away", {**facts, "km": round(away / 1000)}


def _outside_m(place: Position, box: Box) -> float:
    west, south, east, north = box
    return distance_m(place, (min(max(place[0], west), east), min(max(place[1], south), north)))


def _one_district(table: Table) -> Iterator[RowError]:
    if len(table.records) != 1:
        yield table.error(None, None, "sheets.one_district", count=len(table.records))


def _closed(table: Table) -> Iterator[RowError]:
    if 0 < len(table.records) < 3:
        yield table.error(None, None, "sheets.short_outline", count=len(table.records))


def _breaks(table: Table) -> Iterator[RowError]:
    """A break lies in a window of its own, which lies in the shift."""
    for record in table.records:
        minutes, start, end, opens, closes = (
            record.values.get(name)
            for name in ("break_minutes", "start", "end", "break_from", "break_to")
        )
        if not minutes or start is None or end is None:
            continue
        if opens is None or closes is None:
            yield table.error(
                record, "break_from" if opens is None else "break_to", "sheets.no_break_window"
            )
            continue
        turn, first, last = (
            _after(start, end) or timedelta(days=1),
            _after(start, opens),
            _after(start, closes),
        )
        if last < first + timedelta(minutes=minutes) or last > turn:
            yield table.error(record, "break_from", "sheets.bad_break_window", minutes=minutes)


def _after(start: time, later: time) -> timedelta:
    """How long after ``start`` it is ``later``, within a day."""
    day = datetime(2000, 1, 1)
    return (datetime.combine(day, later) - datetime.combine(day, start)) % timedelta(days=1)


def _order(table: Table) -> Iterator[RowError]:
    for record in table.records:
        reported, cleared = record.values.get("reported_at"), record.values.get("cleared_at")
        if reported and cleared and cleared < reported:
            yield table.error(record, "cleared_at", "sheets.cleared_before")


def _roster(table: Table, tables: Mapping[str, Table]) -> Iterator[RowError]:
    """A day of one worker, told once: a shift, an absence, or a swap with another."""

    def ids(name: str) -> set[object]:
        return {one.values.get("id") for one in tables[name].records} if name in tables else set()

    shifts, workers = ids("shifts"), {"crew_id": ids("crews"), "driver_id": ids("drivers")}
    workers["person_id"] = ids("people")
    own = _services(tables).get
    first: dict[tuple, int] = {}
    for record in table.records:
        named = [column for column in workers if record.values.get(column) is not None]
        duty, other = record.values.get("duty"), record.values.get("swap_with")
        if len(named) != 1:
            yield table.error(record, "crew_id", "sheets.one_worker")
            continue
        key = (record.values.get("day"), named[0], record.values[named[0]])
        if first.setdefault(key, record.row) != record.row:
            yield table.error(record, "day", "sheets.day_twice", first=first[key])
        if duty is None and other is None:
            yield table.error(record, "duty", "sheets.no_duty")
        if duty is not None and duty not in ABSENCE_WORDS and duty not in shifts:
            yield table.error(record, "duty", "sheets.no_such_shift", id=duty)
        if other is not None and other not in workers[named[0]] - {record.values[named[0]]}:
            yield table.error(record, "swap_with", "sheets.no_such_worker", id=other)
        elif other is not None and len({own(one) for one in (record.values[named[0]], other)}) > 1:
            yield table.error(record, "swap_with", "sheets.other_service", id=other)


def _services(tables: Mapping[str, Table]) -> dict[object, object]:
    """Whose each crew, driver and person is: that of the station."""
    stations, machines = _column(tables, "stations", "service"), _column(tables, "machines")
    at = _column(tables, "crews") | _column(tables, "people")
    drivers = _column(tables, "drivers", "machine_id")
    at |= {one: machines.get(machine) for one, machine in drivers.items()}
    return {one: stations.get(station) for one, station in at.items()}


def _named(table: Table, tables: Mapping[str, Table]) -> Iterator[RowError]:
    """The first and the second of a post are two, each a crew or a person."""
    known = Counter(
        one.values.get("id")
        for name in ("crews", "people")
        if name in tables
        for one in tables[name].records
    )
    rows: dict[tuple[object, object], int] = {}
    for record in table.records:
        post = record.values.get("segment_id"), record.values.get("shift_id")
        if rows.setdefault(post, record.row) != record.row:
            yield table.error(record, "segment_id", "sheets.post_twice", first=rows[post])
        first, second = (record.values.get(name) for name in ("first_id", "second_id"))
        for column, name in (("first_id", first), ("second_id", second)):
            if name is not None and not known[name]:
                yield table.error(record, column, "sheets.no_such_worker", id=name)
            if name is not None and known[name] > 1:
                yield table.error(record, column, "sheets.crew_and_person", id=name)
        if first is not None and first == second:
            yield table.error(record, "second_id", "sheets.no_such_worker", id=second)


def _placed(table: Table, tables: Mapping[str, Table]) -> Iterator[RowError]:
    """Machines that stand ready are sanitation's, each at one place, and each place is there."""
    stations, machines = _column(tables, "stations", "service"), _column(tables, "machines")
    own = {one for one, at in machines.items() if stations.get(at, SANITATION) == SANITATION}
    places = {*_column(tables, "segments"), *stations}
    for record in table.records:
        first: set[tuple[str, str]] = set()
        for one in record.values.get("placed", ()):
            is_kind = one.what in MACHINE_WORDS and one.what not in machines
            key = one.what, one.place if is_kind else ""
            if one.place not in places:
                code, facts = _unknown(one.place, places)
            elif not is_kind and one.what not in machines:
                words = [each for names in MACHINE_WORDS.values() for each in names]
                code, facts = _unknown(one.what, [*machines, *words])
            elif not is_kind and one.what not in own:
                code, facts = "sheets.placed_of_others", {"id": one.what}
            elif key in first or (not is_kind and one.number > 1):
                code, facts = "sheets.placed_twice", {"id": one.what}
            else:
                first.add(key)
                continue
            yield table.error(record, "placed", code, **facts)


def _unknown(name: str, known: Collection[Any]) -> tuple[str, dict[str, object]]:
    near = get_close_matches(name, [str(one) for one in known], n=1, cutoff=0.5)
    facts: dict[str, object] = {"id": name, **({"near": near[0]} if near else {})}
    return ("sheets.not_there_near" if near else "sheets.not_there"), facts


def _column(
    tables: Mapping[str, Table], name: str, key: str = "station_id"
) -> dict[object, object]:
    """What stands in one column of a table, by id."""
    records = tables[name].records if name in tables else ()
    return {one.values.get("id"): one.values.get(key) for one in records}


def _works(table: Table) -> Iterator[RowError]:
    """What a work waits for is there, and no work waits for itself, however indirectly."""
    by_id = {record.values.get("id"): record for record in table.records}
    for record in table.records:
        for other in record.values.get("after", ()):
            if other not in by_id:
                yield table.error(record, "after", "sheets.no_such_id", id=other, sheet=table.title)
    waits = {key: record.values.get("after", ()) for key, record in by_id.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle = [str(key) for key in error.args[1]]
        yield table.error(
            by_id[error.args[1][0]], "after", "sheets.works_circle", works=" ← ".join(circle)
        )


def _patterns(table: Table, tables: Mapping[str, Table]) -> Iterator[RowError]:
    """Each day of a pattern is a shift, the own one or none; a known one stands alone."""
    shifts = (
        {one.values.get("id") for one in tables["shifts"].records} if "shifts" in tables else ()
    )
    for record in table.records:
        pattern = record.values.get("pattern", ())
        if any(word in KNOWN_PATTERNS for word in pattern) and len(pattern) == 1:
            continue
        for word in pattern:
            if word not in ("on", "off") and word not in shifts:
                yield table.error(record, "pattern", "sheets.no_such_shift", id=word)
