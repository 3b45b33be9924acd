"""What work prevents: expected blocked-inlet-hours, weighted by road and by rain. Pure.

An inlet is blocked now with the probability of its state; leaves and silt block more during the
rain. A blocked inlet costs an hour of water for each hour of rain until the storm is over and its
water gone, unless somebody clears it before, or a guard near by reopens it. Everything that a
chief may send people for is counted in this one unit, so that a change can be priced.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from data.geo import distance_m
from data.model.city import City, Inlet, Segment
from data.model.plan import RainOutlook
from ops.district.places import length_km
from ops.risk.inlet_state import InletState
from ops.risk.parameters import RiskSettings, WorthSettings

HOUR = timedelta(hours=1)
FULL_WEIGHT = 5  # importance of a key road


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of a storm with even rain, or of the time until its water has gone.

    Attributes
    ----------
    mm_h
        Its rain.
    density
        What an hour of it counts; 1 and a little more in full rain.
    fallen
        Of the rain that brings all that a storm can, the share fallen by its middle.
    """

    start: datetime
    end: datetime
    mm_h: float
    density: float
    fallen: float

    def hours_in(self, start: datetime, end: datetime) -> float:
        """Its hours between two instants, weighted."""
        inside = min(self.end, end) - max(self.start, start)
        return max(0.0, inside / HOUR) * self.density


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """How the worth of clearing falls with the hour it is done, in blocked-inlet-hours.

    Attributes
    ----------
    best
        Done before the rain; never less than ``best - most``.
    due_at
        From when it falls; ``None``: never.
    per_hour, most
        How fast, and how far.
    """

    best: float
    due_at: datetime | None
    per_hour: float = 0.0
    most: float = 0.0

    def plus(self, other: "Decline") -> "Decline":
        """Two together that fall at the same time."""
        return Decline(
            best=self.best + other.best,
            due_at=self.due_at or other.due_at,
            per_hour=self.per_hour + other.per_hour,
            most=self.most + other.most,
        )


