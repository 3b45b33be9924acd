"""What is left out, told by decision: each cause once, with all that it stops, where and when, and
what would mend it; what is grave and can be mended first. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

from data.model.city import City
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, Phase, UnassignedJob
from ops.base.naming import machine_name, station_name
from ops.planning.tiers import Tier
from ops.planning.wanted.task_types import TASK_TYPES
from solver import Slot

GAP = timedelta(minutes=1)  # watches are planned by the minute
_OF_OTHERS, _OUTWEIGHED, _NOT_WORTH = "left.predecessor", "left.outweighed", "left.not_worth"
_FEWER_PUMPS = "left.fewer_pumps"
_INCIDENT, _INCIDENT_PUMP = "incident", "incident_pump"
_BY_PLACE = frozenset({*(kind for kind in JobKind if kind.is_post), _INCIDENT, _INCIDENT_PUMP})
"""What is counted by the place, however often it is left out there."""
_UNREACHED = ("left.no_unit_alone", "left.no_time")
"""Nobody can be there so soon."""
_MEND = {
    "left.no_kind": "mend.hire",
    "left.no_unit_for": "mend.call_in",
    "left.refused": "mend.ask_station",
    "left.unexamined": "mend.more_time",
    "left.pinned": "mend.move",
    "left.no_way": "mend.open_street",
    "left.barred": "mend.other_means",
    "left.by_hand": "mend.take_back",
    "left.machine_out": "mend.substitute",
}
"""What would mend it, by the reason; what is outweighed by whoever its team lacks; of all others
nothing that the desk could do.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutGroup:
    """Jobs that one cause leaves out.

    Attributes
    ----------
    tier, phase
        Of the gravest of them.
    what
        What and how many.
    why, mend
        The cause, and what would mend it; ``None``: nothing that the desk could do.
    places
        Road by road, a post with the time in which it is not manned.
    jobs
        Their ids.
    name
        What tells it from the others, the same from version to version.
    """

    tier: Tier
    phase: Phase
    what: tuple[Message, ...]
    why: Message
    mend: Message | None
    places: tuple[Message, ...]
    jobs: tuple[str, ...]
    name: str = ""


def left_out_groups(
    left_out: Iterable[UnassignedJob], city: City, now: datetime | None = None
) -> tuple[LeftOutGroup, ...]:
    """The jobs left out, gathered by cause: the gravest first, of those what can be mended.

    Parameters
    ----------
    now
        Posts whose time is over by then are no decision any more.
    """
    jobs = [left for left in left_out if now is None or not _is_over(left, now)]
    causes = _causes(jobs)
    gathered: dict[tuple, list[UnassignedJob]] = {}
    for left in jobs:
        gathered.setdefault(_key(left, causes[left.job_id], city), []).append(left)
    groups = [
        (
            _group(sorted(alike, key=lambda left: -(left.risk or 0)), causes, city),
            sum(left.risk or 0 for left in alike),
        )
        for alike in gathered.values()
    ]
    groups.sort(key=lambda each: (-each[0].tier, each[0].mend is None, -each[1]))
    return tuple(group for group, _ in groups)


def left_count(left_out: Iterable[UnassignedJob]) -> int:
    """How much is left out, to tell in one number: a post once, however many of its hours are."""
    return len(
        {JobId.parse(one.job_id).watch if one.kind.is_post else one.job_id for one in left_out}
    )


def why_no_unit(short: Sequence[Slot], city: City) -> Message:
    """What nobody can fill: places for a kind of machine that the district has none of, or for
    whom nobody is on duty then.

    Parameters
    ----------
    short
        The places that nobody on duty can fill; none: each could be filled, but not all together.
    """
    if not short:
        return Message("left.no_unit_alone")
    missing = tuple(_need(slot) for slot in short if _kind_is_missing(slot, city))
    if missing:
        return Message("left.no_kind", {"needs": missing})
    return Message("left.no_unit_for", {"needs": tuple(_need(slot) for slot in short)})


def why_no_pump(city: City) -> Message:
    """That the pump trucks are needed at other low points, for there are fewer of them."""
    trucks = sum(machine.kind == "pump_truck" for machine in city.machines)
    places = sum(segment.low_lying for segment in city.segments)
    return Message(_FEWER_PUMPS, {"trucks": trucks, "places": places})


def _kind_is_missing(slot: Slot, city: City) -> bool:
    return slot.kind not in (None, "crew") and slot.kind not in {m.kind for m in city.machines}


def _need(slot: Slot) -> Message:
    if slot.kind in (None, "crew"):
        return Message("need.crew", {"people": slot.size})
    return Message(f"machine.{slot.kind}")


def _is_over(left: UnassignedJob, now: datetime) -> bool:
    end = left.why.facts.get("end")
    return isinstance(end, datetime) and end <= now


