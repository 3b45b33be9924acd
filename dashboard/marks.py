"""What stands on the map beside the roads: crews and machines where they are or are due, and open incidents. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd

from dashboard import words
from dashboard.frames import hm
from data.entities import City, Position, UnitKind
from data.events import Incident
from ops.duty import member_names
from ops.joblist import JobLine, JobState
from ops.progress import Stage
from ops.text import Speaker
from ops.urgent import name_of

SOON = timedelta(minutes=45)  # who sets out within so long is shown where he is due
MARK_COLUMNS = ["kind", "text", "lon", "lat", "detail"]
SIGN = {"there": "■", "way": "▶", "due": "▷", "incident": "▲"}
_GONE = (JobState.DONE, JobState.VERIFIED)


def mark_frame(lines: Iterable[JobLine], incidents: Iterable[Incident], city: City, now: datetime,
               say: Speaker) -> pd.DataFrame:
    """A mark for each place where units are, go to, or are due soon, and for each open incident.

    Returns
    -------
    DataFrame
        ``kind`` (``there``, ``way``, ``due``, ``incident``), ``text``, ``lon``, ``lat``, ``detail`` for a hover.
    """
    at: dict[str, list[tuple[str, JobLine]]] = defaultdict(list)
    for line in lines:
        kind = where(line, now)
        if kind:
            at[line.job.segment_id or line.job.station_id].append((kind, line))
    rows = [_unit_mark(found, city, say) for found in at.values()]
    rows += [_incident_mark(one, city, say) for one in incidents]
    return pd.DataFrame([row for row in rows if row], columns=MARK_COLUMNS)


def where(line: JobLine, now: datetime) -> str | None:
    """Whether a job's units are there, on their way or due soon, by what they said, else by the plan."""
    if line.state in _GONE or line.job.end_at <= now:
        return None
    if line.stage is Stage.ON_SITE:
        return "there"
    if line.stage is Stage.UNDER_WAY:
        return "way"
    if line.leave_at <= now:
        return "there" if line.job.start_at <= now else "way"
    return "due" if line.leave_at - now <= SOON else None


def _unit_mark(found: list[tuple[str, JobLine]], city: City, say: Speaker) -> dict | None:
    """One mark for all who are, come or are due at a place; who is there gives it its sign."""
    found = sorted(found, key=lambda one: list(SIGN).index(one[0]))
    kind, first = found[0]
    place = _place(first.job.segment_id, first.job.station_id, city)
    if place is None:
        return None
    members = [member for _, line in found for member in line.job.members]
    crews = tuple(member for member in members if member.kind is UnitKind.CREW)
    names = list(dict.fromkeys(member_names(crews, city)))
    machines = len({member.resource_id for member in members if member.kind is UnitKind.MACHINE})
    told = " ".join([SIGN[kind], *names[:1], *([f"+{len(names) - 1}"] if len(names) > 1 else []),
                     *([say("desk.mark_machines", n=machines)] if machines else [])])
    return {"kind": kind, "text": told, "lon": place[0], "lat": place[1],
            "detail": "\n".join(_told(one, line, city, say) for one, line in found)}


def _told(kind: str, line: JobLine, city: City, say: Speaker) -> str:
    job = line.job
    return (f"{say(f'desk.mark_{kind}')} {hm(say, job.start_at)}–{hm(say, job.end_at)} "
            f"{words.job_name(say, job.kind)} · {words.join_names(say, member_names(job.members, city))}")


def _incident_mark(one: Incident, city: City, say: Speaker) -> dict | None:
    place = one.position or _place(one.segment_id, "", city)
    if place is None:
        return None
    told = say("incident.line", number=one.id, what=name_of(one, city), at=one.reported_at, by=one.by, text=one.text)
    return {"kind": "incident", "text": f"{SIGN['incident']} {say(f'incident.{one.kind}')}", "lon": place[0],
            "lat": place[1], "detail": told}


def _place(segment_id: str | None, station_id: str, city: City) -> Position | None:
    segment = next((segment for segment in city.segments if segment.id == segment_id), None)
    if segment:
        return segment.middle
    return next((station.position for station in city.stations if station.id == station_id), None)
