"""What the desk wants of single jobs, whatever is best for the whole: kept, moved, dropped, added. Pure.

The rows are only ever added to; what is wanted now is their fold. A wish holds for `LASTS`, until it is taken back or
until the job is done. One that can't be met any more gives way and is told: there is always a plan.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.entities import Assignment, City, JobKind, LeftOut, Message, Phase, PlanVersion, UnitKind
from data.events import ChangeAction, ManualChange
from ops.explain import job_name
from ops.rules import Span, well_spans
from ops.work import Need, Storm, Work

LASTS = timedelta(hours=24)  # work of the same name on the day after is other work (as long as plans keep what is past)
POINTS = 60_000  # what the desk adds is worth as much as an incident (a clearing at the highest risk: 25,000)
LATE_POINTS = 4
DUE = timedelta(minutes=60)  # what is added should be done so soon, beside its own length (assumption)
TEAMS: dict[JobKind, tuple[Need, ...]] = {
    JobKind.CLEAR: (Need(skills=("clearing",), people=2),),
    JobKind.JET: (Need(skills=("jetting",), people=2), Need(machine_kind="jetting_truck")),
    JobKind.GUARD: (Need(people=2),),
    JobKind.PUMP: (Need(skills=("pumping",), people=2), Need(machine_kind="pump_truck")),
    JobKind.DESILT: (Need(skills=("clearing",), people=2), Need(machine_kind="suction_truck")),
    JobKind.HAUL: (Need(machine_kind="sludge_truck"), Need(machine_kind="loader")),
    JobKind.FLUSH: (Need(machine_kind="flusher"), Need(machine_kind="sweeper"))}
"""Who is needed for what may be added by hand: the teams of the same work when the storm asks for it."""
POSTS = (JobKind.GUARD, JobKind.PUMP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of one job.

    Attributes
    ----------
    number
        Of the change that it stands on; 0 while it is only thought of.
    start, units
        When and by which units (their names in the plan, in the order of the team); ``None`` and empty: whoever and
        whenever is best.
    kind, segment_id, minutes
        Of work that is added.
    """

    number: int
    job_id: str
    action: ChangeAction
    by: str
    at: datetime
    start: datetime | None = None
    units: tuple[str, ...] = ()
    kind: JobKind | None = None
    segment_id: str | None = None
    minutes: int = 0

    @property
    def is_fixed(self) -> bool:
        """Whether it says who and when."""
        return self.start is not None and bool(self.units)


def as_body(wish: Wish) -> dict[str, object]:
    """What a change keeps of a wish, as JSON can."""
    return {"start": wish.start.isoformat() if wish.start else None, "units": list(wish.units),
            "kind": wish.kind and str(wish.kind), "segment_id": wish.segment_id, "minutes": wish.minutes}


def _wish(change: ManualChange) -> Wish:
    body = change.body
    start, kind = body.get("start"), body.get("kind")
    return Wish(number=change.id or 0, job_id=change.job_id, action=change.action, by=change.by, at=change.at,
                start=datetime.fromisoformat(str(start)) if start else None,
                units=tuple(str(unit) for unit in body.get("units") or ()),  # type: ignore[union-attr]
                kind=JobKind(str(kind)) if kind else None,
                segment_id=str(body["segment_id"]) if body.get("segment_id") else None,
                minutes=int(body.get("minutes") or 0))  # type: ignore[call-overload]


def standing(changes: Iterable[ManualChange], now: datetime) -> tuple[Wish, ...]:
    """What is wanted now, in the order in which it was said: of each job the last word.

    A job that was added and then locked or moved stays an added one, with its time and team.
    """
    found: dict[str, Wish] = {}
    for change in sorted(changes, key=lambda change: change.id or 0):
        wish, before = _wish(change), found.pop(change.job_id, None)
        if change.action is ChangeAction.UNLOCK or now - change.at >= LASTS:
            continue
        if before and before.kind and change.action in (ChangeAction.LOCK, ChangeAction.MOVE):
            wish = replace(wish, kind=before.kind, segment_id=before.segment_id, minutes=before.minutes)
        found[change.job_id] = wish
    return tuple(found.values())


def applied(works: Iterable[Work], wishes: Iterable[Wish], storm: Storm,
            current: PlanVersion | None) -> tuple[tuple[Work, ...], tuple[LeftOut, ...]]:
    """The works with what the desk adds and keeps and without what it drops; and what is left out by its word."""
    wanted = {work.id: work for work in works}
    left: list[LeftOut] = []
    for wish in wishes:
        work = wanted.get(wish.job_id) or _added(wish, storm) or _kept(wish, storm, current)
        if work is None:
            continue
        if wish.action is ChangeAction.DROP:
            wanted.pop(wish.job_id, None)
            left.append(_dropped(work, Message("left.by_hand", {"by": wish.by, "at": wish.at})))
        elif wish.is_fixed:
            wanted[work.id] = replace(work, why=(_why(wish), *work.why))
        else:
            wanted[work.id] = work
    orphans = _orphans(wanted, {one.job_id for one in left})
    left += [_dropped(work, Message("left.predecessor_alone")) for work in orphans]
    return tuple(wanted.values()), tuple(left)


