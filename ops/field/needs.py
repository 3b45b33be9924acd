"""What needs the desk's hand, each once, the gravest first, with its one main act. Pure.

What the field says stays here until it is settled: by a later word of the field, by the plan and
its acceptance, or because the desk has noted that it has seen to it. It is the one list for the
desk, the wall and the sheets.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City
from data.model.field import (
    BY_THE_DESK,
    HELP,
    LEFT_FOR_GOOD,
    EventKind,
    FieldEvent,
    Incident,
)
from data.model.ids import EventId, JobId
from data.model.message import Message
from data.model.notice import DeskMessage, Notice
from data.model.plan import SAME_JOB_WITHIN, Assignment, PlanVersion
from ops.base.naming import job_name, member_names, segment_name, station_name
from ops.field.calls.incident_jobs import name_of
from ops.field.calls.matter_standing import MatterStanding
from ops.field.job_board import JobLine, JobState, settled
from ops.field.progress import concerned, homes, later_start
from ops.field.questions import questions
from ops.field.reporting import AT_WORK
from ops.field.water.inlet_signs import last_said


class NeedKind(StrEnum):
    """What needs a hand, the most pressing first."""

    HELP = "help"  # a crew's call for help
    INCIDENT = "incident"  # nobody comes, or too late
    REFUSED = "refused"
    SILENT = "silent"  # a station without an answer
    MISSED = "missed"
    LATE = "late"
    DELAYED = "delayed"  # a crew said that it comes later than planned
    QUESTION = "question"
    UNDELIVERED = "undelivered"
    UNTOLD = "untold"  # what the desk's channels should have told it
    INLET = "inlet"  # left for good: for upkeep, or the tables


class Act(StrEnum):
    """The one main thing to do about it."""

    CLOSE = "close"  # the call for help is seen to
    INCIDENT = "incident"  # look at the incident
    NOTE = "note"  # seen to by other means
    CALL = "call"  # telephone, and write down what was said
    JOB = "job"  # report for them, or have it done again
    ANSWER = "answer"


ACTS = {
    NeedKind.HELP: Act.CLOSE,
    NeedKind.INCIDENT: Act.INCIDENT,
    NeedKind.REFUSED: Act.NOTE,
    NeedKind.SILENT: Act.CALL,
    NeedKind.MISSED: Act.JOB,
    NeedKind.LATE: Act.JOB,
    NeedKind.DELAYED: Act.NOTE,
    NeedKind.QUESTION: Act.ANSWER,
    NeedKind.UNDELIVERED: Act.CALL,
    NeedKind.UNTOLD: Act.NOTE,
    NeedKind.INLET: Act.NOTE,
}
_ORDER = {kind: number for number, kind in enumerate(NeedKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that waits for the desk.

    Attributes
    ----------
    key
        Its name, by which the desk's note settles it: that of the event, where it is one.
    at
        Since when.
    told
        It in words, without its station.
    job_id, number
        The job that it is about; the incident's number.
    """

    kind: NeedKind
    key: str
    at: datetime
    told: Message
    station_id: str | None = None
    job_id: str | None = None
    number: int | None = None
    risk: int = 0

    @property
    def act(self) -> Act:
        """The one main thing to do about it."""
        return ACTS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What needs are found in: the plan in force, what was said, and what is open; ``calls`` are
    all incidents, those that are closed too.
    """

    city: City
    now: datetime
    version: PlanVersion | None
    versions: Mapping[int, PlanVersion]
    lines: Sequence[JobLine]
    events: Collection[FieldEvent]
    incidents: Collection[Incident] = ()
    calls: Collection[Incident] = ()
    matters: Sequence[MatterStanding] = ()
    undelivered: Collection[Notice] = ()
    untold: Collection[DeskMessage] = ()
    warned_at: datetime | None = None
    patience: timedelta | None = None


def needs(field: Field) -> tuple[Need, ...]:
    """All that needs the desk, each once, the gravest first.

    Parameters
    ----------
    field
        ``warned_at`` is when the last warning in force came; ``patience`` how long a station may be
        without an answer to it, ``None``: for ever.
    """
    noted = settled(field.events)
    found = (
        *_calls_for_help(field),
        *_incidents(field),
        *_refusals(field),
        *_silent_stations(field),
        *_jobs(field),
        *_delays(field),
        *_questions(field),
        *_undelivered(field),
        *_untold(field),
        *_inlets(field),
    )
    waiting = (need for need in found if need.key not in noted)
    return tuple(
        sorted(waiting, key=lambda need: (_ORDER[need.kind], -need.risk, need.at, need.key))
    )


def _calls_for_help(field: Field) -> Iterator[Need]:
    """A call stands until its incident is closed."""
    for call in field.incidents:
        if call.source != HELP or call.closed_at is not None:
            continue
        event = next((one for one in field.events if one.event_id == call.external_id), None)
        what = name_of(call, field.city)
        told = Message("needs.help", {"what": what, "by": call.by, "at": call.reported_at})
        yield Need(
            kind=NeedKind.HELP,
            key=call.external_id or str(JobId.of_incident(call.id)),
            at=call.reported_at,
            told=_because(told, call.text),
            station_id=event.station_id if event else None,
            job_id=event.job_id if event else None,
            number=call.id,
        )


def _incidents(field: Field) -> Iterator[Need]:
    """Matters that nobody comes to in time; where somebody is, it is seen to."""
    for one in field.matters:
        first = one.matter.first
        if first.source == HELP or one.came_at or not one.misses(field.now):
            continue
        facts: dict[str, object] = {
            "number": one.matter.id,
            "what": name_of(first, field.city),
            "due": one.due_at,
            "at": one.comes_at,
            "team": one.team(field.city),
        }
        segment = field.city.segment_by_id.get(first.segment_id or "")
        yield Need(
            kind=NeedKind.INCIDENT,
            key=str(JobId.of_incident(one.matter.id)),
            at=one.matter.earliest.reported_at,
            told=Message("needs.incident_late" if one.comes_at else "needs.incident_nobody", facts),
            station_id=segment.station_id if segment else None,
            number=one.matter.id,
            risk=round(one.matter.depth_cm or 0),
        )


def _refusals(field: Field) -> Iterator[Need]:
    """Each job refused, and each sheet, until it is taken up again or noted."""
    last: dict[tuple[str, str | None], FieldEvent] = {}
    for event in sorted(field.events, key=lambda one: (one.happened_at, one.event_id)):
        if event.kind is EventKind.REFUSE:
            last[event.station_id, event.job_id] = event
    for event in last.values():
        is_old = field.now - event.happened_at >= SAME_JOB_WITHIN
        if not is_old and not _is_taken_up(event, field):
            yield _refusal(event, field)


def _is_taken_up(refusal: FieldEvent, field: Field) -> bool:
    """Whether the station, or whoever has the job now, has said since that it will be done or is.
    To accept a sheet without it settles nothing.
    """
    later = (
        event
        for event in field.events
        if event.kind in AT_WORK and event.happened_at > refusal.happened_at
    )
    if refusal.job_id is None:
        return any(event.station_id == refusal.station_id for event in later)
    return any(
        event.job_id == refusal.job_id or _accepts(event, refusal.job_id, field) for event in later
    )


def _accepts(event: FieldEvent, job_id: str, field: Field) -> bool:
    """Whether a whole sheet is accepted that holds the job."""
    if event.job_id is not None or event.kind is not EventKind.ACCEPT:
        return False
    job = _job(field.versions.get(event.version), job_id)
    return job is not None and event.station_id in concerned(job, homes(field.city))


def _refusal(event: FieldEvent, field: Field) -> Need:
    """Station, crew, job, reason, and what the plan did about it."""
    then = _job(field.versions.get(event.version), event.job_id)
    home = homes(field.city)
    crews: tuple[Message | str, ...] = ()
    what = Message("storm.whole_sheet")
    if then:
        own = [one for one in then.members if home.get(one.resource_id) == event.station_id]
        crews = member_names(tuple(own), field.city)
        what = job_name(then.kind, then.segment_id, then.station_id, field.city)
    facts = {"what": what, "crews": crews, "at": event.happened_at}
    told = Message("needs.refused_by" if crews else "needs.refused", facts)
    fate = _fate(event, then, field) if event.job_id else Message("needs.fate_off")
    return Need(
        kind=NeedKind.REFUSED,
        key=event.event_id,
        at=event.happened_at,
        told=Message("needs.then", {"told": _because(told, event.reason), "then": fate}),
        station_id=event.station_id,
        job_id=event.job_id,
        risk=(then.risk or 0) if then else 0,
    )


def _fate(event: FieldEvent, then: Assignment | None, field: Field) -> Message:
    """What the plan in force does about work that was refused."""
    version = field.version
    now_with = _job(version, event.job_id)
    if now_with and then:
        same = {one.unit_id for one in now_with.members} == {one.unit_id for one in then.members}
        if not same:
            facts = {
                "team": member_names(now_with.members, field.city),
                "at": now_with.start_at,
            }
            return Message("needs.fate_given", facts)
        return Message("needs.fate_waits")
    left = next(
        (one for one in (version.left_out if version else ()) if one.job_id == event.job_id), None
    )
    return Message("needs.fate_left", {"why": left.why}) if left else Message("needs.fate_gone")


def _job(version: PlanVersion | None, job_id: str | None) -> Assignment | None:
    jobs = version.assignments if version else ()
    return next((job for job in jobs if job.job_id == job_id), None)


def _silent_stations(field: Field) -> Iterator[Need]:
    """A station that has work and no word: since the warning, or since its jobs should have begun;
    one line for it, whatever it leaves unsaid. A call that was noted covers what was due by then.
    """
    for station in field.city.stations:
        called_at = _called_at(station.id, field)
        own = [line for line in field.lines if station.id in line.stations]
        silent = [
            line
            for line in own
            if line.state is JobState.SILENT and (not called_at or line.leave_at > called_at)
        ]
        ahead = any(line.job.end_at > field.now for line in own)
        unanswered = _waits_since(station.id, called_at, field) if ahead else None
        dues = [*(line.leave_at for line in silent), *([unanswered] if unanswered else [])]
        if not dues:
            continue
        facts: dict[str, object] = {"since": min(dues), "n": len(silent)}
        yield Need(
            kind=NeedKind.SILENT,
            key=_key(NeedKind.SILENT, station.id, min(dues)),
            at=min(dues),
            told=Message("needs.silent_jobs" if silent else "needs.silent", facts),
            station_id=station.id,
            risk=max((line.job.risk or 0 for line in silent), default=0),
        )


def _called_at(station_id: str, field: Field) -> datetime | None:
    """When the desk last noted that it reached a silent station."""
    return max(
        (
            event.server_at
            for event in field.events
            if event.kind is EventKind.NOTE
            and event.station_id == station_id
            and EventId.parse(event.about or "").kind == NeedKind.SILENT
        ),
        default=None,
    )


def _waits_since(station_id: str, called_at: datetime | None, field: Field) -> datetime | None:
    """When the warning came that a station has left without a word for too long."""
    warned_at, patience = field.warned_at, field.patience
    if warned_at is None or patience is None or field.now - warned_at < patience:
        return None
    heard = any(
        event.station_id == station_id
        and event.happened_at >= warned_at
        and event.kind not in BY_THE_DESK
        for event in field.events
    )
    return None if heard or (called_at and called_at >= warned_at) else warned_at


def _jobs(field: Field) -> Iterator[Need]:
    """Work that somebody who reports has missed, or is late with."""
    for line in field.lines:
        kind = {JobState.MISSED: NeedKind.MISSED, JobState.LATE: NeedKind.LATE}.get(line.state)
        if kind is None or (kind is NeedKind.LATE and line.comes_at):  # told below
            continue
        job = line.job
        facts = {
            "what": job_name(job.kind, job.segment_id, job.station_id, field.city),
            "crews": member_names(job.members, field.city),
            "start": job.start_at,
            "end": job.end_at,
        }
        told = Message(f"needs.{kind}", facts)
        station = next(iter(sorted(line.stations)), job.station_id)
        yield Need(
            kind=kind,
            key=_key(kind, job.job_id, job.start_at),
            at=job.start_at,
            told=told,
            station_id=station,
            job_id=job.job_id,
            risk=job.risk or 0,
        )


_ENDS_A_DELAY = (EventKind.ARRIVE, EventKind.CLEAR, EventKind.VERIFY, EventKind.REFUSE)


def _delays(field: Field) -> Iterator[Need]:
    """The last word of each delay, until they are there, the work is refused or the desk has noted
    it: the plan may follow, but whether so late is soon enough is for people to judge.
    """
    last: dict[str, FieldEvent] = {}
    for event in sorted(field.events, key=lambda one: (one.happened_at, one.event_id)):
        if event.job_id and event.kind is EventKind.DELAY:
            last[event.job_id] = event
        elif event.job_id and event.kind in _ENDS_A_DELAY:
            last.pop(event.job_id, None)
    for job_id, event in last.items():
        then = _job(field.versions.get(event.version), job_id)
        if then and field.now - event.happened_at < SAME_JOB_WITHIN:
            yield _delay(event, then, field)


def _delay(event: FieldEvent, then: Assignment, field: Field) -> Need:
    """Crew, job, when they come, why, and what the plan did about it."""
    home, comes_at = homes(field.city), later_start(event, then)
    own = tuple(one for one in then.members if home.get(one.resource_id) == event.station_id)
    facts = {
        "what": job_name(then.kind, then.segment_id, then.station_id, field.city),
        "crews": member_names(own or then.members, field.city),
        "at": comes_at,
        "n": round((comes_at - then.start_at).total_seconds() / 60),
    }
    now_with = _job(field.version, event.job_id)
    follows = now_with is not None and now_with.start_at >= comes_at
    fate = Message("needs.fate_later") if follows else _fate(event, then, field)
    told = _because(Message("needs.delayed", facts), event.reason)
    return Need(
        kind=NeedKind.DELAYED,
        key=event.event_id,
        at=event.happened_at,
        told=Message("needs.then", {"told": told, "then": fate}),
        station_id=event.station_id,
        job_id=event.job_id,
        risk=then.risk or 0,
    )


def _questions(field: Field) -> Iterator[Need]:
    for question in questions(field.events):
        event = question.event
        if question.answered or event.station_id not in field.city.station_by_id:
            continue
        job = _job(field.versions.get(event.version), event.job_id)
        facts: dict[str, object] = {"text": event.reason or "", "at": event.happened_at}
        told = Message("needs.question", facts)
        if job:
            what = job_name(job.kind, job.segment_id, job.station_id, field.city)
            told = Message("needs.question_at", facts | {"what": what})
        yield Need(
            kind=NeedKind.QUESTION,
            key=event.event_id,
            at=event.happened_at,
            told=told,
            station_id=event.station_id,
            job_id=event.job_id,
        )


def _undelivered(field: Field) -> Iterator[Need]:
    """One line for each station whose orders did not reach it, with what failed last."""
    by_station: dict[str, list[Notice]] = {}
    for notice in field.undelivered:
        by_station.setdefault(notice.station_id, []).append(notice)
    for station_id, notices in by_station.items():
        last = max(notices, key=lambda one: one.id or 0)
        facts: dict[str, object] = {"number": last.version, "at": last.created_at}
        told = Message("needs.undelivered", facts)
        if last.last_error:
            told = Message("needs.because", {"told": told, "why": last.last_error})
        yield Need(
            kind=NeedKind.UNDELIVERED,
            key=_key(NeedKind.UNDELIVERED, station_id, last.created_at),
            at=min(one.created_at for one in notices),
            told=told,
            station_id=station_id,
        )


def _untold(field: Field) -> Iterator[Need]:
    """What no channel of the desk has taken, in its own words: whoever sits at the desk reads it
    here.
    """
    for one in {message.matter: message for message in field.untold}.values():
        yield Need(
            kind=NeedKind.UNTOLD,
            key=_key(NeedKind.UNTOLD, str(one.id), one.created_at),
            at=one.created_at,
            told=one.body,
        )


def _inlets(field: Field) -> Iterator[Need]:
    """Inlets welded shut or not found: no plan sends anybody there again until somebody says
    something else of them, so somebody has to see to each.
    """
    roads = {one.id: one.segment_id for one in field.city.inlets}
    for inlet_id, event in last_said(field.events).items():
        is_left = event.kind is EventKind.INLET_SKIPPED and event.reason in LEFT_FOR_GOOD
        if not is_left or inlet_id not in roads:
            continue
        where = segment_name(roads[inlet_id], field.city)
        facts = {"inlet": inlet_id, "where": where, "at": event.happened_at}
        yield Need(
            kind=NeedKind.INLET,
            key=event.event_id,
            at=event.happened_at,
            told=Message(f"needs.inlet_{event.reason}", facts),
            station_id=event.station_id,
            job_id=event.job_id,
        )


def _key(kind: NeedKind, subject: str, at: datetime) -> str:
    """The name of a need that is no event's."""
    return str(EventId(kind, f"{subject}@{at:%Y%m%dT%H%M}"))


def _because(told: Message, reason: str | None) -> Message:
    if not reason:
        return told
    why = Message("name.text", {"text": reason})
    return Message("needs.because", {"told": told, "why": why})


def of_station(found: Iterable[Need], station_id: str) -> tuple[Need, ...]:
    """What of it is a station's own: what its sheet tells."""
    return tuple(need for need in found if need.station_id == station_id)


def place_of(need: Need, city: City) -> str:
    """The station's name; an empty text where it is none's."""
    return station_name(need.station_id, city) if need.station_id else ""
