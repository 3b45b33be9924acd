"""The city's words <-> the solver's: entities and instants on one side, ids, indices and seconds on the other. Pure."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.entities import (
    Assignment,
    City,
    LeftOut,
    Member,
    Message,
    Phase,
    PlanVersion,
    Position,
    Rest,
)
from ops.explain import job_name
from ops.progress import Progress
from ops.travel import TravelSettings, seconds
from ops.turns import Turn, on_duty
from ops.under_way import from_here, place, promised, so_far, taken_rests
from ops.wishes import Wish
from ops.work import Need, Storm, Work
from solver import Assignment as Placed
from solver import Break, Job, Pin, Plan, Problem, Slot, Stability, Unassigned, Unit
from solver.whatif import with_unit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSettings:
    """What a change of a published plan costs, in points (a clearing at middling risk is worth some 10,000).

    Attributes
    ----------
    reassign
        For each job that is dropped or given to others.
    retime, tolerance_s
        For each that is moved by more than the tolerance.
    travel
        How long the ways take.
    accepted_minutes
        Accepted work that sets out within so many minutes is kept as it is (an assumption: who has agreed is getting
        ready); what sets out later may be changed at the price above, or nobody would be free for what is urgent.
    """

    reassign: int = 2000
    retime: int = 500
    tolerance_s: int = 300
    travel: TravelSettings = TravelSettings()
    accepted_minutes: float = 30.0


@dataclass(frozen=True, slots=True)
class Brief:
    """The problem, and what is needed to read its plan; ``given_up`` are the wishes that can't be met, and why."""

    problem: Problem
    epoch: datetime
    works: dict[str, Work]
    turns: dict[str, Turn]
    held: dict[str, Assignment]
    past: tuple[Assignment, ...]
    rested: tuple[Rest, ...] = ()
    no_time: tuple[LeftOut, ...] = field(default=())
    given_up: tuple[tuple[Wish, Message], ...] = ()


def build_problem(storm: Storm, works: tuple[Work, ...], current: PlanVersion | None,
                  settings: BridgeSettings = BridgeSettings(), wishes: Iterable[Wish] = ()) -> Brief:
    """The solver's problem for this storm, from where the published plan and the reports have brought everybody.

    Parameters
    ----------
    wishes
        What the desk wants of single jobs, the older first: of two that can't both be met it stands.

    Where what was reported and accepted does not make a legal plan together (a team is said to be in two places),
    what was accepted counts no longer, then the clock alone: there is always a plan.
    """
    tries = [(storm, settings.accepted_minutes), (storm, 0.0)] if storm.progress else []
    for told, minutes in tries:
        try:
            return _with_wishes(_brief(told, works, current, settings, minutes), wishes)
        except ValueError as error:
            log.warning("what was reported can't be kept: %s", error)
    return _with_wishes(_brief(replace(storm, progress={}), works, current, settings, 0.0), wishes)


def _brief(storm: Storm, works: tuple[Work, ...], current: PlanVersion | None, settings: BridgeSettings,
           accepted_minutes: float) -> Brief:
    past, out = so_far(current, storm)
    turns = from_here(on_duty(storm), past, out, current, storm)
    held = out | promised(current, out, turns, storm, accepted_minutes)
    fixed = {assignment.job_id for assignment in (*past, *held.values())}
    doable, no_time = _with_time([work for work in works if work.id not in fixed])
    doable = [replace(work, after=tuple(job for job in work.after if job not in {a.job_id for a in past}))
              for work in doable]
    epoch = min([storm.now, *(turn.start for turn in turns.values())])
    problem = _problem(storm, doable, turns, held, current, epoch, settings)
    return Brief(problem=problem, epoch=epoch, works={work.id: work for work in doable}, turns=turns, held=held,
                 past=past, rested=taken_rests(current, storm),
                 no_time=tuple(_left_out(work, Message("left.no_time")) for work in no_time))


