"""A station's duty sheet on a screen: a card for each crew and machine, wide or narrow. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from dashboard.render.frames import hm
from data.model.city import City
from data.model.plan import Assignment, Rest
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.progress import Progress
from ops.planning.duty_sheets import StationSheet, Stop, UnitSheet, joined

Window = tuple[datetime, datetime]


def shift_windows(city: City, now: datetime) -> tuple[Window, Window]:
    """From when to when this shift and the next one last; without shifts, twelve hours each."""
    zone = ZoneInfo(city.district.time_zone)
    today = now.astimezone(zone).date()
    starts = sorted(
        {
            datetime.combine(today + timedelta(days=day), shift.start, zone)
            for shift in city.shifts
            for day in (-1, 0, 1, 2)
        }
    )
    begun = [start for start in starts if start <= now]
    ahead = [start for start in starts if start > now]
    if not begun or len(ahead) < 2:
        half = timedelta(hours=12)
        return (now - half, now + half), (now + half, now + 2 * half)
    return (begun[-1], ahead[0]), (ahead[0], ahead[1])


def within(sheet: StationSheet, window: Window | None) -> StationSheet:
    """The sheet with the stops that are set out for in a window, and what began before it and goes
    on; ``None``: all.
    """
    if window is None:
        return sheet
    start, end = window
    units = [
        replace(
            unit,
            stops=stops,
            rests=tuple(rest for rest in unit.rests if start <= rest.start_at < end),
        )
        for unit in sheet.units
        if (
            stops := tuple(
                stop
                for stop in unit.stops
                if stop.leave_at < end and max(stop.leave_at, stop.assignment.end_at) > start
            )
        )
    ]
    return replace(sheet, units=tuple(units))


def jobs_of(sheet: StationSheet, own: Mapping[str, Assignment]) -> list[Assignment]:
    """The jobs of a sheet, each once, in order of setting out; what is over stands last."""
    leaves: dict[str, datetime] = {}
    for unit in sheet.units:
        for stop in unit.stops:
            job = stop.assignment
            leaves[job.job_id] = min(stop.leave_at, leaves.get(job.job_id, stop.leave_at))
    return sorted(
        (own[job_id] for job_id in leaves if job_id in own),
        key=lambda job: (job.state == "past", leaves[job.job_id], job.job_id),
    )


def tools(jobs: Iterable[Assignment], t: Translator) -> str:
    """What is to be loaded for these jobs, each line once; folded away."""
    kinds = dict.fromkeys(job.kind for job in jobs)
    lines = "".join(
        f"<p><b>{escape(labels.job_name(t, kind))}</b> {escape(labels.to_load(t, [kind]))}</p>"
        for kind in kinds
    )
    return (
        f'<details class="xb-fold"><summary>{escape(t("station.tools"))}</summary>{lines}</details>'
    )


def job_card(
    job: Assignment, station_id: str, told: Progress, city: City, now: datetime, t: Translator
) -> str:
    """One job as a station reports of it: when, what, where, with whom, how far it is."""
    leave = min((member.leave_at for member in job.members), default=job.start_at)
    team = t("station.team", names=labels.join(t, labels.partner_names(t, city, job.members)))
    help_wanted = f" · <b>{escape(t('phone.help'))}</b>" if told.wants_help else ""
    why = (
        f'<details class="why"><summary>{escape(labels.why_short(t, job))}</summary>'
        f"{escape(labels.why_full(t, job))}</details>"
        if job.why
        else ""
    )
    inlets = (
        f"<div>{escape(t('board.stop_inlets', count=len(job.inlet_ids), ids=labels.short_ids(job.inlet_ids)))}"
        "</div>"
        if job.inlet_ids
        else ""
    )
    state = "over" if job.state == "past" else "now" if leave <= now else ""
    return (
        f'<div class="xb-unit job"><ol><li class="{state}"><time>{hm(t, leave)}'
        f"<small>{escape(t('board.leave'))}</small></time><div>"
        f'<div class="what"><b>{escape(labels.job_name(t, job.kind))}</b> '
        f'<span class="xb-phase {job.phase}">{escape(labels.phase_name(t, job.phase))}</span></div>'
        f'<div class="where">{escape(labels.work_place(t, city, job, station_id))}</div>'
        f'<div class="times">{escape(t("board.stop_times", arrive=job.start_at, done=job.end_at))}</div>'
        f"<div>{escape(team)}</div>{inlets}{why}"
        f'<div class="stage {told.stage}">{escape(_stage(told, t))}{help_wanted}</div></div></li></ol></div>'
    )


def _stage(told: Progress, t: Translator) -> str:
    stage = t(f"stage.{told.stage}")
    return t("station.stage_since", stage=stage, at=told.since) if told.since else stage


def own_part(city: City, station_id: str) -> City:
    """The city with one station's roads only."""
    return replace(
        city,
        segments=tuple(one for one in city.segments if one.station_id == station_id),
        stations=tuple(one for one in city.stations if one.id == station_id),
    )


