"""A station's duty sheet on a screen: a card for each crew and machine, wide or narrow. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.render.frames import hm, step_text
from dashboard.render.markup import Html, faint, fold, html, phase_mark, tag
from data.model.city import City
from data.model.plan import Assignment, Rest
from data.model.wall_clock import clock_at
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.progress import Progress
from ops.field.standing import Standing, Step
from ops.planning.duty_sheets import StationSheet, Stop, UnitSheet, joined

Window = tuple[datetime, datetime]


def shift_windows(city: City, now: datetime) -> tuple[Window, Window]:
    """From when to when this shift and the next one last; without shifts, twelve hours each."""
    zone = ZoneInfo(city.district.time_zone)
    today = now.astimezone(zone).date()
    starts = sorted(
        {
            clock_at(today + timedelta(days=day), shift.start, zone)
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


def tools(jobs: Iterable[Assignment], t: Translator) -> Html:
    """What is to be loaded for these jobs, each line once; folded away."""
    lines = (
        tag("p", tag("b", labels.job_name(t, kind)), " ", labels.to_load(t, [kind]))
        for kind in labels.kinds_with_tools(jobs)
    )
    return fold(t("station.tools"), lines)


def job_card(
    job: Assignment, station_id: str, progress: Progress, city: City, now: datetime, t: Translator
) -> Html:
    """One job as a station reports of it: when, what, where, with whom, how far it is."""
    leave = min((member.leave_at for member in job.members), default=job.start_at)
    team = t("station.team", names=labels.join(t, labels.partner_names(t, city, job.members)))
    help_wanted = (" · ", tag("b", t("phone.help"))) if progress.wants_help else ()
    state = "over" if job.state == "past" else "now" if leave <= now else ""
    row = _row(
        leave,
        state,
        _what(job, t),
        _where(job, job.start_at, station_id, city, t),
        tag("div", team),
        _inlets(job, t),
        _why(job, t),
        tag("div", _stage(progress, t), html(help_wanted), cls=f"stage {progress.stage}"),
        t=t,
    )
    return tag("div", tag("ol", row), cls="xb-unit job")


def _stage(progress: Progress, t: Translator) -> str:
    stage = t(f"stage.{progress.stage}")
    since = progress.since
    return t("station.stage_since", stage=stage, at=since) if since else stage


def _row(leave: datetime, state: str, *parts: Html, t: Translator) -> Html:
    """A stop: when to set out, and all that is to be known of it."""
    time = tag("time", hm(t, leave), tag("small", t("board.leave")))
    return tag("li", time, tag("div", *parts), cls=state)


def _what(job: Assignment, t: Translator, *beside: Html) -> Html:
    name, phase = labels.job_name(t, job.kind), labels.phase_name(t, job.phase)
    return tag("div", tag("b", name), " ", phase_mark(job.phase, phase), *beside, cls="what")


def _where(job: Assignment, arrive: datetime, station_id: str, city: City, t: Translator) -> Html:
    """The place and the times of work."""
    times = t("board.stop_times", arrive=arrive, done=job.end_at)
    return html(
        tag("div", labels.work_place(t, city, job, station_id), cls="where"),
        tag("div", times, cls="times"),
    )


def _inlets(job: Assignment, t: Translator) -> Html:
    if not job.inlet_ids:
        return Html("")
    ids = labels.short_ids(job.inlet_ids)
    return tag("div", t("board.stop_inlets", count=len(job.inlet_ids), ids=ids))


def _why(job: Assignment, t: Translator) -> Html:
    if not job.why:
        return Html("")
    return fold(labels.why_short(t, job), labels.why_full(t, job), "why")


def own_part(city: City, station_id: str) -> City:
    """The city with one station's roads only."""
    return replace(
        city,
        segments=tuple(road for road in city.segments if road.station_id == station_id),
        stations=(city.station_by_id[station_id],),
    )


def sheet_cards(
    sheet: StationSheet,
    city: City,
    now: datetime,
    t: Translator,
    standings: Mapping[str, Standing],
) -> Html:
    """All units of a station, those with work still to do first; machines folded away: their crews
    tell of them.

    Parameters
    ----------
    standings
        Where the team of each job is, by plan and by report.
    """
    if not sheet.units:
        return faint(t("board.station_no_work"))
    units = sorted(sheet.units, key=lambda unit: unit.stops[-1].assignment.end_at <= now)
    crews = [
        unit_card(unit, city, now, t, standings) for unit in units if unit.machine_kind is None
    ]
    machines = [unit_card(unit, city, now, t, standings) for unit in units if unit.machine_kind]
    folded = fold(t("board.machines_fold", n=len(machines)), tag("div", machines, cls="xb-units"))
    return html(tag("div", crews, cls="xb-units"), folded if machines else "")


def unit_card(
    unit: UnitSheet,
    city: City,
    now: datetime,
    t: Translator,
    standings: Mapping[str, Standing],
) -> Html:
    """One unit: who they are, their shift, and their stops and rests in order."""
    home = _home(unit, city)
    rows = [
        (stop.leave_at, _stop(stop, home, city, t, standings.get(stop.assignment.job_id)))
        for stop in joined(unit).stops
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
        day=format(t.moment(unit.begins), "day"),
        start=f"{unit.shift.start:%H:%M}",
        end=f"{unit.shift.end:%H:%M}",
    )
    return tag(
        "section",
        tag(
            "header",
            tag("b", labels.said(t, unit.name)),
            tag("span", who),
            tag("em", labels.with_hours(t, shift, unit)),
        ),
        tag("ol", (row for _, row in sorted(rows, key=lambda row: row[0]))),
        cls=f"xb-unit {unit.kind}",
    )


def _home(unit: UnitSheet, city: City) -> str:
    resource = city.crew_by_id.get(unit.resource_id) or city.machine_by_id.get(unit.resource_id)
    return resource.station_id if resource else ""


def _stop(
    stop: Stop, station_id: str, city: City, t: Translator, standing: Standing | None
) -> Html:
    """A stop, marked by where its team said it is, else hollow by where the plan has it."""
    job = stop.assignment
    step = standing.step if standing else Step.AHEAD
    state = {Step.AHEAD: "", Step.OVER: "over"}.get(step, "now")
    mark = Html("")
    if standing and state:
        said = "" if standing.is_reported else "plan"
        mark = tag("mark", step_text(standing, t), cls=said)
        state = f"{state} {said}".strip()
    partners = labels.partner_names(t, city, stop.partners)
    return _row(
        stop.leave_at,
        state,
        _what(job, t, mark),
        _where(job, stop.arrive_at, station_id, city, t),
        _inlets(job, t),
        html(tag("div", f"＋ {name}") for name in partners),
        _why(job, t),
        t=t,
    )


def _rest(rest: Rest, now: datetime, t: Translator) -> Html:
    until = t("board.rest_until", at=rest.end_at)
    return tag(
        "li",
        tag("time", hm(t, rest.start_at)),
        tag("div", tag("b", labels.rest_name(t, rest)), f" {until}"),
        cls="rest over" if rest.end_at <= now else "rest",
    )
