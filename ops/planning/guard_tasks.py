"""The watches of a storm: key points guarded, low points pumped, a crew kept ready at each station.
Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.model.city import Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, SegmentRisk
from ops.planning.context import Storm
from ops.planning.task_types import TASK_TYPES
from ops.planning.tasks import Task, task_on
from ops.risk.stop_work import Span

SHORTEST_WATCH = timedelta(minutes=30)  # what is shorter joins its neighbour


def guards(storm: Storm, ranked: list[tuple[Segment, SegmentRisk]]) -> Iterator[Task]:
    """Key points guarded through the storm; a low point gets a pump while there are pump trucks,
    riskiest first.
    """
    trucks = sum(machine.kind == "pump_truck" for machine in storm.city.machines)
    pumped = [segment.id for segment, _ in ranked if segment.low_lying][:trucks]
    for segment, risk in ranked:
        if segment.guard or segment.low_lying:
            kind = JobKind.PUMP if segment.id in pumped else JobKind.GUARD
            for span in _watch_spans(storm):
                yield _watch(storm, segment, risk, span, kind)


def _watch(storm: Storm, segment: Segment, risk: SegmentRisk, span: Span, kind: JobKind) -> Task:
    return task_on(
        storm,
        segment,
        risk,
        kind,
        spans=(_with_slack(storm, span),),
        due_at=span[1],
        minutes=_minutes(span),
        why=Message("why.pump" if kind is JobKind.PUMP else "why.guard"),
        part=_part(storm, span),
        name=JobKind.GUARD,
    )


def reserves(storm: Storm) -> Iterator[Task]:
    """A crew kept ready at each station while it rains, for what nobody foresaw."""
    needs = TASK_TYPES[JobKind.RESERVE]
    for station in storm.city.stations:
        for span in _watch_spans(storm):
            yield Task(
                id=str(JobId(JobKind.RESERVE, (station.id, _part(storm, span)))),
                kind=JobKind.RESERVE,
                phase=needs.phase,
                segment_id=None,
                station_id=station.id,
                position=station.position,
                inlet_ids=(),
                minutes=_minutes(span),
                spans=(_with_slack(storm, span),),
                due_at=span[1],
                points=needs.points(storm.work),
                late_points=1,
                needs=needs.team,
                risk=None,
                why=(Message("why.reserve"), *storm.warned),
            )


def _with_slack(storm: Storm, span: Span) -> Span:
    return span[0], span[1] + timedelta(minutes=storm.work.guard_slack_minutes)


def _watch_spans(storm: Storm) -> list[Span]:
    """The storm cut at clock hours and where shifts change."""
    assert storm.rain.onset_at is not None
    assert storm.rain.end_at is not None
    start = max(storm.now, storm.rain.onset_at - timedelta(minutes=storm.work.guard_lead_minutes))
    end = storm.rain.end_at
    if end - start < timedelta(minutes=1):  # works are counted in whole minutes
        return []
    cuts = [start]
    for cut in _clock_cuts(start, end, storm):
        if cut - cuts[-1] >= SHORTEST_WATCH and end - cut >= SHORTEST_WATCH:
            cuts.append(cut)
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _clock_cuts(start: datetime, end: datetime, storm: Storm) -> Iterable[datetime]:
    """Clock hours, and the hours at which shifts change: a watch that spans a change could be
    nobody's.
    """
    zone = ZoneInfo(storm.city.district.time_zone)
    changes = {(shift.start.hour, shift.start.minute) for shift in storm.city.shifts}
    local = start.astimezone(zone).replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
    marks = sorted(
        {
            local + timedelta(hours=n)
            for n in range(24 + _minutes((start, end)) // 60 + 2)
            if (local + timedelta(hours=n)).hour % storm.work.guard_hours == 0
        }
        | {
            datetime.combine(local.date() + timedelta(days=n), time(*change), zone)
            for change in changes
            for n in range(5)
        }
    )
    return [mark.astimezone(start.tzinfo) for mark in marks if mark < end]


def _part(storm: Storm, span: Span) -> str:
    """Names a watch by the last cut before its middle, so that an onset a few minutes later keeps
    the name.
    """
    middle = span[0] + (span[1] - span[0]) / 2
    cut = max(cut for cut in _clock_cuts(span[0], span[1], storm) if cut <= middle)
    return f"{cut.astimezone(ZoneInfo(storm.city.district.time_zone)):%m%dT%H%M}"


def _minutes(span: Span) -> int:
    return int((span[1] - span[0]) / timedelta(minutes=1))
