"""Cases of the street (案件): taken in once, sorted by a table, never without an owner until they
are closed, and answered.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from data.model.city import SANITATION, City
from data.model.operation import Operation
from data.model.street.service_cars import CARS
from data.model.street.street_case import (
    GRID,
    RESIDENT,
    CaseEvent,
    CaseEventKind,
    CaseLevel,
    CaseStep,
    StreetCase,
)
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.messages import Translator
from ops.field.calls.incidents import IncidentReport, IncidentSettings, placed, report
from ops.field.cases.crew_work import begin_work, done_by_crews, end_work, in_order, work_again
from ops.field.cases.kinds import CASE_KINDS, CaseKind
from ops.field.cases.residents import with_first_take
from ops.field.cases.standing import CaseStanding, standing_of, standings
from ops.field.cases.usual import as_read, owner_of, usual_steps
from ops.field.reports import check_text

MOST_HOURS = 24 * 90


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSettings:
    """Cases of the street. All figures are assumptions: agree them with the street office.

    Attributes
    ----------
    small_hours, large_hours, hard_hours
        How long after its report a case of each class is due: a grid's own matter by the next day,
        what is sent out within a working day's half, what needs several departments in three days.
    call_minutes
        How long after it came in a call on the way should be over (assumption).
    look_minutes
        So soon somebody of the grid or of the desk should have looked at what a resident reports by
        a link, where it is no small matter (assumption); then it is told further up.
    climb_minutes
        So long after its time what is late is told further up, step by step: to whom it belongs, to
        the street office's duty officer, to the leader on duty.
    codes
        Codes of the platform that mean a kind of ours, ``"E0404=blocked_inlet"``; they go before
        the table of GB/T 30428.2.
    platform_url
        Where answers to a 数字城管 or 12345 platform are posted; empty: it asks for them itself.
    platform_secret_env
        The environment variable with the secret that signs them (HMAC-SHA256).
    """

    small_hours: float = 24.0
    large_hours: float = 4.0
    hard_hours: float = 72.0
    call_minutes: float = 60.0
    look_minutes: float = 20.0
    climb_minutes: tuple[float, ...] = (0.0, 60.0, 240.0)
    codes: tuple[str, ...] = ()
    platform_url: str = ""
    platform_secret_env: str = ""

    def __post_init__(self) -> None:
        for name in ("call_minutes", "look_minutes"):
            if not 0 < getattr(self, name) <= 60 * MOST_HOURS:
                raise ValueError(f"{name} must lie in 0 to {60 * MOST_HOURS}")
        for setting in fields(self)[:3]:
            if not 0 < getattr(self, setting.name) <= MOST_HOURS:
                raise ValueError(f"{setting.name} must lie in 0 to {MOST_HOURS}")
        limits = self.climb_minutes
        if not all(isinstance(one, int | float) and one >= 0 for one in limits) or not all(
            a < b for a, b in pairwise(limits)
        ):
            raise ValueError("climb_minutes are minutes, each more than the one before")
        kinds = [entry.partition("=")[2] for entry in self.codes]
        if unknown := [kind for kind in kinds if kind not in CASE_KINDS]:
            raise ValueError(f"codes: no such kind: {', '.join(unknown)}")
        if self.platform_url and not self.platform_url.startswith(("https://", "http://")):
            raise ValueError("platform_url must begin with https:// or http://")

    def due(self, row: CaseKind) -> timedelta:
        """How long after its report a case of a kind is due."""
        if row.owner == CARS:
            return timedelta(minutes=self.call_minutes)
        hours = {
            CaseLevel.SMALL: self.small_hours,
            CaseLevel.LARGE: self.large_hours,
            CaseLevel.HARD: self.hard_hours,
        }
        return timedelta(hours=hours[row.level])


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """A case as it is told; ``due_at`` where whoever sends it sets a time, ``persuaded`` whether
    those whom a patrol asked to mend it did.
    """

    kind: str
    by: str
    source: str
    reported_at: datetime
    segment_id: str | None = None
    position: tuple[float, float] | None = None
    text: str = ""
    external_id: str | None = None
    photo: str | None = None
    due_at: datetime | None = None
    persuaded: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWord:
    """What somebody says of a case; ``event_id`` is his own name for it."""

    kind: CaseEventKind
    event_id: str
    text: str = ""
    step: str | None = None
    owner: str | None = None
    photo: str | None = None
    steps: tuple[CaseStep, ...] = ()


@atomic
def open_case(
    store: Store,
    operation: Operation,
    actor: Actor,
    told: CaseReport,
    now: datetime,
    settings: GridSettings = GridSettings(),
    incident: IncidentSettings = IncidentSettings(),
) -> tuple[StreetCase, bool]:
    """Take a case, once: what the crews of the centre go to becomes an incident of theirs, a hard
    one gets the usual steps of its kind; a resident's only once the grid or the desk has taken it,
    and it is due from when it came: nobody's phone makes it late. As it is kept, and whether it is
    new.

    Raises
    ------
    NotAllowed
        ``actor`` may not; of no kind, or nowhere near a road.
    """
    city = store.city()
    row = CASE_KINDS.get(told.kind)
    if row is None:
        raise Invalid("case.no_kind", kind=told.kind)
    check_text(told.text, told.by, told.external_id)
    as_incident = _incident(told, row)
    where = placed(as_incident, operation, city, now, incident)
    station = city.segment_by_id[where.segment_id or ""].station_id
    require(actor, Action.REPORT_INCIDENT, station)
    number, is_seen = None, told.source != RESIDENT
    if row.incident and is_seen:
        number = report(store, operation, actor, as_incident, now, incident)[0].id
    case = StreetCase(
        operation_id=operation.id,
        kind=told.kind,
        level=row.level,
        text=told.text,
        source=told.source,
        external_id=told.external_id,
        segment_id=where.segment_id or "",
        position=told.position,
        photo=told.photo,
        reported_at=where.reported_at,
        received_at=now,
        by=told.by,
        owner=owner_of(row.owner if is_seen else GRID, where.segment_id or "", city),
        due_at=told.due_at or (where.reported_at if is_seen else now) + settings.due(row),
        incident_id=number,
    )
    steps = usual_steps(case, row.steps, city) if is_seen else ()
    kept, new = store.street_cases.open(
        case, lambda number: _first(case, number, steps, told), asks=is_seen
    )
    if new:
        record(
            store, actor, Action.REPORT_INCIDENT, f"case:{kept.id}", now, operation, kind=kept.kind
        )
    return kept, new


def _incident(told: CaseReport | StreetCase, row: CaseKind) -> IncidentReport:
    """What the crews are told of it; it also places the case and checks its words."""
    return IncidentReport(
        kind=row.incident or "other",
        by=told.by,
        source=f"case:{told.source}",
        reported_at=told.reported_at,
        segment_id=told.segment_id,
        position=told.position,
        text=told.text,
        external_id=told.external_id,
        photo=told.photo,
    )


def _first(
    case: StreetCase, number: int, steps: tuple[CaseStep, ...], told: CaseReport
) -> CaseEvent | None:
    """What is said of a case as it comes in: its usual steps, or what persuasion did: mended, it is
    over; else it stays with its owner.
    """
    words = Translator()
    said = partial(
        CaseEvent,
        operation_id=case.operation_id,
        case_id=number,
        event_id=f"first:{number}",
        at=case.received_at,
        by=case.by,
    )
    if steps:
        return said(kind=CaseEventKind.PLAN, steps=steps)
    if told.persuaded is None:
        return None
    if told.persuaded:
        return said(kind=CaseEventKind.CLOSE, text=words("case.persuaded"))
    return said(
        kind=CaseEventKind.TOLD,
        owner=words("case.those_there"),
        text=words("case.not_persuaded"),
    )


def all_standings(store: Store, operation: Operation) -> tuple[CaseStanding, ...]:
    """Every case that counts still, as it stands: by what was said of it, and by what the crews
    have reported of its errands.
    """
    cases, events = store.street_cases.current(operation.id)
    return standings(cases, in_order(events, done_by_crews(store, operation, cases, events)))


def standing(store: Store, operation: Operation, number: int) -> CaseStanding:
    """One case as it stands.

    Raises
    ------
    NotFound
        There is none of this number.
    """
    found = store.street_cases.case(operation.id, number)
    if found is None:
        raise NotFound("case.not_found", number=number)
    case, events = found
    return standing_of(case, in_order(events, done_by_crews(store, operation, [case], events)))


_OF_THE_DESK = frozenset(
    {
        CaseEventKind.OFFER,
        CaseEventKind.PLAN,
        CaseEventKind.TOLD,
        CaseEventKind.ANSWER,
        CaseEventKind.REOPEN,
    }
)
_WHEN_CLOSED = frozenset({CaseEventKind.ANSWER, CaseEventKind.REOPEN})


@atomic
def say(
    store: Store,
    operation: Operation,
    actor: Actor,
    number: int,
    word: CaseWord,
    now: datetime,
    incident: IncidentSettings = IncidentSettings(),
) -> bool:
    """Keep what is said of a case; whether it is new. Its owner takes it, does it and closes it;
    the desk offers it, plans it, tells of it, opens it anew, and speaks for those who have no page.
    Whoever takes what a resident reported makes it work.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is no such case or step; or it does not stand so.
    """
    found = standing(store, operation, number)
    asked = _must_be_allowed(actor, found, word, store.city())
    check_text(word.text, word.owner or "", word.event_id)
    _must_stand(found, word)
    event = CaseEvent(
        operation_id=operation.id,
        case_id=number,
        event_id=word.event_id,
        kind=word.kind,
        at=now,
        by=actor.name,
        text=word.text,
        step=word.step,
        owner=word.owner,
        photo=word.photo,
        steps=word.steps,
    )
    along: tuple[CaseEvent, ...] = ()
    if word.kind is CaseEventKind.TAKE and found.is_unseen:
        along = _made_work(store, operation, actor, found.case, now, incident)
    new = store.street_cases.say(event, *along)
    if new:
        _tell_crews(store, operation, actor, found, word, now)
        record(store, actor, asked, f"case:{number}", now, operation, said=word.kind)
    return new


def _made_work(
    store: Store,
    operation: Operation,
    actor: Actor,
    case: StreetCase,
    now: datetime,
    settings: IncidentSettings,
) -> tuple[CaseEvent, ...]:
    """What a resident reported and one of ours stands for becomes an incident, which done again
    changes nothing; what is said along with that.
    """
    row = CASE_KINDS[case.kind]
    if row.incident:
        report(store, operation, actor, _incident(case, row), now, settings)
    return with_first_take(case, store.city(), actor.name, now)


def _tell_crews(
    store: Store,
    operation: Operation,
    actor: Actor,
    found: CaseStanding,
    word: CaseWord,
    now: datetime,
) -> None:
    """With a case ends what the crews of the centre have of it, and with it that begins anew; a
    large one that others take from a station of theirs, or give back to it, goes with it.
    """
    if word.kind is CaseEventKind.CLOSE:
        end_work(store, found.case, actor, now)
    elif word.kind is CaseEventKind.REOPEN:
        work_again(store, operation, actor, found.case, now)
    elif word.kind is CaseEventKind.TAKE and found.offered_to and found.level is CaseLevel.LARGE:
        city, taker = store.city(), word.owner or ""
        theirs = taker in city.station_by_id and city.service_at(taker) == SANITATION
        if not theirs:
            end_work(store, found.case, actor, now)
        elif not found.done:
            begin_work(store, found.case)


def _must_be_allowed(actor: Actor, found: CaseStanding, word: CaseWord, city: City) -> Action:
    """What it takes to say that."""
    if word.kind in _OF_THE_DESK:
        require(actor, Action.VERIFY_WORK)
        return Action.VERIFY_WORK
    whose = found.owner
    if word.kind is CaseEventKind.TAKE and found.offered_to:
        whose = found.offered_to
    if word.step is not None:
        whose = next((one.step.owner for one in found.steps if one.step.key == word.step), whose)
    require(actor, Action.REPORT_WORK, whose if whose in city.station_by_id else None)
    return Action.REPORT_WORK


def _must_stand(found: CaseStanding, word: CaseWord) -> None:
    """Whether that can be said of it as it stands.

    Raises
    ------
    NotAllowed
        It is over (or not over, to be opened anew); nobody was offered it; a step is unknown or
        waits; what is closed leaves steps open or says nothing.
    """
    number = found.case.id
    kind = word.kind
    if any(event.event_id == word.event_id for event in found.events):
        return  # sent again
    if (found.closed is None) == (kind in _WHEN_CLOSED):
        raise Conflict("case.not_open" if found.closed else "case.is_open", number=number)
    if kind is CaseEventKind.OFFER and not word.owner:
        raise Invalid("case.no_owner")
    if kind is CaseEventKind.TAKE and word.owner not in (found.offered_to, found.owner):
        raise Conflict("case.not_offered", number=number, owner=word.owner or "")
    if kind is CaseEventKind.PLAN:
        check_text(*(text for step in word.steps for text in (step.what, step.owner)))
        _must_be_a_course(word.steps)
    if word.step is not None:
        step = next((one for one in found.steps if one.step.key == word.step), None)
        if step is None:
            raise NotFound("case.no_step", step=word.step)
        if kind is CaseEventKind.DONE and step.waits_for:
            raise Conflict("case.step_waits", step=as_read(step.step.what, "case_step"))
    if kind is CaseEventKind.CLOSE:
        open_ = [as_read(one.step.what, "case_step") for one in found.steps if one.done is None]
        if open_:
            raise Conflict("case.steps_open", steps=tuple(open_))
        if not word.text.strip():
            raise Invalid("case.no_answer")


def _must_be_a_course(steps: tuple[CaseStep, ...]) -> None:
    """Each step waits for earlier ones only, so that no two wait for one another."""
    known: set[str] = set()
    for step in steps:
        if step.key in known or not set(step.after) <= known:
            raise Invalid("case.bad_course", step=step.what)
        known.add(step.key)


def taken_word(found: CaseStanding, event_id: str) -> CaseWord:
    """That whom a case was offered to, or whoever has it, takes it."""
    owner = found.offered_to or found.owner
    return CaseWord(kind=CaseEventKind.TAKE, event_id=event_id, owner=owner)
