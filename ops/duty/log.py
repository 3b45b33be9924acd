"""The duty log (值班日志): free notes, corrections, and the watch handed over, signed by both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.duty_log import LogEntry, LogKind
from data.model.message import Message
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound

LONGEST_NOTE = 2000
FURTHEST_BACK = timedelta(hours=24)
"""A note tells of the watch, not of last week (assumption: the longest watch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note with the further words on it, the oldest first."""

    entry: LogEntry
    corrections: tuple[LogEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A handover; ``taken`` is ``None`` until the officer who comes has signed."""

    given: LogEntry
    taken: LogEntry | None = None


def write_note(
    store: Store,
    operation: Operation,
    actor: Actor,
    text: str,
    happened_at: datetime,
    now: datetime,
    about: int | None = None,
) -> LogEntry:
    """Write a note down, or a further word on one; nothing that was written is ever changed.

    Parameters
    ----------
    happened_at
        When it was, by the operation's clock.
    about
        The entry that is corrected.

    Raises
    ------
    NotAllowed
        By this role; without a word or with one that can't be kept; of the future or too long ago;
        on an entry that there is not.
    """
    require(actor, Action.KEEP_LOG)
    if not now - FURTHEST_BACK <= happened_at <= now:
        raise Invalid("duty_log.bad_time", hours=round(FURTHEST_BACK / timedelta(hours=1)))
    if about is not None:
        known = (one for one in store.duty_log.entries(operation.id) if one.id == about)
        entry = next(known, None)
        if entry is None or entry.kind is LogKind.CORRECTION:
            raise NotFound("duty_log.no_entry")
    kind = LogKind.NOTE if about is None else LogKind.CORRECTION
    return _written(
        store,
        LogEntry(
            operation_id=operation.id,
            kind=kind,
            happened_at=happened_at,
            written_at=now,
            by=actor.name,
            text=_checked(text, required=True),
            about=about,
        ),
    )


@atomic
def hand_over(
    store: Store,
    operation: Operation,
    actor: Actor,
    text: str,
    still_open: Sequence[Message],
    now: datetime,
) -> LogEntry:
    """The officer who goes signs for what stands open.

    Raises
    ------
    NotAllowed
        By this role; with a text that can't be kept; or while one waits to be taken over.
    """
    require(actor, Action.KEEP_LOG)
    if waiting(store.duty_log.entries(operation.id)):
        raise Conflict("duty_log.waits")
    entry = LogEntry(
        operation_id=operation.id,
        kind=LogKind.HANDOVER,
        happened_at=now,
        written_at=now,
        by=actor.name,
        text=_checked(text),
        open=tuple(still_open),
    )
    record(store, actor, Action.KEEP_LOG, LogKind.HANDOVER, now, operation, open=len(still_open))
    return _written(store, entry)


@atomic
def take_over(
    store: Store, operation: Operation, actor: Actor, handover_id: int, text: str, now: datetime
) -> LogEntry:
    """The officer who comes signs for the handover.

    Raises
    ------
    NotAllowed
        By this role; there is no such handover, it was taken over, or is his own.
    """
    require(actor, Action.KEEP_LOG)
    given = waiting(store.duty_log.entries(operation.id))
    if given is None or given.id != handover_id:
        raise NotFound("duty_log.no_handover")
    if given.by == actor.name:
        raise Conflict("duty_log.same_officer")
    entry = LogEntry(
        operation_id=operation.id,
        kind=LogKind.TAKEOVER,
        happened_at=now,
        written_at=now,
        by=actor.name,
        text=_checked(text),
        about=handover_id,
    )
    record(store, actor, Action.KEEP_LOG, LogKind.TAKEOVER, now, operation, about=handover_id)
    return _written(store, entry)


def _written(store: Store, entry: LogEntry) -> LogEntry:
    written = store.duty_log.write(entry)
    if written is None:
        raise Conflict("duty_log.taken")
    return written


def _checked(text: str, required: bool = False) -> str:
    """What can be kept and shown: no signs that steer a terminal, lines allowed.

    Raises
    ------
    Invalid
        Empty where a word is asked for, too long, or not to be shown.
    """
    text = text.strip()
    if required and not text:
        raise Invalid("duty_log.empty")
    if len(text) > LONGEST_NOTE or not text.replace("\n", "").isprintable():
        raise Invalid("duty_log.bad_text", most=LONGEST_NOTE)
    return text


def waiting(entries: Sequence[LogEntry]) -> LogEntry | None:
    """The handover that nobody has taken over yet."""
    return next((one.given for one in handovers(entries) if one.taken is None), None)


def handovers(entries: Sequence[LogEntry]) -> tuple[Handover, ...]:
    """Every handover, the latest first."""
    taken = {one.about: one for one in entries if one.kind is LogKind.TAKEOVER}
    return tuple(
        Handover(given=one, taken=taken.get(one.id))
        for one in reversed(entries)
        if one.kind is LogKind.HANDOVER
    )


def notes(entries: Sequence[LogEntry]) -> tuple[Note, ...]:
    """Every note and event with the further words on it, the latest first by when it happened."""
    found = (one for one in entries if one.kind in (LogKind.NOTE, LogKind.INJECT))
    return tuple(
        Note(entry=one, corrections=corrections(one, entries))
        for one in sorted(found, key=lambda one: (one.happened_at, one.id or 0), reverse=True)
    )


def corrections(entry: LogEntry, entries: Sequence[LogEntry]) -> tuple[LogEntry, ...]:
    """The further words on an entry, the oldest first."""
    return tuple(one for one in entries if one.kind is LogKind.CORRECTION and one.about == entry.id)


def on_watch(entries: Sequence[LogEntry]) -> str | None:
    """Who has the watch: whoever took it over last; ``None`` where nobody ever did."""
    found = [one for one in entries if one.kind is LogKind.TAKEOVER]
    return found[-1].by if found else None
