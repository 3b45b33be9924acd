"""The one definition of every response clock. Pure; ``ops.kpi`` and ``ops.rates`` count what is
measured here.

A *case* is one job from the publication that first ordered it until it is cleared, and each
incident or warning that no job has answered. Its clocks: T0 alert or report received, T1 re-plan
requested, T2 published, T3 acknowledged, T4 departed, T5 on site, T6 cleared, T7 verified. Legs and
delays are seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import Cause, CauseKind, JobId
from data.model.notice import Notice
from data.model.operation import Trigger, TriggerKind
from data.model.plan import Assignment, Member, PlanVersion
from weather.model import Alert

CLOCKS = (
    "received",
    "requested",
    "published",
    "acknowledged",
    "departed",
    "on_site",
    "cleared",
    "verified",
)
LEGS = ("request", "solver", "delivery", "turnout", "travel", "work", "verification")
"""The way from each clock to the next. Where a clock is not known, the leg that ends at the next
known one has it all.
"""
LATE_TAP = timedelta(
    hours=24
)  # a tap made without network is kept so long; a device's clock further off is wrong
REOPENED = timedelta(
    hours=24
)  # water that comes back within so long was not cleared (kpi "reopen", storm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One report and the first crew on site after it; ``on_site_at`` is ``None`` until there is
    one.
    """

    asked_at: datetime
    on_site_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the response.

    Attributes
    ----------
    cause, cause_kind
        What asked for it; with several causes in one version, the one received first.
    job_id
        ``None`` for a warning or incident that no job has answered; ``version`` is then ``None`` if
        no plan did either.
    level
        The worst colour of the warnings that its version stands on; an empty text without any.
    clocks
        When each of ``CLOCKS`` was; ``None``: not (yet).
    planned_start, planned_end
        From when until when the last version that ordered it wants it done.
    state
        ``open``, ``cleared``, ``withdrawn`` (a later version dropped it before anybody set out) or
        ``planned`` (a warning whose plan ordered nothing new).
    reopened
        Whether it was reported again within 24 hours of being cleared.
    moves
        How many later versions gave it another team or time.
    answers
        The reports that it answers: the incident (a call for help is one) that it was made for, and
        each time that it was reopened. Without any it is planned work: its time is the plan's, not
        that of whoever reported it.
    members
        Who does it, by the last version that ordered it.
    """

    cause: str
    cause_kind: TriggerKind
    job_id: str | None = None
    kind: str = ""
    segment_id: str | None = None
    station_id: str = ""
    level: str = ""
    version: int | None = None
    clocks: tuple[datetime | None, ...]
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    state: str = "open"
    reopened: bool = False
    moves: int = 0
    answers: tuple[Answer, ...] = ()
    members: tuple[Member, ...] = ()

    def at(self, clock: str) -> datetime | None:
        """When a clock of ``CLOCKS`` was."""
        return self.clocks[CLOCKS.index(clock)]

    def between(self, first: str, last: str) -> float | None:
        """Seconds from one clock to another; ``None`` where one of them is not known."""
        start, end = self.at(first), self.at(last)
        return None if start is None or end is None else (end - start).total_seconds()

    @property
    def is_planned(self) -> bool:
        """Whether it is work that the plan set for its own time, and no report asked for."""
        return self.planned_start is not None and not self.answers

    @property
    def planned_leave(self) -> datetime | None:
        """When the first of the team should set out."""
        return min((member.leave_at for member in self.members), default=self.planned_start)

    def late(self, clock: str, planned_at: datetime | None) -> float | None:
        """Seconds from when the plan wanted a clock until it was, early counting as 0; ``None``:
        not known.
        """
        at = self.at(clock)
        return (
            None
            if at is None or planned_at is None
            else max(0.0, (at - planned_at).total_seconds())
        )

    @property
    def legs(self) -> dict[str, float]:
        """Seconds of each leg that has ended; they add up to ``total``."""
        known = [(number, at) for number, at in enumerate(self.clocks) if at is not None]
        return {
            LEGS[last - 1]: (end - start).total_seconds()
            for (_, start), (last, end) in pairwise(known)
        }

    @property
    def total(self) -> float:
        """Seconds from the first clock to the last one known."""
        known = [at for at in self.clocks if at is not None]
        return (known[-1] - known[0]).total_seconds()

    @property
    def waiting(self) -> str | None:
        """The leg that an open case is in."""
        if self.state != "open":
            return None
        return LEGS[max(number for number, at in enumerate(self.clocks) if at is not None)]


def response_times(
    versions: Iterable[PlanVersion],
    triggers: Iterable[Trigger],
    alerts: Iterable[Alert] = (),
    incidents: Iterable[Incident] = (),
    notices: Iterable[Notice] = (),
    events: Iterable[FieldEvent] = (),
) -> tuple[Case, ...]:
    """One row for each case; neither the order of what is given nor a repetition in it changes
    anything.

    Parameters
    ----------
    versions
        All of them; the causes of one never published are answered by the next that is.
    triggers
        Those settled with a reason and no plan ask for none, so they are no case.
    """
    published = _published(versions)
    sources = _Sources(
        triggers={one.cause: one for one in triggers},
        alerts={str(Cause(CauseKind.ALERT, one.digest)): one for one in alerts},
        incidents={str(Cause.of(CauseKind.INCIDENT, one.id)): one for one in incidents},
    )
    told = tuple(notices), tuple({one.event_id: one for one in events}.values())
    orders = _orders(published)
    cases = [_case(order, sources, *told) for order in orders]
    return tuple(
        sorted(
            (*cases, *_without_work(published, sources, cases)),
            key=lambda case: (next(filter(None, case.clocks)), case.cause, case.job_id or ""),
        )
    )


def _published(versions: Iterable[PlanVersion]) -> list[PlanVersion]:
    found, waiting = [], ()
    for version in sorted(
        {one.number: one for one in versions}.values(), key=lambda one: one.number
    ):
        if version.published_at:
            found.append(replace(version, causes=(*waiting, *version.causes)))
        waiting = () if version.published_at else (*waiting, *version.causes)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    triggers: dict[str, Trigger]
    alerts: dict[str, Alert]
    incidents: dict[str, Incident]

    def received(self, trigger: Trigger) -> datetime:
        """T0: when it reached the desk by our clock, not when it was issued; what is no report has
        only T1.
        """
        alert, incident = self.alerts.get(trigger.cause), self.incidents.get(trigger.cause)
        at = (
            alert.received_at
            if alert
            else incident.received_at
            if incident
            else trigger.requested_at
        )
        return min(at, trigger.requested_at)


@dataclass(slots=True)
class _Order:
    """A job from the version that first ordered it."""

    first: PlanVersion
    work: Assignment
    until: datetime | None = None  # another order of the same job begins then
    withdrawn: bool = False
    moves: int = 0


def _orders(published: Sequence[PlanVersion]) -> list[_Order]:
    """Each job as it was ordered: kept or moved by later versions it stays the same order; dropped
    and ordered again, it is another.
    """
    found: list[_Order] = []
    live: dict[str, _Order] = {}
    for version in published:
        works = {work.job_id: work for work in version.assignments}
        for job_id in [job_id for job_id in live if job_id not in works]:
            gone = live.pop(job_id)
            gone.withdrawn = gone.work.state != "past" and gone.work.end_at > version.published_at
        for job_id, work in works.items():
            known = live.get(job_id)
            if known and work.start_at - known.work.end_at < REOPENED:
                known.moves += _moved(known.work, work)
                known.work = work
            elif work.state != "past":
                before = next((one for one in reversed(found) if one.work.job_id == job_id), None)
                if before:
                    before.until = version.published_at
                live[job_id] = _Order(version, work)
                found.append(live[job_id])
    return found


def _moved(old: Assignment, new: Assignment) -> bool:
    return old.start_at != new.start_at or {m.unit_id for m in old.members} != {
        m.unit_id for m in new.members
    }


def _case(
    order: _Order, sources: _Sources, notices: Sequence[Notice], events: Sequence[FieldEvent]
) -> Case:
    version, work = order.first, order.work
    causes = [sources.triggers[cause] for cause in version.causes if cause in sources.triggers]
    incident = Cause.of(CauseKind.INCIDENT, JobId.parse(work.job_id).incident_id)
    own = [one for one in causes if one.cause == str(incident)]
    others = [one for one in causes if one.kind is not TriggerKind.INCIDENT]
    trigger = min(
        own or others or causes, key=lambda one: (sources.received(one), one.cause), default=None
    )
    started = (sources.received(trigger), trigger.requested_at) if trigger else (None, None)
    mine = [
        one
        for one in events
        if _within(one, order)
        and (
            one.job_id == work.job_id
            or (
                one.job_id is None
                and one.station_id == work.station_id
                and one.version >= version.number
            )
        )
    ]
    field = _field_clocks([one for one in mine if one.job_id])
    told = _acknowledged(order, notices, mine)
    clocks = _in_order((*started, version.published_at, told, *field))
    state = "cleared" if field[2] else "open"
    if order.withdrawn and not any(field):
        state = "withdrawn"
    return Case(
        cause=trigger.cause if trigger else "",
        cause_kind=trigger.kind if trigger else TriggerKind.MANUAL,
        job_id=work.job_id,
        kind=str(work.kind),
        segment_id=work.segment_id,
        station_id=work.station_id,
        level=_worst(version, sources),
        version=version.number,
        clocks=clocks,
        planned_start=work.start_at,
        planned_end=work.end_at,
        state=state,
        reopened=_reopened(mine),
        moves=order.moves,
        members=work.members,
        answers=_answers(
            clocks[0] if own and trigger.kind is TriggerKind.INCIDENT else None,
            clocks[5],
            [one for one in mine if one.job_id],
        ),
    )


def _within(event: FieldEvent, order: _Order) -> bool:
    at = tapped_at(event)
    return at >= order.first.published_at and (order.until is None or at < order.until)


def tapped_at(event: FieldEvent) -> datetime:
    """When it happened: by the device's clock, unless that is ahead of ours or more than a day
    behind.
    """
    at = event.device_at
    return at if at and event.server_at - LATE_TAP <= at <= event.server_at else event.server_at


def _times(events: Iterable[FieldEvent], kind: EventKind) -> list[datetime]:
    return sorted(tapped_at(one) for one in events if one.kind is kind)


def _field_clocks(events: Sequence[FieldEvent]) -> tuple[datetime | None, ...]:
    """Departed and on site: the first crew. Cleared: the first time after it was last reopened;
    verified after that.
    """
    reopened = max(_times(events, EventKind.REOPEN), default=None)
    cleared = min(
        (at for at in _times(events, EventKind.CLEAR) if reopened is None or at > reopened),
        default=None,
    )
    verified = min(
        (at for at in _times(events, EventKind.VERIFY) if cleared and at >= cleared), default=None
    )
    return (
        min(_times(events, EventKind.DEPART), default=None),
        min(_times(events, EventKind.ARRIVE), default=None),
        cleared,
        verified,
    )


def _answers(
    reported_at: datetime | None, on_site_at: datetime | None, events: Sequence[FieldEvent]
) -> tuple[Answer, ...]:
    """The report that the work was made for, if one, and each reopening with who came after it and
    before the next.
    """
    first = [Answer(asked_at=reported_at, on_site_at=on_site_at)] if reported_at else []
    arrivals = _times(events, EventKind.ARRIVE)
    reopened = sorted(set(_times(events, EventKind.REOPEN)))
    return (
        *first,
        *(
            Answer(
                asked_at=at,
                on_site_at=next(
                    (
                        one
                        for one in arrivals
                        if at < one and (following is None or one <= following)
                    ),
                    None,
                ),
            )
            for at, following in zip(reopened, (*reopened[1:], None), strict=False)
        ),
    )


def _acknowledged(
    order: _Order, notices: Sequence[Notice], mine: Sequence[FieldEvent]
) -> datetime | None:
    """The first sign that the station knows of the order: a notice confirmed, or anything tapped."""
    confirmed = [
        one.acknowledged_at
        for one in notices
        if one.acknowledged_at
        and one.station_id == order.work.station_id
        and one.version >= order.first.number
        and (order.until is None or one.acknowledged_at < order.until)
    ]
    return min((*confirmed, *(tapped_at(one) for one in mine)), default=None)


def _in_order(clocks: tuple[datetime | None, ...]) -> tuple[datetime | None, ...]:
    """No step later than one that follows it: who taps "departed" on site had departed by then."""
    ordered: list[datetime | None] = []
    for at in reversed(clocks):
        later = next((one for one in reversed(ordered) if one is not None), None)
        ordered.append(min(at, later) if at is not None and later is not None else at)
    return tuple(reversed(ordered))


def _reopened(events: Sequence[FieldEvent]) -> bool:
    cleared = _times(events, EventKind.CLEAR)
    return any(
        timedelta(0) <= again - at <= REOPENED
        for again in _times(events, EventKind.REOPEN)
        for at in cleared
    )


def _worst(version: PlanVersion, sources: _Sources) -> str:
    wanted = {str(Cause(CauseKind.ALERT, digest)) for digest in version.alert_digests}
    levels = [
        alert.level for cause, alert in sources.alerts.items() if cause in wanted and alert.level
    ]
    return str(max(levels, key=lambda level: level.rank)) if levels else ""


def _without_work(
    published: Sequence[PlanVersion], sources: _Sources, cases: Iterable[Case]
) -> list[Case]:
    """Warnings and incidents that no job has answered: they count, planned or not."""
    answered = {case.cause for case in cases}
    by_cause = defaultdict(list)
    for version in published:
        for cause in version.causes:
            by_cause[cause].append(version)
    rows = []
    for trigger in sources.triggers.values():
        asks = trigger.kind in (TriggerKind.ALERT, TriggerKind.INCIDENT) and trigger.outcome is None
        if not asks or trigger.cause in answered:
            continue
        version = next(iter(by_cause[trigger.cause]), None)
        rows.append(_row_without_work(trigger, version, sources))
    return rows


def _row_without_work(trigger: Trigger, version: PlanVersion | None, sources: _Sources) -> Case:
    incident, alert = sources.incidents.get(trigger.cause), sources.alerts.get(trigger.cause)
    closed = incident.closed_at if incident else None
    clocks = _in_order(
        (
            sources.received(trigger),
            trigger.requested_at,
            version.published_at if version else None,
            None,
            None,
            None,
            closed,
            None,
        )
    )
    planned = version is not None and incident is None
    return Case(
        cause=trigger.cause,
        cause_kind=trigger.kind,
        kind=incident.kind if incident else "",
        segment_id=incident.segment_id if incident else None,
        level=str(alert.level) if alert and alert.level else "",
        version=version.number if version else None,
        answers=(Answer(asked_at=clocks[0], on_site_at=None),) if incident else (),
        clocks=clocks,
        state="cleared" if closed else "planned" if planned else "open",
    )


def named(cases: Iterable[Case], city: City) -> tuple[Case, ...]:
    """Cases with the station that looks after their road, where none is known otherwise."""
    homes = {segment.id: segment.station_id for segment in city.segments}
    return tuple(
        case if case.station_id else replace(case, station_id=homes.get(case.segment_id, ""))
        for case in cases
    )
