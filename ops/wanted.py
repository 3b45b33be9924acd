"""What work a storm asks for: clear before the rain, stand watch during it, desilt after it. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from data.coordinates import distance_m
from data.entities import Blockage, JobKind, Message, Phase, Segment, SegmentRisk
from ops.rules import Span, well_spans
from ops.watches import reserves, watches
from ops.work import Need, Storm, Work, work_on


def wanted(storm: Storm) -> tuple[Work, ...]:
    """All the work that the storm (or, on a dry day, upkeep) asks for, in a fixed order."""
    segments = {segment.id: segment for segment in storm.city.segments}
    risks = sorted(storm.risks, key=lambda risk: (-risk.score, risk.segment_id))
    works: list[Work] = []
    for risk in risks:
        segment = segments[risk.segment_id]
        works += [*_before(storm, segment, risk), *_after(storm, segment, risk)]
    if storm.rain.onset_at and storm.rain.end_at:
        works += [*watches(storm, [(segments[risk.segment_id], risk) for risk in risks]), *reserves(storm)]
    return tuple(works)


# --- before -----------------------------------------------------------------------------------------------------------


def _before(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Work]:
    if storm.rain.onset_at and storm.rain.onset_at <= storm.now:
        return
    spans = storm.open_ground(storm.now, storm.rain.onset_at or storm.horizon)
    why = _before_why(storm)
    if risk.score >= storm.work.clear_from_risk and risk.inlet_ids:
        inlets = _as_many_as_fit(storm, risk.inlet_ids, spans)
        yield work_on(storm, segment, risk, JobKind.CLEAR, Phase.BEFORE, inlets=inlets, spans=spans, why=why,
                      minutes=storm.work.setup_minutes + storm.work.hand_minutes * len(inlets),
                      points=storm.work.clear_points, due_at=storm.rain.onset_at,
                      needs=(Need(skills=("clearing",), people=2),))
    jetted = _open_inlets(storm, segment, "jetting")
    if jetted:
        yield work_on(storm, segment, risk, JobKind.JET, Phase.BEFORE, inlets=jetted, spans=spans, why=why,
                      minutes=2 * storm.work.setup_minutes + storm.work.jet_minutes * len(jetted),
                      points=storm.work.jet_points, due_at=storm.rain.onset_at,
                      needs=(Need(skills=("jetting",), people=2), Need(machine_kind="jetting_truck")))


def _before_why(storm: Storm) -> Message:
    if storm.rain.onset_at:
        return Message("why.before", {"onset": storm.rain.onset_at})
    return Message("why.routine")


def _as_many_as_fit(storm: Storm, inlet_ids: tuple[str, ...], spans: tuple[Span, ...]) -> tuple[str, ...]:
    """The most pressing inlets that there is time for between reading the order and the end of the longest span.

    When time is short the portions are halved, so that crews who come free late still find one that fits. At least one
    inlet is left, so that work for which there is no time at all is told and not dropped.
    """
    work = storm.work
    begin = storm.now + timedelta(minutes=work.turnout_minutes + work.way_minutes)
    usable = max(((end - max(start, begin)) / timedelta(minutes=1) for start, end in spans), default=0)
    most = work.inlets_per_stop if usable >= work.short_minutes else work.inlets_per_stop // 2
    count = int((usable - work.setup_minutes) // work.hand_minutes)
    return inlet_ids[:max(1, min(most, count))]


def _open_inlets(storm: Storm, segment: Segment, remedy: str) -> tuple[str, ...]:
    """Inlets of the segment that are blocked now and ask for this remedy, at most three at one stop."""
    on_segment = {inlet.id for inlet in storm.city.inlets if inlet.segment_id == segment.id}
    found = {blockage.inlet_id for blockage in storm.city.blockages
             if blockage.inlet_id in on_segment and blockage.remedy == remedy and _is_open(blockage, storm.now)}
    return tuple(sorted(found)[:3])


def _is_open(blockage: Blockage, now: datetime) -> bool:
    return blockage.reported_at <= now and (blockage.cleared_at is None or blockage.cleared_at > now)


# --- after ------------------------------------------------------------------------------------------------------------


def _after(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Work]:
    if storm.rain.end_at:
        yield from _desilting(storm, segment, risk, storm.rain.end_at)
    wells = _open_inlets(storm, segment, "well_entry")
    if wells:
        spans = well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
        stint = min(storm.work.jet_minutes * len(wells), storm.safety.well_stint_minutes)
        yield work_on(storm, segment, risk, JobKind.WELL, Phase.AFTER, inlets=wells, spans=spans,
                      minutes=storm.safety.well_setup_minutes + stint, points=storm.work.well_points,
                      needs=(Need(skills=("confined_space",), people=storm.safety.well_people),),
                      why=Message("why.well"))


def _desilting(storm: Storm, segment: Segment, risk: SegmentRisk, rain_end: datetime) -> Iterator[Work]:
    """Take the silt out, drive it away, rinse the road: each after the one before."""
    if risk.score < storm.work.desilt_from_risk or not risk.inlet_ids:
        return
    spans = storm.open_ground(max(rain_end, storm.now), storm.horizon)
    due = rain_end + timedelta(hours=storm.work.recede_hours)
    inlets = risk.inlet_ids[:storm.work.inlets_per_stop // 2]
    settings = storm.work
    why = Message("why.after", {"end": rain_end})
    chain = (
        (JobKind.DESILT, settings.setup_minutes + settings.desilt_minutes * len(inlets), settings.desilt_points,
         (Need(skills=("clearing",), people=2), Need(machine_kind="suction_truck"))),
        (JobKind.HAUL, settings.haul_minutes, settings.haul_points,
         (Need(machine_kind="sludge_truck"), Need(machine_kind="loader"))),
        (JobKind.FLUSH, max(10, round(settings.flush_minutes_km * _km(segment))), settings.flush_points,
         (Need(machine_kind="flusher"), Need(machine_kind="sweeper"))))
    after: tuple[str, ...] = ()
    for kind, minutes, points, needs in chain:
        work = work_on(storm, segment, risk, kind, Phase.AFTER, inlets=inlets if kind is JobKind.DESILT else (),
                       spans=spans, minutes=minutes, points=points, needs=needs, why=why, after=after,
                       due_at=due if kind is JobKind.DESILT else None)
        yield work
        after = (work.id,)


def _km(segment: Segment) -> float:
    return sum(distance_m(a, b) for a, b in zip(segment.line, segment.line[1:], strict=False)) / 1000
