"""Inlets opened before the next water comes: by hand, by jetting, by going down a well. Pure.

In a storm everything that prevents water is asked for, in whatever hour the rain allows it, and is
worth the less the later it is done. On a dry day the round goes on: each day a share of all inlets,
by risk and age.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from data.model.city import Segment
from data.model.message import Message
from data.model.plan import JobKind
from data.model.wall_clock import hours_into
from ops.planning.context import Storm
from ops.planning.tiers import gain_points
from ops.planning.wanted.task_types import minutes_of, spans_of
from ops.planning.wanted.tasks import Task, task_on
from ops.risk.stop_work import Span
from ops.risk.worth import Decline

MOST_BLOCKED = 3  # blocked inlets jetted at one stop
SOON_PER_HOUR, SOON_MOST = 0.1, 0.5
"""Of a dry day's work, what each hour of waiting costs of its worth, and how much at most
(assumptions): enough that the crews on duty share the round out, and little enough that none drives
far for it.
"""
ROUND_LEAST = 0.2
"""Blocked-inlet-hours that a piece of the day's round counts at least: half an hour on the road for
it (an assumption): who is free opens what is due today.
"""


def clearing_tasks(
    storm: Storm, machines: Collection[str], guarded: Collection[str]
) -> Iterator[Task]:
    """Every portion of inlets worth opening; before a storm the sooner the better.

    Parameters
    ----------
    machines
        Kinds of machines on duty: without a jetting truck what asks for jetting is opened by hand
        as far as that goes.
    guarded
        Roads that are guarded through the storm in any case (``guard_tasks.guarded_roads``).
    """
    if not storm.rain.storms and storm.level and not storm.level.routine:
        return
    share = storm.work.wait_share if storm.rain.storms else 0.0
    for task in _worth_opening(storm, machines, guarded):
        yield replace(task, wait_points=round(share * task.points))


def _worth_opening(
    storm: Storm, machines: Collection[str], guarded: Collection[str]
) -> Iterator[Task]:
    chosen = None if storm.rain.storms else _todays_round(storm)
    asked_for = _remedies(storm)
    for segment in storm.city.segments:
        remedies, is_guarded = asked_for.get(segment.id, {}), segment.id in guarded
        to_jet = remedies.get("jetting", ())
        if "jetting_truck" in machines:
            yield from _jetted(storm, segment, to_jet, is_guarded)
        else:
            today = tuple(inlet for inlet in to_jet if chosen is None or inlet in chosen)
            yield from _instead(storm, segment, today, Message("why.no_jetting"), is_guarded)
        for number, inlets in _stops(remedies.get("well_entry", ())):
            why = Message("why.well")
            yield _opened(storm, segment, JobKind.WELL, inlets, number, why, is_guarded)
        yield from _by_hand(storm, segment, chosen, remedies, guarded=is_guarded)


def _remedies(storm: Storm) -> dict[str, dict[str, tuple[str, ...]]]:
    """The inlets of every road that are blocked now, by what they ask for."""
    found: dict[str, dict[str, set[str]]] = {}
    for blockage in storm.city.blockages:
        inlet = storm.city.inlet_by_id.get(blockage.inlet_id)
        if inlet and inlet.id not in storm.skipped and blockage.is_open(storm.now):
            of_road = found.setdefault(inlet.segment_id, {})
            of_road.setdefault(blockage.remedy, set()).add(inlet.id)
    return {
        road: {remedy: tuple(sorted(inlets)) for remedy, inlets in remedies.items()}
        for road, remedies in found.items()
    }


def _stops(blocked: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Blocked inlets by the stop at which they are opened, with its number."""
    starts = range(0, len(blocked), MOST_BLOCKED)
    return ((number, blocked[at : at + MOST_BLOCKED]) for number, at in enumerate(starts, 1))


def _jetted(
    storm: Storm, segment: Segment, blocked: tuple[str, ...], guarded: bool
) -> Iterator[Task]:
    """What asks for jetting, by the truck or, while there is rain to come, by hand as far as that
    goes; whichever suits the plan better, and never both.
    """
    jets = [
        _opened(storm, segment, JobKind.JET, inlets, number, Message("why.jet"), guarded)
        for number, inlets in _stops(blocked)
    ]
    if not storm.rain.storms:
        yield from jets
        return
    by_hand = _instead(storm, segment, blocked, Message("why.before_jetting"), guarded)
    over = storm.rain.storms[-1][1]
    for jet, instead in zip(jets, by_hand, strict=True):
        spans = tuple((start, min(end, over)) for start, end in instead.spans if start < over)
        yield replace(jet, group=jet.id if spans else None)
        if spans:
            yield replace(instead, group=jet.id, spans=spans)


def _instead(
    storm: Storm, segment: Segment, blocked: tuple[str, ...], why: Message, guarded: bool
) -> Iterator[Task]:
    """What asks for jetting, opened by hand, stop by stop; named behind the road's portions and
    what is asked for once more.
    """
    last = _portion_count(storm, segment) + 1
    for number, inlets in _stops(blocked):
        yield _opened(storm, segment, JobKind.CLEAR, inlets, last + number, why, guarded)


def _opened(
    storm: Storm,
    segment: Segment,
    kind: JobKind,
    inlets: tuple[str, ...],
    number: int,
    why: Message,
    guarded: bool,
) -> Task:
    """Blocked inlets opened by a machine, from below or, with what asks for a machine, by hand: of
    those it is known that the next storm finds them so, and the hours after this one do as well.
    """
    share = storm.worth.opened_share(by_hand_instead=kind is JobKind.CLEAR)
    spans = _in_time(storm, spans_of(kind, storm), after=True)
    return task_on(
        storm,
        segment,
        kind,
        inlets=inlets,
        spans=spans,
        minutes=minutes_of(kind, storm, inlets=len(inlets)),
        worth=_soon(
            storm, storm.worth.clearing(segment, inlets, guarded=guarded, share=share), spans
        ),
        why=why,
        number=number,
    )


