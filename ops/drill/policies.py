"""Who sends whom where: habits to compare a plan with. Each is asked every minute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from data.model.city import City, Crew, Position, Segment
from ops.drill.field.field_work import Order, Work
from ops.drill.field.on_duty import OnDuty
from ops.drill.field.word_of_mouth import WaterReport
from ops.drill.parameters import FieldSettings
from ops.drill.ways.simulated_ways import SimulatedWays
from ops.planning.on_duty.travel_times import TravelSettings, travel_seconds


class Policy(Protocol):
    """Decides what everybody does."""

    def orders(self, now: datetime) -> Sequence[Order]:
        """What is done in this minute."""
        ...

    def working(self, orders: Sequence[Order], now: datetime) -> None:
        """These of the orders are being carried out in this minute."""
        ...

    def reported(self, report: WaterReport) -> None:
        """Water was reported."""
        ...

    def gone(self, segment_id: str, now: datetime) -> None:
        """Somebody saw that the water that was reported there is gone."""
        ...

    def refused(self, order: Order, now: datetime) -> None:
        """A crew says that it does not go."""
        ...

    def broken(self, machine_ids: frozenset[str], now: datetime) -> None:
        """These machines, and no others, are broken down."""
        ...


@dataclass(slots=True)
class _Unmoved:
    """Nothing that comes up changes what it does."""

    def working(self, orders: Sequence[Order], now: datetime) -> None:
        pass

    def reported(self, report: WaterReport) -> None:
        pass

    def gone(self, segment_id: str, now: datetime) -> None:
        pass

    def refused(self, order: Order, now: datetime) -> None:
        pass

    def broken(self, machine_ids: frozenset[str], now: datetime) -> None:
        pass


@dataclass(slots=True)
class Nobody(_Unmoved):
    """Nothing is done."""

    def orders(self, now: datetime) -> Sequence[Order]:
        return ()


@dataclass(slots=True)
class _Habit(_Unmoved):
    """People of the shifts that are on, sent to places of their own from the warning on."""

    city: City
    warned_at: datetime
    people: FieldSettings = FieldSettings()
    ways: SimulatedWays | None = None
    duty: OnDuty = field(init=False)

    def __post_init__(self) -> None:
        self.duty = OnDuty(self.city)

    def crews(self, now: datetime) -> list[Crew]:
        return [crew for crew in self.city.crews if self.duty.since(crew, now)]

    def way(self, crew: Crew, place: Position, now: datetime) -> timedelta:
        home = self.city.station_by_id[crew.station_id].position
        if self.ways:
            return self.ways.reckoned(home, place, now, self.ways.profile(crew.id))
        straight = travel_seconds((home,), TravelSettings(), (place,))
        return timedelta(seconds=int(straight[0, 0]))

    def set_out(self, crew: Crew, now: datetime) -> datetime:
        """When the crew of this shift could leave: after the order, or as the shift begins."""
        begins = self.duty.since(crew, now) or now
        return max(self.warned_at + timedelta(minutes=self.people.turnout_minutes), begins)

    def pumps(self, now: datetime) -> list[Order]:
        """The pump trucks that have a driver, at the low points from the warning on."""
        low = [one for one in self.city.segments if one.low_lying]
        trucks = [
            one
            for one in self.city.machines
            if one.kind == "pump_truck" and self.duty.is_manned(one.id, now)
        ]
        ready = self.warned_at + timedelta(minutes=self.people.turnout_minutes + 10)
        return [
            Order(
                key=f"pump {truck.id}",
                team=truck.id,
                resource_id=truck.id,
                work=Work.PUMP,
                people=1,
                position=segment.middle,
                segment_id=segment.id,
                m3_s=(truck.capacity or 0) / 3600 or self.people.pump_m3_s,
            )
            for truck, segment in zip(trucks, low, strict=False)
            if now >= ready
        ]

    def at(self, crew: Crew, segment: Segment, now: datetime) -> Order | None:
        """The crew at its post on a road, once it can be there."""
        if now < self.set_out(crew, now) + self.way(crew, segment.middle, now):
            return None
        return Order(
            key=f"{crew.id} {segment.id}",
            team=crew.id,
            resource_id=crew.id,
            work=Work.POST,
            people=crew.size,
            position=segment.middle,
            segment_id=segment.id,
        )


class Posts(_Habit):
    """Each station's crews stand on its key roads and clear what is before them."""

    def orders(self, now: datetime) -> Sequence[Order]:
        found = self.pumps(now)
        for station in self.city.stations:
            own = [one for one in self.crews(now) if one.station_id == station.id]
            posts = [
                one for one in self.city.segments if one.guard and one.station_id == station.id
            ]
            posts.sort(key=lambda one: (not one.low_lying, -one.importance, one.id))
            for number, crew in enumerate(own if posts else ()):
                order = self.at(crew, posts[number % len(posts)], now)
                found += [order] if order else []
        return found


class LowPoints(_Habit):
    """The low points first, whoever is nearest; then the key roads; who is left over joins the low
    points.
    """

    def orders(self, now: datetime) -> Sequence[Order]:
        found, free = self.pumps(now), self.crews(now)
        low = [one for one in self.city.segments if one.low_lying]
        key = [one for one in self.city.segments if one.guard and not one.low_lying]
        key.sort(key=lambda one: (-one.importance, one.id))
        for segment in [*low, *key, *low, *key]:
            if not free:
                break
            crew = min(free, key=lambda one: (self.way(one, segment.middle, now), one.id))
            free.remove(crew)
            order = self.at(crew, segment, now)
            found += [order] if order else []
        return found


@dataclass(slots=True)
class Nearest(_Habit):
    """Crews wait at their stations; the nearest free one goes to the worst report and stays until
    the water is gone.
    """

    waiting: dict[str, WaterReport] = field(default_factory=dict)
    sent: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def reported(self, report: WaterReport) -> None:
        if report.segment_id not in {segment_id for segment_id, _ in self.sent.values()}:
            self.waiting[report.segment_id] = report

    def gone(self, segment_id: str, now: datetime) -> None:
        self.waiting.pop(segment_id, None)
        for name, (place, _) in list(self.sent.items()):
            if place == segment_id:
                del self.sent[name]

    def orders(self, now: datetime) -> Sequence[Order]:
        crews = {crew.id: crew for crew in self.crews(now)}
        self.sent = {name: one for name, one in self.sent.items() if name in crews}
        for report in sorted(self.waiting.values(), key=lambda one: -one.depth_m):
            free = [crew for name, crew in crews.items() if name not in self.sent]
            if not free:
                break
            place = self.city.segment_by_id[report.segment_id].middle
            crew = min(free, key=lambda one: (self.way(one, place, now), one.id))
            there = (
                now + timedelta(minutes=self.people.turnout_minutes) + self.way(crew, place, now)
            )
            self.sent[crew.id] = report.segment_id, there
            del self.waiting[report.segment_id]
        found = self.pumps(now)
        for name, (segment_id, there) in self.sent.items():
            order = self.at(crews[name], self.city.segment_by_id[segment_id], now)
            found += [order] if order and now >= there else []
        return found
