"""Duty sheets as an Excel workbook: what stands on the paper, a sheet for each station, to sort,
filter and pass on. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from data.model.city import City
from data.model.operation import LevelOrder
from data.model.plan import PlanVersion, Rest
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.duty_sheet import common, lent_lines, open_lines, sheets_of
from ops.documents.spreadsheets import as_excel
from ops.documents.tables import Cell, Table
from ops.field.needs import Need
from ops.planning.duty_sheets import StationSheet, Stop, UnitSheet, joined
from ops.planning.left_out_groups import left_out_groups
from weather.model import Alert

_ABOUT = ("version", "drill", "alert", "level", "basis", "stale", "foot")
_WORK = (
    "unit",
    "leader",
    "size",
    "shift",
    "leave",
    "arrive",
    "done",
    "phase",
    "job",
    "place",
    "count",
    "inlets",
    "with",
    "why",
    "state",
)
_LEFT = ("station", "phase", "left", "places", "why")


def duty_book(
    version: PlanVersion,
    city: City,
    alerts: Sequence[Alert],
    t: Translator,
    station: str | None = None,
    order: LevelOrder | None = None,
    needs: Sequence[Need] = (),
) -> bytes:
    """The sheets of all stations, or of one, as a workbook; the arguments are those of
    `duty_sheet_pdf.duty_sheets`.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = sheets_of(version, city, station)
    about = common(version, city, alerts, t, order) | {
        "drill": t("paper.drill") if version.drill else ""
    }
    rows = tuple((t(f"book.{key}"), about[key]) for key in _ABOUT if about[key])
    return as_excel(
        [
            Table(title=t("book.about"), heads=_heads(t, ("item", "content")), rows=rows),
            *(_work(sheet, version, city, t) for sheet in sheets),
            _left_out(sheets, city, t),
            *([_open(sheets, needs, t)] if needs else []),
        ],
        t,
    )


def _heads(t: Translator, keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(t(f"book.{key}") for key in keys)


def _work(sheet: StationSheet, version: PlanVersion, city: City, t: Translator) -> Table:
    """One station's work; in a drill the sheet's name says so: it may be passed on alone."""
    title = (
        t("book.drill_sheet", station=sheet.station.name) if version.drill else sheet.station.name
    )
    return Table(
        title=title,
        heads=_heads(t, _WORK),
        rows=tuple(
            row for unit in sheet.units for row in _unit(joined(unit), sheet.station.id, city, t)
        ),
    )


def _unit(
    unit: UnitSheet, station_id: str, city: City, t: Translator
) -> Iterator[tuple[Cell, ...]]:
    """One unit's rows, rests among the stops in order of time."""
    name = (
        labels.said(t, unit.name)
        if unit.machine_kind is None
        else f"{labels.machine_name(t, unit.machine_kind)} {unit.name}"
    )
    shift = labels.with_hours(t, unit.shift.name, unit)
    who = (name, labels.said(t, unit.leader), unit.size, shift)
    parts: list[tuple[datetime, tuple[Cell, ...]]] = [
        (rest.start_at, _rest(rest, t)) for rest in unit.rests
    ]
    parts += [(stop.leave_at, _stop(stop, station_id, city, t)) for stop in unit.stops]
    yield from ((*who, *cells) for _, cells in sorted(parts, key=lambda part: part[0]))


def _stop(stop: Stop, station_id: str, city: City, t: Translator) -> tuple[Cell, ...]:
    job = stop.assignment
    return (
        stop.leave_at,
        stop.arrive_at,
        job.end_at,
        labels.phase_name(t, job.phase),
        labels.job_name(t, job.kind),
        labels.work_place(t, city, job, station_id),
        len(job.inlet_ids) or None,
        " ".join(job.inlet_ids),
        labels.join(t, labels.partner_names(t, city, stop.partners)),
        labels.why_short(t, job),
        t(f"state.{job.state}"),
    )


def _rest(rest: Rest, t: Translator) -> tuple[Cell, ...]:
    return (
        rest.start_at,
        None,
        rest.end_at,
        "",
        labels.rest_name(t, rest),
        "",
        None,
        "",
        "",
        "",
        "",
    )


def _open(sheets: Sequence[StationSheet], needs: Sequence[Need], t: Translator) -> Table:
    """What still stands open at these stations."""
    rows = tuple(
        (sheet.station.name, line)
        for sheet in sheets
        for line in (*lent_lines(sheet, t), *open_lines(needs, sheet.station.id, t))
    )
    return Table(title=t("paper.open"), heads=_heads(t, ("station", "content")), rows=rows)


def _left_out(sheets: Sequence[StationSheet], city: City, t: Translator) -> Table:
    rows = tuple(
        (
            sheet.station.name,
            labels.phase_name(t, group.phase),
            labels.left_title(t, group),
            labels.left_places(t, group),
            labels.left_why(t, group),
        )
        for sheet in sheets
        for group in left_out_groups(sheet.left_out, city)
    )
    return Table(title=t("paper.left_out"), heads=_heads(t, _LEFT), rows=rows)