def _orphans(wanted: dict[str, Work], gone: set[str]) -> list[Work]:
    """Works that come after one that is dropped, taken out as well."""
    found: list[Work] = []
    while lost := [work for work in wanted.values() if gone.intersection(work.after)]:
        for work in lost:
            found.append(wanted.pop(work.id))
        gone = {work.id for work in lost}
    return found


def _why(wish: Wish) -> Message:
    return Message("why.by_hand", {"by": wish.by, "at": wish.at})


def _dropped(work: Work, why: Message) -> LeftOut:
    return LeftOut(job_id=work.id, kind=work.kind, phase=work.phase, segment_id=work.segment_id,
                   station_id=work.station_id, risk=work.risk, why=why)


def _added(wish: Wish, storm: Storm) -> Work | None:
    segment = next((one for one in storm.city.segments if one.id == wish.segment_id), None)
    if wish.kind is None or segment is None:
        return None
    risk = next((one for one in storm.risks if one.segment_id == segment.id), None)
    return Work(id=wish.job_id, kind=wish.kind, phase=_phase(storm), segment_id=segment.id,
                station_id=segment.station_id, position=segment.middle,
                inlet_ids=risk.inlet_ids if risk and wish.kind not in POSTS else (), minutes=wish.minutes,
                spans=_spans(wish.kind, storm), due_at=max(storm.now, wish.at) + DUE + timedelta(minutes=wish.minutes),
                points=POINTS, late_points=LATE_POINTS, needs=TEAMS[wish.kind], risk=risk.score if risk else None,
                why=() if wish.is_fixed else (_why(wish),))


def _spans(kind: JobKind, storm: Storm) -> tuple[Span, ...]:
    if kind in POSTS:
        return ((storm.now, storm.horizon),)
    if kind is JobKind.WELL:
        return well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
    return storm.open_ground(storm.now, storm.horizon)


def _phase(storm: Storm) -> Phase:
    rain = storm.rain
    if rain.onset_at and rain.onset_at <= storm.now:
        return Phase.DURING if rain.end_at is None or storm.now < rain.end_at else Phase.AFTER
    return Phase.BEFORE


def _kept(wish: Wish, storm: Storm, current: PlanVersion | None) -> Work | None:
    """Work that the storm asks for no more and the desk wants all the same: as it was ordered."""
    job = next((one for one in (current.assignments if current else ()) if one.job_id == wish.job_id), None)
    segment = next((one for one in storm.city.segments if job and one.id == job.segment_id), None)
    if job is None or segment is None or job.start_at <= storm.now or not wish.is_fixed:
        return None
    minutes = max(1, round((job.end_at - job.start_at) / timedelta(minutes=1)))
    return Work(id=job.job_id, kind=job.kind, phase=job.phase, segment_id=segment.id, station_id=job.station_id,
                position=segment.middle, inlet_ids=job.inlet_ids, minutes=minutes, spans=_spans(job.kind, storm),
                due_at=None, points=POINTS, needs=_needs(job, storm.city), risk=job.risk,
                why=tuple(why for why in job.why if why.code != "why.by_hand"))


def _needs(job: Assignment, city: City) -> tuple[Need, ...]:
    kinds = {machine.id: machine.kind for machine in city.machines}
    return tuple(Need(machine_kind=kinds.get(member.resource_id)) if member.kind is UnitKind.MACHINE else Need()
                 for member in job.members)


# --- told -------------------------------------------------------------------------------------------------------------


def sentences(given_up: Iterable[tuple[Wish, Message]], current: PlanVersion | None, causes: Container[str],
              city: City) -> tuple[Message, ...]:
    """That a wish could not be kept, once: when it is said, and when the plan in force kept it until now."""
    planned = {job.job_id: job for job in (current.assignments if current else ())}
    told = []
    for wish, why in given_up:
        job = planned.get(wish.job_id)
        is_news = f"change:{wish.number}" in causes or (
            job is not None and job.start_at == wish.start and tuple(m.unit_id for m in job.members) == wish.units)
        if is_news:
            told.append(Message("change.let_go", {"job": _name(wish, job, city), "by": wish.by, "why": why}))
    return tuple(told)


def named_causes(changes: Iterable[ManualChange], versions: Iterable[PlanVersion | None],
                 city: City) -> dict[str, Message]:
    """The causes that changes by hand are, told by who changed what."""
    jobs = {job.job_id: job for version in versions if version for job in (*version.assignments, *version.left_out)}
    return {f"change:{change.id}": Message(f"cause.hand_{change.action}", {
        "job": _name(_wish(change), jobs.get(change.job_id), city), "by": change.by, "at": change.at})
        for change in changes}


def _name(wish: Wish, job: Assignment | LeftOut | None, city: City) -> Message:
    if job is not None:
        return job_name(job.kind, job.segment_id, job.station_id, city)
    if wish.kind is not None:
        return job_name(wish.kind, wish.segment_id, "", city)
    return Message("name.text", {"text": wish.job_id})
