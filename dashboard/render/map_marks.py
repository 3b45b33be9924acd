"""What stands on the map beside the roads: crews and machines where they are or are due, and open
incidents. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd

from dashboard.render.frames import hm
from data.model.city import City, Position
from data.model.field import Incident
from data.model.plan import UnitKind
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents import labels
from ops.field.incident_jobs import matter_line
from ops.field.job_board import JobLine, JobState
from ops.field.matters import Matter, matters
from ops.field.progress import Stage

SOON = timedelta(minutes=45)  # who sets out within so long is shown where he is due
MARK_COLUMNS = ["kind", "text", "lon", "lat", "detail"]
SIGN = {"there": "■", "way": "▶", "due": "▷", "incident": "▲"}
_GONE = (JobState.DONE, JobState.VERIFIED)


def mark_frame(
    lines: Iterable[JobLine],
    incidents: Iterable[Incident],
    city: City,
    now: datetime,
    t: Translator,
) -> pd.DataFrame:
    """A mark for each place where units are, go to, or are due soon, and for each open incident.

    Returns
    -------
    DataFrame
        ``kind`` (``there``, ``way``, ``due``, ``incident``), ``text``, ``lon``, ``lat``, ``detail``
        for a hover.
    """
    at: dict[str, list[tuple[str, JobLine]]] = defaultdict(list)
    for line in lines:
        kind = where(line, now)
        if kind:
            at[line.job.segment_id or line.job.station_id].append((kind, line))
    rows = [_unit_mark(units, city, t) for units in at.values()]
    rows += [_matter_mark(matter, city, t) for matter in matters(incidents)]
    return pd.DataFrame([row for row in rows if row], columns=MARK_COLUMNS)


def where(line: JobLine, now: datetime) -> str | None:
    """Whether a job's units are there, on their way or due soon, by what they said, else by the
    plan.
    """
    if line.state in _GONE or line.job.end_at <= now:
        return None
    if line.stage is Stage.ON_SITE:
        return "there"
    if line.stage is Stage.UNDER_WAY:
        return "way"
    if line.leave_at <= now:
        return "there" if line.job.start_at <= now else "way"
    return "due" if line.leave_at - now <= SOON else None


def _unit_mark(units: list[tuple[str, JobLine]], city: City, t: Translator) -> dict | None:
    """One mark for all who are, come or are due at a place; who is there gives it its sign."""
    units = sorted(units, key=lambda unit: list(SIGN).index(unit[0]))
    kind, first = units[0]
    place = _place(first.job.segment_id, first.job.station_id, city)
    if place is None:
        return None
    members = [member for _, line in units for member in line.job.members]
    crews = tuple(member for member in members if member.kind is UnitKind.CREW)
    names = list(dict.fromkeys(labels.said(t, name) for name in member_names(crews, city)))
    machines = len({member.resource_id for member in members if member.kind is UnitKind.MACHINE})
    return {
        "kind": kind,
        "text": _mark_text(kind, names, machines, t),
        "lon": place[0],
        "lat": place[1],
        "detail": "\n".join(_detail(kind, line, city, t) for kind, line in units),
    }


def _mark_text(kind: str, crews: list[str], machines: int, t: Translator) -> str:
    """Sign, first crew, how many more crews, how many machines."""
    parts = [SIGN[kind], *crews[:1]]
    if len(crews) > 1:
        parts.append(f"+{len(crews) - 1}")
    if machines:
        parts.append(t("desk.mark_machines", n=machines))
    return " ".join(parts)


def _detail(kind: str, line: JobLine, city: City, t: Translator) -> str:
    job = line.job
    return (
        f"{t(f'desk.mark_{kind}')} {hm(t, job.start_at)}–{hm(t, job.end_at)} "
        f"{labels.job_name(t, job.kind)} · {labels.join_names(t, member_names(job.members, city))}"
    )


def _matter_mark(matter: Matter, city: City, t: Translator) -> dict | None:
    """One mark for all calls about the same, and how many there are."""
    place = matter.position or _place(matter.first.segment_id, "", city)
    if place is None:
        return None
    count = f" ×{matter.count}" if matter.count > 1 else ""
    return {
        "kind": "incident",
        "text": f"{SIGN['incident']} {t(f'incident.{matter.first.kind}')}{count}",
        "lon": place[0],
        "lat": place[1],
        "detail": t.message(matter_line(matter, city)),
    }


def _place(segment_id: str | None, station_id: str, city: City) -> Position | None:
    if segment := city.segment_by_id.get(segment_id or ""):
        return segment.middle
    station = city.station_by_id.get(station_id)
    return station.position if station else None
