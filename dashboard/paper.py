"""Duty sheets on paper: a plan version -> one PDF, a sheet for each station. The Chinese type is a package's own.

``python -m dashboard.paper --db URL --out FILE [--station ID] [--operation N --version N] [--lang zh|en]`` prints the
plan in force, or the one asked for; a file named ``.xlsx`` is written as a workbook.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pylopdf_fonts_zh_cn
import segno
import typst

from dashboard import words
from data.entities import City, LevelOrder, PlanVersion, RainOutlook, Rest
from ops.access import CONSOLE
from ops.duty import StationSheet, Stop, UnitSheet, changes_for, joined, station_sheets
from ops.home import home
from ops.levels import proposed
from ops.settings import load
from ops.standing import colour_of, is_standing
from ops.text import LANGUAGES, Speaker
from weather.forecast import Alert

if TYPE_CHECKING:
    from data.store import Store

MOST_CHANGES = 12  # the chief reads these at night; the board has them all


def duty_sheets(version: PlanVersion, city: City, alerts: Sequence[Alert], say: Speaker,
                station: str | None = None, order: LevelOrder | None = None,
                addresses: Mapping[str, str] | None = None) -> bytes:
    """The sheets of all stations, or of one, as a PDF.

    Parameters
    ----------
    alerts
        Those that the version stands on; the first is named at the head.
    station
        Id or name of the only one wanted.
    order
        The order of the response level that the version was made under.
    addresses
        Of the signed links, by station: whoever scans the code on a sheet is there.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = sheets_of(version, city, station)
    document = common(version, city, alerts, say, order) | {
        "lang": say.language, "words": _words(say),
        "sheets": [_sheet(sheet, version, city, say, (addresses or {}).get(sheet.station.id)) for sheet in sheets]}
    data = json.dumps(document, ensure_ascii=False)
    # names travel as data, never as typst source: no sign in them can act
    return typst.compile(str(Path(__file__).with_name("sheet.typ")), format="pdf", sys_inputs={"sheets": data},
                         font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)], ignore_system_fonts=True)


def sheets_of(version: PlanVersion, city: City, station: str | None) -> list[StationSheet]:
    """The sheets of all stations, or of the one that is named by its id or name.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = [sheet for sheet in station_sheets(version, city)
              if station is None or station in (sheet.station.id, sheet.station.name)]
    if not sheets:
        raise ValueError(f"no station {station!r}")
    return sheets


def common(version: PlanVersion, city: City, alerts: Sequence[Alert], say: Speaker, order: LevelOrder | None) -> dict:
    """What all sheets say of the version, on paper and in a workbook."""
    return {
        "drill": version.drill,
        "version": (say("standing.version", colour=colour_of(version)) if is_standing(version)
                    else say("paper.version", number=version.number)),
        "foot": say("paper.foot", at=version.made_at, district=city.district.name)
        + (" · " + say("paper.sample") if city.district.sample else ""),
        "alert": say.message(version.changes[0]) if is_standing(version) else _alert_line(alerts, say),
        "basis": _basis(version, say),
        "level": _level(version, city, alerts, say, order), "stale": _stale(version, say)}


def _words(say: Speaker) -> dict:
    keys = ("drill", "drill_short", "leave", "arrive", "done", "what", "with", "rest", "no_work", "left_out", "changes")
    return {key: say(f"paper.{key}") for key in keys} | {
        "page": say("paper.page", page="#P", pages="#N"),
        "signatures": [say("paper.sign_chief"), say("paper.sign_desk"), say("paper.sign_at")]}


def _alert_line(alerts: Sequence[Alert], say: Speaker) -> str:
    if not alerts:
        return say("paper.no_alert")
    return "；".join(say("paper.alert", alert=words.alert_name(say, alert), issuer=alert.issuers,
                        at=alert.issued_at or alert.received_at) for alert in alerts)


def _basis(version: PlanVersion, say: Speaker) -> str:
    rain = version.rain
    told = say("paper.made", at=version.made_at)
    if rain.onset_at is None:
        return told + say("paper.rain_none") + _forecast(rain, say)
    return told + say(f"paper.rain_{rain.source}", onset=rain.onset_at, mm=round(rain.total_mm),
                      peak=round(rain.peak_mm_h)) + _forecast(rain, say)


def _forecast(rain: RainOutlook, say: Speaker) -> str:
    """Whose forecast the plan stands on, which run and when fetched; an empty text if it stands on none."""
    if rain.source != "forecast" or not rain.provider or not rain.fetched_at:
        return ""
    name = words.provider_name(say, rain.provider)
    if rain.run_at is None:
        return say("paper.forecast_by", name=name, at=rain.fetched_at)
    return say("paper.forecast_by_run", name=name, run=rain.run_at, at=rain.fetched_at)


def _stale(version: PlanVersion, say: Speaker) -> str:
    """That the newest forecast was too old when the plan was made; an empty text if one was fresh."""
    rain = version.rain
    if rain.stale_provider is None or rain.stale_fetched_at is None:
        return ""
    return say("paper.forecast_stale", name=words.provider_name(say, rain.stale_provider), at=rain.stale_fetched_at,
               age=words.span_of(say, version.made_at - rain.stale_fetched_at))


def _level(version: PlanVersion, city: City, alerts: Sequence[Alert], say: Speaker, order: LevelOrder | None) -> str:
    """The response level that the version was made under and who ordered it, or the one that is only proposed."""
    if version.level and order and order.level == version.level:
        return say("paper.level_ordered", level=version.level, by=order.by, at=order.at)
    if version.level:
        return say("paper.level_ordered_only", level=version.level)
    rule = proposed(city, tuple(alerts))
    return say("paper.level_proposed", level=rule.id) if rule else say("paper.level_none")


def _sheet(sheet: StationSheet, version: PlanVersion, city: City, say: Speaker, address: str | None) -> dict:
    station = sheet.station
    crews = [unit for unit in sheet.units if unit.machine_kind is None]
    head = say("paper.head", chief=words.post(say, "board.chief", station.chief),
               deputy=words.post(say, "board.deputy", station.deputy), crews=len(crews),
               machines=len({unit.resource_id for unit in sheet.units} - {crew.resource_id for crew in crews}))
    changes = [say.message(change) for change in changes_for(station, version, city)]
    more = [say("paper.more_changes", n=len(changes) - MOST_CHANGES)] if len(changes) > MOST_CHANGES else []
    return {"station": station.name, "title": say("paper.title", station=station.name),
            "code": _code(address) if address else None, "scan": say("paper.scan", number=version.number),
            "head": head + (say("paper.phone", phone=station.phone) if station.phone else ""),
            "units": [_unit(unit, station.id, city, say) for unit in sheet.units],
            "left_out": [say("paper.left_group", phase=words.phase_name(say, group.phase), what=group.title,
                             places=words.join(say, group.places), why=group.why)
                         for group in words.left_out_groups(say, city, sheet.left_out)],
            "changes": changes[:MOST_CHANGES] + more}


def _code(address: str) -> str:
    """An address as a QR code, which is still read with a seventh of it dirty or torn."""
    return segno.make_qr(address, error="m").svg_inline(border=2)


def _unit(unit: UnitSheet, station_id: str, city: City, say: Speaker) -> dict:
    """One unit's rows, rests among the stops in order of time."""
    with_why = unit.machine_kind is None  # a machine's reasons stand with the crew that it works with
    rows = [(stop.leave_at, _stop(stop, station_id, city, say, with_why)) for stop in joined(unit).stops]
    rows += [(rest.start_at, _rest(rest, say)) for rest in unit.rests]
    who = (say("paper.driver", name=unit.leader, kind=words.machine_name(say, unit.machine_kind)) if unit.machine_kind
           else say("paper.leader", name=unit.leader, size=unit.size))
    shift = say("paper.shift", name=unit.shift.name, start=f"{unit.shift.start:%H:%M}", end=f"{unit.shift.end:%H:%M}",
                day=format(say.moment(unit.stops[0].leave_at), "day"))
    load = words.to_load(say, (stop.assignment.kind for stop in unit.stops if stop.assignment.state != "past"))
    return {"name": unit.name, "who": who, "shift": shift, "load": load,
            "rows": [row for _, row in sorted(rows, key=lambda r: r[0])]}


