"""The one definition of every response clock: what was planned, told and reported becomes cases.
Pure; ``ops.analytics.time_kpis`` and ``ops.analytics.share_kpis`` count what is measured here.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from types import MappingProxyType

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import Cause, CauseKind, JobId
from data.model.notice import Notice
from data.model.operation import Trigger, TriggerKind
from data.model.plan import (
    SAME_JOB_WITHIN,
    Assignment,
    JobKind,
    PlanVersion,
    UnitKind,
)
from data.model.state_triggers import sorting
from ops.analytics.case import CLOCKS, Answer, Case
from ops.field.progress import concerned
from weather.model import Alert

REOPENED_WITHIN = timedelta(hours=24)
"""Water that comes back within so long was not cleared (the KPI "reopen" of a storm)."""


def response_times(
    versions: Iterable[PlanVersion],
    triggers: Iterable[Trigger],
    alerts: Iterable[Alert] = (),
    incidents: Iterable[Incident] = (),
    notices: Iterable[Notice] = (),
    events: Iterable[FieldEvent] = (),
    home: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Case, ...]:
    """One row for each case; neither the order of what is given nor a repetition in it changes
    anything.

    Parameters
    ----------
    versions
        All of them; the causes of one never published are answered by the next that is.
    triggers
        Those settled with a reason and no plan ask for none, so they are no case.
    home
        The station of each crew and machine: what a station says holds for the work of its crews.
    """
    published = _published(versions)
    sources = _Sources(
        triggers={trigger.cause: trigger for trigger in triggers},
        alerts={str(Cause(CauseKind.ALERT, alert.digest)): alert for alert in alerts},
        incidents=_by_cause(incidents),
    )
    replies = _Replies(notices, {event.event_id: event for event in events}.values())
    cases = [_case(order, sources, replies, home) for order in _orders(published)]
    return tuple(
        sorted(
            (*cases, *_without_work(published, sources, cases)),
            key=lambda case: (case.began_at, case.cause, case.job_id or ""),
        )
    )


def _by_cause(incidents: Iterable[Incident]) -> dict[str, Incident]:
    """The calls by what they asked for a plan with: each by its own cause, the first of a matter
    that the desk sorted by that too.
    """
    found = {}
    for incident in incidents:
        found[str(Cause.of(CauseKind.INCIDENT, incident.id))] = incident
        if incident.matter is not None and incident.matter_at is not None:
            found.setdefault(str(sorting(incident.matter, incident.matter_at)), incident)
    return found


def _published(versions: Iterable[PlanVersion]) -> list[PlanVersion]:
    """The versions that were published, in order, with the causes of drafts before them."""
    published: list[PlanVersion] = []
    causes: tuple[str, ...] = ()
    by_number = {version.number: version for version in versions}
    for _, version in sorted(by_number.items()):
        causes = (*causes, *version.causes)
        if version.published_at:
            published.append(replace(version, causes=causes))
            causes = ()
    return published


@dataclass(frozen=True, kw_only=True)
class _Sources:
    triggers: dict[str, Trigger]
    alerts: dict[str, Alert]
    incidents: dict[str, Incident]

    @cached_property
    def _of_matter(self) -> dict[int | None, list[str]]:
        found: dict[int | None, list[str]] = {}
        for cause, call in self.incidents.items():
            found.setdefault(call.matter, []).append(cause)
        return found

    def asking_for(self, matter: int | None, triggers: Iterable[Trigger]) -> list[Trigger]:
        """Those of the triggers that are calls about a matter."""
        calls = set(self._of_matter.get(matter, ()))
        if matter is not None:
            calls.add(str(Cause.of(CauseKind.INCIDENT, matter)))
        return [trigger for trigger in triggers if trigger.cause in calls]

    def received(self, trigger: Trigger) -> datetime:
        """T0: when it reached the desk by our clock, not when it was issued; what is no report has
        only T1.
        """
        alert, incident = self.alerts.get(trigger.cause), self.incidents.get(trigger.cause)
        report = alert or incident
        at = report.received_at if report else None
        return min(at or trigger.requested_at, trigger.requested_at)


@dataclass(slots=True)
class _Order:
    """A job from the version that first ordered it."""

    first: PlanVersion
    work: Assignment
    until: datetime | None = None  # another order of the same job begins then
    withdrawn: bool = False
    moves: int = 0


class _Replies:
    """What stations confirmed and reported, found by what it is about: a season has a hundred
    thousand taps and thousands of orders.
    """

    def __init__(self, notices: Iterable[Notice], events: Collection[FieldEvent]) -> None:
        in_time = sorted(events, key=_time_of)
        self._of_job: defaultdict[str, list[FieldEvent]] = defaultdict(list)
        self._of_sheet: defaultdict[str, list[FieldEvent]] = defaultdict(list)
        self._own_words: defaultdict[str, list[datetime]] = defaultdict(list)
        for event in in_time:
            if event.job_id is not None:
                self._of_job[event.job_id].append(event)
            else:
                self._of_sheet[event.station_id].append(event)
            if event.is_own_word:
                self._own_words[event.station_id].append(event.happened_at)
        self._confirmed: dict[str, list[tuple[int, datetime]]] = {}
        for notice in sorted(notices, key=lambda one: one.version, reverse=True):
            if notice.acknowledged_at:
                known = self._confirmed.setdefault(notice.station_id, [])
                first = min(known[-1][1], notice.acknowledged_at) if known else None
                known.append((-notice.version, first or notice.acknowledged_at))

    def has_word_near(self, at: datetime, doers: Collection[str]) -> bool:
        """Whether one of these stations reported anything itself about this time."""
        for station_id in doers:
            times = self._own_words.get(station_id, [])
            after = bisect_right(times, at - SAME_JOB_WITHIN)
            if after < len(times) and times[after] < at + SAME_JOB_WITHIN:
                return True
        return False

    def about(self, order: _Order, doers: Collection[str]) -> list[FieldEvent]:
        """What speaks of an order, in order of time: of its job, or of the whole sheet that it
        stands in.
        """
        of_job = _within(self._of_job.get(order.work.job_id, []), order)
        of_sheet = [
            event
            for station_id in doers
            for event in _within(self._of_sheet.get(station_id, []), order)
            if event.version >= order.first.number
        ]
        return sorted((*of_job, *of_sheet), key=_time_of) if of_sheet else of_job

    def confirmed(self, order: _Order, doers: Collection[str]) -> list[datetime]:
        """When each of these stations first confirmed a notice of the order's version or a later
        one, while the order stood.
        """
        found = []
        for station_id in doers:
            known = self._confirmed.get(station_id, [])
            upto = bisect_right(known, -order.first.number, key=lambda one: one[0])
            if upto and (order.until is None or known[upto - 1][1] < order.until):
                found.append(known[upto - 1][1])
        return found


def _time_of(event: FieldEvent) -> datetime:
    return event.happened_at


def _within(events: list[FieldEvent], order: _Order) -> list[FieldEvent]:
    """Those that happened while an order stood."""
    first = bisect_left(events, order.first.in_force_from, key=_time_of)
    last = bisect_left(events, order.until, key=_time_of) if order.until else len(events)
    return events[first:last]


def _orders(published: Sequence[PlanVersion]) -> list[_Order]:
    """Each job as it was ordered: kept or moved by later versions it stays the same order; dropped
    and ordered again, it is another.
    """
    orders: list[_Order] = []
    live: dict[str, _Order] = {}
    latest: dict[str, _Order] = {}  # by job id, whether it is still ordered or not
    for version in published:
        assignments = {work.job_id: work for work in version.assignments}
        for job_id in live.keys() - assignments.keys():
            dropped = live.pop(job_id)
            work = dropped.work
            dropped.withdrawn = work.state != "past" and work.end_at > version.in_force_from
        for job_id, work in assignments.items():
            order = live.get(job_id)
            if order and work.start_at - order.work.end_at < SAME_JOB_WITHIN:
                order.moves += _is_moved(order.work, work)
                order.work = work
            elif work.state != "past":
                if job_id in latest:
                    latest[job_id].until = version.in_force_from
                live[job_id] = latest[job_id] = _Order(version, work)
                orders.append(live[job_id])
    return orders


def _is_moved(old: Assignment, new: Assignment) -> bool:
    return old.start_at != new.start_at or _team(old) != _team(new)


def _team(work: Assignment) -> set[str]:
    return {member.unit_id for member in work.members}


def _case(
    order: _Order,
    sources: _Sources,
    replies: _Replies,
    home: Mapping[str, str],
) -> Case:
    version, work = order.first, order.work
    trigger, is_own = _trigger_of(order, sources)
    requested = (sources.received(trigger), trigger.requested_at) if trigger else (None, None)
    doers = concerned(work, home)
    reporting = replies.has_word_near(work.end_at, doers)
    events = replies.about(order, doers)
    job_events = [event for event in events if event.job_id]
    field_clocks = _field_clocks(job_events)
    acknowledged = _acknowledged(order, replies, events, doers)
    clocks = _in_order((*requested, version.published_at, acknowledged, *field_clocks))
    return Case(
        cause=trigger.cause if trigger else "",
        cause_kind=trigger.kind if trigger else TriggerKind.MANUAL,
        job_id=work.job_id,
        kind=str(work.kind),
        segment_id=work.segment_id,
        station_id=_doer(work, home),
        level=_worst(version, sources),
        version=version.number,
        clocks=clocks,
        planned_start=work.start_at,
        planned_end=work.end_at,
        state=_state(order, field_clocks),
        reopened=_is_reopened(job_events),
        moves=order.moves,
        members=work.members,
        untold=reporting
        and not any(field_clocks)
        and not (work.kind is JobKind.RESERVE or work.is_broken_off),
        answers=_answers(
            clocks[0] if is_own else None,
            clocks[CLOCKS.index("on_site")],
            job_events,
        ),
    )


def _doer(work: Assignment, home: Mapping[str, str]) -> str:
    """The station of the first crew in it, else of its first machine."""
    crews_first = sorted(work.members, key=lambda member: member.kind is not UnitKind.CREW)
    found = (home[one.resource_id] for one in crews_first if one.resource_id in home)
    return next(found, work.station_id)


def _trigger_of(order: _Order, sources: _Sources) -> tuple[Trigger | None, bool]:
    """What asked for a job, the earliest of several, and whether it asked for this job alone: a
    call about its matter.
    """
    causes = [cause for cause in order.first.causes if cause in sources.triggers]
    triggers = [sources.triggers[cause] for cause in causes]
    own = sources.asking_for(JobId.parse(order.work.job_id).incident_id, triggers)
    others = [one for one in triggers if one.kind is not TriggerKind.INCIDENT]
    earliest = min(
        own or others or triggers,
        key=lambda trigger: (sources.received(trigger), trigger.cause),
        default=None,
    )
    return earliest, bool(own)


def _state(order: _Order, field_clocks: tuple[datetime | None, ...]) -> str:
    if order.withdrawn and not any(field_clocks):
        return "withdrawn"
    _, _, cleared, _ = field_clocks
    if order.work.is_broken_off and not cleared:
        return "withdrawn"
    return "cleared" if cleared else "open"


def _times(events: Iterable[FieldEvent], kind: EventKind) -> list[datetime]:
    return sorted(event.happened_at for event in events if event.kind is kind)


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
    answers = [Answer(reported_at=reported_at, on_site_at=on_site_at)] if reported_at else []
    arrivals = _times(events, EventKind.ARRIVE)
    reopened = sorted(set(_times(events, EventKind.REOPEN)))
    for at, following in zip_longest(reopened, reopened[1:]):
        on_site = (
            arrival
            for arrival in arrivals
            if at < arrival and (following is None or arrival <= following)
        )
        answers.append(Answer(reported_at=at, on_site_at=next(on_site, None)))
    return tuple(answers)


def _acknowledged(
    order: _Order,
    replies: _Replies,
    events: Sequence[FieldEvent],
    doers: Collection[str],
) -> datetime | None:
    """The first sign that the station knows of the order: a notice confirmed, or anything
    reported.
    """
    confirmed = replies.confirmed(order, doers)
    return min((*confirmed, *(event.happened_at for event in events)), default=None)


def _in_order(clocks: tuple[datetime | None, ...]) -> tuple[datetime | None, ...]:
    """No step later than one that follows it: who taps "departed" on site had departed by then."""
    ordered: list[datetime | None] = []
    following: datetime | None = None
    for at in reversed(clocks):
        if at is not None:
            following = at if following is None else min(at, following)
        ordered.append(None if at is None else following)
    return tuple(reversed(ordered))


def _is_reopened(events: Sequence[FieldEvent]) -> bool:
    cleared = _times(events, EventKind.CLEAR)
    return any(
        timedelta(0) <= reopened - at <= REOPENED_WITHIN
        for reopened in _times(events, EventKind.REOPEN)
        for at in cleared
    )


def _worst(version: PlanVersion, sources: _Sources) -> str:
    alerts = (
        sources.alerts.get(str(Cause(CauseKind.ALERT, digest))) for digest in version.alert_digests
    )
    levels = [alert.level for alert in alerts if alert and alert.level]
    return str(max(levels, key=lambda level: level.rank)) if levels else ""


def _without_work(
    published: Sequence[PlanVersion], sources: _Sources, cases: Iterable[Case]
) -> list[Case]:
    """Warnings and incidents that no job has answered: they count, planned or not. One that changed
    nothing is answered by the plan that stands.
    """
    answered = {case.cause for case in cases}
    answered |= {  # who calls about the same is answered by the same work
        cause
        for cause, incident in sources.incidents.items()
        if str(Cause.of(CauseKind.INCIDENT, incident.matter)) in answered
    }
    first_version: dict[str, PlanVersion] = {}
    for version in published:
        for cause in version.causes:
            first_version.setdefault(cause, version)
    by_number = {version.number: version for version in published}
    return [
        _case_without_work(
            trigger,
            first_version.get(trigger.cause) or by_number.get(trigger.answered_by or 0),
            sources,
        )
        for trigger in sources.triggers.values()
        if trigger.kind in (TriggerKind.ALERT, TriggerKind.INCIDENT)
        and (trigger.outcome is None or trigger.answered_by)
        and trigger.cause not in answered
    ]


def _case_without_work(trigger: Trigger, version: PlanVersion | None, sources: _Sources) -> Case:
    incident, alert = sources.incidents.get(trigger.cause), sources.alerts.get(trigger.cause)
    closed = incident.closed_at if incident else None
    received, published = sources.received(trigger), version.published_at if version else None
    if trigger.outcome:
        published = trigger.settled_at
    clocks = _in_order((received, trigger.requested_at, published, None, None, None, closed, None))
    is_planned = version is not None and incident is None
    return Case(
        cause=trigger.cause,
        cause_kind=trigger.kind,
        kind=incident.kind if incident else "",
        segment_id=incident.segment_id if incident else None,
        level=str(alert.level) if alert and alert.level else "",
        version=version.number if version else None,
        answers=_answers(clocks[0] if incident else None, None, ()),
        clocks=clocks,
        state="cleared" if closed else "planned" if is_planned else "open",
    )


def named(cases: Iterable[Case], city: City) -> tuple[Case, ...]:
    """Cases with the station that looks after their road, where none is known otherwise."""
    return tuple(case if case.station_id else _at_home(case, city) for case in cases)


def _at_home(case: Case, city: City) -> Case:
    segment = city.segment_by_id.get(case.segment_id or "")
    return replace(case, station_id=segment.station_id) if segment else case
