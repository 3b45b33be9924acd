"""One storm after another, and the ledger of each: every entry from its first warning to its last
clearance. Pure.

A storm is the span of an operation that a warning, a response level or an incident opens, and that
ends when for ``storm_gap_hours`` nothing of that kind was received and nothing was reported from
the field. Plans and notices are its entries, but do not lengthen it: a forecast that is renewed
every hour is no storm.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import OF_A_KIT, EventKind, FieldEvent, Incident
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.notice import Notice
from data.model.operation import LevelOrder
from data.model.plan import Assignment, PlanVersion
from ops.analytics.case import Case
from ops.analytics.haulage import inlets_cleared, taken_out_m3
from ops.analytics.history import History
from ops.base.naming import alert_name, item_name, job_name
from ops.field.calls.incident_jobs import causes_of, name_of, named_causes
from ops.field.calls.matters import matters
from ops.field.progress import DONE, OUT, Progress, progress
from ops.intake.operations import counted_statuses
from ops.planning.in_force.plan_diff import cause_messages
from weather.model import Alert

KINDS = (
    "alert",
    "level",
    "version",
    "notice",
    "acknowledged",
    *EventKind,
    "incident",
    "incident_closed",
    "change",
    "outage",
    "back",
    "measured",
)
"""What an entry of the ledger may be."""
NOTABLE_MM = 0.5
"""An hour with less is no line of its own (assumption: trace rain)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One storm of an operation, counted from 1; ``end_at`` is its latest entry, ``over`` whether
    none can follow.
    """

    number: int
    begin_at: datetime
    end_at: datetime
    over: bool

    def has(self, at: datetime) -> bool:
        """Whether an instant belongs to it."""
        return self.begin_at <= at and (not self.over or at <= self.end_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger; ``kind`` is one of ``KINDS``, ``by`` whoever did it."""

    at: datetime
    kind: str
    what: Message
    by: str = ""
    station_id: str = ""
    segment_id: str | None = None
    version: int | None = None


def storms(history: History, now: datetime, gap: timedelta) -> tuple[Storm, ...]:
    """Every storm of an operation, the oldest first.

    Parameters
    ----------
    gap
        How long nothing must have happened for a storm to be over.
    """
    found: list[tuple[datetime, datetime]] = []
    for at, opens in sorted(_marks(history)):
        if found and at - found[-1][1] <= gap:
            found[-1] = (found[-1][0], at)
        elif opens:
            found.append((at, at))
    return tuple(
        Storm(
            number=number, begin_at=begin, end_at=end, over=number < len(found) or now - end > gap
        )
        for number, (begin, end) in enumerate(found, 1)
    )


def _marks(history: History) -> Iterator[tuple[datetime, bool]]:
    """What happened of a storm, and whether it opens one."""
    for alert in alerts_of(history):
        yield _received(alert), True
    for order in history.orders:
        yield order.at, order.level is not None
    for incident in history.incidents:
        yield incident.received_at, True
        if incident.closed_at:
            yield incident.closed_at, False
    for event in history.events:
        yield event.happened_at, False


def _received(alert: Alert) -> datetime:
    assert alert.received_at is not None  # the store keeps none that was not received
    return alert.received_at


def alerts_of(history: History) -> tuple[Alert, ...]:
    """The warnings that count: no tests and, but for a drill, no exercises."""
    return tuple(
        alert for alert in history.alerts if alert.status in counted_statuses(history.operation)
    )


