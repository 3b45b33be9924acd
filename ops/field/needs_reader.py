"""What needs are found in, read from the store: one look for the desk, the sheets and the command
line.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import HELP, FieldEvent, Incident
from data.model.notice import DeskMessage, Notice, NoticeState
from data.model.operation import Operation
from data.model.plan import SAME_JOB_WITHIN, PlanVersion
from data.store.store import Store
from ops.field.calls.matter_standing import matter_standing
from ops.field.calls.matters import matters
from ops.field.job_board import job_lines
from ops.field.needs import Field
from ops.field.progress_reader import EARLIER
from ops.intake.alerts import planned_for
from ops.intake.areas import ours

DELIVERY = timedelta(minutes=1)
"""What a notice may take before the desk is told that it is not delivered."""
NEVER = timedelta(days=365)
"""Work is never late by its start where the settings ask for no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long what is waited for may take.

    Attributes
    ----------
    late
        After its start work that nobody set out for is late.
    answer
        A station may be without an answer to a warning; ``None``: for ever.
    on_site
        After the first report until somebody should be at an incident.
    """

    late: timedelta
    answer: timedelta | None
    on_site: timedelta

    @classmethod
    def of_minutes(cls, overdue: float, answer: float, on_site: float) -> "Patience":
        """From the settings, where 0 stands for "never"."""
        return cls(
            late=timedelta(minutes=overdue) if overdue else NEVER,
            answer=timedelta(minutes=answer) if answer else None,
            on_site=timedelta(minutes=on_site),
        )


def read_field(
    store: Store,
    operation: Operation,
    city: City,
    now: datetime,
    patience: Patience,
) -> Field:
    """What was said of the plan in force, and what is open.

    Parameters
    ----------
    now
        The operation's time.
    """
    version = store.plans.current(operation.id)
    events = tuple(store.field.events(operation.id))
    versions = _versions(store, version, events)
    calls = tuple(store.field.incidents(operation.id))
    lines = (
        job_lines(version, city, events, versions, now, patience.late, _helped(calls))
        if version
        else ()
    )
    by_job = {line.job.job_id: line for line in lines}
    is_open = tuple(call for call in calls if call.closed_at is None)
    standing = ours(
        planned_for(store.weather.alerts(operation.id), operation, None, now), city.district
    )
    return Field(
        city=city,
        now=now,
        version=version,
        versions=versions,
        lines=lines,
        events=events,
        incidents=is_open,
        matters=tuple(
            matter_standing(one, version, None, by_job, city, now, patience.on_site)
            for one in matters(is_open)
        ),
        undelivered=_undelivered(store, operation, now),
        untold=_untold(store, operation, now),
        warned_at=max((one.received_at for one in standing if one.received_at), default=None),
        patience=patience.answer,
        calls=calls,
    )


def _undelivered(store: Store, operation: Operation, now: datetime) -> tuple[Notice, ...]:
    """Notices that have failed, or are longer on their way than they should be."""
    return tuple(
        notice
        for notice in store.outbox.undelivered(operation.id)
        if notice.sent_at is None  # what went out once and is told again was delivered
        if now - notice.created_at > DELIVERY or notice.state is NoticeState.FAILED
    )


def _untold(store: Store, operation: Operation, now: datetime) -> tuple[DeskMessage, ...]:
    """Messages to the desk of a matter that no channel has taken in time; those of a day ago and
    more are history.
    """
    said: dict[str, list[DeskMessage]] = {}
    for one in store.outbox.desk_messages(operation.id):
        said.setdefault(one.matter, []).append(one)
    return tuple(
        ones[-1]
        for ones in said.values()
        if now - ones[-1].created_at < SAME_JOB_WITHIN
        and not any(one.sent_at for one in ones)
        and all(one.state is NoticeState.FAILED or now - one.created_at > DELIVERY for one in ones)
    )


def _helped(calls: Iterable[Incident]) -> Iterator[str]:
    """The calls for help that are closed, by the names of their events."""
    for call in calls:
        if call.source == HELP and call.closed_at and call.external_id:
            yield call.external_id


def _versions(
    store: Store, version: PlanVersion | None, events: tuple[FieldEvent, ...]
) -> dict[int, PlanVersion]:
    """The versions that reports speak of, by number, as far back as an answer is looked up."""
    if version is None:
        return {}
    numbers = {event.version for event in events} - {version.number}
    earlier = {
        number: found
        for number in numbers
        if version.number - number < EARLIER
        and (found := store.plans.version(version.operation_id, number))
    }
    return earlier | {version.number: version}