@dataclass(frozen=True, kw_only=True)  # no slots: sums are made once, when they are asked for
class Worth:
    """The water that a district has to expect, and what work takes off it.

    Parameters
    ----------
    states
        State of every inlet by id.
    silted
        The same as it was a day ago, before anything was cleared for this storm: that takes leaves
        off the grates, and no silt out of the sumps.
    cleared_share
        Of the chance that an inlet is blocked, what clearing it takes away (``RiskSettings``).
    """

    city: City
    states: Mapping[str, InletState]
    silted: Mapping[str, InletState]
    rain: RainOutlook
    now: datetime
    cleared_share: float = RiskSettings().cleared_share
    settings: WorthSettings = WorthSettings()

    @cached_property
    def spells(self) -> tuple[Spell, ...]:
        """What is to come of every storm of the horizon, in order."""
        return tuple(
            spell
            for storm in self.rain.storms
            for spell in _spells(storm, self.rain.hours, self.settings)
            if spell.end > self.now
        )

    @cached_property
    def ends_at(self) -> datetime | None:
        """When the water of the last storm has gone."""
        return max((spell.end for spell in self.spells), default=None)

    def water_hours(self, start: datetime, end: datetime | None = None) -> float:
        """Hours of water that an inlet blocked from ``start`` on makes, weighted by their rain."""
        until = end or self.ends_at
        if until is None:
            return 0.0
        return sum(spell.hours_in(max(start, self.now), until) for spell in self.spells)

    def weight(self, segment: Segment) -> float:
        """What a blocked inlet on this road counts; 1 on a key road."""
        low = self.settings.low_lying if segment.low_lying else 1.0
        return segment.importance / FULL_WEIGHT * low

    def blocked(self, inlet_ids: Iterable[str]) -> float:
        """How many of these inlets are blocked now, expected."""
        return sum(self.states[inlet_id].probability for inlet_id in inlet_ids)

    def arising(self, inlet_ids: Iterable[str]) -> float:
        """How many more of them a whole storm blocks, expected."""
        return sum(self._arising_by_inlet[inlet_id] for inlet_id in inlet_ids)

    @cached_property
    def _arising_by_inlet(self) -> Mapping[str, float]:
        return {inlet_id: self._arising(state) for inlet_id, state in self.states.items()}

    def chance_by_hour(self, inlet_id: str) -> tuple[tuple[datetime, float], ...]:
        """How likely an inlet is blocked as the storms go on if nobody works: the beginnings of
        their hours, and of the recession, with its probability by then.
        """
        state = self.states[inlet_id]
        arising = self._arising_by_inlet[inlet_id]
        return tuple(
            (spell.start, min(1.0, state.probability + arising * spell.fallen))
            for spell in self.spells
        )

    def _arising(self, state: InletState) -> float:
        open_share = 1.0 - state.probability
        chance = 1.0 - math.exp(-state.rate * self.settings.arise_days / 365.0)
        return min(open_share, self.settings.arise_share * chance)

    def unattended(self, segment: Segment) -> float:
        """What the road costs if nobody does anything."""
        inlets = [inlet.id for inlet in self.city.inlets_by_segment.get(segment.id, ())]
        blocked, arising = self.blocked(inlets), self.arising(inlets)
        hours = sum((blocked + arising * fallen) * hours for fallen, hours in self._hours_to_come)
        return hours * self.weight(segment)

    @cached_property
    def _hours_to_come(self) -> tuple[tuple[float, float], ...]:
        """Of every spell the share fallen, and its hours from now on."""
        return tuple((spell.fallen, spell.hours_in(self.now, spell.end)) for spell in self.spells)

    def opened_share(self, *, by_hand_instead: bool) -> float:
        """Of the blockage, what opening an inlet takes away; by hand, of what asks for a machine,
        less.
        """
        return self.settings.hand_share if by_hand_instead else self.cleared_share

    def clearing(
        self, segment: Segment, inlet_ids: tuple[str, ...], *, guarded: bool, share: float
    ) -> Decline:
        """What clearing these inlets prevents, by when it is done.

        Parameters
        ----------
        guarded
            Whether the road is guarded through the storm in any case: then most of what is blocked
            near the guard is soon reopened anyway, and the ends of a long road are not.
        share
            Of the blockage, what this kind of clearing takes away.
        """
        blocked = self.blocked(inlet_ids) * self.weight(segment) * share
        future = blocked * self.settings.future_hours
        if not self.spells:
            return Decline(best=future, due_at=None)
        left = self._left_beside_guard(segment, inlet_ids) if guarded else self.blocked(inlet_ids)
        storms = left * self.weight(segment) * share * self._water_to_come
        begin, length = self._loss
        return Decline(best=storms + future, due_at=begin, per_hour=storms / length, most=storms)

    @cached_property
    def _water_to_come(self) -> float:
        """All hours of water."""
        return self.water_hours(self.now)

    @cached_property
    def _loss(self) -> tuple[datetime, float]:
        """When a tenth of all hours of water is over, and how many hours later but a tenth is."""
        begin, end = self._instant_lost(0.1), self._instant_lost(0.9)
        return begin, max(end - begin, timedelta(minutes=30)) / HOUR

    def _left_beside_guard(self, segment: Segment, inlet_ids: tuple[str, ...]) -> float:
        """How many of these inlets stay blocked though the road is guarded, expected."""
        near = set(self.near(segment)).intersection(inlet_ids)
        return self.blocked(inlet_ids) - (1.0 - self._left_by_guard) * self.blocked(near)

    @cached_property
    def _left_by_guard(self) -> float:
        """Of all hours of water the share that is left beside a guard who is there throughout: what
        he does not find, the time that it takes him, the hours in which nobody works at a grate.
        """
        water = self._water_to_come
        if water <= 0:
            return 1.0
        heavy = sum(
            spell.hours_in(self.now, spell.end) * (1 - self._at_grate(spell))
            for spell in self.spells
        )
        spared = max(0.0, water - heavy - self.settings.reopened_minutes / 60.0)
        return 1.0 - self.settings.guard_finds * spared / water

    def _instant_lost(self, share: float) -> datetime:
        """When this share of all hours of water is over."""
        wanted = share * self._water_to_come
        for spell in self.spells:
            start = max(spell.start, self.now)
            hours = spell.hours_in(start, spell.end)
            if hours >= wanted and spell.density > 0:
                return start + HOUR * (wanted / spell.density)
            wanted -= hours
        return self.spells[-1].end

    def guarding(
        self,
        segment: Segment,
        start: datetime,
        end: datetime,
        *,
        opened: Iterable[str] = (),
        share: float = 0.0,
    ) -> float:
        """What a guard at the middle of this road prevents from ``start`` to ``end``.

        Parameters
        ----------
        opened, share
            Inlets that somebody clears before, and what that takes away.
        """
        blocked, arising = self._near_guard(segment)
        blocked -= share * self.blocked(opened)
        of_blocked, of_arising = self._hours_at_grate(start, end)
        hours = blocked * of_blocked + arising * of_arising
        return hours * self.weight(segment) * self.settings.guard_finds

    def _near_guard(self, segment: Segment) -> tuple[float, float]:
        """How many inlets near a guard are blocked now, and how many a storm blocks, expected."""
        if segment.id not in self._by_guard:  # asked for every hour of a watch
            near = self.near(segment)
            self._by_guard[segment.id] = self.blocked(near), self.arising(near)
        return self._by_guard[segment.id]

    @cached_property
    def _by_guard(self) -> dict[str, tuple[float, float]]:
        return {}

    def _hours_at_grate(self, start: datetime, end: datetime) -> tuple[float, float]:
        """Hours of water in which a guard works at a grate that is blocked from the beginning, and
        at one that a storm blocks as it goes on.
        """
        if (start, end) not in self._grate_hours:  # the same for every road
            hours = [(s.hours_in(start, end) * self._at_grate(s), s.fallen) for s in self.spells]
            self._grate_hours[start, end] = (
                sum(each for each, _ in hours),
                sum(each * fallen for each, fallen in hours),
            )
        return self._grate_hours[start, end]

    @cached_property
    def _grate_hours(self) -> dict[tuple[datetime, datetime], tuple[float, float]]:
        return {}

    def _at_grate(self, spell: Spell) -> float:
        """What a guard can do of his work in this rain."""
        return self.settings.heavy_share if spell.mm_h >= self.settings.grate_mm_h else 1.0

    def near(self, segment: Segment) -> tuple[str, ...]:
        """The inlets that are near a guard at the middle of this road."""
        return tuple(
            inlet.id
            for inlet in self.city.inlets_by_segment.get(segment.id, ())
            if _is_near(inlet, segment, self.settings.near_m)
        )

    def pumping(
        self, segment: Segment, m3_per_hour: float, start: datetime, end: datetime
    ) -> float:
        """What a pump of this capacity takes off a low point, as the intake of so many inlets."""
        inlets = m3_per_hour / self.settings.pump_m3_per_hour
        return inlets * self._pumped_hours(segment, m3_per_hour, start, end) * self.weight(segment)

    def pump_share(
        self, segment: Segment, m3_per_hour: float, start: datetime, end: datetime
    ) -> float:
        """The share of the hours of water between two instants for which the pump finds some."""
        water = self.water_hours(start, end)
        return self._pumped_hours(segment, m3_per_hour, start, end) / water if water else 0.0

    def _pumped_hours(
        self, segment: Segment, m3_per_hour: float, start: datetime, end: datetime
    ) -> float:
        return sum(
            spell.hours_in(max(start, self.now), end) * self._pump_used(segment, m3_per_hour, spell)
            for spell in self.spells
        )

    def _pump_used(self, segment: Segment, m3_per_hour: float, spell: Spell) -> float:
        """The share of its time for which the pump finds water: as much of what it can take as runs
        to the road and its open inlets do not take, and a little where they take all.
        """
        left = self._runs_to[segment.id] * spell.mm_h - self._taken_in(segment, spell)
        return min(1.0, max(self.settings.pump_used, left / m3_per_hour))

    @cached_property
    def _runs_to(self) -> Mapping[str, float]:
        """Of each road what runs to it for each millimetre of rain, m3."""
        return {
            road.id: 10.0 * self._hectares(road) * self.settings.runoff
            for road in self.city.segments
        }

    def _hectares(self, road: Segment) -> float:
        """What drains to the inlets of a road, by the tables or as a strip along it; to a low point
        as along a road of median length at least: an underpass is short, and takes what its
        approaches bring.
        """
        if road.catchment_ha is not None:
            return road.catchment_ha
        least = self._median_km if road.low_lying else 0.0
        return max(length_km(road), least) * self.settings.strip_m / 10.0

    @cached_property
    def _median_km(self) -> float:
        """Of the roads' lengths."""
        return median(map(length_km, self.city.segments))

    def _taken_in(self, segment: Segment, spell: Spell) -> float:
        """What the inlets of a road that are open in that spell take, m3/h, expected."""
        inlets = [inlet.id for inlet in self.city.inlets_by_segment.get(segment.id, ())]
        shut = self.blocked(inlets) + self.arising(inlets) * spell.fallen
        return max(0.0, len(inlets) - shut) * self.settings.pump_m3_per_hour

    def silt(self, inlet_ids: Iterable[str]) -> float:
        """How many of these inlets silt will have blocked after a storm, expected."""
        states = [self.silted[inlet_id] for inlet_id in inlet_ids]
        return sum(state.probability + self._arising(state) for state in states)

    def desilting(self, segment: Segment, inlet_ids: tuple[str, ...], end: datetime) -> float:
        """What silt taken out after a storm that ends at ``end`` prevents in the next ones."""
        blocked = self.silt(inlet_ids)
        hours = self.water_hours(end) + self.settings.future_hours * self.settings.desilt_factor
        return blocked * hours * self.weight(segment) * self.cleared_share


