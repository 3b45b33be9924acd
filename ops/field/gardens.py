"""Gardens that silt is wanted for: who has been served, and who is told before a truck comes."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from data.model.city import City
from data.model.field import FieldEvent
from data.model.ids import JobId
from data.model.message import Message
from data.model.notice import DeskMessage
from data.model.operation import Operation
from data.model.plan import JobKind
from data.store.store import Store
from ops.base.naming import member_names
from ops.field.done_words import done_words

DAY, YEAR = timedelta(days=1), timedelta(days=366)


def served(events: Iterable[FieldEvent]) -> frozenset[str]:
    """The gardens that have got their silt by the word of its crew; one opened again has not."""
    jobs = (JobId.parse(words[-1].job_id or "") for words in done_words(events))
    return frozenset(job.parts[0] for job in jobs if job.source == JobKind.GARDEN)


def gardens_served(store: Store, operation: Operation, city: City, now: datetime) -> frozenset[str]:
    """The gardens that have got their silt, however long ago within a year; read only where there
    are any.
    """
    if not city.gardens:
        return frozenset()
    taps = store.field.done_taps(operation.id, [JobKind.GARDEN], (now - YEAR, now + DAY))
    return served(tap.event for tap in taps)


class Tell(Protocol):
    """Reaches the desk's channels, once for each matter."""

    def __call__(self, message: Message, matter: str = "") -> None: ...


TOLD_WITHIN = timedelta(days=7)
"""No plan names a day further ahead."""
OF_GARDENS = str(JobId(JobKind.GARDEN, ("",)))
"""Begins the name of each matter that is told of them."""


def tell_gardens(store: Store, operation: Operation, now: datetime, tell: Tell) -> int:
    """Ask the desk's channels to tell each resident whom the plan in force sends a truck to, once
    for each time that it names, and each to whom it was told and none comes any more; how many are
    to be told.
    """
    version = store.plans.current(operation.id)
    if version is None:
        return 0
    city, count = store.city(), 0
    told = store.outbox.told_desk(operation.id, OF_GARDENS, now - TOLD_WITHIN)
    offs = Counter({one.matter: _job_of(one) for one in told if _is_off(one)}.values())
    for job in version.assignments:
        garden = city.garden_by_id.get(JobId.parse(job.job_id).parts[0])
        if job.kind is JobKind.GARDEN and garden is not None and job.start_at > now:
            facts = {"name": garden.name, "m3": garden.m3, "at": job.start_at, "job": job.job_id}
            team = member_names(job.members, city)
            matter = f"{job.job_id}@{job.start_at:%Y%m%dT%H%MZ}"
            again = offs[job.job_id]  # it was called off at this very hour, and comes after all
            tell(
                Message("garden.coming", facts | {"team": team}),
                f"{matter}@{again}" if again else matter,
            )
            count += 1
    return count + _tell_off(told, {one.job_id for one in version.assignments}, now, tell)


def _tell_off(
    told: Iterable[DeskMessage], planned: Collection[str], now: datetime, tell: Tell
) -> int:
    """That no truck comes where one was told for a time ahead of us, and none is planned."""
    count = 0
    for job_id, one in {_job_of(one): one for one in told}.items():
        facts = one.body.facts
        is_gone = bool(job_id) and job_id not in planned and not _is_off(one)
        if is_gone and isinstance(at := facts.get("at"), datetime) and at > now:
            tell(Message("garden.not_coming", facts), f"{one.matter}@off")
            count += 1
    return count


def _job_of(one: DeskMessage) -> str:
    return str(one.body.facts.get("job", ""))


def _is_off(one: DeskMessage) -> bool:
    return one.body.code == "garden.not_coming"