def _stop(stop: Stop, station_id: str, city: City, say: Speaker, with_why: bool) -> dict:
    job = stop.assignment
    ids = job.inlet_ids
    inlets = say("paper.inlets", count=len(ids), ids=words.short_ids(ids)) if ids else None
    return {"kind": "stop", "leave": f"{say.moment(stop.leave_at):hm}", "arrive": f"{say.moment(stop.arrive_at):hm}",
            "done": f"{say.moment(job.end_at):hm}", "job": words.job_name(say, job.kind),
            "phase": words.phase_name(say, job.phase), "place": words.work_place(say, city, job, station_id),
            "state": None if job.state == "planned" else say(f"state.{job.state}"), "inlets": inlets,
            "team": list(words.partner_names(say, city, stop.partners)),
            "why": words.why_short(say, job) if with_why and job.why else None}


def _rest(rest: Rest, say: Speaker) -> dict:
    return {"kind": "rest", "from": f"{say.moment(rest.start_at):hm}", "to": f"{say.moment(rest.end_at):hm}"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheets of the plan in force (or of another version) to a file."""
    from dashboard.duty_book import duty_book
    from dashboard.reading import addresses_of, alerts_of, open_store, order_of, read_city  # paper needs no database

    asked = _parser().parse_args(arguments)
    store = open_store(asked.db)
    city, version = read_city(store), _version(store, asked)
    say = Speaker(asked.lang, ZoneInfo(city.district.time_zone if city else "Asia/Shanghai"))
    if city is None or version is None:
        print(say("paper.nothing"), file=sys.stderr)
        return 1
    try:
        made = (version, city, alerts_of(store, version), say, asked.station, order_of(store, version))
        told = (duty_book(*made) if Path(asked.out).suffix.lower() == ".xlsx" else duty_sheets(
            *made, addresses_of(store, version, load(home() / "settings.toml"), CONSOLE)))
    except ValueError:
        known = tuple(station.name for station in city.stations)
        print(say("paper.no_station", id=asked.station, known=known), file=sys.stderr)
        return 2
    Path(asked.out).write_bytes(told)
    print(say("paper.written", file=asked.out))
    return 0


def _version(store: "Store", asked: argparse.Namespace) -> PlanVersion | None:
    operation = store.current_operation()
    operation_id = asked.operation or (operation and operation.id)
    if operation_id is None:
        return None
    if asked.standing:
        kept = store.standing_plans(operation_id).get(asked.standing)
        return kept.plan if kept else None
    return store.version(operation_id, asked.version) if asked.version else store.current_version(operation_id)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard.paper", description=__doc__.splitlines()[0])
    parser.add_argument("--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ)
    parser.add_argument("--out", required=True)
    parser.add_argument("--station", help="its id or its name")
    parser.add_argument("--operation", type=int, help="the one that is on by default")
    parser.add_argument("--version", type=int)
    parser.add_argument("--standing", help="the plan kept ready for this colour: blue, yellow, orange, red")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
