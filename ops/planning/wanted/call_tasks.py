"""What calls on the way ask of the service cars: the nearest free car that carries what it takes;
and that a car puts back what it used. Pure.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from data.model.city import City, Crew
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind
from data.model.street.service_cars import CALLS, CARS
from ops.base.naming import item_name
from ops.district.services import of_services
from ops.field.cars.calls import CallRecord
from ops.field.cars.kit import Kit
from ops.field.cars.proposals import needed_by
from ops.field.cases.crew_work import errand_of
from ops.field.cases.standing import CaseStanding
from ops.planning.context import Storm
from ops.planning.on_duty.availability import on_duty
from ops.planning.tiers import COUNTS_MINUTES, Tier, duty_points
from ops.planning.wanted.task_types import minutes_of, spans_of, team_of
from ops.planning.wanted.tasks import Task

MOST_CARS = 3
"""At one call; more only stand in the way (assumption)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarFacts:
    """What the cars' service keeps: its open calls, what is in each kit, and all calls known."""

    cases: tuple[CaseStanding, ...] = ()
    kits: Mapping[str, Kit]
    records: tuple[CallRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarTeam:
    """How many cars go, which may, and what none of them has enough of."""

    cars: int
    able: frozenset[str]
    short: Mapping[str, int]


def call_tasks(storm: Storm, facts: CarFacts) -> tuple[Task, ...]:
    """A way to each open call, and to its station for each car that has used something."""
    return (*_rescues(storm, facts), *_restocks(storm, facts))


def _rescues(storm: Storm, facts: CarFacts) -> Iterator[Task]:
    open_ = [
        one
        for one in facts.cases
        if not (one.closed or one.done)
        and one.case.segment_id in storm.city.segment_by_id
        and storm.city.service_at(one.owner) == CARS
    ]
    if not open_:
        return
    kits = dict(facts.kits)
    duty = _on_duty_now(storm) & kits.keys()  # a machine of theirs carries no kit
    for one in sorted(open_, key=lambda one: (CALLS.index(one.case.kind), one.case.reported_at)):
        needed = needed_by(one.case.kind, facts.records)
        team = team_for(needed, kits, duty or frozenset(kits))
        yield _rescue(storm, one, needed, team)
        if len(team.able) == team.cars:  # no others can go: what they take there is spoken for
            kits |= {car: _without(kits[car], needed, team.cars) for car in team.able}


def _without(kit: Kit, needed: Mapping[str, int], cars: int) -> Kit:
    """What is left in a kit after its share of a call."""
    shares = {item: ceil(number / cars) for item, number in needed.items()}
    left = {item: max(0, number - shares.get(item, 0)) for item, number in kit.left.items()}
    return replace(kit, left=left)


def _on_duty_now(storm: Storm) -> frozenset[str]:
    """The cars whose crews are at work now."""
    own = replace(storm, city=of_services(storm.city, (CARS,)))
    at = storm.now + timedelta(minutes=storm.work.road_turnout_minutes)
    return frozenset(
        unit.resource_id for unit in on_duty(own).values() if unit.start <= at < unit.end
    )


def team_for(needed: Mapping[str, int], kits: Mapping[str, Kit], cars: Collection[str]) -> CarTeam:
    """As few cars as carry together what is needed; where they don't, whoever is nearest goes all
    the same, and what is short is said.
    """
    for count in range(1, MOST_CARS + 1):
        able = frozenset(
            car
            for car in cars
            if all(
                kits[car].left.get(item, 0) >= ceil(number / count)
                for item, number in needed.items()
            )
        )
        if len(able) >= count:
            return CarTeam(cars=count, able=able, short={})
    most = {
        item: sum(sorted((kits[car].left.get(item, 0) for car in cars), reverse=True)[:MOST_CARS])
        for item in needed
    }
    carriers = frozenset(car for car in cars if any(kits[car].left.get(item, 0) for item in needed))
    count = max(1, min(len(carriers), MOST_CARS))
    return CarTeam(cars=count, able=carriers or frozenset(cars), short=most)


def _rescue(storm: Storm, one: CaseStanding, needed: Mapping[str, int], team: CarTeam) -> Task:
    case, minutes = one.case, minutes_of(JobKind.RESCUE, storm)
    segment = storm.city.segment_by_id[case.segment_id]
    (need,) = team_of(JobKind.RESCUE, storm)
    return Task(
        id=str(errand_of(case.id, JobKind.RESCUE)),
        kind=JobKind.RESCUE,
        phase=storm.phase,
        segment_id=segment.id,
        station_id=one.owner,
        position=case.position or segment.middle,
        inlet_ids=(),
        minutes=minutes,
        spans=spans_of(JobKind.RESCUE, storm),
        due_at=storm.now + timedelta(minutes=minutes),  # each second of the way counts
        points=duty_points(Tier.WATER, minutes + COUNTS_MINUTES),
        late_points=duty_points(Tier.WATER, 1) // 60,
        late_most=duty_points(Tier.WATER, COUNTS_MINUTES),
        needs=(need,) * team.cars,
        risk=None,
        why=tuple(_why(one, needed, team)),
        not_by=_all_but(storm.city, team.able),
        tier=Tier.WATER,
    )


def _why(one: CaseStanding, needed: Mapping[str, int], team: CarTeam) -> Iterator[Message]:
    facts: dict[str, object] = {
        "number": one.case.id,
        "what": Message(f"case_kind.{one.case.kind}"),
        "by": one.case.by,
    }
    if one.case.text:
        yield Message("why.call", facts | {"text": one.case.text})
    else:
        yield Message("why.call_bare", facts)
    for item, number in needed.items():
        said: dict[str, object] = {"item": item_name(item), "n": number}
        if item in team.short:
            yield Message("why.kit_short", said | {"has": team.short[item]})
        else:
            yield Message("why.kit", said)


def _restocks(storm: Storm, facts: CarFacts) -> Iterator[Task]:
    for kit in facts.kits.values():
        crew = storm.city.crew_by_id.get(kit.crew_id)
        if crew is not None and kit.short:
            yield _restock(storm, kit, crew)


def _restock(storm: Storm, kit: Kit, crew: Crew) -> Task:
    minutes = minutes_of(JobKind.RESTOCK, storm)
    return Task(
        id=str(JobId(JobKind.RESTOCK, (crew.id, f"n{kit.since}"))),
        kind=JobKind.RESTOCK,
        phase=storm.phase,
        segment_id=None,
        station_id=crew.station_id,
        position=storm.city.station_by_id[crew.station_id].position,
        inlet_ids=(),
        minutes=minutes,
        spans=spans_of(JobKind.RESTOCK, storm),
        due_at=storm.now + timedelta(minutes=minutes),
        points=duty_points(Tier.LOW_POINT, minutes + COUNTS_MINUTES),
        late_points=duty_points(Tier.LOW_POINT, 1) // 60,
        late_most=duty_points(Tier.LOW_POINT, COUNTS_MINUTES),
        needs=team_of(JobKind.RESTOCK, storm),
        risk=None,
        why=tuple(_restock_why(kit.short)),
        not_by=_all_but(storm.city, {crew.id}),
        tier=Tier.LOW_POINT,
    )


def _restock_why(short: Mapping[str, int]) -> Iterable[Message]:
    return (Message("why.restock", {"item": item_name(item), "n": n}) for item, n in short.items())


def _all_but(city: City, ids: Collection[str]) -> frozenset[str]:
    return frozenset(city.resource_by_id.keys() - set(ids))
