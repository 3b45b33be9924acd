"""Who reports at all, and what silence means: planned is not reported, and nobody's silence is a
consent. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from data.model.field import EventKind, FieldEvent
from data.model.plan import SAME_JOB_WITHIN, Assignment, JobKind
from ops.field.progress import DONE, OUT, Progress, as_delayed, concerned

AT_WORK = (
    EventKind.ACCEPT,
    EventKind.DEPART,
    EventKind.ARRIVE,
    EventKind.CLEAR,
    EventKind.ON_DUTY,
)
"""After one of these a station is at work, whatever it refused before."""
OVERRUN = timedelta(
    minutes=15
)  # work that is reported begun and not done is taken to last this much longer ...
LONGEST_OVERRUN = timedelta(
    hours=3
)  # ... until so long after its planned end: by then the tap was forgotten


def reporting_stations(events: Iterable[FieldEvent], now: datetime) -> frozenset[str]:
    """The stations that have tapped anything lately: of the others nobody knows anything. What the
    desk wrote down for one from a call shows nothing of how it reports.
    """
    return frozenset(
        event.station_id
        for event in events
        if event.is_own_word and now - event.happened_at < SAME_JOB_WITHIN
    )


def reports(job: Assignment, home: Mapping[str, str], reporting: Collection[str]) -> bool:
    """Whether any station in a job reports: whose crews go, not whose road it is."""
    return not concerned(job, home).isdisjoint(reporting)


def is_missed(job: Assignment, reported: Progress, does_report: bool, now: datetime) -> bool:
    """Whether its time is over and nobody said that it is done, nor lately that they are at it:
    it is wanted again.

    Only where somebody reports at all: a station that works from paper would be sent to the same
    inlets all day. What a station that taps late did is told within the grace. A crew in reserve
    is where it was; of what a team was called away from the rest is other work.
    """
    if not does_report or reported.stage in DONE or job.kind is JobKind.RESERVE:
        return False
    if job.is_broken_off:
        return False
    grace = LONGEST_OVERRUN if reported.stage in OUT else OVERRUN
    return now - as_delayed(job, reported).end_at >= grace


def is_unheard(
    job: Assignment, reported: Progress, now: datetime, silence: timedelta | None
) -> bool:
    """Whether its time has been over for so long (``None``: for ever) and not a word was said of
    it: it may have been done, and nobody's silence says so.
    """
    return (
        silence is not None
        and reported.stage not in (*OUT, *DONE)
        and not (job.kind.is_post or job.is_broken_off)
        and now - as_delayed(job, reported).end_at >= silence
    )
