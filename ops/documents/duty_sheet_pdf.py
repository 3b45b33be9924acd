"""Duty sheets on paper: a plan version -> one PDF, a sheet for each station. The Chinese type is a
package's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from data.model.city import City
from data.model.operation import LevelOrder
from data.model.plan import PlanVersion, Rest
from ops.base.messages import Translator
from ops.district.places import spot_of
from ops.documents import labels
from ops.documents.duty_sheet import common, lent_lines, open_lines, sheets_of
from ops.documents.street.beats_table import beats_table
from ops.documents.typesetting import code, typeset
from ops.field.needs import Need
from ops.planning.duty_sheets import StationSheet, Stop, UnitSheet, changes_for, in_short
from ops.planning.left_out_groups import left_out_groups
from weather.model import Alert

MOST_CHANGES = 12  # the chief reads these at night; the board has them all


def duty_sheets(
    version: PlanVersion,
    city: City,
    alerts: Sequence[Alert],
    t: Translator,
    station: str | None = None,
    order: LevelOrder | None = None,
    addresses: Mapping[str, str] | None = None,
    needs: Sequence[Need] = (),
) -> bytes:
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
    needs
        What still stands open, each on its own station's sheet.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = sheets_of(version, city, station)
    document = common(version, city, alerts, t, order) | {
        "lang": t.language,
        "words": _words(t),
        "sheets": [
            _sheet(sheet, version, city, t, (addresses or {}).get(sheet.station.id))
            | {"open": [*lent_lines(sheet, t), *open_lines(needs, sheet.station.id, t)]}
            for sheet in sheets
        ],
    }
    return typeset("sheet.typ", document)


def _words(t: Translator) -> dict:
    keys = (
        "drill",
        "drill_short",
        "leave",
        "arrive",
        "done",
        "what",
        "with",
        "no_work",
        "left_out",
        "changes",
        "open",
    )
    return {key: t(f"paper.{key}") for key in keys} | {
        "page": t("paper.page", page="#P", pages="#N"),
        "signatures": [t("paper.sign_received"), t("paper.sign_desk"), t("paper.sign_at")],
    }


def _sheet(
    sheet: StationSheet, version: PlanVersion, city: City, t: Translator, address: str | None
) -> dict:
    station = sheet.station
    changes = [t.message(change) for change in changes_for(station, version, city)]
    more = (
        [t("paper.more_changes", n=len(changes) - MOST_CHANGES)]
        if len(changes) > MOST_CHANGES
        else []
    )
    return {
        "station": station.name,
        "title": t("paper.title", station=station.name),
        "code": code(address) if address else None,
        "scan": t("paper.scan", number=version.number),
        "head": _head(sheet, t),
        "units": [
            _unit(unit, version.made_at, station.id, city, t) for unit in _ahead(sheet.units)
        ],
        "beats": _beats(sheet, city, t),
        "left_out": [
            t(
                "paper.left_group",
                phase=labels.phase_name(t, group.phase),
                what=labels.left_title(t, group),
                places=labels.left_places(t, group),
                why=labels.left_why(t, group),
            )
            for group in left_out_groups(sheet.left_out, city)
        ],
        "changes": changes[:MOST_CHANGES] + more,
    }


def _head(sheet: StationSheet, t: Translator) -> str:
    """Who leads the station, by which phone, and how many crews and machines go out."""
    station = sheet.station
    units = _ahead(sheet.units)
    crews = {unit.resource_id for unit in units if unit.machine_kind is None}
    machines = {unit.resource_id for unit in units} - crews
    head = t(
        "paper.head",
        chief=labels.chief(t, station),
        deputy=labels.deputy(t, station),
        crews=len(crews),
        machines=len(machines),
    )
    return head + (t("paper.phone", phone=station.phone) if station.phone else "")


def _ahead(units: Iterable[UnitSheet]) -> list[UnitSheet]:
    """Those with anything still to do: what is over was on an earlier sheet."""
    return [unit for unit in units if any(not _is_past(stop) for stop in unit.stops)]


def _is_past(stop: Stop) -> bool:
    return stop.assignment.state == "past"


def _beats(sheet: StationSheet, city: City, t: Translator) -> dict | None:
    """The visits of a station that has beats, by place and hour."""
    visits = {
        stop.assignment.job_id: stop.assignment for unit in sheet.units for stop in unit.stops
    }
    own = (("", job) for job in visits.values())
    table = beats_table(own, sheet.left_out, city, t)
    return {"title": table.title, "heads": table.heads, "rows": table.rows} if table else None


def _unit(unit: UnitSheet, now: datetime, station_id: str, city: City, t: Translator) -> dict:
    """One unit's rows, rests among the stops in order of time; what is past in one line."""
    with_why = (
        unit.machine_kind is None
    )  # a machine's reasons stand with the crew that it works with
    stops = in_short(unit).stops
    rows = [
        (stop.leave_at, _stop(stop, station_id, city, t, with_why))
        for stop in stops
        if not _is_past(stop)
    ]
    rows += [(rest.start_at, _rest(rest, t)) for rest in unit.rests if rest.end_at > now]
    past = [stop for stop in stops if _is_past(stop)]
    who = (
        t("paper.driver", name=unit.leader, kind=labels.machine_name(t, unit.machine_kind))
        if unit.machine_kind
        else t("paper.leader", name=unit.leader, size=unit.size)
    )
    if unit.profile:
        who = t("paper.goes_by", who=who, by=t(f"profile.{unit.profile}"))
    shift = t(
        "paper.shift",
        name=unit.shift.name,
        start=f"{unit.shift.start:%H:%M}",
        end=f"{unit.shift.end:%H:%M}",
        day=format(t.moment(unit.begins), "day"),
    )
    ahead = (stop.assignment for stop in unit.stops if stop.assignment.state != "past")
    load = labels.to_load(t, labels.kinds_with_tools(ahead), unit.machine_kind)
    return {
        "name": labels.said(t, unit.name),
        "who": who,
        "shift": labels.with_hours(t, shift, unit),
        "load": load,
        "rows": [*_past(past, t), *(row for _, row in sorted(rows, key=lambda r: r[0]))],
    }


