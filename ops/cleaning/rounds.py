"""The rounds of the road surface: how often each road's class asks for them, which were made by the
crews' own word, and what is owed by road. Pure. The round of the inlets is another matter
(``clearing_tasks``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City, Segment
from data.model.field import JobTap
from data.model.plan import JobKind, PlanVersion
from data.model.street.cleaning import StreetCheck
from ops.cleaning.checks import round_of
from ops.cleaning.parameters import CleaningSettings
from ops.field.done_words import done_words

ROUNDS = (JobKind.SWEEP, JobKind.WASH)
SERVES: Mapping[JobKind, tuple[JobKind, ...]] = {
    JobKind.SWEEP: (JobKind.SWEEP,),
    JobKind.WASH: (JobKind.WASH,),
    JobKind.FLUSH: ROUNDS,  # after a storm a flusher and a sweeper go together
}
"""Which rounds a work makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundMade:
    """A round that its crew has reported done."""

    segment_id: str
    kind: JobKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDebt:
    """How one road stands with one kind of round.

    Attributes
    ----------
    every
        How often its class asks for it.
    last_at
        When it was last made, as reported; ``None``: nobody has reported any.
    due_at
        By when the next is due; ``None``: at once, for nobody knows of a last one.
    owed
        Rounds that are behind; one round makes the road clean and ends the debt, the month's sheet
        counts all of them.
    check
        A failed check since the last round or passed check, by which it is due.
    planned_at
        When a plan had it done since, of which nobody has said a word.
    """

    segment_id: str
    kind: JobKind
    every: timedelta
    last_at: datetime | None
    due_at: datetime | None
    owed: int
    check: StreetCheck | None = None
    planned_at: datetime | None = None


def every(kind: JobKind, segment: Segment, settings: CleaningSettings) -> timedelta | None:
    """How often a road asks for a kind of round; ``None``: never."""
    hours = settings.sweep_hours if kind is JobKind.SWEEP else settings.wash_hours
    found = hours[segment.importance - 1]
    return timedelta(hours=found) if found else None


def rounds_made(taps: Iterable[JobTap]) -> tuple[RoundMade, ...]:
    """The rounds that the taps tell of; work that was opened again is not done."""
    taps = tuple(taps)
    by_id = {(tap.event.operation_id, tap.event.event_id): tap for tap in taps}
    first = (words[0] for words in done_words(tap.event for tap in taps))  # two of a team say it
    return tuple(
        RoundMade(segment_id=tap.segment_id, kind=kind, at=tap.event.happened_at)
        for tap in (by_id[one.operation_id, one.event_id] for one in first)
        if tap.segment_id
        for kind in SERVES.get(tap.job_kind, ())
    )


def debts(
    city: City,
    made: Iterable[RoundMade],
    checks: Iterable[StreetCheck],
    version: PlanVersion | None,
    now: datetime,
    settings: CleaningSettings,
) -> tuple[RoundDebt, ...]:
    """Every road's rounds, those that are owed the most first.

    Parameters
    ----------
    version
        The plan in force: what it had done and nobody has reported is told beside the debt.
    """
    last: dict[tuple[str, JobKind], datetime] = {}
    for one in made:
        key = one.segment_id, one.kind
        last[key] = max(one.at, last.get(key, one.at))
    failed, planned = _failed(checks, settings), _planned(version, now)
    found = [
        _debt(segment.id, kind, often, last.get((segment.id, kind)), failed, planned, now)
        for segment in city.segments
        for kind in ROUNDS
        if (often := every(kind, segment, settings))
    ]
    return tuple(sorted(found, key=lambda one: (-one.owed, one.due_at or now, one.segment_id)))


_Key = tuple[str, JobKind]


def _debt(
    segment_id: str,
    kind: JobKind,
    often: timedelta,
    last_at: datetime | None,
    failed: Mapping[_Key, StreetCheck],
    planned: Mapping[_Key, datetime],
    now: datetime,
) -> RoundDebt:
    check, planned_at = failed.get((segment_id, kind)), planned.get((segment_id, kind))
    if last_at is not None:
        check = check if check and check.at > last_at else None
        planned_at = planned_at if planned_at and planned_at > last_at else None
    due_at = last_at + often if last_at else None
    if check:
        due_at = min(check.at, due_at or check.at)
    owed = 1 if due_at is None else 0
    if due_at and now >= due_at:
        owed = 1 + (now - due_at) // often
    return RoundDebt(
        segment_id=segment_id,
        kind=kind,
        every=often,
        last_at=last_at,
        due_at=due_at,
        owed=owed,
        check=check,
        planned_at=planned_at,
    )


def _failed(checks: Iterable[StreetCheck], settings: CleaningSettings) -> dict[_Key, StreetCheck]:
    """The last failed check of each road, by the round that it asks for; one that it has passed
    since, whoever cleaned it, ends what was asked for before.
    """
    found: dict[_Key, StreetCheck] = {}
    for check in sorted(checks, key=lambda one: (one.at, one.id or 0)):
        if check.score < settings.pass_score:
            found[check.segment_id, round_of(check.faults)] = check
        else:
            for kind in ROUNDS:
                found.pop((check.segment_id, kind), None)
    return found


def _planned(version: PlanVersion | None, now: datetime) -> dict[_Key, datetime]:
    found: dict[_Key, list[datetime]] = defaultdict(list)
    for job in version.assignments if version else ():
        for kind in SERVES.get(job.kind, ()):
            if job.segment_id and job.end_at <= now:
                found[job.segment_id, kind].append(job.end_at)
    return {key: max(ends) for key, ends in found.items()}
