"""What came of a storm under a policy: water, calls and people, minute by minute and in sum."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.geo import distance_m
from data.model.city import City, Position
from ops.drill.field.field_work import Order, Work
from ops.drill.field.on_duty import OnDuty
from ops.drill.field.word_of_mouth import WaterReport
from ops.planning.on_duty.travel_times import TravelSettings

DEEP_M, DEEPER_M = 0.15, 0.27
"""Street-minutes are counted above these: the curb, and what stops a car (figures of the drill's
measure).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A team, of a crew or a machine, at a road from its first minute to its last."""

    team: str
    resource_id: str
    segment_id: str
    work: Work
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes
    ----------
    deep, deeper
        Minutes for which each road was deeper than ``DEEP_M`` and ``DEEPER_M``.
    depths
        How deep the water was on each road, m, minute by minute.
    response_s
        From the first call about a road to somebody there; of one that nobody came to, to the time
        it was known to be gone, or the drill's end.
    reports, visited, cleared, changes
        Calls; inlets that somebody has been at; those that were clogged and were opened; plans
        after the first.
    kilometres, crew_hours, overtime_hours
        Way of the teams; hours of people at work; those outside their own shift.
    reserve_s
        From the call to leaving, of each crew in reserve that the plan called to an incident;
        ``None``: not measured.
    reserves_stood
        Units that stood by as the plan answered incidents.
    """

    deep: Mapping[str, int]
    deeper: Mapping[str, int]
    depths: Mapping[str, tuple[float, ...]]
    response_s: tuple[float, ...]
    stays: tuple[Stay, ...]
    reports: int
    visited: int
    cleared: int
    kilometres: float
    crew_hours: float
    overtime_hours: float
    changes: int = 0
    reserve_s: tuple[float, ...] | None = None
    reserves_stood: int = 0

    def minutes(self, roads: frozenset[str] | None = None) -> int:
        """Street-minutes above ``DEEP_M``, on these roads or on all."""
        return sum(n for road, n in self.deep.items() if roads is None or road in roads)


@dataclass(slots=True)
class Record:
    """What is written down while it happens."""

    city: City
    duty: OnDuty
    _depths: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[str, datetime] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _response: list[float] = field(default_factory=list)
    _at: dict[str, Stay] = field(default_factory=dict)
    _stays: list[Stay] = field(default_factory=list)
    _place: dict[str, Position] = field(default_factory=dict)
    _metres: float = 0.0
    _worked: float = 0.0
    _over: float = 0.0
    _reports: int = 0

    def called(self, call: WaterReport) -> None:
        """Somebody called."""
        self._reports += 1
        if call.segment_id not in self._known:
            self._known.add(call.segment_id)
            self._waiting[call.segment_id] = call.at

    def gone(self, road: str, now: datetime) -> None:
        """It is known that the water of this road is gone."""
        self._known.discard(road)
        self._answered(road, now)

    def minute(self, now: datetime, water: Mapping[str, float], orders: Iterable[Order]) -> None:
        """One minute of it."""
        for road, depth in water.items():
            self._depths[road].append(round(depth, 4))
        for order in orders:
            self._answered(order.segment_id, now)
            self._moved(order)
            self._stays_on(order, now)
            self._worked += order.people / 60
            if not self.duty.is_manned(order.resource_id, now):
                self._over += order.people / 60

    def _answered(self, road: str, now: datetime) -> None:
        if since := self._waiting.pop(road, None):
            self._response.append((now - since).total_seconds())

    def _moved(self, order: Order) -> None:
        before = self._place.get(order.team) or self._home(order)
        if before != order.position:
            self._metres += distance_m(before, order.position)
            self._place[order.team] = order.position

    def _home(self, order: Order) -> Position:
        owner = self.city.resource_by_id[order.resource_id]
        return self.city.station_by_id[owner.station_id].position

    def _stays_on(self, order: Order, now: datetime) -> None:
        end = now + timedelta(minutes=1)
        stay = self._at.get(order.team)
        same = stay and (stay.segment_id, stay.work, stay.end) == (
            order.segment_id,
            order.work,
            now,
        )
        if stay and not same:
            self._stays.append(stay)
        self._at[order.team] = Stay(
            team=order.team,
            resource_id=order.resource_id,
            segment_id=order.segment_id,
            work=order.work,
            start=stay.start if stay and same else now,
            end=end,
        )

    def outcome(self, end: datetime, visited: int, cleared: int) -> Outcome:
        """The sum of it, at the drill's end."""
        for road in list(self._waiting):
            self._answered(road, end)
        return Outcome(
            deep={road: _above(DEEP_M, depths) for road, depths in self._depths.items()},
            deeper={road: _above(DEEPER_M, depths) for road, depths in self._depths.items()},
            depths={road: tuple(depths) for road, depths in self._depths.items()},
            response_s=tuple(self._response),
            stays=(*self._stays, *self._at.values()),
            reports=self._reports,
            visited=visited,
            cleared=cleared,
            kilometres=round(self._metres * TravelSettings().detour / 1000, 2),
            crew_hours=round(self._worked, 2),
            overtime_hours=round(self._over, 2),
        )


def _above(depth: float, depths: Iterable[float]) -> int:
    return sum(each > depth for each in depths)