def _is_near(inlet: Inlet, segment: Segment, within_m: float) -> bool:
    return distance_m(inlet.position, segment.middle) <= within_m


def _spells(
    storm: tuple[datetime, datetime],
    hours: tuple[tuple[datetime, float], ...],
    settings: WorthSettings,
) -> Iterator[Spell]:
    """The hours of one storm, those that the outlook says nothing of as drizzle, and its
    recession.
    """
    onset, end = storm
    fallen = 0.0
    for start, stop, mm in _parts(onset, end, hours):
        amount = mm * ((stop - start) / HOUR)
        middle = min(1.0, (fallen + amount / 2) / settings.arise_mm)
        fallen += amount
        yield Spell(start=start, end=stop, mm_h=mm, density=_density(mm, settings), fallen=middle)
    yield Spell(
        start=end,
        end=end + timedelta(hours=settings.recede_hours),
        mm_h=0.0,
        density=settings.light_share,
        fallen=min(1.0, fallen / settings.arise_mm),
    )


def _parts(
    onset: datetime, end: datetime, hours: tuple[tuple[datetime, float], ...]
) -> Iterator[tuple[datetime, datetime, float]]:
    """A storm by the hours of the outlook: from, to, and the rain of that hour."""
    at = onset
    for hour, mm in sorted(hours):
        start, stop = max(hour, at), min(hour + HOUR, end)
        if start >= stop:
            continue
        if start > at:
            yield at, start, 0.0
        yield start, stop, mm
        at = stop
    if at < end:
        yield at, end, 0.0


def _density(mm: float, settings: WorthSettings) -> float:
    return settings.light_share + (mm / settings.full_mm_h) ** settings.rain_power