def _causes(jobs: Iterable[UnassignedJob]) -> dict[str, Message]:
    """The reason of each job; of one whose step before is left out that one's own, and of the first
    hours of a post for which nobody could be there in time that of the hours after them.
    """
    jobs = list(jobs)
    by_place: dict[tuple, Message] = {}
    for left in jobs:
        if not left.why.code.startswith(_OF_OTHERS):
            by_place.setdefault((left.segment_id, left.phase), left.why)
    return {
        left.job_id: by_place.get((left.segment_id, left.phase), left.why)
        if left.why.code.startswith(_OF_OTHERS)
        else left.why
        for left in jobs
    } | _reasons_after(jobs)


def _reasons_after(jobs: Iterable[UnassignedJob]) -> dict[str, Message]:
    """The reason of what follows, for each hour of a post that nobody could reach in time."""
    found: dict[str, Message] = {}
    after: dict[tuple, UnassignedJob] = {}
    for left in sorted(jobs, key=_begins, reverse=True):
        place, end = (_told_as(left), left.segment_id, left.station_id), left.why.facts.get("end")
        if not left.kind.is_post or not isinstance(end, datetime):
            continue
        then, after[place] = after.get(place), left
        if then and left.why.code in _UNREACHED and _begins(then)[0] - end <= GAP:
            found[left.job_id] = found.get(then.job_id, then.why)
    return {job: why for job, why in found.items() if why.code not in _UNREACHED}


def _key(left: UnassignedJob, why: Message, city: City) -> tuple:
    """What is told together: by the cause alone where that says who is missing, else by kind. A
    post is left for other work in one hour and for its ways in the next: to its chief that is one.
    """
    code = why.code.removesuffix("_alone")
    if left.kind.is_post and code == _NOT_WORTH:
        code = _OUTWEIGHED
    if "needs" in why.facts:
        return code, repr(why.facts["needs"])
    return code, tier_of(left, city), left.phase, _told_as(left), JobId.parse(left.job_id).machine


def _told_as(left: UnassignedJob) -> str:
    """As what it is counted: an incident is no post among others."""
    name = JobId.parse(left.job_id)
    if name.incident_id is None:
        return left.kind
    return _INCIDENT_PUMP if name.is_of_pump else _INCIDENT


def tier_of(left: UnassignedJob, city: City) -> Tier:
    """How grave it is that nobody does it."""
    if JobId.parse(left.job_id).incident_id is not None:
        return Tier.WATER
    segment = city.segment_by_id.get(left.segment_id or "")
    is_low = segment is not None and segment.low_lying
    return {
        JobKind.PUMP: Tier.LOW_PUMP,
        JobKind.GUARD: Tier.LOW_POINT if is_low else Tier.POST,
        JobKind.PLACED: Tier.LEVEL_POST,
        JobKind.RESERVE: Tier.STANDBY,
    }.get(left.kind, Tier.GAIN)


def _group(alike: list[UnassignedJob], causes: Mapping[str, Message], city: City) -> LeftOutGroup:
    gravest = max(alike, key=lambda left: tier_of(left, city))
    why = _said_once([causes[left.job_id] for left in alike])
    code = why.code.removesuffix("_alone")
    needs = {"needs": why.facts["needs"]} if "needs" in why.facts else {}
    spans = _merged(alike, causes)
    counts: Counter[str] = Counter(kind for kind, *_ in _told_apart(spans))
    if JobKind.PLACED in counts:  # of these the machines are counted, whenever each is missing
        counts[JobKind.PLACED] = len(_placed(alike))
    return LeftOutGroup(
        tier=tier_of(gravest, city),
        phase=gravest.phase,
        what=tuple(
            Message(
                f"left_out.{kind}" if kind in _BY_PLACE else "left_out.jobs",
                {"job": Message(f"job.{kind}"), "n": n, **_machine(kind, alike, city)},
            )
            for kind, n in counts.items()
        ),
        why=why,
        mend=_mend(why, alike, city),
        places=_places(spans, city),
        jobs=tuple(left.job_id for left in alike),
        name=_name(gravest, code, needs, [*sorted(counts), *_machines_of(alike)]),
    )


def _told_apart(spans: Iterable["_Span"]) -> Iterable[tuple]:
    """What is counted: of posts the places, however often each is left; of work each job."""
    return dict.fromkeys(
        (kind, segment, station) if kind in _BY_PLACE else (kind, segment, station, number)
        for number, (kind, segment, station, *_) in enumerate(spans)
    )


def _mend(why: Message, alike: Sequence[UnassignedJob], city: City) -> Message | None:
    """What would mend it; ``None``: nothing that the desk could do."""
    code = why.code.removesuffix("_alone")
    if code in (_OUTWEIGHED, _FEWER_PUMPS):
        return _more(alike, city)
    if why.code == "left.machine_out_alone":
        kinds = tuple(Message(f"machine.{one}") for one in _kinds_of(alike, city))
        return Message("mend.hire", {"needs": kinds})
    facts: dict[str, object] = {
        key: why.facts[key] for key in ("needs", "substitute") if key in why.facts
    }
    return Message(_MEND[code], facts) if code in _MEND else None


