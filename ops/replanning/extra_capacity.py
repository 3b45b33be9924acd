"""What it would take to do more of what a plan leaves out: one more crew or machine, of each sort
and in each shift, tried by a search, so that the desk knows what to call for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import Shift, Station
from data.model.ids import UnitId
from data.model.message import Message
from data.model.operation import Operation
from data.model.plan import UnitKind
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.district.rosters import shift_span
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.roster_days import zone_of
from ops.planning.solver_input import SolverInput, with_one_more
from ops.planning.wanted.tasks import Task
from ops.replanning.manual_changes import Baseline, baseline, named
from ops.replanning.plan_worth import PlanWorth, worth_of
from ops.replanning.side_by_side import AT_ONCE, SEARCHES, handed_round
from ops.settings import Settings
from solver import Plan, Problem

SEARCH_S, ALL_S = 1.0, 12.0
"""For each trial, long enough to place what one more unit can do; and for all of them together,
short enough to wait for.
"""
LEAST_S = 0.4
USABLE = timedelta(hours=1)
"""Who has less of a shift left is not called for it, but for its next turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One more unit, and what it would bring.

    Attributes
    ----------
    machine_kind
        ``None``: a crew.
    people
        Of a crew.
    shift, station, start, end
        The shift that it would come in, from where, and when it would be there.
    more
        How many jobs more the plan would hold in all, by two searches of equal length.
    difference
        What the plan would be worth more.
    gained
        Jobs that are not in the plan without it.
    """

    machine_kind: str | None
    people: int
    shift: str
    station: str
    start: datetime
    end: datetime
    more: int
    difference: PlanWorth
    gained: tuple[Message, ...]

    @property
    def said(self) -> Message:
        """The unit, and what it would bring, in words."""
        facts: dict[str, object] = {
            "shift": self.shift,
            "station": self.station,
            "start": self.start,
            "end": self.end,
            "what": self.difference.said or (Message("worth.none"),),
            "more": self.more,
        }
        if self.machine_kind is None:
            return Message("remedies.crew", {**facts, "people": self.people})
        return Message(
            "remedies.machine", {**facts, "kind": Message(f"machine.{self.machine_kind}")}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    name: str
    shift: Shift
    station: Station
    available: Availability


def remedies(
    store: Store, operation: Operation, actor: Actor, now: datetime, settings: Settings
) -> tuple[Remedy, ...] | None:
    """What one more unit of each sort that work is left out for would bring, in each shift, the
    most first; those that bring nothing, or that win one thing for the loss of another, are not in
    it: such a gain is no help, whoever is there already could have it so. Nothing is changed.

    Returns
    -------
    tuple of Remedy, or None
        ``None`` where the searches failed.

    Raises
    ------
    NotAllowed
        By this role.
    """
    require(actor, Action.CHANGE_PLAN)
    base = baseline(store, operation, actor, now, settings)
    candidates = _candidates(base)
    if not candidates:
        return ()
    storm, stability = base.request.storm, base.settings.stability
    inputs = [
        with_one_more(base.inputs, each.name, each.available, storm, stability)
        for each in candidates
    ]
    asked = (base.inputs, *inputs)
    plans = _plans([each.problem for each in asked])
    if plans is None:
        return None
    without, *others = handed_round(asked, plans)
    tried = [
        (found.score - plans[0].score, _remedy(candidate, plan, more, without, base))
        for candidate, found, plan, more in zip(candidates, plans[1:], others, inputs, strict=True)
    ]
    useful = [
        (points, remedy)
        for points, remedy in tried
        if points > 0
        and not remedy.difference.takes_away
        and (remedy.more > 0 or remedy.difference.said)
    ]
    useful.sort(key=lambda each: -each[0])
    return tuple(remedy for _, remedy in useful)


def _plans(problems: list[Problem]) -> list[Plan] | None:
    """A plan for each, in a time that does not grow with their number; ``None`` where a search
    failed.
    """
    seconds = min(SEARCH_S, max(LEAST_S, ALL_S * AT_ONCE / len(problems)))
    return SEARCHES.plans(problems, seconds)


def _remedy(
    candidate: _Candidate, plan: Plan, inputs: SolverInput, without: Plan, base: Baseline
) -> Remedy:
    request, settings, available = base.request, base.settings, candidate.available
    done = {job.job for job in without.assignments}
    return Remedy(
        machine_kind=available.machine_kind,
        people=available.size,
        shift=candidate.shift.name,
        station=candidate.station.name,
        start=available.start,
        end=available.end,
        more=len(plan.assignments) - len(done),
        difference=worth_of(plan, inputs, request, settings)
        - worth_of(without, base.inputs, request, settings),
        gained=named({job.job for job in plan.assignments} - done, inputs, request.city),
    )


def _candidates(base: Baseline) -> list[_Candidate]:
    """Of each sort that work is left out for one in each shift, at the station that has most of
    that work.
    """
    current, inputs = base.request.current, base.inputs
    left = {job.job_id for job in current.left_out} if current else set()
    tasks = [inputs.tasks[job] for job in sorted(left & inputs.tasks.keys())]
    sorts = dict.fromkeys(need.machine_kind for task in tasks for need in task.needs)
    return [
        candidate
        for kind in sorts
        for shift in base.request.city.shifts
        for candidate in _candidate(kind, shift, tasks, base)
    ]


def _candidate(
    kind: str | None, shift: Shift, tasks: Iterable[Task], base: Baseline
) -> Iterator[_Candidate]:
    """The unit in this shift, if any of the tasks can be done then by one like it."""
    city, now = base.request.city, base.request.storm.now
    turn = _turn(shift, base)
    fitting = [
        task
        for task in tasks
        if turn
        and any(need.machine_kind == kind for need in task.needs)
        and any(start < turn[1] and end > turn[0] for start, end in task.spans)
    ]
    home = Counter(task.station_id for task in fitting).most_common(1)
    station = city.station_by_id.get(home[0][0]) if home else None
    if turn is None or station is None:
        return
    crews = sorted(city.crews, key=lambda crew: crew.size)
    typical = crews[len(crews) // 2] if crews else None
    skills = {skill for crew in crews for skill in crew.skills} | {
        skill for task in fitting for need in task.needs for skill in need.skills
    }
    name = str(UnitId(f"{kind or 'crew'}+1", f"{turn[0]:%Y%m%dT%H%M}"))
    yield _Candidate(
        name=name,
        shift=shift,
        station=station,
        available=Availability(
            kind=UnitKind.MACHINE if kind else UnitKind.CREW,
            resource_id=name,
            machine_kind=kind,
            size=1 if kind else typical.size if typical else 2,
            skills=() if kind else tuple(sorted(skills)),
            start=max(turn[0], now + timedelta(minutes=base.settings.work.turnout_minutes)),
            end=turn[1],
            position=station.position,
        ),
    )


def _turn(shift: Shift, base: Baseline) -> tuple[datetime, datetime] | None:
    """The next turn of the shift that leaves an hour of use, as far as is planned for."""
    storm = base.request.storm
    today = storm.now.astimezone(zone_of(storm)).date()
    for day in range(-1, 3):
        start, end = shift_span(shift, today + timedelta(days=day), zone_of(storm))
        end = min(end, storm.horizon)
        if end - max(start, storm.now) >= USABLE:
            return start, end
    return None
