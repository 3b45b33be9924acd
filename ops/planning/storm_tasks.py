"""What work a storm asks for: clear before the rain, guard during it, desilt after it. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.geo import distance_m
from data.model.city import Segment
from data.model.message import Message
from data.model.plan import JobKind, SegmentRisk
from ops.planning.context import Storm
from ops.planning.guard_tasks import guards, reserves
from ops.planning.task_types import minutes_of, spans_of
from ops.planning.tasks import Task, task_on
from ops.risk.stop_work import Span


def storm_tasks(storm: Storm) -> tuple[Task, ...]:
    """All the work that the storm (or, on a dry day, upkeep) asks for, in a fixed order."""
    segments = storm.city.segment_by_id
    risks = sorted(storm.risks, key=lambda risk: (-risk.score, risk.segment_id))
    tasks: list[Task] = []
    for risk in risks:
        segment = segments[risk.segment_id]
        tasks += [*_before(storm, segment, risk), *_after(storm, segment, risk)]
    if storm.rain.onset_at and storm.rain.end_at:
        ranked = [(segments[risk.segment_id], risk) for risk in risks]
        tasks += [*guards(storm, ranked), *reserves(storm)]
    return tuple(tasks)


def _before(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Task]:
    if storm.rain.onset_at and storm.rain.onset_at <= storm.now:
        return
    spans = storm.open_ground(storm.now, storm.rain.onset_at or storm.horizon)
    inlets = {
        JobKind.CLEAR: _as_many_as_fit(storm, risk.inlet_ids, spans)
        if risk.score >= storm.work.clear_from_risk
        else (),
        JobKind.JET: _open_inlets(storm, segment, "jetting"),
    }
    for kind, chosen in inlets.items():
        if chosen:
            yield task_on(
                storm,
                segment,
                risk,
                kind,
                inlets=chosen,
                spans=spans,
                minutes=minutes_of(kind, storm, inlets=len(chosen)),
                why=_before_why(storm),
                due_at=storm.rain.onset_at,
            )


def _before_why(storm: Storm) -> Message:
    if storm.rain.onset_at:
        return Message("why.before", {"onset": storm.rain.onset_at})
    return Message("why.routine")


def _as_many_as_fit(
    storm: Storm, inlet_ids: tuple[str, ...], spans: tuple[Span, ...]
) -> tuple[str, ...]:
    """The most pressing inlets that there is time for between reading the order and the end of the
    longest span.

    When time is short the portions are halved, so that crews who come free late still find one that
    fits. At least one inlet is left, so that work for which there is no time at all is told and not
    dropped.
    """
    work = storm.work
    begin = storm.now + timedelta(minutes=work.turnout_minutes + work.travel_minutes)
    usable = max(
        ((end - max(start, begin)) / timedelta(minutes=1) for start, end in spans), default=0
    )
    most = work.inlets_per_stop if usable >= work.short_minutes else work.inlets_per_stop // 2
    count = int((usable - work.setup_minutes) // work.hand_minutes)
    return inlet_ids[: max(1, min(most, count))]


def _open_inlets(storm: Storm, segment: Segment, remedy: str) -> tuple[str, ...]:
    """Inlets of the segment that are blocked now and ask for this remedy, at most three at one
    stop.
    """
    on_segment = {inlet.id for inlet in storm.city.inlets_by_segment.get(segment.id, ())}
    found = {
        blockage.inlet_id
        for blockage in storm.city.blockages
        if blockage.inlet_id in on_segment
        and blockage.remedy == remedy
        and blockage.is_open(storm.now)
    }
    return tuple(sorted(found)[:3])


def _after(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Task]:
    if storm.rain.end_at:
        yield from _desilting(storm, segment, risk, storm.rain.end_at)
    wells = _open_inlets(storm, segment, "well_entry")
    if wells:
        yield task_on(
            storm,
            segment,
            risk,
            JobKind.WELL,
            inlets=wells,
            spans=spans_of(JobKind.WELL, storm),
            minutes=minutes_of(JobKind.WELL, storm, inlets=len(wells)),
            why=Message("why.well"),
        )


def _desilting(
    storm: Storm, segment: Segment, risk: SegmentRisk, rain_end: datetime
) -> Iterator[Task]:
    """Take the silt out, drive it away, rinse the road: each after the one before."""
    if risk.score < storm.work.desilt_from_risk or not risk.inlet_ids:
        return
    spans = storm.open_ground(max(rain_end, storm.now), storm.horizon)
    due = rain_end + timedelta(hours=storm.work.recede_hours)
    inlets = risk.inlet_ids[: storm.work.inlets_per_stop // 2]
    after: tuple[str, ...] = ()
    for kind in (JobKind.DESILT, JobKind.HAUL, JobKind.FLUSH):
        is_first = kind is JobKind.DESILT
        task = task_on(
            storm,
            segment,
            risk,
            kind,
            inlets=inlets if is_first else (),
            spans=spans,
            minutes=minutes_of(kind, storm, inlets=len(inlets), km=_km(segment)),
            why=Message("why.after", {"end": rain_end}),
            after=after,
            due_at=due if is_first else None,
        )
        yield task
        after = (task.id,)


def _km(segment: Segment) -> float:
    return (
        sum(distance_m(a, b) for a, b in zip(segment.line, segment.line[1:], strict=False)) / 1000
    )
