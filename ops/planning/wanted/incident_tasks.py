"""What an open incident asks of the crews: the work itself where they can do it, else a post that
keeps people away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import HELP, EventKind, FieldEvent
from data.model.ids import JobId, UnitId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.field.calls.incident_jobs import calling_station, made_for, matter_name, name_of
from ops.field.calls.incidents import IncidentSettings
from ops.field.calls.matters import Matter, matters
from ops.planning.context import Storm
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_worth import incident_worth, is_deep, tier_of
from ops.planning.wanted.pump_choice import with_bigger_pumps
from ops.planning.wanted.task_types import TASK_TYPES, spans_of, team_of
from ops.planning.wanted.tasks import Task

CLEARED_BY_CREWS = frozenset({"blocked_inlet", "standing_water"})
SHORTEST = (
    30  # minutes: nobody is sent to a post for less while there is time for more (assumption)
)
SEEN_TO = 2  # so much less is staying on worth where somebody has had his time (assumption)
FOLLOW = timedelta(
    minutes=30
)  # who follows at a post is planned so long before it ends (assumption: turnout and way)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """A crew's call for help: from which station, and for which job (``None``: its whole sheet)."""

    station_id: str
    job: Assignment | None


def help_requests(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion]
) -> dict[str, HelpRequest]:
    """The calls for help, by the number of the tap, which is also the incident's own."""
    found = {}
    for event in events:
        if event.kind is EventKind.HELP:
            jobs = versions[event.version].assignments if event.version in versions else ()
            job = next((job for job in jobs if job.job_id == event.job_id), None)
            found[event.event_id] = HelpRequest(station_id=event.station_id, job=job)
    return found


def incident_tasks(
    storm: Storm,
    settings: IncidentSettings = IncidentSettings(),
    current: PlanVersion | None = None,
    calls: Mapping[str, HelpRequest] | None = None,
) -> tuple[Task, ...]:
    """The work that the open incidents ask for, each matter once however many have called; one
    whose place the tables no longer know asks for none.

    Parameters
    ----------
    current
        The plan in force: a post in it is followed by the next one for as long as its matter is
        open.
    calls
        The calls for help, by the number of their incidents at their source.
    """
    depths = {matter.id: matter.depth_cm or 0.0 for matter in matters(storm.incidents)}
    tasks = _tasks(storm, settings, current, calls or {})
    return with_bigger_pumps(tasks, depths, storm, current)


def _tasks(
    storm: Storm,
    settings: IncidentSettings,
    current: PlanVersion | None,
    calls: Mapping[str, HelpRequest],
) -> Iterator[Task]:
    may_stay = _is_each_pumped(storm, settings, current)
    for matter in matters(storm.incidents):
        first = matter.first
        call = calls.get(first.external_id or "") if first.source == HELP else None
        crew = _crew_task(matter, call, storm, settings)
        if crew is None:
            continue
        asked = [crew]
        if _is_pumped(matter, storm, settings):
            asked.append(_pump_task(crew, matter, storm, settings))
        for task in asked:
            jobs = made_for(matter.id, current, pump=task.kind is JobKind.PUMP)
            for each in _going_on(task, jobs, storm, settings, may_stay):
                goes_on = JobId.parse(each.id).number > 1
                yield _seen_to(each) if goes_on and not _runs_in(each, storm) else each


def _crew_task(
    matter: Matter, call: HelpRequest | None, storm: Storm, settings: IncidentSettings
) -> Task | None:
    segment = storm.city.segment_by_id.get(matter.first.segment_id or "")
    station = calling_station(matter.first, storm.city)
    if segment:
        station_id, position = segment.station_id, segment.middle
    elif station:
        station_id, position = station.id, station.position
    else:
        return None
    kind = _kind(matter, call, storm, settings)
    minutes = settings.clear_minutes if kind is JobKind.CLEAR else settings.post_minutes
    risks = (risk.score for risk in storm.risks if segment and risk.segment_id == segment.id)
    worth = incident_worth(matter, segment, storm, settings)
    return Task(
        id=str(JobId.of_incident(matter.id)),
        kind=kind,
        phase=storm.phase,
        segment_id=segment.id if segment else None,
        station_id=station_id,
        position=position,
        inlet_ids=_inlets(matter, kind, call),
        minutes=minutes,
        spans=spans_of(kind, storm, for_incident=True),
        due_at=storm.now + timedelta(minutes=minutes),
        points=worth.points,
        late_points=worth.late_points,
        late_most=worth.late_most,
        tier=tier_of(matter, storm),
        needs=team_of(kind, storm, segment),
        risk=next(risks, None),
        why=(_why(matter, storm.city),),
        not_by=_callers(call, storm.city),
    )