def sheet_cards(sheet: StationSheet, city: City, now: datetime, t: Translator) -> str:
    """All units of a station, those with work still to do first; machines folded away: their crews
    tell of them.
    """
    if not sheet.units:
        return f'<p class="xb-faint">{escape(t("board.station_no_work"))}</p>'
    units = sorted(sheet.units, key=lambda unit: unit.stops[-1].assignment.end_at <= now)
    crews = [unit_card(unit, city, now, t) for unit in units if unit.machine_kind is None]
    machines = [unit_card(unit, city, now, t) for unit in units if unit.machine_kind]
    folded = (
        f'<details class="xb-fold"><summary>{escape(t("board.machines_fold", n=len(machines)))}</summary>'
        f'<div class="xb-units">{"".join(machines)}</div></details>'
        if machines
        else ""
    )
    return f'<div class="xb-units">{"".join(crews)}</div>{folded}'


def unit_card(unit: UnitSheet, city: City, now: datetime, t: Translator) -> str:
    """One unit: who they are, their shift, and their stops and rests in order."""
    rows = [
        (stop.leave_at, _stop(stop, _home(unit, city), city, now, t)) for stop in joined(unit).stops
    ]
    rows += [(rest.start_at, _rest(rest, now, t)) for rest in unit.rests]
    who = (
        t("board.unit_driver", name=unit.leader, kind=labels.machine_name(t, unit.machine_kind))
        if unit.machine_kind
        else t("board.unit_leader", name=unit.leader, size=unit.size)
    )
    shift = t(
        "board.unit_shift",
        name=unit.shift.name,
        day=format(t.moment(unit.stops[0].leave_at), "day"),
        start=f"{unit.shift.start:%H:%M}",
        end=f"{unit.shift.end:%H:%M}",
    )
    body = "".join(row for _, row in sorted(rows, key=lambda row: row[0]))
    return (
        f'<section class="xb-unit {unit.kind}"><header><b>{escape(unit.name)}</b><span>{escape(who)}</span>'
        f"<em>{escape(shift)}</em></header><ol>{body}</ol></section>"
    )


def _home(unit: UnitSheet, city: City) -> str:
    resource = city.crew_by_id.get(unit.resource_id) or city.machine_by_id.get(unit.resource_id)
    return resource.station_id if resource else ""


def _stop(stop: Stop, station_id: str, city: City, now: datetime, t: Translator) -> str:
    job = stop.assignment
    state = "over" if job.end_at <= now else "now" if stop.leave_at <= now else ""
    mark = f"<mark>{escape(t(f'board.stop_{state}'))}</mark>" if state else ""
    lines = [
        f'<div class="where">{escape(labels.work_place(t, city, job, station_id))}</div>',
        f'<div class="times">{escape(t("board.stop_times", arrive=stop.arrive_at, done=job.end_at))}</div>',
    ]
    if job.inlet_ids:
        told = t("board.stop_inlets", count=len(job.inlet_ids), ids=labels.short_ids(job.inlet_ids))
        lines.append(f"<div>{escape(told)}</div>")
    lines += [
        f"<div>＋ {escape(name)}</div>" for name in labels.partner_names(t, city, stop.partners)
    ]
    if job.why:
        lines.append(
            f'<details class="why"><summary>{escape(labels.why_short(t, job))}</summary>'
            f"{escape(labels.why_full(t, job))}</details>"
        )
    return (
        f'<li class="{state}"><time>{hm(t, stop.leave_at)}<small>{escape(t("board.leave"))}</small></time><div>'
        f'<div class="what"><b>{escape(labels.job_name(t, job.kind))}</b> '
        f'<span class="xb-phase {job.phase}">{escape(labels.phase_name(t, job.phase))}</span>{mark}</div>'
        + "".join(lines)
        + "</div></li>"
    )


def _rest(rest: Rest, now: datetime, t: Translator) -> str:
    state = "over" if rest.end_at <= now else ""
    told = t("board.rest_until", at=rest.end_at)
    return (
        f'<li class="rest {state}"><time>{hm(t, rest.start_at)}</time>'
        f"<div><b>{escape(t('board.rest'))}</b> {escape(told)}</div></li>"
    )
