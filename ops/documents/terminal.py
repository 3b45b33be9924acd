"""A plan version for the terminal, and for other programs as JSON."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rich.console import Console
from rich.table import Table

from data.model.city import City, Segment
from data.model.plan import (
    Assignment,
    Member,
    PlanVersion,
    RainOutlook,
    RainSource,
    RainSpread,
    UnassignedJob,
    UnitKind,
)
from ops.base.messages import Translator
from ops.base.naming import member_names, station_name
from ops.documents import labels
from ops.intake.response_level import rule_of
from ops.planning.duty_sheets import StationSheet, Stop, UnitSheet, in_short, station_sheets
from ops.planning.left_out_groups import left_out_groups
from ops.planning.prevented import total
from ops.replanning.contingency import colour_of, is_contingency


def print_sheets(
    version: PlanVersion, city: City, t: Translator, console: Console, station_id: str | None = None
) -> None:
    """What changed, then every station's duty sheet, or one's: who, with what, where, when, why;
    what is left out.
    """
    console.rule(_title(version, city, t))
    if city.district.sample:
        console.print(t("sheet.sample"))
    if version.fallback:
        console.print(t("sheet.fallback"))
    elif version.is_hasty:
        console.print(t("board.plan_hasty"))
    if version.level:
        rule = rule_of(city, version.level)
        console.print(t("sheet.level", level=version.level, duty=rule.duty if rule else ""))
    console.print(stands_on(version, t))
    for line in labels.way_basis(t, version):
        console.print(line)
    if spares := labels.plan_total(t, version):
        console.print(spares)
    if version.rain.stale_provider:
        console.print(
            t(
                "sheet.rain_stale",
                provider=version.rain.stale_provider,
                at=version.rain.stale_fetched_at,
            ),
            style="bold red",
        )
    for change in version.changes:
        console.print("· " + t.message(change))
    for sheet in station_sheets(version, city):
        if station_id in (None, sheet.station.id, sheet.station.name):
            _print_station(sheet, city, t, console)


def _title(version: PlanVersion, city: City, t: Translator) -> str:
    title = (
        t("standing.title", name=city.district.name, colour=colour_of(version), at=version.made_at)
        if is_contingency(version)
        else t("sheet.title", name=city.district.name, number=version.number, at=version.made_at)
    )
    return f"{t('sheet.drill')} {title}" if version.drill else title


def stands_on(version: PlanVersion, t: Translator) -> str:
    """Which forecast, or which words, the plan's rain comes from."""
    rain = version.rain
    if rain.source in ("forecast", "both") and rain.fetched_at:
        return t(f"sheet.rain_{rain.source}", provider=rain.provider or "-", at=rain.fetched_at)
    if rain.source == "measured":
        return t("sheet.rain_measured")
    return (
        t("sheet.rain_alert", provider=rain.provider or "-")
        if rain.source == "alert"
        else t("sheet.rain_none")
    )


def _print_station(sheet: StationSheet, city: City, t: Translator, console: Console) -> None:
    console.print()
    console.print(
        t(
            "sheet.station",
            name=sheet.station.name,
            chief=sheet.station.chief,
            deputy=sheet.station.deputy,
        ),
        style="bold",
    )
    for unit in sheet.units:
        console.print(unit_title(unit, t))
        table = Table(show_edge=False, pad_edge=False)
        for column in ("leave", "arrive", "done", "work", "place", "with", "why"):
            table.add_column(
                t(f"sheet.{column}"), no_wrap=column in ("leave", "arrive", "done"), overflow="fold"
            )
        for stop in in_short(unit).stops:
            table.add_row(*_stop_cells(stop, city, t))
        console.print(table)
        for rest in unit.rests:
            console.print(
                t(
                    "sheet.rest",
                    what=labels.rest_name(t, rest),
                    start=rest.start_at,
                    end=rest.end_at,
                )
            )
    if not sheet.units:
        console.print(t("sheet.idle"))
    for group in left_out_groups(sheet.left_out, city):
        console.print(
            t(
                "sheet.left",
                what=labels.left_title(t, group),
                places=labels.left_places(t, group),
                why=labels.left_why(t, group),
            )
        )