def _placed(alike: Iterable[UnassignedJob]) -> set[JobId]:
    """The machines that the level wants ready, each with its place."""
    return {JobId.parse(left.job_id).watch for left in alike if left.kind is JobKind.PLACED}


def _machines_of(alike: Iterable[UnassignedJob]) -> list[str]:
    """What the level wants ready: ids and kinds, each once."""
    names = (JobId.parse(left.job_id).machine for left in alike)
    return list(dict.fromkeys(name for name in names if name))


def _kinds_of(alike: Iterable[UnassignedJob], city: City) -> list[str]:
    known = city.machine_by_id
    names = _machines_of(alike)
    return list(dict.fromkeys(known[one].kind if one in known else one for one in names))


def _machine(kind: str, alike: Iterable[UnassignedJob], city: City) -> dict[str, object]:
    """Which machine is not ready, of those that a level wants."""
    if kind is not JobKind.PLACED:
        return {}
    return {"machine": tuple(machine_name(one, city) for one in _machines_of(alike))}


def _more(alike: Sequence[UnassignedJob], city: City) -> Message:
    """More of what such work takes: of the people, the machines, or both."""
    kinds = dict.fromkeys(left.kind for left in alike)
    team = [need for kind in kinds for need in TASK_TYPES[kind].team]
    own = dict.fromkeys(need.machine_kind for need in team if need.machine_kind)
    machines = [*own, *(one for one in _kinds_of(alike, city) if one not in own)]
    if not machines:
        return Message("mend.more_people")
    code = "more_machines" if all(need.machine_kind for need in team) else "more_of_both"
    return Message(f"mend.{code}", {"needs": tuple(Message(f"machine.{one}") for one in machines)})


def _name(
    gravest: UnassignedJob, code: str, needs: Mapping[str, object], kinds: Iterable[str]
) -> str:
    who = [f"{crc32(repr(needs).encode()):08x}"] if needs else list(kinds)
    return ":".join((gravest.phase, code, *who))


def _said_once(reasons: list[Message]) -> Message:
    """The one reason of all, what is left for other work before what is for its ways; without the
    jobs that it names where they are not the same.
    """
    first = _without_time(min(reasons, key=lambda why: why.code == _NOT_WORTH))
    if "jobs" in first.facts and any(_without_time(each) != first for each in reasons):
        return Message(f"{first.code.removesuffix('_alone')}_alone")
    return first


def _without_time(why: Message) -> Message:
    facts = {key: fact for key, fact in why.facts.items() if key not in ("start", "end")}
    return Message(why.code, facts)


_Span = tuple[str, str | None, str, datetime | None, datetime | None, datetime | None]


def _merged(alike: Iterable[UnassignedJob], causes: Mapping[str, Message]) -> list[_Span]:
    """Kind, segment, station and time of each job, and until when nobody could be there; the
    watches of one post that follow one another are one.
    """
    spans: list[_Span] = []
    last: dict[tuple, int] = {}
    for left in sorted(alike, key=_begins):
        start, end = _begins(left)[0], left.why.facts.get("end")
        place = _told_as(left), left.segment_id, left.station_id
        if not left.kind.is_post or not isinstance(end, datetime):
            spans.append((*place, None, None, None))
            continue
        known = last.get(place)
        until = spans[known][4] if known is not None else None
        is_late = causes[left.job_id] is not left.why and left.why.code in _UNREACHED
        late = end if is_late else None
        if known is not None and until is not None and start - until <= GAP:
            *_, begun, _, before = spans[known]
            spans[known] = (*place, begun, max(until, end), late or before)
        else:
            last[place] = len(spans)
            spans.append((*place, start, end, late))
    return spans


def _begins(left: UnassignedJob) -> tuple[datetime, int, str]:
    start = left.why.facts.get("start")
    known = start if isinstance(start, datetime) else datetime.max.replace(tzinfo=UTC)
    return known, -(left.risk or 0), left.job_id


def _places(spans: Iterable[_Span], city: City) -> tuple[Message, ...]:
    """Where, the stretches and times of one road together."""
    roads: dict[str, dict[str, Message]] = {}
    for _, segment_id, station_id, start, end, reached in spans:
        segment = city.segment_by_id.get(segment_id or "")
        name = segment.road if segment else segment_id or station_name(station_id, city)
        facts: dict[str, object] = {}
        if segment:
            facts |= {"begin": segment.start_name, "finish": segment.end_name}
        if start:
            facts |= {"start": start, "end": end}
        parts = roads.setdefault(name, {})
        if facts:
            code = {(True, False): "stretch", (True, True): "stretch_at", (False, True): "at"}[
                segment is not None, start is not None
            ]
            part = Message(f"left_out.{code}", facts)
            if reached:
                part = Message("left_out.late", {"part": part, "reached": reached})
            parts[repr(facts)] = part
    return tuple(
        Message("left_out.road", {"road": road, "parts": tuple(parts.values())})
        if parts
        else Message("name.text", {"text": road})
        for road, parts in roads.items()
    )
