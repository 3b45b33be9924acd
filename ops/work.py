"""What a stop is that a storm asks for, and all that it depends on. Pure; ``ops.wanted`` says which are wanted.

Each ``Work`` is one stop, wanted but not yet given to anyone; its id stays the same from one plan version to the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.entities import City, JobKind, Message, Phase, Position, RainOutlook, Segment, SegmentRisk
from data.events import Incident, Outage
from ops.explain import alert_name
from ops.progress import Progress
from ops.risk import is_rain
from ops.rules import SafetySettings, Span, open_ground_spans
from weather.forecast import Alert


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


def work_on(storm: Storm, segment: Segment, risk: SegmentRisk, kind: JobKind, phase: Phase, *,
            spans: tuple[Span, ...], minutes: int, points: int, needs: tuple[Need, ...], why: Message,
            inlets: tuple[str, ...] = (), due_at: datetime | None = None, after: tuple[str, ...] = (),
            part: str | None = None, name: str | None = None) -> Work:
    """One stop on a segment; ``part`` tells one watch from another, ``name`` is its kind's unless another is given."""
    job_id = ":".join(filter(None, (name or kind.value, segment.id, part)))
    warned = () if phase is Phase.AFTER else storm.warned  # by then the warning is history
    return Work(id=job_id, kind=kind, phase=phase, segment_id=segment.id, station_id=segment.station_id,
                position=segment.middle, inlet_ids=inlets, minutes=minutes, spans=spans, due_at=due_at,
                points=points * max(1, risk.score), late_points=_late_points(storm, phase) if due_at else 0,
                needs=needs, after=after, risk=risk.score, why=(why, *warned, *risk.why))


def _late_points(storm: Storm, phase: Phase) -> int:
    return storm.work.watch_late_points if phase is Phase.DURING else storm.work.late_points
