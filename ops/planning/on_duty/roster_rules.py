"""What a roster may not ask of people: rest between turns, hours and rest days of a week,
certificates that end. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from data.model.city import City, Person, Worker, worker_key
from data.model.message import Message
from data.model.roster import WorkerKey
from ops.district.roster_changes import worker_name
from ops.district.rosters import Turn, turns
from ops.planning.parameters import DutySettings

WEEK = timedelta(days=7)
SOON = timedelta(days=30)
"""So long before its end a certificate is told of (assumption: a course and its examination)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFault:
    """One thing that a roster asks and may not."""

    worker: WorkerKey
    day: date
    told: Message


def roster_faults(
    workers: Iterable[Worker], days: Sequence[date], city: City, duty: DutySettings
) -> tuple[RosterFault, ...]:
    """What the roster of these days asks and may not, by day; hours and rest days of a week are of
    people alone: who stands behind a crew changes.
    """
    found: list[RosterFault] = []
    for worker in workers:
        own = turns(worker, _from_week_before(days), city)
        found += _rests(worker, own, days, duty)
        if isinstance(worker, Person):
            found += _weeks(worker, own, days, duty)
            found += _certificates(worker, days)
    return tuple(sorted(found, key=lambda fault: fault.day))


def _from_week_before(days: Sequence[date]) -> list[date]:
    before = [days[0] - timedelta(days=n) for n in range(WEEK.days, 0, -1)] if days else []
    return [*before, *days]


def _rests(
    worker: Worker, own: Sequence[Turn], days: Sequence[date], duty: DutySettings
) -> Iterator[RosterFault]:
    for before, after in pairwise(own):
        rest = (after.start - before.end) / timedelta(hours=1)
        if after.day in days and rest < duty.rest_hours:
            facts = {"who": worker_name(worker), "day": after.day}
            told = Message(
                "roster.fault_rest", facts | {"hours": round(rest, 1), "least": duty.rest_hours}
            )
            yield RosterFault(worker=worker_key(worker), day=after.day, told=told)


def _weeks(
    person: Person, own: Sequence[Turn], days: Sequence[date], duty: DutySettings
) -> Iterator[RosterFault]:
    """The first day on which a week is too long, and on which seven days have no rest."""
    most, told = person.week_hours or duty.week_hours, set()
    for day in days:
        week = [turn for turn in own if day - WEEK < turn.day <= day]
        hours = sum(map(worked_hours, week))
        facts = {"who": person.name, "day": day, "hours": round(hours, 1), "most": most}
        no_rest = len({turn.day for turn in week}) == WEEK.days
        for code, is_wrong in (("hours", hours > most), ("rest_day", no_rest)):
            if is_wrong and code not in told:
                told.add(code)
                yield RosterFault(
                    worker=worker_key(person), day=day, told=Message(f"roster.fault_{code}", facts)
                )


def worked_hours(turn: Turn) -> float:
    """Hours of a turn without its break."""
    return (turn.end - turn.start) / timedelta(hours=1) - turn.shift.break_minutes / 60


def _certificates(person: Person, days: Sequence[date]) -> Iterator[RosterFault]:
    for skill, end in person.certificates.items():
        if days and end < days[-1]:
            facts = {"who": person.name, "skill": Message(f"skill.{skill}"), "day": end}
            told = Message("roster.fault_certificate", facts)
            yield RosterFault(worker=worker_key(person), day=max(end, days[0]), told=told)


def rested_since(worker: Worker, start: datetime, day: date, city: City) -> datetime | None:
    """When the turn before the one of that day ended; ``None``: none in the week before."""
    before = [day - timedelta(days=n) for n in range(WEEK.days, 0, -1)]
    ends = [turn.end for turn in turns(worker, before, city) if turn.start < start]
    return max(ends, default=None)


def week_hours(worker: Worker, day: date, city: City) -> float:
    """Hours of the six days before a day."""
    before = [day - timedelta(days=n) for n in range(WEEK.days - 1, 0, -1)]
    return sum(map(worked_hours, turns(worker, before, city)))