def _pump_task(crew: Task, matter: Matter, storm: Storm, settings: IncidentSettings) -> Task:
    """The pump at a place where a crew is asked for too: the truck comes with its driver when it
    can, and nobody waits for it.
    """
    return replace(
        crew,
        id=str(JobId.of_pump(matter.id)),
        kind=JobKind.PUMP,
        inlet_ids=(),
        minutes=settings.pump_minutes,
        spans=spans_of(JobKind.PUMP, storm),
        due_at=storm.now + timedelta(minutes=settings.pump_minutes),
        needs=team_of(JobKind.PUMP, storm),
    )


def _runs_in(task: Task, storm: Storm) -> bool:
    """Whether a pump is at a low point: what falls around runs in for as long as its water stands,
    and whoever goes on to the next one before has pumped for nothing.
    """
    road = storm.city.segment_by_id.get(task.segment_id or "")
    return task.kind is JobKind.PUMP and road is not None and storm.endangers(road)


def _seen_to(task: Task) -> Task:
    """What goes on where a crew or a pump has had its time: water that nobody has seen to goes
    before as much of it.
    """
    return replace(
        task,
        points=task.points // SEEN_TO,
        late_points=task.late_points // SEEN_TO,
        late_most=None if task.late_most is None else task.late_most // SEEN_TO,
    )


def _why(matter: Matter, city: City) -> Message:
    first = matter.first
    if first.source == HELP:
        facts = {"by": first.by, "at": first.reported_at, "text": first.text}
        return Message("why.help_said" if first.text else "why.help", facts)
    if matter.count > 1:
        return Message("why.matter", {"what": matter_name(matter, city)})
    return Message(
        "why.incident",
        {"what": name_of(first, city), "at": first.reported_at, "by": first.by},
    )


def _inlets(matter: Matter, kind: JobKind, call: HelpRequest | None) -> tuple[str, ...]:
    if matter.inlet_ids:
        return matter.inlet_ids
    return call.job.inlet_ids if call and call.job and kind is JobKind.CLEAR else ()


def _callers(call: HelpRequest | None, city: City) -> frozenset[str]:
    """Who calls for help is no help: the team of the job (the crew's other squad is), or all of the
    station."""
    if call is None:
        return frozenset()
    if call.job:
        return frozenset(UnitId.parse(member.unit_id).team for member in call.job.members)
    units = city.resource_by_id.values()
    return frozenset(unit.id for unit in units if unit.station_id == call.station_id)


def _is_each_pumped(storm: Storm, settings: IncidentSettings, current: PlanVersion | None) -> bool:
    """Whether a pump has come to each water that asks for one: until then none but that of a low
    point stays longer than its time where it is, for what nobody has seen to goes first.
    """
    return all(
        any(job.start_at <= storm.now for job in made_for(matter.id, current, pump=True))
        for matter in matters(storm.incidents)
        if _is_pumped(matter, storm, settings)
    )


def _going_on(
    task: Task,
    jobs: list[Assignment],
    storm: Storm,
    settings: IncidentSettings,
    may_stay: bool,
) -> Iterator[Task]:
    """The work, and as long as the matter is open the next post after the one that ends.

    What is planned keeps its name; crews do what they can as soon as they may, after however many
    posts. Where it ``may_stay`` a pump is asked for where it is as soon as it is there: asked for
    only as its time ends, it was on its way to the next water by then, and went round and round
    while all of them stayed.
    """
    if not jobs:
        until = storm.now + timedelta(minutes=settings.due_minutes + task.minutes)
        yield from _posts(task, (1, 2), storm.now, until, storm)
        return
    last = jobs[-1]
    number = max(JobId.parse(job.job_id).number for job in jobs)
    follower = str(JobId.parse(task.id).numbered(number + 1))
    if not task.kind.is_post:
        yield replace(
            task,
            id=last.job_id if last.kind is task.kind or last.start_at > storm.now else follower,
        )
        return
    start, is_pumped = storm.now, False
    for own, until, is_manned in _posts_to_come(jobs, storm):
        stays_on = task.kind is JobKind.PUMP and (may_stay or _runs_in(task, storm))
        is_pumped = is_manned and stays_on
        if until >= storm.now + timedelta(minutes=_soonest(storm)):
            post, *rest = _posts(task, (own, number + 1), start, until, storm)
            yield _manned(post, storm, settings) if is_manned else post
            yield from rest
            number += len(rest)
            start = until
        elif is_manned:  # it is let end
            start = until
    if ends_soon(last, storm.now) or _is_cut(task, start, storm) or is_pumped:
        until = start + timedelta(minutes=task.minutes)
        yield from _posts(task, (number + 1, number + 2), start, until, storm)


def _posts(
    task: Task, numbers: tuple[int, int], start: datetime, until: datetime, storm: Storm
) -> Iterator[Task]:
    """A post; one within which low points begin to fill as two: whoever is at one sees to other
    water until then and is back, and need not stay there through it.
    """
    name = JobId.parse(task.id)
    soonest = start + timedelta(minutes=_soonest(storm) + storm.work.travel_minutes)
    ends = (begin for begin in storm.filling_from if soonest <= begin < until)
    cut = next(ends, until) if _gives_way(task, storm) else until
    yield _post(task, str(name.numbered(numbers[0])), start, cut, storm)
    if cut < until:
        until = max(until, cut + timedelta(minutes=SHORTEST))
        yield _post(task, str(name.numbered(numbers[1])), cut, until, storm)


