"""What stands on the map beside the roads: crews and machines where they said they are, else where
the plan has them, and open incidents. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import pandas as pd

from dashboard.render.frames import hm, step_text
from dashboard.render.maps import CLOSED_COLUMNS, MARK_COLUMNS
from data.model.city import City, Position
from data.model.field import Incident
from data.model.ids import UnitId
from data.model.plan import Assignment, JobKind, Member, UnitKind
from data.model.street.streets import Closure
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents import labels
from ops.field.calls.incident_jobs import matter_line
from ops.field.calls.matters import Matter, matters
from ops.field.job_board import JobLine
from ops.field.standing import Standing, Step, leaves_at, unit_standings
from ops.ways.closures import line_of

SOON = timedelta(minutes=45)  # who sets out within so long is shown where he is due
SIGN = {
    "there": "■",
    "way": "▶",
    "plan_there": "□",
    "plan_way": "▷",
    "due": "◇",
    "incident": "▲",
    "closed": "✕",
}
"""Filled: somebody said so; hollow: it is so by the plan alone."""
_Placed = tuple[str, Assignment, Standing]


def mark_frame(
    lines: Iterable[JobLine],
    incidents: Iterable[Incident],
    city: City,
    now: datetime,
    t: Translator,
    closures: Iterable[Closure] = (),
) -> pd.DataFrame:
    """A mark for each place where units said they are, else where they should be or are due soon,
    for each open incident, and for each street closed or slow. Each unit stands at one place.

    Returns
    -------
    DataFrame
        ``kind`` (of ``SIGN``), ``sign``, ``text``, ``lon``, ``lat``, ``detail`` for a hover, and
        what a click means: ``act`` (``job``, ``matter`` or ``closure``) and ``id``.
    """
    lines = tuple(lines)
    jobs = [(line.job, line.standing) for line in lines if line.job.kind is not JobKind.RESERVE]
    units = unit_standings(jobs)
    at: dict[str, dict[str, _Placed]] = defaultdict(dict)
    members: dict[str, dict[str, Member]] = defaultdict(dict)
    for unit in units:
        if unit.place:
            job, standing = unit.place
            _put(at, members, _kind(standing), job, standing, [unit.unit])
    shown = {unit.unit for unit in units}
    for job, standing in sorted(jobs, key=lambda one: (leaves_at(one[0]), one[0].job_id)):
        if is_due_soon(job, standing, now):
            own = {UnitId.parse(member.unit_id).team for member in job.members} - shown
            _put(at, members, "due", job, standing, own)
            shown |= own
    rows = [
        _unit_mark(list(placed.values()), list(members[place].values()), city, t)
        for place, placed in at.items()
    ]
    rows += [_matter_mark(matter, city, t) for matter in matters(incidents)]
    rows += [_closure_mark(closure, t) for closure in closures]
    return pd.DataFrame([row for row in rows if row], columns=MARK_COLUMNS)


def _put(
    at: dict[str, dict[str, _Placed]],
    members: dict[str, dict[str, Member]],
    kind: str,
    job: Assignment,
    standing: Standing,
    units: Collection[str],
) -> None:
    """Lay the job down at its place with those of its members who are these units."""
    place = job.segment_id or job.station_id
    own = [member for member in job.members if UnitId.parse(member.unit_id).team in units]
    if own:
        at[place][job.job_id] = (kind, job, standing)
        members[place].update({member.unit_id: member for member in own})


def _kind(standing: Standing) -> str:
    return str(standing.step) if standing.is_reported else f"plan_{standing.step}"


def is_due_soon(job: Assignment, standing: Standing, now: datetime) -> bool:
    """Whether a team that nobody has heard of sets out soon."""
    return standing.step is Step.AHEAD and leaves_at(job) - now <= SOON


def _unit_mark(
    placed: list[_Placed], members: list[Member], city: City, t: Translator
) -> dict | None:
    """One mark for all who are, come or are due at a place; who is there gives it its sign."""
    placed = sorted(placed, key=lambda one: list(SIGN).index(one[0]))
    kind, first, _ = placed[0]
    place = _place(first.segment_id, first.station_id, city)
    if place is None:
        return None
    crews = tuple(member for member in members if member.kind is UnitKind.CREW)
    names = list(dict.fromkeys(labels.said(t, name) for name in member_names(crews, city)))
    machines = len({member.resource_id for member in members if member.kind is UnitKind.MACHINE})
    return {
        "kind": kind,
        "sign": SIGN[kind],
        "text": _mark_text(names, machines, t),
        "lon": place[0],
        "lat": place[1],
        "detail": "\n".join(_detail(job, standing, city, t) for _, job, standing in placed),
        "act": "job",
        "id": first.job_id,
    }


def _mark_text(crews: list[str], machines: int, t: Translator) -> str:
    """First crew, how many more crews, how many machines."""
    parts = [*crews[:1]]
    if len(crews) > 1:
        parts.append(f"+{len(crews) - 1}")
    if machines:
        parts.append(t("desk.mark_machines", n=machines))
    return " ".join(parts)


def _detail(job: Assignment, standing: Standing, city: City, t: Translator) -> str:
    return (
        f"{step_text(standing, t)} {hm(t, job.start_at)}–{hm(t, job.end_at)} "
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
        "sign": SIGN["incident"],
        "text": t(f"incident.{matter.first.kind}") + count,
        "lon": place[0],
        "lat": place[1],
        "detail": t.message(matter_line(matter, city)),
        "act": "matter",
        "id": str(matter.id),
    }


def _closure_mark(closure: Closure, t: Translator) -> dict:
    """The middle of a stretch that is closed or slow."""
    lon, lat = closure.line[len(closure.line) // 2]
    if len(closure.line) == 2:
        lon, lat = ((a + b) / 2 for a, b in zip(*closure.line, strict=True))
    return {
        "kind": "closed",
        "sign": SIGN["closed"],
        "text": t("closure.slow" if closure.speed_share else "closure.shut"),
        "lon": lon,
        "lat": lat,
        "detail": t.message(line_of(closure)),
        "act": "closure",
        "id": str(closure.id or closure.external_id),
    }


def closed_frame(closures: Iterable[Closure], t: Translator) -> pd.DataFrame:
    """The streets that are closed or slow: ``path``, whether they are ``slow`` only, ``detail`` for
    a hover, and ``id`` for a click.
    """
    rows = [
        {
            "path": [list(position) for position in closure.line],
            "slow": bool(closure.speed_share),
            "detail": t.message(line_of(closure)),
            "id": str(closure.id or closure.external_id),
        }
        for closure in closures
    ]
    return pd.DataFrame(rows, columns=CLOSED_COLUMNS)


def _place(segment_id: str | None, station_id: str, city: City) -> Position | None:
    if segment := city.segment_by_id.get(segment_id or ""):
        return segment.middle
    station = city.station_by_id.get(station_id)
    return station.position if station else None
