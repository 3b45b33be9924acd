"""What work a storm asks for: clear before the rain, guard during it, desilt after it. Pure.

Each ``Work`` is one stop, wanted but not yet given to anyone; its id stays the same from one plan version to the next.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.coordinates import distance_m
from data.entities import Blockage, City, JobKind, Message, Phase, Position, RainOutlook, Segment, SegmentRisk
from data.events import Incident, Outage
from ops.explain import alert_name
from ops.progress import Progress
from ops.risk import is_rain
from ops.rules import SafetySettings, Span, open_ground_spans, well_spans
from weather.forecast import Alert

SHORTEST_WATCH = timedelta(minutes=30)  # what is shorter joins its neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """Productivity, phases and worth of the work.

    Attributes
    ----------
    hand_minutes, jet_minutes, desilt_minutes
        A grate cleared by two people 3-5 min (planning assumption); a blocked inlet jetted 15-30 min; an inlet
        emptied by suction 6-10 min (British gully tankers, 50-100 a day).
    haul_minutes, flush_minutes_km
        Load and drive a tank to the tip; rinse and sweep one kilometre (assumptions: calibrate with the centre's log).
    setup_minutes
        Cones, tools, traffic at each stop (assumption).
    turnout_minutes
        Nobody sets out sooner than this after a plan is made: it must be read first (a target of 15 min by day and
        30 by night is to be agreed with the centre).
    way_minutes, short_minutes
        What a way across the district takes at most, and the time before the rain below which portions are halved.
    inlets_per_stop
        Clearing longer than this is left for the next turn.
    watch_slack_minutes
        A watch may be taken up this much late, at a price, by a team that comes from elsewhere.
    guard_lead_minutes
        Posts are manned this long before the rain.
    guard_hours
        A watch is cut at clock hours divisible by this, so that it keeps its name when the forecast moves.
    recede_hours
        Water should be gone this long after the rain (2 h, widely quoted; design range 0.5-4 h of GB 51222-2017).
    after_hours, routine_hours
        How far the work after the rain, and the upkeep on a dry day, reach.
    clear_from_risk, desilt_from_risk
        Segments with at least this score are worth the work.
    clear_points, jet_points, well_points, guard_points, pump_points, desilt_points, haul_points, flush_points
        What each kind of work is worth for one point of risk. Travelling costs 1 point a second.
    reserve_points
        What a crew kept ready at its station is worth for one watch.
    late_points, watch_late_points
        Lost for each second by which work ends after it is due: silt taken out half a night late is still worth it.
    """

    hand_minutes: int = 4
    jet_minutes: int = 20
    desilt_minutes: int = 8
    haul_minutes: int = 30
    flush_minutes_km: int = 20
    setup_minutes: int = 5
    turnout_minutes: int = 10
    way_minutes: int = 10
    short_minutes: int = 90
    watch_slack_minutes: int = 15
    inlets_per_stop: int = 10
    guard_lead_minutes: int = 15
    guard_hours: int = 2
    recede_hours: int = 2
    after_hours: int = 8
    routine_hours: int = 12
    clear_from_risk: int = 5
    desilt_from_risk: int = 50
    clear_points: int = 250
    jet_points: int = 300
    well_points: int = 150
    guard_points: int = 350
    pump_points: int = 450
    reserve_points: int = 3000
    desilt_points: int = 800
    haul_points: int = 300
    flush_points: int = 200
    late_points: int = 1
    watch_late_points: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One place in a team: a crew with these skills and people, or a machine of this kind."""

    machine_kind: str | None = None
    skills: tuple[str, ...] = ()
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One stop that is wanted.

    ``points`` is what doing it wins; ``late_points`` is lost for each second after ``due_at``. Crews and machines in
    ``not_by`` (own ids) can't do it.
    """

    id: str
    kind: JobKind
    phase: Phase
    segment_id: str | None
    station_id: str
    position: Position
    inlet_ids: tuple[str, ...]
    minutes: int
    spans: tuple[Span, ...]
    due_at: datetime | None
    points: int
    late_points: int = 0
    needs: tuple[Need, ...]
    after: tuple[str, ...] = ()
    risk: int | None
    why: tuple[Message, ...]
    not_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """All that the work depends on: the district, its risks, the rain and the warnings, now and until when.

    ``progress`` is what the field has reported of the jobs of the plan in force, ``incidents`` are those open,
    ``outages`` those that have not ended.
    """

    city: City
    risks: tuple[SegmentRisk, ...]
    rain: RainOutlook
    alerts: tuple[Alert, ...]
    now: datetime
    work: WorkSettings
    safety: SafetySettings
    progress: Mapping[str, Progress] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    outages: tuple[Outage, ...] = ()

    @property
    def horizon(self) -> datetime:
        """The last instant planned for."""
        if self.rain.end_at:
            return max(self.rain.end_at + timedelta(hours=self.work.after_hours),
                       self.now + timedelta(hours=self.work.routine_hours) / 2)
        return self.now + timedelta(hours=self.work.routine_hours)

    @property
    def warned(self) -> tuple[Message, ...]:
        """The worst rain warning in force, as a reason; empty where none is."""
        rain = [alert for alert in self.alerts if is_rain(alert)]
        worst = max(rain, key=lambda alert: alert.level.rank if alert.level else 0, default=None)
        return (Message("why.alert", {"alert": alert_name(worst)}),) if worst else ()

    def open_ground(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        return open_ground_spans(self.rain, self.alerts, start, end, self.safety) if end > start else ()


def wanted(storm: Storm) -> tuple[Work, ...]:
    """All the work that the storm (or, on a dry day, upkeep) asks for, in a fixed order."""
    segments = {segment.id: segment for segment in storm.city.segments}
    risks = sorted(storm.risks, key=lambda risk: (-risk.score, risk.segment_id))
    works: list[Work] = []
    for risk in risks:
        segment = segments[risk.segment_id]
        works += [*_before(storm, segment, risk), *_after(storm, segment, risk)]
    if storm.rain.onset_at and storm.rain.end_at:
        works += [*_watches(storm, [(segments[risk.segment_id], risk) for risk in risks]), *_reserves(storm)]
    return tuple(works)


# --- before -----------------------------------------------------------------------------------------------------------


def _before(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Work]:
    if storm.rain.onset_at and storm.rain.onset_at <= storm.now:
        return
    spans = storm.open_ground(storm.now, storm.rain.onset_at or storm.horizon)
    why = _before_why(storm)
    if risk.score >= storm.work.clear_from_risk and risk.inlet_ids:
        inlets = _as_many_as_fit(storm, risk.inlet_ids, spans)
        yield _work(storm, segment, risk, JobKind.CLEAR, Phase.BEFORE, inlets=inlets, spans=spans, why=why,
                    minutes=storm.work.setup_minutes + storm.work.hand_minutes * len(inlets),
                    points=storm.work.clear_points, due_at=storm.rain.onset_at,
                    needs=(Need(skills=("clearing",), people=2),))
    jetted = _open_inlets(storm, segment, "jetting")
    if jetted:
        yield _work(storm, segment, risk, JobKind.JET, Phase.BEFORE, inlets=jetted, spans=spans, why=why,
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


# --- during -----------------------------------------------------------------------------------------------------------


def _watches(storm: Storm, ranked: list[tuple[Segment, SegmentRisk]]) -> Iterator[Work]:
    """Key points guarded through the storm; a low point gets a pump while there are pump trucks, riskiest first."""
    trucks = sum(machine.kind == "pump_truck" for machine in storm.city.machines)
    pumped = [segment.id for segment, _ in ranked if segment.low_lying][:trucks]
    for segment, risk in ranked:
        if segment.guard or segment.low_lying:
            with_pump = segment.id in pumped
            for span in _watch_spans(storm):
                yield _watch(storm, segment, risk, span, with_pump)


def _watch(storm: Storm, segment: Segment, risk: SegmentRisk, span: Span, with_pump: bool) -> Work:
    crew = Need(skills=("pumping",), people=2) if with_pump else Need(people=2)
    return _work(storm, segment, risk, JobKind.PUMP if with_pump else JobKind.GUARD, Phase.DURING,
                 spans=(_with_slack(storm, span),), due_at=span[1], minutes=_minutes(span),
                 points=storm.work.pump_points if with_pump else storm.work.guard_points,
                 needs=(crew, Need(machine_kind="pump_truck")) if with_pump else (crew,),
                 why=Message("why.pump" if with_pump else "why.guard"), part=_part(storm, span),
                 name="guard")


def _reserves(storm: Storm) -> Iterator[Work]:
    """A crew kept ready at each station while it rains, for what nobody foresaw."""
    for station in storm.city.stations:
        for span in _watch_spans(storm):
            yield Work(id=f"reserve:{station.id}:{_part(storm, span)}", kind=JobKind.RESERVE, phase=Phase.DURING,
                       segment_id=None, station_id=station.id, position=station.position, inlet_ids=(),
                       minutes=_minutes(span), spans=(_with_slack(storm, span),), due_at=span[1],
                       points=storm.work.reserve_points, late_points=1, needs=(Need(people=2),), risk=None,
                       why=(Message("why.reserve"), *storm.warned))


def _with_slack(storm: Storm, span: Span) -> Span:
    return span[0], span[1] + timedelta(minutes=storm.work.watch_slack_minutes)


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
    """Clock hours, and the hours at which shifts change: a watch that spans a change could be nobody's."""
    zone = ZoneInfo(storm.city.district.time_zone)
    changes = {(shift.start.hour, shift.start.minute) for shift in storm.city.shifts}
    local = start.astimezone(zone).replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
    marks = sorted({local + timedelta(hours=n) for n in range(24 + _minutes((start, end)) // 60 + 2)
                    if (local + timedelta(hours=n)).hour % storm.work.guard_hours == 0}
                   | {datetime.combine(local.date() + timedelta(days=n), time(*change), zone)
                      for change in changes for n in range(5)})
    return [mark.astimezone(start.tzinfo) for mark in marks if mark < end]


def _part(storm: Storm, span: Span) -> str:
    """Names a watch by the last cut before its middle, so that an onset a few minutes later keeps the name."""
    middle = span[0] + (span[1] - span[0]) / 2
    cut = max(cut for cut in _clock_cuts(span[0], span[1], storm) if cut <= middle)
    return f"{cut.astimezone(ZoneInfo(storm.city.district.time_zone)):%m%dT%H%M}"


def _minutes(span: Span) -> int:
    return int((span[1] - span[0]) / timedelta(minutes=1))


# --- after ------------------------------------------------------------------------------------------------------------


def _after(storm: Storm, segment: Segment, risk: SegmentRisk) -> Iterator[Work]:
    if storm.rain.end_at:
        yield from _desilting(storm, segment, risk, storm.rain.end_at)
    wells = _open_inlets(storm, segment, "well_entry")
    if wells:
        spans = well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
        stint = min(storm.work.jet_minutes * len(wells), storm.safety.well_stint_minutes)
        yield _work(storm, segment, risk, JobKind.WELL, Phase.AFTER, inlets=wells, spans=spans,
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
        work = _work(storm, segment, risk, kind, Phase.AFTER, inlets=inlets if kind is JobKind.DESILT else (),
                     spans=spans, minutes=minutes, points=points, needs=needs, why=why, after=after,
                     due_at=due if kind is JobKind.DESILT else None)
        yield work
        after = (work.id,)


def _km(segment: Segment) -> float:
    return sum(distance_m(a, b) for a, b in zip(segment.line, segment.line[1:], strict=False)) / 1000


def _work(storm: Storm, segment: Segment, risk: SegmentRisk, kind: JobKind, phase: Phase, *,
          spans: tuple[Span, ...], minutes: int, points: int, needs: tuple[Need, ...], why: Message,
          inlets: tuple[str, ...] = (), due_at: datetime | None = None, after: tuple[str, ...] = (),
          part: str | None = None, name: str | None = None) -> Work:
    job_id = ":".join(filter(None, (name or kind.value, segment.id, part)))
    warned = () if phase is Phase.AFTER else storm.warned  # by then the warning is history
    return Work(id=job_id, kind=kind, phase=phase, segment_id=segment.id, station_id=segment.station_id,
                position=segment.middle, inlet_ids=inlets, minutes=minutes, spans=spans, due_at=due_at,
                points=points * max(1, risk.score), late_points=_late_points(storm, phase) if due_at else 0,
                needs=needs, after=after, risk=risk.score, why=(why, *warned, *risk.why))


def _late_points(storm: Storm, phase: Phase) -> int:
    return storm.work.watch_late_points if phase is Phase.DURING else storm.work.late_points