def unit_title(unit: UnitSheet, t: Translator) -> str:
    """A crew with its leader, people and shift; a machine with its driver."""
    if unit.kind is UnitKind.CREW:
        return t(
            "sheet.crew",
            name=unit.name,
            leader=unit.leader,
            size=unit.size,
            shift=labels.with_hours(t, unit.shift.name, unit),
        )
    return t(
        "sheet.machine",
        name=unit.name,
        kind=t(f"machine.{unit.machine_kind}"),
        driver=unit.leader,
        shift=labels.with_hours(t, unit.shift.name, unit),
    )


def _stop_cells(stop: Stop, city: City, t: Translator) -> Iterator[str]:
    work = stop.assignment
    yield format(t.moment(stop.leave_at), "hm")
    yield format(t.moment(stop.arrive_at), "hm")
    yield format(t.moment(work.end_at), "hm")
    yield t(f"job.{work.kind}") + (f" ×{len(work.inlet_ids)}" if work.inlet_ids else "")
    yield place_name(work, city)
    yield t("list.join", items=member_names(stop.partners, city)) if stop.partners else ""
    yield labels.why_short(t, work)


def place_name(work: Assignment | UnassignedJob, city: City) -> str:
    """Road and both ends of the stretch; the station for work that is done there."""
    segment = city.segment_by_id.get(work.segment_id or "")
    if segment:
        return f"{segment.road} {segment.start_name}—{segment.end_name}"
    return station_name(work.station_id, city)


def as_json(version: PlanVersion, city: City, t: Translator) -> dict:
    """The version with its sheets as JSON-able values; instants are ISO 8601 in the district's
    time.
    """
    segments = city.segment_by_id
    return {
        "version": version.number,
        "drill": version.drill,
        "sample_data": city.district.sample,
        "made_at": _iso(version.made_at, t),
        "causes": list(version.causes),
        "status": version.status,
        "score": version.score,
        "bound": version.bound,
        "spared_hours": round(total(version).spared, 1),
        "expected_hours": round(total(version).expected, 1),
        "fallback": version.fallback,
        "level": version.level,
        "rain": {
            "source": version.rain.source,
            "provider": version.rain.provider,
            "fetched_at": _iso(version.rain.fetched_at, t),
            "run_at": _iso(version.rain.run_at, t),
            "stale_provider": version.rain.stale_provider,
            "stale_fetched_at": _iso(version.rain.stale_fetched_at, t),
            "onset_at": _iso(version.rain.onset_at, t),
            "end_at": _iso(version.rain.end_at, t),
            "total_mm": version.rain.total_mm,
            "peak_mm_h": version.rain.peak_mm_h,
            "sources": [_source_json(source, t) for source in version.rain.sources],
            "spread": _spread_json(version.rain.spread, t) if version.rain.spread else None,
            "storms": [_storm_json(version.rain, storm, t) for storm in version.rain.storms],
        },
        "stations": [
            _station_json(sheet, segments, city, t) for sheet in station_sheets(version, city)
        ],
        "assignments": [_assignment_json(work, segments, city, t) for work in version.assignments],
        "unassigned": [_left_json(left, segments, t) for left in version.left_out],
        "changes": [t.message(change) for change in version.changes],
    }


def _station_json(
    sheet: StationSheet, segments: Mapping[str, Segment], city: City, t: Translator
) -> dict:
    return {
        "id": sheet.station.id,
        "name": sheet.station.name,
        "chief": sheet.station.chief,
        "deputy": sheet.station.deputy,
        "units": [
            {
                "unit": unit.unit_id,
                "kind": unit.machine_kind or "crew",
                "name": labels.said(t, unit.name),
                "leader": labels.said(t, unit.leader),
                "people": unit.size,
                "shift": unit.shift.name,
                "stops": [_stop_json(stop, segments, city, t) for stop in unit.stops],
                "breaks": [
                    {
                        "start_at": _iso(rest.start_at, t),
                        "end_at": _iso(rest.end_at, t),
                        "at_post": rest.at_post,
                    }
                    for rest in unit.rests
                ],
            }
            for unit in sheet.units
        ],
        "unassigned": [left.job_id for left in sheet.left_out],
    }