def _with_wishes(brief: Brief, wishes: Iterable[Wish]) -> Brief:
    """The brief with the jobs pinned for which the desk named team and time, as far as that is legal."""
    for wish in wishes:
        if wish.is_fixed and any(left.job_id == wish.job_id for left in brief.no_time):
            brief = replace(brief, given_up=(*brief.given_up, (wish, Message("broken.window"))))
        if not wish.is_fixed or wish.job_id not in brief.works:
            continue
        try:
            pin = Pin(job=wish.job_id, start=int((wish.start - brief.epoch).total_seconds()), units=wish.units)
            pins = (*brief.problem.pinned, *_before(pin, brief.problem), pin)
            brief = replace(brief, problem=replace(brief.problem, pinned=pins))
        except ValueError as error:
            brief = replace(brief, given_up=(*brief.given_up, (wish, broken_rule(str(error)))))
    return brief


def _before(pin: Pin, problem: Problem) -> list[Pin]:
    """What a pinned job comes after is pinned with it, as it is published."""
    pinned = {each.job for each in problem.pinned}
    published = {each.job: each for each in problem.previous}
    found: list[Pin] = []
    for job in problem.job_by_id[pin.job].after:
        if job not in pinned and job in published:
            found += [*_before(published[job], problem), published[job]]
    return found


#: What the solver's contract says of a pin that can't be -> the rule, as the desk is told it.
_RULES = (("names the unknown unit", "off_duty"), ("does not fit slot", "unfit"), ("one for each slot", "team"),
          ("outside every window", "window"), ("which is not pinned", "order"), ("which it comes after", "order"),
          ("outside the shift", "shift"), ("overlaps", "busy"), ("no time left", "way"),
          ("start: must be at", "window"))


def broken_rule(said: str) -> Message:
    """The rule that a pin breaks, by what the solver's contract says of it."""
    return next((Message(f"broken.{rule}") for words, rule in _RULES if words in said),
                Message("broken.other", {"detail": said}))


def fitting_units(brief: Brief, job_id: str) -> tuple[tuple[str, ...], ...]:
    """For each place in the team of a job the units on duty that can fill it, by their names in the plan."""
    job = brief.problem.job_by_id[job_id]
    return tuple(tuple(sorted(unit.id for unit in brief.problem.units if slot.fits(unit))) for slot in job.slots)


def one_more(problem: Problem, unit_id: str) -> Problem:
    """The problem with one unit more, like this one."""
    return with_unit(problem, replace(problem.unit_by_id[unit_id], id=f"{unit_id}+1"))


def _with_time(works: Iterable[Work]) -> tuple[list[Work], list[Work]]:
    """Works with the spans that are long enough for them; and those that no span is."""
    doable, no_time = [], []
    for work in works:
        needed = timedelta(minutes=work.minutes)
        spans = tuple(span for span in work.spans if span[1] - span[0] >= needed)
        if spans:
            doable.append(replace(work, spans=spans))
        else:
            no_time.append(work)
    known = {work.id for work in doable}
    while late := [work for work in doable if any(job not in known for job in work.after)]:
        doable = [work for work in doable if work not in late]
        no_time += late
        known = {work.id for work in doable}
    return doable, no_time


# --- to the solver ----------------------------------------------------------------------------------------------------


