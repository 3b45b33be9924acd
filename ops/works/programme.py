"""The district's works as they stand, their expected dates and clashes; what is told of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.ids import CauseKind
from data.model.operation import Operation
from data.model.street.works import Passage, Work, WorkEvent, WorkStep
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.works.clashes import Clash, clashes
from ops.works.daily_weather import drawn_futures, wet_by_forecast
from ops.works.parameters import WorksSettings
from ops.works.schedule import OrderFault, WorkDates, expected, in_order
from ops.works.standing import Standing, as_agreed, standings, that_count

MOST_DAYS = 1000
CAUSES = {
    WorkStep.STARTED: CauseKind.CLOSURE,
    WorkStep.FINISHED: CauseKind.OPENED,
    WorkStep.WITHDRAWN: CauseKind.OPENED,
}
TAKEN_BACK = {
    WorkStep.STARTED: CauseKind.OPENED,
    WorkStep.FINISHED: CauseKind.CLOSURE,
    WorkStep.WITHDRAWN: CauseKind.CLOSURE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """All works at one instant.

    Attributes
    ----------
    works
        In the order in which they are done, with what was agreed of it.
    dates
        Of each that is not over, by its id.
    forecast_until
        The last day of which the forecast speaks; ``None``: there is none, the climate alone.
    """

    today: date
    works: tuple[Work, ...]
    standing: Mapping[str, Standing]
    dates: Mapping[str, WorkDates]
    clashes: tuple[Clash, ...]
    forecast_until: date | None


def programme(
    store: Store, operation: Operation, city: City, now: datetime, settings: WorksSettings
) -> Programme:
    """The works as they stand now.

    Raises
    ------
    OrderFault
        Works wait for one another in a circle by the tables alone, which are not taken so.
    """
    zone = ZoneInfo(city.district.time_zone)
    today = now.astimezone(zone).date()
    standing = standings(city.works, store.works.told(operation), zone)
    works = _ordered(city.works, standing)
    series = store.weather.latest_forecast(operation.id, now)
    said = wet_by_forecast(series, zone, today, settings)
    wet = drawn_futures(said, today, settings)
    dates = expected(works, standing, wet, today, settings)
    return Programme(
        today=today,
        works=works,
        standing=standing,
        dates=dates,
        clashes=clashes(works, standing, dates, wet, today, settings),
        forecast_until=max(said, default=None),
    )


@atomic
def tell(
    store: Store,
    operation: Operation,
    actor: Actor,
    city: City,
    work_id: str,
    step: WorkStep,
    now: datetime,
    number: int | None = None,
    other: str | None = None,
) -> None:
    """Write down what was told of a work, or agreed.

    Parameters
    ----------
    now
        The operation's time.
    number
        Days that are left, for ``DAYS_LEFT``; the word that was a mistake, for ``BACK``.
    other
        The work that comes first, for ``AFTER``.

    Raises
    ------
    NotAllowed
        By this role; of no work of ours; of one that is over; days that are none; an order that
        would close a circle; what is taken back is not the last that was told of it.
    """
    require(actor, Action.TELL_WORKS)
    zone = ZoneInfo(city.district.time_zone)
    told = store.works.told(operation)
    standing = standings(city.works, told, zone)
    if work_id not in standing or (step is WorkStep.AFTER and other not in standing):
        raise NotFound("works.no_such", id=other if work_id in standing else work_id)
    last = last_word(work_id, told)
    if step is WorkStep.BACK and (last is None or last.id != number):
        raise Conflict("works.nothing_back")
    if standing[work_id].is_over and step not in (WorkStep.STARTED, WorkStep.BACK):
        raise Conflict("works.is_over")
    if step is WorkStep.DAYS_LEFT and not (number and 1 <= number <= MOST_DAYS):
        raise Invalid("works.no_days", most=MOST_DAYS)
    event = WorkEvent(work_id=work_id, step=step, at=now, by=actor.name, number=number, other=other)
    if step is WorkStep.AFTER:
        _refuse_circle(_ordered(city.works, standing), event)
    store.works.tell(operation, event, _cause(city, event, last))
    record(
        store, actor, Action.TELL_WORKS, work_id, now, operation, step=step.value, other=other or ""
    )


def last_word(work_id: str, told: Iterable[WorkEvent]) -> WorkEvent | None:
    """What was told last of a work and counts: it can be taken back."""
    return next((one for one in reversed(that_count(told)) if one.work_id == work_id), None)


def _cause(city: City, event: WorkEvent, last: WorkEvent | None) -> CauseKind | None:
    """What an event is to the plans: of a work in the way, its begin closes and its end opens; the
    other way round where one is taken back.
    """
    work = next(one for one in city.works if one.id == event.work_id)
    if not work.segment_id or work.passage == Passage.OPEN:
        return None
    if event.step is WorkStep.BACK and last is not None:
        return TAKEN_BACK.get(last.step)
    return CAUSES.get(event.step)


def _refuse_circle(works: Iterable[Work], event: WorkEvent) -> None:
    try:
        in_order(
            replace(work, after=(*work.after, event.other or ""))
            if work.id == event.work_id
            else work
            for work in works
        )
    except OrderFault as error:
        raise Conflict("works.circle", works=" ← ".join(error.ids)) from error


def _ordered(works: Iterable[Work], standing: Mapping[str, Standing]) -> tuple[Work, ...]:
    """The works in their order; what was agreed counts no more where it goes round in a circle with
    newer tables, or with what somebody else agreed at the same moment.
    """
    try:
        return tuple(in_order(as_agreed(works, standing)))
    except OrderFault as error:
        void = set(error.ids)
        left = {
            key: replace(one, agreed_after=tuple(set(one.agreed_after) - void))
            if key in void
            else one
            for key, one in standing.items()
        }
        if left == standing:
            raise
        return _ordered(works, left)