def _by_hand(
    storm: Storm,
    segment: Segment,
    chosen: frozenset[str] | None,
    remedies: dict[str, tuple[str, ...]],
    *,
    guarded: bool,
) -> Iterator[Task]:
    """The road's inlets in portions; each keeps its name while the record stands."""
    otherwise = {*remedies.get("well_entry", ()), *remedies.get("jetting", ())}
    portions = _portions(storm, segment)
    for number, portion in enumerate(portions, 1):
        inlets = tuple(
            inlet
            for inlet in portion
            if inlet not in otherwise
            and inlet not in storm.skipped
            and (chosen is None or inlet in chosen)
        )
        task = _portion(storm, segment, inlets, number, guarded) if inlets else None
        if task and task.points >= gain_points(storm.work.least_gain):
            yield task
    again = tuple(inlet for portion in portions for inlet in portion if storm.skipped.get(inlet))
    if again:
        number = _portion_count(storm, segment) + 1
        yield _once_more(storm, _portion(storm, segment, again, number, guarded))


def _once_more(storm: Storm, task: Task) -> Task:
    """Inlets that a crew left, when what kept it away is gone."""
    since = max(at for inlet in task.inlet_ids if (at := storm.skipped[inlet]))
    spans = tuple((max(start, since), end) for start, end in task.spans if end > since)
    why = Message("why.skipped", {"since": since})
    return replace(task, spans=spans, why=(why, *task.why[1:]))


def _portion(
    storm: Storm, segment: Segment, inlets: tuple[str, ...], number: int, guarded: bool
) -> Task:
    share = storm.worth.cleared_share
    worth = storm.worth.clearing(segment, inlets, guarded=guarded, share=share)
    spans = _in_time(storm, spans_of(JobKind.CLEAR, storm))
    return task_on(
        storm,
        segment,
        JobKind.CLEAR,
        inlets=inlets,
        spans=spans,
        minutes=minutes_of(JobKind.CLEAR, storm, inlets=len(inlets)),
        worth=_soon(storm, worth, spans),
        why=_why(storm),
        number=number,
    )


def _soon(storm: Storm, worth: Decline, spans: tuple[Span, ...]) -> Decline:
    """On a dry day work is worth the more the sooner it is done: nobody does it all by himself
    while others sit at their station.
    """
    if storm.rain.storms or not spans:
        return worth
    best, begin = max(worth.best, ROUND_LEAST), spans[0][0]
    return Decline(best=best, due_at=begin, per_hour=SOON_PER_HOUR * best, most=SOON_MOST * best)


def _why(storm: Storm) -> Message:
    if not storm.rain.storms:
        return Message("why.routine")
    onset = storm.rain.storms[0][0]
    return Message("why.before", {"onset": onset}) if onset > storm.now else Message("why.in_gaps")


def _portions(storm: Storm, segment: Segment) -> list[tuple[str, ...]]:
    """The road's inlets, those that block most often first, in equal portions.

    By their record and not by what is known of them today, so that a portion keeps its inlets and
    its name while some of them are being opened.
    """
    states = storm.worth.states
    inlets = [inlet.id for inlet in storm.city.inlets_by_segment.get(segment.id, ())]
    inlets.sort(key=lambda inlet_id: (-states[inlet_id].rate, inlet_id))
    count = _portion_count(storm, segment)
    size = -(-len(inlets) // count) if count else 1
    return [tuple(inlets[at : at + size]) for at in range(0, len(inlets), size)]


def _portion_count(storm: Storm, segment: Segment) -> int:
    inlets = len(storm.city.inlets_by_segment.get(segment.id, ()))
    return -(-inlets // storm.work.inlets_per_stop)


def _in_time(storm: Storm, spans: tuple[Span, ...], *, after: bool = False) -> tuple[Span, ...]:
    """The spans in which opening an inlet is still for these storms, or done ``after`` them; on a
    dry day the hours of upkeep.
    """
    ends_at = storm.worth.ends_at
    if ends_at is None:
        return tuple(
            (max(start, a), min(end, b))
            for start, end in spans
            for a, b in _upkeep_hours(storm)
            if min(end, b) > max(start, a)
        )
    over = max(ends_at, storm.after_until) if after else ends_at
    return tuple((start, min(end, over)) for start, end in spans if start < over)


def _upkeep_hours(storm: Storm) -> Iterator[Span]:
    zone = ZoneInfo(storm.city.district.time_zone)
    first = storm.now.astimezone(zone).date()
    last = storm.horizon.astimezone(zone).date()
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        yield (
            hours_into(day, storm.work.routine_from, zone),
            hours_into(day, storm.work.routine_to, zone),
        )


def _todays_round(storm: Storm) -> frozenset[str]:
    """The inlets that are due today: the likeliest blocked of all that are not done yet, as many as
    are left of the day's share.
    """
    zone = ZoneInfo(storm.city.district.time_zone)
    today = storm.now.astimezone(zone).date()
    segments, states = storm.city.segment_by_id, storm.worth.states
    done = {
        inlet_id
        for inlet_id, state in states.items()
        if state.last_cleaned_at and state.last_cleaned_at.astimezone(zone).date() == today
    }
    share = -(-len(states) // storm.work.round_days)
    waiting = sorted(
        (inlet for inlet in storm.city.inlets if inlet.id not in done),
        key=lambda inlet: (
            -states[inlet.id].probability * storm.worth.weight(segments[inlet.segment_id]),
            inlet.id,
        ),
    )
    return frozenset(inlet.id for inlet in waiting[: max(0, share - len(done))])