def _problem(storm: Storm, works: list[Work], turns: dict[str, Turn], held: dict[str, Assignment],
             current: PlanVersion | None, epoch: datetime, settings: BridgeSettings) -> Problem:
    positions = sorted({turn.position for turn in turns.values()} | {work.position for work in works}
                       | {place(assignment, storm.city) for assignment in held.values()})
    index = {position: i for i, position in enumerate(positions)}
    clock = _Clock(epoch)
    refused = {work.id: units for work in works
               if (units := work.not_by | storm.progress.get(work.id, Progress()).refused)}
    jobs = [_job(work, index, clock, work.id in refused) for work in works]
    jobs += [_held_job(assignment, index[place(assignment, storm.city)], turns, clock) for assignment in held.values()]
    return Problem(
        id=f"xunban-{epoch:%Y%m%dT%H%MZ}", epoch=epoch.isoformat(), horizon=clock.seconds(_last(storm, turns)),
        travel=tuple(tuple(_minutes_up(seconds(a, b, settings.travel)) for b in positions) for a in positions),
        travel_cost=1, units=tuple(_unit(unit_id, turn, index, clock, refused) for unit_id, turn in turns.items()),
        jobs=tuple(jobs), pinned=tuple(_pin(assignment, clock) for assignment in held.values()),
        previous=tuple(_pin(assignment, clock) for assignment in _planned(current, held, storm.now)),
        stability=Stability(reassign=settings.reassign, retime=settings.retime, tolerance=settings.tolerance_s))


@dataclass(frozen=True, slots=True)
class _Clock:
    epoch: datetime

    def seconds(self, instant: datetime) -> int:
        return max(0, int((instant - self.epoch).total_seconds()))

    def instant(self, at: int) -> datetime:
        return self.epoch + timedelta(seconds=at)


