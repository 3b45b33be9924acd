"""All that a plan depends on, as it stands at one instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from data.model.city import City, Position, Segment
from data.model.field import Incident, Outage
from data.model.levels import LevelRule
from data.model.message import Message
from data.model.plan import Assignment, JobKind, Phase, RainOutlook, SegmentRisk
from data.model.street.streets import Closure
from data.model.team import StationShift
from ops.base.naming import alert_name
from ops.field.progress import Progress
from ops.planning.on_duty.means import Means
from ops.planning.on_duty.pace import Pace
from ops.planning.on_duty.refusals import RefusedPost
from ops.planning.on_duty.travel_times import NO_WAY_S, TravelSettings, going_by, way_seconds
from ops.planning.on_duty.way_pace import WayPaces
from ops.planning.parameters import DutySettings, WorkSettings
from ops.planning.tiers import Tier
from ops.risk.stop_work import SafetySettings, Span, open_ground_spans
from ops.risk.worth import Worth
from ops.ways.closed_streets import is_beside, without_ways_into
from ops.ways.speeds import WaySettings
from ops.ways.ways_now import WaysNow
from weather.model import Alert
from weather.rain_warnings import is_rain

PUMP_M3_PER_HOUR = 180.0
"""Of a pump truck whose capacity the tables do not say: a small unit (Beijing Drainage Group)."""


@dataclass(frozen=True, kw_only=True)  # no slots: what every task asks for is told once
class Storm:
    """All that the work depends on: the district, its risks, the rain and the warnings, now and
    until when.

    ``worth`` is the water to be expected and what work takes off it. ``progress`` is what the field
    has reported of the jobs of the plan in force, ``reporting`` are the stations that report at
    all, ``incidents`` are those open, ``level`` is the response level ordered, ``outages`` are
    those that have not ended, ``refusals`` those of them of stations that have refused all.
    ``known_posts`` are the posts that the plan in force was asked for, by kind and segment, and
    when it mans them; ``told_silt`` are its stops for silt, by what asks for them.
    ``skipped`` are the inlets that nobody got at, and from when on they may be asked for again, if
    at all. ``paces`` and ``way_paces`` are how fast work, ways and set-up went by the crews' taps;
    ``work`` has taken it in. ``travel`` and ``ways`` are the settings of ways without and with a
    street map. ``teams`` are the people of the crews, shift by shift, where the tables
    name people. ``streets`` are the ways over streets as they are open now; ``None`` without a
    street map, and then ``told_closed`` is what was closed: it is told, and nobody is sent into
    what lets nobody in. ``served`` are the gardens that have got their silt. ``refused_posts`` are
    those that somebody has refused.
    """

    city: City
    worth: Worth
    risks: tuple[SegmentRisk, ...]
    rain: RainOutlook
    alerts: tuple[Alert, ...]
    now: datetime
    work: WorkSettings
    safety: SafetySettings
    duty: DutySettings = DutySettings()
    travel: TravelSettings = TravelSettings()
    ways: WaySettings = WaySettings()
    progress: Mapping[str, Progress] = field(default_factory=dict)
    reporting: frozenset[str] = frozenset()
    incidents: tuple[Incident, ...] = ()
    level: LevelRule | None = None
    outages: tuple[Outage, ...] = ()
    refusals: tuple[Outage, ...] = ()
    known_posts: Mapping[tuple[JobKind, str], tuple[Span, ...]] = field(default_factory=dict)
    told_silt: Mapping[str, Assignment] = field(default_factory=dict)
    skipped: Mapping[str, datetime | None] = field(default_factory=dict)
    paces: Mapping[tuple[str, JobKind], Pace] = field(default_factory=dict)
    way_paces: WayPaces = WayPaces()
    teams: tuple[StationShift, ...] = ()
    streets: WaysNow | None = None
    told_closed: tuple[Closure, ...] = ()
    served: frozenset[str] = frozenset()
    refused_posts: tuple[RefusedPost, ...] = ()

    @property
    def closures(self) -> tuple[Closure, ...]:
        """The streets that are closed or slow now, or soon will be."""
        return self.streets.closures if self.streets else self.told_closed

    def is_inside(self, position: Position, closure: Closure) -> bool:
        """Whether a place lies on a street of a closure; without a street map, on its line."""
        if self.streets:
            return self.streets.is_inside(position, closure)
        return is_beside(position, closure)

    def in_the_way(self, position: Position) -> tuple[Closure, ...]:
        """The closures for which nobody gets to a place; without a street map, those that it lies
        in.
        """
        if self.streets:
            return self.streets.in_the_way(position)
        return tuple(
            one for one in self.told_closed if not one.lets_in and is_beside(position, one)
        )

    @cached_property
    def horizon(self) -> datetime:
        """The last instant planned for."""
        if self.rain.storms:
            return max(
                self.after_until,
                self.now + timedelta(hours=self.work.routine_hours) / 2,
            )
        return self.now + timedelta(hours=self.work.routine_hours)

    @property
    def after_until(self) -> datetime:
        """Until when work after the storms is done: then they are forgotten, with what they left
        (``RiskSettings.memory_hours``); nobody is told of any later.
        """
        return self.rain.storms[-1][1] + timedelta(hours=self.work.after_hours)

    @property
    def phase(self) -> Phase:
        """The phase of the storm now, which is that of all that comes up at any time."""
        return phase_at(self.rain.storms, self.now)

    @cached_property
    def warned(self) -> tuple[Message, ...]:
        """The worst rain warning in force, as a reason; empty where none is."""
        rain = [alert for alert in self.alerts if is_rain(alert)]
        worst = max(rain, key=lambda alert: alert.level.rank if alert.level else 0, default=None)
        return (Message("why.alert", {"alert": alert_name(worst)}),) if worst else ()

    @cached_property
    def downpours(self) -> tuple[Span, ...]:
        """The hours with a downpour."""
        hour = timedelta(hours=1)
        return tuple(
            (start, start + hour) for start, mm in self.rain.hours if mm >= self.work.downpour_mm_h
        )

    @cached_property
    def flooded(self) -> tuple[Span, ...]:
        """The hours with a downpour, each until its water has gone."""
        recede = timedelta(hours=self.worth.settings.recede_hours)
        return tuple((start, end + recede) for start, end in self.downpours)

    @cached_property
    def filling_from(self) -> tuple[datetime, ...]:
        """When it begins, at one low point or another, that whoever is there leaves it for little;
        not when it goes on for another hour.
        """
        hour = timedelta(hours=1)
        lows = [one for one in self.city.segments if self.endangers(one)]
        kept = {
            (road.id, start)
            for start, _ in self.rain.hours
            for road in lows
            if self.keeps(road, (start, start + hour))
        }
        return tuple(sorted({start for road, start in kept if (road, start - hour) not in kept}))

    def keeps(self, segment: Segment, span: Span) -> bool:
        """Whether who is at a low point leaves it then for little: in a downpour for nothing but
        water that endangers, and so its pump where more runs in than its inlets take; its crew then
        for a flooded street too. A pump that is moved from one street that fills to another takes
        off no more, and nothing on its way.
        """
        found = self.worth.pump_share(segment, PUMP_M3_PER_HOUR, *span)
        return self.in_downpour(span) or found >= self.work.low_kept_share

    def in_downpour(self, span: Span) -> bool:
        """Whether a downpour falls in a span."""
        return any(start < span[1] and span[0] < end for start, end in self.downpours)

    def endangers(self, segment: Segment) -> bool:
        """Whether water that runs together on this road in a downpour endangers people; where the
        tables do not say how deep it can stand, it may.
        """
        if not segment.low_lying:
            return False
        return segment.low_depth_cm is None or segment.low_depth_cm >= self.work.danger_cm

    @property
    def all_hands(self) -> bool:
        """Whether the ordered level calls in who is off duty."""
        return self.level is not None and self.level.all_hands

    @cached_property
    def risk_by_segment(self) -> Mapping[str, SegmentRisk]:
        """The risk of each segment by its id."""
        return {risk.segment_id: risk for risk in self.risks}

    def way_seconds(
        self,
        origins: Sequence[Position],
        targets: Sequence[Position] | None = None,
        means: Means | None = None,
    ) -> npt.NDArray[np.int64]:
        """Travelling times between places as they are now (see ``travel_times.way_seconds``), by
        these means; without any, those of a crew as is usual.
        """
        means = means or Means.usual(self.ways)
        travel = going_by(means.profile, self.travel, self.ways)
        streets = self.streets.by_profile[means.profile] if self.streets else None
        ways = way_seconds(origins, travel, streets, targets, self.way_paces.times(means))
        return without_ways_into(
            ways, origins, origins if targets is None else targets, self.told_closed, NO_WAY_S
        )

    def post_tier(self, segment: Segment) -> Tier | None:
        """As what a post on this road is asked for while it rains; ``None``: it is no post."""
        if segment.low_lying:
            return Tier.LOW_POINT
        if segment.guard:
            return Tier.POST
        if self.level and segment.importance >= self.level.guard_from:
            return Tier.LEVEL_POST
        return None

    def open_ground(
        self, start: datetime, end: datetime, *, for_incident: bool = False
    ) -> tuple[Span, ...]:
        """When open-ground work may be done between two instants (see ``open_ground_spans``)."""
        if end <= start:
            return ()
        asked = start, end, for_incident  # the same for every task and every job of a plan
        if asked not in self._open_ground:
            spans = open_ground_spans(
                self.rain,
                self.alerts,
                min(self.now, start),  # what stops from a first rain on stops after it too
                end,
                self.safety,
                ZoneInfo(self.city.district.time_zone),
                for_incident=for_incident,
            )
            self._open_ground[asked] = tuple(
                (max(begin, start), until) for begin, until in spans if until > start
            )
        return self._open_ground[asked]

    @cached_property
    def _open_ground(self) -> dict[tuple[datetime, datetime, bool], tuple[Span, ...]]:
        return {}


def phase_at(storms: tuple[Span, ...], instant: datetime) -> Phase:
    """The phase of what is done then: before the first storm that is not over, during it, or after
    the last, where there are any.
    """
    for start, end in storms:
        if instant < start:
            return Phase.BEFORE
        if instant < end:
            return Phase.DURING
    return Phase.AFTER if storms else Phase.DRY