def _gives_way(task: Task, storm: Storm) -> bool:
    """Whether a post is left for low points that fill: water that endangers people is not, and at
    a low point it is where its crew is to be.
    """
    segment = storm.city.segment_by_id.get(task.segment_id or "")
    is_at_low_point = segment is not None and storm.endangers(segment)
    is_watched = task.kind.is_post and task.kind is not JobKind.PUMP
    return is_watched and task.tier < Tier.SAFETY and not is_at_low_point


def _is_cut(task: Task, until: datetime, storm: Storm) -> bool:
    """Whether a post that ends then ends for low points that begin to fill."""
    return _gives_way(task, storm) and until in storm.filling_from


def _posts_to_come(jobs: list[Assignment], storm: Storm) -> Iterator[tuple[int, datetime, bool]]:
    """The posts that are not over, by the number that all who relieve one another at one share,
    with their ends, and whether a team is there or on its way.
    """
    ends: dict[int, datetime] = {}
    manned = set()
    for job in jobs:
        own = JobId.parse(job.job_id).number
        ends[own] = max(ends.get(own, job.end_at), job.end_at)
        leaving = (member.leave_at for member in job.members)
        if min(leaving, default=job.start_at) <= storm.now < job.end_at:
            manned.add(own)
    for own, until in sorted(ends.items(), key=lambda item: item[1]):
        if until > storm.now:
            yield own, until, own in manned


def _manned(post: Task, storm: Storm, settings: IncidentSettings) -> Task:
    """The post of those who are there or on their way: they are not late before they can have read
    the order, and who leaves is missed more than who has not come yet.
    """
    return replace(
        post,
        due_at=storm.now + timedelta(minutes=storm.work.turnout_minutes),
        late_points=settings.leaving * post.late_points,
    )


def _soonest(storm: Storm) -> int:
    """Minutes from now until whoever reads the order now has manned a post for the shortest
    time.
    """
    return storm.work.turnout_minutes + storm.work.watch_minutes


def _post(task: Task, name: str, start: datetime, until: datetime, storm: Storm) -> Task:
    """A post from ``start`` on, that ends then whenever it is taken up, and may be left for
    something graver; a pump stays as long as there is water for it.
    """
    if not task.kind.is_post:
        return task
    if task.kind is JobKind.PUMP:
        due = start + timedelta(minutes=task.minutes)
        return replace(task, id=name, spans=((start, storm.horizon),), due_at=due)
    left = int((until - start) / timedelta(minutes=1))
    least = storm.work.watch_minutes if _is_cut(task, until, storm) else SHORTEST
    shortest = max(1, min(least, left - storm.work.turnout_minutes))
    return replace(
        task,
        id=name,
        minutes=shortest,
        until=until,
        spans=((start, until - timedelta(minutes=shortest)),),
        due_at=start,
    )


def ends_soon(post: Assignment, now: datetime) -> bool:
    """Whether it is time to plan who follows at a post."""
    return post.end_at <= now + FOLLOW


def _kind(
    matter: Matter, call: HelpRequest | None, storm: Storm, settings: IncidentSettings
) -> JobKind:
    """What the crew does: the work itself, or what is done in its place where that can't be.

    Nobody works on open ground while that is forbidden, nor in deep water: then it is a post. A
    station that calls gets a crew more.
    """
    deep = (matter.depth_cm or 0.0) >= settings.pump_from_cm
    cleared = matter.kinds <= CLEARED_BY_CREWS or (call and call.job and call.job.inlet_ids)
    kind: JobKind | None = JobKind.CLEAR if cleared and not deep else JobKind.GUARD
    while kind and not _can_be_done(kind, matter, storm, settings):
        kind = TASK_TYPES[kind].fallback
    return kind or JobKind.RESERVE


def _is_pumped(matter: Matter, storm: Storm, settings: IncidentSettings) -> bool:
    """Whether a pump is asked for beside the crew: in deep water, where the district has one."""
    return is_deep(matter, settings) and any(
        machine.kind == "pump_truck" for machine in storm.city.machines
    )


def _can_be_done(kind: JobKind, matter: Matter, storm: Storm, settings: IncidentSettings) -> bool:
    if kind is JobKind.GUARD:
        return bool(matter.first.segment_id)
    if kind is not JobKind.CLEAR:
        return True
    enough = timedelta(
        minutes=settings.clear_minutes + storm.work.turnout_minutes + storm.work.travel_minutes
    )
    soon = storm.now + timedelta(minutes=settings.due_minutes)
    return any(
        start <= soon and end - start >= enough
        for start, end in spans_of(kind, storm, for_incident=True)
    )
