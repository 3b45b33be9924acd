"""Which alerts hold at an instant: a pure fold over all that was received.

The answer depends on what the messages say, not on the order, the delay or the repetition of their
coming: each pair of messages is judged by identifiers and by times of issue alone. What was lost
can't be known; then an alert stays in force until its own end, which is the safe side. No empty
answer and no failed poll ever ends an alert: only a message or its end of validity does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from weather import message_codes
from weather.jurisdiction import covers, is_ambiguous, same_issuer
from weather.model import Action, Alert, AlertStatus
from weather.same_warning import (
    AMOUNT,
    SAME_WITHIN,
    colour_of,
    joined,
    merged,
    of_one_hazard,
    said_at,
    same_stream,
    same_warning,
)
from weather.validity import DEFAULT_VALIDITY, Validity, begins_at, ends_at, is_over

_EVERYTHING = re.compile("全部|所有|各类|各种|一切")

_ACTUAL = frozenset({AlertStatus.ACTUAL})


def in_force(
    alerts: Iterable[Alert],
    at: datetime,
    *,
    validity: Validity = DEFAULT_VALIDITY,
    statuses: frozenset[AlertStatus] = _ACTUAL,
) -> tuple[Alert, ...]:
    """The alerts that hold at an instant.

    Parameters
    ----------
    alerts
        All messages ever received, in any order, with any repetition.
    at
        Aware instant. Messages issued later do not count yet.
    validity
        How long an alert holds that doesn't say so.
    statuses
        Which messages count. An exercise counts in a drill only, a test never.

    Returns
    -------
    tuple of Alert
        The gravest first, then by hazard and issuer. One warning from several sources is one alert:
        the one that says most, completed by what only the others say.

    Notes
    -----
    A message ends another if it refers to its identifier, or if it is of the same issuer and
    hazard, for all of its area, and later. A cancel that names a message, a time or a colour ends
    only that; one that names nothing ends all of its issuer's kind; one for a part of the area ends
    it there, and the rest stands with a doubt. What is milder ends what is
    graver only if it says that it lowers or changes it; else the graver stands, with a doubt. Of
    two messages of one minute, a cancel ends those of its own level (解除橙色，发布黄色 is one
    breath) and the graver level stays, unless the other says that it lowers it.
    """
    known = said_by(alerts, at, statuses)
    bodies = _bodies(known)
    unended = [
        part
        for alert in known
        if alert.action is not Action.CANCEL
        and not any(_ends(later, alert, known, bodies) for later in known)
        and (part := alert if is_over(alert, at, validity) else _left_of(alert, known, bodies))
    ]
    warnings = (merged(copies, validity) for copies in joined(unended))
    standing = [
        _with_doubt(_with_amount(alert, known, at, validity), known)
        for alert in warnings
        if not is_over(alert, at, validity)
    ]
    return tuple(sorted(standing, key=_order))


def _left_of(alert: Alert, known: Sequence[Alert], bodies: set[str]) -> Alert | None:
    """The warning without the places for which another message ended it; ``None``: all of them."""
    if len(alert.areas) < 2:
        return alert
    left = tuple(
        area
        for area in alert.areas
        if not any(_ends(later, replace(alert, areas=(area,)), known, bodies) for later in known)
    )
    if not left:
        return None
    if left == alert.areas:
        return alert
    doubts = (*alert.doubts, "doubt.partly_ended")
    return replace(
        alert,
        areas=left,
        doubts=doubts,
        confidence=min(alert.confidence, message_codes.confidence(("doubt.partly_ended",))),
        stored_digest=alert.digest,
    )


def said_by(
    alerts: Iterable[Alert], at: datetime, statuses: frozenset[AlertStatus] = _ACTUAL
) -> list[Alert]:
    """What was said by an instant and counts, each identifier once."""
    return _once(
        alert
        for alert in alerts
        if alert.status in statuses and _placed(alert) and begins_at(alert) <= at
    )


def ended_by(alert: Alert, known: Sequence[Alert]) -> Alert | None:
    """The message that ends another, of those that ``said_by`` gives, the last of them where each
    ends it for a part of its area; ``None`` if it is not ended.
    """
    bodies = _bodies(known)
    whole = next((later for later in known if _ends(later, alert, known, bodies)), None)
    if whole or len(alert.areas) < 2:
        return whole
    parts = [
        next((later for later in known if _ends(later, part, known, bodies)), None)
        for part in (replace(alert, areas=(area,)) for area in alert.areas)
    ]
    enders = [later for later in parts if later]
    return max(enders, key=begins_at) if len(enders) == len(parts) else None


def _bodies(known: Sequence[Alert]) -> set[str]:
    return {name for alert in known if alert.action is not Action.CANCEL for name in alert.issuers}


def _placed(alert: Alert) -> bool:
    return alert.issued_at is not None or alert.received_at is not None


def _once(alerts: Iterable[Alert]) -> list[Alert]:
    """Each identifier once: the first receipt of its last content."""
    chosen: dict[tuple[str, str], Alert] = {}
    for alert in alerts:
        name = (alert.provider, alert.provider_id)
        if name not in chosen or _precedence(alert) < _precedence(chosen[name]):
            chosen[name] = alert
    return [chosen[name] for name in sorted(chosen)]


def _precedence(alert: Alert) -> tuple:
    issued = alert.issued_at.timestamp() if alert.issued_at else 0.0
    received = alert.received_at.timestamp() if alert.received_at else 0.0
    return (-issued, alert.digest, received, repr(alert))


def _ends(later: Alert, alert: Alert, known: Sequence[Alert], bodies: set[str]) -> bool:
    """Whether one message ends another."""
    if later is alert or _siblings(later, alert) or same_warning(later, alert):
        return False
    if _refers(later, alert):
        return not _refers(alert, later) or begins_at(later) > begins_at(alert)
    if said_at(later) < said_at(alert):
        return False
    if later.action is Action.CANCEL and later.supersedes:
        named = (other for other in known if _refers(later, other))
        return any(
            other.action is not Action.CANCEL and same_warning(other, alert) for other in named
        )
    if not same_issuer(later, alert) or is_ambiguous(later, alert, bodies):
        return False
    if not covers(later, alert):
        return False
    if later.action is Action.CANCEL:
        return _lifts(later, alert)
    return of_one_hazard(later, alert) and _replaces(later, alert)


def _lifts(cancel: Alert, alert: Alert) -> bool:
    """Whether what a cancel of the same body names is this: a time, a colour, its hazard, or
    everything.
    """
    if not cancel.type:
        return bool(_EVERYTHING.search(cancel.text)) and _instant(cancel) > _instant(alert)
    if not of_one_hazard(cancel, alert):
        return False
    colour = colour_of(cancel)
    if cancel.refers_to_issued_at is not None:
        return _is_of(alert, cancel.refers_to_issued_at, colour)
    if colour:
        return colour == colour_of(alert)
    return _instant(cancel) > _instant(alert)


def _is_of(alert: Alert, issued_at: datetime, colour: str | None) -> bool:
    """Whether it is the warning of that time, or goes on with it; another door's may be some
    minutes off.
    """
    if colour and colour != colour_of(alert):
        return False
    if alert.refers_to_issued_at == issued_at and alert.action is Action.CONTINUE:
        return True
    apart = abs(said_at(alert) - issued_at.replace(second=0, microsecond=0))
    return apart <= (SAME_WITHIN if colour else timedelta(0))


def _replaces(later: Alert, alert: Alert) -> bool:
    """Whether a warning takes the place of an earlier one of its stream."""
    if said_at(later) == said_at(alert):
        return _prevails(later) > _prevails(alert)
    return later.rank >= alert.rank or _lowers(later, alert)


def _lowers(later: Alert, alert: Alert) -> bool:
    """Whether a milder warning says that it changes this graver one."""
    if later.refers_to_issued_at is not None and _is_of(alert, later.refers_to_issued_at, None):
        return True
    former = later.previous_level
    return later.action in (Action.DOWNGRADE, Action.UPDATE) and (
        former is None or former.rank >= alert.rank
    )


def _instant(alert: Alert) -> datetime:
    return alert.issued_at or begins_at(alert)


def _prevails(alert: Alert) -> tuple:
    """Of two messages of one minute the greater stays."""
    lowers = alert.previous_level is not None and alert.action in (Action.DOWNGRADE, Action.UPDATE)
    return (
        lowers,
        alert.rank,
        list(Action).index(alert.action),
        alert.provider_id,
    )


def _siblings(first: Alert, second: Alert) -> bool:
    """Two events of one message ("id" and "id,2") stand side by side."""
    return first.provider == second.provider and _base(first.provider_id) == _base(
        second.provider_id
    )


def _base(provider_id: str) -> str:
    return provider_id.split(",")[0]


def _refers(later: Alert, alert: Alert) -> bool:
    """By identifier, whatever time the reference gives; the national one holds across sources."""
    if not later.supersedes:
        return False
    mine = _base(alert.provider_id) if later.provider == alert.provider else None
    return any(name in (mine, alert.national_id) for name in map(_base, later.supersedes) if name)


def _with_amount(alert: Alert, known: Sequence[Alert], at: datetime, validity: Validity) -> Alert:
    """A warning that goes on (继续生效) and names no amount has that of the message before it."""
    if alert.action is not Action.CONTINUE or alert.forecast_mm is not None:
        return alert
    former = [
        each
        for each in known
        if each.action is not Action.CANCEL
        and each.forecast_mm is not None
        and each.level == alert.level
        and same_stream(each, alert)
        and said_at(each) < said_at(alert)
        and not is_over(each, at, validity)
    ]
    if not former:
        return alert
    last = max(former, key=lambda each: (said_at(each), each.forecast_mm, each.provider_id))
    ends = max(ends_at(alert, validity), ends_at(last, validity))
    fuller = {name: getattr(last, name) for name in AMOUNT} | {"expires_at": ends}
    return replace(alert, **fuller, stored_digest=alert.digest)


def _with_doubt(alert: Alert, known: Sequence[Alert]) -> Alert:
    """A graver warning that a milder one of its stream followed without a word stands with a
    doubt.
    """
    code = "doubt.milder_since"
    if code in alert.doubts or not any(
        each.action is not Action.CANCEL
        and said_at(each) > said_at(alert)
        and each.rank < alert.rank
        and same_stream(each, alert)
        and covers(each, alert)
        for each in known
    ):
        return alert
    doubts = (*alert.doubts, code)
    left = min(alert.confidence, message_codes.confidence((code,)))
    return replace(alert, doubts=doubts, confidence=left)


def _order(alert: Alert) -> tuple:
    return (
        -alert.rank,
        alert.type,
        alert.issuers,
        begins_at(alert),
        alert.provider,
        alert.provider_id,
    )