def _past(stops: Sequence[Stop], t: Translator) -> Iterator[dict]:
    """That something is over, and from when until when it was."""
    if stops:
        until = max(stop.assignment.end_at for stop in stops)
        yield {
            "kind": "rest",
            "what": t("paper.past_rows", n=len(stops)),
            "from": f"{t.moment(stops[0].leave_at):hm}",
            "to": f"{t.moment(until):hm}",
        }


def _stop(stop: Stop, station_id: str, city: City, t: Translator, with_why: bool) -> dict:
    job = stop.assignment
    ids = job.inlet_ids
    inlets = (
        t("paper.inlets", count=len(ids), ids=labels.short_ids(ids, most=len(ids))) if ids else None
    )
    return {
        "kind": "stop",
        "leave": f"{t.moment(stop.leave_at):hm}",
        "arrive": f"{t.moment(stop.arrive_at):hm}",
        "done": f"{t.moment(job.end_at):hm}",
        "job": labels.job_name(t, job.kind),
        "phase": labels.phase_name(t, job.phase),
        "place": labels.work_place(t, city, job, station_id),
        "state": None if job.state == "planned" else t(f"state.{job.state}"),
        "inlets": inlets,
        "team": list(labels.partner_names(t, city, stop.partners)),
        "why": labels.why_short(t, job) if (with_why or spot_of(job, city)) and job.why else None,
    }


def _rest(rest: Rest, t: Translator) -> dict:
    return {
        "kind": "rest",
        "what": labels.rest_name(t, rest),
        "from": f"{t.moment(rest.start_at):hm}",
        "to": f"{t.moment(rest.end_at):hm}",
    }
