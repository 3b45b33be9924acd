"""Machines that the ordered level wants ready at a place from before the rain on. Pure.

They stand there hour by hour, like the guards of a post, so that they can leave for something
graver and come back. A pump that is asked for at a low point anyway is the one that the level
wants there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from data.model.city import City, Position
from data.model.ids import JobId
from data.model.levels import LevelRule, Placement
from data.model.message import Message
from data.model.plan import JobKind
from ops.base.naming import machine_name
from ops.planning.context import Storm
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted.guard_tasks import LATE_SHARE, MINUTE, name_of_span, watch_spans
from ops.planning.wanted.task_types import TASK_TYPES, Requirement
from ops.planning.wanted.tasks import Task
from ops.risk.stop_work import Span

MILDEST_FIRST = ("IV", "III", "II", "I")
EARLIER_SHARE = 0.5
"""So much more a machine is worth for each level by which it was wanted sooner: a graver one rather
adds another than moves it.
"""
PUMP_TRUCK = "pump_truck"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A road, or a station's yard."""

    id: str
    segment_id: str | None
    station_id: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedMachine:
    """One machine that is wanted at a place.

    Attributes
    ----------
    machine_id
        The one that is named; ``None``: any of the kind.
    number
        Which of several of the kind there.
    levels
        How many levels there are from the mildest that wants it up to the ordered one, each of
        which wants what the milder ones do.
    """

    kind: str
    machine_id: str | None
    place: "_Place"
    number: int = 1
    levels: int = 1

    @property
    def what(self) -> str:
        """The machine's id, or the kind."""
        return self.machine_id or self.kind


def placed_machines(level: LevelRule | None, city: City) -> tuple[PlacedMachine, ...]:
    """All that the level and the milder ones want; where a machine that is named stands is for the
    gravest to say.
    """
    if level is None:
        return ()
    reach = MILDEST_FIRST.index(level.id)
    milder = [rule for rule in city.levels if MILDEST_FIRST.index(rule.id) < reach]
    rules = [level, *sorted(milder, key=lambda rule: -MILDEST_FIRST.index(rule.id))]
    named: dict[str, PlacedMachine] = {}
    counts: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for rule in rules:
        levels = 1 + reach - MILDEST_FIRST.index(rule.id)
        for one in rule.placed:
            if one.what not in city.machine_by_id:
                counts.setdefault((one.what, one.place), []).append((one.number, levels))
            elif one.what not in named and (found := _named(one, city)):
                named[one.what] = found
    return (*named.values(), *_of_kinds(counts, city))


def _named(one: Placement, city: City) -> PlacedMachine | None:
    place = _place(one.place, city)
    kind = city.machine_by_id[one.what].kind
    return PlacedMachine(kind=kind, machine_id=one.what, place=place) if place else None


def _of_kinds(
    counts: dict[tuple[str, str], list[tuple[int, int]]], city: City
) -> Iterator[PlacedMachine]:
    """Each of so many machines of a kind, by the numbers wanted and since how many levels."""
    for (kind, where), wanted in counts.items():
        place = _place(where, city)
        if place is None:
            continue
        for number in range(1, max(most for most, _ in wanted) + 1):
            levels = max(since for most, since in wanted if number <= most)
            yield PlacedMachine(
                kind=kind, machine_id=None, place=place, number=number, levels=levels
            )


def _place(name: str, city: City) -> _Place | None:
    if road := city.segment_by_id.get(name):
        return _Place(id=name, segment_id=name, station_id=road.station_id, position=road.middle)
    if yard := city.station_by_id.get(name):
        return _Place(id=name, segment_id=None, station_id=name, position=yard.position)
    return None


def placement_tasks(storm: Storm, posts: Iterable[Task]) -> Iterator[Task]:
    """Every hour of every machine that the ordered level wants ready.

    Parameters
    ----------
    posts
        The watches that are asked for beside: a pump among them serves.
    """
    wanted = placed_machines(storm.level, storm.city)
    if not wanted:
        return
    pumped = _pumped(posts)
    for span in _spans(storm):
        served: set[str] = set()
        for one in sorted(wanted, key=lambda one: one.machine_id is not None):
            left = span
            if one.kind == PUMP_TRUCK and one.place.id not in served:
                left = _until_pumped(span, pumped.get(one.place.id, ()))
                served.add(one.place.id)
            if left[1] - left[0] >= storm.work.watch_minutes * MINUTE:
                yield _task(storm, one, left)


def _spans(storm: Storm) -> Iterator[Span]:
    """The hours of each storm with the lead before it, as far as the one before does not reach."""
    lead, behind = storm.work.placed_lead_minutes * MINUTE, None
    for onset, end in storm.rain.storms:
        own = lead if behind is None else max(timedelta(0), min(lead, onset - behind))
        yield from watch_spans(storm, onset, end, own)
        behind = end


def _pumped(posts: Iterable[Task]) -> dict[str, list[Span]]:
    """When a pump is asked for, by road."""
    found: dict[str, list[Span]] = {}
    for task in posts:
        if task.kind is JobKind.PUMP and task.segment_id and task.until:
            found.setdefault(task.segment_id, []).append((task.spans[0][0], task.until))
    return found


def _until_pumped(span: Span, pumped: Iterable[Span]) -> Span:
    """What is left of a span before the pump is asked for; nothing where it is from the beginning
    on.
    """
    begins = min(
        (start for start, end in pumped if start < span[1] and span[0] < end), default=None
    )
    return span if begins is None else (span[0], max(span[0], begins))


def _task(storm: Storm, one: PlacedMachine, span: Span) -> Task:
    """One hour of it: worth its minutes, whoever comes when."""
    (start, end), place = span, one.place
    minutes = (end - start) / MINUTE
    shortest = min(storm.work.watch_minutes, int(minutes))
    share = 1 + EARLIER_SHARE * (one.levels - 1)
    points = duty_points(Tier.LEVEL_POST, minutes * share)
    parts = (place.id, name_of_span(storm, span), one.what, str(one.number))
    return Task(
        id=str(JobId(JobKind.PLACED, parts)),
        kind=JobKind.PLACED,
        phase=TASK_TYPES[JobKind.PLACED].phase,
        segment_id=place.segment_id,
        station_id=place.station_id,
        position=place.position,
        inlet_ids=(),
        minutes=shortest,
        until=end,
        spans=((start, end - shortest * MINUTE),),
        due_at=start,
        points=points,
        late_points=round(points / (60 * max(minutes, 1))),
        late_most=round(LATE_SHARE * points),
        needs=(Requirement(machine_kind=one.kind),),
        not_by=_others(one, storm.city),
        tier=Tier.LEVEL_POST,
        risk=None,
        why=(_why(storm, one), *storm.warned),
    )


def _others(one: PlacedMachine, city: City) -> frozenset[str]:
    """Of a machine that is named the others of its kind."""
    if one.machine_id is None:
        return frozenset()
    alike = {machine.id for machine in city.machines if machine.kind == one.kind}
    return frozenset(alike - {one.machine_id})


def _why(storm: Storm, one: PlacedMachine) -> Message:
    level = storm.level.id if storm.level else ""
    return Message("why.placed", {"level": level, "machine": machine_name(one.what, storm.city)})
