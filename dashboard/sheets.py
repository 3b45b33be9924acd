"""A station's duty sheet on a screen: a card for each crew and machine, wide or narrow. Pure."""

from datetime import datetime
from html import escape

from dashboard import words
from dashboard.frames import hm
from data.entities import City, Rest
from ops.duty import StationSheet, Stop, UnitSheet
from ops.text import Speaker


def sheet_cards(sheet: StationSheet, city: City, now: datetime, say: Speaker) -> str:
    """All units of a station, those with work still to do first; machines folded away: their crews tell of them."""
    if not sheet.units:
        return f'<p class="xb-faint">{escape(say("board.station_no_work"))}</p>'
    units = sorted(sheet.units, key=lambda unit: unit.stops[-1].assignment.end_at <= now)
    crews = [unit_card(unit, city, now, say) for unit in units if unit.machine_kind is None]
    machines = [unit_card(unit, city, now, say) for unit in units if unit.machine_kind]
    folded = (f'<details class="xb-fold"><summary>{escape(say("board.machines_fold", n=len(machines)))}</summary>'
              f'<div class="xb-units">{"".join(machines)}</div></details>' if machines else "")
    return f'<div class="xb-units">{"".join(crews)}</div>{folded}'


def unit_card(unit: UnitSheet, city: City, now: datetime, say: Speaker) -> str:
    """One unit: who they are, their shift, and their stops and rests in order."""
    rows = [(stop.leave_at, _stop(stop, city, now, say)) for stop in unit.stops]
    rows += [(rest.start_at, _rest(rest, now, say)) for rest in unit.rests]
    who = (say("board.unit_driver", name=unit.leader, kind=words.machine_name(say, unit.machine_kind))
           if unit.machine_kind else say("board.unit_leader", name=unit.leader, size=unit.size))
    shift = say("board.unit_shift", name=unit.shift.name, day=format(say.moment(unit.stops[0].leave_at), "day"),
                start=f"{unit.shift.start:%H:%M}", end=f"{unit.shift.end:%H:%M}")
    body = "".join(row for _, row in sorted(rows, key=lambda row: row[0]))
    return (f'<section class="xb-unit {unit.kind}"><header><b>{escape(unit.name)}</b><span>{escape(who)}</span>'
            f'<em>{escape(shift)}</em></header><ol>{body}</ol></section>')


def _stop(stop: Stop, city: City, now: datetime, say: Speaker) -> str:
    job = stop.assignment
    state = "over" if job.end_at <= now else "now" if stop.leave_at <= now else ""
    mark = f'<mark>{escape(say(f"board.stop_{state}"))}</mark>' if state else ""
    lines = [f'<div class="where">{escape(words.place_name(say, city, job.segment_id))}</div>',
             f'<div class="times">{escape(say("board.stop_times", arrive=stop.arrive_at, done=job.end_at))}</div>']
    if job.inlet_ids:
        told = say("board.stop_inlets", count=len(job.inlet_ids), ids=words.short_ids(job.inlet_ids))
        lines.append(f"<div>{escape(told)}</div>")
    lines += [f"<div>＋ {escape(name)}</div>" for name in words.partner_names(say, city, stop.partners)]
    if job.why:
        lines.append(f'<details class="why"><summary>{escape(words.why_short(say, job))}</summary>'
                     f'{escape(words.why_full(say, job))}</details>')
    return (f'<li class="{state}"><time>{hm(say, stop.leave_at)}<small>{escape(say("board.leave"))}</small></time><div>'
            f'<div class="what"><b>{escape(words.job_name(say, job.kind))}</b> '
            f'<span class="xb-phase {job.phase}">{escape(words.phase_name(say, job.phase))}</span>{mark}</div>'
            + "".join(lines) + "</div></li>")


def _rest(rest: Rest, now: datetime, say: Speaker) -> str:
    state = "over" if rest.end_at <= now else ""
    told = say("board.rest_until", at=rest.end_at)
    return (f'<li class="rest {state}"><time>{hm(say, rest.start_at)}</time>'
            f'<div><b>{escape(say("board.rest"))}</b> {escape(told)}</div></li>')
