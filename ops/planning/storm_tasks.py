"""What work a storm asks for: clear before the rain, stand watch during it, desilt after it. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.geo import distance_m
from data.model.city import Segment
from data.model.message import Message
from data.model.plan import JobKind, Phase, SegmentRisk
from ops.planning.context import Storm
from ops.planning.guard_tasks import reserves, watches
from ops.planning.tasks import Requirement, Task, task_on
from ops.risk.stop_work import Span, well_spans


def storm_tasks(storm: Storm) -> tuple[Task, ...]:
    """All the work that the storm (or, on a dry day, upkeep) asks for, in a fixed order."""
    segments = {segment.id: segment for segment in storm.city.segments}
    risks = sorted(storm.risks, key=lambda risk: (-risk.score, risk.segment_id))
    tasks: list[Task] = []
    for risk in risks:
        segment = segments[risk.segment_id]
        tasks += [*_before(storm, segment, risk), *_after(storm, segment, risk)]
    if storm.rain.onset_at and storm.rain.end_at:
        tasks += [
            *watches(storm, [(segments[risk.segment_id], risk) for risk in risks]),
            *reserves(storm),
        ]
    return tuple(tasks)


def _before(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Task]:
    if storm.rain.onset_at and storm.rain.onset_at <= storm.now:
        return
    spans = storm.open_ground(storm.now, storm.rain.onset_at or storm.horizon)
    why = _before_why(storm)
    if risk.score >= storm.work.clear_from_risk and risk.inlet_ids:
        inlets = _as_many_as_fit(storm, risk.inlet_ids, spans)
        yield task_on(
            storm,
            segment,
            risk,
            JobKind.CLEAR,
            Phase.BEFORE,
            inlets=inlets,
            spans=spans,
            why=why,
            minutes=storm.work.setup_minutes + storm.work.hand_minutes * len(inlets),
            points=storm.work.clear_points,
            due_at=storm.rain.onset_at,
            needs=(Requirement(skills=("clearing",), people=2),),
        )
    jetted = _open_inlets(storm, segment, "jetting")
    if jetted:
        yield task_on(
            storm,
            segment,
            risk,
            JobKind.JET,
            Phase.BEFORE,
            inlets=jetted,
            spans=spans,
            why=why,
            minutes=2 * storm.work.setup_minutes + storm.work.jet_minutes * len(jetted),
            points=storm.work.jet_points,
            due_at=storm.rain.onset_at,
            needs=(
                Requirement(skills=("jetting",), people=2),
                Requirement(machine_kind="jetting_truck"),
            ),
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
    task = storm.work
    begin = storm.now + timedelta(minutes=task.turnout_minutes + task.travel_minutes)
    usable = max(
        ((end - max(start, begin)) / timedelta(minutes=1) for start, end in spans), default=0
    )
    most = task.inlets_per_stop if usable >= task.short_minutes else task.inlets_per_stop // 2
    count = int((usable - task.setup_minutes) // task.hand_minutes)
    return inlet_ids[: max(1, min(most, count))]


def _open_inlets(storm: Storm, segment: Segment, remedy: str) -> tuple[str, ...]:
    """Inlets of the segment that are blocked now and ask for this remedy, at most three at one
    stop.
    """
    on_segment = {inlet.id for inlet in storm.city.inlets if inlet.segment_id == segment.id}
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
        spans = well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
        stint = min(storm.work.jet_minutes * len(wells), storm.safety.well_stint_minutes)
        yield task_on(
            storm,
            segment,
            risk,
            JobKind.WELL,
            Phase.AFTER,
            inlets=wells,
            spans=spans,
            minutes=storm.safety.well_setup_minutes + stint,
            points=storm.work.well_points,
            needs=(Requirement(skills=("confined_space",), people=storm.safety.well_people),),
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
    settings = storm.work
    why = Message("why.after", {"end": rain_end})
    chain = (
        (
            JobKind.DESILT,
            settings.setup_minutes + settings.desilt_minutes * len(inlets),
            settings.desilt_points,
            (
                Requirement(skills=("clearing",), people=2),
                Requirement(machine_kind="suction_truck"),
            ),
        ),
        (
            JobKind.HAUL,
            settings.haul_minutes,
            settings.haul_points,
            (Requirement(machine_kind="sludge_truck"), Requirement(machine_kind="loader")),
        ),
        (
            JobKind.FLUSH,
            max(10, round(settings.flush_minutes_km * _km(segment))),
            settings.flush_points,
            (Requirement(machine_kind="flusher"), Requirement(machine_kind="sweeper")),
        ),
    )
    after: tuple[str, ...] = ()
    for kind, minutes, points, needs in chain:
        task = task_on(
            storm,
            segment,
            risk,
            kind,
            Phase.AFTER,
            inlets=inlets if kind is JobKind.DESILT else (),
            spans=spans,
            minutes=minutes,
            points=points,
            needs=needs,
            why=why,
            after=after,
            due_at=due if kind is JobKind.DESILT else None,
        )
        yield task
        after = (task.id,)


def _km(segment: Segment) -> float:
    return (
        sum(distance_m(a, b) for a, b in zip(segment.line, segment.line[1:], strict=False)) / 1000
    )
