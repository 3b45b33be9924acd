"""What the beats of the patrols ask for: in each interval of a place one visit; while a storm lasts
they are eyes, and look at the low points and key roads near it. Pure.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.geo import distance_m
from data.model.city import PATROL, Beat, Segment
from data.model.field import FieldEvent
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind
from data.model.street.service_cars import CARS
from data.model.wall_clock import span_of
from ops.field.done_words import done_words
from ops.planning.context import Storm
from ops.planning.on_duty.means import SCOOTER
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted.task_types import Requirement, minutes_of, spans_of, team_of
from ops.planning.wanted.tasks import Task
from ops.risk.stop_work import Span

DAY = timedelta(days=1)


def visited(events: Iterable[FieldEvent]) -> frozenset[tuple[str, ...]]:
    """The visits that the patrols have reported done, each by its place and interval; one opened
    again is not.
    """
    jobs = (JobId.parse(words[-1].job_id or "") for words in done_words(events))
    return frozenset(job.parts[:2] for job in jobs if job.source == JobKind.PATROL)


def patrol_tasks(
    storm: Storm, done: Collection[tuple[str, ...]], service: str = PATROL
) -> tuple[Task, ...]:
    """One visit for each interval of each place of a service until the horizon, but for those that
    are done.
    """
    zone = ZoneInfo(storm.city.district.time_zone)
    last = storm.horizon - timedelta(minutes=minutes_of(JobKind.PATROL, storm))
    return tuple(
        _task(storm, beat, slot)
        for beat in storm.city.patrol_beats
        if storm.city.service_at(beat.station_id) == service
        for slot in slots(beat, storm.now, last, zone)
        if (beat.id, _named(slot)) not in done
    )


def _named(slot: Span) -> str:
    """An interval by when it begins, UTC."""
    return f"{slot[0]:%Y%m%dT%H%M}"


def slots(beat: Beat, now: datetime, horizon: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """The intervals of a place that are not over and begin before the horizon; the last of an
    evening may be shorter.
    """
    every, day = timedelta(minutes=beat.every_minutes), now.astimezone(zone).date() - DAY
    while (span := span_of(day, beat.start, beat.end, zone))[0] < horizon:
        start, end = span
        while start < min(end, horizon):
            until = min(start + every, end)
            if until > now:
                yield start, until
            start = until
        day += DAY


def _task(storm: Storm, beat: Beat, slot: Span) -> Task:
    own = storm.city.segment_by_id[beat.segment_id]
    minutes = minutes_of(JobKind.PATROL, storm)
    rains = any(start < slot[1] and slot[0] < end for start, end in storm.rain.storms)
    segment = _to_look_at(storm, own) if rains else own
    until = slot[1] + timedelta(minutes=minutes)  # it begins within its interval
    spans = spans_of(JobKind.PATROL, storm)
    others = {one.id for one in storm.city.resource_by_id.values()} - {
        one.id for one in storm.city.resource_by_id.values() if one.station_id == beat.station_id
    }
    return Task(
        id=str(JobId(JobKind.PATROL, (beat.id, _named(slot), segment.id))),
        kind=JobKind.PATROL,
        phase=storm.phase,
        segment_id=segment.id,
        station_id=beat.station_id,
        position=segment.middle,
        inlet_ids=(),
        minutes=minutes,
        spans=tuple((max(slot[0], start), min(until, end)) for start, end in spans),
        due_at=None,
        points=duty_points(Tier.POST, minutes),
        needs=_team(storm, beat),
        risk=None,
        why=_why(beat, slot, rains, storm.city.service_at(beat.station_id)),
        not_by=frozenset(others),
        tier=Tier.POST,
    )


def _team(storm: Storm, beat: Beat) -> tuple[Requirement, ...]:
    """A pair; where they go by scooter, one that rides."""
    needs = team_of(JobKind.PATROL, storm)
    return tuple(replace(need, skills=(SCOOTER,)) for need in needs) if beat.scooter else needs


def _to_look_at(storm: Storm, own: Segment) -> Segment:
    """In a storm: the nearest low point, or else the nearest key road; its own place where neither
    is near.
    """
    near = [
        (not one.low_lying, away, one.id)
        for one in storm.city.segments
        if storm.post_tier(one) is not None
        and (away := distance_m(own.middle, one.middle)) <= storm.work.eyes_m
    ]
    return storm.city.segment_by_id[min(near)[-1]] if near else own


def _why(beat: Beat, slot: Span, rains: bool, service: str) -> tuple[Message, ...]:
    facts = {"place": beat.name, "start": slot[0], "end": slot[1]}
    code = "why.patrol_scooter" if beat.scooter else "why.patrol"
    visit = Message("why.patrol_car" if service == CARS else code, facts)
    return (Message("why.patrol_eyes"), visit) if rains else (visit,)
