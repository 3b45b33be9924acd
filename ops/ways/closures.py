"""What closes and slows streets, told: by the desk, by a table, by the depth of reported water.
Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from data.model.city import City, Position, Segment
from data.model.field import Incident
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.street.streets import Closure
from ops.ways.closed_streets import WATER
from ops.ways.speeds import WaySettings, share_in_water

WORKS = "works"
"""The source of what works under way close and slow."""
SLOW = 0.5
"""Of the speed, what is left where a street is said to be slow (assumption)."""
IN_WATER = ("standing_water", "vehicle_in_water", "burst_pipe")
"""Incidents that put water on a street."""
_BESIDE_DEG = 5e-5  # some five metres to each side of a place


def names_of(closures: Iterable[Closure]) -> tuple[str, ...]:
    """How the closures are called, each once."""
    return tuple(dict.fromkeys(closure.name for closure in closures))


def stretch_name(segment: Segment) -> str:
    """How a segment's street is called, in the words of the tables."""
    return f"{segment.road} {segment.start_name}—{segment.end_name}"


def line_of(closure: Closure) -> Message:
    """A closure as a sentence: what, how, why and until when."""
    how = "closed" if not closure.speed_share else "slow"
    facts: dict[str, object] = {"name": closure.name, "from": closure.from_at}
    if closure.to_at:
        facts["to"] = closure.to_at
    if closure.reason:
        facts["why"] = closure.reason
    ends = "_until" if closure.to_at else ""
    return Message(f"street.{how}{ends}{'_why' if closure.reason else ''}", facts)


def water_closures(
    incidents: Iterable[Incident], city: City, settings: WaySettings
) -> Iterator[Closure]:
    """The streets that open incidents say are under water: where a position is told the street
    there, else the whole segment. Calls about one matter close it once, by the deepest water that
    was told; where no depth was, the assumed one counts.
    """
    found: dict[tuple, list[Incident]] = {}
    for call in incidents:
        if call.kind not in IN_WATER and call.depth_cm is None:
            continue
        line = _line_of(call, city.segment_by_id.get(call.segment_id or ""))
        if line is not None and call.depth_cm != 0:
            found.setdefault((call.matter, line), []).append(call)
    for (_, line), calls in found.items():
        yield _under_water(calls, line, city, settings)


def _under_water(
    calls: Sequence[Incident], line: tuple[Position, ...], city: City, settings: WaySettings
) -> Closure:
    """What calls about one water close."""
    first = min(calls, key=lambda call: call.reported_at)
    segment = city.segment_by_id.get(first.segment_id or "")
    told = max((call.depth_cm for call in calls if call.depth_cm is not None), default=None)
    cm = settings.unknown_depth_cm if told is None else told
    return Closure(
        operation_id=first.operation_id,
        name=stretch_name(segment) if segment else f"#{first.id}",
        line=line,
        speed_share=share_in_water(cm, settings),
        reason=Message(f"street.water_{'assumed' if told is None else 'told'}", {"cm": cm}),
        from_at=first.reported_at,
        by=first.by,
        source=WATER,
        external_id=str(first.id),
    )


def _line_of(call: Incident, segment: Segment | None) -> tuple[Position, ...] | None:
    if call.position:
        lon, lat = call.position
        return (lon - _BESIDE_DEG, lat), (lon + _BESIDE_DEG, lat)
    return segment.line if segment else None


def named_causes(closures: Iterable[Closure]) -> Mapping[str, Message]:
    """Causes that closures are, told by their names."""
    found: dict[str, Message] = {}
    for closure in closures:
        facts: dict[str, object] = {"what": line_of(closure), "by": closure.by}
        told = Message("cause.closure_named", facts)
        found[str(Cause.of(CauseKind.CLOSURE, closure.id))] = told
        if closure.to_at and closure.ended_by:
            ended = {"name": closure.name, "by": closure.ended_by, "at": closure.to_at}
            opened = Message("cause.opened_named", ended)
            found[str(Cause.of(CauseKind.OPENED, closure.id))] = opened
    return found


def clock_causes(
    closures: Iterable[Closure], made_at: datetime, now: datetime, settings: WaySettings
) -> Iterator[Cause]:
    """The causes to plan that the clock brings since a plan was made: closures that begin soon, and
    those that are over.
    """
    soon = timedelta(minutes=settings.soon_minutes)
    for closure in closures:
        if made_at < closure.from_at - soon <= now and not closure.is_over(now):
            yield Cause(CauseKind.CLOSURE, f"{closure.id}@{_stamp(closure.from_at)}")
        if closure.to_at and made_at < closure.to_at <= now and closure.ended_by is None:
            yield Cause(CauseKind.OPENED, f"{closure.id}@{_stamp(closure.to_at)}")


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%MZ}"
