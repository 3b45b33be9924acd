"""The roster of the watch (24小时值守): who has it now and next by the tables, who leads at the
level ordered, the hours that nobody has, a change of the watch that is due and not signed. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.duty_log import LogEntry
from data.model.levels import DEFAULT_LEVELS
from data.model.message import Message
from data.model.roster import Watch, WatchKind
from data.model.wall_clock import midnight
from ops.auth.accounts import folded
from ops.duty.log import on_watch

GRACE = timedelta(minutes=15)
"""So long after its time a change of the watch is late (assumption: who comes reads first)."""
EARLY = timedelta(hours=1)
"""So long before his time whoever comes may sign (assumption: he is there before the other goes).
"""
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnWatch:
    """Who has the watch by the roster at an instant.

    Attributes
    ----------
    officers, leader
        At the desk; who leads at the level ordered.
    following
        The officer who comes next.
    """

    officers: tuple[Watch, ...] = ()
    leader: Watch | None = None
    following: Watch | None = None


def on_watch_at(city: City, level: str | None, now: datetime) -> OnWatch:
    """Who has the watch now; ``level`` is the one ordered."""
    zone = ZoneInfo(city.district.time_zone)
    officers = [one for one in city.watches if one.kind is WatchKind.OFFICER]
    current = tuple(one for one in officers if _holds(one, now, zone))
    coming = (one for one in officers if one.span(zone)[0] > now)
    return OnWatch(
        officers=current,
        leader=_leader(city, level, now, zone),
        following=min(coming, key=lambda one: one.span(zone), default=None),
    )


def _holds(one: Watch, now: datetime, zone: ZoneInfo) -> bool:
    begin, end = one.span(zone)
    return begin <= now < end


def _gravity(level: str | None) -> int:
    """0 without a level, 1 for the mildest."""
    ids = [rule.id for rule in DEFAULT_LEVELS]
    return ids.index(level) + 1 if level in ids else 0


def _leader(city: City, level: str | None, now: datetime, zone: ZoneInfo) -> Watch | None:
    """Of those who lead from a level on that is reached, the one of the gravest."""
    reached = [
        one
        for one in city.watches
        if one.kind is WatchKind.LEADER
        and _holds(one, now, zone)
        and _gravity(one.level) <= _gravity(level)
    ]
    return max(reached, key=lambda one: _gravity(one.level), default=None)


def unwatched(city: City, days: Iterable[date]) -> tuple[Span, ...]:
    """The hours of these days in which nobody sits at the desk, each stretch once; none where the
    tables hold no watch.
    """
    zone = ZoneInfo(city.district.time_zone)
    spans = sorted(one.span(zone) for one in city.watches if one.kind is WatchKind.OFFICER)
    found: list[Span] = []
    for day in sorted(days) if spans else ():
        at, over = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        for begin, end in spans:
            if end <= at or begin >= over:
                continue
            if begin > at:
                found.append((at, begin))
            at = max(at, end)
        if at < over:
            found.append((at, over))
    return _joined(found)


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches that follow one another as one."""
    found: list[Span] = []
    for begin, end in spans:
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return tuple(found)


def late_change(entries: Sequence[LogEntry], city: City, now: datetime) -> Message | None:
    """That the watch should have changed and nobody has signed; ``None``: all is as it should be,
    or the tables say nothing.
    """
    zone = ZoneInfo(city.district.time_zone)
    due, soon = (on_watch_at(city, None, at).officers for at in (now, now + EARLY))
    holder = on_watch(entries)
    if not due or folded(holder or "") in {folded(one.name) for one in (*due, *soon)}:
        return None
    since = max(one.span(zone)[0] for one in due)
    if now < since + GRACE:
        return None
    facts = {"names": tuple(one.name for one in due), "at": since}
    if holder is None:
        return Message("watch.not_signed", facts)
    return Message("watch.late", facts | {"holder": holder})
