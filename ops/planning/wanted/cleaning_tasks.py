"""What the rounds of the road surface ask for: roads swept and washed as their class wants it, the
most that is owed first, up to what the machines on duty can drive. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from data.model.city import Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind
from ops.cleaning.parameters import CleaningSettings
from ops.cleaning.rounds import ROUNDS, RoundDebt
from ops.cleaning.storm_first import free_spans, rests
from ops.district.places import length_km
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability, on_duty
from ops.planning.wanted.task_types import TASK_TYPES, minutes_of, spans_of
from ops.planning.wanted.tasks import Task, task_on
from ops.risk.worth import Decline

MOST_OWED = 3
"""So many rounds owed make a road more pressing; more of them no more."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningFacts:
    """How every road stands with its rounds, the most owed first, and what tunes them."""

    debts: tuple[RoundDebt, ...]
    settings: CleaningSettings


def cleaning_tasks(storm: Storm, facts: CleaningFacts) -> tuple[Task, ...]:
    """A task for each round that is owed or falls due before the horizon, while no storm goes
    before it.
    """
    if rests(storm.level):
        return ()
    units = on_duty(storm)
    return tuple(task for kind in ROUNDS for task in _of_kind(storm, kind, facts, units.values()))


def _of_kind(
    storm: Storm, kind: JobKind, facts: CleaningFacts, units: Iterable[Availability]
) -> Iterator[Task]:
    free = free_spans(kind, storm.rain, spans_of(kind, storm), facts.settings)
    if not free:
        return
    machine = next(need.machine_kind for need in TASK_TYPES[kind].team)
    on_duty_minutes = sum(
        (one.end - one.start) / _MINUTE for one in units if one.machine_kind == machine
    )
    left = facts.settings.machine_share * on_duty_minutes
    for debt in facts.debts:
        if debt.kind is not kind or (debt.due_at and debt.due_at >= storm.horizon):
            continue
        task = _round(storm, storm.city.segment_by_id[debt.segment_id], debt, free, facts.settings)
        if task is None or task.minutes > left:
            continue
        left -= task.minutes
        yield task


def _round(
    storm: Storm,
    segment: Segment,
    debt: RoundDebt,
    free: Iterable[tuple],
    settings: CleaningSettings,
) -> Task | None:
    """One round; before it is due there is no hurry and no need to go so early that the next comes
    soon after, from then on it loses half of its worth in the time of one more.
    """
    early = debt.due_at - debt.every / 4 if debt.due_at and not debt.owed else storm.now
    spans = tuple((max(start, early), end) for start, end in free if end > early)
    if not spans:
        return None
    kilometres = length_km(segment)
    best = settings.gain_km * kilometres * storm.worth.weight(segment)
    best *= 1 + min(debt.owed, MOST_OWED) / MOST_OWED
    hours = debt.every / timedelta(hours=1)
    task = task_on(
        storm,
        segment,
        debt.kind,
        spans=spans,
        minutes=minutes_of(debt.kind, storm, km=kilometres),
        worth=Decline(
            best=best,
            due_at=max(debt.due_at or storm.now, storm.now),
            per_hour=best / 2 / hours,
            most=best / 2,
        ),
        why=_why(debt),
    )
    return replace(task, id=str(_name(debt)), why=task.why[:1], risk=None)


def _name(debt: RoundDebt) -> JobId:
    """The same until this round is made: it bears when the last one was, or the check that asks."""
    since = f"{debt.last_at:%Y%m%d%H%M}" if debt.last_at else "0"
    return JobId(debt.kind, (debt.segment_id, f"c{debt.check.id}" if debt.check else since))


def _why(debt: RoundDebt) -> Message:
    every = round(debt.every / timedelta(hours=1))
    if debt.check:
        return Message("why.check", {"at": debt.check.at, "score": debt.check.score})
    if debt.last_at is None:
        return Message("why.round_unknown", {"hours": every})
    if debt.owed:
        return Message("why.round_owed", {"hours": every, "last": debt.last_at, "owed": debt.owed})
    return Message("why.round", {"hours": every, "last": debt.last_at})
