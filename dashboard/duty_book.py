"""Duty sheets as an Excel workbook: what stands on the paper, a sheet for each station, to sort, filter and pass on.
Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dashboard import words
from dashboard.books import as_excel
from dashboard.paper import common, sheets_of
from dashboard.tables import Cell, Table
from data.entities import City, LevelOrder, PlanVersion, Rest
from ops.duty import StationSheet, Stop, UnitSheet, joined
from ops.text import Speaker
from weather.forecast import Alert

_ABOUT = ("version", "drill", "alert", "level", "basis", "stale", "foot")
_WORK = ("unit", "leader", "size", "shift", "leave", "arrive", "done", "phase", "job", "place", "count", "inlets",
         "with", "why", "state")
_LEFT = ("station", "phase", "left", "places", "why")


def duty_book(version: PlanVersion, city: City, alerts: Sequence[Alert], say: Speaker,
              station: str | None = None, order: LevelOrder | None = None) -> bytes:
    """The sheets of all stations, or of one, as a workbook; the arguments are those of ``paper.duty_sheets``.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = sheets_of(version, city, station)
    about = common(version, city, alerts, say, order) | {"drill": say("paper.drill") if version.drill else ""}
    rows = tuple((say(f"book.{key}"), about[key]) for key in _ABOUT if about[key])
    return as_excel([Table(title=say("book.about"), heads=_heads(say, ("item", "content")), rows=rows),
                     *(_work(sheet, version, city, say) for sheet in sheets), _left_out(sheets, city, say)], say)


def _heads(say: Speaker, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(say(f"book.{key}") for key in keys)


def _work(sheet: StationSheet, version: PlanVersion, city: City, say: Speaker) -> Table:
    """One station's work; in a drill the name of its sheet says so, for it may be passed on alone."""
    title = say("book.drill_sheet", station=sheet.station.name) if version.drill else sheet.station.name
    return Table(title=title, heads=_heads(say, _WORK),
                 rows=tuple(row for unit in sheet.units for row in _unit(joined(unit), sheet.station.id, city, say)))


def _unit(unit: UnitSheet, station_id: str, city: City, say: Speaker) -> Iterator[tuple[Cell, ...]]:
    """One unit's rows, rests among the stops in order of time."""
    name = unit.name if unit.machine_kind is None else f"{words.machine_name(say, unit.machine_kind)} {unit.name}"
    who = (name, unit.leader, unit.size, unit.shift.name)
    parts: list[tuple[datetime, tuple[Cell, ...]]] = [(rest.start_at, _rest(rest, say)) for rest in unit.rests]
    parts += [(stop.leave_at, _stop(stop, station_id, city, say)) for stop in unit.stops]
    yield from ((*who, *cells) for _, cells in sorted(parts, key=lambda part: part[0]))


def _stop(stop: Stop, station_id: str, city: City, say: Speaker) -> tuple[Cell, ...]:
    job = stop.assignment
    return (stop.leave_at, stop.arrive_at, job.end_at, words.phase_name(say, job.phase), words.job_name(say, job.kind),
            words.work_place(say, city, job, station_id), len(job.inlet_ids) or None, " ".join(job.inlet_ids),
            words.join(say, words.partner_names(say, city, stop.partners)), words.why_short(say, job),
            say(f"state.{job.state}"))


def _rest(rest: Rest, say: Speaker) -> tuple[Cell, ...]:
    return (rest.start_at, None, rest.end_at, "", say("paper.rest"), "", None, "", "", "", "")


def _left_out(sheets: Sequence[StationSheet], city: City, say: Speaker) -> Table:
    rows = tuple((sheet.station.name, words.phase_name(say, group.phase), group.title,
                  words.join(say, group.places), group.why)
                 for sheet in sheets for group in words.left_out_groups(say, city, sheet.left_out))
    return Table(title=say("paper.left_out"), heads=_heads(say, _LEFT), rows=rows)