def _minutes_up(travel_s: int) -> int:
    """Whole minutes: sheets are read by the minute."""
    return -(-travel_s // 60) * 60


def _last(storm: Storm, turns: dict[str, Turn]) -> datetime:
    return max([storm.horizon, *(turn.end for turn in turns.values())])


def _unit(unit_id: str, turn: Turn, index: dict[Position, int], clock: _Clock,
          refused: dict[str, frozenset[str]]) -> Unit:
    """A unit; for each job that somebody refused, all others have the "skill" to do it."""
    breaks = tuple(Break(duration=minutes * 60, window=(clock.seconds(begin), clock.seconds(end)))
                   for minutes, begin, end in turn.breaks)
    return Unit(id=unit_id, kind=turn.machine_kind or "crew", start=index[turn.position], end=None,
                shift=(clock.seconds(turn.start), clock.seconds(turn.end)), size=turn.size,
                skills=(*turn.skills, *(_may(job) for job, units in refused.items() if turn.resource_id not in units)),
                breaks=breaks)


def _may(job_id: str) -> str:
    return f"may:{job_id}"


def _job(work: Work, index: dict[Position, int], clock: _Clock, refused: bool) -> Job:
    own = (_may(work.id),) if refused else ()
    return Job(id=work.id, location=index[work.position], duration=work.minutes * 60,
               windows=tuple((clock.seconds(start), clock.seconds(end)) for start, end in work.spans),
               weight=work.points, due=clock.seconds(work.due_at) if work.due_at else None, late_cost=work.late_points,
               slots=tuple(_slot(need, own) for need in work.needs), after=work.after)


def _slot(need: Need, own: tuple[str, ...]) -> Slot:
    return Slot(kind=need.machine_kind or "crew", skills=(*need.skills, *own), size=need.people)


def _held_job(assignment: Assignment, location: int, turns: dict[str, Turn], clock: _Clock) -> Job:
    start, end = clock.seconds(assignment.start_at), clock.seconds(assignment.end_at)
    slots = tuple(Slot(kind=turns[member.unit_id].machine_kind or "crew") for member in assignment.members)
    return Job(id=assignment.job_id, location=location, duration=end - start, windows=((start, end),), weight=0,
               slots=slots)


def _pin(assignment: Assignment, clock: _Clock) -> Pin:
    return Pin(job=assignment.job_id, start=clock.seconds(assignment.start_at),
               units=tuple(member.unit_id for member in assignment.members))


def _planned(current: PlanVersion | None, held: dict[str, Assignment], now: datetime) -> list[Assignment]:
    return [assignment for assignment in (current.assignments if current else ())
            if assignment.end_at > now and assignment.start_at >= now and assignment.job_id not in held]


# --- from the solver --------------------------------------------------------------------------------------------------


def read_plan(brief: Brief, plan: Plan, city: City, settings: BridgeSettings = BridgeSettings(),
              ) -> tuple[tuple[Assignment, ...], tuple[LeftOut, ...], tuple[Rest, ...]]:
    """The plan in the city's words: what is past, what is under way, what is planned; what is left out; the breaks."""
    clock = _Clock(brief.epoch)
    rests = tuple(Rest(unit_id=taken.unit, start_at=clock.instant(taken.start), end_at=clock.instant(taken.end))
                  for taken in plan.breaks)
    legs = _legs(brief, plan, rests, city, settings)
    new = [_assignment(placed, brief, legs, clock) for placed in plan.assignments]
    assignments = sorted((*brief.past, *new), key=lambda a: (a.start_at, a.job_id))
    left = [_left_out(brief.works[missing.job], _reason(missing, brief, city)) for missing in plan.unassigned]
    return tuple(assignments), (*left, *brief.no_time), (*brief.rested, *rests)


def _assignment(placed: Placed, brief: Brief, legs: dict, clock: _Clock) -> Assignment:
    if placed.job in brief.held:
        return brief.held[placed.job]
    work, start = brief.works[placed.job], clock.instant(placed.start)
    members = []
    for unit_id in placed.units:
        turn = brief.turns[unit_id]
        members.append(Member(unit_id=unit_id, kind=turn.kind, resource_id=turn.resource_id,
                              driver_id=turn.driver_at(start), leave_at=legs[unit_id, placed.job], arrive_at=start))
    return Assignment(job_id=work.id, kind=work.kind, phase=work.phase, segment_id=work.segment_id,
                      station_id=work.station_id, inlet_ids=work.inlet_ids, members=tuple(members),
                      start_at=start, end_at=clock.instant(placed.end), risk=work.risk,
                      why=work.why)


def _legs(brief: Brief, plan: Plan, rests: tuple[Rest, ...], city: City,
          settings: BridgeSettings) -> dict[tuple[str, str], datetime]:
    """When each unit sets out for each of its jobs: just in time, but before a break that would be on the road."""
    clock, legs = _Clock(brief.epoch), {}
    by_unit = defaultdict(list)
    for placed in sorted(plan.assignments, key=lambda placed: placed.start):
        for unit_id in placed.units:
            by_unit[unit_id].append(placed)
    for unit_id, stops in by_unit.items():
        at, free = brief.turns[unit_id].position, brief.turns[unit_id].start
        for placed in stops:
            held = brief.held.get(placed.job)
            there = place(held, city) if held else brief.works[placed.job].position
            travel = timedelta(seconds=_minutes_up(seconds(at, there, settings.travel)))
            start = clock.instant(placed.start)
            leave = start - travel
            for rest in rests:
                if rest.unit_id == unit_id and rest.start_at < start and rest.end_at > leave:
                    leave = max(free, rest.start_at - travel)
            legs[unit_id, placed.job] = leave
            at, free = there, clock.instant(placed.end)
    return legs


def _left_out(work: Work, why: Message) -> LeftOut:
    """A watch that nobody keeps is told with its time: a chief must know when the post is unmanned."""
    if work.phase is Phase.DURING:
        start = work.spans[0][0]
        why = Message(why.code, why.facts | {"start": start, "end": start + timedelta(minutes=work.minutes)})
    return LeftOut(job_id=work.id, kind=work.kind, phase=work.phase, segment_id=work.segment_id,
                   station_id=work.station_id, risk=work.risk, why=why)


def _reason(missing: Unassigned, brief: Brief, city: City) -> Message:
    """The solver's proved reason as a sentence, with at most three of the jobs it names called by their names."""
    names = []
    for job_id in missing.detail.jobs:
        job = brief.works.get(job_id) or brief.held[job_id]
        name = job_name(job.kind, job.segment_id, job.station_id, city)
        if name not in names:  # the watches of one post are one thing to the reader
            names.append(name)
    return Message(f"left.{missing.reason}", {"jobs": tuple(names[:3])}) if names else Message(
        f"left.{missing.reason}_alone")