def _storm_json(rain: RainOutlook, storm: tuple[datetime, datetime], t: Translator) -> dict:
    total, peak = rain.amounts(*storm)
    return {
        "onset_at": _iso(storm[0], t),
        "end_at": _iso(storm[1], t),
        "total_mm": total,
        "peak_mm_h": peak,
    }


def _source_json(source: RainSource, t: Translator) -> dict:
    return {
        "kind": source.kind,
        "provider": source.provider,
        "alert": t.message(source.alert) if source.alert else None,
        "at": _iso(source.at, t),
        "storms": [[_iso(start, t), _iso(end, t)] for start, end in source.storms],
        "total_mm": source.total_mm,
        "peak_mm_h": source.peak_mm_h,
    }


def _spread_json(spread: RainSpread, t: Translator) -> dict:
    return {
        "members": spread.members,
        "dry": spread.dry,
        "low_mm": spread.low_mm,
        "high_mm": spread.high_mm,
        "first_at": _iso(spread.first_at, t),
        "last_at": _iso(spread.last_at, t),
    }


def _stop_json(stop: Stop, segments: Mapping[str, Segment], city: City, t: Translator) -> dict:
    return {
        "job": stop.assignment.job_id,
        "leave_at": _iso(stop.leave_at, t),
        "arrive_at": _iso(stop.arrive_at, t),
        "start_at": _iso(stop.assignment.start_at, t),
        "done_by": _iso(stop.assignment.end_at, t),
        **_where(stop.assignment, segments),
        "with": [labels.said(t, name) for name in member_names(stop.partners, city)],
        "why": [t.message(why) for why in stop.assignment.why],
    }


def _where(work: Assignment | UnassignedJob, segments: Mapping[str, Segment]) -> dict:
    segment = segments.get(work.segment_id or "")
    return {
        "kind": str(work.kind),
        "phase": str(work.phase),
        "segment": work.segment_id,
        "road": segment.road if segment else None,
        "from": segment.start_name if segment else None,
        "to": segment.end_name if segment else None,
        "station": work.station_id,
    }


def _assignment_json(
    work: Assignment, segments: Mapping[str, Segment], city: City, t: Translator
) -> dict:
    return {
        "job": work.job_id,
        **_where(work, segments),
        "inlets": list(work.inlet_ids),
        "start_at": _iso(work.start_at, t),
        "end_at": _iso(work.end_at, t),
        "state": work.state,
        "risk": work.risk,
        "units": [_member_json(member, city, t) for member in work.members],
        "why": [t.message(why) for why in work.why],
    }


def _member_json(member: Member, city: City, t: Translator) -> dict:
    (name,) = member_names((member,), city)
    return {
        "unit": member.unit_id,
        "kind": str(member.kind),
        "id": member.resource_id,
        "name": labels.said(t, name),
        "driver": member.driver_id,
        "leave_at": _iso(member.leave_at, t),
        "arrive_at": _iso(member.arrive_at, t),
    }


def _left_json(left: UnassignedJob, segments: Mapping[str, Segment], t: Translator) -> dict:
    return {
        "job": left.job_id,
        **_where(left, segments),
        "risk": left.risk,
        "reason": left.why.code,
        "start_at": _iso(left.why.facts.get("start"), t),
        "end_at": _iso(left.why.facts.get("end"), t),
        "why": t.message(left.why),
    }


def _iso(instant: object, t: Translator) -> str | None:
    if not isinstance(instant, datetime):
        return None
    return instant.astimezone(t.zone).isoformat(timespec="seconds")