def cases_of(storm: Storm, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The response cases that began in a storm."""
    return tuple(case for case in cases if storm.has(case.began_at))


def ledger(storm: Storm, history: History, city: City) -> tuple[Entry, ...]:
    """Every entry of a storm in order of time."""
    lived = _within(storm, history)
    entries = (
        *(_alert(alert) for alert in alerts_of(lived)),
        *(_level(order) for order in lived.orders),
        *_versions(storm, history, city),
        *(entry for notice in lived.notices for entry in _notice(notice)),
        *_field(lived, city),
        *_incidents(lived, city),
        *_changes(lived, city),
        *_outages(lived, city),
        *_measured(lived),
    )
    return tuple(
        sorted(
            (entry for entry in entries if storm.has(entry.at)),
            key=lambda entry: (entry.at, KINDS.index(entry.kind)),
        )
    )


def _within(storm: Storm, history: History) -> History:
    """What of an operation may be an entry of a storm: a season is not told to show a day of it."""

    def has(*instants: datetime | None) -> bool:
        return any(at is not None and storm.has(at) for at in instants)

    return replace(
        history,
        alerts=tuple(one for one in history.alerts if has(one.received_at)),
        orders=tuple(one for one in history.orders if has(one.at)),
        notices=tuple(one for one in history.notices if has(one.sent_at, one.acknowledged_at)),
        events=tuple(one for one in history.events if has(one.happened_at)),
        incidents=tuple(one for one in history.incidents if has(one.received_at, one.closed_at)),
        changes=tuple(one for one in history.changes if has(one.at)),
        outages=tuple(one for one in history.outages if has(one.from_at, one.to_at)),
        measured=tuple(one for one in history.measured if has(one[0])),
    )


def _alert(alert: Alert) -> Entry:
    what = Message(
        "cause.alert",
        {
            "issuer": alert.issuers,
            "action": Message(f"action.{alert.action}"),
            "alert": alert_name(alert),
        },
    )
    return Entry(at=_received(alert), kind="alert", what=what, by=alert.provider)


def _level(order: LevelOrder) -> Entry:
    what = (
        Message("storm.level", {"level": order.level})
        if order.level
        else Message("storm.level_ended")
    )
    return Entry(at=order.at, kind="level", what=what, by=order.by)


def _versions(storm: Storm, history: History, city: City) -> Iterator[Entry]:
    versions = [one for one in history.published if storm.has(one.in_force_from)]
    asked = {cause for version in versions for cause in version.causes}
    causes = cause_messages(
        (one for one in history.triggers if one.cause in asked),
        history.alerts,
        history.orders,
        named_causes(_calls_about(asked, history), history.outages, city),
    )
    for version in versions:
        said = [causes[cause] for cause in version.causes if cause in causes]
        answered = tuple(each for n, each in enumerate(said) if each not in said[:n])
        what = Message(
            "storm.version",
            {"number": version.number, "jobs": len(version.assignments), "causes": answered},
        )
        yield Entry(
            at=version.in_force_from,
            kind="version",
            what=what,
            by=version.approved_by or "",
            version=version.number,
        )


def _calls_about(causes: set[str], history: History) -> list[Incident]:
    """The calls of every matter that one of the causes speaks of."""
    about = {one.matter for one in history.incidents if not causes.isdisjoint(causes_of(one))}
    return [one for one in history.incidents if one.matter in about]


def _notice(notice: Notice) -> Iterator[Entry]:
    def entry(at: datetime, kind: str, what: Message, by: str = "") -> Entry:
        return Entry(
            at=at, kind=kind, what=what, by=by, station_id=notice.station_id, version=notice.version
        )

    if notice.sent_at:
        yield entry(
            notice.sent_at,
            "notice",
            Message(
                "storm.notice",
                {"id": notice.id, "version": notice.version, "channel": notice.channel},
            ),
        )
    if notice.acknowledged_at:
        yield entry(
            notice.acknowledged_at,
            "acknowledged",
            Message("storm.acknowledged", {"id": notice.id, "version": notice.version}),
            notice.acknowledged_by or "",
        )


def _jobs(history: History) -> dict[str, Assignment]:
    """Every job that was ever ordered, as it was last."""
    return {work.job_id: work for version in history.versions for work in version.assignments}


def _field(history: History, city: City) -> Iterator[Entry]:
    jobs = _jobs(history)
    for event in {event.event_id: event for event in history.events}.values():
        work = jobs.get(event.job_id or "")
        what = (
            job_name(work.kind, work.segment_id, work.station_id, city)
            if work
            else Message("storm.whole_sheet")
        )
        yield Entry(
            at=event.happened_at,
            kind=str(event.kind),
            what=_with_amounts(event, what),
            by=event.by,
            station_id=event.station_id,
            segment_id=work.segment_id if work else None,
            version=event.version,
        )


def _with_amounts(event: FieldEvent, what: Message) -> Message:
    details = tuple(_amount(event, name, amount) for name, amount in event.amounts.items())
    skipped = event.kind is EventKind.INLET_SKIPPED and event.reason
    words = (event.inlet_id, None if skipped else event.reason)
    details += tuple(Message("name.text", {"text": text}) for text in words if text)
    if skipped:
        details += (Message(f"phone.skip_{event.reason}"),)
    if event.photo:
        details += (Message("storm.photo"),)
    if event.told_by:
        facts = {"who": event.told_by, "way": Message(f"report_for.way_{event.way}")}
        details += (Message("storm.told_by", facts),)
    return Message("storm.with", {"what": what, "said": details}) if details else what


def _amount(event: FieldEvent, name: str, amount: float) -> Message:
    if event.kind in OF_A_KIT:
        return Message("kit.n", {"item": item_name(name), "n": round(amount)})
    return Message(f"storm.{name}", {"amount": amount})


def _incidents(history: History, city: City) -> Iterator[Entry]:
    for incident in history.incidents:
        what, segment_id = name_of(incident, city), incident.segment_id
        yield Entry(
            at=incident.received_at,
            kind="incident",
            what=what,
            by=incident.by,
            segment_id=segment_id,
        )
        if incident.closed_at:
            yield Entry(
                at=incident.closed_at,
                kind="incident_closed",
                what=what,
                by=incident.closed_by or "",
                segment_id=segment_id,
            )


def _changes(history: History, city: City) -> Iterator[Entry]:
    jobs = _jobs(history)
    for change in history.changes:
        work = jobs.get(change.job_id)
        job = (
            job_name(work.kind, work.segment_id, work.station_id, city)
            if work
            else Message("name.text", {"text": change.job_id})
        )
        action = Message(f"storm.change_{change.action}")
        yield Entry(
            at=change.at,
            kind="change",
            what=Message("storm.change", {"what": action, "job": job}),
            by=change.by,
            version=change.version,
            station_id=work.station_id if work else "",
            segment_id=work.segment_id if work else None,
        )


def _outages(history: History, city: City) -> Iterator[Entry]:
    causes = named_causes((), history.outages, city)
    for outage in history.outages:
        what = causes[str(Cause.of(CauseKind.OUTAGE, outage.id))]
        yield Entry(at=outage.from_at, kind="outage", what=what, by=outage.by)
        if outage.to_at:
            what = causes[str(Cause.of(CauseKind.BACK, outage.id))]
            yield Entry(at=outage.to_at, kind="back", what=what, by=outage.ended_by or "")


def _measured(history: History) -> Iterator[Entry]:
    """The rain of each hour in which some fell."""
    for hour, mm in history.measured:
        if mm >= NOTABLE_MM:
            what = Message("storm.measured", {"at": hour, "mm": round(mm, 1)})
            yield Entry(at=hour, kind="measured", what=what)


def in_force_at(history: History, at: datetime) -> PlanVersion | None:
    """The plan that was in force at an instant, as an outline."""
    return next((plan for plan in reversed(history.published) if plan.in_force_from <= at), None)


def segments_at(
    version: PlanVersion | None, history: History, city: City, at: datetime
) -> dict[str, str]:
    """What every segment was like at an instant, by the plan then in force and what had been
    reported by then.

    The first that holds: ``incident`` (open there), ``under_way`` (reported), ``due`` (by the
    plan, and nothing was reported), ``planned``, ``left_out``, ``cleared`` (reported), ``over``
    (its time is over and nothing was reported), ``none``.
    """
    states = {segment.id: "none" for segment in city.segments}
    if version:
        events = [event for event in history.events if event.happened_at <= at]
        stages = progress(events, version, city)
        job_states = [(job.segment_id, "left_out") for job in version.left_out]
        job_states += [
            (work.segment_id, _state(work.start_at, work.end_at, stages[work.job_id], at))
            for work in version.assignments
        ]
        for segment_id, state in job_states:
            if segment_id in states and STATES.index(state) < STATES.index(states[segment_id]):
                states[segment_id] = state
    for incident in history.incidents:
        is_open = incident.closed_at is None or at < incident.closed_at
        if incident.segment_id in states and incident.received_at <= at and is_open:
            states[incident.segment_id] = "incident"
    return states


STATES = ("incident", "under_way", "due", "planned", "left_out", "cleared", "over", "none")


def _state(start: datetime, end: datetime, stage: Progress, at: datetime) -> str:
    if stage.stage in OUT:
        return "under_way"
    if stage.stage in DONE:
        return "cleared"
    return "planned" if at < start else "due" if at < end else "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was done in a storm, counted.

    Attributes
    ----------
    jobs, cleared
        Jobs ordered and not withdrawn, and those of them reported cleared.
    inlets, silt_m3
        As reported with the cleared work; what was not told is not counted.
    incidents, open_incidents, calls
        By kind, all and those still open, calls about the same once; and every call.
    """

    versions: int
    jobs: int
    cleared: int
    inlets: int
    silt_m3: float
    incidents: dict[str, int]
    open_incidents: dict[str, int]
    calls: dict[str, int]


def figures(storm: Storm, history: History, cases: Iterable[Case]) -> Figures:
    """The figures of a storm; ``cases`` are all of the operation."""
    work = [case for case in cases_of(storm, cases) if case.job_id and case.state != "withdrawn"]
    said = [
        event
        for event in {event.event_id: event for event in history.events}.values()
        if storm.has(event.happened_at)
    ]
    calls = [one for one in history.incidents if storm.has(one.received_at)]
    incidents = matters(calls)
    return Figures(
        versions=sum(storm.has(plan.in_force_from) for plan in history.published),
        jobs=len(work),
        cleared=sum(case.state == "cleared" for case in work),
        inlets=inlets_cleared(said),
        silt_m3=taken_out_m3(said),
        incidents=dict(Counter(one.first.kind for one in incidents)),
        open_incidents=dict(Counter(one.first.kind for one in incidents if one.is_open)),
        calls=dict(Counter(one.kind for one in calls)),
    )


LANES = {
    "alert": "alert",
    "level": "alert",
    "version": "version",
    "notice": "notice",
    "acknowledged": "notice",
    "accept": "notice",
    "refuse": "notice",
    "ask": "notice",
    "hand_over": "notice",
    "on_duty": "notice",
    "inlet_cleared": "field",
    "inlet_blocked": "field",
    "inlet_open": "field",
    "inlet_skipped": "field",
    "photo": "field",
    "take_back": "field",
    "delay": "field",
    "depart": "field",
    "arrive": "field",
    "clear": "field",
    "kit_used": "field",
    "kit_missing": "field",
    "verify": "field",
    "reopen": "field",
    "help": "incident",
    "incident": "incident",
    "incident_closed": "incident",
    "change": "desk",
    "outage": "desk",
    "back": "desk",
    "answer": "desk",
    "measured": "alert",
    "note": "desk",
    "told": "desk",
}
"""In which row of the time line each kind of entry stands."""
